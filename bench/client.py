"""`make bench-client`: what the phone client weighs, how soon it answers, and what a night costs a child.

A real Chromium at phone size with Lighthouse's slow 4G (1.6 Mbit/s down, 750 kbit/s up, 150 ms a round trip) and a CPU
four times slower than this machine's, against the real server over a school with three subjects tonight. The first load
is counted in gzip bytes as they travel. `python -m bench.client FOLDER` measures another build than the committed one.
"""

from __future__ import annotations

import gzip
import logging
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from mobile_api.routes import client as client_files
from tests.client.conftest import CHROMIUM, QUIET, SIZE
from tests.client.serving import Served, claim_code, serving
from tests.databases import SqliteDatabases

ROUNDS = 5
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
TIMES_SLOWER = 4
SUBJECTS = ("语文", "数学", "英语")


def main() -> int:
    """Weigh, open, live one night; 0 always: a benchmark informs, it does not judge."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    if len(sys.argv) > 1:
        client_files.BUILD = Path(sys.argv[1]).resolve(strict=True)
    weigh(Path(str(client_files.BUILD)))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        databases = SqliteDatabases(Path(folder))
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=QUIET)
        with serving(databases.fresh(with_cast=True)) as served:
            report("First opening, nothing on the phone", [opening(browser, served) for _ in range(ROUNDS)])
            again(browser, served)
            night(browser, served)
        browser.close()
    return 0


def say(line: str = "") -> None:
    """One line of the report."""
    sys.stdout.write(line + "\n")


def weigh(built: Path) -> None:
    """The first load and the whole client, in gzip bytes."""
    page = (built / "index.html").read_text(encoding="utf-8")
    first = ["index.html", *re.findall(r'(?:src|href)="/app/(assets/[^"]+)"', page)]
    size = {file: len(gzip.compress(file.read_bytes(), 9)) for file in built.rglob("*") if file.is_file()}
    say(f"First load: {sum(size[built / name] for name in first):,} bytes gzip in {len(first)} files")
    say(f"Everything, rare parts included: {sum(size.values()):,} bytes gzip in {len(size)} files")


def slow(page: Page) -> None:
    """The network and the processor of a cheap phone."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_4G)
    session.send("Emulation.setCPUThrottlingRate", {"rate": TIMES_SLOWER})


def new_context(browser: Browser) -> BrowserContext:
    """A phone that holds nothing."""
    return browser.new_context(viewport=SIZE, locale="zh-CN", timezone_id="Asia/Shanghai")  # type: ignore[arg-type]


def opening(browser: Browser, served: Served) -> dict[str, float]:
    """One opening of the sign-in screen on an empty phone."""
    context = new_context(browser)
    page = context.new_page()
    slow(page)
    measured = opened(page, served.address, "document.querySelector('form input.code')")
    context.close()
    return measured


def opened(page: Page, address: str, is_there: str) -> dict[str, float]:
    """Milliseconds from the address to the first paint, and to a screen that answers: drawn, and no long task after."""
    page.add_init_script(WATCH.replace("IS_THERE", is_there))
    page.goto(address, wait_until="commit")
    for _ in range(600):
        page.wait_for_timeout(50)
        if page.evaluate("Boolean(window.readyAt) && performance.now() - window.readyAt > 1500"):
            break
    return page.evaluate(RESULT)  # type: ignore[no-any-return]


#: Notes when the screen stands there and when the main thread was last busy for more than 50 ms.
WATCH = """
  window.longTasks = []
  const note = (list) => list.getEntries().forEach((each) => window.longTasks.push([each.startTime, each.duration]))
  new PerformanceObserver(note).observe({ type: 'longtask', buffered: true })
  const looking = () => {
    if (IS_THERE) requestAnimationFrame(() => setTimeout(() => (window.readyAt = performance.now())))
    else requestAnimationFrame(looking)
  }
  looking()
"""
RESULT = """() => {
  const paint = performance.getEntriesByName('first-contentful-paint')[0]
  const last = window.longTasks.filter(([start]) => start < window.readyAt + 1000).map(([start, took]) => start + took)
  const resources = performance.getEntriesByType('resource').filter((each) => each.startTime < window.readyAt)
  return {
    'first contentful paint': paint ? paint.startTime : 0,
    interactive: Math.max(window.readyAt, ...last),
    'bytes before that': resources.reduce((sum, each) => sum + each.encodedBodySize, 0),
  }
}"""


def report(title: str, measured: list[dict[str, float]]) -> None:
    """Medians of several rounds."""
    say(f"\n{title} (slow 4G, CPU {TIMES_SLOWER} times slower, median of {len(measured)}):")
    for name in measured[0]:
        unit = "bytes" if name.startswith("bytes") else "ms"
        say(f"  {name}: {statistics.median(each[name] for each in measured):,.0f} {unit}")


def again(browser: Browser, served: Served) -> None:
    """Opening tonight on a phone that is signed in and keeps the client itself."""
    context = new_context(browser)
    page = context.new_page()
    claim(page, served)
    page.evaluate("navigator.serviceWorker.ready.then(() => new Promise((done) => setTimeout(done, 1500)))")
    page.close()
    there = "document.querySelector('.rows button')"
    measured = []
    for _ in range(ROUNDS):
        page = context.new_page()
        slow(page)
        measured.append(opened(page, served.address, there))
        page.close()
    report("Tonight again, from the home screen", measured)
    context.close()


def claim(page: Page, served: Served) -> None:
    """Sign in as Ada on her own phone."""
    code = claim_code(served, served.cast.ada, served.cast.mother).replace("-", "")
    page.goto(f"{served.address}/#/claim/{code}")
    page.locator("form button:not([type])").click()
    page.get_by_role("button", name=f"开始{SUBJECTS[0]}", exact=True).wait_for()


def night(browser: Browser, served: Served) -> None:
    """Three subjects and lights out: taps, the seconds that a child holds the phone, and each tap to its frame."""
    context = new_context(browser)
    page = context.new_page()
    claim(page, served)
    slow(page)
    page.wait_for_timeout(1000)
    began = time.monotonic()
    took: list[float] = []
    steps: list[tuple[str, str]] = []
    for subject in SUBJECTS:
        steps += [(f"开始{subject}", f"{subject}做完了"), (f"{subject}做完了", f"{subject}，改一改")]
    for tapped, then in steps:
        took.append(page.evaluate(TAP, [f'button[aria-label="{tapped}"]', f'button[aria-label="{then}"]']))
        page.wait_for_timeout(400)
    took.append(page.evaluate(TAP, [".bed button.wide", ".done"]))
    seconds = time.monotonic() - began
    say("\nA night of three subjects, lights out included:")
    say(f"  taps: {len(took)}; at once one after another: {seconds:.1f} s")
    say(f"  tap to frame: median {statistics.median(took):.0f} ms, longest {max(took):.0f} ms")
    context.close()


#: Milliseconds from a tap to its answer painted.
TAP = """async ([tapped, then]) => {
  const begin = performance.now()
  document.querySelector(tapped).click()
  await new Promise((done, failed) => {
    const look = () => {
      if (document.querySelector(then)) requestAnimationFrame(done)
      else if (performance.now() - begin > 8000) failed(new Error(`no ${then} after ${tapped}`))
      else requestAnimationFrame(look)
    }
    look()
  })
  return performance.now() - begin
}"""


if __name__ == "__main__":
    sys.exit(main())
