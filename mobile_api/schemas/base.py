"""What all schemas share: strict JSON types, text without control characters, unknown fields refused."""

import datetime as dt
import re
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


class StrictSchema(Schema):
    """Refuses fields that it does not know."""

    class Meta:
        """marshmallow's options."""

        unknown = RAISE

    def finished(self, data: dict[str, Any]) -> Any:
        """What the fields become once each is right; raises ``ValidationError`` for what is wrong between them."""
        return data

    @post_load
    def _finished(self, data: dict[str, Any], **_: Any) -> Any:
        return self.finished(data)


class JsonBool(fields.Boolean):
    """true or false as JSON means them: never 1, "yes" or "true"."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("neither true nor false")
        return bool(super()._deserialize(value, attr, data, **kwargs))


class JsonInt(fields.Integer):
    """An integer as JSON means it: 5 and 5.0, never "5", 5.7, true or NaN."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value % 1 != 0:
            raise ValidationError("not an integer")
        if abs(value) > 2**53:
            raise ValidationError("too large")
        return super()._deserialize(int(value), attr, data, **kwargs)


class Text(fields.String):
    """A line of text: trimmed, length-limited, without NUL, control or surrogate characters."""

    def __init__(self, *, longest: int, shortest: int = 0, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(min=shortest, max=longest), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return self.cleaned(super()._deserialize(value, attr, data, **kwargs))

    @staticmethod
    def cleaned(text: str) -> str:
        """The line, trimmed."""
        if _FORBIDDEN.search(text):
            raise ValidationError("contains characters that no text may contain")
        return text.strip()


class Date(fields.Date):
    """A local date, only as ``YYYY-MM-DD``."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dt.date:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise ValidationError("not a date of the form YYYY-MM-DD")
        return super()._deserialize(value, attr, data, **kwargs)

    @staticmethod
    def written(text: str) -> dt.date:
        """The date of such a text; raises ``ValueError``."""
        if not _DATE.fullmatch(text):
            raise ValueError("not a date of the form YYYY-MM-DD")
        return dt.date.fromisoformat(text)


class Instant(fields.AwareDateTime):
    """An RFC 3339 instant with offset; dumped in UTC."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dt.datetime:
        try:
            instant = super()._deserialize(value, attr, data, **kwargs).astimezone(dt.UTC)
        except OverflowError as error:
            raise ValidationError("too far away") from error
        return self.within_reach(instant)

    @staticmethod
    def within_reach(instant: dt.datetime) -> dt.datetime:
        """The instant, if it is of a century that anybody means."""
        if not 2000 <= instant.year <= 2100:
            raise ValidationError("too far away")
        return instant


class TimeOfDay(fields.Time):
    """A school-local time of day as ``HH:MM``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%H:%M", **kwargs)


def one_of(kind: Any, **kwargs: Any) -> Any:
    """An enum by value."""
    return fields.Enum(kind, by_value=True, **kwargs)
