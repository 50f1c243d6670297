"""A staff list in the database: all or nothing, good rows alone, and two imports at once."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from backend.services.actor import Actor, ActorKind
from backend.services.staff.importing import StaffReport, import_staff
from backend.storage.engine import writing
from backend.storage.models import AuditEvent, Person, Post, StaffPassword
from tests.cast import START, Cast

HEADER = "姓名,职务,班级,科目,手机"
NEW = "钱进,任课教师,三(1)班,数学,"


def take(session: Session, cast: Cast, *rows: str, **how: Any) -> StaffReport:
    command = Actor(ActorKind.COMMAND, uuid.UUID(int=0), cast.shiyan.id, session_id=uuid.UUID(int=0))
    content = "\n".join([HEADER, *rows]).encode()
    report = import_staff(
        session, actor=command, school_id=cast.shiyan.id, content=content, filename="s.csv", now=START, **how
    )
    session.commit()
    return report


def called(session: Session, name: str) -> int:
    found = len(session.scalars(sa.select(Person.id).where(Person.name == name)).all())
    session.rollback()
    return found


def test_one_refused_row_keeps_every_row_out_unless_the_good_ones_are_asked_for(session: Session, cast: Cast) -> None:
    bad = "孙巧,魔术师,,,"
    refused = take(session, cast, NEW, bad)
    assert (refused.refused, refused.stored, refused.first_passwords) == (True, False, [])
    assert called(session, "钱进") == 0

    good = take(session, cast, NEW, bad, good_rows=True)
    assert (good.refused, good.stored, [each.login for each in good.first_passwords]) == (True, True, ["钱进"])
    assert (called(session, "钱进"), called(session, "孙巧")) == (1, 0)


@pytest.mark.parametrize("rows", [["孙巧,魔术师,,,"], []])
def test_a_file_without_one_good_row_is_not_stored_whatever_is_asked_for(
    session: Session, cast: Cast, rows: list[str]
) -> None:
    report = take(session, cast, *rows, good_rows=True)
    assert (report.refused, report.stored) == (True, False)


def test_a_dry_run_counts_the_same_and_stores_nothing(session: Session, cast: Cast) -> None:
    dry = take(session, cast, NEW, dry_run=True)
    assert (dry.added, dry.posts_added, dry.stored, dry.first_passwords) == (1, 1, False, [])
    assert called(session, "钱进") == 0
    done = take(session, cast, NEW)
    assert (done.added, done.posts_added, done.stored) == (1, 1, True)


def test_a_name_that_two_telephones_share_refuses_the_row_that_gives_none(session: Session, cast: Cast) -> None:
    rows = ["李明,教务处,,,13800000001", "李明,教务处,,,13800000002", "李明,教务处,,,"]
    report = take(session, cast, *rows)
    assert [(each.row, each.code) for each in report.problems if each.code == "staff_ambiguous"] == [
        (4, "staff_ambiguous")
    ]
    assert take(session, cast, *rows[:2]).added == 2
    names = select_logins(session)
    assert {"李明", "李明2"} <= names


def select_logins(session: Session) -> set[str]:
    found = set(session.scalars(sa.select(StaffPassword.login)))
    session.rollback()
    return found


def test_a_list_taken_twice_at_once_adds_everybody_once(engine: sa.Engine, cast: Cast) -> None:
    sessions, first_may_end, added = sessionmaker(engine), threading.Event(), []

    def second() -> None:
        with sessions() as session:
            added.append(take(writing(session), cast, NEW).added)

    other = threading.Thread(target=second)
    with sessions() as session:
        writing(session)
        command = Actor(ActorKind.COMMAND, uuid.UUID(int=0), cast.shiyan.id, session_id=uuid.UUID(int=0))
        content = f"{HEADER}\n{NEW}".encode()
        import_staff(session, actor=command, school_id=cast.shiyan.id, content=content, filename="s.csv", now=START)
        other.start()
        first_may_end.wait(0.2)  # the second has begun, and waits for this transaction
        session.commit()
    other.join()

    with sessions() as session:
        assert (added, called(session, "钱进")) == ([0], 1)
        posts = session.scalars(
            sa.select(Post.id).join(Person, Person.id == Post.person_id).where(Person.name == "钱进")
        )
        assert len(posts.all()) == 1
        assert len(session.scalars(sa.select(AuditEvent.id).where(AuditEvent.action == "staff.imported")).all()) == 1
