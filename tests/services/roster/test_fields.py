"""Single cells: names, telephones, relations, boarding, birth months, numbers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from backend.services.roster import fields
from backend.services.roster.rows import RosterFile
from tests.services.roster.workbooks import ADA, HEADER, codes, found, read

LONG_NAME = "阿卜杜热依木·" * 8 + "买买提"


def of_name(name: str) -> RosterFile:
    return read(HEADER, [ADA[0], name, *ADA[2:]])


@pytest.mark.parametrize(
    ("written", "kept", "told"),
    [
        ("张三", "张三", []),
        ("张 三", "张三", ["name_spaces"]),
        ("张　三", "张三", ["name_spaces"]),
        ("古丽•阿依", "古丽·阿依", []),
        (LONG_NAME, LONG_NAME, []),
        ("Ada Lovelace", "Ada Lovelace", []),
        ("O'Neil-Smith Jr.", "O'Neil-Smith Jr.", []),
        ("\U00020000一", "\U00020000一", []),
        ("张三A", "张三A", []),
        ("张三1", "张三1", ["name_odd"]),
        ("张三😀", "张三😀", ["name_odd"]),
        ("<script>alert(1)</script>", "<script>alert(1)</script>", ["name_odd"]),
        ("=HYPERLINK()", None, ["no_name"]),
        ("张\u202e三\u200b", "张三", []),
        ("无", None, ["no_name"]),
        ("张" * 121, None, ["name_too_long"]),
    ],
)
def test_a_students_name(written: str, kept: str | None, told: list[str]) -> None:
    roster = of_name(written)
    assert [row.name for row in roster.rows] == ([kept] if kept else [])
    assert codes(roster) == told


@pytest.mark.parametrize(
    ("written", "kept", "told"),
    [
        ("15000001537", "15000001537", None),
        ("150-0000-1537", "15000001537", None),
        ("１５０００００１５３７", "15000001537", None),
        ("+86 150 0000 1537", "15000001537", None),
        ("15000001537/15000001538", "15000001537", None),
        ("13912/15000001538", "15000001538", None),
        ("15000001537 15000001538", "15000001537", None),
        ("+85291234567", "+85291234567", None),
        ("1391234", None, "bad_telephone"),
        ("同上", None, "bad_telephone"),
        ("1.5E+10", None, "bad_telephone"),
        ("", None, "no_telephone"),
        ("无", None, "no_telephone"),
    ],
)
def test_a_telephone(written: str, kept: str | None, told: str | None) -> None:
    assert fields.telephone(written) == (kept, told)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("母亲", "母亲"),
        ("母", "母亲"),
        ("妈 妈", "母亲"),
        ("爸", "父亲"),
        ("外婆", "外婆"),
        ("/", ""),
        ("", ""),
    ],
)
def test_a_relation_is_kept_as_the_roster_words_it(written: str, kept: str) -> None:
    assert fields.relation(written) == kept


@pytest.mark.parametrize(
    ("written", "expected"), [("是", True), ("住校", True), ("√", True), ("否", False), ("走读", False), ("", None)]
)
def test_boarding(written: str, expected: bool | None) -> None:
    assert fields.boards(written) is expected


def test_boarding_that_is_not_understood_is_told_and_left_open() -> None:
    roster = read([*HEADER, "是否住校"], [*ADA, "周末"])
    assert (roster.rows[0].boards, found(roster)) == (None, [(2, "G", "boards_unclear", "warning")])


@pytest.mark.parametrize(
    "written",
    [
        "2014-05",
        "2014.05",
        "2014/5",
        "2014年5月",
        "2014年5月6日",
        "201405",
        "20140506",
        201405,
        dt.date(2014, 5, 6),
        dt.datetime(2014, 5, 6),  # noqa: DTZ001 - a spreadsheet's date has no zone
    ],
)
def test_a_birth_month_becomes_the_day_from_which_the_child_is_14(written: Any) -> None:
    roster = read([*HEADER, "出生年月"], [*ADA, written])
    assert (roster.rows[0].under_14_until, codes(roster)) == (dt.date(2028, 6, 1), [])


@pytest.mark.parametrize("written", ["2014-13", "1914-05", "2026-05", "五月", 2014.1])
def test_an_unclear_birth_month_leaves_the_age_unknown(written: Any) -> None:
    roster = read([*HEADER, "出生年月"], [*ADA, written])
    assert (roster.rows[0].under_14_until, found(roster)) == (None, [(2, "G", "bad_birth_month", "warning")])


def with_guardian(*cells: Any) -> RosterFile:
    return read(HEADER, [*ADA[:3], *cells])


def test_what_is_missing_of_a_guardian_is_told_and_the_child_is_taken() -> None:
    for cells, column, code, guardians in (
        ((None, None, None), "D", "no_guardian", 0),
        ((None, "母亲", None), "D", "guardian_incomplete", 0),
        ((None, "母亲", "15000001537"), "F", "guardian_no_name", 0),
        (("周景辰", "母亲", None), "F", "no_telephone", 1),
        (("周景辰", "母亲", "123"), "F", "bad_telephone", 1),
    ):
        roster = with_guardian(*cells)
        assert found(roster) == [(2, column, code, "warning")]
        assert [len(row.guardians) for row in roster.rows] == [guardians]


def test_the_same_telephone_under_another_name_is_two_guardians() -> None:
    roster = read(
        HEADER,
        ADA,
        ["2", "吴思", "三(1)班", "周  景辰", "母亲", "15000001537"],
        ["3", "郑思", "三(1)班", "郑母", "母亲", "150-0000-1537"],
    )
    assert found(roster) == [(3, "D", "name_spaces", "warning"), (4, "F", "phone_shared", "warning")]
    assert len({guardian.key for row in roster.rows for guardian in row.guardians}) == 2


def test_of_two_rows_with_one_number_the_second_is_refused_across_sheets() -> None:
    def add(sheet: Any) -> None:
        other = sheet.parent.create_sheet("四年级")
        other.append(HEADER)
        other.append([ADA[0], "吴思", "四(1)班", "吴母", "母亲", "15000001538"])

    roster = read(HEADER, ADA, change=add)
    assert [row.name for row in roster.rows] == ["周思"]
    (problem,) = roster.problems
    assert (problem.sheet, problem.row, problem.column, problem.code) == ("四年级", 2, "A", "number_twice")
    assert "工作表「名单」第2行" in problem.message()
    assert ADA[0] not in problem.message() + problem.message("en")


def test_rows_that_nothing_tells_apart_are_two_children_and_somebody_is_asked() -> None:
    roster = read(HEADER[1:], ADA[1:], ADA[1:])
    assert len(roster.rows) == 2
    assert found(roster) == [(3, "A", "maybe_twice", "warning")]


def test_numbers_that_were_kept_as_numbers_may_have_lost_zeros() -> None:
    roster = read(HEADER, [9, *ADA[1:]], [10, *ADA[1:]])
    assert (1, "A", "zeros_lost", "warning") in found(roster)
    assert [row.number for row in roster.rows] == ["9", "10"]


def test_a_number_too_long_for_a_spreadsheet_is_not_read() -> None:
    roster = read(HEADER, [2026000000000000123, *ADA[1:]])
    assert (roster.rows[0].number, codes(roster)) == (None, ["number_unreadable"])


def test_a_class_that_became_a_date_is_refused_with_the_remedy() -> None:
    roster = read(HEADER, [*ADA[:2], dt.date(2026, 3, 2), *ADA[3:]])
    assert found(roster) == [(2, "C", "class_became_date", "refused")]


def test_class_ten_written_as_a_number_is_questioned_where_there_is_a_ninth() -> None:
    roster = read(
        HEADER, ["1", "甲一", 3.9, "甲母", "母", "13000000001"], ["2", "乙二", 3.1, "乙母", "母", "13000000002"]
    )
    assert found(roster) == [(3, "C", "class_lost_zero", "warning")]


def test_a_class_that_contradicts_its_grade_column_is_refused() -> None:
    roster = read(["姓名", "年级", "班级"], ["甲一", "四年级", "三(2)班"])
    assert "grade_contradicted" in codes(roster)
    assert roster.rows == []


def test_a_class_of_another_grade_than_the_sheet_is_taken_and_told_once() -> None:
    rows = [
        ["1", "甲一", "四(1)班", "甲母", "母", "13000000001"],
        ["2", "乙二", "四(1)班", "乙母", "母", "13000000002"],
    ]
    roster = read(HEADER, *rows, title="三年级")
    assert [row.class_key.grade for row in roster.rows] == [4, 4]
    assert found(roster) == [(2, "C", "class_differs_from_sheet", "warning")]


def test_a_title_of_another_school_year_is_told() -> None:
    roster = read(["实验小学2025—2026学年度花名册"], HEADER, ADA)
    assert codes(roster) == ["school_year_differs"]
    assert "2025" in roster.problems[0].message()
