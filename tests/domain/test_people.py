"""Rule 11 (privacy): consent; and how names and telephones are compared."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.errors import Invalid
from backend.domain.people import (
    ConsentDecision,
    ConsentRecord,
    ConsentState,
    consent_needed,
    consent_state,
    last_four,
    normalise_name,
    normalise_telephone,
    under_14_until,
)
from backend.domain.policy import Stage
from tests.domain.times import NIGHT, at

GRANTED, REFUSED, WITHDRAWN = ConsentDecision
LONG_AGO = date(2020, 1, 1)


@pytest.mark.parametrize(
    ("stage", "grade", "until", "needed"),
    [
        pytest.param(Stage.primary, 1, LONG_AGO, True, id="grade 1"),
        pytest.param(Stage.junior, 9, LONG_AGO, True, id="up to grade 9, of any age"),
        pytest.param(Stage.senior, 9, LONG_AGO, True, id="grade 9 by whatever stage"),
        pytest.param(Stage.junior, 10, LONG_AGO, True, id="junior by whatever grade"),
        pytest.param(Stage.senior, 10, LONG_AGO, False, id="grade 10 and 14 already"),
        pytest.param(Stage.senior, 10, None, True, id="grade 10 of unknown age"),
        pytest.param(Stage.senior, 10, date(2026, 11, 6), True, id="under 14 until tomorrow"),
        pytest.param(Stage.senior, 10, date(2026, 11, 5), False, id="14 today"),
    ],
)
def test_who_needs_a_guardians_consent(stage, grade, until, needed):
    assert consent_needed(stage, grade, until, NIGHT) is needed


@pytest.mark.parametrize(
    ("year", "month", "until"),
    [
        pytest.param(2012, 5, date(2026, 6, 1), id="the month after the 14th birthday's"),
        pytest.param(2012, 12, date(2027, 1, 1), id="over the turn of a year"),
        pytest.param(2012, 1, date(2026, 2, 1), id="January"),
        pytest.param(2012, 11, date(2026, 12, 1), id="November"),
    ],
)
def test_a_birth_month_becomes_under_14_until(year, month, until):
    assert under_14_until(year, month) == until


@pytest.mark.parametrize(("year", "month"), [(2012, 0), (2012, 13), (0, 5), (9001, 5)])
def test_no_such_month_is_a_named_error(year, month):
    with pytest.raises(Invalid) as refused:
        under_14_until(year, month)
    assert (refused.value.fields[0].path, refused.value.fields[0].code) == ("birth_month", "out_of_range")


def test_the_ends_of_the_years_are_answered():
    assert under_14_until(1, 1) == date(15, 2, 1)
    assert under_14_until(9000, 12) == date(9015, 1, 1)


def answers(*given_answers: tuple[str, ConsentDecision]) -> list[ConsentRecord]:
    return [ConsentRecord(who, what, at(f"{8 + n:02}:00"), "v1") for n, (who, what) in enumerate(given_answers)]


@pytest.mark.parametrize(
    ("decisions", "state"),
    [
        pytest.param([], ConsentState.missing, id="nobody answered"),
        pytest.param([("mother", GRANTED)], ConsentState.granted, id="one suffices"),
        pytest.param([("mother", REFUSED)], ConsentState.refused, id="only refused"),
        pytest.param([("mother", REFUSED), ("father", GRANTED)], ConsentState.granted, id="a refusal undoes no grant"),
        pytest.param([("mother", GRANTED), ("father", REFUSED)], ConsentState.granted, id="a later one neither"),
        pytest.param([("mother", GRANTED), ("mother", REFUSED)], ConsentState.refused, id="the latest answer of one"),
        pytest.param([("mother", GRANTED), ("mother", WITHDRAWN)], ConsentState.withdrawn, id="withdrawn"),
        pytest.param(
            [("mother", GRANTED), ("father", GRANTED), ("father", WITHDRAWN)],
            ConsentState.withdrawn,
            id="one guardian's withdrawal stops new entries",
        ),
        pytest.param(
            [("father", WITHDRAWN), ("mother", GRANTED)], ConsentState.withdrawn, id="the other's grant lifts it not"
        ),
        pytest.param(
            [("father", WITHDRAWN), ("father", GRANTED)], ConsentState.granted, id="until that guardian grants again"
        ),
        pytest.param(
            [("father", WITHDRAWN), ("father", REFUSED), ("mother", GRANTED)],
            ConsentState.granted,
            id="a later refusal is no withdrawal",
        ),
    ],
)
def test_where_consent_stands(decisions, state):
    assert consent_state(answers(*decisions)) is state


def test_the_order_of_the_rows_does_not_matter_but_their_time():
    decisions = reversed(answers(("mother", WITHDRAWN), ("mother", GRANTED)))
    assert consent_state(decisions) is ConsentState.granted


def test_a_grant_counts_for_the_text_it_was_given_to():
    given_answers = answers(("mother", GRANTED))
    assert consent_state(given_answers, "v1") is ConsentState.granted
    assert consent_state(given_answers, "v2") is ConsentState.missing
    assert consent_state(answers(("mother", WITHDRAWN)), "v2") is ConsentState.withdrawn


@pytest.mark.parametrize(
    ("written", "other"),
    [
        pytest.param("张三", " 张 三 ", id="spaces in a Chinese name"),
        pytest.param("张三", "张\u3000三", id="a full-width space"),
        pytest.param("张三", "张\u200b三\ufeff", id="invisible signs"),
        pytest.param("Ada Lovelace", "ADA  lovelace", id="case and doubled spaces"),
        pytest.param("Ada Lovelace", "Ａｄａ\tＬｏｖｅｌａｃｅ", id="full-width letters and a tab"),
        pytest.param("阿依古丽·买买提", "阿依古丽•买买提", id="another middle dot"),
        pytest.param("阿依古丽·买买提", "阿依古丽・买买提", id="a Japanese middle dot"),
    ],
)
def test_names_that_are_equal(written, other):
    assert normalise_name(written) == normalise_name(other)


@pytest.mark.parametrize(
    ("one", "other"), [("张三", "张山"), ("Ada Lovelace", "AdaLovelace"), ("", "张"), ("张三丰", "张三")]
)
def test_names_that_are_not(one, other):
    assert normalise_name(one) != normalise_name(other)


@given(st.text())
def test_a_normalised_name_stays_as_it_is_for_comparison(name):
    once = normalise_name(name)
    assert normalise_name(once).strip() == normalise_name(once)
    assert "\u200b" not in once


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("13812345678", "13812345678"),
        pytest.param(" 138-1234-5678 ", "13812345678", id="dashes and spaces"),
        pytest.param("138 1234 5678", "13812345678", id="spaces"),
        pytest.param("１３８１２３４５６７８", "13812345678", id="full-width digits"),
        pytest.param("＋８６　１３８１２３４５６７８", "13812345678", id="full-width country code"),
        pytest.param("+86 138 1234 5678", "13812345678", id="+86"),
        pytest.param("0086-13812345678", "13812345678", id="0086"),
        pytest.param("8613812345678", "13812345678", id="86 before a mobile number"),
        pytest.param("13812345678.0", "13812345678", id="a spreadsheet's float"),
        pytest.param("(0571) 8765-4321", "057187654321", id="a landline"),
        pytest.param("010-87654321", "01087654321", id="a Beijing landline"),
        pytest.param("+44 20 7946 0000", "+442079460000", id="from abroad"),
        pytest.param("0044 20 7946 0000", "+442079460000", id="from abroad, dialled"),
        pytest.param("12812345678", None, id="no mobile prefix"),
        pytest.param("1381234567", None, id="a digit short"),
        pytest.param("138123456789", None, id="a digit long"),
        pytest.param("13812345678/13912345678", None, id="two numbers"),
        pytest.param("无", None, id="a word"),
        pytest.param("", None, id="nothing"),
        pytest.param("①③⑧12345678", "13812345678", id="circled digits are digits"),
        pytest.param("١٣٨١٢٣٤٥٦٧٨", None, id="digits of another script"),
    ],
)
def test_telephones_are_compared_in_one_form(raw, expected):
    assert normalise_telephone(raw) == expected


@given(st.text())
def test_any_text_is_a_telephone_or_none_and_one_form_is_final(raw):
    once = normalise_telephone(raw)
    if once is not None:
        assert normalise_telephone(once) == once
        assert once.isascii()


@pytest.mark.parametrize(
    ("telephone", "expected"),
    [("13812345678", "5678"), ("138-1234-56-78", "5678"), ("５６７８", "5678"), ("12", "12"), ("无", "")],
)
def test_the_last_four_digits(telephone, expected):
    assert last_four(telephone) == expected
