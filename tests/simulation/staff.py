"""Which reminders to teachers and the office, and which weekly digests, hold at an instant; in plain Python."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from backend.storage.base import NO_SUBJECT
from tests.simulation.facts import Facts
from tests.simulation.families import DAY, HOUR, Due, Now, is_paused, last_school_nights, run_begins
from tests.simulation.school import SUBJECTS, Child, Classroom, Person

UNTIL = {"publish_estimates": dt.time(18), "class_over_cap": dt.time(9), "weekly_digest": dt.time(20)}


def staff_reasons(facts: Facts, now: Now) -> Iterator[Due]:
    """Everything that holds, whoever wants to hear it."""
    yield from _plans_over(facts, now)
    yield from _evenings(facts, now)
    if facts.school.is_school_day(now.today):
        if _is_time(facts, "publish_estimates", now):
            yield from _unpublished(facts, now)
        if _is_time(facts, "class_over_cap", now):
            over = [class_ for class_ in facts.school.classes if _over_cap(facts, class_, now.today)]
            people = {person for class_ in over for person in (*class_.teachers.values(), facts.school.office)}
            yield from _digests(facts, "class_over_cap", people, now.today - DAY, now, dt.time(9))
    if now.today.weekday() == 4 and _is_time(facts, "weekly_digest", now):
        yield from _digests(facts, "weekly_digest", _has_something(facts, now), now.today, now, dt.time(20))


def _is_time(facts: Facts, code: str, now: Now) -> bool:
    return bool(facts.school.times[f"{code}_at"] <= now.clock < UNTIL[code])


def _evenings(facts: Facts, now: Now) -> Iterator[Due]:
    """One message in the evening to guardians who want it so, in the hour from the one they chose."""
    minute = now.clock.hour * 60 + now.clock.minute + now.clock.second / 60
    for guardian, children in facts.digests.items():
        chosen = guardian.wishes.digest
        if chosen is None or not 0 <= minute - chosen.hour * 60 - chosen.minute < 60:
            continue
        own = [child for child in children if child.may_write and not is_paused(child, now)]
        if any(_waits(facts, child, now, guardian.wishes.off) for child in own):
            yield Due("evening_digest", guardian, None, NO_SUBJECT, now.today, now.at + HOUR)


def _waits(facts: Facts, child: Child, now: Now, off: set[str]) -> bool:
    """Whether there is something to say of a child that the guardian has not switched off."""
    last = facts.find(child, now.today - DAY)
    asked = [facts.nights[child, on] for on in facts.open_confirmations[child]]
    week = [facts.find(child, now.today - n * DAY) for n in range(1, 8)] if now.today.weekday() == 4 else []
    said = {
        "confirm_sheet": any(
            sheet.unconfirmed and sheet.submitted_at is not None and now.at - DAY < sheet.submitted_at <= now.at
            for sheet in asked
        ),
        "sleep_short": last is not None and (last.short_by or 0) > 30,
        "streak": run_begins(facts, child, now),
        "weekly_digest": any(sheet is not None and sheet.missed for sheet in week),
    }
    return any(is_so for code, is_so in said.items() if code not in off)


def _unpublished(facts: Facts, now: Now) -> Iterator[Due]:
    ends_at = facts.school.at(now.today, dt.time(18))
    for class_ in facts.school.classes:
        published = {work.subject for work in facts.set_tonight(class_, now.today)}
        for subject in SUBJECTS:
            if subject not in published and (class_, subject, now.today) not in facts.none_today:
                to = class_.teachers[subject]
                yield Due("publish_estimates", to, None, class_.id, now.today, ends_at)


def _plans_over(facts: Facts, now: Now) -> Iterator[Due]:
    for class_ in facts.school.classes:
        latest: dict[dt.date, dt.datetime] = {}
        for work in facts.homework[class_][-40:]:
            fresh = work.published_at <= now.at < work.published_at + DAY
            if work.over_cap_minutes is not None and fresh and work.due_on > now.today:
                latest[work.given_on] = max(latest.get(work.given_on, work.published_at), work.published_at)
        for night, published_at in latest.items():
            for to in (class_.homeroom, facts.school.office):
                yield Due("plan_over_cap", to, None, class_.id, night, published_at + DAY)


def _digests(facts: Facts, code: str, people: set[Person], night: dt.date, now: Now, until: dt.time) -> Iterator[Due]:
    ends_at = facts.school.at(now.today, until)
    for person in [*facts.school.teachers, facts.school.office, *facts.school.guardians]:
        if person in people:
            yield Due(code, person, None, NO_SUBJECT, night, ends_at)


def _over_cap(facts: Facts, class_: Classroom, day: dt.date) -> bool:
    """Whether the class's mean over the stretch of nights that this school day ends was above its cap (rule 4)."""
    nights = [day - DAY]
    while not facts.school.is_school_day(nights[-1]):
        nights.append(nights[-1] - DAY)
    sheets = [
        sheet
        for child in class_.children
        for night in nights
        if (sheet := facts.find(child, night)) is not None and sheet.submitted_at is not None
    ]
    students = len({sheet.child.id for sheet in sheets})
    return students >= 5 and sum(s.capped_minutes for s in sheets) > class_.cap * students * len(nights)


def _has_something(facts: Facts, now: Now) -> set[Person]:
    """Guardians of a child who missed a night; homeroom teachers of a class over its cap or with runs; the office."""
    school, people = facts.school, set[Person]()
    week = [now.today - n * DAY for n in range(1, 8)]
    nights = [night for night in last_school_nights(school, now.today)[:5] if night >= week[-1]]
    runs: Counter[Classroom] = Counter()
    for child in school.children:
        missed = {night for night in week if (sheet := facts.find(child, night)) is not None and sheet.missed}
        if missed and child.may_write:
            people |= set(child.guardians)
        runs[child.class_] += len(missed & set(nights)) >= 3
    days = [now.today - n * DAY for n in range(7)]
    for class_ in school.classes:
        over = any(school.is_school_day(day) and _over_cap(facts, class_, day) for day in days)
        if over or runs[class_]:
            people.add(class_.homeroom)
        if over:
            people.add(school.office)
    return people
