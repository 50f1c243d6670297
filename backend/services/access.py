"""Who may see and do what: one SQL predicate per role and action, to be embedded by every query (docs/architecture.md).

What an actor may not see is absent: a query that embeds its predicate finds no row and the service raises ``NotFound``,
as for an unknown id. The facts are in `backend.storage.queries.access`; here they are chosen by the kind of actor.
`today` is the school's local date: posts count while they stand. Kinds of holders that a route admits at all are the
route's own matter.
"""

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa

from backend.domain.people import Role
from backend.services.actor import Actor, ActorKind
from backend.storage.queries import access as facts
from backend.storage.queries.access import Day, Id, Predicate

_TEACHES = (Role.homeroom_teacher, Role.subject_teacher)


def sees_night(actor: Actor, student_id: Id, night: Day, *, today: dt.date) -> Predicate:
    """The student; a guardian whose guardianship stands; the homeroom teacher of the class of that night."""
    match actor.kind:
        case ActorKind.STUDENT:
            return sa.literal(actor.id, sa.Uuid()) == student_id
        case ActorKind.GUARDIAN:
            return facts.guardian_of(actor.school, actor.id, student_id)
        case ActorKind.STAFF:
            class_id = facts.class_on(actor.school, student_id, night)
            return facts.homeroom_of(actor.school, actor.id, class_id, night, today)
        case _:
            return sa.false()


def confirms_night(actor: Actor, student_id: Id) -> Predicate:
    """A guardian of the student."""
    if actor.kind is not ActorKind.GUARDIAN:
        return sa.false()
    return facts.guardian_of(actor.school, actor.id, student_id)


def everyone() -> Predicate:
    """No further condition: for a row that another predicate has admitted already."""
    return sa.true()


def plans_class(actor: Actor, class_id: Id, subject: str | sa.ColumnElement[str] | Any, *, today: dt.date) -> Predicate:
    """Subject teacher with a current post for class and subject; homeroom teacher of the class."""
    if actor.kind is not ActorKind.STAFF:
        return sa.false()
    return sa.or_(
        facts.class_post(actor.school, actor.id, class_id, today, Role.subject_teacher, subject=subject),
        facts.class_post(actor.school, actor.id, class_id, today, Role.homeroom_teacher),
    )


def teaches_subject(actor: Actor, class_id: Id, subject: str, *, today: dt.date) -> Predicate:
    """Subject teacher of that class and subject: to whom alone estimates are offered (rule 5)."""
    if actor.kind is not ActorKind.STAFF:
        return sa.false()
    return facts.class_post(actor.school, actor.id, class_id, today, Role.subject_teacher, subject=subject)


def sees_plan(actor: Actor, class_id: Id, *, today: dt.date) -> Predicate:
    """Staff with a post in the class, its grade head, its prep groups, the academic office."""
    if actor.kind is not ActorKind.STAFF:
        return sa.false()
    return sa.or_(
        facts.class_post(actor.school, actor.id, class_id, today),
        facts.grade_post(actor.school, actor.id, class_id, today, Role.grade_head, Role.prep_group),
        facts.office_of(actor.school, actor.id, today),
    )


def sees_weekends(actor: Actor, school_id: uuid.UUID, *, today: dt.date) -> Predicate:
    """Has weekends to approve or to watch: grade heads (own grade), the academic office."""
    if actor.kind is not ActorKind.STAFF or actor.school_id != school_id:
        return sa.false()
    return facts.school_post(school_id, actor.id, today, Role.grade_head, Role.academic_office)


def approves_weekend(actor: Actor, class_id: Id, *, today: dt.date) -> Predicate:
    """Head of the class's grade."""
    if actor.kind is not ActorKind.STAFF:
        return sa.false()
    return facts.grade_post(actor.school, actor.id, class_id, today, Role.grade_head)


def sees_board(actor: Actor, class_id: Id, night: Day, *, today: dt.date) -> Predicate:
    """Homeroom teacher (all of it), subject teacher (own subject's minutes)."""
    return sa.or_(
        homeroom(actor, class_id, night, today=today), subject_teacher_of_class(actor, class_id, night, today=today)
    )


def homeroom(actor: Actor, class_id: Id, night: Day, *, today: dt.date) -> Predicate:
    """Homeroom teacher of the class, today and already on that night."""
    if actor.kind is not ActorKind.STAFF:
        return sa.false()
    return facts.homeroom_of(actor.school, actor.id, class_id, night, today)


def subject_teacher_of_class(actor: Actor, class_id: Id, night: Day, *, today: dt.date) -> Predicate:
    """Teaches some subject in the class today, and already did on that night."""
    if actor.kind is not ActorKind.STAFF:
        return sa.false()
    return facts.class_post(actor.school, actor.id, class_id, today, Role.subject_teacher, since=night)


def records_set(actor: Actor, class_id: Id, *, today: dt.date) -> Predicate:
    """The class recorder, a pupil only while of that class, with the own guardians' phones; or the homeroom teacher."""
    match actor.kind:
        case ActorKind.STAFF:
            roles = (Role.class_recorder, Role.homeroom_teacher)
            return facts.class_post(actor.school, actor.id, class_id, today, *roles)
        case ActorKind.STUDENT:
            return sa.and_(
                facts.class_post(actor.school, actor.id, class_id, today, Role.class_recorder),
                facts.enrolled_in(actor.school, actor.id, class_id, today),
            )
        case ActorKind.GUARDIAN:
            return facts.child_records(actor.school, actor.id, class_id, today)
        case _:
            return sa.false()


def sees_class_trends(actor: Actor, class_id: Id, *, today: dt.date) -> Predicate:
    """Teachers of the class; its grade head and the academic office, for whom figures are suppressed."""
    if actor.kind is not ActorKind.STAFF:
        return sa.false()
    return sa.or_(
        facts.class_post(actor.school, actor.id, class_id, today, *_TEACHES),
        facts.grade_post(actor.school, actor.id, class_id, today, Role.grade_head),
        facts.office_of(actor.school, actor.id, today),
    )


def sees_frozen_class(actor: Actor, class_id: Id, *, today: dt.date) -> Predicate:
    """Its grade head and the academic office: who are given a class's frozen figures, whatever they teach there."""
    if actor.kind is not ActorKind.STAFF:
        return sa.false()
    return sa.or_(
        facts.grade_post(actor.school, actor.id, class_id, today, Role.grade_head),
        facts.office_of(actor.school, actor.id, today),
    )


def sees_warnings(actor: Actor, class_id: Id, *, today: dt.date) -> Predicate:
    """Homeroom teacher of the class, its grade head, the academic office."""
    return sa.or_(
        keeps_class(actor, class_id, today=today),
        sees_frozen_class(actor, class_id, today=today),
    )


def sees_school_trends(actor: Actor, school_id: uuid.UUID, *, today: dt.date) -> Predicate:
    """Academic office; grade head (own grade); district officer of the school's district."""
    if actor.kind is ActorKind.DISTRICT_OFFICER:
        return facts.school_in_district(school_id, actor.district_id)
    if actor.kind is not ActorKind.STAFF or actor.school_id != school_id:
        return sa.false()
    return facts.school_post(school_id, actor.id, today, Role.academic_office, Role.grade_head)


def files_week_plan(actor: Actor, stage: Any, grade: Any, subject: Any, *, today: dt.date) -> Predicate:
    """The prep group of that stage, grade and subject."""
    if actor.kind is not ActorKind.STAFF:
        return sa.false()
    return facts.prep_post(actor.school, actor.id, stage, grade, subject, today)


def sees_week_plan(actor: Actor, stage: Any, grade: Any, subject: Any, *, today: dt.date) -> Predicate:
    """Its prep group, the head of the grade, the academic office."""
    if actor.kind is not ActorKind.STAFF:
        return sa.false()
    return sa.or_(
        files_week_plan(actor, stage, grade, subject, today=today),
        facts.grade_headed(actor.school, actor.id, stage, grade, today),
        facts.office_of(actor.school, actor.id, today),
    )


def sees_week_plans(actor: Actor, school_id: uuid.UUID, *, today: dt.date) -> Predicate:
    """Has some week plan to file, watch or decide: prep groups, grade heads, the academic office."""
    if actor.kind is not ActorKind.STAFF or actor.school_id != school_id:
        return sa.false()
    return facts.school_post(school_id, actor.id, today, Role.prep_group, Role.grade_head, Role.academic_office)


def runs_school(actor: Actor, school_id: uuid.UUID, *, today: dt.date) -> Predicate:
    """The academic office of that school, and the command line on its own machine."""
    if actor.kind is ActorKind.COMMAND and actor.school_id == school_id:
        return sa.true()
    if actor.kind is not ActorKind.STAFF or actor.school_id != school_id:
        return sa.false()
    return facts.office_of(school_id, actor.id, today)


def issues_claim(actor: Actor, person_id: Id, *, today: dt.date) -> Predicate:
    """Who renews a family member's slip: homeroom teacher, academic office; a guardian only for the own child."""
    match actor.kind:
        case ActorKind.COMMAND:
            return sa.true()
        case ActorKind.GUARDIAN:
            return facts.guardian_of(actor.school, actor.id, person_id)
        case ActorKind.STAFF:
            office = facts.office_of(actor.school, actor.id, today)
            return sa.or_(office, facts.homeroom_of_family(actor.school, actor.id, person_id, today))
        case _:
            return sa.false()


def keeps_tablets(actor: Actor, class_id: Id, *, today: dt.date) -> Predicate:
    """Starts and takes back the class's tablets: its homeroom teacher, the academic office."""
    if actor.kind is not ActorKind.STAFF:
        return sa.false()
    return sa.or_(keeps_class(actor, class_id, today=today), facts.office_of(actor.school, actor.id, today))


def keeps_class(actor: Actor, class_id: Id, *, today: dt.date) -> Predicate:
    """Homeroom teacher of the class today."""
    if actor.kind is not ActorKind.STAFF:
        return sa.false()
    return facts.class_post(actor.school, actor.id, class_id, today, Role.homeroom_teacher)
