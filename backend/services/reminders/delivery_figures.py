"""What became of reminders, for the academic office: counts by night and code, by night and channel, and the worker.

Counts of the whole school only: there is no view by class. One reminder of a bedtime that passed speaks of one child,
and so does one more of them a minute later (rule 11, privacy). Therefore a night's figures about families come when all
its reasons are over, at 14:00 next day, and no later message of that night is added; what concerns fewer than five
families is withheld, and a state or a reason that does, with another beside it. What only staff get is shown at once.
From then on they are kept (`kept_delivery_figures`): a child that is erased later is not missing in them.
"""

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid
from backend.domain.night import days_after, local_instant
from backend.domain.trends import MINIMUM, suppress
from backend.services.actor import Actor
from backend.services.reminders import ticking
from backend.services.reminders.reachability import in_fives
from backend.services.school import schools
from backend.storage.models import OutboxState, School
from backend.storage.queries import delivery_figures as queries

Shown: TypeAlias = list[dict[str, Any]]
"""One thing a night and code, or a night and channel; withheld, or with its counts."""

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
    nights = [days_after(first, n) for n in range((last - first).days + 1)]
    codes, channels = _figures_of(session, place.school, nights, now)
    return {
        "from": first,
        "to": last,
        "worker": {"last_tick_at": ticking.last_tick(session), "is_dead": ticking.is_dead(session, now=now)},
        "codes": codes,
        "channels": channels,
    }


def _figures_of(session: Session, school: School, nights: Sequence[dt.date], now: dt.datetime) -> tuple[Shown, Shown]:
    """What is kept of nights as it is kept, all others and what only staff get as they stand."""
    kept = {each.night: each for each in queries.kept_nights(session, school.id, nights[0], nights[-1])}
    codes, channels = live_figures(session, school, [night for night in nights if night not in kept], now)
    codes += _codes(queries.counts_to_staff(session, school.id, list(kept), OF_STAFF), kept)
    codes += [{"night": each.night} | code for each in kept.values() for code in each.codes]
    channels += [{"night": each.night} | channel for each in kept.values() for channel in each.channels]
    codes.sort(key=lambda code: (code["night"], code["code"]))
    channels.sort(key=lambda channel: (channel["night"], channel["channel"]))
    return codes, channels


def live_figures(
    session: Session, school: School, nights: Sequence[dt.date], now: dt.datetime, *, settled: bool = False
) -> tuple[Shown, Shown]:
    """The figures of nights as they stand, by code and by channel; for a kept night see `kept_delivery_figures`.

    With ``settled`` what still waits counts as what can alone become of it once its night is over.
    """
    ends = {night: over_at(night, school) for night in nights}
    over = {night for night, at in ends.items() if at <= now}
    codes = _codes(queries.counts_by_code(session, school.id, ends, OF_STAFF), over, settled=settled)
    return codes, _channels(queries.counts_by_channel(session, school.id, ends, OF_STAFF), over)


def over_at(night: dt.date, school: School) -> dt.datetime:
    """When nothing of a night can come due or go out any more."""
    return local_instant(days_after(night, 1), OVER_AT, school.zone)


def _codes(rows: Iterable[Any], over: Collection[dt.date], *, settled: bool = False) -> Shown:
    cells: dict[tuple[dt.date, str], list[Count]] = defaultdict(list)
    for row in rows:
        cells[row.night, row.code].append(_count(row, settled))
    return [_code(*cell, found, over) for cell, found in sorted(cells.items(), key=lambda cell: cell[0])]


@dataclass(frozen=True, slots=True)
class Count:
    """So many messages in one state for one reason, about so many families."""

    state: str
    reason: str | None
    n: int
    families: int


def _count(row: Any, settled: bool) -> Count:
    if row.state not in _WAITING:
        return Count(row.state.value, row.outcome_reason, row.n, row.families)
    if not settled:
        return Count("waiting", None, row.n, row.families)
    begun = row.state is OutboxState.SENDING
    return Count(*(("unknown", "worker_lost") if begun else ("dropped", "expired")), row.n, row.families)


def _code(night: dt.date, code: str, rows: list[Count], over: Collection[dt.date]) -> dict[str, Any]:
    """One code of one night: every message is in exactly one of sent, dropped, failed, unknown and waiting."""
    head = {"night": night, "code": code}
    if code not in OF_STAFF and (night not in over or _families(rows) < MINIMUM):
        return head | {"withheld": True}
    states: dict[str, list[Count]] = defaultdict(list)
    for row in rows:
        states[row.state].append(row)
    counts = {name: sum(row.n for row in states[name]) for name in STATES}
    reasons = {name: _by_reason(states[name]) for name in STATES}
    if code not in OF_STAFF:
        hidden = suppress({name: _families(found) for name, found in states.items() if found}).withheld
        counts = {name: n for name, n in counts.items() if name not in hidden}
        reasons = {name: _shown_reasons(states[name]) for name in STATES if name not in hidden}
    told = {reason: n for found in reasons.values() for reason, n in sorted(found.items())}
    return head | {"withheld": False, "n": sum(row.n for row in rows), **counts, "reasons": told}


def _by_reason(rows: Iterable[Count]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for row in rows:
        if row.reason:
            found[row.reason] += row.n
    return dict(found)


def _families(rows: Iterable[Any]) -> int:
    """At least so many families are concerned: one may be in several rows."""
    return max((row.families for row in rows), default=0)


def _shown_reasons(rows: list[Count]) -> dict[str, int]:
    """The reasons of one state, of which the sum is known."""
    families: dict[str | None, int] = {}
    for row in rows:
        families[row.reason] = max(families.get(row.reason, 0), row.families)
    hidden = suppress(families).withheld
    return {reason: n for reason, n in _by_reason(rows).items() if reason not in hidden}


def _channels(rows: Iterable[Any], over: Collection[dt.date]) -> Shown:
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
