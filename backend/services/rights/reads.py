"""Who of the staff looked at a child, told to the family (rule 11, privacy). The office's whole log is `audit_log`.

A teacher who opens the same night ten times in an evening is one line that says ten: a list of equal rows hides the
one look that differs.
"""

import datetime as dt
import itertools
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from backend.domain.night import zone_of
from backend.domain.people import Role
from backend.services.actor import Actor, ActorKind
from backend.services.nights.night_access import is_homeroom_of
from backend.services.rights.children import get_school_of_child
from backend.services.school.schools import SchoolToday, local_date
from backend.storage.models import AuditEvent
from backend.storage.queries import student_data as queries
from backend.storage.queries.json_rows import Row

#: Whose looks are told; what the family itself read or took out is no news to it.
LOOKERS = (ActorKind.STAFF.value, ActorKind.COMMAND.value)
#: Events fetched at once: several evenings of an ordinary class.
EVENTS_AT_ONCE = 200

Key = tuple[dt.datetime, uuid.UUID]


@dataclass(frozen=True)
class Read:
    """One person's looks at one thing on one local day: how many ``times``; ``id`` and ``at`` are the last one's.

    ``night`` is the first of ``nights``; for the command line ``name`` is None, ``role`` ``command``.
    """

    id: uuid.UUID
    at: dt.datetime
    what: str
    name: str | None
    role: str
    night: dt.date | None
    nights: int
    reason: str | None
    times: int = 1


def list_reads(
    session: Session, *, actor: Actor, student_id: uuid.UUID, before: Key | None, limit: int, now: dt.datetime
) -> list[Read]:
    """Up to ``limit`` lines older than ``before``, newest first: at the child, and at the class while it was in it.

    Raises ``NotFound`` for a child who is not the actor's.
    """
    place = get_school_of_child(session, actor=actor, student_id=student_id, now=now)
    events = _events(session, place, student_id, before)
    days = itertools.groupby(events, key=lambda row: local_date(row[0].at, place.school.zone))
    lines = (line for _, rows in days for line in _lines_of_day(session, place, list(rows)))
    unseen = (line for line in lines if before is None or (line.at, line.id) < before)
    return list(itertools.islice(unseen, limit))


def _events(
    session: Session, place: SchoolToday, student_id: uuid.UUID, before: Key | None
) -> Iterator[tuple[AuditEvent, str | None]]:
    """The looks, newest first, from the whole local day of ``before``: its later looks are part of lines shown."""
    reached = None if before is None else (_end_of_day(before[0], place.school.zone), uuid.UUID(int=0))
    while True:
        rows = queries.page_of_reads(session, place.id, student_id, kinds=LOOKERS, before=reached, limit=EVENTS_AT_ONCE)
        yield from rows
        if len(rows) < EVENTS_AT_ONCE:
            return
        reached = (rows[-1][0].at, rows[-1][0].id)


def _end_of_day(instant: dt.datetime, zone: str) -> dt.datetime:
    try:
        next_day = local_date(instant, zone) + dt.timedelta(days=1)
        return dt.datetime.combine(next_day, dt.time(), zone_of(zone)).astimezone(dt.UTC)
    except OverflowError:
        return instant


def _lines_of_day(
    session: Session, place: SchoolToday, rows: Sequence[tuple[AuditEvent, str | None]]
) -> Iterable[Read]:
    """One line a person and thing, ordered by the last look at it; ``rows`` come newest first."""
    posts = queries.homeroom_posts(session, place.id, {event.actor_id for event, _ in rows if event.actor_id})
    lines: dict[tuple[object, ...], Read] = {}
    for event, name in rows:
        look = _look(event, name, _role(event, posts, place.school.zone))
        same = (event.actor_id, look.what, look.role, look.night, look.nights, look.reason)
        last = lines.get(same)
        lines[same] = look if last is None else replace(last, times=last.times + 1)
    return lines.values()


def _look(event: AuditEvent, name: str | None, role: str) -> Read:
    return Read(
        id=event.id,
        at=event.at,
        what=event.action,
        name=name,
        role=role,
        night=event.night,
        nights=int(event.details.get("nights", 1 if event.night else 0)),
        reason=event.reason,
    )


def _role(event: AuditEvent, posts: Sequence[Row], zone: str) -> str:
    """In what role the reader was let in: by the board's view, else by the posts that stood that day."""
    if event.actor_kind == ActorKind.COMMAND.value:
        return ActorKind.COMMAND.value
    if event.action == queries.BOARD:
        is_subject = event.details.get("view") == "subject"
        return str((Role.subject_teacher if is_subject else Role.homeroom_teacher).value)
    day = local_date(event.at, zone)
    own = [post for post in posts if post["person_id"] == event.actor_id]
    is_homeroom = is_homeroom_of(own, event.class_id, night=event.night or day, today=day)
    return str((Role.homeroom_teacher if is_homeroom else Role.academic_office).value)
