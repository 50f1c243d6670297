"""When a count of failures becomes a wait."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.errors import TooManyAttempts
from backend.services.identity import attempts
from backend.services.identity.attempts import PER_ADDRESS, PER_CODE, Key, wait_until
from backend.storage.queries.failures import failures
from tests.cast import START

KEY = Key("code:test", PER_CODE)
OTHER = Key("code:other", PER_CODE)
ADDRESS = Key("address:test", PER_ADDRESS)


@pytest.mark.parametrize(
    ("count", "minutes"),
    [(1, None), (4, None), (5, 15), (6, 30), (7, 60), (11, 960), (12, 1440), (40, 1440)],
)
def test_the_wait_begins_with_the_fifth_failure_doubles_and_ends_at_a_day(count: int, minutes: int | None) -> None:
    until = wait_until(PER_CODE, count, START - dt.timedelta(hours=1), START)

    assert until == (None if minutes is None else START + dt.timedelta(minutes=minutes))


def test_an_address_waits_for_the_end_of_its_window_only() -> None:
    first = START - dt.timedelta(minutes=10)

    assert wait_until(PER_ADDRESS, 99, first, START) is None
    assert wait_until(PER_ADDRESS, 500, first, START) == first + dt.timedelta(minutes=15)


def test_failures_are_counted_per_key(session: Session, clock: FrozenClock) -> None:
    for _ in range(5):
        attempts.count(session, keys=(KEY,), now=clock.now())
    attempts.count(session, keys=(OTHER,), now=clock.now())

    attempts.check(session, keys=(OTHER,), now=clock.now())
    with pytest.raises(TooManyAttempts) as waiting:
        attempts.check(session, keys=(OTHER, KEY), now=clock.advance(minutes=1))
    assert waiting.value.retry_after_seconds == 14 * 60 + 1


def test_an_addresss_count_begins_again_after_its_window(session: Session, clock: FrozenClock) -> None:
    for _ in range(3):
        attempts.count(session, keys=(ADDRESS,), now=clock.now())
    attempts.count(session, keys=(ADDRESS,), now=clock.advance(minutes=16))

    row = failures(session, [ADDRESS.text])[ADDRESS.text]
    assert (row.count, row.first_at) == (1, clock.now())


def test_a_codes_count_begins_again_after_a_quiet_day(session: Session, clock: FrozenClock) -> None:
    attempts.count(session, keys=(KEY,), now=clock.now())
    attempts.count(session, keys=(KEY,), now=clock.advance(hours=23))
    assert failures(session, [KEY.text])[KEY.text].count == 2
    attempts.count(session, keys=(KEY,), now=clock.advance(hours=25))
    assert failures(session, [KEY.text])[KEY.text].count == 1


def test_forgiving_one_sweeps_out_what_is_long_over_and_leaves_the_rest(session: Session, clock: FrozenClock) -> None:
    attempts.count(session, keys=(ADDRESS,), now=clock.now())
    clock.advance(days=3)
    attempts.count(session, keys=(KEY, OTHER), now=clock.now())
    attempts.forgive(session, key=KEY, now=clock.now())

    assert set(failures(session, [KEY.text, OTHER.text, ADDRESS.text])) == {OTHER.text}


def test_neither_code_nor_address_can_be_read_from_a_key() -> None:
    key = attempts.key_of("address", "192.0.2.7", limit=PER_ADDRESS, secret_key="s" * 32)

    assert "192.0.2.7" not in key.text
    assert key.text != attempts.key_of("address", "192.0.2.7", limit=PER_ADDRESS, secret_key="t" * 32).text
    assert len(key.text) < 100
