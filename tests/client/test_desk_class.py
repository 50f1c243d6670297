"""The homeroom teacher at the desk: the board, a sheet beside it, paper by keyboard, print, the class meeting."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import sqlalchemy as sa

from backend.domain.people import Role
from backend.domain.policy import Stage
from backend.storage.base import new_id
from backend.storage.models import AuditEvent, Entry, NightSheet, Note, Post, Sleep
from tests.api.planning import add_students
from tests.cast import TONIGHT, YEAR_BEGINS
from tests.client.class_evening import NAMES, furnish
from tests.client.conftest import Desk, Desks, Phone
from tests.client.serving import Served, publish
from tests.client.test_reminders import harmless

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]

WIDE, SLIM = (1280, 800), (360, 740)
SIZES = [(WIDE, "light", "zh-CN"), (SLIM, "dark", "en")]


@pytest.fixture
def homeroom(served: Served, desks: Desks, engine: sa.Engine) -> Desk:
    """Ada's homeroom teacher at the desk, on an evening on which twelve have handed in."""
    furnish(engine, served.cast)
    return desks(served.cast.homeroom)


def go(desk: Phone, path: str) -> Phone:
    """Open one of the desk's screens, once the desk has led to its first."""
    desk.page.locator("nav a.here").first.wait_for(state="attached")
    return desk.open(path)


def audited(engine: sa.Engine, action: str) -> int:
    with engine.connect() as connection:
        events = sa.select(sa.func.count()).select_from(AuditEvent).where(AuditEvent.action == action)
        return int(connection.scalar(events) or 0)


class TestBoard:
    def test_what_is_worth_a_look_stands_first_and_each_group_in_roll_order(self, homeroom: Desk) -> None:
        page = go(homeroom, "/#/desk/class").sees("先看这些").page
        groups = page.locator("section.group table")
        groups.nth(1).wait_for()
        first = groups.nth(0).locator("tbody th").all_inner_texts()
        others = groups.nth(1).locator("tbody th").all_inner_texts()
        assert first == [name for name in NAMES if name in first]
        assert "江一诺" in first
        assert "夏知远" in others
        assert page.locator("thead button").count() == 0

    def test_nobody_is_named_as_missing(self, homeroom: Desk, served: Served) -> None:
        page = go(homeroom, "/#/desk/class").sees("没有交").page
        numbers = page.locator("dl")
        assert "12 / 15" in numbers.inner_text()
        assert served.cast.ada.name not in page.locator("#desk-content").inner_text()

    def test_one_tap_reads_all_without_a_note_and_is_audited_once(self, homeroom: Desk, engine: sa.Engine) -> None:
        go(homeroom, "/#/desk/class").sees("先看这些")
        homeroom.page.get_by_role("button", name="10 份没有留言的，标为已阅").click()
        homeroom.sees("已阅 10 份。").sees("还有 2 份有家长留言")
        assert audited(engine, "class.reviewed") == 1
        assert audited(engine, "sheet.reviewed") == 0

    def test_a_note_is_answered_in_its_place(self, homeroom: Desk, served: Served) -> None:
        go(homeroom, "/#/desk/class").sees("先看这些")
        homeroom.page.get_by_label("回复 江一诺 的家长").fill("明天我来讲这一题")
        homeroom.page.keyboard.press("Enter")
        homeroom.sees("已回复。").sees("明天我来讲这一题")
        board = served.ask(served.cast.homeroom, "GET", f"/classes/{served.cast.class_31.id}/nights/{TONIGHT}")
        answered = next(each for each in board["students"] if each["name"] == "江一诺")
        assert (answered["teacher_reply"], answered["waits_for_reply"]) == ("明天我来讲这一题", False)

    def test_a_sheet_opens_beside_it_and_that_is_audited(self, homeroom: Desk, engine: sa.Engine) -> None:
        go(homeroom, "/#/desk/class").sees("先看这些")
        name = homeroom.page.get_by_role("button", name="看 顾清和 的记录")
        name.click()
        homeroom.sees("您看过这份记录，家长能看到。").sees("先睡了，没做完")
        assert audited(engine, "night.read") == 1
        homeroom.page.keyboard.press("Escape")
        homeroom.page.locator("[role=dialog]").wait_for(state="detached")
        assert name.evaluate("(each) => each === document.activeElement")

    def test_another_night_is_two_taps_away(self, homeroom: Desk) -> None:
        go(homeroom, "/#/desk/class").sees("先看这些")
        homeroom.page.get_by_role("button", name="昨晚").click()
        homeroom.sees("没有留言，也没有不一样的。")
        assert "night=2026-11-16" in homeroom.page.url

    def test_how_long_it_took_reaches_the_subject_teachers_desk(
        self, homeroom: Desk, served: Served, desks: Desks
    ) -> None:
        go(homeroom, "/#/desk/class").sees("先看这些")
        homeroom.page.get_by_role("button", name="转告老师 数学").click()
        homeroom.sees("预估 20 分钟，全班实际中位数 54 分钟（11 人做完）")
        homeroom.page.get_by_label("附一句话（可以不写）").fill("第 3 题不少人卡住")
        homeroom.tap("转告").sees("已转告")
        teacher = go(desks(served.cast.maths_teacher), "/#/desk/class").sees("第 3 题不少人卡住")
        assert "家长的话" not in teacher.page.content()
        teacher.tap("知道了").sees("已看")

    def test_a_subject_teacher_sees_the_own_subject_and_nothing_else(
        self, served: Served, desks: Desks, engine: sa.Engine
    ) -> None:
        furnish(engine, served.cast)
        page = go(desks(served.cast.english_teacher), "/#/desk/class").sees("本科用时").page
        page.get_by_role("rowheader", name="江一诺").wait_for()
        text = page.locator("#desk-content").inner_text()
        for other in ("就寝", "睡眠", "最后一题", "数学", "平均"):
            assert other not in text


def type_row(desk: Phone, *fields: str) -> int:
    """Type a row's fields with Tab between and Enter at its end; how many keys that was."""
    for number, text in enumerate(fields):
        desk.page.keyboard.type(text)
        desk.page.keyboard.press("Enter" if number == len(fields) - 1 else "Tab")
    return sum(len(text) + 1 for text in fields)


class TestPaper:
    def test_two_pieces_of_work_of_one_subject_are_told_apart(self, served: Served, desks: Desks) -> None:
        publish(served, served.cast.maths_teacher, "maths", "订正", 5)
        desk = go(desks(served.cast.homeroom), "/#/desk/paper").sees("录入纸质记录单")
        desk.page.get_by_label(f"{served.cast.ada.name}，数学 订正").wait_for()
        desk.page.locator("th .line", has_text="订正").wait_for()
        assert desk.page.locator("th .line").count() == 2

    def test_a_class_of_forty_is_typed_in_by_keyboard_alone(
        self, served: Served, desks: Desks, engine: sa.Engine
    ) -> None:
        add_students(engine, served.cast.class_31, served.cast.shiyan.id, 38)
        served.clock.advance(minutes=13 * 60)
        desk = go(desks(served.cast.homeroom), f"/#/desk/paper?night={TONIGHT}").sees("录入纸质记录单")
        first = desk.page.locator("tbody input:not([disabled])").first
        first.focus()
        keys = sum(type_row(desk, "15", "20", "10", "", "930", "640") for _ in range(40))
        desk.sees("41 人中 40 人已有记录")
        assert keys / 40 <= 20, f"{keys} keys"
        with engine.connect() as connection:
            count = sa.select(sa.func.count())
            assert connection.scalar(count.select_from(Entry)) == 120
            assert connection.scalar(count.select_from(NightSheet)) == 40
            assert set(connection.scalars(sa.select(NightSheet.written_minutes))) == {45}
            sources = [each[0]["source"] for each in connection.scalars(sa.select(Entry.segments))]
            assert set(sources) == {"typed"}
            lights_out = connection.scalars(sa.select(Sleep.lights_out_at)).all()
        assert set(lights_out) == {dt.datetime(2026, 11, 17, 13, 30, tzinfo=dt.UTC)}

    def test_a_cell_that_cannot_be_says_why_and_the_rest_of_the_row_is_kept(
        self, served: Served, desks: Desks, engine: sa.Engine
    ) -> None:
        desk = go(desks(served.cast.homeroom), "/#/desk/paper").sees("录入纸质记录单")
        ada = served.cast.ada.name
        desk.page.get_by_label(f"{ada}，数学").fill("many")
        desk.page.get_by_label(f"{ada}，英语").fill("15")
        desk.page.get_by_label(f"{ada}，就寝").fill("930")
        desk.page.keyboard.press("Enter")
        desk.sees("请写 20 或 7:00-7:30").sees("未保存")
        assert desk.page.get_by_label(f"{ada}，数学").get_attribute("aria-invalid") == "true"
        assert desk.page.get_by_label(f"{ada}，数学").input_value() == "many"
        with engine.connect() as connection:
            assert connection.scalars(sa.select(Entry.subject)).all() == ["english"]

    def test_what_was_typed_is_there_when_one_comes_back(self, served: Served, desks: Desks) -> None:
        desk = go(desks(served.cast.homeroom), "/#/desk/paper").sees("录入纸质记录单")
        ada = served.cast.ada.name
        desk.page.get_by_label(f"{ada}，数学").fill("5:00-5:25")
        desk.page.get_by_label(f"{ada}，家长的话").fill("今天很累")
        desk.page.get_by_label(f"{ada}，签字").check()
        desk.page.keyboard.press("Enter")
        desk.sees("3 人中 1 人已有记录")
        desk.page.reload()
        desk.sees("3 人中 1 人已有记录")
        assert desk.page.get_by_label(f"{ada}，数学").input_value() == "25"
        assert desk.page.get_by_label(f"{ada}，家长的话").input_value() == "今天很累"
        assert desk.page.get_by_label(f"{ada}，签字").is_checked()

    def test_a_child_without_consent_is_locked_with_the_reason(self, served: Served, desks: Desks) -> None:
        desk = go(desks(served.cast.homeroom), "/#/desk/paper").sees("家长还没有同意，先不记")
        assert desk.page.get_by_label(f"{served.cast.dora.name}，数学").is_disabled()

    def test_rows_wait_while_the_server_is_away(self, served: Served, desks: Desks, engine: sa.Engine) -> None:
        desk = go(desks(served.cast.homeroom), "/#/desk/paper").sees("录入纸质记录单")
        maths = desk.page.get_by_label(f"{served.cast.ada.name}，数学")
        maths.wait_for()
        served.down = True
        maths.fill("20")
        desk.page.keyboard.press("Enter")
        desk.sees("还有 1 行没保存")
        served.down = False
        desk.tap("现在再试").sees("3 人中 1 人已有记录")
        with engine.connect() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(Entry)) == 1
            assert connection.scalar(sa.select(sa.func.count()).select_from(Note)) == 0


def pages(pdf: bytes) -> int:
    """How many pages a PDF has."""
    return len(re.findall(rb"/Type\s*/Page[^s]", pdf))


class TestPrint:
    def test_two_sheets_a_page_and_a_week_one_a_page(self, homeroom: Desk) -> None:
        go(homeroom, "/#/desk/print/sheet").sees("打印空白记录单")
        homeroom.page.locator("article.blank").nth(14).wait_for()
        assert pages(homeroom.page.pdf(prefer_css_page_size=True)) == 8
        homeroom.sees("口算第 12 页")
        homeroom.tap("一周，一页一份")
        homeroom.page.locator("article.week").nth(14).wait_for()
        assert pages(homeroom.page.pdf(prefer_css_page_size=True)) == 15
        homeroom.tap("空白")
        homeroom.page.get_by_label("份数").fill("3")
        homeroom.tap("一晚，一页两份")
        homeroom.page.locator("article.night").nth(2).wait_for()
        assert pages(homeroom.page.pdf(prefer_css_page_size=True)) == 2

    def test_the_sheet_has_the_fields_of_the_screen(self, homeroom: Desk) -> None:
        go(homeroom, "/#/desk/print/sheet").sees("打印空白记录单")
        text = homeroom.page.locator("article.blank").first.inner_text()
        for field in (
            "学科",
            "作业",
            "预估",
            "开始",
            "结束",
            "分钟",
            "自主安排",
            "就寝时间",
            "起床时间",
            "午睡",
            "家长的话",
            "教师回复",
        ):
            assert field in text

    def test_the_class_meeting_is_one_page_without_a_child(self, homeroom: Desk, served: Served) -> None:
        go(homeroom, "/#/desk/print/meeting").sees("主题班会").sees("比预估长")
        assert pages(homeroom.page.pdf(prefer_css_page_size=True)) == 1
        text = homeroom.page.locator("#desk-content").inner_text()
        assert not [name for name in (*NAMES, served.cast.ada.name) if name in text]


def test_what_was_really_set_stands_beside_plan_and_actual(homeroom: Desk, served: Served) -> None:
    go(homeroom, "/#/desk/set").sees("当日实际布置")
    homeroom.page.get_by_role("button", name="和预布置一样 数学").click()
    homeroom.page.get_by_label("数学：分钟").fill("25")
    homeroom.tap("保存").sees("已保存")
    row = homeroom.page.locator("tr", has=homeroom.page.get_by_label("数学：分钟"))
    for figure in ("20 分钟", "54 分钟"):
        assert figure in row.inner_text()
    found = served.ask(served.cast.homeroom, "GET", f"/classes/{served.cast.class_31.id}/nights/{TONIGHT}/set")
    assert [(each["subject"], each["estimated_minutes"]) for each in found["items"]] == [("maths", 25)]


#: Each screen's own heading.
HEADINGS = {
    "class": {"zh-CN": "三(1)班 的晚上", "en": "The evening of 三(1)班"},
    "paper": {"zh-CN": "录入纸质记录单", "en": "Type in paper sheets"},
    "set": {"zh-CN": "当日实际布置", "en": "What was really set"},
    "print/sheet": {"zh-CN": "打印空白记录单", "en": "Print blank sheets"},
    "print/meeting": {"zh-CN": "主题班会", "en": "Class meeting"},
}


@pytest.mark.parametrize(("size", "scheme", "language"), SIZES)
@pytest.mark.parametrize("screen", HEADINGS)
def test_every_screen_is_accessible_and_none_is_wider_than_the_page(
    served: Served, desks: Desks, engine: sa.Engine, screen: str, size: tuple[int, int], scheme: str, language: str
) -> None:
    furnish(engine, served.cast)
    desk = desks(served.cast.homeroom, language=language, scheme=scheme, width=size[0], height=size[1])
    go(desk, f"/#/desk/{screen}").arrived(HEADINGS[screen][language])
    desk.page.locator("#desk-content table").first.wait_for()
    harmless(desk)
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_every_screen_says_what_it_is_while_it_loads(served: Served, desks: Desks) -> None:
    desk = desks(served.cast.homeroom)
    desk.quiet().page.route("**/api/v1/classes/**", lambda _: None)  # never answered
    for screen, headings in HEADINGS.items():
        go(desk, f"/#/desk/{screen}").page.locator("h1", has_text=headings["zh-CN"]).wait_for()
        desk.page.locator("#desk-content .skeleton").first.wait_for()
        assert desk.page.locator("h1").count() == 1
        harmless(desk)
    desk.page.unroute_all()


def test_the_sheet_beside_the_board_is_accessible(homeroom: Desk) -> None:
    go(homeroom, "/#/desk/class").sees("先看这些")
    homeroom.page.get_by_role("button", name="看 江一诺 的记录").click()
    homeroom.sees("您看过这份记录，家长能看到。")
    harmless(homeroom)


def test_a_narrow_screen_with_large_text_still_shows_everything(
    served: Served, desks: Desks, engine: sa.Engine
) -> None:
    furnish(engine, served.cast)
    desk = desks(served.cast.homeroom, width=320, height=640)
    go(desk, "/#/desk/class").sees("先看这些")
    desk.page.add_style_tag(content="html { font-size: 200% }")
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= 320


def test_who_leads_a_class_and_a_grade_finds_the_meetings_page_from_the_reports(
    served: Served, desks: Desks, engine: sa.Engine
) -> None:
    furnish(engine, served.cast)
    head = {"school_id": served.cast.shiyan.id, "id": new_id(), "person_id": served.cast.homeroom.id}
    head |= {"role": Role.grade_head, "stage": Stage.primary, "grade": 3, "weekdays": [], "from_on": YEAR_BEGINS}
    with engine.begin() as connection:
        connection.execute(sa.insert(Post), head)
    desk = go(desks(served.cast.homeroom), "/#/desk/reports").arrived("报告")
    desk.page.get_by_role("link", name="三(1)班的班会一页").click()
    desk.arrived("主题班会").sees("比预估长")
    other = desks(served.cast.office).open("/#/desk/reports").arrived("报告")
    assert other.page.get_by_role("link", name="班会一页").count() == 0
