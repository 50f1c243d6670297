"""Rule 8 (plan before the night): an assignment's nights, its minutes on each, and what a class's evening still holds.

Pure arithmetic on planned minutes. The lock under which two teachers publish is storage's; what work really took
is `load.py` and `estimates.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from backend.domain.errors import FieldProblem, Invalid
from backend.domain.estimates import Estimate
from backend.domain.load import CapScope, Kind, Place, Tier
from backend.domain.night import days_after

MOST_NIGHTS = 62


@dataclass(frozen=True, slots=True)
class PlannedWork:
    """One assignment as a class's budget sees it; `minutes` is its whole estimate for the tier that counts."""

    key: str
    subject: str
    by_whom: str
    kind: Kind
    given_on: date
    due_on: date
    minutes: int
    place: Place = Place.home


@dataclass(frozen=True, slots=True)
class Budget:
    """One night of a class: minutes planned that count against its cap, by subject and by teacher.

    `left_minutes` is never below 0 and None without a cap; `over_minutes` is what lies above it.
    """

    night: date
    cap_minutes: int | None
    planned_minutes: int
    left_minutes: int | None
    by_subject: dict[str, int]
    by_whom: dict[str, int]
    exceeded: bool

    @property
    def over_minutes(self) -> int:
        """Minutes planned above the cap; 0 within it."""
        return 0 if self.cap_minutes is None else max(0, self.planned_minutes - self.cap_minutes)


def check_dates(given_on: date, due_on: date) -> list[FieldProblem]:
    """`before_given_on` when due earlier than given; `too_far` beyond 62 nights."""
    if due_on < given_on:
        return [FieldProblem("due_on", "before_given_on")]
    return [FieldProblem("due_on", "too_far")] if (due_on - given_on).days > MOST_NIGHTS else []


def nights(given_on: date, due_on: date) -> list[date]:
    """The assignment's nights: given_on to the day before due_on, at least the night it was given on.

    Raises Invalid where `check_dates` finds something.
    """
    problems = check_dates(given_on, due_on)
    if problems:
        raise Invalid("impossible dates", fields=problems)
    return [days_after(given_on, n) for n in range(max(1, (due_on - given_on).days))]


def split_minutes(minutes: int, n_nights: int) -> list[int]:
    """Equal whole minutes a night, the remainder to the first. Raises Invalid below one night or 0 minutes."""
    if n_nights < 1 or minutes < 0:
        raise Invalid("nothing to split", fields=[FieldProblem("minutes", "out_of_range")])
    each, rest = divmod(minutes, n_nights)
    return [each + rest] + [each] * (n_nights - 1)


def minutes_on(work: PlannedWork, night: date) -> int:
    """The part of an assignment that falls on one night; 0 on a night that is not its own."""
    own = nights(work.given_on, work.due_on)
    return split_minutes(work.minutes, len(own))[own.index(night)] if night in own else 0


def counts_in_plan(work: PlannedWork, scope: CapScope) -> bool:
    """Whether planned work is compared with a cap of this scope."""
    return work.kind is Kind.written and (scope is CapScope.all or work.place is Place.home)


def evening_budget(
    planned: Iterable[PlannedWork], cap: int | None, night: date, scope: CapScope = CapScope.all
) -> Budget:
    """The budget of one night (rule 8). With cap 0 any counted assignment exceeds it, one of 0 minutes too (rule 3)."""
    tonight = [work for work in planned if counts_in_plan(work, scope) and night in nights(work.given_on, work.due_on)]
    minutes = [(work, minutes_on(work, night)) for work in tonight]
    total = sum(part for _, part in minutes)
    return Budget(
        night=night,
        cap_minutes=cap,
        planned_minutes=total,
        left_minutes=None if cap is None else max(0, cap - total),
        by_subject=_summed((work.subject, part) for work, part in minutes),
        by_whom=_summed((work.by_whom, part) for work, part in minutes),
        exceeded=cap is not None and (total > cap or (cap == 0 and bool(tonight))),
    )


def _summed(parts: Iterable[tuple[str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for name, part in parts:
        sums[name] = sums.get(name, 0) + part
    return sums


def budgets_with(
    planned: Sequence[PlannedWork], candidate: PlannedWork, cap: int | None, scope: CapScope = CapScope.all
) -> list[Budget]:
    """Each of the candidate's nights with it published; an earlier plan under the same key is replaced."""
    together = [work for work in planned if work.key != candidate.key] + [candidate]
    return [evening_budget(together, cap, night, scope) for night in nights(candidate.given_on, candidate.due_on)]


def most_used_tier(counts: Mapping[Tier, int]) -> Tier:
    """The tier chosen most in the last 20 nights; standard without any, and where it ties; then the smaller one."""
    order = (Tier.standard, Tier.basic, Tier.extension)
    most = max((counts.get(tier, 0) for tier in order), default=0)
    return next(tier for tier in order if counts.get(tier, 0) == most)


def estimate_for(tiers: Mapping[Tier, Estimate], tier: Tier) -> Estimate | None:
    """The estimate that a budget uses: of the tier asked for, else standard, basic, extension; None without tiers."""
    for each in (tier, Tier.standard, Tier.basic, Tier.extension):
        if each in tiers:
            return tiers[each]
    return None


def is_no_homework_day(night: date, no_homework_weekday: int | None) -> bool:
    """Whether policy keeps this night free of written homework; weekday 1 is Monday."""
    return night.isoweekday() == no_homework_weekday


def over_subject_minutes(budget: Budget, subject: str, subject_cap: int | None) -> int:
    """Minutes of one subject above its own cap on that night; 0 within it and without one."""
    return 0 if subject_cap is None else max(0, budget.by_subject.get(subject, 0) - subject_cap)


def is_set_on_free_day(work: PlannedWork, scope: CapScope, no_homework_weekday: int | None) -> bool:
    """Whether counted work is given on the day without homework.

    Longer work may lie over that day: a child can do it on the other nights.
    """
    return counts_in_plan(work, scope) and is_no_homework_day(work.given_on, no_homework_weekday)
