"""Charts at the desk: every table against the API's figures, two against plain SQL; warnings, reports, the district."""

from __future__ import annotations

import datetime as dt
import io
import statistics
import uuid

import openpyxl
import pytest
import sqlalchemy as sa

from backend.storage.models import AuditEvent, NightSheet
from mobile_api.routes import client as client_files
from tests.api.planning import add_sheet, add_students
from tests.cast import TONIGHT, Cast
from tests.client.class_evening import NAMES
from tests.client.conftest import Desks, Phone
from tests.client.serving import Served
from tests.client.test_reminders import harmless
from tests.client.watching import until
from tests.client.weeks_of_class import MORNING, figures, furnish_weeks, said, shows

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]

CHARTS = ("load", "share", "spread", "heat", "estimates", "sleep", "places")
SIZES = [(1280, "light", "zh-CN"), (360, "dark", "en")]


@pytest.fixture
def weeks(served: Served, engine: sa.Engine) -> list[uuid.UUID]:
    """Ada's class over two weeks: twelve sheets on six nights, four of them over the cap."""
    return furnish_weeks(engine, served.cast)


@pytest.fixture
def homeroom(served: Served, weeks: list[uuid.UUID], desks: Desks) -> Phone:
    """Her homeroom teacher looking at four weeks."""
    return desks(served.cast.homeroom).open("/#/desk/trends").sees("每晚书面作业")


class TestTables:
    """Behind each chart stands a table with the figures that the API answered."""

    def test_load_and_share_by_week(self, homeroom: Phone, served: Served) -> None:
        names = ("mean_minutes", "median_minutes", "p90_minutes", "cap_minutes", "share_within_percent", "n")
        rows = figures(served, served.cast.homeroom, f"/classes/{served.cast.class_31.id}/trends", by="week")["items"]
        shown = [row for row in rows if row["n"]]
        assert len(shown) == 2
        expected = [said(*(row[name] for name in names), row["enrolled"]) for row in rows]
        assert [row[1:] for row in shows(homeroom, "load")] == expected
        shares = [said(row["share_within_percent"], row["n"], row["enrolled"]) for row in rows]
        assert [row[1:] for row in shows(homeroom, "share")] == shares

    def test_everything_else(self, homeroom: Phone, served: Served) -> None:
        found = figures(served, served.cast.homeroom, f"/classes/{served.cast.class_31.id}/trends/overview")
        heat = [said(each["median_minutes"], each["ratio"], each["n"]) for each in found["heat_map"]]
        assert sorted(row[2:] for row in shows(homeroom, "heat")) == sorted(heat)
        assert sum(int(row[1]) for row in shows(homeroom, "spread")) == found["distribution"]["n"]
        places = found["places"]
        assert [row[1] for row in shows(homeroom, "places")] == said(places["school_minutes"], places["home_minutes"])
        names = ("on_time_percent", "n_bedtime", "target_met_percent", "short_percent", "n_sleep", "projected")
        assert shows(homeroom, "sleep")[-1][1:7] == said(*(found["sleep"][name] for name in names))

    def test_estimates_by_subject_and_by_tier(self, homeroom: Phone, served: Served) -> None:
        names = ("estimated_minutes", "median_minutes", "p10_minutes", "p90_minutes", "ratio", "km_median_minutes")
        for by, button in (("subject", None), ("tier", "分层")):
            if button:
                homeroom.tap(button)
                homeroom.page.locator("[data-chart=estimates] thead th", has_text=button).wait_for(state="attached")
                homeroom.quiet()
            path = f"/classes/{served.cast.class_31.id}/trends"
            rows = [row["estimate"] for row in figures(served, served.cast.homeroom, path, by=by)["items"] if row["n"]]
            found = [row for row in shows(homeroom, "estimates") if row[7] != "–"]
            expected = [said(*(each[name] for name in names), each["n"], each["n_censored"]) for each in rows]
            assert sorted(row[1:9] for row in found) == sorted(expected)
        assert "by=tier" in homeroom.page.url

    def test_weeks_of_subjects_and_tiers_side_by_side(self, homeroom: Phone, served: Served) -> None:
        found = figures(served, served.cast.homeroom, f"/classes/{served.cast.class_31.id}/trends/estimates")
        names = ("estimated_minutes", "median_minutes", "p10_minutes", "p90_minutes", "ratio", "km_median_minutes")
        counts = ("n", "n_censored", "stopped_for_sleep")
        for chart, rows in (("weekly", found["subjects"]), ("tiers", found["tiers"])):
            expected = [said(*(of[name] for name in (*names, *counts))) for row in rows for of in (*row["weeks"], row)]
            assert [row[2:] for row in shows(homeroom, chart)] == expected
            assert expected
        homeroom.sees("另有 1 次没做完，其中 1 次是到点先睡了")


def test_load_and_spread_are_what_the_rows_in_the_database_say(homeroom: Phone, engine: sa.Engine, cast: Cast) -> None:
    monday = TONIGHT - dt.timedelta(days=1)
    minutes = sa.select(NightSheet.capped_minutes).where(NightSheet.class_id == cast.class_31.id)
    with engine.connect() as connection:
        week = list(connection.scalars(minutes.where(NightSheet.night >= monday)))
        all_of_them = list(connection.scalars(minutes))
    row = shows(homeroom, "load")[-1]
    assert float(row[1]) == round(statistics.mean(week) + 1e-9, 1)
    assert int(row[5]) == int(100 * sum(value <= 60 for value in week) / len(week) + 0.5)
    assert row[6] == str(len(week))
    dots = {int(row[0].split("–")[0]): int(row[1]) for row in shows(homeroom, "spread")}
    assert dots == {begin: sum(begin <= value < begin + 5 for value in all_of_them) for begin in dots}
    assert sum(dots.values()) == len(all_of_them)


class TestLooking:
    """One idea a card, drawn when it is come to."""

    def test_charts_are_fetched_and_drawn_when_scrolled_to(self, served: Served, homeroom: Phone) -> None:
        chart = homeroom.page.locator("[data-chart=sleep]")
        assert chart.locator("svg").count() == 0
        before = chart.bounding_box()
        chart.scroll_into_view_if_needed()
        chart.locator(".drawing svg").wait_for()
        after = chart.bounding_box()
        assert before
        assert after
        assert before["height"] == after["height"]

    def test_at_twice_the_text_size_the_smallest_screen_is_wide_enough(
        self, served: Served, weeks: list[uuid.UUID], desks: Desks
    ) -> None:
        one = desks(served.cast.homeroom, width=320, height=640).open("/#/desk/trends").sees("下载表格")
        one.page.evaluate("document.documentElement.style.fontSize = '200%'")
        one.page.locator("[data-chart=weekly] .plot").first.wait_for()
        one.page.locator("[data-chart=estimates] .track").first.wait_for()
        until(one.page, "document.documentElement.scrollWidth <= 320")  # the charts follow a moment after the text

    def test_a_familys_phone_keeps_no_chart(self) -> None:
        assert [each for each in (client_files.BUILD / "assets").iterdir() if each.name.startswith("engine-")]
        worker = (client_files.BUILD / "sw.js").read_text(encoding="utf-8")
        assert "/app/assets/engine" not in worker

    def test_the_table_is_turned_over_by_keyboard(self, homeroom: Phone) -> None:
        button = homeroom.button("每晚书面作业：表格")
        button.focus()
        homeroom.page.keyboard.press("Enter")
        homeroom.page.locator("[data-chart=load] .table[role=region]").wait_for()
        assert button.get_attribute("aria-pressed") == "true"

    def test_a_chart_says_in_words_what_it_shows(self, homeroom: Phone) -> None:
        drawing = homeroom.page.locator("[data-chart=load] .drawing[role=img]")
        drawing.wait_for()
        assert "平均每晚" in (drawing.get_attribute("aria-label") or "")

    def test_the_period_stands_in_the_address(self, homeroom: Phone) -> None:
        homeroom.tap("近 8 周")
        homeroom.page.locator("button[aria-pressed=true]", has_text="近 8 周").wait_for()
        assert "from=2026-09-23&to=2026-11-17" in homeroom.page.url
        homeroom.page.reload()
        homeroom.sees("9月23日")

    def test_every_figure_has_its_coverage(self, homeroom: Phone) -> None:
        for chart in CHARTS:
            assert homeroom.page.locator(f"[data-chart={chart}]", has_text="份").count() == 1 or chart == "estimates"
        assert "次做完的作业" in homeroom.page.locator("[data-chart=estimates]").inner_text()

    @pytest.mark.parametrize(("width", "scheme", "language"), SIZES)
    def test_it_is_accessible_wide_and_narrow(
        self, served: Served, weeks: list[uuid.UUID], desks: Desks, width: int, scheme: str, language: str
    ) -> None:
        one = desks(served.cast.homeroom, language=language, scheme=scheme, width=width)
        one.open("/#/desk/trends").page.locator("[data-chart=places]").scroll_into_view_if_needed()
        one.quiet()
        harmless(one)
        assert one.page.evaluate("document.documentElement.scrollWidth") <= width


class TestWhoSeesWhat:
    """As the API has it, and said."""

    def test_a_subject_teacher_sees_the_own_subject_and_nothing_else(
        self, served: Served, weeks: list[uuid.UUID], desks: Desks
    ) -> None:
        page = desks(served.cast.maths_teacher).open("/#/desk/trends").sees("我的预估").page
        for chart in ("own", "heat", "estimates", "weekly", "tiers"):
            page.locator(f"[data-chart={chart}]").wait_for()
        assert page.locator("[data-chart]").count() == 5
        text = page.locator("#desk-content").inner_text()
        assert not [word for word in ("语文", "睡眠", "就寝", "在上限内") if word in text]

    def test_too_few_are_withheld_in_words(self, served: Served, engine: sa.Engine, desks: Desks) -> None:
        cast = served.cast
        for pupil in add_students(engine, cast.class_32, cast.shiyan.id, 3):
            add_sheet(engine, cast.shiyan.id, cast.class_32.id, pupil, TONIGHT - dt.timedelta(days=7), 47)
        one = desks(cast.office).open(f"/#/desk/trends?class={cast.class_32.id}&of=class").sees("少于 5 人")
        page = one.page
        page.locator("[data-chart=load]").wait_for()
        assert "47" not in page.locator("#desk-content").inner_text()

    def test_the_office_goes_from_the_school_to_a_class(
        self, served: Served, weeks: list[uuid.UUID], desks: Desks
    ) -> None:
        one = desks(served.cast.office).open("/#/desk/trends").sees("每晚的数字第二天 7:00 定下")
        one.page.locator("form select").select_option(label="三(1)班")
        one.page.locator("h1", has_text="三(1)班").wait_for()
        assert f"class={served.cast.class_31.id}" in one.page.url

    def test_no_pupil_is_named_on_any_of_these_screens(
        self, served: Served, weeks: list[uuid.UUID], desks: Desks
    ) -> None:
        one = desks(served.cast.office)
        headings = {"trends": "趋势", "warnings": "需要留意", "reports": "报告", "reports?show=upward": "报告"}
        for path, heading in headings.items():
            text = one.open(f"/#/desk/{path}").arrived(heading).quiet().page.content()
            assert not [name for name in (*NAMES, served.cast.ada.name) if name in text]


class TestWarnings:
    """Plain reasons, closed by saying what was done."""

    def test_a_warning_is_closed_by_a_recorded_action(self, homeroom: Phone, served: Served, engine: sa.Engine) -> None:
        path = f"/classes/{served.cast.class_31.id}/warnings"
        (warned,) = served.ask(served.cast.homeroom, "GET", path)["items"]
        homeroom.page.get_by_role("link", name="需要留意 · 1").click()
        homeroom.sees("书面作业常超上限").sees(f"最近 {warned['of']} 个上学日有 {warned['count']} 天超过上限")
        homeroom.page.get_by_role("button", name="写下做了什么").click()
        homeroom.page.get_by_label("做了什么", exact=True).fill("周二不留书面作业")
        homeroom.tap("处理好了").sees("王雅文").sees("周二不留书面作业")
        with engine.connect() as connection:
            actions = list(connection.scalars(sa.select(AuditEvent.action)))
        assert "warning.closed" in actions
        assert served.ask(served.cast.homeroom, "GET", path)["items"][0]["closed"]["action"] == "周二不留书面作业"

    @pytest.mark.parametrize(("width", "scheme", "language"), SIZES)
    def test_the_list_is_accessible(
        self, served: Served, weeks: list[uuid.UUID], desks: Desks, width: int, scheme: str, language: str
    ) -> None:
        one = desks(served.cast.homeroom, language=language, scheme=scheme, width=width).open("/#/desk/warnings")
        one.page.locator("li.card").first.wait_for()
        harmless(one)
        assert one.page.evaluate("document.documentElement.scrollWidth") <= width

    def test_the_office_closes_one_and_the_teacher_sees_what_was_done(
        self, served: Served, weeks: list[uuid.UUID], desks: Desks
    ) -> None:
        served.clock.advance(minutes=MORNING)
        office = desks(served.cast.office).open("/#/desk/warnings").arrived("需要留意")
        office.sees("三(1)班 · 书面作业常超上限").page.get_by_role("button", name="写下做了什么").first.click()
        go = office.button("处理好了")
        assert go.is_disabled()
        office.page.get_by_label("做了什么", exact=True).fill("和各科说好，周三不布置书面作业")
        go.click()
        office.sees("已处理").sees("和各科说好，周三不布置书面作业")
        teacher = desks(served.cast.homeroom).open("/#/desk/warnings").arrived("需要留意")
        teacher.sees(served.cast.office.name).sees("和各科说好，周三不布置书面作业")
        month = served.ask(served.cast.office, "GET", f"/schools/{served.cast.shiyan.id}/reports/monthly")
        assert {each["code"]: each["closed"] for each in month["warnings"]}["class_over_cap"] == 1


def pages_of(desk: Phone) -> int:
    """How many sheets of paper this screen prints on."""
    return desk.page.pdf(format="A4", prefer_css_page_size=True).count(b"/Type /Page\n")


class TestReports:
    """The month, the report upward, the tables as files."""

    def test_the_month_is_one_page_with_the_apis_figures(
        self, served: Served, weeks: list[uuid.UUID], desks: Desks
    ) -> None:
        one = desks(served.cast.office).open("/#/desk/reports").sees("作业与睡眠月报")
        report = served.ask(served.cast.office, "GET", f"/schools/{served.cast.shiyan.id}/reports/monthly")
        facts = one.page.locator("dl.facts").inner_text()
        assert f"{report['figure']['mean_minutes']:g} 分钟" in facts
        assert f"{report['figure']['share_within_percent']}%" in facts
        assert f"{report['upward']['n']} / {report['upward']['enrolled']} 份" in facts
        assert pages_of(one) == 1

    def test_the_report_upward_is_one_page(self, served: Served, weeks: list[uuid.UUID], desks: Desks) -> None:
        one = desks(served.cast.office).open("/#/desk/reports?show=upward").sees("公示天数")
        assert pages_of(one) == 1

    @pytest.mark.parametrize("kind", ["XLSX", "CSV"])
    def test_a_table_is_taken_home_as_a_file(
        self, served: Served, weeks: list[uuid.UUID], desks: Desks, kind: str
    ) -> None:
        one = desks(served.cast.office).open("/#/desk/reports?show=download").sees("内容和屏幕上一样")
        with one.page.expect_download() as got:
            one.tap(f"下载 {kind}：每晚用时")
        content = got.value.path().read_bytes()
        assert content.startswith(b"PK" if kind == "XLSX" else "\ufeff".encode())
        assert got.value.suggested_filename == f"nightsheet-figures-2026-11-01-2026-11-17.{kind.lower()}"

    def test_the_month_is_taken_home_as_a_workbook(self, served: Served, weeks: list[uuid.UUID], desks: Desks) -> None:
        one = desks(served.cast.office, language="en").open("/#/desk/reports").sees("homework and sleep")
        with one.page.expect_download() as got:
            one.tap("Download XLSX: Monthly report")
        book = openpyxl.load_workbook(io.BytesIO(got.value.path().read_bytes()))
        assert book.sheetnames[:3] == ["Report upward", "Grades", "Weeks"]
        assert "Primary" in {row[0] for row in book["Grades"].iter_rows(values_only=True)}

    @pytest.mark.parametrize(("width", "scheme", "language"), SIZES)
    @pytest.mark.parametrize("show", ["monthly", "upward", "download"])
    def test_they_are_accessible(
        self, served: Served, weeks: list[uuid.UUID], desks: Desks, show: str, width: int, scheme: str, language: str
    ) -> None:
        one = desks(served.cast.office, language=language, scheme=scheme, width=width)
        one.open(f"/#/desk/reports?show={show}").arrived("报告" if language == "zh-CN" else "Reports")
        one.page.locator("#desk-content .card").first.wait_for()
        harmless(one)
        assert one.page.evaluate("document.documentElement.scrollWidth") <= width


class TestDistrict:
    """Schools side by side: shares, no name, no rank."""

    def test_a_line_a_school_as_the_api_has_it(self, served: Served, weeks: list[uuid.UUID], desks: Desks) -> None:
        one = desks(served.cast.officer).open("/#/desk/district").sees("按学校名单顺序，不排名次")
        path = f"/districts/{served.cast.district.id}/reports/upward"
        school = figures(served, served.cast.officer, path)["schools"][0]
        row = one.page.locator("tbody tr").first
        assert row.locator("th").inner_text() == school["name"]
        assert row.locator("td b").first.inner_text() == f"{school['share_within_percent']}%"
        assert one.page.locator("thead button").count() == 0
        assert pages_of(one) == 1

    def test_the_report_upward_is_taken_home(self, served: Served, weeks: list[uuid.UUID], desks: Desks) -> None:
        one = desks(served.cast.officer).open("/#/desk/district").sees("按学校名单顺序，不排名次")
        with one.page.expect_download() as got:
            one.tap("下载 CSV：上报表")
        head, *lines = got.value.path().read_text(encoding="utf-8-sig").splitlines()
        assert head.startswith("学校,份数,应有份数,上交率 %")
        assert [line.split(",")[0] for line in lines] == [served.cast.shiyan.name, "合计"]

    def test_a_schools_charts_are_one_tap_away(self, served: Served, weeks: list[uuid.UUID], desks: Desks) -> None:
        one = desks(served.cast.officer).open("/#/desk/district").sees("按学校名单顺序")
        one.page.locator("tbody a").first.click()
        one.page.locator("[data-chart=load]").wait_for()
        assert "数学" in one.page.locator("[data-chart=heat]").inner_text()

    @pytest.mark.parametrize(("width", "scheme", "language"), SIZES)
    def test_it_is_accessible(
        self, served: Served, weeks: list[uuid.UUID], desks: Desks, width: int, scheme: str, language: str
    ) -> None:
        one = desks(served.cast.officer, language=language, scheme=scheme, width=width).open("/#/desk/district")
        one.page.locator("tbody tr").first.wait_for()
        harmless(one)
        assert one.page.evaluate("document.documentElement.scrollWidth") <= width
