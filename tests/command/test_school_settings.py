"""`nightsheet school set`, `district officer …`, and terms that nobody gave."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from click.testing import Result
from sqlalchemy.orm import Session

from backend.services.identity.passwords import verify_password
from backend.settings import CHANNELS
from backend.storage.models import AuditEvent, AuthSession, DistrictOfficer, OverCapMode, School, SchoolDay, Term

Call = Callable[..., Result]
DISTANCE = "wind_down_before_minutes=60"
CREATE = ("school", "create", "--slug", "erxiao", "--name", "二小", "--system", "six-three")


def test_a_schools_settings_are_changed_and_noted(call: Call, school: str, session: Session) -> None:
    options = ("--channels", "fcm, inbox", "--hide-titles", "--over-cap", "refuse", "--sleep-short-tolerance", "20")
    answer = call("school", "set", "--slug", school, *options, "--locale", "en")
    assert answer.exit_code == 0, answer.output
    stored = session.scalars(sa.select(School)).one()
    assert (stored.channels, stored.hide_titles, stored.locale) == (["fcm", "inbox"], True, "en")
    assert (stored.over_cap_mode, stored.sleep_short_tolerance_minutes) == (OverCapMode.REFUSE, 20)
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "school.settings_changed")).one()
    assert event.details["over_cap_mode"] == "refuse"
    assert event.actor_kind == "command"


def test_what_is_not_named_stays_and_is_shown(call: Call, school: str, session: Session) -> None:
    call("school", "set", "--slug", school, "--hide-titles")
    shown = call("school", "set", "--slug", school)
    lines = shown.stdout.splitlines()
    assert {"--hide-titles", "--sleep-short-tolerance 30", "--channels wecom,sms,email,inbox"} <= set(lines)
    # What is shown can be typed as it stands, and changes nothing.
    again = call("school", "set", "--slug", school, *(word for line in lines for word in line.split(" ")))
    assert (again.exit_code, again.stdout) == (0, shown.stdout)
    call("school", "set", "--slug", school, "--show-titles")
    assert session.scalars(sa.select(School.hide_titles)).one() is False
    noted = sa.select(sa.func.count()).select_from(AuditEvent).where(AuditEvent.action == "school.settings_changed")
    assert session.scalar(noted) == 2


@pytest.mark.parametrize(
    ("option", "value", "field"),
    [
        ("--channels", "pigeon", "channels"),
        ("--channels", "inbox,inbox", "channels"),
        ("--sleep-short-tolerance", "-1", "sleep_short_tolerance_minutes"),
    ],
)
def test_what_cannot_be_is_refused_with_the_field(
    call: Call, school: str, session: Session, option: str, value: str, field: str
) -> None:
    answer = call("school", "set", "--slug", school, option, value)
    assert answer.exit_code == 1
    assert field in answer.stderr
    assert session.scalars(sa.select(School.channels)).one() == ["wecom", "sms", "email", "inbox"]
    if value == "pigeon":
        assert all(channel in answer.stderr for channel in CHANNELS)


def test_the_times_of_reminders_are_set_within_their_bounds(call: Call, school: str, session: Session) -> None:
    told = call("school", "set", "--slug", school, "--remind", "weekly_digest_at=16:30", "--remind", DISTANCE)
    assert told.exit_code == 0, told.output
    assert "--remind weekly_digest_at=16:30" in told.stdout
    stored = session.scalars(sa.select(School)).one()
    assert (stored.weekly_digest_at, stored.wind_down_before_minutes) == (dt.time(16, 30), 60)
    assert stored.publish_estimates_at == dt.time(15, 30)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("weekly_digest_at=20:00", 1),
        ("wind_down_before_minutes=30", 1),
        ("weekly_digest_at=soon", 2),
        ("lunch_at=12:00", 2),
    ],
)
def test_a_time_that_cannot_be_changes_nothing(
    call: Call, school: str, session: Session, given: str, code: int
) -> None:
    answer = call("school", "set", "--slug", school, "--hide-titles", "--remind", given)
    assert answer.exit_code == code
    assert (given.split("=")[0] if code == 1 else "weekly_digest_at=17:00") in answer.stderr
    assert session.scalars(sa.select(School.hide_titles)).one() is False


def test_an_officer_gets_a_first_password_that_opens(call: Call, session: Session) -> None:
    call("district", "create", "--slug", "yunhe", "--name", "运河区")
    call(*CREATE, "--district", "yunhe")
    answer = call("district", "officer", "add", "--district", "yunhe", "--name", "蒋督学")
    assert answer.exit_code == 0, answer.output
    stored = session.scalars(sa.select(DistrictOfficer)).one()
    assert (stored.name, stored.login, stored.must_change) == ("蒋督学", "蒋督学", True)
    assert any(verify_password(stored.password_hash, word) for word in answer.stdout.split() if "-" in word)
    actions = session.scalars(sa.select(AuditEvent.action)).all()
    assert "district.officer_added" in actions


def test_a_login_is_given_once_in_a_district(call: Call, session: Session) -> None:
    call("district", "create", "--slug", "yunhe", "--name", "运河区")
    add = ("district", "officer", "add", "--district", "yunhe", "--name", "蒋督学")
    assert call(*add).exit_code == 0
    again = call(*add)
    assert (again.exit_code, "login" in again.stderr) == (1, True)
    assert call(*add, "--login", "jiang").exit_code == 0
    assert call("district", "officer", "add", "--district", "nowhere", "--name", "蒋督学").exit_code == 1


@pytest.fixture
def officer(call: Call, session: Session) -> tuple[str, ...]:
    """An officer with a device signed in; the words that name one."""
    call("district", "create", "--slug", "yunhe", "--name", "运河区")
    call(*CREATE, "--district", "yunhe")
    call("district", "officer", "add", "--district", "yunhe", "--name", "蒋督学", "--login", "jiang")
    found = session.scalars(sa.select(DistrictOfficer)).one()
    moment = dt.datetime(2026, 11, 17, tzinfo=dt.UTC)
    signed_in = {"token_hash": b"t" * 32, "id": uuid.uuid4(), "officer_id": found.id, "created_at": moment}
    session.execute(sa.insert(AuthSession), signed_in | {"expires_at": moment + dt.timedelta(days=30)})
    session.commit()
    return ("--district", "yunhe", "--login", "jiang")


def test_a_retired_officer_is_let_in_on_no_device_and_is_still_listed(
    call: Call, officer: tuple[str, ...], session: Session
) -> None:
    assert "first password" in call("district", "officer", "list", "--district", "yunhe").stdout
    answer = call("district", "officer", "retire", *officer)
    assert answer.exit_code == 0, answer.output
    assert session.scalars(sa.select(DistrictOfficer.left_at)).one() is not None
    assert session.scalars(sa.select(AuthSession.revoked_at)).one() is not None
    assert "district.officer_retired" in session.scalars(sa.select(AuditEvent.action)).all()
    session.rollback()
    assert re.search(
        r"蒋督学 +jiang +left on 2026-11-1", call("district", "officer", "list", "--district", "yunhe").stdout
    )
    for again in ("retire", "reset-password"):
        refused = call("district", "officer", again, *officer)
        assert (refused.exit_code, "jiang" in refused.stderr) == (1, True)


def test_an_officers_new_first_password_ends_the_old_one_and_signs_out(
    call: Call, officer: tuple[str, ...], session: Session
) -> None:
    before = session.scalars(sa.select(DistrictOfficer.password_hash)).one()
    session.execute(sa.update(DistrictOfficer).values(must_change=False))
    session.commit()
    answer = call("district", "officer", "reset-password", *officer)
    assert answer.exit_code == 0, answer.output
    stored = session.scalars(sa.select(DistrictOfficer)).one()
    assert (stored.password_hash != before, stored.must_change) == (True, True)
    assert any(verify_password(stored.password_hash, word) for word in answer.stdout.split() if "-" in word)
    assert session.scalars(sa.select(AuthSession.revoked_at)).one() is not None
    assert "district.officer_password_reset" in session.scalars(sa.select(AuditEvent.action)).all()


@pytest.mark.parametrize("verb", ["list", "retire", "reset-password"])
def test_an_officer_of_a_district_that_is_not_there_is_refused_by_name(call: Call, verb: str) -> None:
    login = () if verb == "list" else ("--login", "jiang")
    answer = call("district", "officer", verb, "--district", "nowhere", *login)
    assert (answer.exit_code, "There is no district nowhere" in answer.stderr) == (1, True)


@pytest.mark.parametrize(
    ("given", "guessed", "day"),
    [
        ("2026-09-01:2027-01-22", (dt.date(2027, 3, 1), dt.date(2027, 7, 10)), dt.date(2027, 4, 13)),
        ("2027-02-22:2027-07-02", (dt.date(2026, 9, 1), dt.date(2027, 1, 31)), dt.date(2026, 11, 17)),
    ],
)
def test_of_one_term_given_the_other_is_guessed_named_so_and_told(
    call: Call, session: Session, given: str, guessed: tuple[dt.date, dt.date], day: dt.date
) -> None:
    answer = call(*CREATE, "--term", given)
    assert "estimate" in answer.stdout
    assert "--term" in answer.stderr
    terms = {(term.starts_on, term.ends_on): term.name for term in session.scalars(sa.select(Term))}
    assert len(terms) == 2
    assert [dates for dates, name in terms.items() if "估计" in name] == [guessed]
    assert session.scalars(sa.select(SchoolDay.is_school_day).where(SchoolDay.day == day)).one() is True


@pytest.mark.parametrize("given", [("2026-09-01:2027-01-22", "2027-02-22:2027-07-02"), ("2026-09-01:2027-07-02",)])
def test_who_gave_the_whole_year_is_guessed_nothing(call: Call, session: Session, given: tuple[str, ...]) -> None:
    answer = call(*CREATE, *(part for term in given for part in ("--term", term)))
    assert "estimate" not in answer.stdout.split("Calendar")[0]
    assert answer.stderr == ""
    assert not any("估计" in name for name in session.scalars(sa.select(Term.name)))
