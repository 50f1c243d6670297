"""Figures given again, by ETag and from memory: only to whoever may see them, and never when they would be others."""

import datetime as dt
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from marshmallow import Schema
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.school_days import DayStatus
from backend.services.figures.answers import Answer
from backend.services.figures.trend_access import Figures
from backend.storage.models import Class, Enrolment, NightSheet, Post, SchoolDay
from backend.storage.queries import erasing
from mobile_api import figure_answers
from mobile_api.figure_answers import Memory
from mobile_api.schemas import trend_overviews, trends
from mobile_api.transaction import db
from tests.api.conftest import Client
from tests.api.planning import add_sheet, add_students
from tests.api.test_nights import at, entry, publish_tonight
from tests.cast import TONIGHT, Cast
from tests.databases import Statements

Counting = Callable[[sa.Engine], AbstractContextManager[Statements]]
SCHEMAS: list[tuple[str, str, Schema]] = [
    ("homeroom", "/classes/{class_}/trends", trends.ClassTrendsSchema()),
    ("office", "/schools/{school}/trends", trends.SchoolTrendsSchema()),
    ("officer", "/districts/{district}/trends", trends.DistrictTrendsSchema()),
    ("homeroom", "/classes/{class_}/trends/overview", trend_overviews.ClassOverviewSchema()),
    ("office", "/schools/{school}/trends/overview", trend_overviews.SchoolOverviewSchema()),
    ("officer", "/districts/{district}/trends/overview", trend_overviews.DistrictOverviewSchema()),
]


@pytest.fixture
def pupils(engine: sa.Engine, cast: Cast) -> list[uuid.UUID]:
    """Seven of class 3-1 with a sheet of maths tonight."""
    found = add_students(engine, cast.class_31, cast.shiyan.id, 7)
    for n, pupil in enumerate(found):
        add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil, TONIGHT, 20 + n)
    return found


@pytest.fixture
def next_morning(clock: FrozenClock) -> FrozenClock:
    """Half past seven of the next day."""
    clock.advance(hours=13)
    return clock


def path_of(cast: Cast, path: str = "/classes/{class_}/trends") -> str:
    """A route with the cast's ids in it."""
    return path.format(class_=cast.class_31.id, school=cast.shiyan.id, district=cast.district.id)


def etag_of(client: Client, path: str, **query: str) -> str:
    """The ETag of an answer that is whole."""
    answer = client.get(path, **query)
    assert answer.status_code == 200
    return str(answer.headers["ETag"])


def is_unchanged(client: Client, path: str, etag: str, **query: str) -> bool:
    """Whether whoever has an answer is told that it still stands."""
    answer = client.get(path, headers={"If-None-Match": etag}, **query)
    assert answer.status_code in {200, 304}
    assert answer.headers["ETag"] == etag or answer.status_code == 200
    return answer.status_code == 304 and answer.data == b""


def change(engine: sa.Engine, statement: Any) -> None:
    """One statement as another process makes it."""
    with engine.begin() as connection:
        connection.execute(statement)


@pytest.mark.parametrize(("who", "path", "_schema"), SCHEMAS)
def test_what_has_not_changed_is_not_sent_and_its_figures_are_not_read(
    client: Client,
    cast: Cast,
    app: Flask,
    pupils: list[uuid.UUID],
    next_morning: FrozenClock,
    count_statements: Counting,
    who: str,
    path: str,
    _schema: Schema,
) -> None:
    person, path = client.as_(getattr(cast, who)), path_of(cast, path)
    etag = etag_of(person, path)
    with app.app_context(), count_statements(db.engine) as statements:
        assert is_unchanged(person, path, etag)
        assert person.get(path).headers["ETag"] == etag
    assert not any("frozen_figures" in text or "rolled_up_figures" in text for text in statements.texts)


@pytest.mark.parametrize(("who", "path", "schema"), SCHEMAS)
def test_what_is_written_is_what_the_schema_says_and_memory_gives_the_same_as_reading_anew(
    client: Client,
    cast: Cast,
    app: Flask,
    pupils: list[uuid.UUID],
    next_morning: FrozenClock,
    who: str,
    path: str,
    schema: Schema,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    documents: list[dict[str, Any]] = []
    write = figure_answers.written
    monkeypatch.setattr(figure_answers, "written", lambda found: documents.append(found) or write(found))
    person = client.as_(getattr(cast, who))
    for by in ("day", "week", "subject", "kind", "tier", "place") if path.endswith("trends") else (None,):
        query = {} if by is None else {"by": by}
        first = person.get(path_of(cast, path), **query)
        again = person.get(path_of(cast, path), **query)
        figure_answers.install(app)
        anew = person.get(path_of(cast, path), **query)
        assert first.data == again.data == anew.data
        assert app.json.loads(app.json.dumps(schema.dump(documents[-1]))) == first.get_json()
        assert len(documents) == 2
        documents.clear()


def test_a_night_that_a_phone_has_synced_stands_in_the_homeroom_teachers_next_answer(
    client: Client, cast: Cast, engine: sa.Engine, clock: FrozenClock, pupils: list[uuid.UUID]
) -> None:
    homeroom, path = client.as_(cast.homeroom), path_of(cast)
    etag = etag_of(homeroom, path)
    publish_tonight(engine, cast)
    clock.move_to(dt.datetime.fromisoformat(at(22)))
    night = f"/students/{cast.ada.id}/nights/{TONIGHT}"
    maths = client.as_(cast.ada).get(night).get_json()["assignments"][0]
    body = entry(maths["assignment_id"] if "assignment_id" in maths else maths["id"], (at(19), at(19, 40)))
    assert client.as_(cast.ada).put(f"{night}/entries/{uuid.UUID(int=5)}", body).status_code == 200
    assert client.as_(cast.ada).put(f"{night}/submission", {}).status_code == 200
    answer = homeroom.get(path, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.get_json()["items"][0]["n"]) == (200, 8)


@pytest.mark.parametrize("what", ["a sheet", "who is enrolled", "the class's name", "the calendar"])
def test_whatever_an_answer_rests_on_makes_it_another(
    client: Client, cast: Cast, engine: sa.Engine, pupils: list[uuid.UUID], what: str
) -> None:
    homeroom, path = client.as_(cast.homeroom), path_of(cast)
    etag = etag_of(homeroom, path)
    assert is_unchanged(homeroom, path, etag)
    if what == "who is enrolled":
        left = sa.update(Enrolment).where(Enrolment.student_id == cast.finn.id)
        change(engine, left.values(to_on=TONIGHT - dt.timedelta(days=1)))
    elif what == "the calendar":
        day = {"school_id": cast.shiyan.id, "day": TONIGHT + dt.timedelta(days=1), "is_school_day": False}
        change(engine, sa.delete(SchoolDay).where(SchoolDay.day == day["day"]))
        change(engine, sa.insert(SchoolDay).values(**day, status=DayStatus.announced))
    else:
        sheet = sa.update(NightSheet).where(NightSheet.student_id == pupils[0])
        name = sa.update(Class).where(Class.id == cast.class_31.id).values(name="三(1)中队")
        counted = sheet.values(capped_minutes=90, change_counter=NightSheet.change_counter + 1)
        change(engine, counted if what == "a sheet" else name)
    assert not is_unchanged(homeroom, path, etag)


def test_an_erased_childs_minutes_are_not_given_again_when_another_sheet_makes_the_sums_what_they_were(
    client: Client, cast: Cast, engine: sa.Engine, session: Session, pupils: list[uuid.UUID]
) -> None:
    homeroom, path = client.as_(cast.homeroom), path_of(cast, "/classes/{class_}/trends/overview")
    etag = etag_of(homeroom, path)
    erasing.erase_nights(session, erasing.Nights(cast.shiyan.id, [pupils[0]]))
    session.commit()
    add_sheet(engine, cast.shiyan.id, cast.class_31.id, cast.finn.id, TONIGHT, 99)
    assert not is_unchanged(homeroom, path, etag)
    assert homeroom.get(path).get_json()["distribution"]["values"] == [21, 22, 23, 24, 25, 26, 99]


def test_fixed_figures_stay_the_same_answer_until_something_of_them_is_replaced(
    client: Client, cast: Cast, engine: sa.Engine, pupils: list[uuid.UUID], next_morning: FrozenClock
) -> None:
    office, path = client.as_(cast.office), path_of(cast, "/schools/{school}/trends")
    etag = etag_of(office, path)
    for number, same in ((4, True), (7, False)):
        of = sa.update(NightSheet).where(NightSheet.student_id.in_(pupils[:number]))
        more = {"change_counter": NightSheet.change_counter + 10, "changed_at": next_morning.now()}
        change(engine, of.values(capped_minutes=NightSheet.capped_minutes + 30, **more))
        assert is_unchanged(office, path, etag) is same
    assert office.get(path).get_json()["items"][0]["mean_minutes"] > 50


def test_the_next_mornings_figures_are_another_answer(
    client: Client, cast: Cast, pupils: list[uuid.UUID], clock: FrozenClock
) -> None:
    office, path = client.as_(cast.office), path_of(cast, "/schools/{school}/trends")
    query = {"from": str(TONIGHT), "to": str(TONIGHT)}
    etag = etag_of(office, path, **query)
    clock.advance(hours=13)
    assert not is_unchanged(office, path, etag, **query)


def test_having_an_answer_opens_nothing_to_whoever_may_not_see_it_any_more(
    client: Client, cast: Cast, engine: sa.Engine, pupils: list[uuid.UUID]
) -> None:
    homeroom, path = client.as_(cast.homeroom), path_of(cast)
    etag = etag_of(homeroom, path)
    change(engine, sa.delete(Post).where(Post.person_id == cast.homeroom.id))
    assert homeroom.get(path, headers={"If-None-Match": etag}).status_code == 404
    assert client.as_(cast.mother).get(path, headers={"If-None-Match": etag}).status_code == 404


def test_each_reader_gets_the_own_answer_to_the_same_question(
    client: Client, cast: Cast, pupils: list[uuid.UUID], next_morning: FrozenClock
) -> None:
    readers = [client.as_(each) for each in (cast.homeroom, cast.office, cast.maths_teacher, cast.english_teacher)]
    for by in ("day", "subject"):
        answers = [reader.get(path_of(cast), by=by) for reader in readers]
        assert len({answer.headers["ETag"] for answer in answers}) == len(readers)
        again = [reader.get(path_of(cast), by=by).data for reader in readers]
        assert again == [answer.data for answer in answers]


@pytest.mark.parametrize(("others", "readings", "is_kept"), [(0, 1, True), (1, 2, True), (9, 3, False)])
def test_what_somebody_else_fixes_while_figures_are_read_is_never_taken_for_what_was_read(
    app: Flask, others: int, readings: int, is_kept: bool
) -> None:
    stands, read = [0], []

    def cells() -> list[Any]:
        read.append(stands[0])
        stands[0] += len(read) <= others
        return read[-1:]

    found = Figures(TONIGHT, TONIGHT, read=cells, standing=lambda: stands[0])
    answer = Answer(found, ("a question",), lambda figures: {"read": list(figures.cells)})
    with app.test_request_context():
        first = figure_answers.respond(answer)
        assert (len(read), "ETag" in first.headers) == (readings, is_kept)
        assert figure_answers.respond(answer).get_json() == {"read": [stands[0] if is_kept else read[-1]]}


def test_a_school_costs_no_statement_more_with_more_classes(
    client: Client,
    cast: Cast,
    engine: sa.Engine,
    app: Flask,
    pupils: list[uuid.UUID],
    next_morning: FrozenClock,
    count_statements: Counting,
) -> None:
    office, path, numbers = client.as_(cast.office), path_of(cast, "/schools/{school}/trends"), []
    for so_far in (0, 6):
        office.get(path)
        figure_answers.install(app)
        with app.app_context(), count_statements(db.engine) as statements:
            office.get(path)
        numbers.append(len(statements))
        with engine.begin() as connection:
            first = dict(connection.execute(sa.select(Class.__table__).limit(1)).mappings().one())
            more = [first | {"id": uuid.uuid4(), "number": 50 + so_far + n} for n in range(6)]
            connection.execute(sa.insert(Class), more)
    assert numbers[0] == numbers[1] <= 10


def test_memory_lets_go_of_what_was_asked_for_longest_ago_and_keeps_nothing_huge() -> None:
    memory = Memory(most_bytes=100)
    for name in "abcde":
        memory.put(name, b"x" * 20)
    assert memory.get("a") == b"x" * 20
    memory.put("f", b"y" * 25)
    memory.put("g", b"z" * 26)
    assert [name for name in "abcdefg" if memory.get(name)] == ["a", "d", "e", "f"]
    memory.put("f", b"")
    memory.put("h", b"x" * 25)
    assert memory.get("a")
