"""Addresses that the school gives: from the roster, and from a list of the office."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.services.actor import Actor, ActorKind
from backend.services.reminders.contact_lists import ContactReport, import_contacts
from backend.services.reminders.contacts import give_addresses, keep_contacts
from backend.storage.models import AddressKind, AuditEvent, Person, PushEndpoint
from backend.storage.queries import push_endpoints
from tests.cast import Cast, Holder

GROUPS = frozenset({"staff"})
NOBODY = uuid.UUID(int=0)


def addresses(session: Session) -> set[tuple[uuid.UUID, str, str, str | None]]:
    """Who, by what, at which address, and why it is off."""
    return {
        (row.person_id, row.kind.value, row.address, row.disabled_reason)
        for row in session.scalars(sa.select(PushEndpoint).execution_options(populate_existing=True))
    }


def change(session: Session, person: Holder, **values: Any) -> None:
    session.execute(
        sa.update(Person).where(Person.school_id == person.school_id, Person.id == person.id).values(**values)
    )


@pytest.fixture
def keep(session: Session, cast: Cast, clock: FrozenClock) -> Any:
    """Let what stands at the people of the cast's school be addresses."""
    return lambda: keep_contacts(session, school_id=cast.shiyan.id, now=clock.now())


@pytest.fixture
def take(session: Session, cast: Cast, clock: FrozenClock) -> Any:
    """Take a list; lines as the office types them."""
    actor = Actor(kind=ActorKind.COMMAND, id=NOBODY, school_id=cast.shiyan.id, session_id=NOBODY, locale="en")

    def taken(*lines: str, encoding: str = "utf-8", **more: Any) -> ContactReport:
        content = "\n".join(lines).encode(encoding)
        values = {"actor": actor, "school_id": cast.shiyan.id, "group_names": GROUPS, "now": clock.now()}
        return import_contacts(session, **values, content=content, **more)

    return taken


def test_telephones_of_guardians_and_staff_are_addresses_and_no_childs(session: Session, cast: Cast, keep: Any) -> None:
    change(session, cast.ada, telephone="13800009999", email="ada@home.example")
    change(session, cast.homeroom, email="wang@school.example")
    keep()
    found = {(who, kind) for who, kind, _, _ in addresses(session)}
    assert (cast.mother.id, "sms") in found
    assert (cast.homeroom.id, "email") in found
    assert not {who for who, _ in found} & {cast.ada.id, cast.zed_mother.id}


def test_the_same_again_changes_nothing(session: Session, cast: Cast, keep: Any) -> None:
    assert keep() > 0
    before = addresses(session)
    assert keep() == 0
    assert addresses(session) == before


def test_a_new_telephone_takes_the_place_of_the_old_one_and_who_has_left_has_none(
    session: Session, cast: Cast, keep: Any, clock: FrozenClock
) -> None:
    keep()
    change(session, cast.mother, telephone="13811110000")
    change(session, cast.father, left_at=clock.now())
    keep()
    of = {who: address for who, _, address, _ in addresses(session)}
    assert of[cast.mother.id] == "13811110000"
    assert cast.father.id not in of


@pytest.mark.parametrize(("reason", "stays"), [("unsubscribed", "unsubscribed"), ("smtp_550", None)])
def test_who_has_unsubscribed_stays_so_at_a_new_address_and_a_dead_mailbox_does_not(
    session: Session, cast: Cast, keep: Any, clock: FrozenClock, reason: str, stays: str | None
) -> None:
    change(session, cast.mother, email="old@home.example")
    keep()
    where = (cast.shiyan.id, cast.mother.id, AddressKind.EMAIL)
    push_endpoints.turn_off(session, *where, reason=reason, now=clock.now())
    keep()
    assert (cast.mother.id, "email", "old@home.example", reason) in addresses(session)
    change(session, cast.mother, email="new@home.example")
    keep()
    assert (cast.mother.id, "email", "new@home.example", stays) in addresses(session)


def test_two_people_with_one_mailbox_stand_as_one_installation(session: Session, cast: Cast, keep: Any) -> None:
    change(session, cast.mother, email="family@home.example")
    change(session, cast.father, email="Family@home.example")
    keep()
    ids = session.scalars(sa.select(PushEndpoint.installation_id).where(PushEndpoint.kind == AddressKind.EMAIL)).all()
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_a_phones_own_address_is_left_alone(session: Session, cast: Cast, keep: Any, clock: FrozenClock) -> None:
    push_endpoints.put_endpoint(
        session, school_id=cast.shiyan.id, person_id=cast.mother.id, installation_id=uuid.UUID(int=5),
        kind=AddressKind.FCM_TOKEN, address="token", keys={}, now=clock.now(),
    )  # fmt: skip
    keep()
    assert (cast.mother.id, "fcm_token", "token", None) in addresses(session)


def test_a_list_gives_each_person_the_address_that_it_names(session: Session, cast: Cast, take: Any) -> None:
    report = take(
        "way,telephone,student_number,login,address",
        "wecom_parent,138 0000 1111,,,parent_lin",
        "wecom_student,,20260301,,ada_chen",
        "wecom_bot,,,homeroom,staff",
        "email,,,office,chu@school.example",
    )
    assert (report.problems, report.lines, report.stored) == ([], 4, True)
    given = {row for row in addresses(session) if row[1] != "sms"}
    assert given == {
        (cast.mother.id, "wecom_parent", "parent_lin", None),
        (cast.ada.id, "wecom_student", "ada_chen", None),
        (cast.homeroom.id, "wecom_bot", "staff", None),
        (cast.office.id, "email", "chu@school.example", None),
    }
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "contacts.imported")).one()
    assert event.details == {"lines": 4, "changed": report.changed}


def test_a_list_may_be_in_chinese_as_excel_writes_it(session: Session, cast: Cast, take: Any) -> None:
    report = take("渠道,手机号,姓名,账号", "wecom_parent,13800001111,林晓梅,parent_lin", encoding="gb18030")
    assert report.problems == []
    assert (cast.mother.id, "wecom_parent", "parent_lin", None) in addresses(session)


def test_the_same_list_again_changes_nothing_and_wakes_what_a_provider_had_turned_off(
    session: Session, cast: Cast, take: Any, clock: FrozenClock
) -> None:
    lines = ("way,telephone,address", "wecom_parent,13800001111,parent_lin")
    take(*lines)
    assert take(*lines).changed == 0
    where = (cast.shiyan.id, cast.mother.id, AddressKind.WECOM_PARENT)
    push_endpoints.turn_off(session, *where, reason="wecom_unknown_id", now=clock.now())
    assert take(*lines).changed == 1
    assert (cast.mother.id, "wecom_parent", "parent_lin", None) in addresses(session)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("pigeon,13800001111,,,x", "unknown_way"),
        ("sms,13800001111,,,13800001111", "unknown_way"),
        ("fcm_token,13800001111,,,x", "unknown_way"),
        ("wecom_parent,13899990000,,,x", "nobody"),
        ("wecom_parent,,,,x", "nobody"),
        ("wecom_parent,13900001111,,,x", "nobody"),
        ("wecom_parent,,20260301,,x", "not_for_them"),
        ("wecom_student,13800001111,,,x", "not_for_them"),
        ("email,,20260301,,ada@home.example", "not_for_them"),
        ("dingtalk_bot,13800001111,,,staff", "not_for_them"),
        ("wecom_bot,,,homeroom,elsewhere", "unknown_group"),
        ("email,13800001111,,,no-mail", "address_unreadable"),
        ("email,13800001111,,,a@b.example>", "address_unreadable"),
        ("wecom_parent,13800001111,,,two words", "address_unreadable"),
        ("wecom_parent,13800001111,,,", "address_unreadable"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_and_nothing_is_stored(
    session: Session, cast: Cast, take: Any, line: str, code: str
) -> None:
    report = take("way,telephone,student_number,login,address", "wecom_parent,13800002222,,,father_chen", line)
    assert [(each.line, each.code) for each in report.problems] == [(3, code)]
    assert (report.stored, addresses(session)) == (False, set())


def test_two_with_one_telephone_are_told_apart_by_name(session: Session, cast: Cast, take: Any) -> None:
    change(session, cast.father, telephone="13800001111")
    report = take("way,telephone,address", "wecom_parent,13800001111,x")
    assert [each.code for each in report.problems] == ["several_people"]
    report = take("way,telephone,name,address", "wecom_parent,13800001111,陈建国,father_chen")
    assert report.problems == []
    assert (cast.father.id, "wecom_parent", "father_chen", None) in addresses(session)


def test_one_person_has_one_address_a_way(session: Session, take: Any) -> None:
    report = take("way,telephone,address", "wecom_parent,13800001111,x", "wecom_parent,13800001111,y")
    assert [(each.line, each.code) for each in report.problems] == [(3, "two_addresses")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_header"),
        (b"who,what\n1,2", "no_header"),
        (b'way,telephone,address\n"x', "unreadable"),
        (b"\xff\xff\xff", "unreadable"),
    ],
)
def test_a_file_that_is_no_list_is_refused(
    session: Session, cast: Cast, clock: FrozenClock, content: bytes, code: str
) -> None:
    actor = Actor(kind=ActorKind.COMMAND, id=NOBODY, school_id=cast.shiyan.id, session_id=NOBODY, locale="en")
    report = import_contacts(
        session, actor=actor, school_id=cast.shiyan.id, content=content, group_names=GROUPS, now=clock.now()
    )
    assert [each.code for each in report.problems] == [code]


def test_a_dry_run_stores_nothing(session: Session, take: Any) -> None:
    report = take("way,telephone,address", "wecom_parent,13800001111,x", dry_run=True)
    assert (report.lines, report.stored, addresses(session)) == (1, False, set())


def test_another_school_keeps_its_own(session: Session, cast: Cast, take: Any, clock: FrozenClock) -> None:
    there = {(cast.zed_mother.id, AddressKind.WECOM_PARENT): "parent_lin"}
    assert cast.zed_mother.school_id is not None
    give_addresses(session, school_id=cast.zed_mother.school_id, given=there, now=clock.now())
    take("way,telephone,address", "wecom_parent,13800001111,parent_lin")
    assert (cast.zed_mother.id, "wecom_parent", "parent_lin", None) in addresses(session)


@pytest.mark.parametrize(("again", "reason"), [(False, "unsubscribed"), (True, None)])
def test_who_has_ended_the_letters_gets_them_again_only_where_the_list_says_so(
    session: Session, cast: Cast, take: Any, clock: FrozenClock, again: bool, reason: str | None
) -> None:
    lines = ("way,telephone,address", "email,13800001111,lin@home.example")
    take(*lines)
    where = (cast.shiyan.id, cast.mother.id, AddressKind.EMAIL)
    push_endpoints.turn_off(session, *where, reason="unsubscribed", now=clock.now())
    take(*lines, resubscribe=again)
    assert (cast.mother.id, "email", "lin@home.example", reason) in addresses(session)
