"""The desk's frame: who finds what there, the class looked at, by keyboard, narrow and wide."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route

from tests.client.conftest import SEAT, Desk, Desks
from tests.client.serving import Served
from tests.client.test_reminders import harmless
from tests.client.watching import until

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]


def looks_at(desk: Desk, name: str) -> None:
    """Wait until this class is the one chosen."""
    desk.page.locator(".rail select option:checked", has_text=name).wait_for(state="attached")


def test_a_teacher_of_two_classes_chooses_one_and_finds_it_again(desk: Desk) -> None:
    desk.page.locator(".rail select").select_option(label="三(2)班")
    desk.page.reload()
    looks_at(desk, "三(2)班")


def test_a_reminders_link_names_the_class(desk: Desk, served: Served) -> None:
    desk.open(f"/#/desk/more?class={served.cast.class_32.id}")
    looks_at(desk, "三(2)班")


def test_whoever_is_on_the_way_to_a_screen_is_not_led_to_the_first_one(served: Served, desks: Desks) -> None:
    page = desks(served.cast.office).page
    page.evaluate(SEAT, {"token": served.cast.office.token, "kind": "staff", "person_id": str(served.cast.office.id)})
    held: dict[str, Route] = {}
    page.route("**/api/v1/me", lambda route: held.setdefault("me", route))
    page.route("**/assets/Reports-*.js", lambda route: held.setdefault("screen", route))
    page.goto(served.address + "/")
    page.locator(".desk").first.wait_for()
    page.goto(served.address + "/#/desk/reports")
    until(page, lambda: len(held) == 2)
    held["me"].continue_()
    page.locator("nav.places a[href='#/desk/reports']").wait_for()
    held["screen"].continue_()
    page.locator("nav.places a[href='#/desk/reports'].here").wait_for()


def test_the_frame_is_walked_by_keyboard(desk: Desk) -> None:
    desk.open("/#/desk/more").sees("退出登录")
    desk.page.keyboard.press("Tab")
    desk.page.locator(".skip:focus").wait_for()
    desk.page.keyboard.press("Enter")
    desk.page.locator("#desk-content:focus").wait_for()


@pytest.mark.parametrize(("width", "scheme", "language"), [(1280, "light", "zh-CN"), (360, "dark", "en")])
def test_the_frame_is_accessible_wide_and_narrow(
    served: Served, desks: Desks, width: int, scheme: str, language: str
) -> None:
    one = desks(served.cast.homeroom, language=language, scheme=scheme, width=width, height=740)
    one.open("/#/desk/more").page.locator("h2", has_text="王雅文").wait_for()
    harmless(one)
    assert one.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_screen_of_another_post_is_refused_at_once_and_leads_back(served: Served, desks: Desks) -> None:
    desk = desks(served.cast.maths_teacher)
    for screen, heading in (("paper", "纸质录入"), ("weekends", "周末审批"), ("district", "各校")):
        desk.open(f"/#/desk/{screen}").arrived(heading).page.locator(".not-theirs").wait_for()
    desk.page.get_by_role("link", name="去“布置作业”").click()
    desk.page.locator(".evening .bar").first.wait_for()
    officer = desks(served.cast.officer).open("/#/desk/plan").sees("这里没有您能看的内容")
    assert officer.button("再试一次").count() == 0


def test_a_reminders_link_leads_the_office_to_what_it_may_see(served: Served, desks: Desks) -> None:
    class_id = served.cast.class_31.id
    office = (
        desks(served.cast.office).open(f"/#/desk/plan?class={class_id}").arrived("班级计划").sees("抄写第 12 课生字")
    )
    assert office.page.locator(".composer").count() == 0
    office.open(f"/#/desk/class?class={class_id}").arrived("趋势")
    assert f"of=class&class={class_id}" in office.page.url


def test_the_desk_says_when_it_is_cut_off_and_when_no_longer(desk: Desk) -> None:
    desk.page.locator(".evening .bar").first.wait_for()
    desk.offline().sees("没有网络，连上以后才能保存")
    desk.offline(away=False).page.locator(".strip.shown").wait_for(state="detached")


def test_a_desk_opened_while_the_server_is_away_comes_to_itself(desk: Desk, served: Served) -> None:
    desk.page.locator(".evening .bar").first.wait_for()
    served.down = True
    desk.page.reload()
    desk.sees("现在连不上服务器")
    served.down = False
    desk.tap("再试一次").page.locator(".evening .bar").first.wait_for()


def test_signing_out_leads_to_the_sign_in(desk: Desk) -> None:
    desk.open("/#/desk/more").tap("退出登录")
    desk.page.locator(".who").wait_for()
