"""Who can sign in to the demonstration, and with what: made once, kept in a file that only its owner can read.

Six people who belong together: a student, a guardian of that child and another, two teachers of the class, the office
and the district. The database holds hashes, as for everybody; the file holds the only copy of the secrets.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from backend.demo.people import Population, Pupil, Row, SchoolClass, made_id
from backend.demo.shape import DISTRICT_SLUG, SCHOOL_SLUG
from backend.domain.people import last_four
from backend.services.actor import token_hash
from backend.services.identity.passwords import hash_password, make_first_password
from backend.services.identity.signing_in import code_hash, make_code
from backend.storage.queries import demonstration as queries

FILE = "demonstration.json"
FILE_MODE, FOLDER_MODE = 0o600, 0o700
LASTS = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class SignIn:
    """One person's way in. Families have a code (and digits, for a guardian), staff and officers a name and password.

    `token` is signed in already, for trying the API: `Authorization: Bearer …`.
    """

    role: str
    name: str
    place: str
    person_id: str
    token: str
    code: str | None = None
    telephone_last_four: str | None = None
    login: str | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True)
class DemoSignIns:
    """What is printed at the start. `nights_added` is how many nights this start has added."""

    school: str
    district: str
    sign_ins: tuple[SignIn, ...]
    nights_added: int = 0

    def of(self, role: str) -> SignIn:
        """The sign-in of a role, as `chosen` names them."""
        return next(sign_in for sign_in in self.sign_ins if sign_in.role == role)


def ensure(
    connection: sa.Connection, population: Population, *, folder: Path, secret_key: str, now: datetime
) -> tuple[SignIn, ...]:
    """The sign-ins of the file, or new ones written to it; the database is made to know them. The caller commits.

    Codes that were used are open again, since a demonstration is started anew by somebody without a phone in it.
    """
    known = read(folder)
    people = chosen(population)
    if known is None or [s.person_id for s in known] != [str(person_id) for _, person_id, _ in people]:
        known = tuple(_made(population, people))
        write(folder, known)
    hashes = [code_hash(s.code, secret_key=secret_key) for s in known if s.code]
    if not all(queries.has_claim(connection, hashed) for hashed in hashes):
        _store(connection, population, known, secret_key=secret_key, now=now)
    queries.reopen_claims(connection, population.school_id, hashes, now=now, until=now + LASTS)
    return known


def read(folder: Path) -> tuple[SignIn, ...] | None:
    """The sign-ins of the file; None when there is no readable one."""
    try:
        document = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return tuple(SignIn(**each) for each in document["sign_ins"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(folder: Path, sign_ins: tuple[SignIn, ...]) -> None:
    """Write the file anew, readable by its owner only from its first byte on."""
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    folder.chmod(FOLDER_MODE)
    document = {"school": SCHOOL_SLUG, "district": DISTRICT_SLUG, "sign_ins": [asdict(each) for each in sign_ins]}
    path = folder / FILE
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False, indent=2)


Chosen = list[tuple[str, UUID, str]]


def chosen(population: Population) -> Chosen:
    """Role, person and place of the six: the guardian has two children, the teachers teach the first of them."""
    class_, pupil = _child_with_sibling(population)
    homeroom = class_.homeroom
    subject = next(person for code, person in sorted(class_.teachers.items()) if person != homeroom and code != "pe")
    return [
        ("student", pupil.id, class_.name),
        ("guardian", pupil.guardians[0], class_.name),
        ("subject_teacher", subject, class_.name),
        ("homeroom_teacher", homeroom, class_.name),
        ("academic_office", population.offices[0], ""),
        ("district_officer", population.officer_id, ""),
    ]


def _child_with_sibling(population: Population) -> tuple[SchoolClass, Pupil]:
    """The oldest child that takes part, may write and has a brother or sister who does."""
    pupils = [(class_, pupil) for class_ in population.classes for pupil in class_.pupils if pupil.may_write]
    for class_, pupil in reversed(pupils):
        siblings = [other for _, other in pupils if other.guardians[0] == pupil.guardians[0]]
        if len(siblings) == 2 and min(s.traits.takes_part for s in siblings) > 0.6:
            return class_, pupil
    return pupils[0]


def _made(population: Population, people: Chosen) -> Iterator[SignIn]:
    rows = {row["id"]: row for row in population.rows["people"]}
    for role, person_id, place in people:
        row = rows.get(person_id, {"name": "徐督学", "telephone": None})
        way: dict[str, Any] = {"login": role.replace("_", "."), "password": make_first_password()}
        if role in ("student", "guardian"):
            digits = last_four(row["telephone"]) if row["telephone"] else None
            way = {"code": make_code(), "telephone_last_four": digits}
        yield SignIn(role, row["name"], place, str(person_id), secrets.token_urlsafe(32), **way)


def _store(
    connection: sa.Connection, population: Population, sign_ins: tuple[SignIn, ...], *, secret_key: str, now: datetime
) -> None:
    """Make the database know these sign-ins and no others of these people."""
    ids = [UUID(each.person_id) for each in sign_ins]
    queries.remove_sign_ins(
        connection, person_ids=ids, officer_id=population.officer_id, school_id=population.school_id
    )
    for each in sign_ins:
        tables: dict[str, list[Row]] = {"auth_sessions": [_session(population, each, now)]}
        if each.role == "district_officer":
            tables["district_officers"] = [_officer(population, each)]
        elif each.password:
            tables["staff_passwords"] = [_password(population, each, now)]
        else:
            tables["claims"] = [_claim(population, each, code_hash(each.code or "", secret_key=secret_key), now)]
        queries.insert_rows(connection, tables)


def _session(population: Population, each: SignIn, now: datetime) -> Row:
    is_officer = each.role == "district_officer"
    return {
        "token_hash": token_hash(each.token),
        "id": made_id(population.seed, "session", each.token),
        "school_id": None if is_officer else population.school_id,
        "person_id": None if is_officer else UUID(each.person_id),
        "officer_id": UUID(each.person_id) if is_officer else None,
        "created_at": now,
        "expires_at": now + LASTS,
        "device_name": FILE,
    }


def _officer(population: Population, each: SignIn) -> Row:
    return {
        "id": population.officer_id,
        "district_id": population.district_id,
        "name": each.name,
        "login": each.login,
        "password_hash": hash_password(each.password or ""),
        "must_change": False,
    }


def _password(population: Population, each: SignIn, now: datetime) -> Row:
    return {
        "school_id": population.school_id,
        "person_id": UUID(each.person_id),
        "login": each.login,
        "password_hash": hash_password(each.password or ""),
        # It is printed at every start, so it has to stay the same.
        "must_change": False,
        "changed_at": now,
    }


def _claim(population: Population, each: SignIn, hashed: bytes, now: datetime) -> Row:
    return {
        "school_id": population.school_id,
        "id": made_id(population.seed, "claim", each.code),
        "person_id": UUID(each.person_id),
        "code_hash": hashed,
        "issued_at": now,
        "issued_by": None,
        "expires_at": now + LASTS,
    }
