"""Statements about counted sign-in failures. When a count becomes a wait is `backend.services.identity.attempts`."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.storage.models import SignInFailure
from backend.storage.queries.upsert import insert_for


def failures(session: Session, keys: Sequence[str]) -> dict[str, SignInFailure]:
    """What is counted under each key; keys without failures are left out."""
    rows = session.scalars(
        sa.select(SignInFailure).where(SignInFailure.key.in_(keys)).execution_options(populate_existing=True)
    )
    return {row.key: row for row in rows}


def count_failure(session: Session, key: str, now: dt.datetime, *, afresh: sa.ColumnElement[bool]) -> None:
    """Add one to a key; where `afresh` holds of the row, counting begins again with this one."""
    statement = insert_for(session, SignInFailure).values(key=key, count=1, first_at=now, last_at=now)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "count": sa.case((afresh, 1), else_=SignInFailure.count + 1),
                "first_at": sa.case((afresh, statement.excluded.first_at), else_=SignInFailure.first_at),
                "last_at": statement.excluded.last_at,
            },
        )
    )


def take_back(session: Session, key: str) -> None:
    """Take one from a key: that attempt was none."""
    session.execute(
        sa.update(SignInFailure).where(SignInFailure.key == key).values(count=SignInFailure.count - 1),
        execution_options={"synchronize_session": False},
    )


def forget(session: Session, key: str, *, older_than: dt.datetime) -> None:
    """Drop a key, and with it whatever nobody has added to since `older_than`."""
    session.execute(
        sa.delete(SignInFailure).where(sa.or_(SignInFailure.key == key, SignInFailure.last_at < older_than)),
        execution_options={"synchronize_session": False},
    )
