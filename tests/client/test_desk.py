"""The desk's frame: who finds what there, the class looked at, by keyboard, narrow and wide."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route

from tests.client.conftest import PATIENCE, SEAT, Desk, Desks
from tests.client.serving import Served
from tests.client.test_reminders import harmless

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


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Let the page go on until this holds."""
    for _ in range(PATIENCE // 50):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it never came to that")


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


def test_signing_out_leads_to_the_sign_in(desk: Desk) -> None:
    desk.open("/#/desk/more").tap("退出登录")
    desk.page.locator(".who").wait_for()
