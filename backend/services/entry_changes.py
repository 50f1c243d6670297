"""One entry: what a phone sent, held against the assignment and the night, as the row to store."""

import uuid
from collections.abc import Iterable
from typing import Any

from backend.domain.errors import FieldProblem, Forbidden, Invalid
from backend.domain.estimates import DatedEstimate, Estimate, estimate_in_force
from backend.domain.homework import nights
from backend.domain.load import Outcome, Place, Segment, Source, Tier
from backend.domain.night import check_segment, is_late_change
from backend.domain.sheet import Fact, correct_clock
from backend.services.actor import ActorKind
from backend.services.changes import PutEntry
from backend.services.night_state import NightState, rfc3339, segment_document
from backend.storage.models import AssignmentState
from backend.storage.queries.json_rows import Row

MOST_SEGMENTS = 50
MOST_ENTRIES = 60


def entry_row(state: NightState, stored: Row | None, change: PutEntry) -> Row:
    """The entry's own columns. Raises ``Invalid`` naming each wrong field, ``Forbidden`` for a tablet's overreach."""
    segments = correct_clock(change.segments, state.offset)
    problems = list(_segment_problems(state, change, segments))
    if stored is None and len(state.standing_entries()) >= MOST_ENTRIES:
        problems.append(FieldProblem("id", "too_many_entries"))
    what, found = _what(state, stored, change)
    problems += found
    if problems:
        raise Invalid("some fields are not what they must be", fields=problems)
    if state.actor.kind is ActorKind.TABLET:
        _check_tablet(state, stored, what)
    documents = [segment_document(segment) for segment in segments]
    return (
        state.key
        | what
        | {
            "id": change.id,
            "class_id": state.class_id,
            "outcome": change.outcome,
            "segments": documents,
            "figures": _figures(state, stored, documents),
            "actual_minutes": 0,
            "estimated_minutes": _estimated(state, what, segments),
            "is_late": is_late(state),
            "is_amended": any(segment.source is Source.amended for segment in segments),
            "deleted_at": None,
        }
    )


def fact_of(stored: Row | None, row: Row) -> Fact | None:
    """What the change did to what a guardian confirms; None when a resend changed nothing of it."""
    if stored is None:
        return Fact.entry_added
    watched = ("assignment_id", "subject", "title", "tier", "place", "outcome", "segments")
    return Fact.entry_changed if any(stored[name] != row[name] for name in watched) else None


def is_late(state: NightState) -> bool:
    """Whether what is changed now is marked as late (rule 1)."""
    return is_late_change(state.night, state.now, state.zone)


def _segment_problems(state: NightState, change: PutEntry, segments: tuple[Segment, ...]) -> Iterable[FieldProblem]:
    if len(segments) > MOST_SEGMENTS:
        yield FieldProblem("segments", "too_many_segments")
        return
    for index, segment in enumerate(segments):
        path = f"segments.{index}"
        yield from check_segment(
            state.night, state.zone, segment.started_at, segment.finished_at, now=state.now, path=path
        )
        if segment.finished_at is None and change.outcome is not Outcome.in_progress:
            yield FieldProblem(f"{path}.finished_at", "still_running")


def _what(state: NightState, stored: Row | None, change: PutEntry) -> tuple[Row, list[FieldProblem]]:
    """What was worked on: an assignment of the night's class, or self-study."""
    if change.assignment_id is None:
        return _self_study(change), []
    assignment = next((row for row in state.read.assignments if row["id"] == change.assignment_id), None)
    kept = stored is not None and stored["assignment_id"] == change.assignment_id
    if assignment is None or not _is_of_class(state, assignment) or not (kept or _is_published(assignment)):
        return {}, [FieldProblem("assignment_id", "unknown_assignment")]
    if state.night not in nights(assignment["given_on"], assignment["due_on"]):
        return {}, [FieldProblem("assignment_id", "not_on_this_night")]
    tiers = _tiers(state, assignment)
    if change.tier is not None and change.tier not in tiers:
        return {}, [FieldProblem("tier", "unknown_tier")]
    return {
        "assignment_id": assignment["id"],
        "subject": assignment["subject"],
        "title": "",
        "is_self_study": False,
        "kind": assignment["kind"],
        "place": change.place or assignment["place"],
        "tier": change.tier or _usual_tier(tiers),
    }, []


def _self_study(change: PutEntry) -> Row:
    return {
        "assignment_id": None,
        "subject": change.subject,
        "title": change.title,
        "is_self_study": True,
        "kind": None,
        "place": change.place or Place.home,
        "tier": None,
    }


def _is_of_class(state: NightState, assignment: Row) -> bool:
    return bool(assignment["class_id"] == state.class_id)


def _is_published(assignment: Row) -> bool:
    return assignment["state"] is AssignmentState.PUBLISHED


def _tiers(state: NightState, assignment: Row) -> list[Tier]:
    """The tiers of the assignment's current version."""
    return [
        row["tier"]
        for row in state.read.tiers
        if row["assignment_id"] == assignment["id"] and row["version"] == assignment["version"]
    ]


def _usual_tier(tiers: list[Tier]) -> Tier | None:
    order = (Tier.standard, Tier.basic, Tier.extension)
    return next((tier for tier in order if tier in tiers), None)


def _estimated(state: NightState, what: Row, segments: tuple[Segment, ...]) -> int | None:
    """The estimate in force when the first segment began, upper end of a range (rule 5)."""
    if what["assignment_id"] is None or not segments:
        return None
    history = [_dated(row) for row in _tier_rows(state, what["assignment_id"], what["tier"])]
    standing = estimate_in_force(history, min(segment.started_at for segment in segments))
    # Work begun before the teacher wrote anything down (done in the break) is measured by the first estimate.
    first = min(history, key=lambda dated: dated.effective_at).estimate if history else None
    chosen = standing or first
    return None if chosen is None else chosen.upper_minutes


def _tier_rows(state: NightState, assignment_id: uuid.UUID, tier: Tier | None) -> list[Row]:
    return [row for row in state.read.tiers if row["assignment_id"] == assignment_id and row["tier"] is tier]


def _dated(row: Row) -> DatedEstimate:
    estimate = Estimate(row["tier"], row["estimated_minutes"], row["estimated_max_minutes"], row["tried_minutes"])
    return DatedEstimate(row["in_force_at"], estimate)


def _figures(state: NightState, stored: Row | None, documents: list[Row]) -> dict[str, Any]:
    """What each author last stated, so that the child's own figure and each guardian's stay visible (rule 9)."""
    figures = dict(stored["figures"]) if stored else {}
    figures[str(state.actor.id)] = {
        "kind": state.actor.kind.value,
        "at": rfc3339(state.now),
        "segments": documents,
    }
    return figures


def _check_tablet(state: NightState, stored: Row | None, what: Row) -> None:
    """The class tablet only adds today's work that was done at school."""
    if stored is not None or state.night != state.today or what["place"] is not Place.school:
        raise Forbidden("the class tablet only adds today's work done at school")
