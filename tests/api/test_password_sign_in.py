"""Signing in with a name and a password, the forced change of a first one, and what a guesser learns."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from backend.clock import FrozenClock
from backend.services.actor import Actor, ActorKind
from backend.services.identity import passwords
from backend.services.staff.first_passwords import reset_password
from backend.storage.models import DistrictOfficer, Person, StaffPassword
from tests.api.conftest import Client
from tests.cast import FIRST_PASSWORD, PASSWORD, START, Cast

NEW_PASSWORD = "seven quiet herons"


def sign_in(client: Client, login: str, password: str = PASSWORD, **place: Any) -> TestResponse:
    return client.post("/auth/sessions", {"login": login, "password": password} | (place or {"school": "shiyan"}))


def test_a_teacher_signs_in_for_thirty_days(client: Client, cast: Cast) -> None:
    response = sign_in(client, "maths.teacher")

    assert response.status_code == 201
    body = response.get_json()
    assert (body["kind"], body["person_id"]) == ("staff", str(cast.maths_teacher.id))
    assert body["expires_at"] == "2026-12-17T10:30:00+00:00"
    assert client.as_(body["token"]).get("/me").get_json()["name"] == cast.maths_teacher.name


def test_a_districts_officer_signs_in_to_the_district(client: Client, cast: Cast) -> None:
    response = sign_in(client, "officer", district="yunhe")

    assert response.status_code == 201
    assert response.get_json()["kind"] == "district_officer"


def test_a_name_with_full_width_letters_and_spaces_around_is_the_same_name(client: Client) -> None:
    assert sign_in(client, " ｍaths.teacher ").status_code == 201


def test_unknown_school_name_and_password_look_the_same(client: Client, session: Session, cast: Cast) -> None:
    session.execute(sa.update(Person).where(Person.id == cast.english_teacher.id).values(left_at=START))
    session.commit()

    answers = [
        sign_in(client, "maths.teacher", "wrong password"),
        sign_in(client, "nobody"),
        sign_in(client, "maths.teacher", school="yucai"),
        sign_in(client, "maths.teacher", school="nowhere"),
        sign_in(client, "officer"),
        sign_in(client, "officer", district="linjiang"),
        sign_in(client, "english.teacher"),
    ]

    assert {response.status_code for response in answers} == {401}
    assert {response.get_json()["code"] for response in answers} == {"credentials_refused"}
    assert {response.get_json()["detail"] for response in answers} == {answers[0].get_json()["detail"]}


def test_a_password_given_anew_by_command_signs_every_device_out(
    client: Client, session: Session, cast: Cast, clock: FrozenClock
) -> None:
    token = sign_in(client, "maths.teacher").get_json()["token"]
    command = Actor(
        kind=ActorKind.COMMAND,
        id=uuid.UUID(int=0),
        school_id=cast.shiyan.id,
        session_id=uuid.UUID(int=0),
        locale="zh-CN",
    )
    reset_password(session, actor=command, school_id=cast.shiyan.id, login="maths.teacher", now=clock.now())
    session.commit()

    answer = client.as_(token).get("/me")
    assert (answer.status_code, answer.get_json()["code"]) == (401, "session_revoked")


def test_an_unknown_name_costs_the_same_work(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []
    real = passwords.verify_password
    monkeypatch.setattr(
        "backend.services.identity.password_sign_in.verify_password",
        lambda stored, password: asked.append(stored) or real(stored, password),
    )
    sign_in(client, "nobody")

    assert asked == [None]


def test_nobody_waits_for_the_database_while_a_password_is_hashed(
    client: Client, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []

    def slow(stored: str | None, password: str) -> bool:
        with engine.begin() as connection:
            done = connection.execute(sa.text("UPDATE schools SET hide_titles = hide_titles"))
            written.append(done.rowcount)
        return True

    monkeypatch.setattr("backend.services.identity.password_sign_in.verify_password", slow)

    assert sign_in(client, "maths.teacher").status_code == 201
    assert written == [2]


@pytest.mark.parametrize("who", ["homeroom", "officer"])
@pytest.mark.parametrize("does", ["signs in", "changes it"])
def test_a_password_that_is_reset_while_it_is_hashed_opens_and_changes_nothing(
    client: Client, cast: Cast, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, who: str, does: str
) -> None:
    model = DistrictOfficer if who == "officer" else StaffPassword

    def reset_meanwhile(stored: str | None, password: str) -> bool:
        with engine.begin() as connection:
            connection.execute(sa.update(model).values(password_hash="another", must_change=True))
        return True

    monkeypatch.setattr("backend.services.identity.password_sign_in.verify_password", reset_meanwhile)
    place = {"district": "yunhe"} if who == "officer" else {"school": "shiyan"}
    change = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
    person = client.as_(getattr(cast, who))
    answer = sign_in(client, who, **place) if does == "signs in" else person.put("/me/password", change)

    assert answer.status_code == (401 if does == "signs in" else 422)
    with engine.begin() as connection:
        assert set(connection.scalars(sa.select(model.password_hash))) == {"another"}


def test_after_ten_wrong_passwords_the_right_one_has_to_wait(client: Client, clock: FrozenClock) -> None:
    assert {sign_in(client, "homeroom", f"guess {n}").status_code for n in range(10)} == {401}

    waiting = sign_in(client, "homeroom")
    assert (waiting.status_code, waiting.headers["Retry-After"]) == (429, "901")
    assert sign_in(client, "maths.teacher").status_code == 201
    clock.advance(minutes=15)
    assert sign_in(client, "homeroom").status_code == 201


def test_a_name_that_nobody_has_waits_just_the_same(client: Client) -> None:
    answers = [sign_in(client, "nobody", f"guess {n}").status_code for n in range(11)]

    assert answers == [401] * 10 + [429]


def test_signing_in_forgives_earlier_mistakes(client: Client) -> None:
    for _ in range(3):
        assert {sign_in(client, "homeroom", f"guess {n}").status_code for n in range(9)} == {401}
        assert sign_in(client, "homeroom").status_code == 201


def test_success_does_not_use_up_the_addresss_tries(client: Client) -> None:
    for _ in range(12):
        assert sign_in(client, "homeroom").status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        {"login": "homeroom", "password": PASSWORD},
        {"login": "homeroom", "password": PASSWORD, "school": "shiyan", "district": "yunhe"},
        {"login": "homeroom", "password": "", "school": "shiyan"},
        {"login": "homeroom", "password": "x" * 201, "school": "shiyan"},
        {"login": "", "password": PASSWORD, "school": "shiyan"},
        {"login": "homeroom", "password": None, "school": "shiyan"},
    ],
)
def test_credentials_that_are_none_are_refused_by_their_fields(client: Client, body: dict[str, Any]) -> None:
    response = client.post("/auth/sessions", body)

    assert response.status_code == 422
    assert response.get_json()["errors"]


def test_with_a_first_password_everything_else_waits_for_its_change(client: Client, cast: Cast) -> None:
    signed_in = sign_in(client, "new.teacher", FIRST_PASSWORD).get_json()
    teacher = client.as_(signed_in["token"])

    assert signed_in["must_change_password"] is True
    for path in ("/me", "/me/sessions", "/me/reminders", f"/classes/{cast.class_31.id}/plan"):
        refused = teacher.get(path)
        assert (refused.status_code, refused.get_json()["code"]) == (403, "password_change_required")
    changed = teacher.put("/me/password", {"old_password": FIRST_PASSWORD, "new_password": NEW_PASSWORD})
    assert changed.status_code == 204
    assert teacher.get("/me").status_code == 200
    assert sign_in(client, "new.teacher", FIRST_PASSWORD).status_code == 401
    assert sign_in(client, "new.teacher", NEW_PASSWORD).get_json()["must_change_password"] is False


def test_with_a_first_password_one_can_still_sign_out(client: Client, cast: Cast) -> None:
    assert client.as_(cast.new_teacher).delete("/auth/sessions/current").status_code == 204


def test_a_change_of_password_signs_every_other_device_out(client: Client, cast: Cast) -> None:
    elsewhere = sign_in(client, "homeroom").get_json()["token"]
    here = client.as_(cast.homeroom)

    assert here.put("/me/password", {"old_password": PASSWORD, "new_password": NEW_PASSWORD}).status_code == 204
    assert here.get("/me").status_code == 200
    assert client.as_(elsewhere).get("/me").get_json()["code"] == "session_revoked"


def test_an_officer_changes_the_own_password(client: Client, cast: Cast) -> None:
    changed = client.as_(cast.officer).put("/me/password", {"old_password": PASSWORD, "new_password": NEW_PASSWORD})

    assert changed.status_code == 204
    assert sign_in(client, "officer", NEW_PASSWORD, district="yunhe").status_code == 201
    assert sign_in(client, "officer", district="yunhe").status_code == 401


@pytest.mark.parametrize(
    ("new_password", "code"),
    [
        ("nine lett", "password_too_short"),
        (PASSWORD, "password_unchanged"),
        ("MATHS.teacher", "password_is_login"),
        ("Password2026", "password_common"),
    ],
)
def test_a_weak_password_is_refused_in_words(client: Client, cast: Cast, new_password: str, code: str) -> None:
    change = {"old_password": PASSWORD, "new_password": new_password}
    response = client.as_(cast.maths_teacher).put("/me/password", change)

    assert (response.status_code, response.get_json()["code"]) == (422, "password_too_weak")
    assert [(error["path"], error["code"]) for error in response.get_json()["errors"]] == [("new_password", code)]
    assert sign_in(client, "maths.teacher").status_code == 201


def test_the_old_password_is_asked_and_guesses_at_it_are_counted(client: Client, cast: Cast) -> None:
    teacher = client.as_(cast.maths_teacher)
    change = {"old_password": "not this one", "new_password": NEW_PASSWORD}
    wrong = teacher.put("/me/password", change)

    assert (wrong.status_code, wrong.get_json()["errors"][0]["code"]) == (422, "wrong_password")
    assert [teacher.put("/me/password", change).status_code for _ in range(10)] == [422] * 9 + [429]


def test_families_have_no_password(client: Client, cast: Cast) -> None:
    change = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}

    assert client.as_(cast.mother).put("/me/password", change).status_code == 404


def test_passwords_are_stored_as_argon2id_of_19_mebibytes(client: Client, cast: Cast, session: Session) -> None:
    client.as_(cast.homeroom).put("/me/password", {"old_password": PASSWORD, "new_password": NEW_PASSWORD})

    stored = session.scalars(
        sa.select(StaffPassword.password_hash).where(StaffPassword.person_id == cast.homeroom.id)
    ).one()
    assert re.match(r"\$argon2id\$v=19\$m=19456,t=2,p=1\$", stored)
    assert NEW_PASSWORD not in stored
