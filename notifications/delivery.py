"""Delivery: claim rows, ask again whether they still hold, mark, send without a session, record.

So nobody sees two: the row is leased, the attempt is on record before the provider hears of it, and a row whose worker
died in between is sent again only over a channel that replaces the first copy. The statements are services'.
"""

from __future__ import annotations

import logging
import random
import threading
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from backend.clock import Clock
from backend.domain.people import PersonKind
from backend.domain.silence import ttl_seconds
from backend.services.reminders import delivering, outbox
from backend.services.reminders.delivering import Ended, Held, Target
from backend.services.reminders.outbox import Fate, Key, OutboxState, Outgoing, ReasonsOf, Verdict
from backend.storage.engine import reading
from notifications.channels.base import Channel, Message, Outcome, Result
from notifications.messages import words
from notifications.routing import MOST_TRIES, route

log = logging.getLogger(__name__)

CLAIM = 500
CHUNK = 100
FIRST_PAUSE = timedelta(seconds=20)
LONGEST_PAUSE = timedelta(minutes=10)
#: What was asked so long ago is asked again before it is acted on.
FRESH = timedelta(seconds=30)


class Delivery:
    """One worker's delivering. `holder` names the worker in leases; `stop` ends it after the chunk in hand."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        *,
        clock: Clock,
        channels: Sequence[Channel],
        reasons: ReasonsOf,
        holder: str,
        public_url: str,
        stop: threading.Event,
        chance: random.Random | None = None,
    ) -> None:
        """Take everything it works with; nothing is opened."""
        self._sessions = sessions
        self._clock = clock
        self._channels = {channel.name: channel for channel in channels}
        self._reasons = reasons
        self._holder = holder
        self._public_url = public_url
        self._stop = stop
        self._chance = chance or random.Random()  # noqa: S311 - spreads retries, guards nothing

    def run(self) -> Counter[str]:
        """Deliver until nothing is due; returns what became of rows and attempts, by word."""
        tally: Counter[str] = Counter()
        if not self._anything_to_do():
            return tally
        self._recover(tally)
        while not self._stop.is_set():
            keys = self._claim()
            if not keys:
                break
            self._deliver(keys, tally)
        return tally

    def _anything_to_do(self) -> bool:
        with self._sessions() as session:
            return outbox.anything_to_do(reading(session), now=self._clock.now())

    def _recover(self, tally: Counter[str]) -> None:
        replacing = [name for name, channel in self._channels.items() if channel.replaces_first_copy]
        with self._sessions.begin() as session:
            again, unknown = outbox.recover_lost(session, replacing=replacing, now=self._clock.now())
        tally.update(lost_again=again, lost_unknown=unknown)
        if unknown:
            log.error("reminders with an unknown outcome: their worker died while sending", extra={"rows": unknown})

    def _claim(self) -> list[Key]:
        with self._sessions.begin() as session:
            return outbox.claim(session, holder=self._holder, now=self._clock.now(), limit=CLAIM)

    def _deliver(self, keys: Sequence[Key], tally: Counter[str]) -> None:
        for start in range(0, len(keys), CHUNK):
            if self._stop.is_set():
                self._give_back(keys[start:])
                return
            self._deliver_chunk(keys[start : start + CHUNK], tally)

    def _give_back(self, keys: Collection[Key]) -> None:
        with self._sessions.begin() as session:
            outbox.release(session, holder=self._holder, keys=keys)

    def _deliver_chunk(self, keys: Sequence[Key], tally: Counter[str]) -> None:
        """Ask again of every row, then send channel by channel: one slow provider spoils no other's rows."""
        asked_at = self._clock.now()
        targets, verdicts = self._ask(keys, tally)
        by_channel: dict[str, list[Target]] = defaultdict(list)
        for each in targets:
            by_channel[each.channel].append(each)
        for name in (name for name in self._channels if name in by_channel):
            batch = by_channel[name]
            if self._clock.now() - asked_at > FRESH:
                self._give_back({each.row.key for each in batch})
            else:
                self._deliver_batch(name, batch, verdicts, tally)

    def _deliver_batch(
        self, name: str, batch: Sequence[Target], verdicts: Mapping[Key, Verdict], tally: Counter[str]
    ) -> None:
        """Put the attempts on record, make them without a session, record how they ended."""
        now = self._clock.now()
        with self._sessions.begin() as session:
            going = delivering.begin(session, holder=self._holder, targets=batch, now=now)
        if not going:
            return
        outcomes = self._send(name, going, verdicts)
        now = self._clock.now()
        ended = [
            self._ended(each, outcome, verdicts[each.row.key], now)
            for each, outcome in zip(going, outcomes, strict=True)
        ]
        with self._sessions.begin() as session:
            delivering.record(session, holder=self._holder, ended=ended, now=now)
        tally.update(each.outcome for each in ended)

    def _ask(self, keys: Sequence[Key], tally: Counter[str]) -> tuple[list[Target], Mapping[Key, Verdict]]:
        """Judge the rows, end those that may not go out, and choose a channel for the others."""
        now = self._clock.now()
        with self._sessions.begin() as session:
            held = delivering.hold(session, holder=self._holder, keys=keys)
            verdicts = outbox.judge(session, rows=held.rows, reasons=self._reasons, now=now)
            fates, targets = self._plan(held, verdicts, now)
            delivering.drop(session, holder=self._holder, fates=fates, now=now)
        tally.update(fate.reason or fate.state.value for fate in fates.values())
        return targets, verdicts

    def _plan(self, held: Held, verdicts: Mapping[Key, Verdict], now: datetime) -> tuple[dict[Key, Fate], list[Target]]:
        fates: dict[Key, Fate] = {}
        targets: list[Target] = []
        for row in held.rows:
            verdict = verdicts[row.key]
            if verdict.drop or ttl_seconds(now, verdict.until) == 0:
                fates[row.key] = self._dropped(held, row, verdict.drop or "expired")
                continue
            chosen = route(row, self._channels, held)
            targets += chosen.targets
            if chosen.fate:
                fates[row.key] = chosen.fate
        return fates, targets

    def _dropped(self, held: Held, row: Outgoing, reason: str) -> Fate:
        """A row that comes back for another round may have arrived already: then it is not called dropped."""
        outcomes = {each.outcome for each in held.attempts.get(row.key, [])}
        if "accepted" in outcomes:
            return Fate(OutboxState.SENT)
        return Fate(OutboxState.UNKNOWN if outcomes & {"lost", "unknown"} else OutboxState.DROPPED, reason)

    def _send(self, name: str, batch: Iterable[Target], verdicts: Mapping[Key, Verdict]) -> list[Outcome]:
        """Hand a channel its messages. No session is open here."""
        answers = self._channels[name].send([self._message(each, verdicts[each.row.key]) for each in batch])
        self._alarm(name, answers)
        return answers

    def _message(self, each: Target, verdict: Verdict) -> Message:
        row = each.row
        shown = row.shows_names and row.recipient_kind is PersonKind.guardian
        worded = words(row.code, row.locale, student=row.subject_name if shown else None, params=row.params)
        return Message(
            id=row.id,
            code=row.code,
            title=worded.title,
            body=worded.body,
            tag=delivering.tag_of(row),
            ttl_seconds=max(1, ttl_seconds(self._clock.now(), verdict.until)),
            link=f"{self._public_url}/reminders/{row.id}",
            kind=each.endpoint.kind if each.endpoint else None,
            address=each.endpoint.address if each.endpoint else None,
            keys=each.endpoint.keys if each.endpoint else {},
            locale=row.locale,
            recipient=(row.school_id, row.recipient_id),
        )

    def _alarm(self, name: str, answers: Iterable[Outcome]) -> None:
        codes = Counter(answer.error_code for answer in answers if answer.result is Result.BROKEN)
        if codes:
            log.critical(
                "a channel's credentials or set-up are refused; nothing goes out over it",
                extra={"alarm": "channel_broken", "channel": name, "errors": dict(codes)},
            )

    def _ended(self, each: Target, outcome: Outcome, verdict: Verdict, now: datetime) -> Ended:
        match outcome.result:
            case Result.ACCEPTED:
                return Ended(each, "accepted", outcome.provider_id)
            case Result.ADDRESS_GONE | Result.REFUSED:
                gone = outcome.result is Result.ADDRESS_GONE
                return Ended(each, "failed", error_code=outcome.error_code, address_gone=gone)
            case Result.UNCLEAR if not self._channels[each.channel].replaces_first_copy:
                return Ended(each, "unknown", error_code=outcome.error_code)
        retry_at = now + self._pause(each.tries, outcome.retry_after_seconds)
        given_up = retry_at >= verdict.until or each.tries + 1 >= MOST_TRIES
        if outcome.result is Result.UNCLEAR:
            # It may stand on the phone: again over this channel, which replaces it, and over no other.
            word = "unknown" if given_up else "lost"
        else:
            word = "failed" if given_up else "retry"
        return Ended(each, word, error_code=outcome.error_code, retry_at=None if given_up else retry_at)

    def _pause(self, tries: int, at_least_seconds: float | None) -> timedelta:
        """Full jitter, but never before the provider's Retry-After."""
        ceiling: timedelta = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(tries, 10))
        jitter: timedelta = ceiling * self._chance.random()
        return timedelta(seconds=at_least_seconds or 0) + jitter
