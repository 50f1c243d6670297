"""Which reminders a person can get, and which of them they want, when, and how quietly.

A guardian also sets a child's: only a guardian lets a child's own phone hear of winding down, and only a guardian
pauses a child, which excuses the nights (`absences`). Rules that send read the same rows; a code without a row has the
default of `CODES`.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.domain.people import Role
from backend.domain.reminder_times import CAN_WAIT, DIGEST_AT, EARLIEST_DIGEST, LATEST_DIGEST
from backend.domain.silence import within
from backend.services.access import confirms_night
from backend.services.actor import Actor, ActorKind
from backend.services.reminders import absences
from backend.services.school.school_settings import reminder_times_of
from backend.services.school.schools import get_school
from backend.storage.queries import classes, people
from backend.storage.queries import reminder_preferences as queries


@dataclass(frozen=True)
class Code:
    """A reminder that can be chosen: for whom, and whether it comes unless somebody says no."""

    code: str
    kinds: frozenset[ActorKind] = frozenset()
    roles: frozenset[Role] = frozenset()
    default: bool = True
    needs_time: bool = False
    child_needs_guardian: bool = False


_FAMILY = frozenset({ActorKind.STUDENT, ActorKind.GUARDIAN})
_STUDENT = frozenset({ActorKind.STUDENT})
_GUARDIAN = frozenset({ActorKind.GUARDIAN})
_TEACHERS = frozenset({Role.subject_teacher, Role.homeroom_teacher})

CODES: tuple[Code, ...] = (
    Code("publish_estimates", roles=frozenset({Role.subject_teacher})),
    Code("plan_over_cap", roles=frozenset({Role.homeroom_teacher, Role.academic_office})),
    Code("start_homework", kinds=_FAMILY, default=False, needs_time=True),
    Code("cap_near", kinds=_STUDENT),
    Code("cap_reached", kinds=_FAMILY),
    Code("wind_down", kinds=_FAMILY, child_needs_guardian=True),
    Code("bedtime_passed", kinds=_GUARDIAN),
    Code("confirm_sheet", kinds=_GUARDIAN),
    Code("sleep_short", kinds=_GUARDIAN),
    Code("streak", kinds=_GUARDIAN),
    Code("class_over_cap", roles=_TEACHERS | {Role.academic_office}),
    Code("weekly_digest", kinds=_GUARDIAN, roles=frozenset({Role.homeroom_teacher, Role.academic_office})),
    # Nobody switches this one by itself: it is what `Quiet.evening_digest` makes of those that can wait.
    Code("evening_digest"),
)
LOCALES = ("zh-CN", "en")
#: Longer is no illness or journey but a child who does not take part: that is consent's matter.
LONGEST_PAUSE = dt.timedelta(days=60)


@dataclass(frozen=True)
class Choice:
    """One code as a person has it. ``chosen_time`` is school-local."""

    code: str
    enabled: bool
    chosen_time: dt.time | None = None
    set_by_guardian: bool = False
    can_wait: bool = False


@dataclass(frozen=True)
class Quiet:
    """Quiet hours (school-local), a pause (dates, both included), names on the lock screen, an evening digest."""

    quiet_from: dt.time | None = None
    quiet_to: dt.time | None = None
    paused_from: dt.date | None = None
    paused_to: dt.date | None = None
    shows_names: bool = False
    evening_digest: bool = False
    digest_at: dt.time | None = None

    @property
    def pause(self) -> tuple[dt.date, dt.date] | None:
        """The pause, if there is a whole one."""
        return (self.paused_from, self.paused_to) if self.paused_from and self.paused_to else None


@dataclass(frozen=True)
class Preferences:
    """All that a person has chosen, defaults filled in; `locale` is the language reminders come in."""

    codes: tuple[Choice, ...]
    quiet: Quiet
    locale: str | None = None
    times: Mapping[str, str | int] = field(default_factory=dict)
    """When this school's reminders come; not a person's choice."""


def get_preferences(
    session: Session, *, actor: Actor, now: dt.datetime, student_id: uuid.UUID | None = None
) -> Preferences:
    """The actor's own preferences, or those of the actor's child; raises ``NotFound`` for another's."""
    offered = _offered(session, actor, student_id, now)
    return _read(session, actor, student_id or actor.id, offered, is_child=_is_child(actor, student_id))


def put_preferences(
    session: Session,
    *,
    actor: Actor,
    wanted: Preferences,
    now: dt.datetime,
    student_id: uuid.UUID | None = None,
) -> Preferences:
    """Replace the preferences; a code that is not named returns to its default.

    Raises ``Invalid`` naming each wrong field: a code that this person cannot get, ``start_homework`` without a time, a
    child switching on what only a guardian may or pausing itself, half of a pair of hours or dates, a pause too long, a
    digest out of its hours. Without a locale the language stays.
    """
    offered = _offered(session, actor, student_id, now)
    person_id, is_child = student_id or actor.id, _is_child(actor, student_id)
    standing = _read(session, actor, person_id, offered, is_child=is_child)
    fixed = _fixed(actor, offered, standing)
    problems = [
        *_choice_problems(wanted.codes, offered, fixed),
        *_quiet_problems(wanted.quiet),
        *_pause_problems(actor, wanted.quiet, standing.quiet),
        *_digest_problems(wanted.quiet, is_guardian=actor.kind is ActorKind.GUARDIAN and not is_child),
    ]
    if problems:
        raise Invalid("some preferences are not possible", fields=problems)
    _store(session, actor, person_id, wanted, [code.code for code in offered if code.code not in fixed])
    if student_id is not None and wanted.quiet.pause != standing.quiet.pause:
        absences.excuse(
            session, actor=actor, student_id=student_id, before=standing.quiet.pause, after=wanted.quiet.pause, now=now
        )
    return _read(session, actor, person_id, offered, is_child=is_child)


def _is_child(actor: Actor, student_id: uuid.UUID | None) -> bool:
    return student_id is not None or actor.kind is ActorKind.STUDENT


def _offered(session: Session, actor: Actor, student_id: uuid.UUID | None, now: dt.datetime) -> tuple[Code, ...]:
    """The codes which the person in question can get."""
    if student_id is not None:
        if not classes.is_true(session, confirms_night(actor, student_id)):
            raise NotFound("no such student")
        return tuple(code for code in CODES if ActorKind.STUDENT in code.kinds)
    if actor.kind is not ActorKind.STAFF:
        return tuple(code for code in CODES if actor.kind in code.kinds)
    place = get_school(session, school_id=actor.school_id, now=now)
    roles = {row.post.role for row in people.posts_of(session, place.id, actor.id, place.today)}
    return tuple(code for code in CODES if roles & code.roles)


def _fixed(actor: Actor, offered: Iterable[Code], standing: Preferences) -> dict[str, bool]:
    """What a child cannot change, with how it stands: naming it so is no change."""
    if actor.kind is not ActorKind.STUDENT:
        return {}
    guarded = {code.code for code in offered if code.child_needs_guardian}
    return {choice.code: choice.enabled for choice in standing.codes if choice.code in guarded}


def _read(
    session: Session, actor: Actor, person_id: uuid.UUID, offered: Iterable[Code], *, is_child: bool
) -> Preferences:
    chosen = queries.preferences_of(session, actor.school, person_id)
    codes = []
    for code in offered:
        row = chosen.get(code.code)
        enabled = row.enabled if row else code.default and not (is_child and code.child_needs_guardian)
        by_guardian = row is not None and row.set_by != person_id
        codes.append(Choice(code.code, enabled, row.chosen_time if row else None, by_guardian, code.code in CAN_WAIT))
    setting = queries.setting_of(session, actor.school, person_id)
    quiet = Quiet(*(getattr(setting, name) for name in Quiet.__dataclass_fields__)) if setting else Quiet()
    return Preferences(
        tuple(codes),
        quiet,
        people.locale_of(session, actor.school, person_id),
        reminder_times_of(session, actor.school),
    )


def _store(session: Session, actor: Actor, person_id: uuid.UUID, wanted: Preferences, settable: Sequence[str]) -> None:
    rows = [
        {
            "school_id": actor.school,
            "person_id": person_id,
            "code": choice.code,
            "enabled": choice.enabled,
            "chosen_time": choice.chosen_time,
            "set_by": actor.id,
        }
        for choice in wanted.codes
        if choice.code in settable
    ]
    queries.replace_preferences(session, actor.school, person_id, list(settable), rows)
    quiet = {name: getattr(wanted.quiet, name) for name in Quiet.__dataclass_fields__}
    quiet["digest_at"] = (wanted.quiet.digest_at or DIGEST_AT) if wanted.quiet.evening_digest else None
    if wanted.locale is not None:
        people.set_locale(session, actor.school, person_id, wanted.locale)
    queries.replace_setting(session, {"school_id": actor.school, "person_id": person_id, **quiet})


def _choice_problems(
    codes: Sequence[Choice], offered: Sequence[Code], fixed: dict[str, bool]
) -> Iterable[FieldProblem]:
    known = {code.code: code for code in offered}
    seen: set[str] = set()
    for index, choice in enumerate(codes):
        path, code = f"codes.{index}", known.get(choice.code)
        if code is None:
            yield FieldProblem(f"{path}.code", "unknown_code")
            continue
        if choice.code in seen:
            yield FieldProblem(f"{path}.code", "used_twice")
        seen.add(choice.code)
        if fixed.get(choice.code, choice.enabled) != choice.enabled:
            yield FieldProblem(f"{path}.enabled", "guardian_decides")
        if code.needs_time and choice.enabled and choice.chosen_time is None:
            yield FieldProblem(f"{path}.chosen_time", "required")
        if not code.needs_time and choice.chosen_time is not None:
            yield FieldProblem(f"{path}.chosen_time", "not_here")


def _quiet_problems(quiet: Quiet) -> Iterable[FieldProblem]:
    if (quiet.quiet_from is None) != (quiet.quiet_to is None):
        yield FieldProblem("quiet_to" if quiet.quiet_to is None else "quiet_from", "required")
    if (quiet.paused_from is None) != (quiet.paused_to is None):
        yield FieldProblem("paused_to" if quiet.paused_to is None else "paused_from", "required")
    elif quiet.paused_from is not None and quiet.paused_to is not None and quiet.paused_to < quiet.paused_from:
        yield FieldProblem("paused_to", "before_from")


def _pause_problems(actor: Actor, wanted: Quiet, standing: Quiet) -> Iterable[FieldProblem]:
    """A child does not pause itself; a pause that is set anew has an end in sight. One that stands is left alone."""
    if (wanted.paused_from, wanted.paused_to) == (standing.paused_from, standing.paused_to):
        return
    if actor.kind is ActorKind.STUDENT:
        yield FieldProblem("paused_from", "guardian_decides")
    elif wanted.pause is not None and wanted.pause[1] - wanted.pause[0] >= LONGEST_PAUSE:
        yield FieldProblem("paused_to", "pause_too_long")


def _digest_problems(quiet: Quiet, *, is_guardian: bool) -> Iterable[FieldProblem]:
    if not quiet.evening_digest:
        return
    at = quiet.digest_at or DIGEST_AT
    if not is_guardian:
        yield FieldProblem("evening_digest", "not_here")
    elif not EARLIEST_DIGEST <= at <= LATEST_DIGEST:
        yield FieldProblem("digest_at", "out_of_range")
    elif quiet.quiet_from is not None and quiet.quiet_to is not None and within(at, quiet.quiet_from, quiet.quiet_to):
        yield FieldProblem("digest_at", "in_quiet_hours")
