"""The sheet is in: the screens say so, it can be taken back for a moment, and carried on with afterwards (rule 9)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.client.conftest import Phone
from tests.client.serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
Passes = Callable[..., None]


def hand_in(ada: Phone, passes: Passes, *others: Phone) -> None:
    """Ada does maths for 20 minutes before five o'clock's bedtimes begin, and hands the sheet in with lights out."""
    ada.tap("开始数学")
    passes(ada, *others, minutes=20)
    ada.tap("数学做完了").tap("熄灯睡觉").sees("晚安")


def test_a_hand_in_can_be_taken_back_before_anybody_is_told(ada: Phone, served: Served, passes: Passes) -> None:
    ada.tap("开始数学").sent()
    passes(ada, minutes=20)
    ada.tap("熄灯睡觉").tap("还没完，先不交").button("数学做完了").wait_for()
    passes(ada, minutes=5)
    ada.tap("数学做完了").sent()
    night = served.night()
    assert (night["state"], night["sleep"]["lights_out_at"]) == ("open", None)
    assert [(entry["actual_minutes"], entry["outcome"]) for entry in night["entries"]] == [(25, "finished")]


def test_a_hand_in_of_this_moment_is_kept_on_the_phone_and_sent_when_it_is_put_away(
    ada: Phone, served: Served, passes: Passes
) -> None:
    hand_in(ada, passes)
    assert (ada.unsent() > 0, served.night()["state"]) == (True, "open")
    ada.page.evaluate(PUT_AWAY)
    for _ in range(20):  # well within the moment that a hand-in is held back
        if ada.unsent():
            ada.page.wait_for_timeout(100)
    assert (ada.unsent(), served.night()["state"]) == (0, "submitted")


#: The page hides, as a phone's does when its button is pressed.
PUT_AWAY = """() => {
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' })
  document.dispatchEvent(new Event('visibilitychange'))
}"""


def test_the_page_of_a_night_that_is_in_says_so_and_offers_no_start(
    ada: Phone, mother: Phone, served: Served, passes: Passes
) -> None:
    hand_in(ada, passes, mother)
    ada.sent().tap("看今晚的记录").sees("今晚已经交了").sees("今晚作业 20 分钟")
    assert ada.button("开始语文").count() == 0
    passes(ada, mother, minutes=3)
    mother.open(f"/#/tonight/{served.cast.ada.id}").sees("今晚已经交了").sees("陈艾达交的")
    assert mother.button("开始语文").count() == 0


def test_after_a_hand_in_one_may_carry_on_and_the_sheet_stays_in(ada: Phone, served: Served, passes: Passes) -> None:
    hand_in(ada, passes)
    ada.sent().tap("看今晚的记录").tap("还没睡，接着做").tap("开始语文").sent()
    assert (served.night()["state"], served.night()["sleep"]["lights_out_at"]) == ("submitted", None)
    passes(ada, minutes=10)
    ada.tap("语文做完了").tap("熄灯睡觉").sees("晚安").sent()
    night = served.night()
    assert (night["state"], night["loads"]["written_minutes"]) == ("submitted", 30)
    assert night["loads"]["after_lights_out"] in (False, 0, [])


def test_carrying_on_after_a_confirmation_asks_the_guardian_for_a_new_one(
    ada: Phone, mother: Phone, served: Served, passes: Passes
) -> None:
    hand_in(ada, passes, mother)
    ada.sent()
    passes(ada, mother, minutes=3)
    mother.tap("确认陈艾达的时间和就寝").sent()
    passes(ada, mother, minutes=3)
    ada.tap("看今晚的记录").sees("家长要再确认一次").tap("还没睡，接着做").tap("开始语文").sent()
    passes(ada, mother, minutes=3)
    mother.sees("陈艾达改过，要再确认一次").button("确认陈艾达的时间和就寝").wait_for()
    assert served.night()["state"] == "submitted"


def test_all_of_it_goes_without_a_network(ada: Phone, served: Served, passes: Passes) -> None:
    ada.offline()
    hand_in(ada, passes)
    ada.tap("还没完，先不交").tap("开始语文")
    passes(ada, minutes=10)
    ada.tap("语文做完了").tap("熄灯睡觉").sees("晚安")
    ada.offline(False).page.evaluate("window.dispatchEvent(new Event('online'))")
    ada.sent()
    night = served.night()
    assert (night["state"], night["loads"]["written_minutes"]) == ("submitted", 30)
