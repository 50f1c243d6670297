"""The week's sheet for the class meeting."""

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from backend.domain.load import Tier
from backend.storage.models import NightSheet, Sleep
from tests.api.conftest import Client
from tests.api.planning import add_sheet, add_students, stated
from tests.cast import START, TONIGHT, Cast

MONDAY = TONIGHT - dt.timedelta(days=1)


@pytest.fixture
def path(cast: Cast) -> str:
    return f"/classes/{cast.class_31.id}/meeting"


def week(client: Client, cast: Cast, engine: sa.Engine, pupils: int) -> None:
    """So many pupils with maths of 20 minutes that took 30 to 79 tonight, and 40 a week ago."""
    made = client.as_(cast.maths_teacher).post(f"/classes/{cast.class_31.id}/assignments", stated(minutes=20))
    values: dict[str, Any] = {"assignment_id": uuid.UUID(made.get_json()["id"]), "tier": Tier.standard}
    school, place = cast.shiyan.id, cast.class_31.id
    for number, pupil in enumerate(add_students(engine, cast.class_31, school, pupils)):
        minutes = 30 + 49 * number // max(1, pupils - 1)
        add_sheet(engine, school, place, pupil, TONIGHT, minutes, estimated_minutes=20, **values)
        add_sheet(engine, school, place, pupil, TONIGHT - dt.timedelta(days=7), 40)
        key = {"school_id": school, "student_id": pupil, "night": TONIGHT}
        late = dt.timedelta(minutes=60 if number < 6 else -10)
        with engine.begin() as connection:
            sleep = {"lights_out_at": START + dt.timedelta(hours=3) + late, "changed_by": pupil, "changed_at": START}
            connection.execute(sa.insert(Sleep), key | sleep | {"change_counter": 1})
            mine = (NightSheet.student_id == pupil, NightSheet.night == TONIGHT)
            latest = {"latest_lights_out_at": START + dt.timedelta(hours=3), "sleep_target_minutes": 600}
            connection.execute(sa.update(NightSheet).where(*mine).values(**latest))


def test_load_stands_beside_estimate_and_the_week_before(
    client: Client, cast: Cast, engine: sa.Engine, path: str
) -> None:
    week(client, cast, engine, 12)
    sheet = client.as_(cast.homeroom).get(path).get_json()
    assert (sheet["week_starts_on"], sheet["enrolled"]) == (str(MONDAY), 15)
    assert (sheet["mean_minutes"], sheet["mean_before_minutes"]) == (54, 40)
    maths = sheet["subjects"][0]
    assert (maths["subject"], maths["estimated_minutes"], maths["taken_minutes"], maths["pieces"]) == (
        "maths",
        20,
        54,
        1,
    )
    shares = {each["name"]: (each["band"], each["percent"]) for each in sheet["shares"]}
    assert shares["within_cap"] == ("half", 60)
    assert shares["in_bed_on_time"] == ("half", 50)
    assert shares["slept_enough"] == ("withheld", None)
    tuesday = sheet["nights"][1]
    assert (tuesday["night"], tuesday["n"], tuesday["mean_minutes"]) == (str(TONIGHT), 12, 54)


def test_four_children_are_in_no_figure_and_no_child_is_named(
    client: Client, cast: Cast, engine: sa.Engine, path: str
) -> None:
    week(client, cast, engine, 4)
    answer = client.as_(cast.homeroom).get(path)
    sheet = answer.get_json()
    assert (sheet["mean_minutes"], sheet["nights"][1]["mean_minutes"], sheet["nights"][1]["withheld"]) == (
        None,
        None,
        True,
    )
    assert (sheet["subjects"][0]["taken_minutes"], sheet["subjects"][0]["pieces_known"]) == (None, 0)
    assert {each["band"] for each in sheet["shares"]} == {"withheld"}
    assert "学生" not in answer.get_data(as_text=True)
    assert "student_id" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("who", ["maths_teacher", "homeroom_32", "office", "grade_head", "other_homeroom", "ada"])
def test_to_all_others_it_is_unknown(client: Client, cast: Cast, path: str, who: str) -> None:
    assert client.as_(getattr(cast, who)).get(path).status_code == 404
