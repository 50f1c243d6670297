"""Estimate against actual week by week: by subject and by tier, to whom, and what is withheld."""

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from backend.clock import FrozenClock
from backend.domain.load import Outcome, Tier
from tests.api.conftest import Client
from tests.api.planning import add_sheet, add_students
from tests.api.test_exports import publish
from tests.cast import TONIGHT, Cast

#: A Thursday, the Tuesday before last, and last night: three weeks.
NIGHTS = [TONIGHT - dt.timedelta(days=n) for n in (14, 7, 0)]


@pytest.fixture
def pupils(engine: sa.Engine, cast: Cast, clock: FrozenClock) -> list[uuid.UUID]:
    """Twelve of 三(1)班, each week's maths taking ten minutes longer; half of them took the basic tier."""
    found = add_students(engine, cast.class_31, cast.shiyan.id, 12)
    for number, night in enumerate(NIGHTS):
        work = {"assignment_id": publish(engine, cast, night), "estimated_minutes": 20}
        for at, pupil in enumerate(found):
            tier = Tier.basic if at < 6 else Tier.standard
            minutes = 20 + 10 * number + (0 if at < 6 else 4)
            add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil, night, minutes, tier=tier, **work)
    clock.advance(days=1)
    return found


def estimates(client: Client, cast: Cast, who: str = "homeroom", place: str = "class") -> dict[str, Any]:
    path = {"class": f"/classes/{cast.class_31.id}", "school": f"/schools/{cast.shiyan.id}"}
    path["district"] = f"/districts/{cast.district.id}"
    found: dict[str, Any] = client.as_(getattr(cast, who)).get(f"{path[place]}/trends/estimates").get_json()
    return found


@pytest.mark.parametrize(
    ("who", "place", "frozen"),
    [
        ("homeroom", "class", False),
        ("office", "class", True),
        ("office", "school", True),
        ("officer", "district", True),
    ],
)
def test_each_week_stands_beside_the_whole(
    client: Client, cast: Cast, pupils: list[uuid.UUID], who: str, place: str, frozen: bool
) -> None:
    found = estimates(client, cast, who, place)
    (maths,) = found["subjects"]
    assert found["frozen"] is frozen
    assert (maths["subject"], maths["n"], maths["estimated_minutes"], maths["median_minutes"]) == ("maths", 36, 20, 32)
    assert [(week["median_minutes"], week["n"], week["ratio"]) for week in maths["weeks"]] == [
        (22, 12, 1.1),
        (32, 12, 1.6),
        (42, 12, 2.1),
    ]
    assert [week["from"] for week in maths["weeks"]] == [
        (night - dt.timedelta(days=night.weekday())).isoformat() for night in NIGHTS
    ]


def test_tiers_come_in_their_order_side_by_side(client: Client, cast: Cast, pupils: list[uuid.UUID]) -> None:
    tiers = estimates(client, cast, "office")["tiers"]
    assert [(each["tier"], each["n"], each["median_minutes"]) for each in tiers] == [
        ("basic", 18, 30),
        ("standard", 18, 34),
    ]
    assert [week["median_minutes"] for week in tiers[1]["weeks"]] == [24, 34, 44]


def test_a_subject_teacher_gets_tiers_of_the_own_subject_alone(
    client: Client, cast: Cast, engine: sa.Engine, pupils: list[uuid.UUID]
) -> None:
    own, other = (estimates(client, cast, who) for who in ("maths_teacher", "english_teacher"))
    assert [each["subject"] for each in own["subjects"]] == ["maths"]
    assert [(each["tier"], each["n"]) for each in own["tiers"]] == [("basic", 18), ("standard", 18)]
    assert (other["subjects"], other["tiers"]) == ([], [])


def test_fewer_than_five_that_finished_are_withheld_week_and_whole(
    client: Client, cast: Cast, engine: sa.Engine, pupils: list[uuid.UUID]
) -> None:
    night = TONIGHT - dt.timedelta(days=1)
    work = {"assignment_id": publish(engine, cast, night), "estimated_minutes": 20, "tier": Tier.extension}
    for at, pupil in enumerate(pupils[:6]):
        outcome = Outcome.finished if at < 4 else Outcome.unfinished
        add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil, night, 90, outcome=outcome, **work)
    extension = estimates(client, cast, "office")["tiers"][-1]
    assert (extension["tier"], extension["withheld"], extension["n"], extension["median_minutes"]) == (
        "extension",
        True,
        None,
        None,
    )
    assert [week["withheld"] for week in extension["weeks"]] == [True]
    live = estimates(client, cast)["tiers"][-1]
    assert (live["n"], live["n_censored"], live["basis"]) == (4, 2, "kaplan_meier")


def test_who_has_the_answer_is_told_that_it_still_stands(
    client: Client, cast: Cast, engine: sa.Engine, pupils: list[uuid.UUID]
) -> None:
    path = f"/classes/{cast.class_31.id}/trends/estimates"
    first = client.as_(cast.homeroom).get(path)
    again = client.as_(cast.homeroom).get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = client.as_(cast.maths_teacher).get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200
    work = {"assignment_id": publish(engine, cast, TONIGHT), "estimated_minutes": 20, "tier": Tier.basic}
    add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupils[0], TONIGHT - dt.timedelta(days=1), 90, **work)
    changed = client.as_(cast.homeroom).get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
