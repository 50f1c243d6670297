"""Marks that keep the worker from reminding anybody of what happened only as data: last night, and today's plans.

A reminder goes out once for its key (code, recipient, subject, night, occasion). For whatever a tick could still find
due, the key is taken here, by a row that says that it was dropped and why. What nobody has published today may be asked
for: that is no past.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from backend.demo.people import Population, Row, Rows, made_id
from backend.domain.sheet import SheetState
from backend.storage.base import NO_SUBJECT
from backend.storage.models import OutboxState

REASON = "demonstration"
FRIDAY = 5
#: Code and occasions of what a family can be told of a night that is over.
_OF_FAMILY = (
    ("confirm_sheet", 1),
    ("confirm_sheet", 2),
    ("sleep_short", 1),
    ("bedtime_passed", 1),
    ("wind_down", 1),
    ("cap_reached", 1),
    ("streak", 1),
)


def taken_keys(school: Population, night_rows: Rows, night: date, now: datetime) -> Rows:
    """Outbox rows for every reminder that last night's sheets could still cause."""
    guardians = {pupil.id: pupil.guardians for class_ in school.classes for pupil in class_.pupils}
    sleeps = {row["student_id"] for row in night_rows.get("sleeps", [])}
    rows: Rows = defaultdict(list)
    for sheet in night_rows.get("night_sheets", []):
        for code, occasion in _codes(sheet, has_lights_out=sheet["student_id"] in sleeps):
            for guardian in guardians[sheet["student_id"]]:
                rows["outbox"].append(_row(school, guardian, code, now, night, sheet["student_id"], occasion))
    rows["outbox"] += [_row(school, person, "class_over_cap", now, night) for person in _staff(school)]
    return rows


def plan_keys(school: Population, plans: Rows, now: datetime) -> Rows:
    """Outbox rows for the plans over the cap among the homework that the demonstration brings."""
    homerooms = {class_.id: class_.homeroom for class_ in school.classes}
    over = {(row["class_id"], row["given_on"]) for row in plans.get("assignments", []) if row["over_cap_minutes"]}
    return {
        "outbox": [
            _row(school, person, "plan_over_cap", now, night, class_id)
            for class_id, night in sorted(over)
            for person in {homerooms[class_id], *school.offices}
        ]
    }


def week_keys(school: Population, today: date, now: datetime) -> Rows:
    """Outbox rows for this Friday's digests, which would tell of the demonstration's week."""
    if today.isoweekday() != FRIDAY:
        return {}
    guardians = {each for class_ in school.classes for pupil in class_.pupils for each in pupil.guardians}
    people = sorted(guardians | _staff(school))
    return {"outbox": [_row(school, person, "weekly_digest", now, today) for person in people]}


def _staff(school: Population) -> set[UUID]:
    teachers: Iterable[UUID] = (each for class_ in school.classes for each in class_.teachers.values())
    return {*teachers, *(class_.homeroom for class_ in school.classes), *school.offices}


def _codes(sheet: Mapping[str, Any], *, has_lights_out: bool) -> Iterator[tuple[str, int]]:
    """Which of them have a reason in the sheet."""
    cap = sheet["cap_minutes"]
    over, short = cap is not None and sheet["capped_minutes"] > cap, bool(sheet["sleep_short_by_minutes"])
    reasons = {
        "confirm_sheet": sheet["state"] is SheetState.submitted,
        "sleep_short": short,
        "bedtime_passed": not has_lights_out,
        "wind_down": not has_lights_out,
        "cap_reached": over,
        "streak": over or short,
    }
    return ((code, occasion) for code, occasion in _OF_FAMILY if reasons[code])


def _row(
    school: Population,
    person: UUID,
    code: str,
    now: datetime,
    night: date,
    subject_id: UUID = NO_SUBJECT,
    occasion: int = 1,
) -> Row:
    return {
        "school_id": school.school_id,
        "id": made_id(school.seed, "past", code, occasion, person, subject_id, night),
        "code": code,
        "recipient_id": person,
        "subject_id": subject_id,
        "night": night,
        "occasion": occasion,
        "params": {},
        "state": OutboxState.DROPPED,
        "created_at": now,
        "due_at": now,
        "expires_at": now,
        "outcome_reason": REASON,
        "finished_at": now,
    }
