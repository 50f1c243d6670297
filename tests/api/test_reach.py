"""Whether messages arrive: the test button, families that are not reached, and what became of reminders."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.services.reminders.reachability import why_not, withheld_among
from backend.settings import Settings
from backend.storage.base import NO_SUBJECT
from backend.storage.models import (
    AddressKind,
    AuditEvent,
    AuthSession,
    Delivery,
    Enrolment,
    Guardianship,
    OutboxRow,
    OutboxState,
    Person,
    PushEndpoint,
    School,
    Student,
)
from notifications.worker import Worker
from tests.api.conftest import Client
from tests.cast import START, TONIGHT, Cast, Holder
from tests.notifications.evening import FakeChannel, put_endpoint

FCM, PUSH, MAIL = AddressKind.FCM_INSTALLATION, AddressKind.WEB_PUSH, AddressKind.EMAIL


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An installation that has push and the console, and neither mail nor SMS."""
    return replace(settings, channels=("fcm", "web_push", "console", "inbox"))


def channels(session: Session, cast: Cast, *names: str) -> None:
    """The school's own order."""
    session.execute(sa.update(School).where(School.id == cast.shiyan.id).values(channels=list(names)))
    session.commit()


class TestButton:
    def test_it_goes_the_way_of_every_reminder_and_says_what_became_of_it(
        self, client: Client, cast: Cast, session: Session, engine: sa.Engine, clock: FrozenClock
    ) -> None:
        mother = client.as_(cast.mother)
        assert mother.get("/me/reminders/test").get_json() == {"latest": None}
        put_endpoint(session, cast.mother, "mothers phone")
        session.commit()
        sent = mother.post("/me/reminders/test")
        assert (sent.status_code, sent.get_json()["state"]) == (201, "pending")
        channel = FakeChannel(name="fcm")
        Worker(engine, clock=clock, channels=[channel], public_url="https://school.example").deliver()
        assert [(message.code, message.address) for message in channel.sent] == [("test", "mothers phone")]
        assert mother.get("/me/reminders/test").get_json()["latest"] == {
            "sent_at": "2026-11-17T10:30:00+00:00",
            "state": "sent",
            "reason": None,
            "attempts": [{"channel": "fcm", "outcome": "accepted"}],
        }
        (message,) = mother.get("/me/inbox").get_json()["items"]
        assert (message["code"], message["student_id"]) == ("test", None)

    def test_without_a_phone_it_stands_in_the_inbox_and_says_so(
        self, client: Client, cast: Cast, engine: sa.Engine, clock: FrozenClock
    ) -> None:
        client.as_(cast.office).post("/me/reminders/test")
        Worker(engine, clock=clock, channels=[FakeChannel()], public_url="https://school.example").deliver()
        latest = client.as_(cast.office).get("/me/reminders/test").get_json()["latest"]
        assert (latest["state"], latest["reason"], latest["attempts"]) == ("sent", "inbox_only", [])

    def test_a_childs_own_phone_stays_silent_for_a_test_too(
        self, client: Client, cast: Cast, session: Session, engine: sa.Engine, clock: FrozenClock
    ) -> None:
        put_endpoint(session, cast.ada, "adas phone")
        session.commit()
        clock.move_to(dt.datetime(2026, 11, 17, 12, 50, tzinfo=dt.UTC))
        client.as_(cast.ada).post("/me/reminders/test")
        channel = FakeChannel()
        Worker(engine, clock=clock, channels=[channel], public_url="https://school.example").deliver()
        assert channel.sent == []
        latest = client.as_(cast.ada).get("/me/reminders/test").get_json()["latest"]
        assert (latest["state"], latest["reason"]) == ("dropped", "silent_hours")

    def test_once_a_minute_and_five_times_a_day(self, client: Client, cast: Cast, clock: FrozenClock) -> None:
        mother = client.as_(cast.mother)
        for sent in range(1, 6):
            assert mother.post("/me/reminders/test").status_code == 201
            refused = mother.post("/me/reminders/test")
            assert refused.status_code == 429
            assert sent == 5 or 0 < int(refused.headers["Retry-After"]) <= 61
            clock.advance(seconds=61)
        refused = mother.post("/me/reminders/test")
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 23 * 3600
        assert client.as_(cast.father).post("/me/reminders/test").status_code == 201
        clock.advance(hours=24)
        assert mother.post("/me/reminders/test").status_code == 201


def unreached(client: Client, cast: Cast) -> dict[str, list[str]]:
    """The reasons of each child's family in 三(1)班, by name."""
    answer = client.as_(cast.homeroom).get(f"/classes/{cast.class_31.id}/reachability")
    assert answer.status_code == 200, answer.get_json()
    document = answer.get_json()
    assert document["unreached"] == len(document["students"])
    return {each["name"]: each["reasons"] for each in document["students"]}


class TestClass:
    def test_one_guardian_who_is_reached_is_enough(self, client: Client, cast: Cast, session: Session) -> None:
        channels(session, cast, "fcm", "inbox")
        assert unreached(client, cast)[cast.ada.name] == ["no_channel"]
        put_endpoint(session, cast.father, "fathers phone")
        session.commit()
        assert cast.ada.name not in unreached(client, cast)
        assert cast.finn.name in unreached(client, cast)

    def test_a_channel_that_the_school_wants_and_the_installation_has_not_reaches_nobody(
        self, client: Client, cast: Cast, session: Session
    ) -> None:
        channels(session, cast, "sms", "fcm", "inbox")
        put_endpoint(session, cast.finn_mother, "13800138000", kind=AddressKind.SMS)
        put_endpoint(session, cast.father, "fathers phone")
        session.commit()
        found = unreached(client, cast)
        assert (found[cast.finn.name], cast.ada.name in found) == (["channel_off"], False)

    def test_who_may_not_be_written_to_is_in_no_figure(self, client: Client, cast: Cast) -> None:
        assert cast.dora.name not in unreached(client, cast)

    def test_a_family_that_never_signed_in_and_a_child_without_guardians(
        self, client: Client, cast: Cast, session: Session
    ) -> None:
        session.execute(sa.delete(AuthSession).where(AuthSession.person_id == cast.finn_mother.id))
        session.execute(sa.update(Guardianship).where(Guardianship.student_id == cast.ada.id).values(ended_at=START))
        session.commit()
        found = unreached(client, cast)
        assert (found[cast.finn.name], found[cast.ada.name]) == (["never_signed_in"], ["no_guardian"])

    def test_a_permission_that_the_system_took_back_is_a_reason_and_an_own_wish_is_not(
        self, client: Client, cast: Cast, session: Session
    ) -> None:
        channels(session, cast, "web_push", "inbox")
        phone = put_endpoint(session, cast.finn_mother, "https://push.example.net/a", kind=PUSH)
        session.commit()
        finns = client.as_(cast.finn_mother)
        assert finns.delete(f"/me/devices/{phone}?because=permission_revoked").status_code == 204
        assert unreached(client, cast)[cast.finn.name] == ["permission_revoked"]
        session.rollback()
        assert session.scalars(sa.select(PushEndpoint.address)).all() == [""]
        session.rollback()
        assert finns.delete(f"/me/devices/{phone}?because=boredom").status_code == 422
        assert finns.delete(f"/me/devices/{phone}").status_code == 204
        assert unreached(client, cast)[cast.finn.name] == ["no_channel"]

    def test_each_guardian_has_an_own_reason_and_an_id_to_print_a_slip_for(
        self, client: Client, cast: Cast, session: Session
    ) -> None:
        session.execute(sa.delete(AuthSession).where(AuthSession.person_id == cast.father.id))
        session.commit()
        students = client.as_(cast.homeroom).get(f"/classes/{cast.class_31.id}/reachability").get_json()["students"]
        (ada,) = [each for each in students if each["name"] == cast.ada.name]
        assert ada["reasons"] == ["never_signed_in", "no_channel"]
        assert sorted((each["guardian_id"], each["name"], each["reason"]) for each in ada["guardians"]) == sorted(
            (str(who.id), who.name, why) for who, why in ((cast.mother, "no_channel"), (cast.father, "never_signed_in"))
        )
        slip = client.as_(cast.homeroom).post(f"/guardians/{cast.father.id}/claims")
        assert slip.status_code == 201

    def test_it_is_noted_and_nobody_else_sees_it(self, client: Client, cast: Cast, session: Session) -> None:
        unreached(client, cast)
        actions = session.scalars(sa.select(AuditEvent.action)).all()
        assert actions == ["class.reachability_opened"]
        session.rollback()
        for other in (cast.office, cast.maths_teacher, cast.homeroom_32, cast.grade_head, cast.mother, cast.officer):
            path = f"/classes/{cast.class_31.id}/reachability"
            assert client.as_(other).get(path).status_code == 404

    @pytest.mark.parametrize(
        ("states", "reached"),
        [
            ([OutboxState.FAILED] * 3, False),
            ([OutboxState.FAILED, OutboxState.FAILED, OutboxState.UNKNOWN], False),
            ([OutboxState.FAILED] * 2, True),
            ([OutboxState.FAILED, OutboxState.FAILED, OutboxState.SENT], True),
        ],
    )
    def test_messages_that_were_all_lost(
        self, client: Client, cast: Cast, session: Session, states: list[OutboxState], reached: bool
    ) -> None:
        channels(session, cast, "fcm", "inbox")
        put_endpoint(session, cast.finn_mother, "a phone in a drawer")
        for occasion, state in enumerate(states, 1):
            put_row(session, cast.finn_mother, "confirm_sheet", state, occasion=occasion, subject_id=cast.finn.id)
        session.commit()
        assert (cast.finn.name not in unreached(client, cast)) is reached
        if not reached:
            assert unreached(client, cast)[cast.finn.name] == ["all_failed"]

    def test_a_class_costs_no_more_statements_than_a_child(
        self, client: Client, cast: Cast, session: Session, engine: sa.Engine
    ) -> None:
        few = statements(lambda: unreached(client, cast))
        for n in range(20):
            put_family(session, cast, cast.class_31.id, n)
        session.commit()
        assert statements(lambda: unreached(client, cast)) == few


@pytest.mark.parametrize(
    ("addresses", "on", "lost", "reason"),
    [
        ([], "fcm", False, "no_channel"),
        ([(FCM, None)], "fcm", False, None),
        ([(FCM, None)], "fcm", True, "all_failed"),
        ([(FCM, None)], "web_push", False, "channel_off"),
        ([(FCM, None), (PUSH, None)], "web_push", False, None),
        ([(FCM, "UNREGISTERED")], "fcm", False, "address_gone"),
        ([(PUSH, "permission_revoked"), (FCM, "UNREGISTERED")], "fcm", False, "permission_revoked"),
        ([(MAIL, "unsubscribed")], "email", False, "unsubscribed"),
        ([(MAIL, "unsubscribed"), (FCM, None)], "fcm", False, None),
        ([(AddressKind.WECOM_STUDENT, None)], "wecom", False, "channel_off"),
        ([(AddressKind.WECOM_BOT, None)], "wecom_bot", False, "channel_off"),
    ],
)
def test_why_a_guardian_is_not_reached(addresses: Any, on: str, lost: bool, reason: str | None) -> None:
    assert why_not(addresses, frozenset({on, "inbox"}), has_signed_in=True, is_lost=lost) == reason


def statements(act: Callable[[], object]) -> int:
    """How many statements an act takes."""
    counted: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        counted.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    try:
        act()
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", count)
    return len(counted)


def put_family(session: Session, cast: Cast, class_id: uuid.UUID, n: int) -> None:
    """One more child, without guardians, who may be written about."""
    ids = {"school_id": cast.shiyan.id, "id": uuid.uuid4()}
    named = {"kind": "student", "name": f"生{n}", "name_key": f"生{n}", "created_at": START}
    session.execute(sa.insert(Person).values(**ids, **named))
    session.execute(sa.insert(Student).values(**ids, may_write=True))
    session.execute(
        sa.insert(Enrolment).values(
            school_id=cast.shiyan.id, student_id=ids["id"], class_id=class_id, from_on=dt.date(2026, 9, 1)
        )
    )


def numbers(client: Client, cast: Cast) -> tuple[int | None, dict[str, int | None]]:
    """The school's number and each class's, as the office gets them."""
    document = client.as_(cast.office).get(f"/schools/{cast.shiyan.id}/reachability").get_json()
    assert all(each["withheld"] is (each["unreached"] is None) for each in [document, *document["classes"]])
    return document["unreached"], {each["class_name"]: each["unreached"] for each in document["classes"]}


class TestSchool:
    def test_small_numbers_are_withheld_and_nobody_is_named(self, client: Client, cast: Cast, session: Session) -> None:
        for n in range(6):
            put_family(session, cast, cast.class_31.id, n)
        for n in range(5):
            put_family(session, cast, cast.class_71.id, 10 + n)
        session.commit()
        total, classes = numbers(client, cast)
        # 三(2) and 一(1) have one each: what they have together could be had by subtraction, so 七(1) goes too.
        # What is shown is in whole fives: 8 of 8 and 16 of 16.
        assert classes == {"一(1)班": None, "三(1)班": 5, "三(2)班": None, "七(1)班": None}
        assert total == 15
        answer = client.as_(cast.office).get(f"/schools/{cast.shiyan.id}/reachability")
        assert "生1" not in answer.get_data(as_text=True)

    def test_a_total_below_five_is_withheld_and_nought_is_said(
        self, client: Client, cast: Cast, session: Session
    ) -> None:
        assert numbers(client, cast)[0] == 5
        channels(session, cast, "fcm", "inbox")
        put_endpoint(session, cast.mother, "the first")
        session.commit()
        assert numbers(client, cast)[0] is None
        for guardian in (cast.finn_mother, cast.ben_mother, cast.cleo_mother):
            put_endpoint(session, guardian, guardian.key)
        session.commit()
        total, classes = numbers(client, cast)
        assert (total, set(classes.values())) == (0, {0})


def put_row(session: Session, to: Holder, code: str, state: OutboxState, **values: Any) -> uuid.UUID:
    """A message that is over."""
    ids = {"school_id": to.school_id, "id": uuid.uuid4(), "recipient_id": to.id}
    rest = {"subject_id": NO_SUBJECT, "night": TONIGHT, "occasion": 1, "params": {}, "created_at": START}
    row = ids | rest | {"code": code, "state": state, "due_at": START, "expires_at": START} | values
    session.execute(sa.insert(OutboxRow).values(**row))
    return uuid.UUID(str(ids["id"]))


def put_attempt(session: Session, cast: Cast, row_id: uuid.UUID, outcome: str) -> None:
    row = {"school_id": cast.shiyan.id, "outbox_id": row_id, "channel": "fcm", "attempted_at": START}
    session.execute(sa.insert(Delivery).values(**row, outcome=outcome))


def put_families(session: Session, cast: Cast, code: str, state: OutboxState, n: int, **values: Any) -> None:
    """A message each about so many children, which was taken."""
    for _ in range(n):
        row = put_row(session, cast.mother, code, state, subject_id=uuid.uuid4(), **values)
        put_attempt(session, cast, row, "accepted")


def figures(client: Client, cast: Cast, **query: str) -> Any:
    answer = client.as_(cast.office).get(f"/schools/{cast.shiyan.id}/deliveries", **query)
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


@pytest.mark.parametrize(
    ("families", "unreached", "hidden"),
    [
        ({"a": 40, "b": 40}, {"a": 6, "b": 7}, ""),
        ({"a": 40, "b": 40, "c": 40}, {"a": 4, "b": 7, "c": 9}, "ab"),
        ({"a": 40, "b": 40, "c": 40}, {"a": 37, "b": 9, "c": 8}, "ac"),
        ({"a": 40, "b": 40}, {"a": 2, "b": 3}, "ab"),
        ({"a": 40, "b": 40}, {"a": 40, "b": 0}, ""),
        ({"a": 40, "b": 40}, {"a": 3, "b": 0}, "a"),
    ],
    ids=["enough on both sides", "a few", "all but a few", "few together", "all and none", "nobody to cover it"],
)
def test_neither_a_few_nor_all_but_a_few_are_told_apart(
    families: dict[str, int], unreached: dict[str, int], hidden: str
) -> None:
    ids = {name: uuid.UUID(int=n) for n, name in enumerate(families, 1)}
    found = withheld_among({ids[k]: n for k, n in families.items()}, {ids[k]: n for k, n in unreached.items()})
    assert found == {ids[name] for name in hidden}


class TestFigures:
    def test_every_message_is_counted_in_one_place(
        self, client: Client, cast: Cast, session: Session, clock: FrozenClock
    ) -> None:
        for code, state, reason, families in (
            ("cap_reached", OutboxState.SENT, None, 9),
            ("cap_reached", OutboxState.SENT, "inbox_only", 6),
            ("cap_reached", OutboxState.DROPPED, "silent_hours", 5),
            ("cap_reached", OutboxState.DROPPED, "reason_gone", 5),
            ("cap_reached", OutboxState.UNKNOWN, "no_answer", 7),
        ):
            put_families(session, cast, code, state, families, outcome_reason=reason)
        put_row(session, cast.zed_mother, "cap_reached", OutboxState.SENT)
        session.commit()
        clock.advance(hours=20)
        found = figures(client, cast)
        assert (found["from"], found["to"]) == ("2026-11-12", "2026-11-18")
        counts = {"n": 32, "sent": 15, "dropped": 10, "unknown": 7}
        reasons = {"inbox_only": 6, "reason_gone": 5, "silent_hours": 5, "no_answer": 7}
        whole = {"night": "2026-11-17", "code": "cap_reached", "withheld": False, "failed": 0, "waiting": 0}
        assert found["codes"] == [whole | counts | {"reasons": reasons}]
        outcomes = {"n": 30, "outcomes": {"accepted": 30}}  # in whole fives
        assert found["channels"] == [{"night": "2026-11-17", "channel": "fcm", "withheld": False} | outcomes]

    def test_a_state_and_a_reason_of_fewer_than_five_are_left_out_with_one_beside_them(
        self, client: Client, cast: Cast, session: Session, clock: FrozenClock
    ) -> None:
        put_families(session, cast, "bedtime_passed", OutboxState.SENT, 9)
        put_families(session, cast, "bedtime_passed", OutboxState.SENT, 6, outcome_reason="inbox_only")
        put_families(session, cast, "bedtime_passed", OutboxState.SENT, 1, outcome_reason="one_copy")
        put_families(session, cast, "bedtime_passed", OutboxState.DROPPED, 8, outcome_reason="reason_gone")
        put_families(session, cast, "bedtime_passed", OutboxState.FAILED, 1, outcome_reason="no_channel_left")
        session.commit()
        clock.advance(hours=20)
        (found,) = figures(client, cast)["codes"]
        assert (found["n"], found["sent"], found["reasons"]) == (25, 16, {})
        assert not {"dropped", "failed"} & found.keys()

    def test_what_concerns_few_families_is_withheld_however_many_messages_it_took(
        self, client: Client, cast: Cast, session: Session, clock: FrozenClock
    ) -> None:
        for occasion in range(1, 8):
            row = put_row(session, cast.mother, "cap_reached", OutboxState.SENT, occasion=occasion)
            put_attempt(session, cast, row, "accepted")
        session.commit()
        clock.advance(hours=20)
        found = figures(client, cast)
        assert [each["withheld"] for each in (*found["codes"], *found["channels"])] == [True, True]

    def test_one_more_child_tonight_or_late_changes_no_figure(
        self, client: Client, cast: Cast, session: Session, clock: FrozenClock
    ) -> None:
        def seen() -> Any:
            session.commit()
            found = figures(client, cast)
            return [{name: n for name, n in each.items() if name != "night"} for each in found["codes"]]

        put_families(session, cast, "cap_reached", OutboxState.SENT, 5)
        before = seen()
        put_families(session, cast, "cap_reached", OutboxState.SENT, 1)
        assert before == seen() == [{"code": "cap_reached", "withheld": True}]
        clock.move_to(dt.datetime(2026, 11, 18, 5, 59, tzinfo=dt.UTC))
        assert seen() == before
        clock.advance(minutes=1)
        settled = seen()
        assert settled[0]["n"] == 6
        put_families(session, cast, "cap_reached", OutboxState.SENT, 1, created_at=clock.now())
        assert seen() == settled

    def test_fewer_than_five_about_children_are_withheld_and_those_of_staff_are_not(
        self, client: Client, cast: Cast, session: Session
    ) -> None:
        for occasion in range(1, 5):
            row = put_row(session, cast.mother, "bedtime_passed", OutboxState.SENT, occasion=occasion)
            put_attempt(session, cast, row, "accepted")
        put_row(session, cast.maths_teacher, "publish_estimates", OutboxState.SENT)
        session.commit()
        found = figures(client, cast)
        assert found["codes"][0] == {"night": "2026-11-17", "code": "bedtime_passed", "withheld": True}
        assert found["codes"][1]["n"] == 1
        assert found["channels"] == [{"night": "2026-11-17", "channel": "fcm", "withheld": True}]

    def test_it_says_whether_the_worker_works(
        self, client: Client, cast: Cast, engine: sa.Engine, clock: FrozenClock
    ) -> None:
        assert figures(client, cast)["worker"] == {"last_tick_at": None, "is_dead": True}
        Worker(engine, clock=clock, channels=[], public_url="https://school.example").tick()
        assert figures(client, cast)["worker"] == {"last_tick_at": "2026-11-17T10:30:00+00:00", "is_dead": False}
        clock.advance(minutes=11)
        assert figures(client, cast)["worker"]["is_dead"] is True

    @pytest.mark.parametrize(
        "query", [{"from": "2026-11-18"}, {"from": "2026-10-17", "to": "2026-11-17"}, {"from": "soon"}]
    )
    def test_nights_that_cannot_be_are_refused(self, client: Client, cast: Cast, query: dict[str, str]) -> None:
        path = f"/schools/{cast.shiyan.id}/deliveries"
        assert client.as_(cast.office).get(path, **query).status_code == 422
        assert client.as_(cast.office).get(path, **{"from": "2026-10-18", "to": "2026-11-17"}).status_code == 200
