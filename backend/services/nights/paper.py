"""Paper typed in by the homeroom teacher: a row a pupil, through the night's one writing path (rule 10).

What the grid shows is `paper_grid`; where minutes without a time lie is `backend.domain.paper`.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backend.domain.errors import NightsheetError, NotFound
from backend.domain.load import Outcome, Segment, Source
from backend.domain.paper import Span, last_minute, lay_out
from backend.domain.sheet import ChangeResult
from backend.services import access, audit
from backend.services.actor import Actor
from backend.services.nights import paper_grid
from backend.services.nights.changes import (
    Change,
    ChangeOutcome,
    DeleteEntry,
    PutEntry,
    PutNote,
    PutSleep,
    Submit,
    Versioning,
    invalid,
)
from backend.services.nights.paper_grid import Sheet, row_document, spans_of
from backend.services.nights.recording import record_changes
from backend.services.school import schools


@dataclass(frozen=True, kw_only=True)
class TypedEntry(Versioning):
    """One cell: minutes, or a start and a finish; neither takes the entry away. No assignment is self-study."""

    id: uuid.UUID
    assignment_id: uuid.UUID | None
    minutes: int | None = None
    started_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    outcome: Outcome = Outcome.finished


@dataclass(frozen=True, kw_only=True)
class TypedSleep(Versioning):
    """Bedtime, waking and nap as the paper says them."""

    lights_out_at: dt.datetime | None
    woke_at: dt.datetime | None
    nap_minutes: int | None


@dataclass(frozen=True)
class TypedRow:
    """What was typed of one pupil since the last save."""

    student_id: uuid.UUID
    entries: tuple[TypedEntry, ...] = ()
    sleep: TypedSleep | None = None
    note: PutNote | None = None


@dataclass(frozen=True)
class RowResult:
    """What became of one row: the changes with their outcomes, or one refusal of the whole row."""

    student_id: uuid.UUID
    outcomes: list[tuple[Change, ChangeOutcome]]
    refused: NightsheetError | None = None


def get_paper(
    session: Session, *, actor: Actor, class_id: uuid.UUID, night: dt.date, now: dt.datetime
) -> dict[str, Any]:
    """The grid of a night: columns and a row a pupil. Homeroom teacher only, else ``NotFound``; audited as a board."""
    place, class_name = _open(session, actor, class_id, night, now)
    _note_look(session, actor, class_id, night, now)
    assignments = paper_grid.assignments_of(session, place.id, class_id, night)
    sheets = paper_grid.sheets_of(session, place.id, class_id, night)
    columns = [each.id for each in assignments]
    return {
        "class_id": class_id,
        "class_name": class_name,
        "night": night,
        "assignments": paper_grid.column_documents(session, place.id, assignments),
        "students": [row_document(sheet, columns, night) for sheet in sheets.values()],
    }


def record_paper(
    session: Session,
    *,
    actor: Actor,
    token_hash: bytes,
    class_id: uuid.UUID,
    night: dt.date,
    rows: Sequence[TypedRow],
    now: dt.datetime,
) -> dict[str, Any]:
    """Write typed rows, each as one list of changes: ``{results: [RowResult], students: […]}``, as they now stand.

    One bad row or cell never blocks the others. Raises ``NotFound`` to all but the homeroom teacher, and
    ``Contention`` like every writer.
    """
    place, _ = _open(session, actor, class_id, night, now)
    before = paper_grid.sheets_of(session, place.id, class_id, night)
    zone = ZoneInfo(place.school.zone)
    results = [_record(session, token_hash, before.get(row.student_id), row, night, zone, now) for row in rows]
    columns = [each.id for each in paper_grid.assignments_of(session, place.id, class_id, night)]
    after = paper_grid.sheets_of(session, place.id, class_id, night)
    shown = [after[row.student_id] for row in rows if row.student_id in after]
    if any(not is_written(each) for each in results if each.student_id in after):
        # Nothing was changed, so no change is in the audit log, and yet the answer shows what stands.
        _note_look(session, actor, class_id, night, now)
    return {"results": results, "students": [row_document(sheet, columns, night) for sheet in shown]}


def _note_look(session: Session, actor: Actor, class_id: uuid.UUID, night: dt.date, now: dt.datetime) -> None:
    details = {"view": "homeroom", "form": "paper"}
    audit.record(
        session, actor=actor, action="class.board_opened", now=now, class_id=class_id, night=night, details=details
    )


def _open(
    session: Session, actor: Actor, class_id: uuid.UUID, night: dt.date, now: dt.datetime
) -> tuple[schools.SchoolToday, str]:
    place = schools.get_school(session, school_id=actor.school, now=now)
    visible = access.homeroom(actor, class_id, night, today=place.today)
    return place, schools.get_class(session, school_id=place.id, class_id=class_id, visible=visible).name


def _record(
    session: Session,
    token_hash: bytes,
    sheet: Sheet | None,
    typed: TypedRow,
    night: dt.date,
    zone: ZoneInfo,
    now: dt.datetime,
) -> RowResult:
    if sheet is None:
        return RowResult(typed.student_id, [], NotFound("no such pupil in this class that night"))
    changes = _changes(sheet, typed, night, zone, now)
    try:
        made = record_changes(
            session, token_hash=token_hash, student_id=typed.student_id, night=night, changes=changes, now=now
        )
    except NightsheetError as error:
        return RowResult(typed.student_id, [(change, invalid(error)) for change in changes], error)
    return RowResult(typed.student_id, list(zip(changes, made.outcomes, strict=True)))


def _changes(sheet: Sheet, typed: TypedRow, night: dt.date, zone: ZoneInfo, now: dt.datetime) -> list[Change]:
    """The row as changes of the night. A paper that was typed in has been handed in."""
    spans = _spans(sheet, typed, night, zone, now)
    changes: list[Change] = [_entry_change(sheet, entry, spans.get(entry.id)) for entry in typed.entries]
    if typed.sleep is not None:
        changes.append(_sleep_change(typed.sleep))
    if typed.note is not None:
        changes.append(typed.note)
    return [*changes, Submit()]


def _spans(sheet: Sheet, typed: TypedRow, night: dt.date, zone: ZoneInfo, now: dt.datetime) -> dict[uuid.UUID, Span]:
    """When each typed cell's work was: as stated, else laid into what the other entries leave free."""
    stated = {each.id: (each.started_at, each.finished_at) for each in typed.entries if each.started_at is not None}
    laid = [each for each in typed.entries if each.minutes is not None and each.started_at is None]
    typed_ids = {each.id for each in typed.entries}
    kept = [span for entry in sheet.standing if entry.id not in typed_ids for span in spans_of(entry)]
    taken = [*kept, *((start, finish) for start, finish in stated.values() if finish is not None)]
    lights_out_at = typed.sleep.lights_out_at if typed.sleep else sheet.row.lights_out_at
    end = last_minute(night, zone, lights_out_at=lights_out_at, now=now)
    places = lay_out([each.minutes or 0 for each in laid], taken, end=end)
    return {entry_id: (start, finish or start) for entry_id, (start, finish) in stated.items()} | {
        each.id: span for each, span in zip(laid, places, strict=True)
    }


def _entry_change(sheet: Sheet, typed: TypedEntry, span: Span | None) -> Change:
    versioning = {name: getattr(typed, name) for name in Versioning.__dataclass_fields__}
    if span is None:
        return DeleteEntry(id=typed.id, **versioning)
    stored = next((entry for entry in sheet.standing if entry.id == typed.id), None)
    return PutEntry(
        id=typed.id,
        assignment_id=typed.assignment_id,
        subject=stored.subject if stored and typed.assignment_id is None else None,
        title=stored.title if stored and typed.assignment_id is None else "",
        tier=stored.tier if stored else None,
        place=stored.place if stored else None,
        outcome=typed.outcome,
        segments=(Segment(*span, source=Source.typed),) if span[0] != span[1] else (),
        **versioning,
    )


def _sleep_change(typed: TypedSleep) -> PutSleep:
    versioning = {name: getattr(typed, name) for name in Versioning.__dataclass_fields__}
    return PutSleep(
        lights_out_at=typed.lights_out_at, woke_at=typed.woke_at, nap_minutes=typed.nap_minutes, **versioning
    )


def is_written(result: RowResult) -> bool:
    """Whether anything of the row was stored."""
    return any(outcome.result is ChangeResult.applied for _, outcome in result.outcomes)
