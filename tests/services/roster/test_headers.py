"""Finding the header wherever it stands and whatever its columns are called."""

from __future__ import annotations

from typing import Any

import pytest

from backend.services.roster.headers import Meaning, meaning_of
from tests.services.roster.workbooks import ADA, HEADER, codes, found, read


@pytest.mark.parametrize(
    ("heading", "meaning"),
    [
        ("姓 名", Meaning.NAME),
        ("学生姓名*", Meaning.NAME),
        ("姓名（必填）", Meaning.NAME),
        ("学号", Meaning.NUMBER),
        ("学籍号", Meaning.NATIONAL),
        ("全国学籍号", Meaning.NATIONAL),
        ("班  级", Meaning.CLASS),
        ("行政班", Meaning.CLASS),
        ("年级", Meaning.GRADE),
        ("年级班级", Meaning.CLASS),
        ("学段", Meaning.STAGE),
        ("家长姓名", Meaning.GUARDIAN),
        ("监护人1", Meaning.GUARDIAN),
        ("监护人1电话", Meaning.TELEPHONE),
        ("父亲手机", Meaning.TELEPHONE),
        ("联系电话", Meaning.TELEPHONE),
        ("手机", Meaning.TELEPHONE),
        ("与学生关系", Meaning.RELATION),
        ("关系 ", Meaning.RELATION),
        ("是否住校", Meaning.BOARDS),
        ("出生年月", Meaning.BIRTH),
        ("身份证号", Meaning.IGNORED),
        ("家长身份证号", Meaning.IGNORED),
        ("学生身份证件号", Meaning.IGNORED),
        ("性别", Meaning.IGNORED),
        ("班主任电话", Meaning.IGNORED),
        ("学生电话", Meaning.IGNORED),
        ("备注", Meaning.IGNORED),
        ("Parent phone", Meaning.TELEPHONE),
        ("Name", Meaning.NAME),
        ("体重", None),
    ],
)
def test_a_heading_means(heading: str, meaning: Meaning | None) -> None:
    assert meaning_of(heading) is meaning


def people(*rows: list[Any], **how: Any) -> list[tuple[str, tuple[tuple[str, str, str | None], ...]]]:
    read_rows = read(*rows, **how).rows
    return [(row.name, tuple((g.name, g.relation, g.telephone) for g in row.guardians)) for row in read_rows]


def test_titles_and_blank_lines_above_the_header_are_passed_over() -> None:
    assert people(["实验小学学生花名册"], ["填表人：教务处"], [], HEADER, ADA) == [
        ("周思", (("周景辰", "母亲", "15000001537"),))
    ]


def test_two_lines_of_header_give_father_and_mother() -> None:
    rows = [
        ["班级", "姓名", "父亲", None, "母亲", None, "备注"],
        [None, None, "姓名", "手机", "姓名", "手机", None],
        ["3.1", "甲一", "甲父", "13000000001", "乙母", "13000000002", "走读"],
    ]
    expected = [("甲一", (("甲父", "父亲", "13000000001"), ("乙母", "母亲", "13000000002")))]
    assert people(*rows) == expected


def test_groups_over_the_name_too_are_understood() -> None:
    rows = [
        ["学生信息", None, None, "家长信息", None],
        ["学号", "姓名", "班级", "姓名", "电话"],
        ["1", "甲一", "3.1", "甲父", "13000000001"],
    ]
    assert people(*rows) == [("甲一", (("甲父", "", "13000000001"),))]


def test_a_telephone_before_the_guardians_name_belongs_to_that_guardian() -> None:
    rows = [["姓名", "班级", "联系电话", "家长姓名"], ["甲一", "3.1", "13000000001", "甲父"]]
    assert people(*rows) == [("甲一", (("甲父", "", "13000000001"),))]


def test_two_guardians_each_with_own_telephone_and_relation() -> None:
    rows = [
        ["姓名", "班级", "监护人1", "监护人1电话", "关系", "监护人2", "监护人2电话", "关系"],
        ["甲一", "3.1", "甲父", 13000000001, "父", "甲奶", 13000000002, "奶奶"],
    ]
    assert people(*rows) == [("甲一", (("甲父", "父亲", "13000000001"), ("甲奶", "奶奶", "13000000002")))]


def test_a_header_printed_again_on_each_page_is_not_a_student() -> None:
    second = ["202602", "吴思", "三(1)班", "吴母", "母亲", "15000001538"]
    roster = read(["三年级花名册"], HEADER, ADA, ["三年级花名册"], HEADER, second)
    assert [row.row for row in roster.rows] == [3, 6]
    assert codes(roster) == []


def test_blocks_with_their_own_titles_give_each_its_class() -> None:
    short = ["学号", "姓名", "家长姓名", "联系电话"]
    one, two = ["1", "甲一", "甲母", "13000000001"], ["2", "乙二", "乙母", "13000000002"]
    roster = read(["三(1)班名单"], short, one, ["三(2)班名单"], short, two)
    assert [(row.name, row.class_key.number) for row in roster.rows] == [("甲一", 1), ("乙二", 2)]


def test_totals_notes_and_numbered_empty_lines_are_passed_over() -> None:
    header = ["序号", *HEADER]
    rows = [[1, *ADA], [2], ["合计", "1人"], [None, None, "小计", "1人"], ["注：以上信息请核对"], ["制表人：王"]]
    roster = read(header, *rows)
    assert (len(roster.rows), codes(roster)) == (1, [])


def test_a_class_merged_over_its_students_counts_for_each() -> None:
    rows = [HEADER, ADA, ["202602", "吴思", None, "吴母", "母亲", "15000001538"]]
    roster = read(*rows, change=lambda sheet: sheet.merge_cells("C2:C3"))
    assert [row.class_key.number for row in roster.rows] == [1, 1]


def test_an_empty_class_that_is_not_merged_is_refused() -> None:
    roster = read(HEADER, ADA, ["202602", "吴思", None, "吴母", "母亲", "15000001538"])
    assert found(roster) == [(3, "C", "no_class", "refused")]


def test_a_sheet_without_header_is_refused_and_a_second_one_is_only_told() -> None:
    assert found(read(["甲", "乙"], ["丙", "丁"])) == [(None, None, "no_header", "refused")]

    def add_notes(sheet: Any) -> None:
        sheet.parent.create_sheet("说明").append(["填写说明"])

    roster = read(HEADER, ADA, change=add_notes)
    assert [(p.sheet, p.code) for p in roster.problems] == [("说明", "sheet_skipped")]


def test_a_list_of_teachers_is_no_roster() -> None:
    teachers = [["姓名", "任教学科", "联系电话"], ["王老师", "数学", "13000000001"]]

    def add(sheet: Any) -> None:
        other = sheet.parent.create_sheet("教师")
        for row in teachers:
            other.append(row)

    roster = read(HEADER, ADA, change=add)
    assert (len(roster.rows), codes(roster)) == (1, ["sheet_skipped"])


def test_no_class_anywhere_is_one_problem_of_the_sheet() -> None:
    assert found(read(["学号", "姓名"], ["1", "甲一"])) == [(None, None, "no_class_column", "refused")]


def test_no_guardian_columns_is_one_warning_not_one_a_row() -> None:
    roster = read(["姓名", "班级"], ["甲一", "3.1"], ["乙二", "3.1"])
    assert (len(roster.rows), codes(roster)) == (2, ["no_guardian_columns"])
