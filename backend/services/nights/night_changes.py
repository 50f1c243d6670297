"""How each kind of change alters a night in memory (rules 9 and 10). Nothing is saved here.

Each function answers with a ``ChangeOutcome``, or raises a ``NightsheetError`` that becomes an invalid one.
"""

from collections.abc import Callable
from typing import Any

from backend.domain.errors import FieldProblem, Forbidden, Invalid
from backend.domain.load import Outcome
from backend.domain.sheet import (
    ChangeResult,
    Fact,
    state_after_submission,
)
from backend.services.actor import ActorKind
from backend.services.nights import entry_changes
from backend.services.nights.approvals import confirm, mark_review
from backend.services.nights.changes import (
    Change,
    ChangeOutcome,
    Confirm,
    DeleteEntry,
    MarkReview,
    PutEntry,
    PutNote,
    PutSleep,
    Stop,
    Submit,
    Versioning,
)
from backend.services.nights.night_state import (
    NightState,
    check_consent,
    check_enrolled,
    check_night_open,
    may_write,
    version_of,
)
from backend.services.nights.record_versions import of_no_phone, versioned
from backend.services.nights.sleep_changes import note_sleep_facts, set_sleep, sleep_times, stop_lights_out
from backend.storage.queries.json_rows import Row


def apply_change(state: NightState, change: Change) -> ChangeOutcome:
    """Alter ``state`` by one change. A resend of what was taken is known again whatever has changed since."""
    resent = _resent(state, change)
    if resent is not None:
        return resent
    check_night_open(state)
    check_enrolled(state)
    if not isinstance(change, (DeleteEntry, Confirm, MarkReview)):
        check_consent(state)
    if state.actor.kind is ActorKind.TABLET and not isinstance(change, PutEntry):
        raise Forbidden("the class tablet only adds entries")
    return _APPLY[type(change)](state, change)


def _resent(state: NightState, change: Change) -> ChangeOutcome | None:
    """`same` for a revision that this phone has had taken already (rule 10)."""
    if not isinstance(change, Versioning):
        return None
    row = _record_of(state, change)
    stored = version_of(row)
    known = stored is not None and 0 < change.revision <= stored.revision_of(str(change.installation_id))
    return ChangeOutcome(ChangeResult.same, row) if known else None


def _record_of(state: NightState, change: Versioning) -> Row | None:
    if isinstance(change, PutEntry | DeleteEntry):
        row = state.entries.get(change.id)
        return row if row is not None and row["night"] == state.night else None
    return state.sleep if isinstance(change, PutSleep) else state.note


def put_entry(state: NightState, change: PutEntry) -> ChangeOutcome:
    """Add or change an entry."""
    stored = state.entries.get(change.id)
    if stored is not None and stored["night"] != state.night:
        raise Invalid("the id names an entry of another night", fields=[FieldProblem("id", "other_night")])
    result, columns = versioned(state, stored, change)
    if result is not ChangeResult.applied:
        return ChangeOutcome(result, stored)
    row = entry_changes.entry_row(state, stored, change) | columns
    fact = entry_changes.fact_of(stored, row)
    if fact is not None:
        state.facts.append((fact, change.id))
    state.entries[change.id] = row
    state.touched.add(change.id)
    return ChangeOutcome(ChangeResult.applied, row)


def delete_entry(state: NightState, change: DeleteEntry) -> ChangeOutcome:
    """Remove an entry. The deletion may overtake the entry itself: the id is then gone before it came (rule 10)."""
    stored = state.entries.get(change.id)
    if stored is not None and stored["night"] != state.night:
        raise Invalid("the id names an entry of another night", fields=[FieldProblem("id", "other_night")])
    result, columns = versioned(state, stored, change)
    if result is not ChangeResult.applied:
        return ChangeOutcome(result, stored)
    if stored is not None:
        state.facts.append((Fact.entry_removed, change.id))
    elif not may_write(state):
        return ChangeOutcome(ChangeResult.gone)
    before = stored or entry_changes.empty_row(state, change.id)
    row = before | columns | {"deleted_at": state.now, "segments": [], "actual_minutes": 0}
    state.entries[change.id] = row
    state.touched.add(change.id)
    return ChangeOutcome(ChangeResult.applied, row)


def put_sleep(state: NightState, change: PutSleep) -> ChangeOutcome:
    """Log lights-out, waking or nap. Logging lights-out submits."""
    result, columns = versioned(state, state.sleep, change)
    if result is not ChangeResult.applied:
        return ChangeOutcome(result, state.sleep)
    times = sleep_times(state, change)
    note_sleep_facts(state, times)
    set_sleep(state, columns | times, change.source)
    if times["lights_out_at"] is not None:
        submit(state, Submit())
    return ChangeOutcome(ChangeResult.applied, state.sleep)


def put_note(state: NightState, change: PutNote) -> ChangeOutcome:
    """The guardian's line: also typed in by the homeroom teacher from paper."""
    if state.actor.kind is ActorKind.STUDENT:
        raise Forbidden("the line is the guardian's")
    result, columns = versioned(state, state.note, change)
    if result is not ChangeResult.applied:
        return ChangeOutcome(result, state.note)
    signed = change.signed_on_paper
    if signed is None:
        signed = bool(state.note and state.note["signed_on_paper"])
    state.note = state.key | columns | {"guardian_note": change.guardian_note, "signed_on_paper": signed}
    state.touched_note = True
    state.facts.append((Fact.note, None))
    state.audit.append(("note.recorded", {"version": columns["version"]}))
    return ChangeOutcome(ChangeResult.applied, state.note)


def submit(state: NightState, _change: Submit) -> ChangeOutcome:
    """Hand the sheet in. A guardian's own submission is confirmed by that act."""
    if state.sheet["submitted_at"] is not None:
        return ChangeOutcome(ChangeResult.same)
    state.sheet |= {"submitted_at": state.now, "submitted_by": state.actor.id}
    state.touched_sheet = state.submitted_now = True
    state.state = state_after_submission(state.state, by_guardian=state.by_guardian)
    state.audit.append(("sheet.submitted", {}))
    return ChangeOutcome(ChangeResult.applied)


def stop(state: NightState, change: Stop) -> ChangeOutcome:
    """A guardian ends the evening: what is unfinished is noted as stopped for sleep, and lights go out."""
    if not state.by_guardian:
        raise Forbidden("a guardian stops the evening")
    says_bedtime = change.lights_out_at is not None and state.lights_out_at is None
    if state.sheet["submitted_at"] is not None and not _in_progress(state) and not says_bedtime:
        return ChangeOutcome(ChangeResult.same)
    stop_lights_out(state, change)
    for row in _in_progress(state):
        stopped = row | {
            "outcome": Outcome.stopped_for_sleep,
            "segments": entry_changes.closed(state, row["segments"]),
            **of_no_phone(row),
            "version": row["version"] + 1,
            "changed_by": state.actor.id,
            "changed_at": state.now,
            "change_counter": state.counter,
        }
        state.entries[row["id"]] = stopped
        state.touched.add(row["id"])
        state.facts.append((Fact.entry_changed, row["id"]))
    submit(state, Submit())
    state.audit.append(("evening.stopped", {}))
    return ChangeOutcome(ChangeResult.applied)


def _in_progress(state: NightState) -> list[Row]:
    return [row for row in state.standing_entries() if row["outcome"] is Outcome.in_progress]


_APPLY: dict[type, Callable[[NightState, Any], ChangeOutcome]] = {
    PutEntry: put_entry,
    DeleteEntry: delete_entry,
    PutSleep: put_sleep,
    PutNote: put_note,
    Submit: submit,
    Stop: stop,
    Confirm: confirm,
    MarkReview: mark_review,
}
