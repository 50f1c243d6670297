"""Reminders, rights and the class tablet in both languages and schemes, on the narrowest phone: axe, width, targets."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.cast import TONIGHT
from tests.client.conftest import Phone, Phones, guardian_code, own_of
from tests.client.serving import Served
from tests.client.test_reminders import tell
from tests.client.test_screens import check
from tests.client.test_tablet import enabled, give_pictures

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
SORTS = [("zh-CN", "light", 360), ("en-GB", "dark", 320), ("zh-CN", "dark", 320), ("en-GB", "light", 360)]


@pytest.mark.parametrize(("language", "scheme", "width"), SORTS)
def test_a_guardians_other_screens(served: Served, phone: Phones, language: str, scheme: str, width: int) -> None:
    cast, before = served.cast, TONIGHT - dt.timedelta(days=1)
    tell(served, cast.mother, "streak", cast.ada.id, before, missed_nights=3, of_nights=5)
    tell(served, cast.mother, "cap_reached", cast.ada.id, cap_minutes=60)
    served.ask(cast.homeroom, "GET", f"/students/{cast.ada.id}/nights/{before}")
    mother = phone(language, scheme, width).claim(guardian_code(served, cast.mother), "1111")
    mother.open("/#/inbox").arrived(own_of("inbox")).page.locator("ul.list li").first.wait_for()
    check(mother, "inbox")
    mother.open("/#/reminder-settings").arrived(own_of("reminder-settings"))
    switches = mother.page.get_by_role("switch")
    for index in (0, -3, -2):
        switches.nth(index).click()
        mother.quiet()
    check(mother, "reminder settings")
    mother.open(f"/#/reminder-settings/{cast.ada.id}").arrived(cast.ada.name).arrived(own_of("reminder-settings"))
    check(mother, "the child's reminders")
    mother.open(f"/#/rights/{cast.ada.id}").page.locator(".reads li").first.wait_for()
    mother.page.locator(".card .button.line.wide").last.click()
    check(mother, "rights")
    mother.open(f"/#/pictures/{cast.ada.id}").page.locator(".grid button").first.click()
    check(mother, "pictures")
    mother.open("/#/more").arrived(own_of("more"))
    check(mother, "more")


@pytest.mark.parametrize(("language", "scheme", "width"), [*SORTS, ("zh-CN", "light", 820)])
def test_the_tablets_screens(served: Served, phone: Phones, language: str, scheme: str, width: int) -> None:
    give_pictures(served)
    tablet = phone(language, scheme, width).open("/#/tablet")
    tablet.page.locator("form input").wait_for()
    check(tablet, "enabling")
    tablet.open(f"/#/tablet/{enabled(served)}").button("陈艾达").wait_for()
    check(tablet, "names")
    tablet.tap("陈艾达").page.locator(".chip").nth(3).click()
    check(tablet, "work")
    next_step(tablet)
    check(tablet, "pictures")
    for index in (0, 4, 11):
        tablet.page.locator(".grid button").nth(index).click()
    tablet.page.locator(".receipt").wait_for()
    check(tablet, "receipt")


def next_step(tablet: Phone) -> None:
    """The button on the right below."""
    tablet.page.locator("footer .button").last.click()
    tablet.page.locator(".grid").wait_for()
