"""Homework over HTTP: planned against the cap, published once, changed from a named version."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from backend.clock import FrozenClock
from backend.storage.models import (
    Assignment,
    AssignmentChange,
    AssignmentTier,
    AuditEvent,
    Class,
    NoHomework,
    OverCapMode,
    Post,
    School,
)
from tests.api.conftest import Client
from tests.api.planning import FRIDAY, MONDAY, UNKNOWN, same_but_id, stated
from tests.cast import TONIGHT, Cast


def post(client: Client, cast: Cast, holder: Any, where: Any = None, /, **kwargs: Any) -> Any:
    """Post homework for Ada's class (or another) as somebody."""
    class_id = (where or cast.class_31).id
    return client.as_(holder).post(f"/classes/{class_id}/assignments", stated(**kwargs))


def rows(engine: sa.Engine, statement: Any) -> list[Any]:
    """The rows of a statement."""
    with engine.connect() as connection:
        return list(connection.execute(statement))


class TestPublishing:
    def test_homework_is_published_with_the_budget_of_its_night(self, client: Client, cast: Cast) -> None:
        answer = post(client, cast, cast.maths_teacher, minutes=25)
        assert answer.status_code == 201
        body = answer.get_json()
        assert (body["state"], body["subject"], body["version"]) == ("published", "maths", 1)
        assert body["by"]["name"] == cast.maths_teacher.name
        budget = body["budget"][0]
        assert (budget["cap_minutes"], budget["planned_minutes"], budget["left_minutes"]) == (60, 25, 35)
        assert answer.headers["ETag"] == '"1"'

    def test_a_draft_takes_nothing_of_the_budget(self, client: Client, cast: Cast) -> None:
        answer = post(client, cast, cast.maths_teacher, minutes=50, publish=False).get_json()
        assert (answer["state"], answer["budget"][0]["planned_minutes"]) == ("draft", 0)

    def test_exactly_the_cap_is_within(self, client: Client, cast: Cast) -> None:
        assert post(client, cast, cast.maths_teacher, minutes=60).status_code == 201

    def test_one_minute_above_the_cap_needs_a_reason(self, client: Client, cast: Cast, engine: sa.Engine) -> None:
        answer = post(client, cast, cast.maths_teacher, minutes=61)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "over_cap_reason_required")
        assert answer.get_json()["errors"][0]["path"] == f"nights.{TONIGHT}"
        assert rows(engine, sa.select(Assignment.id)) == []

    def test_with_a_reason_it_goes_over_and_the_excess_is_kept(
        self, client: Client, cast: Cast, engine: sa.Engine
    ) -> None:
        post(client, cast, cast.english_teacher, subject="english", minutes=45)
        answer = post(client, cast, cast.maths_teacher, minutes=20, over_cap_reason="单元测验前一天")
        assert answer.status_code == 201
        kept = rows(engine, sa.select(Assignment.over_cap_minutes, Assignment.over_cap_reason).order_by(Assignment.id))
        assert kept[-1] == (5, "单元测验前一天")

    def test_a_blank_reason_is_none(self, client: Client, cast: Cast) -> None:
        assert post(client, cast, cast.maths_teacher, minutes=61, over_cap_reason="  ").status_code == 422

    def test_a_school_may_refuse_whatever_the_reason(self, client: Client, cast: Cast, engine: sa.Engine) -> None:
        with engine.begin() as connection:
            connection.execute(sa.update(School).values(over_cap_mode=OverCapMode.REFUSE))
        answer = post(client, cast, cast.maths_teacher, minutes=61, over_cap_reason="真的需要")
        assert (answer.status_code, answer.get_json()["code"]) == (409, "over_cap_refused")

    def test_reading_never_counts_against_the_cap(self, client: Client, cast: Cast) -> None:
        post(client, cast, cast.maths_teacher, minutes=60)
        assert (
            post(client, cast, cast.english_teacher, subject="english", minutes=30, kind="reading").status_code == 201
        )

    @pytest.mark.parametrize(
        ("kind", "place", "minutes", "status"),
        [
            ("written", "home", 1, 422),
            ("written", "home", 0, 422),
            ("written", "school", 20, 201),
            ("oral", "home", 20, 201),
        ],
    )
    def test_with_cap_zero_any_written_homework_for_home_exceeds(
        self, client: Client, cast: Cast, kind: str, place: str, minutes: int, status: int
    ) -> None:
        answer = post(
            client, cast, cast.homeroom_11, cast.class_11, subject="chinese", minutes=minutes, kind=kind, place=place
        )
        assert answer.status_code == status

    def test_a_weekend_is_split_and_ten_minutes_more_are_over_on_each_night(self, client: Client, cast: Cast) -> None:
        weekend = {"given_on": FRIDAY.isoformat(), "due_on": MONDAY.isoformat()}
        for holder, subject in (
            (cast.homeroom, "chinese"),
            (cast.maths_teacher, "maths"),
            (cast.english_teacher, "english"),
        ):
            assert post(client, cast, holder, subject=subject, minutes=60, **weekend).status_code == 201
        over = post(client, cast, cast.homeroom, subject="science", minutes=10, **weekend)
        assert over.status_code == 422
        assert len(over.get_json()["errors"]) == 3
        given = post(client, cast, cast.homeroom, subject="science", minutes=10, over_cap_reason="实验", **weekend)
        assert [night["planned_minutes"] for night in given.get_json()["budget"]] == [64, 63, 63]
        assert given.get_json()["over_cap_minutes"] == 4

    def test_publishing_takes_back_none_today(self, client: Client, cast: Cast, engine: sa.Engine) -> None:
        path = f"/classes/{cast.class_31.id}/subjects/maths/nights/{TONIGHT}/none"
        assert client.as_(cast.maths_teacher).put(path, {}).status_code == 200
        assert len(rows(engine, sa.select(NoHomework))) == 1
        post(client, cast, cast.maths_teacher)
        assert rows(engine, sa.select(NoHomework)) == []
        assert client.as_(cast.maths_teacher).put(path, {}).status_code == 422

    @pytest.mark.parametrize(
        ("changes", "path", "code"),
        [
            ({"subject": "alchemy"}, "subject", "unknown_subject"),
            ({"due_on": TONIGHT.isoformat()}, "due_on", "before_given_on"),
            ({"given_on": "2026-11-01"}, "given_on", "in_past"),
            ({"due_on": "2027-11-18"}, "due_on", "too_far"),
            ({"tiers": [{"estimated_minutes": 30, "estimated_max_minutes": 20}]}, None, "out_of_range"),
            ({"tiers": [{"estimated_minutes": 30}, {"estimated_minutes": 20}]}, "tiers", "used_twice"),
        ],
    )
    def test_impossible_homework_is_refused_by_field(
        self, client: Client, cast: Cast, changes: dict[str, Any], path: str | None, code: str
    ) -> None:
        answer = client.as_(cast.homeroom).post(f"/classes/{cast.class_31.id}/assignments", stated() | changes)
        assert answer.status_code == 422
        found = answer.get_json()["errors"]
        assert code in [each["code"] for each in found]
        assert path is None or path in [each["path"] for each in found]


class TestPublication:
    def test_the_same_request_twice_does_nothing_the_second_time(
        self, client: Client, cast: Cast, engine: sa.Engine
    ) -> None:
        made = post(client, cast, cast.maths_teacher, publish=False).get_json()
        path = f"/assignments/{made['id']}/publication"
        first = client.as_(cast.maths_teacher).put(path, {"published": True})
        counter = rows(engine, sa.select(Class.change_counter).where(Class.id == cast.class_31.id))
        second = client.as_(cast.maths_teacher).put(path, {"published": True})
        assert first.get_json() == second.get_json()
        assert first.get_json()["state"] == "published"
        assert rows(engine, sa.select(Class.change_counter).where(Class.id == cast.class_31.id)) == counter

    def test_withdrawn_homework_gives_its_minutes_back(self, client: Client, cast: Cast) -> None:
        made = post(client, cast, cast.maths_teacher, minutes=60).get_json()
        client.as_(cast.maths_teacher).put(f"/assignments/{made['id']}/publication", {"published": False})
        assert post(client, cast, cast.english_teacher, subject="english", minutes=60).status_code == 201
        again = client.as_(cast.maths_teacher).put(f"/assignments/{made['id']}/publication", {"published": True})
        assert again.status_code == 422

    def test_the_homeroom_teacher_may_withdraw_any_subject(self, client: Client, cast: Cast) -> None:
        made = post(client, cast, cast.maths_teacher).get_json()
        answer = client.as_(cast.homeroom).put(f"/assignments/{made['id']}/publication", {"published": False})
        assert answer.get_json()["state"] == "withdrawn"


class TestChanging:
    @pytest.fixture
    def made(self, client: Client, cast: Cast) -> dict[str, Any]:
        """Maths of 25 minutes, published."""
        document: dict[str, Any] = post(client, cast, cast.maths_teacher, minutes=25).get_json()
        return document

    def change(self, client: Client, cast: Cast, made: dict[str, Any], version: str | None, **body: Any) -> Any:
        """Change it as its teacher."""
        headers = {} if version is None else {"If-Match": version}
        return client.as_(cast.maths_teacher).patch(f"/assignments/{made['id']}", body, headers=headers)

    def test_without_a_version_it_is_refused(self, client: Client, cast: Cast, made: dict[str, Any]) -> None:
        answer = self.change(client, cast, made, None, title="x")
        assert (answer.status_code, answer.get_json()["code"]) == (428, "version_required")

    @pytest.mark.parametrize("version", ['"7"', "junk", "*"])
    def test_another_version_is_refused(self, client: Client, cast: Cast, made: dict[str, Any], version: str) -> None:
        answer = self.change(client, cast, made, version, title="x")
        assert (answer.status_code, answer.get_json()["code"]) == (412, "version_mismatch")

    def test_a_new_estimate_is_a_new_version_from_now_on(
        self, client: Client, cast: Cast, made: dict[str, Any], engine: sa.Engine, clock: FrozenClock
    ) -> None:
        later = clock.advance(hours=1)
        answer = self.change(client, cast, made, '"1"', tiers=[{"estimated_minutes": 30}])
        assert answer.status_code == 200
        assert (answer.get_json()["version"], answer.headers["ETag"]) == (2, '"2"')
        assert answer.get_json()["budget"][0]["planned_minutes"] == 30
        kept = rows(
            engine,
            sa.select(AssignmentTier.version, AssignmentTier.estimated_minutes, AssignmentTier.in_force_at).order_by(
                AssignmentTier.version
            ),
        )
        assert [row[:2] for row in kept] == [(1, 25), (2, 30)]
        assert kept[1][2] == later
        before = rows(engine, sa.select(AssignmentChange.document, AssignmentChange.changed_by))
        assert before[0][0]["tiers"][0]["estimated_minutes"] == 25
        assert before[0][1] == cast.maths_teacher.id

    def test_an_unchanged_estimate_keeps_its_beginning(
        self, client: Client, cast: Cast, made: dict[str, Any], engine: sa.Engine, clock: FrozenClock
    ) -> None:
        began = clock.now()
        clock.advance(hours=1)
        assert self.change(client, cast, made, '"1"', title="第 13 页").get_json()["title"] == "第 13 页"
        assert {row[0] for row in rows(engine, sa.select(AssignmentTier.in_force_at))} == {began}

    def test_a_change_over_the_cap_needs_a_reason_too(self, client: Client, cast: Cast, made: dict[str, Any]) -> None:
        answer = self.change(client, cast, made, '"1"', tiers=[{"estimated_minutes": 61}])
        assert answer.get_json()["code"] == "over_cap_reason_required"
        assert client.as_(cast.maths_teacher).get(f"/assignments/{made['id']}").get_json()["version"] == 1

    def test_longer_time_for_the_work_brings_it_within(self, client: Client, cast: Cast, made: dict[str, Any]) -> None:
        body = {"tiers": [{"estimated_minutes": 90}], "due_on": (TONIGHT + dt.timedelta(days=2)).isoformat()}
        answer = self.change(client, cast, made, '"1"', **body)
        assert [night["planned_minutes"] for night in answer.get_json()["budget"]] == [45, 45]


class TestPeople:
    """Whoever may not is answered exactly as for an unknown id."""

    WRONG = ("english_teacher", "homeroom_32", "office", "grade_head", "prep_maths", "other_homeroom", "other_office")

    @pytest.mark.parametrize("who", [*WRONG, "mother", "ada", "officer"])
    def test_posting_another_teachers_subject_is_an_unknown_class(self, client: Client, cast: Cast, who: str) -> None:
        refused = post(client, cast, getattr(cast, who))
        unknown = client.as_(cast.maths_teacher).post(f"/classes/{UNKNOWN}/assignments", stated())
        assert (refused.status_code, same_but_id(refused)) == (404, same_but_id(unknown))

    @pytest.mark.parametrize("who", WRONG)
    def test_publishing_or_changing_anothers_homework_is_an_unknown_id(
        self, client: Client, cast: Cast, who: str
    ) -> None:
        made = post(client, cast, cast.maths_teacher, publish=False).get_json()
        as_them = client.as_(getattr(cast, who))
        unknown = as_them.put(f"/assignments/{UNKNOWN}/publication", {"published": True})
        for refused in (
            as_them.put(f"/assignments/{made['id']}/publication", {"published": True}),
            as_them.patch(f"/assignments/{made['id']}", {"title": "x"}, headers={"If-Match": '"1"'}),
            as_them.get(f"/assignments/{made['id']}"),
        ):
            assert (refused.status_code, same_but_id(refused)) == (404, same_but_id(unknown))

    def test_the_maths_teacher_of_another_class_too_may_not_mix_them(self, client: Client, cast: Cast) -> None:
        assert post(client, cast, cast.maths_teacher, cast.class_32).status_code == 201
        assert post(client, cast, cast.homeroom, cast.class_32).status_code == 404

    def test_a_post_that_has_ended_plans_nothing(self, client: Client, cast: Cast, engine: sa.Engine) -> None:
        with engine.begin() as connection:
            ended = sa.update(Post).where(Post.person_id == cast.maths_teacher.id)
            connection.execute(ended.values(to_on=TONIGHT - dt.timedelta(days=1)))
        assert post(client, cast, cast.maths_teacher).status_code == 404

    def test_every_step_is_in_the_audit_log(self, client: Client, cast: Cast, engine: sa.Engine) -> None:
        made = post(client, cast, cast.maths_teacher, publish=False).get_json()
        client.as_(cast.maths_teacher).put(f"/assignments/{made['id']}/publication", {"published": True})
        actions = rows(engine, sa.select(AuditEvent.action, AuditEvent.class_id).order_by(AuditEvent.id))
        assert actions == [("assignment.drafted", cast.class_31.id), ("assignment.published", cast.class_31.id)]
