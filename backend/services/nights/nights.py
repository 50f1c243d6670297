"""Reading nights: who may, and each night as a document."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.services import audit
from backend.services.actor import Actor, ActorKind
from backend.services.nights.night_access import Relation, covers
from backend.services.nights.night_document import NightFacts, night_document
from backend.storage.queries import night_reading as queries
from backend.storage.queries.night_reading import SheetRow, StudentRow

MOST_NIGHTS = 62
#: Raised whenever the document of the same night looks different: what was given before is sent anew.
SHAPE = 1


@dataclass(frozen=True)
class Reader:
    """A student as one actor may see the nights of."""

    who: StudentRow
    actor: Actor
    now: dt.datetime
    reason: str | None = None

    @property
    def today(self) -> dt.date:
        """The school's local date."""
        return self.now.astimezone(ZoneInfo(self.who.zone)).date()

    def relation(self, night: dt.date) -> Relation:
        """What the actor is to one night."""
        return Relation(
            actor=self.actor,
            student_id=self.who.student["id"],
            class_id=self.class_on(night),
            night=night,
            today=self.today,
            is_guardian=self.who.is_guardian,
            homeroom_posts=self.who.homeroom_posts,
        )

    @property
    def is_family(self) -> bool:
        """The student or a guardian."""
        return self.relation(self.today).is_family

    def class_on(self, night: dt.date) -> uuid.UUID | None:
        """The class of a night by enrolment (rule 12)."""
        rows = [row for row in self.who.enrolments if covers(row, night)]
        newest = max(rows, key=lambda row: (row["from_on"], row["id"]), default=None)
        return None if newest is None else newest["class_id"]

    def sees(self, night: dt.date) -> bool:
        """Whether this night may be shown: to the family, to its homeroom teacher, to the office with a reason."""
        return self.relation(night).sees or self.spot_checks

    @property
    def spot_checks(self) -> bool:
        """Whether the academic office reads this child with a reason, which is then recorded."""
        in_office = any(covers(post, self.today) for post in self.who.office_posts)
        return self.actor.kind is ActorKind.STAFF and in_office and bool((self.reason or "").strip())


def find_reader(
    session: Session, *, actor: Actor, student_id: uuid.UUID, now: dt.datetime, reason: str | None = None
) -> Reader:
    """The student for an actor; raises ``NotFound`` when the actor's school has none. Seeing is asked per night."""
    if actor.school_id is None:
        raise NotFound("no such student")
    who = queries.find_student(session, school_id=actor.school_id, student_id=student_id, actor_id=actor.id)
    if who is None:
        raise NotFound("no such student")
    return Reader(who, actor, now, reason)


def read_nights(
    session: Session,
    *,
    actor: Actor,
    student_id: uuid.UUID,
    nights: Sequence[dt.date],
    now: dt.datetime,
    reason: str | None = None,
) -> list[dict[str, Any]]:
    """The documents of those of ``nights`` that the actor may see and the student was enrolled on.

    Raises ``NotFound`` when there is none. A read by staff is audited.
    """
    reader = find_reader(session, actor=actor, student_id=student_id, now=now, reason=reason)
    return documents_of(session, reader, _check_seen(session, reader, nights))


@dataclass(frozen=True)
class OneNight:
    """A night that the actor may see, not read yet."""

    session: Session
    reader: Reader
    night: dt.date

    @property
    def version(self) -> str:
        """What a settled document follows from; who holds one of this version holds it as it stands.

        Every change of the student's nights raises the student's counter and every change of a plan the class's, and
        both are in what was read of the student, with names and policies.
        """
        about = (SHAPE, self.night.toordinal(), self.reader.is_family, self.reader.who.fetched)
        return hashlib.sha256(repr(about).encode()).hexdigest()[:32]

    def read(self) -> tuple[dict[str, Any], str | None]:
        """The document, and its version; None where the hour, the calendar or a class of before has a say in it."""
        (facts,) = facts_of(self.session, self.reader, [self.night])
        is_known = facts.is_settled and facts.class_id in self.reader.who.classes
        return night_document(facts), self.version if is_known else None


def ask_night(
    session: Session,
    *,
    actor: Actor,
    student_id: uuid.UUID,
    night: dt.date,
    now: dt.datetime,
    reason: str | None = None,
) -> OneNight:
    """One night for who may see it; raises ``NotFound`` as `read_nights`. Asking is audited as a read by staff."""
    reader = find_reader(session, actor=actor, student_id=student_id, now=now, reason=reason)
    _check_seen(session, reader, [night])
    return OneNight(session, reader, night)


def _check_seen(session: Session, reader: Reader, nights: Sequence[dt.date]) -> list[dt.date]:
    """Those that the actor may see, noted where it is staff; raises ``NotFound`` for none."""
    seen = [night for night in nights if reader.sees(night) and reader.class_on(night) is not None]
    if not seen:
        raise NotFound("no such night")
    if not reader.is_family:
        _audit_read(session, reader, seen)
    return seen


def _audit_read(session: Session, reader: Reader, nights: Sequence[dt.date]) -> None:
    audit.record(
        session,
        actor=reader.actor,
        action="night.read",
        now=reader.now,
        class_id=reader.class_on(nights[0]),
        student_id=reader.who.student["id"],
        night=nights[0],
        reason=reader.reason,
        details={"nights": len(nights)},
    )


def range_of(first: dt.date, last: dt.date) -> list[dt.date]:
    """Every night from first to last, both included; raises ``Invalid`` for a wrong or too long range."""
    if last < first:
        raise Invalid("the range ends before it begins", fields=[FieldProblem("to", "before_from")])
    if (last - first).days >= MOST_NIGHTS:
        raise Invalid("at most 62 nights at once", fields=[FieldProblem("to", "too_far")])
    return [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


def documents_of(session: Session, reader: Reader, nights: Sequence[dt.date], cursor: str = "") -> list[dict[str, Any]]:
    """Night documents from `facts_of`."""
    return [night_document(facts) for facts in facts_of(session, reader, nights, cursor)]


def facts_of(session: Session, reader: Reader, nights: Sequence[dt.date], cursor: str = "") -> list[NightFacts]:
    """What documents are made of: three statements at most, however many nights; two more for a corrected class."""
    school_id, student_id = reader.actor.school, reader.who.student["id"]
    sheets = queries.read_sheets(session, school_id=school_id, student_id=student_id, nights=nights)
    classes = {night: _class_of(reader, night, sheets.get(night)) for night in nights}
    other = {class_id for class_id in classes.values() if class_id} - reader.who.classes.keys()
    if other:
        reader = replace(reader, who=queries.with_classes(session, reader.who, other))
    assignments = queries.read_assignments(
        session,
        school_id=school_id,
        class_ids=sorted({class_id for class_id in classes.values() if class_id}),
        first=min(nights),
        last=max(nights),
        also=sorted(_worked_on(sheets.values())),
    )
    wakings, school_days = _wakings(session, reader, sheets, max(nights))
    return [
        NightFacts(
            who=reader.who,
            night=night,
            class_id=class_id,
            now=reader.now,
            row=sheets.get(night),
            assignments=assignments,
            wakings=wakings,
            school_days=school_days,
            shows_titles=not (reader.who.hide_titles and reader.is_family),
            cursor=cursor or f"{reader.who.counter}.{reader.who.classes[class_id]['change_counter']}",
        )
        for night, class_id in classes.items()
        if class_id is not None
    ]


def _class_of(reader: Reader, night: dt.date, row: SheetRow | None) -> uuid.UUID | None:
    return reader.class_on(night) if row is None else row.sheet["class_id"]


def _worked_on(sheets: Any) -> set[uuid.UUID]:
    return {entry["assignment_id"] for row in sheets for entry in row.entries if entry["assignment_id"] is not None}


def _wakings(
    session: Session, reader: Reader, sheets: dict[dt.date, SheetRow], last: dt.date
) -> tuple[list[tuple[dt.date, dt.datetime]], dict[dt.date, bool]]:
    """Earlier wakings, read only when some night needs a projection."""
    needs = any(row.sleep and row.sleep["lights_out_at"] and not row.sleep["woke_at"] for row in sheets.values())
    if not needs:
        return [], {}
    return queries.waking_history(
        session, school_id=reader.actor.school, student_id=reader.who.student["id"], before=last
    )
