"""Which table somebody wants as a file."""

from marshmallow import fields, validate

from backend.domain.policy import Stage
from backend.services.figures.export_tables import ExportTable
from backend.services.figures.exports import ExportFormat
from backend.services.figures.trend_parts import TrendBy
from mobile_api.schemas.base import Date, StrictSchema, one_of
from mobile_api.wording import LOCALES


class ExportSchema(StrictSchema):
    """Which table over which dates, as what kind of file; ``by`` is for the table ``figures``.

    A class has no ``upward`` and no ``monthly``, a district no ``warnings`` and no ``monthly``. ``monthly`` is the
    month in which the dates begin, a sheet a part (as CSV the parts below each other, each under its title).
    """

    table = fields.Enum(ExportTable, by_value=True, load_default=ExportTable.figures)
    first = Date(data_key="from", load_default=None)
    last = Date(data_key="to", load_default=None)
    by = fields.Enum(TrendBy, by_value=True, load_default=TrendBy.day)
    stage = one_of(Stage, load_default=None, metadata={"description": "of a school's charts, one grade"})
    grade = fields.Integer(load_default=None, validate=validate.Range(1, 12))
    language = fields.String(
        load_default=None,
        validate=validate.OneOf(LOCALES),
        metadata={"description": "of the words in the file; one's own unless said"},
    )
    form = fields.Enum(ExportFormat, by_value=True, load_default=ExportFormat.xlsx, data_key="format")
