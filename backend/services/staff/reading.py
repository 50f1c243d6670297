"""One workbook of staff as rows: who, which telephone, which posts; and what is wrong with each cell.

A row may be repeated for further posts of the same person; a name merged over several rows counts for all of them. What
is already stored is not known here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from backend.domain.people import Role, normalise_name
from backend.domain.policy import Stage
from backend.services.roster import fields as roster_fields
from backend.services.roster.class_names import ClassKey, ClassUnread, Surroundings, read_grade, with_title
from backend.services.roster.problems import Problem, Severity, column_letter
from backend.services.roster.workbook import Sheet, read_workbook
from backend.services.staff import cells
from backend.services.staff.wording import SENTENCES
from backend.storage.models import Subject

NAME, ROLE, CLASS, GRADE, SUBJECT, WEEKDAYS, TELEPHONE, ALIAS = (
    "name",
    "role",
    "class",
    "grade",
    "subject",
    "weekdays",
    "telephone",
    "alias",
)
LONGEST_ALIAS = 20
_HEADINGS = (
    (ALIAS, re.compile(r"公示|代号|化名|alias")),
    (TELEPHONE, re.compile(r"电话|手机|联系方式|phone|mobile|^tel")),
    (WEEKDAYS, re.compile(r"星期|周几|布置日|weekday|^days?$")),
    (SUBJECT, re.compile(r"科目|学科|任教科|subject")),
    (GRADE, re.compile(r"年级$|^grade$")),
    (CLASS, re.compile(r"班级|任教班|^班$|class")),
    (ROLE, re.compile(r"职务|岗位|角色|职位|任职|role|position|^post$")),
    (NAME, re.compile(r"姓名|名字|^教师$|^老师$|^(staff|teacher)?name$")),
)


class StaffProblem(Problem):
    """A problem of a staff list, worded here or, where a roster has it too, there."""

    def message(self, locale: str = "zh-CN") -> str:
        """One sentence: which cell, what is wrong, what to do."""
        if self.code not in SENTENCES:
            return super().message(locale)
        chinese, english = SENTENCES[self.code]
        sentence = chinese if locale.startswith("zh") else english
        return sentence.format(place=self._place(locale), **self.params)


@dataclass(frozen=True)
class PostKey:
    """What a post covers; two posts of one person with equal keys are one post."""

    role: Role
    class_key: ClassKey | None = None
    subject: str | None = None
    stage: Stage | None = None
    grade: int | None = None


@dataclass
class StaffRow:
    """One row: a person and the posts it gives, each with its weekdays. ``row`` counts from 1."""

    sheet: str
    row: int
    name: str
    name_key: str
    telephone: str | None
    alias: str | None = None
    posts: dict[PostKey, tuple[int, ...]] = field(default_factory=dict)


@dataclass
class StaffList:
    """The rows of a file that can be taken, and the problems of all."""

    rows: list[StaffRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def refused(self) -> int:
        """How many problems keep a row, or the file, from being taken."""
        return sum(problem.severity is Severity.REFUSED for problem in self.problems)


def read_staff(content: bytes, filename: str, *, around: Surroundings, subjects: Sequence[Subject]) -> StaffList:
    """Read a staff list (.xlsx, .xls, .ods, .csv). Never raises for what is in the file."""
    workbook = read_workbook(content, filename)
    found = StaffList(problems=list(workbook.problems))
    headers = 0
    for sheet in workbook.sheets:
        header = find_header(sheet)
        if header is not None:
            headers += 1
            _read_sheet(sheet, header, with_title(sheet.title, around), subjects, found)
    if not found.refused and not found.rows:
        found.problems.append(StaffProblem("", None, None, _nothing(headers), Severity.REFUSED))
    return found


def _nothing(headers: int) -> str:
    return "staff_no_rows" if headers else "staff_no_header"


def find_header(sheet: Sheet) -> tuple[int, dict[str, int]] | None:
    """The first row that names at least name and role: its index and the column of each meaning."""
    for index, row in enumerate(sheet.rows[:30]):
        columns: dict[str, int] = {}
        for column, text in enumerate(row):
            key = re.sub(r"[*()\[\]:_\-]|必填|选填", "", cells.plain(text))
            meaning = next((name for name, pattern in _HEADINGS if key and len(key) < 30 and pattern.search(key)), None)
            if meaning is not None:
                columns.setdefault(meaning, column)
        if {NAME, ROLE} <= set(columns):
            return index, columns
    return None


def _read_sheet(
    sheet: Sheet,
    header: tuple[int, dict[str, int]],
    around: Surroundings,
    subjects: Sequence[Subject],
    found: StaffList,
) -> None:
    at, columns = header
    for index in range(at + 1, len(sheet.rows)):
        reader = _RowReader(sheet, index, columns, around, subjects)
        if reader.is_empty() or find_header(Sheet(sheet.title, [sheet.rows[index]])):
            continue
        row = reader.read()
        found.problems.extend(reader.problems)
        if row is not None:
            found.rows.append(row)


class _RowReader:
    """Reads one row; ``problems`` gathers what is wrong with it."""

    def __init__(
        self, sheet: Sheet, index: int, columns: dict[str, int], around: Surroundings, subjects: Sequence[Subject]
    ) -> None:
        self.sheet, self.index, self.columns, self.around, self.subjects = sheet, index, columns, around, subjects
        self.problems: list[Problem] = []

    def is_empty(self) -> bool:
        """Whether every column that is read is empty (a merged name alone makes no row)."""
        return not any(self.sheet.text(self.index, column) for column in self.columns.values())

    def read(self) -> StaffRow | None:
        """The row, or None when something keeps it from being taken."""
        name, odd = roster_fields.person_name(self._text(NAME))
        if name is None:
            self._refuse("staff_no_name", NAME)
            return None
        if odd:
            self._warn(odd, NAME)
        row = StaffRow(self.sheet.title, self.index + 1, name, normalise_name(name), self._telephone())
        row.alias = self._alias(row.name_key)
        self._posts(row)
        return None if any(problem.severity is Severity.REFUSED for problem in self.problems) else row

    def _posts(self, row: StaffRow) -> None:
        roles = self._roles()
        weekdays = self._weekdays()
        for role, subjects in roles:
            for key in self._keys(role, subjects):
                row.posts[key] = weekdays if role is Role.subject_teacher else ()

    def _roles(self) -> list[tuple[Role, list[str]]]:
        try:
            roles, beside = cells.read_roles(self._text(ROLE), self.subjects)
        except LookupError:
            self._refuse("staff_unknown_role", ROLE)
            return []
        if not roles or Role.class_recorder in roles:
            self._refuse("staff_is_pupil" if roles else "staff_no_role", ROLE)
            return []
        subjects = list(dict.fromkeys([*beside, *self._subjects()]))
        if subjects and Role.homeroom_teacher in roles and not {Role.subject_teacher, Role.prep_group} & set(roles):
            roles.append(Role.subject_teacher)  # a homeroom teacher in the row of a subject teaches it there
        return [(role, subjects) for role in roles]

    def _subjects(self) -> list[str]:
        text = self._text(SUBJECT)
        try:
            return cells.read_subjects(text, self.subjects) if text else []
        except LookupError:
            self._refuse(
                "staff_unknown_subject", SUBJECT, known="、".join(subject.name_zh for subject in self.subjects)
            )
            return []

    def _weekdays(self) -> tuple[int, ...]:
        try:
            return cells.read_weekdays(self._text(WEEKDAYS))
        except ValueError:
            self._refuse("staff_unknown_weekday", WEEKDAYS)
            return ()

    def _keys(self, role: Role, subjects: list[str]) -> list[PostKey]:
        if role is Role.academic_office:
            return [PostKey(role)]
        if role is Role.homeroom_teacher:
            return [PostKey(role, class_key=key) for key in self._classes()]
        if role is Role.subject_teacher:
            return self._taught(role, subjects)
        grade = self._grade()
        if grade is None:
            return []
        stage = self.around.stage_of(grade)
        if role is Role.grade_head:
            return [PostKey(role, stage=stage, grade=grade)]
        if not subjects:
            self._refuse("staff_subject_needed", SUBJECT)
        return [PostKey(role, subject=subject, stage=stage, grade=grade) for subject in subjects]

    def _taught(self, role: Role, subjects: list[str]) -> list[PostKey]:
        if not subjects:
            self._refuse("staff_subject_needed", SUBJECT)
        return [PostKey(role, class_key=key, subject=subject) for key in self._classes() for subject in subjects]

    def _classes(self) -> list[ClassKey]:
        text = self._text(CLASS)
        if not text:
            self._refuse("staff_class_needed", CLASS)
            return []
        try:
            return cells.read_classes(text, self.around)
        except ClassUnread as unread:
            self._refuse(unread.code, CLASS, text=text)
            return []

    def _grade(self) -> int | None:
        text = self._text(GRADE) or self._text(CLASS)
        try:
            grade, code = (read_grade(text, self.around).grade if text else 0), "staff_grade_needed"
        except ClassUnread as unread:
            grade, code = 0, unread.code
        if 1 <= grade <= 12:
            return grade
        self._refuse(code, GRADE if GRADE in self.columns else CLASS, text=text)
        return None

    def _telephone(self) -> str | None:
        text = self._text(TELEPHONE)
        if not text:
            return None
        number, problem = roster_fields.telephone(text)
        if problem == "bad_telephone":
            self._warn("staff_bad_telephone", TELEPHONE)
        return number

    def _alias(self, name_key: str) -> str | None:
        """What is to stand on the notice board, which is public: never the name itself."""
        text = self._text(ALIAS).strip()
        if text and (normalise_name(text) == name_key or name_key in normalise_name(text)):
            self._warn("staff_alias_is_name", ALIAS)
            return None
        if len(text) > LONGEST_ALIAS:
            self._warn("staff_long_alias", ALIAS)
            return None
        return text or None

    def _text(self, meaning: str) -> str:
        column = self.columns.get(meaning)
        if column is None:
            return ""
        text = self.sheet.text(self.index, column)
        above = self.sheet.above.get((self.index, column))
        return text or (self.sheet.text(above, column) if above is not None else "")

    def _refuse(self, code: str, meaning: str, **params: str | int) -> None:
        self._note(code, meaning, Severity.REFUSED, params)

    def _warn(self, code: str, meaning: str) -> None:
        self._note(code, meaning, Severity.WARNING, {})

    def _note(self, code: str, meaning: str, severity: Severity, params: dict[str, str | int]) -> None:
        column = self.columns.get(meaning)
        letter = column_letter(column) if column is not None else None
        problem = StaffProblem(self.sheet.title, self.index + 1, letter, code, severity, params)
        if problem not in self.problems:
            self.problems.append(problem)
