"""Publishing with an id of one's own, the limits beside the cap, and what a change leaves behind."""

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from backend.storage.models import Assignment, Class, School
from backend.storage.models.places import OverCapMode
from tests.api.conftest import Client
from tests.api.planning import UNKNOWN, same_but_id, stated
from tests.cast import TONIGHT, Cast, Holder

OWN_ID = "0193f26c-9e51-7a47-93b8-0c4d1e2f3a01"


def post(client: Client, cast: Cast, who: Holder | None = None, **changes: Any) -> Any:
    """Maths for Ada's class."""
    return client.as_(who or cast.maths_teacher).post(f"/classes/{cast.class_31.id}/assignments", stated(**changes))


class TestOwnId:
    def test_sent_again_it_is_done_once(self, client: Client, cast: Cast, engine: sa.Engine) -> None:
        first, again = post(client, cast, id=OWN_ID), post(client, cast, id=OWN_ID)
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.get_json()["id"] == again.get_json()["id"] == OWN_ID
        assert again.get_json()["budget"][0]["planned_minutes"] == 20
        with engine.connect() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(Assignment)) == 1

    def test_anothers_id_is_refused_and_says_nothing_of_it(self, client: Client, cast: Cast) -> None:
        post(client, cast, id=OWN_ID)
        refused = post(client, cast, who=cast.homeroom, subject="chinese", id=OWN_ID)
        assert (refused.status_code, refused.get_json()["errors"][0]["path"]) == (422, "id")
        elsewhere = client.as_(cast.maths_teacher).post(f"/classes/{cast.class_32.id}/assignments", stated(id=OWN_ID))
        assert elsewhere.status_code == 422


class TestLimitsBesideTheCap:
    @pytest.fixture
    def limited(self, client: Client, cast: Cast, clock: Any) -> None:
        """From tomorrow the class has a subject cap of 15 minutes and Thursdays without homework."""
        body = {
            "level": "class",
            "class_id": str(cast.class_31.id),
            "effective_on": str(TONIGHT + dt.timedelta(days=1)),
            "fields": {"subject_cap_minutes": 15, "no_homework_weekday": 4},
        }
        answer = client.as_(cast.office).post(f"/schools/{cast.shiyan.id}/policies", body)
        assert answer.status_code == 201, answer.text

    def on(self, days: int, **changes: Any) -> dict[str, Any]:
        """Given so many days from tonight, due the day after."""
        given = TONIGHT + dt.timedelta(days=days)
        return {"given_on": str(given), "due_on": str(given + dt.timedelta(days=1))} | changes

    def test_over_the_subjects_cap_needs_a_reason(self, client: Client, cast: Cast, limited: None) -> None:
        assert post(client, cast, minutes=16).status_code == 201  # tonight it does not hold yet
        assert post(client, cast, **self.on(1, minutes=10)).status_code == 201
        refused = post(client, cast, **self.on(1, minutes=6))
        assert refused.get_json()["code"] == "over_cap_reason_required"
        assert [each["code"] for each in refused.get_json()["errors"]] == ["over_subject_cap"]
        made = post(client, cast, **self.on(1, minutes=6, over_cap_reason="明天测验"))
        assert (made.status_code, made.get_json()["over_cap_reason"]) == (201, "明天测验")
        assert made.get_json()["over_cap_minutes"] is None

    def test_a_day_without_homework_needs_a_reason_for_written_work(
        self, client: Client, cast: Cast, limited: None
    ) -> None:
        refused = post(client, cast, **self.on(2, minutes=5))
        assert [each["code"] for each in refused.get_json()["errors"]] == ["no_homework_day"]
        assert post(client, cast, **self.on(2, minutes=5, kind="reading")).status_code == 201

    def test_longer_work_may_lie_over_it(self, client: Client, cast: Cast, limited: None) -> None:
        body = self.on(1, minutes=20) | {"due_on": str(TONIGHT + dt.timedelta(days=3))}
        assert post(client, cast, **body).status_code == 201

    def test_a_hard_stop_is_the_evenings_cap_alone(
        self, client: Client, cast: Cast, limited: None, engine: sa.Engine
    ) -> None:
        with engine.begin() as connection:
            connection.execute(sa.update(School).values(over_cap_mode=OverCapMode.REFUSE))
        assert post(client, cast, **self.on(1, minutes=16, over_cap_reason="x")).status_code == 201
        assert post(client, cast, **self.on(1, minutes=61, over_cap_reason="x")).status_code == 409


class TestVersions:
    def versions(self, client: Client, who: Holder, assignment_id: Any) -> Any:
        """The versions of an assignment."""
        return client.as_(who).get(f"/assignments/{assignment_id}/versions")

    def test_each_version_says_who_stated_it_and_when(self, client: Client, cast: Cast, clock: Any) -> None:
        made = post(client, cast).get_json()
        later = clock.advance(hours=1)
        client.as_(cast.homeroom).patch(
            f"/assignments/{made['id']}", {"tiers": [{"estimated_minutes": 30}]}, headers={"If-Match": '"1"'}
        )
        found = self.versions(client, cast.english_teacher, made["id"]).get_json()["items"]
        assert [(each["version"], each["by"]["name"]) for each in found] == [
            (2, cast.homeroom.name),
            (1, cast.maths_teacher.name),
        ]
        assert [each["tiers"][0]["estimated_minutes"] for each in found] == [30, 20]
        assert dt.datetime.fromisoformat(found[0]["from_at"]) == later
        assert (found[1]["given_on"], found[1]["state"]) == (TONIGHT.isoformat(), "published")

    @pytest.mark.parametrize("who", ["english_teacher", "office", "grade_head"])
    def test_a_drafts_versions_are_for_those_who_could_publish_it(self, client: Client, cast: Cast, who: str) -> None:
        made = post(client, cast, publish=False).get_json()
        assert self.versions(client, cast.homeroom, made["id"]).status_code == 200
        refused = self.versions(client, getattr(cast, who), made["id"])
        assert (refused.status_code, same_but_id(refused)) == (
            404,
            same_but_id(self.versions(client, getattr(cast, who), UNKNOWN)),
        )


class TestDrafts:
    def test_a_draft_that_is_not_wanted_is_in_no_plan_any_more(self, client: Client, cast: Cast) -> None:
        made = post(client, cast, publish=False).get_json()
        answer = client.as_(cast.maths_teacher).put(f"/assignments/{made['id']}/publication", {"published": False})
        assert answer.get_json()["state"] == "withdrawn"
        plan = client.as_(cast.maths_teacher).get(f"/classes/{cast.class_31.id}/plan").get_json()
        assert plan["assignments"] == []


class TestPolling:
    def test_an_unchanged_plan_is_answered_in_few_bytes_and_a_changed_one_whole(
        self, client: Client, cast: Cast
    ) -> None:
        path = f"/classes/{cast.class_31.id}/plan"
        first = client.as_(cast.maths_teacher).get(path)
        tag = {"If-None-Match": first.headers["ETag"]}
        again = client.as_(cast.maths_teacher).get(path, headers=tag)
        assert (again.status_code, again.data) == (304, b"")
        post(client, cast, who=cast.homeroom, subject="chinese")
        changed = client.as_(cast.maths_teacher).get(path, headers=tag)
        assert changed.get_json()["nights"][0]["planned_minutes"] == 20


def test_an_id_of_ones_own_raises_the_classs_counter_but_once_for_a_phone(
    client: Client, cast: Cast, engine: sa.Engine
) -> None:
    post(client, cast, id=OWN_ID)
    with engine.connect() as connection:
        counter = connection.scalar(sa.select(Class.change_counter).where(Class.id == cast.class_31.id))
        made = connection.scalar(sa.select(Assignment.change_counter).where(Assignment.id == uuid.UUID(OWN_ID)))
    assert made == counter
