"""The consent text from the catalogue, in the order in which it is read. Its words are in `messages/*/consent.json`."""

from typing import Any

from mobile_api.wording import LOCALES, word

#: What the rules on children's data ask of such a text, in its order.
SECTIONS = (
    "purpose",
    "data",
    "visibility",
    "place",
    "term",
    "responsible",
    "complaint",
    "deletion",
    "refusal",
)


def consent_texts(version: str, school_name: str) -> list[dict[str, Any]]:
    """The text of a version in every language, with the school's name in it."""
    return [_text(version, school_name, locale) for locale in LOCALES]


def _text(version: str, school_name: str, locale: str) -> dict[str, Any]:
    def part(name: str) -> str:
        return word(f"consent.{version}.{name}", locale).replace("{school}", school_name)

    sections = [{"code": code, "heading": part(f"{code}.heading"), "body": part(f"{code}.body")} for code in SECTIONS]
    return {"locale": locale, "version": version, "title": part("title"), "sections": sections}
