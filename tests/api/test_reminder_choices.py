"""What people choose: a child's pause that excuses nights, the evening digest's hour, the language."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import FrozenClock
from backend.storage.models import Absence, AuditEvent, Person
from tests.api.conftest import Client
from tests.cast import TONIGHT, Cast


def day(n: int) -> str:
    return str(TONIGHT + dt.timedelta(days=n))


def pause(first: int, last: int) -> dict[str, str]:
    return {"paused_from": day(first), "paused_to": day(last)}


def put_child(client: Client, cast: Cast, body: dict[str, Any]) -> Any:
    return client.as_(cast.mother).put(f"/students/{cast.ada.id}/reminders", body)


def excused(session: Session) -> list[int]:
    """Which nights of Ada's are excused, as days from tonight."""
    session.rollback()
    nights = session.scalars(sa.select(Absence.night).order_by(Absence.night)).all()
    session.rollback()
    return [(night - TONIGHT).days for night in nights]


def codes(answer: Any) -> list[tuple[str, str]]:
    return [(each["path"], each["code"]) for each in answer.get_json().get("errors", [])]


class TestPause:
    def test_a_guardians_pause_excuses_its_nights_both_ends_included(
        self, client: Client, cast: Cast, session: Session
    ) -> None:
        assert put_child(client, cast, pause(-2, 1)).status_code == 200
        assert excused(session) == [-2, -1, 0, 1]
        (event,) = session.scalars(sa.select(AuditEvent)).all()
        assert (event.action, event.student_id, event.details) == ("student.paused", cast.ada.id, {})

    @pytest.mark.parametrize(
        ("after", "left"),
        [
            ({}, [-2, -1]),
            (pause(-1, 1), [-1, 0, 1]),
            (pause(-2, 0), [-2, -1, 0]),
            (pause(0, 3), [0, 1, 2, 3]),
        ],
        ids=["ended: what is over stays", "begun later", "ends sooner", "another one"],
    )
    def test_a_pause_that_ends_or_is_corrected(
        self, client: Client, cast: Cast, session: Session, after: dict[str, str], left: list[int]
    ) -> None:
        put_child(client, cast, pause(-2, 1))
        assert put_child(client, cast, after).status_code == 200
        assert excused(session) == left

    def test_a_later_pause_leaves_an_earlier_one_excused(
        self, client: Client, cast: Cast, session: Session, clock: FrozenClock
    ) -> None:
        put_child(client, cast, pause(0, 1))
        clock.advance(days=5)
        client.as_(cast.mother).put(f"/students/{cast.ada.id}/reminders", {})
        put_child(client, cast, pause(5, 6))
        assert excused(session) == [0, 1, 5, 6]

    @pytest.mark.parametrize(("days", "refused"), [(59, []), (60, [("paused_to", "pause_too_long")])])
    def test_sixty_days_at_most(
        self, client: Client, cast: Cast, session: Session, days: int, refused: list[Any]
    ) -> None:
        assert codes(put_child(client, cast, pause(0, days))) == refused
        assert len(excused(session)) == (0 if refused else 60)

    def test_another_wish_changed_while_it_stands_changes_no_night(
        self, client: Client, cast: Cast, session: Session, clock: FrozenClock
    ) -> None:
        put_child(client, cast, pause(0, 1))
        clock.advance(days=90)
        body = pause(0, 1) | {"codes": [{"code": "wind_down", "enabled": True}]}
        assert put_child(client, cast, body).status_code == 200
        assert excused(session) == [0, 1]

    def test_a_child_does_not_pause_itself_and_may_change_the_rest(
        self, client: Client, cast: Cast, session: Session
    ) -> None:
        put_child(client, cast, pause(0, 1))
        ada = client.as_(cast.ada)
        assert codes(ada.put("/me/reminders", {})) == [("paused_from", "guardian_decides")]
        assert codes(ada.put("/me/reminders", pause(0, 2))) == [("paused_from", "guardian_decides")]
        assert ada.put("/me/reminders", pause(0, 1) | {"quiet_from": "20:00", "quiet_to": "07:00"}).status_code == 200
        assert excused(session) == [0, 1]

    def test_a_guardians_own_pause_excuses_nobody(self, client: Client, cast: Cast, session: Session) -> None:
        assert client.as_(cast.mother).put("/me/reminders", pause(0, 1)).status_code == 200
        assert excused(session) == []

    def test_on_the_board_it_is_a_number_and_a_sheet_takes_it_back(
        self, client: Client, cast: Cast, session: Session
    ) -> None:
        put_child(client, cast, pause(0, 0))
        path = f"/classes/{cast.class_31.id}/nights/{TONIGHT}"
        board = client.as_(cast.homeroom).get(path).get_json()
        assert board["numbers"]["absent"] == 1
        assert not any("absent" in student or "paused" in student for student in board["students"])
        client.as_(cast.ada).put(f"/students/{cast.ada.id}/nights/{TONIGHT}/submission", {})
        assert client.as_(cast.homeroom).get(path).get_json()["numbers"]["absent"] == 0

    def test_another_family_and_the_school_set_no_pause(self, client: Client, cast: Cast, session: Session) -> None:
        for other in (cast.ben_mother, cast.grandfather, cast.homeroom, cast.office, cast.ada):
            answer = client.as_(other).put(f"/students/{cast.ada.id}/reminders", pause(0, 1))
            assert answer.status_code == 404
        assert excused(session) == []

    def test_an_erasure_takes_the_excused_nights_too(self, client: Client, cast: Cast, session: Session) -> None:
        put_child(client, cast, pause(0, 1))
        answer = client.as_(cast.mother).post(f"/students/{cast.ada.id}/erasure", {"confirm_name": cast.ada.name})
        assert answer.status_code == 200
        assert excused(session) == []


class TestDigest:
    @pytest.mark.parametrize(
        ("digest_at", "problem"),
        [("15:59", "out_of_range"), ("16:00", None), ("22:00", None), ("22:01", "out_of_range"), (None, None)],
    )
    def test_between_four_and_ten(self, client: Client, cast: Cast, digest_at: str | None, problem: str | None) -> None:
        answer = client.as_(cast.mother).put("/me/reminders", {"evening_digest": True, "digest_at": digest_at})
        assert codes(answer) == ([("digest_at", problem)] if problem else [])
        if problem is None:
            assert answer.get_json()["digest_at"] == (digest_at or "20:30")

    @pytest.mark.parametrize(
        ("quiet_from", "quiet_to", "fits"),
        [("20:30", "21:00", False), ("20:31", "07:00", True), ("20:00", "20:30", True), ("19:00", "07:00", False)],
    )
    def test_not_into_quiet_hours(self, client: Client, cast: Cast, quiet_from: str, quiet_to: str, fits: bool) -> None:
        body = {"evening_digest": True, "digest_at": "20:30", "quiet_from": quiet_from, "quiet_to": quiet_to}
        answer = client.as_(cast.mother).put("/me/reminders", body)
        assert codes(answer) == ([] if fits else [("digest_at", "in_quiet_hours")])

    def test_it_is_a_guardians_choice_for_oneself(self, client: Client, cast: Cast) -> None:
        for person in (cast.ada, cast.homeroom, cast.office):
            answer = client.as_(person).put("/me/reminders", {"evening_digest": True})
            assert codes(answer) == [("evening_digest", "not_here")]
        assert codes(put_child(client, cast, {"evening_digest": True})) == [("evening_digest", "not_here")]

    def test_what_can_wait_says_so(self, client: Client, cast: Cast) -> None:
        found = client.as_(cast.mother).get("/me/reminders").get_json()["codes"]
        waits = {each["code"] for each in found if each["can_wait"]}
        assert waits == {"confirm_sheet", "sleep_short", "streak", "weekly_digest"}
        assert "evening_digest" not in {each["code"] for each in found}


class TestLanguage:
    def test_it_is_chosen_and_left_alone_where_not_named(self, client: Client, cast: Cast, session: Session) -> None:
        mother = client.as_(cast.mother)
        assert mother.get("/me/reminders").get_json()["locale"] == "zh-CN"
        assert mother.put("/me/reminders", {"locale": "en"}).get_json()["locale"] == "en"
        assert mother.put("/me/reminders", {}).get_json()["locale"] == "en"
        assert mother.put("/me/reminders", {"locale": "fr"}).status_code == 422
        english = session.scalars(sa.select(Person.id).where(Person.locale == "en")).all()
        assert english == [cast.mother.id]

    def test_a_guardian_chooses_a_childs(self, client: Client, cast: Cast) -> None:
        assert put_child(client, cast, {"locale": "en"}).get_json()["locale"] == "en"
        assert client.as_(cast.ada).get("/me/reminders").get_json()["locale"] == "en"
        assert client.as_(cast.mother).get("/me/reminders").get_json()["locale"] == "zh-CN"
