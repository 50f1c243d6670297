"""The classes that a member of staff reaches at the desk."""

from typing import Any

import pytest

from tests.api.conftest import Client
from tests.cast import TONIGHT, Cast


def classes(client: Client, who: Any) -> dict[str, Any]:
    """The classes of somebody, by name."""
    return {each["name"]: each for each in client.as_(who).get("/me/classes").get_json()["items"]}


def test_a_teacher_has_the_classes_taught_with_subject_and_weekdays(client: Client, cast: Cast) -> None:
    found = classes(client, cast.maths_teacher)
    assert list(found) == ["三(1)班", "三(2)班"]
    assert found["三(1)班"]["subjects"] == [{"subject": "maths", "weekdays": [1, 2, 3, 4, 5]}]
    assert found["三(1)班"]["roles"] == ["subject_teacher"]


def test_several_posts_in_one_class_are_one_class(client: Client, cast: Cast) -> None:
    found = classes(client, cast.homeroom)
    assert list(found) == ["三(1)班"]
    assert set(found["三(1)班"]["roles"]) == {"homeroom_teacher", "subject_teacher"}


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("grade_head", ["三(1)班", "三(2)班"]),
        ("prep_maths", ["三(1)班", "三(2)班"]),
        ("office", ["一(1)班", "三(1)班", "三(2)班", "七(1)班"]),
    ],
)
def test_a_grade_and_an_office_reach_theirs(client: Client, cast: Cast, who: str, expected: list[str]) -> None:
    found = classes(client, getattr(cast, who))
    assert list(found) == expected
    assert all(each["subjects"] == [] for each in found.values())


def test_another_schools_class_of_the_same_name_is_not_there(client: Client, cast: Cast) -> None:
    assert [each["id"] for each in classes(client, cast.other_homeroom).values()] == [str(cast.other_class.id)]


def test_the_schools_days_come_along(client: Client, cast: Cast) -> None:
    answer = client.as_(cast.maths_teacher).get("/me/classes").get_json()
    days = {each["day"]: each for each in answer["days"]}
    assert answer["today"] == TONIGHT.isoformat()
    assert days["2026-11-20"] == {"day": "2026-11-20", "is_school_day": True, "timetable_weekday": 5}
    assert days["2026-11-21"]["is_school_day"] is False


@pytest.mark.parametrize("who", ["mother", "ada", "officer"])
def test_others_have_no_classes_here(client: Client, cast: Cast, who: str) -> None:
    assert client.as_(getattr(cast, who)).get("/me/classes").status_code == 404
