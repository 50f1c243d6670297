"""Paper typed in for a whole class."""

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from backend.clock import FrozenClock
from backend.storage.models import AuditEvent, Entry, NightSheet, Person
from tests.api.conftest import Client
from tests.api.planning import UNKNOWN, add_students, same_but_id, stated
from tests.api.test_nights import at
from tests.cast import TONIGHT, Cast

DESK = str(uuid.UUID(int=5))
OTHER_DESK = str(uuid.UUID(int=6))


@pytest.fixture
def path(client: Client, cast: Cast, clock: FrozenClock) -> str:
    """Ada's class tonight with maths and English set, typed in the next morning."""
    for teacher, subject in ((cast.maths_teacher, "maths"), (cast.english_teacher, "english")):
        client.as_(teacher).post(f"/classes/{cast.class_31.id}/assignments", stated(subject))
    clock.advance(hours=13)
    return f"/classes/{cast.class_31.id}/nights/{TONIGHT}/paper"


def grid(client: Client, cast: Cast, path: str) -> dict[str, Any]:
    found: dict[str, Any] = client.as_(cast.homeroom).get(path).get_json()
    return found


def row_of(found: dict[str, Any], student_id: uuid.UUID) -> dict[str, Any]:
    return next(row for row in found["students"] if row["student_id"] == str(student_id))


def cell(row: dict[str, Any], number: int, revision: int = 1, **typed: Any) -> dict[str, Any]:
    """A cell of a row as the desk sends it."""
    own = row["cells"][number]
    known = {"id": own["id"], "assignment_id": own["assignment_id"], "base_version": own["version"]}
    return known | {"revision": revision} | typed


def typed(*rows: dict[str, Any], desk: str = DESK) -> dict[str, Any]:
    return {"installation_id": desk, "rows": list(rows)}


def of(student_id: uuid.UUID, **parts: Any) -> dict[str, Any]:
    return {"student_id": str(student_id), **parts}


NEW = {"base_version": None, "revision": 1}


class TestGrid:
    def test_a_column_an_assignment_and_a_row_a_pupil_in_roll_order(
        self, client: Client, cast: Cast, path: str, engine: sa.Engine
    ) -> None:
        found = grid(client, cast, path)
        assert [each["subject"] for each in found["assignments"]] == ["maths", "english"]
        assert [each["name"] for each in found["students"]] == [cast.ada.name, cast.finn.name, cast.dora.name]
        assert [each["locked"] for each in found["students"]] == [None, None, "consent_required"]
        ada = found["students"][0]
        assert [each["assignment_id"] for each in ada["cells"]] == [
            *(each["id"] for each in found["assignments"]),
            None,
        ]
        with engine.connect() as connection:
            events = connection.execute(sa.select(AuditEvent.action, AuditEvent.student_id, AuditEvent.details)).all()
        assert ("class.board_opened", None, {"view": "homeroom", "form": "paper"}) in events

    @pytest.mark.parametrize(
        "who", ["maths_teacher", "homeroom_32", "office", "grade_head", "other_homeroom", "mother", "ada", "officer"]
    )
    def test_to_all_others_it_is_unknown(self, client: Client, cast: Cast, path: str, who: str) -> None:
        person = client.as_(getattr(cast, who))
        unknown = path.replace(str(cast.class_31.id), str(UNKNOWN))
        for verb in (person.get, lambda at: person.put(at, typed(of(cast.ada.id)))):
            assert same_but_id(verb(path)) == same_but_id(verb(unknown))
            assert verb(path).status_code == 404

    def test_thirty_pupils_cost_no_more_statements_than_three(
        self, client: Client, cast: Cast, path: str, engine: sa.Engine, app: Any, count_statements: Any
    ) -> None:
        from mobile_api.transaction import db

        counts = []
        for more in (0, 30):
            add_students(engine, cast.class_31, cast.shiyan.id, more)
            with app.app_context(), count_statements(db.engine) as statements:
                assert client.as_(cast.homeroom).get(path).status_code == 200
            counts.append(len(statements))
        assert counts[0] == counts[1]


class TestTyping:
    def test_a_row_is_written_handed_in_and_adds_up(self, client: Client, cast: Cast, path: str) -> None:
        ada = row_of(grid(client, cast, path), cast.ada.id)
        entries = [
            cell(ada, 0, minutes=30),
            cell(ada, 1, started_at=at(19), finished_at=at(19, 25)),
            cell(ada, 2, minutes=10),
        ]
        sleep = NEW | {"lights_out_at": at(21, 10), "woke_at": "2026-11-18T06:40:00+08:00", "nap_minutes": 30}
        note = NEW | {"guardian_note": "今天很累", "signed_on_paper": True}
        row = of(cast.ada.id, entries=entries, sleep=sleep, note=note)
        answer = client.as_(cast.homeroom).put(path, typed(row)).get_json()
        assert {each["result"] for each in answer["results"][0]["results"]} <= {"applied", "same"}
        kept = answer["students"][0]
        assert [each["minutes"] for each in kept["cells"]] == [30, 25, 10]
        assert (kept["state"], kept["guardian_note"], kept["signed_on_paper"]) == ("submitted", "今天很累", True)
        night = client.as_(cast.mother).get(f"/students/{cast.ada.id}/nights/{TONIGHT}").get_json()
        assert (night["loads"]["written_minutes"], night["loads"]["study_minutes"]) == (55, 65)
        assert {segment["source"] for entry in night["entries"] for segment in entry["segments"]} == {"typed"}
        assert (night["state"], night["sleep"]["sleep_minutes"], night["note"]["signed_on_paper"]) == (
            "submitted",
            570,
            True,
        )

    def test_sent_again_it_does_nothing_twice(self, client: Client, cast: Cast, path: str, engine: sa.Engine) -> None:
        ada = row_of(grid(client, cast, path), cast.ada.id)
        body = typed(of(cast.ada.id, entries=[cell(ada, 0, minutes=30)]))
        client.as_(cast.homeroom).put(path, body)
        again = client.as_(cast.homeroom).put(path, body).get_json()
        assert {each["result"] for each in again["results"][0]["results"]} == {"same"}
        with engine.connect() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(Entry)) == 1

    def test_an_answer_that_shows_a_row_and_changes_nothing_is_a_look_in_the_audit_log(
        self, client: Client, cast: Cast, path: str, engine: sa.Engine
    ) -> None:
        looks = sa.select(sa.func.count()).where(AuditEvent.action == "class.board_opened")
        ada = row_of(grid(client, cast, path), cast.ada.id)
        body, counts = typed(of(cast.ada.id, entries=[cell(ada, 0, minutes=20)])), []
        for _ in range(2):
            assert client.as_(cast.homeroom).put(path, body).status_code == 200
            with engine.connect() as connection:
                counts.append(connection.scalar(looks))
        assert counts == [1, 2]

    def test_two_desks_meet_in_one_entry_and_the_second_is_told(self, client: Client, cast: Cast, path: str) -> None:
        ada = row_of(grid(client, cast, path), cast.ada.id)
        client.as_(cast.homeroom).put(path, typed(of(cast.ada.id, entries=[cell(ada, 0, minutes=30)])))
        second = typed(of(cast.ada.id, entries=[cell(ada, 0, minutes=45)]), desk=OTHER_DESK)
        answer = client.as_(cast.homeroom).put(path, second).get_json()
        assert answer["results"][0]["results"][0]["result"] == "conflict"
        assert answer["students"][0]["cells"][0]["minutes"] == 30

    def test_a_cell_that_was_cleared_can_be_typed_again(self, client: Client, cast: Cast, path: str) -> None:
        ada = row_of(grid(client, cast, path), cast.ada.id)
        for revision, minutes in ((1, 30), (2, None), (3, 25)):
            row = of(cast.ada.id, entries=[cell(ada, 0, revision, minutes=minutes)])
            ada = client.as_(cast.homeroom).put(path, typed(row)).get_json()["students"][0]
            assert ada["cells"][0]["minutes"] == minutes

    def test_a_corrected_cell_ends_where_it_ended_and_cells_typed_apart_overlap_nowhere(
        self, client: Client, cast: Cast, path: str
    ) -> None:
        ada = row_of(grid(client, cast, path), cast.ada.id)
        ends = []
        for revision, (number, minutes) in enumerate(((0, 30), (0, 40), (1, 25)), start=1):
            row = of(cast.ada.id, entries=[cell(ada, number, revision, minutes=minutes)])
            ada = client.as_(cast.homeroom).put(path, typed(row)).get_json()["students"][0]
            ends.append(ada["cells"][0]["finished_at"])
        assert set(ends) == {"2026-11-17T12:30:00+00:00"}
        board = client.as_(cast.homeroom).get(path.removesuffix("/paper")).get_json()
        assert board["students"][0]["loads"]["written_minutes"] == 65

    def test_work_that_bedtime_ended_is_stopped_and_not_counted_as_finished(
        self, client: Client, cast: Cast, path: str
    ) -> None:
        ada = row_of(grid(client, cast, path), cast.ada.id)
        row = of(cast.ada.id, entries=[cell(ada, 0, minutes=40, outcome="stopped_for_sleep")])
        kept = client.as_(cast.homeroom).put(path, typed(row)).get_json()["students"][0]
        assert (kept["cells"][0]["minutes"], kept["cells"][0]["outcome"]) == (40, "stopped_for_sleep")
        board = client.as_(cast.homeroom).get(path.removesuffix("/paper")).get_json()
        assert board["students"][0]["unusual"] == ["stopped_for_sleep"]
        running = of(cast.ada.id, entries=[cell(ada, 0, minutes=40, outcome="in_progress")])
        assert client.as_(cast.homeroom).put(path, typed(running)).status_code == 422

    def test_nought_minutes_are_an_entry_of_nought(self, client: Client, cast: Cast, path: str) -> None:
        ada = row_of(grid(client, cast, path), cast.ada.id)
        row = of(cast.ada.id, entries=[cell(ada, 0, minutes=0)])
        kept = client.as_(cast.homeroom).put(path, typed(row)).get_json()["students"][0]
        assert (kept["cells"][0]["minutes"], kept["state"]) == (0, "submitted")

    def test_a_wrong_cell_is_named_and_blocks_neither_cell_nor_row(self, client: Client, cast: Cast, path: str) -> None:
        found = grid(client, cast, path)
        ada, finn, dora = (row_of(found, each.id) for each in (cast.ada, cast.finn, cast.dora))
        wrong = cell(ada, 0, started_at="2026-11-19T20:00:00+08:00", finished_at="2026-11-19T20:30:00+08:00")
        rows = [
            of(cast.ada.id, entries=[wrong, cell(ada, 1, minutes=15)]),
            of(cast.dora.id, entries=[cell(dora, 0, minutes=20)]),
            of(cast.ben.id, entries=[cell(ada, 0, minutes=20)]),
            of(cast.finn.id, entries=[cell(finn, 0, minutes=20)]),
        ]
        answer = client.as_(cast.homeroom).put(path, typed(*rows)).get_json()
        by_row = answer["results"]
        first, second = by_row[0]["results"][:2]
        assert (first["code"], first["errors"][0]["path"]) == ("invalid", "segments.0.started_at")
        assert first["errors"][0]["message"]
        assert (second["result"], by_row[1]["results"][0]["code"]) == ("applied", "consent_required")
        assert (by_row[2]["refused"], by_row[3]["results"][0]["result"]) == ("not_found", "applied")

    def test_what_a_phone_recorded_is_shown_and_typed_over_only_as_an_amendment(
        self, client: Client, cast: Cast, path: str, engine: sa.Engine
    ) -> None:
        ada = row_of(grid(client, cast, path), cast.ada.id)
        segments = [{"started_at": at(19), "finished_at": at(19, 20), "source": "timer"}]
        entry = {"assignment_id": ada["cells"][0]["assignment_id"], "outcome": "finished", "segments": segments}
        phone = {"base_version": None, "installation_id": OTHER_DESK, "revision": 1}
        address = f"/students/{cast.ada.id}/nights/{TONIGHT}/entries/{uuid.UUID(int=9)}"
        assert client.as_(cast.ada).put(address, entry | phone).status_code == 200
        shown = row_of(grid(client, cast, path), cast.ada.id)
        assert (shown["cells"][0]["minutes"], shown["cells"][0]["id"]) == (20, str(uuid.UUID(int=9)))
        client.as_(cast.homeroom).put(path, typed(of(cast.ada.id, entries=[cell(shown, 0, minutes=35)])))
        with engine.connect() as connection:
            assert connection.scalar(sa.select(NightSheet.is_amended)) is True
            assert connection.scalar(sa.select(sa.func.count()).select_from(Entry)) == 1

    def test_minutes_and_times_together_are_refused(self, client: Client, cast: Cast, path: str) -> None:
        ada = row_of(grid(client, cast, path), cast.ada.id)
        both = cell(ada, 0, minutes=20, started_at=at(19), finished_at=at(19, 20))
        half = cell(ada, 0, started_at=at(19))
        for wrong in (both, half, cell(ada, 0, minutes=-1), cell(ada, 0, minutes=601)):
            answer = client.as_(cast.homeroom).put(path, typed(of(cast.ada.id, entries=[wrong])))
            assert answer.status_code == 422

    @pytest.mark.parametrize(("language", "says"), [("zh-CN", "这名学生"), ("en", "This student")])
    def test_a_pupil_twice_in_one_paper_is_refused_whole_and_told_where(
        self, client: Client, cast: Cast, path: str, engine: sa.Engine, language: str, says: str
    ) -> None:
        with engine.begin() as connection:
            connection.execute(sa.update(Person).where(Person.id == cast.homeroom.id).values(locale=language))
        ada = row_of(grid(client, cast, path), cast.ada.id)
        rows = [of(cast.ada.id, entries=[cell(ada, number, minutes=30)]) for number in (0, 1)]
        answer = client.as_(cast.homeroom).put(path, typed(*rows))
        [problem] = answer.get_json()["errors"]
        assert (answer.status_code, problem["path"], problem["code"]) == (422, "rows.1.student_id", "student_twice")
        assert problem["message"].startswith(says)
        with engine.connect() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(Entry)) == 0

    def test_a_guardians_own_line_keeps_the_mark_of_the_signed_paper(
        self, client: Client, cast: Cast, path: str, clock: FrozenClock
    ) -> None:
        note = NEW | {"guardian_note": "", "signed_on_paper": True}
        client.as_(cast.homeroom).put(path, typed(of(cast.ada.id, note=note)))
        clock.advance(minutes=1)
        line = {"base_version": 1, "installation_id": OTHER_DESK, "revision": 1, "guardian_note": "谢谢老师"}
        client.as_(cast.mother).put(f"/students/{cast.ada.id}/nights/{TONIGHT}/note", line)
        ada = row_of(grid(client, cast, path), cast.ada.id)
        assert (ada["guardian_note"], ada["signed_on_paper"]) == ("谢谢老师", True)


def test_a_class_typed_in_is_fast_enough_for_one_request(
    client: Client, cast: Cast, path: str, engine: sa.Engine
) -> None:
    pupils = add_students(engine, cast.class_31, cast.shiyan.id, 40)
    found = grid(client, cast, path)
    rows = [
        of(
            each,
            entries=[cell(row_of(found, each), number, minutes=15) for number in (0, 1, 2)],
            sleep=NEW | {"lights_out_at": at(21), "woke_at": None, "nap_minutes": None},
        )
        for each in pupils
    ]
    answer = client.as_(cast.homeroom).put(path, typed(*rows))
    assert answer.status_code == 200
    board = client.as_(cast.homeroom).get(path.removesuffix("/paper")).get_json()
    assert (board["numbers"]["submitted"], board["figure"]["mean_minutes"]) == (40, 30.0)
    assert dt.date.fromisoformat(board["night"]) == TONIGHT
