"""Dates that nobody means, on every desk route that takes one: an answer or a named refusal, never a defect."""

import pytest
from flask import Flask

from tests.api.conftest import Client
from tests.cast import Cast

#: The calendar's two ends, a Monday and a Sunday beside them, before the school was there, beyond its calendar.
ODD = ("0001-01-01", "0001-01-03", "0001-01-08", "1900-02-28", "2024-02-29", "2027-01-04", "9999-12-27", "9999-12-31")
IN_PATH = {
    "board": ("homeroom", "/classes/{class_id}/nights/{day}"),
    "paper": ("homeroom", "/classes/{class_id}/nights/{day}/paper"),
    "set": ("homeroom", "/classes/{class_id}/nights/{day}/set"),
    "three figures": ("homeroom", "/classes/{class_id}/nights/{day}/three-figures"),
    "three figures, frozen": ("grade_head", "/classes/{class_id}/nights/{day}/three-figures"),
    "weekend": ("grade_head", "/classes/{class_id}/weekends/{day}"),
}
IN_QUERY = {
    "class meeting": ("homeroom", "/classes/{class_id}/meeting", "day"),
    "weekends": ("grade_head", "/schools/{school_id}/weekends", "on"),
    "week plans": ("office", "/schools/{school_id}/week-plans", "week_starts_on"),
    "week at a glance": ("office", "/schools/{school_id}/week-plans/overview", "week_starts_on"),
    "deliveries until": ("office", "/schools/{school_id}/deliveries", "to"),
    "deliveries since": ("office", "/schools/{school_id}/deliveries", "from"),
    "class trends until": ("homeroom", "/classes/{class_id}/trends", "to"),
    "class trends since": ("grade_head", "/classes/{class_id}/trends", "from"),
    "class page": ("grade_head", "/classes/{class_id}/trends/overview", "to"),
    "school page": ("office", "/schools/{school_id}/trends/overview", "to"),
    "school trends": ("office", "/schools/{school_id}/trends", "to"),
    "calibration": ("maths_teacher", "/me/calibration", "to"),
    "upward": ("office", "/schools/{school_id}/reports/upward", "to"),
    "district upward": ("officer", "/districts/{district_id}/reports/upward", "to"),
    "district page": ("officer", "/districts/{district_id}/trends/overview", "to"),
    "plan": ("homeroom", "/classes/{class_id}/plan", "from"),
}


def _filled(path: str, cast: Cast, day: str = "") -> str:
    places = {"class_id": cast.class_31.id, "school_id": cast.shiyan.id, "district_id": cast.district.id}
    return path.format(day=day, **places)


@pytest.mark.parametrize("name", IN_PATH)
def test_an_odd_night_in_a_path_is_answered_or_refused(client: Client, cast: Cast, name: str) -> None:
    who, path = IN_PATH[name]
    person = client.as_(getattr(cast, who))
    for day in ODD:
        assert person.get(_filled(path, cast, day)).status_code in {200, 404, 422}, day


@pytest.mark.parametrize("name", IN_QUERY)
def test_an_odd_date_in_a_query_is_answered_or_refused(client: Client, cast: Cast, name: str) -> None:
    who, path, parameter = IN_QUERY[name]
    person = client.as_(getattr(cast, who))
    for day in ODD:
        assert person.get(_filled(path, cast), **{parameter: day}).status_code in {200, 404, 422}, day


def test_an_odd_month_of_a_report_is_answered_or_refused(client: Client, cast: Cast) -> None:
    for day in ODD:
        answer = client.as_(cast.office).get(f"/schools/{cast.shiyan.id}/reports/monthly", month=day)
        assert answer.status_code in {200, 422}, day


@pytest.mark.parametrize("path", ["/notice-board/%00", "/notice-board/shiyan%00/archive", "/unsubscribe/%00"])
def test_a_nul_in_a_public_address_is_no_defect(app: Flask, path: str) -> None:
    assert app.test_client().get(path).status_code == 404
