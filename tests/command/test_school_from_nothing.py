"""A school from nothing, by the command alone: school, staff, roster, slips, consent, policy, export."""

from __future__ import annotations

import csv
import json
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result
from sqlalchemy.orm import Session

from backend.domain.people import Role
from backend.services.identity.passwords import verify_password
from backend.storage.models import (
    AuditEvent,
    Class,
    Consent,
    Person,
    Post,
    School,
    SchoolDay,
    StaffPassword,
    Student,
    Subject,
    Term,
)

Call = Callable[..., Result]
DATA = Path(__file__).parents[1] / "data"
STAFF = """育才学校教职工名单,,,,,
姓名,职务,班级,科目,星期,手机
王芳,班主任,三(1)班,语文,一二三四五,13800000001
李明,任课教师,三(1)、(2)班,数学,周一、周三、周五,13800000002
李明,任课教师,三(1)班,英语,二四,13800000003
陈静,教务处,,,,
赵磊,年级组长,三年级,,,
周平,备课组长,三年级,数学,,
"""


@pytest.fixture
def staff_file(folder: Path) -> Path:
    """A list of staff with a title row, two people of one name, and five roles."""
    path = folder / "staff.csv"
    path.write_text(STAFF, encoding="utf-8")
    return path


def _count(session: Session, model: type) -> int:
    """How many rows there are; the session lets go of the database, so that the next command may write."""
    counted = session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
    session.rollback()
    return counted


def test_a_created_school_has_terms_subjects_and_a_calendar(call: Call, school: str, session: Session) -> None:
    assert session.scalars(sa.select(School.slug)).all() == [school]
    assert _count(session, Term) == 2
    assert session.scalars(sa.select(Subject.glyph).order_by(Subject.position)).all()[:3] == ["语", "数", "英"]
    days = {day.day.isoformat(): day for day in session.scalars(sa.select(SchoolDay))}
    assert (days["2026-10-01"].is_school_day, days["2026-10-01"].note) == (False, "国庆节")
    assert (days["2026-10-10"].is_school_day, days["2026-10-10"].timetable_weekday) == (True, None)
    assert days["2026-11-17"].status.value == "announced"
    assert (days["2027-03-02"].is_school_day, days["2027-03-02"].status.value) == (True, "estimated")


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("zone", "order"),
    [
        ("Asia/Shanghai", ["wecom", "sms", "email", "inbox"]),
        ("Asia/Urumqi", ["wecom", "sms", "email", "inbox"]),
        ("Asia/Hong_Kong", []),
        ("Europe/Berlin", []),
    ],
)
def test_on_the_mainland_nothing_goes_abroad_before_the_school_turns_it_on(
    call: Call, session: Session, zone: str, order: list[str]
) -> None:
    made = call("school", "create", "--slug", "second", "--name", "二小", "--system", "six-three", "--zone", zone)
    assert made.exit_code == 0, made.output
    assert session.scalars(sa.select(School.channels)).one() == order


@pytest.mark.parametrize(
    ("option", "value"),
    [("--slug", "育才"), ("--slug", "yucai"), ("--zone", "China/Peking"), ("--name", " "), ("--district", "none")],
)
def test_a_school_that_cannot_be_is_refused_with_the_field(
    call: Call, school: str, session: Session, option: str, value: str
) -> None:
    arguments = {"--slug": "second", "--name": "二小", "--system": "six-three", option: value}
    answer = call("school", "create", *(part for pair in arguments.items() for part in pair))
    assert answer.exit_code == 1
    assert option.lstrip("-") in answer.stderr
    assert _count(session, School) == 1


def test_staff_get_posts_and_first_passwords_that_open(
    call: Call, school: str, staff_file: Path, session: Session, folder: Path
) -> None:
    answer = call("staff", "import", staff_file, "--school", school)
    assert answer.exit_code == 0, answer.output
    file = folder / "instance" / "first_passwords_yucai.csv"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert [row["login"] for row in rows] == ["王芳", "李明", "李明2", "陈静", "赵磊", "周平"]
    for row in rows:
        stored = session.scalars(sa.select(StaffPassword).where(StaffPassword.login == row["login"])).one()
        assert stored.must_change
        assert verify_password(stored.password_hash, row["password"])
        assert row["password"] in answer.stdout
    assert {name for (name,) in session.execute(sa.select(Class.name))} == {"三(1)班", "三(2)班"}


def test_a_homeroom_teacher_in_the_row_of_a_subject_also_teaches_it(
    call: Call, school: str, staff_file: Path, session: Session
) -> None:
    call("staff", "import", staff_file, "--school", school)
    rows = session.execute(
        sa.select(Post.role, Post.subject, Post.weekdays)
        .join(Person, (Person.school_id == Post.school_id) & (Person.id == Post.person_id))
        .where(Person.name == "王芳")
    ).all()
    assert {(role, subject, tuple(days)) for role, subject, days in rows} == {
        (Role.homeroom_teacher, None, ()),
        (Role.subject_teacher, "chinese", (1, 2, 3, 4, 5)),
    }


def test_an_alias_for_the_notice_board_is_kept_and_is_never_the_name(
    call: Call, school: str, folder: Path, session: Session
) -> None:
    path = folder / "aliases.csv"
    rows = ["姓名,职务,公示代号", "陈静,教务处,教务 1", "李明,教务处,李明老师", f"周平,教务处,{'长' * 21}"]
    path.write_text("\n".join(rows), encoding="utf-8")
    answer = call("staff", "import", path, "--school", school)
    assert answer.exit_code == 0, answer.output
    stored = {person.name: person.notice_alias for person in session.scalars(sa.select(Person))}
    assert stored == {"陈静": "教务 1", "李明": None, "周平": None}
    assert "公示是公开的" in answer.output or "the notice board is public" in answer.output
    session.rollback()
    path.write_text("姓名,职务\n陈静,教务处", encoding="utf-8")
    call("staff", "import", path, "--school", school)
    assert session.scalar(sa.select(Person.notice_alias).where(Person.name == "陈静")) == "教务 1"


def test_the_same_staff_list_again_changes_nothing_and_resets_nobody(
    call: Call, school: str, staff_file: Path, session: Session
) -> None:
    call("staff", "import", staff_file, "--school", school)
    before = session.execute(sa.select(StaffPassword.login, StaffPassword.password_hash)).all()
    posts, events = _count(session, Post), _count(session, AuditEvent)
    session.rollback()
    answer = call("staff", "import", staff_file, "--school", school)
    assert answer.exit_code == 0
    assert "first password" not in answer.output.lower()
    assert sorted(session.execute(sa.select(StaffPassword.login, StaffPassword.password_hash)).all()) == sorted(before)
    assert (_count(session, Post), _count(session, AuditEvent)) == (posts, events)


def test_a_dry_run_stores_nothing_and_shows_no_password(
    call: Call, school: str, staff_file: Path, session: Session, folder: Path
) -> None:
    answer = call("staff", "import", staff_file, "--school", school, "--dry-run")
    assert answer.exit_code == 0
    assert "new 6" in answer.stdout
    assert _count(session, Person) == 0
    assert not (folder / "instance" / "first_passwords_yucai.csv").exists()


@pytest.mark.parametrize(
    ("row", "cell", "remedy"),
    [
        ("孙一,任课教师,三(1)班,炼金术,,", "D8", "语文"),
        ("孙一,校医,三(1)班,,,", "B8", "homeroom teacher"),
        ("孙一,任课教师,火星班,数学,,", "C8", "三(2)班"),
        ("孙一,任课教师,三(1)班,数学,某天,", "E8", "Mon Wed Fri"),
        ("孙一,任课教师,,数学,,", "C8", "3.1"),
        (",教务处,,,,", "A8", "name"),
        ("孙一,学习委员,三(1)班,,,", "B8", "pupil"),
    ],
)
def test_a_wrong_cell_refuses_the_list_and_is_named(
    call: Call, school: str, staff_file: Path, session: Session, row: str, cell: str, remedy: str
) -> None:
    lines = STAFF.splitlines()
    staff_file.write_text("\n".join([*lines[:7], row, *lines[7:]]), encoding="utf-8")
    answer = call("staff", "import", staff_file, "--school", school)
    assert answer.exit_code == 1
    assert f"({cell})" in answer.stderr
    assert remedy in answer.stderr
    assert _count(session, Person) == 0
    good = call("staff", "import", staff_file, "--school", school, "--good-rows")
    assert good.exit_code == 0
    assert _count(session, Person) == 6


def test_replace_ends_the_posts_that_the_list_no_longer_gives(
    call: Call, school: str, staff_file: Path, session: Session, clock
) -> None:
    call("staff", "import", staff_file, "--school", school)
    clock.advance(days=7)
    staff_file.write_text(STAFF.replace("三(1)、(2)班", "三(2)班"), encoding="utf-8")
    assert "ended 1" in call("staff", "import", staff_file, "--school", school, "--replace").stdout
    ended = session.scalars(sa.select(Post).where(Post.to_on.is_not(None))).all()
    assert [(post.subject, post.to_on.isoformat()) for post in ended] == [("maths", "2026-11-23")]


def test_one_person_can_be_added_and_given_a_new_password(call: Call, school: str, session: Session) -> None:
    added = call("staff", "add", "--school", school, "--name", "钱进", "--role", "academic_office")
    assert added.exit_code == 0, added.output
    before = session.scalars(sa.select(StaffPassword.password_hash)).one()
    session.rollback()
    reset = call("staff", "reset-password", "--school", school, "--login", "钱进")
    password = re.search(r"\w{4}-\w{4}-\w{4}-\d{3}", reset.stdout)
    after = session.scalars(sa.select(StaffPassword.password_hash)).one()
    assert before != after
    assert password
    assert verify_password(after, password[0])


def test_a_clean_roster_is_taken_and_again_changes_nothing(call: Call, school: str, session: Session) -> None:
    arguments = ("roster", "import", DATA / "roster_plain.xlsx", "--school", school, "--json")
    first = json.loads(call(*arguments).stdout)
    assert (first["students"], first["added"]) == (160, 160)
    assert _count(session, Student) == 160
    session.rollback()
    again = json.loads(call(*arguments).stdout)
    assert [again[name] for name in ("added", "changed", "moved", "left")] == [0, 0, 0, 0]


def test_a_messy_roster_is_refused_with_row_column_and_remedy_or_taken_without_those_rows(
    call: Call, school: str, session: Session
) -> None:
    file = DATA / "roster_bureau.xlsx"
    refused = call("roster", "import", file, "--school", school)
    assert refused.exit_code == 1
    assert re.search(r"✗ Sheet “Sheet1”, row \d+", refused.stderr)
    assert _count(session, Student) == 0
    taken = call("roster", "import", file, "--school", school, "--good-rows", "--json")
    assert taken.exit_code == 0
    report = json.loads(taken.stdout)
    assert _count(session, Student) == report["students"] > 200
    assert {"sheet", "row", "column", "code", "severity", "message"} <= report["problems"][0].keys()


def test_a_roster_needs_the_secret_key(call: Call, school: str) -> None:
    answer = call("roster", "import", DATA / "roster_plain.xlsx", "--school", school, NIGHTSHEET_SECRET_KEY="")
    assert answer.exit_code == 1
    assert "NIGHTSHEET_SECRET_KEY" in answer.stderr


@pytest.fixture
def enrolled(call: Call, school: str) -> str:
    """A school with the pupils of the school office's workbook."""
    answer = call("roster", "import", DATA / "roster_school_office.xlsx", "--school", school)
    assert answer.exit_code == 0, answer.stderr
    return school


def test_slips_are_written_for_their_owner_only(call: Call, enrolled: str, folder: Path) -> None:
    path = folder / "slips.html"
    answer = call("slips", "3.1", "--school", enrolled, "--output", path)
    assert answer.exit_code == 0, answer.output
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    codes = re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", path.read_text(encoding="utf-8"))
    assert len(set(codes)) > 60
    assert not any(code in answer.output for code in codes)


def test_slips_of_an_unknown_class_name_the_classes_there_are(call: Call, enrolled: str) -> None:
    answer = call("slips", "九(9)班", "--school", enrolled)
    assert answer.exit_code == 1
    assert "三(1)班" in answer.stderr


def _family(session: Session) -> tuple[str, str]:
    row = session.execute(
        sa.text(
            "SELECT p.name, g.name FROM people p JOIN enrolments e ON e.school_id = p.school_id AND e.student_id = p.id"
            " JOIN classes c ON c.school_id = e.school_id AND c.id = e.class_id AND c.name = '三(1)班'"
            " JOIN students s ON s.school_id = p.school_id AND s.id = p.id"
            " JOIN guardianships gs ON gs.school_id = s.school_id AND gs.student_id = s.id"
            " JOIN people g ON g.school_id = gs.school_id AND g.id = gs.guardian_id"
            " ORDER BY p.id, g.id LIMIT 1"
        )
    ).one()
    session.rollback()
    return row[0], row[1]


def test_consent_signed_on_paper_lets_the_child_write_and_its_withdrawal_stops_it(
    call: Call, enrolled: str, session: Session
) -> None:
    child, guardian = _family(session)
    paper = ("consent", "record", "--school", enrolled, "--student", child, "--class", "3.1", "--guardian", guardian)
    granted = call(*paper, "--granted")
    assert granted.exit_code == 0, granted.output
    student = sa.select(Student.may_write).join(Consent, Consent.student_id == Student.id)
    assert session.scalar(student) is True
    session.rollback()
    assert call(*paper, "--withdrawn").exit_code == 0
    assert session.scalar(student) is False
    assert _count(session, Consent) == 2
    typed = sa.select(AuditEvent).where(AuditEvent.action == "consent.typed_from_paper")
    assert [(event.actor_id, event.actor_kind) for event in session.scalars(typed)] == [(None, "command")] * 2


def test_consent_of_somebody_who_is_no_guardian_is_refused(call: Call, enrolled: str, session: Session) -> None:
    child, _ = _family(session)
    answer = call(
        "consent",
        "record",
        "--school",
        enrolled,
        "--student",
        child,
        "--class",
        "3.1",
        "--guardian",
        "路人",
        "--granted",
    )
    assert answer.exit_code == 1
    assert _count(session, Consent) == 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"--school": "nowhere"}, "There is no school with the slug nowhere. There are:"),
        ({"--class": "9.9"}, "There is no class 9.9"),
        ({"--student": "孙悟空"}, "Nobody in this class is called 孙悟空"),
        ({"--class": None}, "no student with the number"),
        ({"--guardian": "路人"}, "guardian: this student has no such guardian"),
    ],
)
def test_paper_consent_says_which_of_school_class_student_and_guardian_was_wrong(
    call: Call, enrolled: str, session: Session, wrong: dict[str, str | None], says: str
) -> None:
    child, guardian = _family(session)
    given = {"--school": enrolled, "--student": child, "--class": "3.1", "--guardian": guardian} | wrong
    answer = call(
        "consent", "record", *(part for name, value in given.items() if value for part in (name, value)), "--granted"
    )
    assert (answer.exit_code, says in answer.stderr) == (1, True), answer.stderr


def test_a_stricter_cap_for_a_grade_holds_from_its_date(call: Call, enrolled: str, clock) -> None:
    policy = ("policy", "set", "--school", enrolled, "--grade", "三年级", "--field", "cap_minutes", "--value", "45")
    assert call(*policy, "--effective-on", "2026-11-17").exit_code == 1
    assert call(*policy, "--effective-on", "2026-11-19").exit_code == 0
    assert re.search(r"三\(1\)班\s+60", call("policy", "show", "--school", enrolled).stdout)
    clock.advance(days=2)
    shown = call("policy", "show", "--school", enrolled).stdout
    assert re.search(r"三\(1\)班\s+45", shown)
    assert re.search(r"五\(1\)班\s+60", shown)


def test_everything_about_one_student_comes_out_without_what_only_serves_matching(
    call: Call, enrolled: str, session: Session
) -> None:
    child, guardian = _family(session)
    call(
        "consent",
        "record",
        "--school",
        enrolled,
        "--student",
        child,
        "--class",
        "3.1",
        "--guardian",
        guardian,
        "--granted",
    )
    session.execute(sa.update(Student).values(school_number=None))
    mine = sa.select(Consent.student_id).scalar_subquery()
    session.execute(sa.update(Student).where(Student.id == mine).values(school_number="S-1"))
    session.commit()
    answer = call("export", "--school", enrolled, "--student", "S-1")
    found = json.loads(answer.stdout)
    assert [person["name"] for person in found["people"]] == [child]
    assert len(found["consents"]) == 1
    assert len(found["enrolments"]) == 1
    assert "national_number_hash" not in answer.stdout
    exported = sa.select(sa.func.count()).where(AuditEvent.action == "student.exported")
    assert session.scalar(exported) == 1
