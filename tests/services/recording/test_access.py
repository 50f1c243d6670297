"""Who may write a student's night; to everybody else the student is unknown, in the same words."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

import pytest
import sqlalchemy as sa

from backend.domain.errors import (
    Forbidden,
    NightsheetError,
    NotFound,
    PasswordChangeRequired,
    SessionExpired,
    SessionRevoked,
    Unauthenticated,
)
from backend.domain.load import Place
from backend.domain.people import PersonKind, Role
from backend.services.actor import ActorKind
from backend.services.nights.changes import Change, Confirm, MarkReview, Stop, Submit
from backend.services.nights.recording import PEOPLE
from backend.storage import models
from tests.cast import TONIGHT, YEAR_BEGINS, Cast, Holder, made_id, the_cast
from tests.services.recording.nights import Evenings, Phone, at, entry_id_of, worked

FAMILY_AND_TEACHER = ("ada", "mother", "father", "homeroom")
STRANGERS = sorted(
    holder.key for holder in the_cast().holders if holder.key not in (*FAMILY_AND_TEACHER, "new_teacher")
)
UNKNOWN = Holder("nobody", "无名", uuid.UUID(int=77), None)
YESTERDAY = TONIGHT - dt.timedelta(days=1)


def _all_changes(phone: Phone) -> list[Change]:
    return [
        phone.entry("a", "19:00-19:10"),
        phone.deletion("a"),
        phone.sleep("21:00"),
        phone.note("x"),
        Submit(),
        Stop(None),
        Confirm(1),
        MarkReview(1),
    ]


def _refusal(evenings: Evenings, who: Holder, *changes: Change, student: Holder, **given: dt.date) -> NightsheetError:
    with pytest.raises(NightsheetError) as raised:
        evenings.record(who, *changes, student=student, **given)  # type: ignore[arg-type]
    return raised.value


def _said(error: NightsheetError) -> tuple[object, ...]:
    return type(error), error.code, error.detail, error.fields, error.params, str(error)


@pytest.mark.parametrize("key", FAMILY_AND_TEACHER)
def test_the_child_its_guardians_and_the_homeroom_teacher_write(evenings: Evenings, cast: Cast, key: str) -> None:
    who = getattr(cast, key)
    assert evenings.results(who, Phone(key).entry("a", "19:00-19:10"), student=cast.ada) == ["applied"]
    assert evenings.entry("a")["changed_by"] == who.id


@pytest.mark.parametrize("key", STRANGERS)
def test_to_everybody_else_the_student_is_unknown_in_the_same_words(
    evenings: Evenings, cast: Cast, phone: Phone, key: str
) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"), Submit())
    before, who = evenings.everything(), getattr(cast, key)
    for change in _all_changes(Phone(key)):
        known, unknown = (_refusal(evenings, who, change, student=student) for student in (cast.ada, UNKNOWN))
        assert isinstance(known, NotFound)
        assert _said(known) == _said(unknown)
    assert evenings.everything() == before


def test_a_stranger_learns_nothing_from_a_night_that_has_not_begun_or_a_missing_consent(
    evenings: Evenings, cast: Cast
) -> None:
    tomorrow = TONIGHT + dt.timedelta(days=1)
    for student, night in ((cast.ada, tomorrow), (cast.dora, TONIGHT), (cast.ada, dt.date(2001, 1, 1))):
        refusal = _refusal(evenings, cast.ben_mother, Submit(), student=student, night=night)
        assert _said(refusal) == _said(_refusal(evenings, cast.ben_mother, Submit(), student=UNKNOWN, night=TONIGHT))


def test_even_an_empty_list_of_changes_is_refused_to_a_stranger(evenings: Evenings, cast: Cast) -> None:
    assert isinstance(_refusal(evenings, cast.ben_mother, student=cast.ada), NotFound)
    assert not evenings.record(cast.mother, student=cast.ada).changed


def test_a_teacher_with_a_first_password_changes_it_first(evenings: Evenings, cast: Cast) -> None:
    assert isinstance(_refusal(evenings, cast.new_teacher, Submit(), student=cast.ada), PasswordChangeRequired)


# --- relations that ended -------------------------------------------------------------------------------------------


def _homeroom_post(cast: Cast) -> sa.Update:
    post = models.Post
    return sa.update(post).where(post.person_id == cast.homeroom.id, post.role == Role.homeroom_teacher)


def _teaches(evenings: Evenings, cast: Cast, who: Holder, since: dt.date) -> None:
    values = {"id": made_id(f"post {who.key} new"), "person_id": who.id, "class_id": cast.class_31.id}
    evenings.change(
        sa.insert(models.Post).values(
            school_id=cast.shiyan.id, role=Role.homeroom_teacher, weekdays=[], from_on=since, **values
        )
    )


def test_an_old_homeroom_teacher_sees_nothing_any_more_of_past_nights_either(evenings: Evenings, cast: Cast) -> None:
    evenings.change(_homeroom_post(cast).values(to_on=YESTERDAY))
    for night in (TONIGHT, YESTERDAY):
        assert isinstance(_refusal(evenings, cast.homeroom, Submit(), student=cast.ada, night=night), NotFound)


def test_a_homeroom_teacher_writes_to_the_last_day_of_the_post(evenings: Evenings, cast: Cast) -> None:
    evenings.change(_homeroom_post(cast).values(to_on=TONIGHT))
    assert evenings.results(cast.homeroom, Submit(), student=cast.ada) == ["applied"]


def test_a_new_homeroom_teacher_sees_from_the_move_on(evenings: Evenings, cast: Cast) -> None:
    _teaches(evenings, cast, cast.english_teacher, TONIGHT)
    assert evenings.results(cast.english_teacher, Submit(), student=cast.ada) == ["applied"]
    assert isinstance(_refusal(evenings, cast.english_teacher, Submit(), student=cast.ada, night=YESTERDAY), NotFound)


def test_the_homeroom_teacher_of_the_new_class_does_not_see_the_nights_before_the_move(
    evenings: Evenings, cast: Cast
) -> None:
    enrolment = models.Enrolment
    evenings.change(sa.update(enrolment).where(enrolment.student_id == cast.ada.id).values(to_on=YESTERDAY))
    ids = {"school_id": cast.shiyan.id, "id": made_id("moved"), "student_id": cast.ada.id}
    evenings.change(sa.insert(enrolment).values(**ids, class_id=cast.class_32.id, from_on=TONIGHT))
    assert evenings.results(cast.homeroom_32, Submit(), student=cast.ada) == ["applied"]
    assert evenings.results(cast.homeroom, Submit(), student=cast.ada, night=YESTERDAY) == ["applied"]
    for who, night in ((cast.homeroom_32, YESTERDAY), (cast.homeroom, TONIGHT)):
        assert isinstance(_refusal(evenings, who, Submit(), student=cast.ada, night=night), NotFound)


def test_a_guardianship_that_ends_ends_the_writing(evenings: Evenings, cast: Cast) -> None:
    assert evenings.results(cast.father, Submit(), student=cast.ada) == ["applied"]
    table = models.Guardianship
    evenings.change(sa.update(table).where(table.guardian_id == cast.father.id).values(ended_at=evenings.clock.now()))
    assert isinstance(_refusal(evenings, cast.father, Confirm(1), student=cast.ada), NotFound)


def test_two_children_on_one_phone_stay_two(evenings: Evenings, mothers: Phone, cast: Cast) -> None:
    for student in (cast.ada, cast.emil):
        entry = replace(mothers.entry("a", "19:00-19:10"), revision=1)
        assert evenings.results(cast.mother, entry, student=student) == ["applied"]
    assert isinstance(_refusal(evenings, cast.father, Submit(), student=cast.emil), NotFound)


# --- another school -------------------------------------------------------------------------------------------------


def test_a_student_of_the_same_name_and_even_the_same_id_in_another_school_is_another(
    evenings: Evenings, phone: Phone, cast: Cast
) -> None:
    evenings.record(cast.ada, phone.entry("a", "19:00-19:10"))
    mine = evenings.everything()
    twin = {"school_id": cast.other_school.id, "id": cast.ada.id}
    named = {"name": cast.ada.name, "name_key": cast.ada.name, "kind": PersonKind.student}
    evenings.change(sa.insert(models.Person).values(**twin, **named, created_at=at("12:00")))
    evenings.change(sa.insert(models.Student).values(**twin, may_write=True))
    enrolled = {"school_id": cast.other_school.id, "id": made_id("twin"), "student_id": cast.ada.id}
    evenings.change(sa.insert(models.Enrolment).values(**enrolled, class_id=cast.other_class.id, from_on=YEAR_BEGINS))
    change = Phone("there").entry("a", "20:00-20:30")
    assert evenings.results(cast.other_homeroom, change, student=cast.ada) == ["applied"]
    assert isinstance(_refusal(evenings, cast.zed_mother, Submit(), student=cast.ada), NotFound)
    school = {"school_id": cast.shiyan.id}
    assert evenings.rows(models.Entry, **school) == mine["entries"]
    assert evenings.rows(models.NightSheet, **school) == mine["night_sheets"]
    theirs = evenings.row(models.Entry, school_id=cast.other_school.id)
    assert (theirs["id"], theirs["actual_minutes"]) == (entry_id_of("a"), 30)


# --- sessions -------------------------------------------------------------------------------------------------------


def test_a_session_must_be_known_unexpired_and_unrevoked(evenings: Evenings, cast: Cast) -> None:
    assert isinstance(_refusal(evenings, UNKNOWN, Submit(), student=cast.ada), Unauthenticated)
    session = models.AuthSession
    own = sa.update(session).where(session.person_id == cast.ada.id)
    evenings.change(own.values(revoked_at=at("12:00")))
    assert isinstance(_refusal(evenings, cast.ada, Submit(), student=cast.ada), SessionRevoked)
    evenings.change(own.values(revoked_at=None, expires_at=evenings.clock.now()))
    assert isinstance(_refusal(evenings, cast.ada, Submit(), student=cast.ada), SessionExpired)
    assert evenings.rows(models.NightSheet) == []


def test_who_has_left_the_school_writes_no_more(evenings: Evenings, cast: Cast) -> None:
    person = models.Person
    evenings.change(sa.update(person).where(person.id == cast.homeroom.id).values(left_at=evenings.clock.now()))
    assert isinstance(_refusal(evenings, cast.homeroom, Submit(), student=cast.ada), SessionRevoked)


# --- the class tablet -----------------------------------------------------------------------------------------------


@pytest.fixture
def tablet(evenings: Evenings, cast: Cast) -> Holder:
    """The tablet of 三(1)班."""
    return evenings.tablet(cast.class_31)


def test_the_class_tablet_adds_today_s_work_at_school(evenings: Evenings, cast: Cast, tablet: Holder) -> None:
    maths = evenings.assign("maths", place=Place.school)
    own = Phone("tablet")
    batch = [own.entry("a", "16:00-16:10", on=maths), own.entry("b", "16:10-16:20", place=Place.school)]
    assert evenings.results(tablet, *batch, student=cast.ada) == ["applied", "applied"]
    assert evenings.results(tablet, *batch, student=cast.ada) == ["same", "same"]
    assert evenings.entry("a")["changed_by"] == tablet.id
    assert evenings.sheet()["school_minutes"] == 20


def test_by_the_people_s_way_a_tablet_finds_no_student_and_by_the_tablet_s_nobody_else_does(
    evenings: Evenings, cast: Cast, tablet: Holder
) -> None:
    entry = Phone("tablet").entry("a", "16:00-16:10", place=Place.school)
    for who, admits in ((tablet, PEOPLE), (cast.ada, frozenset({ActorKind.TABLET}))):
        refusals = []
        for student in (cast.ada, UNKNOWN):
            with pytest.raises(NotFound) as raised:
                evenings.record(who, entry, student=student, admits=admits)
            refusals.append(_said(raised.value))
        assert refusals[0] == refusals[1]


def test_the_class_tablet_adds_nothing_done_at_home(evenings: Evenings, cast: Cast, tablet: Holder) -> None:
    maths = evenings.assign("maths")
    own = Phone("tablet")
    for change in (own.entry("a", "16:00-16:10", on=maths), own.entry("b", "16:00-16:10", place=Place.home)):
        assert isinstance(evenings.problem(tablet, change, student=cast.ada), Forbidden)


def test_the_class_tablet_changes_nothing_that_is_there(
    evenings: Evenings, phone: Phone, cast: Cast, tablet: Holder
) -> None:
    evenings.record(cast.ada, phone.entry("a", "16:00-16:10", place=Place.school), Submit())
    before, own = evenings.everything(), Phone("tablet")
    overreach = own.entry("a", "16:00-16:20", place=Place.school, base=1)
    for change in [overreach, *_all_changes(own)[1:]]:
        assert isinstance(evenings.problem(tablet, change, student=cast.ada), Forbidden), change
    assert evenings.everything() == before


def test_the_class_tablet_writes_no_other_day(evenings: Evenings, cast: Cast, tablet: Holder) -> None:
    segments = worked("16:00-16:10", night=YESTERDAY)
    entry = Phone("tablet").entry("a", segments=segments, place=Place.school)
    assert isinstance(evenings.problem(tablet, entry, student=cast.ada, night=YESTERDAY), Forbidden)


def test_to_the_class_tablet_other_classes_are_unknown(evenings: Evenings, cast: Cast, tablet: Holder) -> None:
    entry = Phone("tablet").entry("a", "16:00-16:10", place=Place.school)
    for student in (cast.ben, cast.zed, UNKNOWN):
        assert isinstance(_refusal(evenings, tablet, entry, student=student), NotFound)


def test_a_tablet_that_was_switched_off_writes_nothing(evenings: Evenings, cast: Cast, tablet: Holder) -> None:
    evenings.change(sa.update(models.Tablet).values(disabled_at=evenings.clock.now()))
    entry = Phone("tablet").entry("a", "16:00-16:10", place=Place.school)
    assert isinstance(_refusal(evenings, tablet, entry, student=cast.ada), SessionRevoked)
