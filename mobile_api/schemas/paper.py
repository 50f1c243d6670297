"""Paper typed in: the grid of a class's night, and rows as they were typed."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from backend.domain.errors import FieldProblem, Invalid
from backend.domain.load import Outcome
from mobile_api.schemas.assignments import TierDumpSchema
from mobile_api.schemas.base import Date, Instant, JsonBool, JsonInt, StrictSchema, Text, one_of

LONGEST_MINUTES = 600


class TypedVersionIn(StrictSchema):
    """The version the desk saw, and the desk's own counter for this record."""

    base_version = JsonInt(required=True, allow_none=True, validate=validate.Range(0, 2**31))
    revision = JsonInt(required=True, validate=validate.Range(1, 2**53))


class TypedEntryIn(TypedVersionIn):
    """One cell: minutes, or a start and a finish, or all null, which clears it."""

    id = fields.UUID(required=True)
    assignment_id = fields.UUID(required=True, allow_none=True, metadata={"description": "null is self-study"})
    minutes = JsonInt(load_default=None, allow_none=True, validate=validate.Range(0, LONGEST_MINUTES))
    started_at = Instant(load_default=None, allow_none=True)
    finished_at = Instant(load_default=None, allow_none=True)
    outcome = one_of(
        Outcome,
        load_default=Outcome.finished,
        validate=validate.NoneOf([Outcome.in_progress], error="what is on paper is over"),
    )

    @validates_schema
    def _one_way(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("started_at") is None) != (data.get("finished_at") is None):
            raise ValidationError("a start and a finish go together", "finished_at")
        if data.get("minutes") is not None and data.get("started_at") is not None:
            raise ValidationError("minutes or times", "minutes")


class TypedSleepIn(TypedVersionIn):
    """Bedtime, waking and nap."""

    lights_out_at = Instant(required=True, allow_none=True)
    woke_at = Instant(required=True, allow_none=True)
    nap_minutes = JsonInt(required=True, allow_none=True)


class TypedNoteIn(TypedVersionIn):
    """The guardian's words, and whether a guardian signed the paper."""

    guardian_note = Text(required=True, longest=500)
    signed_on_paper = JsonBool(required=True)


class TypedRowIn(StrictSchema):
    """What was typed of one pupil since the last save."""

    student_id = fields.UUID(required=True)
    entries = fields.List(fields.Nested(TypedEntryIn), load_default=list, validate=validate.Length(max=40))
    sleep = fields.Nested(TypedSleepIn, load_default=None, allow_none=True)
    note = fields.Nested(TypedNoteIn, load_default=None, allow_none=True)


class PaperIn(StrictSchema):
    """Rows of one desk."""

    installation_id = fields.UUID(required=True)
    rows = fields.List(fields.Nested(TypedRowIn), required=True, validate=validate.Length(min=1, max=80))

    @validates_schema
    def _a_pupil_once(self, data: dict[str, Any], **_: Any) -> None:
        """Every row is laid out against the sheet as it stood before: a second one would overlap the first."""
        pupils = [row["student_id"] for row in data["rows"]]
        twice = [number for number, pupil in enumerate(pupils) if pupil in pupils[:number]]
        if twice:
            problems = [FieldProblem(f"rows.{number}.student_id", "student_twice") for number in twice]
            raise Invalid("a pupil twice in one paper", fields=problems)


class CellSchema(StrictSchema):
    """One cell; ``locked`` is ``several_entries`` or ``under_way``, else null."""

    id = fields.UUID()
    assignment_id = fields.UUID(allow_none=True)
    version = fields.Integer(allow_none=True)
    minutes = fields.Integer(allow_none=True)
    started_at = Instant(allow_none=True)
    finished_at = Instant(allow_none=True)
    outcome = one_of(Outcome, allow_none=True)
    locked = fields.String(allow_none=True)


class PaperStudentSchema(StrictSchema):
    """One pupil's row, a cell a column and self-study last; ``locked`` is ``consent_required`` or null."""

    student_id = fields.UUID()
    school_number = fields.String(allow_none=True)
    name = fields.String()
    locked = fields.String(allow_none=True)
    state = fields.String(allow_none=True)
    version = fields.Integer(allow_none=True)
    cells = fields.List(fields.Nested(CellSchema))
    lights_out_at = Instant(allow_none=True)
    woke_at = Instant(allow_none=True)
    nap_minutes = fields.Integer(allow_none=True)
    sleep_version = fields.Integer(allow_none=True)
    guardian_note = fields.String()
    signed_on_paper = fields.Boolean()
    note_version = fields.Integer(allow_none=True)


class PaperAssignmentSchema(StrictSchema):
    """One column."""

    id = fields.UUID()
    subject = fields.String()
    title = fields.String()
    kind = fields.String()
    place = fields.String()
    tiers = fields.List(fields.Nested(TierDumpSchema))


class PaperSchema(StrictSchema):
    """The grid, in roll order."""

    class_id = fields.UUID()
    class_name = fields.String()
    night = Date()
    assignments = fields.List(fields.Nested(PaperAssignmentSchema))
    students = fields.List(fields.Nested(PaperStudentSchema))


class TypedProblemSchema(StrictSchema):
    """What is wrong with one cell, worded."""

    path = fields.String()
    code = fields.String()
    message = fields.String()


class TypedResultSchema(StrictSchema):
    """What became of one cell: ``of`` is ``entry``, ``sleep``, ``note`` or ``submission``."""

    of = fields.String()
    id = fields.UUID(allow_none=True)
    result = fields.String()
    code = fields.String()
    message = fields.String()
    errors = fields.List(fields.Nested(TypedProblemSchema))


class RowResultSchema(StrictSchema):
    """One row's results; ``refused`` is the code that concerns the whole row, else null."""

    student_id = fields.UUID()
    refused = fields.String(allow_none=True)
    results = fields.List(fields.Nested(TypedResultSchema))


class PaperAnswerSchema(StrictSchema):
    """What became of each row, and the rows as they now stand."""

    results = fields.List(fields.Nested(RowResultSchema))
    students = fields.List(fields.Nested(PaperStudentSchema))
