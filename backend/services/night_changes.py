"""How each kind of change alters a night in memory (rules 9 and 10). Nothing is saved here.

Each function answers with a ``ChangeOutcome``, or raises a ``NightsheetError`` that becomes an invalid one.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from backend.domain.errors import FieldProblem, Forbidden, Invalid, NotSubmitted, VersionMismatch
from backend.domain.load import Outcome, Source
from backend.domain.night import check_lights_out, check_waking
from backend.domain.sheet import (
    CLOCK_TOLERANCE,
    ChangeResult,
    Fact,
    SheetState,
    decide_change,
    may_confirm,
    next_version,
    state_after_submission,
)
from backend.services import entry_changes
from backend.services.actor import ActorKind
from backend.services.changes import (
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
from backend.services.night_state import (
    NightState,
    check_consent,
    check_enrolled,
    check_night_open,
    may_write,
    rfc3339,
    version_of,
)
from backend.storage.base import new_id
from backend.storage.queries.json_rows import Row

LONGEST_NAP_MINUTES = 300


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


def _versioned(state: NightState, row: Row | None, change: Versioning) -> tuple[ChangeResult, Row]:
    """Whether a versioned change is taken, and the versioning columns of the record if it is."""
    stored = version_of(row)
    installation = str(change.installation_id)
    result = decide_change(
        stored, base_version=change.base_version, installation_id=installation, revision=change.revision
    )
    if result is ChangeResult.invalid:
        raise Invalid("numbers that cannot be", fields=[FieldProblem("revision", "out_of_range")])
    after = next_version(stored, installation_id=installation, revision=change.revision)
    columns = {
        "version": after.version,
        "installation_id": change.installation_id,
        "revision": change.revision,
        "revisions": {key: value for key, value in after.seen.items() if key},
        "changed_by": state.actor.id,
        "changed_at": state.now,
        "change_counter": state.counter,
    }
    return result, columns


def put_entry(state: NightState, change: PutEntry) -> ChangeOutcome:
    """Add or change an entry."""
    stored = state.entries.get(change.id)
    if stored is not None and stored["night"] != state.night:
        raise Invalid("the id names an entry of another night", fields=[FieldProblem("id", "other_night")])
    result, columns = _versioned(state, stored, change)
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
    result, columns = _versioned(state, stored, change)
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
    result, columns = _versioned(state, state.sleep, change)
    if result is not ChangeResult.applied:
        return ChangeOutcome(result, state.sleep)
    times = _sleep_times(state, change)
    _note_sleep_facts(state, times)
    _set_sleep(state, columns | times, change.source)
    if times["lights_out_at"] is not None:
        submit(state, Submit())
    return ChangeOutcome(ChangeResult.applied, state.sleep)


def _sleep_times(state: NightState, change: PutSleep) -> Row:
    shift = state.offset if change.source is Source.timer and abs(state.offset) > CLOCK_TOLERANCE else dt.timedelta()
    lights_out_at = None if change.lights_out_at is None else change.lights_out_at + shift
    woke_at = None if change.woke_at is None else change.woke_at + shift
    problems: list[FieldProblem] = []
    if lights_out_at is not None:
        problems += check_lights_out(state.night, state.zone, lights_out_at, now=state.now)
    if woke_at is not None:
        problems += check_waking(state.night, state.zone, woke_at, lights_out_at, now=state.now)
    if change.nap_minutes is not None and not 0 <= change.nap_minutes <= LONGEST_NAP_MINUTES:
        problems.append(FieldProblem("nap_minutes", "out_of_range"))
    if problems:
        raise Invalid("these times cannot be", fields=problems)
    return {"lights_out_at": lights_out_at, "woke_at": woke_at, "nap_minutes": change.nap_minutes}


def _note_sleep_facts(state: NightState, times: Row) -> None:
    before = state.sleep or {"lights_out_at": None, "woke_at": None, "nap_minutes": None}
    if times["lights_out_at"] != before["lights_out_at"]:
        first = before["lights_out_at"] is None
        state.facts.append((Fact.first_lights_out if first else Fact.lights_out_changed, None))
    if times["woke_at"] != before["woke_at"]:
        state.facts.append((Fact.waking, None))
    if times["nap_minutes"] != before["nap_minutes"]:
        state.facts.append((Fact.nap, None))


def _set_sleep(state: NightState, columns: Row, source: Source) -> None:
    figures = dict(state.sleep["figures"]) if state.sleep else {}
    figures[str(state.actor.id)] = {
        "kind": state.actor.kind.value,
        "at": rfc3339(state.now),
        "lights_out_at": None if columns["lights_out_at"] is None else rfc3339(columns["lights_out_at"]),
        "woke_at": None if columns["woke_at"] is None else rfc3339(columns["woke_at"]),
        "nap_minutes": columns["nap_minutes"],
    }
    state.sleep = state.key | columns | {"source": source.value, "figures": figures, "is_late": is_late(state)}
    state.touched_sleep = True
    state.audit.append(("sleep.recorded", {"version": columns["version"]}))


def put_note(state: NightState, change: PutNote) -> ChangeOutcome:
    """The guardian's line: also typed in by the homeroom teacher from paper."""
    if state.actor.kind is ActorKind.STUDENT:
        raise Forbidden("the line is the guardian's")
    result, columns = _versioned(state, state.note, change)
    if result is not ChangeResult.applied:
        return ChangeOutcome(result, state.note)
    state.note = state.key | columns | {"guardian_note": change.guardian_note}
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
    _stop_lights_out(state, change)
    for row in _in_progress(state):
        stopped = row | {
            "outcome": Outcome.stopped_for_sleep,
            "segments": entry_changes.closed(state, row["segments"]),
            **_of_no_phone(row),
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


def _of_no_phone(row: Row | None) -> Row:
    """Versioning of a write by no phone's record: to every phone it is another's, and what it knew is stale."""
    seen = dict(row["revisions"] or {}) if row else {}
    if row and row["installation_id"]:
        seen[str(row["installation_id"])] = row["revision"]
    return {"installation_id": None, "revision": 0, "revisions": seen}


def _in_progress(state: NightState) -> list[Row]:
    return [row for row in state.standing_entries() if row["outcome"] is Outcome.in_progress]


def _stop_lights_out(state: NightState, change: Stop) -> None:
    if change.lights_out_at is None or state.lights_out_at is not None:
        return
    sleep = state.sleep
    put = PutSleep(
        base_version=None,
        installation_id=new_id(),
        revision=1,
        lights_out_at=change.lights_out_at,
        woke_at=sleep["woke_at"] if sleep else None,
        nap_minutes=sleep["nap_minutes"] if sleep else None,
    )
    times = _sleep_times(state, put)
    _note_sleep_facts(state, times)
    kept = _of_no_phone(sleep)
    version = {"version": sleep["version"] + 1 if sleep else 1, "change_counter": state.counter}
    _set_sleep(state, kept | version | times | {"changed_by": state.actor.id, "changed_at": state.now}, Source.typed)


def confirm(state: NightState, change: Confirm) -> ChangeOutcome:
    """A guardian approves the version named: the one that stands, and no other."""
    if not state.by_guardian:
        raise Forbidden("a guardian confirms")
    if state.state is SheetState.open:
        raise NotSubmitted("an open sheet cannot be confirmed")
    mine = [row for row in state.confirmations.values() if row["guardian_id"] == state.actor.id]
    if any(row["sheet_version"] == change.sheet_version and row["withdrawn_at"] is None for row in mine):
        return ChangeOutcome(ChangeResult.same)
    if not may_confirm(state.state, named_version=change.sheet_version, sheet_version=state.sheet["version"]):
        raise VersionMismatch("the sheet has changed since", params={"version": state.sheet["version"]})
    add_confirmation(state, version=change.sheet_version, by_amendment=False)
    state.state = SheetState.confirmed
    state.audit.append(("sheet.confirmed", {"version": change.sheet_version}))
    return ChangeOutcome(ChangeResult.applied)


def add_confirmation(state: NightState, *, version: int, by_amendment: bool) -> None:
    """Note the acting guardian's approval of a version."""
    row = state.key | {
        "id": new_id(),
        "guardian_id": state.actor.id,
        "sheet_version": version,
        "confirmed_at": state.now,
        "by_amendment": by_amendment,
        "withdrawn_at": None,
        "withdrawn_because": None,
    }
    state.confirmations[row["id"]] = row
    state.touched_confirmations.add(row["id"])


def mark_review(state: NightState, change: MarkReview) -> ChangeOutcome:
    """The homeroom teacher has read the sheet; a separate mark on any submitted sheet."""
    if state.actor.kind is not ActorKind.STAFF or not state.relation.is_homeroom:
        raise Forbidden("the homeroom teacher reviews")
    if state.state is SheetState.open:
        raise NotSubmitted("an open sheet cannot be reviewed")
    if change.sheet_version != state.sheet["version"]:
        raise VersionMismatch("the sheet has changed since", params={"version": state.sheet["version"]})
    stated = {"sheet_version": change.sheet_version, "teacher_reply": change.teacher_reply}
    if state.review is not None and stated.items() <= state.review.items():
        return ChangeOutcome(ChangeResult.same, state.review)
    state.review = (
        state.key
        | stated
        | {
            "reviewed_by": state.actor.id,
            "reviewed_at": state.now,
            "change_counter": state.counter,
        }
    )
    state.touched_review = True
    state.audit.append(("sheet.reviewed", {"version": change.sheet_version}))
    return ChangeOutcome(ChangeResult.applied, state.review)


def is_late(state: NightState) -> bool:
    """Whether what is changed now is marked as late."""
    return entry_changes.is_late(state)


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
