"""The grid of a night's paper as a homeroom teacher sees it: columns, a row a pupil, and what each cell holds.

Every cell has the id of its entry, and the same id at every desk: two who type the same sheet meet in one entry and the
second is told, so nothing stands twice. Who may look, and typing it in, is `paper`'s.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.load import Outcome
from backend.domain.paper import Span
from backend.services.planning.plans import tier_document
from backend.storage.models import Assignment
from backend.storage.queries import assignments as plan_queries
from backend.storage.queries import classes as places
from backend.storage.queries import paper as queries


@dataclass(frozen=True)
class Sheet:
    """One pupil's night as the grid knows it."""

    row: Any
    entries: list[Any]

    @property
    def standing(self) -> list[Any]:
        """The entries that were not deleted."""
        return [entry for entry in self.entries if entry.deleted_at is None]


def assignments_of(session: Session, school_id: uuid.UUID, class_id: uuid.UUID, night: dt.date) -> list[Assignment]:
    """The columns, in the school's order of subjects: as on the printed sheet."""
    order = places.subject_codes(session, school_id)
    found = plan_queries.assignments_of_class(session, school_id, class_id, night, night)
    return sorted(found, key=lambda each: order.index(each.subject) if each.subject in order else len(order))


def sheets_of(session: Session, school_id: uuid.UUID, class_id: uuid.UUID, night: dt.date) -> dict[uuid.UUID, Sheet]:
    """Every pupil's night in roll order, in two statements."""
    rows = queries.roll(session, school_id, class_id, night)
    entries: dict[uuid.UUID, list[Any]] = defaultdict(list)
    for entry in queries.entries(session, school_id, [row.id for row in rows], night):
        entries[entry.student_id].append(entry)
    return {row.id: Sheet(row, entries[row.id]) for row in rows}


def column_documents(session: Session, school_id: uuid.UUID, assignments: Sequence[Assignment]) -> list[dict[str, Any]]:
    """The columns with their tiers."""
    tiers = plan_queries.tiers_of(session, school_id, assignments)
    return [
        {
            "id": each.id,
            "subject": each.subject,
            "title": each.title,
            "kind": each.kind.value,
            "place": each.place.value,
            "tiers": [tier_document(tier) for tier in tiers[each.id]],
        }
        for each in assignments
    ]


def spans_of(entry: Any) -> list[Span]:
    """When the work on an entry was, as far as it is over."""
    pairs = ((segment["started_at"], segment["finished_at"]) for segment in entry.segments)
    return [(dt.datetime.fromisoformat(start), dt.datetime.fromisoformat(end)) for start, end in pairs if end]


def row_document(sheet: Sheet, columns: Sequence[uuid.UUID], night: dt.date) -> dict[str, Any]:
    """One pupil's row, a cell a column and one for self-study."""
    row = sheet.row
    return {
        "student_id": row.id,
        "school_number": row.school_number,
        "name": row.name,
        "locked": None if row.may_write else "consent_required",
        "state": row.state.value if row.state else None,
        "version": row.version,
        "cells": [_cell(sheet, each, night) for each in (*columns, None)],
        "lights_out_at": row.lights_out_at,
        "woke_at": row.woke_at,
        "nap_minutes": row.nap_minutes,
        "sleep_version": row.sleep_version,
        "guardian_note": row.guardian_note or "",
        "signed_on_paper": bool(row.signed_on_paper),
        "note_version": row.note_version,
    }


def _cell(sheet: Sheet, assignment_id: uuid.UUID | None, night: dt.date) -> dict[str, Any]:
    """One cell; None is self-study. Several entries, or one that is under way, cannot be typed over."""
    own = [entry for entry in sheet.standing if entry.assignment_id == assignment_id]
    gone = [entry for entry in sheet.entries if entry.assignment_id == assignment_id and entry.deleted_at is not None]
    if not own:
        return _empty_cell(sheet.row.id, assignment_id, night, len(gone))
    spans = [span for entry in own for span in spans_of(entry)]
    return {
        "id": own[0].id,
        "assignment_id": assignment_id,
        "version": own[0].version,
        "minutes": sum(entry.actual_minutes for entry in own),
        "started_at": min((start for start, _ in spans), default=None),
        "finished_at": max((finish for _, finish in spans), default=None),
        "outcome": own[0].outcome,
        "locked": _cell_lock(own),
    }


def _cell_lock(own: Collection[Any]) -> str | None:
    if len(own) > 1:
        return "several_entries"
    under_way = any(entry.outcome is Outcome.in_progress for entry in own)
    return "under_way" if under_way else None


def _empty_cell(
    student_id: uuid.UUID, assignment_id: uuid.UUID | None, night: dt.date, generation: int
) -> dict[str, Any]:
    """The id is the same at every desk; an id that was deleted stays gone, so the next one has another."""
    return {
        "id": uuid.uuid5(student_id, f"paper {night} {assignment_id} {generation}"),
        "assignment_id": assignment_id,
        "version": None,
        "minutes": None,
        "started_at": None,
        "finished_at": None,
        "outcome": None,
        "locked": None,
    }
