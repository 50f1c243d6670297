"""Schemas made ready to read what is right: the quick way through a body that fits, no word about one that does not.

Made from the schema itself, so there is one truth: fields, defaults, validators, and what it does in ``finished`` (not
marshmallow's own hooks). What does not fit is only said to be unread: the schema reads it again and words it.
`tests/api/test_reading.py` holds the two equal.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from marshmallow import Schema, ValidationError, fields
from marshmallow.constants import missing

from mobile_api.schemas.base import Date, Instant, JsonInt, StrictSchema, Text

Read = Callable[[Any], Any]


class Unread(Exception):
    """What was sent does not fit, or fits in a way that only the schema knows: ask the schema."""


_REFUSALS = (ValidationError, ValueError, TypeError, KeyError, OverflowError)


def reader_of(schema: Schema) -> Read:
    """What reads a body as ``schema.load`` does, or raises `Unread`. To be made once."""
    read = _object(schema)

    def reader(sent: Any) -> Any:
        try:
            return read(sent)
        except _REFUSALS as error:
            raise Unread from error

    return reader


def _object(schema: Schema) -> Read:
    """Reads an object with a schema's fields; raises what reading a field does, or ``Unread``."""
    known = [
        (field.data_key or name, field.attribute or name, _field(field), field.required, field.load_default)
        for name, field in schema.load_fields.items()
    ]
    finished: Read | None = schema.finished if isinstance(schema, StrictSchema) else None

    def read(sent: Any) -> Any:
        if type(sent) is not dict:
            raise Unread
        found: dict[str, Any] = {}
        unknown = len(sent)
        for key, name, read_value, required, default in known:
            value = sent.get(key, missing)
            if value is not missing:
                unknown -= 1
                found[name] = read_value(value)
            elif required:
                raise Unread
            elif default is not missing:
                found[name] = default() if callable(default) else default
        if unknown:
            raise Unread
        return found if finished is None else finished(found)

    return read


def _field(field: fields.Field[Any]) -> Read:
    """Reads one field's value: its kind, then its validators; None where that is allowed."""
    kind: Callable[[Any], Read] = _KINDS.get(type(field), _as_the_field_does)
    read = kind(field)
    checks: tuple[Any, ...] = tuple(field.validators)
    allows_none = field.allow_none

    def checked(value: Any) -> Any:
        if value is None:
            if allows_none:
                return None
            raise Unread
        found = read(value)
        for check in checks:
            check(found)
        return found

    return checked


def _as_the_field_does(field: fields.Field[Any]) -> Read:
    return field.deserialize


def _text_only(read: Callable[[str], Any]) -> Read:
    """JSON brings a string or it does not fit."""

    def reader(value: Any) -> Any:
        if type(value) is not str:
            raise Unread
        return read(value)

    return reader


#: As long as an id is written by anybody but a stranger: braces and dashes may surround it without end.
_WRITTEN_ID = 36
#: A batch names the same phone, child and homework again and again.
_known_uuid = lru_cache(maxsize=4096)(uuid.UUID)


def _uuid(text: str) -> uuid.UUID:
    """An id; a text longer than one is read and not kept, or whoever sends it would fill the memory."""
    return _known_uuid(text) if len(text) <= _WRITTEN_ID else uuid.UUID(text)


def _integer(_field: fields.Field[Any]) -> Read:
    def read(value: Any) -> int:
        if type(value) is not int or not -(2**53) <= value <= 2**53:
            raise Unread
        return value

    return read


def _instant(value: str) -> dt.datetime:
    instant = dt.datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise Unread
    return Instant.within_reach(instant.astimezone(dt.UTC))


def _enum(field: Any) -> Read:
    if not field.by_value:
        return _as_the_field_does(field)
    return _text_only({member.value: member for member in field.enum}.__getitem__)


def _list(field: Any) -> Read:
    read = _field(field.inner)

    def reader(value: Any) -> Any:
        if type(value) is not list:
            raise Unread
        return [read(each) for each in value]

    return reader


def _dict(field: Any) -> Read:
    read_key, read_value = _field(field.key_field), _field(field.value_field)

    def reader(value: Any) -> Any:
        if type(value) is not dict:
            raise Unread
        return {read_key(key): read_value(each) for key, each in value.items()}

    return reader


_KINDS: dict[type, Callable[[Any], Read]] = {
    fields.UUID: lambda _field: _text_only(_uuid),
    fields.String: lambda _field: _text_only(str),
    fields.Raw: lambda _field: lambda value: value,
    fields.Enum: _enum,
    fields.List: _list,
    fields.Nested: lambda field: _object(field.schema),
    fields.Dict: _dict,
    JsonInt: _integer,
    Instant: lambda _field: _text_only(_instant),
    Text: lambda _field: _text_only(Text.cleaned),
    Date: lambda _field: _text_only(Date.written),
}
