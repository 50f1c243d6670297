"""The demonstration looks as inspections report it: loads, bedtimes, sleep, under-estimating, coverage."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from statistics import mean, median
from typing import Any

import pytest

from backend.demo.people import Rows
from backend.demo.school import DemoSchool

Row = dict[str, Any]


@pytest.fixture(scope="module")
def nights(demo_rows: Rows) -> list[tuple[Row, Row, str]]:
    """Sheet, sleep and stage of every night with a lights-out."""
    stages = {row["id"]: row["stage"].value for row in demo_rows["classes"]}
    sleeps = {(row["student_id"], row["night"]): row for row in demo_rows["sleeps"]}
    found = ((sheet, sleeps.get((sheet["student_id"], sheet["night"]))) for sheet in demo_rows["night_sheets"])
    return [(sheet, sleep, stages[sheet["class_id"]]) for sheet, sleep in found if sleep is not None]


def slept(sleep: Row) -> float:
    """Logged sleep in hours."""
    return (sleep["woke_at"] - sleep["lights_out_at"]) / timedelta(hours=1)


@pytest.mark.parametrize(("stage", "hours"), [("primary", 9.5), ("junior", 8.4)])
def test_mean_sleep(nights: list[tuple[Row, Row, str]], stage: str, hours: float) -> None:
    logged = [slept(sleep) for _, sleep, of in nights if of == stage and sleep["woke_at"]]
    assert mean(logged) == pytest.approx(hours, abs=0.15)


def test_about_two_in_five_bedtimes_are_late(nights: list[tuple[Row, Row, str]]) -> None:
    late = mean(sleep["lights_out_at"] > sheet["latest_lights_out_at"] for sheet, sleep, _ in nights)
    assert late == pytest.approx(0.38, abs=0.04)


def test_about_two_in_three_nights_miss_the_sleep_target(nights: list[tuple[Row, Row, str]]) -> None:
    missed = [sheet["sleep_short_by_minutes"] > 0 for sheet, sleep, _ in nights if sleep["woke_at"]]
    assert mean(missed) == pytest.approx(0.67, abs=0.04)


def test_about_one_written_load_in_six_is_over_the_cap(demo_rows: Rows) -> None:
    loads = [row for row in demo_rows["night_sheets"] if row["submitted_at"] and row["written_minutes"]]
    assert mean(row["capped_minutes"] > row["cap_minutes"] for row in loads) == pytest.approx(0.17, abs=0.03)


@pytest.mark.parametrize(("subject", "takes"), [("maths", 1.5), ("english", 1.1), ("chinese", 1.15)])
def test_each_subject_has_its_own_habit_of_underestimating(demo_rows: Rows, subject: str, takes: float) -> None:
    estimates = lower_ends(demo_rows)
    ratios = [
        row["actual_minutes"] / estimates[row["assignment_id"], row["tier"]]
        for row in demo_rows["entries"]
        if row["subject"] == subject
        and row["kind"]
        and row["kind"].value == "written"
        and row["outcome"].value == "finished"
    ]
    assert median(ratios) == pytest.approx(takes, rel=0.08)


def lower_ends(rows: Rows) -> dict[tuple[Any, Any], int]:
    """The estimates by assignment and tier."""
    return {(row["assignment_id"], row["tier"]): row["estimated_minutes"] for row in rows["assignment_tiers"]}


def test_many_sheets_are_missing_and_none_is_there_twice(demo_rows: Rows, demo_school: DemoSchool) -> None:
    sheets = {(row["student_id"], row["night"]) for row in demo_rows["night_sheets"]}
    assert len(sheets) == len(demo_rows["night_sheets"])
    of_night = defaultdict(int)
    for _, night in sheets:
        of_night[night] += 1
    school_nights = [n for n in demo_school.nights if demo_school.days[n + timedelta(days=1)].is_school_day]
    coverage = mean(of_night[night] for night in school_nights) / len(demo_rows["students"])
    assert 0.6 < coverage < 0.8
    assert 30_000 < len(sheets) < 42_000
    assert 100_000 < len(demo_rows["entries"]) < 150_000
