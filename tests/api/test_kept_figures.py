"""Figures kept added up equal a recomputation from the sheets, whatever changes (rules 2, 4, 5, 6)."""

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.load import Kind, Tier
from backend.domain.load import Place as WorkPlace
from backend.domain.stretches import Stretch
from backend.services.figures.adding_up import add_up
from backend.services.figures.live_figures import live_cells
from backend.storage.models import Assignment, AssignmentState, Class, Entry, NightSheet, RolledUpFigure, School
from tests.api.conftest import Client
from tests.api.planning import FRIDAY, MONDAY, add_sheet, add_students
from tests.api.test_nights import at, entry, publish_tonight
from tests.cast import START, TONIGHT, Cast

SPANS = [Stretch(TONIGHT, TONIGHT), Stretch(FRIDAY + dt.timedelta(days=2), FRIDAY)]
WORK = uuid.UUID(int=500)


@pytest.fixture
def pupils(engine: sa.Engine, cast: Cast) -> list[uuid.UUID]:
    """Six with sheets of maths tonight, on an assignment due tomorrow."""
    found = add_students(engine, cast.class_31, cast.shiyan.id, 6)
    assignment = {
        "school_id": cast.shiyan.id,
        "id": WORK,
        "class_id": cast.class_31.id,
        "subject": "maths",
        "title": "口算",
        "kind": Kind.written,
        "place": WorkPlace.home,
        "given_on": TONIGHT,
        "due_on": TONIGHT + dt.timedelta(days=1),
        "state": AssignmentState.PUBLISHED,
        "created_by": cast.maths_teacher.id,
        "created_at": START,
    }
    with engine.begin() as connection:
        connection.execute(sa.insert(Assignment), assignment)
    for n, pupil in enumerate(found):
        more: dict[str, Any] = {"assignment_id": WORK, "tier": Tier.standard, "estimated_minutes": 25}
        add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil, TONIGHT, 20 + n, **more)
    return found


def kept_equals_recomputed(engine: sa.Engine, cast: Cast) -> Any:
    """Read twice, the second time from what was kept; hold both against adding up anew. Returns tonight's cell."""
    with Session(engine) as session:
        school = session.get_one(School, cast.shiyan.id)
        classes = [session.get_one(Class, (cast.shiyan.id, cast.class_31.id))]
        for _ in range(2):
            kept = live_cells(session, school=school, classes=classes, spans=SPANS, whole=True)
            fresh = add_up(session, school=school, classes=classes, spans=SPANS)
            assert kept == {key: added.cell for key, added in fresh.items() if added.cell.n}
            session.commit()
        return kept.get((cast.class_31.id, TONIGHT))


def change(engine: sa.Engine, statement: Any) -> None:
    """One statement as another process makes it."""
    with engine.begin() as connection:
        connection.execute(statement)


def test_at_first_and_when_nothing_has_changed(engine: sa.Engine, cast: Cast, pupils: list[uuid.UUID]) -> None:
    assert list(kept_equals_recomputed(engine, cast).minutes) == [20, 21, 22, 23, 24, 25]


def test_when_nothing_has_changed_nothing_is_added_up(
    engine: sa.Engine, cast: Cast, pupils: list[uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_equals_recomputed(engine, cast)
    monkeypatch.setattr("backend.services.figures.live_figures.add_up", None)
    with Session(engine) as session:
        school = session.get_one(School, cast.shiyan.id)
        classes = [session.get_one(Class, (cast.shiyan.id, cast.class_31.id))]
        assert live_cells(session, school=school, classes=classes, spans=SPANS, whole=True)


def test_after_a_sheet_was_written_again(engine: sa.Engine, cast: Cast, pupils: list[uuid.UUID]) -> None:
    kept_equals_recomputed(engine, cast)
    sheet = sa.update(NightSheet).where(NightSheet.student_id == pupils[0])
    change(engine, sheet.values(capped_minutes=90, change_counter=NightSheet.change_counter + 1))
    assert 90 in kept_equals_recomputed(engine, cast).minutes


def test_after_a_sheet_was_erased_and_another_came(engine: sa.Engine, cast: Cast, pupils: list[uuid.UUID]) -> None:
    kept_equals_recomputed(engine, cast)
    change(engine, sa.delete(NightSheet).where(NightSheet.student_id == pupils[0]))
    assert kept_equals_recomputed(engine, cast).n == 5
    for pupil in pupils[1:]:
        change(engine, sa.delete(NightSheet).where(NightSheet.student_id == pupil))
    assert kept_equals_recomputed(engine, cast) is None


def test_after_homework_got_another_end(engine: sa.Engine, cast: Cast, pupils: list[uuid.UUID]) -> None:
    assert len(kept_equals_recomputed(engine, cast).rows("work")) == 6
    later = {"due_on": MONDAY, "version": Assignment.version + 1}
    change(engine, sa.update(Assignment).where(Assignment.id == WORK).values(**later))
    assert len(kept_equals_recomputed(engine, cast).rows("work")) == 0


def test_after_a_phone_has_written_an_entry_and_lights_out(
    client: Client, clock: FrozenClock, engine: sa.Engine, cast: Cast, pupils: list[uuid.UUID]
) -> None:
    kept_equals_recomputed(engine, cast)
    publish_tonight(engine, cast)
    clock.move_to(dt.datetime.fromisoformat(at(22)))
    maths = client.as_(cast.ada).get(f"/students/{cast.ada.id}/nights/{TONIGHT}").get_json()["assignments"][0]
    path = f"/students/{cast.ada.id}/nights/{TONIGHT}"
    body = entry(maths["assignment_id"] if "assignment_id" in maths else maths["id"], (at(19), at(19, 40)))
    assert client.as_(cast.ada).put(f"{path}/entries/{uuid.UUID(int=5)}", body).status_code == 200
    sleep = {"base_version": None, "installation_id": str(uuid.UUID(int=1)), "revision": 1, "lights_out_at": at(21, 15)}
    assert client.as_(cast.ada).put(f"{path}/sleep", sleep).status_code == 200
    cell = kept_equals_recomputed(engine, cast)
    assert (cell.n, [list(row) for row in cell.rows("bedtimes")]) == (7, [[460, 555, 0]])


def test_two_entries_of_one_subject_that_overlap_count_once(
    engine: sa.Engine, cast: Cast, pupils: list[uuid.UUID]
) -> None:
    """Maths 19:00 to 19:40 and maths again 19:30 to 20:00 are an hour, not seventy minutes."""
    student = pupils[0]
    with engine.begin() as connection:
        first = connection.execute(sa.select(Entry).where(Entry.student_id == student)).mappings().one()
        for minutes, spans in ((40, ("11:00:00", "11:40:00")), (30, ("11:30:00", "12:00:00"))):
            started, finished = (f"{TONIGHT}T{clock}Z" for clock in spans)
            segment = {"started_at": started, "finished_at": finished, "source": "typed", "clock": "ok"}
            values = {"segments": [segment], "actual_minutes": minutes}
            if minutes == 40:
                connection.execute(sa.update(Entry).where(Entry.id == first["id"]).values(**values))
            else:
                connection.execute(sa.insert(Entry), dict(first) | values | {"id": uuid.uuid4()})
    cell = kept_equals_recomputed(engine, cast)
    assert list(cell.figures["tables"]["subject"]["maths"]) == [21, 22, 23, 24, 25, 60]


def test_what_is_kept_names_no_student(engine: sa.Engine, cast: Cast, pupils: list[uuid.UUID]) -> None:
    kept_equals_recomputed(engine, cast)
    with engine.connect() as connection:
        rows = connection.execute(sa.select(RolledUpFigure)).mappings().all()
    assert rows
    assert not any(str(pupil) in str([dict(row) for row in rows]) for pupil in pupils)
