"""What became of reminders, for the academic office: counts by night and code, by night and channel, and the worker.

Counts of the whole school only: there is no view by class. One reminder of a bedtime that passed speaks of one child,
and so does one more of them a minute later (rule 11, privacy). Therefore a night's figures about families come when all
its reasons are over, at 14:00 next day, and no later message of that night is added; what concerns fewer than five
families is withheld, and a state or a reason that does, with another beside it. What only staff get is shown at once.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid
from backend.domain.night import days_after, local_instant
from backend.domain.trends import MINIMUM, suppress
from backend.services.actor import Actor
from backend.services.reminders import ticking
from backend.services.reminders.reachability import in_fives
from backend.services.school import schools
from backend.storage.models import OutboxState
from backend.storage.queries import delivery_figures as queries

MOST_DAYS = 31
#: Of classes and lessons, to staff alone.
OF_STAFF = frozenset({"publish_estimates", "plan_over_cap", "class_over_cap"})
#: When the last reason of a night ends, next day: nothing of it can come due or go out any more.
OVER_AT = dt.time(14, 0)
STATES = ("sent", "dropped", "failed", "unknown", "waiting")
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
    ends = {
        night: local_instant(days_after(night, 1), OVER_AT, place.school.zone)
        for night in (days_after(first, n) for n in range((last - first).days + 1))
    }
    over = {night for night, at in ends.items() if at <= now}
    asked = (session, place.id, ends, OF_STAFF)
    return {
        "from": first,
        "to": last,
        "worker": {"last_tick_at": ticking.last_tick(session), "is_dead": ticking.is_dead(session, now=now)},
        "codes": _codes(queries.counts_by_code(*asked), over),
        "channels": _channels(queries.counts_by_channel(*asked), over),
    }


def _codes(rows: Iterable[Any], over: Collection[dt.date]) -> list[dict[str, Any]]:
    cells: dict[tuple[dt.date, str], list[Any]] = defaultdict(list)
    for row in rows:
        cells[row.night, row.code].append(row)
    return [_code(*cell, found, over) for cell, found in sorted(cells.items(), key=lambda cell: cell[0])]


def _code(night: dt.date, code: str, rows: list[Any], over: Collection[dt.date]) -> dict[str, Any]:
    """One code of one night: every message is in exactly one of sent, dropped, failed, unknown and waiting."""
    head = {"night": night, "code": code}
    if code not in OF_STAFF and (night not in over or _families(rows) < MINIMUM):
        return head | {"withheld": True}
    states: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        states["waiting" if row.state in _WAITING else row.state.value].append(row)
    counts = {name: sum(row.n for row in states[name]) for name in STATES}
    reasons = {name: {row.outcome_reason: row.n for row in states[name] if row.outcome_reason} for name in STATES}
    if code not in OF_STAFF:
        hidden = suppress({name: _families(found) for name, found in states.items() if found}).withheld
        counts = {name: n for name, n in counts.items() if name not in hidden}
        reasons = {name: _shown_reasons(states[name]) for name in STATES if name not in hidden}
    told = {reason: n for found in reasons.values() for reason, n in sorted(found.items())}
    return head | {"withheld": False, "n": sum(row.n for row in rows), **counts, "reasons": told}


def _families(rows: Iterable[Any]) -> int:
    """At least so many families are concerned: one may be in several rows."""
    return max((row.families for row in rows), default=0)


def _shown_reasons(rows: list[Any]) -> dict[str, int]:
    """The reasons of one state, of which the sum is known."""
    hidden = suppress({row.outcome_reason: row.families for row in rows}).withheld
    return {row.outcome_reason: row.n for row in rows if row.outcome_reason and row.outcome_reason not in hidden}


def _channels(rows: Iterable[Any], over: Collection[dt.date]) -> list[dict[str, Any]]:
    cells: dict[tuple[dt.date, str], list[Any]] = defaultdict(list)
    for row in rows:
        cells[row.night, row.channel].append(row)
    return [_channel(*cell, found, over) for cell, found in sorted(cells.items(), key=lambda pair: pair[0])]


def _channel(night: dt.date, channel: str, rows: list[Any], over: Collection[dt.date]) -> dict[str, Any]:
    """How attempts ended; in whole fives, or what is withheld of a code would be the rest of all attempts."""
    head, families = {"night": night, "channel": channel}, _families(rows)
    if families and (night not in over or families < MINIMUM):
        return head | {"withheld": True}
    outcomes = {row.outcome: row.n for row in sorted(rows, key=lambda row: str(row.outcome))}
    n = sum(outcomes.values())
    if families:
        n, outcomes = in_fives(n), {outcome: in_fives(each) for outcome, each in outcomes.items()}
    return head | {"withheld": False, "n": n, "outcomes": outcomes}
