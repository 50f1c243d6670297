"""The academic office's papers: exports, the audit log, roster imports."""

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from backend.clock import FrozenClock
from backend.services.figures.exports import to_csv, to_xlsx
from backend.storage.models import Class, Student
from tests.api.conftest import Client
from tests.api.planning import UNKNOWN, add_sheet, add_students, same_but_id
from tests.cast import TONIGHT, Cast

WRONG = ("homeroom", "maths_teacher", "grade_head", "prep_maths", "other_office", "mother", "ada", "officer")
ROSTER = Path(__file__).parents[1] / "data" / "roster_plain.xlsx"


class TestExports:
    @pytest.fixture(autouse=True)
    def evening(self, engine: sa.Engine, cast: Cast, clock: FrozenClock) -> None:
        """Six of 三(1)班 and two of 七(1)班 submitted; a class is called like a formula."""
        with engine.begin() as connection:
            connection.execute(sa.update(Class).where(Class.id == cast.class_31.id).values(name="=1+1"))
        for place, count in ((cast.class_31, 6), (cast.class_71, 2)):
            for pupil in add_students(engine, place, cast.shiyan.id, count):
                add_sheet(engine, cast.shiyan.id, place.id, pupil, TONIGHT, 40)
        clock.advance(days=1)

    def export(self, client: Client, cast: Cast, who: str = "office", **body: Any) -> Any:
        """Export the school's figures."""
        return client.as_(getattr(cast, who)).post(f"/schools/{cast.shiyan.id}/exports", body)

    def test_a_workbook_holds_text_as_text_and_withholds_small_groups(self, client: Client, cast: Cast) -> None:
        answer = self.export(client, cast)
        assert answer.headers["Content-Disposition"] == 'attachment; filename="nightsheet-figures.xlsx"'
        sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
        lines = {row[3]: row for row in sheet.iter_rows(values_only=True)}
        formula = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1")
        assert formula.data_type == "s"
        assert lines["班级"][4] == "已交人数"
        assert lines["七(1)班"][4:12] == (None,) * 8
        assert lines["七(1)班"][12] == "人数过少，不显示"

    def test_a_table_of_commas_defuses_formulas_and_opens_in_a_spreadsheet(self, client: Client, cast: Cast) -> None:
        answer = self.export(client, cast, format="csv")
        assert answer.mimetype == "text/csv"
        text = answer.data.decode("utf-8")
        assert text.startswith("\ufeff从,到")
        assert ",'=1+1," in text

    @pytest.mark.parametrize("who", WRONG)
    def test_only_the_academic_office(self, client: Client, cast: Cast, who: str) -> None:
        refused = self.export(client, cast, who)
        unknown = client.as_(getattr(cast, who)).post(f"/schools/{UNKNOWN}/exports", {})
        assert (refused.status_code, same_but_id(refused)) == (404, same_but_id(unknown))

    @pytest.mark.parametrize("text", ["=cmd()", "+1", "-1", "@x", "＝cmd()", "＠x", "\n=1", "https://example.org"])
    def test_no_text_becomes_a_formula_or_a_link(self, text: str) -> None:
        cell = openpyxl.load_workbook(io.BytesIO(to_xlsx([[text]]))).worksheets[0]["A1"]
        assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
        written = next(csv.reader(io.StringIO(to_csv([[text]]).decode("utf-8-sig"), newline="")))[0]
        assert written == (text if text.startswith("https") else f"'{text}")


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
