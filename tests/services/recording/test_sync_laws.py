"""Laws of rule 10 (offline phones): however a phone's changes travel, the night comes out the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.services.nights.changes import Change, DeleteEntry, PutEntry, PutSleep
from backend.storage import models
from tests.cast import Cast
from tests.services.recording.nights import Evenings, Phone, entry_id_of

#: The database of a test is shared by its examples; each begins by wiping it.
LAW = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
RECORDS = ("a", "b", "sleep")
SLEEP = "sleep"


@dataclass
class Wanted:
    """A record by the words of rule 10, and nothing of the program's."""

    version: int = 0
    last: Any = None
    seen: dict[Any, int] = field(default_factory=dict)
    minutes: int | None = None
    deleted: bool = False

    def take(self, change: Any) -> str:
        phone, deletes = change.installation_id, isinstance(change, DeleteEntry)
        if change.revision <= self.seen.get(phone, 0):
            return "same"
        if self.deleted:
            return "gone"
        if self.version and phone != self.last and change.base_version != self.version:
            return "conflict"
        self.version, self.last, self.deleted = self.version + 1, phone, deletes
        self.seen[phone] = change.revision
        self.minutes = None if deletes else _said(change)
        return "applied"


def _said(change: Change) -> int:
    if isinstance(change, PutSleep):
        return change.nap_minutes or 0
    assert isinstance(change, PutEntry)
    (segment,) = change.segments
    assert segment.finished_at is not None
    return int((segment.finished_at - segment.started_at).total_seconds()) // 60


def _record_of(change: Any) -> str:
    return SLEEP if isinstance(change, PutSleep) else next(n for n in ("a", "b") if entry_id_of(n) == change.id)


def _make(phone: Phone, record: str, minutes: int, base: int | None, revision: int, deletes: bool) -> Change:
    if record == SLEEP:
        return phone.sleep(nap=minutes, base=base, revision=revision)
    if deletes:
        return phone.deletion(record, base=base, revision=revision)
    return phone.entry(record, f"19:00-19:{minutes:02}", base=base, revision=revision)


def _stored(evenings: Evenings) -> dict[str, tuple[int, int | None, bool]]:
    found = {
        name: (row["version"], None if row["deleted_at"] else row["actual_minutes"], row["deleted_at"] is not None)
        for name in ("a", "b")
        for row in evenings.rows(models.Entry, id=entry_id_of(name))
    }
    sleeps = [(row["version"], row["nap_minutes"], False) for row in evenings.rows(models.Sleep)]
    return found | dict(zip([SLEEP], sleeps, strict=False))


CHANGES = st.builds(
    _make,
    phone=st.sampled_from([Phone("one"), Phone("two")]),
    record=st.sampled_from(RECORDS),
    minutes=st.integers(1, 50),
    base=st.sampled_from([None, 1, 2, 3]),
    revision=st.integers(1, 4),
    deletes=st.integers(0, 5).map(lambda n: n == 0),
)


def _batches(changes: Sequence[Change], cuts: Sequence[int]) -> list[list[Change]]:
    """The same changes in order, split at some places."""
    places = sorted({cut % (len(changes) + 1) for cut in cuts} | {0, len(changes)})
    return [list(changes[begin:end]) for begin, end in pairwise(places)]


@LAW
@given(changes=st.lists(CHANGES, min_size=1, max_size=10), cuts=st.lists(st.integers(0, 10), max_size=4))
def test_any_stream_of_two_phones_changes_comes_out_by_rule_10(
    evenings: Evenings, cast: Cast, changes: list[Change], cuts: list[int]
) -> None:
    evenings.wipe()
    wanted = {record: Wanted() for record in RECORDS}
    for batch in _batches(changes, cuts):
        expected = [wanted[_record_of(change)].take(change) for change in batch]
        assert evenings.results(cast.mother, *batch, student=cast.ada) == expected
    assert _stored(evenings) == {record: (w.version, w.minutes, w.deleted) for record, w in wanted.items() if w.version}


def _history(phone: Phone, record: str, minutes: Sequence[int], deletes: bool) -> list[Change]:
    """One phone's own changes of one record, in the order in which they were made."""
    puts = [_make(phone, record, each, None, revision, False) for revision, each in enumerate(minutes, start=1)]
    ends = deletes and record != SLEEP
    return [*puts, _make(phone, record, 1, None, len(puts) + 1, True)] if ends else puts


HISTORIES = st.lists(
    st.tuples(st.lists(st.integers(1, 50), min_size=1, max_size=4), st.booleans()), min_size=3, max_size=3
)


@LAW
@given(histories=HISTORIES, data=st.data())
def test_a_phone_s_changes_late_twice_split_and_out_of_order_give_the_same_night(
    evenings: Evenings, cast: Cast, histories: list[tuple[list[int], bool]], data: st.DataObject
) -> None:
    evenings.wipe()
    phone = Phone("one")
    made = [
        _history(phone, record, minutes, deletes) for record, (minutes, deletes) in zip(RECORDS, histories, strict=True)
    ]
    everything = [change for history in made for change in history]
    extra = data.draw(st.lists(st.sampled_from(everything), max_size=4))
    travelled = data.draw(st.permutations([*everything, *extra]))
    for batch in _batches(travelled, data.draw(st.lists(st.integers(0, 20), max_size=5))):
        assert set(evenings.results(cast.ada, *batch)) <= {"applied", "same"}
    stored = {record: (minutes, deleted) for record, (_, minutes, deleted) in _stored(evenings).items()}
    assert stored == {record: _last(history) for record, history in zip(RECORDS, made, strict=True)}
    before = evenings.everything()
    assert set(evenings.results(cast.ada, *everything)) == {"same"}
    assert evenings.everything() == before


def _last(history: Sequence[Change]) -> tuple[int | None, bool]:
    last = history[-1]
    return (None, True) if isinstance(last, DeleteEntry) else (_said(last), False)


TURNS = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from(RECORDS), st.integers(1, 50), st.booleans(), st.integers(0, 6)),
    min_size=1,
    max_size=12,
)


@LAW
@given(turns=TURNS)
def test_two_phones_that_send_all_again_change_nothing_and_every_loser_sees_what_stands(
    evenings: Evenings, cast: Cast, turns: list[tuple[int, str, int, bool, int]]
) -> None:
    evenings.wipe()
    phones = (Phone("one"), Phone("two"))
    known: tuple[dict[str, int], dict[str, int]] = ({}, {})
    revisions: tuple[dict[str, int], dict[str, int]] = ({}, {})
    sent: list[Change] = []
    for who, record, minutes, looks, end in turns:
        revisions[who][record] = revisions[who].get(record, 0) + 1
        change = _make(phones[who], record, minutes, known[who].get(record), revisions[who][record], end == 0)
        (outcome,) = evenings.record(cast.mother, change, student=cast.ada).outcomes
        sent.append(change)
        if outcome.result.value == "conflict":
            assert outcome.record is not None
            assert outcome.record["version"] == _stored(evenings)[record][0]
        if outcome.record is not None and (looks or outcome.result.value == "applied"):
            known[who][record] = outcome.record["version"]
    before = evenings.everything()
    again = evenings.results(cast.mother, *sent, student=cast.ada)
    assert set(again) <= {"same", "gone", "conflict"}
    assert evenings.everything() == before
