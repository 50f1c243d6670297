"""A class's plan, "none today" and the offered estimate."""

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from backend.domain.load import Outcome, Tier
from backend.storage.models import Assignment, NoHomework
from tests.api.conftest import Client
from tests.api.planning import UNKNOWN, add_sheet, add_students, same_but_id, stated
from tests.cast import TONIGHT, Cast

SEES = ("homeroom", "maths_teacher", "english_teacher", "grade_head", "prep_maths", "office")
SEES_NOT = ("homeroom_32", "homeroom_71", "other_homeroom", "other_office", "mother", "ada", "ben_mother", "officer")


class TestPlan:
    @pytest.mark.parametrize("who", SEES)
    def test_whoever_plans_or_oversees_the_class_sees_it(self, client: Client, cast: Cast, who: str) -> None:
        client.as_(cast.maths_teacher).post(f"/classes/{cast.class_31.id}/assignments", stated(minutes=25))
        plan = client.as_(getattr(cast, who)).get(f"/classes/{cast.class_31.id}/plan").get_json()
        tonight = plan["nights"][0]
        assert (len(plan["nights"]), plan["tier"]) == (7, "standard")
        assert (tonight["night"], tonight["planned_minutes"], tonight["left_minutes"]) == (TONIGHT.isoformat(), 25, 35)
        assert tonight["by_whom"] == [
            {"person_id": str(cast.maths_teacher.id), "name": cast.maths_teacher.name, "minutes": 25}
        ]
        assert [each["subject"] for each in plan["assignments"]] == ["maths"]

    @pytest.mark.parametrize("who", SEES_NOT)
    def test_to_all_others_the_class_is_unknown(self, client: Client, cast: Cast, who: str) -> None:
        refused = client.as_(getattr(cast, who)).get(f"/classes/{cast.class_31.id}/plan")
        unknown = client.as_(getattr(cast, who)).get(f"/classes/{UNKNOWN}/plan")
        assert (refused.status_code, same_but_id(refused)) == (404, same_but_id(unknown))

    def test_drafts_are_shown_to_those_who_could_publish_them(self, client: Client, cast: Cast) -> None:
        path = f"/classes/{cast.class_31.id}"
        client.as_(cast.maths_teacher).post(f"{path}/assignments", stated(publish=False))
        shown = {
            who: len(client.as_(getattr(cast, who)).get(f"{path}/plan").get_json()["assignments"])
            for who in ("maths_teacher", "homeroom", "english_teacher", "office")
        }
        assert shown == {"maths_teacher": 1, "homeroom": 1, "english_teacher": 0, "office": 0}

    def test_the_budget_is_reckoned_for_the_tier_used_most(self, client: Client, cast: Cast, engine: sa.Engine) -> None:
        yesterday = TONIGHT - dt.timedelta(days=1)
        place = cast.class_31.id
        add_sheet(engine, cast.shiyan.id, place, cast.ada.id, yesterday, 10, tier=Tier.extension)
        tiers = [{"tier": "standard", "estimated_minutes": 20}, {"tier": "extension", "estimated_minutes": 35}]
        made = client.as_(cast.maths_teacher).post(f"/classes/{place}/assignments", stated(tiers=tiers)).get_json()
        assert made["budget"][0]["planned_minutes"] == 35
        assert client.as_(cast.homeroom).get(f"/classes/{place}/plan").get_json()["tier"] == "extension"

    @pytest.mark.parametrize("days", [-1, 62])
    def test_backwards_or_endless_is_refused(self, client: Client, cast: Cast, days: int) -> None:
        query = {"from": TONIGHT.isoformat(), "to": (TONIGHT + dt.timedelta(days=days)).isoformat()}
        assert client.as_(cast.homeroom).get(f"/classes/{cast.class_31.id}/plan", **query).status_code == 422

    def test_twenty_assignments_cost_no_more_statements_than_one(
        self, client: Client, cast: Cast, app: Any, count_statements: Any
    ) -> None:
        from mobile_api.transaction import db

        path, counts = f"/classes/{cast.class_31.id}", []
        for wanted in (1, 20):
            with app.app_context():
                have = len(client.as_(cast.homeroom).get(f"{path}/plan").get_json()["assignments"])
                for _ in range(wanted - have):
                    client.as_(cast.maths_teacher).post(f"{path}/assignments", stated(minutes=1))
                with count_statements(db.engine) as statements:
                    found = client.as_(cast.homeroom).get(f"{path}/plan").get_json()
                assert len(found["assignments"]) == wanted
                counts.append(len(statements))
        assert counts[0] == counts[1]


class TestNone:
    def test_saying_it_twice_and_taking_it_back(self, client: Client, cast: Cast, engine: sa.Engine) -> None:
        path = f"/classes/{cast.class_31.id}/subjects/maths/nights/{TONIGHT}/none"
        for _ in range(2):
            assert client.as_(cast.maths_teacher).put(path, {}).get_json()["none"] is True
        plan = client.as_(cast.homeroom).get(f"/classes/{cast.class_31.id}/plan").get_json()
        assert plan["nights"][0]["none"] == ["maths"]
        client.as_(cast.maths_teacher).put(path, {"none": False})
        with engine.connect() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(NoHomework)) == 0

    @pytest.mark.parametrize("who", ["english_teacher", "homeroom_32", "office", "mother", "other_homeroom"])
    def test_not_for_anothers_subject(self, client: Client, cast: Cast, who: str) -> None:
        path = f"/classes/{cast.class_31.id}/subjects/maths/nights/{TONIGHT}/none"
        assert client.as_(getattr(cast, who)).put(path, {}).status_code == 404


class TestOffer:
    def offer(self, client: Client, cast: Cast, who: str = "maths_teacher") -> Any:
        """The offer for maths in Ada's class."""
        return client.as_(getattr(cast, who)).get(f"/classes/{cast.class_31.id}/subjects/maths/offer")

    def worked(self, client: Client, cast: Cast, engine: sa.Engine, minutes: list[int], outcome: Outcome) -> None:
        """So many pupils worked so long on one published piece of maths."""
        client.as_(cast.maths_teacher).post(f"/classes/{cast.class_31.id}/assignments", stated())
        with engine.connect() as connection:
            assignment_id: uuid.UUID = connection.scalars(sa.select(Assignment.id)).one()
        pupils = add_students(engine, cast.class_31, cast.shiyan.id, len(minutes))
        for pupil, spent in zip(pupils, minutes, strict=True):
            values = {"assignment_id": assignment_id, "outcome": outcome, "tier": Tier.standard}
            add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil, TONIGHT, spent, **values)

    def test_from_five_on_the_median_is_offered_with_its_n(self, client: Client, cast: Cast, engine: sa.Engine) -> None:
        assert self.offer(client, cast).get_json()["offer"] is None
        self.worked(client, cast, engine, [20, 24, 26, 28, 60], Outcome.finished)
        offer = self.offer(client, cast).get_json()["offer"]
        assert (offer["estimated_minutes"], offer["took_minutes"], offer["n"]) == (25, 26, 5)

    def test_stopped_work_is_counted_and_never_averaged(self, client: Client, cast: Cast, engine: sa.Engine) -> None:
        self.worked(client, cast, engine, [20, 24, 26, 28, 60], Outcome.stopped_for_sleep)
        assert self.offer(client, cast).get_json()["offer"] is None

    @pytest.mark.parametrize("who", ["homeroom", "english_teacher", "office", "grade_head", "homeroom_32", "mother"])
    def test_it_is_for_the_teacher_alone(self, client: Client, cast: Cast, who: str) -> None:
        assert self.offer(client, cast, who).status_code == 404
