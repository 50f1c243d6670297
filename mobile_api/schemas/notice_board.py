"""The public notice board: classes, subjects, titles unless hidden, minutes. No field for a person."""

from marshmallow import fields

from mobile_api.schemas.base import Date, StrictSchema


class NoticeQuerySchema(StrictSchema):
    """Which night; tonight unless said."""

    night = Date(data_key="date", load_default=None)


class NoticeSubjectSchema(StrictSchema):
    """A subject as the school names it."""

    code = fields.String()
    name_zh = fields.String()
    name_en = fields.String()
    glyph = fields.String()


class NoticeTierSchema(StrictSchema):
    """What most students need for one tier."""

    tier = fields.String()
    estimated_minutes = fields.Integer()
    estimated_max_minutes = fields.Integer(allow_none=True)


class NoticeItemSchema(StrictSchema):
    """One piece of homework; ``minutes`` is this night's share of it."""

    subject = fields.Nested(NoticeSubjectSchema)
    title = fields.String(allow_none=True)
    kind = fields.String()
    place = fields.String()
    given_on = Date()
    due_on = Date()
    minutes = fields.Integer()
    set_by = fields.String(
        allow_none=True, metadata={"description": "the alias that the school gave the teacher, else null"}
    )
    tiers = fields.List(fields.Nested(NoticeTierSchema))


class NoticeClassSchema(StrictSchema):
    """One class's evening as planned; ``cap_state`` is none, within, near or exceeded."""

    id = fields.UUID()
    name = fields.String()
    stage = fields.String()
    grade = fields.Integer()
    cap_minutes = fields.Integer(allow_none=True)
    planned_minutes = fields.Integer()
    cap_state = fields.String()
    homework = fields.List(fields.Nested(NoticeItemSchema))
    none = fields.List(fields.Nested(NoticeSubjectSchema))


class NoticeSchoolSchema(StrictSchema):
    """Whose board it is."""

    slug = fields.String()
    name = fields.String()


class NoticeBoardSchema(StrictSchema):
    """One night of a school."""

    school = fields.Nested(NoticeSchoolSchema)
    night = Date(data_key="date", attribute="date")
    classes = fields.List(fields.Nested(NoticeClassSchema))
