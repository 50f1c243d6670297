"""Panels and screens: Back closes a panel, the focus follows, a morning stays one, nobody is overwritten unseen."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest

from tests.cast import TONIGHT
from tests.client.conftest import Phone
from tests.client.serving import Served
from tests.client.test_by_keyboard import FOCUSED
from tests.client.test_family_flows import SHANGHAI, first
from tests.client.watching import until

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
Passes = Callable[..., None]


def worked(served: Served, began: dt.time, *, minutes: int = 40) -> None:
    """Ada has typed some reading of her own today."""
    start = dt.datetime.combine(TONIGHT, began, SHANGHAI)
    segment = {"started_at": start.isoformat(), "finished_at": (start + dt.timedelta(minutes=minutes)).isoformat()}
    entry = {"assignment_id": None, "subject": "chinese", "title": "看书", "outcome": "finished"}
    path = f"/students/{served.cast.ada.id}/nights/{TONIGHT}/entries/{uuid.uuid4()}"
    served.ask(served.cast.ada, "PUT", path, {**first(), **entry, "segments": [{**segment, "source": "typed"}]})


def test_back_closes_an_open_panel_and_leaves_the_screen_alive(ada: Phone) -> None:
    for screen in ("一周", "今晚"):
        ada.page.get_by_role("navigation").get_by_role("link", name=screen).click()
        until(ada.page, f"document.querySelector('h1')?.innerText === '{screen}'")
    ada.tap("补记").page.get_by_role("dialog", name="补记今晚").wait_for()
    ada.page.evaluate("history.back()")
    ada.page.get_by_role("dialog").wait_for(state="hidden")
    until(ada.page, "location.hash === '#/tonight'")
    ada.tap("开始数学").button("数学做完了").wait_for()
    ada.page.evaluate("history.back()")
    ada.page.get_by_role("heading", name="一周").wait_for()


def test_a_screen_that_goes_away_with_its_panel_open_leaves_no_dead_page(ada: Phone) -> None:
    ada.tap("补记").page.get_by_role("dialog", name="补记今晚").wait_for()
    ada.page.evaluate("location.hash = '#/week'")
    ada.page.evaluate("location.hash = '#/week'")
    until(ada.page, "!document.getElementById('app').inert")


def test_a_new_screen_puts_the_focus_on_its_heading(ada: Phone) -> None:
    ada.page.get_by_role("link", name="更多").click()
    until(ada.page, "document.activeElement.tagName === 'H1'")
    assert ada.page.evaluate(FOCUSED) == "更多"


def test_the_focus_stays_in_the_line_whose_button_was_pressed(ada: Phone) -> None:
    for pressed, then in (("开始数学", "数学做完了"), ("数学停一停", "继续数学"), ("继续数学", "数学做完了")):
        ada.button(pressed).focus()
        ada.page.keyboard.press("Enter")
        until(ada.page, f"{FOCUSED} === '{then}'")


def test_lights_out_puts_the_focus_on_what_the_screen_says(ada: Phone) -> None:
    ada.tap("开始数学").button("熄灯睡觉").focus()
    ada.page.keyboard.press("Enter")
    until(ada.page, f"{FOCUSED} === '晚安'")


def test_a_morning_whose_end_is_corrected_stays_the_morning_of_that_day(ada: Phone, served: Served) -> None:
    worked(served, dt.time(10))
    ada.page.reload()
    ada.tap("语文（看书），改一改").page.get_by_label("到", exact=True).fill("10:50")
    ada.tap("记下").sent()
    (entry,) = served.night()["entries"]
    assert entry["actual_minutes"] == 50


def test_what_another_phone_changed_while_a_panel_stood_open_is_not_overwritten_unseen(
    ada: Phone, mother: Phone, served: Served, passes: Passes
) -> None:
    worked(served, dt.time(17), minutes=30)
    for phone in (ada, mother):
        phone.page.reload()
        phone.page.locator("nav").wait_for()
        phone.quiet()
    mother.open(f"/#/tonight/{served.cast.ada.id}").tap("语文（看书），改一改")
    mother.page.get_by_label("到", exact=True).fill("17:40")
    ada.tap("语文（看书），改一改").page.get_by_label("到", exact=True).fill("17:20")
    ada.tap("记下").sent()
    mother.quiet().page.evaluate("window.dispatchEvent(new Event('online'))")
    mother.quiet().tap("记下").sees("有 1 条要看一下").tap("看一看").sees("40 分钟").sees("20 分钟")
    assert served.night()["entries"][0]["actual_minutes"] == 20
