"""Every figure of a page of charts, reckoned again from the demonstration's raw rows by other means, to the minute."""

from __future__ import annotations

import json
import math
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.demo.loading import load
from backend.demo.shape import ZONE
from backend.domain.night import local_instant, zone_of
from backend.domain.people import Role
from backend.services.actor import Actor, ActorKind
from backend.services.figures import reports, trend_overviews, trends
from backend.services.figures.trend_parts import TrendBy
from backend.storage.engine import build_engine
from backend.storage.models import Post
from tests.databases import Databases

FIRST, LAST = date(2026, 11, 9), date(2026, 11, 18)
AS_OF = date(2026, 11, 19)
NOW = local_instant(AS_OF, time(12), ZONE)
RAW = """
SELECT s.student_id, s.class_id, s.night, s.capped_minutes, s.cap_minutes, s.latest_lights_out_at, l.lights_out_at,
       s.sleep_minutes, s.sleep_short_by_minutes
FROM night_sheets s LEFT JOIN sleeps l ON l.student_id = s.student_id AND l.night = s.night WHERE s.state <> 'open'
"""
ENTRIES = """
SELECT e.student_id, e.class_id, e.night, e.subject, e.kind, e.tier, e.place, e.outcome, e.segments, e.actual_minutes,
       e.estimated_minutes, e.assignment_id, a.due_on FROM entries e LEFT JOIN assignments a ON a.id = e.assignment_id
WHERE NOT e.is_self_study AND e.deleted_at IS NULL
"""


@pytest.fixture(scope="module")
def session(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A demonstration of two weeks."""
    url = databases.fresh()
    engine = build_engine(url, pool_size=1)
    folder: Path = tmp_path_factory.mktemp("demonstration")
    load(
        engine,
        as_of=AS_OF,
        now=NOW,
        progress=lambda _done, _all: None,
        instance_folder=folder,
        secret_key="the key of this test, at least 32 signs long",
        opened_on=FIRST,
    )
    with Session(engine) as made:
        yield made
    engine.dispose()
    databases.drop(url)


def day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def instant(value: Any) -> datetime | None:
    if value is None:
        return None
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=NOW.tzinfo)


def half_up(value: float) -> int:
    return math.floor(value + 0.5 + 1e-9)


def p(values: Sequence[float], tenth: int) -> int:
    """A decile in whole minutes."""
    return half_up(statistics.quantiles(values, n=10, method="inclusive")[tenth - 1])


def until(night: date) -> date:
    """The last night of a night's stretch: Friday, Saturday and Sunday are one."""
    return night + timedelta(days=max(0, 7 - night.isoweekday())) if night.isoweekday() >= 5 else night


def nights_of(last: date) -> int:
    return 3 if last.isoweekday() == 7 else 1


class Rows:
    """The raw rows of some classes over the period, as plain values."""

    def __init__(self, session: Session, class_id: Any = None) -> None:
        read = [dict(row) for row in session.execute(sa.text(RAW)).mappings()]
        self.sheets = [row for row in read if FIRST <= day(row["night"]) <= LAST]
        self.entries = [dict(row) for row in session.execute(sa.text(ENTRIES)).mappings()]
        if class_id is not None:
            self.sheets = [row for row in self.sheets if same(row["class_id"], class_id)]
            self.entries = [row for row in self.entries if same(row["class_id"], class_id)]
        handed_in = {(row["student_id"], day(row["night"])) for row in self.sheets}
        self.entries = [row for row in self.entries if (row["student_id"], day(row["night"])) in handed_in]

    def by_stretch(self) -> dict[date, dict[Any, int]]:
        """Each student's minutes against the cap by stretch."""
        found: dict[date, dict[Any, int]] = defaultdict(lambda: defaultdict(int))
        for row in self.sheets:
            if until(day(row["night"])) <= LAST:
                found[until(day(row["night"]))][row["student_id"]] += row["capped_minutes"]
        return found

    def parted(self, by: str) -> dict[str, list[float]]:
        """Each student's minutes a night by subject, kind or place: seconds marked one by one."""
        marked: dict[Any, set[int]] = defaultdict(set)
        for row in self.entries:
            for segment in row["segments"] if isinstance(row["segments"], list) else json.loads(row["segments"]):
                start, end = (datetime.fromisoformat(segment[name]).timestamp() for name in SPAN)
                marked[row[by], row["student_id"], day(row["night"])].update(range(int(start), int(end)))
        sums: dict[Any, int] = defaultdict(int)
        for (name, student, night), seconds in marked.items():
            sums[name, student, until(night)] += half_up(len(seconds) / 60)
        found: dict[str, list[float]] = defaultdict(list)
        for (name, _, last), minutes in sums.items():
            if last <= LAST:
                found[name].append(minutes / nights_of(last))
        return found


SPAN = ("started_at", "finished_at")


def same(one: Any, other: Any) -> bool:
    return str(one).replace("-", "") == str(other).replace("-", "")


def actor(session: Session, role: Role) -> tuple[Actor, Post]:
    post = session.scalars(sa.select(Post).where(Post.role == role).order_by(Post.class_id)).first()
    assert post is not None
    return Actor(
        kind=ActorKind.STAFF,
        id=post.person_id,
        school_id=post.school_id,
        session_id=post.person_id,
        district_id=None,
        class_id=None,
        locale="zh-CN",
        must_change_password=False,
    ), post


def of_class(session: Session, by: TrendBy) -> tuple[list[dict[str, Any]], Rows]:
    who, post = actor(session, Role.homeroom_teacher)
    assert post.class_id is not None
    asked = {"actor": who, "class_id": post.class_id, "first": FIRST, "last": LAST, "now": NOW}
    return trends.class_trends(session, by=by, **asked)["items"], Rows(session, post.class_id)


def of_school(session: Session) -> dict[str, Any]:
    who, post = actor(session, Role.academic_office)
    return {"actor": who, "school_id": post.school_id, "first": FIRST, "last": LAST, "now": NOW}


def test_a_classs_nights_and_weekend(session: Session) -> None:
    rows, raw = of_class(session, TrendBy.day)
    found = raw.by_stretch()
    assert [row["to"] for row in rows] == sorted(found)
    for row in rows:
        values = [minutes / row["nights"] for minutes in found[row["to"]].values()]
        cap = raw.sheets[0]["cap_minutes"]
        assert row["n"] == len(values)
        assert row["mean_minutes"] == half_up(statistics.fmean(values) * 10) / 10
        whole = [half_up(value) for value in values]
        assert (row["median_minutes"], row["p90_minutes"]) == (half_up(statistics.median(whole)), p(whole, 9))
        assert row["share_within_percent"] == half_up(100 * sum(value <= cap for value in values) / len(values))


@pytest.mark.parametrize("by", [TrendBy.subject, TrendBy.kind, TrendBy.place])
def test_a_classs_work_by_subject_kind_and_place(session: Session, by: TrendBy) -> None:
    rows, raw = of_class(session, by)
    found = raw.parted(by.value)
    assert [row[by.value] for row in rows] == sorted(found)
    for row in rows:
        values = found[row[by.value]]
        assert (row["n"], row["mean_minutes"]) == (len(values), half_up(statistics.fmean(values) * 10) / 10)
        assert row["median_minutes"] == half_up(statistics.median(half_up(value) for value in values))


def test_a_classs_estimates_against_actual(session: Session) -> None:
    rows, raw = of_class(session, TrendBy.subject)
    work: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for entry in raw.entries:
        if entry["due_on"] is not None and until(day(entry["due_on"]) - timedelta(days=1)) <= LAST:
            work[entry["subject"], entry["assignment_id"], entry["student_id"]].append(entry)
    for row in rows:
        done, open_ = [], 0
        for (subject, _, _), entries in work.items():
            outcomes = {entry["outcome"] for entry in entries}
            if subject == row["subject"] and "finished" in outcomes:
                first = min(entries, key=lambda entry: day(entry["night"]))
                done.append((sum(entry["actual_minutes"] for entry in entries), first["estimated_minutes"]))
            elif subject == row["subject"]:
                open_ += bool(outcomes & {"unfinished", "stopped_for_sleep"})
        found = row["estimate"]
        assert (found["n"], found["n_censored"]) == (len(done), open_)
        assert found["median_minutes"] == half_up(statistics.median(minutes for minutes, _ in done))
        assert found["ratio"] == round(statistics.median(minutes / estimate for minutes, estimate in done), 2)
        assert (found["basis"] == "kaplan_meier") == bool(open_)


def test_the_schools_load_sleep_and_bedtimes(session: Session) -> None:
    raw, asked = Rows(session), of_school(session)
    found = trend_overviews.school_overview(session, **asked)
    school = trends.school_trends(session, by=TrendBy.day, **asked)["items"]
    assert not any(cell["withheld"] for row in school for cell in row["classes"])
    values = [minutes / nights_of(last) for last, of in raw.by_stretch().items() for minutes in of.values()]
    assert found["figure"]["n"] == len(values)
    assert found["figure"]["mean_minutes"] == half_up(statistics.fmean(values) * 10) / 10
    whole = [half_up(value) for value in values]
    assert found["distribution"]["box"] == {
        **{f"p{ten}0": p(whole, ten) for ten in (1, 5, 9)},
        "p25": half_up(statistics.quantiles(whole, n=4, method="inclusive")[0]),
        "p75": half_up(statistics.quantiles(whole, n=4, method="inclusive")[2]),
    }
    last_nights = [row for row in raw.sheets if until(day(row["night"])) == day(row["night"]) <= LAST]
    lights = [
        (at, instant(row["latest_lights_out_at"])) for row in last_nights if (at := instant(row["lights_out_at"]))
    ]
    late = sum(latest is not None and at > latest for at, latest in lights)
    assert found["sleep"]["n_bedtime"] == len(lights)
    assert found["sleep"]["on_time_percent"] == half_up(100 * (len(lights) - late) / len(lights))
    zone = zone_of(ZONE)
    minutes = [(at.astimezone(zone).hour * 60 + at.astimezone(zone).minute - 720) % 1440 for at, _ in lights]
    middle = (half_up(statistics.median(minutes)) + 720) % 1440
    assert found["sleep"]["median_lights_out"] == f"{middle // 60:02}:{middle % 60:02}"
    slept = [row for row in last_nights if row["sleep_minutes"] is not None]
    assert found["sleep"]["n_sleep"] == len(slept)
    met = sum(row["sleep_short_by_minutes"] == 0 for row in slept)
    assert found["sleep"]["target_met_percent"] == half_up(100 * met / len(slept))
    short = sum(row["sleep_short_by_minutes"] > 30 for row in slept)
    assert found["sleep"]["short_percent"] == half_up(100 * short / len(slept))


def test_the_report_upward(session: Session) -> None:
    raw = Rows(session)
    found = reports.school_upward(session, **of_school(session))["total"]
    values = [
        (minutes / nights_of(last), cap)
        for last, of in raw.by_stretch().items()
        for student, minutes in of.items()
        for cap in [next(r["cap_minutes"] for r in raw.sheets if r["student_id"] == student)]
    ]
    within = sum(cap is None or value <= cap for value, cap in values)
    assert found["share_within_percent"] == half_up(100 * within / len(values))
    assert found["response_percent"] == half_up(100 * found["n"] / found["enrolled"])
    assert found["school_days"] == 8
