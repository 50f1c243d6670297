"""The quick reading of a body says what the schema says, or nothing at all."""

import datetime as dt
import tracemalloc
import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields

from backend.domain.load import ClockMark, Outcome, Place, Source, Tier
from mobile_api.schemas import night_changes
from mobile_api.schemas.base import StrictSchema
from mobile_api.schemas.reading import Unread, reader_of

pytestmark = pytest.mark.sqlite

SCHEMAS: list[Schema] = [
    night_changes.EntryIn(),
    night_changes.DeletionIn(),
    night_changes.SleepIn(),
    night_changes.NoteIn(),
    night_changes.SubmissionIn(),
    night_changes.StopIn(),
    night_changes.ConfirmationIn(),
    night_changes.ReviewIn(),
    night_changes.ChangeIn(),
    night_changes.SyncIn(),
    night_changes.NightsQuery(),
]
READERS = [reader_of(schema) for schema in SCHEMAS]

ODD_INSTANTS = [
    "2026-11-23T19:02:10",
    "2026-11-23 19:02:10+08:00",
    "2026-11-23T19:02Z",
    "20261123T190210Z",
    "2026-11-23T24:00:00Z",
    "2026-11-23T19:02:10.1234567Z",
    "1999-12-31T23:59:59Z",
    "2100-12-31T23:59:59-01:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "now",
]
EVENING = dt.datetime(2026, 11, 23, 19, tzinfo=dt.timezone(dt.timedelta(hours=8)))
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(ODD_INSTANTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
ids = st.uuids().map(str) | st.uuids().map(lambda each: each.hex) | st.uuids().map(lambda each: f"{{{each}}}")
instants = (
    st.datetimes(timezones=st.just(dt.UTC)).map(dt.datetime.isoformat)
    | st.integers(0, 10**5).map(lambda seconds: (EVENING + dt.timedelta(seconds=seconds)).isoformat())
    | st.just("2026-11-23T19:02:10.250+08:00")
    | st.sampled_from(ODD_INSTANTS)
)
whole = st.integers(-1, 70) | st.sampled_from([2**31, 2**53, 2**53 + 1, 5.0, 5.5, True])
lines = st.text(max_size=130) | st.sampled_from([" trimmed ", "\x00", "\ud800"])


def values(kind: Any) -> st.SearchStrategy[Any]:
    """The values of an enum, and none of them."""
    return st.sampled_from([member.value for member in kind] + ["other"])


segments = st.fixed_dictionaries(
    {"started_at": instants, "finished_at": st.none() | instants},
    optional={"source": values(Source), "clock": values(ClockMark), "proposed_end_at": st.none() | instants},
)
FITTING: dict[str, st.SearchStrategy[Any]] = {
    "sent_at": instants,
    "base_version": st.none() | whole,
    "installation_id": ids,
    "revision": whole,
    "assignment_id": st.none() | ids,
    "subject": st.none() | st.sampled_from(["maths", "Maths", "x" * 33]),
    "title": lines,
    "tier": st.none() | values(Tier),
    "place": st.none() | values(Place),
    "outcome": values(Outcome),
    "segments": st.lists(segments, max_size=3),
    "lights_out_at": st.none() | instants,
    "woke_at": st.none() | instants,
    "nap_minutes": st.none() | whole,
    "source": values(Source),
    "guardian_note": lines,
    "sheet_version": whole,
    "teacher_reply": lines,
    "kind": st.sampled_from([*night_changes.KINDS, "other"]),
    "student_id": ids,
    "night": st.sampled_from(["2026-11-23", "2026-11-31", "20261123", "2026-11-23 "]),
    "id": ids,
    "changes": st.lists(ANYTHING, max_size=3),
    "cursors": st.dictionaries(ids, st.none() | st.text(max_size=45), max_size=22),
    "from": st.sampled_from(["2026-11-23", "23.11.2026"]),
    "to": st.sampled_from(["2026-11-23", ""]),
}


def of_wire(schema: Schema) -> list[str]:
    """The names under which a schema's fields are sent."""
    return [field.data_key or name for name, field in schema.load_fields.items()]


@st.composite
def bodies(draw: st.DrawFn) -> tuple[int, Any]:
    """A body that nearly fits one of the schemas: most fields right, one left out, one strange, one too many."""
    which = draw(st.integers(0, len(SCHEMAS) - 1))
    names = of_wire(SCHEMAS[which])
    body: Any = {name: draw(FITTING[name]) for name in names if draw(st.integers(0, 9))}
    for name in draw(st.sampled_from([[], [], [], [draw(st.sampled_from(names))], ["unknown"]])):
        body[name] = draw(ANYTHING)
    return which, draw(st.sampled_from([body] * 20 + [None, [], [body], "body"]))


def loaded(schema: Schema, body: Any) -> tuple[Any, bool]:
    """What a schema makes of a body, and whether it refuses."""
    try:
        return schema.load(body), False
    except ValidationError:
        return None, True


@settings(max_examples=300)
@given(bodies())
def test_what_is_read_quickly_is_what_the_schema_loads(given_body: tuple[int, Any]) -> None:
    which, body = given_body
    expected, refused = loaded(SCHEMAS[which], body)
    try:
        found = READERS[which](body)
    except Unread:
        return
    assert not refused
    assert found == expected
    assert [type(each) for each in found.values()] == [type(expected[name]) for name in found]


ENTRY = {
    "base_version": None,
    "installation_id": str(uuid.UUID(int=7)),
    "revision": 1,
    "assignment_id": str(uuid.UUID(int=8)),
    "outcome": "finished",
    "segments": [{"started_at": "2026-11-23T19:02:10+08:00", "finished_at": None, "source": "typed", "clock": "ok"}],
}


def test_an_ordinary_entry_is_read_quickly() -> None:
    assert READERS[0](ENTRY) == SCHEMAS[0].load(ENTRY)


@pytest.mark.parametrize("name", [*ENTRY, "unknown"])
def test_what_does_not_fit_is_left_to_the_schema(name: str) -> None:
    with pytest.raises(Unread):
        READERS[0](ENTRY | {name: {"no": "such"}})


def test_a_kind_of_field_that_is_not_known_is_read_by_the_field_itself() -> None:
    class Odd(StrictSchema):
        """Fields that no night has."""

        share = fields.Decimal(required=True)
        by_name = fields.Enum(Place)

    body = {"share": "0.5", "by_name": "home"}
    assert reader_of(Odd())(body) == Odd().load(body)
    with pytest.raises(Unread):
        reader_of(Odd())({"share": "half"})


def test_a_segment_is_read_as_the_domain_knows_it() -> None:
    segment = READERS[0](ENTRY)["segments"][0]
    assert segment.started_at == dt.datetime(2026, 11, 23, 11, 2, 10, tzinfo=dt.UTC)
    assert (segment.finished_at, segment.source) == (None, Source.typed)


def test_an_id_in_a_megabyte_of_dashes_is_not_kept_in_memory() -> None:
    read = reader_of(night_changes.DeletionIn())
    body = {"base_version": None, "revision": 1}
    tracemalloc.start()
    try:
        for _ in range(20):
            read({**body, "installation_id": uuid.uuid4().hex + "-" * 900_000})
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 2_000_000
