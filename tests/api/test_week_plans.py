"""Week plans: filed by a prep group, decided once by the academic office, drafts for every class of the grade."""

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from backend.domain.policy import Stage
from backend.storage.models import Assignment, AssignmentState, Class, WeekPlan, WeekPlanState
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


def test_a_class_of_last_year_is_in_no_plan_and_gets_no_drafts(client: Client, cast: Cast, engine: sa.Engine) -> None:
    former = {"school_id": cast.shiyan.id, "id": uuid.UUID(int=2025), "school_year": 2025, "stage": Stage.primary}
    with engine.begin() as connection:
        connection.execute(sa.insert(Class).values(former | {"grade": 3, "number": 9, "name": "三(9)班"}))
    filed = file(client, cast, plan()).get_json()
    assert [each["class_name"] for each in filed["daily_totals"]] == ["三(1)班", "三(2)班"]
    assert decide(client, cast, filed["id"], approved=True).status_code == 200
    with engine.connect() as connection:
        drafted = set(connection.scalars(sa.select(Assignment.class_id)))
    assert drafted == {cast.class_31.id, cast.class_32.id}
    overview = client.as_(cast.office).get(f"/schools/{cast.shiyan.id}/week-plans/overview", week_starts_on=WEEK)
    assert "三(9)班" not in overview.get_data(as_text=True)
    assert "三(1)班" in overview.get_data(as_text=True)
    assert "三(9)班" not in client.as_(cast.office).get(f"/schools/{cast.shiyan.id}/weekends").get_data(as_text=True)


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


def plans_path(cast: Cast, *more: str) -> str:
    """An address under the school's week plans."""
    return "/".join([f"/schools/{cast.shiyan.id}/week-plans", *more])


def get_plan(client: Client, cast: Cast, plan_id: str, who: str = "prep_maths") -> Any:
    """One plan."""
    return client.as_(getattr(cast, who)).get(plans_path(cast, plan_id))


def withdraw(client: Client, cast: Cast, plan_id: str, who: str = "prep_maths") -> Any:
    """Take it back."""
    return client.as_(getattr(cast, who)).delete(plans_path(cast, plan_id, "filing"))


def third(overview: Any) -> Any:
    """Grade 3 of an overview."""
    (grade,) = [each for each in overview.get_json()["grades"] if each["grade"] == 3]
    return grade


def test_one_plan_is_read_with_every_classs_totals(client: Client, cast: Cast) -> None:
    filed = file(client, cast, plan(item(40))).get_json()
    for who in ("prep_maths", "grade_head", "office"):
        answer = get_plan(client, cast, filed["id"], who).get_json()
        assert answer["by"]["name"] == "郑规"
        assert [each["nights"][0]["planned_minutes"] for each in answer["daily_totals"]] == [40, 40]
    for who in ("homeroom", "maths_teacher", "other_office", "mother"):
        assert get_plan(client, cast, filed["id"], who).status_code == 404


def test_a_draft_is_its_prep_groups_alone_and_in_no_total(client: Client, cast: Cast) -> None:
    draft = file(client, cast, plan(item(40), as_draft=True)).get_json()
    assert (draft["state"], draft["versions"]) == ("draft", [])
    assert draft["daily_totals"][0]["nights"][0]["planned_minutes"] == 40
    assert get_plan(client, cast, draft["id"]).status_code == 200
    for who in ("office", "grade_head"):
        assert get_plan(client, cast, draft["id"], who).status_code == 404
        assert client.as_(getattr(cast, who)).get(plans_path(cast)).get_json()["items"] == []
    assert decide(client, cast, draft["id"], approved=True).status_code == 404
    overview = third(client.as_(cast.office).get(plans_path(cast, "overview")))
    assert overview["plans"] == []
    assert overview["classes"][0]["nights"][0]["total_minutes"] == 0
    assert file(client, cast, plan(item(40))).get_json()["state"] == "filed"


def test_a_filed_plan_is_withdrawn_until_somebody_decides(client: Client, cast: Cast) -> None:
    filed = file(client, cast, plan()).get_json()
    for who in ("office", "grade_head", "maths_teacher", "other_office", "mother"):
        assert withdraw(client, cast, filed["id"], who).status_code == 404
    for _ in range(2):
        answer = withdraw(client, cast, filed["id"]).get_json()
        assert (answer["state"], answer["versions"]) == ("draft", [])
    again = file(client, cast, plan()).get_json()
    decide(client, cast, again["id"], approved=True)
    assert withdraw(client, cast, again["id"]).get_json()["errors"][0]["code"] == "already_decided"


def test_after_the_second_consultation_its_version_and_what_changed_are_said(client: Client, cast: Cast) -> None:
    first = file(client, cast, plan(item(40), item(20, "2026-11-25", "2026-11-26"))).get_json()
    assert (first["changed_since_version"], first["changes"]) == (None, [])
    decide(client, cast, first["id"], approved=False, note="周一太多", version=1)
    kept = file(client, cast, plan(item(30), as_draft=True)).get_json()
    assert (kept["state"], kept["note"]) == ("draft", "周一太多")
    file(client, cast, plan(item(30), item(20, "2026-11-25", "2026-11-26")))
    answer = get_plan(client, cast, first["id"], "office").get_json()
    assert (answer["version"], answer["changed_since_version"], answer["note"]) == (3, 1, "")
    (change,) = answer["changes"]
    minutes = [change[side]["tiers"][0]["estimated_minutes"] for side in ("before", "after")]
    assert (change["what"], minutes) == ("changed", [40, 30])
    history = [(each["version"], each["state"], each["note"], each["decided_by"]) for each in answer["versions"]]
    assert history == [(3, "filed", "", None), (1, "sent_back", "周一太多", "褚教务")]


def test_a_decision_names_the_version_that_was_looked_at(client: Client, cast: Cast) -> None:
    filed = file(client, cast, plan()).get_json()
    file(client, cast, plan(item(55)))
    late = decide(client, cast, filed["id"], approved=True, version=1)
    assert (late.status_code, late.get_json()["code"]) == (412, "version_mismatch")
    assert decide(client, cast, filed["id"], approved=True, version=2).status_code == 200


def test_the_drafts_are_each_classs_own_teachers_to_change_and_publish(client: Client, cast: Cast) -> None:
    filed = file(client, cast, plan()).get_json()
    decide(client, cast, filed["id"], approved=True)
    week = {"from": WEEK, "to": "2026-11-29"}
    for place, teacher in ((cast.class_31, "maths_teacher"), (cast.class_32, "maths_teacher")):
        shown = client.as_(getattr(cast, teacher)).get(f"/classes/{place.id}/plan", **week).get_json()
        (draft,) = shown["assignments"]
        assert (draft["state"], draft["by"]["name"]) == ("draft", "郑规")
        path = f"/assignments/{draft['id']}"
        changed = client.as_(getattr(cast, teacher)).patch(path, {"title": "改过"}, headers={"If-Match": '"1"'})
        assert changed.get_json()["title"] == "改过"
        assert client.as_(cast.english_teacher).put(f"{path}/publication", {"published": True}).status_code == 404
        published = client.as_(getattr(cast, teacher)).put(f"{path}/publication", {"published": True})
        assert published.get_json()["state"] == "published"


def test_the_overview_holds_every_night_against_the_cap_by_subject(client: Client, cast: Cast) -> None:
    week = {"given_on": WEEK, "due_on": "2026-11-24"}
    for subject, minutes in (("english", 30), ("maths", 5)):
        teacher = getattr(cast, f"{subject}_teacher")
        client.as_(teacher).post(f"/classes/{cast.class_31.id}/assignments", stated(subject, minutes, **week))
    file(client, cast, plan(item(40)))
    answer = client.as_(cast.office).get(plans_path(cast, "overview"), week_starts_on=WEEK).get_json()
    assert (answer["decides"], len(answer["days"])) == (True, 7)
    (grade,) = [each for each in answer["grades"] if each["grade"] == 3]
    first, second = (each["nights"][0] for each in grade["classes"])
    assert (first["total_minutes"], first["planned_minutes"], first["published_minutes"]) == (70, 40, 35)
    assert (first["exceeded"], first["over_minutes"], second["exceeded"]) == (True, 10, False)
    assert sorted((each["source"], each["subject"], each["minutes"]) for each in first["parts"]) == [
        ("filed", "maths", 40),
        ("published", "english", 30),
    ]
    assert grade["nights_over"] == 1
    assert [(each["subject"], each["state"], each["nights_over"]) for each in grade["plans"]] == [
        ("maths", "filed", [WEEK])
    ]


def test_the_overview_names_the_groups_that_filed_nothing(client: Client, cast: Cast) -> None:
    grade = third(client.as_(cast.office).get(plans_path(cast, "overview")))
    assert grade["missing_subjects"] == ["maths"]
    file(client, cast, plan())
    grade = third(client.as_(cast.office).get(plans_path(cast, "overview")))
    assert grade["missing_subjects"] == []


def test_grade_head_and_prep_group_look_at_their_own_grade_only(client: Client, cast: Cast, engine: sa.Engine) -> None:
    file(client, cast, plan())
    with engine.begin() as connection:
        row = connection.execute(sa.select(WeekPlan.__table__)).mappings().one()
        other = dict(row) | {"id": cast.ada.id, "subject": "english"}
        connection.execute(sa.insert(WeekPlan), other)
    for who in ("grade_head", "prep_maths"):
        answer = client.as_(getattr(cast, who)).get(plans_path(cast, "overview")).get_json()
        assert [each["grade"] for each in answer["grades"]] == [3]
        assert answer["decides"] is False
        opens = {each["subject"]: each["id"] is not None for each in answer["grades"][0]["plans"]}
        assert opens == {"maths": True, "english": who == "grade_head"}
    for who in ("homeroom", "maths_teacher", "other_office", "mother"):
        assert client.as_(getattr(cast, who)).get(plans_path(cast, "overview")).status_code == 404


def test_a_week_begins_on_monday(client: Client, cast: Cast) -> None:
    answer = client.as_(cast.office).get(plans_path(cast, "overview"), week_starts_on="2026-11-24")
    assert answer.get_json()["errors"][0]["code"] == "week_begins_monday"


def test_the_overview_asks_no_more_for_more_plans(client: Client, cast: Cast, engine: sa.Engine) -> None:
    def asked() -> int:
        count = 0

        def note(*_: Any) -> None:
            nonlocal count
            count += 1

        sa.event.listen(sa.Engine, "before_cursor_execute", note)
        try:
            assert client.as_(cast.office).get(plans_path(cast, "overview")).status_code == 200
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", note)
        return count

    file(client, cast, plan())
    one = asked()
    with engine.begin() as connection:
        row = dict(connection.execute(sa.select(WeekPlan.__table__)).mappings().one())
        for n in range(20):
            more = {"id": cast.ada.id.__class__(int=n + 1), "subject": f"s{n}", "state": WeekPlanState.APPROVED}
            connection.execute(sa.insert(WeekPlan), row | more)
    assert asked() == one
