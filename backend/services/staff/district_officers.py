"""Officers of a district: who they are and their first password. What they see is ``access``' business.

Whatever is done here is noted in the audit log of each school of the district, whose figures an officer sees.
"""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.services import audit
from backend.services.actor import Actor
from backend.services.identity.password_sign_in import normalise_login
from backend.services.identity.passwords import hash_password, make_first_password
from backend.services.identity.sessions import end_all_sessions
from backend.services.staff.first_passwords import FirstPassword
from backend.storage.models import District, DistrictOfficer
from backend.storage.queries import founding as queries
from backend.storage.queries.classes import schools_of_district

LONGEST_LOGIN = 120


def add_officer(
    session: Session, *, actor: Actor, district_slug: str, name: str, login: str | None = None, now: dt.datetime
) -> FirstPassword:
    """Give a district an officer, who signs in under ``login`` (the name where none is given) and changes the password.

    Audited. Raises NotFound for the district, Invalid with ``name`` or ``login``.
    """
    district = _get_district(session, district_slug)
    signs_in_as = normalise_login(login or name)
    if not 0 < len(name.strip()) <= LONGEST_LOGIN or not name.isprintable():
        raise Invalid("not a name", fields=[FieldProblem("name", "name_form")])
    if not signs_in_as.isprintable() or not 0 < len(signs_in_as) <= LONGEST_LOGIN:
        raise Invalid("not a login", fields=[FieldProblem("login", "name_form")])
    if queries.find_officer_login(session, district.id, signs_in_as) is not None:
        raise Invalid("taken", fields=[FieldProblem("login", "slug_taken")])
    made = make_first_password()
    officer = DistrictOfficer(district_id=district.id, name=name.strip(), login=signs_in_as, must_change=True)
    officer.password_hash = hash_password(made)
    session.add(officer)
    session.flush()
    _note(session, actor, officer, "district.officer_added", now)
    return FirstPassword(officer.name, signs_in_as, made)


def list_officers(session: Session, *, district_slug: str) -> Sequence[DistrictOfficer]:
    """The officers of a district by login, also those who have left. Raises NotFound for the district."""
    return queries.officers_of(session, _get_district(session, district_slug).id)


def retire_officer(session: Session, *, actor: Actor, district_slug: str, login: str, now: dt.datetime) -> str:
    """Let an officer in no more, on no device; returns the name. The login stays taken. Audited.

    Raises NotFound for the district and for an officer who is none or has left.
    """
    officer = _get_officer(session, district_slug, login)
    officer.left_at = now
    end_all_sessions(session, school_id=None, holder_id=officer.id, now=now)
    _note(session, actor, officer, "district.officer_retired", now)
    return officer.name


def reset_officer_password(
    session: Session, *, actor: Actor, district_slug: str, login: str, now: dt.datetime
) -> FirstPassword:
    """Give an officer a new first password; the old one ends at once, and every device is signed out. Audited.

    Raises NotFound for the district and for an officer who is none or has left.
    """
    officer = _get_officer(session, district_slug, login)
    made = make_first_password()
    officer.password_hash, officer.must_change = hash_password(made), True
    end_all_sessions(session, school_id=None, holder_id=officer.id, now=now)
    _note(session, actor, officer, "district.officer_password_reset", now)
    return FirstPassword(officer.name, officer.login, made)


def _get_district(session: Session, slug: str) -> District:
    found = queries.find_district_by_slug(session, slug)
    if found is None:
        raise NotFound(f"no district {slug}", params={"what": "district", "slug": slug})
    return found


def _get_officer(session: Session, district_slug: str, login: str) -> DistrictOfficer:
    district = _get_district(session, district_slug)
    found = queries.find_officer_login(session, district.id, normalise_login(login))
    if found is None or found.left_at is not None:
        raise NotFound(f"no officer signs in as {login}", params={"what": "officer", "login": login})
    return found


def _note(session: Session, actor: Actor, officer: DistrictOfficer, action: str, now: dt.datetime) -> None:
    for school in schools_of_district(session, officer.district_id):
        details = {"officer_id": str(officer.id)}
        audit.record(session, actor=actor, action=action, now=now, school_id=school.id, details=details)
