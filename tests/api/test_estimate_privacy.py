"""Attempts to learn one child's work against its estimate from what those who see no names are given (rule 11).

Each row of estimates is taken for a sum of everybody's work on that subject, kind or tier, which is more than it says,
and set beside every other row, before and after changes. None may speak of fewer than five students alone.
"""

import datetime as dt
import random
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from backend.clock import FrozenClock
from backend.domain.load import Kind, Place
from backend.storage import models
from tests.api.conftest import Client
from tests.api.planning import add_students
from tests.api.test_trend_privacy import WORK, Evening, Work, hand_in
from tests.api.trend_attack import Unknown, gives_away
from tests.cast import START, TONIGHT, Cast

PARTS = {"subject": 0, "kind": 1, "tier": 2}


@pytest.fixture
def homework(engine: sa.Engine, cast: Cast) -> dict[Work, uuid.UUID]:
    """An assignment for each kind of work, due tomorrow."""
    given = {"title": "p. 12", "place": Place.home, "given_on": TONIGHT, "created_at": START}
    given |= {"due_on": TONIGHT + dt.timedelta(days=1), "state": models.AssignmentState.PUBLISHED}
    given |= {"school_id": cast.shiyan.id, "class_id": cast.class_31.id, "created_by": cast.maths_teacher.id}
    made = {work: uuid.uuid5(cast.class_31.id, repr(work)) for work in WORK}
    rows = [given | {"id": made[work], "subject": work[0], "kind": Kind(work[1])} for work in WORK]
    with engine.begin() as connection:
        connection.execute(sa.insert(models.Assignment), rows)
    return made


class Attacker:
    """Somebody who may see no names and remembers every row of estimates ever given, whichever route gave it."""

    def __init__(self, client: Client, cast: Cast) -> None:
        self._asked = [
            (client.as_(who), path)
            for who, path in (
                (cast.office, f"/classes/{cast.class_31.id}/trends"),
                (cast.grade_head, f"/classes/{cast.class_31.id}/trends"),
                (cast.office, f"/schools/{cast.shiyan.id}/trends"),
                (cast.officer, f"/districts/{cast.district.id}/trends"),
            )
            if who is not cast.officer or path.startswith("/districts")
        ]
        self._seen: set[str] = set()
        self.sums: list[frozenset[Unknown]] = []

    def look(self, assigned: Evening) -> int:
        """Take in what is shown now; ``assigned`` is the work on homework that stands."""
        before = len(self.sums)
        for person, path in self._asked:
            of_weeks = person.get(f"{path}/estimates").get_json()
            for part in ("subject", "tier"):
                for row in of_weeks[f"{part}s"]:
                    for each in (row, *row["weeks"]):
                        self._take(part, row[part], each, assigned)
            for part in PARTS:
                for row in person.get(path, by=part).get_json()["items"]:
                    self._take(part, row[part], row["estimate"], assigned)
        return len(self.sums) - before

    def _take(self, part: str, name: str, row: dict[str, Any], assigned: Evening) -> None:
        figures = {key: row[key] for key in ("n", "n_censored", "median_minutes", "p10_minutes", "p90_minutes")}
        seen = str((part, name, figures))
        if row["n"] and seen not in self._seen:
            self._seen.add(seen)
            self.sums.append(
                frozenset(
                    (student, *work, minutes)
                    for student, of in assigned.done.items()
                    for work, minutes in of.items()
                    if work[PARTS[part]] == name
                )
            )


def usual_work(chance: random.Random) -> dict[Work, int]:
    """An evening as most have it: much in common, and here and there something else."""
    likely = {WORK[0]: 0.9, WORK[4]: 0.8, WORK[9]: 0.7, WORK[1]: 0.15}
    return {work: chance.randint(1, 10_000) for work, share in likely.items() if chance.random() < share}


def assign(
    engine: sa.Engine, evening: Evening, homework: dict[Work, uuid.UUID], student: uuid.UUID, chance: random.Random
) -> Evening:
    """Let some of a student's work be on homework that was given: only that is held against estimates."""
    done: dict[Work, int] = {}
    with engine.begin() as connection:
        for work, minutes in evening.done[student].items():
            if chance.random() < 0.9:
                done[work] = minutes
                of = sa.and_(models.Entry.student_id == student, models.Entry.actual_minutes == minutes)
                estimated = {"assignment_id": homework[work], "estimated_minutes": 20}
                connection.execute(sa.update(models.Entry).where(of).values(**estimated))
    return Evening({student: done})


@pytest.mark.parametrize("seed", range(6))
def test_no_childs_work_can_be_had_by_subtracting_estimates_or_waiting_for_changes(
    seed: int,
    client: Client,
    cast: Cast,
    engine: sa.Engine,
    clock: FrozenClock,
    homework: dict[Work, uuid.UUID],
) -> None:
    clock.advance(hours=13)
    chance, evening, assigned, attacker = random.Random(seed), Evening(), Evening(), Attacker(client, cast)
    pupils = add_students(engine, cast.class_31, cast.shiyan.id, 11)

    def save(pupil: uuid.UUID) -> None:
        hand_in(engine, cast, evening, pupil, usual_work(chance))
        assigned.done |= assign(engine, evening, homework, pupil, chance).done

    for pupil in pupils[: chance.randint(8, 10)]:
        save(pupil)
    attacker.look(assigned)
    for changed in (1, chance.randint(2, 4), chance.randint(5, 9)):
        clock.advance(hours=2)
        for pupil in chance.sample(pupils, changed):
            save(pupil)
        attacker.look(assigned)
    assert attacker.sums
    assert gives_away(attacker.sums) is None


def test_one_child_with_five_pieces_of_work_changes_nothing_by_itself(
    client: Client, cast: Cast, engine: sa.Engine, clock: FrozenClock, homework: dict[Work, uuid.UUID]
) -> None:
    """Five pieces are five values, and yet one sheet: figures are fixed anew when five sheets have changed."""
    clock.advance(hours=13)
    *pupils, late = add_students(engine, cast.class_31, cast.shiyan.id, 7)
    given = several(engine, homework[WORK[0]], 5)

    def save(pupil: uuid.UUID) -> None:
        hand_in(engine, cast, Evening(), pupil, {WORK[0]: 10})
        work_on_all(engine, pupil, given)

    def shown() -> list[int]:
        rows = client.as_(cast.office).get(f"/classes/{cast.class_31.id}/trends/estimates").get_json()["subjects"]
        return [row["n"] for row in rows]

    for pupil in pupils:
        save(pupil)
    before = shown()
    assert before == [5 * len(pupils)]
    clock.advance(hours=2)
    save(late)
    assert shown() == before


def several(engine: sa.Engine, assignment_id: uuid.UUID, number: int) -> list[uuid.UUID]:
    """An assignment and others like it."""
    ids = [assignment_id, *(uuid.uuid5(assignment_id, str(n)) for n in range(1, number))]
    of: Any = models.Assignment.__table__
    with engine.begin() as connection:
        row = dict(connection.execute(sa.select(of).where(of.c.id == assignment_id)).mappings().one())
        connection.execute(sa.insert(of), [row | {"id": each} for each in ids[1:]])
    return ids


def work_on_all(engine: sa.Engine, student: uuid.UUID, assignments: list[uuid.UUID]) -> None:
    """Let a student's one entry be one on each of these."""
    of: Any = models.Entry.__table__
    with engine.begin() as connection:
        row = dict(connection.execute(sa.select(of).where(of.c.student_id == student)).mappings().one())
        connection.execute(sa.delete(of).where(of.c.student_id == student))
        on_each = [{"id": uuid.uuid4(), "assignment_id": each, "estimated_minutes": 20} for each in assignments]
        connection.execute(sa.insert(of), [row | each for each in on_each])
