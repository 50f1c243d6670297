"""What everybody will do on one day, drawn from the seed: homework published, work begun and finished, beds, yeses.

A deed is an instant and something for `phones.Phones` to do; whether it still makes sense then is decided there.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.simulation.facts import MINUTE, Facts, Homework, Work
from tests.simulation.school import SUBJECTS, Child, Classroom, Person


@dataclass(frozen=True)
class Deed:
    """At an instant, call ``phones.<what>(**how)``."""

    at: dt.datetime
    what: str
    how: dict[str, Any]


def deeds_of(seed: int, facts: Facts, day: dt.date) -> list[Deed]:
    """The deeds of a local date and of the night that follows it, in order."""
    school, deeds = facts.school, []
    planned: dict[Classroom, list[Homework]] = {}
    for number, class_ in enumerate(school.classes):
        chance = random.Random(f"{seed} {day} class {number}")
        published = list(_publishing(chance, facts, class_, day))
        planned[class_] = [deed.how["homework"] for deed in published if deed.what == "publish"]
        deeds += published
    for child in school.children:
        chance = random.Random(f"{seed} {day} child {child.number}")
        deeds += _pausing(chance, facts, child, day)
        if child.may_write and chance.random() < 0.8:
            tonight = facts.set_tonight(child.class_, day) + planned[child.class_]
            deeds += _evening(chance, facts, child, day, tonight)
    return sorted(deeds, key=lambda deed: deed.at)


def _publishing(chance: random.Random, facts: Facts, class_: Classroom, day: dt.date) -> Iterator[Deed]:
    school = facts.school
    if not school.is_school_day(day):
        return
    due_on = next(d for n in range(1, 20) if school.is_school_day(d := day + dt.timedelta(days=n)))
    for subject in SUBJECTS:
        at = school.at(day, dt.time(14)) + MINUTE * chance.randrange(210)
        luck, new_id = chance.random(), uuid.UUID(int=chance.getrandbits(128), version=4)
        if luck < 0.85:
            written = chance.random() < (0.05 if class_.grade <= 2 else 0.85)
            over = chance.randrange(1, 40) if chance.random() < 0.08 else None
            yield Deed(at, "publish", {"homework": Homework(new_id, class_, subject, day, due_on, at, written, over)})
        elif luck < 0.93:
            yield Deed(at, "declare_none", {"class_": class_, "subject": subject, "day": day})


def _pausing(chance: random.Random, facts: Facts, child: Child, day: dt.date) -> Iterator[Deed]:
    if chance.random() < 0.01:
        person: Person = chance.choice([child, *child.guardians])
        at = facts.school.at(day, dt.time(chance.randrange(8, 21), chance.randrange(60)))
        until = day + dt.timedelta(days=chance.randrange(3))
        yield Deed(at, "pause", {"person": person, "first": day, "last": until})
    if chance.random() < 0.02:
        at = facts.school.at(day, dt.time(chance.randrange(7, 21), chance.randrange(60)))
        yield Deed(at, "register_again", {"person": chance.choice([child, *child.guardians])})


def _evening(
    chance: random.Random, facts: Facts, child: Child, day: dt.date, tonight: list[Homework]
) -> Iterator[Deed]:
    school, who = facts.school, (child, *child.guardians)
    night = {"child": child, "night": day}
    at = school.at(day, dt.time(17 if school.is_school_day(day) else 14, chance.randrange(60)))
    for _ in range(chance.choice([0, 1, 2, 2, 3])):
        homework = chance.choice([None, *tonight, *tonight])
        minutes = max(1, round(child.slow * chance.choice([8, 15, 20, 25, 35, 45, 60, 100])))
        new_id = uuid.UUID(int=chance.getrandbits(128), version=4)
        work = Work(
            new_id,
            at,
            at + MINUTE * minutes,
            written=bool(homework and homework.written),
            typed=chance.random() < 0.12,
            homework=homework.id if homework else None,
        )
        yield from _working(chance, work, who, night)
        at += MINUTE * (minutes + chance.choice([-5, 0, 2, 10, 40]))
    end = at + MINUTE * chance.randrange(2, 30)
    if chance.random() < 0.6:
        yield Deed(end, "submit", {"by": chance.choice([child, child, *child.guardians]), **night})
    bed = school.evening(day, child.latest) + MINUTE * chance.choice([-60, -40, -20, -5, 5, 9, 10, 15, 40, 90])
    logged = chance.random() < 0.7
    if logged:
        yield Deed(bed, "lights_out", {"by": chance.choice(who), **night})
        if chance.random() < 0.6:
            morning = school.at(day + dt.timedelta(days=1), dt.time(chance.choice([5, 6, 6, 7, 8, 9]), 0))
            woke = morning + MINUTE * chance.randrange(60)
            yield Deed(woke, "wake", {"by": chance.choice(who), **night})
    if chance.random() < 0.8:
        soon = max(end, bed) + MINUTE * chance.choice([1, 3, 10, 30])
        later = school.at(day + dt.timedelta(days=1), dt.time(7)) + MINUTE * chance.randrange(400)
        yes = {"by": chance.choice(child.guardians), **night}
        yield Deed(soon if chance.random() < 0.6 else later, "confirm", yes)


def _working(chance: random.Random, work: Work, who: tuple[Person, ...], night: dict[str, Any]) -> Iterator[Deed]:
    """By timer, start and finish, and the finish may be forgotten; typed, once and afterwards."""
    assert work.finished_at is not None
    by = {"by": chance.choice(who), **night}
    if work.typed:
        late = work.finished_at + MINUTE * chance.choice([1, 5, 30, 120, 800])
        yield Deed(late, "record", {"work": work, **by})
        return
    running = Work(**{**vars(work), "finished_at": None})
    yield Deed(work.started_at, "record", {"work": running, **by})
    if chance.random() < 0.97:
        yield Deed(work.finished_at, "record", {"work": work, **by})
    if chance.random() < 0.05:
        sooner = max(work.started_at + MINUTE, work.finished_at - MINUTE * chance.randrange(7))
        amended = Work(**{**vars(work), "finished_at": sooner})
        yield Deed(work.finished_at + MINUTE * 45, "record", {"work": amended, **by, "by": chance.choice(who[1:])})
