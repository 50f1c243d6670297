"""Officers of a district: who they are and their first password. What they see is ``access``' business."""

import datetime as dt

from sqlalchemy.orm import Session

from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.services import audit
from backend.services.actor import Actor
from backend.services.identity.password_sign_in import normalise_login
from backend.services.identity.passwords import hash_password, make_first_password
from backend.services.staff.importing import FirstPassword
from backend.storage.models import DistrictOfficer
from backend.storage.queries import founding as queries
from backend.storage.queries.classes import schools_of_district

LONGEST_LOGIN = 120


def add_officer(
    session: Session, *, actor: Actor, district_slug: str, name: str, login: str | None = None, now: dt.datetime
) -> FirstPassword:
    """Give a district an officer, who signs in under ``login`` (the name where none is given) and changes the password.

    Noted in the audit log of each school of the district, for its figures are what an officer sees. Raises NotFound
    for the district, Invalid with ``name`` or ``login``.
    """
    district = queries.find_district_by_slug(session, district_slug)
    if district is None:
        raise NotFound(f"no district {district_slug}", params={"what": "district", "slug": district_slug})
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
    for school in schools_of_district(session, district.id):
        details = {"officer_id": str(officer.id)}
        audit.record(
            session, actor=actor, action="district.officer_added", now=now, school_id=school.id, details=details
        )
    return FirstPassword(officer.name, signs_in_as, made)
