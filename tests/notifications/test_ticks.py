"""What a tick costs: it never reads the outbox, which is the largest table of an evening."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.services.reminders import outbox
from notifications.rules import REASONS
from tests.cast import Cast
from tests.notifications.evening import at, put_sheet


def test_a_tick_leaves_what_is_there_to_the_unique_key_and_reads_no_outbox(session: Session, cast: Cast) -> None:
    put_sheet(session, cast, cast.ada, latest_lights_out_at=at("21:20"))
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "INSERT INTO outbox" in statement:
            statements.append(statement)

    sa.event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        first, second = (sum(outbox.put_due(session, reasons=REASONS, now=at("21:31")).values()) for _ in range(2))
    finally:
        sa.event.remove(session.get_bind(), "before_cursor_execute", note)
    assert first > 0
    assert second == 0
    assert statements
    assert not [each for each in statements if "FROM outbox" in each or "JOIN outbox" in each]
