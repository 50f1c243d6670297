"""Rows of one student's sheet: figures, entries, sleep, note, confirmation, review.

Every figure is computed by the domain from the segments, as a write of a phone would have computed it; nothing is added
up here. How the evening went is `evening_of`.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from backend.demo import shape
from backend.demo.evening_of import Evening, Work
from backend.demo.homework import counter_of
from backend.demo.ids import milliseconds, new_id
from backend.demo.night_rows import NightRows
from backend.demo.people import Pupil, Row
from backend.demo.worked_entries import by_timer, entry_of, segment, what
from backend.domain.load import Load, LoadEntry, Source, cap_crossings, capped_minutes, night_load
from backend.domain.night import zone_of
from backend.domain.sheet import SheetState
from backend.domain.sleep import DayKind, SleepFigure, project
from backend.services.nights.night_state import rfc3339, segment_document

#: When nothing runs any more and every figure is what it will stay.
SETTLED = timedelta(hours=36)


def write_sheet(night: NightRows, pupil: Pupil, evening: Evening) -> None:
    """Add the rows of a student's sheet to the night."""
    _Sheet(night, pupil, evening).write()


class _Sheet:
    """One student's sheet."""

    def __init__(self, of: NightRows, pupil: Pupil, evening: Evening) -> None:
        self._of, self._facts, self._rng = of, of.facts, of.rng
        self._pupil, self._evening = pupil, evening
        self._guardian = pupil.guardians[self._rng.random() < 0.3 and len(pupil.guardians) > 1]
        self._lights_out_at = None if evening.lights_out is None else of.at(evening.lights_out)
        self._submitted_at = self._when_submitted()
        self._author = self._guardian if evening.by_guardian else pupil.id
        self._phone = pupil.installation_id if pupil.traits.has_own_phone else pupil.guardian_installation_id
        self._counter = counter_of(self._facts.night, self._facts.school.opened_on)
        self._entries = [entry_of(work, of.at) for work in evening.works]
        self._load = self._figures()
        self._version = 0
        self._woke_at = self._when_awake()
        self._sleep = self._sleep_figure()
        self._is_amended = any(work.before_amendment for work in evening.works)

    def _when_submitted(self) -> datetime | None:
        if self._evening.is_left_open:
            return None
        if self._lights_out_at is not None:
            return self._lights_out_at
        return self._of.at(self._evening.ends or 20 * 3600) + timedelta(minutes=4)

    def _when_awake(self) -> datetime | None:
        if self._lights_out_at is None or not self._evening.logs_waking:
            return None
        woke_at = self._of.at(self._evening.wakes)
        return woke_at if woke_at <= self._facts.until else None

    def _sleep_figure(self) -> SleepFigure:
        facts = self._facts
        kind = DayKind.school_day if facts.next_is_school_day else DayKind.free_day
        history = facts.wakings.setdefault(self._pupil.id, [])
        figure = project(
            night=facts.night,
            zone=shape.ZONE,
            lights_out_at=self._lights_out_at,
            woke_at=self._woke_at,
            history=history,
            kind=kind,
            target_minutes=facts.policy.sleep_target_minutes,
            latest_lights_out=facts.policy.latest_lights_out,
        )
        if self._woke_at is not None:
            history.append((kind, local_time(self._woke_at)))
        return figure

    def _figures(self) -> Load:
        return night_load(self._entries, now=self._of.ends + SETTLED, **self._instants())

    def _instants(self) -> dict[str, Any]:
        return {
            "lights_out_at": self._lights_out_at,
            "midnight_at": self._of.ends,
            "submitted_at": self._submitted_at,
        }

    def write(self) -> None:
        """All rows of the sheet."""
        for work, entry, minutes in zip(self._evening.works, self._entries, self._load.by_entry, strict=True):
            self._write_entry(work, entry, minutes)
        confirmed_at = self._confirmed_at()
        self._write_sheet(confirmed_at)
        self._write_sleep()
        self._write_note()
        if confirmed_at is not None:
            self._write_confirmation(confirmed_at)
        self._write_review()

    def _write_entry(self, work: Work, entry: LoadEntry, minutes: int) -> None:
        ends = [s.finished_at or s.started_at for s in entry.segments]
        version = (2 * len(entry.segments) if work.source is Source.timer else 1) + (work.before_amendment is not None)
        self._version += version
        segments = [segment_document(segment) for segment in entry.segments]
        author = self._guardian if work.before_amendment else self._author
        self._of.add(
            "entries",
            id=new_id(self._rng, self._of.id_from),
            student_id=self._pupil.id,
            night=self._facts.night,
            class_id=self._facts.class_.id,
            **what(work),
            place=work.place,
            tier=work.tier,
            outcome=work.outcome,
            segments=segments,
            figures=self._stated(work, segments, ends[-1]),
            actual_minutes=minutes,
            is_late=False,
            is_amended=work.before_amendment is not None,
            deleted_at=None,
            **self._versioned(version, author, self._changed_at(work, ends[-1])),
        )

    def _changed_at(self, work: Work, ended_at: datetime) -> datetime:
        return ended_at + timedelta(minutes=20) if work.before_amendment else ended_at

    def _versioned(self, version: int, author: UUID, at: datetime) -> Row:
        return {
            "version": version,
            "installation_id": self._phone,
            "revision": version,
            "revisions": {},
            "changed_by": author,
            "changed_at": at,
            "change_counter": self._counter,
        }

    def _stated(self, work: Work, segments: list[Row], at: datetime) -> Row:
        """What each author last stated; the child's own stays beside a guardian's."""
        if work.before_amendment is None:
            return {str(self._author): self._figure(at, segments, by_guardian=self._evening.by_guardian)}
        first = [segment(work, start, end, self._of.at, Source.timer) for start, end in work.before_amendment]
        own = self._figure(at, [segment_document(s) for s in first], by_guardian=False)
        amended = self._figure(self._changed_at(work, at), segments, by_guardian=True)
        return {str(self._pupil.id): own, str(self._guardian): amended}

    def _figure(self, at: datetime, segments: list[Row], *, by_guardian: bool) -> Row:
        return {"kind": _author_kind(by_guardian), "at": rfc3339(at), "segments": segments}

    def _confirmed_at(self) -> datetime | None:
        """When a guardian confirmed: by the own act, soon after submission, next morning, or never."""
        if self._submitted_at is None:
            return None
        if self._evening.by_guardian or self._is_amended:
            return self._submitted_at
        luck = self._rng.random()
        if luck > 0.66:
            return None
        morning = self._of.ends + timedelta(hours=7, minutes=5 + int(luck * 60))
        at = self._submitted_at + timedelta(minutes=1 + int(luck * 30)) if luck < 0.5 else morning
        return at if at <= self._facts.until else None

    def _write_sheet(self, confirmed_at: datetime | None) -> None:
        facts = self._facts
        begun = [s.started_at for e in self._entries for s in e.segments]
        last = [s.finished_at or s.started_at for e in self._entries for s in e.segments]
        submitted_at = self._submitted_at
        nothing = submitted_at or self._of.at(20 * 3600)
        self._of.add(
            "night_sheets",
            student_id=self._pupil.id,
            night=facts.night,
            class_id=facts.class_.id,
            version=max(1, self._version),
            change_counter=self._counter,
            state=_state(submitted_at, confirmed_at),
            opened_at=min(begun, default=nothing),
            submitted_at=submitted_at,
            submitted_by=None if submitted_at is None else self._author,
            is_late=False,
            is_amended=self._is_amended,
            changed_at=max([*last, submitted_at or nothing]),
            **self._policy_of_night(),
            **self._load_figures(),
            **self._crossings(),
            sleep_minutes=self._sleep.sleep_minutes,
            sleep_is_projected=self._sleep.projected if self._sleep.sleep_minutes is not None else None,
            sleep_short_by_minutes=self._sleep.short_by_minutes,
        )

    def _policy_of_night(self) -> Row:
        policy = self._facts.policy
        return {
            "cap_minutes": policy.cap_minutes,
            "cap_scope": policy.cap_scope,
            "sleep_target_minutes": policy.sleep_target_minutes,
            "latest_lights_out": policy.latest_lights_out,
            "latest_lights_out_at": self._of.latest_at,
        }

    def _load_figures(self) -> Row:
        load = self._load
        return {
            "capped_minutes": capped_minutes(load, self._facts.policy.cap_scope),
            "written_minutes": load.written_minutes,
            "assigned_minutes": load.assigned_minutes,
            "study_minutes": load.study_minutes,
            "school_minutes": load.school_minutes,
            "unclosed": load.unclosed,
            "entry_count": len(self._entries),
        }

    def _crossings(self) -> Row:
        policy, settled = self._facts.policy, self._of.ends + SETTLED
        found = cap_crossings(
            self._entries, cap=policy.cap_minutes, scope=policy.cap_scope, now=settled, **self._instants()
        )
        return {
            "running_written": found.running,
            "cap_near_at": found.near_at,
            "cap_reached_at": found.reached_at,
            "cap_reached_by_timer": by_timer(self._entries, found.reached_at),
        }

    def _write_sleep(self) -> None:
        woke_at = self._woke_at
        if self._lights_out_at is None:
            return
        nap = (
            25 + 5 * self._rng.randrange(4) if self._facts.class_.shape.grade < 7 and self._rng.random() < 0.2 else None
        )
        changed_at = (woke_at or self._lights_out_at) + timedelta(minutes=1)
        versions = self._versioned(1 if woke_at is None else 2, self._author, changed_at)
        own = {"lights_out_at": self._lights_out_at, "woke_at": woke_at, "nap_minutes": nap}
        self._of.add(
            "sleeps",
            **self._whose(),
            **own,
            source="typed",
            figures=self._sleep_stated(own, changed_at),
            is_late=False,
            **versions,
        )

    def _sleep_stated(self, own: Row, at: datetime) -> Row:
        times = {name: None if own[name] is None else rfc3339(own[name]) for name in ("lights_out_at", "woke_at")}
        kind = _author_kind(self._evening.by_guardian)
        stated = {"kind": kind, "at": rfc3339(at), **times, "nap_minutes": own["nap_minutes"]}
        return {str(self._author): stated}

    def _whose(self) -> Row:
        return {"student_id": self._pupil.id, "night": self._facts.night}

    def _write_note(self) -> None:
        self._has_note = self._submitted_at is not None and self._rng.random() < self._pupil.traits.writes_notes
        if self._has_note and self._submitted_at is not None:
            versions = self._versioned(1, self._guardian, self._submitted_at + timedelta(minutes=2))
            self._of.add("notes", **self._whose(), guardian_note=self._rng.choice(shape.NOTES), **versions)

    def _write_confirmation(self, confirmed_at: datetime) -> None:
        self._of.add(
            "confirmations",
            id=new_id(self._rng, milliseconds(confirmed_at)),
            **self._whose(),
            guardian_id=self._guardian,
            sheet_version=max(1, self._version),
            confirmed_at=confirmed_at,
            by_amendment=self._evening.by_guardian or self._is_amended,
            withdrawn_at=None,
            withdrawn_because=None,
        )

    def _write_review(self) -> None:
        luck = self._rng.random()
        at = self._of.read_at + timedelta(seconds=int(luck * 3600))
        reads = self._of.reads_all and (luck < 0.75 or self._has_note)
        if self._submitted_at is None or not reads or at > self._facts.until:
            return
        reply = self._rng.choice(shape.REPLIES) if self._has_note or luck < 0.02 else ""
        self._of.add(
            "reviews",
            **self._whose(),
            reviewed_by=self._facts.class_.homeroom,
            reviewed_at=at,
            sheet_version=max(1, self._version),
            teacher_reply=reply,
            change_counter=self._counter,
        )


def _author_kind(by_guardian: bool) -> str:
    return "guardian" if by_guardian else "student"


def _state(submitted_at: datetime | None, confirmed_at: datetime | None) -> SheetState:
    if submitted_at is None:
        return SheetState.open
    return SheetState.submitted if confirmed_at is None else SheetState.confirmed


def local_time(at: datetime) -> time:
    """The time on the school's wall."""
    return at.astimezone(zone_of(shape.ZONE)).time()
