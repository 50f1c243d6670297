"""A clock that jumped while nobody watched: the stretch is marked doubtful, a figure is offered, a person decides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from tests.client.conftest import Phone
from tests.client.serving import Served
from tests.client.test_screens import check

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
Passes = Callable[..., None]


def doubtful_maths(ada: Phone, served: Served, passes: Passes) -> None:
    """Maths is begun; offline the app is closed, its clock put back by two hours, the app opened and maths finished."""
    ada.installed().tap("开始数学").sent().offline()
    passes(ada, minutes=12)
    ada.page.wait_for_timeout(300)
    ada.page.clock.set_system_time(served.clock.now() - dt.timedelta(hours=2))
    ada.page.reload()
    ada.tap("数学做完了").sees("手机的时间动过。按 12 分钟算，对吗？")


def test_a_person_accepts_the_figure_that_is_offered_and_no_clock_moves_it_any_more(
    ada: Phone, served: Served, passes: Passes
) -> None:
    doubtful_maths(ada, served, passes)
    check(ada, "a doubtful stretch")
    ada.tap("数学：对，12 分钟")
    ada.page.get_by_text("手机的时间动过").wait_for(state="hidden")
    served.clock.advance(minutes=20)
    ada.offline(False).page.evaluate("window.dispatchEvent(new Event('online'))")
    ada.sent()
    (entry,) = served.night()["entries"]
    (segment,) = entry["segments"]
    assert (entry["actual_minutes"], segment["source"], segment["clock"]) == (12, "estimated", "ok")


def test_a_person_puts_a_doubtful_stretch_right(ada: Phone, served: Served, passes: Passes) -> None:
    doubtful_maths(ada, served, passes)
    ada.tap("数学的时间改一改").page.get_by_label("到", exact=True).fill("18:40")
    ada.tap("记下").offline(False).page.evaluate("window.dispatchEvent(new Event('online'))")
    ada.sent()
    (entry,) = served.night()["entries"]
    assert (entry["actual_minutes"], entry["segments"][0]["source"]) == (10, "typed")


def test_what_nobody_decided_about_is_put_right_by_the_server(ada: Phone, served: Served, passes: Passes) -> None:
    doubtful_maths(ada, served, passes)
    ada.offline(False).page.evaluate("window.dispatchEvent(new Event('online'))")
    ada.sent()
    (entry,) = served.night()["entries"]
    assert entry["actual_minutes"] == 12
    assert entry["segments"][0]["clock"] == "corrected"
    assert ada.page.get_by_text("手机的时间动过").count() == 0
