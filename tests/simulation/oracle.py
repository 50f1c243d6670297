"""The account: which reminders came due at each tick, by the facts alone, and whether the outbox says the same.

A child is looked at when something about it may have changed: after each deed of its family and at the instants at
which time itself changes something. Staff's reminders are worked out at every tick.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count

from tests.simulation.facts import MINUTE, Facts
from tests.simulation.families import DAY, Due, Key, Now, heeded, now_at, reasons_of
from tests.simulation.school import Child
from tests.simulation.staff import staff_reasons

#: A copy that somebody asked for again has this much more for an occasion.
SNOOZED = 10
FIXED = (dt.time(0), dt.time(6), dt.time(7), dt.time(9))


class Oracle:
    """Knows what must be in the outbox."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.told: dict[Key, Due] = {}
        """What came due at some tick."""
        self.passed_by: dict[Key, Due] = {}
        """What was due at a minute in which nobody ticked."""
        self._stale: set[Child] = set(facts.school.children)
        self._wakes: list[tuple[dt.datetime, int, Child]] = []
        self._order = count()
        self._staff: tuple[dt.datetime, list[Due]] | None = None

    def begin_day(self, day: dt.date) -> None:
        """Note at which instants of a date and of its night time itself changes something for a child."""
        school = self.facts.school
        times = school.times
        clocks = {*FIXED, *(times[name] for name in ("confirm_again_at", "sleep_short_at", "streak_at"))}
        for child in school.children:
            latest = school.evening(day, child.latest)
            instants = [school.at(day, clock) for clock in sorted(clocks)]
            instants += [latest - times["wind_down_before_minutes"] * MINUTE]
            instants += [latest + times["bedtime_passed_after_minutes"] * MINUTE]
            for person in (child, *child.guardians):
                own = [person.wishes.chosen, person.wishes.quiet[1] if person.wishes.quiet else None]
                instants += [school.at(day, clock) for clock in own if clock is not None]
            self._wake(child, instants)

    def touch(self, children: Iterable[Child], night: dt.date, at: dt.datetime) -> None:
        """Something about these children has changed; a worker whose clock is slow sees it at its next tick."""
        self._staff = None
        for child in children:
            self._stale.add(child)
            self._wake(child, [at])
            for on in (night, night - DAY):
                sheet = self.facts.find(child, on)
                if sheet is not None:
                    self._wake(child, [at for at in (sheet.near_at, sheet.reached_at) if at is not None])

    def _wake(self, child: Child, instants: Iterable[dt.datetime]) -> None:
        for at in instants:
            heapq.heappush(self._wakes, (at, next(self._order), child))

    def tick(self, at: dt.datetime) -> dict[Key, Due]:
        """What comes due by a tick at this instant and never did before."""
        found = {due.key: due for due in self._due(at) if due.key not in self.told}
        self._stale.clear()
        self.told |= found
        return found

    def nobody_ticked(self, at: dt.datetime) -> None:
        """Note what would have come due at this instant."""
        self.passed_by |= {due.key: due for due in self._due(at) if due.key not in self.told}

    def _due(self, at: dt.datetime) -> Iterator[Due]:
        now = now_at(self.facts.school, at)
        while self._wakes and self._wakes[0][0] <= at:
            self._stale.add(heapq.heappop(self._wakes)[2])
        reasons = [due for child in self._stale for due in reasons_of(self.facts, child, now)]
        for due in (*reasons, *self._of_staff(now)):
            if due.ends_at > at and heeded(self.facts, due, now):
                yield due

    def holds(self, due: Due, at: dt.datetime) -> Due | None:
        """The same reminder as it stands at another instant, whoever wants to hear it; None when its reason is gone."""
        now = now_at(self.facts.school, at)
        again = reasons_of(self.facts, due.about, now) if due.about is not None else self._of_staff(now)
        key = replace(due, occasion=due.occasion % SNOOZED).key
        return next((each for each in again if each.key == key and each.ends_at > at), None)

    def _of_staff(self, now: Now) -> list[Due]:
        """Staff's reasons and the digests, worked out once an instant: nothing changes between two `touch`es."""
        if self._staff is None or self._staff[0] != now.at:
            self._staff = now.at, list(staff_reasons(self.facts, now))
        return self._staff[1]

    def heeded(self, due: Due, at: dt.datetime) -> bool:
        """Whether its recipient may hear it at an instant."""
        return heeded(self.facts, due, self.now(at))

    def now(self, at: dt.datetime) -> Now:
        """The instant on the school's clock."""
        return now_at(self.facts.school, at)
