"""Rule 6 (sleep) as it stands on the sheet after a write."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from backend.domain.errors import Invalid
from backend.domain.load import Source
from backend.storage import models
from tests.cast import TONIGHT, Cast
from tests.services.recording.nights import Evenings, Phone, at, problem_codes


def _sleep_of(evenings: Evenings) -> tuple[object, ...]:
    sheet = evenings.sheet()
    return tuple(sheet[name] for name in ("sleep_minutes", "sleep_is_projected", "sleep_short_by_minutes"))


def test_in_primary_five_past_ten_to_ten_to_seven_is_short_by_75(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.clock.move_to(at("07:00", day=1))
    evenings.record(cast.ada, phone.sleep("22:05", at("06:50", day=1)))
    assert _sleep_of(evenings) == (525, False, 75)


def test_sleep_that_meets_the_target_is_short_by_nothing(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.clock.move_to(at("09:00", day=1))
    evenings.record(cast.ada, phone.sleep("20:30", at("07:00", day=1)))
    assert _sleep_of(evenings) == (630, False, 0)


def test_a_nap_is_kept_and_never_added(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.clock.move_to(at("09:00", day=1))
    evenings.record(cast.ada, phone.sleep("21:00", at("06:00", day=1), 40))
    assert _sleep_of(evenings)[0] == 540
    assert evenings.row(models.Sleep)["nap_minutes"] == 40


def test_until_waking_is_logged_it_is_projected_from_three_earlier_ones(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    for days, woke in ((-1, "06:20"), (-2, "06:30"), (-5, "06:40")):
        night = TONIGHT + dt.timedelta(days=days)
        evenings.record(
            cast.ada, phone.sleep(at("21:00", night=night), at(woke, night=night, day=1), of=night), night=night
        )
    evenings.record(cast.ada, phone.sleep("21:30"))
    assert _sleep_of(evenings) == (540, True, 60)


def test_wakings_on_free_days_say_nothing_about_a_school_day(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    # The nights of Friday and Saturday, twice: their mornings are free.
    for days in (-3, -4, -10, -11):
        night = TONIGHT + dt.timedelta(days=days)
        if days in (-10, -11):
            evenings.clock.move_to(at("20:00", night=night, day=1))
        evenings.record(
            cast.ada, phone.sleep(at("21:00", night=night), at("08:30", night=night, day=1), of=night), night=night
        )
        evenings.clock.move_to(at("22:00"))
    evenings.record(cast.ada, phone.sleep("21:30"))
    assert _sleep_of(evenings) == (None, None, None)


def test_else_the_time_that_a_guardian_stated(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.change(sa.update(models.Student).values(waking_school_day=dt.time(6, 45)))
    evenings.record(cast.ada, phone.sleep("21:30"))
    assert _sleep_of(evenings) == (555, True, 45)


def test_else_nothing_is_projected(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.record(cast.ada, phone.sleep("21:30"))
    assert _sleep_of(evenings) == (None, None, None)


def test_taking_lights_out_back_takes_the_figure_back(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.clock.move_to(at("07:00", day=1))
    evenings.record(cast.ada, phone.sleep("22:05", at("06:50", day=1)))
    evenings.record(cast.ada, phone.sleep(None, at("06:50", day=1)))
    assert _sleep_of(evenings) == (None, None, None)


@pytest.mark.parametrize("minutes", [-1, 301])
def test_a_nap_beyond_reason_is_refused(evenings: Evenings, phone: Phone, cast: Cast, minutes: int) -> None:
    problem = evenings.problem(cast.ada, phone.sleep(nap=minutes))
    assert isinstance(problem, Invalid)
    assert problem_codes(problem) == [("nap_minutes", "out_of_range")]


def test_every_wrong_time_is_named_at_once(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    problem = evenings.problem(cast.ada, phone.sleep("12:00", at("23:00"), 999))
    assert problem_codes(problem) == [
        ("lights_out_at", "outside_window"),
        ("woke_at", "outside_window"),
        ("nap_minutes", "out_of_range"),
    ]


def test_each_author_s_own_times_stay_visible(evenings: Evenings, phone: Phone, mothers: Phone, cast: Cast) -> None:
    evenings.record(cast.ada, phone.sleep("21:00"))
    evenings.record(cast.mother, mothers.sleep("21:30", base=1), student=cast.ada)
    figures = evenings.row(models.Sleep)["figures"]
    assert figures[str(cast.ada.id)]["lights_out_at"] == "2026-11-17T13:00:00Z"
    assert figures[str(cast.mother.id)]["lights_out_at"] == "2026-11-17T13:30:00Z"
    assert figures[str(cast.mother.id)]["kind"] == "guardian"


def test_lights_out_by_a_phone_that_is_wrong_is_put_right_and_a_typed_one_is_not(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    ahead = dt.timedelta(hours=-3)
    evenings.record(cast.ada, phone.sleep(at("00:10", day=1), source=Source.timer), offset=ahead)
    assert evenings.row(models.Sleep)["lights_out_at"] == at("21:10")
    evenings.record(cast.ada, phone.sleep("20:50", source=Source.typed), offset=ahead)
    assert evenings.row(models.Sleep)["lights_out_at"] == at("20:50")
