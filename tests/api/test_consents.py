"""Consent before the first entry: who decides, what a decision does, who is told."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from backend.clock import FrozenClock
from backend.domain.policy import Stage
from backend.services.rights.consents import recompute_may_write
from backend.storage.models import AuditEvent, Class, Consent, Enrolment, Guardianship, OutboxRow, Student
from mobile_api.consent_text import SECTIONS
from tests.api.conftest import Client
from tests.cast import CONSENT_VERSION, START, Cast, Holder


def decide(client: Client, who: Holder, student: Holder, decision: str, version: str = CONSENT_VERSION) -> TestResponse:
    return client.as_(who).put(f"/students/{student.id}/consent", {"decision": decision, "text_version": version})


def may_write(session: Session, student: Holder) -> bool:
    session.rollback()
    return bool(session.scalar(sa.select(Student.may_write).where(Student.id == student.id)))


def put_an_entry(client: Client, who: Holder, student: Holder) -> TestResponse:
    body: dict[str, Any] = {
        "base_version": None,
        "installation_id": str(uuid.uuid4()),
        "revision": 1,
        "assignment_id": None,
        "title": "练字",
        "outcome": "finished",
        "segments": [{"started_at": "2026-11-17T18:00:00+08:00", "finished_at": "2026-11-17T18:20:00+08:00"}],
    }
    return client.as_(who).put(f"/students/{student.id}/nights/2026-11-17/entries/{uuid.uuid4()}", body)


def test_nothing_is_recorded_before_a_guardian_has_agreed_and_then_it_is(
    client: Client, cast: Cast, session: Session
) -> None:
    before = put_an_entry(client, cast.dora, cast.dora)
    assert (before.status_code, before.get_json()["code"]) == (403, "consent_required")

    granted = decide(client, cast.dora_mother, cast.dora, "granted")

    assert granted.status_code == 200
    assert granted.get_json() == {
        "student_id": str(cast.dora.id),
        "state": "granted",
        "needed": True,
        "may_write": True,
        "text_version": CONSENT_VERSION,
        "own_decision": "granted",
        "decided_at": "2026-11-17T10:30:00+00:00",
    }
    assert put_an_entry(client, cast.dora, cast.dora).status_code == 200


def test_a_refusal_leaves_everything_as_it_was(client: Client, cast: Cast, session: Session) -> None:
    refused = decide(client, cast.dora_mother, cast.dora, "refused").get_json()

    assert (refused["state"], refused["may_write"]) == ("refused", False)
    assert not may_write(session, cast.dora)


def test_one_guardian_suffices_and_the_others_refusal_does_not_undo_it(
    client: Client, cast: Cast, session: Session
) -> None:
    assert decide(client, cast.father, cast.ada, "refused").get_json()["may_write"] is True
    assert may_write(session, cast.ada)


def test_one_guardians_withdrawal_stops_new_entries_and_the_same_guardian_can_grant_again(
    client: Client, cast: Cast, clock: FrozenClock
) -> None:
    withdrawn = decide(client, cast.father, cast.ada, "withdrawn").get_json()

    assert (withdrawn["state"], withdrawn["may_write"]) == ("withdrawn", False)
    assert put_an_entry(client, cast.mother, cast.ada).status_code == 403
    clock.advance(minutes=1)
    assert decide(client, cast.mother, cast.ada, "granted").get_json()["may_write"] is False
    clock.advance(minutes=1)
    assert decide(client, cast.father, cast.ada, "granted").get_json()["may_write"] is True
    assert put_an_entry(client, cast.mother, cast.ada).status_code == 200


def test_a_withdrawal_is_told_to_the_other_guardians_and_the_office_and_nobody_else(
    client: Client, cast: Cast, session: Session
) -> None:
    decide(client, cast.father, cast.ada, "withdrawn")

    rows = session.scalars(sa.select(OutboxRow)).all()
    assert {row.recipient_id for row in rows} == {cast.mother.id, cast.office.id}
    assert {(row.code, row.subject_id) for row in rows} == {("consent_withdrawn", cast.ada.id)}
    for told in (cast.mother, cast.office):
        message = client.as_(told).get("/me/inbox").get_json()["items"][0]
        assert (message["code"], message["student_id"]) == ("consent_withdrawn", str(cast.ada.id))
    assert client.as_(cast.father).get("/me/inbox").get_json()["items"] == []


def test_the_same_decision_twice_is_one(client: Client, cast: Cast, session: Session, clock: FrozenClock) -> None:
    for _ in range(2):
        assert decide(client, cast.father, cast.ada, "withdrawn").status_code == 200
        clock.advance(minutes=5)

    assert session.scalar(sa.select(sa.func.count()).where(Consent.guardian_id == cast.father.id)) == 1
    assert session.scalar(sa.select(sa.func.count()).where(AuditEvent.action == "consent.withdrawn")) == 1


def test_decisions_are_added_and_never_changed(
    client: Client, cast: Cast, session: Session, clock: FrozenClock
) -> None:
    for decision in ("granted", "withdrawn", "granted"):
        decide(client, cast.dora_mother, cast.dora, decision)
        clock.advance(minutes=1)

    rows = session.scalars(sa.select(Consent).where(Consent.student_id == cast.dora.id).order_by(Consent.decided_at))
    assert [row.decision.value for row in rows] == ["granted", "withdrawn", "granted"]


def test_every_decision_is_audited_without_a_name(client: Client, cast: Cast, session: Session) -> None:
    decide(client, cast.dora_mother, cast.dora, "granted")

    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.student_id == cast.dora.id)).one()
    assert (event.action, event.actor_id, event.actor_kind) == ("consent.granted", cast.dora_mother.id, "guardian")
    assert event.details == {"text_version": CONSENT_VERSION}


@pytest.mark.parametrize("who", ["ben_mother", "grandfather", "zed_mother"])
def test_another_familys_child_is_an_unknown_child(client: Client, cast: Cast, who: str, session: Session) -> None:
    refused = decide(client, getattr(cast, who), cast.ada, "withdrawn")

    assert refused.status_code == 404
    assert client.as_(getattr(cast, who)).get(f"/students/{cast.ada.id}/consent").status_code == 404
    assert may_write(session, cast.ada)


@pytest.mark.parametrize("who", ["ada", "homeroom", "office", "officer"])
def test_only_guardians_decide(client: Client, cast: Cast, who: str) -> None:
    assert decide(client, getattr(cast, who), cast.ada, "granted").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"decision": "granted"},
        {"decision": "maybe", "text_version": CONSENT_VERSION},
        {"decision": "granted", "text_version": "1999-01"},
        {"decision": "granted", "text_version": CONSENT_VERSION, "guardian_id": str(uuid.uuid4())},
    ],
)
def test_a_decision_that_is_none_is_refused(client: Client, cast: Cast, body: dict[str, Any]) -> None:
    assert client.as_(cast.dora_mother).put(f"/students/{cast.dora.id}/consent", body).status_code == 422


def test_the_text_says_in_both_languages_what_it_has_to_say(client: Client, cast: Cast) -> None:
    consent = client.as_(cast.dora_mother).get(f"/students/{cast.dora.id}/consent").get_json()

    assert [text["locale"] for text in consent["texts"]] == ["zh-CN", "en"]
    for text in consent["texts"]:
        assert text["version"] == consent["text_version"] == CONSENT_VERSION
        assert [section["code"] for section in text["sections"]] == list(SECTIONS)
        assert cast.shiyan.name in text["title"]
        assert "{" not in repr([section["body"] for section in text["sections"]])
    needed = {"purpose", "place", "term", "responsible", "complaint", "deletion", "refusal"}
    assert needed <= set(SECTIONS)


def test_the_student_may_read_the_text_too(client: Client, cast: Cast) -> None:
    consent = client.as_(cast.ada).get(f"/students/{cast.ada.id}/consent").get_json()

    assert (consent["state"], consent["own_decision"]) == ("granted", None)


@pytest.mark.parametrize(
    ("grade", "until", "needed"),
    [
        (10, dt.date(2026, 11, 1), False),
        (10, dt.date(2026, 12, 1), True),
        (10, None, True),
        (9, dt.date(2026, 11, 1), True),
    ],
)
def test_from_senior_high_on_and_known_to_be_14_nobody_is_asked(
    client: Client, cast: Cast, session: Session, grade: int, until: dt.date | None, needed: bool
) -> None:
    stage = Stage.senior if grade > 9 else Stage.junior
    session.execute(sa.update(Class).where(Class.id == cast.class_71.id).values(grade=grade, stage=stage))
    session.execute(sa.update(Student).where(Student.id == cast.cleo.id).values(under_14_until=until))
    session.execute(sa.delete(Consent).where(Consent.student_id == cast.cleo.id))
    recompute_may_write(session, school_id=cast.shiyan.id, student_ids=[cast.cleo.id], now=START)
    session.commit()

    consent = client.as_(cast.cleo_mother).get(f"/students/{cast.cleo.id}/consent").get_json()
    assert (consent["needed"], consent["may_write"]) == (needed, not needed)
    assert may_write(session, cast.cleo) is not needed


def test_what_a_former_guardian_decided_counts_no_more(client: Client, cast: Cast, session: Session) -> None:
    decide(client, cast.father, cast.ada, "withdrawn")
    session.execute(sa.update(Guardianship).where(Guardianship.guardian_id == cast.father.id).values(ended_at=START))
    recompute_may_write(session, school_id=cast.shiyan.id, student_ids=[cast.ada.id, cast.emil.id], now=START)
    session.commit()

    assert may_write(session, cast.ada)
    assert may_write(session, cast.emil)


def test_consent_for_one_child_is_none_for_the_sibling(client: Client, cast: Cast, session: Session) -> None:
    decide(client, cast.mother, cast.emil, "withdrawn")

    assert not may_write(session, cast.emil)
    assert may_write(session, cast.ada)


def test_a_student_of_no_class_is_asked_like_one_of_unknown_age(client: Client, cast: Cast, session: Session) -> None:
    session.execute(sa.delete(Enrolment).where(Enrolment.student_id == cast.cleo.id))
    session.commit()

    consent = client.as_(cast.cleo_mother).get(f"/students/{cast.cleo.id}/consent").get_json()
    assert (consent["needed"], consent["may_write"]) == (True, True)
    child = client.as_(cast.cleo_mother).get("/me").get_json()["students"][0]
    assert (child["class"], child["consent"]["needed"]) == (None, True)
