"""The outbox: putting in what is due, handing rows to a worker, and asking again whether a row's reason still stands.

One use case a function; the worker commits. What is done with a row once it is held lives in `delivering`, who may tick
in `ticking`, and the reminders themselves are declared in `notifications/rules`.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.domain.night import night_of
from backend.domain.people import PersonKind
from backend.domain.silence import NightSilence, is_silent_for, next_silence_at
from backend.storage.models import OutboxState
from backend.storage.queries import deliveries, outbox
from backend.storage.queries.deliveries import NightFact, Outgoing
from backend.storage.queries.latest_lights_out import latest_lights_out_of
from backend.storage.queries.outbox import PENDING, Fate, Key, Moments
from backend.storage.queries.reminder_reasons.reason import Reasons
from backend.storage.queries.reminder_recipients import Recipient

__all__ = [
    "LEASE",
    "PENDING",
    "Fate",
    "Key",
    "OutboxState",
    "Outgoing",
    "Reasons",
    "ReasonsOf",
    "Recipient",
    "Verdict",
    "anything_to_do",
    "claim",
    "judge",
    "put_due",
    "recover_lost",
    "release",
]

#: Longer than sending a chunk can take; a worker that is slower loses the row.
LEASE = dt.timedelta(minutes=5)

ReasonsOf = Mapping[str, Mapping[Recipient, Reasons]]
"""By code: whom a reminder is for, and why."""

StudentNight = tuple[uuid.UUID, uuid.UUID, dt.date]
"""``(school_id, student_id, night)``."""


def put_due(session: Session, *, reasons: ReasonsOf, now: dt.datetime, fate: Fate = PENDING) -> dict[str, int]:
    """Put in every reminder that is due at `now` and not there yet, one statement a code; returns new rows by code.

    With another `fate` rows enter the outbox already over: so that a loaded past is never told to anybody.
    """
    moments = outbox.moments_at(session, now)
    if moments is None:
        return dict.fromkeys(reasons, 0)
    return {
        code: outbox.insert_due(session, moments, code=code, reasons=why, fate=fate) for code, why in reasons.items()
    }


def claim(session: Session, *, holder: str, now: dt.datetime, limit: int) -> list[Key]:
    """Lease due rows to `holder`, the longest due first."""
    return outbox.claim(session, holder=holder, now=now, until=now + LEASE, limit=limit)


def release(session: Session, *, holder: str, keys: Collection[Key]) -> None:
    """Give back rows that were not begun."""
    outbox.release(session, holder=holder, keys=keys)


def anything_to_do(session: Session, *, now: dt.datetime) -> bool:
    """Whether a worker would find a due or a lost row."""
    return outbox.anything_to_do(session, now)


def recover_lost(
    session: Session, *, replacing: Collection[str], now: dt.datetime, limit: int = 500
) -> tuple[int, int]:
    """Settle rows whose worker died while sending; returns how many go out again and how many stay unknown.

    Again only where every attempt under way was over a channel that replaces the first copy (`replacing`).
    """
    keys = outbox.lost(session, now=now, limit=limit)
    unknown = deliveries.settle_lost_deliveries(session, keys=keys, replacing=replacing)
    again = [key for key in keys if key not in unknown]
    outbox.settle_lost(session, keys=again, state=OutboxState.PENDING, now=now)
    outbox.settle_lost(session, keys=unknown, state=OutboxState.UNKNOWN, now=now)
    return len(again), len(unknown)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a row may go out now, and until when it may arrive; else why it is dropped."""

    until: dt.datetime
    drop: str | None = None


def judge(session: Session, *, rows: Sequence[Outgoing], reasons: ReasonsOf, now: dt.datetime) -> dict[Key, Verdict]:
    """Ask of every row whether it still holds: its time, the student's silence, its reason, wishes; in this order.

    Reasons for a drop: ``expired``, ``silent_hours``, ``reason_gone``, ``not_wanted_now``. A code that is no rule's
    (the test button's) has no reason that could go.
    """
    verdicts = {row.key: Verdict(row.expires_at, "expired" if row.expires_at <= now else None) for row in rows}
    verdicts |= _silence(session, [row for row in rows if verdicts[row.key].drop is None], now)
    for row_key, drop in _gone(session, [r for r in rows if verdicts[r.key].drop is None], reasons, now).items():
        verdicts[row_key] = Verdict(now, drop)
    return verdicts


def _silence(session: Session, rows: Iterable[Outgoing], now: dt.datetime) -> dict[Key, Verdict]:
    """A student's devices, whatever the code: nothing while they are silent, nothing that could arrive then."""
    children = [row for row in rows if row.recipient_kind is PersonKind.student]
    if not children:
        return {}
    first, last = now.date() - dt.timedelta(days=3), now.date() + dt.timedelta(days=4)
    students = {(row.school_id, row.recipient_id) for row in children}
    found = deliveries.night_facts(session, students, first, last)
    facts = {(f.school_id, f.student_id, f.night): f for f in found}
    facts |= _by_policy(session, [row for row in children if _tonight(row, now) not in facts], now)
    school_days = deliveries.school_days_of(session, {row.school_id for row in children}, first, last)
    verdicts = {}
    for row in children:
        facts_of = _facts_of(row, facts, school_days)
        if is_silent_for(now, row.zone, facts_of):
            verdicts[row.key] = Verdict(now, "silent_hours")
        else:
            verdicts[row.key] = Verdict(min(row.expires_at, next_silence_at(now, row.zone, facts_of)))
    return verdicts


def _tonight(row: Outgoing, now: dt.datetime) -> StudentNight:
    return row.school_id, row.recipient_id, night_of(now, row.zone)


def _by_policy(session: Session, rows: Sequence[Outgoing], now: dt.datetime) -> dict[StudentNight, NightFact]:
    """Tonight's latest lights-out for children who have no sheet yet."""
    wanted = [_tonight(row, now) for row in rows]
    facts: dict[StudentNight, NightFact] = {}
    for night in {night for _, _, night in wanted}:
        students = {(school_id, student_id) for school_id, student_id, on in wanted if on == night}
        for (school_id, student_id), at in latest_lights_out_of(session, students, night).items():
            facts[school_id, student_id, night] = NightFact(school_id, student_id, night, at, None)
    return facts


def _facts_of(
    row: Outgoing, facts: Mapping[StudentNight, NightFact], school_days: Collection[object]
) -> Callable[[dt.date], NightSilence]:
    def facts_of(night: dt.date) -> NightSilence:
        fact = facts.get((row.school_id, row.recipient_id, night))
        return NightSilence(
            latest_lights_out=fact.latest_lights_out if fact else None,
            next_day_is_school_day=(row.school_id, night + dt.timedelta(days=1)) in school_days,
            waking_logged_at=fact.woke_at if fact else None,
        )

    return facts_of


def _gone(session: Session, rows: Iterable[Outgoing], reasons: ReasonsOf, now: dt.datetime) -> dict[Key, str]:
    moments = outbox.moments_at(session, now)
    by_code: dict[str, dict[Key, uuid.UUID]] = defaultdict(dict)
    for row in rows:
        by_code[row.code][row.key] = row.subject_id
    gone: dict[Key, str] = {}
    for code in by_code.keys() & reasons.keys():
        if moments is not None:
            gone |= _gone_of(session, moments, code, reasons[code], by_code[code])
    return gone


def _gone_of(
    session: Session, moments: Moments, code: str, why: Mapping[Recipient, Reasons], of: Mapping[Key, uuid.UUID]
) -> dict[Key, str]:
    def still(keys: set[Key], *, heeding: bool) -> set[Key]:
        subjects = {of[key] for key in keys}
        return outbox.still_true(
            session, moments, code=code, reasons=why, keys=keys, subjects=subjects, heeding=heeding
        )

    failing = set(of) - still(set(of), heeding=True)
    unwanted = still(failing, heeding=False)
    return {key: "not_wanted_now" if key in unwanted else "reason_gone" for key in failing}
