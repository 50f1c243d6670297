"""Policies over HTTP: several fields at once, from tomorrow on, with reason and warning where they are looser."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from backend.clock import FrozenClock
from backend.storage.models import AuditEvent, Policy
from tests.api.conftest import Client
from tests.api.planning import UNKNOWN, same_but_id
from tests.cast import TONIGHT, Cast

TOMORROW = (TONIGHT + dt.timedelta(days=1)).isoformat()


def document(level: str = "school", reason: str = "", effective_on: str = TOMORROW, **fields: Any) -> dict[str, Any]:
    """A policy document with these fields."""
    return {"level": level, "effective_on": effective_on, "reason": reason, "fields": fields}


def post(client: Client, cast: Cast, body: dict[str, Any], who: str = "office") -> Any:
    """Post it to the school."""
    return client.as_(getattr(cast, who)).post(f"/schools/{cast.shiyan.id}/policies", body)


class TestSchool:
    def test_one_row_a_field(self, client: Client, cast: Cast, engine: sa.Engine) -> None:
        body = document("grade", cap_minutes=45, latest_lights_out="21:00") | {"stage": "primary", "grade": 3}
        answer = post(client, cast, body)
        assert answer.status_code == 201
        assert answer.get_json()["warnings"] == []
        with engine.connect() as connection:
            kept = connection.execute(sa.select(Policy.field, Policy.value).order_by(Policy.field)).all()
            events = connection.execute(sa.select(AuditEvent.action)).scalars().all()
        assert [(row.field.value, row.value["value"]) for row in kept] == [
            ("cap_minutes", 45),
            ("latest_lights_out", "21:00"),
        ]
        assert events == ["policy.set"]

    def test_it_holds_from_its_date_on_and_says_whence(self, client: Client, cast: Cast, clock: FrozenClock) -> None:
        post(client, cast, document("class", cap_minutes=30) | {"class_id": str(cast.class_31.id)})
        caps = []
        for _ in range(2):
            found = client.as_(cast.office).get(f"/schools/{cast.shiyan.id}/policies").get_json()
            mine = next(each for each in found["resolved"] if each["class_id"] == str(cast.class_31.id))
            caps.append((mine["policy"]["cap_minutes"], mine["policy"]["sources"]["cap_minutes"]["level"]))
            clock.advance(days=1)
        assert caps == [(60, "preset"), (30, "class")]

    @pytest.mark.parametrize("effective_on", [TONIGHT.isoformat(), "2026-01-01"])
    def test_a_past_night_keeps_its_policy(self, client: Client, cast: Cast, effective_on: str) -> None:
        answer = post(client, cast, document(effective_on=effective_on, cap_minutes=30))
        assert (answer.status_code, answer.get_json()["code"]) == (422, "policy_refused")

    @pytest.mark.parametrize(
        "fields", [{"cap_minutes": 90}, {"cap_minutes": None}, {"sleep_target_minutes": 500}, {"cap_scope": "home"}]
    )
    def test_looser_than_the_preset_needs_a_reason_and_warns(
        self, client: Client, cast: Cast, fields: dict[str, Any]
    ) -> None:
        place = {"class_id": str(cast.class_31.id)}
        without = post(client, cast, document("class", **fields) | place)
        assert (without.status_code, without.get_json()["code"]) == (422, "reason_required")
        given = post(client, cast, document("class", reason="试点", **fields) | place)
        assert given.status_code == 201
        assert given.get_json()["warnings"][0]["code"] == "looser_than_preset"
        assert given.get_json()["policies"][0]["is_looser"] is True
        listed = client.as_(cast.officer).get(f"/districts/{cast.district.id}/policies").get_json()["looser"]
        assert [row["class_id"] for row in listed] == [str(cast.class_31.id)]

    @pytest.mark.parametrize(
        ("body", "path"),
        [
            (document("grade", cap_minutes=30), "grade"),
            (document("school", cap_minutes=30) | {"grade": 3}, "grade"),
            (document("class", cap_minutes=30) | {"class_id": str(UNKNOWN)}, "class_id"),
            (document("student", cap_minutes=30) | {"student_id": str(UNKNOWN)}, "student_id"),
            (document(cap_minutes="viel"), "cap_minutes"),
            (document(cap_minutes=-1), "cap_minutes"),
            (document(), "fields"),
            (document(no_homework_weekday=8), "no_homework_weekday"),
        ],
    )
    def test_what_does_not_fit_is_named(self, client: Client, cast: Cast, body: dict[str, Any], path: str) -> None:
        answer = post(client, cast, body)
        assert answer.status_code == 422
        assert path in [each["path"] for each in answer.get_json()["errors"]]

    def test_another_schools_class_is_not_to_be_had(self, client: Client, cast: Cast) -> None:
        body = document("class", cap_minutes=30) | {"class_id": str(cast.other_class.id)}
        assert post(client, cast, body).status_code == 422

    @pytest.mark.parametrize(
        "who", ["homeroom", "grade_head", "prep_maths", "other_office", "mother", "ada", "officer"]
    )
    def test_only_the_academic_office(self, client: Client, cast: Cast, who: str) -> None:
        refused = post(client, cast, document(cap_minutes=30), who)
        unknown = client.as_(getattr(cast, who)).post(f"/schools/{UNKNOWN}/policies", document(cap_minutes=30))
        assert (refused.status_code, same_but_id(refused)) == (404, same_but_id(unknown))


class TestDistrict:
    def body(self, reason: str = "", **fields: Any) -> dict[str, Any]:
        """A district's document for grade 3."""
        return {"stage": "primary", "grade": 3, "effective_on": TOMORROW, "reason": reason, "fields": fields}

    def test_it_holds_for_its_schools_and_is_in_their_logs(
        self, client: Client, cast: Cast, clock: FrozenClock, engine: sa.Engine
    ) -> None:
        path = f"/districts/{cast.district.id}/policies"
        assert client.as_(cast.officer).post(path, self.body(cap_minutes=45)).status_code == 201
        clock.advance(days=1)
        found = client.as_(cast.office).get(f"/schools/{cast.shiyan.id}/policies").get_json()["resolved"]
        assert [each["policy"]["cap_minutes"] for each in found] == [0, 45, 45, 90]
        with engine.connect() as connection:
            assert connection.scalars(sa.select(AuditEvent.school_id)).all() == [cast.shiyan.id]

    def test_a_school_may_be_stricter_but_not_looser_without_a_reason(self, client: Client, cast: Cast) -> None:
        client.as_(cast.officer).post(f"/districts/{cast.district.id}/policies", self.body(cap_minutes=45))
        place = {"stage": "primary", "grade": 3}
        assert post(client, cast, document("grade", cap_minutes=40) | place).status_code == 201
        looser = post(client, cast, document("grade", cap_minutes=50) | place)
        assert looser.get_json()["code"] == "reason_required"
        warned = post(client, cast, document("grade", reason="试点", cap_minutes=50) | place).get_json()["warnings"]
        assert [each["code"] for each in warned] == ["looser_than_district"]

    def test_looser_than_the_preset_needs_a_reason_of_the_district_too(self, client: Client, cast: Cast) -> None:
        path = f"/districts/{cast.district.id}/policies"
        assert client.as_(cast.officer).post(path, self.body(cap_minutes=70)).status_code == 422
        assert client.as_(cast.officer).post(path, self.body("本地方案", cap_minutes=70)).status_code == 201

    def test_only_its_own_officer(self, client: Client, cast: Cast) -> None:
        for who, place in ((cast.office, cast.district), (cast.officer, cast.other_district)):
            path = f"/districts/{place.id}/policies"
            assert client.as_(who).post(path, self.body(cap_minutes=45)).status_code == 404
            assert client.as_(who).get(path).status_code == 404
