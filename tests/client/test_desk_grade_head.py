"""A grade head at the desk: trends, warnings and reports of the own grade; by keyboard, narrow, and in large text."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from tests.cast import TONIGHT
from tests.client.class_evening import NAMES
from tests.client.conftest import Desks
from tests.client.serving import Served
from tests.client.test_by_keyboard import fits
from tests.client.test_reminders import harmless
from tests.client.weeks_of_class import MORNING, furnish_weeks, said, shows

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]


@pytest.fixture
def weeks(served: Served, engine: sa.Engine) -> list[uuid.UUID]:
    """Ada's class over two weeks: twelve sheets on six nights, four of them over the cap."""
    return furnish_weeks(engine, served.cast)


class TestGradeHead:
    """The own grade: its classes side by side, what it warns of, its month; no name, no other grade."""

    def test_watches_the_grade_from_chart_to_file(self, served: Served, weeks: list[uuid.UUID], desks: Desks) -> None:
        served.clock.advance(minutes=MORNING)
        one = desks(served.cast.grade_head).open("/#/desk/trends").sees("各班每周平均")
        assert "三年级" in one.page.locator("h1").inner_text()
        cells = self.of_the_grade(served)
        assert [row[2] for row in shows(one, "grid")] == [said(cell["mean_minutes"])[0] for cell in cells]
        assert {row[0] for row in shows(one, "grid")} == {cell["name"] for cell in cells}
        assert [row[0] for row in shows(one, "weekly")] == ["数学", "数学"]
        harmless(one)
        with one.page.expect_download() as got:
            one.page.locator("[data-part=download] select").first.select_option("calibration_weeks")
            one.tap("下载 CSV：每周预估和实际")
        lines = got.value.path().read_text(encoding="utf-8-sig").splitlines()
        assert lines[0].startswith("从,到,学科")
        assert ",数学," in lines[1]
        one.page.locator("a", has_text="需要留意").first.click()
        one.arrived("需要留意").sees("三(1)班 · 书面作业常超上限")
        text = one.open("/#/desk/reports").arrived("报告").sees("作业与睡眠月报").page.locator("main").inner_text()
        assert "三年级" in text
        assert not [name for name in ("七年级", *NAMES) if name in text]

    def of_the_grade(self, served: Served) -> list[dict[str, Any]]:
        """Each class's week that has something to show, class by class."""
        asked = {
            "from": (TONIGHT - dt.timedelta(days=26)).isoformat(),
            "to": (TONIGHT + dt.timedelta(days=1)).isoformat(),
        }
        path = f"/schools/{served.cast.shiyan.id}/trends?{urlencode(asked | {'by': 'week'})}"
        rows = served.ask(served.cast.grade_head, "GET", path)["items"]
        names = [cell["name"] for cell in rows[0]["classes"]]
        cells = [cell for name in names for row in rows for cell in row["classes"] if cell["name"] == name]
        return [cell for cell in cells if cell["n"]]

    def test_the_table_behind_a_chart_is_read_and_turned_by_keyboard(
        self, served: Served, weeks: list[uuid.UUID], desks: Desks
    ) -> None:
        served.clock.advance(minutes=MORNING)
        page = desks(served.cast.grade_head).open("/#/desk/trends").sees("各班每周平均").page
        page.get_by_role("table", name="各班每周平均").get_by_role("row").nth(1).wait_for(state="attached")
        button = page.get_by_role("button", name="各班每周平均：表格")
        button.focus()
        page.keyboard.press("Enter")
        region = page.get_by_role("region", name="各班每周平均").last
        region.wait_for()
        for role in ("img", "region"):  # what may be wider than the screen is reached, then its table
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.getAttribute('role')") == role
        assert region.get_by_role("columnheader").first.inner_text() == "班级"

    @pytest.mark.parametrize(("language", "big"), [("en", False), ("zh-CN", True)])
    def test_trends_warnings_and_reports_hold_320_px_and_text_of_twice_the_size(
        self, served: Served, weeks: list[uuid.UUID], desks: Desks, language: str, big: bool
    ) -> None:
        served.clock.advance(minutes=MORNING)
        width = 640 if big else 320
        one = desks(served.cast.grade_head, language=language, width=width)
        own = {
            "trends": "[data-chart=grid]",
            "warnings": "li.card",
            "reports": ".month",
            "reports?show=upward": "tbody tr",
            "reports?show=download": "[data-part=download]",
        }
        for path, sign in own.items():
            one.open(f"/#/desk/{path}").page.locator(f"#desk-content {sign}").first.wait_for()
            if big:
                one.page.add_style_tag(content="html { font-size: 200% }")
            fits(one, path)
