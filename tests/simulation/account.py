"""The account held against the outbox and the phones: what was put in, what went out, how it ended, who saw what."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from backend.storage import models
from backend.storage.models import OutboxState
from notifications.channels.base import Message
from tests.simulation.facts import MINUTE
from tests.simulation.families import Due, Key, silence_at
from tests.simulation.oracle import Oracle
from tests.simulation.providers import Phones
from tests.simulation.school import Child


@dataclass
class Row:
    """An outbox row with the reminder it is."""

    due: Due
    expires_at: dt.datetime
    state: OutboxState = OutboxState.PENDING
    reason: str | None = None
    not_before: dt.datetime | None = None
    """Asked for again: when."""


class Account:
    """`rows` are the outbox rows met so far, `wrong` what must not be, as sentences."""

    def __init__(
        self, sessions: sessionmaker[Session], oracle: Oracle, phones: Phones, *, say: Callable[[str], None]
    ) -> None:
        self.rows: dict[uuid.UUID, Row] = {}
        self.recent: list[uuid.UUID] = []
        """What ticks put in since somebody last looked."""
        self.wrong: list[str] = []
        self.oracle = oracle
        self._sessions = sessions
        self._phones = phones
        self._say = say
        children = oracle.facts.school.children
        self._children = {child.id: child for child in children}
        self._names = {guardian.id: f"guardian of {child.number}" for child in children for guardian in child.guardians}
        self._names |= {child.id: f"child {child.number}" for child in children}

    def compare(self, at: dt.datetime, expected: dict[Key, Due]) -> None:
        """The rows that this tick put in are those that came due, and end when their reasons do."""
        for record in self.records(models.OutboxRow.created_at == at):
            key = (record.code, record.recipient_id, record.subject_id, record.night, record.occasion)
            due = expected.pop(key, None)
            if due is None:
                due = self._too_early_for_its_child(key, at)
            if due is None:
                self._object(f"{at} put in, but not due: {self._words(key)}")
                continue
            self.rows[record.id] = Row(due, record.expires_at)
            self.recent.append(record.id)
            if record.expires_at != self._ends_at(due, at) and due.key[0] != "start_homework":
                self._object(f"{at} ends {record.expires_at}, not {self._ends_at(due, at)}: {self._words(key)}")
        for key in expected:
            self._object(f"{at} due, but not put in: {self._words(key)}")

    def _too_early_for_its_child(self, key: Key, at: dt.datetime) -> Due | None:
        """A tick does not know a child's own bedtime before there is a sheet; the second asking does, and drops it."""
        if key[0] != "start_homework":
            return None
        child = self._children.get(key[1])
        if child is None:
            return None
        due = self.oracle.holds(Due(key[0], child, child, child.id, key[3], at), at)
        if due is not None:
            self.oracle.told[key] = due
        return due

    def _ends_at(self, due: Due, at: dt.datetime) -> dt.datetime:
        """The end of the reason or, for a child's own device, the silence before it."""
        if not isinstance(due.to, Child):
            return due.ends_at
        latest = self.oracle.facts.school.evening(self.oracle.now(at).tonight, due.to.latest)
        silence = latest - 30 * MINUTE
        return min(due.ends_at, silence) if silence > at else due.ends_at

    def asked_again(self, message_id: uuid.UUID, at: dt.datetime, again_at: dt.datetime) -> None:
        """Somebody asked at `at` to be told again: one copy, of the same end, that comes then and not before."""
        row = self.rows[message_id]
        copies = self.records(
            models.OutboxRow.recipient_id == row.due.to.id,
            models.OutboxRow.due_at == again_at,
            models.OutboxRow.code == row.due.code,
            models.OutboxRow.subject_id == row.due.subject,
            models.OutboxRow.night == row.due.night,
        )
        if len(copies) != 1 or copies[0].expires_at != row.expires_at:
            self._object(f"{at} asked for again, and there are {len(copies)}: {self._words(row.due.key)}")
        for copy in copies:
            due = replace(row.due, occasion=copy.occasion)
            self.rows[copy.id] = Row(due, copy.expires_at, not_before=again_at)

    def allow(self, message: Message, at: dt.datetime) -> None:
        """Whatever is handed to a provider holds at that instant and can only arrive while it may."""
        row = self.rows[message.id]
        due = self.oracle.holds(row.due, at)
        words = self._words(row.due.key)
        if due is None:
            self._object(f"{at} sent, but its reason is gone: {words}")
        elif not self.oracle.heeded(due, at):
            self._object(f"{at} sent, but not wanted now: {words}")
        if row.not_before is not None and at < row.not_before:
            self._object(f"{at} sent before it was asked for: {words}")
        until = at + dt.timedelta(seconds=message.ttl_seconds)
        if until > row.expires_at:
            self._object(f"{at} may arrive after its end: {words}")
        silent, next_silence = self._silence(row, at)
        if silent or until > next_silence:
            self._object(f"{at} may arrive while the child's device is silent: {words}")

    def _silence(self, row: Row, at: dt.datetime) -> tuple[bool, dt.datetime]:
        """Whether the recipient's own device is silent, and when it next is; a grown-up's never is."""
        if not isinstance(row.due.to, Child):
            return False, dt.datetime.max.replace(tzinfo=dt.UTC)
        return silence_at(self.oracle.facts, row.due.to, at)

    def look_at_ends(self, since: dt.datetime) -> None:
        """Rows that ended just now ended for the reason they state."""
        table = models.OutboxRow
        for record in self.records(table.finished_at >= since - MINUTE):
            row = self.rows.get(record.id)
            if row is None or row.state is not OutboxState.PENDING:
                continue
            row.state, row.reason = record.state, record.outcome_reason
            at, words = record.finished_at, self._words(row.due.key)
            if at is None:
                continue
            again = self.oracle.holds(row.due, at)
            silent, next_silence = self._silence(row, at)
            wrong = {
                "reason_gone": again is not None,
                "not_wanted_now": again is None or self.oracle.heeded(again, at),
                "silent_hours": not silent,
                "expired": min(row.expires_at, next_silence) - at >= dt.timedelta(seconds=1),
            }
            if wrong.get(record.outcome_reason or ""):
                self._object(f"{at} {record.state.value} as {record.outcome_reason}, which is not so: {words}")

    def settle(self) -> None:
        copies: Counter[tuple[object, str]] = Counter()
        for record in self.records(sa.true()):
            row = self.rows.get(record.id)
            if row is None:
                self._object(f"never met: {record.code} {record.id}")
                continue
            row.state, row.reason = record.state, record.outcome_reason
            self._settle(record.id, row)
            due = row.due
            for address in {address for channel, address in self._phones.shown[record.id] if channel == "messenger"}:
                copies[(due.code, due.subject, due.night, due.occasion), address] += 1
        for (what, address), number in copies.items():
            if number > 1:
                self._object(f"{number} copies stand at {address}: {what}")

    def _settle(self, row_id: uuid.UUID, row: Row) -> None:
        """Seen by nobody twice, and how it ended is true."""
        shown, words = self._phones.shown[row_id], self._words(row.due.key)
        channels = {channel for channel, _ in shown}
        messenger = Counter(address for channel, address in shown if channel == "messenger")
        if len(channels) > 1 or any(number > 1 for number in messenger.values()):
            self._object(f"seen twice ({shown}): {words}")
        state, reason = row.state, row.reason
        told = {
            OutboxState.SENT: reason in ("inbox_only", "one_copy") or row_id in self._phones.accepted,
            OutboxState.DROPPED: not shown and reason is not None,
            OutboxState.FAILED: not shown and reason == "no_channel_left",
            OutboxState.UNKNOWN: reason is not None and row_id in self._phones.doubtful,
        }
        if not told.get(state, False):
            self._object(f"ended {state.value} {reason or ''}, shown {shown}: {words}")

    def records(self, *conditions: sa.ColumnElement[bool]) -> list[models.OutboxRow]:
        with self._sessions() as session:
            return list(session.scalars(sa.select(models.OutboxRow).where(*conditions)))

    def _object(self, sentence: str) -> None:
        self.wrong.append(sentence)
        self._say(f"  WRONG: {sentence}")

    def _words(self, key: Key) -> str:
        code, recipient_id, subject_id, night, occasion = key
        return f"{code} to {self._name(recipient_id)} about {self._name(subject_id)}, {night}, {occasion}"

    def _name(self, of: uuid.UUID) -> str:
        return self._names.get(of) or str(of)[:8]
