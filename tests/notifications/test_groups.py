"""Nothing about a child ever stands in a group of staff, whatever a row holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.domain.people import PersonKind
from backend.services.reminder_preferences import CODES
from backend.storage.models import GROUP_KINDS, AddressKind
from notifications.channels.base import Result
from notifications.groups import GROUP_CODES, group_words, may_reach
from notifications.messages import load_catalogue
from tests.notifications.stand_ins.ways import BotWay, DingTalkBotWay, FeishuBotWay, WeComBotWay

BOTS = (WeComBotWay, DingTalkBotWay, FeishuBotWay)
FAMILY = {
    "cap_near",
    "cap_reached",
    "bedtime_passed",
    "confirm_sheet",
    "sleep_short",
    "start_homework",
    "wind_down",
    "streak",
}
ALL_CODES = sorted({*load_catalogue("zh-CN")["neutral"], *(each.code for each in CODES), "something_new"})


@pytest.fixture(scope="module", params=BOTS, ids=lambda way: way.name)
def way(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotWay]:
    """A bot with its group."""
    made = request.param(tmp_path_factory.mktemp("bot"))
    yield made
    made.stop()


def test_no_code_of_a_childs_night_is_among_a_groups() -> None:
    assert not GROUP_CODES & FAMILY
    assert "publish_estimates" not in GROUP_CODES
    assert "test" not in GROUP_CODES


@pytest.mark.parametrize("kind", sorted(AddressKind, key=lambda kind: kind.value))
@pytest.mark.parametrize("recipient", list(PersonKind))
@pytest.mark.parametrize("code", ALL_CODES)
def test_only_staffs_reminders_of_classes_are_routed_to_a_group(
    kind: AddressKind, recipient: PersonKind, code: str
) -> None:
    to_group = code in ("plan_over_cap", "class_over_cap", "weekly_digest") and recipient is PersonKind.staff
    assert may_reach(kind, code=code, recipient=recipient) is (kind not in GROUP_KINDS or to_group)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    code=st.sampled_from(ALL_CODES),
    locale=st.sampled_from(["zh-CN", "en", "fr"]),
    name=st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=4),
    minutes=st.integers(1000, 9999),
)
def test_whatever_a_message_holds_a_group_reads_the_neutral_words_of_its_code(
    way: BotWay, code: str, locale: str, name: str, minutes: int
) -> None:
    way.provider.asked.clear()
    spoken: dict[str, Any] = {"title": name, "body": f"{name} {minutes}", "link": f"https://x.example/{name}"}
    (outcome,) = way.channel.send([way.message(code=code, locale=locale, **spoken)])
    said = group_words(code, locale)
    if said is None:
        assert (outcome.result, outcome.error_code, way.sent) == (Result.REFUSED, "not_for_groups", [])
        return
    document = way.sent[0].document
    text = document.get("text") or document["content"]
    assert (text.get("content") or text["text"]) == f"{said.title}\n{said.body}\nhttps://school.example"


def test_a_group_that_the_file_does_not_name_is_the_operators_matter(way: BotWay) -> None:
    (outcome,) = way.channel.send([way.message(address="elsewhere")])
    assert (outcome.result, outcome.error_code) == (Result.BROKEN, "unknown_group")
