"""One-time codes below HTTP: what is stored, and two phones at once."""

from __future__ import annotations

import datetime as dt
import threading
import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.errors import ClaimRefused, NotFound
from backend.services.actor import Actor, ActorKind
from backend.services.identity.sessions import SignedIn
from backend.services.identity.signing_in import (
    ALPHABET,
    claim,
    code_hash,
    issue_claim,
    make_claim,
    make_code,
    normalise_code,
)
from backend.storage.engine import session_factory
from backend.storage.models import AuditEvent, Claim
from tests.cast import START, Cast

SECRET_KEY = "a secret key that only the tests know, 48 bytes"


def printer(cast: Cast) -> Actor:
    return Actor(ActorKind.COMMAND, cast.office.id, cast.shiyan.id, uuid.uuid4())


def claim_ada(session: Session, code: str) -> SignedIn:
    return claim(
        session,
        code=code,
        telephone_last_four=None,
        installation_id=uuid.uuid4(),
        device_name="",
        address="192.0.2.7",
        secret_key=SECRET_KEY,
        now=START,
    )


def test_a_code_has_eight_signs_that_are_not_mistaken_for_one_another() -> None:
    codes = {make_code() for _ in range(200)}

    assert len(codes) == 200
    assert all(len(normalise_code(code)) == 8 and set(normalise_code(code)) <= set(ALPHABET) for code in codes)
    assert not set("01OIL") & set(ALPHABET)


def test_another_installations_secret_gives_another_hash() -> None:
    assert code_hash("K7QM-3XRA", secret_key=SECRET_KEY) != code_hash("K7QM-3XRA", secret_key=SECRET_KEY[::-1])
    assert code_hash("K7QM-3XRA", secret_key=SECRET_KEY) == code_hash("k7qm 3xra", secret_key=SECRET_KEY)


def test_the_command_prints_slips_for_sixty_days_as_nobody(session: Session, cast: Cast) -> None:
    code, expires_at = issue_claim(
        session, actor=printer(cast), person_id=cast.ada.id, secret_key=SECRET_KEY, now=START
    )
    session.commit()

    row = session.scalars(sa.select(Claim)).one()
    assert (row.issued_by, row.expires_at) == (None, expires_at)
    assert expires_at == START + dt.timedelta(days=60)
    assert row.code_hash == code_hash(code, secret_key=SECRET_KEY)
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "claim.issued")).one()
    assert code not in repr(event.details)


def test_staff_get_no_slip(session: Session, cast: Cast) -> None:
    with pytest.raises(NotFound):
        issue_claim(session, actor=printer(cast), person_id=cast.homeroom.id, secret_key=SECRET_KEY, now=START)


def test_of_two_phones_that_claim_one_code_at_once_only_one_is_signed_in(
    engine: sa.Engine, session: Session, cast: Cast
) -> None:
    code = make_claim(session, actor=printer(cast), person_id=cast.ada.id, secret_key=SECRET_KEY, now=START)
    session.commit()
    answers: list[object] = []

    def second() -> None:
        with session_factory(engine)() as other:
            try:
                answers.append(claim_ada(other, code))
            except ClaimRefused as refused:
                answers.append(refused.code)
            other.commit()

    claim_ada(session, code)
    phone = threading.Thread(target=second)
    phone.start()
    phone.join(timeout=0.3)
    assert phone.is_alive()
    session.commit()
    phone.join(timeout=10)

    assert answers == ["claim_refused"]
