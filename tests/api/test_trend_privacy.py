"""Attempts to learn one child's figure from what the office, a grade head and the district are given (rule 11).

By subtracting aggregates over tables, classes, grades, levels, days and weeks; over time, 27 sheets and then 28; and by
a child's move. None may succeed.
"""

import datetime as dt
import itertools
import random
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from backend.clock import FrozenClock
from backend.domain.load import CapScope, Kind, Outcome, Tier
from backend.domain.load import Place as WorkPlace
from backend.domain.sheet import SheetState
from backend.storage import models
from tests.api.conftest import Client
from tests.api.planning import add_sheet, add_students
from tests.api.trend_attack import Unknown, gives_away
from tests.cast import START, TONIGHT, Cast, Place

TABLES = ("subject", "kind", "tier", "place")
WORK = list(itertools.product(("maths", "chinese", "english"), ("written", "oral"), ("standard", "basic"), ("home",)))
Work = tuple[str, str, str, str]
IDLE: dict[Work, int] = {("", "written", "", ""): 0}
MATHS, CHINESE = WORK[0], WORK[4]


@dataclass
class Evening:
    """What one class's students did, as the test knows it; `saved` counts each student's sheets."""

    done: dict[uuid.UUID, dict[Work, int]] = field(default_factory=dict)
    saved: dict[uuid.UUID, int] = field(default_factory=lambda: defaultdict(int))

    def unknowns(self, table: str | None = None, name: str = "") -> frozenset[Unknown]:
        """Everything that a sum holds: what counts against the cap, or one subject's, kind's, tier's or place's.

        Who did nothing that counts is in the whole too: nobody outside knows that it was nothing.
        """
        return frozenset(
            (student, *work, minutes)
            for student, of in self.done.items()
            for work, minutes in (of if any(kind == "written" for _, kind, *_ in of) else of | IDLE).items()
            if (work[1] == "written" if table is None else bool(work[0]) and work[TABLES.index(table)] == name)
        )


class Attacker:
    """Somebody who may see no names, and remembers every sum ever given."""

    def __init__(self, client: Client, cast: Cast) -> None:
        self._office = client.as_(cast.office)
        self._path = f"/classes/{cast.class_31.id}/trends"
        self._seen: set[str] = set()
        self.sums: list[frozenset[Unknown]] = []

    def look(self, evening: Evening) -> int:
        """Take in what is shown now; returns how many sums were new."""
        before = len(self.sums)
        for by in ("day", *TABLES):
            for row in self._office.get(self._path, by=by).get_json()["items"]:
                if row["n"] is not None and str((by, row)) not in self._seen:
                    self._seen.add(str((by, row)))
                    table = None if by == "day" else by
                    self.sums.append(evening.unknowns(table, row.get(by, "")))
        return len(self.sums) - before


def hand_in(engine: sa.Engine, cast: Cast, evening: Evening, student: uuid.UUID, work: dict[Work, int]) -> None:
    """Save a student's sheet with this work, replacing an earlier one."""
    key = {"school_id": cast.shiyan.id, "student_id": student, "night": TONIGHT}
    written = sum(minutes for (_, kind, _, _), minutes in work.items() if kind == "written")
    counter = evening.saved[student] = evening.saved[student] + 1
    evening.done[student] = work
    at = START + dt.timedelta(hours=13 + counter)
    sheet = {"class_id": cast.class_31.id, "change_counter": counter, "state": SheetState.submitted, "opened_at": START}
    figures = {"cap_minutes": 60, "cap_scope": CapScope.all, "capped_minutes": written, "written_minutes": written}
    with engine.begin() as connection:
        gone = sa.delete(models.NightSheet).where(models.NightSheet.student_id == student)
        connection.execute(gone)
        connection.execute(sa.insert(models.NightSheet), key | sheet | figures | {"changed_at": at})
        for (subject, kind, tier, place), minutes in work.items():
            entry = {
                "id": uuid.uuid4(),
                "class_id": cast.class_31.id,
                "subject": subject,
                "is_self_study": False,
                "kind": Kind(kind),
                "place": WorkPlace(place),
                "tier": Tier(tier),
                "outcome": Outcome.finished,
                "segments": [],
                "actual_minutes": minutes,
                "changed_by": student,
                "changed_at": at,
                "change_counter": counter,
            }
            connection.execute(sa.insert(models.Entry), key | entry)


def some_work(chance: random.Random) -> dict[Work, int]:
    """A random evening: a few pieces of work, each of its own length."""
    pieces = chance.sample(WORK, chance.choice((0, 1, 1, 2, 3)))
    return {piece: chance.randint(1, 10_000) for piece in pieces}


@pytest.fixture
def next_morning(clock: FrozenClock) -> FrozenClock:
    """Wednesday at half past seven."""
    clock.advance(hours=13)
    return clock


def test_the_attack_succeeds_where_nothing_is_withheld() -> None:
    evening = Evening({n: {MATHS: 5 + n} | ({CHINESE: 7} if n < 2 else {}) for n in range(8)})  # type: ignore[misc]
    assert gives_away([evening.unknowns(), evening.unknowns("subject", "maths")]) is not None


@pytest.mark.parametrize("seed", range(5))
def test_no_child_can_be_had_by_subtracting_tables_or_waiting_for_changes(
    seed: int, client: Client, cast: Cast, engine: sa.Engine, next_morning: FrozenClock
) -> None:
    chance, evening, attacker = random.Random(seed), Evening(), Attacker(client, cast)
    pupils = add_students(engine, cast.class_31, cast.shiyan.id, 9)
    for pupil in pupils[: chance.randint(6, 8)]:
        hand_in(engine, cast, evening, pupil, some_work(chance))
    assert attacker.look(evening) > 0
    for changed in (1, chance.randint(2, 4), chance.randint(5, 8)):
        next_morning.advance(hours=2)
        for pupil in chance.sample(pupils, changed):
            hand_in(engine, cast, evening, pupil, some_work(chance))
        attacker.look(evening)
    assert gives_away(attacker.sums) is None


def test_five_changes_in_one_subject_do_not_give_away_the_one_in_another(
    client: Client, cast: Cast, engine: sa.Engine, next_morning: FrozenClock
) -> None:
    evening, attacker = Evening(), Attacker(client, cast)
    pupils = add_students(engine, cast.class_31, cast.shiyan.id, 9)
    for n, pupil in enumerate(pupils):
        hand_in(engine, cast, evening, pupil, {MATHS: 10 + n, CHINESE: 30 + n})
    attacker.look(evening)
    next_morning.advance(hours=2)
    for n, pupil in enumerate(pupils[:6]):
        maths, chinese = (10 + n, 500) if n == 5 else (200 + n, 30 + n)
        hand_in(engine, cast, evening, pupil, {MATHS: maths, CHINESE: chinese})
    attacker.look(evening)
    assert gives_away(attacker.sums) is None


def test_27_sheets_then_28_are_the_same_figures(
    client: Client, cast: Cast, engine: sa.Engine, next_morning: FrozenClock
) -> None:
    pupils = add_students(engine, cast.class_31, cast.shiyan.id, 28)
    for n, pupil in enumerate(pupils[:27]):
        add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil, TONIGHT, 20 + n)
    before = everything(client, cast)
    late = next_morning.advance(hours=1)
    add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupils[27], TONIGHT, 119, changed_at=late)
    assert everything(client, cast) == before


def test_a_childs_move_changes_neither_class(
    client: Client, cast: Cast, engine: sa.Engine, next_morning: FrozenClock
) -> None:
    for place in (cast.class_31, cast.class_32):
        fill(engine, cast, place, 8)
    before = everything(client, cast)
    mover = add_students_ids(cast.class_31, 1)[0]
    at = next_morning.advance(hours=1)
    with engine.begin() as connection:
        to = {"class_id": cast.class_32.id}
        enrolment = sa.update(models.Enrolment).where(models.Enrolment.student_id == mover)
        connection.execute(enrolment.values(**to))
        sheet = sa.update(models.NightSheet).where(models.NightSheet.student_id == mover)
        connection.execute(sheet.values(**to, changed_at=at))
        connection.execute(sa.update(models.Entry).where(models.Entry.student_id == mover).values(**to))
    assert everything(client, cast) == before


def test_changed_back_and_changed_again_the_first_version_is_not_forgotten(
    client: Client, cast: Cast, engine: sa.Engine, next_morning: FrozenClock
) -> None:
    """Five change; then four of them change back and a sixth changes: against the first version only two have."""
    pupils = fill(engine, cast, cast.class_31, 8)
    everything(client, cast)
    amend(engine, pupils[:5], 500, next_morning.advance(hours=1))
    second = everything(client, cast)
    at = next_morning.advance(hours=1)
    for n, pupil in enumerate(pupils[:4]):
        amend(engine, [pupil], 30 + n, at)
    amend(engine, pupils[5:6], 700, at)
    assert everything(client, cast) == second


def test_one_who_logged_a_bedtime_and_no_homework_is_not_what_the_half_hours_leave_over(
    client: Client, cast: Cast, engine: sa.Engine, clock: FrozenClock
) -> None:
    pupils = add_students(engine, cast.class_31, cast.shiyan.id, 12)
    at = dt.datetime.combine(TONIGHT, dt.time(13), dt.UTC)
    span = {"started_at": (at - dt.timedelta(hours=1)).isoformat(), "finished_at": at.isoformat(), "source": "typed"}
    for n, pupil in enumerate(pupils):
        add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil, TONIGHT, 30, subject="maths" if n else None)
        bed = {"school_id": cast.shiyan.id, "student_id": pupil, "night": TONIGHT, "lights_out_at": at, "version": 1}
        bed |= {"changed_by": pupil, "changed_at": at, "change_counter": 2}
        with engine.begin() as connection:
            connection.execute(sa.insert(models.Sleep), bed)
            connection.execute(sa.update(models.Entry).where(models.Entry.student_id == pupil).values(segments=[span]))
    clock.advance(days=1)
    page = client.as_(cast.office).get(f"/classes/{cast.class_31.id}/trends/overview").get_json()
    assert page["sleep"]["n_bedtime"] == 12
    assert [(each["n"], each["withheld"]) for each in page["bedtimes"]["bins"]] == [(None, True)]


class TestAggregatesAddUpOnlyWhatIsShown:
    """So nothing wider or longer than a class's night says anything that the nights shown do not say themselves."""

    @pytest.fixture(autouse=True)
    def week(self, engine: sa.Engine, cast: Cast, clock: FrozenClock) -> None:
        """Four nights; classes hand in from two to nine sheets."""
        chance = random.Random(7)
        for place in (cast.class_31, cast.class_32, cast.class_71):
            pupils = add_students(engine, place, cast.shiyan.id, 9)
            for back in range(4):
                for pupil in pupils[: chance.choice((2, 4, 5, 7, 9))]:
                    night = TONIGHT - dt.timedelta(days=back)
                    subject = chance.choice(("maths", "maths", "chinese"))
                    minutes = chance.randint(1, 99)
                    add_sheet(engine, cast.shiyan.id, place.id, pupil, night, minutes, subject=subject)
        clock.advance(days=1)

    @pytest.mark.parametrize("by", ["day", "week", *TABLES])
    def test_of_a_school(self, client: Client, cast: Cast, by: str) -> None:
        for row in self.rows(client, cast, "office", by):
            assert row["n"] == (sum(each["n"] or 0 for each in row["classes"]) or None)
            assert row["n"] == (sum(each["n"] or 0 for each in row["grades"]) or None)
            assert all(each["n"] is None or each["n"] == 0 or each["n"] >= 5 for each in row["classes"])

    def test_of_a_week(self, client: Client, cast: Cast) -> None:
        days = [row["n"] or 0 for row in self.rows(client, cast, "office", "day")]
        weeks = [row["n"] or 0 for row in self.rows(client, cast, "office", "week")]
        assert sum(days) == sum(weeks) > 0

    def test_of_a_grade_by_whoever_asks(self, client: Client, cast: Cast) -> None:
        of_head = self.rows(client, cast, "grade_head", "day")
        of_office = self.rows(client, cast, "office", "day")
        for row in of_head:
            same = next(each for each in of_office if each["from"] == row["from"])
            mine = [each for each in same["classes"] if each["class_id"] in {c["class_id"] for c in row["classes"]}]
            assert row["classes"] == mine
            assert row["n"] == (sum(each["n"] or 0 for each in mine) or None)

    def test_of_a_district(self, client: Client, cast: Cast) -> None:
        rows = client.as_(cast.officer).get(f"/districts/{cast.district.id}/trends").get_json()["items"]
        of_school = self.rows(client, cast, "office", "day")
        assert [row["n"] for row in rows] == [row["n"] for row in of_school]

    def test_of_an_overview_and_a_report(self, client: Client, cast: Cast) -> None:
        days = sum(row["n"] or 0 for row in self.rows(client, cast, "office", "day"))
        school = f"/schools/{cast.shiyan.id}"
        overview = client.as_(cast.office).get(f"{school}/trends/overview").get_json()
        report = client.as_(cast.office).get(f"{school}/reports/upward").get_json()
        assert (overview["figure"]["n"], report["total"]["n"]) == (days, days)
        shown = {row["subject"]: row["n"] for row in self.rows(client, cast, "office", "subject")}
        for cell in overview["heat_map"]:
            assert cell["withheld"] or cell["n"] >= 5
        for subject in shown:
            cells = [cell["n"] or 0 for cell in overview["heat_map"] if cell["subject"] == subject]
            assert (sum(cells) or None) == shown[subject]

    def rows(self, client: Client, cast: Cast, who: str, by: str) -> list[dict[str, Any]]:
        """A school's rows as somebody gets them."""
        path = f"/schools/{cast.shiyan.id}/trends"
        found: list[dict[str, Any]] = client.as_(getattr(cast, who)).get(path, by=by).get_json()["items"]
        return found


def add_students_ids(place: Place, count: int) -> list[uuid.UUID]:
    """The ids that `add_students` gives."""
    return [uuid.uuid5(place.id, f"student {n}") for n in range(count)]


def fill(engine: sa.Engine, cast: Cast, place: Place, count: int) -> list[uuid.UUID]:
    """So many students of a class, each with a submitted sheet."""
    pupils = add_students(engine, place, cast.shiyan.id, count)
    for n, pupil in enumerate(pupils):
        add_sheet(engine, cast.shiyan.id, place.id, pupil, TONIGHT, 30 + n)
    return pupils


def amend(engine: sa.Engine, pupils: list[uuid.UUID], minutes: int, at: dt.datetime) -> None:
    """Change these sheets."""
    with engine.begin() as connection:
        sheets = sa.update(models.NightSheet).where(models.NightSheet.student_id.in_(pupils))
        connection.execute(sheets.values(capped_minutes=minutes, changed_at=at))
        entries = sa.update(models.Entry).where(models.Entry.student_id.in_(pupils))
        connection.execute(entries.values(actual_minutes=minutes))


def everything(client: Client, cast: Cast) -> list[Any]:
    """All that the office and the grade head can get."""
    school = f"/schools/{cast.shiyan.id}"
    paths = [f"/classes/{place.id}" for place in (cast.class_31, cast.class_32)]
    found = []
    for who, base in itertools.product((cast.office, cast.grade_head), (school, *paths)):
        found += [client.as_(who).get(f"{base}/trends", by=by).get_json() for by in ("day", "week", *TABLES)]
        found.append(client.as_(who).get(f"{base}/trends/overview").get_json())
    return found
