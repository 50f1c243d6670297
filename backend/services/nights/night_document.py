"""A night as a document: what GET answers, what sync sends, what a guardian exports. No SQL and no HTTP here."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from backend.domain.homework import nights as nights_of
from backend.domain.load import (
    CapScope,
    Load,
    LoadEntry,
    Segment,
    cap_state,
    capped_minutes,
    counted_spans,
    night_load,
    proposed_end,
)
from backend.domain.night import midnight_after
from backend.domain.policy import ResolvedPolicy
from backend.domain.sleep import DayKind, SleepFigure, project
from backend.services.nights.night_state import load_entry, made_in_order, rfc3339, segment_of
from backend.services.school.policies import explain, resolve_rows
from backend.storage.queries.json_rows import Row
from backend.storage.queries.night_reading import SheetRow, StudentRow


@dataclass(frozen=True)
class NightFacts:
    """All that one night's document is made of."""

    who: StudentRow
    night: dt.date
    class_id: uuid.UUID
    now: dt.datetime
    row: SheetRow | None
    assignments: Sequence[tuple[Row, list[Row]]]
    wakings: Sequence[tuple[dt.date, dt.datetime]] = ()
    school_days: Mapping[dt.date, bool] = field(default_factory=dict)
    shows_titles: bool = True
    cursor: str = ""

    @property
    def zone(self) -> ZoneInfo:
        """The school's zone."""
        return ZoneInfo(self.who.zone)

    @cached_property
    def entries(self) -> list[Row]:
        """The entries that stand, in the order they were made."""
        rows = [] if self.row is None else self.row.entries
        return sorted((row for row in rows if row["deleted_at"] is None), key=made_in_order)

    @cached_property
    def evening(self) -> dict[str, Any]:
        """The instants that decide what a running segment counts."""
        sleep = self.row.sleep if self.row else None
        return {
            "now": self.now,
            "lights_out_at": sleep["lights_out_at"] if sleep else None,
            "midnight_at": midnight_after(self.night, self.zone),
            "submitted_at": self.row.sheet["submitted_at"] if self.row else None,
        }

    @property
    def is_settled(self) -> bool:
        """Whether the document is the same at any hour and by any calendar: no segment runs, no sleep is foretold."""
        sleep = self.row.sleep if self.row else None
        return not (
            (sleep and sleep["lights_out_at"] and not sleep["woke_at"])
            or any(segment["finished_at"] is None for row in self.entries for segment in row["segments"])
        )


def night_document(facts: NightFacts) -> dict[str, Any]:
    """The whole night, figures as they stand at ``facts.now``."""
    policy, load = policy_of_night(facts), load_of(facts)
    sheet = facts.row.sheet if facts.row else None
    return {
        "student_id": str(facts.who.student["id"]),
        "night": facts.night.isoformat(),
        "class_id": str(facts.class_id),
        "state": sheet["state"].value if sheet else "open",
        "version": sheet["version"] if sheet else 0,
        "is_late": bool(sheet and sheet["is_late"]),
        "is_amended": bool(sheet and sheet["is_amended"]),
        "submitted_at": _instant(sheet["submitted_at"]) if sheet else None,
        "submitted_by": _id(sheet["submitted_by"]) if sheet else None,
        "policy": explain(policy),
        **figures(load, policy.cap_minutes, policy.cap_scope),
        "assignments": [assignment_document(row, tiers, facts) for row, tiers in _tonight(facts)],
        "entries": [
            entry_document(row | {"actual_minutes": minutes}, facts.evening)
            for row, minutes in zip(facts.entries, load.by_entry, strict=True)
        ],
        "deleted_entry_ids": _deleted(facts.row),
        "sleep": sleep_document(facts.row.sleep if facts.row else None, sleep_figure(facts, policy)),
        "note": note_document(facts.row.note) if facts.row else None,
        "confirmations": [_confirmation(row) for row in _in_order(facts.row)],
        "review": review_document(facts.row.review) if facts.row else None,
        "people": [
            {"id": str(person["id"]), "kind": person["kind"].value, "name": person["name"]}
            for person in sorted(facts.who.family, key=lambda person: str(person["id"]))
        ],
        "cursor": facts.cursor,
    }


def policy_of_night(facts: NightFacts) -> ResolvedPolicy:
    """The student's policy of that night (rule 7)."""
    class_, student_id = facts.who.classes[facts.class_id], facts.who.student["id"]
    return resolve_rows(facts.who.policies, class_=class_, student_id=student_id, night=facts.night)


def load_of(facts: NightFacts) -> Load:
    """The night's figures as they stand at ``facts.now``."""
    return night_load([load_entry(row) for row in facts.entries], **facts.evening)


def figures(load: Load, cap: int | None, scope: CapScope) -> dict[str, Any]:
    """``loads`` and ``cap`` as they are shown."""
    counted = capped_minutes(load, scope)
    return {
        "loads": {
            "written_minutes": load.written_minutes,
            "capped_minutes": counted,
            "assigned_minutes": load.assigned_minutes,
            "study_minutes": load.study_minutes,
            "school_minutes": load.school_minutes,
            "by_subject": load.by_subject,
            "unclosed": load.unclosed,
            "after_lights_out": load.after_lights_out,
        },
        "cap": {
            "cap_minutes": cap,
            "state": cap_state(counted, cap).value,
            "left_minutes": None if cap is None else max(0, cap - counted),
        },
    }


def _tonight(facts: NightFacts) -> list[tuple[Row, list[Row]]]:
    worked_on = {row["assignment_id"] for row in facts.entries}
    return [
        (row, tiers)
        for row, tiers in facts.assignments
        if row["class_id"] == facts.class_id
        and (row["id"] in worked_on or row["state"].value == "published")
        and facts.night in nights_of(row["given_on"], row["due_on"])
    ]


def assignment_document(row: Row, tiers: Sequence[Row], facts: NightFacts) -> dict[str, Any]:
    """One assignment: subject, minutes and a one-line title, never the work itself."""
    return {
        "id": str(row["id"]),
        "subject": row["subject"],
        "title": row["title"] if facts.shows_titles else None,
        "kind": row["kind"].value,
        "place": row["place"].value,
        "state": row["state"].value,
        "given_on": row["given_on"].isoformat(),
        "due_on": row["due_on"].isoformat(),
        "nights": len(nights_of(row["given_on"], row["due_on"])),
        "tiers": [
            {name: tier[name] for name in ("estimated_minutes", "estimated_max_minutes")} | {"tier": tier["tier"].value}
            for tier in sorted(tiers, key=lambda tier: str(tier["tier"].value))
            if tier["version"] == row["version"]
        ],
    }


def entry_document(row: Row, evening: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """One entry. Where a segment was left open, ``proposed_end_at`` offers a likely end for a person to accept."""
    return {
        "id": str(row["id"]),
        "assignment_id": _id(row["assignment_id"]),
        "subject": row["subject"],
        "title": row["title"],
        "is_self_study": row["is_self_study"],
        "kind": row["kind"].value if row["kind"] else None,
        "place": row["place"].value,
        "tier": row["tier"].value if row["tier"] else None,
        "outcome": row["outcome"].value,
        "segments": [_segment(document, row, evening) for document in row["segments"]],
        "actual_minutes": row["actual_minutes"],
        "estimated_minutes": row["estimated_minutes"],
        "figures": [{"author_id": author, **figure} for author, figure in sorted(row["figures"].items())],
        "is_late": row["is_late"],
        "is_amended": row["is_amended"],
        **versioning(row),
    }


def _segment(document: Row, row: Row, evening: Mapping[str, Any] | None) -> dict[str, Any]:
    if evening is None or document["finished_at"] is not None:
        return document
    segment = segment_of(document)
    return document | {"proposed_end_at": _instant(_proposal(segment, row, evening))}


def _proposal(segment: Segment, row: Row, evening: Mapping[str, Any]) -> dt.datetime | None:
    alone = load_entry(row | {"segments": []})
    single = LoadEntry(alone.subject, alone.kind, alone.place, alone.is_self_study, alone.outcome, (segment,))
    if not counted_spans(single, **evening).unclosed:
        return None
    return proposed_end(
        segment,
        estimated_minutes=row["estimated_minutes"],
        already_minutes=row["actual_minutes"],
        lights_out_at=evening["lights_out_at"],
        midnight_at=evening["midnight_at"],
    )


def versioning(row: Row) -> dict[str, Any]:
    """What a phone needs to change a record."""
    return {
        "version": row["version"],
        "installation_id": _id(row["installation_id"]),
        "revision": row["revision"],
        "changed_by": _id(row["changed_by"]),
        "changed_at": _instant(row["changed_at"]),
    }


def sleep_figure(facts: NightFacts, policy: ResolvedPolicy) -> SleepFigure:
    """How long the child slept or will have slept (rule 6)."""
    sleep = facts.row.sleep if facts.row else None
    morning = facts.night + dt.timedelta(days=1)
    kind = _day_kind(morning, facts.school_days)
    student = facts.who.student
    return project(
        night=facts.night,
        zone=facts.zone,
        lights_out_at=sleep["lights_out_at"] if sleep else None,
        woke_at=sleep["woke_at"] if sleep else None,
        history=[
            (_day_kind(night + dt.timedelta(days=1), facts.school_days), woke_at.astimezone(facts.zone).time())
            for night, woke_at in facts.wakings
            if night < facts.night
        ],
        kind=kind,
        stated=student["waking_school_day" if kind is DayKind.school_day else "waking_free_day"],
        target_minutes=policy.sleep_target_minutes,
        latest_lights_out=policy.latest_lights_out,
    )


def _day_kind(day: dt.date, school_days: Mapping[dt.date, bool]) -> DayKind:
    return DayKind.school_day if school_days.get(day, day.isoweekday() < 6) else DayKind.free_day


def sleep_document(row: Row | None, figure: SleepFigure | None = None) -> dict[str, Any]:
    """A night's sleep: as logged, and as far as it can be known."""
    document: dict[str, Any] = {
        "lights_out_at": _instant(row["lights_out_at"]) if row else None,
        "woke_at": _instant(row["woke_at"]) if row else None,
        "nap_minutes": row["nap_minutes"] if row else None,
        "source": row["source"] if row else None,
        "figures": [{"author_id": author, **said} for author, said in sorted(row["figures"].items())] if row else [],
    }
    if row is not None:
        document |= versioning(row)
    if figure is not None:
        document |= {
            "sleep_minutes": figure.sleep_minutes,
            "projected": figure.projected,
            "basis": figure.basis.value,
            "short_by_minutes": figure.short_by_minutes,
            "target_missed": figure.target_missed,
            "bedtime_late": figure.bedtime_late,
        }
    return document


def note_document(row: Row | None) -> dict[str, Any] | None:
    """The guardian's line."""
    if row is None:
        return None
    return {"guardian_note": row["guardian_note"], "signed_on_paper": row["signed_on_paper"], **versioning(row)}


def review_document(row: Row | None) -> dict[str, Any] | None:
    """The homeroom teacher's mark and answer."""
    if row is None:
        return None
    return {
        "sheet_version": row["sheet_version"],
        "teacher_reply": row["teacher_reply"],
        "reviewed_by": _id(row["reviewed_by"]),
        "reviewed_at": _instant(row["reviewed_at"]),
    }


def _in_order(row: SheetRow | None) -> list[Row]:
    return [] if row is None else sorted(row.confirmations, key=lambda each: (each["confirmed_at"], str(each["id"])))


def _confirmation(row: Row) -> dict[str, Any]:
    return {
        "guardian_id": _id(row["guardian_id"]),
        "sheet_version": row["sheet_version"],
        "confirmed_at": _instant(row["confirmed_at"]),
        "by_amendment": row["by_amendment"],
        "withdrawn_at": _instant(row["withdrawn_at"]),
        "withdrawn_because": row["withdrawn_because"] or [],
    }


def _deleted(row: SheetRow | None) -> list[str]:
    rows = [] if row is None else row.entries
    return sorted(str(each["id"]) for each in rows if each["deleted_at"] is not None)


def _instant(instant: dt.datetime | None) -> str | None:
    return None if instant is None else rfc3339(instant)


def _id(value: uuid.UUID | None) -> str | None:
    return None if value is None else str(value)
