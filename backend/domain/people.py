"""People and their consent (rule 11), and how names and telephones are compared.

Who may see what is a predicate of services/access.py, not here. Nothing here keeps a number that identifies a person.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from backend.domain.errors import FieldProblem, Invalid
from backend.domain.policy import Stage

LAST_GRADE_ASKED = 9
CHILD_YEARS = 14


class PersonKind(Enum):
    """What a person is to the school."""

    student = "student"
    guardian = "guardian"
    staff = "staff"


class Role(Enum):
    """What a member of staff (or the class recorder, a pupil) does; one person may have several."""

    subject_teacher = "subject_teacher"
    homeroom_teacher = "homeroom_teacher"
    class_recorder = "class_recorder"
    prep_group = "prep_group"
    grade_head = "grade_head"
    academic_office = "academic_office"
    district_officer = "district_officer"


class ConsentDecision(Enum):
    """What a guardian answered."""

    granted = "granted"
    refused = "refused"
    withdrawn = "withdrawn"


class ConsentState(Enum):
    """Where a child's consent stands: nobody answered, only refused, granted, or withdrawn by somebody."""

    missing = "missing"
    refused = "refused"
    granted = "granted"
    withdrawn = "withdrawn"


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One guardian's answer at an instant to one version of the text."""

    guardian_id: str
    decision: ConsentDecision
    decided_at: datetime
    text_version: str = ""


def consent_needed(stage: Stage, grade: int, under_14_until: date | None, today: date) -> bool:
    """Whether a guardian's consent must come before the first entry: up to grade 9, under 14, or of unknown age."""
    if stage is not Stage.senior or grade <= LAST_GRADE_ASKED or under_14_until is None:
        return True
    return today < under_14_until


def under_14_until(birth_year: int, birth_month: int) -> date:
    """The first day on which a child born that month is surely 14: the month after. Raises Invalid for no month."""
    if not 1 <= birth_month <= 12 or not 1 <= birth_year <= 9000:
        raise Invalid("no such month", fields=[FieldProblem("birth_month", "out_of_range")])
    year, month = divmod(birth_year * 12 + birth_month + CHILD_YEARS * 12, 12)
    return date(year, month + 1, 1)


def consent_state(decisions: Iterable[ConsentRecord], text_version: str | None = None) -> ConsentState:
    """Where consent stands, from each guardian's latest answer (of two at one instant the later given).

    Any guardian's standing withdrawal stops new entries until that guardian grants again; else one grant suffices,
    and another's refusal does not undo it. With `text_version`, grants of other texts do not count.
    """
    latest: dict[str, ConsentRecord] = {}
    for record in sorted(decisions, key=lambda r: r.decided_at):
        latest[record.guardian_id] = record
    standing = {
        record.decision
        for record in latest.values()
        if record.decision is not ConsentDecision.granted or text_version in (None, record.text_version)
    }
    for decision, state in (
        (ConsentDecision.withdrawn, ConsentState.withdrawn),
        (ConsentDecision.granted, ConsentState.granted),
        (ConsentDecision.refused, ConsentState.refused),
    ):
        if decision in standing:
            return state
    return ConsentState.missing


_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_MIDDLE_DOTS = re.compile(r"[•‧∙⋅・]")
_NOT_DIALLED = re.compile(r"[\s\-‐‑‒–—−().·]")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{9,11}")
_ABROAD = re.compile(r"\+[1-9]\d{6,14}")


def normalise_name(name: str) -> str:
    """The form in which two names are compared: full-width letters, invisible signs, spaces and case made equal.

    Spaces inside a Chinese name go, inside others they become one. Not for showing.
    """
    text = unicodedata.normalize("NFKC", name)
    text = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    text = _MIDDLE_DOTS.sub("·", text)
    return ("" if _CJK.search(text) else " ").join(text.split()).casefold()


def normalise_telephone(raw: str) -> str | None:
    """A mainland number as digits without country code, another as +digits; None when it is no telephone number.

    Takes full-width digits, spaces, dashes, brackets, +86, 0086 and a spreadsheet's trailing ".0".
    """
    text = unicodedata.normalize("NFKC", raw).strip()
    text = _NOT_DIALLED.sub("", re.sub(r"(?<=\d)\.0$", "", text))
    text = re.sub(r"^(\+86|0086|86(?=1[3-9]\d{9}$))", "", text)
    text = re.sub(r"^00(?=[1-9])", "+", text)
    if not text.isascii():
        return None
    return text if any(p.fullmatch(text) for p in (_MOBILE, _LANDLINE, _ABROAD)) else None


def last_four(telephone: str) -> str:
    """The last four digits of a telephone number in any writing; fewer where it has fewer."""
    digits = [c for c in unicodedata.normalize("NFKC", telephone) if c.isascii() and c.isdigit()]
    return "".join(digits[-4:])
