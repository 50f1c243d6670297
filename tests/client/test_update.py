"""A new version of the client: it is fetched quietly, asks, and takes what is unsent along."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mobile_api.routes import client as client_files
from tests.client.conftest import Phone
from tests.client.serving import Served
from tests.client.watching import until

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
Passes = Callable[..., None]


@pytest.fixture
def released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """`released()`: from now on the server has a newer client; its page says so in a mark of its own."""

    def release() -> None:
        newer = tmp_path / "newer"
        shutil.copytree(str(client_files.BUILD), newer)
        page, worker = newer / "index.html", newer / "sw.js"
        page.write_text(page.read_text("utf-8").replace("<html ", '<html data-version="2" '), "utf-8")
        worker.write_text(
            re.sub(r"const VERSION = '\w+'", "const VERSION = 'second'", worker.read_text("utf-8")), "utf-8"
        )
        for old in (newer / "assets").glob("Week-*.js"):  # a part that the newer client has under another name
            old.rename(old.with_name("Week-second.js"))
        worker.write_text(re.sub(r"Week-[\w-]+\.js", "Week-second.js", worker.read_text("utf-8")), "utf-8")
        monkeypatch.setattr(client_files, "BUILD", newer)
        client_files.find_built.cache_clear()

    return release


@pytest.fixture(autouse=True)
def _forget_the_newer_build() -> Iterator[None]:
    """What was read of it must not be served to the next test."""
    yield
    client_files.find_built.cache_clear()


def looks_for_news(phone: Phone) -> Phone:
    """What a browser does by itself at each opening and once a day."""
    phone.page.evaluate(f"{REGISTRATION}.then((found) => found.update())")
    return phone


def test_a_new_version_asks_and_changes_nothing_under_the_fingers(
    ada: Phone, served: Served, passes: Passes, released: Callable[[], None]
) -> None:
    ada.installed().tap("开始数学").sent()
    passes(ada, minutes=12)
    released()
    looks_for_news(ada).sees("可以更新了")
    assert ada.page.evaluate(VERSION) is None
    ada.tap("数学做完了").tap("现在更新")
    until(ada.page, f"{VERSION} === '2'")
    ada.sent().button("数学，改一改").wait_for()
    (entry,) = served.night()["entries"]
    assert (entry["actual_minutes"], entry["outcome"]) == (12, "finished")
    assert ada.page.evaluate("caches.keys()") == ["nightsheet-second"]


REGISTRATION = "navigator.serviceWorker.getRegistration()"
VERSION = "document.documentElement.dataset.version"


def test_the_queue_is_there_after_an_update_while_the_server_is_away(
    ada: Phone, served: Served, passes: Passes, released: Callable[[], None]
) -> None:
    ada.installed()
    served.down = True
    ada.tap("开始数学").button("数学做完了").wait_for()
    passes(ada, minutes=12)
    ada.tap("数学做完了")
    released()
    looks_for_news(ada)
    until(ada.page, f"{REGISTRATION}.then((found) => found.waiting !== null)")
    ada.page.evaluate(f"{REGISTRATION}.then((found) => found.waiting.postMessage('take over'))")
    until(ada.page, f"{REGISTRATION}.then((found) => found.waiting === null)")
    ada.page.reload()
    until(ada.page, f"{VERSION} === '2'")
    assert ada.unsent() == 1
    served.down = False
    ada.page.evaluate("window.dispatchEvent(new Event('online'))")
    ada.sent()
    assert [entry["actual_minutes"] for entry in served.night()["entries"]] == [12]


def test_an_old_page_that_misses_a_part_says_that_there_is_a_new_version(
    ada: Phone, released: Callable[[], None]
) -> None:
    released()
    ada.context.route("**/app/assets/Week-*.js", lambda route: route.abort())
    ada.page.evaluate("caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))))")
    ada.page.get_by_role("link", name="一周").click()
    ada.sees("可以更新了")
