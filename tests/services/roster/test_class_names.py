"""How a class is read: every writing in use, and never a silent guess."""

from __future__ import annotations

import pytest

from backend.domain.policy import SchoolSystem, Stage
from backend.services.roster.class_names import ClassUnread, Surroundings, read_class, read_grade, with_title

AROUND = Surroundings(school_year=2026)
FIVE_FOUR = Surroundings(school_year=2026, system=SchoolSystem.five_four)
JUNIOR = Surroundings(school_year=2026, stage=Stage.junior)


def key(text: str, around: Surroundings = AROUND) -> tuple[str, int, int]:
    found, _ = read_class(text, around)
    return found.stage, found.grade, found.number


@pytest.mark.parametrize(
    "text",
    [
        *[
            "三(2)班",
            "三（2）班",
            "三（２）班",
            "三〔2〕班",
            "三【2】班",
            "三2班",
            "三二班",
            "三（二）班",
            "三02班",
            "302班",
        ],
        *["三年级2班", "三年级二班", "三年级(2)班", "3年级2班", "三年2班", "小三(2)班", "小学三年级2班", "2024级2班"],
        *["3.2", "3．2", "3。2", "3-2", "3—2", "3/2"],
    ],
)
def test_class_two_of_grade_three_in_every_writing(text: str) -> None:
    around = Surroundings(school_year=2026, stages=frozenset({Stage.primary}))
    assert key(text, around) == ("primary", 3, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("初一(3)班", ("junior", 7, 3)),
        ("七年级3班", ("junior", 7, 3)),
        ("初中一年级3班", ("junior", 7, 3)),
        ("初中七年级3班", ("junior", 7, 3)),
        ("初三12班", ("junior", 9, 12)),
        ("九（十二）班", ("junior", 9, 12)),
        ("高二(1)班", ("senior", 11, 1)),
        ("十一年级1班", ("senior", 11, 1)),
        ("高2024级5班", ("senior", 12, 5)),
        ("初2024级5班", ("junior", 9, 5)),
        ("初24级5班", ("junior", 9, 5)),
        ("初2027届5班", ("junior", 9, 5)),
        ("六(3)班", ("primary", 6, 3)),
        ("一年级二十班", ("primary", 1, 20)),
    ],
)
def test_other_classes(text: str, expected: tuple[str, int, int]) -> None:
    assert key(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "三班",
        "2班",
        "2",
        "火箭班",
        "十三(2)班",
        "三(0)班",
        "0.3",
        "三年级",
        "初五(1)班",
        "<b>3.2</b>",
        "三(2)班四(1)班",
    ],
)
def test_what_is_no_class_is_refused(text: str) -> None:
    with pytest.raises(ClassUnread) as refusal:
        read_class(text, AROUND)
    assert refusal.value.code == "unknown_class"


def test_a_number_alone_takes_the_grade_of_the_title() -> None:
    assert key("2班", with_title("实验小学三年级学生花名册", AROUND)) == ("primary", 3, 2)


@pytest.mark.parametrize(
    ("title", "grade", "number"),
    [
        ("三年级", 3, None),
        ("三(2)班名单", 3, 2),
        ("初二年级", 8, None),
        ("2024级（初中）", 9, None),
        ("七年级、八年级", None, None),
        ("学生名单", None, None),
    ],
)
def test_a_title_says_the_grade_only_when_it_names_one(title: str, grade: int | None, number: int | None) -> None:
    said = with_title(title, AROUND)
    assert (said.grade, said.number) == (grade, number)


def test_a_year_of_entry_is_read_by_the_schools_stages() -> None:
    primary = Surroundings(school_year=2026, stages=frozenset({Stage.primary}))
    assert key("2023级2班", primary) == ("primary", 4, 2)
    assert read_class("2023级2班", primary)[1] is False


def test_a_year_of_entry_with_one_possible_stage_is_read_and_told() -> None:
    assert read_class("2023级2班", AROUND)[1] is True


@pytest.mark.parametrize("text", ["2024级2班", "2019级1班"])
def test_a_year_of_entry_that_fits_several_stages_or_none_is_ambiguous(text: str) -> None:
    around = AROUND if text.startswith("2024") else JUNIOR
    with pytest.raises(ClassUnread) as refusal:
        read_class(text, around)
    assert refusal.value.code == "grade_ambiguous"


def test_in_a_nine_year_school_an_old_year_of_entry_counts_from_the_first_grade() -> None:
    nine_years = Surroundings(school_year=2026, stages=frozenset({Stage.primary, Stage.junior}))
    assert key("2019级1班", nine_years) == ("junior", 8, 1)


def test_three_of_two_in_a_junior_school_may_be_the_third_junior_year() -> None:
    with pytest.raises(ClassUnread) as refusal:
        read_class("三(2)班", JUNIOR)
    assert refusal.value.code == "grade_ambiguous"


def test_five_four_has_no_certain_first_junior_year_but_a_fourth_and_a_preparatory_one() -> None:
    with pytest.raises(ClassUnread) as refusal:
        read_class("初一(1)班", FIVE_FOUR)
    assert refusal.value.code == "grade_ambiguous"
    assert key("初四(1)班", FIVE_FOUR) == ("junior", 9, 1)
    assert key("预备(1)班", FIVE_FOUR) == ("junior", 6, 1)
    assert key("六(3)班", FIVE_FOUR) == ("junior", 6, 3)


@pytest.mark.parametrize(
    ("text", "grade"), [("3", 3), ("三年级", 3), ("初一", 7), ("高中一年级", 10), ("2023级", 4), ("2023", 4)]
)
def test_a_grade_column_is_read_in_every_writing(text: str, grade: int) -> None:
    assert read_grade(text, AROUND).grade == grade
