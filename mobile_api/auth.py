"""Who may call a route: every view says so with ``allow`` or ``public``; a view that says nothing cannot be called.

This checks what kind of holder a token has. Whether that holder may see *this* student or class is the services' matter
(``backend.services.access``), because only the database knows.
"""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import Flask, current_app, g, request

from backend.clock import Clock
from backend.domain.errors import NotFound, PasswordChangeRequired, Unauthenticated
from backend.services.actor import Actor, ActorKind, actor_of_token, token_hash
from backend.settings import Settings
from mobile_api import transaction

View = TypeVar("View", bound=Callable[..., Any])


class Who(enum.Flag):
    """The kinds of holder a route admits."""

    STUDENT = enum.auto()
    GUARDIAN = enum.auto()
    STAFF = enum.auto()
    OFFICER = enum.auto()
    TABLET = enum.auto()
    FAMILY = STUDENT | GUARDIAN
    PEOPLE = STUDENT | GUARDIAN | STAFF
    ANYONE = STUDENT | GUARDIAN | STAFF | OFFICER


_FLAG = {
    ActorKind.STUDENT: Who.STUDENT,
    ActorKind.GUARDIAN: Who.GUARDIAN,
    ActorKind.STAFF: Who.STAFF,
    ActorKind.DISTRICT_OFFICER: Who.OFFICER,
    ActorKind.TABLET: Who.TABLET,
}


@dataclass(frozen=True)
class Access:
    """What a view declared: ``who`` is None for a public one."""

    who: Who | None
    in_statement: bool = False
    before_password_change: bool = False
    audits: bool = False
    notes_look: bool = False
    needs_database: bool = True
    locks_late: bool = False


def public(view: View) -> View:
    """Anyone may call this view, signed in or not."""
    return _declare(view, Access(None))


def standalone(view: View) -> View:
    """Anyone may call this view, and no transaction is begun for it: it answers while the database is away."""
    return _declare(view, Access(None, needs_database=False))


def allow(
    who: Who,
    *,
    in_statement: bool = False,
    before_password_change: bool = False,
    audits: bool = False,
    notes_look: bool = False,
    locks_late: bool = False,
) -> Callable[[View], View]:
    """Only holders of these kinds may call the view; to others it answers as for an unknown id.

    ``in_statement``: the view's own first statement authenticates (the lean writing path), so no look-up is made here.
    ``locks_late``: what it writes is compared and swapped, so nothing is locked before (``in_statement`` is so too).
    ``before_password_change``: also with a first password that has still to be changed.
    ``notes_look``: a GET that writes nothing but audit rows; it reads without holding writers up and notes them after.
    ``audits``: a GET that writes more, as figures that are fixed when first read, and needs a writing transaction.
    """
    access = Access(
        who, in_statement, before_password_change, audits, notes_look, locks_late=locks_late or in_statement
    )
    return lambda view: _declare(view, access)


def _declare(view: View, access: Access) -> View:
    cast(Any, view).access = access
    return view


def bearer_token() -> str:
    """The token of the Authorization header; raises ``Unauthenticated`` when there is none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("an Authorization: Bearer header is needed")
    return token.strip()


def bearer_hash() -> bytes:
    """SHA-256 of the request's token, for views that authenticate in their own statement."""
    return token_hash(bearer_token())


def actor() -> Actor:
    """The actor of this request."""
    return cast(Actor, g.actor)


def clock() -> Clock:
    """The application's clock."""
    return cast(Clock, current_app.extensions["nightsheet.clock"])


def settings() -> Settings:
    """The application's settings."""
    return cast(Settings, current_app.extensions["nightsheet.settings"])


def check_access() -> None:
    """Before every request: find the view's declaration and hold the caller against it."""
    if request.endpoint is None or request.endpoint == "static":
        return
    view: Any = current_app.view_functions[request.endpoint]
    access: Access = view.access
    if not access.needs_database:
        return
    if access.notes_look:
        transaction.begin_look()
    elif access.locks_late:
        transaction.begin_late()
    else:
        transaction.begin(writes=request.method not in {"GET", "HEAD", "OPTIONS"} or access.audits)
    if access.who is None:
        return
    if access.in_statement:
        bearer_token()  # nobody's body is read without a token, even where only the statement can judge it
    else:
        _admit(access)


def _admit(access: Access) -> None:
    found = actor_of_token(transaction.session(), token=bearer_token(), now=clock().now())
    g.actor = found
    if access.who is None or _FLAG[found.kind] not in access.who:
        raise NotFound("nothing here")
    if found.must_change_password and not access.before_password_change:
        raise PasswordChangeRequired("the first password has to be changed before anything else")


def install(app: Flask) -> None:
    """Make every request of ``app`` pass ``check_access``."""
    app.before_request(check_access)
