"""The week's sheet for the class meeting (主题班会): load against estimate, shares and sleep in words, no child.

It is read out in front of the class, so it follows what may be told to those who may not see names, although only the
homeroom teacher can print it. Long-term trends with all their figures are `trends`.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.domain.class_meeting import Share, mean_of, share_of
from backend.domain.load import CapState, Tier, cap_state
from backend.domain.night import days_after
from backend.domain.sleep import sleep_minutes
from backend.domain.trends import MINIMUM
from backend.services import access
from backend.services.actor import Actor
from backend.services.planning.work_figures import reports_by_tier
from backend.services.school import policies, schools
from backend.storage.models import Assignment
from backend.storage.queries import assignments as plan_queries
from backend.storage.queries import boards
from backend.storage.queries import class_meeting as queries

WEEK = 7


@dataclass(frozen=True)
class Week:
    """One week's figures before they are compared."""

    sheets: Sequence[Any]
    subjects: dict[str, dict[str, Any]]

    @property
    def mean_minutes(self) -> int | None:
        """Mean written minutes a night."""
        return mean_of([(row.student_id, row.capped_minutes) for row in self.sheets])

    @property
    def shares(self) -> dict[str, Share]:
        """The three shares, each of the nights on which it is known."""
        return {
            "within_cap": share_of(_within(self.sheets)),
            "in_bed_on_time": share_of(_on_time(self.sheets)),
            "slept_enough": share_of(_slept(self.sheets)),
        }


def get_class_meeting(
    session: Session, *, actor: Actor, class_id: uuid.UUID, day: dt.date | None, now: dt.datetime
) -> dict[str, Any]:
    """The sheet of the week that holds ``day`` (today unless said), Monday to Sunday, beside the week before.

    Raises ``NotFound`` to all but the homeroom teacher.
    """
    place = schools.get_school(session, school_id=actor.school, now=now)
    chosen = day or place.today
    monday = days_after(chosen, -chosen.weekday())
    visible = access.homeroom(actor, class_id, monday, today=place.today)
    class_ = schools.get_class(session, school_id=place.id, class_id=class_id, visible=visible)
    week, before = (_week(session, place.id, class_id, days_after(monday, -back)) for back in (0, WEEK))
    enrolled = queries.enrolled_count(session, place.id, class_id, min(days_after(monday, WEEK - 1), place.today))
    policy = policies.resolve_for_class(session, school=place.school, class_=class_, night=monday)
    return {
        "class_id": class_id,
        "class_name": class_.name,
        "week_starts_on": monday,
        "cap_minutes": policy.cap_minutes,
        "sleep_target_minutes": policy.sleep_target_minutes,
        "enrolled": enrolled,
        "nights": [_night(week.sheets, days_after(monday, n)) for n in range(WEEK)],
        "mean_minutes": week.mean_minutes,
        "mean_before_minutes": before.mean_minutes,
        "shares": [_share(name, share, before.shares[name]) for name, share in week.shares.items()],
        "subjects": [row | _before(before.subjects.get(code)) for code, row in week.subjects.items()],
    }


def _week(session: Session, school_id: uuid.UUID, class_id: uuid.UUID, monday: dt.date) -> Week:
    last = days_after(monday, WEEK - 1)
    sheets = queries.sheets(session, school_id, class_id, monday, last)
    found = plan_queries.assignments_of_class(session, school_id, class_id, monday, last)
    given = [each for each in found if monday <= each.given_on <= last]
    return Week(sheets, _subjects(session, school_id, given))


def _subjects(session: Session, school_id: uuid.UUID, given: Sequence[Assignment]) -> dict[str, dict[str, Any]]:
    """Planned against taken of each subject's homework of the week: of those pieces that five or more finished."""
    work = boards.work_on(session, school_id, [each.id for each in given])
    by_subject: dict[str, list[Assignment]] = defaultdict(list)
    for each in given:
        by_subject[each.subject].append(each)
    rows = {}
    for code in sorted(by_subject):
        pieces = [_piece([row for row in work if row[0] == each.id]) for each in by_subject[code]]
        known = [piece for piece in pieces if piece is not None]
        rows[code] = {
            "subject": code,
            "pieces": len(pieces),
            "pieces_known": len(known),
            "estimated_minutes": sum(estimated for estimated, _ in known) if known else None,
            "taken_minutes": sum(taken for _, taken in known) if known else None,
        }
    return rows


def _piece(work: Sequence[Any]) -> tuple[int, int] | None:
    """``(estimate, median)`` of the tier that most finished; None below five."""
    reports = reports_by_tier(work)
    tier = max(reports, key=lambda each: reports[each][0].n, default=Tier.standard)
    report, estimated = reports.get(tier, (None, None))
    if report is None or report.n < MINIMUM or report.median is None or estimated is None:
        return None
    return estimated, report.median


def _before(row: dict[str, Any] | None) -> dict[str, Any]:
    names = ("estimated_minutes", "taken_minutes")
    return {f"{name}_before": row[name] if row else None for name in names}


def _night(sheets: Sequence[Any], night: dt.date) -> dict[str, Any]:
    rows = [row for row in sheets if row.night == night]
    enough = len(rows) >= MINIMUM
    return {
        "night": night,
        "n": len(rows) if enough else None,
        "mean_minutes": mean_of([(row.student_id, row.capped_minutes) for row in rows]),
        "withheld": bool(rows) and not enough,
    }


def _share(name: str, share: Share, before: Share) -> dict[str, Any]:
    return {
        "name": name,
        "band": share.band.value,
        "percent": share.percent,
        "band_before": before.band.value,
        "percent_before": before.percent,
    }


def _within(sheets: Iterable[Any]) -> list[tuple[uuid.UUID, bool]]:
    return [(row.student_id, cap_state(row.capped_minutes, row.cap_minutes) is not CapState.exceeded) for row in sheets]


def _on_time(sheets: Iterable[Any]) -> list[tuple[uuid.UUID, bool]]:
    known = (row for row in sheets if row.lights_out_at and row.latest_lights_out_at)
    return [(row.student_id, row.lights_out_at <= row.latest_lights_out_at) for row in known]


def _slept(sheets: Iterable[Any]) -> list[tuple[uuid.UUID, bool]]:
    """Of what was logged: nothing projected is told as slept."""
    known = [row for row in sheets if row.lights_out_at and row.woke_at and row.sleep_target_minutes is not None]
    slept = (sleep_minutes(row.lights_out_at, row.woke_at) for row in known)
    return [(row.student_id, each >= row.sleep_target_minutes) for row, each in zip(known, slept, strict=True)]
