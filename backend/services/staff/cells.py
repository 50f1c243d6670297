"""Single cells of a staff list: roles, subjects, weekdays, several classes in one cell."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace

from backend.domain.people import Role
from backend.services.roster.class_names import ClassKey, ClassUnread, Surroundings, read_class
from backend.storage.models import Subject

_BETWEEN = re.compile(r"[、,;|\s]+|和|及|与")
_BETWEEN_ROLES = re.compile(r"[、,;/|+\s]+|兼任|兼|和|及")

_ROLES: tuple[tuple[Role, str], ...] = (
    (Role.class_recorder, r"学习委员|classrecorder|recorder"),
    (Role.homeroom_teacher, r"班主任|homeroom|formteacher|classteacher"),
    (Role.prep_group, r"备课组|教研组|prepgroup|preparation"),
    (Role.grade_head, r"年级组|年级主任|年级长|段长|级部|gradehead|headofgrade"),
    (Role.academic_office, r"教务|教导|校长|教学副|academicoffice|office|principal"),
    (Role.subject_teacher, r"任课|科任|任教|老师|教师|教员|subjectteacher|teacher"),
)
_COMPILED = tuple((role, re.compile(pattern)) for role, pattern in _ROLES)

_ALIASES: dict[str, tuple[str, ...]] = {
    "chinese": ("语",),
    "maths": ("数", "math", "mathematics"),
    "english": ("英", "外语"),
    "science": ("自然",),
    "ethics": ("道法", "道德", "品德", "思品", "品社", "政治", "morality", "civics"),
    "pe": ("体育与健康", "体健", "sport", "sports"),
    "art": ("美",),
    "music": ("音",),
    "it": ("信息", "信息技术", "电脑", "computing", "ict"),
    "labour": ("劳技", "劳动教育", "labor"),
    "projects": ("综合", "综实", "综合实践活动"),
}
_DAYS = {
    char: number for number, chars in enumerate(("一", "二", "三", "四", "五", "六", "日天"), start=1) for char in chars
}
_ENGLISH_DAYS = {name: number for number, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), start=1)}
_RANGE = re.compile(r"([1-7])(?:-|–|—|~|至|到)([1-7])")
SCHOOL_WEEK = (1, 2, 3, 4, 5)


def plain(text: str) -> str:
    """A cell as it is compared: full-width made half-width, no spaces, lower case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()


def read_roles(text: str, subjects: Sequence[Subject]) -> tuple[list[Role], list[str]]:
    """The roles a cell names, and the subjects beside them (班主任兼语文); raises LookupError for anything else."""
    roles: list[Role] = []
    named: list[str] = []
    for part in _roles_in(text):
        role = next((role for role, pattern in _COMPILED if pattern.search(plain(part))), None)
        subject = find_subject(part, subjects) or find_subject(re.sub("老师|教师", "", part), subjects)
        if role in (None, Role.subject_teacher) and subject is not None:
            role = Role.subject_teacher
            named.append(subject)
        if role is None:
            raise LookupError(part)
        roles.append(role)
    return list(dict.fromkeys(roles)), list(dict.fromkeys(named))


def _roles_in(text: str) -> list[str]:
    whole = unicodedata.normalize("NFKC", text).strip()
    if any(pattern.fullmatch(plain(whole)) for _, pattern in _COMPILED):  # "homeroom teacher" has a space inside
        return [whole]
    if whole.isascii():
        return [part for part in re.split(r"[,;/|+]", whole) if part.strip()]
    return [part for part in _BETWEEN_ROLES.split(whole) if part]


def read_subjects(text: str, subjects: Sequence[Subject]) -> list[str]:
    """The codes of the subjects a cell names; raises LookupError for one the school has not."""
    whole = find_subject(text, subjects)
    parts = (
        [text]
        if whole
        else [part for part in re.split(r"[、,;/|]+", unicodedata.normalize("NFKC", text)) if part.strip()]
    )
    found = []
    for part in parts:
        code = find_subject(part, subjects)
        if code is None:
            raise LookupError(part)
        found.append(code)
    return list(dict.fromkeys(found))


def find_subject(text: str, subjects: Iterable[Subject]) -> str | None:
    """The code of the subject that a text names in Chinese, English, by glyph, code or a usual short form."""
    key = plain(text)
    for subject in subjects:
        names = (subject.code, subject.name_zh, subject.name_en, subject.glyph, *_ALIASES.get(subject.code, ()))
        if key and key in {plain(name) for name in names}:
            return subject.code
    return None


def read_classes(text: str, around: Surroundings) -> list[ClassKey]:
    """The classes a cell names: 三(1)班、三(2)班, or 三(1)、(2)班; raises ClassUnread."""
    found: list[ClassKey] = []
    for part in _BETWEEN.split(unicodedata.normalize("NFKC", text).strip()):
        if part:
            key, _ = read_class(part, around)
            around = replace(around, grade=key.grade)
            found.append(key)
    if not found:
        raise ClassUnread("no_class")
    return list(dict.fromkeys(found))


def read_weekdays(text: str) -> tuple[int, ...]:
    """ISO weekdays of 一三五, 周一至周五, 1,3,5, 135, Mon Wed, 每天; an empty cell is Monday to Friday.

    Raises ValueError.
    """
    key = plain(text)
    if not key or key in {"每天", "每日", "daily", "everyday", "all"}:
        return SCHOOL_WEEK
    for name, number in _ENGLISH_DAYS.items():
        key = re.sub(rf"{name}[a-z]*", str(number), key)
    key = re.sub("星期|周|礼拜", "", key)
    key = "".join(str(_DAYS.get(char, char)) for char in key)
    key = _RANGE.sub(lambda m: "".join(str(day) for day in range(int(m[1]), int(m[2]) + 1)), key)
    days = re.sub(r"[、,;/|.和及]", "", key)
    if not re.fullmatch(r"[1-7]+", days):
        raise ValueError(text)
    return tuple(sorted({int(day) for day in days}))
