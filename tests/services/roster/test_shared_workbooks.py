"""The three workbooks of real shape import as a school would want: every planted defect, row by row."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter

from backend.domain.policy import SchoolSystem
from backend.services.roster.reading import read_roster
from backend.services.roster.rows import RosterFile
from tests.services.roster.workbooks import found, shared


def roster(name: str, system: SchoolSystem = SchoolSystem.six_three) -> RosterFile:
    return read_roster(shared(name), f"{name}.xlsx", school_year=2026, system=system)


def classes(read: RosterFile) -> dict[tuple[str, int, int], int]:
    return dict(Counter((r.class_key.stage, r.class_key.grade, r.class_key.number) for r in read.rows))


def test_the_plain_list_is_taken_without_a_word() -> None:
    read = roster("plain")
    assert found(read) == []
    assert classes(read) == {("primary", grade, number): 40 for grade in (3, 4) for number in (1, 2)}
    first = read.rows[0]
    assert (first.row, first.name, first.number, first.national_number) == (2, "周思", "202630101", None)
    assert [(g.name, g.relation, g.telephone) for g in first.guardians] == [("周景辰", "母亲", "15000001537")]
    assert all(len(row.guardians) == 1 for row in read.rows)


def test_the_offices_list_of_three_sheets_gives_every_child_and_both_parents() -> None:
    read = roster("school_office")
    assert classes(read) == {
        ("primary", grade, number): count for grade in (3, 5, 6) for number, count in ((1, 36), (2, 37), (3, 38))
    }
    assert sum(len(row.guardians) for row in read.rows) == 623
    assert all(row.number is None and row.national_number for row in read.rows)
    second = read.rows[1]
    assert [(g.name, g.relation, g.telephone) for g in second.guardians] == [
        ("张文", "父亲", "18000005217"),
        ("于馨诺", "母亲", "15000003778"),
    ]


def test_full_width_and_hyphenated_telephones_of_the_office_are_plain_digits() -> None:
    telephones = [g.telephone for row in roster("school_office").rows for g in row.guardians]
    assert all(t is not None and re.fullmatch(r"1\d{10}", t) for t in telephones)


def test_equal_names_in_one_class_are_two_children() -> None:
    in_31 = [row for row in roster("school_office").rows if row.class_key.grade == 3 and row.class_key.number == 1]
    assert [row.row for row in in_31 if row.name == "刘萱"] == [5, 25]


def test_the_offices_only_remarks_are_telephones_under_two_names() -> None:
    assert [(p.sheet, p.row, p.column, p.code) for p in roster("school_office").problems] == [
        ("五年级", 93, "I", "phone_shared"),
        ("六年级", 14, "I", "phone_shared"),
        ("六年级", 19, "G", "phone_shared"),
        ("六年级", 66, "G", "phone_shared"),
        ("六年级", 97, "G", "phone_shared"),
        ("六年级", 120, "I", "phone_shared"),
    ]


def test_in_a_five_four_system_the_sixth_grade_is_junior() -> None:
    stages = {
        (row.class_key.stage, row.class_key.grade) for row in roster("school_office", SchoolSystem.five_four).rows
    }
    assert stages == {("primary", 3), ("primary", 5), ("junior", 6)}


def test_each_defect_of_the_bureaus_list_is_told_by_cell() -> None:
    read = roster("bureau")
    assert [p for p in found(read) if p[2] != "name_spaces"] == [
        (11, "D", "no_class", "refused"),
        (37, "F", "bad_telephone", "warning"),
        (103, "A", "number_twice", "refused"),
        (184, "B", "no_name", "refused"),
        (185, "D", "grade_ambiguous", "refused"),
        (216, "E", "guardian_incomplete", "warning"),
        (223, "I", "phone_shared", "warning"),
        (274, "F", "phone_shared", "warning"),
    ]


def test_the_bureaus_spaced_names_lose_their_spaces_and_are_told() -> None:
    read = roster("bureau")
    spaced = [row for row, _, code, _ in found(read) if code == "name_spaces"]
    ninths = {4 + 30 * block + at for block in range(9) for at in (9, 18, 27)}  # of nine classes of 30
    assert spaced == sorted(ninths - {103})  # row 103 is refused for its number and tells only that
    assert next(row.name for row in read.rows if row.row == 13) == "韩曦阳"


def test_years_of_entry_become_grades_because_the_title_says_junior() -> None:
    expected = {("junior", grade, number): 30 for grade in (7, 8, 9) for number in (1, 2, 3)}
    expected |= {("junior", 9, 1): 29, ("junior", 8, 1): 29, ("junior", 8, 3): 29, ("junior", 7, 1): 29}
    assert classes(roster("bureau")) == expected


def test_a_bad_telephone_keeps_the_child_and_both_guardians() -> None:
    row = next(row for row in roster("bureau").rows if row.row == 37)
    assert [g.telephone for g in row.guardians] == [None, "18000006220"]


def test_boarding_is_read_and_a_birth_month_becomes_the_end_of_being_under_14() -> None:
    rows = {row.row: row for row in roster("bureau").rows}
    assert (rows[5].boards, rows[7].boards) == (True, False)
    assert rows[5].under_14_until == dt.date(2026, 1, 1)  # born in December 2011
    assert not hasattr(rows[5], "birth_month")


def test_no_identity_number_and_nothing_of_the_hidden_column_is_anywhere() -> None:
    read = roster("bureau")
    everything = repr(read) + repr([vars(row) for row in read.rows])
    everything += "".join(p.message("zh-CN") + p.message("en") for p in read.problems)
    assert not re.search(r"0{6}20\d{10}", everything)


def test_a_national_number_is_in_no_repr_and_no_message() -> None:
    read = roster("bureau")
    assert read.rows[0].national_number == "L202401001"
    said = repr(read) + "".join(p.message("zh-CN") + p.message("en") for p in read.problems)
    assert not re.search(r"L20\d{7}", said)


def test_every_message_names_its_cell_and_says_what_to_do_in_both_languages() -> None:
    for problem in roster("bureau").problems:
        assert f"第{problem.row}行（{problem.column}{problem.row}）" in problem.message("zh-CN")
        assert "请" in problem.message("zh-CN")
        assert f"row {problem.row} ({problem.column}{problem.row})" in problem.message("en")


def test_no_sentence_leaves_a_field_unfilled() -> None:
    said = [
        p.message(locale)
        for name in ("plain", "school_office", "bureau")
        for p in roster(name).problems
        for locale in ("zh-CN", "en")
    ]
    assert not [sentence for sentence in said if "{" in sentence]
