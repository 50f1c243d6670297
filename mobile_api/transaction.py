"""One database session and one commit a request: at the edge, after the answer is made, never below.

A request that fails is rolled back, unless it said ``keep()`` (a counted sign-in failure must survive its own 401);
one that changed nothing says ``discard()``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

from flask import Flask, Response, current_app, g
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from backend.domain.errors import Conflict
from backend.services.nights.recording import Contention
from backend.storage.base import Base
from backend.storage.engine import build_engine, locking_late, reading, writing

Result = TypeVar("Result")
#: A student has few phones: a writer that is passed this often has met a defect, not a crowd.
MOST_ATTEMPTS = 8


class Database(SQLAlchemy):
    """Flask-SQLAlchemy over our plain metadata and our own engine: both processes share its settings."""

    def _make_engine(self, bind_key: str | None, options: dict[str, object], app: Flask) -> Engine:  # noqa: ARG002
        return build_engine(app.config["SQLALCHEMY_DATABASE_URI"], pool_size=app.config["NIGHTSHEET_THREADS"])


db = Database(metadata=Base.metadata)


@dataclass(frozen=True)
class Sessions:
    """What makes an application's sessions: plain ones, and those that lock nothing before they write."""

    plain: sessionmaker[Session]
    late: sessionmaker[Session]


_NAME = "nightsheet.sessions"


def _sessions() -> Sessions:
    return cast(Sessions, current_app.extensions[_NAME])


def session() -> Session:
    """This request's session."""
    if "session" not in g:
        g.session = _sessions().plain()
    return cast(Session, g.session)


def begin(*, writes: bool) -> None:
    """Say before the first statement whether this request may write: on SQLite a writer takes its lock at once."""
    (writing if writes else reading)(session())


def begin_late() -> None:
    """Begin a request that compares and swaps: SQLite's one lock is taken only once there is something to save."""
    g.session = _sessions().late()


def begin_look() -> None:
    """Begin to read what may have to be noted in the audit log: what is added meanwhile is written by ``finish``."""
    reading(session())
    session().autoflush = False
    g.transaction_looks = True


def _note_looks() -> None:
    """Write what a look added, in a short transaction of its own; the answer is sent only once it is kept."""
    noted = list(session().new)
    session().expunge_all()
    session().commit()
    if noted:
        writing(session()).add_all(noted)


def keep() -> None:
    """Commit even if the answer is an error."""
    g.transaction_keep = True


def pause() -> None:
    """Commit what was done so far and hold no lock: for slow work in between, such as hashing a password."""
    session().commit()


def discard() -> None:
    """Roll back even though the answer is good: nothing was changed."""
    g.transaction_discard = True


def retried(work: Callable[[], Result]) -> Result:
    """What ``work`` answers, done again from its beginning while other writers of the same student come first."""
    for _ in range(MOST_ATTEMPTS):
        try:
            return work()
        except Contention:
            session().rollback()
    raise Conflict("others kept writing this night; nothing was saved, send it again")


def finish(response: Response) -> Response:
    """Commit or roll back once the answer stands."""
    if "session" not in g:
        return response
    if "transaction_discard" in g or (response.status_code >= 400 and "transaction_keep" not in g):
        session().rollback()
    else:
        if "transaction_looks" in g:
            _note_looks()
        session().commit()
    return response


def install(app: Flask) -> None:
    """Give ``app`` its database and let every answered request end its transaction."""
    db.init_app(app)
    with app.app_context():
        engine = db.engine
    app.extensions[_NAME] = Sessions(sessionmaker(engine), sessionmaker(locking_late(engine)))
    app.after_request(finish)
    app.teardown_appcontext(_close)


def _close(_error: BaseException | None) -> None:
    if "session" in g:
        g.pop("session").close()
