"""A school from nothing: its row, its terms, its subjects and its calendar (``nightsheet school create``).

People come afterwards, from ``staff`` and ``roster``. What an existing school changes about itself is not here.
"""

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backend.domain.channel_preset import preset_order
from backend.domain.errors import FieldProblem, Invalid, NotFound
from backend.domain.policy import SchoolSystem
from backend.domain.school_days import FIRST_MONTH, school_year_of
from backend.services import audit
from backend.services.actor import Actor
from backend.services.school.calendar import CalendarCounts, seed_calendar
from backend.storage.base import new_id
from backend.storage.models import District, School, Subject, Term
from backend.storage.queries import founding as queries
from backend.storage.queries.classes import find_school_by_slug

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
LONGEST_NAME = 200

#: code, Chinese, English, glyph: what mainland primary and junior schools teach. A school may rename them.
SUBJECTS = (
    ("chinese", "语文", "Chinese", "语"),
    ("maths", "数学", "Maths", "数"),
    ("english", "英语", "English", "英"),
    ("science", "科学", "Science", "科"),
    ("ethics", "道德与法治", "Ethics and Law", "道"),
    ("physics", "物理", "Physics", "物"),
    ("chemistry", "化学", "Chemistry", "化"),
    ("biology", "生物", "Biology", "生"),
    ("history", "历史", "History", "史"),
    ("geography", "地理", "Geography", "地"),
    ("pe", "体育", "Physical Education", "体"),
    ("music", "音乐", "Music", "音"),
    ("art", "美术", "Art", "美"),
    ("it", "信息科技", "Computing", "信"),
    ("labour", "劳动", "Practical Work", "劳"),
    ("projects", "综合实践", "Projects", "综"),
)


@dataclass(frozen=True)
class FoundedSchool:
    """What was made: the school, its terms as ``(name, first, last)``, those nobody gave, what its calendar holds."""

    school_id: uuid.UUID
    slug: str
    terms: tuple[tuple[str, dt.date, dt.date], ...]
    guessed: frozenset[tuple[dt.date, dt.date]]
    subjects: int
    calendar: CalendarCounts


def create_school(
    session: Session,
    *,
    actor: Actor,
    slug: str,
    name: str,
    zone: str,
    system: SchoolSystem,
    now: dt.datetime,
    district_slug: str | None = None,
    terms: Sequence[tuple[dt.date, dt.date]] = (),
    locale: str = "zh-CN",
) -> FoundedSchool:
    """Make a school with terms, subjects and calendar of the present school year; it holds nobody yet.

    In mainland China no channel that leads abroad is on before the school turns it on (`channel_preset`).
    A term that is not given is taken as 1 September to 31 January or 1 March to 10 July, as an estimate that the
    school corrects; its name says so. Raises Invalid with the fields ``slug``, ``name``, ``zone``, ``terms``; NotFound
    for the district.
    """
    problems = [*_wrong_slug(session, slug), *_wrong_name(name), *_wrong_zone(zone), *_wrong_terms(terms)]
    if problems:
        raise Invalid("the school cannot be made so", fields=problems)
    district = _district(session, district_slug)
    today = now.astimezone(ZoneInfo(zone)).date()
    school = School(id=new_id(), slug=slug, name=name.strip(), zone=zone, system=system, locale=locale, created_at=now)
    school.district_id = district.id if district else None
    school.channels = list(preset_order(zone))
    _insert_school(session, school)
    year = school_year_of(today)
    guessed = guessed_terms(terms, year)
    named = _insert_terms(session, school.id, [*terms, *guessed], guessed)
    _insert_subjects(session, school.id)
    session.flush()
    calendar = seed_calendar(
        session, school_id=school.id, from_on=dt.date(year, FIRST_MONTH, 1), to_on=dt.date(year + 1, FIRST_MONTH, 31)
    )
    audit.record(session, actor=actor, action="school.created", now=now, school_id=school.id)
    return FoundedSchool(school.id, slug, named, guessed, len(SUBJECTS), calendar)


def guessed_terms(terms: Sequence[tuple[dt.date, dt.date]], year: int) -> frozenset[tuple[dt.date, dt.date]]:
    """The terms that nobody gave, as most schools have them: of the year of one given term, the half it leaves open.

    Without them half a year would have no school days, and nobody would notice before it has come. Who gives two or
    more terms, or one that reaches into both halves, has said all.
    """
    if len(terms) > 1:
        return frozenset()
    usual = usual_terms(school_year_of(terms[0][0]) if terms else year)
    return frozenset(half for half in usual if not any(_overlap(half, given) for given in terms))


def usual_terms(year: int) -> tuple[tuple[dt.date, dt.date], ...]:
    """The two terms of a school year as most schools have them, to be corrected by the school."""
    return (
        (dt.date(year, 9, 1), dt.date(year + 1, 1, 31)),
        (dt.date(year + 1, 3, 1), dt.date(year + 1, 7, 10)),
    )


def create_district(session: Session, *, slug: str, name: str) -> District:
    """Make a district; raises Invalid for a slug that is taken or cannot be one."""
    if not SLUG.fullmatch(slug):
        raise Invalid("not a slug", fields=[FieldProblem("slug", "slug_form")])
    if queries.find_district_by_slug(session, slug) is not None:
        raise Invalid("taken", fields=[FieldProblem("slug", "slug_taken")])
    district = District(id=new_id(), slug=slug, name=name.strip() or slug)
    session.add(district)
    session.flush()
    return district


def get_school_by_slug(session: Session, slug: str) -> School:
    """The school with that slug; raises NotFound, naming the slugs that exist."""
    found = find_school_by_slug(session, slug)
    if found is None:
        known = ", ".join(school.slug for school in queries.all_schools(session)) or "-"
        raise NotFound(f"no school {slug}; there are: {known}", params={"what": "school", "slug": slug, "known": known})
    return found


def schools(session: Session) -> Sequence[School]:
    """Every school of this installation by slug; their names are public, as their notice boards are."""
    return queries.all_schools(session)


def _insert_school(session: Session, school: School) -> None:
    session.add(school)
    try:
        session.flush()
    except IntegrityError as error:  # another command made the same school meanwhile
        raise Invalid("taken", fields=[FieldProblem("slug", "slug_taken")]) from error


def _insert_terms(
    session: Session,
    school_id: uuid.UUID,
    terms: Sequence[tuple[dt.date, dt.date]],
    guessed: frozenset[tuple[dt.date, dt.date]],
) -> tuple[tuple[str, dt.date, dt.date], ...]:
    named = []
    for number, (first, last) in enumerate(sorted(terms)):
        year = school_year_of(first)
        name = f"{year}-{year + 1}学年第{'一二三四五六'[min(number, 5)]}学期"
        name += "（估计）" if (first, last) in guessed else ""
        session.add(Term(school_id=school_id, id=new_id(), name=name, starts_on=first, ends_on=last))
        named.append((name, first, last))
    return tuple(named)


def _insert_subjects(session: Session, school_id: uuid.UUID) -> None:
    for position, (code, name_zh, name_en, glyph) in enumerate(SUBJECTS):
        session.add(
            Subject(school_id=school_id, code=code, name_zh=name_zh, name_en=name_en, glyph=glyph, position=position)
        )


def _district(session: Session, slug: str | None) -> District | None:
    if slug is None:
        return None
    found = queries.find_district_by_slug(session, slug)
    if found is None:
        raise Invalid("no such district", fields=[FieldProblem("district", "unknown_district")])
    return found


def _wrong_slug(session: Session, slug: str) -> list[FieldProblem]:
    if not SLUG.fullmatch(slug):
        return [FieldProblem("slug", "slug_form")]
    return [FieldProblem("slug", "slug_taken")] if find_school_by_slug(session, slug) else []


def _wrong_name(name: str) -> list[FieldProblem]:
    fits = 0 < len(name.strip()) <= LONGEST_NAME and name.isprintable()
    return [] if fits else [FieldProblem("name", "name_form")]


def _wrong_zone(zone: str) -> list[FieldProblem]:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return [FieldProblem("zone", "unknown_zone")]
    return []


def _overlap(one: tuple[dt.date, dt.date], other: tuple[dt.date, dt.date]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _wrong_terms(terms: Sequence[tuple[dt.date, dt.date]]) -> list[FieldProblem]:
    ordered = sorted(terms)
    backwards = any(last < first for first, last in ordered)
    overlapping = any(before[1] >= after[0] for before, after in pairwise(ordered))
    return [FieldProblem("terms", "terms_order")] if backwards or overlapping else []
