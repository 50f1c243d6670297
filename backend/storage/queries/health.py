"""Statements for those who watch an installation: is the database there, what waits, when did the worker last tick."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from sqlalchemy.orm import Session

from backend.storage.models import OutboxRow, School, WorkerLease


@dataclass(frozen=True)
class SchoolFacts:
    """How many schools there are, and how many of them are a demonstration."""

    schools: int
    demonstrations: int

    @property
    def is_demonstration(self) -> bool:
        """Whether there is at least one school and none is real."""
        return self.schools > 0 and self.schools == self.demonstrations

    @property
    def may_demonstrate(self) -> bool:
        """Whether the demonstration may live in this database: it holds no real school."""
        return self.schools == self.demonstrations


def revision(session: Session) -> str | None:
    """The schema's revision as the database states it."""
    return MigrationContext.configure(session.connection()).get_current_revision()


def school_facts(session: Session) -> SchoolFacts:
    """Counts of schools."""
    row = session.execute(
        sa.select(sa.func.count(), sa.func.count(sa.case((School.is_demonstration, 1)))).select_from(School)
    ).one()
    return SchoolFacts(row[0], row[1])


def outbox_states(session: Session) -> dict[str, int]:
    """How many reminders stand in each state."""
    rows = session.execute(sa.select(OutboxRow.state, sa.func.count()).group_by(OutboxRow.state))
    return {state.value: count for state, count in rows}


def last_tick(session: Session) -> dt.datetime | None:
    """When a worker last ticked; None when none ever did."""
    return session.scalar(sa.select(sa.func.max(WorkerLease.ticked_at)))
