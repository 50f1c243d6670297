"""Week plans: filed by a prep group, decided once by the academic office, drafts for every class of the grade."""

from typing import Any

import pytest
import sqlalchemy as sa

from backend.storage.models import Assignment, AssignmentState, WeekPlan
from tests.api.conftest import Client
from tests.api.planning import UNKNOWN, same_but_id, stated
from tests.cast import Cast

WEEK = "2026-11-23"


def item(minutes: int = 20, given_on: str = "2026-11-23", due_on: str = "2026-11-24") -> dict[str, Any]:
    """One piece of maths."""
    return {
        "title": "练习册",
        "given_on": given_on,
        "due_on": due_on,
        "tiers": [{"estimated_minutes": minutes}],
    }


def plan(*items: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Grade 3 maths of the week."""
    head = {"stage": "primary", "grade": 3, "subject": "maths", "week_starts_on": WEEK}
    return head | {"items": list(items or [item()])} | changes


def file(client: Client, cast: Cast, body: dict[str, Any], who: str = "prep_maths") -> Any:
    """File it at the school."""
    return client.as_(getattr(cast, who)).post(f"/schools/{cast.shiyan.id}/week-plans", body)


def decide(client: Client, cast: Cast, plan_id: str, who: str = "office", **body: Any) -> Any:
    """Decide it."""
    path = f"/schools/{cast.shiyan.id}/week-plans/{plan_id}/decision"
    return client.as_(getattr(cast, who)).put(path, body)


def test_filing_shows_each_classs_daily_totals(client: Client, cast: Cast) -> None:
    client.as_(cast.english_teacher).post(
        f"/classes/{cast.class_31.id}/assignments",
        stated("english", 30, given_on="2026-11-23", due_on="2026-11-24"),
    )
    answer = file(client, cast, plan(item(40), item(20, "2026-11-24", "2026-11-25")))
    assert answer.status_code == 201
    assert answer.get_json()["state"] == "filed"
    totals = {
        each["class_name"]: [(night["planned_minutes"], night["exceeded"]) for night in each["nights"][:3]]
        for each in answer.get_json()["daily_totals"]
    }
    assert totals == {
        "三(1)班": [(70, True), (20, False), (0, False)],
        "三(2)班": [(40, False), (20, False), (0, False)],
    }


def test_filing_anew_replaces_until_it_is_approved(client: Client, cast: Cast, engine: sa.Engine) -> None:
    first = file(client, cast, plan()).get_json()
    second = file(client, cast, plan(item(25))).get_json()
    assert (second["id"], second["version"]) == (first["id"], 2)
    decide(client, cast, first["id"], approved=True)
    assert file(client, cast, plan(item(30))).status_code == 422
    with engine.connect() as connection:
        kept = connection.execute(sa.select(WeekPlan.items)).scalars().one()
    assert kept[0]["tiers"][0]["estimated_minutes"] == 25


def test_approval_makes_a_draft_for_every_class_of_the_grade_once(
    client: Client, cast: Cast, engine: sa.Engine
) -> None:
    filed = file(client, cast, plan(item(), item(15, "2026-11-25", "2026-11-26"))).get_json()
    for _ in range(2):
        assert decide(client, cast, filed["id"], approved=True).get_json()["state"] == "approved"
    with engine.connect() as connection:
        drafts = connection.execute(sa.select(Assignment.class_id, Assignment.state)).all()
    assert sorted(row.class_id for row in drafts) == sorted([cast.class_31.id, cast.class_32.id] * 2)
    assert {row.state for row in drafts} == {AssignmentState.DRAFT}
    shown = client.as_(cast.maths_teacher).get(
        f"/classes/{cast.class_31.id}/plan", **{"from": WEEK, "to": "2026-11-29"}
    )
    assert len(shown.get_json()["assignments"]) == 2
    draft = shown.get_json()["assignments"][0]["id"]
    published = client.as_(cast.maths_teacher).put(f"/assignments/{draft}/publication", {"published": True})
    assert published.status_code == 200


def test_it_is_sent_back_with_a_note_and_may_be_filed_again(client: Client, cast: Cast) -> None:
    filed = file(client, cast, plan()).get_json()
    assert decide(client, cast, filed["id"], approved=False).status_code == 422
    sent = decide(client, cast, filed["id"], approved=False, note="周三太多").get_json()
    assert (sent["state"], sent["note"]) == ("sent_back", "周三太多")
    assert decide(client, cast, filed["id"], approved=True).status_code == 422
    assert file(client, cast, plan(item(10))).get_json()["state"] == "filed"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (plan(week_starts_on="2026-11-24"), "week_starts_on"),
        (plan(item(given_on="2026-12-01", due_on="2026-12-02")), "items.0.given_on"),
        (plan(item(due_on="2026-11-23")), "items.0.due_on"),
    ],
)
def test_what_does_not_fit_is_named(client: Client, cast: Cast, body: dict[str, Any], path: str) -> None:
    answer = file(client, cast, body)
    assert answer.status_code == 422
    assert path in [each["path"] for each in answer.get_json()["errors"]]


@pytest.mark.parametrize("who", ["maths_teacher", "homeroom", "grade_head", "office", "other_office", "mother"])
def test_only_the_prep_group_files(client: Client, cast: Cast, who: str) -> None:
    assert file(client, cast, plan(), who).status_code == 404


def test_a_prep_group_files_only_its_own_grade_and_subject(client: Client, cast: Cast) -> None:
    assert file(client, cast, plan(grade=4)).status_code == 404
    assert file(client, cast, plan(subject="english")).status_code == 404


@pytest.mark.parametrize("who", ["prep_maths", "grade_head", "homeroom", "other_office", "mother"])
def test_only_the_office_decides(client: Client, cast: Cast, who: str) -> None:
    filed = file(client, cast, plan()).get_json()
    refused = decide(client, cast, filed["id"], who, approved=True)
    unknown = decide(client, cast, str(UNKNOWN), "office", approved=True)
    assert refused.status_code == 404
    assert same_but_id(refused) == same_but_id(unknown)


def test_who_sees_plans(client: Client, cast: Cast) -> None:
    file(client, cast, plan())
    path = f"/schools/{cast.shiyan.id}/week-plans"
    seen = {
        who: len(client.as_(getattr(cast, who)).get(path, week_starts_on=WEEK).get_json()["items"])
        for who in ("office", "grade_head", "prep_maths")
    }
    assert seen == {"office": 1, "grade_head": 1, "prep_maths": 1}
    for who in ("homeroom", "maths_teacher", "other_office", "mother"):
        assert client.as_(getattr(cast, who)).get(path).status_code == 404
