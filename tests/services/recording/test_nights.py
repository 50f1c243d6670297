"""Rules 1 and 12 (night, enrolment): what times a night holds, who may still change it, whose class it is."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from backend.domain.errors import NightClosed, NightInFuture
from backend.domain.load import Outcome, Segment
from backend.services.nights.changes import Submit
from backend.storage import models
from tests.cast import TONIGHT, Cast, made_id
from tests.services.recording.nights import Evenings, Phone, at, problem_codes, worked


def _span(begins: dt.datetime, ends: dt.datetime | None) -> tuple[Segment, ...]:
    return (Segment(begins, ends),)


@pytest.mark.parametrize(
    ("begins", "ends", "wrong"),
    [
        (at("06:00"), at("06:10"), []),
        (at("05:59"), at("06:10"), [("segments.0.started_at", "outside_window")]),
        (at("11:50", day=1), at("12:00", day=1), []),
        (at("11:50", day=1), at("12:01", day=1), [("segments.0.finished_at", "outside_window")]),
        (at("23:50"), at("00:20", day=1), []),
        (at("19:10"), at("19:00"), [("segments.0.finished_at", "finish_before_start")]),
        (at("19:00"), at("19:00"), []),
    ],
)
def test_a_segment_lies_between_six_and_noon_of_the_next_day(
    evenings: Evenings, phone: Phone, cast: Cast, begins: dt.datetime, ends: dt.datetime, wrong: list[tuple[str, str]]
) -> None:
    evenings.clock.move_to(at("20:00", day=1))
    (outcome,) = evenings.record(cast.ada, phone.entry("a", segments=_span(begins, ends))).outcomes
    assert [(problem.path, problem.code) for problem in outcome.fields] == wrong


def test_a_segment_in_the_future_is_refused_beyond_two_minutes(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    assert evenings.results(cast.ada, phone.entry("a", "21:00-22:02")) == ["applied"]
    problem = evenings.problem(cast.ada, phone.entry("b", "21:00-22:03"))
    assert problem_codes(problem) == [("segments.0.finished_at", "in_future")]


@pytest.mark.parametrize(
    ("lights_out", "wrong"),
    [
        (at("17:00"), None),
        (at("16:59"), "outside_window"),
        (at("00:40", day=1), None),
        (at("06:00", day=1), None),
        (at("06:01", day=1), "outside_window"),
    ],
)
def test_lights_out_lies_between_five_and_six_of_the_next_morning(
    evenings: Evenings, phone: Phone, cast: Cast, lights_out: dt.datetime, wrong: str | None
) -> None:
    evenings.clock.move_to(at("20:00", day=1))
    (outcome,) = evenings.record(cast.ada, phone.sleep(lights_out)).outcomes
    assert [problem.code for problem in outcome.fields] == ([wrong] if wrong else [])


@pytest.mark.parametrize(
    ("woke", "wrong"),
    [
        (at("03:00", day=1), None),
        (at("02:59", day=1), "outside_window"),
        (at("14:00", day=1), None),
        (at("14:01", day=1), "outside_window"),
    ],
)
def test_waking_lies_between_three_and_two_in_the_afternoon(
    evenings: Evenings, phone: Phone, cast: Cast, woke: dt.datetime, wrong: str | None
) -> None:
    evenings.clock.move_to(at("20:00", day=1))
    (outcome,) = evenings.record(cast.ada, phone.sleep(at("21:00"), woke)).outcomes
    assert [problem.code for problem in outcome.fields] == ([wrong] if wrong else [])


def test_waking_before_lights_out_is_refused(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.clock.move_to(at("20:00", day=1))
    problem = evenings.problem(cast.ada, phone.sleep(at("04:00", day=1), at("03:30", day=1)))
    assert problem_codes(problem) == [("woke_at", "before_lights_out")]


def test_lights_out_after_midnight_on_the_last_of_the_month_is_of_that_night(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    last = dt.date(2026, 11, 30)
    evenings.clock.move_to(at("08:00", night=last, day=1))
    evenings.record(cast.ada, phone.sleep(at("00:40", night=last, day=1)), night=last)
    assert evenings.row(models.Sleep)["night"] == last
    assert evenings.sheet(night=last)["submitted_at"] is not None


def test_work_over_midnight_counts_whole_on_the_night_it_began(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.clock.move_to(at("08:00", day=1))
    evenings.record(cast.ada, phone.entry("a", segments=_span(at("23:40"), at("00:10", day=1))))
    assert evenings.sheet()["study_minutes"] == 30


def test_a_night_of_2027_is_written_like_any_other(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    new_year = dt.date(2026, 12, 31)
    for night in (new_year, dt.date(2027, 3, 1)):
        evenings.clock.move_to(at("22:00", night=night))
        entry = phone.entry(f"a {night}", segments=worked("19:00-19:30", night=night))
        assert evenings.results(cast.ada, entry, phone.sleep(at("21:00", night=night), of=night), night=night) == [
            "applied",
            "applied",
        ]
        assert evenings.sheet(night=night)["study_minutes"] == 30


@pytest.mark.parametrize(
    ("night", "begins", "ends", "minutes"),
    [
        # 25 October 2026: at 03:00 the clock goes back to 02:00.
        (dt.date(2026, 10, 24), ("01:30", 0), ("03:30", 0), 180),
        # 28 March 2027: at 02:00 the clock goes on to 03:00.
        (dt.date(2027, 3, 27), ("01:30", 0), ("03:30", 0), 60),
    ],
)
def test_the_night_of_the_clock_change_has_its_real_length(
    evenings: Evenings,
    phone: Phone,
    cast: Cast,
    night: dt.date,
    begins: tuple[str, int],
    ends: tuple[str, int],
    minutes: int,
) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    evenings.change(sa.update(models.School).values(zone=berlin.key))
    evenings.clock.move_to(at("11:00", night=night, day=1, zone=berlin))
    wall = [at(clock, night=night, day=1, zone=berlin, fold=fold) for clock, fold in (begins, ends)]
    lights_out, woke = at("21:00", night=night, zone=berlin), at("07:00", night=night, day=1, zone=berlin)
    evenings.record(
        cast.ada,
        phone.entry("a", segments=_span(wall[0], wall[1])),
        phone.sleep(lights_out, woke),
        night=night,
    )
    sheet = evenings.sheet(night=night)
    assert sheet["study_minutes"] == minutes
    assert sheet["sleep_minutes"] == 10 * 60 + (minutes - 120)


# --- who may still change it ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "taken"), [(7, True), (8, False)])
def test_a_child_may_change_a_night_for_seven_days(
    evenings: Evenings, phone: Phone, cast: Cast, days: int, taken: bool
) -> None:
    evenings.clock.move_to(at("23:59", day=days))
    (outcome,) = evenings.record(cast.ada, phone.entry("a", "19:00-19:30")).outcomes
    assert (outcome.result.value == "applied", type(outcome.error)) == (taken, type(None) if taken else NightClosed)


@pytest.mark.parametrize("days", [8, 70])
def test_a_guardian_may_always_and_it_is_marked_late(evenings: Evenings, mothers: Phone, cast: Cast, days: int) -> None:
    evenings.clock.move_to(at("20:00", day=days))
    assert evenings.results(cast.mother, mothers.entry("a", "19:00-19:30"), student=cast.ada) == ["applied"]
    assert (evenings.entry("a")["is_late"], evenings.sheet()["is_late"]) == (True, True)


@pytest.mark.parametrize(("hour", "late"), [("14:00", False), ("14:01", True)])
def test_a_change_is_late_after_two_the_next_afternoon(
    evenings: Evenings, phone: Phone, cast: Cast, hour: str, late: bool
) -> None:
    evenings.clock.move_to(at(hour, day=1))
    evenings.record(cast.ada, phone.entry("a", "19:00-19:30"), phone.sleep("21:00"))
    assert (evenings.entry("a")["is_late"], evenings.sheet()["is_late"]) == (late, late)
    assert evenings.row(models.Sleep)["is_late"] is late


def test_nobody_writes_a_night_that_has_not_begun(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    tomorrow = TONIGHT + dt.timedelta(days=1)
    evenings.clock.move_to(at("23:59"))
    for who in (cast.ada, cast.mother, cast.homeroom):
        for change in (Phone(who.key).entry("a"), Submit()):
            problem = evenings.problem(who, change, student=cast.ada, night=tomorrow)
            assert isinstance(problem, NightInFuture)
    evenings.clock.move_to(at("00:00", day=1))
    assert evenings.results(cast.ada, phone.entry("a"), night=tomorrow) == ["applied"]


def test_a_resend_of_what_was_taken_is_same_even_after_the_night_has_closed(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    put, sleep = phone.entry("a", "19:00-19:30"), phone.sleep("21:00")
    evenings.record(cast.ada, put, sleep)
    evenings.clock.move_to(at("20:00", day=30))
    assert evenings.results(cast.ada, put, sleep) == ["same", "same"]
    assert evenings.results(cast.ada, phone.entry("a", "19:00-19:31")) == ["night_closed"]


# --- rule 12: the class of the date ---------------------------------------------------------------------------------


def _move_ada(evenings: Evenings, cast: Cast, on: dt.date) -> None:
    """From 三(1)班 to 三(2)班."""
    before = on - dt.timedelta(days=1)
    enrolment = models.Enrolment
    evenings.change(sa.update(enrolment).where(enrolment.student_id == cast.ada.id).values(to_on=before))
    values = {"school_id": cast.shiyan.id, "id": made_id("enrolment ada later"), "student_id": cast.ada.id}
    evenings.change(sa.insert(enrolment).values(**values, class_id=cast.class_32.id, from_on=on))


def test_a_night_belongs_to_the_class_of_its_date(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    _move_ada(evenings, cast, TONIGHT)
    yesterday = TONIGHT - dt.timedelta(days=1)
    old = evenings.assign("maths", given_on=yesterday)
    new = evenings.assign("maths", to=cast.class_32)
    past = phone.entry("past", segments=worked("19:00-19:10", night=yesterday), on=old)
    assert evenings.results(cast.ada, past, night=yesterday) == ["applied"]
    assert evenings.results(cast.ada, phone.entry("now", "19:00-19:10", on=new)) == ["applied"]
    assert evenings.entry("past")["class_id"] == evenings.sheet(night=yesterday)["class_id"] == cast.class_31.id
    assert evenings.entry("now")["class_id"] == evenings.sheet()["class_id"] == cast.class_32.id


def test_homework_of_the_old_class_is_unknown_after_the_move(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    _move_ada(evenings, cast, TONIGHT)
    problem = evenings.problem(cast.ada, phone.entry("a", "19:00-19:10", on=evenings.assign("maths")))
    assert problem_codes(problem) == [("assignment_id", "unknown_assignment")]


def test_a_sheet_that_was_begun_keeps_its_class(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    maths = evenings.assign("maths")
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10", on=maths))
    _move_ada(evenings, cast, TONIGHT)
    assert evenings.results(cast.ada, phone.entry("b", "19:20-19:30", on=maths)) == ["applied"]
    assert evenings.entry("b")["class_id"] == cast.class_31.id


def test_without_a_class_that_night_there_is_no_sheet(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    enrolment = models.Enrolment
    evenings.change(sa.update(enrolment).where(enrolment.student_id == cast.ada.id).values(to_on=at("12:00", day=-1)))
    problem = evenings.problem(cast.ada, phone.entry("a", "19:00-19:10", outcome=Outcome.finished))
    assert problem_codes(problem) == [("night", "not_enrolled")]
    for change in (Submit(), phone.sleep("21:00"), phone.deletion("a")):
        assert problem_codes(evenings.problem(cast.ada, change)) == [("night", "not_enrolled")]
    assert evenings.rows(models.NightSheet) == []


def test_a_sheet_that_is_handed_in_late_is_marked(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"))
    evenings.clock.move_to(at("14:01", day=1))
    assert evenings.sheet()["is_late"] is False
    assert evenings.results(cast.ada, Submit()) == ["applied"]
    assert evenings.sheet()["is_late"] is True
