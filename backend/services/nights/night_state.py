"""One student's night in memory while changes are applied to it: what was read, what is touched, what it may do.

Reading it and saving it again is `recording`; how each kind of change alters it is in `night_changes`.
"""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from backend.domain.errors import ConsentRequired, FieldProblem, Invalid, NightClosed, NightInFuture, NotFound
from backend.domain.load import CapScope, ClockMark, Load, LoadEntry, Segment, Source
from backend.domain.night import child_may_change, evening_instant, midnight_after
from backend.domain.sheet import Fact, RecordVersion, SheetState
from backend.services.actor import Actor, ActorKind, actor_of
from backend.services.nights.night_access import Relation
from backend.services.school.policies import resolve_rows
from backend.storage.queries.json_rows import Row
from backend.storage.queries.night_writing import NightRow

# Looked up for each segment of each entry at every write: calling an enum costs five times as much.
_SOURCES = {each.value: each for each in Source}
_CLOCK_MARKS = {each.value: each for each in ClockMark}


@dataclass
class NightState:
    """The night as read, and what has been touched since."""

    read: NightRow
    student_id: uuid.UUID
    night: dt.date
    now: dt.datetime
    offset: dt.timedelta
    facts: list[tuple[Fact, uuid.UUID | None]] = field(default_factory=list)
    touched: set[uuid.UUID] = field(default_factory=set)
    touched_sleep: bool = False
    touched_note: bool = False
    touched_review: bool = False
    touched_sheet: bool = False
    submitted_now: bool = False
    touched_confirmations: set[uuid.UUID] = field(default_factory=set)
    audit: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    load: Load | None = None
    """The figures once they were added up: what is answered is what was saved."""

    def __post_init__(self) -> None:
        self.entries: dict[uuid.UUID, Row] = {row["id"]: row for row in self.read.entries}
        self.sleep: Row | None = self.read.sleep
        self.note: Row | None = self.read.note
        self.review: Row | None = self.read.review
        self.confirmations: dict[uuid.UUID, Row] = {row["id"]: row for row in self.read.confirmations}
        self.sheet: Row = dict(self.read.sheet) if self.read.sheet else self._new_sheet()

    @cached_property
    def actor(self) -> Actor:
        """Who is acting."""
        return actor_of(self.read.session)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The school's zone."""
        return ZoneInfo(self.read.zone)

    @cached_property
    def today(self) -> dt.date:
        """The school's local date."""
        return self.now.astimezone(self.zone).date()

    @cached_property
    def relation(self) -> Relation:
        """What the actor is to this night."""
        return Relation(
            actor=self.actor,
            student_id=self.student_id,
            class_id=self.read.class_["id"] if self.read.class_ else None,
            night=self.night,
            today=self.today,
            is_guardian=self.read.is_guardian,
            homeroom_posts=self.read.homeroom_posts,
        )

    @property
    def school_id(self) -> uuid.UUID:
        """The school of actor and student."""
        return self.actor.school

    @cached_property
    def class_id(self) -> uuid.UUID:
        """The class of that night: that of the sheet, else of the enrolment."""
        row = self.read.class_ if self.read.sheet is None else {"id": self.read.sheet["class_id"]}
        if row is None:
            raise Invalid("not enrolled that night", fields=[FieldProblem("night", "not_enrolled")])
        found: uuid.UUID = row["id"]
        return found

    @cached_property
    def assignments(self) -> dict[uuid.UUID, Row]:
        """The assignments that changes name."""
        return {row["id"]: row for row in self.read.assignments}

    @cached_property
    def tiers(self) -> dict[uuid.UUID, list[Row]]:
        """Their tier rows, of every version."""
        found: dict[uuid.UUID, list[Row]] = {}
        for row in self.read.tiers:
            found.setdefault(row["assignment_id"], []).append(row)
        return found

    @property
    def key(self) -> Row:
        """The primary key of the night's rows."""
        return {"school_id": self.school_id, "student_id": self.student_id, "night": self.night}

    @property
    def counter(self) -> int:
        """The student's counter once this is saved."""
        return self.read.counter + 1

    @property
    def by_guardian(self) -> bool:
        """Whether a guardian acts."""
        return self.actor.kind is ActorKind.GUARDIAN

    @property
    def state(self) -> SheetState:
        """Where the sheet stands."""
        return SheetState(self.sheet["state"])

    @state.setter
    def state(self, state: SheetState) -> None:
        self.touched_sheet = self.touched_sheet or state is not self.sheet["state"]
        self.sheet["state"] = state

    @property
    def lights_out_at(self) -> dt.datetime | None:
        """Lights-out as logged."""
        return self.sleep["lights_out_at"] if self.sleep else None

    @property
    def midnight_at(self) -> dt.datetime:
        """The midnight that ends the night's date."""
        return midnight_after(self.night, self.zone)

    @property
    def evening(self) -> dict[str, Any]:
        """The instants that decide what a running segment counts."""
        return {
            "now": self.now,
            "lights_out_at": self.lights_out_at,
            "midnight_at": self.midnight_at,
            "submitted_at": self.sheet.get("submitted_at"),
        }

    @property
    def changed(self) -> bool:
        """Whether anything has to be saved."""
        return bool(
            self.touched
            or self.touched_sleep
            or self.touched_note
            or self.touched_review
            or self.touched_sheet
            or self.touched_confirmations
        )

    def standing_entries(self) -> list[Row]:
        """The night's entries that were not deleted, in the order they were made."""
        rows = [row for row in self.entries.values() if row["night"] == self.night and row["deleted_at"] is None]
        return sorted(rows, key=made_in_order)

    def _new_sheet(self) -> Row:
        if self.read.student is None or self.read.class_ is None:
            return {"state": SheetState.open}
        class_ = self.read.class_
        policy = resolve_rows(self.read.policies, class_=class_, student_id=self.student_id, night=self.night)
        bedtime = policy.latest_lights_out
        return {
            "school_id": self.read.session.school_id,
            "student_id": self.student_id,
            "night": self.night,
            "class_id": self.read.class_["id"],
            "version": 0,
            "change_counter": 0,
            "state": SheetState.open,
            "opened_at": self.now,
            "submitted_at": None,
            "submitted_by": None,
            "is_late": False,
            "is_amended": False,
            "changed_at": self.now,
            "cap_minutes": policy.cap_minutes,
            "cap_scope": policy.cap_scope,
            "sleep_target_minutes": policy.sleep_target_minutes,
            "latest_lights_out": bedtime,
            "latest_lights_out_at": evening_instant(self.night, bedtime, self.zone) if bedtime else None,
        }


# --- who may --------------------------------------------------------------------------------------------------------


def check_sees(state: NightState) -> None:
    """The student, a guardian, the homeroom teacher of that night's class, its tablet; to others it is absent."""
    relation = state.relation
    if state.read.student is None or not (relation.sees or relation.is_class_tablet):
        raise NotFound("no such student")


def check_night_open(state: NightState) -> None:
    """Nobody writes a night that has not begun; a child has 7 days, a guardian always (rule 1)."""
    if state.night > state.today:
        raise NightInFuture("this night has not begun")
    is_child = state.actor.kind in {ActorKind.STUDENT, ActorKind.TABLET}
    if is_child and not child_may_change(state.night, state.today):
        raise NightClosed("a child may change a night for 7 days")


def check_enrolled(state: NightState) -> None:
    """A night belongs to that date's class: without one there is no sheet (rule 12)."""
    _ = state.class_id


def may_write(state: NightState) -> bool:
    """Whether consent stands, or none is needed (rule 11)."""
    return state.read.student is not None and bool(state.read.student["may_write"])


def check_consent(state: NightState) -> None:
    """Nothing new is written of a child for whom no consent stands (rule 11)."""
    if not may_write(state):
        raise ConsentRequired("a guardian's consent comes first")


# --- rows and the domain's values -----------------------------------------------------------------------------------


def version_of(row: Row | None) -> RecordVersion | None:
    """What sync needs to know of a stored record."""
    if row is None:
        return None
    return RecordVersion(
        version=row["version"],
        installation_id=str(row["installation_id"] or ""),
        revision=row["revision"],
        deleted=row.get("deleted_at") is not None,
        seen=row["revisions"] or {},
    )


def made_in_order(row: Row) -> int:
    """The key that sorts entries as they were made: a phone's ids begin with the time."""
    return int(row["id"].int)


def segment_document(segment: Segment) -> Row:
    """A segment as stored and shown."""
    finished = segment.finished_at
    return {
        "started_at": rfc3339(segment.started_at),
        "finished_at": None if finished is None else rfc3339(finished),
        "source": segment.source.value,
        "clock": segment.clock.value,
    }


def segment_of(document: Row) -> Segment:
    """A stored segment as the domain knows it."""
    return _segment(document["started_at"], document["finished_at"], document["source"], document["clock"])


@lru_cache(maxsize=4096)
def _segment(started_at: str, finished_at: str | None, source: str, clock: str) -> Segment:
    """Kept, because each write of an evening adds up the same segments again."""
    return Segment(
        started_at=dt.datetime.fromisoformat(started_at),
        finished_at=None if finished_at is None else dt.datetime.fromisoformat(finished_at),
        source=_SOURCES[source],
        clock=_CLOCK_MARKS[clock],
    )


def rfc3339(instant: dt.datetime) -> str:
    """An instant in UTC, to the millisecond at most, as every document shows it."""
    utc = instant.astimezone(dt.UTC)
    return utc.isoformat(timespec="milliseconds" if utc.microsecond else "seconds").replace("+00:00", "Z")


def load_entry(row: Row) -> LoadEntry:
    """The part of a stored entry that figures are made of."""
    return LoadEntry(
        subject=row["subject"],
        kind=row["kind"],
        place=row["place"],
        is_self_study=row["is_self_study"],
        outcome=row["outcome"],
        segments=tuple(segment_of(document) for document in row["segments"]),
    )


def cap_scope_of(sheet: Row) -> CapScope:
    """Which written work the sheet's cap is about."""
    return CapScope(sheet["cap_scope"])
