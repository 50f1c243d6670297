"""What families are told beside the evening's five: starting, winding down, runs of missed nights, the week."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.load import Outcome, Place
from backend.domain.sheet import SheetState
from backend.storage import models
from notifications.worker import Worker
from tests.cast import TONIGHT, Cast, Holder
from tests.notifications.evening import at, due_of, outbox_of, put_homework, put_preference, put_sheet, put_sleep

START = "start_homework"


def tick(session: Session, worker: Worker, now: dt.datetime) -> None:
    session.commit()
    worker.tick(now)


def choose(session: Session, person: Holder, time: str | None, *, enabled: bool = True) -> None:
    """A person wants to hear at a time that homework is not started."""
    ids = {"school_id": person.school_id, "person_id": person.id, "set_by": person.id}
    chosen = dt.time.fromisoformat(time) if time else None
    row = {**ids, "code": START, "enabled": enabled, "chosen_time": chosen}
    session.execute(sa.insert(models.ReminderPreference).values(**row))


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("18:29:59", set()),
        ("18:30", {"ada about ada", "mother about ada"}),
        ("19:29", {"ada about ada", "mother about ada"}),
        ("19:30", set()),
    ],
)
def test_whoever_asked_hears_at_the_chosen_time_that_nothing_is_started(
    session: Session, cast: Cast, worker: Worker, time: str, expected: set[str]
) -> None:
    put_homework(session, cast.class_31, "maths", by=cast.maths_teacher)
    choose(session, cast.ada, "18:30")
    choose(session, cast.mother, "18:30")
    choose(session, cast.father, "18:30", enabled=False)
    choose(session, cast.ben_mother, "18:30")
    tick(session, worker, at(time))
    assert due_of(session, cast, START) == expected


def put_entry(session: Session, cast: Cast, night: dt.date, assignment_id: uuid.UUID, **values: Any) -> None:
    """Work of Ada's on an assignment, on a sheet of that night."""
    put_sheet(session, cast, cast.ada, night=night)
    row: dict[str, Any] = {
        "school_id": cast.ada.school_id,
        "student_id": cast.ada.id,
        "id": uuid.uuid4(),
        "night": night,
        "class_id": cast.class_31.id,
        "assignment_id": assignment_id,
        "subject": "maths",
        "is_self_study": False,
        "place": Place.home,
        "outcome": Outcome.in_progress,
        "segments": [],
        "changed_by": cast.ada.id,
        "changed_at": at("18:00", day=night),
        "change_counter": 1,
    }
    session.execute(sa.insert(models.Entry).values(**{**row, **values}))


YESTERDAY = TONIGHT - dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("night", "values", "is_told"),
    [
        (TONIGHT, {}, False),
        (TONIGHT, {"deleted_at": at("18:10")}, True),
        (TONIGHT, {"place": Place.school}, True),
        (YESTERDAY, {"outcome": Outcome.unfinished}, True),
        (YESTERDAY, {"outcome": Outcome.finished}, False),
    ],
    ids=["begun tonight", "taken back", "done at school", "begun yesterday", "finished yesterday"],
)
def test_a_child_who_has_started_or_finished_is_left_in_peace(
    session: Session, cast: Cast, worker: Worker, night: dt.date, values: dict[str, Any], is_told: bool
) -> None:
    homework = put_homework(session, cast.class_31, "maths", by=cast.maths_teacher, given_on=YESTERDAY)
    session.execute(sa.update(models.Assignment).values(due_on=TONIGHT + dt.timedelta(days=1)))
    put_entry(session, cast, night, homework, **values)
    choose(session, cast.mother, "18:30")
    tick(session, worker, at("18:30"))
    assert bool(due_of(session, cast, START)) is is_told


def test_a_classmate_who_has_finished_does_not_silence_the_others(session: Session, cast: Cast, worker: Worker) -> None:
    homework = put_homework(session, cast.class_31, "maths", by=cast.maths_teacher)
    put_entry(session, cast, TONIGHT, homework, outcome=Outcome.finished)
    choose(session, cast.mother, "18:30")
    choose(session, cast.finn_mother, "18:30")
    tick(session, worker, at("18:30"))
    assert due_of(session, cast, START) == {"finn_mother about finn"}


@pytest.mark.parametrize(
    "homework",
    [{"place": Place.school}, {"state": models.AssignmentState.DRAFT}, {"given_on": TONIGHT + dt.timedelta(days=1)}],
)
def test_without_homework_tonight_nobody_hears_of_it(
    session: Session, cast: Cast, worker: Worker, homework: dict[str, Any]
) -> None:
    put_homework(session, cast.class_31, "maths", by=cast.maths_teacher, **homework)
    choose(session, cast.mother, "18:30")
    tick(session, worker, at("18:30"))
    assert due_of(session, cast, START) == set()


def test_a_submitted_sheet_is_not_to_be_started(session: Session, cast: Cast, worker: Worker) -> None:
    put_homework(session, cast.class_31, "maths", by=cast.maths_teacher)
    put_sheet(session, cast, cast.ada, state=SheetState.submitted, submitted_at=at("18:00"))
    choose(session, cast.mother, "18:30")
    tick(session, worker, at("18:30"))
    assert due_of(session, cast, START) == set()


def test_a_guardian_hears_of_each_own_child_with_consent(session: Session, cast: Cast, worker: Worker) -> None:
    for class_, teacher in ((cast.class_31, cast.maths_teacher), (cast.class_11, cast.homeroom_11)):
        put_homework(session, class_, "maths", by=teacher)
    choose(session, cast.mother, "18:30")
    choose(session, cast.dora_mother, "18:30")
    choose(session, cast.grandfather, "18:30")
    tick(session, worker, at("18:30"))
    assert due_of(session, cast, START) == {"mother about ada", "mother about emil"}


def test_a_childs_own_time_within_its_silence_is_not_kept(session: Session, cast: Cast, worker: Worker) -> None:
    put_homework(session, cast.class_31, "maths", by=cast.maths_teacher)
    choose(session, cast.ada, "20:50")
    tick(session, worker, at("20:50"))
    assert due_of(session, cast, START) == set()


# --- wind_down --------------------------------------------------------------------------------------------------------

WIND = "wind_down"
GUARDIANS = {"mother about ada", "father about ada"}


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("20:34:59", set()),
        ("20:35", GUARDIANS | {"ada about ada"}),
        ("20:49:59", GUARDIANS | {"ada about ada"}),
        ("20:50", GUARDIANS),
        ("21:19:59", GUARDIANS),
        ("21:20", set()),
    ],
    ids=[
        "46 minutes before bedtime nobody",
        "45 minutes before guardians, and the child who is allowed to",
        "until the child's own silence",
        "then the guardians alone",
        "until bedtime",
        "at bedtime no more",
    ],
)
def test_winding_down(session: Session, cast: Cast, worker: Worker, time: str, expected: set[str]) -> None:
    put_sheet(session, cast, cast.ada)
    put_preference(session, cast.ada, WIND, enabled=True)
    tick(session, worker, at(time))
    assert due_of(session, cast, WIND) == expected


def test_a_child_hears_of_winding_down_only_where_a_guardian_allows(
    session: Session, cast: Cast, worker: Worker
) -> None:
    put_sheet(session, cast, cast.ada)
    tick(session, worker, at("20:35"))
    assert due_of(session, cast, WIND) == GUARDIANS


@pytest.mark.parametrize("has_sheet", [True, False])
def test_nobody_winds_down_who_is_in_bed_or_has_no_sheet(
    session: Session, cast: Cast, worker: Worker, has_sheet: bool
) -> None:
    if has_sheet:
        put_sheet(session, cast, cast.ada)
        put_sleep(session, cast.ada, lights_out_at=at("20:30"))
    tick(session, worker, at("20:40"))
    assert due_of(session, cast, WIND) == set()


# --- streak -----------------------------------------------------------------------------------------------------------

STREAK = "streak"


def nights_before(day: dt.date, missed: str) -> list[tuple[dt.date, bool]]:
    """School nights before a day, the latest last: ``x`` missed, ``.`` fine, a space without a sheet."""
    found, night = [], day
    for sign in reversed(missed):
        night -= dt.timedelta(days=1)
        while (night + dt.timedelta(days=1)).isoweekday() > 5:
            night -= dt.timedelta(days=1)
        if sign != " ":
            found.append((night, sign == "x"))
    return found


def put_nights(session: Session, cast: Cast, day: dt.date, missed: str, **how: Any) -> None:
    for night, is_missed in nights_before(day, missed):
        put_sheet(session, cast, cast.ada, night=night, **((how or {"capped_minutes": 61}) if is_missed else {}))


@pytest.mark.parametrize(
    ("missed", "is_told"),
    [
        ("...xx", False),
        ("..xxx", True),
        (".x.x.x", True),
        ("x..x.x", False),
        ("x x x", True),
        (".xxx.", False),
        ("..xxxx", False),
        ("xxx.xx", False),
        ("xxx..xx", False),
        ("xx...xx", False),
        ("xx....xxx", True),
    ],
    ids=[
        "two of five",
        "three in a row",
        "three of five",
        "the sixth night back does not count",
        "nights without a sheet are no missed nights, nor do they end anything",
        "last night was fine: it was told before",
        "a fourth in the same run",
        "the run goes on over a night that was fine",
        "still the same run: the window before it held three too",
        "two of five again",
        "a new run",
    ],
)
def test_a_run_of_missed_nights_is_told_once_when_it_begins(
    session: Session, cast: Cast, worker: Worker, missed: str, is_told: bool
) -> None:
    put_nights(session, cast, TONIGHT, missed)
    tick(session, worker, at("09:00"))
    assert due_of(session, cast, STREAK) == (GUARDIANS if is_told else set())


@pytest.mark.parametrize("how", [{"sleep_short_by_minutes": 1}, {"capped_minutes": 61, "sleep_short_by_minutes": 90}])
def test_sleep_below_its_target_is_a_missed_night_too(
    session: Session, cast: Cast, worker: Worker, how: dict[str, Any]
) -> None:
    put_nights(session, cast, TONIGHT, "..xxx", **how)
    tick(session, worker, at("09:00"))
    assert due_of(session, cast, STREAK) == GUARDIANS
    params = [row.params for row in outbox_of(session) if row.code == STREAK]
    assert params == [{"missed_nights": 3, "of_nights": 5}] * 2


@pytest.mark.parametrize(
    ("time", "expected"), [("08:59:59", set()), ("09:00", GUARDIANS), ("13:59:59", GUARDIANS), ("14:00", set())]
)
def test_a_run_is_told_in_the_morning(
    session: Session, cast: Cast, worker: Worker, time: str, expected: set[str]
) -> None:
    put_nights(session, cast, TONIGHT, "..xxx")
    tick(session, worker, at(time))
    assert due_of(session, cast, STREAK) == expected


def test_a_run_that_a_weekend_interrupts_is_counted_over_school_nights(
    session: Session, cast: Cast, worker: Worker
) -> None:
    tuesday = dt.date(2026, 11, 24)
    put_nights(session, cast, tuesday, "xxx")
    assert [night.isoweekday() for night, _ in nights_before(tuesday, "xxx")] == [1, 7, 4]
    put_sheet(session, cast, cast.ada, night=dt.date(2026, 11, 20))
    tick(session, worker, at("09:00", day=tuesday))
    assert due_of(session, cast, STREAK) == GUARDIANS


@pytest.mark.parametrize(
    ("day", "is_told"), [(dt.date(2026, 11, 21), False), (dt.date(2026, 10, 10), True), (dt.date(2027, 1, 6), True)]
)
def test_a_run_is_told_after_a_school_night_of_the_schools_own_calendar(
    session: Session, cast: Cast, worker: Worker, day: dt.date, is_told: bool
) -> None:
    for days in (1, 2, 3):
        put_sheet(session, cast, cast.ada, night=day - dt.timedelta(days=days), capped_minutes=61)
    tick(session, worker, at("09:00", day=day))
    assert bool(due_of(session, cast, STREAK)) is is_told


# --- weekly_digest ----------------------------------------------------------------------------------------------------

DIGEST = "weekly_digest"
FRIDAY = dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        ({"capped_minutes": 61}, {"over_cap_nights": 1, "sleep_short_nights": 0}),
        ({"sleep_short_by_minutes": 5}, {"over_cap_nights": 0, "sleep_short_nights": 1}),
        ({"capped_minutes": 60, "sleep_short_by_minutes": 0}, None),
        (
            {"capped_minutes": 61, "night": FRIDAY - dt.timedelta(days=7)},
            {"over_cap_nights": 1, "sleep_short_nights": 0},
        ),
        ({"capped_minutes": 61, "night": FRIDAY - dt.timedelta(days=8)}, None),
        ({"capped_minutes": 61, "night": FRIDAY}, None),
    ],
    ids=[
        "a night over the cap",
        "a shortfall below the tolerance is said here",
        "all is well: nothing to say",
        "last Friday belongs to this week",
        "Thursday of last week does not",
        "tonight does not yet",
    ],
)
def test_the_week_is_told_to_guardians_if_there_is_something_to_say(
    session: Session, cast: Cast, worker: Worker, sheet: dict[str, Any], expected: dict[str, int] | None
) -> None:
    put_sheet(session, cast, cast.ada, **sheet)
    tick(session, worker, at("17:00", day=FRIDAY))
    told = {row.recipient_id: row.params for row in outbox_of(session) if row.code == DIGEST}
    assert told == ({cast.mother.id: expected, cast.father.id: expected} if expected else {})


def test_several_children_are_one_digest(session: Session, cast: Cast, worker: Worker) -> None:
    for child in (cast.ada, cast.emil):
        put_sheet(session, cast, child, capped_minutes=61)
    put_sheet(session, cast, cast.dora, capped_minutes=61)
    tick(session, worker, at("17:00", day=FRIDAY))
    told = {row.recipient_id: row.params["over_cap_nights"] for row in outbox_of(session) if row.code == DIGEST}
    assert told == {cast.mother.id: 2, cast.father.id: 1}


@pytest.mark.parametrize(
    ("time", "is_told"), [("16:59:59", False), ("17:00", True), ("19:59:59", True), ("20:00", False)]
)
def test_the_week_is_told_on_friday_afternoon(
    session: Session, cast: Cast, worker: Worker, time: str, is_told: bool
) -> None:
    put_sheet(session, cast, cast.ada, capped_minutes=61)
    tick(session, worker, at(time, day=FRIDAY))
    assert bool(due_of(session, cast, DIGEST)) is is_told


def test_each_guardian_is_told_by_the_clock_of_the_school(session: Session, cast: Cast, worker: Worker) -> None:
    session.execute(sa.update(models.School).where(models.School.id == cast.other_school.id).values(zone="Asia/Urumqi"))
    put_sheet(session, cast, cast.zed, capped_minutes=61)
    put_sheet(session, cast, cast.ada, capped_minutes=61)
    tick(session, worker, at("18:59", day=FRIDAY))
    assert due_of(session, cast, DIGEST) == {"mother", "father"}
    tick(session, worker, at("19:00", day=FRIDAY))
    assert due_of(session, cast, DIGEST) == {"mother", "father", "zed_mother"}
