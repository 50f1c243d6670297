"""Planned, really set, really taken: three figures of a class's night that stay three."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from backend.storage.models import Assignment
from tests.api.conftest import Client
from tests.api.planning import UNKNOWN, add_sheet, add_students, same_but_id, stated
from tests.cast import TONIGHT, Cast

MONDAY = TONIGHT - dt.timedelta(days=1)


def ask(client: Client, cast: Cast, who: str, night: dt.date = MONDAY, class_id: object = None) -> Any:
    """The night's three figures."""
    return client.as_(getattr(cast, who)).get(
        f"/classes/{class_id or cast.class_31.id}/nights/{night.isoformat()}/three-figures"
    )


def live(client: Client, cast: Cast, engine: sa.Engine, n: int) -> None:
    """A Monday: maths planned 25, published 20, set 30, and taken 40 by `n` students."""
    given = {"given_on": MONDAY.isoformat(), "due_on": TONIGHT.isoformat()}
    body = {"stage": "primary", "grade": 3, "subject": "maths", "week_starts_on": MONDAY.isoformat()}
    items = [{"title": "练习册", **given, "tiers": [{"estimated_minutes": 25}]}]
    path = f"/schools/{cast.shiyan.id}/week-plans"
    plan = client.as_(cast.prep_maths).post(path, body | {"items": items}).get_json()
    client.as_(cast.office).put(f"{path}/{plan['id']}/decision", {"approved": True})
    client.as_(cast.maths_teacher).post(f"/classes/{cast.class_31.id}/assignments", stated("maths", 20, **given))
    night = f"/classes/{cast.class_31.id}/nights/{MONDAY.isoformat()}"
    client.as_(cast.homeroom).put(f"{night}/set", {"items": [{"subject": "maths", "estimated_minutes": 30}]})
    with engine.connect() as connection:
        published = sa.select(Assignment.id).where(Assignment.published_at.is_not(None), Assignment.given_on == MONDAY)
        work = connection.scalar(published)
    for student in add_students(engine, cast.class_31, cast.shiyan.id, n):
        add_sheet(engine, cast.shiyan.id, cast.class_31.id, student, MONDAY, 40, assignment_id=work)


def maths(answer: Any) -> tuple[Any, ...]:
    """The row of maths as (planned, published, set, mean taken, withheld)."""
    (row,) = [each for each in answer.get_json()["items"] if each["subject"] == "maths"]
    taken = row["taken"] or {"mean_minutes": None, "withheld": None}
    head = tuple(row[name] for name in ("planned_minutes", "published_minutes", "set_minutes"))
    return (*head, taken["mean_minutes"], taken["withheld"])


def test_they_stand_side_by_side_by_subject_and_in_all(client: Client, cast: Cast, engine: sa.Engine) -> None:
    live(client, cast, engine, 6)
    answer = ask(client, cast, "homeroom")
    assert maths(answer) == (25, 20, 30, 40.0, False)
    total = answer.get_json()["total"]
    assert (total["planned_minutes"], total["published_minutes"], total["set_minutes"]) == (25, 20, 30)
    assert (total["taken"]["mean_minutes"], total["taken"]["n"]) == (40.0, 6)


def test_those_who_see_no_names_get_what_was_taken_from_five_students_on(
    client: Client, cast: Cast, engine: sa.Engine
) -> None:
    live(client, cast, engine, 4)
    for who in ("office", "grade_head"):
        answer = ask(client, cast, who)
        assert maths(answer)[:3] == (25, 20, 30)
        assert maths(answer)[3:] in {(None, True), (None, None)}
        assert answer.get_json()["total"]["taken"]["mean_minutes"] is None
    assert maths(ask(client, cast, "homeroom"))[3] == 40.0


def test_a_night_that_is_not_yet_fixed_says_nothing_of_what_was_taken(
    client: Client, cast: Cast, engine: sa.Engine
) -> None:
    live(client, cast, engine, 6)
    for student in add_students(engine, cast.class_32, cast.shiyan.id, 6):
        add_sheet(engine, cast.shiyan.id, cast.class_32.id, student, TONIGHT, 40)
    answer = ask(client, cast, "office", TONIGHT, cast.class_32.id).get_json()
    assert (answer["items"], answer["total"]["taken"]) == ([], None)


def test_a_subject_teacher_gets_what_the_own_subject_took(client: Client, cast: Cast, engine: sa.Engine) -> None:
    live(client, cast, engine, 6)
    assert maths(ask(client, cast, "maths_teacher")) == (25, 20, 30, 40.0, False)
    others = ask(client, cast, "english_teacher")
    assert maths(others)[3] is None
    assert others.get_json()["total"]["taken"] is None


def test_others_get_the_answer_of_an_unknown_class(client: Client, cast: Cast) -> None:
    for who in ("prep_maths", "other_office", "other_homeroom"):
        refused = ask(client, cast, who)
        assert refused.status_code == 404
        assert same_but_id(refused) == same_but_id(ask(client, cast, who, class_id=UNKNOWN))
