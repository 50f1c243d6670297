"""How schools write a class: 三(2)班, 3.2, 三年级2班, 2023级2班, 初一(3)班, 高二1班, 302班, or grade and class apart.

The result is (stage, grade, number) or the reason why not: nothing is guessed in silence. What the title of the sheet
says (初中, 三年级) counts as said; finding that title belongs to ``rows``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from backend.domain.policy import SchoolSystem, Stage, stage_of

LAST_GRADE = 12
_HAN = "〇零一二三四五六七八九十"
_DIGIT = {char: max(index - 1, 0) for index, char in enumerate(_HAN)}
_NUMBER = rf"(\d{{1,2}}|[{_HAN}]{{1,3}})"
_CLASS = rf"\(?{_NUMBER}\)?班?"
_STAGE_WORD = "(小学|初中|高中|小|初|高)?"

_COHORT = re.compile(rf"{_STAGE_WORD}(20\d\d|\d\d)(级|届){_CLASS}")
_COHORT_ALONE = re.compile(rf"{_STAGE_WORD}(20\d\d)(级|届)?")
_GRADE_YEAR = re.compile(rf"{_STAGE_WORD}{_NUMBER}(?:年级|年){_CLASS}")
_GRADE_BRACKET = re.compile(rf"{_STAGE_WORD}{_NUMBER}\({_NUMBER}\)班?")
_GRADE_HAN = re.compile(rf"{_STAGE_WORD}([{_HAN}]{{1,3}})(\d{{1,2}})班?")
_GRADE_HAN_HAN = re.compile(rf"{_STAGE_WORD}([一二三四五六七八九])([一二三四五六七八九])班")
_STAGED_DIGITS = re.compile(rf"(小|初|高){_NUMBER}\(?(\d{{1,2}})\)?班")
_DOTTED = re.compile(r"()(\d{1,2})[.\-/](\d{1,2})班?")
_THREE_DIGITS = re.compile(r"()([1-9])(\d\d)班")
_NUMBER_ALONE = re.compile(_CLASS)
_PREPARATORY = re.compile(rf"(?:预备|预初|初预)(?:班|年级)?{_CLASS}")
_GRADE_ALONE = re.compile(rf"{_STAGE_WORD}{_NUMBER}(?:年级|年段|年|级)?")
_IN_TITLE = re.compile(
    rf"(?:小学|初中|高中)?(?:[小初高][一二三四]|[{_HAN}]{{1,3}}年级|\d{{1,2}}年级|20\d\d级)"
    rf"(?:\(?(?:\d{{1,2}}|[{_HAN}]{{1,3}})\)?班)?"
    rf"|[一二三四五六七八九]\((?:\d{{1,2}}|[{_HAN}]{{1,3}})\)班?"
)
_STAGES = {"小": Stage.primary, "初": Stage.junior, "高": Stage.senior}


@dataclass(frozen=True, order=True)
class ClassKey:
    """A class of one school year; ``stage`` is a ``Stage``'s value so that keys sort."""

    stage: str
    grade: int
    number: int


@dataclass(frozen=True)
class Surroundings:
    """What is known before a class is read: the school's system and stages, and what the title of the sheet says."""

    school_year: int
    system: SchoolSystem = SchoolSystem.six_three
    stages: frozenset[Stage] = frozenset()
    """Stages in which the school already has classes; empty when it has none yet."""
    stage: Stage | None = None
    grade: int | None = None
    number: int | None = None

    def grades_of(self, stage: Stage) -> range:
        """The grades of a stage in this system."""
        of_stage = [grade for grade in range(1, LAST_GRADE + 1) if self.stage_of(grade) is stage]
        return range(of_stage[0], of_stage[-1] + 1)

    def stage_of(self, grade: int) -> Stage:
        """The stage of a grade 1..12."""
        return stage_of(grade, self.system)

    @property
    def allowed(self) -> frozenset[Stage]:
        """The stages that may be meant: the title's, else the school's, else any."""
        return frozenset({self.stage}) if self.stage else self.stages or frozenset(Stage)


def class_name(key: ClassKey) -> str:
    """How a class is called when nobody has said otherwise: 三(1)班, 七(3)班, 高一(2)班."""
    grade = "一二三四五六七八九"[key.grade - 1] if key.grade <= 9 else "高" + "一二三"[key.grade - 10]
    return f"{grade}({key.number})班"


class ClassUnread(Exception):
    """A class that cannot be told; ``code`` is the problem's code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Grade:
    """A grade and whether it was inferred from a year of entry without the stage being said anywhere."""

    grade: int
    inferred: bool = False


def read_class(text: str, around: Surroundings) -> tuple[ClassKey, bool]:
    """The class a cell names, and whether its grade was inferred from the year of entry.

    Raises ClassUnread: ``unknown_class`` when it is not a class, ``grade_ambiguous`` when the grade is not certain.
    """
    plain = _plain(text)
    found = _by_cohort(plain, around) or _by_grade(plain, around)
    if found is None:
        number = _NUMBER_ALONE.fullmatch(plain)
        if number is None or around.grade is None:
            raise ClassUnread("unknown_class")
        found = Grade(around.grade), _int(number[1])
    grade, class_number = found
    if not (1 <= grade.grade <= LAST_GRADE and class_number >= 1):
        raise ClassUnread("unknown_class")
    return ClassKey(around.stage_of(grade.grade).value, grade.grade, class_number), grade.inferred


def read_grade(text: str, around: Surroundings) -> Grade:
    """The grade a cell names: 3, 三年级, 初一, 2023级, 2023. Raises ClassUnread."""
    plain = _plain(text)
    if match := _COHORT_ALONE.fullmatch(plain):
        return _cohort(match[1], match[2], match[3] or "级", around)
    if match := _PREPARATORY.fullmatch(plain + "1"):
        return _preparatory(around)
    match = _GRADE_ALONE.fullmatch(plain)
    if match is None:
        raise ClassUnread("unknown_class")
    return _grade(match[1], _int(match[2]), around)


def with_title(text: str, around: Surroundings) -> Surroundings:
    """What a title or a sheet's name adds: 初中, 三年级, 三(2)班. Two different grades in one title add none."""
    plain = _plain(text)
    stages = {
        stage
        for word, stage in (("小学", Stage.primary), ("初中", Stage.junior), ("高中", Stage.senior))
        if word in plain
    }
    if len(stages) == 1:
        around = replace(around, stage=stages.pop())
    grades = {match[0] for match in _IN_TITLE.finditer(plain)}
    if len(grades) != 1:
        return around
    said = grades.pop()
    try:
        if said.endswith(("班", ")")):
            key, _ = read_class(said, around)
            return replace(around, grade=key.grade, number=key.number)
        return replace(around, grade=read_grade(said, around).grade)
    except ClassUnread:
        return around


def _plain(text: str) -> str:
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    plain = re.sub(r"[〔〖【\[{<《〈]", "(", plain)
    plain = re.sub(r"[〕〗】\]}>》〉]", ")", plain)
    return re.sub(r"[.。·・．、]", ".", re.sub(r"[‐‑‒–—―－_~]", "-", plain))


def _by_cohort(plain: str, around: Surroundings) -> tuple[Grade, int] | None:
    match = _COHORT.fullmatch(plain)
    if match is None:
        return None
    return _cohort(match[1], match[2], match[3], around), _int(match[4])


def _by_grade(plain: str, around: Surroundings) -> tuple[Grade, int] | None:
    if match := _PREPARATORY.fullmatch(plain):
        return _preparatory(around), _int(match[1])
    patterns = (_GRADE_YEAR, _GRADE_BRACKET, _GRADE_HAN, _GRADE_HAN_HAN, _STAGED_DIGITS, _DOTTED, _THREE_DIGITS)
    for pattern in patterns:
        if match := pattern.fullmatch(plain):
            return _grade(match[1], _int(match[2]), around), _int(match[3])
    return None


def _cohort(stage_word: str | None, year_text: str, kind: str, around: Surroundings) -> Grade:
    """A year of entry (级) or of leaving (届) becomes a grade, if exactly one stage makes it possible."""
    year = int(year_text) + (2000 if len(year_text) == 2 else 0)
    stages = frozenset({_STAGES[stage_word[0]]}) if stage_word else around.allowed
    possible = {grade for stage in stages if (grade := _grade_in(stage, year, kind, around)) is not None}
    if kind == "级" and {Stage.primary, Stage.junior} <= stages:
        through = around.school_year - year + 1  # nine years in one school count from the first grade
        possible |= {through} & set(around.grades_of(Stage.junior))
    if len(possible) != 1:
        raise ClassUnread("grade_ambiguous")
    return Grade(possible.pop(), inferred=len(stages) > 1)


def _grade_in(stage: Stage, year: int, kind: str, around: Surroundings) -> int | None:
    grades = around.grades_of(stage)
    grade = grades[0] + around.school_year - year if kind == "级" else grades[-1] - (year - around.school_year - 1)
    return grade if grade in grades else None


def _grade(stage_word: str | None, number: int, around: Surroundings) -> Grade:
    if stage_word:
        return Grade(_staged(_STAGES[stage_word[0]], number, around))
    if number <= 4 and Stage.primary not in around.allowed:
        raise ClassUnread("grade_ambiguous")  # 三(2)班 in a junior school may well be 初三(2)班
    return Grade(number)


def _staged(stage: Stage, number: int, around: Surroundings) -> int:
    """初一 is grade 7 in six-three. In five-four some places call grade 6 初一, others 预初: only 初四 is certain."""
    grades = around.grades_of(stage)
    if number in grades:  # 初中七年级
        return number
    if stage is Stage.junior and around.system is SchoolSystem.five_four and number < 4:
        raise ClassUnread("grade_ambiguous")
    if not 1 <= number <= len(grades):
        raise ClassUnread("unknown_class")
    return grades[number - 1]


def _preparatory(around: Surroundings) -> Grade:
    if around.system is SchoolSystem.six_three:
        raise ClassUnread("unknown_class")
    return Grade(6)


def _int(text: str) -> int:
    """A number in digits or Chinese, 1..99; 0 when it is none."""
    if text.isascii():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return int("".join(str(_DIGIT[char]) for char in text))
    if any(len(part) > 1 for part in (tens, ones)):
        return 0
    return (_DIGIT[tens] if tens else 1) * 10 + (_DIGIT[ones] if ones else 0)
