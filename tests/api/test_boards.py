"""Tonight's board and the recorder's log."""

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from backend.domain.load import Outcome, Tier
from backend.domain.people import Role
from backend.domain.sheet import SheetState
from backend.storage.models import (
    Absence,
    Assignment,
    AuditEvent,
    Entry,
    NightSheet,
    Note,
    Post,
    Review,
    SetRecord,
    Sleep,
)
from tests.api.conftest import Client
from tests.api.planning import UNKNOWN, add_sheet, add_students, same_but_id, stated
from tests.cast import START, TONIGHT, Cast


@pytest.fixture
def board_path(cast: Cast) -> str:
    """Ada's class tonight."""
    return f"/classes/{cast.class_31.id}/nights/{TONIGHT}"


@pytest.fixture(autouse=True)
def evening(engine: sa.Engine, cast: Cast) -> None:
    """Ada submitted 70 minutes of maths, slept late and her mother wrote; Finn is still at English."""
    school, place = cast.shiyan.id, cast.class_31.id
    add_sheet(engine, school, place, cast.ada.id, TONIGHT, 70)
    add_sheet(engine, school, place, cast.finn.id, TONIGHT, 20, subject="english", state=SheetState.open)
    changed = {"changed_by": cast.mother.id, "changed_at": START, "change_counter": 2}
    row = {"school_id": school, "student_id": cast.ada.id, "night": TONIGHT} | changed
    with engine.begin() as connection:
        connection.execute(sa.insert(Note), row | {"guardian_note": "她今天头疼"})
        connection.execute(sa.insert(Sleep), row | {"lights_out_at": START + dt.timedelta(hours=3)})


class TestHomeroom:
    def test_everything_stands_in_roll_order(self, client: Client, cast: Cast, board_path: str) -> None:
        board = client.as_(cast.homeroom).get(board_path).get_json()
        assert (board["view"], board["cap_minutes"]) == ("homeroom", 60)
        assert [each["name"] for each in board["students"]] == [cast.ada.name, cast.finn.name, cast.dora.name]
        ada = board["students"][0]
        assert (ada["state"], ada["loads"]["written_minutes"], ada["cap_state"]) == ("submitted", 70, "exceeded")
        assert ada["subjects"] == [{"subject": "maths", "minutes": 70}]
        assert (ada["guardian_note"], ada["waits_for_reply"]) == ("她今天头疼", True)
        assert ada["sleep"]["lights_out_at"].startswith("2026-11-17T13:30:00")
        assert ada["sleep"]["sleep_minutes"] is None
        assert board["students"][2]["state"] is None

    def test_the_mean_is_over_submitted_sheets_with_coverage_beside_it(
        self, client: Client, cast: Cast, board_path: str
    ) -> None:
        board = client.as_(cast.homeroom).get(board_path).get_json()
        figure = board["figure"]
        assert (figure["mean_minutes"], figure["n"], figure["enrolled"]) == (70.0, 1, 3)
        assert (figure["share_within_percent"], figure["over_cap"]) == (0, True)
        assert (board["numbers"]["open"], board["numbers"]["not_taking_part"]) == (1, 1)

    def test_estimate_and_actual_stand_side_by_side(
        self, client: Client, cast: Cast, engine: sa.Engine, board_path: str
    ) -> None:
        client.as_(cast.maths_teacher).post(f"/classes/{cast.class_31.id}/assignments", stated(minutes=20))
        with engine.connect() as connection:
            made = connection.scalars(sa.select(Assignment.id)).one()
        pupils = add_students(engine, cast.class_31, cast.shiyan.id, 4)
        work = [(30, Outcome.finished), (20, Outcome.finished), (40, Outcome.finished), (90, Outcome.stopped_for_sleep)]
        for pupil, (minutes, outcome) in zip(pupils, work, strict=True):
            values: dict[str, Any] = {"assignment_id": made, "outcome": outcome, "tier": Tier.standard}
            add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil, TONIGHT, minutes, estimated_minutes=20, **values)
        actual = client.as_(cast.homeroom).get(board_path).get_json()["assignments"][0]["actual"][0]
        assert (actual["n"], actual["n_censored"], actual["median_minutes"], actual["ratio"]) == (3, 1, 30, 1.5)

    def test_opening_it_is_one_audit_row_for_the_class(
        self, client: Client, cast: Cast, engine: sa.Engine, board_path: str
    ) -> None:
        client.as_(cast.homeroom).get(board_path)
        with engine.connect() as connection:
            events = connection.execute(sa.select(AuditEvent)).all()
        assert [(e.action, e.class_id, e.student_id, e.night) for e in events] == [
            ("class.board_opened", cast.class_31.id, None, TONIGHT)
        ]

    def test_a_look_that_cannot_be_noted_shows_nothing(
        self, client: Client, cast: Cast, app: Any, board_path: str
    ) -> None:
        from mobile_api.transaction import db

        def full(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if statement.startswith("INSERT INTO audit"):
                raise sa.exc.OperationalError(statement, None, Exception("the disk is full"))

        client.raises_nothing()
        with app.app_context():
            database = db.engine
        sa.event.listen(database, "before_cursor_execute", full)
        try:
            answer = client.as_(cast.homeroom).get(board_path)
        finally:
            sa.event.remove(database, "before_cursor_execute", full)
        assert (answer.status_code, answer.get_json()["code"]) == (500, "internal")
        assert cast.ada.name not in answer.get_data(as_text=True)

    def test_a_new_homeroom_teacher_sees_from_the_move_on(
        self, client: Client, cast: Cast, engine: sa.Engine, board_path: str
    ) -> None:
        with engine.begin() as connection:
            post = sa.update(Post).where(Post.person_id == cast.homeroom.id, Post.role == Role.homeroom_teacher)
            connection.execute(post.values(from_on=TONIGHT))
        yesterday = TONIGHT - dt.timedelta(days=1)
        assert client.as_(cast.homeroom).get(board_path).get_json()["view"] == "homeroom"
        before = client.as_(cast.homeroom).get(f"/classes/{cast.class_31.id}/nights/{yesterday}").get_json()
        assert before["view"] == "subject"

    def test_twenty_students_cost_no_more_statements_than_one(
        self, client: Client, cast: Cast, engine: sa.Engine, board_path: str, app: Any, count_statements: Any
    ) -> None:
        from mobile_api.transaction import db

        counts = []
        for more in (0, 20):
            for pupil in add_students(engine, cast.class_31, cast.shiyan.id, more):
                add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil, TONIGHT, 30)
            with app.app_context(), count_statements(db.engine) as statements:
                assert client.as_(cast.homeroom).get(board_path).status_code == 200
            counts.append(len(statements))
        assert counts[0] == counts[1]


class TestSubjectTeacher:
    def test_only_the_own_subjects_minutes_are_there(self, client: Client, cast: Cast, board_path: str) -> None:
        answer = client.as_(cast.english_teacher).get(board_path)
        board = answer.get_json()
        assert (board["view"], board["subjects"]) == ("subject", ["english"])
        assert [each["subjects"] for each in board["students"]] == [[], [{"subject": "english", "minutes": 20}], []]
        assert set(board["students"][0]) == {"student_id", "school_number", "name", "subjects"}
        assert "figure" not in board
        for forbidden in ("头疼", "lights_out", "written_minutes", "guardian_note"):
            assert forbidden not in answer.get_data(as_text=True)

    def test_a_new_subject_teacher_sees_nights_from_the_first_day_on(
        self, client: Client, cast: Cast, engine: sa.Engine, board_path: str
    ) -> None:
        with engine.begin() as connection:
            post = sa.update(Post).where(Post.person_id == cast.english_teacher.id)
            connection.execute(post.values(from_on=TONIGHT))
        yesterday = f"/classes/{cast.class_31.id}/nights/{TONIGHT - dt.timedelta(days=1)}"
        assert client.as_(cast.english_teacher).get(board_path).status_code == 200
        assert client.as_(cast.english_teacher).get(yesterday).status_code == 404


@pytest.mark.parametrize(
    "who", ["homeroom_32", "office", "grade_head", "prep_maths", "other_homeroom", "mother", "ada", "finn", "officer"]
)
def test_to_all_others_the_class_is_unknown(client: Client, cast: Cast, board_path: str, who: str) -> None:
    refused = client.as_(getattr(cast, who)).get(board_path)
    unknown = client.as_(getattr(cast, who)).get(f"/classes/{UNKNOWN}/nights/{TONIGHT}")
    assert (refused.status_code, same_but_id(refused)) == (404, same_but_id(unknown))


class TestRecorder:
    ITEMS: dict[str, Any] = {"items": [{"subject": "maths", "title": "口算两页", "estimated_minutes": 20}]}  # noqa: RUF012

    def test_the_recorder_notes_what_was_really_set_and_may_correct_it(
        self, client: Client, cast: Cast, engine: sa.Engine, board_path: str
    ) -> None:
        assert client.as_(cast.finn).put(f"{board_path}/set", self.ITEMS).status_code == 200
        corrected = {"items": [{"subject": "maths", "title": "口算一页"}, {"subject": "english", "title": "听读"}]}
        assert client.as_(cast.finn).put(f"{board_path}/set", corrected).status_code == 200
        client.as_(cast.finn).put(f"{board_path}/set", corrected)
        with engine.connect() as connection:
            kept = connection.execute(sa.select(SetRecord.subject, SetRecord.title).order_by(SetRecord.subject)).all()
        assert kept == [("english", "听读"), ("maths", "口算一页")]
        board = client.as_(cast.homeroom).get(board_path).get_json()
        assert [each["title"] for each in board["set"]] == ["听读", "口算一页"]

    @pytest.mark.parametrize("who", ["ada", "maths_teacher", "homeroom_32", "office", "other_homeroom", "mother"])
    def test_nobody_else_may(self, client: Client, cast: Cast, board_path: str, who: str) -> None:
        assert client.as_(getattr(cast, who)).put(f"{board_path}/set", self.ITEMS).status_code == 404

    def test_an_unknown_subject_or_a_far_night_is_refused(self, client: Client, cast: Cast, board_path: str) -> None:
        wrong = {"items": [{"subject": "alchemy"}]}
        assert client.as_(cast.finn).put(f"{board_path}/set", wrong).status_code == 422
        far = f"/classes/{cast.class_31.id}/nights/2026-10-01/set"
        assert client.as_(cast.finn).put(far, self.ITEMS).status_code == 422


class TestUnusual:
    def test_facts_are_named_and_nothing_orders_by_them(
        self, client: Client, cast: Cast, engine: sa.Engine, board_path: str
    ) -> None:
        with engine.begin() as connection:
            of_ada = (NightSheet.student_id == cast.ada.id, NightSheet.night == TONIGHT)
            changed = {"is_late": True, "is_amended": True, "sleep_target_minutes": 600}
            connection.execute(sa.update(NightSheet).where(*of_ada).values(**changed))
            connection.execute(sa.update(Sleep).values(woke_at=START + dt.timedelta(hours=12)))
            after = {"started_at": "2026-11-17T13:00:00Z", "finished_at": "2026-11-17T13:40:00Z"}
            segments = [after | {"source": "typed", "clock": "doubtful"}]
            work = {"segments": segments, "outcome": Outcome.stopped_for_sleep}
            connection.execute(sa.update(Entry).where(Entry.student_id == cast.ada.id).values(**work))
        board = client.as_(cast.homeroom).get(board_path).get_json()
        assert board["students"][0]["unusual"] == [
            "stopped_for_sleep",
            "amended",
            "late",
            "over_cap",
            "sleep_short",
            "clock_doubtful",
            "after_lights_out",
        ]
        assert board["students"][1]["unusual"] == []
        assert [each["name"] for each in board["students"]] == [cast.ada.name, cast.finn.name, cast.dora.name]

    def test_an_excused_night_is_a_number_and_not_missing(
        self, client: Client, cast: Cast, engine: sa.Engine, board_path: str
    ) -> None:
        assert client.as_(cast.homeroom).get(board_path).get_json()["numbers"]["missing"] == 1
        excused = {"student_id": cast.finn.id, "night": TONIGHT, "set_by": cast.finn_mother.id, "set_at": START}
        with engine.begin() as connection:
            connection.execute(sa.insert(Absence), excused | {"school_id": cast.shiyan.id})
        numbers = client.as_(cast.homeroom).get(board_path).get_json()["numbers"]
        assert (numbers["absent"], numbers["missing"]) == (1, 0)


class TestReviewAll:
    def test_sheets_without_a_line_are_read_at_once_and_the_others_left(
        self, client: Client, cast: Cast, engine: sa.Engine, board_path: str
    ) -> None:
        for pupil in add_students(engine, cast.class_31, cast.shiyan.id, 3):
            add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil, TONIGHT, 30)
        answer = client.as_(cast.homeroom).put(f"{board_path}/reviews")
        assert answer.get_json() == {"reviewed": 3, "left": 1}
        read = [each["is_reviewed"] for each in client.as_(cast.homeroom).get(board_path).get_json()["students"]]
        assert sorted(read) == [False, False, False, True, True, True]
        again = client.as_(cast.homeroom).put(f"{board_path}/reviews")
        assert again.get_json() == {"reviewed": 0, "left": 1}
        with engine.connect() as connection:
            events = connection.execute(sa.select(AuditEvent.action, AuditEvent.student_id, AuditEvent.details)).all()
        wanted = [each for each in events if each.action != "class.board_opened"]
        assert wanted == [("class.reviewed", None, {"sheets": 3})]

    def test_an_earlier_answer_to_the_guardian_is_kept(
        self, client: Client, cast: Cast, engine: sa.Engine, board_path: str
    ) -> None:
        row = {"school_id": cast.shiyan.id, "student_id": cast.ada.id, "night": TONIGHT, "sheet_version": 0}
        reply = {"reviewed_by": cast.homeroom.id, "reviewed_at": START, "teacher_reply": "好的", "change_counter": 2}
        with engine.begin() as connection:
            connection.execute(sa.insert(Review), row | reply)
            connection.execute(sa.update(Note).values(guardian_note=""))
        assert client.as_(cast.homeroom).put(f"{board_path}/reviews").get_json()["reviewed"] == 1
        ada = client.as_(cast.homeroom).get(board_path).get_json()["students"][0]
        assert (ada["is_reviewed"], ada["teacher_reply"]) == (True, "好的")


class TestSetBesidePlan:
    def test_plan_log_and_actual_stay_three_figures(
        self, client: Client, cast: Cast, engine: sa.Engine, board_path: str
    ) -> None:
        made = client.as_(cast.maths_teacher).post(f"/classes/{cast.class_31.id}/assignments", stated(minutes=20))
        client.as_(cast.finn).put(f"{board_path}/set", TestRecorder.ITEMS)
        pupil = add_students(engine, cast.class_31, cast.shiyan.id, 1)[0]
        values: dict[str, Any] = {
            "assignment_id": uuid.UUID(made.get_json()["id"]),
            "tier": Tier.standard,
        }
        add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil, TONIGHT, 48, estimated_minutes=20, **values)
        found = client.as_(cast.homeroom).get(f"{board_path}/set").get_json()
        planned = found["planned"][0]
        assert (planned["tiers"][0]["estimated_minutes"], found["items"][0]["title"]) == (20, "口算两页")
        assert planned["actual"][0]["median_minutes"] == 48
        seen = client.as_(cast.finn).get(f"{board_path}/set")
        assert seen.get_json()["planned"][0]["actual"] is None
        assert "48" not in seen.get_data(as_text=True).replace(str(values["assignment_id"]), "")

    @pytest.mark.parametrize("who", ["ada", "maths_teacher", "homeroom_32", "office", "other_homeroom"])
    def test_nobody_else_reads_it(self, client: Client, cast: Cast, board_path: str, who: str) -> None:
        assert client.as_(getattr(cast, who)).get(f"{board_path}/set").status_code == 404
