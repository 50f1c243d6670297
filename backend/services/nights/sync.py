"""What a phone has not seen yet: everything of a student that changed since a cursor (rule 10).

The cursor is ``<student's counter>.<class's counter>``. The first is raised in the writing transaction of every change
to the student's nights, the second by every change of the class's plan; neither can be seen before what it counts.
"""

import datetime as dt
import re
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.errors import CursorInvalid, NotFound
from backend.services.actor import Actor
from backend.services.nights.nights import Reader, documents_of, find_reader
from backend.storage.queries import night_reading as queries

MOST_NIGHTS = 31
FIRST_NIGHTS = 14
_CURSOR = re.compile(r"(\d{1,18})\.(\d{1,18})")


@dataclass(frozen=True)
class Cursor:
    """How far a phone has come."""

    student: int
    class_: int

    def __str__(self) -> str:
        return f"{self.student}.{self.class_}"


def parse_cursor(text: str | None) -> Cursor | None:
    """A cursor from its text, None for a phone that has nothing yet; raises ``CursorInvalid``."""
    if text is None:
        return None
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise CursorInvalid("that cursor is not one of ours")
    return Cursor(int(match[1]), int(match[2]))


def changes_since(
    session: Session, *, actor: Actor, student_id: uuid.UUID, cursor: str | None, now: dt.datetime
) -> dict[str, Any]:
    """``{student_id, cursor, nights, more, reset}`` for one of the actor's own children, or the student's self.

    ``reset`` says that the phone holds what is not here: the cursor was of another database (a restored backup), or of
    before an erasure. What the phone holds is to be replaced, its unsent changes kept.
    Raises ``NotFound`` and ``CursorInvalid``.
    """
    since = parse_cursor(cursor)
    reader = find_reader(session, actor=actor, student_id=student_id, now=now)
    if not reader.is_family:
        raise NotFound("no such student")
    current = Cursor(reader.who.counter, _class_counter(reader))
    reset = since is not None and not reader.who.student["change_counter"] <= since.student <= current.student
    nights, reached, more = _nights(session, reader, None if reset else since, current)
    return {
        "student_id": str(student_id),
        "cursor": str(reached),
        "nights": documents_of(session, reader, nights, str(reached)) if nights else [],
        "more": more,
        "reset": reset,
    }


def _class_counter(reader: Reader) -> int:
    class_id = reader.class_on(reader.today)
    return 0 if class_id is None else int(reader.who.classes[class_id]["change_counter"])


def _nights(
    session: Session, reader: Reader, since: Cursor | None, current: Cursor
) -> tuple[list[dt.date], Cursor, bool]:
    ids = {"school_id": reader.actor.school, "student_id": reader.who.student["id"]}
    if since is None:
        listed = queries.latest_nights(session, **ids, most=FIRST_NIGHTS)
        return _with_today(reader, [night for night, _ in listed]), current, False
    changed = queries.changed_nights(session, **ids, after=since.student, most=MOST_NIGHTS + 1)
    if len(changed) > MOST_NIGHTS:
        page = changed[:MOST_NIGHTS]
        return [night for night, _ in page], Cursor(page[-1][1], since.class_), True
    nights = [night for night, _ in changed]
    return (nights if since.class_ == current.class_ else _with_today(reader, nights)), current, False


def _with_today(reader: Reader, nights: list[dt.date]) -> list[dt.date]:
    """A changed plan shows tonight and on the nights after, on which homework over a weekend may be done early."""
    ahead = [reader.today + dt.timedelta(days=n) for n in range(4)]
    enrolled = [night for night in ahead if reader.class_on(night) is not None]
    return [*nights, *(night for night in enrolled if night not in nights)]
