"""The packaged presets give each (stage, grade) the values the rules ask for."""

from __future__ import annotations

from datetime import date, time

import pytest

from backend.domain.errors import Invalid
from backend.domain.load import CapScope
from backend.domain.policy import PolicyField, PolicyLevel, Stage, StopMode, resolve
from backend.domain.presets import (
    PresetRow,
    load_preset_rows,
    load_stop_preset_rows,
    preset_row,
    preset_values,
    presets,
    stop_preset_row,
    stop_values,
    values_of_row,
)
from tests.domain.times import NIGHT

P, J, S = Stage.primary, Stage.junior, Stage.senior


@pytest.mark.parametrize(
    ("stage", "grade", "cap", "scope", "sleep", "bed", "start"),
    [
        (P, 1, 0, CapScope.home, 600, time(21, 20), time(8, 20)),
        (P, 2, 0, CapScope.home, 600, time(21, 20), time(8, 20)),
        (P, 3, 60, CapScope.all, 600, time(21, 20), time(8, 20)),
        (P, 6, 60, CapScope.all, 600, time(21, 20), time(8, 20)),
        pytest.param(J, 6, 90, CapScope.all, 540, time(22), time(8), id="grade 6 as junior"),
        (J, 7, 90, CapScope.all, 540, time(22), time(8)),
        (J, 9, 90, CapScope.all, 540, time(22), time(8)),
        pytest.param(S, 10, None, CapScope.all, 480, time(23), time(8), id="senior high has no cap"),
        (S, 12, None, CapScope.all, 480, time(23), time(8)),
    ],
)
def test_the_national_presets(stage, grade, cap, scope, sleep, bed, start):
    found = resolve(presets(stage, grade), NIGHT)
    assert (found.cap_minutes, found.cap_scope, found.subject_cap_minutes) == (cap, scope, None)
    assert (found.sleep_target_minutes, found.latest_lights_out, found.earliest_start) == (sleep, bed, start)
    assert (found.stop_mode, found.stop_value) == (StopMode.clock, bed)
    assert {source.level for source in found.sources.values()} == {PolicyLevel.preset}


def test_a_preset_holds_on_every_night():
    assert resolve(presets(P, 3), date.min).cap_minutes == 60


@pytest.mark.parametrize(("stage", "grade"), [(P, 7), (J, 5), (S, 9), (J, 10)])
def test_an_impossible_stage_and_grade_has_no_cap(stage, grade):
    assert resolve(presets(stage, grade), NIGHT).cap_minutes is None


def row(id_: str) -> PresetRow:
    return next(r for r in load_preset_rows() if r.id == id_)


def test_all_rows_of_the_tables_can_be_read():
    assert len(load_preset_rows()) == 28
    assert len(load_stop_preset_rows()) == 8
    assert len({r.id for r in load_preset_rows()}) == 28


def test_empty_cells_inherit_the_national_row():
    school = values_of_row(row("s_j10"), level=PolicyLevel.school, effective_on=date(2026, 9, 1), reason="agreed")
    found = resolve([*presets(J, 7), *school], NIGHT)
    assert (found.cap_minutes, found.subject_cap_minutes) == (90, 10)
    assert (found.sleep_target_minutes, found.latest_lights_out) == (540, time(22))
    source = found.sources[PolicyField.subject_cap_minutes]
    assert (source.level, source.effective_on, source.reason) == (PolicyLevel.school, date(2026, 9, 1), "agreed")
    assert found.sources[PolicyField.sleep_target_minutes].reason == "n_j79"


def test_only_national_rows_are_presets():
    local = row("s_3040_p34")
    assert (local.status, local.stage, local.grade_from, local.grade_to, local.cap_minutes) == ("S", P, 3, 4, 30)
    assert preset_values([local], stage=P, grade=3) == []


def test_stop_presets_are_clock_times_or_minutes_before_bed():
    rows = {r.id: r for r in load_stop_preset_rows()}
    fengshan = rows["fuse_fengshan"]
    assert (fengshan.mode, fengshan.value, fengshan.quota_week) == (StopMode.before_bed, 20, 4)
    assert fengshan.makeup_required is False
    assert (rows["fuse_wuping"].mode, rows["fuse_wuping"].value) == (StopMode.clock, time(21, 30))
    assert rows["fuse_wuping"].quota_week is None
    values = stop_values(fengshan, level=PolicyLevel.school, effective_on=date(2026, 9, 1))
    found = resolve(values, NIGHT)
    assert (found.stop_mode, found.stop_value) == (StopMode.before_bed, 20)
    assert {v.reason for v in values} == {"fuse_fengshan"}


def test_a_stop_rule_must_be_made_up_when_its_row_says_so():
    cells = {"id": "x", "stage": "P", "mode": "clock", "value": "21:00", "makeup_required": "true"}
    assert stop_preset_row({**cells, "quota_week": "2", "source": ""}).makeup_required is True


@pytest.mark.parametrize("cells", [{}, {"id": "x", "stage": "Q"}])
def test_a_row_that_cannot_be_read_is_a_named_error(cells):
    for read in (preset_row, stop_preset_row):
        with pytest.raises(Invalid) as refused:
            read(cells)
        assert refused.value.fields[0].code == "unreadable"
        assert refused.value.fields[0].path == cells.get("id", "")
