"""The grade heads' decisions about the classes' weekends and holidays, as far as they have happened.

Most are approved on the afternoon before; some are sent back with a note, and some nobody has looked at.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from random import Random
from uuid import UUID

from backend.demo import shape
from backend.demo.people import Row, SchoolClass, made_id
from backend.demo.school import DemoSchool
from backend.domain.night import local_instant
from backend.domain.stretches import Stretch, stretches

NOTES = ("周末留一天不写作业，请减一项。", "三科都在周日，请分到两天。", "假期作业请控制在每晚半小时以内。")
APPROVED, SENT_BACK = 0.78, 0.9


def decisions(school: DemoSchool, since: date) -> list[Row]:
    """A row for every decided weekend that ends on or after `since`."""
    known = stretches(since, school.as_of + timedelta(days=10), lambda day: school.days[day].is_school_day)
    weekends = [each for each in known if each.nights > 1 and school.opened_on <= each.since <= school.as_of]
    found = [_decision(school, class_, each) for each in weekends for class_ in school.population.classes]
    return [row for row in found if row is not None]


def _decision(school: DemoSchool, class_: SchoolClass, weekend: Stretch) -> Row | None:
    rng = Random(f"{school.seed} weekend {class_.id} {weekend.since}")
    luck, note, minute = rng.random(), rng.choice(NOTES), rng.randrange(60)
    decided_at = local_instant(weekend.since, time(16, minute), shape.ZONE)
    seen = _seen(school, class_, weekend)
    if not seen or luck >= SENT_BACK or decided_at > school.until:
        return None
    return {
        "school_id": school.school_id,
        "class_id": class_.id,
        "starts_on": weekend.since,
        "ends_on": weekend.until,
        "approved": luck < APPROVED,
        "note": "" if luck < APPROVED else note,
        "seen": seen,
        "decided_by": _grade_head(school, class_),
        "decided_at": decided_at,
    }


def _seen(school: DemoSchool, class_: SchoolClass, weekend: Stretch) -> list[dict[str, object]]:
    """The homework of the weekend's nights as a decision names it."""
    found = school.set_on(class_, weekend.since) if school.days[weekend.since].is_school_day else None
    ids = sorted(str(work.id) for work in found.works) if found else []
    return [{"id": each, "version": 1} for each in ids]


def _grade_head(school: DemoSchool, class_: SchoolClass) -> UUID:
    return made_id(school.seed, "staff", class_.shape.grade, 1, "english")
