"""The one writing path of a night: read, apply the changes, save, in three statements (docs/architecture.md)."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.domain.errors import NightsheetError, NotFound, PasswordChangeRequired, Unauthenticated
from backend.domain.sheet import Fact, SheetState, confirmation_survives, state_after_change
from backend.services import audit
from backend.services.actor import ActorKind, check_session
from backend.services.nights.approvals import add_confirmation
from backend.services.nights.changes import Change, ChangeOutcome, DeleteEntry, PutEntry, invalid
from backend.services.nights.entry_changes import is_late
from backend.services.nights.night_changes import apply_change
from backend.services.nights.night_figures import add_up, add_up_sleep
from backend.services.nights.night_state import NightState, check_sees, may_write
from backend.storage.queries import night_writing as statements

PEOPLE = frozenset({ActorKind.STUDENT, ActorKind.GUARDIAN, ActorKind.STAFF})


class Contention(Exception):
    """Another writer of the same student came first: roll back and do the whole request again. Nothing was saved."""


@dataclass(frozen=True)
class Recorded:
    """What became of a list of changes to one night, and the night as it now stands."""

    outcomes: list[ChangeOutcome]
    state: NightState
    changed: bool
    looked: bool = False
    """Staff were refused and shown what stands instead: a read, which is in the audit log now and has to be kept."""


def record_changes(
    session: Session,
    *,
    token_hash: bytes,
    student_id: uuid.UUID,
    night: dt.date,
    changes: Sequence[Change],
    now: dt.datetime,
    offset: dt.timedelta = dt.timedelta(),
    admits: frozenset[ActorKind] = PEOPLE,
) -> Recorded:
    """Apply changes to one night in order; one that is refused leaves the others alone.

    ``offset`` is what must be added to the phone's clock; ``admits`` are the kinds of holder that may come this way
    (the class tablet only by its own, which asks for a picture code). Raises what concerns the whole night:
    ``Unauthenticated`` and its kin; ``NotFound`` for a student who is unknown or not the actor's to see; ``Contention``
    when another writer of the same student came first, upon which the edge rolls back and calls again.
    """
    state = read_night(
        session, token_hash=token_hash, student_id=student_id, night=night, changes=changes, now=now, offset=offset
    )
    if state.actor.kind not in admits:
        raise NotFound("no such student")
    outcomes = [_outcome(state, change) for change in changes]
    if state.changed:
        settle(state)
        if state.touched_sleep:
            add_up_sleep(session, state)
        save(session, state)
    looked = not state.changed and state.actor.kind is ActorKind.STAFF and any(each.record for each in outcomes)
    if looked:
        _note_look(session, state)
    return Recorded(outcomes, state, state.changed, looked)


def _note_look(session: Session, state: NightState) -> None:
    audit.record(
        session,
        actor=state.actor,
        action="night.read",
        now=state.now,
        class_id=state.class_id,
        student_id=state.student_id,
        night=state.night,
        details={"nights": 1},
    )


def read_night(
    session: Session,
    *,
    token_hash: bytes,
    student_id: uuid.UUID,
    night: dt.date,
    changes: Sequence[Change],
    now: dt.datetime,
    offset: dt.timedelta,
) -> NightState:
    """The night as it stands, for an actor who may see it."""
    row = statements.open_night(
        session,
        token_hash=token_hash,
        student_id=student_id,
        night=night,
        entry_ids=list({change.id: None for change in changes if isinstance(change, (PutEntry, DeleteEntry))}),
        assignment_ids=list(
            {c.assignment_id: None for c in changes if isinstance(c, PutEntry) and c.assignment_id is not None}
        ),
    )
    if row is None:
        raise Unauthenticated("unknown token")
    check_session(row.session, now)
    if row.session.must_change:
        raise PasswordChangeRequired("the first password has to be changed before anything else")
    state = NightState(row, student_id, night, now, offset)
    check_sees(state)
    return state


def _outcome(state: NightState, change: Change) -> ChangeOutcome:
    try:
        return apply_change(state, change)
    except NightsheetError as error:
        return invalid(error)


def settle(state: NightState) -> None:
    """Bring everything that follows from the changes up to date: state, confirmations, version, figures."""
    facts = [fact for fact, _ in state.facts]
    survives = confirmation_survives(facts)
    if not survives or Fact.first_lights_out in facts or state.read.sheet is None:
        state.sheet["version"] += 1
    if state.sheet["submitted_at"] is not None:
        state.state = state_after_change(state.state, facts, by_guardian=state.by_guardian)
    if not survives:
        _withdraw(state)
    if not survives or state.submitted_now:
        state.sheet["is_late"] = state.sheet["is_late"] or is_late(state)
    if state.by_guardian and state.state is SheetState.confirmed and (not survives or state.submitted_now):
        _confirm_by_act(state)
    add_up(state)
    state.sheet |= {"change_counter": state.counter, "changed_at": state.now}


def _withdraw(state: NightState) -> None:
    """A change of what was confirmed withdraws every standing confirmation and says what changed (rule 9)."""
    because = [
        {"what": fact.value, "record": None if record is None else str(record), "by": str(state.actor.id)}
        for fact, record in state.facts
        if not confirmation_survives([fact])
    ]
    for row in list(state.confirmations.values()):
        if row["id"] not in state.touched_confirmations and row["withdrawn_at"] is None:
            state.confirmations[row["id"]] = row | {"withdrawn_at": state.now, "withdrawn_because": because}
            state.touched_confirmations.add(row["id"])


def _confirm_by_act(state: NightState) -> None:
    version = state.sheet["version"]
    standing = [row for row in state.confirmations.values() if row["withdrawn_at"] is None]
    if not any(row["sheet_version"] == version for row in standing):
        add_confirmation(state, version=version, by_amendment=True)


def save(session: Session, state: NightState) -> None:
    """Write what was touched; raises ``Contention`` when another writer came first."""
    read_counter = None if state.read.sheet is None else state.read.sheet["change_counter"]
    if not statements.save_sheet(session, state.sheet, read_counter=read_counter, may_write=may_write(state)):
        raise Contention
    statements.save_entries(session, [state.entries[entry_id] for entry_id in sorted(state.touched)])
    if state.touched_sleep and state.sleep is not None:
        statements.save_sleep(session, state.sleep)
    if state.touched_note and state.note is not None:
        statements.save_note(session, state.note)
    if state.touched_review and state.review is not None:
        statements.save_review(session, state.review)
    statements.save_confirmations(session, [state.confirmations[row] for row in sorted(state.touched_confirmations)])
    for action, details in state.audit:
        audit.record(
            session,
            actor=state.actor,
            action=action,
            now=state.now,
            class_id=state.sheet["class_id"],
            student_id=state.student_id,
            night=state.night,
            details=details,
        )
