"""Rules 2, 3 and 5 (load, cap, estimates) as they stand on the sheet after a write."""

from __future__ import annotations

import datetime as dt

import pytest

from backend.domain.load import CapScope, Kind, Outcome, Place, Source, Tier
from backend.services.nights.changes import Submit
from tests.cast import TONIGHT, Cast
from tests.services.recording.nights import Evenings, Phone, at, estimate_anew, segment, worked


def _figures(evenings: Evenings, *names: str) -> tuple[object, ...]:
    sheet = evenings.sheet()
    return tuple(sheet[f"{name}_minutes"] for name in names)


def test_minutes_that_overlap_count_once_for_the_night_and_whole_for_each_subject(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    maths, english = evenings.assign("maths"), evenings.assign("english")
    evenings.record(cast.ada, phone.entry("m", "19:00-19:40", on=maths), phone.entry("e", "19:30-20:00", on=english))
    assert evenings.sheet()["written_minutes"] == 60
    assert (evenings.entry("m")["actual_minutes"], evenings.entry("e")["actual_minutes"]) == (40, 30)


@pytest.mark.parametrize(("ends", "minutes"), [("19:10:29", 10), ("19:10:30", 11)])
def test_seconds_are_rounded_half_up(evenings: Evenings, phone: Phone, cast: Cast, ends: str, minutes: int) -> None:
    evenings.record(cast.ada, phone.entry("m", f"19:00:00-{ends}", on=evenings.assign("maths")))
    assert evenings.sheet()["written_minutes"] == minutes


def test_written_assigned_and_study_minutes_are_three_figures(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    maths = evenings.assign("maths")
    reading = evenings.assign("chinese", kind=Kind.reading)
    evenings.record(
        cast.ada,
        phone.entry("written", "17:00-17:20", on=maths, place=Place.school),
        phone.entry("read", "19:00-19:15", on=reading),
        phone.entry("own", "20:00-20:30", subject="english", title="听力"),
    )
    assert _figures(evenings, "written", "assigned", "study", "school", "capped") == (20, 35, 65, 20, 20)
    assert evenings.sheet()["entry_count"] == 3


@pytest.mark.parametrize(("ends", "reached"), [("20:00:00", None), ("20:01:00", "20:00:30")])
def test_sixty_against_sixty_is_within_and_sixty_one_exceeds(
    evenings: Evenings, phone: Phone, cast: Cast, ends: str, reached: str | None
) -> None:
    evenings.record(cast.ada, phone.entry("m", f"19:00:00-{ends}", on=evenings.assign("maths")))
    sheet = evenings.sheet()
    assert sheet["cap_near_at"] == at("19:47:30")
    assert sheet["cap_reached_at"] == (None if reached is None else at(reached))
    assert sheet["cap_reached_by_timer"] is (None if reached is None else True)


def test_typed_work_crosses_the_cap_by_no_timer(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.record(cast.ada, phone.entry("m", "18:00-20:00", on=evenings.assign("maths"), source=Source.typed))
    assert evenings.sheet()["cap_reached_by_timer"] is False


def test_in_grade_one_written_work_at_home_exceeds_and_at_school_does_not(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    school = evenings.assign("chinese", to=cast.class_11, place=Place.school)
    evenings.record(cast.emil, phone.entry("s", "16:00-16:30", on=school))
    sheet = evenings.sheet(cast.emil)
    assert (sheet["cap_minutes"], sheet["cap_scope"], sheet["cap_reached_at"]) == (0, CapScope.home, None)
    assert (sheet["written_minutes"], sheet["capped_minutes"]) == (30, 0)
    home = evenings.assign("chinese", to=cast.class_11)
    evenings.record(cast.emil, phone.entry("h", "19:00-19:01", on=home))
    assert evenings.sheet(cast.emil)["cap_reached_at"] == at("19:00:30")


def test_self_study_never_counts_against_the_cap(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.record(cast.ada, phone.entry("own", "18:00-21:00", subject="maths"))
    assert _figures(evenings, "written", "capped", "study") == (0, 0, 180)
    assert evenings.sheet()["cap_reached_at"] is None


def test_a_running_segment_counts_to_now_and_foretells_the_cap(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.clock.move_to(at("19:30"))
    evenings.record(cast.ada, phone.entry("m", "19:00-", on=evenings.assign("maths")))
    sheet = evenings.sheet()
    assert (sheet["written_minutes"], sheet["running_written"]) == (30, True)
    assert sheet["cap_reached_at"] == at("20:00:30")


def test_submission_ends_a_running_segment(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.clock.move_to(at("19:30"))
    evenings.record(cast.ada, phone.entry("m", "19:00-", on=evenings.assign("maths")), Submit())
    evenings.clock.move_to(at("20:30"))
    evenings.record(cast.ada, phone.entry("own", "20:00-20:10"))
    sheet = evenings.sheet()
    assert (sheet["written_minutes"], sheet["running_written"], sheet["unclosed"]) == (30, False, 0)


def test_lights_out_ends_a_running_segment(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.clock.move_to(at("21:30"))
    evenings.record(cast.ada, phone.entry("m", "20:40-", on=evenings.assign("maths")), phone.sleep("21:00"))
    assert evenings.sheet()["written_minutes"] == 20


def test_what_midnight_left_open_is_in_no_figure_until_somebody_ends_it(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    maths = evenings.assign("maths")
    evenings.clock.move_to(at("20:00"))
    evenings.record(cast.ada, phone.entry("m", "19:00-", on=maths))
    evenings.clock.move_to(at("08:00", day=1))
    evenings.record(cast.ada, phone.entry("own", "20:00-20:10"))
    assert _figures(evenings, "written", "study") == (0, 10)
    assert evenings.sheet()["unclosed"] == 1
    assert evenings.entry("m")["actual_minutes"] == 0
    evenings.record(cast.ada, phone.entry("m", on=maths, segments=[segment("19:00", "19:25", source=Source.estimated)]))
    assert (evenings.sheet()["written_minutes"], evenings.sheet()["unclosed"]) == (25, 0)


def test_work_after_lights_out_is_kept(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.record(cast.ada, phone.sleep("21:00"), phone.entry("m", "21:20-21:40", on=evenings.assign("maths")))
    assert evenings.sheet()["written_minutes"] == 20


def test_a_deleted_entry_leaves_every_figure(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    maths = evenings.assign("maths")
    evenings.record(cast.ada, phone.entry("a", "18:00-19:30", on=maths), phone.entry("b", "20:00-20:10", on=maths))
    evenings.record(cast.ada, phone.deletion("a"))
    sheet = evenings.sheet()
    assert (sheet["written_minutes"], sheet["entry_count"], sheet["cap_reached_at"]) == (10, 1, None)


# --- rule 5: the estimate in force when the first segment began -----------------------------------------------------


def test_the_estimate_is_the_one_in_force_when_the_first_segment_began(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    maths = evenings.assign("maths", 20, in_force_at=at("15:00"))
    with evenings.engine.begin() as connection:
        estimate_anew(connection, cast.shiyan.id, maths, 2, Tier.standard, 35, None, at("19:00"))
    for name, spans, expected in (
        ("before", ("18:59-19:30", "20:00-20:05"), 20),
        ("at the change", ("19:00-19:30",), 35),
        ("in another order", ("20:00-20:05", "18:30-18:40"), 20),
    ):
        evenings.record(cast.ada, phone.entry(name, *spans, on=maths))
        assert evenings.entry(name)["estimated_minutes"] == expected, name


def test_of_a_range_the_upper_end_counts_and_of_tiers_the_chosen_one(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    maths = evenings.assign("maths", tiers={Tier.basic: (15, None), Tier.standard: (20, 30), Tier.extension: (40, 50)})
    for tier, expected in ((None, 30), (Tier.basic, 15), (Tier.extension, 50)):
        evenings.record(cast.ada, phone.entry(f"{tier}", "19:00-19:30", on=maths, tier=tier))
        assert evenings.entry(f"{tier}")["estimated_minutes"] == expected
    assert evenings.entry("None")["tier"] is Tier.standard


def test_work_begun_before_anything_was_written_down_has_the_first_estimate(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    maths = evenings.assign("maths", 25, in_force_at=at("17:00"))
    evenings.record(cast.ada, phone.entry("m", "12:00-12:20", on=maths))
    assert evenings.entry("m")["estimated_minutes"] == 25


@pytest.mark.parametrize("outcome", [Outcome.unfinished, Outcome.stopped_for_sleep])
def test_unfinished_work_is_counted_and_says_how_it_ended(
    evenings: Evenings, phone: Phone, cast: Cast, outcome: Outcome
) -> None:
    evenings.record(cast.ada, phone.entry("m", "19:00-19:20", on=evenings.assign("maths"), outcome=outcome))
    assert (evenings.entry("m")["outcome"], evenings.sheet()["written_minutes"]) == (outcome, 20)


def test_work_over_a_weekend_may_be_logged_on_each_of_its_nights(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    friday = TONIGHT + dt.timedelta(days=3)
    maths = evenings.assign("maths", 60, given_on=friday, due_on=friday + dt.timedelta(days=3))
    evenings.clock.move_to(at("22:00", night=friday, day=3))
    for days, expected in ((-1, "invalid"), (0, "applied"), (1, "applied"), (2, "applied"), (3, "invalid")):
        night = friday + dt.timedelta(days=days)
        entry = phone.entry(f"day {days}", segments=worked("19:00-19:20", night=night), on=maths)
        assert evenings.results(cast.ada, entry, night=night) == [expected], days
