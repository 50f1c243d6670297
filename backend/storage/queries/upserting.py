"""Insert-or-replace on both databases: the one statement that SQLAlchemy spells per dialect."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from backend.storage.base import Base


def upsert(session: Session, model: type[Base], rows: Sequence[dict[str, Any]], *, keys: Sequence[str]) -> None:
    """Insert ``rows``; where one with the same ``keys`` stands, replace its other columns by the row's."""
    if not rows:
        return
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement: Any = insert(model)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    session.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=changed), list(rows))
