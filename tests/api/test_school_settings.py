"""A school's own settings: the academic office reads and changes them, and the log says what changed."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.models import AuditEvent
from tests.api.conftest import Client
from tests.cast import Cast

DEFAULTS = {
    "hide_titles": False,
    "over_cap_mode": "reason",
    "sleep_short_tolerance_minutes": 30,
    "channels": [],
    "locale": "zh-CN",
}


def path(cast: Cast) -> str:
    return f"/schools/{cast.shiyan.id}/settings"


def test_what_is_named_changes_at_once_and_is_noted(client: Client, cast: Cast, session: Session) -> None:
    office = client.as_(cast.office)
    assert office.get(path(cast)).get_json() == DEFAULTS
    answer = office.patch(path(cast), {"over_cap_mode": "refuse", "channels": ["inbox"], "hide_titles": False})
    assert answer.get_json() == DEFAULTS | {"over_cap_mode": "refuse", "channels": ["inbox"]}
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
    ],
)
def test_what_cannot_be_is_refused_with_its_field(client: Client, cast: Cast, body: dict[str, Any], field: str) -> None:
    answer = client.as_(cast.office).patch(path(cast), body)
    assert answer.status_code == 422
    assert [each["path"] for each in answer.get_json()["errors"]] == [field]
