"""What became of reminders, for the academic office: counts by night and code, by night and channel, and the worker.

Counts of the whole school only: there is no view by class. Where a night's messages of one code, or attempts over one
channel, are fewer than five they are withheld: one reminder of a bedtime that passed speaks of one child (rule 11,
privacy). What only staff get speaks of no child and is always shown.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid
from backend.domain.trends import MINIMUM
from backend.services.actor import Actor
from backend.services.reminders import ticking
from backend.services.school import schools
from backend.storage.models import OutboxState
from backend.storage.queries import delivery_figures as queries

MOST_DAYS = 31
#: Of classes and lessons, to staff alone.
OF_STAFF = frozenset({"publish_estimates", "plan_over_cap", "class_over_cap"})
_WAITING = frozenset({OutboxState.PENDING, OutboxState.LEASED, OutboxState.SENDING})


def get_figures(
    session: Session, *, actor: Actor, school_id: uuid.UUID, first: dt.date, last: dt.date, now: dt.datetime
) -> dict[str, Any]:
    """The figures from one night to another, both included, at most 31; raises ``NotFound``, ``Invalid``."""
    place = schools.get_own_school(session, actor=actor, school_id=school_id, now=now)
    if last < first:
        raise Invalid("the end lies before the beginning", fields=[FieldProblem("to", "before_from")])
    if (last - first).days >= MOST_DAYS:
        raise Invalid("too many nights", fields=[FieldProblem("to", "too_far")])
    return {
        "from": first,
        "to": last,
        "worker": {"last_tick_at": ticking.last_tick(session), "is_dead": ticking.is_dead(session, now=now)},
        "codes": _codes(queries.counts_by_code(session, place.id, first, last)),
        "channels": _channels(queries.counts_by_channel(session, place.id, first, last)),
    }


def _codes(rows: Iterable[Any]) -> list[dict[str, Any]]:
    cells: dict[tuple[dt.date, str], list[Any]] = defaultdict(list)
    for row in rows:
        cells[row.night, row.code].append(row)
    return [_code(night, code, found) for (night, code), found in sorted(cells.items(), key=lambda cell: cell[0])]


def _code(night: dt.date, code: str, rows: list[Any]) -> dict[str, Any]:
    """One code of one night: every message is in exactly one of sent, dropped, failed, unknown and waiting."""
    total = sum(row.n for row in rows)
    head = {"night": night, "code": code}
    if total < MINIMUM and code not in OF_STAFF:
        return head | {"withheld": True}
    counts = dict.fromkeys(("sent", "dropped", "failed", "unknown", "waiting"), 0)
    reasons: dict[str, int] = defaultdict(int)
    for row in rows:
        counts["waiting" if row.state in _WAITING else row.state.value] += row.n
        if row.outcome_reason:
            reasons[row.outcome_reason] += row.n
    return head | {"withheld": False, "n": total, **counts, "reasons": dict(sorted(reasons.items()))}


def _channels(rows: Iterable[Any]) -> list[dict[str, Any]]:
    cells: dict[tuple[dt.date, str], dict[str, int]] = defaultdict(dict)
    for row in rows:
        cells[row.night, row.channel][row.outcome] = row.n
    return [_channel(*cell, outcomes) for cell, outcomes in sorted(cells.items(), key=lambda pair: pair[0])]


def _channel(night: dt.date, channel: str, outcomes: dict[str, int]) -> dict[str, Any]:
    head, total = {"night": night, "channel": channel}, sum(outcomes.values())
    if total < MINIMUM:
        return head | {"withheld": True}
    return head | {"withheld": False, "n": total, "outcomes": dict(sorted(outcomes.items()))}
