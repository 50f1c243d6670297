"""Waiting for a page to come to something, and what axe finds on it: the same for every browser test."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from axe_playwright_python.sync_playwright import DEFAULT_OPTIONS, Axe
from playwright.sync_api import Error as PageGone
from playwright.sync_api import Page

#: Milliseconds until something that was to come is missed: a busy machine is slow, and that is no defect.
PATIENCE = 20_000


def until(page: Page, holds: str | Callable[[], object]) -> None:
    """Let the page go on until this holds: an expression in the page, or a question of ours.

    Playwright's own waiting for an expression would need `eval`, which our policy forbids.
    """
    look = holds if callable(holds) else lambda: page.evaluate(holds)
    for _ in range(PATIENCE // 50):
        with suppress(PageGone):  # the page is just being loaded anew
            if look():
                return
        page.wait_for_timeout(50)
    raise AssertionError(f"it never came to {holds}")


def violations(page: Page) -> list[Any]:
    """What axe finds wrong on this page. Its half a megabyte is read once a page, not once a look."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    return page.evaluate("(how) => axe.run(how).then((found) => found.violations)", DEFAULT_OPTIONS)  # type: ignore[no-any-return]
