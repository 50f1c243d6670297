"""The desk's screens about reminders: families not reached, what became of messages, the school's own settings."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend.storage.models import AuthSession, Delivery, OutboxRow, OutboxState, School
from mobile_api.transaction import db
from notifications.worker import Worker
from tests.api.planning import add_students
from tests.cast import START, TONIGHT, Holder
from tests.client.conftest import Desk, Desks
from tests.client.serving import Served
from tests.client.test_reminders import harmless

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]

SIZES = [(1280, "light", "zh-CN"), (1280, "dark", "en"), (360, "dark", "zh-CN"), (360, "light", "en")]
PICTURES = os.environ.get("NIGHTSHEET_PICTURES")


def seen(desk: Desk, name: str, width: int) -> None:
    """No harm to anybody, nothing wider than the screen; kept as a picture where one is asked for."""
    desk.quiet()
    harmless(desk)
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= width
    if PICTURES:
        desk.page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def tick(served: Served) -> None:
    """The worker looks once."""
    with served.app.app_context():
        Worker(db.engine, clock=served.clock, channels=[], public_url="https://school.example").tick()


def put_messages(served: Served, code: str, ended: dict[tuple[OutboxState, str | None], int]) -> None:
    """Messages of a night that is over, each about a child of its own, that ended so, each with its attempt."""
    outcomes = {OutboxState.SENT: "accepted", OutboxState.FAILED: "failed", OutboxState.UNKNOWN: "unknown"}
    occasion = 0
    with served.app.app_context():
        for (state, reason), count in ended.items():
            for _ in range(count):
                occasion += 1
                ids = {"school_id": served.cast.shiyan.id, "id": uuid.uuid4(), "recipient_id": served.cast.mother.id}
                about = {
                    "subject_id": uuid.uuid4(),
                    "night": TONIGHT - dt.timedelta(days=2),
                    "occasion": occasion,
                    "params": {},
                }
                at = START - dt.timedelta(days=2)
                times = {"created_at": at, "due_at": at, "expires_at": at}
                row = ids | about | times | {"code": code, "state": state, "outcome_reason": reason}
                db.session.execute(sa.insert(OutboxRow).values(**row))
                if state in outcomes:
                    attempt = {"school_id": ids["school_id"], "outbox_id": ids["id"], "channel": "sms"}
                    attempt |= {"attempted_at": START, "outcome": outcomes[state]}
                    db.session.execute(sa.insert(Delivery).values(**attempt))
        db.session.commit()
        db.session.remove()


def never_signed_in(served: Served, *people: Holder) -> None:
    """As if these guardians had never used their slips."""
    with served.app.app_context():
        db.session.execute(sa.delete(AuthSession).where(AuthSession.person_id.in_([each.id for each in people])))
        db.session.commit()
        db.session.remove()


class TestReach:
    @pytest.mark.parametrize(("width", "scheme", "language"), SIZES)
    def test_the_homeroom_teacher_sees_names_reasons_and_a_way(
        self, served: Served, desks: Desks, width: int, scheme: str, language: str
    ) -> None:
        never_signed_in(served, served.cast.finn_mother)
        with served.app.app_context():
            add_students(db.engine, served.cast.class_31, served.cast.shiyan.id, 1)
        one = desks(served.cast.homeroom, language=language, scheme=scheme, width=width, height=740)
        one.open("/#/desk/reach")
        says = (
            ("还没有登录过", "花名册里没有家长")
            if language == "zh-CN"
            else ("Has not signed in yet", "The roster names")
        )
        one.sees(served.cast.finn.name).sees(says[0]).sees(says[1])
        seen(one, f"reach-{width}-{scheme}-{language}", width)

    def test_names_stand_in_roll_order_and_nothing_sorts_them(self, served: Served, desks: Desks) -> None:
        document = served.ask(served.cast.homeroom, "GET", f"/classes/{served.cast.class_31.id}/reachability")
        one = desks(served.cast.homeroom).open("/#/desk/reach").sees(document["students"][0]["name"])
        names = one.page.locator(".list .who strong").all_inner_texts()
        assert names == [each["name"] for each in document["students"]]
        assert one.page.locator(".list [aria-sort], .list select").count() == 0

    def test_a_new_slip_is_made_only_when_asked_and_signs_the_guardian_in(self, served: Served, desks: Desks) -> None:
        never_signed_in(served, served.cast.finn_mother)
        one = desks(served.cast.homeroom)
        one.open("/#/desk/reach").tap(f"给{served.cast.finn_mother.name}印登录条").sees("以前没用过的码随后作废")
        assert one.page.locator(".code").count() == 0
        one.page.locator("[data-first]:focus").wait_for()
        one.page.keyboard.press("Enter")
        code = one.page.locator(".slip .code").inner_text()
        harmless(one)
        if PICTURES:
            one.page.screenshot(path=str(Path(PICTURES) / "slip.png"))
        body = {"code": code, "telephone_last_four": (served.cast.finn_mother.telephone or "")[-4:] or None}
        body |= {"installation_id": str(uuid.uuid4()), "device_name": "x"}
        answer = served.app.test_client().post("/api/v1/auth/claims", json=body)
        assert answer.status_code < 300, answer.text
        one.page.keyboard.press("Escape")
        one.page.locator("[role=dialog]").wait_for(state="detached")
        assert one.page.get_by_text(code).count() == 0

    @pytest.mark.parametrize(("width", "scheme", "language"), [(1280, "light", "zh-CN"), (360, "dark", "en")])
    def test_the_office_sees_numbers_and_nobodys_name(
        self, served: Served, desks: Desks, width: int, scheme: str, language: str
    ) -> None:
        with served.app.app_context():
            add_students(db.engine, served.cast.class_31, served.cast.shiyan.id, 6)
        one = desks(served.cast.office, language=language, scheme=scheme, width=width, height=740)
        one.open("/#/desk/reach").sees("人数少，不显示" if language == "zh-CN" else "Too few to show")
        one.page.get_by_role("rowheader", name="三(1)班").wait_for()
        assert served.cast.finn.name not in one.page.locator("body").inner_text()
        seen(one, f"reach-office-{width}-{language}", width)


class TestDelivery:
    @pytest.mark.parametrize(("width", "scheme", "language"), SIZES)
    def test_every_message_is_accounted_for_in_words(
        self, served: Served, desks: Desks, width: int, scheme: str, language: str
    ) -> None:
        sent, dropped = OutboxState.SENT, OutboxState.DROPPED
        ended = {(sent, None): 21, (dropped, "silent_hours"): 8, (dropped, "reason_gone"): 5}
        put_messages(served, "wind_down", ended | {(OutboxState.FAILED, "no_channel_left"): 6})
        put_messages(served, "confirm_sheet", {(sent, None): 12, (OutboxState.UNKNOWN, "no_answer"): 1})
        put_messages(served, "bedtime_passed", {(sent, None): 2})
        tick(served)
        one = desks(served.cast.office, language=language, scheme=scheme, width=width, height=740)
        one.open("/#/desk/delivery")
        zh = language == "zh-CN"
        one.sees("提醒正常运行" if zh else "Reminders are running")
        one.sees("孩子的手机正安静 8" if zh else "a child’s phone is silent 8")
        row = one.page.locator("tr", has=one.page.get_by_role("rowheader", name="准备睡觉" if zh else "Winding down"))
        counted = [text.removeprefix("▲") for text in row.first.locator("td.figure").all_inner_texts()]
        assert counted == ["40", "21", "13", "6", "0", "0"]
        seen(one, f"delivery-{width}-{scheme}-{language}", width)

    @pytest.mark.parametrize(("width", "language"), [(1280, "zh-CN"), (360, "en")])
    def test_a_worker_that_stands_still_is_an_alarm(
        self, served: Served, desks: Desks, width: int, language: str
    ) -> None:
        tick(served)
        served.clock.advance(minutes=14)
        one = desks(served.cast.office, language=language, width=width, height=740).open("/#/desk/delivery")
        says = "提醒已经 14 分钟 没有运行了" if language == "zh-CN" else "Reminders have not run for 14 minutes"
        one.page.get_by_role("alert").get_by_text(says).wait_for()
        one.sees("nightsheet doctor")
        seen(one, f"dead-{width}-{language}", width)

    def test_before_the_first_run_it_says_so(self, served: Served, desks: Desks) -> None:
        desks(served.cast.office).open("/#/desk/delivery").sees("提醒还没有运行过").sees("这一天没有提醒")


class TestSettings:
    @pytest.mark.parametrize(("width", "scheme", "language"), SIZES)
    def test_they_are_read_wide_and_narrow(
        self, served: Served, desks: Desks, width: int, scheme: str, language: str
    ) -> None:
        with served.app.app_context():
            db.session.execute(sa.update(School).values(channels=["wecom", "sms", "inbox", "fcm"]))
            db.session.commit()
            db.session.remove()
        one = desks(served.cast.office, language=language, scheme=scheme, width=width, height=740)
        one.open("/#/desk/school-settings").page.locator("input[type=time]").first.wait_for()
        seen(one, f"settings-{width}-{scheme}-{language}", width)

    def test_what_changed_is_said_before_and_after_it_is_saved(self, served: Served, desks: Desks) -> None:
        one = desks(served.cast.office).open("/#/desk/school-settings")
        one.page.get_by_label("周五的一周小结").fill("16:30")
        one.page.get_by_role("switch", name="不显示作业标题").click()
        one.tap("不能公布").sees("还没保存的改动").sees("周五的一周小结：17:00 → 16:30")
        one.tap("保存").sees("已保存").sees("布置超过上限时：写明理由才能公布 → 不能公布")
        harmless(one)
        stands = served.ask(served.cast.office, "GET", f"/schools/{served.cast.shiyan.id}/settings")
        assert (stands["weekly_digest_at"], stands["hide_titles"], stands["over_cap_mode"]) == ("16:30", True, "refuse")
        assert stands["locale"] == "zh-CN"

    def test_a_wrong_value_says_why_beside_its_field_and_nothing_is_saved(self, served: Served, desks: Desks) -> None:
        one = desks(served.cast.office).open("/#/desk/school-settings")
        field = one.page.get_by_label("周五的一周小结")
        field.fill("20:00")
        one.sees("请选 12:00 到 19:30 之间的时间。").tap("保存").sees("有一处要改")
        one.page.locator("input:focus[aria-invalid=true]").wait_for()
        described = one.page.locator(f"[id='{(field.get_attribute('aria-describedby') or '').split()[-1]}']")
        assert "12:00 到 19:30" in described.inner_text()
        harmless(one)
        stands = served.ask(served.cast.office, "GET", f"/schools/{served.cast.shiyan.id}/settings")
        assert stands["weekly_digest_at"] == "17:00"
        one.tap("不改了")
        assert field.input_value() == "17:00"

    def test_channels_are_ordered_by_keyboard(self, served: Served, desks: Desks) -> None:
        one = desks(served.cast.office).open("/#/desk/school-settings").sees("还没有自己的顺序")
        one.button("控制台（只写日志）").press("Enter")
        one.button("应用里的消息").press("Enter")
        up = one.button("上移 应用里的消息")
        up.press("Enter")
        one.page.locator("[data-channel=inbox] [data-way=down]:focus").wait_for()
        assert one.page.locator(".channels ol .name").all_inner_texts() == ["应用里的消息", "控制台（只写日志）"]
        one.button("保存").press("Enter")
        one.sees("已保存")
        stands = served.ask(served.cast.office, "GET", f"/schools/{served.cast.shiyan.id}/settings")
        assert stands["channels"] == ["inbox", "console"]


@pytest.mark.parametrize("who", ["maths_teacher", "grade_head", "officer", "prep_maths"])
def test_others_find_none_of_it(served: Served, desks: Desks, who: str) -> None:
    one = desks(getattr(served.cast, who))
    for path, heading in (("reach", "联系情况"), ("delivery", "提醒送达"), ("school-settings", "学校设置")):
        one.open(f"/#/desk/{path}").arrived(heading).sees("这里没有您能看的内容")
        assert one.page.locator("table, form, .list").count() == 0
        assert one.page.locator(f"nav a[href$='/desk/{path}']").count() == 0


def test_a_homeroom_teacher_has_the_families_and_not_the_offices_screens(served: Served, desks: Desks) -> None:
    one = desks(served.cast.homeroom).open("/#/desk/reach").sees(served.cast.finn.name)
    assert one.page.locator("nav.places a[href$='/desk/reach']").count() == 1
    for path, heading in (("delivery", "提醒送达"), ("school-settings", "学校设置")):
        assert one.page.locator(f"nav.places a[href$='/desk/{path}']").count() == 0
        one.open(f"/#/desk/{path}").arrived(heading).sees("这里没有您能看的内容")


def test_an_alarm_goes_by_itself_when_reminders_run_again(served: Served, desks: Desks) -> None:
    one = desks(served.cast.office).open("/#/desk/delivery").sees("提醒还没有运行过")
    tick(served)
    one.page.clock.fast_forward(int(dt.timedelta(seconds=31).total_seconds() * 1000))
    one.sees("提醒正常运行")
