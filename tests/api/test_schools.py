"""The academic office's papers: the audit log, roster imports."""

import io
from pathlib import Path

import pytest
import sqlalchemy as sa

from backend.storage.models import Student
from tests.api.conftest import Client
from tests.api.planning import UNKNOWN, same_but_id
from tests.cast import TONIGHT, Cast

WRONG = ("homeroom", "maths_teacher", "grade_head", "prep_maths", "other_office", "mother", "ada", "officer")
ROSTER = Path(__file__).parents[1] / "data" / "roster_plain.xlsx"


class TestAudit:
    def test_pages_hold_every_event_once_newest_first(self, client: Client, cast: Cast) -> None:
        for _ in range(5):
            client.as_(cast.homeroom).get(f"/classes/{cast.class_31.id}/nights/{TONIGHT}")
        path, seen, cursor = f"/schools/{cast.shiyan.id}/audit", [], None
        for _ in range(4):
            query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = client.as_(cast.office).get(path, **query).get_json()
            seen += [event["id"] for event in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert cursor is None
        assert len(seen) == len(set(seen)) == 5
        assert seen == sorted(seen, reverse=True)

    def test_it_holds_ids_and_codes_and_no_name(self, client: Client, cast: Cast) -> None:
        client.as_(cast.homeroom).get(f"/classes/{cast.class_31.id}/nights/{TONIGHT}")
        answer = client.as_(cast.office).get(f"/schools/{cast.shiyan.id}/audit", action="class.board_opened")
        event = answer.get_json()["items"][0]
        assert (event["actor_id"], event["class_id"]) == (str(cast.homeroom.id), str(cast.class_31.id))
        assert cast.homeroom.name not in answer.get_data(as_text=True)

    def test_a_foreign_cursor_is_refused(self, client: Client, cast: Cast) -> None:
        path = f"/schools/{cast.shiyan.id}/audit"
        for cursor in ("junk", "WyJ4IiwieSJd", "WyIyMDI2LTAxLTAxIiwieSJd"):
            assert client.as_(cast.office).get(path, cursor=cursor).status_code == 422

    @pytest.mark.parametrize("who", WRONG)
    def test_only_the_academic_office(self, client: Client, cast: Cast, who: str) -> None:
        refused = client.as_(getattr(cast, who)).get(f"/schools/{cast.shiyan.id}/audit")
        unknown = client.as_(getattr(cast, who)).get(f"/schools/{UNKNOWN}/audit")
        assert (refused.status_code, same_but_id(refused)) == (404, same_but_id(unknown))


class TestRosterImports:
    def test_a_dry_run_tells_and_stores_nothing(self, client: Client, cast: Cast, engine: sa.Engine) -> None:
        with engine.connect() as connection:
            before = connection.scalar(sa.select(sa.func.count()).select_from(Student))
        path = f"/schools/{cast.shiyan.id}/roster-imports?dry_run=true&year=2026"
        form = {"file": (io.BytesIO(ROSTER.read_bytes()), "roster.xlsx")}
        sent = client.as_(cast.office).post(path, data=form, content_type="multipart/form-data")
        raw = client.as_(cast.office).post(path, data=ROSTER.read_bytes(), content_type="application/octet-stream")
        assert sent.status_code == raw.status_code == 200
        assert sent.get_json()["problems"] == raw.get_json()["problems"]
        assert sent.get_json()["stored"] is False
        assert sent.get_json()["students"] > 0
        with engine.connect() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(Student)) == before

    def test_no_file_is_refused(self, client: Client, cast: Cast) -> None:
        answer = client.as_(cast.office).post(f"/schools/{cast.shiyan.id}/roster-imports")
        assert (answer.status_code, answer.get_json()["errors"][0]["code"]) == (422, "file_missing")

    @pytest.mark.parametrize("who", WRONG)
    def test_only_the_academic_office(self, client: Client, cast: Cast, who: str) -> None:
        path = f"/schools/{cast.shiyan.id}/roster-imports"
        answer = client.as_(getattr(cast, who)).post(path, data=b"x", content_type="application/octet-stream")
        assert answer.status_code == 404
