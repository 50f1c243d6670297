"""A night asked for again: sent only when it is another, told before it is read, and noted as a look all the same."""

import datetime as dt
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from backend.clock import FrozenClock
from backend.domain.policy import PolicyField, PolicyLevel
from backend.domain.school_days import DayStatus
from backend.storage.models import AuditEvent, Enrolment, Guardianship, Person, Policy, School, SchoolDay
from mobile_api.transaction import db
from tests.api.conftest import Client
from tests.api.planning import stated
from tests.api.test_nights import ENGLISH, MATHS, PHONE, at, entry, publish_tonight
from tests.cast import START, TONIGHT, Cast
from tests.databases import Statements

Counting = Callable[[sa.Engine], AbstractContextManager[Statements]]


@pytest.fixture
def path(engine: sa.Engine, cast: Cast, clock: FrozenClock) -> str:
    """The path of Ada's night, at ten in the evening."""
    publish_tonight(engine, cast)
    clock.move_to(dt.datetime.fromisoformat(at(22)))
    return f"/students/{cast.ada.id}/nights/{TONIGHT}"


def change(engine: sa.Engine, statement: Any) -> None:
    """One statement as another process makes it."""
    with engine.begin() as connection:
        connection.execute(statement)


def is_unchanged(person: Client, path: str, tag: str) -> bool:
    """Whether whoever has the night is told that it still stands; it must, if and only if it does."""
    again, whole = person.get(path, headers={"If-None-Match": tag}), person.get(path)
    assert (again.status_code == 304) is (whole.headers["ETag"] == tag)
    assert again.data == (b"" if again.status_code == 304 else whole.data)
    return again.status_code == 304


def put(client: Client, person: Any, path: str, body: dict[str, Any]) -> None:
    """One change, which must be taken."""
    assert client.as_(person).put(path, body).status_code in {200, 201}


def test_a_night_that_stands_is_not_read(
    client: Client, cast: Cast, app: Flask, path: str, count_statements: Counting
) -> None:
    put(client, cast.ada, f"{path}/entries/{uuid.UUID(int=1)}", entry(MATHS, (at(18), at(18, 20))))
    ada = client.as_(cast.ada)
    tag = ada.get(path).headers["ETag"]
    with app.app_context(), count_statements(db.engine) as statements:
        assert ada.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert len(statements) == 2
    assert not any("FROM assignments" in text or "FROM entries" in text for text in statements.texts)


def test_every_change_of_the_evening_makes_it_another(client: Client, cast: Cast, path: str) -> None:
    place, mother = f"{path}/entries/{uuid.UUID(int=1)}", client.as_(cast.mother)
    sleep = {"base_version": None, "installation_id": str(PHONE), "revision": 1}

    def version() -> int:
        return int(mother.get(path).get_json()["version"])

    steps: list[Callable[[], None]] = [
        lambda: put(client, cast.ada, place, entry(MATHS, (at(18), at(18, 20)))),
        lambda: put(client, cast.mother, place, entry(MATHS, (at(18), at(18, 25)), revision=2, base_version=1)),
        lambda: put(client, cast.mother, f"{path}/note", sleep | {"guardian_note": "today was fine"}),
        lambda: put(client, cast.ada, f"{path}/submission", {}),
        lambda: put(client, cast.mother, f"{path}/confirmation", {"sheet_version": version()}),
        lambda: put(
            client, cast.homeroom, f"{path}/review", {"sheet_version": version(), "teacher_reply": "well done"}
        ),
        lambda: put(client, cast.mother, f"{path}/entries/{uuid.UUID(int=2)}", entry(ENGLISH, (at(19), at(19, 5)))),
        lambda: put(client, cast.ada, f"{path}/sleep", sleep | {"lights_out_at": at(21)}),
    ]
    for number, step in enumerate(steps):
        tag = mother.get(path).headers["ETag"]
        assert (number, is_unchanged(mother, path, tag)) == (number, True)
        step()
        assert (number, is_unchanged(mother, path, tag)) == (number, False)


def of_plan(client: Client, cast: Cast, engine: sa.Engine) -> None:
    """The teacher gives one piece of homework more."""
    sent = client.as_(cast.maths_teacher).post(
        f"/classes/{cast.class_31.id}/assignments", stated(publish=True, over_cap_reason="a test")
    )
    assert sent.status_code == 201, sent.get_json()


def of_policy(client: Client, cast: Cast, engine: sa.Engine) -> None:
    """The school lowers its cap."""
    of = {"school_id": cast.shiyan.id, "id": uuid.UUID(int=9), "level": PolicyLevel.school, "set_at": START}
    value = {"field": PolicyField.cap_minutes, "value": {"value": 30}, "effective_on": TONIGHT}
    change(engine, sa.insert(Policy).values(**of, **value, reason="", set_by=cast.office.id, is_looser=False))


def of_name(client: Client, cast: Cast, engine: sa.Engine) -> None:
    """The mother's name was misspelt."""
    change(engine, sa.update(Person).where(Person.id == cast.mother.id).values(name="王芳"))


def of_titles(client: Client, cast: Cast, engine: sa.Engine) -> None:
    """The school hides titles from families."""
    change(engine, sa.update(School).where(School.id == cast.shiyan.id).values(hide_titles=True))


def of_enrolment(client: Client, cast: Cast, engine: sa.Engine) -> None:
    """The list had the wrong class."""
    change(engine, sa.update(Enrolment).where(Enrolment.student_id == cast.ada.id).values(class_id=cast.class_32.id))


@pytest.mark.parametrize("of", [of_plan, of_policy, of_name, of_titles, of_enrolment])
def test_whatever_else_stands_on_it_makes_it_another(
    client: Client, cast: Cast, engine: sa.Engine, path: str, of: Callable[..., None]
) -> None:
    ada = client.as_(cast.ada)
    before = ada.get(path)
    of(client, cast, engine)
    assert not is_unchanged(ada, path, before.headers["ETag"])
    assert ada.get(path).get_json() != before.get_json()


def test_while_work_runs_every_minute_is_another(client: Client, cast: Cast, clock: FrozenClock, path: str) -> None:
    clock.move_to(dt.datetime.fromisoformat(at(19)))
    put(client, cast.ada, f"{path}/entries/{uuid.UUID(int=1)}", entry(MATHS, (at(18), None), outcome="in_progress"))
    ada = client.as_(cast.ada)
    tag = ada.get(path).headers["ETag"]
    assert is_unchanged(ada, path, tag)
    clock.advance(minutes=1)
    assert not is_unchanged(ada, path, tag)


def test_sleep_foretold_by_the_calendar_is_another_when_the_calendar_is(
    client: Client, cast: Cast, engine: sa.Engine, path: str
) -> None:
    morning = TONIGHT + dt.timedelta(days=1)
    for back in range(1, 8):
        night = {"school_id": cast.shiyan.id, "student_id": cast.ada.id, "night": TONIGHT - dt.timedelta(days=back)}
        before = f"/students/{cast.ada.id}/nights/{night['night']}/sleep"
        woke = dt.datetime.fromisoformat(at(6 + (back % 7 in {4, 5}) * 3, days=1 - back))
        body = {"base_version": None, "installation_id": str(PHONE), "revision": 1, "woke_at": woke.isoformat()}
        put(client, cast.mother, before, body | {"lights_out_at": at(21, days=-back)})
    body = {"base_version": None, "installation_id": str(PHONE), "revision": 1, "lights_out_at": at(21)}
    put(client, cast.ada, f"{path}/sleep", body)
    ada = client.as_(cast.ada)
    first = ada.get(path)
    assert is_unchanged(ada, path, first.headers["ETag"])
    change(engine, sa.delete(SchoolDay).where(SchoolDay.day == morning))
    day = {"school_id": cast.shiyan.id, "day": morning, "is_school_day": False, "status": DayStatus.announced}
    change(engine, sa.insert(SchoolDay).values(**day))
    assert ada.get(path).get_json()["sleep"] != first.get_json()["sleep"]
    assert not is_unchanged(ada, path, first.headers["ETag"])


def test_a_night_of_a_class_that_was_corrected_follows_that_classes_plan(
    client: Client, cast: Cast, engine: sa.Engine, path: str
) -> None:
    put(client, cast.ada, f"{path}/entries/{uuid.UUID(int=1)}", entry(MATHS, (at(18), at(18, 20))))
    of_enrolment(client, cast, engine)
    ada = client.as_(cast.ada)
    tag = ada.get(path).headers["ETag"]
    assert is_unchanged(ada, path, tag)
    of_plan(client, cast, engine)
    assert not is_unchanged(ada, path, tag)


def test_a_teachers_look_at_what_has_not_changed_is_noted_too(
    client: Client, cast: Cast, engine: sa.Engine, path: str
) -> None:
    homeroom = client.as_(cast.homeroom)
    tag = homeroom.get(path).headers["ETag"]
    assert homeroom.get(path, headers={"If-None-Match": tag}).status_code == 304
    with engine.connect() as connection:
        looks = connection.scalars(sa.select(AuditEvent.action).where(AuditEvent.actor_id == cast.homeroom.id)).all()
    assert list(looks) == ["night.read", "night.read"]


def test_having_a_night_opens_nothing_to_whoever_may_not_see_it_any_more(
    client: Client, cast: Cast, engine: sa.Engine, path: str
) -> None:
    mother = client.as_(cast.mother)
    held = {"If-None-Match": mother.get(path).headers["ETag"]}
    change(engine, sa.delete(Guardianship).where(Guardianship.guardian_id == cast.mother.id))
    for person in (cast.mother, cast.ben, cast.maths_teacher, cast.office):
        assert client.as_(person).get(path, headers=held).status_code == 404
