"""Adding a class's stretch of nights up from its sheets and entries (rules 2, 4, 5, 6). Nothing is kept here.

Minutes of a subject, kind, tier or place are a union of segments, as the night's own: two entries of one subject that
overlap count once. Sleep and bedtime are those of the stretch's last night, before a school day.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.load import CapScope, Kind, LoadEntry, Outcome, Place, Tier
from backend.domain.night import Zone, days_after, local_instant, midnight_after, zone_of
from backend.domain.segments import Evening, Span, counted_in, rounded_minutes, union_seconds
from backend.domain.stretches import Stretch
from backend.services import policies
from backend.services.class_figures import Cell, Key, Table, enrolled_in
from backend.services.night_state import segment_of
from backend.storage.models import Class, School
from backend.storage.queries import trends as queries

#: Work on one assignment is added up over so many days before a stretch; longer work is in no estimate's figure.
WORK_DAYS = 13
_SUNDAY = 7
_BEST = (Outcome.finished, Outcome.stopped_for_sleep, Outcome.unfinished, Outcome.in_progress)
_NOON = dt.time(12)
#: The cell of those who did nothing that counts against the cap.
NOTHING_CAPPED = "-"
CAPPED = "capped"


@dataclass
class Gathered:
    """A stretch while it is being added up: by student, so that nights of a weekend meet."""

    minutes: dict[uuid.UUID, int] = field(default_factory=lambda: defaultdict(int))
    amended: set[uuid.UUID] = field(default_factory=set)
    tables: dict[Table, dict[str, dict[uuid.UUID, int]]] = field(
        default_factory=lambda: {table: defaultdict(lambda: defaultdict(int)) for table in Table}
    )
    cells: dict[str, dict[uuid.UUID, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    capped: set[uuid.UUID] = field(default_factory=set)
    work: list[list[Any]] = field(default_factory=list)
    lights: list[list[int]] = field(default_factory=list)
    sleep: list[list[int]] = field(default_factory=list)
    bedtimes: list[list[int]] = field(default_factory=list)
    debts: list[list[int]] = field(default_factory=list)


@dataclass(frozen=True)
class AddedUp:
    """A stretch added up, with what decides on what may be shown: each finest cell's values, a student each."""

    cell: Cell
    cells: dict[str, list[int]]


def add_up(
    session: Session, *, school: School, classes: Sequence[Class], spans: Sequence[Stretch]
) -> dict[Key, AddedUp]:
    """Every class and stretch as the sheets stand now; keyed by class and last night."""
    if not spans or not classes:
        return {}
    ids = [each.id for each in classes]
    first, last = min(span.since for span in spans), max(span.until for span in spans)
    since = days_after(first, -WORK_DAYS)
    sheets = queries.submitted_sheets(session, school.id, ids, since, last)
    entries = queries.homework_entries(session, school.id, ids, since, first, last)
    resolved = policies.resolve_many(session, school=school, classes=classes, nights=[span.since for span in spans])
    enrolled = enrolled_in(session, school.id, ids)
    found = _gather(school, ids, spans, sheets, entries)
    return {
        (each.id, span.until): _finish(
            found[each.id, span.until],
            each.id,
            span,
            enrolled.on(each.id, span.until),
            resolved[each.id, span.since].cap_minutes,
        )
        for each in classes
        for span in spans
    }


def _gather(
    school: School, ids: Sequence[uuid.UUID], spans: Sequence[Stretch], sheets: Sequence[Any], entries: Sequence[Any]
) -> dict[Key, Gathered]:
    zone = zone_of(school.zone)
    ending = {days_after(span.since, n): span for span in spans for n in range(span.nights)}
    found = {(class_id, span.until): Gathered() for class_id in ids for span in spans}
    by_sheet: dict[tuple[uuid.UUID, uuid.UUID, dt.date], list[Any]] = defaultdict(list)
    for entry in entries:
        by_sheet[entry.class_id, entry.student_id, entry.night].append(entry)
    work: dict[tuple[uuid.UUID, uuid.UUID, uuid.UUID], list[Any]] = defaultdict(list)
    for sheet in sheets:
        own = by_sheet.get((sheet.class_id, sheet.student_id, sheet.night), [])
        if sheet.night in ending:
            until = ending[sheet.night].until
            _add_sheet(found[sheet.class_id, until], sheet, own, zone, is_last=sheet.night == until)
        for entry in own:
            if entry.due_on is not None:
                work[entry.class_id, entry.assignment_id, entry.student_id].append(entry)
    _add_work(found, ending, work.values())
    _add_debts(found, spans, sheets)
    return found


def _add_sheet(gathered: Gathered, sheet: Any, entries: Sequence[Any], zone: Zone, *, is_last: bool) -> None:
    student = sheet.student_id
    gathered.minutes[student] += sheet.capped_minutes
    if sheet.is_amended:
        gathered.amended.add(student)
    finish = _add_entries(gathered, sheet, entries, zone)
    if is_last:
        _add_sleep(gathered, sheet, finish, zone)


def _add_entries(gathered: Gathered, sheet: Any, entries: Sequence[Any], zone: Zone) -> dt.datetime | None:
    """Add each group's union; returns when homework ended."""
    groups: dict[tuple[Table | None, str], list[tuple[Any, Sequence[Span]]]] = defaultdict(list)
    finish: dt.datetime | None = None
    for entry in entries:
        spans = _spans(entry, sheet, zone)
        finish = max([end for _, end in spans] + ([] if finish is None else [finish]), default=None)
        for key in _groups(entry, sheet):
            groups[key].append((entry, spans))
    student = sheet.student_id
    for (table, name), members in groups.items():
        target = gathered.cells[name] if table is None else gathered.tables[table][name]
        target[student] += _union(members)
        if table is None and name.endswith(CAPPED):
            gathered.capped.add(student)
    return finish


def _groups(entry: Any, sheet: Any) -> Iterable[tuple[Table | None, str]]:
    kind, tier, place = entry.kind or Kind.written, entry.tier or Tier.standard, entry.place
    is_capped = kind is Kind.written and (sheet.cap_scope is CapScope.all or place is Place.home)
    parts = (entry.subject or "", kind.value, tier.value, place.value, CAPPED if is_capped else "")
    yield None, "|".join(parts)
    if entry.subject is not None:
        yield Table.subject, entry.subject
    yield Table.kind, kind.value
    yield Table.tier, tier.value
    yield Table.place, place.value


def _union(members: Sequence[tuple[Any, Sequence[Span]]]) -> int:
    if len(members) == 1:
        return int(members[0][0].actual_minutes)
    if not any(spans for _, spans in members):
        return sum(entry.actual_minutes for entry, _ in members)
    return rounded_minutes(union_seconds(span for _, spans in members for span in spans))


def _spans(entry: Any, sheet: Any, zone: Zone) -> Sequence[Span]:
    """The spans that count, as they did when the sheet was last written."""
    parse = dt.datetime.fromisoformat
    if all(each["finished_at"] is not None for each in entry.segments):
        return [(parse(each["started_at"]), parse(each["finished_at"])) for each in entry.segments]
    segments = tuple(segment_of(each) for each in entry.segments)
    evening = Evening(sheet.changed_at, midnight_after(sheet.night, zone), sheet.lights_out_at, sheet.submitted_at)
    return counted_in(LoadEntry(entry.subject, entry.kind, entry.place, segments=segments), evening).spans


def _add_sleep(gathered: Gathered, sheet: Any, finish: dt.datetime | None, zone: Zone) -> None:
    if sheet.sleep_minutes is not None:
        short = sheet.sleep_short_by_minutes or 0
        gathered.sleep.append([sheet.sleep_minutes, short, int(bool(sheet.sleep_is_projected))])
    if sheet.lights_out_at is None:
        return
    noon = local_instant(sheet.night, _NOON, zone)
    late = sheet.latest_lights_out_at is not None and sheet.lights_out_at > sheet.latest_lights_out_at
    lights = _minutes_between(noon, sheet.lights_out_at)
    gathered.lights.append([lights, int(late)])
    if finish is not None:
        gathered.bedtimes.append([_minutes_between(noon, finish), lights, int(late)])


def _minutes_between(start: dt.datetime, end: dt.datetime) -> int:
    return (end - start) // dt.timedelta(minutes=1)


def _add_work(found: dict[Key, Gathered], ending: dict[dt.date, Stretch], work: Iterable[list[Any]]) -> None:
    """One observation a student and assignment, in the stretch of the assignment's last night."""
    for entries in work:
        first = min(entries, key=lambda entry: entry.night)
        span = ending.get(days_after(first.due_on, -1))
        if span is None or first.given_on < days_after(span.since, -WORK_DAYS):
            continue
        outcome = min((entry.outcome for entry in entries), key=_BEST.index)
        if outcome is Outcome.in_progress:
            continue
        kind, tier = first.kind or Kind.written, first.tier or Tier.standard
        minutes = sum(entry.actual_minutes for entry in entries)
        row = [first.subject or "", kind.value, tier.value, minutes, first.estimated_minutes, outcome.value]
        found[first.class_id, span.until].work.append(row)


def _add_debts(found: dict[Key, Gathered], spans: Sequence[Stretch], sheets: Sequence[Any]) -> None:
    """Each student's sleep debt of the week that ends with a stretch: shortfalls without credit (rule 6)."""
    sundays = {span.until for span in spans if span.until.isoweekday() == _SUNDAY}
    sums: dict[tuple[uuid.UUID, uuid.UUID, dt.date], int] = defaultdict(int)
    for sheet in sheets:
        sunday = days_after(sheet.night, _SUNDAY - sheet.night.isoweekday())
        if sunday in sundays and sheet.sleep_short_by_minutes is not None:
            sums[sheet.class_id, sheet.student_id, sunday] += sheet.sleep_short_by_minutes
    for (class_id, _, sunday), debt in sums.items():
        found[class_id, sunday].debts.append([debt])


def _finish(gathered: Gathered, class_id: uuid.UUID, span: Stretch, enrolled: int, cap: int | None) -> AddedUp:
    tables = {
        table.value: {name: sorted(of.values()) for name, of in sorted(names.items())}
        for table, names in gathered.tables.items()
    }
    figures = {
        "tables": tables,
        "work": sorted(gathered.work, key=repr),
        "lights": sorted(gathered.lights),
        "sleep": sorted(gathered.sleep),
        "bedtimes": sorted(gathered.bedtimes),
        "debts": sorted(gathered.debts),
    }
    minutes = sorted(gathered.minutes.values())
    cell = Cell(class_id, span, enrolled, cap, len(gathered.amended), minutes, figures)
    cells = {name: sorted(of.values()) for name, of in gathered.cells.items()}
    idle = len(gathered.minutes) - len(gathered.capped)
    return AddedUp(cell, cells | ({NOTHING_CAPPED: [0] * idle} if idle else {}))
