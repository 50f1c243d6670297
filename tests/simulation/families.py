"""Which reminders about one child hold at an instant, by PRODUCT's table, from the facts and in plain Python.

`reasons_of` is what is so; `heeded` is what the recipient wants and when a child's own device is silent.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from tests.simulation.facts import MINUTE, Facts, Night
from tests.simulation.school import Child, Person, School

HOUR = dt.timedelta(hours=1)
#: What a guardian with one message in the evening is not told by itself.
CAN_WAIT = ("confirm_sheet", "sleep_short", "streak", "weekly_digest")
DAY = dt.timedelta(days=1)

Key = tuple[str, uuid.UUID, uuid.UUID, dt.date, int]
"""``(code, recipient, subject, night, occasion)``: what makes a reminder one."""


@dataclass(frozen=True)
class Due:
    """A reminder that holds, until when."""

    code: str
    to: Person
    about: Child | None
    subject: uuid.UUID
    night: dt.date
    ends_at: dt.datetime
    occasion: int = 1

    @property
    def key(self) -> Key:
        """The unique key."""
        return self.code, self.to.id, self.subject, self.night, self.occasion


@dataclass(frozen=True)
class Now:
    """An instant on the school's clock."""

    at: dt.datetime
    today: dt.date
    clock: dt.time
    tonight: dt.date


def now_at(school: School, at: dt.datetime) -> Now:
    """The instant as the school's clock shows it; a night runs from 06:00 to 06:00."""
    local = at.astimezone(school.zone)
    return Now(at, local.date(), local.time(), local.date() if local.hour >= 6 else local.date() - DAY)


def reasons_of(facts: Facts, child: Child, now: Now) -> Iterator[Due]:
    """Everything about this child that holds, whoever wants to hear it."""
    if not child.may_write:
        return
    tonight = facts.find(child, now.tonight)
    if tonight is not None:
        yield from _cap(tonight, now, facts.school)
        yield from _bedtime(tonight, now, facts.school)
    else:
        yield from _bedtime_asked(facts, child, now)
    yield from _confirm(facts, child, now)
    yield from _morning(facts, child, now)
    yield from _start(facts, child, now)


def _to(code: str, night: Night, people: list[Person], ends_at: dt.datetime, occasion: int = 1) -> Iterator[Due]:
    for person in people:
        yield Due(code, person, night.child, night.child.id, night.night, ends_at, occasion)


def _cap(night: Night, now: Now, school: School) -> Iterator[Due]:
    child, cap = night.child, night.child.class_.cap
    if now.at >= night.midnight:
        return
    reached = night.reached_at is not None and night.reached_at <= now.at
    in_bed_later = night.lights_out_at is None or night.changed_at <= night.lights_out_at
    if reached and (night.running or (night.changed_at <= night.latest_at and in_bed_later)):
        yield from _to("cap_reached", night, list(child.guardians), night.midnight)
    if reached and (night.running or night.by_timer):
        yield from _to("cap_reached", night, [child], night.midnight)
    if cap and night.running and not reached and night.near_at is not None and night.near_at <= now.at:
        yield from _to("cap_near", night, [child], night.reached_at or night.midnight)


def _bedtime(night: Night, now: Now, school: School) -> Iterator[Due]:
    child, latest = night.child, night.latest_at
    before, after = (
        school.times[name] * MINUTE for name in ("wind_down_before_minutes", "bedtime_passed_after_minutes")
    )
    if night.lights_out_at is not None:
        return
    if latest - before <= now.at < latest:
        asked: list[Person] = [child] if "wind_down" in child.wishes.on else []
        yield from _to("wind_down", night, [*child.guardians, *asked], latest)
    if latest + after <= now.at < latest + after + 2 * HOUR:
        yield from _to("bedtime_passed", night, list(child.guardians), latest + after + 2 * HOUR)


def _bedtime_asked(facts: Facts, child: Child, now: Now) -> Iterator[Due]:
    due = facts.school.evening(now.tonight, child.latest) + facts.school.times["bedtime_passed_after_minutes"] * MINUTE
    if due <= now.at < due + 2 * HOUR:
        for guardian in child.guardians:
            if "bedtime_passed" in guardian.wishes.on:
                yield Due("bedtime_passed", guardian, child, child.id, now.tonight, now.at + 2 * HOUR)


def _confirm(facts: Facts, child: Child, now: Now) -> Iterator[Due]:
    school = facts.school
    six = school.at(now.today, dt.time(6))
    for on in sorted(facts.open_confirmations[child]):
        night = facts.nights[child, on]
        submitted_at = night.submitted_at
        if not night.unconfirmed or submitted_at is None or submitted_at > now.at:
            continue
        # The 06:00 that ends the night in which it was handed in.
        ends = school.at(now_at(school, submitted_at).tonight + DAY, dt.time(6))
        if now.at < ends:
            yield from _to("confirm_sheet", night, list(child.guardians), ends)
        elif ends == six and school.times["confirm_again_at"] <= now.clock < dt.time(12):
            yield from _to("confirm_sheet", night, list(child.guardians), school.at(now.today, dt.time(12)), 2)


def _morning(facts: Facts, child: Child, now: Now) -> Iterator[Due]:
    school, last = facts.school, now.today - DAY
    two = school.at(now.today, dt.time(14))
    night = facts.find(child, last)
    if night is None or now.at >= two:
        return
    if (night.short_by or 0) > 30 and (night.woke_at is not None or now.clock >= school.times["sleep_short_at"]):
        yield from _to("sleep_short", night, list(child.guardians), two)
    if now.clock >= school.times["streak_at"] and run_begins(facts, child, now):
        yield from _to("streak", night, list(child.guardians), two)


def run_begins(facts: Facts, child: Child, now: Now) -> bool:
    """Whether last night was the third missed of five school nights, and the night before was not yet."""
    school, last = facts.school, facts.find(child, now.today - DAY)
    if last is None or not last.missed or not school.is_school_day(now.today):
        return False
    nights = last_school_nights(school, now.today)
    missed = [(n := facts.find(child, on)) is not None and n.missed for on in nights]
    return sum(missed[:5]) >= 3 and sum(missed[1:]) < 3


def last_school_nights(school: School, today: dt.date) -> list[dt.date]:
    """The nights before the last six school days, latest first."""
    days = [today - n * DAY for n in range(40)]
    return [day - DAY for day in days if school.is_school_day(day)][:6]


def _start(facts: Facts, child: Child, now: Now) -> Iterator[Due]:
    people = [each for each in (child, *child.guardians) if _chosen_now(each, now)]
    if not people:
        return
    night = facts.find(child, now.today)
    if night is not None and (night.works or night.submitted_at is not None):
        return
    done = {
        work.homework
        for n in range(4)
        if (earlier := facts.find(child, now.today - n * DAY)) is not None
        for work in earlier.works.values()
        if work.finished_at is not None
    }
    if any(work.id not in done for work in facts.set_tonight(child.class_, now.today)):
        for person in people:
            yield Due("start_homework", person, child, child.id, now.today, now.at + HOUR)


def _chosen_now(person: Person, now: Now) -> bool:
    chosen = person.wishes.chosen
    if chosen is None:
        return False
    minute = now.clock.hour * 60 + now.clock.minute + now.clock.second / 60
    return 0 <= minute - (chosen.hour * 60 + chosen.minute) < 60


# --- wishes and silence ---------------------------------------------------------------------------------------------


def heeded(facts: Facts, due: Due, now: Now) -> bool:
    """Whether the recipient may hear it now."""
    wishes = due.to.wishes
    if wishes.digest is not None and due.code in CAN_WAIT:
        return False
    if due.code in wishes.off or _in_quiet(wishes.quiet, now.clock):
        return False
    concerned = [due.to] if due.about is None else [due.to, due.about]
    if any(is_paused(person, now) for person in concerned):
        return False
    return not (isinstance(due.to, Child) and silence_at(facts, due.to, now.at)[0])


def is_paused(person: Person, now: Now) -> bool:
    """Whether a person's pause holds today."""
    paused = person.wishes.paused
    return paused is not None and paused[0] <= now.today <= paused[1]


def _in_quiet(hours: tuple[dt.time, dt.time] | None, clock: dt.time) -> bool:
    if hours is None:
        return False
    begins, ends = hours
    return begins <= clock < ends if begins < ends else clock >= begins or clock < ends


def silence_at(facts: Facts, child: Child, at: dt.datetime) -> tuple[bool, dt.datetime]:
    """Whether the child's own device is silent, and when silence next begins."""
    school = facts.school
    tonight, begins = now_at(school, at).tonight, []
    for night in (tonight - DAY, tonight, tonight + DAY):
        start, morning = school.evening(night, child.latest) - 30 * MINUTE, night + DAY
        end = school.at(morning, dt.time(7 if school.is_school_day(morning) else 9))
        sheet = facts.find(child, night)
        if sheet is not None and sheet.woke_at is not None and sheet.woke_at > start:
            end = min(end, sheet.woke_at)
        if start <= at < end:
            return True, at
        begins.append(start)
    return False, min(start for start in begins if start > at)
