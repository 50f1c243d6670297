"""Everybody's phones: each deed goes through the product's own services and, if it was taken, into the facts.

One installation writes for a whole family, so that nothing is ever a conflict: those have tests of their own.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from backend.domain.load import Kind, Outcome, Place, Segment, Source, Tier
from backend.domain.sheet import ChangeResult
from backend.services.nights.changes import Change, Confirm, PutEntry, PutSleep, Submit
from backend.services.nights.recording import Recorded, record_changes
from backend.storage import models
from tests.simulation.days import Deed
from tests.simulation.facts import Facts, Homework, Night, Work
from tests.simulation.school import Child, Classroom, Person

TAKEN = {ChangeResult.applied, ChangeResult.same}


class Phones:
    """Does deeds."""

    def __init__(self, sessions: sessionmaker[Session], facts: Facts) -> None:
        self._sessions = sessions
        self._facts = facts
        self.writes = 0

    def do(self, deeds: list[Deed], now: dt.datetime) -> set[Child]:
        """Do these now, in one transaction; returns whose night or wishes were touched."""
        touched: set[Child] = set()
        with self._sessions.begin() as session:
            for deed in deeds:
                touched |= getattr(self, deed.what)(session, now, **deed.how) or set()
        return touched

    # --- families ---------------------------------------------------------------------------------------------------

    def record(
        self, session: Session, now: dt.datetime, *, child: Child, night: dt.date, by: Person, work: Work
    ) -> set[Child]:
        """Put an entry as it stands."""
        sheet = self._facts.find(child, night)
        before = sheet.works.get(work.id) if sheet else None
        known = {each.id for each in self._facts.set_tonight(child.class_, night)}
        if work.homework is not None and work.homework not in known:
            return set()  # not published yet: nobody can begin it
        work = Work(**{**vars(work), "revision": before.revision + 1 if before else 1})
        source = Source.typed if work.typed else Source.timer
        segment = Segment(work.started_at, work.finished_at, source)
        entry = PutEntry(
            **self._version(child, work.revision),
            id=work.id,
            assignment_id=work.homework,
            outcome=Outcome.finished if work.finished_at else Outcome.in_progress,
            segments=(segment,),
            subject=None,
        )
        same = before is not None and before.finished_at == work.finished_at and before.started_at == work.started_at
        self._write(session, now, child, night, by, entry)
        after = self._facts.night(child, night, now)
        if same:  # taken, and nothing that a guardian confirms has changed
            after.works[work.id] = work
            after.add_up(now)
        else:
            self._facts.set_work(after, work, by=by, now=now)
        return {child}

    def submit(self, session: Session, now: dt.datetime, *, child: Child, night: dt.date, by: Person) -> set[Child]:
        """Hand the sheet in."""
        sheet = self._facts.find(child, night)
        if sheet is not None and sheet.submitted_at is not None:
            return set()
        self._write(session, now, child, night, by, Submit())
        self._facts.submit(self._facts.night(child, night, now), by=by, now=now)
        return {child}

    def lights_out(self, session: Session, now: dt.datetime, *, child: Child, night: dt.date, by: Person) -> set[Child]:
        """Somebody says that the child is in bed now."""
        return self._sleep(session, now, self._facts.night(child, night, now), by, now, None)

    def wake(self, session: Session, now: dt.datetime, *, child: Child, night: dt.date, by: Person) -> set[Child]:
        """Somebody says that the child is up now."""
        sheet = self._facts.night(child, night, now)
        lights_out_at = sheet.lights_out_at
        if lights_out_at is None or lights_out_at >= now:
            return set()
        return self._sleep(session, now, sheet, by, lights_out_at, now)

    def _sleep(
        self,
        session: Session,
        now: dt.datetime,
        night: Night,
        by: Person,
        lights_out_at: dt.datetime,
        woke_at: dt.datetime | None,
    ) -> set[Child]:
        night.sleep_revision += 1
        version = self._version(night.child, night.sleep_revision)
        sleep = PutSleep(**version, lights_out_at=lights_out_at, woke_at=woke_at, nap_minutes=None)
        self._write(session, now, night.child, night.night, by, sleep)
        self._facts.set_sleep(night, lights_out_at=lights_out_at, woke_at=woke_at, by=by, now=now)
        return {night.child}

    def confirm(self, session: Session, now: dt.datetime, *, child: Child, night: dt.date, by: Person) -> set[Child]:
        """A guardian's one tap."""
        sheet = self._facts.find(child, night)
        if sheet is None or not sheet.unconfirmed:
            return set()
        self._write(session, now, child, night, by, Confirm(sheet_version=sheet.version))
        self._facts.confirm(sheet, now=now)
        return {child}

    def _version(self, child: Child, revision: int) -> dict[str, Any]:
        return {"base_version": None, "installation_id": uuid.uuid5(child.id, "phone"), "revision": revision}

    def _write(
        self, session: Session, now: dt.datetime, child: Child, night: dt.date, by: Person, change: Change
    ) -> Recorded:
        done = record_changes(
            session, token_hash=by.token_hash, student_id=child.id, night=night, changes=[change], now=now
        )
        (outcome,) = done.outcomes
        if outcome.result not in TAKEN:
            raise AssertionError(f"{change} of {night} at {now} was not taken: {outcome}")
        self._facts.night(child, night, now).version = done.state.sheet["version"]
        self.writes += 1
        return done

    # --- wishes -----------------------------------------------------------------------------------------------------

    def pause(self, session: Session, now: dt.datetime, *, person: Person, first: dt.date, last: dt.date) -> set[Child]:
        """Illness or travel."""
        table = models.ReminderSetting
        session.execute(
            sa.update(table).where(table.person_id == person.id).values(paused_from=first, paused_to=last),
            execution_options={"synchronize_session": False},
        )
        person.wishes.paused = (first, last)
        return {child for child in self._facts.school.children if person is child or person in child.guardians}

    def register_again(self, session: Session, now: dt.datetime, *, person: Person) -> None:
        """The phone registers a fresh address, as it does after its old one was taken from it."""
        table = models.PushEndpoint
        session.execute(
            sa.update(table)
            .where(table.person_id == person.id, table.disabled_at.is_not(None))
            .values(disabled_at=None, disabled_reason=None, address=table.address + "'"),
            execution_options={"synchronize_session": False},
        )

    # --- school -----------------------------------------------------------------------------------------------------

    def publish(self, session: Session, now: dt.datetime, *, homework: Homework) -> set[Child]:
        """A teacher publishes."""
        homework.published_at = now
        teacher = homework.class_.teachers[homework.subject].id
        row = {
            "school_id": self._facts.school.id,
            "id": homework.id,
            "class_id": homework.class_.id,
            "subject": homework.subject,
            "title": "work",
            "kind": Kind.written if homework.written else Kind.reading,
            "place": Place.home,
            "given_on": homework.given_on,
            "due_on": homework.due_on,
            "state": models.AssignmentState.PUBLISHED,
            "over_cap_minutes": homework.over_cap_minutes,
        }
        made = {"created_by": teacher, "created_at": now, "published_at": now, "published_by": teacher}
        session.execute(sa.insert(models.Assignment).values(**row, **made))
        tier = {"version": 1, "tier": Tier.standard, "estimated_minutes": 20, "in_force_at": now, "set_by": teacher}
        ids = {"school_id": self._facts.school.id, "assignment_id": homework.id}
        session.execute(sa.insert(models.AssignmentTier).values(**ids, **tier))
        self._facts.homework[homework.class_].append(homework)
        return set(homework.class_.children)

    def declare_none(
        self, session: Session, now: dt.datetime, *, class_: Classroom, subject: str, day: dt.date
    ) -> None:
        """A teacher says that there is nothing today."""
        by = {"declared_by": class_.teachers[subject].id, "declared_at": now}
        ids = {"school_id": self._facts.school.id, "class_id": class_.id}
        session.execute(sa.insert(models.NoHomework).values(**ids, subject=subject, night=day, **by))
        self._facts.none_today.add((class_, subject, day))
