"""A roster in the database: what is added, changed, moved and left, and that the same file again changes nothing."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.errors import NotFound
from backend.domain.people import PersonKind, normalise_name
from backend.services.actor import Actor, ActorKind
from backend.services.roster.importing import RosterReport, import_roster
from backend.storage.base import Base, new_id
from backend.storage.models import (
    AuditEvent,
    Class,
    Enrolment,
    Guardianship,
    Person,
    RosterImport,
    School,
    Student,
    Term,
)
from backend.storage.models.places import SchoolSystem
from tests.databases import Statements
from tests.services.roster.workbooks import codes_of, shared, xlsx

AUTUMN = dt.datetime(2026, 9, 10, 1, 0, tzinfo=dt.UTC)
NOVEMBER = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)
NEXT_YEAR = dt.datetime(2027, 9, 3, 1, 0, tzinfo=dt.UTC)
SECRET = "a secret of the installation, long enough"
SCHOOL_ID = uuid.UUID("01900000-0000-7000-8000-000000000001")
COMMAND = Actor(kind=ActorKind.COMMAND, id=uuid.UUID(int=0), school_id=SCHOOL_ID, session_id=uuid.UUID(int=0))
HEADER = ["学号", "姓名", "班级", "家长姓名", "关系", "电话"]
ADA = ["1", "周思", "三(1)班", "周景辰", "母亲", "15000001537"]
BEN = ["2", "吴越", "三(2)班", "吴诺轩", "母亲", "15000000795"]
CLEO = ["3", "郑心", "四(1)班", "郑母", "母亲", "15000000796"]


@pytest.fixture
def school(session: Session) -> Iterator[Session]:
    """A school that was made this morning and has nobody yet."""
    session.add(School(id=SCHOOL_ID, slug="new", name="实验学校", system=SchoolSystem("six-three"), created_at=AUTUMN))
    session.commit()
    yield session
    session.rollback()


def take(session: Session, *rows: list[Any], content: bytes | None = None, **how: Any) -> RosterReport:
    """Import rows (or a file) at a moment, and commit as the edge does."""
    options = {"now": AUTUMN, "school_year": 2026, "secret_key": SECRET, "actor": COMMAND} | how
    file = content if content is not None else xlsx(HEADER, *rows)
    report = import_roster(session, school_id=SCHOOL_ID, content=file, filename="roster.xlsx", **options)
    session.commit()
    return report


def differences(report: RosterReport) -> tuple[int, int, int, int]:
    """Added, changed, moved, left."""
    return report.added, report.changed, report.moved, report.left


def everything(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that a roster can touch, but its logs."""
    tables = [Base.metadata.tables[name] for name in ("classes", "people", "students", "enrolments", "guardianships")]
    return {table.name: sorted(map(tuple, session.execute(sa.select(table))), key=repr) for table in tables}


def enrolments(session: Session, name: str) -> list[tuple[int, int, int, dt.date, dt.date | None]]:
    """(school year, grade, class number, from, to) of a student in order."""
    rows = session.execute(
        sa.select(Class.school_year, Class.grade, Class.number, Enrolment.from_on, Enrolment.to_on)
        .join(Enrolment, Enrolment.class_id == Class.id)
        .join(Person, Person.id == Enrolment.student_id)
        .where(Person.name == name)
        .order_by(Enrolment.from_on)
    )
    return [tuple(row) for row in rows]


def guardians(session: Session, name: str) -> list[tuple[str, str | None, str, bool]]:
    """(name, telephone, relation, stands) of a student's guardians."""
    guardian = sa.orm.aliased(Person)
    rows = session.execute(
        sa.select(guardian.name, guardian.telephone, Guardianship.relation, Guardianship.ended_at.is_(None))
        .join(Guardianship, Guardianship.guardian_id == guardian.id)
        .join(Person, Person.id == Guardianship.student_id)
        .where(Person.name == name)
        .order_by(guardian.name, guardian.telephone)
    )
    return [tuple(row) for row in rows]


def students(session: Session) -> list[str]:
    return sorted(session.scalars(sa.select(Person.name).where(Person.kind == PersonKind.student)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("plain", (4, 160, 160)), ("school_office", (9, 333, 623)), ("bureau", (9, 266, 379))],
)
def test_each_shared_workbook_imports_and_a_second_time_changes_nothing(
    school: Session, name: str, expected: tuple[int, int, int]
) -> None:
    first = take(school, content=shared(name), good_rows=True)
    assert (first.classes, first.students, first.guardians) == expected
    assert differences(first) == (expected[1], 0, 0, 0)
    before = everything(school)
    assert len(before["students"]) == len(before["enrolments"]) == expected[1]
    second = take(school, content=shared(name), good_rows=True, now=NOVEMBER, leavers=True)
    assert differences(second) == (0, 0, 0, 0)
    assert everything(school) == before


def test_all_or_nothing_is_the_default(school: Session) -> None:
    report = take(school, content=shared("bureau"))
    assert (report.refused, report.stored, report.added) == (True, False, 266)
    assert everything(school)["people"] == []
    assert school.scalar(sa.select(sa.func.count()).select_from(RosterImport)) == 0


def test_a_dry_run_says_the_same_as_the_import_and_stores_nothing(school: Session) -> None:
    dry = take(school, ADA, BEN, dry_run=True)
    assert (dry.dry_run, dry.stored, everything(school)["people"]) == (True, False, [])
    real = take(school, ADA, BEN)
    assert real.as_dict() == dry.as_dict() | {"dry_run": False, "stored": True}


def test_the_answer_has_the_documented_form(school: Session) -> None:
    answer = take(school, ADA, [*BEN[:2], "火箭班", *BEN[3:]], good_rows=True).as_dict("en")
    counts = {name: answer[name] for name in ("classes", "students", "guardians", "added", "changed", "left")}
    assert counts == {"classes": 1, "students": 1, "guardians": 1, "added": 1, "changed": 0, "left": 0}
    (problem,) = answer["problems"]
    assert {k: problem[k] for k in ("sheet", "row", "column", "code", "severity")} == {
        "sheet": "名单", "row": 3, "column": "C", "code": "unknown_class", "severity": "refused",
    }  # fmt: skip
    assert problem["message"].startswith("Sheet “名单”, row 3 (C3): the class “火箭班” is not understood.")


def test_a_file_that_cannot_be_read_stores_nothing_even_when_good_rows_are_asked_for(school: Session) -> None:
    report = take(school, content=b"PK nonsense", good_rows=True)
    assert (report.stored, codes_of(report.problems)) == (False, ["file_unreadable"])


def test_an_unknown_school_is_not_found(school: Session) -> None:
    with pytest.raises(NotFound):
        import_roster(
            school, actor=COMMAND, school_id=new_id(), content=b"", filename="x", school_year=2026, secret_key=SECRET,
            now=AUTUMN,
        )  # fmt: skip


def test_a_first_list_counts_from_the_first_day_of_term_and_a_later_child_from_the_day_itself(school: Session) -> None:
    school.add(Term(school_id=SCHOOL_ID, name="1", starts_on=dt.date(2026, 8, 31), ends_on=dt.date(2027, 1, 20)))
    take(school, ADA)
    take(school, ADA, [*BEN[:2], "三(1)班", *BEN[3:]], now=NOVEMBER)
    assert enrolments(school, "周思") == [(2026, 3, 1, dt.date(2026, 8, 31), None)]
    assert enrolments(school, "吴越") == [(2026, 3, 1, dt.date(2026, 11, 23), None)]


def test_a_move_closes_the_old_enrolment_the_day_before(school: Session) -> None:
    take(school, ADA, BEN)
    report = take(school, ADA, [*BEN[:2], "三(1)班", *BEN[3:]], now=NOVEMBER)
    assert differences(report) == (0, 1, 1, 0)
    assert enrolments(school, "吴越") == [
        (2026, 3, 2, dt.date(2026, 9, 1), dt.date(2026, 11, 22)),
        (2026, 3, 1, dt.date(2026, 11, 23), None),
    ]
    assert differences(take(school, ADA, [*BEN[:2], "三(1)班", *BEN[3:]], now=NOVEMBER)) == (0, 0, 0, 0)


def test_a_move_corrected_on_the_same_day_leaves_one_enrolment_for_that_day(school: Session) -> None:
    take(school, ADA, BEN)
    for class_name in ("三(1)班", "三(3)班"):
        take(school, ADA, [*BEN[:2], class_name, *BEN[3:]], now=NOVEMBER)
    assert [row[2] for row in enrolments(school, "吴越")] == [2, 3]


def test_the_next_years_list_moves_everybody_up_and_keeps_the_past(school: Session) -> None:
    take(school, ADA, BEN)
    report = take(school, [*ADA[:2], "四(1)班", *ADA[3:]], now=NEXT_YEAR, school_year=2027, leavers=True)
    assert enrolments(school, "周思") == [
        (2026, 3, 1, dt.date(2026, 9, 1), dt.date(2027, 9, 2)),
        (2027, 4, 1, dt.date(2027, 9, 3), None),
    ]
    assert differences(report) == (0, 1, 1, 1)  # Ben would be in grade 4 now and is not in the file


def test_a_list_imported_in_august_counts_from_the_coming_first_of_september(school: Session) -> None:
    take(school, ADA)
    august = dt.datetime(2027, 8, 20, 1, 0, tzinfo=dt.UTC)
    take(school, [*ADA[:2], "四(1)班", *ADA[3:]], now=august, school_year=2027)
    assert enrolments(school, "周思") == [
        (2026, 3, 1, dt.date(2026, 9, 1), dt.date(2027, 8, 31)),
        (2027, 4, 1, dt.date(2027, 9, 1), None),
    ]


def test_nobody_leaves_unless_leavers_are_asked_for(school: Session) -> None:
    take(school, ADA, BEN)
    assert differences(take(school, ADA, now=NOVEMBER)) == (0, 0, 0, 0)


def test_leavers_leave_today_and_only_in_the_grades_of_the_file(school: Session) -> None:
    take(school, ADA, BEN, CLEO)
    report = take(school, ADA, now=NOVEMBER, leavers=True)
    assert differences(report) == (0, 0, 0, 1)
    assert enrolments(school, "吴越")[0][-1] == dt.date(2026, 11, 23)
    assert enrolments(school, "郑心")[0][-1] is None
    left = school.scalars(sa.select(Person.name).where(Person.left_at == NOVEMBER)).all()
    assert left == ["吴越"]


def test_nobody_leaves_while_a_row_is_refused(school: Session) -> None:
    take(school, ADA, BEN)
    report = take(school, ADA, [*BEN[:2], None, *BEN[3:]], now=NOVEMBER, leavers=True, good_rows=True)
    assert (report.left, "leavers_not_made" in codes_of(report.problems)) == (0, True)


def test_who_left_and_comes_back_is_the_same_student(school: Session) -> None:
    take(school, ADA, BEN)
    take(school, ADA, now=NOVEMBER, leavers=True)
    report = take(school, ADA, BEN, now=NOVEMBER + dt.timedelta(days=7))
    assert differences(report) == (0, 1, 0, 0)
    assert [row[3:] for row in enrolments(school, "吴越")] == [
        (dt.date(2026, 9, 1), dt.date(2026, 11, 23)),
        (dt.date(2026, 11, 30), None),
    ]


def test_who_left_by_mistake_is_back_the_same_day_with_one_enrolment(school: Session) -> None:
    take(school, ADA, BEN)
    take(school, ADA, now=NOVEMBER, leavers=True)
    take(school, ADA, BEN, now=NOVEMBER)
    assert [row[3:] for row in enrolments(school, "吴越")] == [(dt.date(2026, 9, 1), None)]


def test_a_number_of_somebody_who_left_is_not_given_to_another_name(school: Session) -> None:
    take(school, ADA, BEN)
    take(school, ADA, now=NOVEMBER, leavers=True)
    report = take(school, ADA, [BEN[0], "新生", *BEN[2:]], now=NOVEMBER)
    assert codes_of(report.problems) == ["number_taken"]
    assert students(school) == ["吴越", "周思"]


def test_equal_names_in_one_class_without_numbers_stay_two_children(school: Session) -> None:
    twin = [ADA[1], ADA[2], "另一位", "母亲", "15000009999"]
    content = xlsx(HEADER[1:], ADA[1:], twin)
    take(school, content=content)
    before = everything(school)
    assert len(before["students"]) == 2
    take(school, content=xlsx(HEADER[1:], twin, ADA[1:]), now=NOVEMBER)
    assert everything(school) == before


def test_two_equal_rows_without_anything_to_tell_them_apart_stay_two_on_the_second_import(school: Session) -> None:
    content = xlsx(["姓名", "班级"], ["周思", "三(1)班"], ["周思", "三(1)班"])
    take(school, content=content)
    assert differences(take(school, content=content)) == (0, 0, 0, 0)
    assert students(school) == ["周思", "周思"]


def test_a_number_is_learnt_for_a_child_known_by_class_and_name(school: Session) -> None:
    take(school, content=xlsx(HEADER[1:], ADA[1:]))
    assert differences(take(school, ADA)) == (0, 1, 0, 0)
    assert school.scalars(sa.select(Student.school_number)).all() == ["1"]


def test_another_number_in_the_same_class_and_name_is_another_child(school: Session) -> None:
    take(school, ADA)
    assert take(school, ADA, ["9", *ADA[1:]]).added == 1


def test_without_numbers_a_move_is_known_by_name_and_guardian(school: Session) -> None:
    take(school, content=xlsx(HEADER[1:], ADA[1:]))
    report = take(school, content=xlsx(HEADER[1:], [ADA[1], "三(2)班", *ADA[3:]]), now=NOVEMBER)
    assert differences(report) == (0, 1, 1, 0)


def test_two_students_may_swap_their_numbers_when_the_national_number_tells_them(school: Session) -> None:
    header = ["全国学籍号", *HEADER]
    take(school, content=xlsx(header, ["G1", *ADA], ["G2", *BEN]))
    swapped = xlsx(header, ["G1", "2", *ADA[1:]], ["G2", "1", *BEN[1:]])
    assert differences(take(school, content=swapped)) == (0, 2, 0, 0)
    numbers = school.execute(sa.select(Person.name, Student.school_number).join(Student, Student.id == Person.id))
    assert dict(numbers.all()) == {"周思": "2", "吴越": "1"}


def test_a_number_that_stays_with_another_student_refuses_the_row(school: Session) -> None:
    header = ["全国学籍号", *HEADER]
    take(school, content=xlsx(header, ["G1", *ADA], ["G2", *BEN]))
    report = take(school, content=xlsx(header, ["G1", "2", *ADA[1:]]))
    assert (report.stored, codes_of(report.problems)) == (False, ["number_taken"])


def test_the_national_number_is_kept_as_a_keyed_hash_only(school: Session) -> None:
    take(school, content=xlsx(["全国学籍号", *HEADER[1:]], ["G1100032020010001", *ADA[1:]]))
    (hashed,) = school.scalars(sa.select(Student.national_number_hash))
    assert hashed is not None
    assert len(hashed) == 32
    for table in Base.metadata.sorted_tables:
        assert "G110003202001" not in repr(school.execute(sa.select(table)).all())


def test_a_corrected_name_is_changed_and_told(school: Session) -> None:
    take(school, ADA)
    report = take(school, [ADA[0], "周司", *ADA[2:]])
    assert (differences(report), codes_of(report.problems)) == ((0, 1, 0, 0), ["name_changed"])
    keys = school.scalars(sa.select(Person.name_key).where(Person.kind == PersonKind.student)).all()
    assert keys == [normalise_name("周司")]


def test_siblings_share_a_guardian_only_when_name_and_telephone_are_equal(school: Session) -> None:
    brother = ["5", "周乐", "四(1)班", "周 景辰", "母", "150-0000-1537"]
    cousin = ["6", "周天", "四(1)班", "周景天", "父", "15000001537"]
    report = take(school, ADA, brother, cousin)
    assert (report.guardians, report.guardians_added) == (2, 2)
    assert "phone_shared" in codes_of(report.problems)


def test_a_telephone_known_under_another_name_is_told_when_that_guardian_is_new(school: Session) -> None:
    take(school, ADA)
    report = take(school, ["6", "周天", "四(1)班", "周景天", "父", "15000001537"])
    assert codes_of(report.problems) == ["phone_shared"]
    assert "系统里" in report.problems[0].message()


def test_an_import_never_ends_a_guardianship_but_tells_of_it(school: Session) -> None:
    take(school, ADA)
    report = take(school, [*ADA[:3], "周父", "父亲", "15000002222"])
    assert codes_of(report.problems) == ["guardian_not_in_file"]
    assert guardians(school, "周思") == [
        ("周景辰", "15000001537", "母亲", True),
        ("周父", "15000002222", "父亲", True),
    ]


def test_an_ended_guardianship_is_not_restored_by_a_file(school: Session) -> None:
    take(school, ADA)
    school.execute(sa.update(Guardianship).values(ended_at=AUTUMN))
    report = take(school, ADA)
    assert codes_of(report.problems) == ["guardianship_ended"]
    assert [stands for *_, stands in guardians(school, "周思")] == [False]


def test_a_telephone_is_added_to_a_guardian_who_had_none(school: Session) -> None:
    take(school, [*ADA[:5], None])
    take(school, ADA)
    assert guardians(school, "周思") == [("周景辰", "15000001537", "母亲", True)]
    assert differences(take(school, [*ADA[:5], None])) == (0, 0, 0, 0)


def test_pupils_may_not_write_before_consent_but_a_known_adult_of_senior_high_may(school: Session) -> None:
    header = [*HEADER, "出生年月"]
    take(
        school,
        content=xlsx(header, [*ADA, "2017-05"], ["7", "高一生", "高一(1)班", "高母", "母", "13000000007", "2010-05"]),
    )
    rows = school.execute(sa.select(Person.name, Student.may_write).join(Student, Student.id == Person.id))
    assert dict(rows.all()) == {"周思": False, "高一生": True}


def test_what_a_file_does_not_say_stays(school: Session) -> None:
    take(school, content=xlsx([*HEADER, "是否住校", "出生年月"], [*ADA, "是", "2017-05"]))
    assert differences(take(school, ADA)) == (0, 0, 0, 0)
    (student,) = school.scalars(sa.select(Student))
    assert (student.boards, student.under_14_until) == (True, dt.date(2031, 6, 1))


def test_a_stage_that_the_school_never_had_is_told_before_it_is_made(school: Session) -> None:
    take(school, ADA)
    report = take(school, ["8", "初生", "九年级2班", "初母", "母", "13000000008"])
    assert codes_of(report.problems) == ["new_stage"]


def test_the_import_and_each_student_it_touches_stand_in_the_audit_log_without_names(school: Session) -> None:
    take(school, ADA, BEN)
    take(school, [*ADA[:2], "三(2)班", *ADA[3:]], now=NOVEMBER, leavers=True)
    events = school.scalars(sa.select(AuditEvent).order_by(AuditEvent.at, AuditEvent.action)).all()
    assert [(event.action, event.details) for event in events if event.student_id] == [
        ("roster.student_added", {}),
        ("roster.student_added", {}),
        ("roster.student_changed", {"changed": ["class"]}),
        ("roster.student_left", {}),
    ]
    assert [event.action for event in events if not event.student_id] == ["roster.imported", "roster.imported"]
    assert "周" not in repr([event.details for event in events])


def test_fifteen_hundred_students_are_imported_in_seconds_with_few_statements(
    school: Session,
    engine: sa.Engine,
    count_statements: Callable[[sa.Engine], AbstractContextManager[Statements]],
) -> None:
    rows = [
        [
            f"{n:05}",
            f"甲{chr(0x4E00 + n)}",
            f"{n % 6 + 1}.{n % 40 // 6 + 1}",
            f"乙{chr(0x4E00 + n)}",
            "母",
            f"138{n:08}",
        ]
        for n in range(1500)
    ]
    content = xlsx(HEADER, *rows)
    began = time.process_time()
    with count_statements(engine) as statements:
        report = take(school, content=content)
    assert report.added == 1500
    assert time.process_time() - began < 5
    assert len(statements) < 60
