"""Without a finger on the glass: the evening by keyboard alone, in order, announced, and without motion."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.cast import TONIGHT
from tests.client.conftest import Phone, Phones, guardian_code, own_of
from tests.client.serving import Served, claim_code

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
Passes = Callable[..., None]

#: The accessible name of what has the focus.
FOCUSED = """(() => {
  const it = document.activeElement
  const named = it.getAttribute('aria-label') || it.labels?.[0]?.innerText || it.innerText || ''
  return it === document.body ? '' : named.trim().split('\\n')[0]
})()"""


def reach(phone: Phone, name: str) -> Phone:
    """Press Tab until something of this name has the focus."""
    passed = []
    for _ in range(60):
        phone.page.keyboard.press("Tab")
        passed.append(phone.page.evaluate(FOCUSED))
        if passed[-1].startswith(name):
            return phone
    raise AssertionError(f"no way to {name!r} by keyboard, only to {passed}")


def press(phone: Phone, name: str) -> Phone:
    """Reach it and press Enter."""
    reach(phone, name).page.keyboard.press("Enter")
    return phone


def test_a_child_signs_in_and_lives_the_evening_by_keyboard_alone(
    served: Served, phone: Phones, passes: Passes
) -> None:
    child = phone().open("/#/sign-in")
    child.page.locator("form").wait_for()
    reach(child, "登录条上的登录码")
    child.page.keyboard.type(claim_code(served, served.cast.ada, served.cast.mother))
    child.page.keyboard.press("Enter")
    child.button("开始数学").wait_for()
    press(child, "开始数学").button("数学做完了").wait_for()
    passes(child, minutes=20)
    press(child, "数学做完了").button("数学，改一改").wait_for()
    press(child, "开始语文").button("语文做完了").wait_for()
    passes(child, minutes=10)
    press(child, "语文停一停").button("继续语文").wait_for()
    press(child, "熄灯睡觉").sees("晚安").sent()
    night = served.night()
    assert (night["state"], night["loads"]["written_minutes"]) == ("submitted", 30)


def test_a_guardian_confirms_by_keyboard_alone(served: Served, ada: Phone, mother: Phone, passes: Passes) -> None:
    ada.tap("开始数学")
    passes(ada, mother, minutes=20)
    ada.tap("熄灯睡觉").sees("晚安").sent()
    mother.page.reload()
    mother.button("确认陈艾达的时间和就寝").wait_for()
    press(mother, "确认陈艾达的时间和就寝").sent()
    assert served.night()["state"] == "confirmed"


def test_the_focus_goes_down_the_screen_as_the_eye_does(ada: Phone) -> None:
    ada.page.evaluate("document.activeElement.blur()")
    tops = []
    for _ in range(40):
        ada.page.keyboard.press("Tab")
        found = ada.page.evaluate(WHERE)
        if found is None:
            break
        tops.append(found)
    seen = [name for name, _ in tops]
    assert {"开始语文", "开始数学", "开始英语"} <= set(seen)
    main = [top for name, top in tops if top is not None]
    assert main == sorted(main), tops


def test_what_has_the_focus_is_seen_to_have_it(ada: Phone) -> None:
    reach(ada, "开始数学")
    for name in ("开始数学", "更多"):
        reach(ada, name)
        outline = ada.page.evaluate(
            "(({outlineStyle, outlineWidth}) => [outlineStyle, outlineWidth])(LOOK)".replace(
                "LOOK", "getComputedStyle(document.activeElement)"
            )
        )
        assert outline == ["solid", "3px"], name


#: Name and place on the page of what has the focus within the screen; the navigation, which stays in place, comes last.
WHERE = """(() => {
  const it = document.activeElement
  if (it === document.body) return null
  const top = it.closest('main') ? Math.round(it.getBoundingClientRect().top + scrollY) : null
  return [it.getAttribute('aria-label') || it.innerText.trim(), top]
})()"""


def test_what_changes_by_itself_is_announced_from_a_place_that_was_there_before(ada: Phone, passes: Passes) -> None:
    ada.page.evaluate("document.querySelectorAll('[role=status]').forEach((each) => (each.wasThere = true))")
    ada.tap("开始数学")
    passes(ada, minutes=61)
    ada.sees("够了，今天可以停了")
    ada.offline().tap("数学停一停").sees("没有网络 · ")
    for said in ("够了，今天可以停了", "没有网络 · "):
        place = ada.page.get_by_role("status").filter(has_text=said).first
        assert place.evaluate("(each) => each.wasThere === true"), said


def test_a_refused_sign_in_is_announced(served: Served, phone: Phones) -> None:
    child = phone().open("/#/sign-in")
    child.page.locator("input.code").first.fill("AAAA-AAAA")
    child.page.locator("form button:not([type])").click()
    child.page.get_by_role("alert").filter(has_text="登录码").wait_for()


#: The longest transition or animation of anything on the screen, in seconds.
MOTION = """Math.max(...[...document.querySelectorAll('*')].flatMap((each) => {
  const style = getComputedStyle(each)
  return [...style.transitionDuration.split(','), ...style.animationDuration.split(',')].map(parseFloat)
}))"""


def test_nothing_moves_for_whom_motion_is_too_much(served: Served, ada: Phone, passes: Passes) -> None:
    ada.page.emulate_media(reduced_motion="no-preference")
    assert ada.page.evaluate(MOTION) > 0.1
    ada.page.emulate_media(reduced_motion="reduce")
    assert ada.page.evaluate(MOTION) < 0.01
    ada.tap("补记")
    ada.page.get_by_role("dialog").wait_for()
    assert ada.page.evaluate(MOTION) < 0.01


BIG = "html { font-size: 200% }"


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_every_family_screen_holds_text_of_twice_the_size(
    served: Served, phone: Phones, passes: Passes, ada: Phone, language: str
) -> None:
    ada.tap("开始数学")
    passes(ada, minutes=25)
    ada.tap("熄灯睡觉").sees("晚安").sent()
    mother = phone(language=language).open("/#/sign-in")
    mother.page.locator("input.code").first.wait_for()
    mother.page.add_style_tag(content=BIG)
    fits(mother, "sign-in")
    mother.claim(guardian_code(served, served.cast.mother), "1111")
    for path in of_a_guardian(str(served.cast.ada.id)):
        mother.open(path).arrived(own_of(path))
        mother.page.add_style_tag(content=BIG)
        mother.quiet()
        fits(mother, path)


def of_a_guardian(child: str) -> list[str]:
    """Every screen of a family."""
    of_the_child = ["tonight", "week", f"night/{child}/{TONIGHT}", "consent", "rights", "pictures", "pending"]
    paths = [path if "/" in path else f"{path}/{child}" for path in of_the_child]
    return [f"/#/{path}" for path in ("family", *paths, "more", "inbox", "reminder-settings")]


def fits(phone: Phone, screen: str) -> None:
    """Nothing is wider than the screen and no line of text is cut off."""
    wide = phone.page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
    assert wide <= 0, f"{screen} is {wide} px too wide"
    assert phone.page.evaluate(CUT) == [], screen


#: Elements with text that hides a part of it.
CUT = """[...document.querySelectorAll('main *')].filter((each) => {
  const style = getComputedStyle(each)
  const hides = style.overflowX === 'hidden' || style.textOverflow === 'ellipsis'
  return hides && !each.closest('.visually-hidden') && each.innerText && each.scrollWidth > each.clientWidth + 1
}).map((each) => each.outerHTML.slice(0, 120))"""
