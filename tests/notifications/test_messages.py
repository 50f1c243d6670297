"""The words: there for every reminder in both languages, and never about homework or another child."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import notifications.messages as messages
from notifications.messages import LOCALES, PLACEHOLDERS, load_catalogue, placeholders, words
from notifications.rules import ALL

CODES = [rule.code for rule in ALL]
#: What would speak of homework itself, or of what the work is about.
CONTENT = ("title", "subject", "assignment", "entry", "note", "reply", "tier", "class")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("code", [*CODES, "test"])
def test_every_reminder_has_neutral_words(code: str, locale: str) -> None:
    neutral = load_catalogue(locale)["neutral"][code]
    assert neutral.strip()
    assert placeholders(neutral) == set()
    assert not any(character.isdigit() for character in neutral)


ABOUT_NO_CHILD = {"publish_estimates", "plan_over_cap", "class_over_cap", "weekly_digest", "evening_digest"}


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_about_no_single_child_has_no_detailed_words(locale: str) -> None:
    assert set(CODES) - load_catalogue(locale)["detailed"].keys() == ABOUT_NO_CHILD


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("code", sorted(set(CODES) - ABOUT_NO_CHILD))
def test_detailed_words_name_the_child_and_minutes_and_nothing_else(code: str, locale: str) -> None:
    named = placeholders(load_catalogue(locale)["detailed"][code])
    assert "student" in named
    assert named <= PLACEHOLDERS


def test_both_languages_have_the_same_codes_and_placeholders() -> None:
    first, second = (load_catalogue(locale) for locale in LOCALES)
    for part in ("neutral", "detailed"):
        assert first[part].keys() == second[part].keys()
        for code, text in first[part].items():
            assert placeholders(text) == placeholders(second[part][code])


def test_nothing_that_a_text_may_say_is_homework_content() -> None:
    assert not any(word in name for name in PLACEHOLDERS for word in CONTENT)


def test_there_is_no_catalogue_beside_those_of_our_languages() -> None:
    folder = Path(messages.__file__).parent
    assert {path.stem for path in folder.glob("*.json")} == set(LOCALES)
    assert all(json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json"))


values = st.dictionaries(
    st.sampled_from(["title", "subject", "note", "other_student", *PLACEHOLDERS]), st.text(min_size=3) | st.integers()
)


@given(code=st.sampled_from(CODES), locale=st.sampled_from([*LOCALES, "fr"]), params=values)
def test_whatever_a_row_carries_homework_content_never_reaches_the_words(
    code: str, locale: str, params: dict[str, object]
) -> None:
    secrets = {name: f"{{{name}}} 秘密" for name in params if name not in PLACEHOLDERS}
    shown = words(code, locale, student="陈艾达", params={**params, **secrets})
    assert "秘密" not in shown.title + shown.body


@given(code=st.sampled_from(CODES), locale=st.sampled_from(LOCALES), params=values)
def test_without_a_name_to_show_the_words_are_the_neutral_ones(
    code: str, locale: str, params: dict[str, object]
) -> None:
    assert words(code, locale, params=params).body == load_catalogue(locale)["neutral"][code]


def test_detailed_words_fall_back_to_neutral_ones_when_a_figure_is_missing() -> None:
    assert words("sleep_short", "en", student="Ada", params={}).body == load_catalogue("en")["neutral"]["sleep_short"]


def test_chinese_comes_first_where_the_language_is_not_ours() -> None:
    assert words("test", "fr").title == "作业记录单"


anything = st.one_of(st.text(), st.integers(), st.booleans(), st.none(), st.times().map(lambda each: f"{each:%H:%M}"))
carried = st.fixed_dictionaries(dict.fromkeys(PLACEHOLDERS - {"student"}, anything))


@given(code=st.sampled_from([*CODES, "test"]), locale=st.sampled_from(LOCALES), params=carried)
def test_beside_the_childs_own_name_only_figures_are_ever_added_to_a_template(
    code: str, locale: str, params: dict[str, object]
) -> None:
    """Another child's name, a title or a line of anybody's in a row's parameters stays where it is."""
    catalogue, own = load_catalogue(locale), "陈艾达"
    shown = words(code, locale, student=own, params=params).body
    if shown == catalogue["neutral"][code]:
        return
    template = re.escape(catalogue["detailed"][code])
    for name in placeholders(catalogue["detailed"][code]):
        put_in = own if name == "student" else r"(?:-?\d+|\d\d:\d\d)"
        template = template.replace(re.escape("{" + name + "}"), put_in)
    assert re.fullmatch(template, shown)
