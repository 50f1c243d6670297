"""Printed slips: who gets a code, what ends when slips are printed again, and what stands on the paper."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.errors import ClaimRefused, NotFound
from backend.services.actor import Actor, ActorKind
from backend.services.identity.signing_in import claim
from backend.services.identity.slip_pages import claim_address, render_slips
from backend.services.identity.slips import ClassSlips, Slip, issue_slips
from backend.storage.base import new_id
from backend.storage.engine import build_engine, session_factory
from backend.storage.models import AuditEvent, Claim, Person
from tests.cast import START, Holder, the_cast
from tests.databases import Databases

SECRET = "a secret of the installation, long enough"
CAST = the_cast()
CODE = re.compile(r"[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}")


@pytest.fixture
def stage(databases: Databases) -> Iterator[Session]:
    """The whole cast in a database of its own."""
    url = databases.fresh(with_cast=True)
    engine = build_engine(url)
    with session_factory(engine)() as session:
        yield session
    engine.dispose()
    databases.drop(url)


def actor_of(holder: Holder, kind: ActorKind = ActorKind.STAFF) -> Actor:
    return Actor(kind=kind, id=holder.id, school_id=holder.school_id, session_id=holder.session_id)


COMMAND = Actor(kind=ActorKind.COMMAND, id=uuid.UUID(int=0), school_id=CAST.shiyan.id, session_id=uuid.UUID(int=0))


def issue(
    session: Session, class_id: uuid.UUID = CAST.class_31.id, actor: Actor = COMMAND, minutes: int = 0
) -> ClassSlips:
    now = START + dt.timedelta(minutes=minutes)
    sheet = issue_slips(session, actor=actor, school_id=CAST.shiyan.id, class_id=class_id, secret_key=SECRET, now=now)
    session.flush()
    return sheet


def slip_of(sheet: ClassSlips, holder: Holder) -> Slip:
    return next(s for s in sheet.slips if (s.guardian_name or s.student_name) == holder.name)


def sign_in(session: Session, slip: Slip, holder: Holder, minutes: int = 60) -> uuid.UUID:
    """Claim a slip as its holder would and return whose session it is."""
    signed_in = claim(
        session,
        code=slip.code,
        telephone_last_four=(holder.telephone or "")[-4:],
        installation_id=new_id(),
        device_name="",
        address="192.0.2.1",
        secret_key=SECRET,
        now=START + dt.timedelta(minutes=minutes),
    )
    return signed_in.actor.id


def test_everybody_of_a_class_gets_one_code_and_former_guardians_none(stage: Session) -> None:
    names = [slip.guardian_name or slip.student_name for slip in issue(stage).slips]
    expected = [CAST.ada, CAST.mother, CAST.father, CAST.finn, CAST.finn_mother, CAST.dora, CAST.dora_mother]
    assert sorted(names) == sorted(holder.name for holder in expected)


def test_a_students_slip_is_followed_by_those_of_the_guardians(stage: Session) -> None:
    slips = issue(stage).slips
    at = next(i for i, slip in enumerate(slips) if slip.student_name == CAST.ada.name)
    assert slips[at].guardian_name is None
    assert {slip.student_name for slip in slips[at : at + 3]} == {CAST.ada.name}


def test_codes_have_eight_signs_that_cannot_be_mistaken_and_only_hashes_are_stored(stage: Session) -> None:
    slips = issue(stage).slips
    assert all(CODE.fullmatch(slip.code) for slip in slips)
    assert len({slip.code for slip in slips}) == len(slips)
    stored = repr(stage.execute(sa.select(Claim.__table__)).all())
    assert not any(slip.code in stored or slip.code.replace("-", "") in stored for slip in slips)
    assert not any(slip.code in repr(slip) for slip in slips)


def test_a_printed_code_signs_its_holder_in(stage: Session) -> None:
    sheet = issue(stage)
    for holder in (CAST.ada, CAST.mother):
        assert sign_in(stage, slip_of(sheet, holder), holder) == holder.id


def test_a_code_ends_after_sixty_days(stage: Session) -> None:
    sheet = issue(stage)
    assert sheet.expires_on == dt.date(2027, 1, 16)
    with pytest.raises(ClaimRefused):
        sign_in(stage, slip_of(sheet, CAST.ada), CAST.ada, minutes=60 * 24 * 61)


def test_printing_again_ends_the_unused_codes_of_before(stage: Session) -> None:
    first, second = issue(stage), issue(stage, minutes=5)
    for holder in (CAST.ada, CAST.father):
        with pytest.raises(ClaimRefused):
            sign_in(stage, slip_of(first, holder), holder)
        assert sign_in(stage, slip_of(second, holder), holder) == holder.id


def test_a_mother_of_two_keeps_the_slip_of_the_other_childs_class(stage: Session) -> None:
    in_31 = issue(stage)
    in_11 = issue(stage, CAST.class_11.id, minutes=5)
    issue(stage, minutes=10)
    with pytest.raises(ClaimRefused):
        sign_in(stage, slip_of(in_31, CAST.mother), CAST.mother)
    assert sign_in(stage, slip_of(in_11, CAST.mother), CAST.mother) == CAST.mother.id


def test_a_guardian_without_telephone_gets_no_slip_and_is_counted(stage: Session) -> None:
    stage.execute(sa.update(Person).where(Person.id == CAST.father.id).values(telephone=None))
    sheet = issue(stage)
    assert CAST.father.name not in {slip.guardian_name for slip in sheet.slips}
    assert (sheet.without_telephone, sheet.without_guardian) == (1, 0)


@pytest.mark.parametrize("holder", ["homeroom", "office"])
def test_the_homeroom_teacher_and_the_office_may_print(stage: Session, holder: str) -> None:
    assert issue(stage, actor=actor_of(getattr(CAST, holder))).slips


@pytest.mark.parametrize("holder", ["homeroom_32", "maths_teacher", "grade_head", "other_office"])
def test_other_staff_find_no_such_class_and_no_code_is_made(stage: Session, holder: str) -> None:
    before = stage.scalar(sa.select(sa.func.count()).select_from(Claim))
    with pytest.raises(NotFound):
        issue(stage, actor=actor_of(getattr(CAST, holder)))
    assert stage.scalar(sa.select(sa.func.count()).select_from(Claim)) == before


def test_a_guardian_cannot_print_a_class(stage: Session) -> None:
    with pytest.raises(NotFound):
        issue(stage, actor=actor_of(CAST.mother, ActorKind.GUARDIAN))


def test_a_class_of_another_school_is_unknown_to_the_command_too(stage: Session) -> None:
    with pytest.raises(NotFound):
        issue(stage, CAST.other_class.id)


def test_printing_stands_in_the_audit_log_with_its_number_only(stage: Session) -> None:
    issue(stage)
    (event,) = stage.scalars(sa.select(AuditEvent).where(AuditEvent.action == "slips.issued"))
    assert (event.class_id, event.details) == (CAST.class_31.id, {"slips": 7})


SHEET = ClassSlips(
    school_name="<b>实验</b>学校",
    class_name="三(1)班",
    expires_on=dt.date(2027, 1, 16),
    slips=(
        Slip("周思", None, "", "K7QM-3XRA"),
        Slip("周思", '张三"><script>alert(1)</script>', "母亲", "M2QM-3XRB"),
        Slip("·".join(["阿卜杜热依木"] * 9), None, "", "N2QM-3XRC"),
    ),
    without_telephone=2,
)


def test_a_page_shows_names_and_codes_in_both_languages_and_escapes_them() -> None:
    page = render_slips(SHEET, public_url="https://school.example/")
    assert page.count("<article>") == page.count("<svg") == 3
    for shown in (
        "周思",
        "学生本人",
        "K7QM-3XRA",
        "M2QM-3XRB",
        "三(1)班",
        "2027-01-16",
        "https://school.example 输入右上的码",
        "（母亲）",
    ):
        assert shown in page
    assert "last four digits" in page
    assert "电话后四位" in page
    assert "<script>" not in page
    assert "<b>实验" not in page


def test_a_page_is_a4_and_no_slip_is_cut_in_two() -> None:
    page = render_slips(SHEET, public_url="https://school.example")
    assert "@page { size: A4;" in page
    assert "break-inside: avoid" in page


def test_a_page_asks_nothing_from_anywhere() -> None:
    page = render_slips(SHEET, public_url="https://school.example")
    assert not re.search(r"<(link|img|script|iframe)|@import|url\(", page)


def test_the_code_stands_behind_the_hash_sign_of_the_address() -> None:
    assert claim_address("https://school.example/", "K7QM-3XRA") == "https://school.example/#/claim/K7QM3XRA"


def test_the_qr_code_holds_that_address() -> None:
    import segno

    picture = segno.make("https://school.example/#/claim/K7QM3XRA", error="m").svg_inline(border=2, omitsize=True)
    assert picture in render_slips(SHEET, public_url="https://school.example/")


def test_who_gets_no_slip_is_told_on_the_screen_but_not_printed() -> None:
    page = render_slips(SHEET, public_url="https://school.example")
    assert "2 位家长没有电话" in page
    assert "@media print { aside { display: none; } }" in page
