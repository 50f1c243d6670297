"""What is inside a spreadsheet file before a spreadsheet library may open it.

A workbook is a zip of XML. Here its members are unpacked within a limit, each sheet is walked once for its real extent
and its hidden columns, and a clean copy is packed for the reader. Meaning of cells does not belong here.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
MAX_MEMBERS = 2_000
MAX_ROWS = 20_000
MAX_COLUMNS = 200

_READ = (".xml", ".rels", "mimetype")
_XML_TEXT = ("v", "is", "f")


class Unreadable(Exception):
    """The file cannot be read; ``code`` is the problem's code, ``sheet`` the sheet if one is to blame."""

    def __init__(self, code: str, sheet: str = "", **params: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.sheet = sheet
        self.params = params


@dataclass
class Extent:
    """How far a sheet's values reach (both counted, not indexed) and which columns (from 0) are hidden."""

    rows: int = 0
    columns: int = 0
    hidden: set[int] = field(default_factory=set)

    def reach(self, row: int, column: int, sheet: str) -> None:
        """Note a value at a position counted from 1. Raises Unreadable beyond the limits."""
        if row > MAX_ROWS:
            raise Unreadable("too_many_rows", sheet, limit=MAX_ROWS)
        if column > MAX_COLUMNS:
            raise Unreadable("too_many_columns", sheet, limit=MAX_COLUMNS)
        self.rows = max(self.rows, row)
        self.columns = max(self.columns, column)


def unpack(content: bytes) -> dict[str, bytes]:
    """The XML members of a zip by name; pictures and the like are left behind. Raises Unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _members(archive)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ValueError, OSError) as error:
        raise Unreadable("file_unreadable") from error
    except RuntimeError as error:  # zipfile says so of a member that is encrypted
        raise Unreadable("file_protected") from error


def _members(archive: zipfile.ZipFile) -> dict[str, bytes]:
    infos = [info for info in archive.infolist() if info.filename.lower().endswith(_READ)]
    if len(infos) > MAX_MEMBERS:
        raise Unreadable("file_unreadable")
    members: dict[str, bytes] = {}
    left = MAX_UNPACKED_BYTES
    for info in infos:
        with archive.open(info) as member:  # read at most what is left: the declared size may lie
            data = member.read(left + 1)
        left -= len(data)
        if left < 0:
            raise Unreadable("file_too_large", limit=MAX_UNPACKED_BYTES // 1024 // 1024)
        members[info.filename] = data
    return members


def pack(members: dict[str, bytes]) -> io.BytesIO:
    """A zip of exactly these members, uncompressed: what was checked is what the reader gets."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    packed.seek(0)
    return packed


def walk(xml: bytes, start: Callable[[str, dict[str, str]], None], end: Callable[[str], None] | None = None) -> None:
    """Call ``start(local name, attributes)`` for each element. A DOCTYPE is refused: no entity is ever expanded."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
    if end is not None:
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])

    def refuse(*_: object) -> None:
        raise Unreadable("file_unreadable")

    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError) as error:
        raise Unreadable("file_unreadable") from error


def xlsx_extents(members: dict[str, bytes]) -> dict[str, Extent]:
    """The extent of each worksheet by its title."""
    return {title: _xlsx_sheet(members[part], title) for title, part in _xlsx_parts(members).items() if part in members}


def _xlsx_parts(members: dict[str, bytes]) -> dict[str, str]:
    targets: dict[str, str] = {}
    titles: dict[str, str] = {}

    def relationship(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            link = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            titles[attributes.get("name", "")] = link

    walk(members.get("xl/_rels/workbook.xml.rels", b"<none/>"), relationship)
    walk(members["xl/workbook.xml"], sheet)
    return {
        title: posixpath.normpath(posixpath.join("/xl", targets.get(link, "")))[1:] for title, link in titles.items()
    }


def _xlsx_sheet(xml: bytes, title: str) -> Extent:
    extent = Extent()
    at = [0, 0]

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            at[:] = _position(attributes["r"]) if "r" in attributes else (at[0], at[1] + 1)
        elif name in _XML_TEXT:
            extent.reach(at[0], at[1], title)
        elif name == "row":
            at[:] = (int(attributes.get("r", at[0] + 1)), 0)
        elif name == "col" and attributes.get("hidden") in {"1", "true"}:
            first, last = int(attributes["min"]), int(attributes["max"])
            extent.hidden.update(range(first - 1, min(last, MAX_COLUMNS)))

    try:
        walk(xml, start)
    except (KeyError, ValueError) as error:
        raise Unreadable("file_unreadable") from error
    return extent


def _position(reference: str) -> tuple[int, int]:
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter.upper()) - 64
    return int(reference[len(letters) :]), column


def ods_extents(members: dict[str, bytes]) -> dict[str, Extent]:
    """The same for OpenDocument, where rows, columns and cells carry how often they are repeated."""
    walker = _OdsWalker()
    try:
        walk(members["content.xml"], walker.start, walker.end)
    except (KeyError, ValueError) as error:
        raise Unreadable("file_unreadable") from error
    return walker.extents


class _OdsWalker:
    """Counts rows and columns of every table as the elements go by."""

    def __init__(self) -> None:
        self.extents: dict[str, Extent] = {}
        self.title = ""
        self.row = self.repeat = self.cell = self.column = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table":
            self.title = attributes.get("table:name", "")
            self.extents[self.title] = Extent()
            self.row = self.column = 0
        elif name == "table-column":
            self._columns(attributes)
        elif name == "table-row":
            self.cell = 0
            self.repeat = int(attributes.get("table:number-rows-repeated", 1))
        elif name in {"table-cell", "covered-table-cell"}:
            self._cell(attributes)

    def end(self, name: str) -> None:
        if name == "table-row":
            self.row += self.repeat

    def _columns(self, attributes: dict[str, str]) -> None:
        repeat = int(attributes.get("table:number-columns-repeated", 1))
        if attributes.get("table:visibility") in {"collapse", "filter"}:
            hidden = range(self.column, min(self.column + repeat, MAX_COLUMNS))
            self.extents[self.title].hidden.update(hidden)
        self.column += repeat

    def _cell(self, attributes: dict[str, str]) -> None:
        self.cell += int(attributes.get("table:number-columns-repeated", 1))
        if "office:value-type" in attributes:
            self.extents[self.title].reach(self.row + self.repeat, self.cell, self.title)
