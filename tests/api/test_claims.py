"""Signing in with a one-time code: what fits, what does not, and what a guesser learns."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from backend.clock import FrozenClock
from backend.services.actor import Actor, ActorKind
from backend.services.identity.signing_in import make_claim
from backend.storage.models import AuthSession, Claim, Person
from tests.api.conftest import SECRET_KEY, Client
from tests.cast import START, Cast, Holder

PHONE = "0193f2a0-0000-7000-8000-000000000001"
OTHER_PHONE = "0193f2a0-0000-7000-8000-000000000002"


@pytest.fixture
def slip(session: Session, cast: Cast) -> Callable[[Holder], str]:
    """Prints a slip for one of the cast and returns its code."""

    def made(holder: Holder) -> str:
        assert holder.school_id is not None
        printer = Actor(ActorKind.COMMAND, cast.office.id, holder.school_id, uuid.uuid4())
        code = make_claim(session, actor=printer, person_id=holder.id, secret_key=SECRET_KEY, now=START)
        session.commit()
        return code

    return made


Slip = Callable[[Holder], str]


def claim(client: Client, code: str, *, phone: str = PHONE, last_four: str | None = None, **more: Any) -> TestResponse:
    return client.post(
        "/auth/claims", {"code": code, "telephone_last_four": last_four, "installation_id": phone} | more
    )


def without_request_id(response: TestResponse) -> dict[str, Any]:
    return {name: value for name, value in response.get_json().items() if name != "request_id"}


def test_a_student_signs_in_with_the_code_alone(client: Client, cast: Cast, slip: Slip) -> None:
    response = claim(client, slip(cast.ada), device_name="Ada's phone")

    assert response.status_code == 201
    body = response.get_json()
    assert (body["kind"], body["person_id"], body["must_change_password"]) == ("student", str(cast.ada.id), False)
    assert body["expires_at"] == "2027-05-16T10:30:00+00:00"
    assert client.as_(body["token"]).get("/me").get_json()["name"] == cast.ada.name


def test_a_guardian_signs_in_with_the_last_four_digits_of_the_roster(client: Client, cast: Cast, slip: Slip) -> None:
    response = claim(client, slip(cast.mother), last_four="1111")

    assert response.status_code == 201
    assert response.get_json()["kind"] == "guardian"


def test_a_guardian_without_a_telephone_in_the_roster_is_not_asked(
    client: Client, cast: Cast, slip: Slip, session: Session
) -> None:
    session.execute(sa.update(Person).where(Person.id == cast.father.id).values(telephone=None))
    session.commit()

    assert claim(client, slip(cast.father)).status_code == 201


@pytest.mark.parametrize(
    "written", [str.lower, lambda code: f" {code.replace('-', ' — ')} ", lambda c: c.replace("-", "")]
)
def test_a_code_is_taken_in_any_writing(client: Client, cast: Cast, slip: Slip, written: Callable[[str], str]) -> None:
    assert claim(client, written(slip(cast.ada))).status_code == 201


def test_full_width_signs_of_a_chinese_keyboard_are_the_same_code(client: Client, cast: Cast, slip: Slip) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in slip(cast.ada))

    assert claim(client, wide).status_code == 201


def test_every_reason_for_refusing_looks_the_same(
    client: Client, cast: Cast, slip: Slip, clock: FrozenClock, session: Session
) -> None:
    used, wrong_digits, expired, revoked, left = (
        slip(holder) for holder in (cast.ada, cast.mother, cast.finn, cast.ben, cast.cleo)
    )
    assert claim(client, used).status_code == 201
    slip(cast.ben)
    session.execute(sa.update(Claim).where(Claim.person_id == cast.finn.id).values(expires_at=START))
    session.execute(sa.update(Person).where(Person.id == cast.cleo.id).values(left_at=START))
    session.commit()

    answers = [
        claim(client, used, phone=OTHER_PHONE),
        claim(client, wrong_digits, last_four="2222"),
        claim(client, wrong_digits),
        claim(client, expired),
        claim(client, revoked),
        claim(client, left),
        claim(client, "ZZZZ-ZZZZ"),
        claim(client, "，。"),
    ]

    assert {response.status_code for response in answers} == {401}
    assert all(without_request_id(response) == without_request_id(answers[0]) for response in answers)
    assert answers[0].get_json()["code"] == "claim_refused"


def test_a_phone_that_lost_the_answer_asks_again_and_the_first_token_ends(
    client: Client, cast: Cast, slip: Slip, clock: FrozenClock
) -> None:
    code = slip(cast.mother)
    first = claim(client, code, last_four="1111").get_json()["token"]
    clock.advance(minutes=9)

    again = claim(client, code, last_four="1111")

    assert again.status_code == 201
    assert client.as_(first).get("/me").get_json()["code"] == "session_revoked"
    assert client.as_(again.get_json()["token"]).get("/me").status_code == 200


def test_asking_again_still_needs_the_digits_and_the_same_phone_and_ends_after_ten_minutes(
    client: Client, cast: Cast, slip: Slip, clock: FrozenClock
) -> None:
    code = slip(cast.mother)
    claim(client, code, last_four="1111")

    assert claim(client, code, last_four="9999").status_code == 401
    assert claim(client, code, last_four="1111", phone=OTHER_PHONE).status_code == 401
    clock.advance(minutes=11)
    assert claim(client, code, last_four="1111").status_code == 401


def test_a_code_that_was_signed_out_of_does_not_open_again(client: Client, cast: Cast, slip: Slip) -> None:
    code = slip(cast.ada)
    token = claim(client, code).get_json()["token"]
    client.as_(token).delete("/auth/sessions/current")

    assert claim(client, code).status_code == 401


def test_after_five_wrong_guesses_the_digits_are_not_even_read_for_a_quarter_of_an_hour(
    client: Client, cast: Cast, slip: Slip, clock: FrozenClock
) -> None:
    code = slip(cast.mother)
    for guess in range(5):
        assert claim(client, code, last_four=f"900{guess}").status_code == 401

    waiting = claim(client, code, last_four="1111")
    assert (waiting.status_code, waiting.get_json()["code"]) == (429, "too_many_attempts")
    assert waiting.headers["Retry-After"] == "901"
    clock.advance(minutes=15)
    assert claim(client, code, last_four="1111").status_code == 201


def test_each_further_wrong_guess_doubles_the_wait(client: Client, cast: Cast, slip: Slip, clock: FrozenClock) -> None:
    code = slip(cast.mother)
    for guess in range(5):
        claim(client, code, last_four=f"900{guess}")
    clock.advance(minutes=15)
    assert claim(client, code, last_four="9005").status_code == 401

    clock.advance(minutes=29)
    assert claim(client, code, last_four="1111").status_code == 429
    clock.advance(minutes=1)
    assert claim(client, code, last_four="1111").status_code == 201


def test_guessing_at_a_code_that_does_not_exist_waits_just_the_same(client: Client) -> None:
    answers = [claim(client, "AAAA-AAAA").status_code for _ in range(6)]

    assert answers == [401] * 5 + [429]


def test_an_address_is_given_more_than_a_class_needs_but_not_endless_guesses(
    client: Client, cast: Cast, slip: Slip, clock: FrozenClock
) -> None:
    code = slip(cast.ada)
    letters = "ABCDEFGHJK"
    guesses = [f"{one}{two}AA-AAAA" for one in letters for two in letters]

    assert {claim(client, guess).status_code for guess in guesses[:99]} == {401}
    assert claim(client, slip(cast.finn)).status_code == 201
    assert claim(client, guesses[99]).status_code == 401
    assert claim(client, code).status_code == 429
    clock.advance(minutes=16)
    assert claim(client, code).status_code == 201


def test_a_guardian_binds_the_own_childs_phone_for_an_hour(client: Client, cast: Cast, clock: FrozenClock) -> None:
    issued = client.as_(cast.mother).post(f"/students/{cast.emil.id}/claims")

    assert issued.status_code == 201
    assert issued.get_json()["expires_at"] == "2026-11-17T11:30:00+00:00"
    clock.advance(minutes=59)
    assert claim(client, issued.get_json()["code"]).get_json()["person_id"] == str(cast.emil.id)


def test_a_childs_code_is_worthless_after_the_hour(client: Client, cast: Cast, clock: FrozenClock) -> None:
    code = client.as_(cast.mother).post(f"/students/{cast.emil.id}/claims").get_json()["code"]
    clock.advance(hours=1)

    assert claim(client, code).status_code == 401


@pytest.mark.parametrize("who", ["father", "homeroom_11", "office"])
def test_slips_are_renewed_by_those_who_may(client: Client, cast: Cast, who: str) -> None:
    student = cast.ada if who == "father" else cast.emil

    assert client.as_(getattr(cast, who)).post(f"/students/{student.id}/claims").status_code == 201


@pytest.mark.parametrize(
    "who", ["ben_mother", "grandfather", "dora_mother", "maths_teacher", "homeroom_32", "grade_head", "other_office"]
)
def test_nobody_else_gets_a_code_for_a_child_and_cannot_tell_that_the_child_exists(
    client: Client, cast: Cast, who: str
) -> None:
    refused = client.as_(getattr(cast, who)).post(f"/students/{cast.ada.id}/claims")
    unknown = client.as_(getattr(cast, who)).post(f"/students/{uuid.uuid4()}/claims")

    assert refused.status_code == unknown.status_code == 404
    assert without_request_id(refused) == without_request_id(unknown)


@pytest.mark.parametrize("who", ["ada", "officer"])
def test_students_and_officers_make_no_codes(client: Client, cast: Cast, who: str) -> None:
    assert client.as_(getattr(cast, who)).post(f"/students/{cast.ada.id}/claims").status_code == 404


def test_the_homeroom_teacher_renews_a_guardians_slip_and_the_old_one_ends(
    client: Client, cast: Cast, slip: Slip
) -> None:
    old = slip(cast.father)
    new = client.as_(cast.homeroom).post(f"/guardians/{cast.father.id}/claims").get_json()["code"]

    assert claim(client, old, last_four="2222").status_code == 401
    assert claim(client, new, last_four="2222").status_code == 201


@pytest.mark.parametrize("who", ["homeroom_32", "maths_teacher", "other_homeroom"])
def test_a_guardians_slip_is_nobody_elses_to_renew(client: Client, cast: Cast, who: str) -> None:
    assert client.as_(getattr(cast, who)).post(f"/guardians/{cast.father.id}/claims").status_code == 404


def test_a_former_guardians_slip_is_not_renewed_by_the_homeroom_teacher(client: Client, cast: Cast) -> None:
    assert client.as_(cast.homeroom).post(f"/guardians/{cast.grandfather.id}/claims").status_code == 404


def test_only_hashes_are_stored(client: Client, cast: Cast, slip: Slip, session: Session) -> None:
    code = slip(cast.ada)
    token = claim(client, code).get_json()["token"]

    stored = repr(
        session.execute(sa.select(Claim.code_hash)).all() + session.execute(sa.select(AuthSession.token_hash)).all()
    )
    assert code not in stored
    assert code.replace("-", "") not in stored
    assert token not in stored


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"code": "ABCD-EFGH"},
        {"code": "ABCD-EFGH", "installation_id": "no uuid"},
        {"code": 5, "installation_id": PHONE},
        {"code": "A" * 41, "installation_id": PHONE},
        {"code": "A\0B", "installation_id": PHONE},
        {"code": "ABCD-EFGH", "installation_id": PHONE, "person_id": PHONE},
        {"code": "ABCD-EFGH", "installation_id": PHONE, "device_name": "x" * 101},
    ],
)
def test_a_claim_that_is_no_claim_is_refused_by_its_fields(client: Client, body: dict[str, Any]) -> None:
    response = client.post("/auth/claims", body)

    assert response.status_code == 422
    assert response.get_json()["errors"]
