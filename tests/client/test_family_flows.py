"""What a guardian does beyond tonight: several nights with one tap, a line to the teacher, a child without consent."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest

from tests.cast import TONIGHT, Holder
from tests.client.conftest import Phone, Phones, guardian_code
from tests.client.serving import Served, claim_code
from tests.client.test_screens import check

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]
Passes = Callable[..., None]
DAY = dt.timedelta(days=1)
SHANGHAI = dt.timezone(dt.timedelta(hours=8))


def past_night(served: Served, child: Holder, days_ago: int, minutes: int = 20) -> dt.date:
    """A night some days ago that the child has handed in: own study and a bedtime."""
    night = TONIGHT - days_ago * DAY
    read(served, child, night, minutes)
    bedtime = dt.datetime.combine(night, dt.time(21), SHANGHAI).isoformat()
    served.ask(child, "PUT", f"/students/{child.id}/nights/{night}/sleep", {**first(), "lights_out_at": bedtime})
    return night


def read(served: Served, child: Holder, night: dt.date, minutes: int) -> None:
    """The child adds some reading from seven o'clock on."""
    began = dt.datetime.combine(night, dt.time(19), SHANGHAI)
    ended = began + dt.timedelta(minutes=minutes)
    segment = {"started_at": began.isoformat(), "finished_at": ended.isoformat(), "source": "typed"}
    entry = {"assignment_id": None, "subject": "chinese", "outcome": "finished", "title": "看书", "segments": [segment]}
    path = f"/students/{child.id}/nights/{night}/entries/{uuid.uuid4()}"
    served.ask(child, "PUT", path, {**first(), **entry})


def first() -> dict[str, object]:
    """The first revision of a record, by a phone of its own."""
    return {"base_version": None, "installation_id": str(uuid.uuid4()), "revision": 1}


def state_of(served: Served, night: dt.date) -> str:
    """How Ada's sheet of a night stands."""
    return str(served.night(night)["state"])


def test_last_night_is_confirmed_with_one_tap_and_then_says_so(served: Served, phone: Phones) -> None:
    night = past_night(served, served.cast.ada, 1)
    mother = phone().claim(guardian_code(served, served.cast.mother), "1111")
    card = mother.page.get_by_role("region", name="陈艾达")
    card.get_by_text("昨天 · 11月16日").wait_for()
    mother.tap("确认陈艾达的时间和就寝").sent()
    card.get_by_text("已确认").wait_for()
    mother.page.reload()
    card.get_by_text("昨晚").wait_for()
    assert card.get_by_text("已确认").count() == 1
    assert state_of(served, night) == "confirmed"


def test_several_nights_are_looked_into_and_confirmed_with_one_tap(served: Served, phone: Phones) -> None:
    nights = [past_night(served, served.cast.ada, days) for days in (1, 2, 3)]
    mother = phone().claim(guardian_code(served, served.cast.mother), "1111")
    mother.page.get_by_role("link", name="11月15日 周日").click()
    mother.sees("看书").page.go_back()
    mother.sees("不确认也没关系").tap("确认陈艾达这 3 晚的时间和就寝").sent()
    assert [state_of(served, night) for night in nights] == ["confirmed"] * 3


def test_nights_without_a_network_are_confirmed_through_the_queue_and_one_that_changed_stops_none_of_the_others(
    served: Served, phone: Phones
) -> None:
    one, two = (past_night(served, served.cast.ada, days) for days in (1, 2))
    mother = phone().claim(guardian_code(served, served.cast.mother), "1111")
    mother.button("确认陈艾达这 2 晚的时间和就寝").wait_for()
    mother.offline().tap("确认陈艾达这 2 晚的时间和就寝").sees("没有网络 · 2 条存在本机")
    read(served, served.cast.ada, two, 35)
    mother.offline(False).page.evaluate("window.dispatchEvent(new Event('online'))")
    mother.sees("确认的时候记录刚改过，请再看一眼")
    assert (state_of(served, one), state_of(served, two)) == ("confirmed", "submitted")
    mother.tap("确认陈艾达的时间和就寝").sent()
    assert state_of(served, two) == "confirmed"


def test_many_nights_have_a_page_of_their_own(served: Served, phone: Phones) -> None:
    nights = [past_night(served, served.cast.ada, days) for days in range(1, 7)]
    mother = phone().claim(guardian_code(served, served.cast.mother), "1111")
    mother.page.get_by_role("link", name="还有 3 晚没确认，一起看看").click()
    mother.tap("确认陈艾达这 6 晚的时间和就寝").sent()
    assert {state_of(served, night) for night in nights} == {"confirmed"}


def test_a_line_names_child_and_night_and_says_whether_it_was_read(
    served: Served, phone: Phones, passes: Passes
) -> None:
    night = past_night(served, served.cast.ada, 1)
    mother = phone().claim(guardian_code(served, served.cast.mother), "1111")
    card = mother.page.get_by_role("region", name="陈艾达")
    card.get_by_role("button", name="给老师留言").click()
    mother.sees("陈艾达的记录单").tap("昨天 · 11月16日")
    mother.page.get_by_role("textbox").fill("昨晚肚子疼")
    mother.tap("发送").sees("老师还没看").sent()
    assert served.night(night)["note"]["guardian_note"] == "昨晚肚子疼"
    body = {"sheet_version": served.night(night)["version"], "teacher_reply": ""}
    served.ask(served.cast.homeroom, "PUT", f"/students/{served.cast.ada.id}/nights/{night}/review", body)
    passes(mother, minutes=3)
    mother.sees("老师看过了 · 昨晚")


def test_a_child_without_consent_is_told_who_has_to_agree_and_how(served: Served, phone: Phones) -> None:
    code = claim_code(served, served.cast.dora, served.cast.dora_mother)
    child = phone().claim(code).sees("要先请家长同意").sees("请家长在自己的手机上登录")
    assert child.page.get_by_text("还有").count() == 0
    assert child.page.get_by_role("img").count() == 0


def test_what_another_phone_deleted_can_be_kept_as_a_new_one(
    ada: Phone, mother: Phone, served: Served, passes: Passes
) -> None:
    ada.tap("开始数学")
    passes(ada, mother, minutes=30)
    ada.tap("数学做完了").sent()
    mother.open(f"/#/tonight/{served.cast.ada.id}").page.reload()
    ada.offline().tap("数学，改一改").page.get_by_label("到", exact=True).fill("18:40")
    ada.tap("记下")
    mother.tap("数学，改一改").tap("去掉这一项").tap("去掉这一项").sent()
    ada.offline(False).page.evaluate("window.dispatchEvent(new Event('online'))")
    ada.tap("看一看").sees("那台手机把它去掉了").tap("留下，另记一项").sent()
    assert [entry["actual_minutes"] for entry in served.night()["entries"]] == [10]


def test_times_that_cannot_be_lead_to_their_field_with_the_reason_beside_it(ada: Phone, passes: Passes) -> None:
    passes(ada, minutes=30)
    ada.tap("补记").page.get_by_label("别的时间").fill("18:50")
    ada.tap("数学 60 分钟").tap("记下")
    focused = "document.activeElement.getAttribute('aria-describedby')"
    assert ada.page.evaluate(focused) == "typed-begin"
    ada.sees("比现在还晚")
    ada.page.get_by_label("别的时间").fill("18:00")
    ada.tap("数学 20 分钟").tap("记下").sent()


def test_a_districts_officer_signs_in_at_the_district(served: Served, phone: Phones) -> None:
    officer = phone().open("/").tap("老师").tap("教育局从这里登录")
    for label, text in (("区县代号", "yunhe"), ("登录名", "officer"), ("密码", "paper lanterns at dusk")):
        officer.page.get_by_label(label).fill(text)
    officer.tap("登录").page.locator("form.form").wait_for(state="detached")
    assert "/desk" in officer.page.url


@pytest.mark.parametrize(("language", "scheme", "width"), [("zh-CN", "light", 320), ("en-GB", "dark", 360)])
def test_the_family_flows_screens(
    served: Served, phone: Phones, ada: Phone, passes: Passes, language: str, scheme: str, width: int
) -> None:
    for days in range(1, 6):
        past_night(served, served.cast.ada, days)
    ada.tap("开始数学")
    passes(ada, minutes=25)
    ada.tap("熄灯睡觉").sees("晚安").tap("看今晚的记录").sees("今晚已经交了")
    check(ada, "handed in, the child's page")
    ada.sent()
    mother = phone(language, scheme, width).claim(guardian_code(served, served.cast.mother), "1111")
    mother.page.locator(".confirm button").wait_for()
    check(mother, "several nights to confirm")
    mother.page.locator(".confirm button").click()
    check(mother, "confirmed just now")
    mother.open(f"/#/pending/{served.cast.ada.id}").page.locator(".confirm button").wait_for()
    check(mother, "all nights to confirm")
    mother.open(f"/#/tonight/{served.cast.ada.id}").page.locator(".handed").wait_for()
    check(mother, "handed in, a guardian's page")
    child = phone(language, scheme, width).claim(claim_code(served, served.cast.dora, served.cast.dora_mother))
    check(child, "before consent")


def test_an_ill_child_is_paused_and_both_phones_say_until_when(ada: Phone, mother: Phone, served: Served) -> None:
    card = mother.page.get_by_role("region", name="陈艾达")
    mother.open("/#/more").arrived("main nav.ways")
    mother.page.get_by_role("link", name="手机提醒、生病旅行先停几天").last.click()
    mother.page.get_by_role("switch", name="先停几天").click()
    mother.sees("已记下").open("/#/family")
    card.get_by_text("先停到 11月19日 周四").wait_for()
    assert card.get_by_text("还没开始").count() == 0
    check(mother, "a child is paused")
    mother.open(f"/#/tonight/{served.cast.ada.id}").sees("这几晚也不算没记")
    check(mother, "a paused evening")
    ada.page.reload()
    ada.sees("先停到 11月19日 周四").sees("好好休息")
    assert ada.page.get_by_role("link", name="改日子").count() == 0
    mother.page.get_by_role("link", name="改日子，或者现在就恢复").click()
    mother.page.get_by_role("switch", name="先停几天").click()
    mother.sees("已记下").open("/#/family")
    card.get_by_text("还没开始").wait_for()


def test_the_first_evening_says_what_to_do_until_something_is_noted(mother: Phone, served: Served) -> None:
    card = mother.page.get_by_role("region", name="陈艾达")
    card.get_by_text("第一次用").wait_for()
    past_night(served, served.cast.ada, 1)
    mother.page.evaluate("window.dispatchEvent(new Event('online'))")
    card.get_by_text("昨天 · 11月16日").wait_for()
    assert card.get_by_text("第一次用").count() == 0
