"""The class tablet at the desk: a code for it, what is in use, and the pictures of a whole class on paper."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Route

from tests.cast import Holder
from tests.client.conftest import Desk, Desks, Phone, Phones
from tests.client.serving import Served
from tests.client.test_desk_class import go, pages
from tests.client.test_reminders import harmless
from tests.client.test_tablet import give_pictures

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
PICTURES = os.environ.get("NIGHTSHEET_PICTURES")
LOOKS = [(1280, "light", "zh-CN"), (360, "dark", "en")]


def opened(desks: Desks, who: Holder, width: int = 1280, scheme: str = "light", language: str = "zh-CN") -> Desk:
    """The screen, with its list of tablets there."""
    desk = desks(who, language=language, scheme=scheme, width=width, height=800 if width > 900 else 740)
    go(desk, "/#/desk/tablets").arrived("班级平板" if language == "zh-CN" else "Class tablet")
    return desk


def seen(desk: Phone, name: str, width: int) -> None:
    """Harmless, no wider than the screen, and kept as a picture where one is asked for."""
    desk.quiet()
    harmless(desk)
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= width
    if PICTURES:
        desk.page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize(("width", "scheme", "language"), LOOKS)
def test_a_tablet_is_started_with_a_code_says_when_it_is_in_use_and_is_taken_back(
    served: Served, desks: Desks, phone: Phones, width: int, scheme: str, language: str
) -> None:
    give_pictures(served)
    zh = language == "zh-CN"
    desk = opened(desks, served.cast.homeroom, width, scheme, language)
    desk.tap("开通一台平板" if zh else "Start a tablet").page.locator(".signs").wait_for()
    seen(desk, f"tablet-code-{width}", width)
    code = desk.page.locator(".signs").inner_text()
    tablet = phone(width=820).open("/#/tablet")
    tablet.page.locator("form input").fill(code)
    tablet.page.locator("form button").click()
    tablet.button(served.cast.ada.name).wait_for()
    desk.page.clock.fast_forward(6_000)
    desk.sees("平板已经开始使用" if zh else "The tablet is in use now")
    desk.tap("好" if zh else "Good").page.locator(".tablets li").wait_for()
    seen(desk, f"tablets-{width}", width)
    desk.page.locator(".tablets button").click()
    desk.tap("收回" if zh else "End it").sees("平板已收回" if zh else "has been ended")
    tablet.page.reload()
    tablet.sees("这个平板码不能用了")


def test_pictures_are_made_for_whoever_has_none_and_printed_ten_a_page(
    served: Served, desks: Desks, phone: Phones
) -> None:
    give_pictures(served)
    desk = opened(desks, served.cast.homeroom).sees("3 人中 1 人有了三个图")
    assert desk.page.locator(".roll li strong").all_inner_texts() == ["陈艾达", "方一帆", "杜若"]
    desk.sees("家长还没有同意，先不配").tap("给还没有的 1 人配图").sees("图只在这里显示这一次")
    seen(desk, "cards-1280", 1280)
    card = desk.page.locator(".one")
    assert (card.count(), card.locator("strong").inner_text()) == (1, served.cast.finn.name)
    shown = card.locator("ol span").all_inner_texts()
    printed = desk.page.pdf(prefer_css_page_size=True)
    assert pages(printed) == 1
    desk.tap("已经打印好了").sees("3 人中 2 人有了三个图")
    assert desk.page.locator(".one").count() == 0
    code = served.ask(served.cast.homeroom, "POST", f"/classes/{served.cast.class_31.id}/tablets")["code"]
    tablet = phone(width=820).open(f"/#/tablet/{code.replace('-', '')}").tap(served.cast.finn.name)
    tablet.button("数学 20 分钟").click()
    tablet.tap("下一步")
    for picture in shown:
        tablet.tap(picture)
    tablet.sees("记好了")


def test_one_childs_pictures_are_made_anew_only_when_one_is_sure(served: Served, desks: Desks) -> None:
    give_pictures(served)
    desk = opened(desks, served.cast.homeroom).tap("给陈艾达换新图").sees("陈艾达以前的三个图马上不能用")
    seen(desk, "sure-1280", 1280)
    desk.tap("不换")
    assert desk.page.locator(".one").count() == 0
    desk.tap("给陈艾达换新图").tap("换新图").page.locator(".one").wait_for()
    assert desk.page.locator(".one strong").all_inner_texts() == ["陈艾达"]


@pytest.mark.parametrize(("width", "scheme", "language"), LOOKS)
def test_the_office_starts_tablets_and_is_shown_no_childs_name(
    served: Served, desks: Desks, width: int, scheme: str, language: str
) -> None:
    desk = opened(desks, served.cast.office, width, scheme, language)
    desk.page.locator("section.card h2").wait_for()
    assert desk.page.locator("section.card").count() == 1
    assert served.cast.ada.name not in desk.page.locator("body").inner_text()
    seen(desk, f"tablets-office-{width}", width)


def test_others_find_none_of_it(served: Served, desks: Desks) -> None:
    desk = opened(desks, served.cast.maths_teacher).sees("这里没有您能看的内容")
    assert desk.page.locator(".start, section").count() == 0
    assert desk.page.locator("nav.places a[href$='/desk/tablets']").count() == 0


def test_at_twice_the_text_size_on_the_smallest_screen_the_code_and_the_names_can_be_read(
    served: Served, desks: Desks
) -> None:
    give_pictures(served)
    desk = opened(desks, served.cast.homeroom, 320, "dark", "en")
    desk.page.locator(".roll li").first.wait_for()
    desk.page.evaluate("document.documentElement.style.fontSize = '200%'")
    names = desk.page.locator(".roll strong").evaluate_all("all => all.map((each) => each.offsetWidth)")
    assert min(names) > 60
    desk.tap("Start a tablet").page.locator(".signs").wait_for()
    seen(desk, "tablet-code-large", 320)
    box = desk.page.locator(".signs").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320
    assert desk.page.locator(".signs").evaluate("element => element.scrollWidth - element.clientWidth") <= 0


def test_who_takes_a_tablet_back_by_keyboard_goes_on_from_what_is_said(served: Served, desks: Desks) -> None:
    served.ask(served.cast.homeroom, "POST", f"/classes/{served.cast.class_31.id}/tablets")
    desk = opened(desks, served.cast.homeroom)
    desk.page.locator(".tablets button").focus()
    desk.page.keyboard.press("Enter")
    desk.sees("平板已收回").page.locator("#said:focus").wait_for()


def test_pictures_whose_answer_was_lost_are_asked_for_again(served: Served, desks: Desks) -> None:
    lost: list[int] = []

    def lose(route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        lost.append(route.fetch().status)
        return route.abort()

    desk = opened(desks, served.cast.homeroom)
    desk.context.route("**/picture-codes", lose)
    desk.tap("给还没有的 2 人配图").page.locator("p[role=alert]").wait_for()
    assert lost == [201]
    desk.context.unroute("**/picture-codes")
    desk.page.clock.fast_forward(6_000)
    desk.tap("给还没有的 2 人配图").sees("图只在这里显示这一次")
    assert desk.page.locator(".one").count() == 2
    desk.tap("已经打印好了").sees("3 人中 2 人有了三个图")
