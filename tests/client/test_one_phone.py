"""One phone, several people, several tabs: nothing of one is left to the next; no tab sends what another holds back."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, Route

from tests.client.conftest import Phone, Phones
from tests.client.serving import Served, claim_code
from tests.client.test_kept import HIDE, SHOW
from tests.client.test_offline import TOKEN, own_browser
from tests.client.watching import until

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
Passes = Callable[..., None]
STOPPED = "现在先不记了"
ONLINE = "window.dispatchEvent(new Event('online'))"


def session_ends(phone: Phone, served: Served) -> None:
    """Somebody signs this phone out from elsewhere."""
    headers = {"Authorization": f"Bearer {phone.page.evaluate(TOKEN)}"}
    served.app.test_client().delete("/api/v1/auth/sessions/current", headers=headers).close()


def test_the_next_person_sees_no_receipt_and_takes_no_rescue_of_the_last(ada: Phone, served: Served) -> None:
    ada.installed().tap("开始数学").sent().offline().tap("数学做完了").button("数学，改一改").wait_for()
    session_ends(ada, served)
    ada.offline(False).page.evaluate(ONLINE)
    ada.sees("登录已过期")
    ada.claim(claim_code(served, served.cast.finn, served.cast.finn_mother)).offline().tap("开始数学")
    ada.button("数学做完了").wait_for()
    ada.open("/#/more").page.locator("summary").click()
    assert ada.page.locator("details li").count() == 0
    with ada.page.expect_download() as download:
        ada.button("先存成文件").click()
    saved = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert {each["student_id"] for each in saved["changes"]} == {str(served.cast.finn.id)}
    assert len(ada.stored("queue")) == 2


def test_an_answer_that_comes_after_signing_out_signs_nobody_in_again(ada: Phone, served: Served) -> None:
    late: list[Route] = []
    ada.sent().context.route("**/api/v1/me", lambda route: late.append(route))
    ada.page.reload()
    ada.button("开始数学").wait_for()
    until(ada.page, lambda: late)
    ada.open("/#/more").tap("退出登录").page.locator("form").wait_for()
    late[0].fulfill(json={"kind": "student", "id": str(served.cast.ada.id), "name": "陈艾达", "students": []})
    ada.context.unroute("**/api/v1/me")
    ada.quiet()
    assert ada.stored("nights") == []
    assert not [each for each in ada.stored("meta") if isinstance(each, dict) and "token" in each]
    ada.page.reload()
    ada.page.locator("form").wait_for()


def test_a_hand_in_that_may_be_taken_back_is_sent_by_no_other_tab(ada: Phone, served: Served, passes: Passes) -> None:
    other = ada.context.new_page()
    other.goto(served.address)
    other.get_by_role("button", name="开始数学", exact=True).wait_for()
    ada.tap("开始数学").sent()
    passes(ada, minutes=20)
    ada.tap("熄灯睡觉").sees("晚安")
    with other.expect_response("**/api/v1/sync"):
        other.evaluate(ONLINE)
    assert served.night()["state"] == "open"
    ada.sent()
    assert served.night()["state"] == "submitted"


def test_a_page_that_has_not_heard_the_server_goes_by_what_another_page_of_the_phone_has_heard(
    served: Served, phone: Phones
) -> None:
    ahead = dt.timedelta(minutes=7)
    one = phone(clock=False)
    one.page.clock.install(time=served.clock.now() + ahead)
    other = one.context.new_page()
    other.clock.install(time=served.clock.now() + ahead)
    other.goto(served.address)
    other.locator("form").wait_for()
    other.route("**/api/v1/sync", lambda route: route.abort())
    one.claim(claim_code(served, served.cast.ada, served.cast.mother)).button("开始数学").wait_for()
    other.get_by_role("button", name="开始数学", exact=True).click()
    one.button("数学做完了").wait_for()
    one.page.evaluate(ONLINE)
    one.sent()
    (segment,) = served.night()["entries"][0]["segments"]
    assert abs(dt.datetime.fromisoformat(segment["started_at"]) - served.clock.now()) < dt.timedelta(minutes=2)


def test_a_hidden_page_goes_by_the_page_that_saw_the_clock_being_moved_while_there_is_no_network(
    ada: Phone, served: Served, passes: Passes
) -> None:
    other = ada.context.new_page()
    other.goto(served.address)
    other.get_by_role("button", name="开始数学", exact=True).wait_for()
    ada.sent().offline().tap("开始数学").button("数学做完了").wait_for()
    other.get_by_role("button", name="数学做完了", exact=True).wait_for()
    other.evaluate(HIDE)
    passes(ada, minutes=10)
    # One wall clock for both, as on a phone.
    ada.page.clock.set_system_time(served.clock.now() + dt.timedelta(hours=3))
    for _ in range(200):  # the page in front looks at its clock each second
        if any(each.get("witnessed") for each in ada.stored("meta") if isinstance(each, dict)):
            break
        ada.page.wait_for_timeout(100)
    other.evaluate(SHOW)
    other.get_by_role("button", name="数学做完了", exact=True).click()
    other.get_by_role("button", name="数学，改一改", exact=True).wait_for()
    (change,) = ada.stored("queue")
    (segment,) = change["state"]["segments"]
    took = dt.datetime.fromisoformat(segment["finished_at"]) - dt.datetime.fromisoformat(segment["started_at"])
    assert dt.timedelta(minutes=10) <= took < dt.timedelta(minutes=13)
    assert segment["clock"] == "corrected"


def test_a_page_reloaded_while_it_was_sending_goes_on_at_once(ada: Phone, served: Served) -> None:
    stuck: list[Route] = []
    ada.sent().context.route("**/api/v1/sync", lambda route: stuck.append(route))
    ada.tap("开始数学").button("数学做完了").wait_for()
    until(ada.page, lambda: stuck)
    ada.context.unroute("**/api/v1/sync")
    ada.page.reload()
    ada.sent()  # waits twenty seconds; a stranger’s lease would last thirty
    assert len(served.night()["entries"]) == 1


def test_a_consent_taken_back_is_seen_on_the_next_sending_and_frees_the_phone(ada: Phone, served: Served) -> None:
    ada.sent().offline().tap("开始数学").button("数学做完了").wait_for()
    path = f"/students/{served.cast.ada.id}/consent"
    version = served.ask(served.cast.mother, "GET", path)["text_version"]
    served.ask(served.cast.mother, "PUT", path, {"decision": "withdrawn", "text_version": version})
    ada.offline(False).page.evaluate(ONLINE)
    ada.sees(STOPPED)
    ada.open("/#/more").sees("要先请家长同意").tap("不要了")
    ada.sent().tap("退出登录").page.locator("form").wait_for()


def test_a_hand_in_is_there_again_after_the_browser_was_killed_within_its_moment(
    served: Served, playwright: Playwright, tmp_path: Path, phone: Phones
) -> None:
    code = claim_code(served, served.cast.ada, served.cast.mother)
    with own_browser(playwright, tmp_path) as (browser, process):
        own = Phone(served, browser.contexts[0]).claim(code)
        own.installed().tap("开始数学").sent()
        own.tap("熄灯睡觉")
        time.sleep(0.1)
        kill(process)
    assert served.night()["state"] == "open"
    with own_browser(playwright, tmp_path) as (browser, _):
        again = Phone(served, browser.contexts[0]).open().sees("晚安")
        again.sent()
    assert served.night()["state"] == "submitted"


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL, as a phone that runs out of power."""
    process.kill()
    process.wait()


def test_signed_out_without_a_network_the_server_ends_it_once_it_is_reached(ada: Phone, served: Served) -> None:
    token = ada.page.evaluate(TOKEN)

    def still_signed_in() -> bool:
        bearer = {"Authorization": f"Bearer {token}"}
        return served.app.test_client().get("/api/v1/me", headers=bearer).status_code == 200

    ada.installed().sent().open("/#/more").arrived("main nav.ways").offline()
    ada.tap("退出登录").page.locator("form").wait_for()
    ada.page.reload()
    ada.page.locator("form").wait_for()
    assert still_signed_in()
    assert (ada.stored("nights"), token in str(ada.stored("meta"))) == ([], True)
    with ada.page.expect_response(lambda answer: answer.url.endswith("/auth/sessions/current")):
        ada.offline(False).page.evaluate(ONLINE)
    ada.quiet()
    assert not still_signed_in()
    assert token not in str(ada.stored("meta"))


#: An older iPhone, and some browsers' private windows: no page can call to another.
NO_CHANNEL = "delete window.BroadcastChannel"


def test_a_page_that_did_not_hear_of_the_signing_out_neither_asks_on_nor_puts_the_next_person_out(
    served: Served, phone: Phones
) -> None:
    one = phone(clock=False)
    one.context.add_init_script(NO_CHANNEL)
    one.claim(claim_code(served, served.cast.ada, served.cast.mother)).button("开始数学").wait_for()
    old = one.sent().page.evaluate(TOKEN)
    other = one.context.new_page()
    other.goto(served.address)
    other.get_by_role("button", name="开始数学", exact=True).wait_for()
    one.open("/#/more").tap("退出登录").page.locator("form").wait_for()
    one.claim(claim_code(served, served.cast.finn, served.cast.finn_mother)).button("开始数学").wait_for()
    asked: list[str | None] = []
    other.on("request", lambda request: asked.append(request.headers.get("authorization")))
    with other.expect_response("**/api/v1/sync"):
        other.evaluate(ONLINE)
    other.reload()
    other.get_by_role("button", name="开始数学", exact=True).wait_for()
    assert f"Bearer {old}" not in asked
    one.page.reload()
    one.button("开始数学").wait_for()
    (session,) = [each for each in one.stored("meta") if isinstance(each, dict) and "token" in each]
    assert (session["person_id"], session["ended"]) == (str(served.cast.finn.id), None)


def test_signing_out_is_done_at_once_however_long_the_server_takes(ada: Phone) -> None:
    stuck: list[Route] = []
    ada.sent().open("/#/more").arrived("main nav.ways")
    ada.context.route("**/auth/sessions/current", lambda route: stuck.append(route))
    given_up: list[str] = []
    ending = "/auth/sessions/current"
    ada.page.on("requestfailed", lambda request: given_up.append(request.url) if request.url.endswith(ending) else None)
    ada.tap("退出登录").page.locator("form").wait_for()
    assert given_up == []
    asked: list[str] = []
    ada.page.on("request", lambda request: asked.append(request.url) if "/api/" in request.url else None)
    ada.page.evaluate(ONLINE)
    ada.page.wait_for_timeout(300)
    assert [url for url in asked if not url.endswith(ending)] == []
    assert ada.stored("nights") == []
    for route in stuck:
        route.abort()


def test_a_slip_opened_while_the_app_is_starting_is_not_lost(served: Served, phone: Phones) -> None:
    one = phone()
    # Deferred scripts have run by then; the phone's own store, and with it the first screen, has yet to open.
    one.page.add_init_script("addEventListener('DOMContentLoaded', () => (location.hash = '#/claim/K7QM3XRA'))")
    one.open().page.locator("input.four").wait_for()
    until(one.page, lambda: one.page.locator("input.code").first.input_value() == "K7QM-3XRA")
    assert one.page.evaluate("location.hash") == "#/claim/K7QM3XRA"
