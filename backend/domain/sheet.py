"""Rules 9 and 10 (states, offline phones): what a change does to a sheet, and whether it is taken at all.

Decides on versions and states only; storing them, and telling people, are elsewhere. Figures are `load.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum

from backend.domain.segments import ClockMark, Segment, Source

OFFSET_TOLERANCE = timedelta(seconds=60)


class SheetState(Enum):
    """Where a sheet stands; `review` is a separate mark on any submitted or confirmed sheet."""

    open = "open"
    submitted = "submitted"
    confirmed = "confirmed"


class Fact(Enum):
    """What a change touched."""

    entry_added = "entry_added"
    entry_changed = "entry_changed"
    entry_removed = "entry_removed"
    lights_out_changed = "lights_out_changed"
    first_lights_out = "first_lights_out"
    waking = "waking"
    nap = "nap"
    note = "note"
    reply = "reply"
    review = "review"


class ChangeResult(Enum):
    """What became of one change in a batch."""

    applied = "applied"
    same = "same"
    conflict = "conflict"
    gone = "gone"
    invalid = "invalid"


CONFIRMED_FACTS = frozenset({Fact.entry_added, Fact.entry_changed, Fact.entry_removed, Fact.lights_out_changed})


@dataclass(frozen=True, slots=True)
class RecordVersion:
    """What stands in the store: its version, which phone wrote it last and with which of its own revisions.

    `seen` holds the highest revision taken from each other phone, so that an old resend is known again.
    """

    version: int
    installation_id: str
    revision: int
    deleted: bool = False
    seen: Mapping[str, int] = field(default_factory=dict)

    def revision_of(self, installation_id: str) -> int:
        """The highest revision taken from a phone; 0 for one that never wrote."""
        own = self.revision if installation_id == self.installation_id else 0
        return max(own, self.seen.get(installation_id, 0))


def decide_change(
    stored: RecordVersion | None, *, base_version: int | None, installation_id: str, revision: int
) -> ChangeResult:
    """Whether a change is taken (rule 10); deletes are changes too. In this order:

    - a revision below 1, a base below 0 or no installation is `invalid`;
    - a lower or equal revision from a phone that wrote it already is `same`, on a deleted record too;
    - anything else on a deleted id is `gone`;
    - the phone that wrote last is `applied` whatever its base: a phone's base never falls as its revision rises,
      so only its own writes can have made it stale;
    - another phone must start from the version that stands, else `conflict` (a base from the future too);
    - an id that was never stored is `applied`, with a base as well: a phone may know more than a restored database.
    """
    if revision < 1 or not installation_id or (base_version is not None and base_version < 0):
        return ChangeResult.invalid
    if stored is None:
        return ChangeResult.applied
    if revision <= stored.revision_of(installation_id):
        return ChangeResult.same
    if stored.deleted:
        return ChangeResult.gone
    if installation_id == stored.installation_id or base_version == stored.version:
        return ChangeResult.applied
    return ChangeResult.conflict


def next_version(
    stored: RecordVersion | None, *, installation_id: str, revision: int, deleted: bool = False
) -> RecordVersion:
    """The version after an applied change; every phone's highest revision stays known."""
    if stored is None:
        return RecordVersion(1, installation_id, revision, deleted)
    seen = {**stored.seen, stored.installation_id: stored.revision}
    return RecordVersion(stored.version + 1, installation_id, revision, deleted, seen)


def confirmation_survives(changed_facts: Iterable[Fact]) -> bool:
    """Whether a confirmation stands after a change: only entries and a changed lights-out withdraw it (rule 9)."""
    return CONFIRMED_FACTS.isdisjoint(changed_facts)


def withdrawn_because(changed_facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The facts of a change that withdraw a confirmation, in the order of `Fact`; empty when none does."""
    changed = set(changed_facts)
    return tuple(fact for fact in Fact if fact in changed & CONFIRMED_FACTS)


def state_after_submission(state: SheetState, *, by_guardian: bool = False) -> SheetState:
    """A guardian's own submission is confirmed by that act; a child's leaves a confirmed sheet as it is."""
    if by_guardian:
        return SheetState.confirmed
    return SheetState.submitted if state is SheetState.open else state


def state_after_change(state: SheetState, changed_facts: Iterable[Fact], *, by_guardian: bool = False) -> SheetState:
    """The state after a change: logging lights-out submits; on a submitted sheet a guardian's amendment is confirmed
    by that act, anybody else's change of a confirmed fact withdraws the confirmation."""
    facts = set(changed_facts)
    if state is SheetState.open:
        logs_lights_out = not facts.isdisjoint({Fact.first_lights_out, Fact.lights_out_changed})
        return state_after_submission(state, by_guardian=by_guardian) if logs_lights_out else state
    if confirmation_survives(facts):
        return state
    return SheetState.confirmed if by_guardian else SheetState.submitted


def may_confirm(state: SheetState, *, named_version: int, sheet_version: int) -> bool:
    """A confirmation names the version it approves, and an open sheet cannot be confirmed."""
    return state is not SheetState.open and named_version == sheet_version


def correct_span(
    segment: Segment,
    *,
    start_offset: timedelta,
    finish_offset: timedelta | None,
    tolerance: timedelta = OFFSET_TOLERANCE,
) -> Segment:
    """One timer segment put right by the offsets that held at its start and its finish.

    A clock moved while the page lived has another offset at the finish, and the duration comes out unchanged.
    `finish_offset` None is a jump without server contact: times stay, marked `doubtful`.
    """
    if segment.source is not Source.timer or segment.clock is not ClockMark.ok:
        return segment
    if finish_offset is None:
        return replace(segment, clock=ClockMark.doubtful)
    if max(abs(start_offset), abs(finish_offset)) <= tolerance:
        return segment
    finished_at = None if segment.finished_at is None else segment.finished_at + finish_offset
    return replace(
        segment, started_at=segment.started_at + start_offset, finished_at=finished_at, clock=ClockMark.corrected
    )
