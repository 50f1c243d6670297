"""What a phone does to a page behind its back: it suspends it, throws its storage away, loses an answer on the way."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route

from tests.client.conftest import Phone, Phones
from tests.client.serving import Served, claim_code
from tests.client.test_offline import TOKEN

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
Passes = Callable[..., None]


def suspended(phone: Phone, *, minutes: int) -> None:
    """The system hides the page, freezes it and wakes it so many minutes later.

    The events are the browser's own, sent by hand (a browser that is driven never freezes); the wall clock goes on, the
    monotonic clock stands still, as it does on a phone whose screen is off.
    """
    phone.page.evaluate(HIDE)
    phone.served.clock.advance(minutes=minutes)
    phone.page.clock.set_system_time(phone.served.clock.now())
    phone.page.evaluate(SHOW)
    phone.page.wait_for_timeout(1200)


HIDE = """() => {
  Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })
  document.dispatchEvent(new Event('visibilitychange'))
  document.dispatchEvent(new Event('freeze'))
}"""
SHOW = """() => {
  delete document.visibilityState
  document.dispatchEvent(new Event('resume'))
  document.dispatchEvent(new Event('visibilitychange'))
}"""


@pytest.mark.parametrize("is_offline", [False, True], ids=["online", "offline"])
def test_a_page_suspended_for_forty_minutes_counts_forty(ada: Phone, served: Served, is_offline: bool) -> None:
    ada.tap("开始数学").sent().quiet()
    if is_offline:
        ada.offline()
    before = ada.page.evaluate("performance.now()")
    suspended(ada, minutes=40)
    assert ada.page.evaluate("performance.now()") - before < 60_000  # the witness has slept, and must not measure
    ada.tap("数学做完了")
    assert ada.page.get_by_text("手机的时间动过").count() == 0
    ada.offline(False).page.evaluate("window.dispatchEvent(new Event('online'))")
    ada.sent()
    (entry,) = served.night()["entries"]
    assert (entry["actual_minutes"], entry["segments"][0]["source"]) == (40, "timer")
    assert entry["segments"][0]["clock"] == "ok"


def test_the_browser_is_asked_to_keep_the_store_when_somebody_signs_in(served: Served, phone: Phones) -> None:
    child = phone()
    child.page.add_init_script(
        "window.asked = 0; StorageManager.prototype.persist = async () => (window.asked += 1, true)"
    )
    child.claim(claim_code(served, served.cast.ada, served.cast.mother))
    assert child.page.evaluate("window.asked") == 1


def clear(phone: Phone, kinds: str) -> None:
    """The system throws this origin's storage away, as it does when a phone runs full."""
    session = phone.context.new_cdp_session(phone.page)
    session.send("Storage.clearDataForOrigin", {"origin": phone.served.address, "storageTypes": kinds})


def test_a_store_that_the_system_has_cleared_is_noticed_at_the_next_opening(ada: Phone) -> None:
    ada.tap("开始数学").sent()
    ada.open("/about")
    clear(ada, "indexeddb,cache_storage,service_workers")
    ada.open().sees("这台手机清理过存储").sees("已上传的都在")


def test_a_store_cleared_under_an_open_page_is_noticed_at_once(ada: Phone) -> None:
    ada.tap("开始数学").sent()
    clear(ada, "indexeddb")
    ada.sees("这台手机清理过存储")


def test_after_a_cleared_store_a_new_sign_in_brings_back_what_had_been_sent(
    ada: Phone, served: Served, passes: Passes
) -> None:
    ada.tap("开始数学")
    passes(ada, minutes=20)
    ada.tap("数学做完了").sent()
    clear(ada, "indexeddb")
    ada.sees("这台手机清理过存储")
    ada.claim(claim_code(served, served.cast.ada, served.cast.mother))
    ada.button("数学，改一改").wait_for()
    assert ada.page.get_by_text("这台手机清理过存储").count() == 0


def test_a_queue_whose_answers_are_lost_is_sent_three_times_from_two_tabs_and_makes_one_set(
    ada: Phone, served: Served, passes: Passes
) -> None:
    ada.offline().tap("开始数学")
    passes(ada, minutes=10)
    ada.tap("数学做完了").tap("开始语文")
    passes(ada, minutes=5)
    ada.tap("语文做完了")
    arrived: list[Any] = []
    lost = itertools.count()

    def lose(route: Route) -> None:
        """Let it reach the server; the first two answers never reach the phone."""
        body: Any = route.request.post_data_json
        answer = route.fetch()
        if body["changes"]:
            arrived.append(body)
        if body["changes"] and next(lost) < 2:
            route.abort("connectionreset")
        else:
            route.fulfill(response=answer)

    ada.context.route("**/api/v1/sync", lose)
    other = ada.context.new_page()
    ada.offline(False)
    other.goto(served.address)
    for page in (ada.page, other, ada.page, other, ada.page):
        page.evaluate("window.dispatchEvent(new Event('online'))")
        page.wait_for_timeout(700)
    ada.sent()
    assert len(arrived) >= 3
    headers = {"Authorization": f"Bearer {ada.page.evaluate(TOKEN)}"}
    for body in [*arrived, *reversed(arrived)]:  # and once more, late and out of order
        served.app.test_client().post("/api/v1/sync", json={**body, "cursors": {}}, headers=headers).close()
    entries = served.night()["entries"]
    assert {entry["subject"]: entry["actual_minutes"] for entry in entries} == {"maths": 10, "chinese": 5}
    assert len(entries) == 2


def test_a_tap_that_could_not_be_stored_is_not_shown_and_the_person_is_told(ada: Phone) -> None:
    full = "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') }"
    ada.page.evaluate(f"() => {{ {full} }}")
    ada.tap("开始数学").sees("刚才那一下没有存下来")
    assert ada.page.get_by_role("button", name="数学做完了").count() == 0


def test_a_server_away_for_a_day_gets_everything_when_it_is_back_also_after_a_restart(
    ada: Phone, served: Served, passes: Passes
) -> None:
    served.down = True
    ada.tap("开始数学")
    passes(ada, minutes=20)
    ada.tap("数学做完了").tap("熄灯睡觉").sees("晚安")
    ada.open("/about")
    served.clock.advance(minutes=20 * 60)
    ada.page.clock.set_system_time(served.clock.now())
    ada.open().sees("没有网络")
    assert ada.unsent() == 2
    served.down = False
    ada.page.evaluate("window.dispatchEvent(new Event('online'))")
    ada.sent()
    night = served.night()
    assert (night["state"], night["loads"]["written_minutes"]) == ("submitted", 20)
    lights_out = dt.datetime.fromisoformat(night["sleep"]["lights_out_at"])
    assert served.clock.now() - lights_out > dt.timedelta(hours=19)
