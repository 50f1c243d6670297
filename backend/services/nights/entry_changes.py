"""One entry: what a phone sent, held against the assignment and the night, as the row to store."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from backend.domain.errors import FieldProblem, Forbidden, Invalid
from backend.domain.estimates import DatedEstimate, Estimate, estimate_in_force
from backend.domain.homework import nights
from backend.domain.load import ClockMark, Outcome, Place, Segment, Source, Tier
from backend.domain.night import check_segment, is_late_change
from backend.domain.sheet import Fact, correct_span
from backend.services.actor import ActorKind
from backend.services.nights.changes import PutEntry
from backend.services.nights.night_state import NightState, rfc3339, segment_document, segment_of
from backend.storage.models import AssignmentState
from backend.storage.queries.json_rows import Row

MOST_SEGMENTS = 50
MOST_ENTRIES = 60


def entry_row(state: NightState, stored: Row | None, change: PutEntry) -> Row:
    """The entry's own columns. Raises ``Invalid`` naming each wrong field, ``Forbidden`` for a tablet's overreach."""
    segments = _put_right(state, stored, change.segments)
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
            "is_amended": _is_amended(state, stored, segments, documents),
            "deleted_at": None,
        }
    )


def empty_row(state: NightState, entry_id: uuid.UUID) -> Row:
    """What is kept of an entry that was deleted before it arrived: its id and night, and nothing of the child's."""
    return (
        state.key
        | _self_study(None, "", None)
        | {
            "id": entry_id,
            "class_id": state.class_id,
            "outcome": Outcome.unfinished,
            "figures": {},
            "estimated_minutes": None,
            "is_late": is_late(state),
            "is_amended": False,
        }
    )


def closed(state: NightState, documents: list[Row]) -> list[Row]:
    """Segments with what still runs ended by the earliest of now, lights-out and midnight.

    What midnight had already left open stays open, unless somebody has said when the lights went out: a person accepts
    a proposed end then (rule 2, load).
    """
    if state.lights_out_at is None and state.now > state.midnight_at:
        return documents
    end = min(instant for instant in (state.now, state.lights_out_at, state.midnight_at) if instant is not None)
    return [_ended(document, end) for document in documents]


def _ended(document: Row, end: dt.datetime) -> Row:
    if document["finished_at"] is not None:
        return document
    return document | {"finished_at": rfc3339(max(end, segment_of(document).started_at))}


def fact_of(stored: Row | None, row: Row) -> Fact | None:
    """What the change did to what a guardian confirms; None when a resend changed nothing of it."""
    if stored is None:
        return Fact.entry_added
    watched = ("assignment_id", "subject", "title", "tier", "place", "outcome", "segments")
    return Fact.entry_changed if any(stored[name] != row[name] for name in watched) else None


def is_late(state: NightState) -> bool:
    """Whether what is changed now is marked as late (rule 1)."""
    return is_late_change(state.night, state.now, state.zone)


def _put_right(state: NightState, stored: Row | None, segments: tuple[Segment, ...]) -> tuple[Segment, ...]:
    """Timer segments put right by the offset to the phone's clock (rule 10).

    An instant that stands already was taken when the clock had another offset, and stays: a clock moved by three hours
    while the timer runs is wrong at the finish alone, and so is a phone's that took over the corrected start.
    """
    begun = {document["started_at"]: document["finished_at"] for document in (stored["segments"] if stored else [])}
    nothing = dt.timedelta()
    right = []
    for segment in segments:
        document = segment_document(segment)
        stands = document["started_at"] in begun
        ended = stands and begun[document["started_at"]] == document["finished_at"]
        ran_on = stands and begun[document["started_at"]] is None and segment.clock is ClockMark.corrected
        spanned = correct_span(
            replace(segment, clock=ClockMark.ok) if ran_on else segment,
            start_offset=nothing if stands else state.offset,
            finish_offset=nothing if ended else state.offset,
        )
        right.append(replace(spanned, clock=ClockMark.corrected) if ran_on else spanned)
    return tuple(right)


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
        return _self_study(change.subject, change.title, change.place), []
    assignment = state.assignments.get(change.assignment_id)
    kept = stored is not None and stored["assignment_id"] == change.assignment_id
    if assignment is None or not _is_of_class(state, assignment) or not (kept or _was_published(assignment)):
        return {}, [FieldProblem("assignment_id", "unknown_assignment")]
    # Whatever the teacher changes meanwhile, work that was begun can be finished: a phone has shown it as saved.
    if not kept and state.night not in nights(assignment["given_on"], assignment["due_on"]):
        return {}, [FieldProblem("assignment_id", "not_on_this_night")]
    tiers = _tiers(state, assignment)
    kept_tier = stored["tier"] if kept and stored is not None else None
    if change.tier is not None and change.tier not in (*tiers, kept_tier):
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


def _self_study(subject: str | None, title: str, place: Place | None) -> Row:
    return {
        "assignment_id": None,
        "subject": subject,
        "title": title,
        "is_self_study": True,
        "kind": None,
        "place": place or Place.home,
        "tier": None,
    }


def _is_of_class(state: NightState, assignment: Row) -> bool:
    return bool(assignment["class_id"] == state.class_id)


def _was_published(assignment: Row) -> bool:
    """A withdrawn one too: a phone without a network may have worked on it, and has shown that as saved (rule 10)."""
    return assignment["state"] is not AssignmentState.DRAFT and assignment["published_at"] is not None


def _tiers(state: NightState, assignment: Row) -> list[Tier]:
    """The tiers of the assignment's current version."""
    rows = state.tiers.get(assignment["id"], ())
    return [row["tier"] for row in rows if row["version"] == assignment["version"]]


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
    return [row for row in state.tiers.get(assignment_id, ()) if row["tier"] is tier]


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


def _is_amended(state: NightState, stored: Row | None, segments: tuple[Segment, ...], documents: list[Row]) -> bool:
    """Said to be, or a grown-up's times instead of somebody else's. To end what runs or to add to it amends nothing."""
    if any(segment.source is Source.amended for segment in segments):
        return True
    if stored is None or state.actor.kind not in {ActorKind.GUARDIAN, ActorKind.STAFF}:
        return False
    stands = {(document["started_at"], document["finished_at"]) for document in documents}
    return any(
        document["finished_at"] is not None and (document["started_at"], document["finished_at"]) not in stands
        for author, figure in stored["figures"].items()
        if author != str(state.actor.id)
        for document in figure["segments"]
    )


def _check_tablet(state: NightState, stored: Row | None, what: Row) -> None:
    """The class tablet only adds today's work that was done at school."""
    if stored is not None or state.night != state.today or what["place"] is not Place.school:
        raise Forbidden("the class tablet only adds today's work done at school")
