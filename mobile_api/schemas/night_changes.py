"""A night's changes as phones send them. What the API answers is `nights`."""

import datetime as dt
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from backend.domain.load import ClockMark, Outcome, Place, Segment, Source, Tier
from mobile_api.schemas.base import Date, Instant, JsonInt, StrictSchema, Text, one_of

SUBJECT = validate.Regexp(r"^[a-z][a-z0-9_]{0,31}$", error="not a subject code")
EXAMPLE_ID = "0193f2a0-5b7e-7c31-9a55-3f1d2c4b6a70"


class SegmentIn(StrictSchema):
    """One start and finish; ``finished_at`` null while it runs."""

    started_at = Instant(required=True, metadata={"example": "2026-11-23T19:02:10+08:00"})
    finished_at = Instant(required=True, allow_none=True, metadata={"example": "2026-11-23T19:31:40+08:00"})
    source = one_of(Source, load_default=Source.timer)
    clock = one_of(ClockMark, load_default=ClockMark.ok)
    #: As the server showed it: accepted so that a phone may send back what it holds, and not read.
    proposed_end_at = Instant(allow_none=True, load_only=True)

    def finished(self, data: dict[str, Any]) -> Segment:
        """The segment."""
        data.pop("proposed_end_at", None)
        return Segment(**data)


class SentSchema(StrictSchema):
    """When the phone sent this, by its own clock: the server measures the clock's offset from it."""

    sent_at = Instant(metadata={"description": "the phone's own now", "example": "2026-11-23T19:31:41+08:00"})


class VersionedIn(SentSchema):
    """What every versioned change carries."""

    base_version = JsonInt(
        required=True, allow_none=True, validate=validate.Range(0, 2**31), metadata={"example": None}
    )
    installation_id = fields.UUID(required=True, metadata={"example": EXAMPLE_ID})
    revision = JsonInt(required=True, validate=validate.Range(1, 2**53), metadata={"example": 1})


class EntryFields(Schema):
    """The state of an entry."""

    assignment_id = fields.UUID(required=True, allow_none=True, metadata={"description": "null is self-study"})
    subject = fields.String(allow_none=True, load_default=None, validate=SUBJECT)
    title = Text(longest=120, load_default="")
    tier = one_of(Tier, allow_none=True, load_default=None)
    place = one_of(Place, allow_none=True, load_default=None)
    outcome = one_of(Outcome, required=True)
    segments = fields.List(fields.Nested(SegmentIn), required=True, validate=validate.Length(max=200))


class EntryIn(VersionedIn, EntryFields):
    """The full state of one entry."""


class DeletionIn(VersionedIn):
    """The end of one entry."""


class SleepFields(Schema):
    """The state of a night's sleep."""

    lights_out_at = Instant(required=True, allow_none=True, metadata={"example": "2026-11-23T21:15:00+08:00"})
    woke_at = Instant(load_default=None, allow_none=True)
    nap_minutes = JsonInt(load_default=None, allow_none=True)
    source = one_of(Source, load_default=Source.typed)


class SleepIn(VersionedIn, SleepFields):
    """Lights-out, waking, nap."""


class NoteIn(VersionedIn):
    """The guardian's line."""

    guardian_note = Text(longest=500, required=True, metadata={"example": "今天很累,早点睡了"})


class SubmissionIn(SentSchema):
    """The sheet is handed in."""


class StopIn(SentSchema):
    """A guardian stops homework for sleep."""

    lights_out_at = Instant(load_default=None, allow_none=True)


class ConfirmationIn(SentSchema):
    """A guardian approves one version: times and bedtime, never correctness."""

    sheet_version = JsonInt(required=True, validate=validate.Range(1, 2**31))


class ReviewIn(StrictSchema):
    """The homeroom teacher has read it."""

    sheet_version = JsonInt(required=True, validate=validate.Range(1, 2**31))
    teacher_reply = Text(longest=500, load_default="")


class NightsQuery(StrictSchema):
    """A range of nights, at most 62."""

    first = Date(required=True, data_key="from")
    last = Date(required=True, data_key="to")


KINDS = ("entry", "entry_deletion", "sleep", "note", "submission", "stop", "confirmation")


class ChangeIn(StrictSchema):
    """What a change of a batch is about; its other fields are those of the body that its own route takes.

    ``installation_id`` and ``sent_at`` are the batch's where a change does not carry its own.
    """

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    student_id = fields.UUID(required=True)
    night = Date(required=True)
    id = fields.UUID(metadata={"description": "of the entry; for kind entry and entry_deletion"})


class SyncIn(StrictSchema):
    """A batch of changes and how far the phone has come with each student."""

    installation_id = fields.UUID(required=True)
    sent_at = Instant(required=True)
    changes = fields.List(fields.Raw(), load_default=list, validate=validate.Length(max=500))
    cursors = fields.Dict(
        keys=fields.UUID(), values=fields.String(allow_none=True, validate=validate.Length(max=40)), load_default=dict
    )

    def finished(self, data: dict[str, Any]) -> dict[str, Any]:
        """The batch, of a family and not of a school."""
        if len(data["cursors"]) > 20:
            raise ValidationError("at most 20 students", "cursors")
        return data


def offset_of(now: dt.datetime, sent_at: dt.datetime | None) -> dt.timedelta:
    """What must be added to the phone's clock; nothing where it did not say."""
    return dt.timedelta() if sent_at is None else now - sent_at
