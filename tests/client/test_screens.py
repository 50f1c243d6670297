"""Every screen, in both languages and both schemes: no violation that axe finds, nothing wider than a small phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cast import TONIGHT
from tests.client.conftest import Phone, Phones, guardian_code, own_of
from tests.client.serving import Served, claim_code
from tests.client.watching import until, violations

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
Passes = Callable[..., None]

WORDS = {
    "zh-CN": {
        "start": "开始数学",
        "finish": "数学做完了",
        "change": "数学，改一改",
        "typed": "补记",
        "own": "加一项自己安排的",
        "bed": "熄灯睡觉",
        "show": "看今晚的记录",
        "note": "给老师留言",
    },
    "en-GB": {
        "start": "Start Maths",
        "finish": "Maths is done",
        "change": "Change Maths",
        "typed": "Type in times",
        "own": "Add something of my own",
        "bed": "Lights out",
        "show": "Show tonight’s sheet",
        "note": "A line to the teacher",
    },
}


def check(phone: Phone, screen: str) -> None:
    """What must hold on every screen."""
    phone.page.wait_for_timeout(250)
    found = violations(phone.page)
    said = [(rule["id"], rule["impact"], [node["target"] for node in rule["nodes"]]) for rule in found]
    assert not said, (screen, said)
    wide = phone.page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
    assert wide <= 0, f"{screen} is {wide} px too wide"
    small = phone.page.evaluate(SMALL)
    assert not small, (screen, small)


#: Targets lower than 44 px that are not a link within a sentence.
SMALL = """() => [...document.querySelectorAll('button, nav a, .chip, summary')]
  .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 44)
  .map((each) => each.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [("zh-CN", "light", 360), ("en-GB", "dark", 320), ("zh-CN", "dark", 320), ("en-GB", "light", 360)],
)
def test_the_childs_screens(
    served: Served, phone: Phones, passes: Passes, language: str, scheme: str, width: int
) -> None:
    words = WORDS[language]
    child = phone(language=language, scheme=scheme, width=width).open("/#/sign-in")
    child.page.locator("form").wait_for()
    check(child, "sign-in")
    child.claim(claim_code(served, served.cast.ada, served.cast.mother)).button(words["start"]).wait_for()
    check(child, "tonight, nothing begun")
    child.tap(words["start"])
    passes(child, minutes=70)
    check(child, "tonight, over the cap")
    for opened in ("typed", "own"):
        child.tap(words[opened])
        check(child, opened)
        child.page.keyboard.press("Escape")
        child.page.locator(".van-popup").first.wait_for(state="hidden")
    child.tap(words["finish"]).tap(words["change"])
    check(child, "entry")
    child.page.keyboard.press("Escape")
    child.page.locator(".van-popup").first.wait_for(state="hidden")
    child.tap(words["bed"]).button(words["show"]).wait_for()
    check(child, "done for tonight")
    child.tap(words["show"])
    check(child, "tonight, handed in")
    for path in ("/#/week", "/#/more", f"/#/night/{served.cast.ada.id}/{TONIGHT}"):
        child.open(path).arrived(own_of(path))
        check(child, path)


@pytest.mark.parametrize(("language", "scheme", "width"), [("zh-CN", "light", 320), ("en-GB", "dark", 360)])
def test_the_guardians_screens(
    served: Served, phone: Phones, ada: Phone, passes: Passes, language: str, scheme: str, width: int
) -> None:
    ada.tap("开始数学")
    passes(ada, minutes=25)
    ada.tap("熄灯睡觉").sees("晚安").sent()
    mother = phone(language=language, scheme=scheme, width=width)
    mother.claim(guardian_code(served, served.cast.mother), "1111").page.locator(".confirm button").first.wait_for()
    check(mother, "children")
    mother.page.get_by_role("button", name=WORDS[language]["note"]).first.click()
    check(mother, "note")
    mother.page.keyboard.press("Escape")
    mother.page.locator(".van-popup").first.wait_for(state="hidden")
    ids = served.cast.ada.id
    of_the_child = (f"tonight/{ids}", f"week/{ids}", f"night/{ids}/{TONIGHT}", f"consent/{ids}", f"pending/{ids}")
    for path in (*of_the_child, "more"):
        mother.open(f"/#/{path}").arrived(own_of(path))
        check(mother, path)


def test_the_whole_evening_goes_by_keyboard(ada: Phone, passes: Passes) -> None:
    for name in ("开始数学", "数学做完了"):
        ada.button(name).focus()
        ada.page.keyboard.press("Enter")
        passes(ada, minutes=5)
    ada.button("补记").focus()
    ada.page.keyboard.press("Enter")
    ada.page.get_by_role("dialog", name="补记今晚").wait_for()
    until(ada.page, "document.querySelector('.van-popup').contains(document.activeElement)")
    for _ in range(60):
        ada.page.keyboard.press("Tab")
    assert ada.page.evaluate(
        "document.body === document.activeElement || !document.querySelector('#app').contains(document.activeElement)"
    )
    ada.page.keyboard.press("Escape")
    until(ada.page, "document.activeElement.textContent.includes('补记')")


def test_text_at_twice_the_size_stays_usable(ada: Phone, tmp_path: Path) -> None:
    ada.page.add_style_tag(content="html { font-size: 200% }")
    ada.tap("开始数学").button("数学做完了").wait_for()
    check(ada, "tonight at 200 %")
