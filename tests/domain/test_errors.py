"""Every problem has one stable code and says what it means."""

from __future__ import annotations

import pickle
import re

import pytest

from backend.domain import errors
from backend.domain.errors import Conflict, FieldProblem, Invalid, NightsheetError, TooManyAttempts, all_problem_codes

STABLE = {
    "not_found", "forbidden", "consent_required", "invalid", "conflict", "gone", "unauthenticated",
    "credentials_refused", "claim_refused", "session_expired", "session_revoked", "password_change_required",
    "password_too_weak", "night_closed", "night_in_future", "not_submitted", "over_cap_reason_required",
    "over_cap_refused", "version_mismatch", "version_required", "reason_required", "too_many_attempts",
    "policy_refused", "calendar_unknown", "cursor_invalid",
}  # fmt: skip


def test_the_published_codes_are_all_there():
    assert set(all_problem_codes()) >= STABLE


def test_no_code_is_used_twice():
    codes = [problem.code for problem in errors.problem_classes()]
    assert len(codes) == len(set(codes))
    assert codes == sorted(codes)


@pytest.mark.parametrize("problem", errors.problem_classes(), ids=lambda p: p.code)
def test_a_problem_is_named_by_its_code_and_explained_in_a_line(problem):
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", problem.code)
    assert problem.code == re.sub(r"(?<!^)(?=[A-Z])", "_", problem.__name__).lower()
    assert all_problem_codes()[problem.code].endswith(".")
    assert "\n" not in all_problem_codes()[problem.code]


@pytest.mark.parametrize("problem", errors.problem_classes(), ids=lambda p: p.code)
def test_a_problem_can_be_raised_bare_and_carries_nothing_then(problem):
    raised = problem()
    assert isinstance(raised, NightsheetError)
    assert (str(raised), raised.detail, raised.fields, raised.params) == (problem.code, "", (), {})
    assert pickle.loads(pickle.dumps(raised)).code == problem.code


def test_a_problem_carries_detail_fields_and_parameters():
    wrong = FieldProblem("segments.0.started_at", "outside_window", "06:00 to 12:00")
    raised = Invalid("no", fields=iter([wrong]), params={"night": "2026-11-05"})
    assert (str(raised), raised.detail) == ("no", "no")
    assert raised.fields == (wrong,)
    assert raised.params == {"night": "2026-11-05"}


def test_the_parameters_are_the_problems_own():
    given = {"n": 1}
    raised = Invalid(params=given)
    given["n"] = 2
    assert raised.params == {"n": 1}


def test_a_conflict_carries_what_stands_now():
    raised = Conflict("other phone", current={"version": 3}, fields=[FieldProblem("x", "y")], params={"a": 1})
    assert (raised.current, raised.detail, raised.params) == ({"version": 3}, "other phone", {"a": 1})
    assert raised.fields == (FieldProblem("x", "y", ""),)


def test_too_many_attempts_says_how_long_to_wait():
    raised = TooManyAttempts("slow", retry_after_seconds=90, fields=[FieldProblem("code", "wrong")], params={"a": 1})
    assert (raised.retry_after_seconds, raised.detail, raised.params) == (90, "slow", {"a": 1})
    assert raised.fields == (FieldProblem("code", "wrong"),)
    assert TooManyAttempts().retry_after_seconds == 60
