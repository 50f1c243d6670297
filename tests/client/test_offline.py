"""Nothing that the phone has shown as saved is ever lost: offline, reloaded, killed, expired, in two tabs, misdated."""

from __future__ import annotations

import datetime as dt
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from tests.cast import TONIGHT, ZONE
from tests.client.conftest import CHROMIUM, QUIET, Phone, Phones
from tests.client.serving import Served, claim_code

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
Passes = Callable[..., None]


def test_start_reload_and_finish_without_a_network_then_all_is_sent(ada: Phone, served: Served, passes: Passes) -> None:
    ada.installed().offline().tap("开始数学").button("数学做完了").wait_for()
    ada.page.reload()
    ada.button("数学做完了").wait_for()
    passes(ada, minutes=20)
    ada.tap("数学做完了").tap("熄灯睡觉").sees("晚安").sees("已存在本机")
    assert (ada.unsent(), served.night()["entries"]) == (2, [])
    ada.offline(False).page.evaluate("window.dispatchEvent(new Event('online'))")
    ada.sent()
    night = served.night()
    assert (night["state"], night["loads"]["written_minutes"]) == ("submitted", 20)


def test_offline_says_so_quietly_with_the_number_that_waits(ada: Phone) -> None:
    ada.offline().tap("开始数学").sees("没有网络 · 1 条存在本机")


def test_a_server_that_is_away_loses_nothing(ada: Phone, served: Served, passes: Passes) -> None:
    served.down = True
    ada.tap("开始数学")
    passes(ada, minutes=15)
    ada.tap("数学做完了").sees("没有网络 · 1 条存在本机")
    passes(ada, minutes=24 * 60)
    served.down = False
    passes(ada, minutes=6)
    ada.sent()
    assert served.night()["loads"]["written_minutes"] == 15


def test_the_same_queue_from_two_tabs_makes_one_set_of_records(ada: Phone, served: Served, passes: Passes) -> None:
    ada.offline().tap("开始数学")
    passes(ada, minutes=10)
    ada.tap("数学做完了").tap("开始语文")
    other = ada.context.new_page()
    ada.offline(False)
    other.goto(served.address)
    for page in (ada.page, other, ada.page):
        page.evaluate("window.dispatchEvent(new Event('online'))")
    ada.sent()
    assert sorted(entry["subject"] for entry in served.night()["entries"]) == ["chinese", "maths"]


def test_signing_out_is_refused_while_something_is_unsent(ada: Phone) -> None:
    ada.installed().offline().tap("开始数学").button("数学做完了").wait_for()
    ada.open("/#/more").tap("退出登录").sees("还有 1 条没有上传")
    with ada.page.expect_download() as download:
        ada.page.get_by_role("alert").get_by_role("button", name="先存成文件").click()
    assert "maths" in download.value.path().read_text(encoding="utf-8")
    assert ada.unsent() == 1


def test_an_ended_sign_in_keeps_the_queue_until_the_same_person_is_back(
    ada: Phone, served: Served, passes: Passes
) -> None:
    token = ada.page.evaluate(TOKEN)
    ada.offline().tap("开始数学").button("数学做完了").wait_for()
    served.app.test_client().delete(
        "/api/v1/auth/sessions/current", headers={"Authorization": f"Bearer {token}"}
    ).close()
    ada.offline(False).page.evaluate("window.dispatchEvent(new Event('online'))")
    ada.sees("登录已过期，记录还在本机")
    assert ada.unsent() == 1
    ada.claim(claim_code(served, served.cast.ada, served.cast.mother)).sent()
    assert [entry["subject"] for entry in served.night()["entries"]] == ["maths"]


def test_another_person_cannot_send_somebody_elses_queue(ada: Phone, served: Served) -> None:
    token = ada.page.evaluate(TOKEN)
    ada.offline().tap("开始数学").button("数学做完了").wait_for()
    served.app.test_client().delete(
        "/api/v1/auth/sessions/current", headers={"Authorization": f"Bearer {token}"}
    ).close()
    ada.offline(False).page.evaluate("window.dispatchEvent(new Event('online'))")
    ada.sees("登录已过期")
    ada.claim(claim_code(served, served.cast.finn, served.cast.finn_mother))
    ada.button("开始数学").wait_for()
    ada.page.wait_for_timeout(500)
    assert (ada.unsent(), served.night()["entries"]) == (1, [])


def test_a_clock_moved_by_three_hours_leaves_the_duration_and_marks_it(
    ada: Phone, served: Served, passes: Passes
) -> None:
    ada.tap("开始数学").sent().offline()
    passes(ada, minutes=10)
    ada.page.clock.set_system_time(served.clock.now() + dt.timedelta(hours=3))
    ada.page.wait_for_timeout(1500)
    served.clock.advance(minutes=10)
    ada.page.clock.fast_forward(10 * 60_000)
    ada.tap("数学做完了").sees("手机的时间动过")
    ada.offline(False).page.evaluate("window.dispatchEvent(new Event('online'))")
    ada.sent()
    (entry,) = served.night()["entries"]
    assert (entry["actual_minutes"], entry["segments"][0]["clock"]) == (20, "corrected")


def test_a_phone_with_a_wrong_clock_records_the_right_time(served: Served, phone: Phones, passes: Passes) -> None:
    wrong = phone(clock=False)
    wrong.page.clock.install(time=served.clock.now() + dt.timedelta(hours=5))
    wrong.claim(claim_code(served, served.cast.ada, served.cast.mother)).tap("开始数学")
    tapped = served.clock.now()
    passes(wrong, minutes=12)
    wrong.tap("数学做完了").sent()
    (entry,) = served.night()["entries"]
    assert entry["actual_minutes"] == 12
    assert abs(dt.datetime.fromisoformat(entry["segments"][0]["started_at"]) - tapped) < dt.timedelta(minutes=1)


def test_two_phones_that_changed_the_same_line_are_shown_side_by_side(
    ada: Phone, mother: Phone, served: Served, passes: Passes
) -> None:
    ada.tap("开始数学")
    passes(ada, mother, minutes=30)
    ada.tap("数学做完了").sent()
    begun = dt.datetime.fromisoformat(served.night()["entries"][0]["segments"][0]["started_at"])
    shorter, longer = (minutes_from(begun, 18, ends) for ends in (40, 50))
    mother.page.reload()
    mother.sees("陈艾达").open(f"/#/tonight/{served.cast.ada.id}").button("数学，改一改").wait_for()
    ada.offline().tap("数学，改一改")
    ada.page.get_by_label("到", exact=True).fill("18:40")
    ada.tap("记下")
    mother.tap("数学，改一改").page.get_by_label("到", exact=True).fill("18:50")
    mother.tap("记下").sent()
    ada.offline(False).page.evaluate("window.dispatchEvent(new Event('online'))")
    ada.sees("有 1 条要看一下").tap("看一看").sees("另一台手机也改了")
    ada.sees(f"{shorter} 分钟").sees(f"{longer} 分钟").tap("用那台的").sent()
    assert served.night()["entries"][0]["actual_minutes"] == longer


def minutes_from(begun: dt.datetime, hour: int, minute: int) -> int:
    """How long until this time of the evening, as a line says it: a busy machine begins after 18:30:00."""
    ends = dt.datetime(TONIGHT.year, TONIGHT.month, TONIGHT.day, hour, minute, tzinfo=ZONE)
    return int((ends - begun).total_seconds() / 60 + 0.5)


def test_a_tap_is_there_again_after_the_browser_was_killed_100_ms_later(
    served: Served, playwright: Playwright, tmp_path: Path
) -> None:
    code = claim_code(served, served.cast.ada, served.cast.mother)
    with own_browser(playwright, tmp_path) as (browser, process):
        phone = Phone(served, browser.contexts[0]).claim(code)
        phone.installed().button("开始数学").wait_for()
        phone.offline().button("开始数学").click()
        time.sleep(0.1)
        process.kill()
        process.wait()
    with own_browser(playwright, tmp_path) as (browser, _):
        again = Phone(served, browser.contexts[0]).open()
        again.button("数学做完了").wait_for()
        again.sent()
    assert [entry["subject"] for entry in served.night()["entries"]] == ["maths"]


@contextmanager
def own_browser(playwright: Playwright, folder: Path) -> Iterator[tuple[Browser, subprocess.Popen[bytes]]]:
    """A Chromium of one's own that keeps its data in a folder, so that it can be killed and opened again."""
    port_file = folder / "DevToolsActivePort"
    port_file.unlink(missing_ok=True)
    options = [*QUIET, "--headless=new", "--lang=zh-CN", "--window-size=360,740", "--remote-debugging-port=0"]
    command = [str(CHROMIUM), *options, f"--user-data-dir={folder}", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            if port_file.exists() and port_file.read_text().strip():
                break
            time.sleep(0.05)
        browser = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port_file.read_text().split()[0]}")
        browser.contexts[0].add_init_script("localStorage.setItem('nightsheet.language', 'zh-CN')")
        yield browser, process
    finally:
        process.kill()
        process.wait()


TOKEN = """async () => {
  const opened = indexedDB.open('nightsheet')
  const db = await new Promise((done) => (opened.onsuccess = () => done(opened.result)))
  const asked = db.transaction('meta').objectStore('meta').get('session')
  const session = await new Promise((done) => (asked.onsuccess = () => done(asked.result)))
  db.close()
  return session.token
}"""
