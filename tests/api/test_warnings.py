"""Early warnings: each reason, at the number at which it begins; who sees them; closed by saying what was done."""

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from backend.clock import FrozenClock
from backend.domain.load import Kind, Outcome, Place
from backend.storage.models import Assignment, AssignmentState, AuditEvent, Entry, NightSheet, Post, WarningAction
from tests.api.conftest import Client
from tests.api.planning import UNKNOWN, add_sheet, add_students, same_but_id
from tests.api.test_statement_counts import Counting
from tests.cast import TONIGHT, Cast

ACTION = {"action": "周二不留书面作业"}
#: The ten school nights before tonight, latest first.
NIGHTS = [day for n in range(1, 15) if (day := TONIGHT - dt.timedelta(days=n)).isoweekday() < 5][:8]


@pytest.fixture
def pupils(engine: sa.Engine, cast: Cast, clock: FrozenClock) -> list[uuid.UUID]:
    """Ten more in 三(1)班; it is the morning after."""
    clock.advance(days=1)
    return add_students(engine, cast.class_31, cast.shiyan.id, 10)


def submit(engine: sa.Engine, cast: Cast, pupils: list[uuid.UUID], night: dt.date, minutes: int, **more: Any) -> None:
    for pupil in pupils:
        add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil, night, minutes, **more)


def warned(client: Client, cast: Cast, who: str = "homeroom") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        client.as_(getattr(cast, who)).get(f"/classes/{cast.class_31.id}/warnings").get_json()["items"]
    )
    return found


def over_cap(engine: sa.Engine, cast: Cast, pupils: list[uuid.UUID], nights: int) -> None:
    """So many of the last five nights above the cap of sixty."""
    for n, night in enumerate(NIGHTS[:5]):
        submit(engine, cast, pupils, night, 75 if n < nights else 40)


@pytest.mark.parametrize(("nights", "codes"), [(2, []), (3, ["class_over_cap"])])
def test_over_the_cap_on_three_of_five_nights(
    client: Client, cast: Cast, engine: sa.Engine, pupils: list[uuid.UUID], nights: int, codes: list[str]
) -> None:
    over_cap(engine, cast, pupils, nights)
    found = warned(client, cast)
    assert [each["code"] for each in found] == codes
    for each in found:
        numbers = {name: each[name] for name in ("count", "of", "value", "limit", "subject", "closed")}
        assert numbers == {"count": 3, "of": 5, "value": 75.0, "limit": 60.0, "subject": None, "closed": None}


@pytest.mark.parametrize(("share", "codes"), [(6, []), (7, ["sleep_short"])])
def test_more_than_six_in_ten_nights_short_of_sleep(
    client: Client, cast: Cast, engine: sa.Engine, pupils: list[uuid.UUID], share: int, codes: list[str]
) -> None:
    submit(engine, cast, pupils, NIGHTS[0], 30)
    with engine.begin() as connection:
        for n, pupil in enumerate(pupils):
            short = {"sleep_minutes": 540, "sleep_short_by_minutes": 31 if n < share else 30}
            connection.execute(sa.update(NightSheet).where(NightSheet.student_id == pupil).values(**short))
    assert [each["code"] for each in warned(client, cast)] == codes


@pytest.mark.parametrize(("last", "codes"), [(9, []), (7, ["coverage_falling"])])
def test_coverage_that_falls(
    client: Client, cast: Cast, engine: sa.Engine, pupils: list[uuid.UUID], last: int, codes: list[str]
) -> None:
    days = (TONIGHT - dt.timedelta(days=n) for n in range(1, 20))
    nights = [day for day in days if day.isoweekday() in {1, 2, 3, 4, 7}][:10]
    for n, night in enumerate(nights):
        submit(engine, cast, pupils[: last if n < 5 else 10], night, 30)
    assert [each["code"] for each in warned(client, cast)] == codes


@pytest.mark.parametrize(("minutes", "codes"), [(30, []), (31, ["estimate_exceeded"])])
def test_a_subject_that_takes_more_than_half_as_long_again_for_two_weeks(
    client: Client,
    cast: Cast,
    engine: sa.Engine,
    pupils: list[uuid.UUID],
    minutes: int,
    codes: list[str],
    publish: Any,
) -> None:
    for night in (NIGHTS[0], NIGHTS[5]):
        work = publish(night)
        submit(engine, cast, pupils, night, minutes, assignment_id=work, estimated_minutes=20)
    found = warned(client, cast)
    assert [(each["code"], each["subject"]) for each in found] == [(code, "maths") for code in codes]
    assert [each["value"] for each in found] == [1.55 for _ in codes]


@pytest.fixture
def publish(engine: sa.Engine, cast: Cast) -> Any:
    """Maths of one night, estimated at twenty minutes."""

    def made(night: dt.date) -> uuid.UUID:
        row = {
            "school_id": cast.shiyan.id,
            "id": uuid.uuid4(),
            "class_id": cast.class_31.id,
            "subject": "maths",
            "title": "口算",
            "kind": Kind.written,
            "place": Place.home,
            "given_on": night,
            "due_on": night + dt.timedelta(days=1),
            "state": AssignmentState.PUBLISHED,
            "created_by": cast.maths_teacher.id,
            "created_at": dt.datetime.combine(night, dt.time(8), dt.UTC),
        }
        with engine.begin() as connection:
            connection.execute(sa.insert(Assignment), row)
        return uuid.UUID(str(row["id"]))

    return made


class TestClosing:
    @pytest.fixture(autouse=True)
    def full(self, engine: sa.Engine, cast: Cast, pupils: list[uuid.UUID]) -> None:
        """A class over its cap."""
        over_cap(engine, cast, pupils, 4)

    def close(self, client: Client, cast: Cast, who: str, warning_id: Any, body: Any = ACTION) -> Any:
        path = f"/classes/{cast.class_31.id}/warnings/{warning_id}/closing"
        return client.as_(getattr(cast, who)).put(path, body)

    def test_two_that_are_closed_cost_no_more_statements_than_one(
        self, client: Client, cast: Cast, engine: sa.Engine, count_statements: Counting
    ) -> None:
        with engine.begin() as connection:
            short = sa.update(NightSheet).where(NightSheet.night == NIGHTS[0])
            connection.execute(short.values(sleep_minutes=500, sleep_short_by_minutes=100))
        counts = []
        for each in warned(client, cast):
            self.close(client, cast, "homeroom", each["id"])
            with count_statements(engine) as statements:
                warned(client, cast)
            counts.append(len(statements))
        assert counts == [counts[0]] * 2

    def test_says_who_did_what_and_when(self, client: Client, cast: Cast, engine: sa.Engine) -> None:
        warning = warned(client, cast)[0]
        closed = self.close(client, cast, "homeroom", warning["id"]).get_json()["closed"]
        assert (closed["action"], closed["by"]) == (ACTION["action"], cast.homeroom.name)
        assert warned(client, cast, "office")[0]["closed"] == closed
        with engine.connect() as connection:
            actions = sa.select(AuditEvent.details).where(AuditEvent.action == "warning.closed")
            assert connection.scalars(actions).all() == [{"code": "class_over_cap", "subject": None}]

    def test_a_second_time_changes_nothing(self, client: Client, cast: Cast, engine: sa.Engine) -> None:
        warning = warned(client, cast)[0]
        first = self.close(client, cast, "homeroom", warning["id"]).get_json()
        again = self.close(client, cast, "grade_head", warning["id"], {"action": "另一件事"})
        assert (again.status_code, again.get_json()) == (200, first)
        with engine.connect() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(WarningAction)) == 1

    @pytest.mark.parametrize("who", ["maths_teacher", "homeroom_32", "prep_maths", "other_office", "mother", "officer"])
    def test_who_does_not_see_it_cannot_close_it(self, client: Client, cast: Cast, who: str) -> None:
        warning = warned(client, cast)[0]
        refused, unknown = (self.close(client, cast, who, each) for each in (warning["id"], UNKNOWN))
        assert (refused.status_code, same_but_id(refused)) == (404, same_but_id(unknown))

    @pytest.mark.parametrize("body", [{}, {"action": " "}, {"action": "x" * 301}])
    def test_without_an_action_it_stays_open(self, client: Client, cast: Cast, body: Any) -> None:
        warning = warned(client, cast)[0]
        assert self.close(client, cast, "homeroom", warning["id"], body).status_code == 422
        assert warned(client, cast)[0]["closed"] is None

    def test_the_school_lists_it_and_the_month_counts_it(self, client: Client, cast: Cast) -> None:
        warning = warned(client, cast)[0]
        school = f"/schools/{cast.shiyan.id}"
        listed = client.as_(cast.office).get(f"{school}/warnings").get_json()["items"]
        assert [each["id"] for each in listed] == [warning["id"]]
        self.close(client, cast, "office", warning["id"])
        month = client.as_(cast.office).get(f"{school}/reports/monthly").get_json()
        assert month["warnings"] == [{"code": "class_over_cap", "open": 0, "closed": 1}]


def test_few_sheets_warn_of_nothing_to_those_who_see_no_names(
    client: Client, cast: Cast, engine: sa.Engine, pupils: list[uuid.UUID]
) -> None:
    over_cap(engine, cast, pupils[:4], 5)
    assert warned(client, cast, "office") == []
    assert client.as_(cast.office).get(f"/schools/{cast.shiyan.id}/warnings").get_json()["items"] == []


def test_a_teachers_calibration_is_of_the_own_subject_and_says_what_is_censored(
    client: Client, cast: Cast, engine: sa.Engine, pupils: list[uuid.UUID], publish: Any
) -> None:
    work = publish(NIGHTS[0])
    submit(engine, cast, pupils[:6], NIGHTS[0], 30, assignment_id=work, estimated_minutes=20)
    with engine.begin() as connection:
        stopped = sa.update(Entry).where(Entry.student_id == pupils[0])
        connection.execute(stopped.values(outcome=Outcome.stopped_for_sleep, actual_minutes=90))
    items = client.as_(cast.maths_teacher).get("/me/calibration").get_json()["items"]
    own = next(each for each in items if each["class_id"] == str(cast.class_31.id))
    assert (own["subject"], own["n"], own["n_censored"], own["stopped_for_sleep"]) == ("maths", 5, 1, 1)
    assert (own["median_minutes"], own["km_median_minutes"], own["ratio"], own["basis"]) == (
        30,
        30,
        1.5,
        "kaplan_meier",
    )
    assert [(week["n"], week["ratio"]) for week in own["weeks"]] == [(5, 1.5)]
    assert client.as_(cast.office).get("/me/calibration").get_json()["items"] == []


def test_a_teachers_calibration_begins_with_the_own_post(
    client: Client, cast: Cast, engine: sa.Engine, pupils: list[uuid.UUID], publish: Any
) -> None:
    submit(engine, cast, pupils, NIGHTS[0], 30, assignment_id=publish(NIGHTS[0]), estimated_minutes=20)
    submit(engine, cast, pupils, NIGHTS[5], 40, assignment_id=publish(NIGHTS[5]), estimated_minutes=20)
    with engine.begin() as connection:
        posts = sa.update(Post).where(Post.person_id == cast.maths_teacher.id)
        connection.execute(posts.values(from_on=NIGHTS[0]))
    items = client.as_(cast.maths_teacher).get("/me/calibration").get_json()["items"]
    own = next(each for each in items if each["class_id"] == str(cast.class_31.id))
    assert (own["n"], own["median_minutes"], len(own["weeks"])) == (10, 30, 1)


def test_a_subject_teachers_page_speaks_of_the_own_subject_alone(
    client: Client, cast: Cast, engine: sa.Engine, pupils: list[uuid.UUID]
) -> None:
    submit(engine, cast, pupils[:5], NIGHTS[0], 30)
    submit(engine, cast, pupils[5:], NIGHTS[0], 50, subject="english")
    page = client.as_(cast.maths_teacher).get(f"/classes/{cast.class_31.id}/trends/overview").get_json()
    assert (
        {cell["subject"] for cell in page["heat_map"]} == {each["subject"] for each in page["calibration"]} == {"maths"}
    )
    nothing = {name: page[name] for name in ("figure", "distribution", "places", "sleep", "bedtimes")}
    assert (set(nothing.values()), page["sleep_weeks"], page["frozen"]) == ({None}, [], False)
