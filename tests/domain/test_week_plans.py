"""What changed between two versions of a week plan."""

from __future__ import annotations

from typing import Any

import pytest

from backend.domain.week_plans import changes_between


def item(title: str, day: int = 23, minutes: int = 20) -> dict[str, Any]:
    """One line of a list."""
    return {
        "title": title,
        "kind": "written",
        "place": "home",
        "given_on": f"2026-11-{day}",
        "due_on": f"2026-11-{day + 1}",
        "tiers": [
            {
                "tier": "standard",
                "estimated_minutes": minutes,
                "estimated_max_minutes": None,
                "tried_minutes": None,
            }
        ],
    }


def said(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Each change as (what, the line before, the line after)."""
    return [
        (each.what, each.before["title"] if each.before else "", each.after["title"] if each.after else "")
        for each in changes_between(before, after)
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([item("a")], [item("a")], []),
        ([item("a"), item("b")], [item("b"), item("a")], []),
        ([], [item("a")], [("added", "", "a")]),
        ([item("a")], [], [("removed", "a", "")]),
        ([item("a")], [item("a", minutes=10)], [("changed", "a", "a")]),
        ([item("a")], [item("a", day=25)], [("changed", "a", "a")]),
        ([item("a")], [item("b")], [("changed", "a", "b")]),
        ([item("a")], [item("b", day=25)], [("added", "", "b"), ("removed", "a", "")]),
        ([item("a"), item("a")], [item("a")], [("removed", "a", "")]),
        (
            [item("a"), item("b", 24)],
            [item("b", 24, 5), item("c", 25)],
            [("changed", "b", "b"), ("added", "", "c"), ("removed", "a", "")],
        ),
    ],
)
def test_what_changed_is_said_item_by_item(
    before: list[dict[str, Any]], after: list[dict[str, Any]], expected: list[tuple[str, str, str]]
) -> None:
    assert said(before, after) == expected


def test_a_line_that_stayed_is_never_taken_for_another_of_its_day() -> None:
    before = [item("a", minutes=10), item("b", minutes=20)]
    after = [item("c", minutes=5), item("b", minutes=20)]
    assert said(before, after) == [("changed", "a", "c")]
