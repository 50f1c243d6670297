"""A real Chromium at phone size, and phones of the cast in it. Without Chromium: skipped, and in CI a failure."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Playwright, sync_playwright

from mobile_api.routes import client as client_files
from tests.cast import Cast, Holder
from tests.client.serving import Served, claim_code, serving
from tests.client.watching import PATIENCE, until

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
#: The same browser without a window around each page, which takes more of the processor than most pages do.
SHELL = Path(os.environ.get("CHROMIUM_SHELL", "/usr/bin/chromium-headless-shell"))
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
SIZE = {"width": 360, "height": 740}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a browser one second try: the summary says which needed it, and that is a defect to be mended."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


class Phone:
    """One person's phone: a page with the words of one language, and a clock that moves with the server's."""

    def __init__(self, served: Served, context: BrowserContext) -> None:
        self.served = served
        self.address = served.address
        self.context = context
        context.set_default_timeout(PATIENCE)
        self.page = context.new_page()
        self.taps = 0
        self.errors: list[str] = []
        self.under_way: set[Any] = set()
        self.page.on("request", lambda request: self.under_way.add(request))
        self.page.on("requestfinished", lambda request: self.under_way.discard(request))
        self.page.on("requestfailed", lambda request: self.under_way.discard(request))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, path: str = "/") -> Phone:
        """Open an address of the client."""
        self.page.goto(self.address + path)
        return self

    def claim(self, code: str, last_four: str = "") -> Phone:
        """Sign in with a slip's code, as scanned."""
        self.open(f"/#/claim/{code.replace('-', '')}")
        self.page.locator("input.four").fill(last_four)
        self.page.locator("form button:not([type])").click()
        self.page.locator("nav").wait_for()
        return self

    def button(self, name: str) -> Locator:
        """A button by its name for a screen reader."""
        return self.page.get_by_role("button", name=name, exact=True)

    def tap(self, name: str) -> Phone:
        """Tap a button, and count it."""
        self.taps += 1
        self.button(name).click()
        return self

    def sees(self, text: str) -> Phone:
        """Wait until a text stands on the screen."""
        self.page.get_by_text(text).first.wait_for(timeout=PATIENCE)
        return self

    def arrived(self, own: str) -> Phone:
        """Wait until a screen stands there finished: ``own`` is the words of its heading, or a selector of its own.

        Opening an address answers at once, with the former screen still there: what both have is no sign of arrival.
        """
        sign = own if own.startswith((".", "main")) else f"h1:has-text({json.dumps(own, ensure_ascii=False)})"
        self.page.locator(sign).first.wait_for()
        self.page.locator(".skeleton").first.wait_for(state="detached")
        return self

    def quiet(self) -> Phone:
        """Wait until no request has been under way for a moment: a clock moved on meanwhile would look wrong."""
        calm = 0
        for _ in range(250):
            self.page.wait_for_timeout(40)
            calm = 0 if self.under_way else calm + 1
            if calm == 4:
                break
        return self

    def offline(self, away: bool = True) -> Phone:
        """Take the network away, or give it back."""
        self.context.set_offline(away)
        return self

    def installed(self) -> Phone:
        """Wait until this phone keeps the client itself, and its page is answered from there."""
        self.page.evaluate(IN_CHARGE)
        return self

    def unsent(self) -> int:
        """How many changes wait on this phone."""
        return len(self.stored("queue"))

    def stored(self, name: str) -> list[Any]:
        """Everything in one of the phone's stores."""
        return self.page.evaluate(READ, name)  # type: ignore[no-any-return]

    def sent(self) -> Phone:
        """Wait until nothing is unsent."""
        self.page.wait_for_timeout(200)  # a tap is stored before it is shown, and shown before it is sent
        for turn in range(PATIENCE // 100):
            if self.unsent() == 0:
                return self
            if turn % 10 == 9:  # a clock moved on cuts a request short, and the next try would be minutes away
                self.page.evaluate("window.dispatchEvent(new Event('online'))")
            self.page.wait_for_timeout(100)
        raise AssertionError(f"still unsent: {self.stored('queue')}")


#: What each of a family's screens has when it is there, and none of the others has.
OWN = {
    "family": "main section.child",
    "tonight": "main .hero",
    "week": "main .turn",
    "night": "main p.where",
    "consent": "main article.card",
    "rights": "main dl.sees",
    "pictures": "main .pad",
    "pending": "main section.card:has(> h2:only-of-type):has(+ p.skip)",
    "more": "main nav.ways",
    "inbox": "main .screen-head a[href='#/reminder-settings']",
    "reminder-settings": "main section.lines",
}


def own_of(path: str) -> str:
    """What to wait for after opening one of a family's screens, such as `/#/week/…`."""
    return OWN[path.removeprefix("/#/").split("/")[0]]


#: An active worker may not have taken this page over yet; opened anew, the page is the worker's in any case.
IN_CHARGE = """navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller || new Promise((done) =>
  navigator.serviceWorker.addEventListener('controllerchange', done, { once: true }))).then(() => true)"""

READ = """async (name) => {
  const opened = indexedDB.open('nightsheet')
  const db = await new Promise((done) => (opened.onsuccess = () => done(opened.result)))
  const asked = db.transaction(name).objectStore(name).getAll()
  const found = await new Promise((done) => (asked.onsuccess = () => done(asked.result)))
  db.close()
  return found
}"""


@pytest.fixture(scope="session", autouse=True)
def _client_build(request: pytest.FixtureRequest) -> Iterator[None]:
    """Serve the build of --client-build, where one is named."""
    build = request.config.getoption("--client-build")
    with pytest.MonkeyPatch.context() as patch:
        if build is not None:
            patch.setattr(client_files, "BUILD", build.resolve(strict=True))
        yield


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright, if there is a browser to drive."""
    if not CHROMIUM.exists():
        said = f"there is no {CHROMIUM}: apt-get install chromium fonts-noto-cjk"
        if os.environ.get("NIGHTSHEET_CI"):
            pytest.fail(said)
        pytest.skip(said)
    with sync_playwright() as made:
        yield made


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One Chromium for all tests, without windows where there is such a one; each phone has a context of its own."""
    made = playwright.chromium.launch(executable_path=str(SHELL if SHELL.exists() else CHROMIUM), args=QUIET)
    yield made
    made.close()


@pytest.fixture(scope="session")
def whole_browser(playwright: Playwright) -> Iterator[Browser]:
    """The Chromium that people have, for what only that one can do: show a notification."""
    made = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
    yield made
    made.close()


@pytest.fixture
def served(database_url: str, cast: Cast) -> Iterator[Served]:
    """The product with tonight's homework for Ada's class."""
    with serving(database_url) as made:
        yield made


Phones = Callable[..., Phone]


@pytest.fixture
def phone(served: Served, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Phones]:
    """`phone()` is a new phone; `phone(language=…, scheme=…, width=…, clock=False)` another sort.

    `whole=True` is one in the whole browser, which may show notifications.
    """
    made: list[Phone] = []

    def new(
        language: str = "zh-CN", scheme: str = "light", width: int = 360, clock: bool = True, whole: bool = False
    ) -> Phone:
        chosen: Browser = request.getfixturevalue("whole_browser") if whole else browser
        context = chosen.new_context(
            viewport={**SIZE, "width": width},
            locale=language,
            timezone_id="Asia/Shanghai",
            color_scheme=scheme,  # type: ignore[arg-type]
            reduced_motion="reduce",
        )
        context.add_init_script(f"localStorage.setItem('nightsheet.look', '{scheme}')")
        one = Phone(served, context)
        if clock:
            one.page.clock.install(time=served.clock.now())
        made.append(one)
        return one

    yield new
    errors = [error for one in made for error in one.errors]
    for one in made:
        one.context.close()
    assert not errors


@pytest.fixture
def ada(served: Served, phone: Phones) -> Phone:
    """Ada's own phone, bound by her mother, with tonight's homework on it: a network taken away comes after that."""
    one = phone().claim(claim_code(served, served.cast.ada, served.cast.mother))
    until(one.page, lambda: one.stored("nights"))
    return one


@pytest.fixture
def mother(served: Served, phone: Phones) -> Phone:
    """Her mother's phone, with two children on it."""
    return phone().claim(guardian_code(served, served.cast.mother), "1111")


#: Before the client's first line, and only where the phone keeps nothing yet: requests to a database go in turn, so the
#: client finds its stores (`openDatabase` in store/db.ts) made and the session in them.
SEATED = """(session) => {
  const opened = indexedDB.open('nightsheet', 1)
  opened.onupgradeneeded = () => {
    const db = opened.result
    db.createObjectStore('meta').put(session, 'session')
    db.createObjectStore('nights', { keyPath: 'key' }).createIndex('owner', 'owner')
    db.createObjectStore('queue', { keyPath: 'seq', autoIncrement: true }).createIndex('key', 'key')
    db.createObjectStore('counters', { keyPath: 'key' })
    db.createObjectStore('receipts', { keyPath: 'seq', autoIncrement: true })
  }
  opened.onsuccess = () => opened.result.close()
}"""

SEAT = """async (session) => {
  const opened = indexedDB.open('nightsheet')
  const db = await new Promise((done) => (opened.onsuccess = () => done(opened.result)))
  const writing = db.transaction('meta', 'readwrite')
  writing.objectStore('meta').put(session, 'session')
  await new Promise((done) => (writing.oncomplete = done))
  db.close()
}"""


class Desk(Phone):
    """A member of staff at a desk: already signed in, on a wide screen."""

    def sit(self, who: Holder) -> Desk:
        """Keep this person's token as signing in would, and wait for the desk."""
        kind = "staff" if who.school_id else "district_officer"
        session: dict[str, Any] = {"token": who.token, "kind": kind, "person_id": str(who.id), "me": None}
        session |= {"must_change_password": False, "ended": None}
        if self.page.url.startswith("http:"):  # somebody sat here before: the seat is another's now
            self.page.evaluate(SEAT, session)
        else:
            self.context.add_init_script(f"if (location.protocol === 'http:') ({SEATED})({json.dumps(session)})")
        self.open("/")
        self.page.locator(".desk").first.wait_for()
        return self


Desks = Callable[..., Desk]


@pytest.fixture
def desks(served: Served, browser: Browser) -> Iterator[Desks]:
    """`desks(cast.homeroom)` is somebody signed in at 1280 × 800; `language=…, scheme=…, width=…` another sort.

    No service worker: it keeps a family's screens, and would ask for a desk's files where no `route` sees it.
    """
    made: list[Desk] = []

    def new(who: Holder, language: str = "zh-CN", scheme: str = "light", width: int = 1280, height: int = 800) -> Desk:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale=language,
            timezone_id="Asia/Shanghai",
            color_scheme=scheme,  # type: ignore[arg-type]
            reduced_motion="reduce",
            service_workers="block",
        )
        context.add_init_script(f"localStorage.setItem('nightsheet.look', '{scheme}')")
        one = Desk(served, context)
        one.page.clock.install(time=served.clock.now())
        made.append(one)
        return one.sit(who)

    yield new
    errors = [error for one in made for error in one.errors]
    for one in made:
        one.context.close()
    assert not errors


@pytest.fixture
def desk(served: Served, desks: Desks) -> Desk:
    """The maths teacher of Ada's class at the desk."""
    return desks(served.cast.maths_teacher)


def guardian_code(served: Served, guardian: Holder) -> str:
    """A guardian's slip, printed anew by the homeroom teacher."""
    return str(served.ask(served.cast.homeroom, "POST", f"/guardians/{guardian.id}/claims")["code"])


@pytest.fixture
def passes(served: Served) -> Callable[..., None]:
    """`passes(phone, minutes=20)`: time goes by, on the server and on these phones."""

    def go(*phones: Phone, minutes: float) -> None:
        span = dt.timedelta(minutes=minutes)
        for one in phones:
            one.quiet()
        with served.turning:
            served.clock.advance(minutes=minutes)
            for one in phones:
                one.page.clock.fast_forward(int(span.total_seconds() * 1000))
        for one in phones:
            one.page.wait_for_timeout(50)

    return go
