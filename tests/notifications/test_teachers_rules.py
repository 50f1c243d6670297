"""What teachers and the academic office are told, around each boundary: estimates, plans, class averages."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.people import Role
from backend.domain.sheet import SheetState
from backend.storage import models
from notifications.worker import Worker
from tests.cast import TONIGHT, Cast
from tests.notifications.evening import (
    at,
    due_of,
    outbox_of,
    put_homework,
    put_preference,
    put_setting,
    put_sheet,
)

ESTIMATES = "publish_estimates"
TEACHERS = {
    "homeroom about shiyan-31",
    "maths_teacher about shiyan-31",
    "maths_teacher about shiyan-32",
    "english_teacher about shiyan-31",
    "new_teacher about shiyan-31",
}
MATHS = {"maths_teacher about shiyan-31"}
SATURDAY, MAKE_UP_SATURDAY, HOLIDAY = dt.date(2026, 11, 21), dt.date(2026, 10, 10), dt.date(2027, 1, 1)
NEXT_YEAR = dt.date(2027, 1, 5)


def tick(session: Session, worker: Worker, now: dt.datetime) -> None:
    session.commit()
    worker.tick(now)


@pytest.mark.parametrize(
    ("day", "time", "expected"),
    [
        (TONIGHT, "15:29:59", set()),
        (TONIGHT, "15:30", TEACHERS),
        (TONIGHT, "17:59:59", TEACHERS),
        (TONIGHT, "18:00", set()),
        (SATURDAY, "15:30", set()),
        (HOLIDAY, "15:30", set()),
        (MAKE_UP_SATURDAY, "15:30", TEACHERS),
        (NEXT_YEAR, "15:30", TEACHERS),
    ],
    ids=[
        "a second early nobody",
        "at half past three every teacher whose timetable sets homework",
        "late, but the same afternoon",
        "in the evening no more",
        "a Saturday is no school day",
        "a holiday neither",
        "a make-up Saturday follows Tuesday's timetable",
        "an estimated day of next year is a school day until the school says otherwise",
    ],
)
def test_estimates_are_asked_for_on_school_days(
    session: Session, cast: Cast, worker: Worker, day: dt.date, time: str, expected: set[str]
) -> None:
    tick(session, worker, at(time, day=day))
    assert due_of(session, cast, ESTIMATES) == expected


@pytest.mark.parametrize(
    ("day", "weekdays", "is_asked"),
    [
        (TONIGHT, [2], True),
        (TONIGHT, [1, 3, 4, 5], False),
        (TONIGHT, [], False),
        (MAKE_UP_SATURDAY, [6], False),
        (MAKE_UP_SATURDAY, [2], True),
    ],
)
def test_only_a_post_that_sets_homework_on_that_timetable_weekday_is_asked(
    session: Session, cast: Cast, worker: Worker, day: dt.date, weekdays: list[int], is_asked: bool
) -> None:
    session.execute(sa.update(models.Post).where(models.Post.subject == "maths").values(weekdays=weekdays))
    tick(session, worker, at("15:30", day=day))
    assert (due_of(session, cast, ESTIMATES) >= MATHS) is is_asked


def test_a_make_up_day_whose_timetable_nobody_has_named_asks_nobody(
    session: Session, cast: Cast, worker: Worker
) -> None:
    day = (models.SchoolDay.school_id == cast.shiyan.id, models.SchoolDay.day == MAKE_UP_SATURDAY)
    session.execute(sa.update(models.SchoolDay).where(*day).values(timetable_weekday=None))
    tick(session, worker, at("15:30", day=MAKE_UP_SATURDAY))
    assert due_of(session, cast, ESTIMATES) == set()


YESTERDAY = TONIGHT - dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("homework", "is_asked"),
    [
        ({}, False),
        ({"given_on": YESTERDAY, "due_on": TONIGHT + dt.timedelta(days=1)}, False),
        ({"given_on": YESTERDAY, "due_on": TONIGHT}, True),
        ({"state": models.AssignmentState.DRAFT}, True),
        ({"state": models.AssignmentState.WITHDRAWN}, True),
        ({"subject": "english"}, True),
    ],
    ids=[
        "published for tonight",
        "yesterday's homework still has tonight",
        "yesterday's homework is over",
        "a draft is not published",
        "withdrawn",
        "another subject's",
    ],
)
def test_a_teacher_who_has_published_is_not_asked(
    session: Session, cast: Cast, worker: Worker, homework: dict[str, Any], is_asked: bool
) -> None:
    values: dict[str, Any] = {"subject": "maths"} | homework
    put_homework(session, cast.class_31, by=cast.maths_teacher, **values)
    tick(session, worker, at("15:30"))
    assert (due_of(session, cast, ESTIMATES) >= MATHS) is is_asked
    assert "maths_teacher about shiyan-32" in due_of(session, cast, ESTIMATES)


def put_none(session: Session, cast: Cast, night: dt.date) -> None:
    ids = {"school_id": cast.shiyan.id, "class_id": cast.class_31.id, "subject": "maths", "night": night}
    by = {"declared_by": cast.maths_teacher.id, "declared_at": at("15:00", day=night)}
    session.execute(sa.insert(models.NoHomework).values(**ids, **by))


def test_a_teacher_who_has_said_none_today_is_not_asked(session: Session, cast: Cast, worker: Worker) -> None:
    put_none(session, cast, TONIGHT)
    tick(session, worker, at("15:30"))
    assert due_of(session, cast, ESTIMATES) == TEACHERS - MATHS


def test_none_of_yesterday_says_nothing_about_today(session: Session, cast: Cast, worker: Worker) -> None:
    put_none(session, cast, YESTERDAY)
    tick(session, worker, at("15:30"))
    assert due_of(session, cast, ESTIMATES) == TEACHERS


def test_a_post_that_has_ended_is_not_asked(session: Session, cast: Cast, worker: Worker) -> None:
    session.execute(sa.update(models.Post).where(models.Post.subject == "maths").values(to_on=YESTERDAY))
    tick(session, worker, at("15:30"))
    assert due_of(session, cast, ESTIMATES).isdisjoint({"maths_teacher about shiyan-31"})


def test_what_was_published_in_the_minute_between_is_not_asked_for(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock
) -> None:
    clock.move_to(at("15:30"))
    tick(session, worker, clock.now())
    put_homework(session, cast.class_31, "maths", by=cast.maths_teacher)
    session.commit()
    worker.deliver()
    rows = [row for row in outbox_of(session) if row.recipient_id == cast.maths_teacher.id]
    ended = {row.subject_id: row.outcome_reason for row in rows}
    assert ended == {cast.class_31.id: "reason_gone", cast.class_32.id: "inbox_only"}


def test_each_school_is_asked_by_its_own_clock(session: Session, cast: Cast, worker: Worker) -> None:
    session.execute(sa.update(models.School).where(models.School.id == cast.other_school.id).values(zone="Asia/Urumqi"))
    ids = {"school_id": cast.other_school.id, "id": uuid.uuid4(), "person_id": cast.other_homeroom.id}
    post = {"role": Role.subject_teacher, "class_id": cast.other_class.id, "subject": "maths", "weekdays": [2]}
    session.execute(sa.insert(models.Post).values(**ids, **post, from_on=TONIGHT))
    tick(session, worker, at("17:29"))
    assert "other_homeroom about yucai-31" not in due_of(session, cast, ESTIMATES)
    tick(session, worker, at("17:30"))
    assert "other_homeroom about yucai-31" in due_of(session, cast, ESTIMATES)


def test_a_teachers_wishes_are_heeded(session: Session, cast: Cast, worker: Worker) -> None:
    put_preference(session, cast.maths_teacher, ESTIMATES, enabled=False)
    put_setting(session, cast.english_teacher, paused_from=TONIGHT)
    put_setting(session, cast.homeroom, quiet_from=dt.time(15), quiet_to=dt.time(16))
    tick(session, worker, at("15:30"))
    assert due_of(session, cast, ESTIMATES) == {"new_teacher about shiyan-31"}


# --- plan_over_cap ----------------------------------------------------------------------------------------------------

OVER = {"homeroom about shiyan-31", "office about shiyan-31"}


@pytest.mark.parametrize(
    ("homework", "now", "expected"),
    [
        ({"over_cap_minutes": 5}, at("14:59:59"), set()),
        ({"over_cap_minutes": 5}, at("15:00"), OVER),
        ({"over_cap_minutes": None}, at("15:00"), set()),
        ({"over_cap_minutes": 5, "state": models.AssignmentState.WITHDRAWN}, at("15:01"), set()),
        ({"over_cap_minutes": 5}, at("23:59"), OVER),
        ({"over_cap_minutes": 5}, at("+00:00"), set()),
        ({"over_cap_minutes": 5, "due_on": TONIGHT + dt.timedelta(days=3)}, at("+14:59:59"), OVER),
        ({"over_cap_minutes": 5, "due_on": TONIGHT + dt.timedelta(days=3)}, at("+15:00"), set()),
        ({"over_cap_minutes": 5, "given_on": SATURDAY}, at("15:00"), OVER),
    ],
    ids=[
        "before publication nobody",
        "at publication homeroom and office",
        "within the cap nobody",
        "withdrawn again",
        "late, but before its night is over",
        "its night is over",
        "a day later, of several nights",
        "more than a day later",
        "for a weekend to come",
    ],
)
def test_a_plan_over_the_cap(
    session: Session, cast: Cast, worker: Worker, homework: dict[str, Any], now: dt.datetime, expected: set[str]
) -> None:
    put_homework(session, cast.class_31, "maths", by=cast.maths_teacher, **homework)
    tick(session, worker, now)
    assert due_of(session, cast, "plan_over_cap") == expected


def test_a_plan_over_the_cap_is_told_once_a_class_and_night_with_the_most_minutes(
    session: Session, cast: Cast, worker: Worker
) -> None:
    for subject, over in (("maths", 5), ("english", 12)):
        put_homework(session, cast.class_31, subject, by=cast.maths_teacher, over_cap_minutes=over)
    tick(session, worker, at("15:01"))
    put_homework(session, cast.class_31, "science", by=cast.new_teacher, over_cap_minutes=30, published_at=at("15:20"))
    tick(session, worker, at("15:21"))
    rows = [row for row in outbox_of(session) if row.code == "plan_over_cap"]
    assert [row.params for row in rows] == [{"over_minutes": 12}] * 2
    assert {row.night for row in rows} == {TONIGHT}


# --- class_over_cap ---------------------------------------------------------------------------------------------------

AVERAGE = "class_over_cap"
OF_31 = {"homeroom", "maths_teacher", "english_teacher", "new_teacher", "office"}
FRIDAY, MONDAY = dt.date(2026, 11, 20), dt.date(2026, 11, 23)


def put_class(
    session: Session, cast: Cast, minutes: list[int], *, night: dt.date = TONIGHT, of: str = "class_31", **values: Any
) -> None:
    """Submitted sheets of so many children of a class, with these written minutes."""
    children = (cast.ada, cast.finn, cast.dora, cast.ben, cast.cleo, cast.emil)
    for child, written in zip(children, minutes, strict=False):
        own = {"class_id": getattr(cast, of).id, "state": SheetState.submitted, "submitted_at": at("20:30", day=night)}
        put_sheet(session, cast, child, night=night, **{**own, "capped_minutes": written, **values})


@pytest.mark.parametrize(
    ("time", "expected"),
    [("+07:29:59", set()), ("+07:30", OF_31), ("+08:59:59", OF_31), ("+09:00", set()), ("21:00", set())],
)
def test_the_class_average_is_told_next_school_morning(
    session: Session, cast: Cast, worker: Worker, time: str, expected: set[str]
) -> None:
    put_class(session, cast, [61, 61, 61, 61, 61])
    tick(session, worker, at(time))
    assert due_of(session, cast, AVERAGE) == expected


@pytest.mark.parametrize(
    ("minutes", "values", "is_told"),
    [
        ([60, 60, 60, 60, 60], {}, False),
        ([60, 60, 60, 60, 61], {}, True),
        ([100, 100, 100, 100], {}, False),
        ([100, 100, 100, 100, 0], {}, True),
        ([100, 100, 100, 100, 100], {"state": SheetState.open}, False),
        ([100, 100, 100, 100, 100], {"cap_minutes": 200}, True),
    ],
    ids=[
        "60 against 60 is within",
        "any part of a minute above it is over",
        "four children say nothing about a class",
        "an empty sheet counts 0 and counts",
        "sheets that were not handed in do not count",
        "the class's cap decides, not the child's",
    ],
)
def test_the_class_average_is_held_against_the_class_cap(
    session: Session, cast: Cast, worker: Worker, minutes: list[int], values: dict[str, Any], is_told: bool
) -> None:
    put_class(session, cast, minutes, **values)
    tick(session, worker, at("+07:30"))
    assert bool(due_of(session, cast, AVERAGE)) is is_told


def test_a_weekend_counts_by_its_nights_and_is_told_on_monday(session: Session, cast: Cast, worker: Worker) -> None:
    put_class(session, cast, [180] * 5, night=FRIDAY)
    tick(session, worker, at("07:30", day=SATURDAY))
    assert due_of(session, cast, AVERAGE) == set()
    tick(session, worker, at("07:30", day=MONDAY))
    assert due_of(session, cast, AVERAGE) == set()
    put_class(session, cast, [1] * 5, night=FRIDAY + dt.timedelta(days=2))
    tick(session, worker, at("07:31", day=MONDAY))
    assert due_of(session, cast, AVERAGE) == OF_31


def test_one_message_a_person_lists_the_classes(session: Session, cast: Cast, worker: Worker) -> None:
    put_class(session, cast, [70] * 5)
    tick(session, worker, at("+07:30"))
    by_person = {row.recipient_id: row.params["classes"] for row in outbox_of(session) if row.code == AVERAGE}
    assert by_person[cast.office.id] == ["三(1)班"]
    assert by_person[cast.maths_teacher.id] == ["三(1)班"]
    assert by_person.keys() == {getattr(cast, key).id for key in OF_31}


def test_after_a_holiday_it_is_told_on_the_first_school_day(session: Session, cast: Cast, worker: Worker) -> None:
    new_years_eve, monday = dt.date(2026, 12, 31), dt.date(2027, 1, 4)
    put_class(session, cast, [300] * 5, night=new_years_eve)
    for day in (HOLIDAY, HOLIDAY + dt.timedelta(days=1)):
        tick(session, worker, at("07:30", day=day))
    assert due_of(session, cast, AVERAGE) == set()
    tick(session, worker, at("07:30", day=monday))
    assert due_of(session, cast, AVERAGE) == OF_31


# --- weekly_digest ----------------------------------------------------------------------------------------------------

DIGEST = "weekly_digest"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at("16:59:59", day=FRIDAY), set()),
        (at("17:00", day=FRIDAY), {"homeroom", "office"}),
        (at("19:59:59", day=FRIDAY), {"homeroom", "office"}),
        (at("20:00", day=FRIDAY), set()),
        (at("17:00", day=FRIDAY - dt.timedelta(days=1)), set()),
        (at("17:00", day=FRIDAY + dt.timedelta(days=7)), set()),
    ],
    ids=["a second early", "Friday at five", "late", "too late", "on Thursday", "a week later it is old"],
)
def test_the_weeks_class_averages_are_told_to_homeroom_and_office(
    session: Session, cast: Cast, worker: Worker, now: dt.datetime, expected: set[str]
) -> None:
    put_class(session, cast, [61] * 5, cap_minutes=None)
    tick(session, worker, now)
    assert due_of(session, cast, DIGEST) == expected
    params = [row.params for row in outbox_of(session) if row.code == DIGEST]
    assert params == [{"classes": ["三(1)班"], "streaks": 0}] * len(expected)


def test_the_homeroom_teachers_digest_counts_runs_and_the_offices_does_not(
    session: Session, cast: Cast, worker: Worker
) -> None:
    for days in (1, 2, 3):
        put_sheet(session, cast, cast.ada, night=FRIDAY - dt.timedelta(days=days), capped_minutes=61)
    put_sheet(session, cast, cast.ben, night=FRIDAY - dt.timedelta(days=1), capped_minutes=61)
    tick(session, worker, at("17:00", day=FRIDAY))
    staff = {cast.homeroom.id, cast.homeroom_32.id, cast.office.id}
    found = {row.recipient_id: row.params for row in outbox_of(session) if row.recipient_id in staff}
    assert {who: params for who, params in found.items() if "streaks" in params} == {
        cast.homeroom.id: {"classes": [], "streaks": 1}
    }


def test_a_week_without_anything_to_say_says_nothing(session: Session, cast: Cast, worker: Worker) -> None:
    put_class(session, cast, [60] * 5)
    tick(session, worker, at("17:00", day=FRIDAY))
    assert due_of(session, cast, DIGEST) == set()


def test_ticking_again_tells_nobody_twice(session: Session, cast: Cast, worker: Worker) -> None:
    put_class(session, cast, [61] * 5)
    for now in (at("+07:30"), at("+07:31"), at("17:00", day=FRIDAY), at("17:01", day=FRIDAY)):
        tick(session, worker, now)
    rows = [(row.code, row.recipient_id) for row in outbox_of(session) if row.code in (AVERAGE, DIGEST)]
    assert len(rows) == len(set(rows)) > len(OF_31)
