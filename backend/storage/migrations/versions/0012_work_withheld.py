"""What was fixed of work against its estimates is held against itself too: nothing of fewer than five by subtraction.

Revision ID: 0012
Revises: 0011
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from backend.domain.disclosure import safe_forms
from backend.storage.base import Document

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MINIMUM = 5
#: As the release that brought this names them: before a table's name, and the tables in the order of their right.
OF_WORK, TABLES = "work ", ("subject", "kind", "tier")


def upgrade() -> None:
    """Figures stay as they were fixed; which of them are shown is decided, and nobody's older answer counts as theirs.

    A class at a time: a large school has tens of thousands of rows.
    """
    keys: list[sa.ColumnClause[Any]] = [
        sa.column("school_id", sa.Uuid()),
        sa.column("class_id", sa.Uuid()),
        sa.column("until", sa.Date()),
    ]
    frozen, connection = sa.table("frozen_figures", *keys, sa.column("figures", Document)), op.get_bind()
    for of_class in connection.execute(sa.select(*keys[:2]).distinct()).all():
        where = [column == value for column, value in zip(keys, of_class, strict=False)]
        for until, figures in connection.execute(sa.select(keys[2], frozen.c.figures).where(*where)).all():
            judged = figures | {"withheld": _withheld(figures)}
            if judged != figures:
                connection.execute(sa.update(frozen).where(*where, keys[2] == until).values(figures=judged))
    _new_versions(connection)


def downgrade() -> None:
    """Nothing: the release before passes over what it does not know."""


def _new_versions(connection: sa.Connection) -> None:
    school = sa.column("school_id", sa.Uuid())
    passes: Any = sa.table("figure_passes", school, sa.column("frozen_version", sa.String(32)))
    for (school_id,) in connection.execute(sa.select(school).select_from(passes)).all():
        connection.execute(sa.update(passes).where(school == school_id).values(frozen_version=uuid.uuid4().hex))


def _withheld(figures: Mapping[str, Any]) -> list[list[str]]:
    """What was withheld of the sums, and the sums of work that may not stand beside the others."""
    of_sums = [each for each in figures.get("withheld", ()) if not each[0].startswith(OF_WORK)]
    cells = _cells(figures.get("work", ()))
    forms: dict[tuple[str, str], list[str]] = {}
    for cell in cells:
        for table, name in zip(TABLES, cell.split("|"), strict=True):
            forms.setdefault((table, name), []).append(cell)
    sizes = {cell: total for cell, (total, _) in cells.items()}
    enough = [form for form in sorted(forms.items()) if sum(cells[cell][1] for cell in form[1]) >= MINIMUM]
    enough.sort(key=lambda form: (TABLES.index(form[0][0]), -sum(sizes[cell] for cell in form[1])))
    safe = safe_forms(sizes, enough)
    return of_sums + [[f"{OF_WORK}{table}", name] for table, name in sorted(forms) if (table, name) not in safe]


def _cells(work: Mapping[str, Sequence[int]] | Iterable[Sequence[Any]]) -> dict[str, tuple[int, int]]:
    """How much work there is by subject, kind and tier, and how much of it was finished; kept in either form."""
    found: dict[str, tuple[int, int]] = {}
    for cell, ended, times in _pieces(work):
        total, finished = found.get(cell, (0, 0))
        found[cell] = total + times, finished + times * (ended in (0, "finished"))
    return found


def _pieces(work: Mapping[str, Sequence[int]] | Iterable[Sequence[Any]]) -> Iterable[tuple[str, Any, int]]:
    if not isinstance(work, Mapping):
        for row in work:
            yield "|".join(str(each) for each in row[:3]), row[5], 1
        return
    for name, fours in work.items():
        cell = "|".join(name.split("|")[:3])
        for ended, times in zip(fours[2::4], fours[3::4], strict=True):
            yield cell, ended, times
