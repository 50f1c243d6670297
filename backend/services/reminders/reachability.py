"""Which families no message reaches outside the app, and why: by name for the homeroom teacher alone.

A family is reached when one of its guardians is. The inbox in the app reaches whoever opens it and counts for nobody
here. The academic office gets numbers, and none so small that it speaks of a child (rule 11, privacy): in whole fives,
so that one family's change is not seen, and none from which fewer than five could be had by subtraction. Families that
may not be written to, for want of consent, are in no figure.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.trends import MINIMUM
from backend.services import access, audit
from backend.services.actor import Actor
from backend.services.reminders.contacts import GIVEN_KINDS
from backend.services.school import schools
from backend.services.school.schools import SchoolToday
from backend.storage.models import GROUP_KINDS, AddressKind
from backend.storage.queries import classes as places
from backend.storage.queries import reachability as queries

#: Which channel carries each kind of address to a guardian: groups of staff and a student's own id reach no family.
CHANNEL_OF: Mapping[AddressKind, str] = {
    AddressKind.FCM_INSTALLATION: "fcm",
    AddressKind.FCM_TOKEN: "fcm",
    AddressKind.WEB_PUSH: "web_push",
    AddressKind.CONSOLE: "console",
    **{kind: channel for channel, kinds in GIVEN_KINDS.items() for kind in kinds},
}
_NO_FAMILYS = GROUP_KINDS | {AddressKind.WECOM_STUDENT}
#: So far back, and so many messages at the least, before we say that none arrives.
LOOKS_BACK = dt.timedelta(days=14)
LEAST_LOST = 3
REASONS = (
    "no_guardian",
    "never_signed_in",
    "no_channel",
    "channel_off",
    "permission_revoked",
    "unsubscribed",
    "address_gone",
    "all_failed",
)
"""Why a guardian is not reached; ``no_guardian`` where the roster names none."""


@dataclass(frozen=True)
class UnreachedGuardian:
    """One guardian of such a family, and why no message reaches that person."""

    guardian_id: uuid.UUID
    name: str
    reason: str


@dataclass(frozen=True)
class Unreached:
    """A student whose family no message reaches, with each reason once, and each guardian with the own one."""

    student_id: uuid.UUID
    school_number: str | None
    name: str
    reasons: list[str]
    guardians: list[UnreachedGuardian]


def class_reachability(
    session: Session, *, actor: Actor, class_id: uuid.UUID, channels: Sequence[str], now: dt.datetime
) -> dict[str, Any]:
    """How many families of a class there are, and who of them is not reached, in roll order; raises ``NotFound``.

    `channels` are the installation's: of a school's own order those count, without one all. One audit row a class.
    """
    place = schools.get_school(session, school_id=actor.school, now=now)
    visible = access.keeps_class(actor, class_id, today=place.today)
    class_ = schools.get_class(session, school_id=place.id, class_id=class_id, visible=visible)
    students, unreached = _look(session, place, class_id, channels, now)
    audit.record(session, actor=actor, action="class.reachability_opened", now=now, class_id=class_id)
    return {
        "class_id": class_id,
        "class_name": class_.name,
        "families": len(students),
        "unreached": len(unreached),
        "students": [
            Unreached(row.id, row.school_number, row.name, _reasons(unreached[row.id]), unreached[row.id])
            for row in students
            if row.id in unreached
        ],
    }


def school_reachability(
    session: Session, *, actor: Actor, school_id: uuid.UUID, channels: Sequence[str], now: dt.datetime
) -> dict[str, Any]:
    """The numbers of each class, for the academic office; raises ``NotFound``.

    A number of unreached families, and so of reached ones, is withheld below five, further classes with it where it
    could be had by subtraction; numbers are whole fives, rounded down.
    """
    place = schools.get_own_school(session, actor=actor, school_id=school_id, now=now)
    students, unreached = _look(session, place, None, channels, now)
    families: dict[uuid.UUID, int] = defaultdict(int)
    counts: dict[uuid.UUID, int] = defaultdict(int)
    for row in students:
        families[row.class_id] += 1
        counts[row.class_id] += row.id in unreached
    total = sum(counts.values())
    hidden = withheld_among(families, counts)
    no_total = total > 0 and speaks_of_few(total, len(students) - total)
    return {
        "families": len(students),
        "unreached": None if no_total else in_fives(total),
        "withheld": no_total,
        "classes": [
            {
                "class_id": each.id,
                "class_name": each.name,
                "families": families[each.id],
                "unreached": None if each.id in hidden else in_fives(counts[each.id]),
                "withheld": each.id in hidden,
            }
            for each in places.classes_of_school(session, place.id)
            if families[each.id]
        ],
    }


def speaks_of_few(*parts: int) -> bool:
    """Whether one of the parts of a whole is somebody, but fewer than five."""
    return any(0 < part < MINIMUM for part in parts)


def in_fives(n: int) -> int:
    """A number that moves only when five have changed."""
    return n - n % MINIMUM


def withheld_among(families: Mapping[uuid.UUID, int], counts: Mapping[uuid.UUID, int]) -> set[uuid.UUID]:
    """The classes whose numbers may not be shown: too few on one side, or needed to cover those that are withheld."""
    some = {each for each in families if counts[each]}  # nought is said: it is nobody's
    hidden = {each for each in some if speaks_of_few(counts[each], families[each] - counts[each])}

    def uncovered() -> bool:
        n = sum(counts[each] for each in hidden)
        return len(hidden) == 1 or speaks_of_few(n, sum(families[each] for each in hidden) - n)

    for each in sorted(some, key=lambda each: (counts[each], each)):
        if not hidden or not uncovered():
            break
        hidden.add(each)
    return hidden


def _look(
    session: Session, place: SchoolToday, class_id: uuid.UUID | None, channels: Sequence[str], now: dt.datetime
) -> tuple[Sequence[Any], dict[uuid.UUID, list[UnreachedGuardian]]]:
    asked = (session, place.id, class_id, place.today)
    students = queries.students_of(*asked)
    guardians: dict[uuid.UUID, list[tuple[uuid.UUID, str]]] = defaultdict(list)
    for student_id, guardian_id, name in queries.guardians_of(*asked):
        guardians[student_id].append((guardian_id, name))
    addresses: dict[uuid.UUID, list[tuple[AddressKind, str | None]]] = defaultdict(list)
    for person_id, kind, disabled_reason in queries.addresses_of(*asked):
        addresses[person_id].append((kind, disabled_reason))
    signed_in = queries.signed_in_ever(*asked)
    lost = queries.lost_lately(*asked, since=now - LOOKS_BACK, least=LEAST_LOST)
    # A channel of the school's order that this installation has not turned on carries nothing.
    on = frozenset(place.school.channels or channels) & frozenset(channels)

    def why(guardian_id: uuid.UUID) -> str | None:
        return why_not(addresses[guardian_id], on, has_signed_in=guardian_id in signed_in, is_lost=guardian_id in lost)

    unreached = {}
    for row in students:
        found = [UnreachedGuardian(each, name, reason) for each, name in guardians[row.id] if (reason := why(each))]
        if len(found) == len(guardians[row.id]):
            unreached[row.id] = sorted(found, key=lambda each: (each.name, each.guardian_id))
    return students, unreached


def _reasons(guardians: Sequence[UnreachedGuardian]) -> list[str]:
    return sorted({each.reason for each in guardians}, key=REASONS.index) or ["no_guardian"]


def why_not(
    addresses: Sequence[tuple[AddressKind, str | None]], channels: frozenset[str], *, has_signed_in: bool, is_lost: bool
) -> str | None:
    """Why a guardian is not reached; None for one who is. Each address is its kind and, if it is off, why."""
    if not addresses:
        return "no_channel" if has_signed_in else "never_signed_in"
    in_use = [kind for kind, off in addresses if off is None]
    if any(CHANNEL_OF[kind] in channels for kind in in_use if kind not in _NO_FAMILYS):
        return "all_failed" if is_lost else None
    if in_use:
        return "channel_off"
    causes = {off for _, off in addresses}
    return next((cause for cause in ("permission_revoked", "unsubscribed") if cause in causes), "address_gone")
