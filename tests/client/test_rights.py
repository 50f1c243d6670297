"""A family's rights on the phone: who can see what, who looked, everything taken out, consent withdrawn, all erased."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cast import TONIGHT
from tests.client.conftest import Phone
from tests.client.serving import Served
from tests.client.test_reminders import harmless

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]


@pytest.fixture
def used(served: Served) -> Served:
    """Ada has handed in tonight's sheet, and her homeroom teacher has looked at it."""
    path = f"/students/{served.cast.ada.id}/nights/{TONIGHT}"
    served.ask(served.cast.ada, "PUT", f"{path}/submission", {})
    for _ in range(2):
        served.ask(served.cast.homeroom, "GET", path)
    return served


def rights(mother: Phone, served: Served) -> Phone:
    """The screen of Ada's records."""
    return mother.open(f"/#/rights/{served.cast.ada.id}").sees("谁能看到什么")


def test_the_family_reads_who_can_see_what_and_who_looked(used: Served, mother: Phone) -> None:
    rights(mother, used).sees("没有睡眠和留言").sees("看了 今天 · 11月17日 的记录").sees("当天 2 次，最后一次")
    assert mother.page.get_by_text("的记录", exact=False).and_(mother.page.locator(".reads p")).count() == 1
    harmless(mother)


def test_everything_is_taken_out_as_a_file(used: Served, mother: Phone, tmp_path: Path) -> None:
    rights(mother, used)
    with mother.page.expect_download() as waiting:
        mother.tap("全部内容")
    waiting.value.save_as(tmp_path / "all.json")
    text = (tmp_path / "all.json").read_text(encoding="utf-8")
    assert waiting.value.suggested_filename == "nightsheet-陈艾达.json"
    assert str(used.cast.ada.id) in text
    assert json.loads(text)
    with mother.page.expect_download() as waiting:
        mother.tap("表格")
    waiting.value.save_as(tmp_path / "nights.csv")
    assert "2026-11-17" in (tmp_path / "nights.csv").read_text(encoding="utf-8-sig")
    mother.sees("里面有孩子的信息")


def test_consent_is_withdrawn_where_it_was_given(used: Served, mother: Phone) -> None:
    rights(mother, used).page.get_by_role("link", name="去撤回").click()
    mother.tap("撤回同意").sees("撤回后马上停止记录").tap("撤回同意").sees("已撤回")
    (child,) = [each for each in used.ask(used.cast.mother, "GET", "/me")["students"] if each["name"] == "陈艾达"]
    assert child["may_write"] is False


def test_erasing_wants_the_childs_name_and_leaves_nothing_on_the_phone(used: Served, mother: Phone) -> None:
    mother.open(f"/#/tonight/{used.cast.ada.id}").sent()
    assert any(each["night"]["student_id"] == str(used.cast.ada.id) for each in mother.stored("nights"))
    rights(mother, used).tap("我要删除")
    field = mother.page.get_by_label("请写上孩子的名字")
    field.fill("陈艾")
    mother.tap("删除全部记录").sees("什么都没有删")
    assert used.night()["state"] == "submitted"
    harmless(mother)
    field.fill("陈艾达")
    mother.tap("删除全部记录").sees("陈艾达的记录已全部删除，共 1 晚")
    mother.quiet()
    left = [each["night"] for each in mother.stored("nights") if each["night"]["student_id"] == str(used.cast.ada.id)]
    assert [night["night"] for night in left if night["submitted_at"]] == []


def test_a_child_reads_who_looked_and_decides_nothing(used: Served, ada: Phone) -> None:
    rights(ada, used).sees("谁看过")
    assert ada.page.get_by_role("button", name="我要删除").count() == 0


def test_a_device_is_signed_out_from_afar(served: Served, mother: Phone) -> None:
    mother.open("/#/more")
    mother.page.get_by_role("button", name="退出 mother's device").click()
    mother.quiet()
    answer = served.app.test_client().get("/api/v1/me", headers={"Authorization": f"Bearer {served.cast.mother.token}"})
    assert answer.status_code == 401
    assert mother.page.get_by_text("mother's device").count() == 0
