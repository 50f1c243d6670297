"""`nightsheet retention`: old nights of every student go, the rest stays, and phones learn of it."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.load import Kind, Place, Tier
from backend.domain.sheet import SheetState
from backend.services.actor import Actor, ActorKind
from backend.services.nights.sync import changes_since
from backend.services.rights.retention import DEFAULT_MONTHS, first_kept
from backend.storage import models
from backend.storage.models import AssignmentState, AuditEvent, Entry, EntryVersion, NightSheet, OutboxRow, Student
from tests.api.planning import add_sheet
from tests.cast import START, TONIGHT, Cast, Holder
from tests.command.conftest import Call

OLD = dt.date(2026, 9, 16)
KEPT = dt.date(2026, 9, 17)


@pytest.fixture(autouse=True)
def nights(engine: sa.Engine, cast: Cast) -> None:
    """Ada and Ben have a night of 16 September, Ada and Zed of another school one of each date."""
    for child, place, night in (
        (cast.ada, cast.class_31, OLD),
        (cast.ada, cast.class_31, KEPT),
        (cast.ben, cast.class_32, OLD),
        (cast.zed, cast.other_class, OLD),
    ):
        assert child.school_id is not None
        add_sheet(engine, child.school_id, place.id, child.id, night, 40, state=SheetState.confirmed)
    remind(engine, cast, OLD)
    remind(engine, cast, KEPT)


def remind(engine: sa.Engine, cast: Cast, night: dt.date) -> None:
    moment = dt.datetime.combine(night, dt.time(13), dt.UTC)
    row = {"id": uuid.uuid4(), "school_id": cast.shiyan.id, "code": "confirm_sheet", "night": night}
    row |= {"recipient_id": cast.mother.id, "subject_id": cast.ada.id, "state": models.OutboxState.SENT}
    with engine.begin() as connection:
        connection.execute(
            sa.insert(OutboxRow), row | {"created_at": moment, "due_at": moment, "expires_at": moment, "params": {}}
        )


def sheets(session: Session) -> set[tuple[uuid.UUID, dt.date]]:
    found = {(row.student_id, row.night) for row in session.execute(sa.select(NightSheet.student_id, NightSheet.night))}
    session.rollback()
    return found


def cursor_of(session: Session, cast: Cast, child: Holder, cursor: str | None, now: dt.datetime) -> tuple[str, bool]:
    actor = Actor(ActorKind.STUDENT, child.id, cast.shiyan.id, session_id=child.session_id)
    found = changes_since(session, actor=actor, student_id=child.id, cursor=cursor, now=now)
    session.rollback()
    return found["cursor"], found["reset"]


def test_nights_older_than_the_term_go_for_every_student_of_that_school_alone(
    call: Call, cast: Cast, session: Session
) -> None:
    answer = call("retention", "--school", cast.shiyan.slug, "--months", 2)
    assert (answer.exit_code, answer.stdout) == (0, "Removed 2 nights of 2 students, all before 2026-09-17.\n")
    assert sheets(session) == {(cast.ada.id, KEPT), (cast.zed.id, OLD)}
    for model in (Entry, EntryVersion):
        assert {row.night for row in session.scalars(sa.select(model).where(model.student_id == cast.ada.id))} == {KEPT}
    assert session.scalars(sa.select(OutboxRow.night)).all() == [KEPT]
    event = session.scalars(sa.select(AuditEvent)).one()
    assert (event.action, event.actor_kind) == ("retention.purged", "command")
    assert event.details == {"before": "2026-09-17", "nights": 2, "students": 2}


def test_sums_and_lines_about_nights_that_are_gone_go_with_them(
    call: Call, cast: Cast, session: Session, engine: sa.Engine
) -> None:
    stretch = {"school_id": cast.shiyan.id, "class_id": cast.class_31.id, "minutes": [40], "figures": {}, "stamp": ""}
    line = {"from_person_id": cast.homeroom.id, "to_person_id": cast.maths_teacher.id, "line": "她家里有事"}
    line |= {"school_id": cast.shiyan.id, "class_id": cast.class_31.id, "tier": Tier.standard, "n": 1}
    work = {"school_id": cast.shiyan.id, "id": uuid.uuid4(), "class_id": cast.class_31.id, "subject": "maths"}
    work |= {"title": "口算", "kind": Kind.written, "place": Place.home, "state": AssignmentState.PUBLISHED}
    work |= {"given_on": OLD, "due_on": KEPT, "created_by": cast.maths_teacher.id, "created_at": START}
    line |= {"assignment_id": work["id"], "median_minutes": 40, "sent_at": START}
    with engine.begin() as connection:
        connection.execute(sa.insert(models.Assignment), work)
        for night in (OLD, KEPT):
            connection.execute(sa.insert(models.RolledUpFigure), stretch | {"since": night, "until": night})
            connection.execute(sa.insert(models.Handoff), line | {"id": uuid.uuid4(), "night": night})
    call("retention", "--school", cast.shiyan.slug, "--months", 2)
    assert session.scalars(sa.select(models.RolledUpFigure.until).where(models.RolledUpFigure.until == OLD)).all() == []
    assert session.scalars(sa.select(models.Handoff.night)).all() == [KEPT]


def test_a_dry_run_counts_and_removes_nothing(call: Call, cast: Cast, session: Session) -> None:
    before = sheets(session)
    answer = call("retention", "--school", cast.shiyan.slug, "--months", 2, "--dry-run")
    assert answer.stdout == "2 nights of 2 students would go, all before 2026-09-17. Nothing was removed.\n"
    assert sheets(session) == before
    assert session.scalars(sa.select(AuditEvent)).all() == []


def test_counters_never_fall_and_only_the_phones_concerned_begin_anew(
    call: Call, cast: Cast, session: Session, clock: FrozenClock
) -> None:
    ada, _ = cursor_of(session, cast, cast.ada, None, clock.now())
    finn, _ = cursor_of(session, cast, cast.finn, None, clock.now())
    call("retention", "--school", cast.shiyan.slug, "--months", 2)
    after, reset = cursor_of(session, cast, cast.ada, ada, clock.now())
    assert reset
    assert int(after.split(".")[0]) > int(ada.split(".")[0])
    assert cursor_of(session, cast, cast.ada, after, clock.now()) == (after, False)
    assert cursor_of(session, cast, cast.finn, finn, clock.now()) == (finn, False)
    counter = sa.select(Student.change_counter).where(Student.id == cast.ada.id)
    raised = session.scalar(counter)
    session.rollback()
    call("retention", "--school", cast.shiyan.slug, "--months", 2)
    assert session.scalar(counter) == raised


def test_without_a_number_the_default_term_holds_and_is_shown(call: Call, cast: Cast, session: Session) -> None:
    before = sheets(session)
    assert f"{DEFAULT_MONTHS}" in call("retention", "--help").stdout
    assert call("retention", "--school", cast.shiyan.slug).exit_code == 0
    assert sheets(session) == before
    assert call("retention", "--school", cast.shiyan.slug, "--months", 0).exit_code == 2
    assert call("retention", "--school", "nowhere").exit_code == 1


@pytest.mark.parametrize(
    ("today", "months", "first"),
    [
        (TONIGHT, 2, dt.date(2026, 9, 17)),
        (TONIGHT, 11, dt.date(2025, 12, 17)),
        (dt.date(2026, 3, 31), 1, dt.date(2026, 2, 28)),
        (dt.date(2028, 3, 30), 1, dt.date(2028, 2, 29)),
        (dt.date(2026, 1, 15), 12, dt.date(2025, 1, 15)),
    ],
)
def test_a_month_ago_is_the_same_day_or_the_last_of_a_shorter_month(
    today: dt.date, months: int, first: dt.date
) -> None:
    assert first_kept(today, months) == first
