"""Builders for tests of the writing path: homework that is published, changes as phones send them, what is stored."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.errors import NightsheetError
from backend.domain.load import ClockMark, Kind, Outcome, Place, Segment, Source, Tier
from backend.services.actor import ActorKind, token_hash
from backend.services.nights.changes import Change, ChangeOutcome, DeleteEntry, PutEntry, PutNote, PutSleep
from backend.services.nights.recording import PEOPLE, Recorded, record_changes
from backend.storage import models
from backend.storage.engine import session_factory
from tests.cast import TONIGHT, ZONE, Cast, Holder, made_id
from tests.cast import Place as CastPlace

#: Tables that the writing path may touch; a replay leaves all of them byte-identical.
WRITTEN = (
    models.NightSheet,
    models.Entry,
    models.EntryVersion,
    models.Sleep,
    models.Note,
    models.Review,
    models.Confirmation,
    models.AuditEvent,
    models.Student,
)
_numbers = itertools.count(1)


def at(clock: str, *, night: dt.date = TONIGHT, day: int = 0, zone: ZoneInfo = ZONE, fold: int = 0) -> dt.datetime:
    """The instant of ``HH:MM`` or ``HH:MM:SS`` on the night's date, or ``day`` days later."""
    wall = dt.datetime.combine(night + dt.timedelta(days=day), dt.time.fromisoformat(clock), zone)
    return wall.replace(fold=fold).astimezone(dt.UTC)


def segment(
    begins: str,
    ends: str | None = None,
    *,
    source: Source = Source.timer,
    clock: ClockMark = ClockMark.ok,
    night: dt.date = TONIGHT,
) -> Segment:
    """A segment of the night, from and to a clock time; without an end it runs."""
    return Segment(at(begins, night=night), None if ends is None else at(ends, night=night), source, clock)


def worked(*spans: str, source: Source = Source.timer, night: dt.date = TONIGHT) -> tuple[Segment, ...]:
    """Segments from ``"19:00-19:40"``; ``"19:00-"`` runs."""
    pairs = (span.split("-") for span in spans)
    return tuple(segment(begins, ends or None, source=source, night=night) for begins, ends in pairs)


@dataclass
class Phone:
    """An installation with its own revision counters, which remembers the versions that it saw."""

    name: str
    revisions: dict[Any, int] = field(default_factory=dict)
    seen: dict[Any, int] = field(default_factory=dict)

    @property
    def id(self) -> uuid.UUID:
        """The installation's id."""
        return made_id(f"phone {self.name}")

    def _versioning(self, record: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        self.revisions[record] = given.get("revision", self.revisions.get(record, 0) + 1)
        base = given.get("base", self.seen.get(record))
        return {"base_version": base, "installation_id": self.id, "revision": self.revisions[record]}

    def entry(self, name: str, *spans: str, on: uuid.UUID | None = None, **given: Any) -> PutEntry:
        """The full state of an entry, one revision up. ``on`` is the assignment; ``segments`` replaces ``spans``."""
        entry_id = entry_id_of(name)
        versioning = self._versioning(entry_id, given)
        night, source = given.pop("night", TONIGHT), given.pop("source", Source.timer)
        segments = given.pop("segments", None)
        if segments is None:
            segments = worked(*spans, night=night, source=source)
        running = any(part.finished_at is None for part in segments)
        outcome = given.pop("outcome", Outcome.in_progress if running else Outcome.finished)
        rest = {key: value for key, value in given.items() if key not in ("revision", "base")}
        return PutEntry(id=entry_id, assignment_id=on, outcome=outcome, segments=tuple(segments), **versioning, **rest)

    def deletion(self, name: str, **given: Any) -> DeleteEntry:
        """The end of an entry, one revision up."""
        entry_id = entry_id_of(name)
        return DeleteEntry(id=entry_id, **self._versioning(entry_id, given))

    def sleep(
        self,
        lights_out: dt.datetime | str | None = None,
        woke: dt.datetime | None = None,
        nap: int | None = None,
        **given: Any,
    ) -> PutSleep:
        """The full state of the night's sleep, one revision up."""
        instant = at(lights_out) if isinstance(lights_out, str) else lights_out
        source = given.get("source", Source.typed)
        key = ("sleep", given.pop("of", None))
        return PutSleep(
            lights_out_at=instant, woke_at=woke, nap_minutes=nap, source=source, **self._versioning(key, given)
        )

    def note(self, text: str, **given: Any) -> PutNote:
        """The guardian's line, one revision up."""
        return PutNote(guardian_note=text, **self._versioning("note", given))

    def saw(self, outcome: ChangeOutcome, record: Any) -> None:
        """Remember the version that an answer brought."""
        if outcome.record is not None:
            self.seen[record] = outcome.record["version"]


def entry_id_of(name: str) -> uuid.UUID:
    """The id that a phone gave an entry; the same for the same name."""
    return made_id(f"entry {name}")


@dataclass
class Evenings:
    """The school's evenings: people record, each call in a transaction of its own as the edge would run it."""

    engine: sa.Engine
    cast: Cast
    clock: FrozenClock

    def record(
        self,
        who: Holder,
        *changes: Change,
        student: Holder | None = None,
        night: dt.date = TONIGHT,
        offset: dt.timedelta = dt.timedelta(),
        admits: frozenset[ActorKind] | None = None,
    ) -> Recorded:
        """Apply changes and commit, or roll back when nothing changed. A tablet comes by its own way."""
        own_way = frozenset({ActorKind.TABLET}) if who.key.startswith("tablet") else PEOPLE
        with session_factory(self.engine)() as session:
            recorded = record_in(
                session,
                who,
                *changes,
                student=student or who,
                night=night,
                now=self.clock.now(),
                offset=offset,
                admits=admits or own_way,
            )
            if recorded.changed:
                session.commit()
            return recorded

    def results(self, who: Holder, *changes: Change, **given: Any) -> list[str]:
        """The results alone, in order; a refusal as the code of why."""
        return [result_of(outcome) for outcome in self.record(who, *changes, **given).outcomes]

    def problem(self, who: Holder, change: Change, **given: Any) -> NightsheetError:
        """Why the one change was refused."""
        (outcome,) = self.record(who, change, **given).outcomes
        assert outcome.error is not None, outcome
        return outcome.error

    def rows(self, model: Any, **where: Any) -> list[dict[str, Any]]:
        """What is stored, as rows ordered by primary key."""
        table = model.__table__
        wanted = [table.c[name] == value for name, value in where.items()]
        with self.engine.connect() as connection:
            found = connection.execute(sa.select(table).where(*wanted).order_by(*table.primary_key.columns))
            return [dict(row) for row in found.mappings()]

    def row(self, model: Any, **where: Any) -> dict[str, Any]:
        """The one such row."""
        (found,) = self.rows(model, **where)
        return found

    def sheet(self, student: Holder | None = None, night: dt.date = TONIGHT) -> dict[str, Any]:
        """The stored sheet."""
        return self.row(models.NightSheet, student_id=(student or self.cast.ada).id, night=night)

    def entry(self, name: str, student: Holder | None = None) -> dict[str, Any]:
        """A stored entry."""
        return self.row(models.Entry, student_id=(student or self.cast.ada).id, id=entry_id_of(name))

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """Every row that writing could touch."""
        return {model.__tablename__: self.rows(model) for model in WRITTEN}

    def change(self, statement: Any) -> None:
        """Change the school behind the services' back."""
        with self.engine.begin() as connection:
            connection.execute(statement)

    def wipe(self) -> None:
        """Forget every night, for tests that need many fresh ones."""
        with self.engine.begin() as connection:
            connection.execute(sa.delete(models.NightSheet))
            connection.execute(sa.delete(models.AuditEvent))

    def tablet(self, place: CastPlace) -> Holder:
        """A class tablet, signed in."""
        school_id = self.cast.shiyan.id
        holder = Holder(f"tablet_{place.slug}", place.name, made_id(f"tablet {place.slug}"), school_id)
        own = {"school_id": school_id, "id": holder.id}
        since = {"enabled_by": self.cast.homeroom.id, "enabled_at": self.clock.now()}
        self.change(sa.insert(models.Tablet).values(**own, **since, class_id=place.id))
        self.sign_in(holder, tablet_id=holder.id)
        return holder

    def sign_in(self, holder: Holder, **owner: Any) -> None:
        """A session of its own for somebody whom the cast does not have."""
        self.change(
            sa.insert(models.AuthSession).values(
                token_hash=token_hash(holder.token),
                id=holder.session_id,
                school_id=holder.school_id,
                created_at=self.clock.now(),
                expires_at=self.clock.now() + dt.timedelta(days=180),
                **owner,
            )
        )

    def assign(self, subject: str, minutes: int | None = 30, **given: Any) -> uuid.UUID:
        """Homework, published unless said otherwise; for 三(1)班 and tonight unless said otherwise."""
        with self.engine.begin() as connection:
            return assign(connection, self.cast, subject, minutes, **given)


def record_in(
    session: Session, who: Holder, *changes: Change, student: Holder, night: dt.date, **given: Any
) -> Recorded:
    """Record in a session of the test's own; nothing is committed."""
    return record_changes(
        session, token_hash=token_hash(who.token), student_id=student.id, night=night, changes=changes, **given
    )


def result_of(outcome: ChangeOutcome) -> str:
    """``applied``, ``same`` …, or the code of a refusal."""
    return outcome.code


def problem_codes(error: NightsheetError) -> list[tuple[str, str]]:
    """Path and code of each wrong field."""
    return [(problem.path, problem.code) for problem in error.fields]


def assign(
    connection: sa.Connection,
    cast: Cast,
    subject: str,
    minutes: int | None = 30,
    *,
    to: CastPlace | None = None,
    given_on: dt.date = TONIGHT,
    due_on: dt.date | None = None,
    kind: Kind = Kind.written,
    place: Place = Place.home,
    state: models.AssignmentState = models.AssignmentState.PUBLISHED,
    tiers: Mapping[Tier, tuple[int, int | None]] | None = None,
    in_force_at: dt.datetime | None = None,
    school: CastPlace | None = None,
) -> uuid.UUID:
    """Insert an assignment with its tiers; returns its id."""
    school_id = (school or cast.shiyan).id
    assignment_id = made_id(f"assignment {next(_numbers)}")
    since = in_force_at or at("15:00", night=given_on)
    connection.execute(
        sa.insert(models.Assignment).values(
            school_id=school_id,
            id=assignment_id,
            class_id=(to or cast.class_31).id,
            subject=subject,
            title="练习册第12页",
            kind=kind,
            place=place,
            given_on=given_on,
            due_on=due_on or given_on + dt.timedelta(days=1),
            state=state,
            created_by=cast.homeroom.id,
            created_at=since,
            published_at=since if state is models.AssignmentState.PUBLISHED else None,
            published_by=cast.homeroom.id,
        )
    )
    for tier, (estimate, upper) in (tiers or {Tier.standard: (minutes or 0, None)}).items():
        estimate_anew(connection, school_id, assignment_id, 1, tier, estimate, upper, since)
    return assignment_id


def estimate_anew(
    connection: sa.Connection,
    school_id: uuid.UUID,
    assignment_id: uuid.UUID,
    version: int,
    tier: Tier,
    minutes: int,
    upper: int | None,
    since: dt.datetime,
) -> None:
    """One tier's minutes in one version of an assignment, in force from ``since``."""
    connection.execute(
        sa.insert(models.AssignmentTier).values(
            school_id=school_id,
            assignment_id=assignment_id,
            version=version,
            tier=tier,
            estimated_minutes=minutes,
            estimated_max_minutes=upper,
            in_force_at=since,
            set_by=made_id("person homeroom"),
        )
    )
    connection.execute(
        sa.update(models.Assignment).values(version=version).where(models.Assignment.id == assignment_id)
    )
