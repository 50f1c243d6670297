"""Homework over several nights, as on a weekend: what was finished on an earlier night is not asked for again."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from tests.cast import TONIGHT
from tests.client.conftest import Phone, Phones, guardian_code
from tests.client.serving import Served, claim_code
from tests.client.test_screens import check

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
MONDAY = TONIGHT - dt.timedelta(days=1)


def set_over_two_nights(served: Served, title: str, minutes: int) -> str:
    """Science from Monday on, due on Wednesday: two nights."""
    served.clock.advance(minutes=-24 * 60)
    body = {
        "subject": "maths",
        "title": title,
        "given_on": MONDAY.isoformat(),
        "due_on": (TONIGHT + dt.timedelta(days=1)).isoformat(),
        "tiers": [{"tier": "standard", "estimated_minutes": minutes}],
    }
    made = served.ask(served.cast.maths_teacher, "POST", f"/classes/{served.cast.class_31.id}/assignments", body)
    served.clock.advance(minutes=24 * 60)
    return str(made["id"])


def worked_on_monday(served: Served, assignment: str, outcome: str) -> None:
    """Twelve minutes on Monday evening, typed."""
    began = dt.datetime.combine(MONDAY, dt.time(19), dt.timezone(dt.timedelta(hours=8)))
    segment = {
        "started_at": began.isoformat(),
        "finished_at": (began + dt.timedelta(minutes=12)).isoformat(),
        "source": "typed",
    }
    record = {"base_version": None, "installation_id": str(uuid.uuid4()), "revision": 1, "outcome": outcome}
    path = f"/students/{served.cast.ada.id}/nights/{MONDAY}/entries/{uuid.uuid4()}"
    served.ask(served.cast.ada, "PUT", path, {**record, "assignment_id": assignment, "segments": [segment]})


def own_phone(served: Served, phone: Phones, **look: object) -> Phone:
    """Ada's phone, with tonight's lines there."""
    made = phone(**look).claim(claim_code(served, served.cast.ada, served.cast.mother))
    made.page.locator(".rows .row").nth(4).wait_for()
    return made


@pytest.mark.parametrize(("language", "scheme", "width"), [("zh-CN", "light", 360), ("en-GB", "dark", 320)])
def test_what_was_finished_before_says_so_and_what_was_begun_shows_the_whole(
    served: Served, phone: Phones, language: str, scheme: str, width: int
) -> None:
    worked_on_monday(served, set_over_two_nights(served, "卷子", 8), "finished")
    worked_on_monday(served, set_over_two_nights(served, "小报", 6), "unfinished")
    ada = own_phone(served, phone, language=language, scheme=scheme, width=width)
    zh = language == "zh-CN"
    done = ada.page.locator(".row", has_text="卷子")
    done.get_by_text("周一做完了" if zh else "Done on Mon").wait_for()
    assert done.get_by_role("button").all_inner_texts() == ["再做一点" if zh else "A bit more"]
    begun = ada.page.locator(".row", has_text="小报").locator(".meta").inner_text()
    assert begun == (
        "约 3 分钟 · 一共 6 分钟，周三交 · 周一做过一些" if zh else "about 3 min · 6 min in all, due Wed · begun on Mon"
    )
    # Fifty for tonight alone, and half of the six: the finished ones are no plan any more.
    assert "53" in ada.page.locator(".hero").inner_text()
    check(ada, "a line finished on Monday")


def test_more_may_be_done_on_a_line_that_was_finished_before(served: Served, phone: Phones) -> None:
    worked_on_monday(served, set_over_two_nights(served, "卷子", 8), "finished")
    set_over_two_nights(served, "小报", 2)
    ada = own_phone(served, phone)
    ada.tap("数学（卷子），再做一点").tap("数学（卷子）做完了").sent()
    (entry,) = served.night()["entries"]
    assert entry["outcome"] == "finished"


def test_a_guardian_is_not_told_that_nothing_was_begun_where_all_is_done(served: Served, phone: Phones) -> None:
    for work in served.night()["assignments"]:
        teacher = {"chinese": "homeroom", "maths": "maths_teacher", "english": "english_teacher"}[work["subject"]]
        path = f"/assignments/{work['id']}/publication"
        served.ask(getattr(served.cast, teacher), "PUT", path, {"published": False})
    worked_on_monday(served, set_over_two_nights(served, "卷子", 8), "finished")
    mother = phone().claim(guardian_code(served, served.cast.mother), "1111")
    mother.page.get_by_role("region", name="陈艾达").get_by_text("作业前几天都做完了").wait_for()
