"""What a tick would do at an instant, as the data stands: who would be told, and who would not and why. Writes nothing.

What a worker asks again at sending (`outbox.judge`) is not foreseen: a child's silence is that of the tick.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy.orm import Session

from backend.domain.reminder_times import CAN_WAIT
from backend.domain.silence import in_quiet_hours
from backend.services.reminders.outbox import ReasonsOf
from backend.services.school.schools import local_date
from backend.storage.models import ReminderSetting, School
from backend.storage.queries import reminder_preview as queries
from backend.storage.queries.reminder_preview import Foreseen

__all__ = ["WHY_NOT", "Foreseen", "Preview", "preview_reminders"]

WHY_NOT = (
    "told_already",
    "snoozed",
    "no_consent",
    "switched_off",
    "paused",
    "quiet_hours",
    "kept_for_evening",
    "silent_hours",
)
"""Why somebody whose reason holds would not be told, in the order in which it is asked."""


@dataclass(frozen=True)
class Preview:
    """One code: what would go out, and what would not by its cause (one of `WHY_NOT`)."""

    code: str
    going: Sequence[Foreseen]
    held: Mapping[str, Sequence[Foreseen]]


def preview_reminders(session: Session, *, school: School, reasons: ReasonsOf, now: dt.datetime) -> list[Preview]:
    """Every code of `reasons` at `now`, in their order."""
    return [_preview(session, school, code, reasons, now) for code in reasons]


def _preview(session: Session, school: School, code: str, reasons: ReasonsOf, now: dt.datetime) -> Preview:
    foresee = partial(
        queries.foresee, session, school_id=school.id, zone=school.zone, now=now, code=code, reasons=reasons[code]
    )
    found = foresee(heeding=False, consented=False)
    consented = {each.key for each in foresee(heeding=False)}
    wanted = {each.key for each in foresee()}
    causes = _Causes(session, school, code, found, now)
    again = queries.snoozed(session, school.id, code)
    held: dict[str, list[Foreseen]] = defaultdict(list)
    going: list[Foreseen] = []
    for each in found:
        if each.is_known and each.key not in again:
            held["told_already"].append(each)
        elif each.is_known and again[each.key] > now:
            held["snoozed"].append(each)
        elif each.key not in consented:
            held["no_consent"].append(each)
        elif each.key not in wanted:
            held[causes.of(each)].append(each)
        else:
            going.append(each)
    return Preview(code, going, held)


class _Causes:
    """Which wish keeps a reminder back; a child's silence where no wish does."""

    def __init__(
        self, session: Session, school: School, code: str, found: Sequence[Foreseen], now: dt.datetime
    ) -> None:
        people = {each.recipient_id for each in found} | {each.subject_id for each in found}
        self._school, self._now, self._today = school, now, local_date(now, school.zone)
        self._can_wait = code in CAN_WAIT
        self._off = queries.switched_off(session, school.id, code, people)
        self._settings = queries.settings_of(session, school.id, people)

    def of(self, each: Foreseen) -> str:
        if each.recipient_id in self._off:
            return "switched_off"
        if self._is_paused(each.recipient_id) or self._is_paused(each.subject_id):
            return "paused"
        wish = self._settings.get(each.recipient_id)
        if self._is_quiet(wish):
            return "quiet_hours"
        return "kept_for_evening" if self._can_wait and wish is not None and wish.evening_digest else "silent_hours"

    def _is_paused(self, person_id: uuid.UUID) -> bool:
        wish = self._settings.get(person_id)
        if wish is None or wish.paused_from is None or wish.paused_from > self._today:
            return False
        return wish.paused_to is None or wish.paused_to >= self._today

    def _is_quiet(self, wish: ReminderSetting | None) -> bool:
        if wish is None or wish.quiet_from is None or wish.quiet_to is None:
            return False
        return in_quiet_hours(self._now, self._school.zone, wish.quiet_from, wish.quiet_to)
