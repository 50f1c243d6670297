"""If-None-Match on what may be asked again: compared weakly, as RFC 9110 §13.1.2 has it for GET, in lists, and `*`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.api.conftest import Client
from tests.cast import TONIGHT, Cast

PATHS: dict[str, tuple[str | None, Callable[[Cast], str]]] = {
    "night": ("ada", lambda cast: f"/students/{cast.ada.id}/nights/{TONIGHT}"),
    "plan": ("homeroom", lambda cast: f"/classes/{cast.class_31.id}/plan"),
    "trends": ("homeroom", lambda cast: f"/classes/{cast.class_31.id}/trends"),
    "estimates": ("homeroom", lambda cast: f"/classes/{cast.class_31.id}/trends/estimates"),
    "notice board": (None, lambda _: "/notice-board/shiyan"),
}


@pytest.mark.sqlite
@pytest.mark.parametrize("what", PATHS)
def test_whoever_has_an_answer_in_whatever_form_its_tag_arrives_is_told_that_it_stands(
    client: Client, cast: Cast, what: str
) -> None:
    who, path_of = PATHS[what]
    person, path = client.as_(getattr(cast, who) if who else None), path_of(cast)
    tag = person.get(path).headers["ETag"]
    assert tag.startswith('"')

    for sent in (tag, f"W/{tag}", f'"of-yesterday", W/{tag}', "*"):
        answer = person.get(path, headers={"If-None-Match": sent})
        assert (sent, answer.status_code, answer.data) == (sent, 304, b"")
        assert answer.headers["ETag"] == tag
        assert answer.headers["Cache-Control"] == ("private, no-cache" if who else "public, max-age=300")
    for other in ('"of-yesterday"', 'W/"of-yesterday"', tag.strip('"') + "x", ""):
        assert person.get(path, headers={"If-None-Match": other}).status_code == 200
