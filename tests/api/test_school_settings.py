"""A school's own settings: the academic office reads and changes them, and the log says what changed."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from backend.domain.reminder_times import MINUTES, NAMES
from backend.domain.silence import BEFORE_LIGHTS_OUT
from backend.storage.models import AuditEvent
from tests.api.conftest import Client
from tests.cast import Cast

DEFAULTS: dict[str, Any] = {
    "hide_titles": False,
    "over_cap_mode": "reason",
    "sleep_short_tolerance_minutes": 30,
    "channels": [],
    "locale": "zh-CN",
    "publish_estimates_at": "15:30",
    "confirm_again_at": "07:30",
    "sleep_short_at": "09:00",
    "streak_at": "09:00",
    "class_over_cap_at": "07:30",
    "weekly_digest_at": "17:00",
    "wind_down_before_minutes": 45,
    "bedtime_passed_after_minutes": 10,
}


def path(cast: Cast) -> str:
    return f"/schools/{cast.shiyan.id}/settings"


def stands(answer: TestResponse) -> dict[str, Any]:
    """The settings themselves, without what may be chosen."""
    document: dict[str, Any] = answer.get_json()
    return {name: value for name, value in document.items() if name not in {"bounds", "available_channels"}}


def test_it_says_what_may_be_chosen(client: Client, cast: Cast) -> None:
    office = client.as_(cast.office)
    told = office.get(path(cast)).get_json()
    assert told["available_channels"] == ["console", "inbox"]
    assert set(told["bounds"]) == set(NAMES)
    assert told["bounds"]["class_over_cap_at"] == {"default": "07:30", "least": "06:30", "most": "08:30"}
    for end in ("least", "most"):
        chosen = {name: bounds[end] for name, bounds in told["bounds"].items()}
        assert stands(office.patch(path(cast), chosen)) == DEFAULTS | chosen


def test_what_is_named_changes_at_once_and_is_noted(client: Client, cast: Cast, session: Session) -> None:
    office = client.as_(cast.office)
    assert stands(office.get(path(cast))) == DEFAULTS
    answer = office.patch(path(cast), {"over_cap_mode": "refuse", "channels": ["inbox"], "hide_titles": False})
    assert stands(answer) == DEFAULTS | {"over_cap_mode": "refuse", "channels": ["inbox"]}
    assert office.get(path(cast)).get_json() == answer.get_json()
    plan = client.as_(cast.homeroom).get(f"/classes/{cast.class_31.id}/plan").get_json()
    assert plan["over_cap_mode"] == "refuse"
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "school.settings_changed")).one()
    assert event.actor_id == cast.office.id
    assert event.details == {"over_cap_mode": "refuse", "channels": ["inbox"]}


def test_nothing_is_noted_where_nothing_changes(client: Client, cast: Cast, session: Session) -> None:
    assert client.as_(cast.office).patch(path(cast), {"hide_titles": False}).status_code == 200
    assert session.scalars(sa.select(AuditEvent)).all() == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"channels": ["pigeon"]}, "channels.0"),
        ({"channels": ["inbox", "inbox"]}, "channels"),
        ({"sleep_short_tolerance_minutes": 181}, "sleep_short_tolerance_minutes"),
        ({"sleep_short_tolerance_minutes": None}, "sleep_short_tolerance_minutes"),
        ({"locale": "fr"}, "locale"),
        ({"hide_titles": 1}, "hide_titles"),
        ({"zone": "Asia/Shanghai"}, "zone"),
        ({"publish_estimates_at": "11:59"}, "publish_estimates_at"),
        ({"publish_estimates_at": "17:31"}, "publish_estimates_at"),
        ({"publish_estimates_at": None}, "publish_estimates_at"),
        ({"confirm_again_at": "05:59"}, "confirm_again_at"),
        ({"confirm_again_at": "11:01"}, "confirm_again_at"),
        ({"class_over_cap_at": "08:31"}, "class_over_cap_at"),
        ({"weekly_digest_at": "19:31"}, "weekly_digest_at"),
        ({"wind_down_before_minutes": 34}, "wind_down_before_minutes"),
        ({"wind_down_before_minutes": 121}, "wind_down_before_minutes"),
        ({"bedtime_passed_after_minutes": 4}, "bedtime_passed_after_minutes"),
        ({"bedtime_passed_after_minutes": "10"}, "bedtime_passed_after_minutes"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(client: Client, cast: Cast, body: dict[str, Any], field: str) -> None:
    answer = client.as_(cast.office).patch(path(cast), body)
    assert answer.status_code == 422
    assert [each["path"] for each in answer.get_json()["errors"]] == [field]


def test_times_of_reminders_are_chosen_within_their_bounds_and_told_to_everybody(client: Client, cast: Cast) -> None:
    chosen = {"publish_estimates_at": "16:00", "wind_down_before_minutes": 35, "weekly_digest_at": "12:00"}
    answer = client.as_(cast.office).patch(path(cast), chosen)
    assert stands(answer) == DEFAULTS | chosen
    for person in (cast.mother, cast.ada, cast.homeroom):
        times = client.as_(person).get("/me/reminders").get_json()["times"]
        assert times == {name: (DEFAULTS | chosen)[name] for name in NAMES}
    assert client.as_(cast.zed_mother).get("/me/reminders").get_json()["times"]["publish_estimates_at"] == "15:30"


def test_no_choice_of_winding_down_comes_only_in_a_childs_silence() -> None:
    (winding,) = (each for each in MINUTES if each.name == "wind_down_before_minutes")
    assert winding.least * 60 > BEFORE_LIGHTS_OUT.total_seconds()
