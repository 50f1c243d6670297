"""What has been done so far, as plain objects, and the figures of a night worked out from segments by hand.

Independent of the product's own figures on purpose: whole-second arithmetic on lists of pairs.
"""

from __future__ import annotations

import datetime as dt
import statistics
import uuid
from collections import defaultdict
from dataclasses import dataclass, field

from tests.simulation.school import Child, Classroom, Person, School

Instant = dt.datetime
MINUTE = dt.timedelta(minutes=1)


@dataclass
class Work:
    """One entry: one segment, which may be running."""

    id: uuid.UUID
    started_at: Instant
    finished_at: Instant | None
    written: bool
    typed: bool
    homework: uuid.UUID | None
    revision: int = 1


@dataclass
class Homework:
    """Published homework of one class and subject."""

    id: uuid.UUID
    class_: Classroom
    subject: str
    given_on: dt.date
    due_on: dt.date
    published_at: Instant
    written: bool
    over_cap_minutes: int | None


@dataclass
class Night:
    """One child's sheet of one night, and what follows from it as of the last write."""

    child: Child
    night: dt.date
    midnight: Instant
    latest_at: Instant
    changed_at: Instant
    works: dict[uuid.UUID, Work] = field(default_factory=dict)
    submitted_at: Instant | None = None
    confirmed: bool = False
    lights_out_at: Instant | None = None
    woke_at: Instant | None = None
    sleep_revision: int = 0
    version: int = 0
    running: bool = False
    near_at: Instant | None = None
    reached_at: Instant | None = None
    by_timer: bool = False
    capped_minutes: int = 0
    short_by: int | None = None

    @property
    def unconfirmed(self) -> bool:
        """Submitted, and nobody has confirmed."""
        return self.submitted_at is not None and not self.confirmed

    @property
    def over_cap(self) -> bool:
        """Above the cap by any minute."""
        return self.capped_minutes > self.child.class_.cap

    @property
    def missed(self) -> bool:
        """Above the cap, or below the sleep target, by any minute."""
        return self.over_cap or (self.short_by or 0) > 0

    def add_up(self, now: Instant) -> None:
        """Work the load out again (rules 2 and 3: load, cap)."""
        self.changed_at = now
        end = min(self.midnight, self.lights_out_at or self.midnight)
        so_far: list[tuple[Instant, Instant]] = []
        ahead: list[tuple[Instant, Instant]] = []
        self.running = False
        for work in self.works.values():
            if not work.written:
                continue
            start, finish = work.started_at, work.finished_at
            if finish is None and self.submitted_at and start <= self.submitted_at <= self.midnight:
                finish = min(now, end, self.submitted_at)
            if finish is not None:
                so_far.append((start, finish))
                ahead.append((start, finish))
            elif now <= end:
                self.running = True
                so_far.append((start, max(start, now)))
                ahead.append((start, end))
        cap = self.child.class_.cap
        self.capped_minutes = (_seconds(so_far) + 30) // 60
        self.near_at = _instant(ahead, -(-cap * 4 // 5)) if cap else None
        self.reached_at = _instant(ahead, cap + 1)
        self.by_timer = self.reached_at is not None and any(
            work.written
            and not work.typed
            and work.started_at <= self.reached_at <= (work.finished_at or self.reached_at)
            for work in self.works.values()
        )


def _union(spans: list[tuple[Instant, Instant]]) -> list[tuple[Instant, Instant]]:
    joined: list[tuple[Instant, Instant]] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _seconds(spans: list[tuple[Instant, Instant]]) -> int:
    return sum(int((end - start).total_seconds()) for start, end in _union(spans))


def _instant(spans: list[tuple[Instant, Instant]], minutes: int) -> Instant | None:
    """When the union rounds to so many minutes for the first time."""
    left = minutes * 60 - 30
    for start, end in _union(spans):
        length = int((end - start).total_seconds())
        if length >= left:
            return start + dt.timedelta(seconds=left)
        left -= length
    return None


@dataclass
class Facts:
    """Everything that has happened."""

    school: School
    nights: dict[tuple[Child, dt.date], Night] = field(default_factory=dict)
    homework: dict[Classroom, list[Homework]] = field(default_factory=lambda: defaultdict(list))
    none_today: set[tuple[Classroom, str, dt.date]] = field(default_factory=set)
    wakings: dict[Child, list[tuple[dt.date, dt.datetime]]] = field(default_factory=lambda: defaultdict(list))
    open_confirmations: dict[Child, set[dt.date]] = field(default_factory=lambda: defaultdict(set))
    digests: dict[Person, list[Child]] = field(default_factory=dict)
    """The children of guardians who want one message in the evening."""

    def __post_init__(self) -> None:
        """Note whose evening is one message."""
        for child in self.school.children:
            for guardian in child.guardians:
                if guardian.wishes.digest is not None:
                    self.digests.setdefault(guardian, []).append(child)

    def night(self, child: Child, night: dt.date, now: Instant) -> Night:
        """The sheet of a night, made where it is not there."""
        found = self.nights.get((child, night))
        if found is None:
            school = self.school
            midnight = school.at(night + dt.timedelta(days=1), dt.time(0))
            found = Night(child, night, midnight, school.evening(night, child.latest), now)
            self.nights[child, night] = found
        return found

    def find(self, child: Child, night: dt.date) -> Night | None:
        """The sheet of a night, if it was used."""
        return self.nights.get((child, night))

    def set_work(self, night: Night, work: Work, *, by: Person, now: Instant) -> None:
        """An entry as it stands now."""
        night.works[work.id] = work
        self._by(night, by)
        night.add_up(now)

    def submit(self, night: Night, *, by: Person, now: Instant) -> None:
        """The sheet is handed in, unless it was."""
        if night.submitted_at is None:
            night.submitted_at = now
            night.confirmed = by is not night.child
        self.open_confirmations[night.child].add(night.night)
        night.add_up(now)

    def set_sleep(
        self, night: Night, *, lights_out_at: Instant, woke_at: Instant | None, by: Person, now: Instant
    ) -> None:
        """Lights-out, which hands the sheet in, and waking."""
        if woke_at is not None and night.woke_at is None:
            self.wakings[night.child].append((night.night, woke_at))
        night.lights_out_at, night.woke_at = lights_out_at, woke_at
        self.submit(night, by=by, now=now)
        waking = woke_at or self._projected(night)
        slept = (
            None if waking is None or waking <= lights_out_at else int((waking - lights_out_at).total_seconds()) // 60
        )
        night.short_by = None if slept is None else max(0, night.child.target - slept)

    def confirm(self, night: Night, *, now: Instant) -> None:
        """A guardian approves what stands."""
        night.confirmed = True
        night.add_up(now)

    def _by(self, night: Night, by: Person) -> None:
        """After submission a guardian's change is confirmed by that act, the child's withdraws a confirmation."""
        if night.submitted_at is not None:
            night.confirmed = by is not night.child
            self.open_confirmations[night.child].add(night.night)

    def _projected(self, night: Night) -> Instant | None:
        """Usual waking: the median of the last 14 of the same kind, three at least; else what the guardian stated."""
        school, morning = self.school, night.night + dt.timedelta(days=1)
        kind = school.is_school_day(morning)
        earlier = sorted(each for each in self.wakings[night.child] if each[0] < night.night)
        same = [at for on, at in earlier if school.is_school_day(on + dt.timedelta(days=1)) is kind][-14:]
        if len(same) >= 3:
            clocks = [local.hour * 60 + local.minute for local in (at.astimezone(school.zone) for at in same)]
            usual = int(statistics.median(clocks) + 0.5)
            at = school.at(morning, dt.time(usual // 60, usual % 60))
            if night.lights_out_at is not None and at > night.lights_out_at:
                return at
        stated = night.child.stated[kind]
        return None if stated is None else school.at(morning, stated)

    def set_tonight(self, class_: Classroom, day: dt.date) -> list[Homework]:
        """Published homework of a class that has this night."""
        return [work for work in self.homework[class_] if work.given_on <= day < work.due_on]
