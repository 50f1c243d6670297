"""Planning and publishing at the desk: fast by keyboard, seen before it is published, fair between two teachers."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Route, expect

from backend.domain.load import Tier
from backend.storage.models import Assignment, AuthSession, School
from backend.storage.models.places import OverCapMode
from mobile_api.transaction import db
from tests.api.planning import add_sheet, add_students
from tests.cast import TONIGHT, Holder
from tests.client.conftest import Desk, Desks
from tests.client.serving import Served, publish
from tests.client.test_reminders import harmless
from tests.client.watching import until

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]

TITLE = "口算第 12 页"
FRIDAY = TONIGHT + dt.timedelta(days=3)


def maths(served: Served) -> list[Any]:
    """What maths has published for Ada's class beside the homework that was there."""
    plan = served.ask(served.cast.homeroom, "GET", f"/classes/{served.cast.class_31.id}/plan")
    own = [each for each in plan["assignments"] if each["subject"] == "maths" and each["title"] != TITLE]
    return [each for each in own if each["state"] == "published"]


def ready(desk: Desk) -> Desk:
    """Wait until the entry and the class's evening stand there."""
    desk.page.locator(".evening .bar").first.wait_for()
    return desk


def entry(desk: Desk, title: str, minutes: int) -> Desk:
    """Write a line and its minutes."""
    desk.page.get_by_label("内容（一行）").fill(title)
    desk.page.get_by_label("大多数同学要多久", exact=True).fill(str(minutes))
    return desk


def given_on(desk: Desk, day: dt.date) -> None:
    """Choose the day on which it is given."""
    desk.page.get_by_label("布置", exact=True).fill(day.isoformat())
    desk.page.get_by_label("布置", exact=True).dispatch_event("change")


def begun(desk: Desk) -> tuple[str, str]:
    """The line and the minutes that stand in the entry."""
    boxes = (desk.page.get_by_label("内容（一行）"), desk.page.get_by_label("大多数同学要多久", exact=True))
    return boxes[0].input_value(), boxes[1].input_value()


def end_sign_in(served: Served, who: Holder, *, is_ended: bool = True) -> None:
    """This person's one sign-in ends, or holds again."""
    revoked_at = served.clock.now() if is_ended else None
    with served.app.app_context():
        db.session.execute(sa.update(AuthSession).where(AuthSession.person_id == who.id).values(revoked_at=revoked_at))
        db.session.commit()


class TestEntry:
    def test_it_takes_a_teacher_less_than_fifteen_seconds_and_no_mouse(self, desk: Desk, served: Served) -> None:
        ready(desk).page.locator(".title:focus").wait_for()
        keys = desk.page.keyboard
        began = time.monotonic()
        keys.type("练习册第 34 页", delay=280)  # a slow typist: 0.28 s a key
        for key in ("Tab", "5", "Enter"):
            desk.page.wait_for_timeout(280)
            keys.press(key)
        desk.sees("三(1)班已布置")
        took = time.monotonic() - began
        (made,) = maths(served)
        assert (made["title"], made["tiers"][0]["estimated_minutes"]) == ("练习册第 34 页", 5)
        assert (made["given_on"], made["due_on"], made["state"]) == ("2026-11-17", "2026-11-18", "published")
        assert took < 15

    def test_the_evening_is_drawn_before_it_is_published(self, desk: Desk) -> None:
        entry(ready(desk), "练习册", 10)
        desk.page.get_by_role("img", name="加上这项共 60 分钟、正好到上限").wait_for()

    def test_several_tiers_a_range_and_an_own_trial(self, desk: Desk, served: Served) -> None:
        entry(ready(desk), "应用题", 5).tap("加拓展")
        desk.page.get_by_label("拓展，大多数同学要多久", exact=True).fill("8")
        desk.page.get_by_label("拓展，最多多久").fill("10")
        desk.page.get_by_label("标准，我自己做了多久").fill("3")
        desk.tap("布置").sees("三(1)班已布置")
        (made,) = maths(served)
        assert made["tiers"] == [
            {"tier": "standard", "estimated_minutes": 5, "estimated_max_minutes": None, "tried_minutes": 3},
            {"tier": "extension", "estimated_minutes": 8, "estimated_max_minutes": 10, "tried_minutes": None},
        ]

    def test_what_is_missing_is_said_and_nothing_is_sent(self, desk: Desk, served: Served) -> None:
        ready(desk).tap("布置").sees("写一行内容")
        desk.page.get_by_label("内容（一行）").fill("x")
        desk.tap("布置").sees("写上大多数同学要多久")
        assert maths(served) == []

    def test_what_it_took_so_far_is_offered_to_its_teacher_alone(self, served: Served, desks: Desks) -> None:
        place, school = served.cast.class_31, served.cast.shiyan.id
        with served.app.app_context():
            work = db.session.scalars(sa.select(Assignment.id).where(Assignment.subject == "maths")).one()
            engine = db.engine
        for pupil, spent in zip(add_students(engine, place, school, 5), (28, 30, 31, 40, 44), strict=True):
            night = TONIGHT - dt.timedelta(days=1)
            add_sheet(engine, school, place.id, pupil, night, spent, assignment_id=work, tier=Tier.standard)
        desk = desks(served.cast.maths_teacher)
        desk.sees("这类作业，本班用了 31 分钟，10 人里有 8 人不超过 45 分钟（5 人次）。只有您看得到。").tap(
            "用 30 分钟"
        )
        assert desk.page.get_by_label("大多数同学要多久", exact=True).input_value() == "30"
        homeroom = desks(served.cast.homeroom)
        homeroom.open("/#/desk/plan")
        ready(homeroom).page.get_by_label("学科").select_option(label="数学")
        homeroom.quiet()
        assert homeroom.page.get_by_text("这类作业").count() == 0

    def test_arrows_step_the_minutes(self, desk: Desk) -> None:
        ready(desk).page.get_by_label("大多数同学要多久", exact=True).focus()
        for key in ("ArrowUp", "ArrowUp", "Shift+ArrowUp", "ArrowDown"):
            desk.page.keyboard.press(key)
        assert desk.page.get_by_label("大多数同学要多久", exact=True).input_value() == "6"

    def test_earlier_homework_is_a_beginning(self, served: Served, desks: Desks) -> None:
        with served.app.app_context():
            db.session.execute(sa.text("update assignments set given_on = '2026-11-10', due_on = '2026-11-11'"))
            db.session.commit()
        desk = desks(served.cast.maths_teacher)
        desk.page.locator(".title").wait_for()
        desk.tap("照以前的").sees("上周同一天")
        desk.page.get_by_role("dialog").get_by_role("button", name=TITLE).click()
        assert desk.page.get_by_label("内容（一行）").input_value() == TITLE
        assert desk.page.get_by_label("大多数同学要多久", exact=True).input_value() == "20"

    def test_a_draft_is_published_later_or_dropped(self, desk: Desk, served: Served) -> None:
        entry(ready(desk), "先想一想", 5).tap("存草稿").sees("已存草稿")
        assert maths(served) == []
        entry(desk, "不要了", 5).tap("存草稿").sees("已存草稿")
        desk.tap("不要草稿“不要了”").sees("已撤下")
        desk.tap("布置“先想一想”").sees("三(1)班已布置")
        assert [each["title"] for each in maths(served)] == ["先想一想"]

    def test_nothing_today_is_said_and_taken_back(self, served: Served, desks: Desks) -> None:
        served.ask(served.cast.homeroom, "GET", "/me")
        with served.app.app_context():
            db.session.execute(sa.text("update assignments set state = 'withdrawn' where subject = 'maths'"))
            db.session.commit()
        desk = ready(desks(served.cast.maths_teacher))
        desk.tap("今天数学不布置")
        desk.button("撤回“今天数学不布置”").wait_for()
        plan = served.ask(served.cast.homeroom, "GET", f"/classes/{served.cast.class_31.id}/plan")
        assert plan["nights"][0]["none"] == ["maths"]
        desk.tap("撤回“今天数学不布置”")
        desk.button("今天数学不布置").wait_for()
        given_on(desk, FRIDAY)
        desk.button("11月20日 周五数学不布置").wait_for()
        assert desk.button("今天数学不布置").count() == 0


class TestOnAPhone:
    """Between two lessons: little room, little time, and often somebody comes in."""

    def test_what_came_of_it_and_what_is_changed_stand_where_one_looks(self, served: Served, desks: Desks) -> None:
        desk = entry(ready(desks(served.cast.maths_teacher, width=360, height=740)), "练习册", 5).tap("布置")
        expect(desk.sees("三(1)班已布置").page.locator(".told .ok")).to_be_in_viewport(ratio=1)
        desk.page.get_by_label("内容（一行）").fill("下一项")
        desk.page.locator(".told .ok").wait_for(state="detached")
        desk.tap(f"改“{TITLE}”").button("保存修改").wait_for()
        expect(desk.page.get_by_label("内容（一行）")).to_be_in_viewport(ratio=1)

    def test_what_was_begun_waits_for_its_writer_alone(self, served: Served, desks: Desks) -> None:
        maths_teacher = served.cast.maths_teacher
        desk = entry(ready(desks(maths_teacher, width=360, height=740)), "写了一半", 5)
        desk.open("/#/desk/more").arrived("更多").open("/#/desk/plan")
        assert begun(ready(desk)) == ("写了一半", "5")
        end_sign_in(served, maths_teacher)
        desk.tap("布置").sees("重新登录")
        end_sign_in(served, maths_teacher, is_ended=False)
        assert begun(ready(desk.sit(maths_teacher))) == ("写了一半", "5")
        desk.tap("布置").sees("三(1)班已布置").page.reload()
        assert begun(ready(desk)) == ("", "")
        entry(desk, "又一半", 5)
        end_sign_in(served, maths_teacher)
        desk.tap("布置").sees("重新登录")
        assert begun(ready(desk.sit(served.cast.english_teacher))) == ("", "")

    def test_what_was_given_though_no_answer_came_is_not_given_twice(self, served: Served, desks: Desks) -> None:
        desk = entry(ready(desks(served.cast.maths_teacher, width=360, height=740)), "练习册", 5)

        def lost(route: Route) -> None:
            if route.request.method == "POST":
                route.fetch()
                route.abort()
            else:
                route.fallback()

        desk.page.route("**/assignments", lost)
        desk.tap("布置").sees("三(1)班没有布置")
        desk.page.unroute("**/assignments")
        desk.page.reload()
        assert begun(ready(desk)) == ("练习册", "5")
        desk.tap("布置").sees("三(1)班已布置")
        assert [each["title"] for each in maths(served)] == ["练习册"]

    def test_what_is_written_for_another_class_outlives_an_answer_that_was_late(
        self, served: Served, desks: Desks
    ) -> None:
        desk = entry(ready(desks(served.cast.maths_teacher)), "给一班", 5)
        held: list[Route] = []
        desk.page.route("**/assignments", lambda route: held.append(route))
        desk.tap("布置")
        until(desk.page, lambda: held)
        rooms = desk.page.locator(".switch select")
        rooms.select_option(str(served.cast.class_32.id))
        entry(desk, "给二班", 6)
        held[0].continue_()
        desk.button("布置").and_(desk.page.locator(":enabled")).wait_for()
        assert begun(desk) == ("给二班", "6")
        rooms.select_option(str(served.cast.class_31.id))
        expect(desk.page.get_by_label("内容（一行）")).to_have_value("")
        assert [each["title"] for each in maths(served)] == ["给一班"]


class TestOverTheCap:
    def test_it_asks_why_and_says_who_is_told(self, desk: Desk, served: Served) -> None:
        entry(ready(desk), "卷子", 25).tap("写明理由再布置")
        desk.sees("上限 60 分钟，会到 75 分钟，超出 15 分钟").sees("班主任和教务处会收到一条消息")
        harmless(desk)
        desk.page.keyboard.type("明天单元测验")
        desk.page.keyboard.press("Enter")
        desk.sees("当晚超出 15 分钟")
        (made,) = maths(served)
        assert (made["over_cap_minutes"], made["over_cap_reason"]) == (15, "明天单元测验")

    def test_going_back_changes_nothing(self, desk: Desk, served: Served) -> None:
        entry(ready(desk), "卷子", 25).tap("写明理由再布置").tap("回去减一些")
        desk.tap("写明理由再布置").page.keyboard.press("Escape")
        desk.page.locator(".composer .button:focus").wait_for()
        assert desk.page.get_by_label("内容（一行）").input_value() == "卷子"
        assert maths(served) == []

    def test_a_school_may_stop_it_hard(self, served: Served, desks: Desks) -> None:
        with served.app.app_context():
            db.session.execute(sa.update(School).values(over_cap_mode=OverCapMode.REFUSE))
            db.session.commit()
        desk = entry(ready(desks(served.cast.maths_teacher)), "卷子", 25)
        desk.sees("本校不允许超过上限").tap("布置").sees("三(1)班没有布置")
        assert maths(served) == []

    def test_a_colleague_who_is_quicker_appears_and_takes_what_was_left(
        self, served: Served, desk: Desk, desks: Desks
    ) -> None:
        entry(ready(desk), "练习册", 10).page.get_by_role("img", name="正好到上限").wait_for()
        other = ready(desks(served.cast.english_teacher))
        entry(other, "听写", 10).tap("布置").sees("已布置，当晚还剩 0 分钟")
        served.clock.advance(minutes=0.2)
        desk.page.clock.fast_forward(11_000)
        desk.page.locator(".parts").get_by_text("听写").wait_for()
        desk.page.get_by_role("img", name="超出 10 分钟").wait_for()
        desk.tap("写明理由再布置").sees("会到 70 分钟")

    def test_between_looking_and_publishing_the_lock_decides(self, served: Served, desk: Desk) -> None:
        entry(ready(desk), "练习册", 10)
        publish(served, served.cast.english_teacher, "english", "听写", 10)
        desk.tap("布置").sees("超出上限，请写明理由").sees("会到 70 分钟")
        assert maths(served) == []


class TestSeveralClasses:
    def test_each_class_is_judged_by_itself(self, desk: Desk, served: Served) -> None:
        entry(ready(desk), "练习册", 15).tap("三(2)班").tap("写明理由再布置")
        desk.sees("三(1)班 今天 · 11月17日：上限 60 分钟，会到 65 分钟").tap("回去减一些")
        with served.app.app_context():
            db.session.execute(sa.update(School).values(over_cap_mode=OverCapMode.REFUSE))
            db.session.commit()
        desk.page.clock.fast_forward(11_000)
        desk.sees("本校不允许超过上限").tap("布置给 2 个班")
        desk.sees("三(2)班已布置").sees("三(1)班没有布置")
        assert desk.button("三(1)班").get_attribute("aria-pressed") == "true"
        assert desk.button("三(2)班").get_attribute("aria-pressed") == "false"
        assert desk.page.get_by_label("内容（一行）").input_value() == "练习册"

    def test_an_answer_that_was_lost_does_not_set_it_twice(self, desk: Desk, served: Served) -> None:
        entry(ready(desk), "练习册", 5)
        lost: list[int] = []

        def lose(route: Any) -> None:
            if route.request.method == "POST" and not lost:
                lost.append(route.fetch().status)
                route.abort()
            else:
                route.continue_()

        desk.page.route("**/assignments", lose)
        desk.tap("布置").sees("三(1)班没有布置").tap("布置").sees("三(1)班已布置")
        assert lost == [201]
        assert len(maths(served)) == 1


class TestChanging:
    def test_a_change_shows_with_version_and_author(self, desk: Desk, served: Served, desks: Desks) -> None:
        ready(desk).tap(f"改“{TITLE}”")
        desk.page.get_by_label("大多数同学要多久", exact=True).fill("15")
        desk.tap("保存修改").sees("已改好")
        homeroom = ready(desks(served.cast.homeroom))
        homeroom.tap(f"“{TITLE}”的改动").sees("第 2 版 · 李算")
        harmless(homeroom)

    def test_somebody_elses_change_comes_first(self, desk: Desk, served: Served) -> None:
        ready(desk).tap(f"改“{TITLE}”")
        plan = served.ask(served.cast.homeroom, "GET", f"/classes/{served.cast.class_31.id}/plan")
        (work,) = [each for each in plan["assignments"] if each["subject"] == "maths"]
        answer = served.app.test_client().patch(
            f"/api/v1/assignments/{work['id']}",
            json={"title": "口算第 13 页"},
            headers={"Authorization": f"Bearer {served.cast.homeroom.token}", "If-Match": '"1"'},
        )
        assert answer.status_code == 200
        desk.page.get_by_label("内容（一行）").fill("口算第 14 页")
        desk.tap("保存修改").sees("刚才有人改过").sees("口算第 13 页")

    def test_withdrawn_homework_gives_its_minutes_back(self, desk: Desk) -> None:
        ready(desk).tap(f"撤下“{TITLE}”").sees("撤下这项作业？").tap("撤下").sees("已撤下")
        desk.page.get_by_role("img", name="已布置 30 分钟、还剩 30 分钟").wait_for()

    def test_anothers_homework_is_read_only(self, served: Served, desks: Desks) -> None:
        desk = ready(desks(served.cast.english_teacher))
        assert desk.button(f"改“{TITLE}”").count() == 0
        assert desk.button("改“听读 Unit 4”").count() == 1


class TestWeekend:
    def over_the_weekend(self, desk: Desk) -> Desk:
        """Thirty minutes from Friday to Monday."""
        entry(ready(desk), "周末卷", 30)
        given_on(desk, FRIDAY)
        desk.page.get_by_label("交", exact=True).fill((FRIDAY + dt.timedelta(days=3)).isoformat())
        return desk

    def test_it_is_split_over_its_nights_and_approved_by_the_head_of_the_grade(
        self, desk: Desk, served: Served, desks: Desks
    ) -> None:
        self.over_the_weekend(desk).sees("3 晚，每晚分摊约 10 分钟")
        assert desk.page.locator(".nights .bar").count() == 3
        desk.tap("布置").sees("三(1)班已布置")
        head = desks(served.cast.grade_head)
        head.open("/#/desk/weekends")
        head.sees("等年级组看")
        harmless(head)
        head.tap("退回三(1)班的周末作业")
        head.page.keyboard.type("留一天空白")
        head.page.keyboard.press("Enter")
        head.sees("三(1)班的周末作业已退回")
        desk.page.clock.fast_forward(31_000)
        desk.sees("年级组退回了").sees("留一天空白")
        head.tap("同意三(1)班的周末作业").sees("三(1)班的周末作业已同意")
        desk.page.reload()  # whoever comes back later finds the answer where it was asked for
        ready(desk).sees("年级组同意了").sees(f"{served.cast.grade_head.name} · 11月17日 周二")

    def test_the_office_only_reads(self, served: Served, desks: Desks) -> None:
        publish(served, served.cast.maths_teacher, "maths", "周末卷", 30, FRIDAY)
        office = desks(served.cast.office).open("/#/desk/weekends")
        office.sees("周末卷")
        assert office.page.get_by_role("button", name="同意").count() == 0


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 740), (320, 640)])
@pytest.mark.parametrize(("language", "scheme"), [("zh-CN", "light"), ("en", "dark")])
def test_the_screen_is_accessible_and_fits(
    served: Served, desks: Desks, width: int, height: int, language: str, scheme: str
) -> None:
    desk = ready(desks(served.cast.maths_teacher, language=language, scheme=scheme, width=width, height=height))
    desk.page.locator(".title").fill("应用题 " * 12)
    desk.page.locator("[role=spinbutton]").first.fill("45")
    harmless(desk)
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= width
    small = [
        (box["width"], box["height"], each.inner_text())
        for each in desk.page.locator(".desk-page button:visible:not(.link), .desk-page select:visible").all()
        if (box := each.bounding_box()) and (box["width"] < 44 or box["height"] < 44)
    ]
    assert small == []
