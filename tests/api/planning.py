"""What tests of plans, boards and trends share: homework to state, sheets to have, and the 404 that says nothing."""

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from werkzeug.test import TestResponse

from backend.domain.load import CapScope, Kind, Outcome, Place, Tier
from backend.domain.people import PersonKind
from backend.domain.sheet import SheetState
from backend.storage import models
from tests.cast import START, TONIGHT, YEAR_BEGINS
from tests.cast import Place as CastPlace

UNKNOWN = uuid.UUID(int=404)
WEDNESDAY = TONIGHT + dt.timedelta(days=1)
FRIDAY = TONIGHT + dt.timedelta(days=3)
MONDAY = TONIGHT + dt.timedelta(days=6)


def stated(subject: str = "maths", minutes: int = 20, **changes: Any) -> dict[str, Any]:
    """Written homework from tonight to tomorrow, ready to be posted."""
    document: dict[str, Any] = {
        "subject": subject,
        "title": f"{subject} p. 12",
        "given_on": TONIGHT.isoformat(),
        "due_on": WEDNESDAY.isoformat(),
        "tiers": [{"estimated_minutes": minutes}],
    }
    return document | changes


def same_but_id(response: TestResponse) -> dict[str, Any]:
    """A problem document without its request id, to compare two refusals."""
    document: dict[str, Any] = response.get_json()
    return {name: value for name, value in document.items() if name != "request_id"}


def add_students(engine: sa.Engine, place: CastPlace, school_id: uuid.UUID, count: int) -> list[uuid.UUID]:
    """Enrol `count` more students in a class; returns their ids."""
    ids = [uuid.uuid5(place.id, f"student {n}") for n in range(count)]
    with engine.begin() as connection:
        for n, student_id in enumerate(ids):
            _add_student(connection, school_id, place.id, student_id, n)
    return ids


def _add_student(
    connection: sa.Connection, school_id: uuid.UUID, class_id: uuid.UUID, student_id: uuid.UUID, n: int
) -> None:
    name = f"学生{n:03}"
    person = {"kind": PersonKind.student, "name": name, "name_key": name, "created_at": START}
    connection.execute(sa.insert(models.Person), person | {"school_id": school_id, "id": student_id})
    number = f"{class_id.hex[:6]}{n:03}"
    student = {"school_id": school_id, "id": student_id, "school_number": number, "may_write": True}
    connection.execute(sa.insert(models.Student), student)
    enrolment = {"student_id": student_id, "class_id": class_id, "from_on": YEAR_BEGINS}
    connection.execute(sa.insert(models.Enrolment), enrolment | {"school_id": school_id, "id": uuid.uuid4()})


def add_sheet(
    engine: sa.Engine,
    school_id: uuid.UUID,
    class_id: uuid.UUID,
    student_id: uuid.UUID,
    night: dt.date,
    minutes: int,
    *,
    state: SheetState = SheetState.submitted,
    subject: str | None = "maths",
    changed_at: dt.datetime = START,
    assignment_id: uuid.UUID | None = None,
    tier: Tier | None = None,
    outcome: Outcome = Outcome.finished,
    estimated_minutes: int | None = None,
) -> None:
    """One student's sheet of a night with one written entry of so many minutes."""
    sheet = {
        "school_id": school_id,
        "student_id": student_id,
        "night": night,
        "class_id": class_id,
        "change_counter": night.toordinal(),
        "state": state,
        "opened_at": START,
        "submitted_at": None if state is SheetState.open else START,
        "changed_at": changed_at,
        "cap_minutes": 60,
        "cap_scope": CapScope.all,
        "capped_minutes": minutes,
        "written_minutes": minutes,
        "assigned_minutes": minutes,
        "study_minutes": minutes,
    }
    entry = {
        "school_id": school_id,
        "student_id": student_id,
        "id": uuid.uuid4(),
        "night": night,
        "class_id": class_id,
        "assignment_id": assignment_id,
        "subject": subject,
        "is_self_study": False,
        "kind": Kind.written,
        "place": Place.home,
        "tier": tier,
        "outcome": outcome,
        "segments": [],
        "actual_minutes": minutes,
        "estimated_minutes": estimated_minutes,
        "changed_by": student_id,
        "changed_at": START,
        "change_counter": 1,
    }
    with engine.begin() as connection:
        connection.execute(sa.insert(models.NightSheet), sheet)
        if subject is not None:
            connection.execute(sa.insert(models.Entry), entry)
