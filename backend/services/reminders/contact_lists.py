"""A list by which the office gives addresses: CSV with `way`, `address`, and who it is by telephone, login or number.

All or nothing: with one line that cannot be used nothing is stored. Problems name line and code, never a person.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from backend.domain.people import PersonKind, normalise_name, normalise_telephone
from backend.services import audit
from backend.services.actor import Actor
from backend.services.reminders import contacts
from backend.storage.models import DEVICE_KINDS, GROUP_KINDS, AddressKind
from backend.storage.queries import push_endpoints as queries
from backend.storage.queries.push_endpoints import Known

LARGEST_FILE = 10 * 1024 * 1024
#: What a column may be called.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "way": ("way", "渠道"),
    "address": ("address", "账号", "地址"),
    "telephone": ("telephone", "电话", "手机", "手机号", "联系电话"),
    "login": ("login", "登录名"),
    "student_number": ("student_number", "学号"),
    "name": ("name", "姓名"),
}
#: What may stand under `way`: a telephone is the roster's, a phone registers itself.
WAYS = {kind.value: kind for kind in AddressKind if kind not in DEVICE_KINDS and kind is not AddressKind.SMS}
_MAIL = re.compile(r"[!-~]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_ID = re.compile(r"[^\s\x00-\x1f\x7f]{1,200}")
_WHO: Mapping[AddressKind, frozenset[PersonKind]] = {
    AddressKind.EMAIL: frozenset({PersonKind.guardian, PersonKind.staff}),
    AddressKind.WECOM_PARENT: frozenset({PersonKind.guardian}),
    AddressKind.WECOM_STUDENT: frozenset({PersonKind.student}),
    AddressKind.APPRISE: frozenset({PersonKind.guardian, PersonKind.staff}),
    **{kind: frozenset({PersonKind.staff}) for kind in GROUP_KINDS},
}


@dataclass(frozen=True)
class LineProblem:
    """A line that cannot be used, counted from 1 with the header; ``code`` is worded by the command."""

    line: int
    code: str


@dataclass
class ContactReport:
    """How many lines there are, how many addresses changed, and every problem; nothing is stored with one."""

    lines: int = 0
    changed: int = 0
    stored: bool = False
    problems: list[LineProblem] = field(default_factory=list)


class _Unusable(Exception):
    """Why a line cannot be used."""


def import_contacts(
    session: Session,
    *,
    actor: Actor,
    school_id: uuid.UUID,
    content: bytes,
    group_names: frozenset[str],
    now: dt.datetime,
    dry_run: bool = False,
    resubscribe: bool = False,
) -> ContactReport:
    """Take a list of addresses. `group_names` are the groups that this installation has bots in.

    The same list again changes nothing. An e-mail address is written to the person; whoever has ended the letters gets
    none, unless the list says that they want them again (`resubscribe`).
    """
    report = ContactReport()
    given = _read(content, queries.known_people(session, school_id), group_names, report)
    if report.problems or dry_run:
        return report
    mails = {person_id: address for (person_id, kind), address in given.items() if kind is AddressKind.EMAIL}
    for person_id, email in mails.items():
        queries.set_email(session, school_id, person_id, email)
    if resubscribe:
        contacts.forget_mail(session, school_id=school_id, people=mails)
    others = {key: address for key, address in given.items() if key[1] is not AddressKind.EMAIL}
    report.changed = contacts.keep_contacts(session, school_id=school_id, now=now)
    report.changed += contacts.give_addresses(session, school_id=school_id, given=others, now=now)
    report.stored = True
    details = {"lines": report.lines, "changed": report.changed}
    audit.record(session, actor=actor, action="contacts.imported", now=now, school_id=school_id, details=details)
    return report


def _read(
    content: bytes, people: list[Known], group_names: frozenset[str], report: ContactReport
) -> dict[tuple[uuid.UUID, AddressKind], str]:
    given: dict[tuple[uuid.UUID, AddressKind], str] = {}
    try:
        rows = _rows(content)
    except _Unusable as problem:
        report.problems.append(LineProblem(1, str(problem)))
        return given
    for line, row in rows:
        report.lines += 1
        try:
            kind = _way(row["way"])
            person = _person(row, people)
            if person.kind not in _WHO[kind]:
                raise _Unusable("not_for_them")
            address = _address(kind, row["address"], group_names)
            if given.setdefault((person.person_id, kind), address) != address:
                raise _Unusable("two_addresses")
        except _Unusable as problem:
            report.problems.append(LineProblem(line, str(problem)))
    return given


def _rows(content: bytes) -> list[tuple[int, dict[str, str]]]:
    if len(content) > LARGEST_FILE:
        raise _Unusable("too_large")
    reader = csv.reader(io.StringIO(_text(content), newline=""), strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error:
        raise _Unusable("unreadable") from None
    if not lines:
        raise _Unusable("no_header")
    names = [_column(cell) for cell in lines[0][1]]
    if not {"way", "address"} <= set(names) or not {"telephone", "login", "student_number"} & set(names):
        raise _Unusable("no_header")
    empty = dict.fromkeys(COLUMNS, "")
    return [
        (line, empty | {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name})
        for line, cells in lines[1:]
    ]


def _text(content: bytes) -> str:
    """UTF-8, else what Excel writes in China."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _Unusable("unreadable")


def _column(cell: str) -> str:
    named = cell.strip().casefold()
    return next((column for column, names in COLUMNS.items() if named in names), "")


def _way(text: str) -> AddressKind:
    if text not in WAYS:
        raise _Unusable("unknown_way")
    return WAYS[text]


def _person(row: Mapping[str, str], people: list[Known]) -> Known:
    """The one person whom a line means. A telephone means an adult; a name tells two with one telephone apart."""
    found = [each for each in people if _means(row)(each)]
    if row["name"]:
        found = [each for each in found if each.name_key == normalise_name(row["name"])]
    if len(found) != 1:
        raise _Unusable("several_people" if found else "nobody")
    return found[0]


def _means(row: Mapping[str, str]) -> Callable[[Known], bool]:
    if row["student_number"]:
        return lambda each: each.school_number == row["student_number"]
    if row["login"]:
        return lambda each: each.login == row["login"]
    telephone = normalise_telephone(row["telephone"])
    return lambda each: telephone is not None and each.telephone == telephone and each.kind is not PersonKind.student


def _address(kind: AddressKind, text: str, group_names: frozenset[str]) -> str:
    if kind in GROUP_KINDS and text not in group_names:
        raise _Unusable("unknown_group")
    pattern = _MAIL if kind is AddressKind.EMAIL else _ID
    if not pattern.fullmatch(text) or len(text) > 254:
        raise _Unusable("address_unreadable")
    return text
