"""Tables of figures as a file: of a class, a school or a district, as XLSX or CSV, withheld where the screen withholds.

Whoever sees figures on the screen may take the same figures home, worded in the asker's language.
"""

import datetime as dt
import enum
import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.domain.policy import Stage
from backend.services import access, audit
from backend.services.actor import Actor, ActorKind
from backend.services.figures import reports
from backend.services.figures.export_tables import (
    COLUMNS,
    FIGURE,
    SLEEP,
    UPWARD,
    Asked,
    ExportOf,
    ExportTable,
    columns_of,
    estimate_rows,
    figure_row,
    place_rows,
    rows_of,
    tables_for,
)
from backend.services.figures.export_words import Wording, Words
from backend.services.figures.spreadsheets import Sheet, sheets_to_csv, sheets_to_xlsx
from backend.services.figures.trend_parts import TrendBy
from backend.services.school import policy_setting, schools
from backend.storage.queries import classes as places
from backend.storage.queries import founding


class ExportFormat(enum.Enum):
    """What kind of file."""

    xlsx = "xlsx"
    csv = "csv"


def export_table(
    session: Session,
    *,
    actor: Actor,
    of: ExportOf,
    place_id: uuid.UUID,
    first: dt.date | None,
    last: dt.date | None,
    by: TrendBy,
    form: ExportFormat,
    table: ExportTable,
    words: Words,
    locale: str,
    now: dt.datetime,
    stage: Stage | None = None,
    grade: int | None = None,
) -> bytes:
    """One table of a class, a school or a district as a file; audited. Raises ``NotFound``, ``Invalid``.

    `stage` and `grade` narrow a school's charts to one grade. `words` is the catalogue: headings by column, codes by
    names such as ``kind.written``, tables by ``table.figures``.
    """
    asked = Asked(session, actor, of, place_id, first, last, by, now, stage, grade)
    school_ids = _schools(asked)
    if table not in tables_for(of, sees_warnings=_sees_warnings(asked)):
        raise Invalid("no such table here", fields=[FieldProblem("table", "not_here")])
    wording = Wording(words, _subjects(session, school_ids, locale))
    sheets = _month(asked, wording) if table is ExportTable.monthly else [_sheet(asked, table, wording)]
    _note(asked, table, form, school_ids)
    return sheets_to_xlsx(sheets) if form is ExportFormat.xlsx else sheets_to_csv(sheets)


def _schools(asked: Asked) -> list[uuid.UUID]:
    """The schools whose figures are asked for; raises ``NotFound`` for a place whose figures the actor does not see."""
    if asked.of is ExportOf.districts:
        policy_setting.get_own_district(asked.session, actor=asked.actor, district_id=asked.id)
        return [school.id for school in places.schools_of_district(asked.session, asked.id)]
    if asked.of is ExportOf.schools:
        today = schools.get_school(asked.session, school_id=asked.id, now=asked.now).today
        sees = access.sees_school_trends(asked.actor, asked.id, today=today)
        school_id = asked.id
    else:
        place = schools.get_school(asked.session, school_id=asked.actor.school, now=asked.now)
        sees, school_id = access.sees_class_trends(asked.actor, asked.id, today=place.today), place.id
    if not places.is_true(asked.session, sees):
        raise NotFound("no such place")
    return [school_id]


def _sees_warnings(asked: Asked) -> bool:
    """Warnings are for those who can act on them: not for a district, of a class not for its subject teachers."""
    if asked.actor.kind is ActorKind.DISTRICT_OFFICER:
        return False
    if asked.of is ExportOf.schools:
        return True
    today = schools.get_school(asked.session, school_id=asked.actor.school, now=asked.now).today
    return places.is_true(asked.session, access.sees_warnings(asked.actor, asked.id, today=today))


def _subjects(session: Session, school_ids: Sequence[uuid.UUID], locale: str) -> dict[str, str]:
    """Subjects by code as the school names them; of several schools, the first that has one."""
    names: dict[str, str] = {}
    for school_id in school_ids:
        for each in founding.subjects_of(session, school_id):
            names.setdefault(each.code, each.name_en if locale == "en" else each.name_zh)
    return names


def _sheet(asked: Asked, table: ExportTable, wording: Wording) -> Sheet:
    columns = columns_of(asked, table)
    rows = rows_of(asked, table, wording.words("total"))
    rows = rows if table is ExportTable.warnings else wording.in_order(rows)
    return Sheet(
        wording.words(f"table.{table.value}"),
        [wording.headings(columns), *(wording.line(row, columns) for row in rows)],
    )


def _note(asked: Asked, table: ExportTable, form: ExportFormat, school_ids: Sequence[uuid.UUID]) -> None:
    """One row in the log of each school whose figures went out: which table, over which dates, of which grade."""
    details = {"form": form.value, "by": asked.by.value, "table": table.value} | _span(asked) | _narrowed(asked)
    class_id = asked.id if asked.of is ExportOf.classes else None
    for school_id in school_ids:
        audit.record(
            asked.session,
            actor=asked.actor,
            action=f"{asked.of.value}.exported",
            now=asked.now,
            school_id=school_id,
            class_id=class_id,
            details=details,
        )


def _span(asked: Asked) -> dict[str, str | None]:
    return {name: None if day is None else day.isoformat() for name, day in (("from", asked.first), ("to", asked.last))}


def _narrowed(asked: Asked) -> dict[str, str | int]:
    """The grade asked for; nothing where the whole place was."""
    stage = {} if asked.stage is None else {"stage": asked.stage.value}
    return stage | ({} if asked.grade is None else {"grade": asked.grade})


# --- the month ------------------------------------------------------------------------------------------------------


def _month(asked: Asked, wording: Wording) -> list[Sheet]:
    """A school's monthly report as a workbook: a sheet a part. The month is the one in which the dates begin."""
    found = reports.monthly_report(
        asked.session, actor=asked.actor, school_id=asked.id, month=asked.first or asked.last, now=asked.now
    )
    parts = (
        ("upward", ("stage", "grade", *UPWARD), [{"stage": wording.words("total")} | found["upward"]]),
        (
            "grades",
            ("stage", "grade", *FIGURE),
            [figure_row(each) for each in (*found["grades"], found["figure"] | {"stage": wording.words("total")})],
        ),
        ("weeks", ("from", "to", *FIGURE), [figure_row(each) for each in found["weeks"]]),
        ("calibration", COLUMNS[ExportTable.calibration], wording.in_order(estimate_rows(found["subjects"]))),
        ("sleep", SLEEP, [found["sleep"]]),
        ("places", COLUMNS[ExportTable.places], place_rows(found["places"])),
        (
            "warnings_counted",
            ("warning", "open", "closed"),
            [{**each, "warning": each["code"]} for each in found["warnings"]],
        ),
    )
    return [
        Sheet(
            wording.words(f"table.{name}"), [wording.headings(columns), *(wording.line(row, columns) for row in rows)]
        )
        for name, columns, rows in parts
    ]
