"""Loading the demonstration: whole, once, a day at a time, with its sign-ins, and without a word to anybody."""

from __future__ import annotations

import json
import stat
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from backend.clock import FrozenClock
from backend.demo import sign_ins
from backend.demo.loading import NotADemonstration, load
from backend.demo.past import plan_keys
from backend.demo.people import populate
from backend.demo.shape import DEFAULT_SEED, ZONE
from backend.demo.sign_ins import DemoSignIns
from backend.domain.night import local_instant
from backend.services.actor import token_hash
from backend.services.identity.passwords import verify_password
from backend.services.identity.signing_in import code_hash
from backend.storage.base import Base
from backend.storage.models import AuthSession, Claim, NightSheet, OutboxRow, School, StaffPassword
from notifications.channels.recording import RecordingChannel
from notifications.worker import Worker
from tests.cast import Cast

OPENED_ON = date(2026, 11, 16)
THURSDAY, FRIDAY = date(2026, 11, 19), date(2026, 11, 20)
KEY = "the key of this test, at least 32 signs long"
NOT_COMPARED = {
    "auth_sessions",
    "claims",
    "staff_passwords",
    "district_officers",
    "audit_events",
    "outbox",
    "figure_passes",
}


def load_on(engine: sa.Engine, day: date, folder: Path, at: time = time(23, 30)) -> DemoSignIns:
    """Load as on that day, late in the evening unless said."""
    return load(
        engine,
        as_of=day,
        now=local_instant(day, at, ZONE),
        progress=lambda _done, _all: None,
        instance_folder=folder,
        secret_key=KEY,
        opened_on=OPENED_ON,
    )


def everything(engine: sa.Engine, *, without: frozenset[str] | set[str] = frozenset()) -> dict[str, set[str]]:
    """All rows of the product's tables as text, but for the instants at which figures were fixed."""
    with engine.connect() as connection:
        return {
            table.name: {
                repr(tuple(row))
                for row in connection.execute(sa.select(*(each for each in table.c if each.name != "frozen_at")))
            }
            for table in Base.metadata.sorted_tables
            if table.name not in without
        }


def test_loading_again_changes_nothing(engine: sa.Engine, tmp_path: Path) -> None:
    first = load_on(engine, FRIDAY, tmp_path)
    before = everything(engine)
    again = load_on(engine, FRIDAY, tmp_path)
    assert everything(engine) == before
    assert again.sign_ins == first.sign_ins
    assert (first.nights_added, again.nights_added) == (4, 0)


def test_a_day_added_gives_what_loading_on_that_day_gives(engine: sa.Engine, databases: Any, tmp_path: Path) -> None:
    from backend.storage.engine import build_engine

    load_on(engine, THURSDAY, tmp_path)
    assert load_on(engine, FRIDAY, tmp_path).nights_added == 1
    url = databases.fresh()
    at_once = build_engine(url)
    try:
        load_on(at_once, FRIDAY, tmp_path / "other")
        by_days, together = (everything(each, without=NOT_COMPARED) for each in (engine, at_once))
    finally:
        at_once.dispose()
        databases.drop(url)
    assert by_days["night_sheets"]
    assert by_days["frozen_figures"]
    assert by_days["rolled_up_figures"]
    for table, rows in together.items():
        assert by_days[table] == rows, table


def test_progress_is_told_night_by_night(engine: sa.Engine, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    load(
        engine,
        as_of=FRIDAY,
        now=local_instant(FRIDAY, time(12), ZONE),
        progress=lambda done, of: told.append((done, of)),
        instance_folder=tmp_path,
        opened_on=OPENED_ON,
    )
    assert list(dict.fromkeys(told)) == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_database_with_a_real_school_is_refused(engine: sa.Engine, cast: Cast, tmp_path: Path) -> None:
    before = everything(engine)
    with pytest.raises(NotADemonstration):
        load_on(engine, FRIDAY, tmp_path)
    assert everything(engine) == before
    assert not (tmp_path / sign_ins.FILE).exists()


@pytest.mark.parametrize("at", [time(0, 20), time(6, 30), time(18, 0)])
def test_nobody_is_reminded_of_the_past(engine: sa.Engine, tmp_path: Path, at: time) -> None:
    load_on(engine, FRIDAY, tmp_path, at)
    clock = FrozenClock(local_instant(FRIDAY, at, ZONE))
    channel = RecordingChannel(clock)
    worker = Worker(engine, clock=clock, channels=[channel], public_url="http://localhost")
    while clock.now() < local_instant(FRIDAY + timedelta(days=1), time(0), ZONE):
        worker.tick()
        worker.deliver()
        clock.advance(minutes=30)
    # Who has published nothing today may be asked to: today is not the past.
    assert {message.code for _, message in channel.taken} <= {"publish_estimates"}


def test_the_marks_of_the_past_are_shown_to_nobody_as_sent(engine: sa.Engine, tmp_path: Path) -> None:
    load_on(engine, FRIDAY, tmp_path)
    with engine.connect() as connection:
        rows = connection.execute(
            sa.select(OutboxRow.state, OutboxRow.outcome_reason, OutboxRow.night, OutboxRow.code)
        ).all()
    assert rows
    assert {(row.state.value, row.outcome_reason) for row in rows} == {("dropped", "demonstration")}
    assert {row.night for row in rows} == {THURSDAY, FRIDAY}
    assert {row.code for row in rows} >= {"confirm_sheet", "streak", "class_over_cap", "weekly_digest"}


def test_a_plan_over_the_cap_that_is_brought_is_told_to_nobody() -> None:
    population = populate(DEFAULT_SEED, OPENED_ON)
    class_, now = population.classes[0], local_instant(FRIDAY, time(18), ZONE)
    work = {"class_id": class_.id, "given_on": FRIDAY}
    plans = {"assignments": [work | {"over_cap_minutes": over} for over in (5, 10, None)]}
    rows = plan_keys(population, plans, now)["outbox"]
    assert {row["recipient_id"] for row in rows} == {class_.homeroom, *population.offices}
    assert {(row["code"], row["subject_id"], row["night"]) for row in rows} == {("plan_over_cap", class_.id, FRIDAY)}
    assert len(rows) == len({class_.homeroom, *population.offices})


def test_the_secrets_are_the_owners_only(engine: sa.Engine, tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    load_on(engine, FRIDAY, folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / sign_ins.FILE).stat().st_mode) == 0o600


def test_there_is_a_way_in_for_each_of_the_six(engine: sa.Engine, tmp_path: Path) -> None:
    known = load_on(engine, FRIDAY, tmp_path)
    assert [each.role for each in known.sign_ins] == [
        "student",
        "guardian",
        "subject_teacher",
        "homeroom_teacher",
        "academic_office",
        "district_officer",
    ]
    guardian, teacher = known.of("guardian"), known.of("homeroom_teacher")
    with engine.connect() as connection:
        children = connection.scalar(
            sa.text("SELECT count(*) FROM guardianships WHERE guardian_id = :id").bindparams(
                sa.bindparam("id", __import__("uuid").UUID(guardian.person_id), sa.Uuid())
            )
        )
        claim = connection.scalar(
            sa.select(Claim.person_id).where(Claim.code_hash == code_hash(guardian.code or "", secret_key=KEY))
        )
        stored = connection.scalar(sa.select(StaffPassword.password_hash).where(StaffPassword.login == teacher.login))
        tokens = set(connection.scalars(sa.select(AuthSession.token_hash)))
    assert children == 2
    assert str(claim) == guardian.person_id
    assert verify_password(stored, teacher.password or "")
    assert tokens == {token_hash(each.token) for each in known.sign_ins}


def test_a_used_code_is_open_again_at_the_next_start(engine: sa.Engine, tmp_path: Path) -> None:
    load_on(engine, FRIDAY, tmp_path)
    with engine.begin() as connection:
        connection.execute(sa.update(Claim).values(used_at=datetime.fromisoformat("2026-11-20T09:00:00+00:00")))
    load_on(engine, FRIDAY, tmp_path)
    with engine.connect() as connection:
        assert set(connection.scalars(sa.select(Claim.used_at))) == {None}


def test_lost_secrets_are_made_anew_and_the_old_ones_end(engine: sa.Engine, tmp_path: Path) -> None:
    lost = load_on(engine, FRIDAY, tmp_path)
    (tmp_path / sign_ins.FILE).write_text("not what it was", encoding="utf-8")
    made = load_on(engine, FRIDAY, tmp_path)
    assert not {each.token for each in lost.sign_ins} & {each.token for each in made.sign_ins}
    with engine.connect() as connection:
        tokens = set(connection.scalars(sa.select(AuthSession.token_hash)))
    assert tokens == {token_hash(each.token) for each in made.sign_ins}
    assert json.loads((tmp_path / sign_ins.FILE).read_text(encoding="utf-8"))["school"] == made.school


def test_what_a_visitor_wrote_stands(engine: sa.Engine, tmp_path: Path) -> None:
    load_on(engine, THURSDAY, tmp_path)
    with engine.begin() as connection:
        row = dict(connection.execute(sa.select(NightSheet).limit(1)).mappings().one())
        mine = row | {"night": THURSDAY, "written_minutes": 7, "change_counter": row["change_counter"] + 99_999}
        connection.execute(sa.insert(NightSheet).values(**mine))
    load_on(engine, FRIDAY, tmp_path)
    with engine.connect() as connection:
        found = sa.select(NightSheet.written_minutes).where(
            NightSheet.night == THURSDAY, NightSheet.student_id == row["student_id"]
        )
        assert connection.scalars(found).all() == [7]
        assert connection.scalar(sa.select(School.is_demonstration)) is True


def test_the_loading_leaves_no_log_as_large_as_the_database(engine: sa.Engine, tmp_path: Path) -> None:
    load_on(engine, FRIDAY, tmp_path)
    log = Path(f"{engine.url.database}-wal")
    assert not log.exists() or log.stat().st_size == 0
