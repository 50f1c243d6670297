"""The night as the API answers it: documentation, since the documents are made by `services.nights`."""

from marshmallow import Schema, fields

from backend.domain.load import ClockMark, Outcome, Place, Source, Tier
from backend.domain.sheet import ChangeResult, SheetState
from mobile_api.schemas.base import one_of


class SegmentOut(Schema):
    """A segment as stored: corrected where the phone's clock was wrong, and marked so."""

    started_at = fields.String(required=True)
    finished_at = fields.String(required=True, allow_none=True)
    source = one_of(Source, required=True)
    clock = one_of(ClockMark, required=True)
    proposed_end_at = fields.String(
        allow_none=True,
        metadata={"description": "a likely end of a segment that was left open, for a person to accept"},
    )


class FigureOut(Schema):
    """What one author last stated."""

    author_id = fields.String(required=True)
    kind = fields.String(required=True)
    at = fields.String(required=True)
    segments = fields.List(fields.Nested(SegmentOut))
    lights_out_at = fields.String(allow_none=True)
    woke_at = fields.String(allow_none=True)
    nap_minutes = fields.Integer(allow_none=True)


class VersionOut(Schema):
    """What a phone needs to change a record."""

    version = fields.Integer()
    installation_id = fields.String(allow_none=True)
    revision = fields.Integer()
    changed_by = fields.String(allow_none=True)
    changed_at = fields.String(allow_none=True)


class EntryOut(VersionOut):
    """An entry."""

    id = fields.String(required=True)
    assignment_id = fields.String(required=True, allow_none=True)
    subject = fields.String(required=True, allow_none=True)
    title = fields.String(required=True)
    is_self_study = fields.Boolean(required=True)
    kind = fields.String(required=True, allow_none=True)
    place = one_of(Place, required=True)
    tier = one_of(Tier, required=True, allow_none=True)
    outcome = one_of(Outcome, required=True)
    segments = fields.List(fields.Nested(SegmentOut), required=True)
    actual_minutes = fields.Integer(required=True)
    estimated_minutes = fields.Integer(required=True, allow_none=True)
    figures = fields.List(fields.Nested(FigureOut), required=True)
    is_late = fields.Boolean(required=True)
    is_amended = fields.Boolean(required=True)


class SleepOut(VersionOut):
    """Sleep as logged and as far as it can be known; ``projected`` until waking is logged."""

    lights_out_at = fields.String(allow_none=True)
    woke_at = fields.String(allow_none=True)
    nap_minutes = fields.Integer(allow_none=True)
    source = fields.String(allow_none=True)
    figures = fields.List(fields.Nested(FigureOut))
    sleep_minutes = fields.Integer(allow_none=True)
    projected = fields.Boolean()
    basis = fields.String()
    short_by_minutes = fields.Integer(allow_none=True)
    target_missed = fields.Boolean(allow_none=True)
    bedtime_late = fields.Boolean(allow_none=True)


class LoadsOut(Schema):
    """Minutes of the night, each the length of a union of segments."""

    written_minutes = fields.Integer(required=True)
    capped_minutes = fields.Integer(required=True)
    assigned_minutes = fields.Integer(required=True)
    study_minutes = fields.Integer(required=True)
    school_minutes = fields.Integer(required=True)
    by_subject = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    unclosed = fields.Integer(required=True)
    after_lights_out = fields.Boolean(required=True)


class CapOut(Schema):
    """How the night stands to its cap."""

    cap_minutes = fields.Integer(required=True, allow_none=True)
    state = fields.String(required=True)
    left_minutes = fields.Integer(required=True, allow_none=True)


class NightOut(Schema):
    """The whole night."""

    student_id = fields.String(required=True)
    night = fields.String(required=True)
    class_id = fields.String(required=True)
    state = one_of(SheetState, required=True)
    version = fields.Integer(required=True)
    is_late = fields.Boolean(required=True)
    is_amended = fields.Boolean(required=True)
    submitted_at = fields.String(required=True, allow_none=True)
    submitted_by = fields.String(required=True, allow_none=True)
    policy = fields.Dict(required=True)
    loads = fields.Nested(LoadsOut, required=True)  # type: ignore[assignment]  # hides Schema.loads, unused here
    cap = fields.Nested(CapOut, required=True)
    assignments = fields.List(fields.Dict(), required=True)
    entries = fields.List(fields.Nested(EntryOut), required=True)
    deleted_entry_ids = fields.List(fields.String(), required=True)
    sleep = fields.Nested(SleepOut, required=True)
    note = fields.Dict(required=True, allow_none=True)
    confirmations = fields.List(fields.Dict(), required=True)
    review = fields.Dict(required=True, allow_none=True)
    people = fields.List(fields.Dict(), required=True)
    cursor = fields.String(required=True)


class NightsOut(Schema):
    """Several nights; the range bounds them, so there is no next page."""

    items = fields.List(fields.Nested(NightOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class SheetOut(Schema):
    """Where the sheet stands after a change."""

    version = fields.Integer(required=True)
    state = one_of(SheetState, required=True)
    cursor = fields.String(required=True)
    loads = fields.Nested(LoadsOut, required=True)  # type: ignore[assignment]  # hides Schema.loads, unused here
    cap = fields.Nested(CapOut, required=True)


class RecordedOut(Schema):
    """What became of a change."""

    result = one_of(ChangeResult, required=True)
    record = fields.Dict(required=True, allow_none=True)
    sheet = fields.Nested(SheetOut, required=True)


class SyncResultOut(Schema):
    """What became of one change of a batch."""

    index = fields.Integer(required=True)
    result = one_of(ChangeResult, required=True)
    code = fields.String(required=True)
    record = fields.Dict(required=True, allow_none=True)
    errors = fields.List(fields.Dict(), required=True)


class SyncOut(Schema):
    """One result per change, and everything changed since the cursors."""

    server_time = fields.String(required=True)
    results = fields.List(fields.Nested(SyncResultOut), required=True)
    students = fields.List(fields.Dict(), required=True)
