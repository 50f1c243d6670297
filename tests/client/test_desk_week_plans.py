"""Week plans at the desk: filled in by keyboard, seen as a week of the whole school, sent back, approved."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.api.planning import stated
from tests.client.conftest import Desk, Desks
from tests.client.serving import Served
from tests.client.test_reminders import harmless

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]

WEEK = "2026-11-23"
SCREEN = "/#/desk/week-plans"


def item(title: str = "练习册", minutes: int = 20, day: int = 23) -> dict[str, Any]:
    """One line of the list."""
    dates = {"given_on": f"2026-11-{day}", "due_on": f"2026-11-{day + 1}"}
    return {"title": title, **dates, "tiers": [{"estimated_minutes": minutes}]}


def file(served: Served, *items: dict[str, Any], **changes: Any) -> Any:
    """Grade 3 maths of the week, filed."""
    body = {"stage": "primary", "grade": 3, "subject": "maths", "week_starts_on": WEEK, "items": list(items)}
    return served.ask(served.cast.prep_maths, "POST", f"/schools/{served.cast.shiyan.id}/week-plans", body | changes)


def decide(served: Served, plan: Any, **body: Any) -> Any:
    """The office decides."""
    path = f"/schools/{served.cast.shiyan.id}/week-plans/{plan['id']}/decision"
    return served.ask(served.cast.office, "PUT", path, body)


def plans(served: Served, week: str = WEEK) -> list[Any]:
    """What the prep group finds of a week."""
    path = f"/schools/{served.cast.shiyan.id}/week-plans?week_starts_on={week}"
    return list(served.ask(served.cast.prep_maths, "GET", path)["items"])


def english(served: Served, minutes: int) -> None:
    """English has published for Ada's class already."""
    work = stated("english", minutes, given_on=WEEK, due_on="2026-11-24")
    served.ask(served.cast.english_teacher, "POST", f"/classes/{served.cast.class_31.id}/assignments", work)


def at(desk: Desk, screen: str = SCREEN) -> Desk:
    """Open a screen and wait for its content: days to fill in, or grades to look at."""
    desk.open(screen).arrived("main form section.day" if screen.endswith("/file") else "main section.grade")
    return desk


def listed(desk: Desk) -> Desk:
    """The list that a prep group fills in."""
    return at(desk, f"{SCREEN}/file")


class TestList:
    def test_it_is_filled_in_and_filed_without_a_mouse(self, served: Served, desks: Desks) -> None:
        desk = listed(desks(served.cast.prep_maths))
        desk.page.get_by_label("11月23日 周一第 1 项的内容").focus()
        keys = desk.page.keyboard
        for key in ("a", "Tab", "Tab", "2", "0", "Enter", "b", "Tab", "Tab", "5", "Enter", "Enter", "c"):
            keys.press(key)
        for key in ("Tab", "Tab", "1", "5", "Control+Enter"):
            keys.press(key)
        desk.sees("已报送")
        (plan,) = plans(served)
        made = [(each["title"], each["given_on"], each["tiers"][0]["estimated_minutes"]) for each in plan["items"]]
        assert made == [("a", "2026-11-23", 20), ("b", "2026-11-23", 5), ("c", "2026-11-24", 15)]
        assert plan["state"] == "filed"

    def test_what_is_typed_waits_on_another_screen_until_it_is_filed(self, served: Served, desks: Desks) -> None:
        desk = listed(desks(served.cast.prep_maths))
        desk.page.get_by_label("11月23日 周一第 1 项的内容").fill("写了一半")
        desk.open("/#/desk/more").arrived("更多")
        line = listed(desk).page.get_by_label("11月23日 周一第 1 项的内容")
        assert line.input_value() == "写了一半"
        desk.page.get_by_label("11月23日 周一第 1 项，标准，分钟").fill("20")
        desk.tap("存草稿").sees("已存草稿")
        assert [each["title"] for each in plans(served)[0]["items"]] == ["写了一半"]
        desk.open("/#/desk/more").arrived("更多")
        assert listed(desk).page.get_by_text("有没存的改动").count() == 0

    def test_whoever_comes_back_to_what_was_typed_is_told_of_a_colleagues_version(
        self, served: Served, desks: Desks
    ) -> None:
        desk = listed(desks(served.cast.prep_maths))
        line = desk.page.get_by_label("11月23日 周一第 1 项的内容")
        line.fill("我写的")
        file(served, item("同组老师的"))
        desk.open("/#/desk/more").arrived("更多")
        listed(desk).sees("同组老师存了第 1 版")
        assert line.input_value() == "我写的"
        harmless(desk)
        desk.tap("不要我写的，看第 1 版")
        expect(line).to_have_value("同组老师的")
        assert desk.page.locator(".overtaken").count() == 0

    def test_the_fullest_class_stands_beside_the_day_while_one_types(self, served: Served, desks: Desks) -> None:
        english(served, 30)
        desk = listed(desks(served.cast.prep_maths))
        desk.page.get_by_label("11月23日 周一第 1 项的内容").fill("练习册")
        desk.page.get_by_label("11月23日 周一第 1 项，标准，分钟").fill("40")
        desk.sees("别科 30 + 本科 40 = 70 分钟 / 60").sees("最满的是三(1)班")

    def test_last_week_is_a_beginning(self, served: Served, desks: Desks) -> None:
        last = {"week_starts_on": "2026-11-16", "items": [item("口算", 12, 17), item("应用题", 15, 19)]}
        file(served, **last)
        desk = listed(desks(served.cast.prep_maths))
        desk.tap("照上周的").sees("已照上周填好 2 项")
        assert desk.page.get_by_label("11月24日 周二第 1 项的内容").input_value() == "口算"
        desk.tap("报送").sees("已报送")
        (plan,) = plans(served)
        assert [each["due_on"] for each in plan["items"]] == ["2026-11-25", "2026-11-27"]

    def test_a_draft_is_kept_and_a_filed_list_withdrawn(self, served: Served, desks: Desks) -> None:
        desk = listed(desks(served.cast.prep_maths))
        desk.page.get_by_label("11月23日 周一第 1 项的内容").fill("练习册")
        desk.page.get_by_label("11月23日 周一第 1 项，标准，分钟").fill("20")
        desk.tap("存草稿").sees("已存草稿")
        assert plans(served)[0]["state"] == "draft"
        desk.tap("报送").sees("已报送").tap("撤回").sees("已撤回")
        assert plans(served)[0]["state"] == "draft"

    def test_what_is_missing_is_said_and_nothing_is_sent(self, served: Served, desks: Desks) -> None:
        desk = listed(desks(served.cast.prep_maths))
        desk.tap("报送").sees("先写一项作业")
        desk.page.get_by_label("11月23日 周一第 1 项的内容").fill("练习册")
        desk.tap("报送").sees("写上多少分钟")
        assert plans(served) == []

    def test_what_the_office_wrote_stands_above_the_list(self, served: Served, desks: Desks) -> None:
        decide(served, file(served, item()), approved=False, note="周一和语文错开")
        listed(desks(served.cast.prep_maths)).sees("教务处请再议：周一和语文错开").sees("再次报送")

    def test_an_approved_list_is_read_only(self, served: Served, desks: Desks) -> None:
        decide(served, file(served, item()), approved=True)
        desk = listed(desks(served.cast.prep_maths)).sees("教务处已批准")
        assert desk.page.get_by_label("11月23日 周一第 1 项的内容").is_disabled()
        assert desk.page.get_by_role("button", name="报送").count() == 0

    def test_it_asks_for_friday_noon_and_says_when_that_is_over(
        self, served: Served, desks: Desks, passes: Any
    ) -> None:
        desk = listed(desks(served.cast.prep_maths)).sees("请在11月20日 周五中午 12 点前报送")
        passes(desk, minutes=3 * 24 * 60)
        desk.sees("11月20日 周五中午已过")


class TestWeek:
    def test_every_class_stands_against_its_cap_in_words_and_shape(self, served: Served, desks: Desks) -> None:
        english(served, 30)
        file(served, item("练习册", 40))
        desk = at(desks(served.cast.office))
        button = desk.page.get_by_role("button", name="三(1)班 11月23日 周一：70 分钟，上限 60、超 10 分钟")
        assert "▲ 超 10" in button.inner_text()
        assert "40 / 60" in desk.page.get_by_role("button", name="三(2)班 11月23日 周一：40 分钟").inner_text()
        desk.sees("周一有班级超上限").sees("1 个班次超上限")

    def test_one_grade_is_looked_at_by_itself_and_found_again(self, served: Served, desks: Desks) -> None:
        file(served, item("练习册", 40))
        desk = at(desks(served.cast.office, language="en", scheme="dark", width=360, height=740))
        grades = desk.page.locator("section.grade")
        assert grades.count() == 3
        desk.button("Approve the 1 within the cap").wait_for()
        desk.tap("Grade 1")
        grades.nth(1).wait_for(state="detached")
        assert "Grade 1" in grades.locator("h2").inner_text()
        assert desk.page.get_by_role("button", name="Approve the").count() == 0  # nothing is approved unseen
        harmless(desk)
        desk.page.reload()
        desk.page.locator(".chip[aria-pressed=true]", has_text="Grade 1").wait_for()
        assert grades.count() == 1
        desk.tap("All grades").button("Approve the 1 within the cap").wait_for()
        assert grades.count() == 3

    def test_a_night_opens_with_its_sources_and_three_figures(self, served: Served, desks: Desks) -> None:
        english(served, 30)
        file(served, item("练习册", 40))
        desk = at(desks(served.cast.office))
        desk.page.get_by_role("button", name="三(1)班 11月23日 周一").click()
        dialog = desk.page.get_by_role("dialog", name="三(1)班 · 11月23日 周一")
        dialog.get_by_text("待批的计划").wait_for()
        dialog.get_by_role("row", name="英语 – 30 – –").wait_for()

    def test_a_plan_is_sent_back_with_a_note_and_comes_again_with_what_changed(
        self, served: Served, desks: Desks
    ) -> None:
        file(served, item("练习册", 40))
        desk = at(desks(served.cast.office))
        desk.page.get_by_role("button", name="打开数学的计划").click()
        desk.tap("退回再议")
        assert desk.button("退回").is_disabled()
        desk.page.get_by_label("请备课组再议什么").fill("周一太多")
        desk.page.get_by_role("button", name="退回", exact=True).click()
        desk.sees("已退回数学")
        assert (plans(served)[0]["state"], plans(served)[0]["note"]) == ("sent_back", "周一太多")
        file(served, item("练习册", 25))
        again = at(desks(served.cast.office))
        again.page.get_by_role("button", name="打开数学的计划").click()
        again.sees("和第 1 版比，改了什么").sees("原来：周一、练习册、40 分钟")

    def test_all_that_is_within_is_approved_at_once(self, served: Served, desks: Desks) -> None:
        file(served, item("练习册", 40))
        desk = at(desks(served.cast.office))
        desk.tap("批准不超上限的 1 份").sees("已批准 1 份")
        assert plans(served)[0]["state"] == "approved"
        place = served.cast.class_32.id
        plan = served.ask(served.cast.maths_teacher, "GET", f"/classes/{place}/plan?from={WEEK}&to={WEEK}")
        assert [each["state"] for each in plan["assignments"]] == ["draft"]

    def test_a_plan_over_the_cap_is_not_approved_with_the_others(self, served: Served, desks: Desks) -> None:
        file(served, item("练习册", 61))
        desk = at(desks(served.cast.office)).sees("周一有班级超上限")
        assert desk.page.get_by_role("button", name="批准不超上限").count() == 0
        desk.page.get_by_role("button", name="打开数学的计划").click()
        desk.tap("批准").sees("已批准数学")

    def test_one_that_was_filed_anew_meanwhile_is_looked_at_again(self, served: Served, desks: Desks) -> None:
        file(served, item("练习册", 40))
        desk = at(desks(served.cast.office))
        desk.page.get_by_role("button", name="打开数学的计划").click()
        desk.sees("第 1 版")
        file(served, item("练习册", 55))
        desk.tap("批准").sees("已为您换成最新的").sees("55 分钟")
        assert plans(served)[0]["state"] == "filed"

    def test_a_grade_head_watches_and_a_teacher_finds_nothing(self, served: Served, desks: Desks) -> None:
        file(served, item("练习册", 40))
        head = at(desks(served.cast.grade_head))
        head.page.get_by_role("button", name="打开数学的计划").click()
        head.sees("批准后每班每晚")
        assert head.page.get_by_role("button", name="批准").count() == 0
        teacher = desks(served.cast.homeroom)
        assert teacher.page.locator(".places").get_by_text("周预布置").count() == 0
        teacher.open(SCREEN).sees("这里没有您能看的内容")

    def test_the_notice_board_is_a_quiet_link_away(self, served: Served, desks: Desks) -> None:
        desk = at(desks(served.cast.office))
        slug = served.cast.shiyan.slug
        for name, more in (("公示栏", ""), ("往日公示", "/archive"), ("校门口海报", "/poster")):
            link = desk.page.get_by_role("link", name=name)
            assert link.get_attribute("href") == f"/notice-board/{slug}{more}"
        homeroom = desks(served.cast.homeroom)
        homeroom.open("/#/desk/more").page.get_by_role("link", name="公示").wait_for()


@pytest.mark.parametrize(
    ("width", "scheme", "language"), [(1280, "light", "zh-CN"), (360, "dark", "en"), (320, "light", "zh-CN")]
)
def test_every_screen_is_accessible_wide_and_narrow(
    served: Served, desks: Desks, width: int, scheme: str, language: str
) -> None:
    english(served, 30)
    decide(served, file(served, item("练习册第 36 页到第 38 页", 40)), approved=False, note="周一太多")
    file(served, item("练习册第 36 页到第 38 页", 35), item("口算", 10, 25))
    look = {"language": language, "scheme": scheme, "width": width, "height": 800 if width > 900 else 740}
    prep = listed(desks(served.cast.prep_maths, **look))
    harmless(prep)
    assert prep.page.evaluate("document.documentElement.scrollWidth") <= width
    office = at(desks(served.cast.office, **look))
    harmless(office)
    assert office.page.evaluate("document.documentElement.scrollWidth") <= width
    for opener in (".night", "button.plan"):
        office.page.locator(opener).first.click()
        office.page.get_by_role("dialog").locator("h3").first.wait_for()
        harmless(office)
        office.page.keyboard.press("Escape")
        office.page.get_by_role("dialog").wait_for(state="detached")
