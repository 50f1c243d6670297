"""Early warnings: what in a class's last weeks deserves somebody's attention, with a plain reason, and what was done.

A warning is worked out from the figures that the reader is given, live or frozen; only its closing is stored. It is
closed by saying what was done, and comes again under a new name if it still holds two weeks later.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.errors import NotFound
from backend.domain.estimates import Judged, calibrate
from backend.domain.night import days_after
from backend.domain.trends import MINIMUM
from backend.services import access, audit
from backend.services.actor import Actor
from backend.services.figures.class_figures import Cell, Table
from backend.services.figures.sleep_figures import percent
from backend.services.figures.trend_access import Figures, class_figures, school_figures
from backend.services.figures.trend_parts import Part, Shown, TrendBy, monday_of, shown_parts, work_in
from backend.services.school import schools
from backend.storage.models import Class
from backend.storage.queries import classes as places
from backend.storage.queries import warnings as queries

LOOK_BACK_DAYS = 28
OVER_CAP_NIGHTS, OF_NIGHTS = 3, 5
RATIO_LIMIT, RATIO_WEEKS = 1.5, 2
SLEEP_SHORT_LIMIT_PERCENT = 60
COVERAGE_DROP_PERCENT = 15
#: A closed warning stays closed for so many days; then it is a new one.
CLOSED_DAYS = 14
_NAMES = uuid.UUID("6f4ad6a4-5f0b-5a55-9f0f-3c7b1f2f5a10")


@dataclass(frozen=True)
class Warned:
    """One reason. What its numbers mean, code by code, is in `mobile_api.schemas.warnings`."""

    code: str
    first: dt.date
    last: dt.date
    value: float
    limit: float
    count: int | None = None
    of: int | None = None
    subject: str | None = None

    def id_of(self, class_id: uuid.UUID) -> uuid.UUID:
        """The same warning's id for as long as it is the same: a fortnight counted from a fixed Monday."""
        fortnight = monday_of(self.last).toordinal() // CLOSED_DAYS
        return uuid.uuid5(_NAMES, f"{class_id} {self.code} {self.subject} {fortnight}")


def class_warnings(session: Session, *, actor: Actor, class_id: uuid.UUID, now: dt.datetime) -> dict[str, Any]:
    """A class's warnings: to its homeroom teacher as it stands, to others frozen. Raises ``NotFound``."""
    place = schools.get_school(session, school_id=actor.school, now=now)
    _check_warned(session, actor, class_id, place.today)
    first = days_after(place.today, -LOOK_BACK_DAYS)
    found = class_figures(session, actor=actor, class_id=class_id, first=first, last=None, whole=True, now=now)
    return {"items": _documents(session, place.id, found)}


def school_warnings(session: Session, *, actor: Actor, school_id: uuid.UUID, now: dt.datetime) -> dict[str, Any]:
    """A school's warnings, a grade head's own grade's. Raises ``NotFound``."""
    place = schools.get_school(session, school_id=school_id, now=now)
    first = days_after(place.today, -LOOK_BACK_DAYS)
    found = school_figures(session, actor=actor, school_id=school_id, first=first, last=None, whole=True, now=now)
    return {"items": _documents(session, school_id, found)}


def close_warning(
    session: Session,
    *,
    actor: Actor,
    class_id: uuid.UUID,
    warning_id: uuid.UUID,
    action: str,
    now: dt.datetime,
) -> dict[str, Any]:
    """Close a warning that the actor sees by saying what was done; twice changes nothing. Raises ``NotFound``."""
    there: list[dict[str, Any]] = class_warnings(session, actor=actor, class_id=class_id, now=now)["items"]
    warning = next((each for each in there if each["id"] == warning_id), None)
    if warning is None:
        raise NotFound("no such warning")
    row = {
        "school_id": actor.school,
        "warning_id": warning_id,
        "class_id": class_id,
        "code": warning["code"],
        "subject": warning["subject"],
        "last_on": warning["to"],
        "action": action,
        "closed_by": actor.id,
        "closed_at": now,
    }
    if warning["closed"] is None and queries.close(session, row):
        details = {"code": warning["code"], "subject": warning["subject"]}
        audit.record(session, actor=actor, action="warning.closed", now=now, class_id=class_id, details=details)
    return warning | {"closed": _closings(session, actor.school, [warning_id])[warning_id]}


def _check_warned(session: Session, actor: Actor, class_id: uuid.UUID, today: dt.date) -> None:
    if not places.is_true(session, access.sees_warnings(actor, class_id, today=today)):
        raise NotFound("no such class")


def _documents(session: Session, school_id: uuid.UUID, found: Figures) -> list[dict[str, Any]]:
    warned = [(class_, each) for class_ in found.classes for each in warnings_of(found, class_)]
    ids = [each.id_of(class_.id) for class_, each in warned]
    closed = _closings(session, school_id, ids)
    documents = [_document(class_, each) | {"closed": closed.get(each.id_of(class_.id))} for class_, each in warned]
    return sorted(documents, key=lambda document: document["closed"] is not None)


def _document(class_: Class, warned: Warned) -> dict[str, Any]:
    return {
        "id": warned.id_of(class_.id),
        "class_id": class_.id,
        "class_name": class_.name,
        "code": warned.code,
        "subject": warned.subject,
        "from": warned.first,
        "to": warned.last,
        "count": warned.count,
        "of": warned.of,
        "value": warned.value,
        "limit": warned.limit,
    }


def _closings(session: Session, school_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    """What was done about those of the warnings that are closed, with names, in two statements."""
    rows = queries.closings(session, school_id, ids)
    names = places.person_names(session, school_id, sorted({row.closed_by for row in rows.values()}))
    return {
        warning_id: {"action": row.action, "by": names.get(row.closed_by), "at": row.closed_at}
        for warning_id, row in rows.items()
    }


# --- reasons --------------------------------------------------------------------------------------------------------


def warnings_of(found: Figures, class_: Class) -> list[Warned]:
    """Everything that a class's cells warn of, in a fixed order."""
    cells = sorted((cell for cell in found.cells if cell.class_id == class_.id), key=lambda cell: cell.stretch.until)
    shown = shown_parts(cells, TrendBy.day, live=found.live)
    tolerance = 0 if found.school is None else found.school.sleep_short_tolerance_minutes
    reasons = (
        _over_cap(shown),
        *_estimates(cells, found),
        _sleep_short(cells, found, tolerance),
        _coverage(shown),
    )
    return [reason for reason in reasons if reason is not None]


def _over_cap(shown: Shown) -> Warned | None:
    nights = [part for part in shown.parts if part.cell.cap_minutes is not None and part.n >= MINIMUM][-OF_NIGHTS:]
    over = [part for part in nights if _mean(part) > (part.cell.cap_minutes or 0)]
    if len(over) < OVER_CAP_NIGHTS:
        return None
    mean = sum(_mean(part) for part in over) / len(over)
    cap = float(over[-1].cell.cap_minutes or 0)
    first, last = nights[0].cell.stretch.since, nights[-1].cell.stretch.until
    return Warned("class_over_cap", first, last, round(mean, 1), cap, len(over), len(nights))


def _mean(part: Part) -> float:
    return sum(part.minutes) / part.n / part.cell.stretch.nights


def _estimates(cells: Sequence[Cell], found: Figures) -> Iterable[Warned]:
    """Subjects whose work took more than half as long again as estimated, in each of the last two weeks."""
    weeks: dict[str, dict[dt.date, list[Judged]]] = defaultdict(lambda: defaultdict(list))
    for cell in cells:
        for subject, work in work_in(cell, Table.subject, live=found.live).items():
            weeks[subject][monday_of(cell.stretch.until)] += work
    for subject, of in sorted(weeks.items()):
        mondays = sorted(of)[-RATIO_WEEKS:]
        judged = [calibrate(of[monday]) for monday in mondays]
        ratios = [each.ratio for each in judged if each.n >= MINIMUM and each.ratio is not None]
        if len(ratios) == RATIO_WEEKS and min(ratios) > RATIO_LIMIT:
            last = min(days_after(mondays[-1], 6), cells[-1].stretch.until)
            yield Warned(
                "estimate_exceeded",
                mondays[0],
                last,
                ratios[-1],
                RATIO_LIMIT,
                RATIO_WEEKS,
                RATIO_WEEKS,
                subject,
            )


def _sleep_short(cells: Sequence[Cell], found: Figures, tolerance: int) -> Warned | None:
    last = [cell for cell in cells if found.live or len(cell.rows("sleep")) >= MINIMUM][-OF_NIGHTS:]
    rows = [row for cell in last for row in cell.rows("sleep")]
    share = percent(sum(row[1] > tolerance for row in rows), len(rows))
    if len(rows) < MINIMUM or share is None or share <= SLEEP_SHORT_LIMIT_PERCENT:
        return None
    first, until = last[0].stretch.since, last[-1].stretch.until
    return Warned("sleep_short", first, until, share, SLEEP_SHORT_LIMIT_PERCENT, None, len(last))


def _coverage(shown: Shown) -> Warned | None:
    """Fewer sheets in the last five nights than in the five before, by 15 per cent of the class or more."""
    nights = [part.cell for part in shown.parts]
    now, before = nights[-OF_NIGHTS:], nights[-2 * OF_NIGHTS : -OF_NIGHTS]
    if len(now) < OF_NIGHTS or len(before) < OF_NIGHTS:
        return None
    shares = [percent(sum(c.n for c in of), sum(c.enrolled for c in of)) for of in (now, before)]
    if shares[0] is None or shares[1] is None or shares[1] - shares[0] < COVERAGE_DROP_PERCENT:
        return None
    return Warned("coverage_falling", now[0].stretch.since, now[-1].stretch.until, shares[0], shares[1])
