"""An evening of Ada's class for the desk's tests: pupils with sheets, notes, facts, and homework that took long."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa

from backend.domain.load import Outcome, Tier
from backend.domain.sheet import SheetState
from backend.storage import models
from tests.api.planning import add_sheet, add_students
from tests.cast import START, TONIGHT, Cast

NAMES = ["夏知远", "江一诺", "苏沐阳", "顾清和", "沈安然", "陆景行", "叶初晴", "秦子墨", "许嘉言", "谢雨桐"]
NAMES += ["钟书恒", "欧阳若溪"]
LATEST = START + dt.timedelta(hours=3)


def furnish(engine: sa.Engine, cast: Cast, night: dt.date = TONIGHT) -> list[uuid.UUID]:
    """Twelve classmates who handed in: maths took 30 to 74 minutes against 20, two wrote home lines, some facts."""
    school, place = cast.shiyan.id, cast.class_31.id
    pupils = add_students(engine, cast.class_31, school, len(NAMES))
    with engine.begin() as connection:
        maths = connection.scalars(sa.select(models.Assignment.id).where(models.Assignment.subject == "maths")).first()
        for pupil, name in zip(pupils, NAMES, strict=True):
            of_pupil = sa.update(models.Person).where(models.Person.id == pupil)
            connection.execute(of_pupil.values(name=name, name_key=name))
    for number, pupil in enumerate(pupils):
        values: dict[str, Any] = {"assignment_id": maths, "tier": Tier.standard, "estimated_minutes": 20}
        if number == 3:
            values["outcome"] = Outcome.stopped_for_sleep
        state = SheetState.confirmed if number % 3 == 0 else SheetState.submitted
        add_sheet(engine, school, place, pupil, night, 30 + 4 * number, state=state, **values)
        add_sheet(engine, school, place, pupil, night - dt.timedelta(days=7), 40)
    with engine.begin() as connection:
        for number, pupil in enumerate(pupils):
            _sleep(connection, school, pupil, night, number)
        for number, line in ((1, "最后一题想了很久，最后是一起做的。"), (5, "今天有点咳嗽，早点睡了。")):
            key = {"school_id": school, "student_id": pupils[number], "night": night}
            note = {"guardian_note": line, "changed_by": pupils[number], "changed_at": START, "change_counter": 1}
            connection.execute(sa.insert(models.Note), key | note)
    return pupils


def _sleep(connection: sa.Connection, school: uuid.UUID, pupil: uuid.UUID, night: dt.date, number: int) -> None:
    lights_out = LATEST + dt.timedelta(minutes=-20 + 5 * number)
    key = {"school_id": school, "student_id": pupil, "night": night}
    slept = {"lights_out_at": lights_out, "woke_at": LATEST + dt.timedelta(hours=9)}
    connection.execute(
        sa.insert(models.Sleep), key | slept | {"changed_by": pupil, "changed_at": START, "change_counter": 1}
    )
    sheet = (models.NightSheet.student_id == pupil, models.NightSheet.night == night)
    policy = {"sleep_target_minutes": 570, "latest_lights_out_at": LATEST, "is_late": number == 8}
    connection.execute(sa.update(models.NightSheet).where(*sheet).values(**policy))
