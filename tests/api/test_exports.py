"""Tables as files: worded, withheld as on the screen, safe to open; who may take which."""

import csv
import datetime as dt
import io
import uuid
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from backend.clock import FrozenClock
from backend.domain.load import Kind, Place, Tier
from backend.services.figures.export_tables import ExportOf, ExportTable
from backend.services.figures.spreadsheets import Sheet, sheets_to_csv, to_csv, to_xlsx
from backend.storage.models import Assignment, AssignmentState, AuditEvent, Class
from mobile_api.wording import LOCALES, catalogue
from tests.api.conftest import Client
from tests.api.planning import UNKNOWN, add_sheet, add_students, same_but_id
from tests.cast import TONIGHT, Cast

LINES = list[list[str]]
#: Nothing but words may stand in a file: what a program would call it.
CODES = ("maths", "english", "written", "standard", "basic", "home", "primary", "class_over_cap", "open", "True")
TABLES = {
    ExportOf.classes: {*ExportTable} - {ExportTable.upward, ExportTable.monthly},
    ExportOf.schools: {*ExportTable},
    ExportOf.districts: {*ExportTable} - {ExportTable.warnings, ExportTable.monthly},
}
CASES = [(of, table) for of in ExportOf for table in sorted(TABLES[of], key=lambda each: each.value)]


@pytest.fixture(autouse=True)
def evenings(engine: sa.Engine, cast: Cast, clock: FrozenClock) -> None:
    """Six of 三(1)班 over four nights, most over the cap, two of 七(1)班 once; a class is called like a formula."""
    with engine.begin() as connection:
        connection.execute(sa.update(Class).where(Class.id == cast.class_31.id).values(name="=1+1"))
    pupils = add_students(engine, cast.class_31, cast.shiyan.id, 6)
    for night in (TONIGHT - dt.timedelta(days=n) for n in (0, 1, 6, 7)):
        work = {"assignment_id": publish(engine, cast, night), "estimated_minutes": 50, "tier": Tier.standard}
        for pupil in pupils:
            add_sheet(engine, cast.shiyan.id, cast.class_31.id, pupil, night, 70, **work)
    for pupil in add_students(engine, cast.class_71, cast.shiyan.id, 2):
        add_sheet(engine, cast.shiyan.id, cast.class_71.id, pupil, TONIGHT, 40)
    clock.advance(days=1)


def publish(engine: sa.Engine, cast: Cast, night: dt.date) -> uuid.UUID:
    """Maths of one night."""
    row: dict[str, Any] = {"school_id": cast.shiyan.id, "id": uuid.uuid4(), "class_id": cast.class_31.id}
    row |= {"subject": "maths", "title": "口算", "kind": Kind.written, "place": Place.home, "given_on": night}
    row |= {"due_on": night + dt.timedelta(days=1), "state": AssignmentState.PUBLISHED}
    row |= {"created_by": cast.maths_teacher.id, "created_at": dt.datetime.combine(night, dt.time(8), dt.UTC)}
    with engine.begin() as connection:
        connection.execute(sa.insert(Assignment), row)
    found: uuid.UUID = row["id"]
    return found


def path_of(cast: Cast, of: ExportOf, id_: uuid.UUID | None = None) -> str:
    place = {ExportOf.classes: cast.class_31, ExportOf.schools: cast.shiyan, ExportOf.districts: cast.district}[of]
    return f"/{ {'class': 'classes'}.get(of.value, of.value + 's') }/{id_ or place.id}/exports"


def taken(client: Client, cast: Cast, who: str = "office", of: ExportOf = ExportOf.schools, **body: Any) -> LINES:
    """A table as CSV, parsed."""
    answer = client.as_(getattr(cast, who)).post(path_of(cast, of), {"format": "csv"} | body)
    assert answer.status_code == 200, answer.get_json()
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))


def reader_of(of: ExportOf) -> str:
    return {ExportOf.classes: "homeroom", ExportOf.schools: "office", ExportOf.districts: "officer"}[of]


class TestFiles:
    def test_a_workbook_holds_text_as_text_dates_as_dates_and_withholds_small_groups(
        self, client: Client, cast: Cast
    ) -> None:
        answer = client.as_(cast.office).post(path_of(cast, ExportOf.schools), {})
        assert answer.headers["Content-Disposition"] == 'attachment; filename="nightsheet-figures.xlsx"'
        sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0]
        formula = next(cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1")
        assert (sheet.title, formula.data_type) == ("每晚用时", "s")
        head, *lines = sheet.iter_rows(values_only=True)
        assert head[:6] == ("从", "到", "星期", "班级", "份数", "应有份数")
        small = next(line for line in lines if line[3] == "七(1)班" and line[-1])
        assert (small[0], small[2], set(small[4:-1]), small[-1]) == (
            dt.datetime.combine(TONIGHT, dt.time()),
            "周二",
            {None},
            "人数过少，不显示",
        )

    def test_a_table_of_commas_defuses_formulas_and_opens_in_a_spreadsheet(self, client: Client, cast: Cast) -> None:
        answer = client.as_(cast.office).post(path_of(cast, ExportOf.schools), {"format": "csv"})
        assert answer.mimetype == "text/csv"
        text = answer.data.decode("utf-8")
        assert text.startswith("\ufeff从,到")
        assert ",'=1+1," in text

    @pytest.mark.parametrize("text", ["=cmd()", "+1", "-1", "@x", "＝cmd()", "＠x", "\n=1", "https://example.org"])
    def test_no_text_becomes_a_formula_or_a_link(self, text: str) -> None:
        cell = openpyxl.load_workbook(io.BytesIO(to_xlsx([["head"], [text]]))).worksheets[0]["A2"]
        assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)
        written = next(csv.reader(io.StringIO(to_csv([[text]]).decode("utf-8-sig"), newline="")))[0]
        assert written == (text if text.startswith("https") else f"'{text}")

    def test_several_tables_of_commas_stand_below_each_other_under_their_titles(self) -> None:
        sheets = [Sheet("One", [["a"], [1]]), Sheet("Two", [["b"], [None]])]
        assert sheets_to_csv(sheets).decode("utf-8-sig").splitlines() == ["One", "a", "1", "", "Two", "b", '""']


class TestWords:
    @pytest.mark.parametrize("language", LOCALES)
    @pytest.mark.parametrize(("of", "table"), CASES)
    def test_no_table_has_a_code_in_a_cell(
        self, client: Client, cast: Cast, of: ExportOf, table: ExportTable, language: str
    ) -> None:
        reader = client.as_(getattr(cast, reader_of(of)))
        answer = reader.post(path_of(cast, of), {"table": table.value, "format": "csv", "language": language})
        lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
        assert len(lines) > 1 or table in {ExportTable.bedtimes, ExportTable.warnings}
        assert [cell for line in lines for cell in line if cell in CODES or "_" in cell] == []

    @pytest.mark.parametrize(
        ("language", "subject", "day", "kind", "tier"),
        [("zh-CN", "数学", "周二", "书面", "标准"), ("en", "Maths", "Tuesday", "Written", "Standard")],
    )
    def test_subject_weekday_kind_and_tier_are_said_in_the_askers_language(
        self, client: Client, cast: Cast, language: str, subject: str, day: str, kind: str, tier: str
    ) -> None:
        def first(by: str, table: str = "figures") -> list[str]:
            reader = client.as_(cast.homeroom)
            body = {"table": table, "by": by, "format": "csv", "language": language}
            answer = reader.post(path_of(cast, ExportOf.classes), body)
            return answer.data.decode("utf-8-sig").splitlines()[-1].split(",")

        assert first("subject")[0] == subject
        assert first("day")[2] == day
        assert first("kind")[0] == kind
        assert first("tier")[0] == tier
        assert first("day", "tiers")[2] == tier

    def test_grades_and_the_state_of_the_cap_are_said(self, client: Client, cast: Cast) -> None:
        upward = taken(client, cast, table="upward")
        assert ["小学", "三年级"] in [line[:2] for line in upward]
        assert upward[-1][0] == "合计"
        figures = taken(client, cast)
        state = figures[0].index("与上限比")
        assert {line[state] for line in figures[1:]} == {"超过上限", ""}

    def test_a_closed_warning_says_so(self, client: Client, cast: Cast) -> None:
        (warning,) = client.as_(cast.office).get(f"/schools/{cast.shiyan.id}/warnings").get_json()["items"]
        (line,) = taken(client, cast, table="warnings")[1:]
        assert (line[1], line[9], line[10]) == ("书面作业常超上限", "未处理", "")
        closing = f"/classes/{cast.class_31.id}/warnings/{warning['id']}/closing"
        client.as_(cast.office).put(closing, {"action": "=周二不留书面作业"})
        (line,) = taken(client, cast, table="warnings")[1:]
        assert (line[9], line[10]) == ("已处理", "'=周二不留书面作业")

    def test_every_word_a_file_may_need_is_in_both_languages(self) -> None:
        words = [{key for key in catalogue(language) if key.startswith("export.")} for language in LOCALES]
        assert words[0] == words[1]
        assert {f"export.table.{table.value}" for table in ExportTable} <= words[0]
        assert {f"export.{name}.{n}" for name, most in (("grade", 12), ("weekday", 7)) for n in range(1, most + 1)} <= (
            words[0]
        )


class TestFigures:
    """What stands in a file is what the screen's answer holds."""

    def test_the_report_upward_of_a_district(self, client: Client, cast: Cast) -> None:
        found = client.as_(cast.officer).get(f"/districts/{cast.district.id}/reports/upward").get_json()
        head, *lines = taken(client, cast, "officer", ExportOf.districts, table="upward")
        assert head[:2] == ["学校", "份数"]
        assert [line[0] for line in lines] == [*(each["name"] for each in found["schools"]), "合计"]
        school = lines[0]
        assert school[head.index("上限内学生占比%")] == str(found["schools"][0]["share_within_percent"])
        assert school[head.index("公示天数")] == str(found["schools"][0]["publication_days"])
        assert lines[-1][head.index("上交率 %")] == str(found["total"]["response_percent"])

    def test_the_month_is_a_workbook_with_a_sheet_a_part(self, client: Client, cast: Cast) -> None:
        found = client.as_(cast.office).get(f"/schools/{cast.shiyan.id}/reports/monthly").get_json()
        month = {"table": "monthly", "from": found["month"]}
        answer = client.as_(cast.office).post(path_of(cast, ExportOf.schools), month)
        book = openpyxl.load_workbook(io.BytesIO(answer.data))
        assert book.sheetnames == ["上报表", "各年级", "每周", "预估和实际", "睡眠", "在校和在家", "需要留意"]
        head, *weeks = book["每周"].iter_rows(values_only=True)
        assert [line[head.index("平均分钟")] for line in weeks] == [row["mean_minutes"] for row in found["weeks"]]
        grades = [line[:2] for line in book["各年级"].iter_rows(values_only=True)]
        assert grades[1][0] == "小学"
        assert grades[-1] == ("合计", None)
        warned = list(book["需要留意"].iter_rows(values_only=True))[1:]
        assert warned == [("书面作业常超上限", 1, 0)]

    def test_the_weeks_of_a_subject_and_the_whole(self, client: Client, cast: Cast) -> None:
        path = f"/classes/{cast.class_31.id}/trends/estimates"
        (maths,) = client.as_(cast.homeroom).get(path).get_json()["subjects"]
        head, *lines = taken(client, cast, "homeroom", ExportOf.classes, table="calibration_weeks")
        at = head.index("中位数分钟")
        expected = [*(str(week["median_minutes"]) for week in maths["weeks"]), str(maths["median_minutes"])]
        assert [line[at] for line in lines] == expected == ["70", "70", "70"]

    def test_subjects_come_in_the_schools_own_order(self, client: Client, cast: Cast, engine: sa.Engine) -> None:
        pupils = add_students(engine, cast.class_32, cast.shiyan.id, 6)
        for number, subject in enumerate(("english", "chinese", "maths"), start=1):
            for pupil in pupils:
                night = TONIGHT - dt.timedelta(days=number)
                add_sheet(engine, cast.shiyan.id, cast.class_32.id, pupil, night, 20, subject=subject)
        lines = taken(client, cast, table="heat_map")[1:]
        assert list(dict.fromkeys(line[0] for line in lines)) == ["语文", "数学", "英语"]

    def test_coverage_stands_beside_every_mean(self, client: Client, cast: Cast) -> None:
        head, *lines = taken(client, cast, "homeroom", ExportOf.classes)
        for line in lines:
            n, enrolled, share = (int(line[head.index(name)]) for name in ("份数", "应有份数", "上交率 %"))
            assert share == int(100 * n / enrolled + 0.5)


class TestWho:
    """Whoever sees figures on the screen may take them home, and nobody else."""

    @pytest.mark.parametrize("who", ["homeroom", "maths_teacher", "prep_maths", "other_office", "mother", "ada"])
    def test_a_schools_are_for_its_office_grade_heads_and_officer(self, client: Client, cast: Cast, who: str) -> None:
        asks = client.as_(getattr(cast, who))
        refused, unknown = (asks.post(path_of(cast, ExportOf.schools, each), {}) for each in (None, UNKNOWN))
        assert (refused.status_code, same_but_id(refused)) == (404, same_but_id(unknown))

    @pytest.mark.parametrize("who", ["homeroom_32", "prep_maths", "other_office", "officer", "mother"])
    def test_a_classs_are_for_those_who_see_its_trends(self, client: Client, cast: Cast, who: str) -> None:
        asks = client.as_(getattr(cast, who))
        refused, unknown = (asks.post(path_of(cast, ExportOf.classes, each), {}) for each in (None, UNKNOWN))
        assert (refused.status_code, same_but_id(refused)) == (404, same_but_id(unknown))

    @pytest.mark.parametrize("who", ["office", "grade_head", "homeroom", "mother"])
    def test_a_districts_are_for_its_officer(self, client: Client, cast: Cast, who: str) -> None:
        asks = client.as_(getattr(cast, who))
        refused, unknown = (asks.post(path_of(cast, ExportOf.districts, each), {}) for each in (None, UNKNOWN))
        assert (refused.status_code, same_but_id(refused)) == (404, same_but_id(unknown))

    def test_a_grade_head_gets_the_own_grade(self, client: Client, cast: Cast) -> None:
        classes = {line[3] for line in taken(client, cast, "grade_head")[1:]}
        assert classes
        assert "七(1)班" not in classes
        assert "七(1)班" in {line[3] for line in taken(client, cast)[1:]}

    def test_a_subject_teacher_gets_the_own_subject_and_no_total(self, client: Client, cast: Cast) -> None:
        of = ExportOf.classes
        assert [line[0] for line in taken(client, cast, "maths_teacher", of, by="subject")[1:]] == ["数学"]
        assert taken(client, cast, "english_teacher", of, by="subject")[1:] == []
        for table in ("sleep", "places", "distribution", "bedtimes"):
            assert taken(client, cast, "maths_teacher", of, table=table)[1:] == []

    @pytest.mark.parametrize(
        ("who", "of", "table"),
        [
            ("homeroom", ExportOf.classes, "upward"),
            ("maths_teacher", ExportOf.classes, "warnings"),
            ("officer", ExportOf.schools, "warnings"),
            ("officer", ExportOf.districts, "warnings"),
            ("officer", ExportOf.districts, "monthly"),
        ],
    )
    def test_a_table_that_is_not_for_one_is_refused_by_name(
        self, client: Client, cast: Cast, who: str, of: ExportOf, table: str
    ) -> None:
        answer = client.as_(getattr(cast, who)).post(path_of(cast, of), {"table": table})
        assert answer.status_code == 422
        assert [(each["path"], each["code"]) for each in answer.get_json()["errors"]] == [("table", "not_here")]

    def test_what_goes_out_is_in_the_log_of_every_school(self, client: Client, cast: Cast, engine: sa.Engine) -> None:
        taken(client, cast, "officer", ExportOf.districts, table="upward")
        taken(client, cast, "homeroom", ExportOf.classes, table="sleep")
        with engine.connect() as connection:
            logged = connection.execute(
                sa.select(AuditEvent.action, AuditEvent.school_id, AuditEvent.class_id).where(
                    AuditEvent.action.endswith(".exported")
                )
            ).all()
        assert ("district.exported", cast.shiyan.id, None) in logged
        assert ("class.exported", cast.shiyan.id, cast.class_31.id) in logged

    def test_the_log_says_of_which_grade_a_file_was(self, client: Client, cast: Cast, engine: sa.Engine) -> None:
        taken(client, cast, "office", table="upward", stage="primary", grade=3)
        taken(client, cast, "office", table="figures", grade=7)
        taken(client, cast, "office", table="figures")
        with engine.connect() as connection:
            logged = sa.select(AuditEvent.details).where(AuditEvent.action == "school.exported")
            narrowed = [(each.get("stage"), each.get("grade")) for each in connection.scalars(logged)]
        assert sorted(narrowed, key=str) == [("primary", 3), (None, 7), (None, None)]
