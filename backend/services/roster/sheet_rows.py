"""One sheet read from its headers down: the titles give the context, each line below is a student or nothing.

Blank lines, totals (合计, 小计), notes and repeated headers are passed over here; a single line is read in ``lines``.
"""

from __future__ import annotations

import re
from dataclasses import replace

from backend.services.roster.class_names import Surroundings, with_title
from backend.services.roster.headers import Header, Meaning, find_headers
from backend.services.roster.lines import LineReader
from backend.services.roster.problems import Problem, column_letter, refused, warning
from backend.services.roster.rows import RosterFile
from backend.services.roster.workbook import CellKind, Sheet

_TOTAL = re.compile(
    r"(本班|本页|全班|全校|全年级|年级|班级|学生|各班)?(合计|小计|总计|共计|累计|总人数|人数|总数|total|subtotal).{0,12}"
)
_NOTE = re.compile(
    r"(注[:：]|备注|说明|填表|制表|审核|校长|班主任|负责人|单位|学校|日期|打印|第\d+页|共\d+).*|.*(花名册|名册|名单|一览表|登记表|统计表|信息表|采集表|学年|学期).*"
)
_YEARS = re.compile(r"(20\d\d)\s*[—–\-~至]+\s*(?:20)?\d\d\s*学年|(20\d\d)\s*学年")


def read_sheets(sheets: list[Sheet], around: Surroundings) -> RosterFile:
    """The rows and problems of every sheet; one problem when no sheet is a roster at all."""
    roster = RosterFile()
    skipped = []
    found = False
    for sheet in sheets:
        headers = find_headers(sheet)
        if headers and all(header.is_roster for header in headers):
            found = True
            _read_blocks(sheet, headers, around, roster)
        elif any(any(cells) for cells in sheet.rows):
            skipped.append(warning(sheet.title, None, None, "sheet_skipped"))
    if not found:
        return RosterFile(problems=[refused("", None, None, "no_header" if skipped else "no_rows")])
    if not roster.rows and not roster.refused:
        roster.problems.append(refused("", None, None, "no_rows"))
    roster.problems.extend(skipped)
    return roster


def _read_blocks(sheet: Sheet, headers: list[Header], around: Surroundings, roster: RosterFile) -> None:
    ends = [header.at for header in headers[1:]] + [len(sheet.rows)]
    from_title = with_title(sheet.title, around)
    begins = 0
    for header, end in zip(headers, ends, strict=True):
        titles = _titles(sheet, begins, header.at)
        reader = LineReader(sheet, header, _with_titles(titles, from_title))
        _read_block(reader, titles, end)
        roster.rows.extend(reader.rows)
        roster.problems.extend(_once(reader.problems, roster.problems))
        begins = header.below


def _read_block(reader: LineReader, titles: list[str], end: int) -> None:
    title = reader.sheet.title
    if Meaning.CLASS not in reader.header.columns and reader.around.number is None:
        reader.problems.append(refused(title, None, None, "no_class_column"))
        return
    for row in range(reader.header.below, end):
        if not _is_passed_over(reader, row):
            reader.read(row)
    reader.problems[:0] = _of_the_whole(reader, titles)


def _once(new: list[Problem], told: list[Problem]) -> list[Problem]:
    """Without what was already said of the sheet as a whole: printed pages repeat their header."""
    said = {(problem.sheet, problem.code) for problem in told if problem.row is None}
    return [problem for problem in new if problem.row is not None or (problem.sheet, problem.code) not in said]


def _titles(sheet: Sheet, begins: int, at: int) -> list[str]:
    """The lines above a header that hold one or two texts only: titles, not students."""
    lines = ([cell for cell in cells if cell] for cells in sheet.rows[begins:at])
    return [text for filled in lines if 1 <= len(set(filled)) <= 2 for text in dict.fromkeys(filled)]


def _with_titles(titles: list[str], around: Surroundings) -> Surroundings:
    for title in titles:
        around = with_title(title, around)
    return around


def _is_passed_over(reader: LineReader, row: int) -> bool:
    filled = [cell for cell in reader.sheet.rows[row] if cell]
    if not any(reader.sheet.text(row, column) for column in reader.header.readable):
        return True
    if any(_TOTAL.fullmatch("".join(cell.split()).lower()) for cell in filled[:2]):
        return True
    return len(set(filled)) <= 2 and not reader.text(row, Meaning.CLASS) and _is_note(filled[0])


def _is_note(text: str) -> bool:
    nothing_said = Surroundings(school_year=2000)
    return bool(_NOTE.fullmatch(text)) or with_title(text, nothing_said) != nothing_said


def _of_the_whole(reader: LineReader, titles: list[str]) -> list[Problem]:
    problems = _of_school_year(reader, titles) + _of_lost_zeros(reader)
    if not reader.header.guardians and reader.rows:
        problems.append(warning(reader.sheet.title, None, None, "no_guardian_columns"))
    return problems + _of_class_ten(reader)


def _of_school_year(reader: LineReader, titles: list[str]) -> list[Problem]:
    stated = {int(match[1] or match[2]) for text in titles for match in _YEARS.finditer(text)}
    year = reader.around.school_year
    if len(stated) != 1 or year in stated:
        return []
    return [warning(reader.sheet.title, None, None, "school_year_differs", stated=stated.pop(), year=year)]


def _of_lost_zeros(reader: LineReader) -> list[Problem]:
    """A number column kept as numbers whose lengths differ, or where other cells begin with 0, has lost zeros."""
    column = reader.header.columns.get(Meaning.NUMBER)
    if column is None:
        return []
    rows = [row.row - 1 for row in reader.rows]
    texts = {row: reader.sheet.text(row, column) for row in rows}
    numeric = [texts[row] for row in rows if reader.sheet.kind(row, column) is CellKind.NUMBER]
    zeros = any(text.startswith("0") for text in texts.values())
    if not numeric or (len({len(text) for text in numeric}) == 1 and not zeros):
        return []
    heading = reader.header.texts[column]
    at = reader.header.below
    return [warning(reader.sheet.title, at, column_letter(column), "zeros_lost", header=heading[:30])]


def _of_class_ten(reader: LineReader) -> list[Problem]:
    """3.10 typed as a number is kept as 3.1: where there is a ninth class, the first may have been the tenth."""
    column = reader.header.columns.get(Meaning.CLASS)
    if column is None:
        return []
    keys = {row.class_key for row in reader.rows}
    suspects: dict[str, int] = {}
    for row in reader.rows:
        at = (row.row - 1, column)
        text = reader.sheet.text(*at)
        if (
            text.endswith(".1")
            and reader.sheet.kind(*at) is CellKind.NUMBER
            and replace(row.class_key, number=9) in keys
        ):
            suspects.setdefault(text, row.row)
    letter = column_letter(column)
    return [warning(reader.sheet.title, row, letter, "class_lost_zero", text=text) for text, row in suspects.items()]
