"""Weekends: a class's homework over their nights, and the grade head's approval of what was seen."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from backend.storage.models import AuditEvent, SchoolDay
from tests.api.conftest import Client
from tests.api.planning import FRIDAY, MONDAY, UNKNOWN, same_but_id, stated
from tests.cast import TONIGHT, Cast, Holder

SUNDAY = MONDAY - dt.timedelta(days=1)
OVER = {"given_on": FRIDAY.isoformat(), "due_on": MONDAY.isoformat()}


def publish(client: Client, cast: Cast, minutes: int = 60, who: Holder | None = None, **changes: Any) -> Any:
    """Maths over the weekend, for Ada's class."""
    body = stated(minutes=minutes, **(OVER | changes))
    return client.as_(who or cast.maths_teacher).post(f"/classes/{cast.class_31.id}/assignments", body).get_json()


def weekend(client: Client, cast: Cast, who: Holder | None = None) -> dict[str, Any]:
    """Ada's class over the coming weekend."""
    found: dict[str, Any] = client.as_(who or cast.homeroom).get(path(cast)).get_json()
    return found


def path(cast: Cast) -> str:
    """The weekend after tonight."""
    return f"/classes/{cast.class_31.id}/weekends/{TONIGHT}"


def decide(client: Client, cast: Cast, *made: Any, who: Holder | None = None, **body: Any) -> Any:
    """Decide about this homework in these versions."""
    seen = [{"id": each["id"], "version": each["version"]} for each in made]
    document = {"approved": True, "seen": seen} | body
    return client.as_(who or cast.grade_head).put(f"{path(cast)}/decision", document)


def test_the_next_weekend_runs_from_friday_to_sunday_with_a_budget_a_night(client: Client, cast: Cast) -> None:
    publish(client, cast, minutes=100)
    found = weekend(client, cast)
    assert (found["starts_on"], found["ends_on"]) == (FRIDAY.isoformat(), SUNDAY.isoformat())
    assert [night["planned_minutes"] for night in found["nights"]] == [34, 33, 33]
    assert (found["state"], len(found["assignments"])) == ("waiting", 1)


def test_a_holiday_is_one_weekend_however_long(client: Client, cast: Cast, engine: sa.Engine) -> None:
    with engine.begin() as connection:
        off = sa.update(SchoolDay).where(SchoolDay.day == MONDAY, SchoolDay.school_id == cast.shiyan.id)
        connection.execute(off.values(is_school_day=False, timetable_weekday=None))
    assert weekend(client, cast)["ends_on"] == MONDAY.isoformat()
    assert len(weekend(client, cast)["nights"]) == 4


def test_without_homework_there_is_nothing_to_decide(client: Client, cast: Cast) -> None:
    assert weekend(client, cast)["state"] == "empty"
    refused = decide(client, cast, {"id": str(UNKNOWN), "version": 1})
    assert (refused.status_code, refused.get_json()["errors"][0]["path"]) == (422, "seen")


def test_what_was_seen_is_approved_and_everybody_who_plans_sees_it(client: Client, cast: Cast) -> None:
    made = publish(client, cast)
    answer = decide(client, cast, made).get_json()
    assert (answer["state"], answer["decision"]["by"]["name"]) == ("approved", cast.grade_head.name)
    for who in (cast.maths_teacher, cast.english_teacher, cast.homeroom, cast.office):
        assert weekend(client, cast, who)["state"] == "approved"


def test_sending_back_needs_a_note_that_the_teacher_reads(client: Client, cast: Cast) -> None:
    made = publish(client, cast)
    silent = decide(client, cast, made, approved=False)
    assert silent.get_json()["errors"][0]["code"] == "note_required"
    decide(client, cast, made, approved=False, note="三科加起来太多")
    found = weekend(client, cast, cast.maths_teacher)
    assert (found["state"], found["decision"]["note"]) == ("sent_back", "三科加起来太多")


@pytest.mark.parametrize("what", ["more", "changed", "withdrawn"])
def test_homework_that_changes_afterwards_asks_for_another_look(client: Client, cast: Cast, what: str) -> None:
    made = publish(client, cast)
    other = publish(client, cast, subject="chinese", who=cast.homeroom)
    decide(client, cast, made, other)
    if what == "more":
        publish(client, cast, subject="english", who=cast.english_teacher)
    elif what == "changed":
        client.as_(cast.maths_teacher).patch(f"/assignments/{made['id']}", {"title": "x"}, headers={"If-Match": '"1"'})
    else:
        client.as_(cast.maths_teacher).put(f"/assignments/{made['id']}/publication", {"published": False})
    assert weekend(client, cast)["state"] == "changed"


def test_what_was_not_seen_is_not_approved(client: Client, cast: Cast) -> None:
    made = publish(client, cast)
    publish(client, cast, subject="english", who=cast.english_teacher)
    refused = decide(client, cast, made)
    assert (refused.status_code, refused.get_json()["code"]) == (412, "version_mismatch")
    assert weekend(client, cast)["state"] == "waiting"


def test_every_decision_is_in_the_audit_log(client: Client, cast: Cast, engine: sa.Engine) -> None:
    made = publish(client, cast)
    decide(client, cast, made, approved=False, note="x")
    decide(client, cast, made)
    with engine.connect() as connection:
        actions = connection.execute(
            sa.select(AuditEvent.action, AuditEvent.actor_id)
            .where(AuditEvent.action.like("weekend.%"))
            .order_by(AuditEvent.id)
        ).all()
    assert [tuple(row) for row in actions] == [
        ("weekend.sent_back", cast.grade_head.id),
        ("weekend.approved", cast.grade_head.id),
    ]


@pytest.mark.parametrize(
    "who", ["homeroom", "maths_teacher", "office", "prep_maths", "homeroom_71", "other_office", "mother", "officer"]
)
def test_nobody_but_the_head_of_the_grade_decides(client: Client, cast: Cast, who: str) -> None:
    made = publish(client, cast)
    refused = decide(client, cast, made, who=getattr(cast, who))
    unknown = client.as_(getattr(cast, who)).put(
        f"/classes/{UNKNOWN}/weekends/{TONIGHT}/decision",
        {"approved": True, "seen": [{"id": made["id"], "version": 1}]},
    )
    assert (refused.status_code, same_but_id(refused)) == (404, same_but_id(unknown))


class TestList:
    def test_a_head_sees_the_own_grade_and_the_office_all(self, client: Client, cast: Cast) -> None:
        names = {
            who: [
                each["class_name"]
                for each in client.as_(getattr(cast, who))
                .get(f"/schools/{cast.shiyan.id}/weekends")
                .get_json()["items"]
            ]
            for who in ("grade_head", "office")
        }
        assert names == {"grade_head": ["三(1)班", "三(2)班"], "office": ["一(1)班", "三(1)班", "三(2)班", "七(1)班"]}

    @pytest.mark.parametrize("who", ["homeroom", "prep_maths", "other_office", "mother", "officer"])
    def test_to_others_the_school_is_unknown(self, client: Client, cast: Cast, who: str) -> None:
        assert client.as_(getattr(cast, who)).get(f"/schools/{cast.shiyan.id}/weekends").status_code == 404

    def test_many_classes_cost_no_more_statements_than_two(
        self, client: Client, cast: Cast, app: Any, count_statements: Any
    ) -> None:
        from mobile_api.transaction import db

        publish(client, cast)
        counts = []
        for who in (cast.grade_head, cast.office):
            with app.app_context(), count_statements(db.engine) as statements:
                client.as_(who).get(f"/schools/{cast.shiyan.id}/weekends")
            counts.append(len(statements))
        assert counts[1] <= counts[0]
