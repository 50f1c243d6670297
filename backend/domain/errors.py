"""Every problem that Nightsheet can name, once, with its stable code.

A code is part of the contract with phones: it never changes its meaning. What a person reads is worded
elsewhere from the code and `params`; HTTP status codes do not belong here either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One wrong field: `path` as `segments.0.started_at`, a stable snake_case `code`, words for a developer."""

    path: str
    code: str
    message: str = ""


class NightsheetError(Exception):
    """Something that was asked for cannot be done, and the code says why."""

    code: ClassVar[str] = "problem"

    def __init__(
        self,
        detail: str = "",
        *,
        fields: Iterable[FieldProblem] = (),
        params: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail or self.code)
        self.detail = detail
        self.fields: tuple[FieldProblem, ...] = tuple(fields)
        self.params: dict[str, Any] = dict(params or {})


class NotFound(NightsheetError):
    """There is no such thing, or it is not yours to see: the two are told apart nowhere."""

    code = "not_found"


class Forbidden(NightsheetError):
    """You see this, but this action is not yours."""

    code = "forbidden"


class ConsentRequired(NightsheetError):
    """A guardian's recorded consent must come before the first entry (rule 11)."""

    code = "consent_required"


class Invalid(NightsheetError):
    """Some fields are not what they must be; `fields` names each of them."""

    code = "invalid"


class Conflict(NightsheetError):
    """Another phone has changed this since; `current` is what stands now (rule 10)."""

    code = "conflict"

    def __init__(
        self,
        detail: str = "",
        *,
        current: Any = None,
        fields: Iterable[FieldProblem] = (),
        params: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail, fields=fields, params=params)
        self.current = current


class Gone(NightsheetError):
    """This id was deleted and stays deleted (rule 10)."""

    code = "gone"


class Unauthenticated(NightsheetError):
    """Nobody is signed in."""

    code = "unauthenticated"


class CredentialsRefused(NightsheetError):
    """The name or the password is wrong; which of the two is not said."""

    code = "credentials_refused"


class ClaimRefused(NightsheetError):
    """The code of the slip, or the telephone's last four digits, do not fit."""

    code = "claim_refused"


class SessionExpired(NightsheetError):
    """The sign-in is too old; a phone keeps its unsent work and signs in again."""

    code = "session_expired"


class SessionRevoked(NightsheetError):
    """The sign-in was ended by its owner or the school."""

    code = "session_revoked"


class PasswordChangeRequired(NightsheetError):
    """A first password must be changed before anything else."""

    code = "password_change_required"


class PasswordTooWeak(NightsheetError):
    """The new password is too short, too common or the old one."""

    code = "password_too_weak"


class NightClosed(NightsheetError):
    """A child may change a night for 7 days only (rule 1)."""

    code = "night_closed"


class NightInFuture(NightsheetError):
    """This night has not begun (rule 1)."""

    code = "night_in_future"


class NotSubmitted(NightsheetError):
    """Only a submitted sheet can be confirmed or reviewed (rule 9)."""

    code = "not_submitted"


class OverCapReasonRequired(NightsheetError):
    """The evening goes over its cap, so publishing needs a stated reason (rule 8)."""

    code = "over_cap_reason_required"


class OverCapRefused(NightsheetError):
    """This school lets no evening go over its cap (rule 8)."""

    code = "over_cap_refused"


class VersionMismatch(NightsheetError):
    """The version named is not the version that stands."""

    code = "version_mismatch"


class VersionRequired(NightsheetError):
    """This change must name the version it starts from."""

    code = "version_required"


class ReasonRequired(NightsheetError):
    """This may be done only with a recorded reason."""

    code = "reason_required"


class TooManyAttempts(NightsheetError):
    """Too many tries; `retry_after_seconds` says when the next one counts."""

    code = "too_many_attempts"

    def __init__(
        self,
        detail: str = "",
        *,
        retry_after_seconds: int = 60,
        fields: Iterable[FieldProblem] = (),
        params: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail, fields=fields, params=params)
        self.retry_after_seconds = retry_after_seconds


class PolicyRefused(NightsheetError):
    """A policy value is not possible, or not possible from that date (rule 7)."""

    code = "policy_refused"


class CalendarUnknown(NightsheetError):
    """The school has not said whether this day is a school day."""

    code = "calendar_unknown"


class CursorInvalid(NightsheetError):
    """The cursor is not one that this list or this student's changes gave out."""

    code = "cursor_invalid"


def problem_classes() -> tuple[type[NightsheetError], ...]:
    """Every problem class of this module, sorted by code."""
    found = [c for c in globals().values() if isinstance(c, type) and issubclass(c, NightsheetError)]
    return tuple(sorted((c for c in found if c is not NightsheetError), key=lambda c: c.code))


def all_problem_codes() -> dict[str, str]:
    """Each stable code with its one line of meaning, sorted by code; feeds the documents and the contract."""
    return {c.code: (c.__doc__ or "").strip() for c in problem_classes()}
