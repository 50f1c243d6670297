"""The presets that schools start from: the two packaged tables and the policy values made of them (rule 7).

Reads backend/data/*.csv when asked and never at import. Which preset a school has chosen is storage's business.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from importlib.resources import files

from backend.domain.errors import FieldProblem, Invalid
from backend.domain.load import CapScope
from backend.domain.policy import PolicyField, PolicyLevel, PolicyValue, Scalar, Stage, StopMode

_STAGES = {"P": Stage.primary, "J": Stage.junior, "H": Stage.senior}
_STOP_MODES = {"clock": StopMode.clock, "before_bed_min": StopMode.before_bed}
NATIONAL = "N"
NATIONAL_STOP = "fuse_national"
ALWAYS = date.min


@dataclass(frozen=True, slots=True)
class PresetRow:
    """One row of policy_presets.csv. Status: N national, L local, S one school, D draft. Empty cells are None."""

    id: str
    name: str
    stage: Stage
    grade_from: int
    grade_to: int
    cap_minutes: int | None
    subject_cap_minutes: int | None
    sleep_target_minutes: int | None
    latest_lights_out: time | None
    earliest_start: time | None
    status: str
    source: str

    def is_for(self, stage: Stage, grade: int) -> bool:
        """Whether the row is about this stage and grade."""
        return self.stage is stage and self.grade_from <= grade <= self.grade_to


@dataclass(frozen=True, slots=True)
class StopPresetRow:
    """One row of stop_for_sleep_presets.csv; `value` is a time of the clock or minutes before bedtime."""

    id: str
    stage: Stage
    mode: StopMode
    value: time | int
    makeup_required: bool
    quota_week: int | None
    source: str


def preset_row(row: Mapping[str, str]) -> PresetRow:
    """A parsed row of policy_presets.csv. Raises Invalid for a cell that cannot be read."""
    try:
        hours = _number(row["sleep_h"])
        return PresetRow(
            id=row["id"],
            name=row["name"],
            stage=_STAGES[row["stage"]],
            grade_from=int(row["grade_from"]),
            grade_to=int(row["grade_to"]),
            cap_minutes=_number(row["cap_min"]),
            subject_cap_minutes=_number(row["subj_cap_min"]),
            sleep_target_minutes=None if hours is None else hours * 60,
            latest_lights_out=_time(row["latest_bed"]),
            earliest_start=_time(row["earliest_start"]),
            status=row["status"],
            source=row["source"],
        )
    except (KeyError, ValueError) as exc:
        raise _unreadable(row) from exc


def stop_preset_row(row: Mapping[str, str]) -> StopPresetRow:
    """A parsed row of stop_for_sleep_presets.csv. Raises Invalid for a cell that cannot be read."""
    try:
        mode = _STOP_MODES[row["mode"]]
        return StopPresetRow(
            id=row["id"],
            stage=_STAGES[row["stage"]],
            mode=mode,
            value=time.fromisoformat(row["value"]) if mode is StopMode.clock else int(row["value"]),
            makeup_required=row["makeup_required"] == "true",
            quota_week=_number(row["quota_week"]),
            source=row["source"],
        )
    except (KeyError, ValueError) as exc:
        raise _unreadable(row) from exc


def _unreadable(row: Mapping[str, str]) -> Invalid:
    return Invalid(f"preset {row.get('id', '?')}", fields=[FieldProblem(str(row.get("id", "")), "unreadable")])


def _number(cell: str) -> int | None:
    return int(cell) if cell else None


def _time(cell: str) -> time | None:
    return time.fromisoformat(cell) if cell else None


def load_preset_rows() -> tuple[PresetRow, ...]:
    """All rows of the packaged policy presets, in file order."""
    return tuple(preset_row(row) for row in _packaged("policy_presets.csv"))


def load_stop_preset_rows() -> tuple[StopPresetRow, ...]:
    """All rows of the packaged stop-for-sleep presets, in file order."""
    return tuple(stop_preset_row(row) for row in _packaged("stop_for_sleep_presets.csv"))


def _packaged(name: str) -> list[dict[str, str]]:
    text = files("backend").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def values_of_row(
    row: PresetRow, *, level: PolicyLevel = PolicyLevel.preset, effective_on: date = ALWAYS, reason: str = ""
) -> list[PolicyValue]:
    """The policy values a row sets. An empty cap is a value ("no cap"); other empty cells set nothing and inherit.

    The cap is on home work only where it is 0, on all written work elsewhere (rule 3).
    """
    scope = CapScope.home if row.cap_minutes == 0 else CapScope.all
    cells: dict[PolicyField, Scalar] = {
        PolicyField.subject_cap_minutes: row.subject_cap_minutes,
        PolicyField.sleep_target_minutes: row.sleep_target_minutes,
        PolicyField.latest_lights_out: row.latest_lights_out,
        PolicyField.earliest_start: row.earliest_start,
    }
    fields: dict[PolicyField, Scalar] = {PolicyField.cap_minutes: row.cap_minutes, PolicyField.cap_scope: scope}
    fields |= {of: cell for of, cell in cells.items() if cell is not None}
    return [PolicyValue(level, of, cell, effective_on, reason or row.id) for of, cell in fields.items()]


def preset_values(
    rows: Iterable[PresetRow], *, stage: Stage, grade: int, stop_rows: Iterable[StopPresetRow] = ()
) -> list[PolicyValue]:
    """The national values for a (stage, grade), at the preset level and in force always; none for an unknown pair."""
    fitting = [row for row in rows if row.status == NATIONAL and row.is_for(stage, grade)]
    values = values_of_row(fitting[0]) if fitting else []
    stops = [row for row in stop_rows if row.id == NATIONAL_STOP and row.stage is stage]
    return values + [value for row in stops for value in stop_values(row)]


def stop_values(
    row: StopPresetRow, *, level: PolicyLevel = PolicyLevel.preset, effective_on: date = ALWAYS, reason: str = ""
) -> list[PolicyValue]:
    """The stop rule of a row as its two policy values."""
    pair = ((PolicyField.stop_mode, row.mode), (PolicyField.stop_value, row.value))
    return [PolicyValue(level, of, cell, effective_on, reason or row.id) for of, cell in pair]


def presets(stage: Stage, grade: int) -> list[PolicyValue]:
    """`preset_values` from the packaged tables."""
    return preset_values(load_preset_rows(), stage=stage, grade=grade, stop_rows=load_stop_preset_rows())
