"""The class tablet: names, today's work done at school, three pictures, a receipt, and nothing else."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route

from tests.client.conftest import Phone, Phones, guardian_code
from tests.client.serving import Served
from tests.client.test_reminders import harmless

pytestmark = [pytest.mark.browser, pytest.mark.sqlite]


def enabled(served: Served) -> str:
    """A code from the homeroom teacher's screen, as it stands in the square."""
    answer = served.ask(served.cast.homeroom, "POST", f"/classes/{served.cast.class_31.id}/tablets")
    return str(answer["code"]).replace("-", "")


def give_pictures(served: Served) -> None:
    """Ada's mother chooses sun, fish and key."""
    answer = served.app.test_client().put(
        f"/api/v1/students/{served.cast.ada.id}/picture-code",
        json={"pictures": ["sun", "fish", "key"]},
        headers={"Authorization": f"Bearer {served.cast.mother.token}"},
    )
    assert answer.status_code == 204


@pytest.fixture
def tablet(served: Served, phone: Phones) -> Phone:
    """The tablet of Ada's class, enabled by the square on the teacher's screen; Ada has her pictures."""
    give_pictures(served)
    made = phone(width=820).open(f"/#/tablet/{enabled(served)}")
    made.button("陈艾达").wait_for()
    return made


def test_a_pupil_notes_work_done_at_school_and_gets_a_receipt(tablet: Phone, served: Served) -> None:
    assert "#/tablet/" not in tablet.page.url
    harmless(tablet)
    tablet.tap("陈艾达").sees("今天在学校做了什么")
    tablet.button("数学 20 分钟").click()
    tablet.button("语文 10 分钟").click()
    harmless(tablet)
    tablet.tap("下一步").tap("太阳").tap("鱼").tap("钥匙").sees("记好了").sees("数学 20 分钟")
    harmless(tablet)
    entries = {each["subject"]: each for each in served.night()["entries"]}
    assert {name: (each["place"], each["actual_minutes"]) for name, each in entries.items()} == {
        "maths": ("school", 20),
        "chinese": ("school", 10),
    }
    assert all(each["assignment_id"] for each in entries.values())


def test_after_ten_seconds_only_the_names_are_there(tablet: Phone) -> None:
    tablet.tap("陈艾达")
    tablet.button("数学 20 分钟").click()
    tablet.tap("下一步").tap("太阳").tap("鱼").tap("钥匙").sees("记好了")
    tablet.page.clock.run_for(11_000)
    tablet.button("陈艾达").wait_for()
    assert tablet.page.get_by_text("数学").count() == 0


def test_a_pupil_who_walks_away_leaves_nothing_behind(tablet: Phone) -> None:
    tablet.tap("陈艾达")
    tablet.button("数学 20 分钟").click()
    tablet.page.clock.run_for(61_000)
    tablet.button("陈艾达").wait_for()
    assert tablet.page.get_by_text("数学").count() == 0


def test_wrong_pictures_are_asked_again_and_keep_what_was_chosen(tablet: Phone, served: Served) -> None:
    tablet.tap("陈艾达")
    tablet.button("数学 20 分钟").click()
    tablet.tap("下一步").tap("太阳").tap("太阳").tap("太阳").sees("这三个图不对")
    assert served.night()["entries"] == []
    tablet.tap("太阳").tap("鱼").tap("钥匙").sees("记好了")
    assert [each["actual_minutes"] for each in served.night()["entries"]] == [20]


def test_the_tablet_shows_no_other_screen(tablet: Phone, served: Served) -> None:
    for path in ("/#/more", "/#/family", f"/#/week/{served.cast.ada.id}", "/"):
        tablet.open(path)
        tablet.button("陈艾达").wait_for()
        assert tablet.page.locator("nav").count() == 0


def test_who_has_no_pictures_yet_cannot_be_tapped(tablet: Phone, served: Served) -> None:
    assert tablet.page.get_by_role("button", name="杜若").count() == 0
    tablet.sees("还不能在这里记，请问老师")


def test_a_tablet_that_was_taken_away_asks_for_a_new_code(tablet: Phone, served: Served) -> None:
    path = f"/classes/{served.cast.class_31.id}/tablets"
    (own,) = served.ask(served.cast.homeroom, "GET", path)["items"]
    served.ask(served.cast.homeroom, "DELETE", f"{path}/{own['id']}")
    tablet.page.reload()
    tablet.sees("这个平板码不能用了").page.get_by_label("班主任给的平板码").fill(enabled(served))
    tablet.tap("开始使用").button("陈艾达").wait_for()


def test_a_code_that_was_used_says_so_and_another_is_typed(served: Served, tablet: Phone, phone: Phones) -> None:
    used = enabled(served)
    phone(width=820).open(f"/#/tablet/{used}").button("陈艾达").wait_for()
    other = phone(width=820).open(f"/#/tablet/{used}").sees("这个平板码不能用了")
    other.page.get_by_label("班主任给的平板码").fill(enabled(served).lower())
    other.tap("开始使用").button("陈艾达").wait_for()
    assert "#/tablet/" not in other.page.url


def test_a_device_with_somebody_signed_in_is_no_class_tablet(served: Served, ada: Phone) -> None:
    ada.open(f"/#/tablet/{enabled(served)}").sees("这台设备上有人登录着")


def test_a_guardian_chooses_the_three_pictures_at_home(served: Served, phone: Phones) -> None:
    mother = phone().claim(guardian_code(served, served.cast.mother), "1111").open(f"/#/pictures/{served.cast.ada.id}")
    mother.tap("猫").tap("猫").tap("小船")
    harmless(mother)
    mother.tap("记下").sees("以前的三个图不再有用")
    tablet = phone(width=820).open(f"/#/tablet/{enabled(served)}").tap("陈艾达")
    tablet.button("英语 15 分钟").click()
    tablet.tap("下一步").tap("猫").tap("猫").tap("小船").sees("记好了")


def test_a_code_whose_answer_was_lost_is_taken_again_from_the_same_device(served: Served, phone: Phones) -> None:
    give_pictures(served)
    lost: list[int] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    made = phone(width=820)
    made.context.route("**/auth/tablets", lose)
    made.open(f"/#/tablet/{enabled(served)}").page.locator("p[role=alert]").wait_for()
    assert lost == [201]
    made.context.unroute("**/auth/tablets")
    made.page.locator("form button").click()
    made.button("陈艾达").wait_for()
