"""What a screen reader finds on the main screens, in both languages, held against committed trees.

A screen that changed on purpose: `NIGHTSHEET_TREES=write python -m pytest tests/client/test_tree.py`, then read the
difference. Times of day are masked: how long a test takes is nobody's concern.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cast import TONIGHT
from tests.client.conftest import Phone, Phones, guardian_code, own_of
from tests.client.serving import Served, claim_code

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
Passes = Callable[..., None]
TREES = Path(__file__).with_name("trees")
LANGUAGES = ("zh-CN", "en-GB")
FINISH = {"zh-CN": ("开始数学", "数学做完了", "熄灯睡觉"), "en-GB": ("Start Maths", "Maths is done", "Lights out")}


def hold(phone: Phone, language: str, screen: str) -> None:
    """Compare the screen's tree with the committed one, or write it."""
    phone.quiet().page.wait_for_timeout(300)
    found = re.sub(r"\d{1,2}:\d\d", "0:00", phone.page.locator("body").aria_snapshot()) + "\n"
    file = TREES / f"{screen}.{language[:2]}.yaml"
    if os.environ.get("NIGHTSHEET_TREES") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(found, encoding="utf-8")
    assert found == file.read_text(encoding="utf-8"), screen


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_childs_evening(served: Served, phone: Phones, passes: Passes, language: str) -> None:
    start, finish, bed = FINISH[language]
    child = phone(language=language).open("/#/sign-in")
    child.page.locator("form").wait_for()
    hold(child, language, "sign-in")
    child.claim(claim_code(served, served.cast.ada, served.cast.mother)).button(start).wait_for()
    hold(child, language, "tonight")
    child.tap(start)
    passes(child, minutes=61)
    hold(child, language, "tonight-enough")
    child.tap(finish).tap(bed).page.locator(".done").wait_for()
    child.sent()
    child.page.wait_for_timeout(8000)  # a moment for taking it back, then calm
    hold(child, language, "done")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guardians_screens(served: Served, phone: Phones, ada: Phone, passes: Passes, language: str) -> None:
    ada.tap("开始数学")
    passes(ada, minutes=25)
    ada.tap("数学做完了").tap("熄灯睡觉").sees("晚安").sent()
    mother = phone(language=language).claim(guardian_code(served, served.cast.mother), "1111")
    mother.page.locator(".confirm button").first.wait_for()
    hold(mother, language, "family")
    for path, screen in (("week", "week"), ("night", "night"), ("consent", "consent")):
        ending = f"/{TONIGHT}" if path == "night" else ""
        mother.open(f"/#/{path}/{served.cast.ada.id}{ending}").arrived(own_of(path))
        hold(mother, language, screen)
    mother.open("/#/inbox").arrived(own_of("inbox"))
    hold(mother, language, "inbox")
