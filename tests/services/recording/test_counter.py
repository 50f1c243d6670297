"""The student's counter and concurrent writers: nothing repeats or is lost, and a reader by cursor misses nothing."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from backend.services.nights.changes import Change, Confirm, MarkReview, Submit
from backend.services.nights.recording import Contention, Recorded
from backend.storage import models
from backend.storage.engine import reading, session_factory
from backend.storage.queries.night_reading import changed_nights
from tests.cast import TONIGHT, Cast, Holder
from tests.services.recording.nights import Evenings, Phone, record_in, worked

WAIT_SECONDS = 30
MOST_TRIES = 400
YESTERDAY = TONIGHT - dt.timedelta(days=1)


def test_every_write_of_a_student_raises_the_counter_by_one_whatever_the_night(
    evenings: Evenings, phone: Phone, mothers: Phone, cast: Cast
) -> None:
    seen = []
    for who, change, night in (
        (cast.ada, phone.entry("a", "19:00-19:10"), TONIGHT),
        (cast.ada, Submit(), YESTERDAY),
        (cast.mother, mothers.note("早"), YESTERDAY),
        (cast.mother, Confirm(1), YESTERDAY),
        (cast.homeroom, MarkReview(1), YESTERDAY),
        (cast.ada, phone.sleep("21:00"), TONIGHT),
        (cast.ada, phone.deletion("a"), TONIGHT),
    ):
        recorded = evenings.record(who, change, student=cast.ada, night=night)
        seen.append(evenings.sheet(night=night)["change_counter"])
        assert (
            recorded.state.counter == seen[-1] == max(row["change_counter"] for row in evenings.rows(models.NightSheet))
        )
    assert seen == [1, 2, 3, 4, 5, 6, 7]
    assert evenings.entry("a")["change_counter"] == 7
    assert evenings.row(models.Note)["change_counter"] == 3


def test_what_changes_nothing_leaves_the_counter(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    put = phone.entry("a", "19:00-19:10")
    evenings.record(cast.ada, put)
    evenings.record(cast.ada, put, phone.entry("b", "19:30-19:20"))
    assert evenings.sheet()["change_counter"] == 1


def test_the_counter_does_not_fall_when_a_sheet_is_erased(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"))
    evenings.change(sa.update(models.Student).where(models.Student.id == cast.ada.id).values(change_counter=41))
    evenings.change(sa.delete(models.NightSheet))
    evenings.record(cast.ada, phone.entry("b", "19:00-19:10"))
    assert evenings.sheet()["change_counter"] == 42


def test_students_count_apart(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"))
    evenings.record(cast.ben, Phone("ben").entry("a", "19:00-19:10"))
    assert evenings.sheet(cast.ben)["change_counter"] == 1


def test_two_nights_in_one_transaction_count_on(evenings: Evenings, phone: Phone, cast: Cast) -> None:
    with session_factory(evenings.engine)() as session:
        for night in (YESTERDAY, TONIGHT):
            entry = phone.entry(f"{night}", segments=worked("19:00-19:10", night=night))
            record_in(session, cast.ada, entry, student=cast.ada, night=night, now=evenings.clock.now())
        session.commit()
    assert [row["change_counter"] for row in evenings.rows(models.NightSheet)] == [1, 2]


# --- two at once ----------------------------------------------------------------------------------------------------


def _until_saved(record: Callable[[], Recorded]) -> tuple[Recorded, int]:
    """What the edge does: after contention everything again. Also how often that was."""
    for tries in range(MOST_TRIES):
        try:
            return record(), tries
        except Contention:
            continue
    raise AssertionError("never saved")


def _meanwhile(
    evenings: Evenings, first: tuple[Change, dt.date], second: tuple[Change, dt.date]
) -> tuple[Recorded, int]:
    """The second writer comes while the first has written and not yet committed."""
    mother, ada, now = evenings.cast.mother, evenings.cast.ada, evenings.clock.now()
    with session_factory(evenings.engine)() as session, ThreadPoolExecutor(1) as pool:
        held = record_in(session, ada, first[0], student=ada, night=first[1], now=now)
        assert held.changed
        other = pool.submit(_until_saved, lambda: evenings.record(mother, second[0], student=ada, night=second[1]))
        with pytest.raises(TimeoutError):
            other.result(timeout=0.3)  # it waits: nobody reads past what is not committed
        session.commit()
        return other.result(timeout=WAIT_SECONDS)


@pytest.mark.parametrize("already", [False, True])
@pytest.mark.parametrize("nights", [(TONIGHT, TONIGHT), (TONIGHT, YESTERDAY)], ids=["one night", "two nights"])
def test_the_second_of_two_writers_waits_and_nothing_is_lost(
    evenings: Evenings,
    phone: Phone,
    mothers: Phone,
    cast: Cast,
    database_kind: str,
    nights: tuple[dt.date, dt.date],
    already: bool,
) -> None:
    if already:
        for night in set(nights):
            evenings.record(cast.ada, Submit(), night=night)
    changes = [
        own.entry(f"{own.name}'s", segments=worked("19:00-19:10", night=night))
        for own, night in zip((phone, mothers), nights, strict=True)
    ]
    recorded, tries = _meanwhile(evenings, (changes[0], nights[0]), (changes[1], nights[1]))
    assert [outcome.result.value for outcome in recorded.outcomes] == ["applied"]
    # SQLite lets the second in only afterwards; PostgreSQL finds out that it came too late.
    assert tries == (1 if database_kind == "postgresql" else 0)
    counters = sorted(row["change_counter"] for row in evenings.rows(models.NightSheet))
    written = 2 + (len(set(nights)) if already else 0)
    assert counters[-1] == written
    assert len(evenings.rows(models.Entry)) == 2
    for night in set(nights):
        rows = evenings.rows(models.Entry, night=night)
        assert evenings.sheet(night=night)["entry_count"] == len(rows)


def test_two_writers_of_one_record_end_with_a_conflict_not_a_lost_write(
    evenings: Evenings, phone: Phone, mothers: Phone, cast: Cast
) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"))
    mine, hers = phone.entry("a", "19:00-19:20", base=1), mothers.entry("a", "19:00-19:30", base=1)
    recorded, _ = _meanwhile(evenings, (mine, TONIGHT), (hers, TONIGHT))
    assert [outcome.result.value for outcome in recorded.outcomes] == ["conflict"]
    assert (evenings.entry("a")["version"], evenings.sheet()["study_minutes"]) == (2, 20)


def test_a_contender_has_saved_nothing_at_all(evenings: Evenings, phone: Phone, mothers: Phone, cast: Cast) -> None:
    """The sheet is found changed between reading and saving, as by another connection."""
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"))
    with session_factory(evenings.engine)() as session:
        sa.event.listen(evenings.engine, "before_cursor_execute", _raise_counter_before_saving)
        with pytest.raises(Contention):
            record_in(
                session,
                cast.mother,
                mothers.entry("b", "19:00-19:10"),
                mothers.note("x"),
                student=cast.ada,
                night=TONIGHT,
                now=evenings.clock.now(),
            )
        session.rollback()
    assert len(evenings.rows(models.Entry)) == 1
    assert evenings.rows(models.Note) == []


def test_who_read_that_consent_stands_saves_nothing_once_it_has_been_withdrawn(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    entry, now = phone.entry("a", "19:00-19:10"), evenings.clock.now()
    sa.event.listen(evenings.engine, "before_cursor_execute", _withdraw_before_saving)
    with session_factory(evenings.engine)() as session, pytest.raises(Contention):
        record_in(session, cast.ada, entry, student=cast.ada, night=TONIGHT, now=now)
    assert evenings.rows(models.NightSheet) == []


def _withdraw_before_saving(connection: sa.Connection, _cursor: object, statement: str, *_: Any) -> None:
    if statement.startswith("INSERT INTO night_sheets"):
        connection.execute(sa.update(models.Student).values(may_write=False))


def _raise_counter_before_saving(connection: sa.Connection, _cursor: object, statement: str, *_: Any) -> None:
    if statement.startswith("INSERT INTO night_sheets"):
        sheet = models.NightSheet
        connection.execute(sa.update(sheet).values(change_counter=sheet.change_counter + 1))


WRITES = 50


def _write_nights(evenings: Evenings, who: Holder, phone: Phone, nights: list[dt.date]) -> int:
    tries = 0
    for night in nights:
        entry = phone.entry(f"{night}", segments=worked("19:00-19:10", night=night))
        tries += _until_saved(partial(evenings.record, who, entry, student=evenings.cast.ada, night=night))[1]
    return tries


class _Reader:
    """Asks again and again for what is above its cursor, as a phone does, and never for anything twice."""

    def __init__(self, evenings: Evenings, student: Holder) -> None:
        self._evenings, self._student = evenings, student
        self.cursor, self.read = 0, list[tuple[dt.date, int]]()
        self.done = threading.Event()

    def run(self) -> None:
        last = False
        while not last:
            last = self.done.is_set()
            self._poll()

    def _poll(self) -> None:
        with session_factory(self._evenings.engine)() as session:
            found = changed_nights(
                reading(session),
                school_id=self._evenings.cast.shiyan.id,
                student_id=self._student.id,
                after=self.cursor,
                most=7,
            )
        self.read += found
        self.cursor = max([self.cursor, *(counter for _, counter in found)])


def test_a_reader_by_cursor_misses_nothing_of_two_writers(
    evenings: Evenings, mothers: Phone, fathers: Phone, cast: Cast
) -> None:
    evenings.change(sa.update(models.Enrolment).values(from_on=TONIGHT - dt.timedelta(days=300)))
    nights = [TONIGHT - dt.timedelta(days=n) for n in range(2 * WRITES)]
    reader = _Reader(evenings, cast.ada)
    with ThreadPoolExecutor(3) as pool:
        polling = pool.submit(reader.run)
        writers = [
            pool.submit(_write_nights, evenings, who, phone, nights[half::2])
            for half, (who, phone) in enumerate(((cast.mother, mothers), (cast.father, fathers)))
        ]
        try:
            for writer in writers:
                writer.result(timeout=4 * WAIT_SECONDS)
        finally:
            reader.done.set()
        polling.result(timeout=WAIT_SECONDS)
    # Each night was written once: whoever passes over a counter never hears of its night again.
    assert sorted(night for night, _ in reader.read) == sorted(nights)
    assert [counter for _, counter in reader.read] == list(range(1, 2 * WRITES + 1))


def test_two_writers_of_one_night_lose_nothing(evenings: Evenings, mothers: Phone, fathers: Phone, cast: Cast) -> None:
    def write(who: Holder, phone: Phone) -> None:
        for n in range(20):
            put = phone.entry(f"{who.key} {n}", "19:00-19:10")
            _until_saved(partial(evenings.record, who, put, student=cast.ada))

    with ThreadPoolExecutor(2) as pool:
        for writer in [pool.submit(write, cast.mother, mothers), pool.submit(write, cast.father, fathers)]:
            writer.result(timeout=4 * WAIT_SECONDS)
    sheet = evenings.sheet()
    assert (sheet["entry_count"], sheet["change_counter"], sheet["version"]) == (40, 40, 40)
    assert sorted(row["change_counter"] for row in evenings.rows(models.Entry)) == list(range(1, 41))
    assert len(evenings.rows(models.EntryVersion)) == 40
