"""Rule 5 (estimate against actual): what work took, beside what its teacher thought.

Works on plain minutes; which entries are "similar work" and who may see them is not decided here.
Finished entries are measured; unfinished and stopped ones are censored: counted and shown, never averaged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from statistics import median
from typing import TypeVar

from backend.domain.percentiles import half_up, percentile, percentile_minutes
from backend.domain.segments import Outcome, Tier

OFFER_NEEDS = 5
OFFER_STEP_MINUTES = 5
_V = TypeVar("_V", int, float)
_CENSORED = frozenset({Outcome.unfinished, Outcome.stopped_for_sleep})


@dataclass(frozen=True, slots=True)
class Estimate:
    """A teacher's figure for one tier: what most students need, optionally a range's upper end and an own trial."""

    tier: Tier
    estimated_minutes: int
    estimated_max_minutes: int | None = None
    tried_minutes: int | None = None

    @property
    def upper_minutes(self) -> int:
        """The upper end of the range, or the one figure."""
        return self.estimated_minutes if self.estimated_max_minutes is None else self.estimated_max_minutes


@dataclass(frozen=True, slots=True)
class DatedEstimate:
    """An estimate and the instant from which it stood."""

    effective_at: datetime
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Observation:
    """What one student's work on an assignment took in all, and how it ended."""

    minutes: int
    outcome: Outcome = Outcome.finished


@dataclass(frozen=True, slots=True)
class EstimateReport:
    """n finished and n censored; median, p10, p90 of the finished in whole minutes; ratio of median to estimate."""

    n: int
    n_censored: int
    median: int | None
    p10: int | None
    p90: int | None
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Offer:
    """The next estimate offered to the teacher alone: n finished observations stand behind it.

    `eight_of_ten_minutes`: eight of ten needed no more than this. `took_minutes`: the median as it was, unrounded.
    """

    estimated_minutes: int
    eight_of_ten_minutes: int
    n: int
    n_censored: int
    took_minutes: int


def estimate_in_force(history: Iterable[DatedEstimate], at: datetime) -> Estimate | None:
    """The estimate that stood at an instant (the start of the first segment); None before the first one.

    Of two with the same instant the later in the history stands.
    """
    standing: DatedEstimate | None = None
    for dated in history:
        if dated.effective_at <= at and (standing is None or dated.effective_at >= standing.effective_at):
            standing = dated
    return None if standing is None else standing.estimate


def compare(observations: Iterable[Observation], estimate: Estimate | None) -> EstimateReport:
    """The figures of one assignment and tier; work still in progress is in none of them (rule 5)."""
    minutes, censored = _split(observations)
    if not minutes:
        return EstimateReport(0, censored, None, None, None, None)
    median = percentile(minutes, 50)
    return EstimateReport(
        n=len(minutes),
        n_censored=censored,
        median=half_up(median),
        p10=percentile_minutes(minutes, 10),
        p90=percentile_minutes(minutes, 90),
        ratio=_ratio(median, estimate),
    )


def _split(observations: Iterable[Observation]) -> tuple[list[int], int]:
    seen = list(observations)
    finished = [o.minutes for o in seen if o.outcome is Outcome.finished]
    return finished, sum(o.outcome in _CENSORED for o in seen)


def _ratio(median: Fraction, estimate: Estimate | None) -> float | None:
    """Exact median ÷ the estimate's upper end; None where there is no estimate or it is 0."""
    if estimate is None or estimate.upper_minutes <= 0:
        return None
    return float(median / estimate.upper_minutes)


def offer(history: Iterable[Observation]) -> Offer | None:
    """The next estimate for similar work: the median rounded to 5 minutes, 5 at least; None below 5 finished ones.

    Beside it the 80th percentile rounded up to 5 minutes: the upper end of a range that suits eight of ten.
    """
    minutes, censored = _split(history)
    if len(minutes) < OFFER_NEEDS:
        return None
    took = percentile(minutes, 50)
    median = max(1, half_up(took / OFFER_STEP_MINUTES)) * OFFER_STEP_MINUTES
    most = -(-percentile(minutes, 80) // OFFER_STEP_MINUTES) * OFFER_STEP_MINUTES
    return Offer(median, max(median, most), len(minutes), censored, half_up(took))


def km_median(observations: Sequence[Observation | Judged]) -> int | None:
    """Kaplan–Meier median: the first minute by which half would have finished, censored ones counting until they stop.

    None when fewer than half are ever seen to finish. Shown beside the plain median, never instead of it.
    """
    whole, running = Outcome.finished, Outcome.in_progress
    finished = Counter([o.minutes for o in observations if o.outcome is whole])
    return _half_done(finished, Counter([o.minutes for o in observations if o.outcome is not running]))


def _half_done(finished: Mapping[int, int], left: Counter[int]) -> int | None:
    """From how many finished, and how many finished or stopped, after so many minutes."""
    at_risk, surviving = left.total(), Fraction(1)
    for minute in sorted(left):
        if done := finished.get(minute, 0):
            surviving *= 1 - Fraction(done, at_risk)
            if 2 * surviving <= 1:
                return minute
        at_risk -= left[minute]
    return None


@dataclass(frozen=True, slots=True)
class Judged:
    """One student's work on one assignment with the estimate that was in force when it began (its upper end)."""

    minutes: int
    estimated_minutes: int | None
    outcome: Outcome = Outcome.finished


@dataclass(frozen=True, slots=True)
class Calibration:
    """Many assignments' work against their estimates; None where nothing was finished.

    `ratio` is the median of each finished work's minutes ÷ its own estimate, in hundredths half up; None where none of
    it had an estimate above 0. `km_median` is given only where something is censored.
    """

    n: int
    n_censored: int
    stopped_for_sleep: int
    estimated: int | None
    median: int | None
    p10: int | None
    p90: int | None
    ratio: float | None
    km_median: int | None


def calibrate(work: Sequence[Judged]) -> Calibration:
    """How estimates held over several assignments (rule 5): censored work is counted, and used by `km_median` alone."""
    done = Outcome.finished
    finished = [each for each in work if each.outcome is done]
    censored = [each for each in work if each.outcome is not done and each.outcome in _CENSORED]
    stopped = sum(each.outcome is Outcome.stopped_for_sleep for each in censored)
    if not finished:
        return Calibration(0, len(censored), stopped, None, None, None, None, None, None)
    minutes = sorted(each.minutes for each in finished)
    estimates = [each.estimated_minutes for each in finished if each.estimated_minutes]
    ratios = sorted(each.minutes / each.estimated_minutes for each in finished if each.estimated_minutes)
    return Calibration(
        n=len(finished),
        n_censored=len(censored),
        stopped_for_sleep=stopped,
        estimated=percentile_minutes(estimates, 50) if estimates else None,
        median=percentile_minutes(minutes, 50),
        p10=percentile_minutes(minutes, 10),
        p90=percentile_minutes(minutes, 90),
        ratio=_middle(ratios),
        km_median=km_median(work) if censored else None,
    )


def calibrate_counted(work: Mapping[Judged, int]) -> Calibration:
    """`calibrate` of equal work given once, with how often: a term's is a few hundred different pieces."""
    finished = {each: times for each, times in work.items() if each.outcome is Outcome.finished}
    censored = sum(times for each, times in work.items() if each.outcome in _CENSORED)
    stopped = sum(times for each, times in work.items() if each.outcome is Outcome.stopped_for_sleep)
    if not finished:
        return Calibration(0, censored, stopped, None, None, None, None, None, None)
    minutes = _repeated((each.minutes, times) for each, times in finished.items())
    estimated = [(each.minutes, each.estimated_minutes, times) for each, times in finished.items()]
    estimates = _repeated((own, times) for _, own, times in estimated if own)
    ratios = _repeated((spent / own, times) for spent, own, times in estimated if own)
    return Calibration(
        n=len(minutes),
        n_censored=censored,
        stopped_for_sleep=stopped,
        estimated=percentile_minutes(estimates, 50) if estimates else None,
        median=percentile_minutes(minutes, 50),
        p10=percentile_minutes(minutes, 10),
        p90=percentile_minutes(minutes, 90),
        ratio=_middle(ratios),
        km_median=_counted_km_median(work) if censored else None,
    )


def _repeated(counted: Iterable[tuple[_V, int]]) -> list[_V]:
    """Every value as often as it was counted, sorted."""
    found: list[_V] = []
    for value, times in sorted(counted):
        found += [value] * times
    return found


def _counted_km_median(work: Mapping[Judged, int]) -> int | None:
    finished: Counter[int] = Counter()
    left: Counter[int] = Counter()
    for each, times in work.items():
        if each.outcome is Outcome.finished:
            finished[each.minutes] += times
        if each.outcome is not Outcome.in_progress:
            left[each.minutes] += times
    return _half_done(finished, left)


def _middle(ratios: Sequence[float]) -> float | None:
    """The median, to hundredths."""
    return round(median(ratios), 2) if ratios else None
