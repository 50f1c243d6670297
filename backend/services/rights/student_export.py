"""Everything that is held about one student, taken out: by a guardian over the API, by the office with the command.

One document for both, and for guardians the nights as a table. Nothing that would let its reader sign in or test
national numbers leaves us, and nothing about another person but a name.
"""

import datetime as dt
import enum
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.errors import NotFound
from backend.domain.night import zone_of
from backend.domain.sheet import SheetState
from backend.services import audit
from backend.services.access import confirms_night
from backend.services.actor import Actor
from backend.services.figures.spreadsheets import to_csv
from backend.services.rights.children import get_school_of_child
from backend.storage.queries import student_data as queries
from backend.storage.queries.classes import is_true

#: Secrets, which would let the holder act or test numbers; and what is another person's: when that one read a message,
#: why a guardianship ended.
WITHHELD = frozenset(
    {"national_number_hash", "code_hash", "token_hash", "password_hash", "address", "keys", "read_at", "ended_reason"}
)
COLUMNS = (
    "night",
    "class",
    "state",
    "written_minutes",
    "assigned_minutes",
    "study_minutes",
    "school_minutes",
    "cap_minutes",
    "lights_out",
    "woke",
    "sleep_minutes",
    "nap_minutes",
    "late",
    "amended_sheet",
    "guardian_note",
    "teacher_reply",
)
#: What has to be worded: the columns, and a sheet's states.
HEADINGS = (*COLUMNS, *(f"state.{state.value}" for state in SheetState))

Document = dict[str, Any]


def export_student(
    session: Session, *, actor: Actor, school_id: uuid.UUID, student_id: uuid.UUID, now: dt.datetime
) -> Document:
    """Everything that is stored about one student, by table, ready for JSON, with ``names`` of the ids in it. Audited.

    Who may ask is the caller's matter: the command line, or `export_own_child`.
    """
    rows = queries.rows_about_student(session, school_id, student_id)
    audit.record(session, actor=actor, action="student.exported", now=now, school_id=school_id, student_id=student_id)
    names = queries.names_of(session, school_id, set(_ids(list(rows.values()))))
    tables = {table: [_readable(row) for row in found] for table, found in rows.items()}
    return tables | {"names": {str(id_): name for id_, name in names.items()}}


def export_own_child(session: Session, *, actor: Actor, student_id: uuid.UUID, now: dt.datetime) -> Document:
    """Everything about a guardian's own child, with when it was taken out; raises ``NotFound``."""
    school_id = _school_of_ward(session, actor, student_id, now)
    found = export_student(session, actor=actor, school_id=school_id, student_id=student_id, now=now)
    return {"exported_at": now.isoformat(), "student_id": str(student_id)} | found


def export_nights(
    session: Session, *, actor: Actor, student_id: uuid.UUID, headings: Mapping[str, str], now: dt.datetime
) -> bytes:
    """The nights of a guardian's own child as CSV, a line a night, times in the school's zone; raises ``NotFound``.

    `headings` has a word a column and one a state (``state.open``).
    """
    school_id = _school_of_ward(session, actor, student_id, now)
    zone = get_school_of_child(session, actor=actor, student_id=student_id, now=now).school.zone
    rows = queries.nights_of(session, school_id, student_id)
    lines = [_worded(_line(*row, zone=zone), headings) for row in rows]
    details = {"form": "csv"}
    audit.record(session, actor=actor, action="student.exported", now=now, student_id=student_id, details=details)
    heads = [headings[name] for name in COLUMNS]
    return to_csv([heads, *([line[name] for name in COLUMNS] for line in lines)])


def _school_of_ward(session: Session, actor: Actor, student_id: uuid.UUID, now: dt.datetime) -> uuid.UUID:
    place = get_school_of_child(session, actor=actor, student_id=student_id, now=now)
    if not is_true(session, confirms_night(actor, student_id)):
        raise NotFound("no such student")
    return place.id


def _line(sheet: Any, sleep: Any, note: str | None, reply: str | None, class_name: str, *, zone: str) -> dict[str, Any]:
    names = ("night", *(name for name in COLUMNS if name.endswith("_minutes") and name != "nap_minutes"))
    return {name: getattr(sheet, name) for name in names} | {
        "class": class_name,
        "state": sheet.state.value,
        "lights_out": _wall(sleep.lights_out_at, zone) if sleep else None,
        "woke": _wall(sleep.woke_at, zone) if sleep else None,
        "nap_minutes": sleep.nap_minutes if sleep else None,
        "sleep_minutes": None if sheet.sleep_is_projected else sheet.sleep_minutes,
        "late": int(sheet.is_late),
        "amended_sheet": int(sheet.is_amended),
        "guardian_note": note,
        "teacher_reply": reply,
    }


def _worded(line: dict[str, Any], headings: Mapping[str, str]) -> dict[str, Any]:
    return line | {"state": headings[f"state.{line['state']}"]}


def _wall(instant: dt.datetime | None, zone: str) -> str | None:
    return None if instant is None else instant.astimezone(zone_of(zone)).strftime("%Y-%m-%d %H:%M")


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items() if name not in WITHHELD}


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value if isinstance(value.value, str) else value.name.rstrip("_")
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    return str(value) if isinstance(value, (uuid.UUID, bytes)) else value


def _ids(value: Any) -> Iterator[uuid.UUID]:
    """Every id in rows, also those inside their documents (who last stated a figure, who withdrew)."""
    if isinstance(value, uuid.UUID):
        yield value
    elif isinstance(value, str) and len(value) == 36:
        try:
            yield uuid.UUID(value)
        except ValueError:
            return
    elif isinstance(value, Mapping):
        yield from _ids([*value.keys(), *value.values()])
    elif isinstance(value, list):
        for each in value:
            yield from _ids(each)
