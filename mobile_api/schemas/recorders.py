"""Class recorders: who of a class logs what was really set."""

from marshmallow import fields

from mobile_api.schemas.base import Date, StrictSchema


class RecorderSchema(StrictSchema):
    """A pupil, and since when he or she records."""

    student_id = fields.UUID()
    name = fields.String()
    recorder_since = Date(allow_none=True, metadata={"description": "null for whoever is no recorder"})


class RecordersSchema(StrictSchema):
    """The class of today in the order of the roll."""

    class_id = fields.UUID()
    class_name = fields.String(metadata={"example": "三(1)班"})
    most = fields.Integer(metadata={"description": "how many may record at once", "example": 2})
    items = fields.List(fields.Nested(RecorderSchema))
