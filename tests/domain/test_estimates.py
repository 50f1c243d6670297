"""Rule 5 (estimate against actual)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.estimates import (
    DatedEstimate,
    Estimate,
    EstimateReport,
    Observation,
    Offer,
    compare,
    estimate_in_force,
    km_median,
    offer,
)
from backend.domain.load import Outcome, Tier
from tests.domain.times import at

TWENTY = Estimate(Tier.standard, 20)
RANGE = Estimate(Tier.standard, 20, 30)


def finished(*minutes: int) -> list[Observation]:
    return [Observation(m) for m in minutes]


def test_figures_of_an_assignment():
    report = compare(finished(10, 20, 30, 40, 50), TWENTY)
    assert report == EstimateReport(n=5, n_censored=0, median=30, p10=14, p90=46, ratio=1.5)


@pytest.mark.parametrize("outcome", [Outcome.unfinished, Outcome.stopped_for_sleep])
def test_censored_work_is_counted_and_never_averaged(outcome):
    report = compare([*finished(20, 30), Observation(90, outcome)], TWENTY)
    assert (report.n, report.n_censored, report.median) == (2, 1, 25)


def test_work_in_progress_is_in_no_figure():
    report = compare([*finished(20), Observation(5, Outcome.in_progress)], TWENTY)
    assert (report.n, report.n_censored, report.median) == (1, 0, 20)


def test_nothing_finished_has_no_median():
    assert compare([Observation(5, Outcome.unfinished)], TWENTY) == EstimateReport(0, 1, None, None, None, None)
    assert compare([], None) == EstimateReport(0, 0, None, None, None, None)


@pytest.mark.parametrize(
    ("estimate", "ratio"),
    [
        pytest.param(TWENTY, 1.5, id="median over the estimate"),
        pytest.param(RANGE, 1.0, id="the upper end of a range"),
        pytest.param(Estimate(Tier.basic, 0), None, id="null for an estimate of 0"),
        pytest.param(Estimate(Tier.basic, 0, 10), 3.0, id="a range from 0 has an upper end"),
        pytest.param(Estimate(Tier.basic, 1), 30.0, id="an estimate of 1"),
        pytest.param(None, None, id="null without an estimate"),
    ],
)
def test_the_ratio(estimate, ratio):
    assert compare(finished(30), estimate).ratio == ratio


def test_the_ratio_is_of_the_exact_median_and_the_median_is_shown_half_up():
    report = compare(finished(20, 25), TWENTY)
    assert (report.median, report.ratio) == (23, 1.125)


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        pytest.param("14:59:59", None, id="none before the first"),
        pytest.param("15:00", TWENTY, id="from its own instant"),
        pytest.param("17:59:59", TWENTY, id="until the next"),
        pytest.param("18:00", RANGE, id="a changed estimate from then on"),
        pytest.param("+08:00", RANGE, id="and after"),
    ],
)
def test_the_estimate_in_force_when_the_first_segment_began(clock, expected):
    history = [DatedEstimate(at("18:00"), RANGE), DatedEstimate(at("15:00"), TWENTY)]
    assert estimate_in_force(history, at(clock)) is expected


def test_of_two_estimates_at_one_instant_the_later_stands():
    history = [DatedEstimate(at("15:00"), TWENTY), DatedEstimate(at("15:00"), RANGE)]
    assert estimate_in_force(history, at("16:00")) is RANGE
    assert estimate_in_force([], at("16:00")) is None


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        pytest.param([20, 20, 20, 20], None, id="four are too few"),
        pytest.param([20, 20, 20, 20, 20], Offer(20, 20, 5, 0, 20), id="five will do"),
        pytest.param([17, 18, 22, 24, 31], Offer(20, 30, 5, 0, 22), id="median to 5, eight of ten up to 5"),
        pytest.param([22, 22, 23, 23, 23], Offer(25, 25, 5, 0, 23), id="22.5 rounds up, and the range is never below"),
        pytest.param([1, 1, 1, 1, 1], Offer(5, 5, 5, 0, 1), id="5 minutes at least"),
        pytest.param([26, 26, 26, 26, 26], Offer(25, 30, 5, 0, 26), id="26 is near 25, eight of ten need 30"),
        pytest.param([0, 0, 0, 0, 0], Offer(5, 5, 5, 0, 0), id="nothing is offered as 5"),
    ],
)
def test_the_next_estimate_is_offered_with_its_n(minutes, expected):
    assert offer(finished(*minutes)) == expected


def test_an_offer_shows_its_censored_observations_and_does_not_average_them():
    found = offer([*finished(20, 20, 20, 20, 20), Observation(90, Outcome.stopped_for_sleep)])
    assert found == Offer(20, 20, 5, 1, 20)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(finished(10, 20, 30), 20, id="without censoring it is the lower median"),
        pytest.param(finished(10, 20), 10, id="half are done at 10"),
        pytest.param([*finished(10, 30), Observation(20, Outcome.unfinished)], 30, id="censored count until they stop"),
        pytest.param([Observation(20, Outcome.unfinished)], None, id="nobody finished"),
        pytest.param([*finished(10), *[Observation(20, Outcome.unfinished)] * 2], None, id="fewer than half finished"),
        pytest.param([*finished(10), Observation(90, Outcome.in_progress)], 10, id="work in progress is left out"),
        pytest.param([], None, id="nothing"),
    ],
)
def test_kaplan_meier(seen, expected):
    assert km_median(seen) == expected


observations = st.lists(st.builds(Observation, st.integers(0, 300), st.sampled_from(Outcome)), max_size=40)


@given(observations)
def test_every_observation_is_finished_censored_or_in_progress(seen):
    report = compare(seen, TWENTY)
    assert report.n + report.n_censored == sum(o.outcome is not Outcome.in_progress for o in seen)


@given(observations)
def test_the_figures_do_not_know_how_long_censored_work_took(seen):
    longer = [o if o.outcome is Outcome.finished else Observation(o.minutes + 100, o.outcome) for o in seen]
    assert compare(seen, TWENTY) == compare(longer, TWENTY)


@given(observations)
def test_percentiles_are_in_order(seen):
    report = compare(seen, TWENTY)
    if report.median is not None and report.p10 is not None and report.p90 is not None:
        assert report.p10 <= report.median <= report.p90
