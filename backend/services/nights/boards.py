"""Tonight's board of a class: to the homeroom teacher all of it, to a subject teacher the own subject's minutes.

Students stand in the order of the roll and nothing here can be ordered by a measure (rule 11). Opening a board writes
one audit row for the class. The recorder's log of what was really set is `set_log`.
"""

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from backend.domain import homework, trends
from backend.domain.load import Outcome, cap_state
from backend.domain.sheet import SheetState
from backend.domain.sleep import sleep_minutes
from backend.services import access, audit
from backend.services.actor import Actor
from backend.services.nights.unusual_facts import unusual_facts
from backend.services.planning import plans
from backend.services.planning.work_figures import actual_document
from backend.services.school import policies, schools
from backend.storage.models import Assignment, Class
from backend.storage.queries import assignments as plan_queries
from backend.storage.queries import boards as queries
from backend.storage.queries import classes as places
from backend.storage.queries import handoffs as handoff_queries

_DONE = frozenset({SheetState.submitted, SheetState.confirmed})


def get_board(
    session: Session, *, actor: Actor, class_id: uuid.UUID, night: dt.date, now: dt.datetime
) -> dict[str, Any]:
    """The board of one night; ``view`` says whose. Raises ``NotFound``."""
    place = schools.get_school(session, school_id=actor.school, now=now)
    visible = access.sees_board(actor, class_id, night, today=place.today)
    class_ = schools.get_class(session, school_id=place.id, class_id=class_id, visible=visible)
    is_homeroom = places.is_true(session, access.homeroom(actor, class_id, night, today=place.today))
    audit.record(
        session,
        actor=actor,
        action="class.board_opened",
        now=now,
        class_id=class_id,
        night=night,
        details={"view": "homeroom" if is_homeroom else "subject"},
    )
    make = _homeroom_board if is_homeroom else _subject_board
    head = {"class_id": class_id, "class_name": class_.name, "night": night}
    return head | make(session, place, class_, night, actor)


def _homeroom_board(
    session: Session,
    place: schools.SchoolToday,
    class_: Class,
    night: dt.date,
    actor: Actor,  # noqa: ARG001
) -> dict[str, Any]:
    rows = queries.students_of_night(session, place.id, class_.id, night)
    subjects: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for student_id, subject, minutes in queries.subject_minutes(session, place.id, class_.id, night):
        subjects[student_id].append({"subject": subject, "minutes": minutes})
    work: dict[uuid.UUID, list[tuple[Outcome, Any]]] = defaultdict(list)
    for student_id, outcome, segments in queries.work_of_night(session, place.id, class_.id, night):
        work[student_id].append((outcome, segments))
    tolerance = place.school.sleep_short_tolerance_minutes
    policy = policies.resolve_for_class(session, school=place.school, class_=class_, night=night)
    assignments = plan_queries.assignments_of_class(session, place.id, class_.id, night, night)
    return {
        "view": "homeroom",
        "cap_minutes": policy.cap_minutes,
        "cap_scope": policy.cap_scope.value,
        "figure": figure_document(_class_figure(rows, policy.cap_minutes), _amended(rows)),
        "numbers": _numbers(rows),
        "students": [
            _student(row, subjects[row.id]) | {"unusual": unusual_facts(row, work[row.id], tolerance)} for row in rows
        ],
        "assignments": _assignments(session, place.id, assignments),
        "set": [_set_document(each) for each in queries.set_records(session, place.id, class_.id, night)],
        "handoffs": handoff_queries.handoffs_of_class(session, place.id, class_.id, night),
    }


def _subject_board(
    session: Session, place: schools.SchoolToday, class_: Class, night: dt.date, actor: Actor
) -> dict[str, Any]:
    """No sleep, no notes, no totals, no other subject: minutes of the own subjects, and how many have handed in."""
    own = places.subjects_taught(session, place.id, class_.id, actor.id, place.today, since=night)
    minutes: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for student_id, subject, spent in queries.subject_minutes(session, place.id, class_.id, night, own):
        minutes[student_id].append({"subject": subject, "minutes": spent})
    rows = queries.roll_of_night(session, place.id, class_.id, night)
    assignments = plan_queries.assignments_of_class(session, place.id, class_.id, night, night)
    return {
        "view": "subject",
        "subjects": own,
        "numbers": {"enrolled": len(rows), "submitted": sum(bool(row.is_submitted) for row in rows)},
        "students": [
            {"student_id": row.id, "school_number": row.school_number, "name": row.name, "subjects": minutes[row.id]}
            for row in rows
        ],
        "assignments": _assignments(session, place.id, [each for each in assignments if each.subject in own]),
    }


def _student(row: Any, subjects: list[dict[str, Any]]) -> dict[str, Any]:
    has_sheet = row.state is not None
    return {
        "student_id": row.id,
        "school_number": row.school_number,
        "name": row.name,
        "state": row.state.value if has_sheet else None,
        "version": row.version,
        "submitted_at": row.submitted_at,
        "is_late": bool(row.is_late),
        "is_amended": bool(row.is_amended),
        "loads": _loads(row) if has_sheet else None,
        "cap_state": cap_state(row.capped_minutes, row.cap_minutes).value if has_sheet else None,
        "subjects": subjects,
        "sleep": _sleep(row) if row.lights_out_at or row.woke_at or row.nap_minutes is not None else None,
        "guardian_note": row.guardian_note or None,
        "signed_on_paper": bool(row.signed_on_paper),
        "teacher_reply": row.teacher_reply,
        "is_reviewed": row.reviewed_at is not None and row.reviewed_version == row.version,
        "waits_for_reply": _waits(row),
    }


def _waits(row: Any) -> bool:
    """A line of the guardian's that the homeroom teacher has not read since it was written."""
    return bool(row.guardian_note) and (row.reviewed_at is None or row.reviewed_at < row.note_changed_at)


def _loads(row: Any) -> dict[str, Any]:
    names = ("written", "capped", "assigned", "study", "school")
    return {f"{name}_minutes": getattr(row, f"{name}_minutes") for name in names} | {"unclosed": row.unclosed}


def _sleep(row: Any) -> dict[str, Any]:
    """What was logged: a projection is the night document's matter, not the board's."""
    slept = sleep_minutes(row.lights_out_at, row.woke_at) if row.lights_out_at and row.woke_at else None
    target = row.sleep_target_minutes
    late = None
    if row.lights_out_at and row.latest_lights_out_at:
        late = row.lights_out_at > row.latest_lights_out_at
    return {
        "lights_out_at": row.lights_out_at,
        "woke_at": row.woke_at,
        "nap_minutes": row.nap_minutes,
        "sleep_minutes": slept,
        "short_by_minutes": max(0, target - slept) if slept is not None and target is not None else None,
        "target_missed": slept < target if slept is not None and target is not None else None,
        "bedtime_late": late,
    }


def _class_figure(rows: Sequence[Any], cap: int | None) -> trends.ClassFigure:
    return trends.class_average([row.capped_minutes for row in rows if row.state in _DONE], len(rows), cap)


def _amended(rows: Sequence[Any]) -> int:
    return sum(bool(row.is_amended) for row in rows if row.state in _DONE)


def _numbers(rows: Sequence[Any]) -> dict[str, int]:
    """Plain numbers beside the figures: nobody is named as missing."""
    states = Counter(row.state for row in rows)
    return {
        "enrolled": len(rows),
        "submitted": states[SheetState.submitted] + states[SheetState.confirmed],
        "confirmed": states[SheetState.confirmed],
        "open": states[SheetState.open],
        "absent": sum(bool(row.is_absent) and row.state not in _DONE for row in rows),
        "boarding": sum(bool(row.boards) for row in rows),
        "not_taking_part": sum(not row.may_write for row in rows),
        "missing": sum(_is_missing(row) for row in rows),
        "waiting_for_reply": sum(_waits(row) for row in rows),
    }


def _is_missing(row: Any) -> bool:
    """No sheet was handed in, and nothing says why: a number, and nobody is asked for it."""
    return row.state not in _DONE and row.may_write and not row.boards and not row.is_absent


def figure_document(figure: trends.ClassFigure, amended: int) -> dict[str, Any]:
    """The official measure with what must stand beside it (rule 4): mean in minutes with one decimal."""
    return {
        "n": figure.n,
        "enrolled": figure.enrolled,
        "mean_minutes": None if figure.mean_tenths is None else figure.mean_tenths / 10,
        "median_minutes": figure.median,
        "p90_minutes": figure.p90,
        "share_within_percent": figure.share_within_percent,
        "over_cap": figure.over_cap,
        "amended": amended,
        "withheld": False,
    }


def _assignments(session: Session, school_id: uuid.UUID, assignments: Sequence[Assignment]) -> list[dict[str, Any]]:
    """Each assignment's estimate against actual, a row a tier that was used (rule 5)."""
    work = queries.work_on(session, school_id, [each.id for each in assignments])
    tiers = plan_queries.tiers_of(session, school_id, assignments)
    return [
        {
            "assignment_id": each.id,
            "subject": each.subject,
            "title": each.title,
            "kind": each.kind.value,
            "place": each.place.value,
            "nights": homework.nights(each.given_on, each.due_on),
            "tiers": [plans.tier_document(tier) for tier in tiers[each.id]],
            "actual": actual_document([row for row in work if row[0] == each.id]),
        }
        for each in assignments
    ]


def _set_document(record: Any) -> dict[str, Any]:
    return {
        "subject": record.subject,
        "title": record.title,
        "estimated_minutes": record.estimated_minutes,
        "recorded_at": record.recorded_at,
    }
