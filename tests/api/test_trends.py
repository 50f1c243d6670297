"""Trends: the official measure with its coverage, and what is withheld from those who may not see names."""

import datetime as dt
import json
from typing import Any

import pytest
import sqlalchemy as sa

from backend.clock import FrozenClock
from backend.storage.models import FrozenFigure, NightSheet, Post
from tests.api.conftest import Client
from tests.api.planning import FRIDAY, MONDAY, UNKNOWN, add_sheet, add_students, same_but_id
from tests.cast import TONIGHT, Cast, Place


def submit(engine: sa.Engine, cast: Cast, place: Place, minutes: list[int], night: dt.date = TONIGHT) -> list[Any]:
    """So many more students of a class, each with a submitted sheet."""
    pupils = add_students(engine, place, cast.shiyan.id, len(minutes))
    for pupil, spent in zip(pupils, minutes, strict=True):
        add_sheet(engine, cast.shiyan.id, place.id, pupil, night, spent)
    return pupils


@pytest.fixture
def next_morning(clock: FrozenClock) -> FrozenClock:
    """Wednesday at half past seven: last night's figures are fixed."""
    clock.advance(hours=13)
    return clock


class TestClass:
    def test_the_homeroom_teacher_sees_figures_as_they_stand(
        self, client: Client, cast: Cast, engine: sa.Engine
    ) -> None:
        submit(engine, cast, cast.class_31, [40, 60, 61])
        found = client.as_(cast.homeroom).get(f"/classes/{cast.class_31.id}/trends").get_json()
        row = found["items"][0]
        assert (row["from"], row["to"], row["nights"]) == (TONIGHT.isoformat(), TONIGHT.isoformat(), 1)
        assert (row["n"], row["enrolled"], row["mean_minutes"]) == (3, 6, 53.7)
        assert (row["median_minutes"], row["p90_minutes"], row["share_within_percent"]) == (60, 61, 67)
        assert (row["over_cap"], row["withheld"]) == (False, False)

    def test_the_mean_of_a_weekend_is_each_students_minutes_by_its_nights(
        self, client: Client, cast: Cast, engine: sa.Engine, clock: FrozenClock
    ) -> None:
        submit(engine, cast, cast.class_31, [180, 90], FRIDAY)
        clock.advance(days=6)
        query = {"from": FRIDAY.isoformat(), "to": MONDAY.isoformat()}
        row = client.as_(cast.homeroom).get(f"/classes/{cast.class_31.id}/trends", **query).get_json()["items"][0]
        assert (row["from"], row["nights"], row["mean_minutes"]) == (FRIDAY.isoformat(), 3, 45.0)

    def test_a_subject_teacher_gets_the_own_subject_live_and_no_total(
        self, client: Client, cast: Cast, engine: sa.Engine
    ) -> None:
        submit(engine, cast, cast.class_31, [40, 20])
        path = f"/classes/{cast.class_31.id}/trends"
        own = client.as_(cast.maths_teacher).get(path, by="subject").get_json()["items"]
        assert [(row["subject"], row["n"], row["mean_minutes"]) for row in own] == [("maths", 2, 30.0)]
        assert client.as_(cast.english_teacher).get(path, by="subject").get_json()["items"] == []
        assert client.as_(cast.maths_teacher).get(path).get_json()["items"] == []

    def test_a_new_subject_teacher_gets_nights_before_the_own_post_as_others_do(
        self, client: Client, cast: Cast, engine: sa.Engine, clock: FrozenClock
    ) -> None:
        submit(engine, cast, cast.class_31, [40, 20])
        clock.advance(days=1)
        with engine.begin() as connection:
            of_teacher = sa.update(Post).where(Post.person_id == cast.maths_teacher.id)
            connection.execute(of_teacher.values(from_on=TONIGHT + dt.timedelta(days=1)))
        teacher = client.as_(cast.maths_teacher)
        own = teacher.get(f"/classes/{cast.class_31.id}/trends", by="subject").get_json()["items"]
        assert [(row["subject"], row["n"], row["withheld"]) for row in own] == [("maths", None, True)]
        page = teacher.get(f"/classes/{cast.class_31.id}/trends/overview").get_json()
        assert (page["frozen"], page["figure"], page["sleep"]) == (True, None, None)
        assert [(each["n"], each["withheld"]) for each in page["heat_map"]] == [(None, True)]

    @pytest.mark.parametrize("who", ["homeroom_32", "prep_maths", "other_office", "mother", "ada", "finn", "officer"])
    def test_to_others_the_class_is_unknown(self, client: Client, cast: Cast, who: str) -> None:
        refused = client.as_(getattr(cast, who)).get(f"/classes/{cast.class_31.id}/trends")
        unknown = client.as_(getattr(cast, who)).get(f"/classes/{UNKNOWN}/trends")
        assert (refused.status_code, same_but_id(refused)) == (404, same_but_id(unknown))

    @pytest.mark.parametrize(("first", "last"), [("2026-11-17", "2026-11-16"), ("2024-01-01", "2026-01-01")])
    def test_backwards_or_endless_is_refused(self, client: Client, cast: Cast, first: str, last: str) -> None:
        query = {"from": first, "to": last}
        assert client.as_(cast.homeroom).get(f"/classes/{cast.class_31.id}/trends", **query).status_code == 422


class TestSuppression:
    def office(self, client: Client, cast: Cast, **query: str) -> Any:
        """What the academic office is given."""
        return client.as_(cast.office).get(f"/schools/{cast.shiyan.id}/trends", **query).get_json()

    def cells(self, row: dict[str, Any]) -> dict[str, Any]:
        """n of each class of a row; `withheld` where it is, and None for no sheets."""
        return {c["name"]: "withheld" if c["withheld"] else c["n"] for c in row["classes"]}

    def test_before_seven_next_morning_there_is_nothing(self, client: Client, cast: Cast, engine: sa.Engine) -> None:
        submit(engine, cast, cast.class_31, [40] * 6)
        assert self.office(client, cast)["items"] == []

    def test_five_are_shown_four_are_not_and_the_total_holds_only_what_is_shown(
        self, client: Client, cast: Cast, engine: sa.Engine, next_morning: FrozenClock
    ) -> None:
        submit(engine, cast, cast.class_31, [40] * 4)
        submit(engine, cast, cast.class_32, [50] * 5)
        submit(engine, cast, cast.class_71, [60] * 7)
        row = self.office(client, cast)["items"][0]
        assert self.cells(row) == {"一(1)班": 0, "三(1)班": "withheld", "三(2)班": 5, "七(1)班": 7}
        assert (row["n"], row["withheld"]) == (12, False)
        assert [(each["grade"], each["n"]) for each in row["grades"]] == [(1, 0), (3, 5), (7, 7)]
        withheld = next(cell for cell in row["classes"] if cell["name"] == "三(1)班")
        assert {name: value for name, value in withheld.items() if value not in (None, True)} == {
            "class_id": str(cast.class_31.id),
            "name": "三(1)班",
        }

    def test_the_class_route_withholds_what_the_school_route_withholds(
        self, client: Client, cast: Cast, engine: sa.Engine, next_morning: FrozenClock
    ) -> None:
        submit(engine, cast, cast.class_31, [40] * 4)
        row = client.as_(cast.office).get(f"/classes/{cast.class_31.id}/trends").get_json()["items"][0]
        assert (row["withheld"], row["mean_minutes"], row["n"]) == (True, None, None)

    def test_a_school_of_which_nothing_may_be_shown_says_so(
        self, client: Client, cast: Cast, engine: sa.Engine, next_morning: FrozenClock
    ) -> None:
        submit(engine, cast, cast.class_31, [40] * 4)
        row = self.office(client, cast)["items"][0]
        assert (row["withheld"], row["n"], row["mean_minutes"]) == (True, None, None)

    def test_a_week_adds_up_only_days_that_are_shown(
        self, client: Client, cast: Cast, engine: sa.Engine, clock: FrozenClock
    ) -> None:
        monday = TONIGHT - dt.timedelta(days=1)
        pupils = submit(engine, cast, cast.class_31, [40] * 6, monday)
        for pupil in pupils[:3]:
            add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil, TONIGHT, 100)
        clock.advance(hours=13)
        query = {"from": monday.isoformat(), "to": TONIGHT.isoformat(), "by": "week"}
        row = self.office(client, cast, **query)["items"][0]
        assert (row["n"], row["mean_minutes"]) == (6, 40.0)

    def test_frozen_figures_stay_until_five_sheets_have_changed(
        self, client: Client, cast: Cast, engine: sa.Engine, next_morning: FrozenClock
    ) -> None:
        pupils = submit(engine, cast, cast.class_31, [40] * 6)
        before = self.office(client, cast)["items"]
        later = next_morning.advance(hours=1)
        self.amend(engine, pupils[:4], later)
        assert self.office(client, cast)["items"] == before
        self.amend(engine, pupils[4:], later)
        assert self.office(client, cast)["items"][0]["mean_minutes"] == 55.0

    def test_sheets_that_were_only_reviewed_do_not_give_away_the_one_that_changed(
        self, client: Client, cast: Cast, engine: sa.Engine, next_morning: FrozenClock
    ) -> None:
        pupils = submit(engine, cast, cast.class_31, [40] * 7)
        before = self.office(client, cast)["items"]
        later = next_morning.advance(hours=1)
        with engine.begin() as connection:
            connection.execute(sa.update(NightSheet).values(changed_at=later))  # the homeroom teacher reads them all
        self.amend(engine, pupils[:1], later)
        assert self.office(client, cast)["items"] == before
        add_sheet(engine, cast.shiyan.id, cast.class_31.id, cast.ada.id, TONIGHT, 90, changed_at=later)
        assert self.office(client, cast)["items"] == before

    def amend(self, engine: sa.Engine, pupils: list[Any], at: dt.datetime) -> None:
        """Change these sheets to 55 minutes."""
        with engine.begin() as connection:
            sheets = sa.update(NightSheet).where(NightSheet.student_id.in_(pupils))
            connection.execute(sheets.values(capped_minutes=55, changed_at=at))

    def test_what_is_kept_names_no_student(
        self, client: Client, cast: Cast, engine: sa.Engine, next_morning: FrozenClock
    ) -> None:
        pupils = submit(engine, cast, cast.class_31, [61, 40, 50, 45, 42])
        self.office(client, cast)
        with engine.connect() as connection:
            rows = connection.execute(sa.select(FrozenFigure).where(FrozenFigure.until == TONIGHT)).mappings().all()
        assert [40, 42, 45, 50, 61] in [row["minutes"] for row in rows]
        kept = json.dumps([dict(row) for row in rows], default=str)
        assert not any(str(pupil) in kept for pupil in pupils)

    def test_the_grade_head_sees_the_own_grade_only(
        self, client: Client, cast: Cast, engine: sa.Engine, next_morning: FrozenClock
    ) -> None:
        submit(engine, cast, cast.class_31, [40] * 6)
        submit(engine, cast, cast.class_71, [90] * 6)
        row = client.as_(cast.grade_head).get(f"/schools/{cast.shiyan.id}/trends").get_json()["items"][0]
        assert self.cells(row) == {"三(1)班": 6, "三(2)班": 0}
        assert (row["n"], row["mean_minutes"]) == (6, 40.0)

    def test_the_district_sees_schools_and_no_name(
        self, client: Client, cast: Cast, engine: sa.Engine, next_morning: FrozenClock
    ) -> None:
        submit(engine, cast, cast.class_31, [40] * 6)
        answer = client.as_(cast.officer).get(f"/districts/{cast.district.id}/trends")
        row = answer.get_json()["items"][0]
        assert [(each["name"], each["n"]) for each in row["schools"]] == [(cast.shiyan.name, 6)]
        assert cast.ada.name not in answer.get_data(as_text=True)
        assert client.as_(cast.officer).get(f"/schools/{cast.shiyan.id}/trends").status_code == 200

    @pytest.mark.parametrize("who", ["homeroom", "maths_teacher", "prep_maths", "other_office", "mother", "ada"])
    def test_a_schools_trends_are_not_for_others(self, client: Client, cast: Cast, who: str) -> None:
        refused = client.as_(getattr(cast, who)).get(f"/schools/{cast.shiyan.id}/trends")
        unknown = client.as_(getattr(cast, who)).get(f"/schools/{UNKNOWN}/trends")
        assert (refused.status_code, same_but_id(refused)) == (404, same_but_id(unknown))

    def test_another_districts_school_is_unknown_to_the_officer(self, client: Client, cast: Cast) -> None:
        assert client.as_(cast.officer).get(f"/schools/{cast.other_school.id}/trends").status_code == 404
        assert client.as_(cast.officer).get(f"/districts/{cast.other_district.id}/trends").status_code == 404
        assert client.as_(cast.office).get(f"/districts/{cast.district.id}/trends").status_code == 404

    def test_twenty_nights_cost_no_more_statements_than_one(
        self, client: Client, cast: Cast, engine: sa.Engine, clock: FrozenClock, app: Any, count_statements: Any
    ) -> None:
        from mobile_api.transaction import db

        pupils = submit(engine, cast, cast.class_31, [40] * 6)
        clock.advance(days=1)
        counts = []
        for nights in (1, 20):
            for back in range(1, nights):
                for pupil in pupils:
                    add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil, TONIGHT - dt.timedelta(days=back), 30)
            self.office(client, cast)
            with app.app_context(), count_statements(db.engine) as statements:
                self.office(client, cast)
            counts.append(len(statements))
        assert counts[0] == counts[1]
