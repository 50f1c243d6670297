"""Push addresses and reminder preferences: one's own, and a child's by the guardian."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.models import PushEndpoint, ReminderPreference
from tests.api.conftest import Client
from tests.cast import Cast

PHONE = "0193f2a0-0000-7000-8000-000000000001"
WEB_PUSH = {
    "kind": "web_push",
    "address": "https://push.example.net/send/abc",
    "keys": {"p256dh": "BNc", "auth": "tBH"},
}


def test_a_device_is_registered_replaced_and_removed(client: Client, cast: Cast, session: Session) -> None:
    mother = client.as_(cast.mother)

    for body in ({"kind": "fcm_token", "address": "abc"}, WEB_PUSH, WEB_PUSH):
        assert mother.put(f"/me/devices/{PHONE}", body).status_code == 204
    row = session.scalars(sa.select(PushEndpoint)).one()
    assert (row.person_id, row.kind.value, row.keys) == (cast.mother.id, "web_push", WEB_PUSH["keys"])
    session.rollback()
    for _ in range(2):
        assert mother.delete(f"/me/devices/{PHONE}").status_code == 204
    assert session.scalars(sa.select(PushEndpoint)).all() == []


def test_two_people_on_one_phone_are_two_addresses_and_each_removes_only_the_own(
    client: Client, cast: Cast, session: Session
) -> None:
    for holder in (cast.mother, cast.ada):
        client.as_(holder).put(f"/me/devices/{PHONE}", WEB_PUSH)
    client.as_(cast.mother).delete(f"/me/devices/{PHONE}")

    assert session.scalars(sa.select(PushEndpoint.person_id)).all() == [cast.ada.id]


@pytest.mark.parametrize("kind", ["email", "sms", "wecom_parent", "wecom_student", "wecom_bot", "apprise"])
def test_an_address_that_only_the_school_gives_is_not_a_devices_to_register(
    client: Client, cast: Cast, session: Session, kind: str
) -> None:
    answer = client.as_(cast.mother).put(f"/me/devices/{PHONE}", {"kind": kind, "address": "somebody@else.example"})
    assert answer.status_code == 422
    assert [(each["path"], each["code"]) for each in answer.get_json()["errors"]] == [("kind", "not_a_device")]
    assert session.scalars(sa.select(PushEndpoint)).all() == []


def test_an_address_that_was_given_up_works_again_when_registered_anew(
    client: Client, cast: Cast, session: Session
) -> None:
    client.as_(cast.mother).put(f"/me/devices/{PHONE}", WEB_PUSH)
    session.execute(sa.update(PushEndpoint).values(disabled_at=sa.func.current_timestamp(), disabled_reason="gone"))
    session.commit()
    client.as_(cast.mother).put(f"/me/devices/{PHONE}", WEB_PUSH)

    row = session.scalars(sa.select(PushEndpoint)).one()
    assert (row.disabled_at, row.disabled_reason) == (None, None)


@pytest.mark.parametrize(
    "address",
    [
        "http://push.example.net/send",
        "https://127.0.0.1/send",
        "https://[::1]/send",
        "https://2130706433/send",
        "https://localhost/send",
        "https://printer.local/send",
        "https://user@push.example.net/send",
        "https://push.example.net:8443/send",
        "https://push.example.net:abc/send",
        "file:///etc/passwd",
        "abc",
    ],
)
def test_an_address_that_leads_anywhere_but_to_a_public_push_service_is_refused(
    client: Client, cast: Cast, address: str
) -> None:
    response = client.as_(cast.mother).put(f"/me/devices/{PHONE}", WEB_PUSH | {"address": address})

    assert response.status_code == 422
    assert response.get_json()["errors"][0]["code"] == "not_a_push_address"


@pytest.mark.parametrize("keys", [{}, {"p256dh": "a"}, {"p256dh": "a", "auth": ""}, {"p256dh": 5, "auth": "b"}])
def test_web_push_needs_its_keys(client: Client, cast: Cast, keys: dict[str, Any]) -> None:
    assert client.as_(cast.mother).put(f"/me/devices/{PHONE}", WEB_PUSH | {"keys": keys}).status_code == 422


def test_a_person_has_at_most_twenty_devices(client: Client, cast: Cast) -> None:
    phones = [f"{PHONE[:-2]}{number:02d}" for number in range(21)]
    codes = [client.as_(cast.mother).put(f"/me/devices/{phone}", WEB_PUSH).status_code for phone in phones]

    assert codes == [204] * 20 + [422]
    assert client.as_(cast.mother).put(f"/me/devices/{phones[0]}", WEB_PUSH).status_code == 204


def test_officers_have_no_devices(client: Client, cast: Cast) -> None:
    assert client.as_(cast.officer).put(f"/me/devices/{PHONE}", WEB_PUSH).status_code == 404


@pytest.mark.parametrize(
    ("who", "codes"),
    [
        ("ada", {"start_homework", "cap_near", "cap_reached", "wind_down"}),
        (
            "mother",
            {
                "start_homework",
                "cap_reached",
                "wind_down",
                "bedtime_passed",
                "confirm_sheet",
                "sleep_short",
                "streak",
                "weekly_digest",
            },
        ),
        ("maths_teacher", {"publish_estimates", "class_over_cap"}),
        ("homeroom", {"publish_estimates", "plan_over_cap", "class_over_cap", "weekly_digest"}),
        ("office", {"plan_over_cap", "class_over_cap", "weekly_digest"}),
        ("prep_maths", set()),
    ],
)
def test_everybody_is_offered_the_reminders_that_can_reach_them(
    client: Client, cast: Cast, who: str, codes: set[str]
) -> None:
    reminders = client.as_(getattr(cast, who)).get("/me/reminders").get_json()

    assert {choice["code"] for choice in reminders["codes"]} == codes


def test_nothing_starts_homework_and_nothing_winds_a_child_down_unless_somebody_asked(
    client: Client, cast: Cast
) -> None:
    def on(who: Any) -> set[str]:
        codes = client.as_(who).get("/me/reminders").get_json()["codes"]
        return {choice["code"] for choice in codes if choice["enabled"]}

    assert on(cast.ada) == {"cap_near", "cap_reached"}
    assert "wind_down" in on(cast.mother)
    assert "start_homework" not in on(cast.mother)


def test_preferences_are_replaced_and_what_is_not_named_returns_to_its_default(client: Client, cast: Cast) -> None:
    mother = client.as_(cast.mother)
    wanted = {
        "codes": [
            {"code": "streak", "enabled": False},
            {"code": "start_homework", "enabled": True, "chosen_time": "18:00"},
        ],
        "quiet_from": "21:00",
        "quiet_to": "07:00",
        "paused_from": "2026-12-01",
        "paused_to": "2026-12-07",
        "shows_names": True,
        "evening_digest": True,
    }
    stored = mother.put("/me/reminders", wanted)

    assert stored.status_code == 200
    assert stored.get_json() == mother.get("/me/reminders").get_json()
    body = stored.get_json()
    assert {name: body[name] for name in wanted if name != "codes"} == {
        name: value for name, value in wanted.items() if name != "codes"
    }
    chosen = {choice["code"]: choice for choice in body["codes"]}
    assert chosen["streak"]["enabled"] is False
    assert chosen["start_homework"]["chosen_time"] == "18:00"
    again = mother.put("/me/reminders", {"codes": []}).get_json()
    assert {choice["code"]: choice["enabled"] for choice in again["codes"]}["streak"] is True
    assert (again["quiet_from"], again["shows_names"]) == (None, False)


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        ({"codes": [{"code": "cap_near", "enabled": True}]}, "codes.0.code", "unknown_code"),
        ({"codes": [{"code": "plan_over_cap", "enabled": False}]}, "codes.0.code", "unknown_code"),
        ({"codes": [{"code": "streak", "enabled": False}] * 2}, "codes.1.code", "used_twice"),
        ({"codes": [{"code": "start_homework", "enabled": True}]}, "codes.0.chosen_time", "required"),
        (
            {"codes": [{"code": "streak", "enabled": True, "chosen_time": "18:00"}]},
            "codes.0.chosen_time",
            "not_here",
        ),
        ({"quiet_from": "21:00"}, "quiet_to", "required"),
        ({"quiet_to": "21:00"}, "quiet_from", "required"),
        ({"paused_from": "2026-12-01"}, "paused_to", "required"),
        ({"paused_to": "2026-12-01"}, "paused_from", "required"),
        ({"paused_from": "2026-12-02", "paused_to": "2026-12-01"}, "paused_to", "before_from"),
    ],
)
def test_impossible_preferences_are_refused_by_field_and_nothing_is_stored(
    client: Client, cast: Cast, body: dict[str, Any], path: str, code: str
) -> None:
    before = client.as_(cast.mother).get("/me/reminders").get_json()
    response = client.as_(cast.mother).put("/me/reminders", body)

    assert response.status_code == 422
    assert [(error["path"], error["code"]) for error in response.get_json()["errors"]] == [(path, code)]
    assert client.as_(cast.mother).get("/me/reminders").get_json() == before


@pytest.mark.parametrize("value", ["yes", 1, None, "true"])
def test_whether_a_reminder_is_wanted_is_true_or_false(client: Client, cast: Cast, value: Any) -> None:
    body = {"codes": [{"code": "streak", "enabled": value}]}

    assert client.as_(cast.mother).put("/me/reminders", body).status_code == 422


def test_only_a_guardian_lets_a_childs_phone_wind_down(client: Client, cast: Cast, session: Session) -> None:
    allow = {"codes": [{"code": "wind_down", "enabled": True}]}
    refused = client.as_(cast.cleo).put("/me/reminders", allow)
    assert (refused.status_code, refused.get_json()["errors"][0]["code"]) == (422, "guardian_decides")

    assert client.as_(cast.cleo_mother).put(f"/students/{cast.cleo.id}/reminders", allow).status_code == 200

    codes = client.as_(cast.cleo).get("/me/reminders").get_json()["codes"]
    assert [(c["enabled"], c["set_by_guardian"]) for c in codes if c["code"] == "wind_down"] == [(True, True)]


def test_a_child_that_sends_back_what_it_was_shown_does_not_undo_the_guardians_choice(
    client: Client, cast: Cast
) -> None:
    allow = {"codes": [{"code": "wind_down", "enabled": True}]}
    client.as_(cast.cleo_mother).put(f"/students/{cast.cleo.id}/reminders", allow)
    shown = client.as_(cast.cleo).get("/me/reminders").get_json()
    codes = [{name: choice[name] for name in ("code", "enabled", "chosen_time")} for choice in shown["codes"]]

    assert client.as_(cast.cleo).put("/me/reminders", {"codes": codes}).status_code == 200
    assert client.as_(cast.cleo).put("/me/reminders", {"codes": []}).status_code == 200
    standing = client.as_(cast.cleo_mother).get(f"/students/{cast.cleo.id}/reminders").get_json()["codes"]
    assert {choice["code"]: choice["enabled"] for choice in standing}["wind_down"] is True


@pytest.mark.parametrize("who", ["ben_mother", "grandfather", "zed_mother", "homeroom", "ada"])
def test_a_childs_preferences_are_the_guardians_alone(client: Client, cast: Cast, who: str, session: Session) -> None:
    someone = client.as_(getattr(cast, who))

    assert someone.get(f"/students/{cast.ada.id}/reminders").status_code == 404
    assert someone.put(f"/students/{cast.ada.id}/reminders", {"codes": []}).status_code == 404
    assert session.scalars(sa.select(ReminderPreference)).all() == []
