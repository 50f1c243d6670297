"""A guardian's confirmation of one version of a sheet, and the homeroom teacher's mark that it was read (rule 9)."""

from backend.domain.errors import Forbidden, NotSubmitted, VersionMismatch
from backend.domain.sheet import ChangeResult, SheetState, may_confirm
from backend.services.actor import ActorKind
from backend.services.nights.changes import ChangeOutcome, Confirm, MarkReview
from backend.services.nights.night_state import NightState
from backend.storage.base import new_id


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
    if not change.with_class:
        state.audit.append(("sheet.reviewed", {"version": change.sheet_version}))
    return ChangeOutcome(ChangeResult.applied, state.review)
