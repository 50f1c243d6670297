"""The worker as a whole: who ticks, what it refuses, how it ends, and that it loads no Flask."""

from __future__ import annotations

import datetime as dt
import io
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.sheet import SheetState
from backend.services.reminders import ticking
from backend.settings import Settings, SettingsError
from backend.storage import models
from backend.storage.schema import SchemaOutOfDate
from notifications.channels import MAKERS, build_channels
from notifications.channels.base import Message, Result
from notifications.channels.console import ConsoleChannel
from notifications.channels.fcm import FcmChannel
from notifications.rules import ALL, REASONS
from notifications.schedule import Schedule
from notifications.worker import Worker, build_worker
from tests.cast import Cast
from tests.notifications.evening import FakeChannel, at, outbox_of, put_sheet

MakeWorker = Callable[..., Worker]
ROOT = Path(__file__).resolve().parents[2]
SUBMITTED: dict[str, Any] = {"state": SheetState.submitted, "submitted_at": at("20:00"), "latest_lights_out": None}


def settings_for(database_url: str, **more: str) -> Settings:
    """Settings of an installation on this database."""
    return Settings.from_env({"DATABASE_URL": database_url, **more})


def test_one_of_two_workers_ticks(session: Session, cast: Cast, make_worker: MakeWorker) -> None:
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    session.commit()
    first, second = make_worker(FakeChannel()), make_worker(FakeChannel())
    assert first.tick()["confirm_sheet"] == 2
    assert second.tick() == {}
    assert first.tick()["confirm_sheet"] == 0


def test_another_worker_takes_over_two_minutes_after_the_last_tick(
    cast: Cast, make_worker: MakeWorker, clock: FrozenClock
) -> None:
    first, second = make_worker(FakeChannel()), make_worker(FakeChannel())
    first.tick()
    clock.advance(minutes=2)
    assert second.tick() == {}
    clock.advance(seconds=1)
    assert second.tick() != {}
    assert first.tick() == {}


def test_a_worker_that_ends_lets_another_tick_at_once(cast: Cast, make_worker: MakeWorker) -> None:
    channel = FakeChannel()
    first, second = make_worker(channel), make_worker(FakeChannel())
    first.tick()
    first.close()
    assert channel.closed
    assert second.tick() != {}


def test_a_tick_leaves_a_heartbeat_and_ten_minutes_without_one_is_a_dead_worker(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock
) -> None:
    assert ticking.is_dead(session, now=clock.now())
    session.rollback()
    worker.tick()
    ticked_at = clock.now()
    assert ticking.last_tick(session) == ticked_at
    assert not ticking.is_dead(session, now=ticked_at + dt.timedelta(minutes=10))
    assert ticking.is_dead(session, now=ticked_at + dt.timedelta(minutes=10, seconds=1))


def test_a_tick_an_hour_late_puts_in_what_is_still_true(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock
) -> None:
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    put_sheet(session, cast, cast.ben, **SUBMITTED | {"state": SheetState.confirmed})
    session.commit()
    clock.advance(hours=1)
    worker.tick()
    assert {row.recipient_id for row in outbox_of(session)} == {cast.mother.id, cast.father.id}


def test_a_tick_is_one_statement_a_reminder_however_many_children_there_are(
    session: Session, cast: Cast, worker: Worker, count_statements: Any
) -> None:
    counts = []
    for students in ((cast.ada,), (cast.finn, cast.ben, cast.cleo)):
        for student in students:
            put_sheet(session, cast, student, **SUBMITTED)
        session.commit()
        with count_statements(worker._engine) as statements:
            worker.tick()
        counts.append(sum("INSERT INTO outbox" in text for text in statements.texts))
    assert 0 < counts[0] == counts[1] <= len(ALL)


def test_delivering_takes_the_same_number_of_statements_for_one_row_and_for_five(
    session: Session, cast: Cast, worker: Worker, count_statements: Any, clock: FrozenClock
) -> None:
    counts = []
    for students in ((cast.emil,), (cast.ada, cast.finn, cast.ben, cast.cleo)):
        for student in students:
            put_sheet(session, cast, student, **SUBMITTED)
        session.commit()
        worker.tick()
        with count_statements(worker._engine) as statements:
            assert worker.deliver()["inbox_only"] == len(students) + (cast.ada in students)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 12


def test_rows_get_ids_of_version_7_made_at_the_tick(
    session: Session, cast: Cast, worker: Worker, clock: FrozenClock
) -> None:
    put_sheet(session, cast, cast.ada, **SUBMITTED)
    session.commit()
    worker.tick()
    ids = [row.id for row in outbox_of(session)]
    assert len(set(ids)) == 2
    for each in ids:
        assert (each.version, each.variant) == (7, uuid.RFC_4122)
        assert each.int >> 80 == int(clock.now().timestamp() * 1000)


def test_an_installation_without_a_school_ticks_in_peace(database_url: str, make_worker: MakeWorker) -> None:
    assert make_worker(FakeChannel()).tick() == dict.fromkeys(REASONS, 0)


def test_build_worker_takes_the_channels_of_the_settings(database_url: str) -> None:
    worker = build_worker(settings_for(database_url))
    assert [channel.name for channel in worker._channels] == ["console"]
    worker.close()


def test_build_worker_refuses_an_old_schema(tmp_path: Path) -> None:
    with pytest.raises(SchemaOutOfDate, match="nightsheet db upgrade"):
        build_worker(settings_for(f"sqlite:///{tmp_path}/empty.db"))


def test_the_firebase_channel_is_made_from_its_credentials_file_and_opens_nothing(
    tmp_path: Path, clock: FrozenClock
) -> None:
    path = tmp_path / "firebase.json"
    path.write_text("{}")
    more = {"NIGHTSHEET_CHANNELS": "fcm,inbox", "NIGHTSHEET_FIREBASE_CREDENTIALS": str(path)}
    (channel,) = build_channels(settings_for("sqlite:///x.db", **more), clock)
    assert isinstance(channel, FcmChannel)
    assert channel.send([message()])[0].result is Result.BROKEN
    channel.close()


def test_the_firebase_channel_needs_a_credentials_file(clock: FrozenClock) -> None:
    class Without:
        channels = ("fcm",)
        firebase_credentials = None

    with pytest.raises(SettingsError, match="NIGHTSHEET_FIREBASE_CREDENTIALS"):
        build_channels(Without(), clock)  # type: ignore[arg-type]


def test_every_channel_of_the_settings_can_be_made() -> None:
    from backend.settings import CHANNELS

    assert set(MAKERS) | {"inbox"} == set(CHANNELS)


def message() -> Message:
    """A message for the console."""
    values = {"title": "作业记录单", "body": "点开查看。", "tag": "t", "ttl_seconds": 60, "link": "https://x/r"}
    return Message(id=uuid.UUID(int=7), code="cap_near", **values)  # type: ignore[arg-type]


def test_the_console_prints_code_opaque_id_and_words() -> None:
    stream = io.StringIO()
    channel = ConsoleChannel(stream)
    assert channel.send([message()])[0].result is Result.ACCEPTED
    assert stream.getvalue() == f"reminder cap_near {uuid.UUID(int=7)} 作业记录单: 点开查看。\n"
    channel.close()


def test_the_console_prints_to_standard_output_as_it_is_then(capsys: pytest.CaptureFixture[str]) -> None:
    ConsoleChannel().send([message()])
    assert "cap_near" in capsys.readouterr().out


def test_the_schedule_ticks_each_minute_and_drops_nothing_that_is_late() -> None:
    schedule = Schedule(**dict.fromkeys(("tick", "deliver", "add_up", "keep", "forget"), lambda: None))
    jobs = {job.id: job for job in schedule._scheduler.get_jobs()}
    assert set(jobs) == {"tick", "deliver", "add_up", "keep", "forget"}
    assert str(jobs["tick"].trigger) == "cron[second='0']"
    assert str(jobs["add_up"].trigger) == "cron[second='30']"
    assert str(jobs["keep"].trigger) == "cron[minute='5', second='15']"
    assert str(jobs["forget"].trigger) == "cron[minute='20', second='45']"
    schedule._scheduler.start(paused=True)
    try:
        stated = {(job.coalesce, job.max_instances, job.misfire_grace_time) for job in schedule._scheduler.get_jobs()}
    finally:
        schedule.stop()
    assert stated == {(True, 1, 3600)}


def test_the_schedule_runs_what_it_was_given_and_waits_for_it_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.schedule.DELIVER_EVERY_SECONDS", 0.05)
    done = threading.Event()
    other = dict.fromkeys(("tick", "add_up", "keep", "forget"), lambda: None)
    schedule = Schedule(**other, deliver=done.set)
    schedule.start()
    assert done.wait(5)
    schedule.stop()


def test_run_ends_when_asked_and_closes_everything(database_url: str, make_worker: MakeWorker) -> None:
    channel = FakeChannel()
    worker = make_worker(channel)
    thread = threading.Thread(target=worker.run)
    thread.start()
    worker.stop()
    thread.join(10)
    assert not thread.is_alive()
    assert channel.closed


def test_importing_the_worker_loads_neither_flask_nor_firebase() -> None:
    program = (
        "import sys, notifications.worker;"
        "print([m for m in ('flask', 'werkzeug', 'flask_sqlalchemy', 'firebase_admin') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_sigterm_ends_a_running_worker_with_exit_code_0(database_url: str) -> None:
    program = (
        "import os; from backend.settings import Settings; from notifications.worker import build_worker;"
        "worker = build_worker(Settings.from_env(os.environ)); print('ready', flush=True); worker.run()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    time.sleep(0.5)
    child.send_signal(signal.SIGTERM)
    assert child.wait(15) == 0
    child.stdout.close()


def test_a_lease_row_stands_for_whoever_ticks(session: Session, cast: Cast, worker: Worker) -> None:
    worker.tick()
    assert session.scalars(sa.select(models.WorkerLease.holder)).all() == [worker.holder]
