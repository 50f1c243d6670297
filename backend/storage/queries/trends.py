"""Set-based statements behind trends: what figures are added up from, the figures kept, and what has changed since."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.domain.sheet import SheetState
from backend.storage.models import (
    Assignment,
    AssignmentState,
    Enrolment,
    Entry,
    FigurePass,
    FrozenFigure,
    NightSheet,
    NoHomework,
    RolledUpFigure,
    Sleep,
)
from backend.storage.queries.upsert import insert_of, insert_or_replace, upsert_of

Key = tuple[uuid.UUID, dt.date]


def submitted_sheets(
    session: Session, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID], first: dt.date, last: dt.date
) -> Sequence[Any]:
    """Every submitted sheet with its lights-out: what the figures of a class over some nights are added up from.

    Ids and words are plain (`_plain`).
    """
    statement = (
        sa.select(
            _plain(NightSheet.class_id),
            _plain(NightSheet.student_id),
            NightSheet.night,
            NightSheet.capped_minutes,
            NightSheet.is_amended,
            _plain(NightSheet.cap_scope),
            NightSheet.submitted_at,
            NightSheet.changed_at,
            NightSheet.latest_lights_out_at,
            NightSheet.sleep_minutes,
            NightSheet.sleep_is_projected,
            NightSheet.sleep_short_by_minutes,
            Sleep.lights_out_at,
        )
        .outerjoin(
            Sleep,
            sa.and_(
                Sleep.school_id == NightSheet.school_id,
                Sleep.student_id == NightSheet.student_id,
                Sleep.night == NightSheet.night,
            ),
        )
        .where(*_of_nights(NightSheet, school_id, class_ids, first, last), NightSheet.state != SheetState.open)
    )
    return session.execute(statement).all()


def homework_entries(
    session: Session,
    school_id: uuid.UUID,
    class_ids: Sequence[uuid.UUID],
    since: dt.date,
    first: dt.date,
    last: dt.date,
) -> Sequence[Any]:
    """Every standing entry of these nights that is homework, with the days its assignment was given and is due.

    Of nights before ``first``, back to ``since``, those alone whose assignment went on to ``first`` or later and whose
    sheet was handed in. Ids and words are plain (`_plain`).
    """
    handed_in = sa.exists().where(
        NightSheet.school_id == Entry.school_id,
        NightSheet.student_id == Entry.student_id,
        NightSheet.night == Entry.night,
        NightSheet.class_id == Entry.class_id,
        NightSheet.state != SheetState.open,
    )
    statement = (
        sa.select(
            _plain(Entry.class_id),
            _plain(Entry.student_id),
            Entry.night,
            _plain(Entry.assignment_id),
            Entry.subject,
            _plain(Entry.kind),
            _plain(Entry.place),
            _plain(Entry.tier),
            _plain(Entry.outcome),
            Entry.segments,
            Entry.actual_minutes,
            Entry.estimated_minutes,
            Assignment.given_on,
            Assignment.due_on,
        )
        .outerjoin(Assignment, sa.and_(Assignment.school_id == Entry.school_id, Assignment.id == Entry.assignment_id))
        .where(
            *_of_nights(Entry, school_id, class_ids, since, last),
            sa.or_(Entry.night >= first, sa.and_(Assignment.due_on > first, handed_in)),
            Entry.is_self_study.is_(sa.false()),
            Entry.deleted_at.is_(None),
        )
    )
    return session.execute(statement).all()


def sheet_stamps(
    session: Session, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID], first: dt.date, last: dt.date
) -> dict[Key, tuple[int, int]]:
    """How many sheets each class has on each night, and the sum of their counters: one changes whenever a sheet does.

    Read from the index alone. A counter only rises, and a sheet that goes makes the number smaller.
    """
    rows = session.execute(_sheet_stamps(), _asked(school_id, class_ids, first, last))
    return {(row[0], row[1]): (row[2], int(row[3])) for row in rows}


@lru_cache(maxsize=1)
def _sheet_stamps() -> Any:
    return (
        sa.select(NightSheet.class_id, NightSheet.night, sa.func.count(), sa.func.sum(NightSheet.change_counter))
        .where(*_asked_of(NightSheet, NightSheet.night))
        .group_by(NightSheet.class_id, NightSheet.night)
    )


def homework_stamps(
    session: Session, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID], first: dt.date, last: dt.date
) -> dict[Key, tuple[int, int]]:
    """How many assignments of each class are due on each day, and the sum of their versions."""
    rows = session.execute(_homework_stamps(), _asked(school_id, class_ids, first, last))
    return {(row[0], row[1]): (row[2], int(row[3])) for row in rows}


@lru_cache(maxsize=1)
def _homework_stamps() -> Any:
    return (
        sa.select(Assignment.class_id, Assignment.due_on, sa.func.count(), sa.func.sum(Assignment.version))
        .where(*_asked_of(Assignment, Assignment.due_on))
        .group_by(Assignment.class_id, Assignment.due_on)
    )


def enrolments(session: Session, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID]) -> Sequence[Any]:
    """``(class_id, from_on, to_on)`` of every enrolment in these classes."""
    statement = sa.select(Enrolment.class_id, Enrolment.from_on, Enrolment.to_on).where(
        Enrolment.school_id == school_id, Enrolment.class_id.in_(class_ids)
    )
    return session.execute(statement).all()


def rolled_up(
    session: Session,
    school_id: uuid.UUID,
    class_ids: Sequence[uuid.UUID],
    first: dt.date,
    last: dt.date,
    *,
    whole: bool,
) -> Sequence[Any]:
    """Figures as kept added up, of stretches that end between two dates; ``whole`` with all, else minutes alone."""
    columns = [RolledUpFigure.figures] if whole else []
    return _kept(session, RolledUpFigure, school_id, class_ids, first, last, RolledUpFigure.stamp, *columns)


def frozen(
    session: Session,
    school_id: uuid.UUID,
    class_ids: Sequence[uuid.UUID],
    first: dt.date,
    last: dt.date,
    *,
    whole: bool,
) -> Sequence[Any]:
    """Frozen figures likewise."""
    columns = [FrozenFigure.figures] if whole else []
    return _kept(session, FrozenFigure, school_id, class_ids, first, last, FrozenFigure.enrolled, *columns)


def _kept(
    session: Session,
    model: Any,
    school_id: uuid.UUID,
    class_ids: Sequence[uuid.UUID],
    first: dt.date,
    last: dt.date,
    *columns: Any,
) -> Sequence[Any]:
    return session.execute(_kept_figures(model, columns), _asked(school_id, class_ids, first, last)).all()


@lru_cache(maxsize=8)
def _kept_figures(model: Any, columns: tuple[Any, ...]) -> Any:
    return sa.select(
        model.class_id, model.until, model.since, model.cap_minutes, model.amended, model.minutes, *columns
    ).where(*_asked_of(model, model.until))


def frozen_with_kept(session: Session, school_id: uuid.UUID, keys: Sequence[Key]) -> list[FrozenFigure]:
    """The frozen figures of some stretches with what a replacement needs."""
    if not keys:
        return []
    statement = sa.select(FrozenFigure).where(
        FrozenFigure.school_id == school_id,
        FrozenFigure.class_id.in_({key[0] for key in keys}),
        FrozenFigure.until.in_({key[1] for key in keys}),
    )
    wanted = set(keys)
    found = session.scalars(statement, execution_options={"populate_existing": True})
    return [row for row in found if (row.class_id, row.until) in wanted]


def last_pass(session: Session, school_id: uuid.UUID) -> dt.datetime | None:
    """Up to when changed sheets have been looked at; None before the first time."""
    return session.scalar(sa.select(FigurePass.passed_at).where(FigurePass.school_id == school_id))


def lock_pass(session: Session, school_id: uuid.UUID) -> None:
    """Hold the row, so that of two readers one renews frozen figures and the other sees what it did."""
    session.execute(sa.select(FigurePass.passed_at).where(FigurePass.school_id == school_id).with_for_update())


def note_pass(session: Session, school_id: uuid.UUID, at: dt.datetime) -> None:
    """Remember that changed sheets have been looked at."""
    insert_or_replace(session, FigurePass, [{"school_id": school_id, "passed_at": at}])


def nights_changed(
    session: Session, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID], since: dt.datetime
) -> Sequence[Any]:
    """``(class_id, night)`` of every sheet changed since an instant."""
    statement = (
        sa.select(NightSheet.class_id, NightSheet.night)
        .where(NightSheet.school_id == school_id, NightSheet.class_id.in_(class_ids), NightSheet.changed_at > since)
        .distinct()
    )
    return session.execute(statement).all()


def publication_days(
    session: Session, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID], first: dt.date, last: dt.date
) -> Mapping[uuid.UUID, set[dt.date]]:
    """On which days each class's homework, or "none today", was made public."""
    given = sa.select(Assignment.class_id, Assignment.given_on.label("day")).where(
        Assignment.school_id == school_id,
        Assignment.class_id.in_(class_ids),
        Assignment.state == AssignmentState.PUBLISHED,
        Assignment.given_on >= first,
        Assignment.given_on <= last,
    )
    none = sa.select(NoHomework.class_id, NoHomework.night.label("day")).where(
        NoHomework.school_id == school_id,
        NoHomework.class_id.in_(class_ids),
        NoHomework.night >= first,
        NoHomework.night <= last,
    )
    found: dict[uuid.UUID, set[dt.date]] = {class_id: set() for class_id in class_ids}
    for class_id, day in session.execute(sa.union(given, none)):
        found[class_id].add(day)
    return found


def first_night(session: Session, school_id: uuid.UUID) -> dt.date | None:
    """The first night of which the school has a sheet."""
    return session.scalar(sa.select(sa.func.min(NightSheet.night)).where(NightSheet.school_id == school_id))


def frozen_numbers(session: Session, school_id: uuid.UUID) -> dict[dt.date, int]:
    """Of how many classes figures are fixed, by a stretch's last night; from the index alone."""
    statement = (
        sa.select(FrozenFigure.until, sa.func.count())
        .where(FrozenFigure.school_id == school_id)
        .group_by(FrozenFigure.until)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def frozen_keys(session: Session, school_id: uuid.UUID, ends: Sequence[dt.date]) -> set[Key]:
    """Which classes' figures are fixed of stretches that end on these nights."""
    statement = sa.select(FrozenFigure.class_id, FrozenFigure.until).where(
        FrozenFigure.school_id == school_id, FrozenFigure.until.in_(ends)
    )
    return {(row[0], row[1]) for row in session.execute(statement)}


def freeze(session: Session, rows: list[dict[str, Any]]) -> None:
    """Fix figures for the first time; where another reader was quicker, those stand."""
    if rows:
        session.connection().execute(_freezing(session.get_bind().dialect.name), rows)


@lru_cache(maxsize=2)
def _freezing(dialect: str) -> Any:
    return insert_of(dialect, FrozenFigure.__table__).on_conflict_do_nothing()


def keep(session: Session, model: type[FrozenFigure] | type[RolledUpFigure], rows: list[dict[str, Any]]) -> None:
    """Store figures, replacing older ones of the same stretch."""
    if rows:
        statement = upsert_of(session.get_bind().dialect.name, model.__table__, tuple(rows[0]))
        session.connection().execute(statement, rows)


def _of_nights(
    model: Any, school_id: uuid.UUID, class_ids: Sequence[uuid.UUID], first: dt.date, last: dt.date
) -> list[sa.ColumnElement[bool]]:
    return [model.school_id == school_id, model.class_id.in_(class_ids), model.night >= first, model.night <= last]


def _plain(column: Any) -> sa.ColumnElement[Any]:
    """A column as the driver gives it: an id as 32 digits on SQLite and as UUID on PostgreSQL, a state as its word.

    For statements of a hundred thousand rows, where making objects would take longer than the reading.
    """
    return sa.type_coerce(column, sa.types.NullType()).label(column.key)


def _asked_of(model: Any, day: Any) -> list[sa.ColumnElement[bool]]:
    """Some classes of a school between two days, as parameters: for statements that are built once (`_asked`)."""
    return [
        model.school_id == sa.bindparam("school"),
        model.class_id.in_(sa.bindparam("classes", expanding=True)),
        day >= sa.bindparam("first"),
        day <= sa.bindparam("last"),
    ]


def _asked(school_id: uuid.UUID, class_ids: Sequence[uuid.UUID], first: dt.date, last: dt.date) -> dict[str, Any]:
    """The parameters of `_asked_of`."""
    return {"school": school_id, "classes": list(class_ids), "first": first, "last": last}
