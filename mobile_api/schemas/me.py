"""Who is signed in, and where else."""

from marshmallow import fields

from backend.domain.people import ConsentState, Role
from backend.domain.policy import Stage
from mobile_api.schemas.base import Date, Instant, StrictSchema


class OwnSubjectSchema(StrictSchema):
    """A subject as the school names it."""

    code = fields.String(metadata={"example": "maths"})
    name_zh = fields.String(metadata={"example": "数学"})
    name_en = fields.String(metadata={"example": "Maths"})
    glyph = fields.String(metadata={"example": "数"})


class ClassRefSchema(StrictSchema):
    """A class by name."""

    id = fields.UUID()
    name = fields.String(metadata={"example": "三(1)班"})
    stage = fields.Enum(Stage, by_value=True)
    grade = fields.Integer(metadata={"example": 3})


class OwnSchoolSchema(StrictSchema):
    """The school of the session."""

    id = fields.UUID(attribute="school.id")
    slug = fields.String(attribute="school.slug", metadata={"example": "shiyan"})
    name = fields.String(attribute="school.name", metadata={"example": "实验学校"})
    zone = fields.String(attribute="school.zone", metadata={"example": "Asia/Shanghai"})
    hide_titles = fields.Boolean(attribute="school.hide_titles")
    channels = fields.List(
        fields.String(),
        attribute="school.channels",
        metadata={"description": "the school's own order; empty: the installation's"},
    )
    subjects = fields.List(fields.Nested(OwnSubjectSchema))


class DistrictRefSchema(StrictSchema):
    """The district of an officer."""

    id = fields.UUID()
    slug = fields.String()
    name = fields.String()


class OwnPostSchema(StrictSchema):
    """What a person does at the school."""

    role = fields.Enum(Role, by_value=True, attribute="post.role")
    class_ = fields.Nested(ClassRefSchema, data_key="class", allow_none=True)
    subject = fields.String(allow_none=True, attribute="post.subject")
    stage = fields.Enum(Stage, by_value=True, allow_none=True, attribute="post.stage")
    grade = fields.Integer(allow_none=True, attribute="post.grade")
    weekdays = fields.List(
        fields.Integer(), attribute="post.weekdays", metadata={"description": "ISO weekdays on which homework is set"}
    )


class OwnConsentSchema(StrictSchema):
    """Where consent stands, and which text is to be asked today."""

    state = fields.Enum(ConsentState, by_value=True)
    needed = fields.Boolean()
    text_version = fields.String(metadata={"example": "2026-11"})


class OwnStudentSchema(StrictSchema):
    """Oneself, or a child one looks after."""

    id = fields.UUID()
    name = fields.String()
    relation = fields.String(metadata={"description": "as in the roster; empty for oneself", "example": "母亲"})
    class_ = fields.Nested(ClassRefSchema, data_key="class", allow_none=True)
    boards = fields.Boolean()
    may_write = fields.Boolean(metadata={"description": "whether entries are taken (consent)"})
    consent = fields.Nested(OwnConsentSchema)
    is_recorder = fields.Boolean(metadata={"description": "logs what was really set in that class"})
    paused_to = Date(
        allow_none=True, metadata={"description": "last night of the pause in which today lies, else null"}
    )


class TabletRefSchema(StrictSchema):
    """The class tablet's own place."""

    class_ = fields.Nested(ClassRefSchema, data_key="class")


class MeSchema(StrictSchema):
    """The holder of the session. What does not apply is null or empty."""

    id = fields.UUID(attribute="actor.id")
    kind = fields.String(
        attribute="actor.kind.value",
        metadata={"enum": ["student", "guardian", "staff", "district_officer", "tablet"]},
    )
    name = fields.String()
    locale = fields.String(attribute="actor.locale", metadata={"example": "zh-CN"})
    session_id = fields.UUID(attribute="actor.session_id")
    today = Date(allow_none=True, metadata={"description": "the school's local date"})
    school = fields.Nested(OwnSchoolSchema, allow_none=True, metadata={"description": "null for a district's officer"})
    district = fields.Nested(DistrictRefSchema, allow_none=True)
    posts = fields.List(fields.Nested(OwnPostSchema))
    students = fields.List(fields.Nested(OwnStudentSchema))
    tablet = fields.Nested(TabletRefSchema, allow_none=True)


class SessionSchema(StrictSchema):
    """One of one's own devices that are signed in."""

    id = fields.UUID()
    device_name = fields.String()
    installation_id = fields.UUID(allow_none=True)
    created_at = Instant()
    expires_at = Instant()
    is_current = fields.Boolean()


class SessionsSchema(StrictSchema):
    """All of them, the newest first."""

    items = fields.List(fields.Nested(SessionSchema))
