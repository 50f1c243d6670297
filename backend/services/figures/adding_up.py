"""Adding a class's stretch of nights up from its sheets and entries (rules 2, 4, 5, 6). Nothing is kept here.

Minutes of a subject, kind, tier or place are a union of segments, as the night's own: two entries of one subject that
overlap count once. Sleep and bedtime are those of the stretch's last night, before a school day.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.load import CapScope, Kind, LoadEntry, Outcome, Place, Tier
from backend.domain.night import Zone, days_after, local_instant, midnight_after, zone_of
from backend.domain.segments import Evening, Span, counted_in, rounded_minutes, union_seconds
from backend.domain.stretches import Stretch
from backend.services.figures.class_figures import Cell, Key, Table, enrolled_in
from backend.services.figures.packed_work import packed
from backend.services.nights.night_state import segment_of
from backend.services.school import policies
from backend.storage.models import Class, School
from backend.storage.queries import trends as queries

#: Work on one assignment is added up over so many days before a stretch; longer work is in no estimate's figure.
WORK_DAYS = 13
_SUNDAY = 7
_BEST = ("finished", "stopped_for_sleep", "unfinished", "in_progress")
_NOON = dt.time(12)
#: The cell of those who did nothing that counts against the cap.
NOTHING_CAPPED = "-"
CAPPED = "capped"
#: The table of the finest cells, beside those by which work is parted.
_CELL = ""
_TABLES = tuple(table.value for table in Table)
Group = tuple[str, str]


@dataclass
class Gathered:
    """A stretch while it is being added up: by student, so that nights of a weekend meet."""

    minutes: dict[Any, int] = field(default_factory=lambda: defaultdict(int))
    amended: set[Any] = field(default_factory=set)
    groups: dict[Group, dict[Any, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    """Each student's minutes of a (table, name); the finest cells are the table `_CELL`."""
    capped: set[Any] = field(default_factory=set)
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
    sheets = queries.submitted_sheets(session, school.id, ids, min(first, _week_begins(spans)), last)
    entries = queries.homework_entries(session, school.id, ids, days_after(first, -WORK_DAYS), first, last)
    resolved = policies.resolve_many(session, school=school, classes=classes, nights=[span.since for span in spans])
    enrolled = enrolled_in(session, school.id, ids)
    found = _gather(school, ids, spans, first, sheets, entries)
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


def _week_begins(spans: Sequence[Stretch]) -> dt.date:
    """The Monday of the first week whose sleep debt ends with a stretch: how far back sheets are needed."""
    sundays = [span.until for span in spans if span.until.isoweekday() == _SUNDAY]
    return days_after(min(sundays), 1 - _SUNDAY) if sundays else dt.date.max


def _gather(
    school: School,
    ids: Sequence[uuid.UUID],
    spans: Sequence[Stretch],
    first: dt.date,
    sheets: Sequence[Any],
    entries: Sequence[Any],
) -> dict[Key, Gathered]:
    """Entries of nights before ``first`` are of sheets handed in by the statement; of others it is seen here.

    Ids are as the driver gives them: to make 100,000 objects of them would take longer than all the rest.
    """
    zone = zone_of(school.zone)
    known = {name: each for each in ids for name in (each, each.hex)}
    ending = {days_after(span.since, n): span for span in spans for n in range(span.nights)}
    noons = {night: local_instant(night, _NOON, zone) for night in ending}
    found = {(class_id, span.until): Gathered() for class_id in ids for span in spans}
    by_sheet: dict[Any, list[Any]] = {(each.class_id, each.student_id, each.night): [] for each in sheets}
    work: dict[Any, list[Any]] = defaultdict(list)
    for entry in entries:
        own = by_sheet.get((entry.class_id, entry.student_id, entry.night))
        if own is not None:
            own.append(entry)
        if entry.due_on is not None and (own is not None or entry.night < first):
            work[entry.class_id, entry.assignment_id, entry.student_id].append(entry)
    for sheet in sheets:
        span = ending.get(sheet.night)
        if span is not None:
            own = by_sheet[sheet.class_id, sheet.student_id, sheet.night]
            noon = noons[sheet.night] if sheet.night == span.until else None
            _add_sheet(found[known[sheet.class_id], span.until], sheet, own, zone, noon)
    by_id = {(name, span.until): found[each, span.until] for name, each in known.items() for span in spans}
    _add_work(by_id, ending, work.values())
    _add_debts(by_id, spans, sheets)
    return found


def _add_sheet(gathered: Gathered, sheet: Any, entries: Sequence[Any], zone: Zone, noon: dt.datetime | None) -> None:
    """Add one sheet; ``noon`` of its night where it is the last of its stretch, for sleep and bedtime."""
    student = sheet.student_id
    gathered.minutes[student] += sheet.capped_minutes
    if sheet.is_amended:
        gathered.amended.add(student)
    finish = _add_entries(gathered, sheet, entries, zone) if entries else None
    if noon is not None:
        _add_sleep(gathered, sheet, finish, noon)


def _add_entries(gathered: Gathered, sheet: Any, entries: Sequence[Any], zone: Zone) -> dt.datetime | None:
    """Add each group's union; returns when homework ended.

    Which entries are in a group is a number with a bit an entry: most groups hold the same, and are united once.
    """
    members: dict[Group, int] = {}
    spans = [_spans(entry, sheet, zone) for entry in entries]
    for at, entry in enumerate(entries):
        for group in _groups(entry.subject, entry.kind, entry.tier, entry.place, sheet.cap_scope):
            members[group] = members.get(group, 0) | 1 << at
    united: dict[int, int] = {}
    for group, held in members.items():
        if held not in united:
            united[held] = _union([each for at, each in enumerate(zip(entries, spans, strict=True)) if held >> at & 1])
        gathered.groups[group][sheet.student_id] += united[held]
        if group[0] == _CELL and group[1].endswith(CAPPED):
            gathered.capped.add(sheet.student_id)
    return max((end for each in spans for _, end in each), default=None)


@lru_cache(maxsize=1024)
def _groups(subject: str | None, kind: str | None, tier: str | None, place: str, scope: str) -> tuple[Group, ...]:
    """The sums to which an entry belongs: its finest cell, then by subject, kind, tier and place."""
    kind, tier = kind or Kind.written.value, tier or Tier.standard.value
    is_capped = kind == Kind.written.value and (scope == CapScope.all.value or place == Place.home.value)
    cell = "|".join((subject or "", kind, tier, place, CAPPED if is_capped else ""))
    by_subject = [] if subject is None else [(Table.subject.value, subject)]
    others = [(Table.kind.value, kind), (Table.tier.value, tier), (Table.place.value, place)]
    return ((_CELL, cell), *by_subject, *others)


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
    kind, place = Kind(entry.kind or Kind.written.value), Place(entry.place)
    return counted_in(LoadEntry(entry.subject, kind, place, segments=segments), evening).spans


def _add_sleep(gathered: Gathered, sheet: Any, finish: dt.datetime | None, noon: dt.datetime) -> None:
    if sheet.sleep_minutes is not None:
        short = sheet.sleep_short_by_minutes or 0
        gathered.sleep.append([sheet.sleep_minutes, short, int(bool(sheet.sleep_is_projected))])
    if sheet.lights_out_at is None:
        return
    late = sheet.latest_lights_out_at is not None and sheet.lights_out_at > sheet.latest_lights_out_at
    lights = _minutes_between(noon, sheet.lights_out_at)
    gathered.lights.append([lights, int(late)])
    if finish is not None:
        gathered.bedtimes.append([_minutes_between(noon, finish), lights, int(late)])


def _minutes_between(start: dt.datetime, end: dt.datetime) -> int:
    return (end - start) // dt.timedelta(minutes=1)


def _add_work(found: dict[Any, Gathered], ending: dict[dt.date, Stretch], work: Iterable[list[Any]]) -> None:
    """One observation a student and assignment, in the stretch of the assignment's last night."""
    ends = {days_after(night, 1): span for night, span in ending.items()}
    for entries in work:
        first = entries[0] if len(entries) == 1 else min(entries, key=lambda entry: entry.night)
        span = ends.get(first.due_on)
        if span is None or first.given_on < days_after(span.since, -WORK_DAYS):
            continue
        outcome = first.outcome if len(entries) == 1 else min((each.outcome for each in entries), key=_BEST.index)
        if outcome == Outcome.in_progress.value:
            continue
        kind, tier = first.kind or Kind.written.value, first.tier or Tier.standard.value
        minutes = sum(entry.actual_minutes for entry in entries)
        row = [first.subject or "", kind, tier, minutes, first.estimated_minutes, outcome]
        found[first.class_id, span.until].work.append(row)


def _add_debts(found: dict[Any, Gathered], spans: Sequence[Stretch], sheets: Sequence[Any]) -> None:
    """Each student's sleep debt of the week that ends with a stretch: shortfalls without credit (rule 6)."""
    weeks = {
        days_after(span.until, -n): span.until
        for span in spans
        if span.until.isoweekday() == _SUNDAY
        for n in range(_SUNDAY)
    }
    sums: dict[Any, int] = defaultdict(int)
    for sheet in sheets:
        sunday = weeks.get(sheet.night)
        if sunday is not None and sheet.sleep_short_by_minutes is not None:
            sums[sheet.class_id, sheet.student_id, sunday] += sheet.sleep_short_by_minutes
    for (class_id, _, sunday), debt in sums.items():
        found[class_id, sunday].debts.append([debt])


def _finish(gathered: Gathered, class_id: uuid.UUID, span: Stretch, enrolled: int, cap: int | None) -> AddedUp:
    named: dict[str, dict[str, list[int]]] = {name: {} for name in (_CELL, *_TABLES)}
    for (table, name), of in sorted(gathered.groups.items(), key=lambda item: item[0]):
        named[table][name] = sorted(of.values())
    cells = named.pop(_CELL)
    figures = {
        "tables": named,
        "work": packed(gathered.work),
        "lights": sorted(gathered.lights),
        "sleep": sorted(gathered.sleep),
        "bedtimes": sorted(gathered.bedtimes),
        "debts": sorted(gathered.debts),
    }
    minutes = sorted(gathered.minutes.values())
    cell = Cell(class_id, span, enrolled, cap, len(gathered.amended), minutes, figures)
    idle = len(gathered.minutes) - len(gathered.capped)
    return AddedUp(cell, cells | ({NOTHING_CAPPED: [0] * idle} if idle else {}))
