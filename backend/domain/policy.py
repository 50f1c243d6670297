"""Rules 3 and 7 (cap, policy): which cap, sleep target and times hold for whom on which night.

Resolution only: values come from storage or `presets.py`; comparing minutes with a cap is `load.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import Enum, IntEnum
from typing import TypeVar

from backend.domain.errors import FieldProblem, Invalid, PolicyRefused
from backend.domain.load import CapScope
from backend.domain.night import Zone, evening_instant

_T = TypeVar("_T")
MOST_MINUTES = 24 * 60


class Stage(Enum):
    """The stage of schooling; with the grade it is the key of every preset."""

    primary = "primary"
    junior = "junior"
    senior = "senior"


class SchoolSystem(Enum):
    """How grades fall into stages: six years of primary and three of junior, or five and four."""

    six_three = "six-three"
    five_four = "five-four"


class StopMode(Enum):
    """When homework may be stopped for sleep: never offered, at a clock time, or minutes before latest lights-out."""

    off = "off"
    clock = "clock"
    before_bed = "before_bed"


class PolicyField(Enum):
    """The fields of a policy; each is resolved by itself."""

    cap_minutes = "cap_minutes"
    cap_scope = "cap_scope"
    subject_cap_minutes = "subject_cap_minutes"
    sleep_target_minutes = "sleep_target_minutes"
    latest_lights_out = "latest_lights_out"
    earliest_start = "earliest_start"
    stop_mode = "stop_mode"
    stop_value = "stop_value"
    no_homework_weekday = "no_homework_weekday"


class PolicyLevel(IntEnum):
    """Who set a value; the higher level is nearer to the child and goes first."""

    preset = 0
    district = 1
    school = 2
    grade = 3
    class_ = 4
    student = 5


Scalar = int | time | CapScope | StopMode | None


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """One field set at one level from one date on. The value None is a value: "no cap", "no such rule"."""

    level: PolicyLevel
    field: PolicyField
    value: Scalar
    effective_on: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ResolvedPolicy:
    """What holds on one night. `sources` says which value each field came from; a field nobody set has none.

    Minutes are ints, times local wall-clock times, `no_homework_weekday` 1 (Monday) to 7.
    """

    cap_minutes: int | None = None
    cap_scope: CapScope = CapScope.all
    subject_cap_minutes: int | None = None
    sleep_target_minutes: int | None = None
    latest_lights_out: time | None = None
    earliest_start: time | None = None
    stop_mode: StopMode = StopMode.off
    stop_value: int | time | None = None
    no_homework_weekday: int | None = None
    sources: Mapping[PolicyField, PolicyValue] = field(default_factory=dict)


def stage_of(grade: int, system: SchoolSystem) -> Stage:
    """The stage of a grade 1 to 12: grade 6 is junior in a five-four system. Raises Invalid for other grades."""
    if not 1 <= grade <= 12:
        raise Invalid("no such grade", fields=[FieldProblem("grade", "out_of_range")])
    last_primary = 6 if system is SchoolSystem.six_three else 5
    if grade <= last_primary:
        return Stage.primary
    return Stage.junior if grade <= 9 else Stage.senior


def in_force(values: Iterable[PolicyValue], night: date) -> dict[PolicyField, PolicyValue]:
    """Per field the value that holds: nearest level that has one, there the latest not after the night.

    Of two with the same level and date the later in `values` holds.
    """
    best: dict[PolicyField, PolicyValue] = {}
    for value in values:
        standing = best.get(value.field)
        if value.effective_on <= night and (standing is None or _rank(value) >= _rank(standing)):
            best[value.field] = value
    return best


def _rank(value: PolicyValue) -> tuple[int, date]:
    return value.level, value.effective_on


def resolve(values: Iterable[PolicyValue], night: date) -> ResolvedPolicy:
    """The policy of one night (rule 7). Raises PolicyRefused where a value has not its field's type."""
    best = in_force(values, night)
    return ResolvedPolicy(
        cap_minutes=_typed(best, PolicyField.cap_minutes, int),
        cap_scope=_typed(best, PolicyField.cap_scope, CapScope) or CapScope.all,
        subject_cap_minutes=_typed(best, PolicyField.subject_cap_minutes, int),
        sleep_target_minutes=_typed(best, PolicyField.sleep_target_minutes, int),
        latest_lights_out=_typed(best, PolicyField.latest_lights_out, time),
        earliest_start=_typed(best, PolicyField.earliest_start, time),
        stop_mode=_typed(best, PolicyField.stop_mode, StopMode) or StopMode.off,
        stop_value=_stop_value(best),
        no_homework_weekday=_typed(best, PolicyField.no_homework_weekday, int),
        sources=best,
    )


def _typed(best: Mapping[PolicyField, PolicyValue], of: PolicyField, kind: type[_T]) -> _T | None:
    value = best[of].value if of in best else None
    if value is None or isinstance(value, kind):
        return value
    raise PolicyRefused("a value of the wrong type", fields=[FieldProblem(of.value, "wrong_type")])


def _stop_value(best: Mapping[PolicyField, PolicyValue]) -> int | time | None:
    value = best[PolicyField.stop_value].value if PolicyField.stop_value in best else None
    if isinstance(value, Enum):
        raise PolicyRefused("a value of the wrong type", fields=[FieldProblem("stop_value", "wrong_type")])
    return value


_TIMES = frozenset({PolicyField.latest_lights_out, PolicyField.earliest_start})


def check_value(field_: PolicyField, value: Scalar) -> list[FieldProblem]:
    """What is wrong with a value: `wrong_type`, `out_of_range`, or `required` (a scope and a mode are never None)."""
    name = field_.value
    if field_ in (PolicyField.cap_scope, PolicyField.stop_mode):
        wanted = CapScope if field_ is PolicyField.cap_scope else StopMode
        if value is None:
            return [FieldProblem(name, "required")]
        return [] if isinstance(value, wanted) else [FieldProblem(name, "wrong_type")]
    if value is None:
        return []
    if isinstance(value, time):
        fits = field_ in _TIMES or field_ is PolicyField.stop_value
        return [] if fits else [FieldProblem(name, "wrong_type")]
    if isinstance(value, bool) or not isinstance(value, int) or field_ in _TIMES:
        return [FieldProblem(name, "wrong_type")]
    low, high = (1, 7) if field_ is PolicyField.no_homework_weekday else (0, MOST_MINUTES)
    return [] if low <= value <= high else [FieldProblem(name, "out_of_range")]


def check_effective_on(effective_on: date, today: date) -> list[FieldProblem]:
    """`not_in_future` unless the date is tomorrow or later: a past night keeps its policy (rule 7)."""
    return [] if effective_on > today else [FieldProblem("effective_on", "not_in_future")]


def is_looser(field_: PolicyField, value: Scalar, than: Scalar) -> bool:
    """Whether a value asks less of the school than another; equal or not comparable is not looser.

    Looser are: a higher or no cap, a cap on home work only, a shorter or no sleep target, later or no lights-out,
    an earlier or no first lesson, no stop rule or a later one, no homework-free weekday.
    """
    if value == than or (field_ is PolicyField.stop_value and type(value) is not type(than)):
        return False
    if field_ is PolicyField.cap_scope:
        return value is CapScope.home
    if field_ is PolicyField.stop_mode:
        return value is StopMode.off
    if value is None or than is None or field_ is PolicyField.no_homework_weekday:
        return value is None
    return _weight(field_, value) > _weight(field_, than)


_LESS_IS_LOOSER = frozenset({PolicyField.sleep_target_minutes, PolicyField.earliest_start})


def _weight(field_: PolicyField, value: Scalar) -> int:
    """A number that grows with looseness."""
    if isinstance(value, time):
        minutes = value.hour * 60 + value.minute
        if field_ is not PolicyField.earliest_start and value.hour < 12:
            minutes += 24 * 60  # 00:30 is later than 23:00 of an evening
    else:
        minutes = value if isinstance(value, int) else 0
    fewer = field_ in _LESS_IS_LOOSER or (field_ is PolicyField.stop_value and isinstance(value, int))
    return -minutes if fewer else minutes


def looser_than(value: PolicyValue, values: Iterable[PolicyValue]) -> list[PolicyValue]:
    """The preset's and the district's values in force that this one is looser than (rule 7), the preset's first."""
    above = [v for v in values if v.level <= PolicyLevel.district and v.level < value.level]
    standing = [in_force([v for v in above if v.level is level], value.effective_on) for level in PolicyLevel]
    found = [best[value.field] for best in standing if value.field in best]
    return [v for v in found if is_looser(value.field, value.value, v.value)]


def stop_at(policy: ResolvedPolicy, night: date, zone: Zone) -> datetime | None:
    """The instant from which homework may be stopped for sleep; None where no rule is set or its parts do not fit."""
    if policy.stop_mode is StopMode.clock and isinstance(policy.stop_value, time):
        return evening_instant(night, policy.stop_value, zone)
    minutes, latest = policy.stop_value, policy.latest_lights_out
    if policy.stop_mode is StopMode.before_bed and isinstance(minutes, int) and latest is not None:
        return evening_instant(night, latest, zone) - timedelta(minutes=minutes)
    return None
