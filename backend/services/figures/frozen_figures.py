"""Class figures as those who may not see names are given them (rule 11): fixed at 07:00 of the next day.

They are replaced only when five sheets or more have changed, and then only where no difference to anything given out
before speaks of fewer than five students. Load, work against estimates, and sleep are replaced each by itself: no sum
of one holds a value of another. What may be shown at all is decided when figures are fixed (`disclosure`).
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.domain import disclosure
from backend.domain.night import days_after
from backend.domain.stretches import LONGEST, Stretch
from backend.domain.trends import MINIMUM, frozen_at
from backend.services.figures.adding_up import CAPPED, NOTHING_CAPPED, AddedUp, add_up
from backend.services.figures.class_figures import OF_WORK, Cell, Key, Table, figures_of, paths_of
from backend.services.figures.packed_work import Packed, finished_in, rows_of, work_of
from backend.storage.models import Class, FrozenFigure, School
from backend.storage.queries import classes as places
from backend.storage.queries import kept_figures
from backend.storage.queries import trends as queries
from backend.storage.queries.kept_figures import WHOLE, Path

#: A sheet may be saved a little after the instant that it carries.
MARGIN = dt.timedelta(minutes=10)
STRETCHES_AT_ONCE = 10
NOTHING_WITHHELD: frozenset[tuple[str, str]] = frozenset()
_WHOLE = ("total", "")
_SLEEP = ("lights", "sleep", "bedtimes", "debts")
Form = tuple[tuple[str, str], list[str]]


def frozen_cells(
    session: Session,
    *,
    school: School,
    classes: Sequence[Class],
    spans: Sequence[Stretch],
    now: dt.datetime,
    whole: bool,
    table: Table | None = None,
) -> dict[Key, Cell]:
    """The figures of classes over stretches that may be shown by now, keyed by class and last night.

    Fixes what is due and not yet fixed, so the transaction must be able to write. ``whole`` and ``table`` as for
    `live_cells`.
    """
    due = due_of(school, spans, now)
    if not due or not classes:
        return {}
    renew(session, school, now)
    return fixed_cells(session, school=school, classes=classes, due=due, now=now, whole=whole, table=table)


def due_of(school: School, spans: Sequence[Stretch], now: dt.datetime) -> list[Stretch]:
    """Those of some stretches of which figures may be shown by now."""
    return [span for span in spans if frozen_at(span.until, school.zone) <= now]


def version_of(session: Session, school: School) -> str | None:
    """What is another whenever a frozen figure of the school is; None before the first `renew`."""
    passed = queries.last_pass(session, school.id)
    return None if passed is None else passed.frozen_version


def fixed_cells(
    session: Session,
    *,
    school: School,
    classes: Sequence[Class],
    due: Sequence[Stretch],
    now: dt.datetime,
    whole: bool,
    table: Table | None = None,
) -> dict[Key, Cell]:
    """`frozen_cells` of stretches that are all due, after `renew`."""
    if not due or not classes:
        return {}
    paths = paths_of(whole=whole, table=table)
    found = _read(session, school, classes, due, paths)
    if len(found) == len(due) * len(classes):
        return found
    missing = [span for span in due if any((each.id, span.until) not in found for each in classes)]
    for start in range(0, len(missing), STRETCHES_AT_ONCE):
        _fix(session, school, classes, missing[start : start + STRETCHES_AT_ONCE], found.keys(), now)
    return _read(session, school, classes, due, paths)


def _read(
    session: Session, school: School, classes: Sequence[Class], due: Sequence[Stretch], paths: tuple[Path, ...]
) -> dict[Key, Cell]:
    ids, known = [each.id for each in classes], {span.until: span for span in due}
    read = paths if paths in {(), WHOLE} else (*paths, ("withheld",))
    rows = kept_figures.frozen(session, school.id, ids, due[0].until, due[-1].until, paths=read)
    return {(row.class_id, row.until): _thawed(row, known[row.until], read) for row in rows if row.until in known}


def _thawed(row: kept_figures.Kept, span: Stretch, paths: tuple[Path, ...]) -> Cell:
    figures = figures_of(paths, row.parts)
    stretch = span if span.since == row.since else Stretch(row.until, row.since)
    withheld = frozenset(map(tuple, figures["withheld"])) if figures.get("withheld") else NOTHING_WITHHELD
    return Cell(row.class_id, stretch, row.mark, row.cap_minutes, row.amended, row.minutes, figures, withheld)


def _fix(
    session: Session,
    school: School,
    classes: Sequence[Class],
    spans: Sequence[Stretch],
    there: Iterable[Key],
    now: dt.datetime,
) -> None:
    fixed = set(there)
    added = add_up(session, school=school, classes=classes, spans=spans)
    rows = [frozen_row(school.id, each, now) for key, each in added.items() if key not in fixed]
    kept_figures.freeze(session, rows)


def frozen_row(school_id: uuid.UUID, added: AddedUp, now: dt.datetime) -> dict[str, Any]:
    """A stretch added up as it is fixed, with what of it may be shown."""
    cell = added.cell
    return {
        "school_id": school_id,
        "class_id": cell.class_id,
        "until": cell.stretch.until,
        "since": cell.stretch.since,
        "frozen_at": now,
        "enrolled": cell.enrolled,
        "cap_minutes": cell.cap_minutes,
        "amended": cell.amended,
        "minutes": list(cell.minutes),
        "figures": {**cell.figures, "withheld": withheld(added) + withheld_work(cell.figures["work"])},
        "kept": {"cells": added.cells},
    }


def forms_of(cells: Iterable[str], tables: Mapping[str, Iterable[str]]) -> list[Form]:
    """Every sum that can be shown of a class: the whole, then each table's, with the finest cells that it holds."""
    names = list(cells)
    order = {table.value: index for index, table in enumerate(Table)}
    forms: list[Form] = [(_WHOLE, [each for each in names if each == NOTHING_CAPPED or each.endswith(CAPPED)])]
    places_in_name = {"subject": 0, "kind": 1, "tier": 2, "place": 3}
    for table in sorted(tables, key=lambda table: order[table]):
        at = places_in_name[table]
        forms += [
            ((table, name), [each for each in names if each != NOTHING_CAPPED and each.split("|")[at] == name])
            for name in tables[table]
        ]
    return forms


def withheld(added: AddedUp) -> list[list[str]]:
    """The sums that may not be shown beside the others, as (table, name); everything below five sheets."""
    tables: Mapping[str, Mapping[str, Sequence[int]]] = added.cell.figures["tables"]
    forms = forms_of(added.cells, tables)
    if added.cell.n < MINIMUM:
        return [list(name) for name, _ in forms]
    sizes = {name: len(values) for name, values in added.cells.items()}
    by_size = sorted(forms[1:], key=lambda form: _rank(form[0], tables))
    safe = disclosure.safe_forms(sizes, [forms[0], *by_size], always=_WHOLE)
    return [list(name) for name, _ in forms if name not in safe]


def withheld_work(work: Packed) -> list[list[str]]:
    """The same of work against its estimates, of which how much there is is a sum too: as (`OF_WORK` table, name).

    It is decided by itself: work that nobody was given is in no estimate, so what is safe in load need not be here.
    """
    finest = work_of(work, slice(3))
    sizes = {name: sum(fours[3::4]) for name, fours in finest.items()}
    forms = _forms_of_work(finest)
    enough = [form for form in forms if sum(finished_in(finest[cell]) for cell in form[1]) >= MINIMUM]
    ranked = sorted(enough, key=lambda form: (_order(form[0][0]), -sum(sizes[cell] for cell in form[1])))
    safe = disclosure.safe_forms(sizes, ranked)
    return [[f"{OF_WORK}{table}", name] for (table, name), _ in forms if (table, name) not in safe]


def _forms_of_work(cells: Iterable[str]) -> list[Form]:
    """Every sum of work that can be shown: by subject, kind and tier, with the finest cells that it holds."""
    found: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        for table, name in zip((Table.subject, Table.kind, Table.tier), cell.split("|"), strict=True):
            found.setdefault((table.value, name), []).append(cell)
    return sorted(found.items())


def _order(table: str) -> int:
    return [each.value for each in Table].index(table)


def _rank(name: tuple[str, str], tables: Mapping[str, Mapping[str, Sequence[int]]]) -> tuple[int, int]:
    """Subjects before kinds before tiers before places, the largest first: what is taken first is shown."""
    return _order(name[0]), -len(tables[name[0]][name[1]])


# --- renewing -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Renewal:
    """One stretch as it was given out and as it stands now."""

    row: FrozenFigure
    added: AddedUp

    def earlier(self, piece: str) -> list[dict[str, Any]]:
        """Every version of a piece given out so far."""
        given: list[dict[str, Any]] = self.row.kept.get("earlier", {}).get(piece, [])
        return [*given, self.given(piece)]

    def given(self, piece: str) -> dict[str, Any]:
        """A piece as it was given out last."""
        figures = self.row.figures
        if piece == "load":
            return {"minutes": self.row.minutes, "cells": self.row.kept.get("cells", {}), "shown": _shown(figures)}
        return _listed(figures, piece)

    def fresh(self, piece: str) -> dict[str, Any]:
        """A piece as it stands."""
        figures = self.added.cell.figures
        if piece == "load":
            shown = _shown({"tables": figures["tables"], "withheld": withheld(self.added)})
            return {"minutes": self.added.cell.minutes, "cells": self.added.cells, "shown": shown}
        return _listed(figures, piece)


def _listed(figures: Mapping[str, Any], piece: str) -> dict[str, Any]:
    """A piece of which no sum is shown: its values one by one, however they are kept."""
    if piece == "work":
        return {"work": rows_of(figures.get("work", ()))}
    return {name: figures.get(name, []) for name in _SLEEP}


def _shown(figures: Mapping[str, Any]) -> list[list[str]]:
    """The (table, name) pairs that are shown."""
    hidden = {tuple(each) for each in figures.get("withheld", ())}
    return [
        [table, name] for table, of in figures.get("tables", {}).items() for name in of if (table, name) not in hidden
    ]


def renew(session: Session, school: School, now: dt.datetime) -> None:
    """Hold what has changed since the last time against what was given out."""
    passed = queries.last_pass(session, school.id)
    if passed is not None:
        changed = queries.nights_changed(session, school.id, passed.passed_at - MARGIN)
        if changed:
            _renew_nights(session, school, [(class_id, night) for class_id, night in changed], now)
    if passed is None or now - passed.passed_at > MARGIN / 2:
        queries.note_pass(session, school.id, now)


def _renew_nights(session: Session, school: School, nights: Sequence[Key], now: dt.datetime) -> None:
    ids = sorted({class_id for class_id, _ in nights}, key=str)
    first, last = min(night for _, night in nights), max(night for _, night in nights)
    heads = kept_figures.frozen(session, school.id, ids, first, days_after(last, LONGEST))
    wanted = set(nights)
    touched = [
        (head.class_id, head.until)
        for head in heads
        if any((head.class_id, days_after(head.since, n)) in wanted for n in range((head.until - head.since).days + 1))
    ]
    if not touched:
        return
    queries.lock_pass(session, school.id)
    rows = kept_figures.frozen_with_kept(session, school.id, touched)
    classes = [each for each in places.classes_of_school(session, school.id) if each.id in set(ids)]
    spans = sorted({Stretch(row.until, row.since) for row in rows})
    added = add_up(session, school=school, classes=classes, spans=spans)
    replaced = [_renewed(Renewal(row, added[row.class_id, row.until]), school.id, now) for row in rows]
    kept_figures.keep(session, FrozenFigure, [row for row in replaced if row is not None])


def _may_load(given: dict[str, Any], fresh: dict[str, Any]) -> bool:
    names = {tuple(each) for each in (*given["shown"], *fresh["shown"])}
    tables: dict[str, list[str]] = {}
    for table, name in sorted(names):
        tables.setdefault(table, []).append(name)
    cells = {*given["cells"], *fresh["cells"]}
    return disclosure.may_replace(
        given["cells"],
        fresh["cells"],
        forms_of(sorted(cells), tables),
        whole=_WHOLE,
        whole_apart=disclosure.sheets_apart(given["minutes"], fresh["minutes"]),
    )


def _may_work(given: dict[str, Any], fresh: dict[str, Any]) -> bool:
    """As load: every part of the work that can be shown is safe beside the others in what changed."""
    before, after = _values_of_work(given["work"]), _values_of_work(fresh["work"])
    cells = sorted({*before, *after})
    return disclosure.may_replace(
        before,
        after,
        [(_WHOLE, cells), *_forms_of_work(cells)],
        whole=_WHOLE,
        whole_apart=disclosure.sheets_apart(map(tuple, given["work"]), map(tuple, fresh["work"])),
    )


def _values_of_work(rows: Iterable[Sequence[Any]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault("|".join(row[:3]), []).append(tuple(row[3:]))
    return found


def _may_lists(given: dict[str, Any], fresh: dict[str, Any]) -> bool:
    """Lists of values of which no sum is shown: each the same or five values apart, and not all the same."""
    apart = [disclosure.sheets_apart(map(tuple, given[name]), map(tuple, fresh[name])) for name in fresh]
    return any(apart) and all(number == 0 or number >= MINIMUM for number in apart)


_PIECES: dict[str, Callable[[dict[str, Any], dict[str, Any]], bool]] = {
    "load": _may_load,
    "work": _may_work,
    "sleep": _may_lists,
}


def _renewed(renewal: Renewal, school_id: uuid.UUID, now: dt.datetime) -> dict[str, Any] | None:
    """The row with every piece renewed that may be; None when none may."""
    pieces = [
        piece
        for piece, may in _PIECES.items()
        if all(may(given, renewal.fresh(piece)) for given in renewal.earlier(piece))
    ]
    if "load" not in pieces:
        # One child may have five pieces of work, and has one sheet: five sheets are what load is renewed for.
        pieces = [piece for piece in pieces if piece != "work"]
    if not pieces:
        return None
    row, old = frozen_row(school_id, renewal.added, now), renewal.row
    kept = {piece: renewal.earlier(piece) if piece in pieces else renewal.earlier(piece)[:-1] for piece in _PIECES}
    figures = {**old.figures, **_chosen(row["figures"], pieces)}
    figures["withheld"] = _withheld_in(row["figures"] if "load" in pieces else old.figures, of_work=False)
    figures["withheld"] += _withheld_in(row["figures"] if "work" in pieces else old.figures, of_work=True)
    if "load" not in pieces:
        same = {"enrolled": old.enrolled, "cap_minutes": old.cap_minutes, "amended": old.amended}
        row |= same | {"minutes": old.minutes, "kept": {"cells": old.kept.get("cells", {})}}
    return row | {"figures": figures, "kept": row["kept"] | {"earlier": kept}}


def _withheld_in(figures: Mapping[str, Any], *, of_work: bool) -> list[list[str]]:
    return [each for each in figures.get("withheld", ()) if each[0].startswith(OF_WORK) is of_work]


def _chosen(figures: Mapping[str, Any], pieces: Sequence[str]) -> dict[str, Any]:
    names = {"load": ("tables",), "work": ("work",), "sleep": _SLEEP}
    return {name: figures[name] for piece in pieces for name in names[piece]}
