"""The demonstration's raw rows by plain SQL, and figures reckoned from them by other means than the product's.

Every second is marked one by one, medians and deciles are the standard library's. For tests/demo alone.
"""

from __future__ import annotations

import json
import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.demo.shape import ZONE
from backend.domain.night import local_instant, zone_of
from backend.domain.people import Role
from backend.services.actor import Actor, ActorKind
from backend.storage.models import Post

FIRST, LAST = date(2026, 11, 9), date(2026, 11, 18)
AS_OF = date(2026, 11, 19)
NOW = local_instant(AS_OF, time(12), ZONE)
RAW = """
SELECT s.student_id, s.class_id, s.night, s.capped_minutes, s.cap_minutes, s.latest_lights_out_at, l.lights_out_at,
       s.sleep_minutes, s.sleep_short_by_minutes, s.sleep_is_projected
FROM night_sheets s LEFT JOIN sleeps l ON l.student_id = s.student_id AND l.night = s.night WHERE s.state <> 'open'
"""
ENTRIES = """
SELECT e.student_id, e.class_id, e.night, e.subject, e.kind, e.tier, e.place, e.outcome, e.segments, e.actual_minutes,
       e.estimated_minutes, e.assignment_id, a.due_on FROM entries e LEFT JOIN assignments a ON a.id = e.assignment_id
WHERE NOT e.is_self_study AND e.deleted_at IS NULL
"""


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
        for row in self.entries:
            row["kind"], row["tier"] = row["kind"] or "written", row["tier"] or "standard"

    def by_stretch(self) -> dict[date, dict[Any, int]]:
        """Each student's minutes against the cap by stretch."""
        found: dict[date, dict[Any, int]] = defaultdict(lambda: defaultdict(int))
        for row in self.sheets:
            if until(day(row["night"])) <= LAST:
                found[until(day(row["night"]))][row["student_id"]] += row["capped_minutes"]
        return found

    def parted(self, by: str) -> dict[str, list[float]]:
        """Each student's minutes a night by subject, kind, tier or place."""
        found: dict[str, list[float]] = defaultdict(list)
        for (name, _, last), minutes in self.by_student(by).items():
            found[name].append(minutes / nights_of(last))
        return found

    def by_student(self, by: str) -> dict[tuple[str, Any, date], int]:
        """Minutes by part, student and last night of the stretch: seconds marked one by one."""
        marked: dict[Any, set[int]] = defaultdict(set)
        for row in self.entries:
            if row[by] is not None:
                for start, end in spans(row):
                    marked[row[by], row["student_id"], day(row["night"])].update(range(int(start), int(end)))
        sums: dict[tuple[str, Any, date], int] = defaultdict(int)
        for (name, student, night), seconds in marked.items():
            if until(night) <= LAST:
                sums[name, student, until(night)] += half_up(len(seconds) / 60)
        return sums

    def last_nights(self) -> list[dict[str, Any]]:
        """The sheets of nights before a school day."""
        return [row for row in self.sheets if until(day(row["night"])) == day(row["night"]) <= LAST]

    def finishes(self) -> dict[tuple[Any, date], float]:
        """When homework ended, by student and night, in seconds since 1970."""
        found: dict[tuple[Any, date], float] = {}
        for row in self.entries:
            key = row["student_id"], day(row["night"])
            for _, end in spans(row):
                found[key] = max(end, found.get(key, 0))
        return found

    def work(self) -> list[Work]:
        """One piece of work a student and assignment, in the stretch of the assignment's last night."""
        gathered: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        for row in self.entries:
            if row["due_on"] is not None and until(day(row["due_on"]) - timedelta(days=1)) <= LAST:
                gathered[row["assignment_id"], row["student_id"]].append(row)
        return [made for rows in gathered.values() if (made := piece_of(rows)) is not None]


@dataclass(frozen=True)
class Work:
    """What one student did of one assignment, all its nights."""

    subject: str
    kind: str
    tier: str
    minutes: int
    estimate: int | None
    outcome: str
    last: date
    class_id: str


def piece_of(rows: list[dict[str, Any]]) -> Work | None:
    """The work as the best that became of it; None while it goes on."""
    outcomes = {row["outcome"] for row in rows}
    best = next((name for name in ("finished", "stopped_for_sleep", "unfinished") if name in outcomes), None)
    if best is None:
        return None
    first = min(rows, key=lambda row: day(row["night"]))
    minutes = sum(row["actual_minutes"] for row in rows)
    last = until(day(first["due_on"]) - timedelta(days=1))
    return Work(
        first["subject"],
        first["kind"],
        first["tier"],
        minutes,
        first["estimated_minutes"],
        best,
        last,
        str(first["class_id"]),
    )


def spans(row: dict[str, Any]) -> list[tuple[float, float]]:
    """An entry's segments in seconds since 1970."""
    segments = row["segments"] if isinstance(row["segments"], list) else json.loads(row["segments"])
    return [
        (
            datetime.fromisoformat(each["started_at"]).timestamp(),
            datetime.fromisoformat(each["finished_at"]).timestamp(),
        )
        for each in segments
    ]


def median(values: Iterable[float]) -> int:
    """In whole minutes, half up."""
    return half_up(statistics.median(values))


def share(part: int, whole: int) -> int:
    """In whole per cent, half up."""
    return half_up(100 * part / whole)


def kaplan_meier(work: Sequence[Work]) -> int | None:
    """The first minute by which half would have finished, by the textbook's product; None if that is never seen."""
    surviving = Fraction(1)
    for minute in sorted({each.minutes for each in work if each.outcome == "finished"}):
        at_risk = sum(each.minutes >= minute for each in work)
        done = sum(each.minutes == minute and each.outcome == "finished" for each in work)
        surviving *= 1 - Fraction(done, at_risk)
        if surviving <= Fraction(1, 2):
            return minute
    return None


def judged(work: Sequence[Work]) -> dict[str, Any]:
    """Estimate against actual, as an answer holds it."""
    done = [each for each in work if each.outcome == "finished"]
    censored = len(work) - len(done)
    ratios = [each.minutes / each.estimate for each in done if each.estimate]
    minutes = [each.minutes for each in done]
    return {
        "n": len(done),
        "n_censored": censored,
        "stopped_for_sleep": sum(each.outcome == "stopped_for_sleep" for each in work),
        "estimated_minutes": median(each.estimate for each in done if each.estimate),
        "median_minutes": median(minutes),
        "p10_minutes": p(minutes, 1) if len(minutes) > 1 else minutes[0],
        "p90_minutes": p(minutes, 9) if len(minutes) > 1 else minutes[0],
        "ratio": round(statistics.median(ratios), 2) if ratios else None,
        "km_median_minutes": kaplan_meier(work) if censored else None,
        "basis": "kaplan_meier" if censored else "finished",
        "withheld": False,
    }


def after_noon(at: datetime) -> int:
    """Minutes after noon by the wall: 21:40 is 580, 00:40 is 760."""
    wall = at.astimezone(zone_of(ZONE))
    return (wall.hour * 60 + wall.minute - 720) % 1440


def clock(minutes_after_noon: int) -> str:
    """A time on the wall."""
    at = (minutes_after_noon + 720) % 1440
    return f"{at // 60:02}:{at % 60:02}"


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


def asked_of_class(session: Session) -> dict[str, Any]:
    """A homeroom teacher asking about the own class: nothing is withheld."""
    who, post = actor(session, Role.homeroom_teacher)
    assert post.class_id is not None
    return {"actor": who, "class_id": post.class_id, "first": FIRST, "last": LAST, "now": NOW}


def asked_of_school(session: Session) -> dict[str, Any]:
    """The academic office asking about the school."""
    who, post = actor(session, Role.academic_office)
    return {"actor": who, "school_id": post.school_id, "first": FIRST, "last": LAST, "now": NOW}
