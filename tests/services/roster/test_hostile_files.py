"""Files that are wrong, broken or meant to harm: one clear problem each, never a traceback, nothing kept."""

from __future__ import annotations

import io
import random
import re
import time
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest

from backend.services.roster.problems import Severity
from backend.services.roster.reading import read_roster
from backend.services.roster.rows import RosterFile
from tests.services.roster.workbooks import ADA, DATA, HEADER, codes, found, read, shared, xlsx

IDENTITY = "110101201405062318"


def read_bytes(content: bytes, name: str = "roster.xlsx") -> RosterFile:
    return read_roster(content, name, school_year=2026)


def altered(content: bytes, member: str, change: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info.filename, change(data) if info.filename == member else data)
    return out.getvalue()


def sheet_with(change: Callable[[bytes], bytes]) -> bytes:
    return altered(xlsx(HEADER, ADA), "xl/worksheets/sheet1.xml", change)


def zip_of(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\x00" * 100, "file_wrong_type"),
        (b"%PDF-1.7\n\x01\x02", "file_wrong_type"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "file_wrong_type"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "file_wrong_type"),
        (b"PK\x03\x04 and then nonsense", "file_unreadable"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\x00" * 600, "file_unreadable"),
        (b"\xff\xfe\x00", "file_unreadable"),
        (b"\xff\xff\xff\xff", "file_wrong_type"),
        (zip_of(**{"word__document.xml": b"<w/>"}), "file_wrong_type"),
        (b"hello", "no_header"),
    ],
)
def test_what_is_no_roster_gives_one_problem(content: bytes, code: str) -> None:
    roster = read_bytes(content)
    assert [(p.code, p.severity) for p in roster.problems if p.severity is Severity.REFUSED] == [
        (code, Severity.REFUSED)
    ]
    assert roster.rows == []


def test_a_file_over_ten_megabytes_is_refused_unread() -> None:
    assert codes(read_bytes(b"PK" + b"\x00" * (10 * 1024 * 1024))) == ["file_too_large"]


def test_a_workbook_cut_short_anywhere_is_one_problem() -> None:
    whole = shared("plain")
    for length in range(100, len(whole), 997):
        assert codes(read_bytes(whole[:length])) == ["file_unreadable"]


def test_a_workbook_with_flipped_bytes_never_raises() -> None:
    dice, whole = random.Random(5), shared("bureau")
    for _ in range(60):
        broken = bytearray(whole)
        for _ in range(dice.randrange(1, 6)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        read_bytes(bytes(broken))


def test_a_zip_that_swells_is_stopped_at_the_limit() -> None:
    bomb = zip_of(**{"xl__workbook.xml": b" " * (101 * 1024 * 1024)})
    assert len(bomb) < 200_000
    assert codes(read_bytes(bomb)) == ["file_too_large"]


def test_one_cell_far_away_does_not_make_a_grid_of_billions() -> None:
    far = sheet_with(
        lambda xml: xml.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')
    )
    tracemalloc.start()
    roster = read_bytes(far)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found(roster) == [(None, None, "too_many_rows", "refused")]
    assert peak < 20_000_000


def test_a_cell_beyond_the_columns_is_refused() -> None:
    wide = sheet_with(lambda xml: xml.replace(b"</sheetData>", b'<row r="9"><c r="ZZ9"><v>1</v></c></row></sheetData>'))
    assert codes(read_bytes(wide)) == ["too_many_columns"]


def test_empty_formatted_rows_to_the_end_of_the_sheet_are_no_rows() -> None:
    formatted = sheet_with(
        lambda xml: xml.replace(b"</sheetData>", b'<row r="1048576"><c r="A1048576" s="1"/></row></sheetData>')
    )
    roster = read_bytes(formatted)
    assert (len(roster.rows), codes(roster)) == (1, [])


def test_entities_are_never_expanded() -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    assert codes(read_bytes(sheet_with(lambda xml: laughs + xml))) == ["file_unreadable"]


def test_more_rows_than_the_limit_are_refused() -> None:
    lines = ["学号,姓名,班级", *(f"{n},甲,三(1)班" for n in range(20_001))]
    assert codes(read_bytes("\n".join(lines).encode(), "roster.csv")) == ["too_many_rows"]


def test_hidden_columns_are_not_read_even_when_they_are_known_ones() -> None:
    def hide(sheet: object) -> None:
        sheet.column_dimensions["D"].hidden = True  # type: ignore[attr-defined]
        sheet.column_dimensions["F"].hidden = True  # type: ignore[attr-defined]

    roster = read_bytes(xlsx(HEADER, ADA, change=hide))
    assert "周景辰" not in repr([vars(row) for row in roster.rows])
    assert "15000001537" not in repr([vars(row) for row in roster.rows])


def test_a_hidden_class_column_is_named_as_the_reason() -> None:
    def hide(sheet: object) -> None:
        sheet.column_dimensions["C"].hidden = True  # type: ignore[attr-defined]

    roster = read_bytes(xlsx(HEADER, ADA, change=hide))
    assert codes(roster) == ["no_class_column"]
    assert "隐藏的列不读取" in roster.problems[0].message()


def test_a_hidden_sheet_is_not_read_and_told() -> None:
    def hide(sheet: object) -> None:
        other = sheet.parent.create_sheet("旧名单")  # type: ignore[attr-defined]
        other.append(HEADER)
        other.append(["9", "旧生", "三(1)班", "旧母", "母亲", "13000000009"])
        other.sheet_state = "hidden"

    roster = read_bytes(xlsx(HEADER, ADA, change=hide))
    assert [row.name for row in roster.rows] == ["周思"]
    assert [(p.sheet, p.code) for p in roster.problems] == [("旧名单", "sheet_hidden")]


@pytest.mark.parametrize(
    "written",
    [IDENTITY, "11010120140506231X", "１１０１０１２０１４０５０６２３１８", "110101 20140506 2318", int(IDENTITY)],
)
@pytest.mark.parametrize("column", range(6))
def test_an_identity_number_is_kept_from_no_column_at_all(written: object, column: int) -> None:
    row: list[object] = list(ADA)
    row[column] = written
    roster = read(HEADER, row)
    everything = repr([vars(r) for r in roster.rows]) + "".join(p.message() + p.message("en") for p in roster.problems)
    assert not re.search(r"20140506|1101012", everything)


def test_an_identity_number_beside_a_name_is_cut_out_of_it() -> None:
    roster = read(HEADER, [ADA[0], f"周思{IDENTITY}", *ADA[2:]])
    assert [row.name for row in roster.rows] == ["周思"]


def test_a_national_number_in_the_column_of_school_numbers_is_national() -> None:
    (row,) = read(HEADER, [f"G{IDENTITY}", *ADA[1:]]).rows
    assert (row.number, row.national_number) == (None, f"G{IDENTITY}")
    assert IDENTITY not in repr(row)


def test_formulas_are_not_read_as_text_and_nothing_is_computed() -> None:
    roster = read(HEADER, ADA, ["=1+1", '=HYPERLINK("http://evil")', "=A1", "=B1", "=C1", "=D1"])
    assert [row.name for row in roster.rows] == ["周思"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_csv_file_in_any_usual_encoding(encoding: str, delimiter: str) -> None:
    text = "\r\n".join(delimiter.join(cells) for cells in ([*HEADER], [*ADA[:5], f'="{ADA[5]}"']))
    roster = read_bytes(text.encode(encoding), "名单.csv")
    assert [(row.sheet, row.name, row.guardians[0].telephone) for row in roster.rows] == [("名单", "周思", ADA[5])]
    assert codes(roster) == []


def test_nul_and_lone_surrogates_in_a_csv_are_refused() -> None:
    assert codes(read_bytes("姓名,班级\n甲\x00,3.1".encode())) == ["file_wrong_type"]
    assert codes(read_bytes("姓名,班级\n甲".encode("utf-16") + b"\x00\xd8\x41\x00")) == ["file_unreadable"]


def test_two_thousand_rows_take_well_under_a_second() -> None:
    rows = [
        [f"2026{n:05}", f"甲{chr(0x4E00 + n)}", f"三({n % 20 + 1})班", f"乙{chr(0x4E00 + n)}", "母亲", f"138{n:08}"]
        for n in range(2000)
    ]
    content = xlsx(HEADER, *rows)
    began = time.process_time()
    roster = read_bytes(content)
    assert time.process_time() - began < 0.8
    assert (len(roster.rows), roster.problems) == (2000, [])


def test_an_xls_file_is_read_and_says_that_hidden_columns_cannot_be_told() -> None:
    roster = read_bytes((DATA / "roster_old_format.xls").read_bytes(), "roster.xls")
    (row,) = roster.rows
    assert (row.row, row.number, row.class_key.grade, row.guardians[0].telephone) == (3, "202601", 3, "15000001537")
    assert codes(roster) == ["hidden_columns_unknown"]


def ods(*rows: list[str], column: str = "<table:table-column/>") -> bytes:
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    body = f'<table:table table:name="名单">{column}{cells}</table:table>'
    sheet = f"<office:body><office:spreadsheet>{body}</office:spreadsheet></office:body>"
    content = f"<office:document-content {spaces}>{sheet}</office:document-content>"
    manifest = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    kind = b"application/vnd.oasis.opendocument.spreadsheet"
    return zip_of(**{"mimetype": kind, "META-INF__manifest.xml": manifest, "content.xml": content.encode()})


def test_an_opendocument_file_is_read_without_its_hidden_columns() -> None:
    hidden = '<table:table-column table:number-columns-repeated="5"/><table:table-column table:visibility="collapse"/>'
    assert [row.guardians[0].telephone for row in read_bytes(ods(HEADER, ADA)).rows] == [ADA[5]]
    assert [row.guardians[0].telephone for row in read_bytes(ods(HEADER, ADA, column=hidden)).rows] == [None]


def test_an_opendocument_row_repeated_a_million_times_is_refused() -> None:
    many = ods(HEADER, ADA)
    with zipfile.ZipFile(io.BytesIO(many)) as archive:
        xml = archive.read("content.xml").decode()
    first, second = xml.split("<table:table-row>", 2)[0:2], xml.split("<table:table-row>", 2)[2]
    xml = "<table:table-row>".join(first) + '<table:table-row table:number-rows-repeated="1000000">' + second
    assert codes(read_bytes(altered(many, "content.xml", lambda _: xml.encode()))) == ["too_many_rows"]
