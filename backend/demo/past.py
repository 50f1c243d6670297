"""Marks that keep the worker from reminding anybody of the night before: it happened only as data.

A reminder goes out once for its key (code, recipient, subject, night, occasion). For whatever a tick could still find
due, the key is taken here, by a row that says that it was dropped and why.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.demo.people import Population, Row, Rows, made_id
from backend.domain.sheet import SheetState
from backend.storage.models import OutboxState

REASON = "demonstration"
#: Code and occasions of what a family can be told of a night that is over.
_OF_FAMILY = (
    ("confirm_sheet", 1),
    ("confirm_sheet", 2),
    ("sleep_short", 1),
    ("bedtime_passed", 1),
    ("wind_down", 1),
    ("cap_reached", 1),
)


def taken_keys(school: Population, night_rows: Rows, now: datetime) -> Rows:
    """Outbox rows for every reminder that last night's sheets could still cause."""
    guardians = {pupil.id: pupil.guardians for class_ in school.classes for pupil in class_.pupils}
    sleeps = {row["student_id"] for row in night_rows.get("sleeps", [])}
    rows: Rows = defaultdict(list)
    for sheet in night_rows.get("night_sheets", []):
        for code, occasion in _codes(sheet, has_lights_out=sheet["student_id"] in sleeps):
            for guardian in guardians[sheet["student_id"]]:
                rows["outbox"].append(_row(school, sheet, guardian, code, occasion, now))
    return rows


def _codes(sheet: Mapping[str, Any], *, has_lights_out: bool) -> Iterator[tuple[str, int]]:
    """Which of them have a reason in the sheet."""
    cap = sheet["cap_minutes"]
    reasons = {
        "confirm_sheet": sheet["state"] is SheetState.submitted,
        "sleep_short": bool(sheet["sleep_short_by_minutes"]),
        "bedtime_passed": not has_lights_out,
        "wind_down": not has_lights_out,
        "cap_reached": cap is not None and sheet["capped_minutes"] > cap,
    }
    return ((code, occasion) for code, occasion in _OF_FAMILY if reasons[code])


def _row(school: Population, sheet: Row, guardian: UUID, code: str, occasion: int, now: datetime) -> Row:
    student_id, night = sheet["student_id"], sheet["night"]
    return {
        "school_id": school.school_id,
        "id": made_id(school.seed, "past", code, occasion, guardian, student_id, night),
        "code": code,
        "recipient_id": guardian,
        "subject_id": student_id,
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
