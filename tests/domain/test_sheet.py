"""Rules 9 and 10 (states, offline phones)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.load import ClockMark, Segment, Source
from backend.domain.sheet import (
    OFFSET_TOLERANCE,
    ChangeResult,
    Fact,
    RecordVersion,
    SheetState,
    confirmation_survives,
    correct_span,
    decide_change,
    may_confirm,
    next_version,
    state_after_change,
    state_after_submission,
    withdrawn_because,
)
from tests.domain.times import at, segment

OPEN, SUBMITTED, CONFIRMED = SheetState
APPLIED, SAME, CONFLICT, GONE, INVALID = ChangeResult
WITHDRAWING = (Fact.entry_added, Fact.entry_changed, Fact.entry_removed, Fact.lights_out_changed)
HARMLESS = (Fact.first_lights_out, Fact.waking, Fact.nap, Fact.note, Fact.reply, Fact.review)


# --- rule 9: states ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fact", WITHDRAWING)
def test_changing_what_was_confirmed_withdraws_the_confirmation_and_says_what(fact):
    assert confirmation_survives([fact]) is False
    assert withdrawn_because([Fact.note, fact]) == (fact,)
    assert state_after_change(CONFIRMED, [Fact.note, fact]) is SUBMITTED


@pytest.mark.parametrize("fact", HARMLESS)
def test_these_never_withdraw_a_confirmation(fact):
    assert confirmation_survives([fact]) is True
    assert withdrawn_because([fact]) == ()
    assert state_after_change(CONFIRMED, [fact]) is CONFIRMED
    assert state_after_change(CONFIRMED, [fact], by_guardian=True) is CONFIRMED


def test_every_fact_is_in_one_of_the_two_lists():
    assert set(WITHDRAWING) | set(HARMLESS) == set(Fact)


def test_nothing_changed_withdraws_nothing():
    assert confirmation_survives([]) is True
    assert state_after_change(CONFIRMED, []) is CONFIRMED


def test_what_withdrew_a_confirmation_is_told_in_a_fixed_order():
    assert withdrawn_because(iter([Fact.lights_out_changed, Fact.entry_added])) == (
        Fact.entry_added,
        Fact.lights_out_changed,
    )


@pytest.mark.parametrize(
    ("state", "by_guardian", "expected"),
    [
        pytest.param(OPEN, False, SUBMITTED, id="a child submits"),
        pytest.param(SUBMITTED, False, SUBMITTED, id="again does nothing"),
        pytest.param(CONFIRMED, False, CONFIRMED, id="nor on a confirmed sheet"),
        pytest.param(OPEN, True, CONFIRMED, id="a guardian's own submission is confirmed by that act"),
        pytest.param(SUBMITTED, True, CONFIRMED, id="a guardian submits what a child submitted"),
        pytest.param(CONFIRMED, True, CONFIRMED, id="and again"),
    ],
)
def test_the_state_after_a_submission(state, by_guardian, expected):
    assert state_after_submission(state, by_guardian=by_guardian) is expected
    assert state_after_submission(expected, by_guardian=by_guardian) is expected


@pytest.mark.parametrize(
    ("state", "facts", "by_guardian", "expected"),
    [
        pytest.param(OPEN, [Fact.entry_added], False, OPEN, id="an entry leaves an open sheet open"),
        pytest.param(OPEN, [Fact.entry_added], True, OPEN, id="a guardian's entry too"),
        pytest.param(OPEN, [Fact.first_lights_out], False, SUBMITTED, id="logging lights-out submits"),
        pytest.param(OPEN, [Fact.lights_out_changed], False, SUBMITTED, id="so does putting it right"),
        pytest.param(OPEN, [Fact.first_lights_out], True, CONFIRMED, id="a guardian's lights-out is a submission"),
        pytest.param(OPEN, [Fact.waking, Fact.note], True, OPEN, id="waking and a note submit nothing"),
        pytest.param(SUBMITTED, [Fact.entry_changed], False, SUBMITTED, id="a child changes a submitted sheet"),
        pytest.param(SUBMITTED, [Fact.entry_changed], True, CONFIRMED, id="a guardian's amendment is confirmed"),
        pytest.param(SUBMITTED, [Fact.note], True, SUBMITTED, id="a note confirms nothing"),
        pytest.param(SUBMITTED, [Fact.first_lights_out], True, SUBMITTED, id="a first lights-out is no amendment"),
        pytest.param(CONFIRMED, [Fact.entry_changed], True, CONFIRMED, id="an amendment is confirmed anew"),
        pytest.param(CONFIRMED, [Fact.entry_removed], False, SUBMITTED, id="a child's change withdraws"),
        pytest.param(CONFIRMED, [Fact.review, Fact.reply], False, CONFIRMED, id="a review never does"),
    ],
)
def test_the_state_after_a_change(state, facts, by_guardian, expected):
    assert state_after_change(state, facts, by_guardian=by_guardian) is expected


@pytest.mark.parametrize(
    ("state", "named", "stands", "may"),
    [
        (SUBMITTED, 3, 3, True),
        pytest.param(SUBMITTED, 2, 3, False, id="an older version is not what stands"),
        pytest.param(SUBMITTED, 4, 3, False, id="nor one to come"),
        pytest.param(OPEN, 3, 3, False, id="an open sheet cannot be confirmed"),
        pytest.param(CONFIRMED, 3, 3, True, id="twice does nothing the second time"),
    ],
)
def test_a_confirmation_names_the_version_it_approves(state, named, stands, may):
    assert may_confirm(state, named_version=named, sheet_version=stands) is may


@given(st.sampled_from(SheetState), st.lists(st.sampled_from(Fact)), st.booleans())
def test_no_change_reopens_a_sheet_and_silence_confirms_nothing(state, facts, by_guardian):
    after = state_after_change(state, facts, by_guardian=by_guardian)
    assert state is OPEN or after is not OPEN
    if after is CONFIRMED and state is not CONFIRMED:
        assert by_guardian


# --- rule 10: changes ----------------------------------------------------------------------------------------------

MOTHER, FATHER, TABLET = "mother's", "father's", "tablet"
STANDS = RecordVersion(5, MOTHER, 3, seen={FATHER: 2})
DELETED = RecordVersion(5, MOTHER, 3, deleted=True, seen={FATHER: 2})


@pytest.mark.parametrize(
    ("stored", "base", "phone", "revision", "result"),
    [
        pytest.param(None, None, MOTHER, 1, APPLIED, id="a new record"),
        pytest.param(None, 4, MOTHER, 7, APPLIED, id="one that a restored database has forgotten"),
        pytest.param(None, None, MOTHER, 0, INVALID, id="a revision begins at 1"),
        pytest.param(None, -1, MOTHER, 1, INVALID, id="a base begins at 0"),
        pytest.param(None, 0, MOTHER, 1, APPLIED, id="base 0 is no base"),
        pytest.param(None, None, "", 1, INVALID, id="without a phone"),
        pytest.param(STANDS, 5, "", 1, INVALID, id="without a phone on what stands"),
        pytest.param(STANDS, 5, MOTHER, 3, SAME, id="an equal revision from the same phone"),
        pytest.param(STANDS, 5, MOTHER, 2, SAME, id="a lower revision from the same phone"),
        pytest.param(STANDS, None, MOTHER, 1, SAME, id="its very first, again"),
        pytest.param(STANDS, 5, MOTHER, 4, APPLIED, id="the next from the same phone"),
        pytest.param(STANDS, 1, MOTHER, 4, APPLIED, id="its base stale by its own earlier revisions"),
        pytest.param(STANDS, None, MOTHER, 4, APPLIED, id="it never saw an answer"),
        pytest.param(STANDS, 5, FATHER, 3, APPLIED, id="another phone that has seen what stands"),
        pytest.param(STANDS, 4, FATHER, 3, CONFLICT, id="a stale base from another phone"),
        pytest.param(STANDS, None, FATHER, 3, CONFLICT, id="another phone that knows of nothing"),
        pytest.param(STANDS, 6, FATHER, 3, CONFLICT, id="a base from the future"),
        pytest.param(STANDS, 4, FATHER, 2, SAME, id="an old resend after another phone wrote"),
        pytest.param(STANDS, 5, FATHER, 2, SAME, id="a resend is the same even on the right base"),
        pytest.param(STANDS, 5, TABLET, 1, APPLIED, id="a third phone on the right base"),
        pytest.param(STANDS, None, TABLET, 1, CONFLICT, id="a third phone on none"),
        pytest.param(DELETED, 5, MOTHER, 3, SAME, id="the delete itself, again"),
        pytest.param(DELETED, 5, MOTHER, 2, SAME, id="what came before the delete"),
        pytest.param(DELETED, 5, MOTHER, 4, GONE, id="a deleted id stays gone for the same phone"),
        pytest.param(DELETED, 5, FATHER, 3, GONE, id="and for another"),
        pytest.param(DELETED, None, TABLET, 1, GONE, id="and for one that knows of nothing"),
        pytest.param(DELETED, 5, TABLET, 0, INVALID, id="invalid before gone"),
    ],
)
def test_whether_a_change_is_taken(stored, base, phone, revision, result):
    assert decide_change(stored, base_version=base, installation_id=phone, revision=revision) is result


def test_a_version_is_raised_by_one_and_remembers_each_phone():
    first = next_version(None, installation_id=MOTHER, revision=4)
    assert first == RecordVersion(1, MOTHER, 4)
    second = next_version(first, installation_id=FATHER, revision=1)
    assert second == RecordVersion(2, FATHER, 1, seen={MOTHER: 4})
    third = next_version(second, installation_id=MOTHER, revision=5, deleted=True)
    assert (third.version, third.deleted) == (3, True)
    assert [third.revision_of(p) for p in (MOTHER, FATHER, TABLET)] == [5, 1, 0]
    assert next_version(None, installation_id=MOTHER, revision=1, deleted=True).deleted is True


def replay(changes: list[tuple[str, int, int | None, bool]]) -> tuple[RecordVersion | None, tuple[str, int] | None]:
    """What stands after such (phone, revision, base, deletes) changes, and whose state it is."""
    stored, state = None, None
    for phone, revision, base, deletes in changes:
        if decide_change(stored, base_version=base, installation_id=phone, revision=revision) is APPLIED:
            stored = next_version(stored, installation_id=phone, revision=revision, deleted=deletes)
            state = (phone, revision)
    return stored, state


changes = st.lists(
    st.tuples(
        st.sampled_from([MOTHER, FATHER]), st.integers(1, 5), st.one_of(st.none(), st.integers(0, 6)), st.booleans()
    ),
    max_size=8,
)


taps = st.lists(st.tuples(st.sampled_from([MOTHER, FATHER, TABLET]), st.booleans(), st.integers(0, 20)), max_size=10)


def sent_by_honest_phones(taps: list[tuple[str, bool, int]]) -> tuple[RecordVersion | None, list[tuple[str, int, int]]]:
    """What stands after phones that now and then look at what stands before they write; and what they sent.

    A phone's revisions and the versions it has seen only ever rise. A 0 among the taps deletes.
    """
    stored, sent = None, []
    seen, counter = dict.fromkeys((MOTHER, FATHER, TABLET), 0), dict.fromkeys((MOTHER, FATHER, TABLET), 0)
    for phone, looks, deletes in taps:
        seen[phone] = stored.version if looks and stored else seen[phone]
        counter[phone] += 1
        sent.append((phone, counter[phone], seen[phone]))
        result = decide_change(stored, base_version=seen[phone], installation_id=phone, revision=counter[phone])
        if result is APPLIED:
            stored = next_version(stored, installation_id=phone, revision=counter[phone], deleted=deletes == 0)
    return stored, sent


@given(taps, st.randoms())
def test_a_batch_sent_again_in_any_order_applies_nothing_a_second_time(phones_taps, random):
    stored, sent = sent_by_honest_phones(phones_taps)
    for phone, revision, base in random.sample(sent, len(sent)):
        again = decide_change(stored, base_version=base, installation_id=phone, revision=revision)
        assert again in (SAME, CONFLICT, GONE)


@given(taps)
def test_nobody_overwrites_a_version_of_another_phone_that_it_has_not_seen(phones_taps):
    writers: list[str] = []
    stored, seen, counter = None, {}, {}
    for phone, looks, _ in phones_taps:
        seen[phone] = stored.version if looks and stored else seen.get(phone, 0)
        counter[phone] = counter.get(phone, 0) + 1
        if decide_change(stored, base_version=seen[phone], installation_id=phone, revision=counter[phone]) is APPLIED:
            assert set(writers[seen[phone] :]) <= {phone}
            stored = next_version(stored, installation_id=phone, revision=counter[phone])
            writers.append(phone)


@given(changes)
def test_resending_each_change_at_once_changes_nothing(batch):
    twice = [change for change in batch for _ in range(2)]
    assert replay(twice) == replay(batch)


@given(st.permutations(range(1, 6)))
def test_one_phones_changes_in_any_order_end_with_its_last(order):
    _, state = replay([(MOTHER, revision, None, False) for revision in order])
    assert state == (MOTHER, 5)


@given(changes)
def test_a_deleted_record_never_comes_back(batch):
    stored = RecordVersion(9, TABLET, 9, deleted=True)
    for phone, revision, base, _ in batch:
        result = decide_change(stored, base_version=base, installation_id=phone, revision=revision)
        assert result in (GONE, SAME)


# --- rule 10: clocks -----------------------------------------------------------------------------------------------

THREE_HOURS = timedelta(hours=3)


def corrected(
    segments: Iterable[Segment], offset: timedelta, tolerance: timedelta = OFFSET_TOLERANCE
) -> tuple[Segment, ...]:
    """Segments put right by one offset, as of a phone whose clock nobody moved meanwhile."""
    spanned = {"start_offset": offset, "finish_offset": offset, "tolerance": tolerance}
    return tuple(correct_span(each, **spanned) for each in segments)


def test_timer_segments_are_moved_by_the_offset_and_marked():
    found = corrected([segment("22:00-22:40"), segment("22:50-")], -THREE_HOURS)
    assert found == (
        segment("19:00-19:40", clock=ClockMark.corrected),
        segment("19:50-", clock=ClockMark.corrected),
    )


@pytest.mark.parametrize(
    ("offset", "moved"),
    [
        (timedelta(seconds=60), False),
        (timedelta(seconds=61), True),
        (timedelta(seconds=-60), False),
        (timedelta(seconds=-61), True),
        (timedelta(), False),
    ],
)
def test_within_a_minute_nothing_moves(offset, moved):
    found = corrected([segment("19:00-19:40")], offset)[0]
    assert (found.clock is ClockMark.corrected) is moved
    assert found.started_at - at("19:00") == (offset if moved else timedelta())


def test_the_tolerance_can_be_set():
    assert corrected([segment("19:00-")], timedelta(seconds=6), timedelta(seconds=5))[0].started_at == at("19:00:06")


@pytest.mark.parametrize("source", [s for s in Source if s is not Source.timer])
def test_what_a_person_typed_never_moves(source):
    typed = segment("22:00-22:40", source=source)
    assert corrected([typed], -THREE_HOURS) == (typed,)
    assert correct_span(typed, start_offset=-THREE_HOURS, finish_offset=None) == typed


@pytest.mark.parametrize("mark", [ClockMark.doubtful, ClockMark.corrected])
def test_doubtful_stays_doubtful_and_corrected_is_right_already(mark):
    marked = segment("22:00-22:40", clock=mark)
    assert corrected([marked], -THREE_HOURS) == (marked,)
    assert correct_span(marked, start_offset=timedelta(), finish_offset=None) == marked


def test_a_clock_moved_by_3_hours_with_the_page_alive_leaves_the_duration_unchanged_and_is_marked():
    found = correct_span(segment("19:00-22:40"), start_offset=timedelta(), finish_offset=-THREE_HOURS)
    assert found == segment("19:00-19:40", clock=ClockMark.corrected)


def test_a_page_suspended_for_40_minutes_is_40_minutes():
    still = segment("19:00-19:40")
    assert correct_span(still, start_offset=timedelta(), finish_offset=timedelta()) == still


def test_a_jump_without_server_contact_is_marked_doubtful_and_nothing_moves():
    found = correct_span(segment("19:00-22:40"), start_offset=THREE_HOURS, finish_offset=None)
    assert found == segment("19:00-22:40", clock=ClockMark.doubtful)


def test_an_offset_at_the_start_alone_is_corrected_too():
    found = correct_span(segment("22:00-19:40"), start_offset=-THREE_HOURS, finish_offset=timedelta())
    assert found == segment("19:00-19:40", clock=ClockMark.corrected)


segments = st.lists(
    st.builds(
        lambda start, length, source, mark: Segment(
            at("18:00") + timedelta(seconds=start),
            None if length is None else at("18:00") + timedelta(seconds=start + length),
            source,
            mark,
        ),
        st.integers(0, 9000),
        st.one_of(st.none(), st.integers(0, 9000)),
        st.sampled_from(Source),
        st.sampled_from(ClockMark),
    ),
    max_size=5,
)
offsets = st.integers(-20000, 20000).map(lambda s: timedelta(seconds=s))


@given(segments, offsets, offsets)
def test_correcting_twice_is_correcting_once_when_the_phone_has_taken_it_over(given_segments, offset, later):
    moved = corrected(given_segments, offset, timedelta(0))
    if offset:
        assert corrected(moved, later, timedelta(0)) == moved


@given(segments, offsets)
def test_correcting_never_changes_a_duration_nor_a_source(given_segments, offset):
    def duration(s: Segment) -> timedelta | None:
        return None if s.finished_at is None else s.finished_at - s.started_at

    for before, after in zip(given_segments, corrected(given_segments, offset), strict=True):
        assert duration(before) == duration(after)
        assert before.source is after.source
