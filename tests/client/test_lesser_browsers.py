"""Where a browser has less: plain HTTP on a school's network, a messenger's browser without service workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Playwright

from tests.client.conftest import CHROMIUM, QUIET, SIZE, Phone, Phones, guardian_code
from tests.client.serving import Served, claim_code
from tests.client.test_screens import check

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
Passes = Callable[..., None]
WECHAT = "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.49"


@pytest.fixture
def plain(served: Served, playwright: Playwright) -> Iterator[Phone]:
    """A phone that opened `http://sheets.lan`: no secure context, so no service worker and no `crypto.randomUUID`."""
    names = "--host-resolver-rules=MAP sheets.lan 127.0.0.1"
    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*QUIET, names])
    context = browser.new_context(viewport=SIZE, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce")  # type: ignore[arg-type]
    phone = Phone(served, context)
    phone.page.clock.install(time=served.clock.now())
    phone.address = f"http://sheets.lan:{served.server.server_port}"
    yield phone
    browser.close()
    assert not phone.errors


def test_over_plain_http_the_evening_works_online_and_what_is_missing_is_said(
    plain: Phone, served: Served, passes: Passes
) -> None:
    plain.open("/#/sign-in").sees("现在没有加密连接，所以只能联网使用")
    check(plain, "sign-in over plain HTTP")
    lacks = "[isSecureContext, 'serviceWorker' in navigator, 'randomUUID' in crypto]"
    assert plain.page.evaluate(lacks) == [False, False, False]
    assert plain.page.get_by_role("button", name="扫登录条上的二维码").count() == 0
    plain.claim(claim_code(served, served.cast.ada, served.cast.mother)).tap("开始数学")
    passes(plain, minutes=20)
    plain.tap("数学做完了").sent()
    (entry,) = served.night()["entries"]
    assert (entry["actual_minutes"], entry["id"][14]) == (20, "7")
    plain.open("/#/more").sees("现在只能联网使用").sees("因为没有 https 加密连接")
    plain.open("/#/reminder-settings").sees("没有 https 加密连接，浏览器不让推送")


def test_over_plain_http_a_gap_in_the_network_loses_nothing_while_the_page_is_open(
    plain: Phone, served: Served, passes: Passes
) -> None:
    plain.claim(claim_code(served, served.cast.ada, served.cast.mother)).offline().tap("开始数学")
    passes(plain, minutes=15)
    plain.tap("数学做完了").sees("1 条存在本机").offline(False)
    plain.page.evaluate("window.dispatchEvent(new Event('online'))")
    plain.sent()
    assert [entry["actual_minutes"] for entry in served.night()["entries"]] == [15]


def test_a_messengers_browser_without_service_workers_works_online_and_says_why(
    served: Served, phone: Phones, passes: Passes
) -> None:
    mother = phone()
    mother.page.add_init_script("delete Navigator.prototype.serviceWorker; delete window.BroadcastChannel")
    mother.page.add_init_script(f"Object.defineProperty(navigator, 'userAgent', {{ value: '{WECHAT}' }})")
    mother.open("/#/sign-in").sees("这个浏览器只能联网使用")
    mother.claim(guardian_code(served, served.cast.mother), "1111")
    mother.open(f"/#/tonight/{served.cast.ada.id}").tap("开始数学")
    passes(mother, minutes=8)
    mother.tap("数学做完了").sent()
    assert [entry["actual_minutes"] for entry in served.night()["entries"]] == [8]
    mother.open("/#/more").sees("现在只能联网使用").sees("这个浏览器不能离线保存页面")
    mother.open(f"/#/tonight/{served.cast.ada.id}").button("开始语文").wait_for()
    mother.offline().tap("开始语文").page.evaluate("location.hash = '#/more'")
    mother.tap("先存成文件").sees("微信里存不下文件。记录还在本机")
    sessions = served.ask(served.cast.mother, "GET", "/me/sessions")["items"]
    assert "Android · WeChat" in {each["device_name"] for each in sessions}
