"""What a school decides about itself beside policies: titles, over-full evenings, short sleep, channels, language,
and at what times reminders come (within `reminder_times`, so that no choice can wake a child).

Minutes and times that hold for children are policies (``policy_setting``); terms and days are the calendar.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from backend.domain import reminder_times
from backend.domain.errors import FieldProblem, Invalid
from backend.services import audit
from backend.services.actor import Actor
from backend.services.school import schools
from backend.settings import CHANNELS
from backend.storage.models import OverCapMode, School
from backend.storage.queries.classes import find_school

FIELDS = (
    "hide_titles",
    "over_cap_mode",
    "sleep_short_tolerance_minutes",
    "channels",
    "locale",
    *reminder_times.NAMES,
)
LOCALES = ("zh-CN", "en")
LARGEST_TOLERANCE = 180


def get_settings(session: Session, *, actor: Actor, school_id: uuid.UUID, now: dt.datetime) -> dict[str, Any]:
    """The school's settings, to its academic office; raises NotFound."""
    return _document(schools.get_own_school(session, actor=actor, school_id=school_id, now=now).school)


def change_settings(
    session: Session, *, actor: Actor, school_id: uuid.UUID, changes: Mapping[str, Any], now: dt.datetime
) -> dict[str, Any]:
    """Change the fields named and answer how all stand; what really changed is in the audit log.

    ``channels`` is an order, and empty means the installation's own; ``over_cap_mode`` is an ``OverCapMode``. Raises
    NotFound, or Invalid with the field.
    """
    school = schools.get_own_school(session, actor=actor, school_id=school_id, now=now).school
    problems = list(_wrong(changes))
    if problems:
        raise Invalid("the school cannot be set so", fields=problems)
    before = _document(school)
    for name, value in changes.items():
        setattr(school, name, list(value) if name == "channels" else value)
    session.flush()
    after = _document(school)
    changed = {name: after[name] for name in FIELDS if after[name] != before[name]}
    if changed:
        audit.record(
            session, actor=actor, action="school.settings_changed", now=now, school_id=school_id, details=changed
        )
    return after


def _wrong(changes: Mapping[str, Any]) -> list[FieldProblem]:
    problems = [FieldProblem(name, "unknown_choice") for name in changes if name not in FIELDS]
    channels = list(changes.get("channels", ()))
    if any(name not in CHANNELS for name in channels):
        problems.append(FieldProblem("channels", "unknown_channel"))
    if len(set(channels)) < len(channels):
        problems.append(FieldProblem("channels", "used_twice"))
    if not 0 <= changes.get("sleep_short_tolerance_minutes", 0) <= LARGEST_TOLERANCE:
        problems.append(FieldProblem("sleep_short_tolerance_minutes", "out_of_range"))
    if changes.get("locale", LOCALES[0]) not in LOCALES:
        problems.append(FieldProblem("locale", "unknown_choice"))
    return [*problems, *reminder_times.problems_of(changes)]


def _document(school: School) -> dict[str, Any]:
    mode: OverCapMode = school.over_cap_mode
    return {
        "hide_titles": school.hide_titles,
        "over_cap_mode": mode.value,
        "sleep_short_tolerance_minutes": school.sleep_short_tolerance_minutes,
        "channels": list(school.channels),
        "locale": school.locale,
        **_times(school),
    }


def reminder_times_of(session: Session, school_id: uuid.UUID) -> dict[str, str | int]:
    """When a school's reminders come, as ``HH:MM`` and minutes: anybody's of that school to know."""
    school = find_school(session, school_id)
    return _times(school) if school else {}


def _times(school: School) -> dict[str, str | int]:
    return {name: _plain(getattr(school, name)) for name in reminder_times.NAMES}


def _plain(value: dt.time | int) -> str | int:
    return value if isinstance(value, int) else f"{value:%H:%M}"
