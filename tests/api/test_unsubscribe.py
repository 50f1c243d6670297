"""The link in a letter: opening it changes nothing, posting it ends the letters; a link that is not ours is unknown."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from backend.clock import FrozenClock
from backend.services.reminders.contacts import installation_of
from backend.services.reminders.unsubscribing import token_of
from backend.storage.models import AddressKind, PushEndpoint
from tests.api.conftest import SECRET_KEY
from tests.cast import START, Cast, Holder


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    """A mail program without a sign-in."""
    return app.test_client()


def put(engine: sa.Engine, person: Holder, kind: AddressKind, address: str) -> None:
    row = {"school_id": person.school_id, "person_id": person.id, "kind": kind, "address": address, "keys": {}}
    with engine.begin() as connection:
        added = {"installation_id": installation_of(kind, address), "registered_at": START}
        connection.execute(sa.insert(PushEndpoint).values(**row, **added))


def off(engine: sa.Engine) -> dict[str, str | None]:
    with engine.begin() as connection:
        rows = connection.execute(sa.select(PushEndpoint.address, PushEndpoint.disabled_reason))
        return {row.address: row.disabled_reason for row in rows}


@pytest.fixture
def mail(engine: sa.Engine, cast: Cast) -> str:
    """Ada's parents share a mailbox, her mother has a telephone too; the token of the mother's letters."""
    put(engine, cast.mother, AddressKind.EMAIL, "mother@home.example")
    put(engine, cast.mother, AddressKind.SMS, "13800138000")
    put(engine, cast.father, AddressKind.EMAIL, "father@home.example")
    assert cast.mother.school_id is not None
    return token_of(SECRET_KEY, school_id=cast.mother.school_id, person_id=cast.mother.id)


def test_opening_the_link_shows_a_form_and_ends_nothing(browser: FlaskClient, engine: sa.Engine, mail: str) -> None:
    answer = browser.get(f"/unsubscribe/{mail}", headers={"Accept-Language": "zh-CN"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert f'<form method="post" action="/unsubscribe/{mail}">' in text
    assert "不再接收邮件提醒" in text
    assert set(off(engine).values()) == {None}
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("body", [{"List-Unsubscribe": "One-Click"}, {}])
def test_posting_it_ends_this_persons_letters_at_once_and_nothing_else(
    browser: FlaskClient, engine: sa.Engine, mail: str, body: dict[str, str]
) -> None:
    answer = browser.post(f"/unsubscribe/{mail}", data=body, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert "No more e-mails" in answer.get_data(as_text=True)
    assert off(engine) == {"mother@home.example": "unsubscribed", "13800138000": None, "father@home.example": None}


def test_the_same_twice_is_once(browser: FlaskClient, engine: sa.Engine, mail: str) -> None:
    first, second = (browser.post(f"/unsubscribe/{mail}") for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.data == second.data


def test_it_says_nobodys_name_and_address(browser: FlaskClient, cast: Cast, mail: str) -> None:
    for answer in (browser.get(f"/unsubscribe/{mail}"), browser.post(f"/unsubscribe/{mail}")):
        text = answer.get_data(as_text=True)
        assert cast.mother.name not in text
        assert "home.example" not in text
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-2] + ("AA" if token[-2:] != "AA" else "BB"),
        lambda token: token[:40],
        lambda token: "x",
        lambda token: "é" * 64,
        lambda token: token + "AAAA",
    ],
    ids=["another signature", "cut off", "a letter", "no base64", "more"],
)
def test_a_link_that_is_not_ours_ends_nothing_and_is_unknown(
    browser: FlaskClient, engine: sa.Engine, mail: str, change: Callable[[str], str]
) -> None:
    for answer in (browser.get(f"/unsubscribe/{change(mail)}"), browser.post(f"/unsubscribe/{change(mail)}")):
        assert answer.status_code == 404
    assert set(off(engine).values()) == {None}


def test_a_token_of_another_installation_or_person_is_not_ours(
    browser: FlaskClient, engine: sa.Engine, cast: Cast, mail: str
) -> None:
    school_id = cast.mother.school_id or uuid.UUID(int=0)
    elsewhere = token_of("another-installations-secret-key-0123456789", school_id=school_id, person_id=cast.mother.id)
    assert browser.post(f"/unsubscribe/{elsewhere}").status_code == 404
    unknown = token_of(SECRET_KEY, school_id=school_id, person_id=uuid.UUID(int=9))
    assert browser.post(f"/unsubscribe/{unknown}").status_code == 200
    assert set(off(engine).values()) == {None}


def test_a_letter_from_years_ago_still_ends_them(
    browser: FlaskClient, engine: sa.Engine, mail: str, clock: FrozenClock
) -> None:
    clock.advance(days=900)
    assert browser.post(f"/unsubscribe/{mail}").status_code == 200
    assert off(engine)["mother@home.example"] == "unsubscribed"
