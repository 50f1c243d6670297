"""Nothing moves under a thumb, nothing is out of reach at twice the text size, no screen is left without an answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.client.conftest import Phone, Phones, guardian_code
from tests.client.serving import Served, claim_code, publish

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
Passes = Callable[..., None]
ONLINE = "window.dispatchEvent(new Event('online'))"


def top_of(phone: Phone, name: str) -> float:
    """Where a button stands on the screen."""
    box = phone.button(name).bounding_box()
    assert box is not None
    return box["y"]


def test_a_network_that_goes_and_comes_back_moves_nothing_on_the_screen(ada: Phone) -> None:
    before = top_of(ada.sent(), "开始语文")
    ada.offline().sees("没有网络，照样可以记")
    assert top_of(ada, "开始语文") == before
    ada.button("熄灯睡觉").scroll_into_view_if_needed()
    ada.tap("开始语文").sees("没有网络 · 1 条存在本机")
    bed, strip = ada.button("熄灯睡觉"), ada.page.locator(".strip")
    bed.scroll_into_view_if_needed()
    ada.page.mouse.wheel(0, 2000)
    ada.page.wait_for_timeout(200)
    lower, upper = bed.bounding_box(), strip.bounding_box()
    assert lower is not None
    assert upper is not None
    assert lower["y"] + lower["height"] <= upper["y"]


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_at_twice_the_text_size_nothing_is_out_of_reach(served: Served, phone: Phones, language: str) -> None:
    start, finish, change, bed = {
        "zh-CN": ("开始数学", "数学做完了", "数学，改一改", "熄灯睡觉"),
        "en-GB": ("Start Maths", "Maths is done", "Change Maths", "Lights out"),
    }[language]
    child = phone(language=language)
    child.context.add_init_script(LARGE)
    child.claim(claim_code(served, served.cast.ada, served.cast.mother)).tap(start).tap(finish).tap(change)
    panel = child.page.get_by_role("dialog").locator(".body")
    panel.locator("input[type=time]").last.wait_for()
    assert panel.evaluate("each => each.scrollWidth - each.clientWidth") <= 0
    child.page.keyboard.press("Escape")
    child.tap(bed).page.locator(".done h1").wait_for()
    done = child.page.locator(".done")
    done.evaluate("each => each.scrollTo(0, 0)")
    assert done.locator(".moon").evaluate("each => each.getBoundingClientRect().top") >= 0
    overlapping = done.evaluate(OVERLAPPING)
    assert not overlapping


LARGE = "document.addEventListener('DOMContentLoaded', () => (document.documentElement.style.fontSize = '200%'))"
#: Lines of the last screen that lie on one another.
OVERLAPPING = """(done) => [...done.children].map((each) => each.getBoundingClientRect())
  .filter((box, index, all) => index > 0 && box.height > 0 && box.top < all[index - 1].bottom - 1).length"""


def test_what_waking_made_of_the_night_stays_on_the_screen_and_can_be_put_right(
    ada: Phone, served: Served, phone: Phones, passes: Passes
) -> None:
    ada.tap("开始数学")
    passes(ada, minutes=180)
    ada.tap("熄灯睡觉").sees("晚安").sent()
    mother = phone().claim(guardian_code(served, served.cast.mother), "1111")
    mother.page.get_by_role("region", name="陈艾达").wait_for()
    passes(ada, mother, minutes=9 * 60 + 45)
    card = mother.page.get_by_role("region", name="陈艾达")
    card.get_by_text("陈艾达 · 昨晚 9:3").wait_for()
    card.get_by_role("button", name="06:30").click()
    card.get_by_text("睡了 9 小时").wait_for()
    card.get_by_role("button", name="改时间").click()
    mother.page.get_by_role("dialog", name="睡觉").get_by_text("30 分钟").click()
    mother.tap("记下").sent()
    slept = served.night()["sleep"]
    assert slept["woke_at"] is not None
    assert slept["nap_minutes"] == 30


def test_before_the_teachers_have_written_anything_the_screen_does_not_say_there_is_nothing(
    served: Served, phone: Phones, passes: Passes
) -> None:
    child = phone().claim(claim_code(served, served.cast.ada, served.cast.mother))
    child.button("开始数学").wait_for()
    passes(child, minutes=14 * 60)
    child.sees("现在还没有作业")
    assert child.page.get_by_text("今天没有书面作业").count() == 0
    assert child.page.get_by_text("还有 60 分钟").count() == 0


@pytest.mark.parametrize(
    ("path", "says", "reads"),
    [
        ("consent/{ada}", "要联网才能看同意书", "撤回同意"),
        ("rights/{ada}", "现在连不上，联网后再看", "还没有老师看过"),
        ("reminder-settings", "要联网才能改提醒", "安静时段"),
        ("inbox", "现在连不上，联网后再看提醒", "还没有提醒"),
    ],
)
def test_what_needs_the_server_is_read_when_it_is_back(
    served: Served, mother: Phone, path: str, says: str, reads: str
) -> None:
    mother.sent()
    served.down = True
    mother.open(f"/#/{path.format(ada=served.cast.ada.id)}").sees(says)
    assert mother.page.get_by_text("先请您同意").count() == 0
    served.down = False
    mother.page.evaluate(ONLINE)
    mother.sees(reads)
    assert mother.page.get_by_text(says).count() == 0


def test_two_lines_of_one_subject_are_told_apart_by_name_and_when_they_are_over(
    served: Served, phone: Phones, passes: Passes
) -> None:
    publish(served, served.cast.homeroom, "chinese", "背古诗一首", 10)
    child = phone().claim(claim_code(served, served.cast.ada, served.cast.mother))
    child.sees("背古诗一首")
    assert child.button("开始语文").count() == 0
    child.tap("开始语文（背古诗一首）").tap("语文（背古诗一首）做完了")
    passes(child, minutes=120)
    child.tap("补记").tap("语文（抄写第 12 课生字，读课文两遍） 5 分钟").tap("记下")
    child.page.get_by_role("dialog").wait_for(state="hidden")
    child.page.locator(".row.over").nth(1).wait_for()
    assert child.button("语文（背古诗一首），改一改").count() == 1
    assert child.page.get_by_text("背古诗一首").count() == 1
    assert child.page.get_by_text("抄写第 12 课生字").count() == 1
    child.tap("开始数学").tap("数学做完了").page.locator(".row.over").nth(2).wait_for()
    assert child.page.get_by_text("口算第 12 页").count() == 0
