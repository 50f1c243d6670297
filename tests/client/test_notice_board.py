"""The notice board in a real browser: one sheet of paper for a school, nothing wider than a small phone."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser

from backend.domain.load import Kind, Place, Tier
from backend.domain.policy import Stage
from backend.storage.models import Assignment, AssignmentState, AssignmentTier, Class
from mobile_api.transaction import db
from tests.cast import START, TONIGHT, Cast
from tests.client.serving import Served
from tests.client.watching import violations

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
SUBJECTS = ("chinese", "maths", "english", "science")


def open_classes(app: Flask, cast: Cast, count: int) -> None:
    """Further classes, each with four pieces of homework tonight."""
    with app.app_context(), db.engine.begin() as connection:
        for number in range(10, 10 + count):
            class_id = uuid.UUID(int=number)
            own = {"school_id": cast.shiyan.id}
            at = {"school_year": 2026, "stage": Stage.primary, "grade": 4, "number": number, "name": f"四({number})班"}
            connection.execute(sa.insert(Class), own | at | {"id": class_id})
            for n, subject in enumerate(SUBJECTS):
                work = uuid.UUID(int=number * 100 + n)
                row = {"id": work, "class_id": class_id, "subject": subject, "title": "完成练习册第 12 至 14 页"}
                state = {"kind": Kind.written, "place": Place.home, "state": AssignmentState.PUBLISHED}
                nights = {"given_on": TONIGHT, "due_on": TONIGHT + dt.timedelta(days=1)}
                by = {"created_by": cast.homeroom.id, "created_at": START, "published_at": START}
                connection.execute(sa.insert(Assignment), own | row | state | nights | by)
                tier = {"assignment_id": work, "version": 1, "tier": Tier.standard, "estimated_minutes": 15}
                connection.execute(
                    sa.insert(AssignmentTier), own | tier | {"in_force_at": START, "set_by": cast.homeroom.id}
                )


@pytest.mark.parametrize(("count", "paper"), [(8, "A4"), (32, "A3")])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_school_stands_on_one_sheet_of_paper(
    served: Served, cast: Cast, browser: Browser, count: int, paper: str, language: str
) -> None:
    open_classes(served.app, cast, count)
    page = browser.new_page()
    page.goto(f"{served.address}/notice-board/shiyan?lang={language}&paper={paper}")
    printed = page.pdf(prefer_css_page_size=True)
    page.close()
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 1


@pytest.mark.parametrize("path", ["", "/archive", "/poster", "/classes/{class_id}"])
def test_every_page_suits_a_narrow_phone_and_a_screen_reader(
    served: Served, cast: Cast, browser: Browser, path: str
) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 640})
    page.goto(f"{served.address}/notice-board/shiyan{path.format(class_id=cast.class_31.id)}")
    found = violations(page)
    wide = page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
    page.close()
    assert [rule["id"] for rule in found] == []
    assert wide <= 0
