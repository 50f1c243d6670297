"""`make pictures`: the pictures of the main screens in docs/images, of the built client over a played week.

Both languages, both schemes; a real Chromium at 360 × 740 with two pixels a point, the desk at 1280 × 800. `python -m
tests.client.pictures FOLDER` takes them of another build than the committed one.
"""

from __future__ import annotations

import datetime as dt
import logging
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from mobile_api.routes import client as client_files
from tests.cast import START, TONIGHT
from tests.client import serving as served_school
from tests.client.conftest import CHROMIUM, QUIET, SIZE, Desk, Phone, guardian_code
from tests.client.serving import Served, claim_code, publish, serving
from tests.databases import SqliteDatabases

IMAGES = Path(__file__).parents[2] / "docs" / "images"
TITLES = {
    "zh": ("抄写第 12 课生字，读课文两遍", "口算第 12 页", "听读 Unit 4"),
    "en": ("Copy out lesson 12, read it twice", "Mental maths, page 12", "Listen and read, unit 4"),
}
#: What the maths teacher is about to set.
PLANNED = {"zh": "应用题第 3 页", "en": "Word problems, page 3"}
#: Start, done, lights out, fill in later; then the subjects.
TAPS = {
    "zh": ("开始{}", "{}做完了", "熄灯睡觉", "补记"),
    "en": ("Start {}", "{} is done", "Lights out", "Type in times"),
}
SUBJECTS = {"zh": ("语文", "数学"), "en": ("Chinese", "Maths")}
#: In the dark too.
DARK = ("tonight", "family")  # the last screen of the evening is dark anyway
#: Days ago, minutes of Chinese and maths, lights out, waking.
WEEK = (
    (5, 20, 28, "21:05", "06:40"),
    (6, 25, 30, "21:20", "06:45"),
    (7, 18, 20, "20:55", "06:40"),
    (8, 30, 42, "21:50", "06:40"),
)
LAST_NIGHT = (1, 20, 25, "21:10", "06:40")


def main() -> int:
    """Take all of them."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    if len(sys.argv) > 1:
        client_files.BUILD = Path(sys.argv[1]).resolve(strict=True)
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        databases = SqliteDatabases(Path(folder))
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        for language in ("zh", "en"):
            for scheme in ("light", "dark"):
                teachers = zip(served_school.HOMEWORK, TITLES[language], strict=True)
                served_school.HOMEWORK = tuple((who, subject, title, n) for (who, subject, _, n), title in teachers)
                with serving(databases.fresh(with_cast=True)) as served:
                    if scheme == "light":
                        planning(browser, served, language)
                    evening(browser, served, language, scheme)
        browser.close()
    return 0


def planning(browser: Browser, served: Served, language: str) -> None:
    """The maths teacher writes a line and its minutes, and the class's evening stands at its cap before it is set."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800},
        locale="zh-CN" if language == "zh" else "en-GB",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    context.add_init_script("localStorage.setItem('nightsheet.look', 'light')")
    desk = Desk(served, context)
    desk.page.clock.install(time=served.clock.now())
    desk.sit(served.cast.maths_teacher).open("/#/desk/plan").page.locator(".evening .bar").first.wait_for()
    desk.page.locator(".title").fill(PLANNED[language])
    desk.page.locator("[role=spinbutton]").first.fill("10")
    desk.page.locator(".parts").get_by_text(PLANNED[language]).wait_for()
    desk.quiet().page.evaluate("document.activeElement?.blur()")
    desk.page.screenshot(path=IMAGES / f"desk-plan-{language}.png")
    context.close()


def evening(browser: Browser, served: Served, language: str, scheme: str) -> None:
    """The child's evening and what her mother sees, picture by picture."""
    start, done, bed, typed = TAPS[language]
    chinese, maths = SUBJECTS[language]
    live_last_week(served)
    with phone(browser, served, language, scheme) as child:
        child.open("/#/sign-in").page.locator("form").wait_for()
        take(child, "sign-in")
        child.claim(claim_code(served, served.cast.ada, served.cast.mother))
        child.open("/#/tonight").tap(start.format(chinese))
        goes_by(served, child, 18)
        child.tap(done.format(chinese)).tap(start.format(maths))
        goes_by(served, child, 14)
        take(child, "tonight")
        child.tap(typed)
        take(child, "typed")
        child.page.get_by_role("dialog").get_by_role("button").first.click()
        child.page.locator(".van-popup").first.wait_for(state="hidden")
        goes_by(served, child, 33)
        take(child, "enough")
        child.tap(done.format(maths)).tap(bed).page.locator(".done").wait_for()
        child.sent().page.wait_for_timeout(9000)  # taking it back is offered for a moment
        take(child, "done")
    with phone(browser, served, language, scheme) as mother:
        mother.claim(guardian_code(served, served.cast.mother), "1111")
        mother.page.locator(".confirm button").first.wait_for()
        take(mother, "family")
        mother.open(f"/#/week/{served.cast.ada.id}").page.locator("main .card").first.wait_for()
        mother.page.locator("main button").first.click()
        take(mother, "week")


@contextmanager
def phone(browser: Browser, served: Served, language: str, scheme: str) -> Iterator[Phone]:
    """A new phone, sharp."""
    context = browser.new_context(
        viewport=SIZE,  # type: ignore[arg-type]
        device_scale_factor=2,
        locale="zh-CN" if language == "zh" else "en-GB",
        timezone_id="Asia/Shanghai",
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    context.add_init_script(f"localStorage.setItem('nightsheet.look', '{scheme}')")
    one = Phone(served, context)
    one.page.clock.install(time=served.clock.now())
    yield one
    context.close()


def take(one: Phone, name: str) -> None:
    """One picture, when nothing is under way any more and nothing has the focus."""
    one.quiet().page.evaluate("document.activeElement?.blur()")
    one.page.wait_for_timeout(400)
    language = "zh" if one.page.evaluate("navigator.language") == "zh-CN" else "en"
    is_dark = one.page.evaluate("document.documentElement.dataset.look") == "dark"
    if name in DARK or not is_dark:
        one.page.screenshot(path=IMAGES / f"phone-{name}-{language}{'-dark' if is_dark else ''}.png")


def goes_by(served: Served, one: Phone, minutes: int) -> None:
    """Time passes for the server and this phone."""
    one.quiet()
    served.clock.advance(minutes=minutes)
    one.page.clock.fast_forward(minutes * 60_000)
    one.page.wait_for_timeout(1200)


def live_last_week(served: Served) -> None:
    """Four nights of last week, and last night, as her own phone sent them the same evening."""
    for days_ago, *told in (*reversed(WEEK), LAST_NIGHT):
        live(served, TONIGHT - dt.timedelta(days=days_ago), *told)


def live(served: Served, night: dt.date, chinese: int, maths: int, bed: str, up: str) -> None:
    """One night: homework published at six, done, lights out, waking logged; then back to tonight."""
    away = (TONIGHT - night).days * 24 * 60
    served.clock.advance(minutes=-away)
    publish(served, served.cast.homeroom, "chinese", "第 11 课", 20, night)
    publish(served, served.cast.maths_teacher, "maths", "第 11 页", 20, night)
    served.clock.advance(minutes=13 * 60)
    path = f"/students/{served.cast.ada.id}/nights/{night}"
    begins = START - dt.timedelta(minutes=away)
    sent = {"base_version": None, "installation_id": str(uuid.uuid4()), "revision": 1}
    for work in served.night(night)["assignments"]:
        ends = begins + dt.timedelta(minutes=chinese if work["subject"] == "chinese" else maths)
        segment = {"started_at": begins.isoformat(), "finished_at": ends.isoformat(), "source": "timer"}
        body = {**sent, "assignment_id": work["id"], "outcome": "finished", "segments": [segment]}
        served.ask(served.cast.ada, "PUT", f"{path}/entries/{uuid.uuid4()}", body)
        begins = ends
    slept = {
        "lights_out_at": f"{night}T{bed}:00+08:00",
        "woke_at": f"{night + dt.timedelta(days=1)}T{up}:00+08:00",
        "nap_minutes": None,
        "source": "typed",
    }
    served.ask(served.cast.ada, "PUT", f"{path}/sleep", {**sent, "installation_id": str(uuid.uuid4()), **slept})
    served.clock.advance(minutes=away - 13 * 60)


if __name__ == "__main__":
    sys.exit(main())
