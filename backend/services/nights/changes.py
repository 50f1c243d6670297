"""The changes of a night as data: what a phone, a guardian or a teacher asks for, and what became of it (rule 10)."""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from backend.domain.errors import FieldProblem, NightsheetError
from backend.domain.load import Outcome, Place, Segment, Source, Tier
from backend.domain.sheet import ChangeResult


@dataclass(frozen=True, kw_only=True)
class Versioning:
    """What every versioned change carries: the version last seen, which phone, and that phone's own counter."""

    base_version: int | None
    installation_id: uuid.UUID
    revision: int


@dataclass(frozen=True, kw_only=True)
class PutEntry(Versioning):
    """The full state of one entry. ``assignment_id`` None is self-study, which may carry a subject and a title."""

    id: uuid.UUID
    assignment_id: uuid.UUID | None
    outcome: Outcome
    segments: tuple[Segment, ...]
    subject: str | None = None
    title: str = ""
    tier: Tier | None = None
    place: Place | None = None


@dataclass(frozen=True, kw_only=True)
class DeleteEntry(Versioning):
    """The end of one entry; its id stays gone."""

    id: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class PutSleep(Versioning):
    """The full state of a night's sleep."""

    lights_out_at: dt.datetime | None
    woke_at: dt.datetime | None
    nap_minutes: int | None
    source: Source = Source.typed


@dataclass(frozen=True, kw_only=True)
class PutNote(Versioning):
    """The guardian's line; empty takes it back. ``signed_on_paper`` None leaves that as it is."""

    guardian_note: str
    signed_on_paper: bool | None = None


@dataclass(frozen=True)
class Submit:
    """The sheet is handed in."""


@dataclass(frozen=True)
class Stop:
    """A guardian stops homework for sleep: unfinished work is noted, nobody is blamed."""

    lights_out_at: dt.datetime | None


@dataclass(frozen=True)
class Confirm:
    """A guardian approves one version of the sheet: times and bedtime, never correctness."""

    sheet_version: int


@dataclass(frozen=True)
class MarkReview:
    """The homeroom teacher has read one version of the sheet, and may answer."""

    sheet_version: int
    teacher_reply: str = ""
    with_class: bool = False
    """One of a whole class read at once, for which the audit log has one row and not one a student."""


Change = PutEntry | DeleteEntry | PutSleep | PutNote | Submit | Stop | Confirm | MarkReview


@dataclass(frozen=True)
class ChangeOutcome:
    """What became of one change. ``record`` is what stands now (of a conflict: what stands against it)."""

    result: ChangeResult
    record: dict[str, Any] | None = None
    fields: tuple[FieldProblem, ...] = ()
    error: NightsheetError | None = field(default=None, compare=False)

    @property
    def code(self) -> str:
        """A stable code of why, for what was not applied."""
        return self.error.code if self.error else self.result.value


def invalid(error: NightsheetError) -> ChangeOutcome:
    """The outcome of a change that was refused."""
    return ChangeOutcome(ChangeResult.invalid, None, error.fields, error)
