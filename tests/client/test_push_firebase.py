"""Firebase in the browser: its library is real; Google and the push service of the browser are played."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Route

from backend.storage.models import PushEndpoint, School
from mobile_api.routes import push_key
from mobile_api.transaction import db
from tests.cast import Cast
from tests.client.conftest import Phone, Phones, guardian_code
from tests.client.serving import Served, serving
from tests.client.test_reminders import KEY, deliver

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
WEB = {"apiKey": "AIza", "appId": "1:2:web:3", "messagingSenderId": "2", "projectId": "sheets", "vapidKey": KEY}
#: The browser's part of a subscription, which Chromium has not without a network.
SUBSCRIBES = """
  const bytes = (length) => new Uint8Array(length).buffer
  const kept = () => window.localStorage.getItem('played') ? made : null
  const made = {
    endpoint: 'https://push.example.net/send/abc',
    getKey: (name) => bytes(name === 'auth' ? 16 : 65),
    toJSON: () => ({ endpoint: made.endpoint, keys: { p256dh: 'BPub', auth: 'secret' } }),
    unsubscribe: async () => { window.localStorage.removeItem('played'); return true },
  }
  PushManager.prototype.getSubscription = async () => kept()
  PushManager.prototype.subscribe = async () => { window.localStorage.setItem('played', '1'); return made }
"""


@pytest.fixture
def served(database_url: str, cast: Cast, tmp_path: Path) -> Iterator[Served]:
    """The product of an installation that sends by Firebase."""
    (tmp_path / "web.json").write_text(json.dumps(WEB), encoding="utf-8")
    (tmp_path / "account.json").write_text("{}", encoding="utf-8")
    with serving(
        database_url,
        NIGHTSHEET_CHANNELS="inbox,fcm",
        NIGHTSHEET_FIREBASE_CREDENTIALS=str(tmp_path / "account.json"),
        NIGHTSHEET_FIREBASE_WEB_CONFIG=str(tmp_path / "web.json"),
    ) as made:
        yield made


class Google:
    """Firebase's two addresses as a phone meets them, with what was asked of them; ``reached`` is false in China."""

    def __init__(self, phone: Phone, *, reached: bool = True) -> None:
        self.asked: list[str] = []
        self.fid = ""
        self.reached = reached
        phone.context.route("https://*.googleapis.com/**", self.answer)

    def answer(self, route: Route) -> None:
        """Answer as the documents of Firebase say."""
        asked = route.request
        self.asked.append(f"{asked.method} {asked.url.split('.com')[1]}")
        if not self.reached:
            route.abort("connectionrefused")
        elif "installations.googleapis" in asked.url:
            self.fid = (asked.post_data_json or {}).get("fid", self.fid)
            token = {"token": "auth.of.installation", "expiresIn": "604800s"}
            self.say(route, {"fid": self.fid, "refreshToken": "refresh", "authToken": token})
        else:
            self.say(route, {"name": f"projects/sheets/registrations/{self.fid}"})

    def say(self, route: Route, document: dict[str, Any]) -> None:
        """An answer to a page of another origin."""
        headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
        route.fulfill(json=document, headers=headers)


def addresses(served: Served) -> list[tuple[str, str]]:
    """Where the server would send to."""
    with served.app.app_context():
        rows = db.session.scalars(sa.select(PushEndpoint)).all()
        found = [(row.kind.value, row.address) for row in rows]
        db.session.remove()
    return found


def mother_of(served: Served, phone: Phone) -> Phone:
    """Her mother's phone, which may show notifications, at the settings of reminders."""
    phone.context.grant_permissions(["notifications"], origin=served.address)
    phone.page.add_init_script(SUBSCRIBES)
    phone.claim(guardian_code(served, served.cast.mother), "1111")
    return phone.open("/#/reminder-settings")


def test_a_phone_registers_its_installation_and_leaves_again(served: Served, phone: Phones) -> None:
    mother = phone(clock=False, whole=True)
    google = Google(mother)
    mother_of(served, mother).tap("打开手机提醒").sees("会在这台手机上提醒")
    assert addresses(served) == [("fcm_installation", google.fid)]
    assert any("registrations" in each for each in google.asked)
    mother.page.reload()
    mother.open("/#/family").page.get_by_role("navigation").wait_for()
    mother.open("/#/reminder-settings").sees("会在这台手机上提醒")
    mother.tap("关掉").button("打开手机提醒").wait_for()
    assert addresses(served) == []
    assert any(each.startswith("DELETE") for each in google.asked)


def test_where_google_cannot_be_reached_web_push_takes_its_place(
    served: Served, phone: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_key, "public_key_of", lambda _: KEY)
    mother = phone(clock=False, whole=True)
    Google(mother, reached=False)
    mother_of(served, mother).tap("打开手机提醒").sees("会在这台手机上提醒")
    assert addresses(served) == [("web_push", "https://push.example.net/send/abc")]


def test_where_google_is_the_only_way_and_away_the_person_is_told(served: Served, phone: Phones) -> None:
    mother = phone(clock=False, whole=True)
    Google(mother, reached=False)
    mother_of(served, mother).tap("打开手机提醒").sees("没有打开。推送服务现在连不上")
    assert addresses(served) == []


def test_no_phone_of_a_school_that_leaves_firebase_out_speaks_to_google(served: Served, phone: Phones) -> None:
    with served.app.app_context():
        db.session.execute(sa.update(School).values(channels=["inbox"]))
        db.session.commit()
        db.session.remove()
    mother = phone(clock=False, whole=True)
    google = Google(mother)
    mother_of(served, mother).sees("学校还没有开通手机推送")
    assert google.asked == []


def test_what_firebase_delivers_is_shown_in_its_time_and_dropped_after(served: Served, phone: Phones) -> None:
    mother = phone(clock=False, whole=True)
    mother_of(served, mother)
    now, message = dt.datetime.now(dt.UTC), str(uuid.uuid4())
    told = {"title": "作业记录单", "body": "今晚有一条时间提醒，打开看看。"}

    def wrapped(expires_at: dt.datetime) -> dict[str, Any]:
        data = {"id": message, "code": "cap_near", "tag": "one", "expires_at": str(int(expires_at.timestamp()))}
        return {"notification": told, "data": data, "from": "2", "fcmMessageId": "m"}

    assert deliver(mother, wrapped(now - dt.timedelta(minutes=1)), 0) == []
    assert deliver(mother, wrapped(now + dt.timedelta(hours=1)), 1) == [{**told, "tag": "one", "id": message}]


#: What an app of the school's own defines before the page begins, as docs/client.md has it; a WebView has no Web Push.
SHELL = """
  delete window.PushManager
  window.nightsheetShell = {
    permission: async () => localStorage.getItem('played.permission') ?? 'default',
    token: async () => {
      localStorage.setItem('played.permission', 'granted')
      return localStorage.getItem('played.token') ?? 'token-of-the-app'
    },
  }
"""


def test_an_app_around_the_page_hands_its_token_on_and_each_new_one(served: Served, phone: Phones) -> None:
    mother = phone(clock=False, whole=True)
    google = Google(mother)
    mother.page.add_init_script(SHELL)
    mother.claim(guardian_code(served, served.cast.mother), "1111")
    mother.open("/#/reminder-settings").tap("打开手机提醒").sees("会在这台手机上提醒")
    assert addresses(served) == [("fcm_token", "token-of-the-app")]
    mother.page.evaluate("localStorage.setItem('played.token', 'another')")
    with mother.page.expect_response(lambda answer: "/me/devices/" in answer.url and answer.request.method == "PUT"):
        mother.open("/#/family").page.reload()
    assert addresses(served) == [("fcm_token", "another")]
    mother.page.evaluate("localStorage.setItem('played.permission', 'default')")
    mother.page.add_init_script("delete Navigator.prototype.serviceWorker")  # an iOS app without WKAppBoundDomains
    with mother.page.expect_response(lambda answer: "because=permission_revoked" in answer.url):
        mother.page.reload()
    mother.sees("通知被系统关掉了")
    assert addresses(served) == [("fcm_token", "")]  # that it was taken back stays known, where it went to does not
    assert google.asked == []


def test_an_app_around_the_page_of_a_school_without_firebase_is_told_so(served: Served, phone: Phones) -> None:
    with served.app.app_context():
        db.session.execute(sa.update(School).values(channels=["inbox"]))
        db.session.commit()
        db.session.remove()
    mother = phone(clock=False, whole=True)
    mother.page.add_init_script(SHELL)
    mother.claim(guardian_code(served, served.cast.mother), "1111")
    mother.open("/#/reminder-settings").sees("学校还没有开通手机推送")
