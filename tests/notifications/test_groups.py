"""Nothing about a child ever stands in a group of staff, whatever a row holds."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.domain.people import PersonKind
from backend.services.reminders.contacts import installation_of
from backend.services.reminders.reminder_preferences import CODES
from backend.storage import models
from backend.storage.engine import build_engine, session_factory
from backend.storage.models import GROUP_KINDS, AddressKind
from notifications.channels.base import Result
from notifications.delivery import Delivery
from notifications.groups import GROUP_CODES, group_words, may_reach
from notifications.messages import load_catalogue
from tests.cast import TONIGHT, Cast, Holder
from tests.notifications.evening import FakeChannel, at, outbox_of
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


@pytest.mark.parametrize(
    ("code", "person", "reaches"),
    [
        ("class_over_cap", "homeroom", "group"),
        ("weekly_digest", "homeroom", "group"),
        ("weekly_digest", "mother", "next"),
        ("publish_estimates", "homeroom", "next"),
        ("test", "homeroom", "next"),
    ],
)
def test_what_does_not_belong_in_the_group_goes_by_the_next_channel(
    session: Session, cast: Cast, clock: FrozenClock, database_url: str, code: str, person: str, reaches: str
) -> None:
    """Also where a guardian has come by a group's address."""
    put_row(session, getattr(cast, person), code)
    session.commit()
    group, after = deliver(database_url, clock)
    assert (len(group.sent), len(after.sent)) == ((1, 0) if reaches == "group" else (0, 1))


def test_colleagues_in_one_group_get_one_copy_together(
    session: Session, cast: Cast, clock: FrozenClock, database_url: str
) -> None:
    for holder in (cast.homeroom, cast.maths_teacher, cast.office):
        put_row(session, holder, "class_over_cap")
    session.commit()
    group, after = deliver(database_url, clock)
    assert (len(group.sent), after.sent) == (1, [])
    assert sorted((row.state.value, row.outcome_reason or "") for row in outbox_of(session)) == [
        ("sent", ""),
        ("sent", "one_copy"),
        ("sent", "one_copy"),
    ]


def put_row(session: Session, person: Holder, code: str) -> None:
    """A reminder that is due, for somebody in the group "staff"."""
    put = {"school_id": person.school_id, "person_id": person.id, "kind": AddressKind.DINGTALK_BOT, "address": "staff"}
    session.execute(
        sa.insert(models.PushEndpoint).values(
            **put,
            installation_id=installation_of(AddressKind.DINGTALK_BOT, "staff"),
            keys={},
            registered_at=at("12:00"),
        )
    )
    session.execute(
        sa.insert(models.OutboxRow).values(
            school_id=person.school_id,
            id=uuid.uuid4(),
            code=code,
            recipient_id=person.id,
            subject_id=uuid.UUID(int=0),
            night=TONIGHT,
            occasion=1,
            params={},
            state=models.OutboxState.PENDING,
            created_at=at("20:00"),
            due_at=at("20:00"),
            expires_at=at("22:00"),
            attempts=0,
        )
    )


def deliver(database_url: str, clock: FrozenClock) -> tuple[FakeChannel, FakeChannel]:
    """One round over a group's channel and then one that reaches everybody."""
    group = FakeChannel(name="dingtalk_bot", kinds=frozenset({AddressKind.DINGTALK_BOT}), replaces_first_copy=False)
    after = FakeChannel(name="next", kinds=frozenset())
    engine = build_engine(database_url, pool_size=2)
    delivery = Delivery(
        session_factory(engine),
        clock=clock,
        channels=[group, after],
        reasons={},
        holder="w",
        public_url="https://school.example",
        stop=threading.Event(),
    )
    delivery.run()
    engine.dispose()
    return group, after
