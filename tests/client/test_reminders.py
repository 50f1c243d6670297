"""Reminders on the phone: the inbox, what is wanted, and push that shows neutral words and opens the right screen."""

from __future__ import annotations

import datetime as dt
import json
import time
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from backend.storage.models import Absence, OutboxRow, OutboxState, PushEndpoint
from mobile_api.routes import push_key
from mobile_api.transaction import db
from notifications.worker import Worker
from tests.cast import START, TONIGHT, Holder
from tests.client.conftest import Phone, Phones, guardian_code
from tests.client.serving import Served, claim_code
from tests.client.watching import PATIENCE, until, violations

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]

KEY = "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM"
#: Chromium without a network has no push service: its answer is played, everything around it is real.
SUBSCRIBES = """
  PushManager.prototype.getSubscription = async () => window.__made ?? null
  PushManager.prototype.subscribe = async (options) => {
    const key = btoa(String.fromCharCode(...options.applicationServerKey))
    const address = 'https://push.example.net/send/abc'
    const unsubscribe = async () => (window.__made = null)
    const keys = { p256dh: 'BPub', auth: 'secret' }
    window.__made = { key, unsubscribe, toJSON: () => ({ endpoint: address, keys }) }
    return window.__made
  }
"""


def tell(served: Served, to: Holder, code: str, about: uuid.UUID, night: dt.date = TONIGHT, **params: Any) -> uuid.UUID:
    """Put a message into somebody's inbox, as the worker does."""
    assert to.school_id is not None
    message = uuid.uuid4()
    with served.app.app_context():
        db.session.add(
            OutboxRow(
                school_id=to.school_id,
                id=message,
                code=code,
                recipient_id=to.id,
                subject_id=about,
                night=night,
                occasion=1,
                params=params,
                state=OutboxState.SENT,
                created_at=served.clock.now(),
                due_at=START,
                expires_at=START + dt.timedelta(hours=6),
            )
        )
        db.session.commit()
        db.session.remove()
    return message


def harmless(phone: Phone) -> None:
    """No violation of accessibility on this screen."""
    found = violations(phone.page)
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []


def until_read(served: Served, reader: Holder) -> None:
    """The screen does not wait for the mark to arrive: neither do we insist that it has at once."""
    for _ in range(PATIENCE // 50):
        if served.ask(reader, "GET", "/me/inbox")["items"][0]["read_at"] is not None:
            return
        time.sleep(0.05)
    raise AssertionError("the message was never marked as read")


def mothers(served: Served, made: Phone) -> Phone:
    """Her mother signs in on it."""
    return made.claim(guardian_code(served, served.cast.mother), "1111")


def test_the_inbox_says_what_happened_and_opens_the_childs_night(served: Served, phone: Phones) -> None:
    cast = served.cast
    tell(served, cast.mother, "sleep_short", cast.ada.id, TONIGHT - dt.timedelta(days=1), short_by_minutes=75)
    mother = mothers(served, phone())
    mother.page.get_by_role("link", name="更多 1 条提醒没看过").click()
    mother.page.get_by_role("link", name="提醒 没看过 1").click()
    mother.sees("昨晚睡得少了些").sees("比目标少 75 分钟")
    harmless(mother)
    mother.page.get_by_role("button", name="昨晚睡得少了些").click()
    mother.page.wait_for_url(f"**/#/night/{cast.ada.id}/2026-11-16")
    assert mother.page.get_by_text("条提醒没看过").count() == 0
    until_read(served, cast.mother)


def test_a_link_of_a_message_opens_what_it_is_about(served: Served, phone: Phones) -> None:
    message = tell(served, served.cast.mother, "cap_reached", served.cast.ada.id, cap_minutes=60)
    mother = mothers(served, phone())
    mother.open(f"/reminders/{message}").page.wait_for_url(f"**/#/tonight/{served.cast.ada.id}")


def test_a_message_of_somebody_else_opens_nothing(served: Served, phone: Phones) -> None:
    message = tell(served, served.cast.ben_mother, "cap_reached", served.cast.ben.id, cap_minutes=60)
    mothers(served, phone()).open(f"/#/reminders/{message}").sees("这条提醒不在了")


def test_what_is_wanted_is_kept_at_each_tap(served: Served, phone: Phones) -> None:
    mother = mothers(served, phone()).open("/#/reminder-settings")
    switch = mother.page.get_by_role("switch", name="开始作业")
    switch.click()
    mother.page.get_by_label("几点提醒").fill("17:45")
    mother.page.get_by_role("switch", name="安静时段").click()
    mother.page.get_by_role("switch", name="先停几天").click()
    mother.page.get_by_role("switch", name="锁屏上显示姓名和分钟").click()
    mother.page.get_by_label("到哪天").fill("2026-11-20")
    mother.page.get_by_label("到哪天").blur()
    mother.sees("已记下").quiet()
    harmless(mother)
    kept = served.ask(served.cast.mother, "GET", "/me/reminders")
    chosen = {each["code"]: each for each in kept["codes"]}
    assert (chosen["start_homework"]["enabled"], chosen["start_homework"]["chosen_time"]) == (True, "17:45")
    assert (kept["quiet_from"], kept["paused_from"], kept["paused_to"]) == ("21:30", "2026-11-17", "2026-11-20")
    assert kept["shows_names"] is True


def test_a_guardian_allows_winding_down_on_the_childs_phone_and_the_child_cannot(served: Served, phone: Phones) -> None:
    cast = served.cast
    child = phone().claim(claim_code(served, cast.ada, cast.mother)).open("/#/reminder-settings")
    assert child.page.get_by_role("switch", name="准备睡觉").is_disabled()
    mother = mothers(served, phone()).open("/#/reminder-settings")
    mother.page.get_by_role("link", name="陈艾达").click()
    mother.sees("陈艾达：手机提醒、先停几天").page.get_by_role("switch", name="准备睡觉").click()
    mother.sees("已记下")
    assert mother.page.get_by_role("switch", name="锁屏上显示姓名和分钟").count() == 0
    chosen = {each["code"]: each["enabled"] for each in served.ask(cast.ada, "GET", "/me/reminders")["codes"]}
    assert chosen["wind_down"] is True


def test_a_guardian_pauses_a_child_and_the_child_cannot(served: Served, phone: Phones) -> None:
    cast = served.cast
    mother = mothers(served, phone()).open(f"/#/reminder-settings/{cast.ada.id}")
    mother.sees("这几晚也不算没记").page.get_by_role("switch", name="先停几天").click()
    mother.sees("已记下")
    child = phone().claim(claim_code(served, cast.ada, cast.mother)).open("/#/reminder-settings")
    switch = child.page.get_by_role("switch", name="先停几天")
    assert (switch.is_disabled(), switch.get_attribute("aria-checked")) == (True, "true")
    with served.app.app_context():
        nights = db.session.scalars(sa.select(Absence.night).order_by(Absence.night)).all()
        assert nights == [TONIGHT + dt.timedelta(days=n) for n in range(3)]
        db.session.remove()


def test_one_message_in_the_evening_and_its_language(served: Served, phone: Phones) -> None:
    mother = mothers(served, phone()).open("/#/reminder-settings")
    mother.page.get_by_role("switch", name="晚上合成一条").click()
    mother.page.get_by_label("几点提醒").fill("23:00")
    mother.page.get_by_label("几点提醒").blur()
    mother.sees("请选 16:00 到 22:00").page.get_by_label("几点提醒").fill("19:45")
    mother.page.get_by_label("几点提醒").blur()
    mother.page.get_by_role("button", name="English").click()
    mother.sees("已记下").sees("放进晚上那一条里").quiet()
    harmless(mother)
    kept = served.ask(served.cast.mother, "GET", "/me/reminders")
    assert (kept["evening_digest"], kept["digest_at"], kept["locale"]) == (True, "19:45", "en")


def test_a_reminder_comes_again_in_a_quarter_of_an_hour(served: Served, phone: Phones) -> None:
    tell(served, served.cast.mother, "bedtime_passed", served.cast.ada.id, latest_lights_out="21:20")
    mother = mothers(served, phone()).open("/#/inbox")
    mother.page.get_by_role("button", name="15 分钟后").click()
    mother.sees("再提醒").page.get_by_role("button", name="不用了").wait_for()
    harmless(mother)
    assert served.ask(served.cast.mother, "GET", "/me/inbox")["items"][0]["again_at"] is not None
    mother.page.get_by_role("button", name="不用了").click()
    mother.page.get_by_role("button", name="30 分钟后").wait_for()


def test_the_list_is_there_without_a_network(served: Served, phone: Phones) -> None:
    tell(served, served.cast.mother, "sleep_short", served.cast.ada.id, short_by_minutes=75)
    mother = mothers(served, phone()).open("/#/inbox").sees("比目标少 75 分钟").installed()
    until(mother.page, lambda: any("sleep_short" in str(kept) for kept in mother.stored("meta")))
    mother.offline().open("/#/family").page.reload()
    mother.page.locator("nav").wait_for()
    mother.open("/#/inbox").sees("比目标少 75 分钟").sees("现在连不上")


def test_a_test_message_says_that_nothing_but_the_list_reaches_one(served: Served, phone: Phones) -> None:
    mother = mothers(served, phone()).open("/#/reminder-settings").tap("发一条测试提醒").sees("正在路上")
    Worker(engine_of(served), clock=served.clock, channels=[], public_url=served.address).deliver()
    mother.sees("只写在了提醒列表里").quiet()
    harmless(mother)
    mother.tap("发一条测试提醒").sees("试得太多了")


def engine_of(served: Served) -> sa.Engine:
    """The server's own connections."""
    with served.app.app_context():
        return db.engine


def test_without_a_network_nothing_pretends_to_be_kept(served: Served, phone: Phones) -> None:
    mother = mothers(served, phone()).open("/#/reminder-settings")
    mother.page.get_by_role("switch", name="安静时段").wait_for()
    mother.offline().page.get_by_role("switch", name="安静时段").click()
    mother.sees("没有记下")
    assert mother.page.get_by_role("switch", name="安静时段").get_attribute("aria-checked") == "false"


def test_push_that_the_school_has_not_turned_on_is_said_so(served: Served, phone: Phones) -> None:
    mothers(served, phone()).open("/#/reminder-settings").sees("学校还没有开通手机推送")


def test_after_the_first_night_the_phone_asks_once_and_is_registered(
    served: Served, phone: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_key, "public_key_of", lambda _: KEY)
    mother = phone(whole=True)
    mother.context.grant_permissions(["notifications"], origin=served.address)
    mother.context.add_init_script(SUBSCRIBES)
    mothers(served, mother)
    assert mother.page.get_by_text("要不要在手机上提醒").count() == 0
    served.ask(served.cast.ada, "PUT", f"/students/{served.cast.ada.id}/nights/{TONIGHT}/submission", {})
    mother.page.reload()
    mother.sees("要不要在手机上提醒")
    # What there is to do comes first.
    ask, confirm = mother.page.locator("aside").bounding_box(), mother.button("确认陈艾达的时间和就寝").bounding_box()
    assert ask
    assert confirm
    assert ask["y"] > confirm["y"]
    harmless(mother)
    mother.tap("好，提醒我").quiet()
    with served.app.app_context():
        (row,) = db.session.scalars(sa.select(PushEndpoint)).all()
        assert (row.kind.value, row.address) == ("web_push", "https://push.example.net/send/abc")
        db.session.remove()
    mother.page.reload()
    mother.button("确认陈艾达的时间和就寝").wait_for()
    assert mother.page.get_by_text("要不要在手机上提醒").count() == 0


def test_a_permission_taken_back_by_the_system_is_noticed_and_told(
    served: Served, phone: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_key, "public_key_of", lambda _: KEY)
    mother = phone(whole=True)
    mother.context.grant_permissions(["notifications"], origin=served.address)
    mother.context.add_init_script(SUBSCRIBES)
    mothers(served, mother).open("/#/reminder-settings").tap("打开手机提醒").sees("会在这台手机上提醒")
    mother.context.add_init_script(
        "Object.defineProperty(Notification, 'permission', { get: () => 'denied' }); window.__made = null"
    )
    mother.open("/#/family").page.reload()
    mother.sees("通知被系统关掉了").quiet()
    mother.open("/#/reminder-settings").sees("您在系统里关了通知")
    with served.app.app_context():
        (row,) = db.session.scalars(sa.select(PushEndpoint)).all()
        assert (row.disabled_reason, row.address) == ("permission_revoked", "")
        db.session.remove()


def deliver(phone: Phone, message: dict[str, Any], shown: int) -> list[dict[str, str]]:
    """Let a push arrive as the browser's push service would; returns what is shown on the lock screen.

    `shown` is how much there is to come: nothing is waited for less patiently.
    """
    page = phone.page
    phone.installed()
    session = phone.context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(each["registrationId"] for each in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    until(page, lambda: found)
    sent = {"origin": phone.served.address, "registrationId": found[0], "data": json.dumps(message)}
    session.send("ServiceWorker.deliverPushMessage", sent)
    if shown:
        until(page, f"{SHOWN}.then((all) => all.length === {shown})")
    else:
        page.wait_for_timeout(300)
    return page.evaluate(SHOWN)  # type: ignore[no-any-return]


SHOWN = """navigator.serviceWorker.ready.then((registration) => registration.getNotifications())
  .then((all) => all.map(({ title, body, tag, data }) => ({ title, body, tag, id: data.id })))"""


def pushed(message: uuid.UUID, expires_at: dt.datetime, **more: str) -> dict[str, Any]:
    """What travels to a browser."""
    words = {"title": "作业记录单", "body": "今晚有一条时间提醒，打开看看。", "tag": "one"}
    return {"id": str(message), "code": "cap_reached", "expires_at": expires_at.isoformat(), **words, **more}


def test_a_push_shows_the_neutral_words_that_came_and_a_tap_opens_the_night(served: Served, phone: Phones) -> None:
    message = tell(served, served.cast.mother, "cap_reached", served.cast.ada.id, cap_minutes=60)
    mother = phone(clock=False, whole=True)
    mother.context.grant_permissions(["notifications"], origin=served.address)
    mothers(served, mother)
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    shown = deliver(mother, pushed(message, later), 1)
    assert shown == [
        {"title": "作业记录单", "body": "今晚有一条时间提醒，打开看看。", "tag": "one", "id": str(message)}
    ]
    (worker,) = mother.context.service_workers
    worker.evaluate(TAPPED)
    mother.page.wait_for_url("**/#/*/" + str(served.cast.ada.id) + "**")


TAPPED = """async () => {
  const [notification] = await registration.getNotifications()
  self.dispatchEvent(new NotificationEvent('notificationclick', { notification }))
}"""


def test_a_push_that_comes_too_late_is_not_shown(served: Served, phone: Phones) -> None:
    mother = phone(clock=False, whole=True)
    mother.context.grant_permissions(["notifications"], origin=served.address)
    mothers(served, mother)
    over = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=5)
    assert deliver(mother, pushed(uuid.uuid4(), over), 0) == []
    assert deliver(mother, {"title": "no words", "expires_at": "2999-01-01T00:00:00Z"}, 0) == []
