"""The demonstration school as data: always the same, complete, and added up by the domain."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from backend.demo.people import Rows
from backend.demo.school import DemoSchool, build
from backend.demo.shape import ZONE
from backend.domain.load import (
    Kind,
    LoadEntry,
    Outcome,
    Place,
    Segment,
    Source,
    cap_crossings,
    capped_minutes,
    night_load,
)
from backend.domain.night import check_lights_out, check_segment, check_waking, local_instant, midnight_after
from backend.domain.people import Role
from backend.domain.school_days import is_school_night
from tests.demo.conftest import AS_OF

SHORT = date(2026, 10, 20)


def test_the_same_seed_and_date_give_the_same_rows() -> None:
    assert build(AS_OF, opened_on=date(2026, 11, 16)).rows() == build(AS_OF, opened_on=date(2026, 11, 16)).rows()


def test_another_seed_gives_other_people_and_other_nights() -> None:
    first, other = (
        build(AS_OF, seed=1, opened_on=date(2026, 11, 18)),
        build(AS_OF, seed=2, opened_on=date(2026, 11, 18)),
    )
    assert {p["name"] for p in first.static_rows()["people"]} != {p["name"] for p in other.static_rows()["people"]}
    assert first.rows()["entries"] != other.rows()["entries"]


def test_a_day_more_adds_a_night_and_changes_nothing_of_the_others() -> None:
    opened_on, late = date(2026, 11, 16), datetime.fromisoformat("2026-11-30T00:00:00+00:00")
    before = build(date(2026, 11, 19), opened_on=opened_on, now=late).rows()
    after = build(date(2026, 11, 20), opened_on=opened_on, now=late).rows()
    for table in ("night_sheets", "entries", "sleeps", "confirmations", "reviews", "assignments", "people"):
        assert after[table][: len(before[table])] == before[table], table
    added = {row["night"] for row in after["night_sheets"][len(before["night_sheets"]) :]}
    assert added == {date(2026, 11, 19)}


def test_ninety_school_nights_lie_behind_it(demo_school: DemoSchool) -> None:
    assert sum(is_school_night(night, demo_school.days) for night in demo_school.nights) == 90
    assert demo_school.nights[-1] == AS_OF - timedelta(days=1)


def test_it_holds_the_october_holiday_and_its_make_up_saturday(demo_school: DemoSchool, demo_rows: Rows) -> None:
    days = {row["day"]: row for row in demo_rows["school_days"]}
    assert not any(days[date(2026, 10, day)]["is_school_day"] for day in range(1, 8))
    make_up = days[date(2026, 10, 10)]
    assert make_up["is_school_day"]
    assert make_up["timetable_weekday"] == 2
    given = {row["given_on"] for row in demo_rows["assignments"]}
    assert date(2026, 10, 10) in given
    assert not given & {date(2026, 10, day) for day in range(1, 8)}
    before = [row for row in demo_rows["assignments"] if row["given_on"] == date(2026, 9, 30)]
    assert {row["due_on"] for row in before} == {date(2026, 10, 8)}


def test_two_grades_of_primary_and_one_of_junior_in_twelve_classes(demo_rows: Rows) -> None:
    grades = Counter((row["stage"].value, row["grade"]) for row in demo_rows["classes"])
    assert grades == {("primary", 3): 4, ("primary", 5): 4, ("junior", 7): 4}
    assert 480 <= len(demo_rows["students"]) <= 520


def test_every_child_has_one_or_two_guardians_and_some_guardians_two_children(demo_rows: Rows) -> None:
    of_child = Counter(row["student_id"] for row in demo_rows["guardianships"])
    of_guardian = Counter(row["guardian_id"] for row in demo_rows["guardianships"])
    assert set(of_child.values()) == {1, 2}
    assert len(of_child) == len(demo_rows["students"])
    assert 20 < sum(n == 2 for n in of_guardian.values()) < 150


def test_every_role_of_a_school_is_held(demo_rows: Rows) -> None:
    roles = Counter(row["role"] for row in demo_rows["posts"])
    assert set(roles) == set(Role) - {Role.district_officer}
    assert roles[Role.homeroom_teacher] == 12
    classes = defaultdict(set)
    for row in demo_rows["posts"]:
        if row["role"] is Role.subject_teacher:
            classes[row["person_id"]].add(row["class_id"])
    assert max(map(len, classes.values())) >= 4


def test_the_sheets_show_what_happens_in_a_real_school(demo_rows: Rows) -> None:
    outcomes = Counter(row["outcome"] for row in demo_rows["entries"])
    assert min(outcomes[o] for o in Outcome) > 100
    assert sum(row["unclosed"] for row in demo_rows["night_sheets"]) > 100
    assert any(row["is_amended"] for row in demo_rows["night_sheets"])
    assert any(row["is_self_study"] for row in demo_rows["entries"])
    assert {row["place"] for row in demo_rows["entries"]} == set(Place)
    assert {row["source"] for e in demo_rows["entries"] for row in e["segments"]} == {s.value for s in Source}
    assert {row["tier"].value for row in demo_rows["entries"] if row["tier"]} == {"basic", "standard", "extension"}
    assert demo_rows["notes"]
    assert any(row["teacher_reply"] for row in demo_rows["reviews"])
    assert any(row["over_cap_reason"] for row in demo_rows["assignments"])
    assert demo_rows["no_homework"]


def test_an_amended_entry_keeps_what_the_child_had_stated(demo_rows: Rows) -> None:
    amended = next(row for row in demo_rows["entries"] if row["is_amended"])
    assert {figure["kind"] for figure in amended["figures"].values()} == {"student", "guardian"}
    stated = {figure["kind"]: figure["segments"] for figure in amended["figures"].values()}
    assert stated["guardian"] == amended["segments"]
    assert stated["student"] != stated["guardian"]


def test_nobody_writes_without_consent(demo_rows: Rows) -> None:
    silent = {row["id"] for row in demo_rows["students"] if not row["may_write"]}
    assert silent
    assert not silent & {row["student_id"] for row in demo_rows["night_sheets"]}


def test_nothing_has_happened_after_now() -> None:
    now = local_instant(AS_OF, time(6, 30), ZONE)
    rows = build(AS_OF, opened_on=date(2026, 11, 17), now=now).rows()
    assert all(row["woke_at"] is None or row["woke_at"] <= now for row in rows["sleeps"])
    assert any(row["woke_at"] is None for row in rows["sleeps"] if row["night"] == date(2026, 11, 19))
    for table, column in (
        ("confirmations", "confirmed_at"),
        ("reviews", "reviewed_at"),
        ("assignments", "published_at"),
    ):
        assert all(row[column] <= now for row in rows[table]), table


def test_all_times_lie_within_their_night(demo_rows: Rows) -> None:
    for row in demo_rows["entries"][::17]:
        for each in map(segment, row["segments"]):
            assert not check_segment(row["night"], ZONE, each.started_at, each.finished_at)
    for row in demo_rows["sleeps"][::7]:
        assert not check_lights_out(row["night"], ZONE, row["lights_out_at"])
        if row["woke_at"]:
            assert not check_waking(row["night"], ZONE, row["woke_at"], row["lights_out_at"])


def segment(document: dict[str, Any]) -> Segment:
    """A stored segment as the domain knows it."""
    finished = document["finished_at"]
    return Segment(
        datetime.fromisoformat(document["started_at"]),
        None if finished is None else datetime.fromisoformat(finished),
        Source(document["source"]),
    )


@pytest.fixture(scope="module")
def entries_of(demo_rows: Rows) -> dict[tuple[Any, date], list[dict[str, Any]]]:
    """Entries by student and night."""
    found = defaultdict(list)
    for row in demo_rows["entries"]:
        found[row["student_id"], row["night"]].append(row)
    return found


def test_every_figure_equals_one_computed_again_from_the_segments(
    demo_rows: Rows, entries_of: dict[tuple[Any, date], list[dict[str, Any]]]
) -> None:
    sleeps = {(row["student_id"], row["night"]): row for row in demo_rows["sleeps"]}
    for sheet in demo_rows["night_sheets"][::37]:
        rows = entries_of[sheet["student_id"], sheet["night"]]
        sleep = sleeps.get((sheet["student_id"], sheet["night"]))
        evening: dict[str, Any] = {
            "now": midnight_after(sheet["night"], ZONE) + timedelta(days=2),
            "lights_out_at": sleep["lights_out_at"] if sleep else None,
            "midnight_at": midnight_after(sheet["night"], ZONE),
            "submitted_at": sheet["submitted_at"],
        }
        entries = [load_entry(row) for row in rows]
        load = night_load(entries, **evening)
        assert [row["actual_minutes"] for row in rows] == list(load.by_entry)
        for name in ("written_minutes", "assigned_minutes", "study_minutes", "school_minutes", "unclosed"):
            assert sheet[name] == getattr(load, name), name
        assert sheet["capped_minutes"] == capped_minutes(load, sheet["cap_scope"])
        crossings = cap_crossings(entries, cap=sheet["cap_minutes"], scope=sheet["cap_scope"], **evening)
        assert (sheet["cap_near_at"], sheet["cap_reached_at"]) == (crossings.near_at, crossings.reached_at)
        assert sheet["entry_count"] == len(rows)
        if sleep and sleep["woke_at"]:
            slept = (sleep["woke_at"] - sleep["lights_out_at"]) // timedelta(minutes=1)
            assert sheet["sleep_minutes"] == slept
            assert sheet["sleep_short_by_minutes"] == max(0, sheet["sleep_target_minutes"] - slept)


def load_entry(row: dict[str, Any]) -> LoadEntry:
    """A stored entry as the domain adds it up."""
    kind: Kind | None = row["kind"]
    segments = tuple(map(segment, row["segments"]))
    return LoadEntry(row["subject"], kind, row["place"], row["is_self_study"], row["outcome"], segments)
