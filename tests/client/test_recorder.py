"""The class recorder: named at the desk, notes on the own phone what was really set, sees nobody's figures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route

from tests.cast import TONIGHT
from tests.client.conftest import Desks, Phone, Phones, guardian_code
from tests.client.serving import Served, claim_code
from tests.client.test_desk_class import go
from tests.client.test_reminders import harmless
from tests.client.test_screens import check

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
PICTURES = os.environ.get("NIGHTSHEET_PICTURES")
SORTS = [("zh-CN", "light", 360), ("en-GB", "dark", 320)]


def logged(served: Served) -> list[Any]:
    """What the homeroom teacher finds in tonight's log."""
    path = f"/classes/{served.cast.class_31.id}/nights/{TONIGHT}/set"
    items = served.ask(served.cast.homeroom, "GET", path)["items"]
    return [(each["subject"], each["title"], each["estimated_minutes"]) for each in items]


def recorders_phone(served: Served, phone: Phones, **look: Any) -> Phone:
    """Finn's own phone: he is the recorder of his class."""
    return phone(**look).claim(claim_code(served, served.cast.finn, served.cast.finn_mother))


def keep(phone: Phone, name: str) -> None:
    if PICTURES:
        phone.page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize(("language", "scheme", "width"), SORTS)
def test_what_was_really_set_is_noted_from_what_the_teachers_wrote(
    served: Served, phone: Phones, language: str, scheme: str, width: int
) -> None:
    zh = language == "zh-CN"
    finn = recorders_phone(served, phone, language=language, scheme=scheme, width=width)
    finn.page.get_by_role("link", name="记今天布置的作业" if zh else "Note today’s homework").click()
    finn.page.get_by_role("switch").first.wait_for()
    check(finn, "nothing noted")
    for subject in ("数学", "英语") if zh else ("Maths", "English"):
        finn.page.get_by_role("switch", name=subject).click()
    finn.page.get_by_label("数学：大概几分钟" if zh else "Maths: about how many minutes").fill("25")
    check(finn, "two noted")
    keep(finn, f"record-{language}-{scheme}")
    finn.tap("记下" if zh else "Save").sees("记下了，谢谢你" if zh else "Saved. Thank you")
    assert logged(served) == [("english", "听读 Unit 4", 15), ("maths", "口算第 12 页", 25)]
    finn.page.reload()
    finn.page.locator("[role=switch][aria-checked=true]").nth(1).wait_for()
    assert finn.page.locator("[role=switch][aria-checked=true]").count() == 2


def test_no_figure_of_anybody_is_on_the_screen(served: Served, phone: Phones) -> None:
    served.ask(served.cast.ada, "PUT", f"/students/{served.cast.ada.id}/nights/{TONIGHT}/submission", {})
    finn = recorders_phone(served, phone).open("/#/record")
    finn.page.get_by_role("switch").first.wait_for()
    text = finn.page.locator("main").inner_text()
    assert not [name for name in (served.cast.ada.name, served.cast.dora.name, "实际", "中位数") if name in text]


def test_what_was_written_stays_over_a_look_at_yesterday_and_without_a_network(served: Served, phone: Phones) -> None:
    finn = recorders_phone(served, phone).open("/#/record")
    finn.page.get_by_role("switch", name="数学").click()
    finn.page.get_by_label("数学：写了什么").fill("卷子")
    finn.button("今天还没记下").wait_for()
    finn.tap("昨天").page.get_by_role("switch", name="数学", checked=False).wait_for()
    finn.tap("今天还没记下").page.get_by_label("数学：写了什么").wait_for()
    finn.offline().tap("记下").sees("要连上网才能记")
    assert finn.page.get_by_label("数学：写了什么").input_value() == "卷子"
    finn.offline(False).tap("记下").sees("记下了，谢谢你")
    finn.button("今天").wait_for()
    assert logged(served) == [("maths", "卷子", 20)]


def test_wrong_minutes_are_shown_where_they_are(served: Served, phone: Phones) -> None:
    finn = recorders_phone(served, phone).open("/#/record")
    finn.page.get_by_role("switch", name="数学").click()
    finn.page.get_by_label("数学：大概几分钟").fill("700")
    finn.tap("记下").sees("分钟写 0 到 600")
    finn.page.locator("input:focus[aria-invalid=true]").wait_for()
    assert logged(served) == []


def test_nobody_else_has_the_way_there(served: Served, ada: Phone) -> None:
    ada.button("开始数学").wait_for()
    assert ada.page.get_by_role("link", name="记今天布置的作业").count() == 0
    ada.open("/#/record").sees("你现在不用记了")


@pytest.mark.parametrize(("width", "scheme", "language"), [(1280, "light", "zh-CN"), (360, "dark", "en")])
def test_the_homeroom_teacher_names_and_ends_recorders(
    served: Served, desks: Desks, phone: Phones, width: int, scheme: str, language: str
) -> None:
    zh = language == "zh-CN"
    desk = desks(served.cast.homeroom, language=language, scheme=scheme, width=width, height=800)
    go(desk, "/#/desk/set").arrived("当日实际布置" if zh else "What was really set")
    section = desk.page.locator(".recorders")
    section.locator("li", has_text=served.cast.finn.name).wait_for()
    section.locator("select").select_option(label=served.cast.ada.name)
    section.locator("form button").click()
    desk.sees("一个班最多 2 名" if zh else "A class has 2 at most")
    harmless(desk)
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= width
    if PICTURES:
        desk.page.screenshot(path=str(Path(PICTURES) / f"recorders-{width}.png"), full_page=True)
    section.get_by_role("button", name=served.cast.finn.name).click()
    desk.sees(f"{served.cast.finn.name}不再记" if zh else f"{served.cast.finn.name} no longer records")
    finn = recorders_phone(served, phone).open("/#/record").sees("你现在不用记了")
    assert finn.page.get_by_role("switch").count() == 0


def test_a_long_title_is_cut_by_signs_and_can_be_read_at_twice_the_text_size(served: Served, phone: Phones) -> None:
    finn = recorders_phone(served, phone, width=320)
    tiers = [{"tier": "standard", "estimated_minutes": 20}]

    def long(route: Route) -> None:
        answer = route.fetch().json()
        # An odd sign first: cut by halves, the last picture would be half a one, which no server takes.
        answer["planned"] = [{"subject": "maths", "title": "a" + "📐" * 150, "tiers": tiers}]
        route.fulfill(json=answer)

    finn.context.route("**/set", lambda route: long(route) if route.request.method == "GET" else route.continue_())
    finn.open("/#/record").page.locator("[role=switch]").first.click()
    finn.page.evaluate("document.documentElement.style.fontSize = '200%'")
    box = finn.page.locator(".fields input").first.bounding_box()
    assert box
    assert box["width"] > 200
    finn.tap("记下").sees("记下了，谢谢你")
    assert [title for _, title, _ in logged(served)] == ["a" + "📐" * 119]


def test_a_child_without_a_phone_notes_on_a_guardians(served: Served, phone: Phones) -> None:
    mother = phone().claim(guardian_code(served, served.cast.finn_mother), "4444")
    mother.open(f"/#/tonight/{served.cast.finn.id}").arrived(served.cast.finn.name)
    mother.page.get_by_role("link", name="记今天布置的作业").click()
    mother.page.get_by_role("switch", name="数学").click()
    mother.tap("记下").sees("记下了，谢谢你")
    assert logged(served) == [("maths", "口算第 12 页", 20)]
    check(mother, "noted for a child")
    served.ask(served.cast.homeroom, "DELETE", f"/classes/{served.cast.class_31.id}/recorders/{served.cast.finn.id}")
    mother.tap("昨天").sees("孩子现在不用记了")


def test_a_guardian_whose_child_does_not_record_has_no_way_there(served: Served, mother: Phone) -> None:
    mother.open(f"/#/tonight/{served.cast.ada.id}").arrived(served.cast.ada.name).button("开始数学").wait_for()
    assert mother.page.get_by_role("link", name="记今天布置的作业").count() == 0
    mother.open(f"/#/record/{served.cast.ada.id}").sees("孩子现在不用记了")
