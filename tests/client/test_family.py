"""A guardian's evening: at a glance, one tap, nothing about right or wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.client.conftest import Phone, Phones, guardian_code
from tests.client.serving import Served

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
Passes = Callable[..., None]
CONFIRM = "确认陈艾达的时间和就寝"


def evening(ada: Phone, passes: Passes, *others: Phone) -> None:
    """Ada does maths for 25 minutes and goes to bed."""
    ada.tap("开始数学")
    passes(ada, *others, minutes=25)
    ada.tap("数学做完了").tap("熄灯睡觉").sees("晚安").sent()


def test_a_guardian_confirms_with_one_tap(ada: Phone, mother: Phone, served: Served, passes: Passes) -> None:
    evening(ada, passes, mother)
    passes(ada, mother, minutes=3)
    mother.sees("只确认时间和就寝，不用检查对错").tap(CONFIRM).sees("已确认").sent()
    assert served.night()["state"] == "confirmed"
    assert mother.taps == 1


def test_an_amendment_keeps_both_figures_visible(ada: Phone, mother: Phone, served: Served, passes: Passes) -> None:
    evening(ada, passes, mother)
    passes(ada, mother, minutes=3)
    mother.button(CONFIRM).wait_for()
    mother.open(f"/#/tonight/{served.cast.ada.id}").tap("数学，改一改")
    mother.page.get_by_label("到", exact=True).fill("18:50")
    mother.tap("记下").sent()
    mother.tap("数学，改一改").sees("陈艾达：25 分钟").sees("林晓梅：20 分钟")
    (entry,) = served.night()["entries"]
    assert (entry["actual_minutes"], entry["is_amended"]) == (20, True)
    assert served.night()["state"] == "confirmed"


def test_stop_for_tonight_ends_what_runs_without_blame(
    ada: Phone, mother: Phone, served: Served, passes: Passes
) -> None:
    ada.tap("开始数学").sent()
    passes(ada, mother, minutes=30)
    passes(mother, minutes=0.1)
    mother.page.reload()
    mother.sees("正在做数学").tap("让陈艾达今晚停下").sees("不用补，也不怪谁").tap("停下，现在熄灯").sent()
    night = served.night()
    assert [entry["outcome"] for entry in night["entries"]] == ["stopped_for_sleep"]
    assert (night["state"], night["sleep"]["lights_out_at"] is not None) == ("confirmed", True)


def test_a_line_to_the_teacher_and_the_answer(ada: Phone, mother: Phone, served: Served, passes: Passes) -> None:
    evening(ada, passes, mother)
    mother.page.reload()
    mother.button(CONFIRM).wait_for()
    mother.page.locator("section[aria-label=陈艾达]").get_by_role("button", name="给老师留言").click()
    mother.page.get_by_role("textbox").fill("今天很累，早点睡了")
    mother.tap("发送").sent()
    night = served.night()
    assert night["note"]["guardian_note"] == "今天很累，早点睡了"
    body = {"sheet_version": night["version"], "teacher_reply": "好的，辛苦了"}
    served.ask(served.cast.homeroom, "PUT", f"/students/{served.cast.ada.id}/nights/{night['night']}/review", body)
    passes(mother, minutes=3)
    mother.sees("好的，辛苦了")


def test_two_children_on_one_phone_switch_with_one_tap(mother: Phone, served: Served) -> None:
    mother.open(f"/#/tonight/{served.cast.ada.id}").sees("口算第 12 页")
    mother.page.get_by_role("link", name="陈小树").click()
    mother.page.get_by_role("heading", name="陈小树").wait_for()
    mother.sees("今晚没有书面作业要写")


def test_a_guardian_reads_and_refuses_or_agrees(served: Served, phone: Phones) -> None:
    mother = phone().claim(guardian_code(served, served.cast.dora_mother), "5555")
    mother.sees("杜若 的记录要先请您同意").page.get_by_role("link", name="看一看，再决定").click()
    mother.sees("不同意会怎样").tap("不同意").sees("我们不会记录")
    mother.tap("同意，开始使用")
    mother.page.get_by_role("link", name="打开杜若的今晚").click()
    mother.tap("开始数学").button("数学做完了").wait_for()
    mother.sent()


def test_a_guardian_binds_the_childs_own_phone(mother: Phone, served: Served, phone: Phones) -> None:
    mother.open("/#/more")
    mother.page.get_by_role("button", name="让孩子用自己的手机").last.click()
    code = mother.page.locator("p.code").inner_text()
    child = phone().claim(code)
    child.button("开始数学").wait_for()


def test_the_wrong_last_four_digits_open_nothing(served: Served, phone: Phones) -> None:
    stranger = phone().open(f"/#/claim/{guardian_code(served, served.cast.mother).replace('-', '')}")
    stranger.page.locator("input.four").fill("9999")
    stranger.tap("登录").sees("登录码或手机后四位不对")
    assert stranger.page.locator("nav").count() == 0


def test_a_teacher_signs_in_by_name_and_password_and_reaches_the_desk(served: Served, phone: Phones) -> None:
    teacher = phone().open("/").tap("老师")
    for label, text in (("学校代号", "shiyan"), ("登录名", "homeroom"), ("密码", "paper lanterns at dusk")):
        teacher.page.get_by_label(label).fill(text)
    teacher.tap("登录").page.locator("form").wait_for(state="detached")
    assert "/desk" in teacher.page.url


def test_a_week_shows_load_against_the_cap_and_says_the_debt_in_words(
    ada: Phone, mother: Phone, served: Served, passes: Passes
) -> None:
    evening(ada, passes, mother)
    mother.open(f"/#/week/{served.cast.ada.id}").sees("每晚都在上限以内").sees("这一周还没有记起床时间")
    mother.page.get_by_role("button", name="11月17日 周二：25 分钟").first.click()
    mother.sees("书面 25 分钟")
