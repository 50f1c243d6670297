"""A family's rights: who looked, everything taken out, everything erased and the phones told."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from backend.clock import FrozenClock
from backend.domain.people import ConsentDecision
from backend.services.actor import Actor, ActorKind
from backend.services.rights import reads
from backend.services.rights.student_export import WITHHELD, export_student
from backend.storage import models
from backend.storage.base import Base
from backend.storage.models import (
    AuditEvent,
    Consent,
    Enrolment,
    FrozenFigure,
    NightSheet,
    OutboxRow,
    RolledUpFigure,
    Student,
)
from backend.storage.queries import night_writing
from mobile_api.schemas.rights import ErasedSchema, ReadsSchema
from mobile_api.transaction import db
from tests.api.conftest import Client
from tests.api.test_nights import MATHS, at, entry, publish_tonight
from tests.api.test_statement_counts import Counting
from tests.cast import TONIGHT, Cast, Holder

ENTRY = uuid.UUID(int=11)
PHONE = str(uuid.UUID(int=1))
FIRST = {"base_version": None, "installation_id": PHONE, "revision": 1}
NIGHT = f"/students/{{}}/nights/{TONIGHT}"


@pytest.fixture(autouse=True)
def evening(engine: sa.Engine, cast: Cast, clock: FrozenClock, client: Client) -> None:
    """22:00: Ada and Finn have logged maths and lights-out; Ada's mother wrote and confirmed, her teacher answered."""
    publish_tonight(engine, cast)
    clock.move_to(dt.datetime.fromisoformat(at(22)))
    for child in (cast.ada, cast.finn):
        log(client, child)
    night = NIGHT.format(cast.ada.id)
    done(client.as_(cast.mother).put(f"{night}/note", FIRST | {"guardian_note": "=她今天头疼"}))
    done(client.as_(cast.mother).put(f"{night}/confirmation", {"sheet_version": 2}))
    reply = {"sheet_version": 2, "teacher_reply": "早点休息"}
    done(client.as_(cast.homeroom).put(f"{night}/review", reply))
    done(client.as_(cast.mother).put(f"/students/{cast.ada.id}/picture-code", {"pictures": ["sun", "sun", "sun"]}))
    done(client.as_(cast.ada).put(f"/me/devices/{PHONE}", {"kind": "console", "address": "here"}))
    remind(engine, cast, cast.ada)
    with engine.begin() as connection:
        waking = sa.update(Student).where(Student.id == cast.ada.id).values(waking_school_day=dt.time(6, 40))
        connection.execute(waking)


def log(client: Client, child: Holder) -> None:
    night, signed_in = NIGHT.format(child.id), client.as_(child)
    done(signed_in.put(f"{night}/entries/{ENTRY}", entry(MATHS, (at(19), at(19, 40)))))
    done(signed_in.put(f"{night}/sleep", FIRST | {"lights_out_at": at(21, 15)}))


def done(answer: Any) -> Any:
    assert answer.status_code in {200, 204}, answer.get_json()
    return answer


def remind(engine: sa.Engine, cast: Cast, child: Holder) -> None:
    """A reminder to a guardian about the child, and one to the child."""
    moment = dt.datetime.fromisoformat(at(21))
    row = {"school_id": cast.shiyan.id, "night": TONIGHT, "state": models.OutboxState.SENT, "params": {}}
    row |= {"created_at": moment, "due_at": moment, "expires_at": moment, "attempts": 0, "occasion": 1}
    with engine.begin() as connection:
        for code, to in (("confirm_sheet", cast.mother), ("cap_near", child)):
            ids = {"id": uuid.uuid4(), "recipient_id": to.id, "subject_id": child.id}
            connection.execute(sa.insert(OutboxRow), row | ids | {"code": code})


def erase(client: Client, who: Holder, child: Holder, name: str | None = None) -> Any:
    return client.as_(who).post(f"/students/{child.id}/erasure", {"confirm_name": name or child.name})


def sync(client: Client, who: Holder, child: Holder, cursor: str | None) -> Any:
    body = {"installation_id": PHONE, "sent_at": at(22), "cursors": {str(child.id): cursor}}
    return done(client.as_(who).post("/sync", body)).get_json()["students"][0]


class TestWhoLooked:
    def test_a_teachers_look_is_told_with_name_and_role_and_a_parents_is_not(self, client: Client, cast: Cast) -> None:
        done(client.as_(cast.homeroom).get(NIGHT.format(cast.ada.id)))
        done(client.as_(cast.father).get(NIGHT.format(cast.ada.id)))
        done(client.as_(cast.father).get(f"/students/{cast.ada.id}/export"))
        for asking in (cast.ada, cast.mother):
            answer = done(client.as_(asking).get(f"/students/{cast.ada.id}/reads")).get_json()
            assert ReadsSchema().validate(answer) == {}
            (read,) = answer["items"]
            assert (read["what"], read["name"], read["role"]) == ("night.read", cast.homeroom.name, "homeroom_teacher")
            assert (read["night"], read["nights"], read["reason"]) == (str(TONIGHT), 1, None)

    def test_the_offices_reason_is_told_as_it_was_recorded(self, client: Client, cast: Cast) -> None:
        office = client.as_(cast.office)
        done(office.get(NIGHT.format(cast.ada.id), headers={"X-Reason": "complaint of 3 November"}))
        (read,) = client.as_(cast.mother).get(f"/students/{cast.ada.id}/reads").get_json()["items"]
        assert (read["role"], read["reason"]) == ("academic_office", "complaint of 3 November")

    def test_an_opened_board_counts_for_the_nights_on_which_the_child_was_in_that_class(
        self, client: Client, cast: Cast, engine: sa.Engine
    ) -> None:
        for who, class_ in ((cast.maths_teacher, cast.class_31), (cast.homeroom_32, cast.class_32)):
            done(client.as_(who).get(f"/classes/{class_.id}/nights/{TONIGHT}"))
        boards = client.as_(cast.mother).get(f"/students/{cast.ada.id}/reads").get_json()["items"]
        assert [(each["name"], each["role"]) for each in boards] == [(cast.maths_teacher.name, "subject_teacher")]
        with engine.begin() as connection:
            yesterday = TONIGHT - dt.timedelta(days=1)
            moved = sa.update(Enrolment).where(Enrolment.student_id == cast.ada.id).values(to_on=yesterday)
            connection.execute(moved)
        assert client.as_(cast.mother).get(f"/students/{cast.ada.id}/reads").get_json()["items"] == []

    def test_what_the_command_took_out_is_told_without_a_name(
        self, client: Client, cast: Cast, session: Any, clock: FrozenClock
    ) -> None:
        nobody = uuid.UUID(int=0)
        command = Actor(kind=ActorKind.COMMAND, id=nobody, school_id=cast.shiyan.id, session_id=nobody, locale="en")
        export_student(session, actor=command, school_id=cast.shiyan.id, student_id=cast.ada.id, now=clock.now())
        session.commit()
        (read,) = client.as_(cast.mother).get(f"/students/{cast.ada.id}/reads").get_json()["items"]
        assert (read["what"], read["name"], read["role"]) == ("student.exported", None, "command")

    def test_repeated_openings_of_a_day_are_one_line_that_says_how_often(
        self, client: Client, cast: Cast, clock: FrozenClock
    ) -> None:
        boards = [TONIGHT, TONIGHT, TONIGHT - dt.timedelta(days=1), TONIGHT]
        for night in boards:
            clock.advance(minutes=10)
            done(client.as_(cast.homeroom).get(f"/classes/{cast.class_31.id}/nights/{night}"))
        clock.advance(hours=2)  # the next local day: 00:40
        done(client.as_(cast.homeroom).get(f"/classes/{cast.class_31.id}/nights/{TONIGHT}"))
        lines = client.as_(cast.mother).get(f"/students/{cast.ada.id}/reads").get_json()["items"]
        assert [(line["night"], line["times"]) for line in lines] == [
            (str(TONIGHT), 1),
            (str(TONIGHT), 3),
            (str(TONIGHT - dt.timedelta(days=1)), 1),
        ]
        assert lines[1]["at"] == "2026-11-17T14:40:00+00:00"

    def test_two_people_and_two_reasons_stay_apart(self, client: Client, cast: Cast) -> None:
        for reason in ("complaint", "complaint", "inspection"):
            done(client.as_(cast.office).get(NIGHT.format(cast.ada.id), headers={"X-Reason": reason}))
        done(client.as_(cast.homeroom).get(NIGHT.format(cast.ada.id)))
        lines = client.as_(cast.mother).get(f"/students/{cast.ada.id}/reads").get_json()["items"]
        assert {(line["role"], line["reason"], line["times"]) for line in lines} == {
            ("academic_office", "complaint", 2),
            ("academic_office", "inspection", 1),
            ("homeroom_teacher", None, 1),
        }

    @pytest.mark.parametrize("at_once", [200, 3])
    def test_pages_lose_none_of_what_happened_at_one_instant(
        self, client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch, at_once: int
    ) -> None:
        monkeypatch.setattr(reads, "EVENTS_AT_ONCE", at_once)
        for number in (1, 2, 3, 4, 5, 1, 2):
            reason = {"X-Reason": f"case {number}"}
            done(client.as_(cast.office).get(NIGHT.format(cast.ada.id), headers=reason))
        seen, query = [], {"limit": "2"}
        while True:
            page = client.as_(cast.mother).get(f"/students/{cast.ada.id}/reads", **query).get_json()
            seen += [(each["reason"], each["times"]) for each in page["items"]]
            if page["next_cursor"] is None:
                break
            query = {"limit": "2", "cursor": page["next_cursor"]}
        assert sorted(seen) == [(f"case {number}", 2 if number < 3 else 1) for number in range(1, 6)]

    @pytest.mark.parametrize("cursor", ["nonsense", "WyIyMDI2IiwgIngiXQ"])
    def test_a_cursor_that_is_not_ours_is_refused(self, client: Client, cast: Cast, cursor: str) -> None:
        assert client.as_(cast.mother).get(f"/students/{cast.ada.id}/reads", cursor=cursor).status_code == 422

    def test_one_look_and_twenty_cost_the_same_statements(
        self, client: Client, cast: Cast, app: Flask, count_statements: Counting
    ) -> None:
        with app.app_context():
            engine = db.engine
        counts = []
        for looks in (1, 19):
            for number in range(looks):
                reason = {"X-Reason": f"case {looks} {number}"}
                done(client.as_(cast.office).get(NIGHT.format(cast.ada.id), headers=reason))
            with count_statements(engine) as statements:
                answer = done(client.as_(cast.mother).get(f"/students/{cast.ada.id}/reads")).get_json()
            counts.append((len(answer["items"]), len(statements)))
        assert counts == [(1, counts[0][1]), (20, counts[0][1])]


class TestExport:
    def test_everything_comes_out_as_one_file(self, client: Client, cast: Cast) -> None:
        answer = done(client.as_(cast.mother).get(f"/students/{cast.ada.id}/export"))
        assert answer.headers["Content-Disposition"] == 'attachment; filename="nightsheet-export.json"'
        assert answer.headers["Cache-Control"] == "no-store"
        found = answer.get_json()
        counts = {table: len(found[table]) for table in ("night_sheets", "entries", "sleeps", "notes", "reviews")}
        assert counts == {"night_sheets": 1, "entries": 1, "sleeps": 1, "notes": 1, "reviews": 1}
        for table in ("entry_versions", "confirmations", "consents", "enrolments", "picture_codes", "push_endpoints"):
            assert len(found[table]) == 1, table
        assert [each["name"] for each in found["people"]] == [cast.ada.name]
        assert {each["code"] for each in found["outbox"]} == {"confirm_sheet", "cap_near"}
        assert len(found["guardianships"]) == 3
        assert [each["device_name"] for each in found["auth_sessions"]] == ["ada's device"]
        assert found["names"][str(cast.homeroom.id)] == {"name": cast.homeroom.name, "kind": "staff"}
        assert {"sheet.confirmed", "sheet.reviewed"} <= {each["action"] for each in found["audit_events"]}

    def test_no_secret_and_nothing_of_another_comes_out(self, client: Client, cast: Cast) -> None:
        text = done(client.as_(cast.mother).get(f"/students/{cast.ada.id}/export")).get_data(as_text=True)
        assert [name for name in WITHHELD if f'"{name}"' in text] == []
        for other in (cast.mother, cast.father, cast.finn_mother):
            assert other.telephone is not None
            assert other.telephone not in text
        assert str(cast.finn.id) not in text

    def test_every_table_about_a_student_is_in_the_document(self, client: Client, cast: Cast) -> None:
        found = done(client.as_(cast.mother).get(f"/students/{cast.ada.id}/export")).get_json()
        about = {table.name for table in Base.metadata.sorted_tables if "student_id" in table.c}
        assert about <= set(found)

    def test_a_message_to_the_child_about_nobody_comes_out_too(self, client: Client, cast: Cast) -> None:
        assert client.as_(cast.ada).post("/me/reminders/test").status_code == 201
        found = done(client.as_(cast.mother).get(f"/students/{cast.ada.id}/export")).get_json()
        assert "test" in {each["code"] for each in found["outbox"]}

    def test_the_nights_come_as_a_table_in_which_nothing_is_a_formula(self, client: Client, cast: Cast) -> None:
        answer = done(client.as_(cast.mother).get(f"/students/{cast.ada.id}/export", format="csv"))
        assert answer.headers["Content-Disposition"] == 'attachment; filename="nightsheet-nights.csv"'
        head, night = csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig")))
        line = dict(zip(head, night, strict=True))
        assert (line["日期"], line["书面作业分钟"]) == (str(TONIGHT), "40")
        assert (line["就寝"], line["班级"]) == (f"{TONIGHT} 21:15", "三(1)班")
        assert line["状态"] in {"进行中", "已交", "家长已确认"}
        assert (line["家长留言"], line["教师回复"]) == ("'=她今天头疼", "早点休息")

    def test_it_is_audited(self, client: Client, cast: Cast, session: Any) -> None:
        done(client.as_(cast.mother).get(f"/students/{cast.ada.id}/export"))
        event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "student.exported")).one()
        assert (event.student_id, event.actor_id) == (cast.ada.id, cast.mother.id)


def places_that_name(engine: sa.Engine, student_id: uuid.UUID) -> dict[str, int]:
    """Every table that holds the id in any column or inside any document, with how many of its rows do."""
    found = {}
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            rows = connection.execute(sa.select(table)).all()
            spelt = [json.dumps([str(value) for value in row], default=str) for row in rows]
            count = sum(str(student_id) in text for text in spelt)
            if count:
                found[table.name] = count
    return found


class TestErasure:
    def test_afterwards_no_table_holds_a_night_of_the_child(
        self, client: Client, cast: Cast, engine: sa.Engine
    ) -> None:
        done(client.as_(cast.homeroom).get(NIGHT.format(cast.ada.id)))
        before = places_that_name(engine, cast.ada.id)
        assert {"night_sheets", "entries", "entry_versions", "sleeps", "notes", "reviews", "outbox"} <= set(before)
        finn = places_that_name(engine, cast.finn.id)

        answer = done(erase(client, cast.mother, cast.ada)).get_json()

        assert ErasedSchema().validate(answer) == {}
        assert answer == {"student_id": str(cast.ada.id), "nights": 1, "may_write": False}
        left = places_that_name(engine, cast.ada.id)
        roster = {"people": 1, "students": 1, "enrolments": 1, "guardianships": 3}
        told = {"consents": 2, "outbox": 2}
        assert {name: left[name] for name in left if name != "audit_events"} == roster | told
        with engine.connect() as connection:
            actions = connection.scalars(
                sa.select(AuditEvent.action).where(AuditEvent.student_id == cast.ada.id).order_by(AuditEvent.id)
            ).all()
            waking = connection.scalar(sa.select(Student.waking_school_day).where(Student.id == cast.ada.id))
        assert set(actions) == {"night.read", "picture_code.set", "student.erased"}
        assert actions.count("student.erased") == 1
        assert waking is None
        assert places_that_name(engine, cast.finn.id) == finn

    def test_no_document_of_an_erased_night_is_left_anywhere(
        self, client: Client, cast: Cast, engine: sa.Engine
    ) -> None:
        done(erase(client, cast.mother, cast.ada))
        with engine.connect() as connection:
            for table in Base.metadata.sorted_tables:
                text = repr(connection.execute(sa.select(table)).all())
                assert "头疼" not in text, table.name
                assert "早点休息" not in text, table.name
                if table.name not in {"people", "students", "enrolments"} and "night" in table.c:
                    of_ada = [name for name in ("student_id", "subject_id") if name in table.c]
                    mine = sa.or_(*(table.c[name] == cast.ada.id for name in of_ada)) if of_ada else sa.false()
                    rows = connection.execute(sa.select(table).where(mine)).mappings().all()
                    codes = {row.get("code") or row.get("action") for row in rows}
                    assert codes <= {"data_erased", "night.read", "picture_code.set", "student.erased"}, table.name

    def test_what_was_added_up_of_the_childs_class_goes_and_is_added_up_without_it(
        self, client: Client, cast: Cast, engine: sa.Engine
    ) -> None:
        path = f"/classes/{cast.class_31.id}/trends"
        done(client.as_(cast.homeroom).get(path))
        kept = sa.select(RolledUpFigure.minutes).where(RolledUpFigure.class_id == cast.class_31.id)
        with engine.connect() as connection:
            assert connection.scalars(kept).all() == [[40, 40]]
        done(erase(client, cast.mother, cast.ada))
        with engine.connect() as connection:
            assert connection.scalars(kept).all() == []
        done(client.as_(cast.homeroom).get(path))
        with engine.connect() as connection:
            assert connection.scalars(kept).all() == [[40]]

    def test_the_child_is_signed_out_and_the_guardian_is_not(self, client: Client, cast: Cast) -> None:
        done(erase(client, cast.mother, cast.ada))
        assert client.as_(cast.ada).get("/me").status_code == 401
        me = done(client.as_(cast.mother).get("/me")).get_json()
        ada = next(each for each in me["students"] if each["id"] == str(cast.ada.id))
        assert ada["consent"]["state"] == "withdrawn"

    def test_nothing_new_is_written_until_that_guardian_agrees_again(
        self, client: Client, cast: Cast, clock: FrozenClock
    ) -> None:
        done(erase(client, cast.father, cast.ada))
        path = f"{NIGHT.format(cast.ada.id)}/entries/{uuid.UUID(int=12)}"
        fresh = entry(MATHS, (at(20), at(20, 10)))
        assert client.as_(cast.mother).put(path, fresh).get_json()["code"] == "consent_required"
        clock.advance(minutes=1)
        grant = {"decision": "granted", "text_version": "2026-11"}
        done(client.as_(cast.father).put(f"/students/{cast.ada.id}/consent", grant))
        done(client.as_(cast.mother).put(path, fresh))

    def test_a_phone_that_holds_what_was_erased_is_told_to_begin_anew(
        self, client: Client, cast: Cast, clock: FrozenClock
    ) -> None:
        held = sync(client, cast.father, cast.ada, None)
        assert [each["night"] for each in held["nights"] if each["entries"]] == [str(TONIGHT)]
        assert not sync(client, cast.father, cast.ada, held["cursor"])["reset"]

        done(erase(client, cast.mother, cast.ada))

        told = sync(client, cast.father, cast.ada, held["cursor"])
        assert told["reset"]
        assert [each for each in told["nights"] if each["entries"]] == []
        assert int(told["cursor"].split(".")[0]) > int(held["cursor"].split(".")[0])
        assert not sync(client, cast.father, cast.ada, told["cursor"])["reset"]
        clock.advance(minutes=1)
        grant = {"decision": "granted", "text_version": "2026-11"}
        done(client.as_(cast.mother).put(f"/students/{cast.ada.id}/consent", grant))
        again = entry(MATHS, (at(20), at(20, 10)))
        done(client.as_(cast.father).put(f"{NIGHT.format(cast.ada.id)}/entries/{uuid.UUID(int=12)}", again))
        after = sync(client, cast.mother, cast.ada, told["cursor"])
        assert (after["reset"], [each["night"] for each in after["nights"]]) == (False, [str(TONIGHT)])

    def test_the_other_guardian_and_the_office_are_told_and_nobody_else(
        self, client: Client, cast: Cast, session: Any
    ) -> None:
        done(erase(client, cast.mother, cast.ada))
        rows = session.scalars(sa.select(OutboxRow).where(OutboxRow.code == "data_erased")).all()
        assert {(row.recipient_id, row.subject_id) for row in rows} == {
            (cast.father.id, cast.ada.id),
            (cast.office.id, cast.ada.id),
        }
        for told in (cast.father, cast.office):
            (message,) = client.as_(told).get("/me/inbox").get_json()["items"]
            assert (message["code"], message["student_id"]) == ("data_erased", str(cast.ada.id))

    def test_again_is_nothing(self, client: Client, cast: Cast, engine: sa.Engine, clock: FrozenClock) -> None:
        done(erase(client, cast.mother, cast.ada))
        before = everything(engine)
        clock.advance(days=1)
        assert done(erase(client, cast.mother, cast.ada)).get_json()["nights"] == 0
        # A night's figures of what went out are kept by whoever comes first once it is over; they name nobody.
        assert everything(engine) | {"delivery_nights": []} == before | {"delivery_nights": []}

    def test_a_wrong_name_erases_nothing(self, client: Client, cast: Cast, engine: sa.Engine) -> None:
        before = everything(engine)
        answer = erase(client, cast.mother, cast.ada, cast.emil.name)
        assert answer.status_code == 422
        assert answer.get_json()["errors"][0]["code"] == "name_differs"
        assert everything(engine) == before

    @pytest.mark.parametrize("spelt", ["陈 艾达", " 陈艾达 "])
    def test_the_name_may_be_spelt_with_spaces(self, client: Client, cast: Cast, spelt: str) -> None:
        done(erase(client, cast.mother, cast.ada, spelt))

    @pytest.mark.parametrize("who", ["ada", "grandfather", "finn_mother", "homeroom", "office", "zed_mother"])
    def test_to_everybody_else_the_child_is_unknown(
        self, client: Client, cast: Cast, engine: sa.Engine, who: str
    ) -> None:
        before = everything(engine)
        assert erase(client, getattr(cast, who), cast.ada).status_code == 404
        assert everything(engine) == before

    def test_consents_stay_and_one_is_added(self, client: Client, cast: Cast, session: Any) -> None:
        done(erase(client, cast.father, cast.ada))
        rows = session.scalars(sa.select(Consent).where(Consent.student_id == cast.ada.id)).all()
        assert {(row.guardian_id, row.decision) for row in rows} == {
            (cast.mother.id, ConsentDecision.granted),
            (cast.father.id, ConsentDecision.withdrawn),
        }

    def test_frozen_class_figures_name_nobody_and_stay(
        self, client: Client, cast: Cast, engine: sa.Engine, clock: FrozenClock
    ) -> None:
        figures = {"enrolled": 40, "amended": 0, "cap_minutes": 60, "minutes": [40, 45], "by_subject": {}}
        stretch = {"class_id": cast.class_31.id, "until": TONIGHT, "since": TONIGHT, "frozen_at": clock.now()}
        with engine.begin() as connection:
            connection.execute(sa.insert(FrozenFigure), stretch | {"school_id": cast.shiyan.id, "figures": figures})
        done(erase(client, cast.mother, cast.ada))
        with engine.connect() as connection:
            assert connection.scalar(sa.select(FrozenFigure.figures)) == figures


def everything(engine: sa.Engine) -> dict[str, list[str]]:
    with engine.connect() as connection:
        tables = Base.metadata.sorted_tables
        return {table.name: sorted(repr(row) for row in connection.execute(sa.select(table))) for table in tables}


def test_a_write_under_way_while_everything_is_erased_brings_nothing_back(
    engine: sa.Engine, cast: Cast, client: Client, session: Any
) -> None:
    """The writer read the night before it was erased: saving it must fail, so that the request begins again."""
    sheets = sa.select(NightSheet.__table__).where(NightSheet.student_id == cast.ada.id)
    row = dict(session.execute(sheets).mappings().one())
    session.rollback()
    done(erase(client, cast.mother, cast.ada))
    counter = row["change_counter"]
    changed = row | {"change_counter": counter + 1}
    assert not night_writing.save_sheet(session, changed, read_counter=counter, may_write=True)
    session.rollback()
    unheard = row | {"night": TONIGHT - dt.timedelta(days=1), "change_counter": counter + 1}
    assert not night_writing.save_sheet(session, unheard, read_counter=None, may_write=True)
    session.rollback()
