"""Rules 2 and 3 (load, cap): minutes of a night, and how they stand against the cap."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from backend.domain.errors import Invalid
from backend.domain.load import (
    CapCrossings,
    CapScope,
    CapState,
    Kind,
    Load,
    LoadEntry,
    Outcome,
    Place,
    Segment,
    cap_crossings,
    cap_state,
    capped_minutes,
    counted_spans,
    counts_against_cap,
    near_minutes,
    night_load,
    proposed_end,
    rounded_minutes,
    union_seconds,
)
from tests.domain.times import at, entry, naive, segment

MIDNIGHT = at("+00:00")


def load(*entries: LoadEntry, now: str = "23:00", lights_out: str | None = None, submitted: str | None = None) -> Load:
    return night_load(
        entries,
        now=at(now),
        lights_out_at=at(lights_out) if lights_out else None,
        midnight_at=MIDNIGHT,
        submitted_at=at(submitted) if submitted else None,
    )


def crossings(
    *entries: LoadEntry,
    cap: int | None = 60,
    scope: CapScope = CapScope.all,
    now: str = "23:00",
    lights_out: str | None = None,
    submitted: str | None = None,
) -> CapCrossings:
    return cap_crossings(
        entries,
        cap=cap,
        scope=scope,
        now=at(now),
        lights_out_at=at(lights_out) if lights_out else None,
        midnight_at=MIDNIGHT,
        submitted_at=at(submitted) if submitted else None,
    )


# --- rule 2: the union ---------------------------------------------------------------------------------------------


def test_maths_and_english_that_overlap_are_60_minutes_and_not_70():
    figures = load(entry("19:00-19:40", subject="maths"), entry("19:30-20:00", subject="english"))
    assert figures.written_minutes == 60
    assert figures.by_subject == {"maths": 40, "english": 30}
    assert figures.by_entry == (40, 30)


@pytest.mark.parametrize(
    ("seconds", "minutes"),
    [(0, 0), (29, 0), (30, 1), (59, 1), (60, 1), (89, 1), (90, 2), (3629, 60), (3630, 61)],
)
def test_minutes_are_rounded_half_up_from_seconds(seconds, minutes):
    assert rounded_minutes(seconds) == minutes


@pytest.mark.parametrize(
    ("spans", "seconds"),
    [
        pytest.param([], 0, id="nothing"),
        pytest.param(["19:00-19:10", "19:10-19:20"], 1200, id="spans that touch"),
        pytest.param(["19:00-19:30", "19:10-19:20"], 1800, id="one inside the other"),
        pytest.param(["19:00-19:30", "19:00-19:30"], 1800, id="the same twice"),
        pytest.param(["19:20-19:30", "19:00-19:10"], 1200, id="in any order with a gap"),
        pytest.param(["19:30-19:00"], 0, id="an end before its start is no time"),
        pytest.param(["19:00-19:00", "19:00-19:00:01"], 1, id="to the second"),
        pytest.param(["19:00-19:30", "19:10-19:20", "19:25-19:40"], 2400, id="a long one under two short ones"),
    ],
)
def test_the_union_counts_time_once(spans, seconds):
    assert union_seconds((at(a), at(b)) for a, b in (s.split("-") for s in spans)) == seconds


def test_parts_of_a_second_are_never_rounded_up_to_one():
    start = at("19:00")
    assert union_seconds([(start, start + timedelta(seconds=29, microseconds=999_999))]) == 29


def test_each_figure_is_rounded_by_itself():
    figures = load(
        entry("19:00-19:00:30", subject="maths"),
        entry("19:10-19:10:30", subject="english", kind=Kind.oral),
    )
    assert (figures.written_minutes, figures.assigned_minutes, figures.by_entry) == (1, 1, (1, 1))


def test_written_assigned_and_study_loads_are_three_figures():
    figures = load(
        entry("18:00-18:20", subject="maths"),
        entry("18:30-18:45", subject="english", kind=Kind.reading),
        entry("19:00-19:30", subject=None, kind=None, is_self_study=True),
    )
    assert (figures.written_minutes, figures.assigned_minutes, figures.study_minutes) == (20, 35, 65)


@pytest.mark.parametrize("kind", [k for k in Kind if k is not Kind.written])
def test_only_written_work_is_written_load(kind):
    assert load(entry("18:00-18:20", kind=kind)).written_minutes == 0


def test_self_study_is_never_written_load_whatever_its_kind():
    own = entry("18:00-18:20", kind=Kind.written, is_self_study=True)
    figures = load(own)
    assert (figures.written_minutes, figures.assigned_minutes, figures.study_minutes) == (0, 0, 20)
    assert (figures.home_written_minutes, figures.by_subject, figures.by_entry) == (0, {}, (20,))


def test_home_and_school_are_shown_apart():
    figures = load(
        entry("16:00-16:30", place=Place.school),
        entry("16:30-16:40", place=Place.school, kind=Kind.oral),
        entry("19:00-19:20", place=Place.home),
    )
    assert (figures.written_minutes, figures.home_written_minutes, figures.school_minutes) == (50, 20, 40)


def test_subjects_take_all_homework_and_written_work_apart():
    figures = load(
        entry("18:00-18:20", subject="english"),
        entry("18:10-18:40", subject="english", kind=Kind.oral),
        entry("18:30-18:50", subject="english", kind=Kind.written, is_self_study=True),
        entry("18:00-18:10", subject=None),
    )
    assert figures.by_subject == {"english": 40}
    assert figures.written_by_subject == {"english": 20}


def test_a_night_without_entries_is_all_zero():
    assert load() == Load(0, 0, 0, 0, 0, {}, (), 0, False, {})


# --- rule 2: what runs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "lights_out", "submitted", "minutes", "unclosed"),
    [
        pytest.param("19:30", None, None, 30, 0, id="counts to now"),
        pytest.param("19:00", None, None, 0, 0, id="counts nothing when just started"),
        pytest.param("18:55", None, None, 0, 0, id="counts nothing before it started, on a slow clock"),
        pytest.param("+00:00", None, None, 300, 0, id="counts to midnight"),
        pytest.param("+00:00:01", None, None, 0, 1, id="is unclosed after midnight"),
        pytest.param("+07:00", None, None, 0, 1, id="is unclosed in the morning"),
        pytest.param("23:00", None, "20:00", 60, 0, id="is ended by submission"),
        pytest.param("+08:00", None, "20:00", 60, 0, id="stays ended by submission"),
        pytest.param("22:30", "22:00", "22:30", 180, 0, id="counts to lights-out logged afterwards"),
        pytest.param("21:30", "22:00", "21:30", 150, 0, id="is ended by submission before lights-out"),
        pytest.param("+08:00", "+00:20", "+00:00", 300, 0, id="counts to midnight when lights-out is later"),
        pytest.param("+08:00", "22:00", "+07:30", 0, 1, id="is not closed by a submission next morning"),
        pytest.param("+08:00", "22:00", "+00:00:01", 0, 1, id="is not closed a second after midnight"),
        pytest.param("22:00", "22:00", None, 180, 0, id="counts to lights-out without submission"),
        pytest.param("22:00:01", "22:00", None, 0, 1, id="is unclosed after lights-out without submission"),
        pytest.param("20:30", None, "19:00", 0, 0, id="is ended by a submission as it starts"),
        pytest.param("20:30", None, "18:59:59", 90, 0, id="runs on when started after a submission"),
        pytest.param("19:30", None, "20:00", 30, 0, id="never counts beyond now"),
        pytest.param("20:00", "18:00", "19:30", 0, 1, id="is unclosed when it began after lights-out"),
    ],
)
def test_a_segment_left_running_from_19_00(now, lights_out, submitted, minutes, unclosed):
    figures = load(entry("19:00-"), now=now, lights_out=lights_out, submitted=submitted)
    assert (figures.written_minutes, figures.study_minutes, figures.unclosed) == (minutes, minutes, unclosed)


def test_only_the_open_segment_of_an_entry_is_unclosed():
    figures = load(entry("18:00-18:20", "19:00-"), entry("20:00-"), now="+07:00")
    assert (figures.written_minutes, figures.unclosed) == (20, 2)


def test_an_accepted_end_brings_a_segment_back_into_the_figures():
    assert load(entry("19:00-19:45"), now="+07:00").written_minutes == 45


def test_counted_spans_say_what_runs():
    counted = counted_spans(
        entry("18:00-18:20", "19:00-"), now=at("19:30"), lights_out_at=None, midnight_at=MIDNIGHT, submitted_at=None
    )
    assert counted.spans == ((at("18:00"), at("18:20")), (at("19:00"), at("19:30")))
    assert (counted.running, counted.unclosed) == (1, 0)


def test_counted_spans_number_what_runs_and_what_was_left_open():
    def counted(now: str, lights_out: str | None) -> tuple[int, int]:
        found = counted_spans(
            entry("19:00-", "19:10-", "19:20-19:30"),
            now=at(now),
            lights_out_at=at(lights_out) if lights_out else None,
            midnight_at=MIDNIGHT,
            submitted_at=None,
        )
        return found.running, found.unclosed

    assert [counted("21:00", None), counted("21:00", "20:00"), counted("+07:00", None)] == [(2, 0), (0, 2), (0, 2)]


def test_a_segment_ended_by_submission_does_not_run():
    counted = counted_spans(
        entry("19:00-"), now=at("21:00"), lights_out_at=None, midnight_at=MIDNIGHT, submitted_at=at("20:00")
    )
    assert (counted.spans, counted.running) == (((at("19:00"), at("20:00")),), 0)


@pytest.mark.parametrize(
    ("span", "lights_out", "questioned"),
    [
        pytest.param("21:30-22:10", "22:00", True, id="ends after lights-out"),
        pytest.param("21:30-22:00", "22:00", False, id="ends with lights-out"),
        pytest.param("23:30-+00:30", "22:00", True, id="all of it after lights-out, over midnight"),
        pytest.param("21:30-22:10", None, False, id="no lights-out, no question"),
    ],
)
def test_work_after_lights_out_is_kept_and_questioned(span, lights_out, questioned):
    figures = load(entry(span), lights_out=lights_out, submitted=lights_out)
    assert figures.after_lights_out is questioned
    assert figures.written_minutes > 0


def test_work_after_midnight_counts_whole_when_it_was_finished():
    assert load(entry("23:30-+00:30"), now="+08:00").written_minutes == 60


def test_a_naive_segment_is_a_named_error():
    for start, end in ((naive("19:00"), None), (at("19:00"), naive("20:00"))):
        with pytest.raises(Invalid) as refused:
            Segment(start, end)
        assert refused.value.fields[0].path == ("finished_at" if end else "started_at")


# --- rule 2: proposing an end --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        pytest.param({"earlier_minutes": [20, 30, 70]}, "19:30", id="the median of earlier evenings"),
        pytest.param({"earlier_minutes": [20, 31]}, "19:26", id="a median rounded half up"),
        pytest.param({"earlier_minutes": [30], "estimated_minutes": 10}, "19:30", id="history before the estimate"),
        pytest.param({"estimated_minutes": 25}, "19:25", id="the estimate when there is no history"),
        pytest.param({"estimated_minutes": 25, "already_minutes": 10}, "19:15", id="less what is done already"),
        pytest.param({"estimated_minutes": 25, "already_minutes": 25}, "19:01", id="a minute at least"),
        pytest.param({"estimated_minutes": 0}, "19:01", id="a minute at least of nothing"),
        pytest.param({"estimated_minutes": 90, "lights_out_at": at("20:00")}, "20:00", id="cut at lights-out"),
        pytest.param({"estimated_minutes": 600, "midnight_at": MIDNIGHT}, "+00:00", id="cut at midnight"),
        pytest.param(
            {"estimated_minutes": 600, "midnight_at": MIDNIGHT, "lights_out_at": at("21:00")}, "21:00", id="the earlier"
        ),
        pytest.param(
            {"estimated_minutes": 30, "lights_out_at": at("19:00")}, "19:30", id="not cut where it began at lights-out"
        ),
        pytest.param({"estimated_minutes": 30, "lights_out_at": at("18:00")}, "19:30", id="nor began after"),
    ],
)
def test_a_likely_end_is_proposed(context, expected):
    assert proposed_end(segment("19:00-"), **context) == at(expected)


def test_nothing_is_proposed_when_nothing_is_known():
    assert proposed_end(segment("19:00-"), lights_out_at=at("21:00"), midnight_at=MIDNIGHT) is None


# --- rule 3: the cap -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "cap", "state"),
    [
        pytest.param(60, 60, CapState.near, id="60 against 60 is not exceeded"),
        pytest.param(61, 60, CapState.exceeded, id="61 against 60 exceeds"),
        pytest.param(47, 60, CapState.within, id="47 of 60 is not near"),
        pytest.param(48, 60, CapState.near, id="48 of 60 is near: 80 %"),
        pytest.param(0, 60, CapState.within, id="nothing done"),
        pytest.param(0, 0, CapState.within, id="nothing against 0 is within, not near"),
        pytest.param(1, 0, CapState.exceeded, id="any written minute exceeds 0"),
        pytest.param(72, 90, CapState.near, id="72 of 90"),
        pytest.param(71, 90, CapState.within, id="71 of 90"),
        pytest.param(91, 90, CapState.exceeded, id="91 of 90"),
        pytest.param(0, 1, CapState.within, id="nothing against 1"),
        pytest.param(1, 1, CapState.near, id="1 against 1"),
        pytest.param(36, 45, CapState.near, id="36 of 45"),
        pytest.param(500, None, CapState.none, id="no cap is never exceeded"),
    ],
)
def test_minutes_against_the_cap(minutes, cap, state):
    assert cap_state(minutes, cap) is state


def test_written_practice_at_school_is_allowed_where_the_cap_is_on_home_work():
    at_school = load(entry("16:00-16:30", place=Place.school))
    assert capped_minutes(at_school, CapScope.home) == 0
    assert capped_minutes(at_school, CapScope.all) == 30


def test_a_written_minute_at_home_exceeds_a_cap_of_0():
    at_home = load(entry("19:00-19:01"))
    assert cap_state(capped_minutes(at_home, CapScope.home), 0) is CapState.exceeded


@pytest.mark.parametrize(
    ("work", "home", "everywhere"),
    [
        pytest.param(entry(), True, True, id="written at home"),
        pytest.param(entry(place=Place.school), False, True, id="written at school"),
        pytest.param(entry(kind=Kind.oral), False, False, id="oral"),
        pytest.param(entry(is_self_study=True), False, False, id="self-study"),
    ],
)
def test_what_counts_against_a_cap(work, home, everywhere):
    assert counts_against_cap(work, CapScope.home) is home
    assert counts_against_cap(work, CapScope.all) is everywhere


# --- rule 3: when the cap is crossed -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spans", "now", "near", "reached"),
    [
        pytest.param(["19:00-"], "19:10", "19:47:30", "20:00:30", id="one that runs"),
        pytest.param(["18:00-18:30", "19:00-"], "19:10", "19:17:30", "19:30:30", id="after half an hour done"),
        pytest.param(["18:00-18:30"], "19:00", None, None, id="nothing runs and too little is done"),
        pytest.param(["18:00-18:47:29"], "19:00", None, None, id="a second too little"),
        pytest.param(["18:00-18:47:30"], "19:00", "18:47:30", None, id="near, to the second"),
        pytest.param(["18:00-19:00:29"], "20:00", "18:47:30", None, id="a full cap is not above it"),
        pytest.param(["18:00-19:00:30"], "20:00", "18:47:30", "19:00:30", id="above it, to the second"),
        pytest.param(["18:00-19:30"], "22:00", "18:47:30", "19:00:30", id="crossed long ago"),
        pytest.param(["18:00-18:40", "18:30-19:30"], "22:00", "18:47:30", "19:00:30", id="overlaps count once"),
        pytest.param(["19:00-", "19:00-"], "19:10", "19:47:30", "20:00:30", id="two that run are one time"),
        pytest.param(["23:30-"], "23:40", None, None, id="midnight comes first"),
        pytest.param(["23:00-"], "23:40", "23:47:30", None, id="only near before midnight"),
        pytest.param(["19:00-"], "+07:00", None, None, id="unclosed is in no figure"),
    ],
)
def test_the_crossings_of_a_cap_of_60(spans, now, near, reached):
    found = crossings(entry(*spans), now=now)
    assert (found.near_at, found.reached_at) == (at(near) if near else None, at(reached) if reached else None)


def test_crossings_over_two_entries_take_their_union():
    found = crossings(entry("19:00-19:40"), entry("19:30-", subject="english"), now="19:45")
    assert (found.near_at, found.reached_at) == (at("19:47:30"), at("20:00:30"))


def test_crossings_end_with_lights_out():
    found = crossings(entry("21:00-"), cap=30, now="21:05", lights_out="21:30")
    assert (found.near_at, found.reached_at) == (at("21:23:30"), None)


def test_a_cap_of_0_is_reached_with_the_first_written_half_minute_at_home_and_never_near():
    assert crossings(entry("19:00-"), cap=0, scope=CapScope.home, now="19:00:10").reached_at == at("19:00:30")
    assert crossings(entry("19:00-"), cap=0, scope=CapScope.home, now="19:00:10").near_at is None
    assert crossings(entry("19:00-"), cap=1, now="19:00:10").near_at == at("19:00:30")
    at_school = entry("16:00-16:30", place=Place.school)
    assert crossings(at_school, cap=60, scope=CapScope.all, now="19:00").running is False
    assert crossings(entry("16:00-17:30", place=Place.school), cap=60).reached_at == at("17:00:30")
    assert crossings(at_school, cap=0, scope=CapScope.home).reached_at is None


def test_without_a_cap_nothing_is_ever_crossed():
    assert crossings(entry("19:00-"), cap=None, now="19:30") == CapCrossings(None, None, running=True)


@pytest.mark.parametrize(
    ("work", "now", "submitted", "running"),
    [
        pytest.param(entry("19:00-"), "19:30", None, True, id="runs"),
        pytest.param(entry("19:00-19:20"), "19:30", None, False, id="finished"),
        pytest.param(entry("19:00-"), "19:30", "19:20", False, id="submitted"),
        pytest.param(entry("19:00-"), "+07:00", None, False, id="unclosed"),
        pytest.param(entry("19:00-", kind=Kind.oral), "19:30", None, False, id="not written"),
    ],
)
def test_crossings_say_whether_written_work_runs(work, now, submitted, running):
    assert crossings(work, now=now, submitted=submitted).running is running


def test_crossings_of_a_submitted_sheet_are_those_of_what_was_done():
    assert crossings(entry("19:00-"), now="19:30", submitted="19:50").reached_at is None
    assert crossings(entry("19:00-"), now="21:30", submitted="20:20").reached_at == at("20:00:30")


@pytest.mark.parametrize(("cap", "minutes"), [(60, 48), (90, 72), (1, 1), (2, 2), (3, 3), (4, 4), (5, 4), (61, 49)])
def test_the_first_minute_that_is_80_percent(cap, minutes):
    assert near_minutes(cap) == minutes
    assert cap_state(minutes, cap) is CapState.near
    assert cap_state(minutes - 1, cap) is CapState.within


# --- laws ----------------------------------------------------------------------------------------------------------

seconds = st.integers(0, 4 * 3600)
spans = st.lists(st.tuples(seconds, seconds), max_size=8)


def on_clock(pairs: list[tuple[int, int]]) -> list[tuple[datetime, datetime]]:
    start = at("18:00")
    return [(start + timedelta(seconds=min(p)), start + timedelta(seconds=max(p))) for p in pairs]


@given(spans)
def test_the_union_is_the_number_of_seconds_in_any_span(pairs):
    assert union_seconds(on_clock(pairs)) == len({s for a, b in pairs for s in range(min(a, b), max(a, b))})


@given(spans, st.randoms())
def test_the_order_of_segments_does_not_matter(pairs, random):
    shuffled = random.sample(pairs, len(pairs))
    assert union_seconds(on_clock(pairs)) == union_seconds(on_clock(shuffled))


@given(spans, spans)
def test_more_segments_are_never_less_time_and_never_more_than_both(one, other):
    both = union_seconds(on_clock(one + other))
    assert max(union_seconds(on_clock(one)), union_seconds(on_clock(other))) <= both
    assert both <= union_seconds(on_clock(one)) + union_seconds(on_clock(other))


@given(spans)
def test_cutting_a_segment_in_two_changes_nothing(pairs):
    cut = [piece for a, b in pairs for piece in ((min(a, b), (a + b) // 2), ((a + b) // 2, max(a, b)))]
    assert union_seconds(on_clock(cut)) == union_seconds(on_clock(pairs))


entries = st.lists(
    st.builds(
        lambda kind, place, own, pairs, subject: LoadEntry(
            subject, kind, place, own, Outcome.finished, tuple(Segment(a, b) for a, b in on_clock(pairs))
        ),
        st.sampled_from(Kind),
        st.sampled_from(Place),
        st.booleans(),
        spans,
        st.sampled_from(["maths", "english", None]),
    ),
    max_size=5,
)


@given(entries)
def test_written_is_never_more_than_assigned_nor_assigned_than_study(given_entries):
    figures = load(*given_entries)
    assert figures.home_written_minutes <= figures.written_minutes <= figures.assigned_minutes
    assert figures.assigned_minutes <= figures.study_minutes
    assert all(m <= figures.assigned_minutes for m in figures.by_subject.values())
    assert all(m <= figures.by_subject[s] for s, m in figures.written_by_subject.items())


@given(entries, st.integers(0, 3600), st.integers(0, 200), st.sampled_from(CapScope))
def test_at_the_crossing_the_rounded_load_is_above_the_cap_and_a_second_earlier_it_is_not(done, wait, cap, scope):
    running = LoadEntry("maths", Kind.written, Place.home, False, Outcome.in_progress, (Segment(at("22:00")),))
    now = at("22:00") + timedelta(seconds=wait)
    evening = {"lights_out_at": None, "midnight_at": MIDNIGHT, "submitted_at": None}
    found = cap_crossings([*done, running], cap=cap, scope=scope, now=now, **evening)

    def minutes(instant: datetime) -> int:
        return capped_minutes(night_load([*done, running], now=instant, **evening), scope)

    if found.reached_at is None:
        assert minutes(MIDNIGHT) <= cap
    elif found.reached_at > at("22:00"):
        assert minutes(found.reached_at) == cap + 1
        assert minutes(found.reached_at - timedelta(seconds=1)) <= cap
    else:
        assert minutes(at("22:00")) > cap
    if found.near_at is not None and found.near_at > at("22:00"):
        assert minutes(found.near_at) * 5 >= cap * 4 > minutes(found.near_at - timedelta(seconds=1)) * 5
    assert found.near_at is None or found.reached_at is None or found.near_at <= found.reached_at


@given(st.integers(0, 300), st.integers(0, 300))
def test_the_state_is_one_of_three_and_grows_with_the_minutes(minutes, cap):
    order = [CapState.within, CapState.near, CapState.exceeded]
    assert order.index(cap_state(minutes, cap)) <= order.index(cap_state(minutes + 1, cap))


@given(st.integers(0, 7200), st.integers(0, 7200))
def test_a_running_segment_never_counts_less_as_time_goes_on(first, more):
    start, later = at("19:00") + timedelta(seconds=first), at("19:00") + timedelta(seconds=first + more)
    assume(later <= MIDNIGHT)
    figures = [
        night_load([entry("19:00-")], now=now, lights_out_at=None, midnight_at=MIDNIGHT, submitted_at=None)
        for now in (start, later)
    ]
    assert figures[0].written_minutes <= figures[1].written_minutes
