"""Tables that people bring: CSV in whatever encoding, XLSX, XLS and ODS, read row by row with typed cells.

``read_rows`` refuses what it cannot read with a sentence for the person; workbooks are parsed in a limited child process.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from foundation.archives import check_archive
from foundation.encodings import decode
from foundation.formulas import unguard
from foundation.integrity import Refused
from foundation.sandbox import MEBIBYTE, ChildFailed, Limits, run_child

MAX_ROWS = 200_000
MAX_COLUMNS = 500
MAX_CELL = 100_000
_LIMITS = Limits(memory=1536 * MEBIBYTE, cpu_seconds=30, wall_seconds=90, output=400 * MEBIBYTE)
_CHILD = Path(__file__).with_name("sheets_child.py")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class SheetRefused(Refused):
    """A table that cannot be read; the text says why and what to do."""

    status = 400


class Row(list):
    """The cells of one line; ``number`` is its line or row in the file, counted from 1."""

    def __init__(self, cells: list[Any], number: int):
        super().__init__(cells)
        self.number = number


@dataclass
class Sheet:
    """A table being read: trimmed headers, then ``rows`` once, as long as the headers at least; empty rows are left out."""

    headers: list[str]
    rows: Iterator[Row]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)

    def as_dicts(self) -> Iterator[dict[str, Any]]:
        """Rows as dictionaries by header; a header that occurs twice keeps its first cell."""
        for row in self.rows:
            found: dict[str, Any] = {}
            for header, cell in zip(self.headers, row, strict=False):
                found.setdefault(header, cell)
            yield found


def read_rows(file: IO[bytes], *, sheet: str = "", encoding: str = "") -> Sheet:
    """Read an open binary file, whatever its name says: by its content it is a workbook or text."""
    file.seek(0)
    start = file.read(8)
    file.seek(0)
    if start.startswith(_ZIP):
        names = check_archive(file)
        if not any(name.lower() in {"xl/workbook.xml", "content.xml", "xl/workbook.bin"} for name in names):
            raise SheetRefused(_("This is no workbook. Save it as XLSX or CSV."))
        return _workbook(file, sheet)
    if start == _OLE:
        return _workbook(file, sheet)
    return _text(file.read(), encoding)


# --- workbooks -----------------------------------------------------------------------------------
_SENTENCES = {
    "empty": lambda: _("The workbook has no sheet."),
    "no_sheet": lambda: _("The workbook has no sheet of that name."),
    "rows": lambda: _("The sheet has more than %(most)s rows. Split it.") % {"most": MAX_ROWS},
    "columns": lambda: _("The sheet has more than %(most)s columns.") % {"most": MAX_COLUMNS},
    "limit": lambda: _("The workbook needs too much memory or time to be read."),
    "unreadable": lambda: _("The workbook cannot be read. Open it in a spreadsheet program and save it again, without a password."),
}


def _workbook(file: IO[bytes], wanted: str) -> Sheet:
    stack = ExitStack()
    try:
        lines = stack.enter_context(run_child(_CHILD, wanted, str(MAX_ROWS), str(MAX_COLUMNS), stdin=file, limits=_LIMITS))
    except ChildFailed as failure:
        raise SheetRefused(
            _SENTENCES["unreadable"]() if failure.reason == "crash" else _("The workbook needs too much memory or time to be read.")
        ) from failure
    about = json.loads(lines.readline() or b'{"error": "unreadable"}')
    if "error" in about:
        stack.close()
        raise SheetRefused(_SENTENCES[about["error"]]())
    rows = _json_rows(lines, stack)
    headers, rest = _split_headers(rows)
    return Sheet(headers=headers, rows=rest, sheet=about["sheet"], sheets=about["sheets"])


def _json_rows(lines: IO[bytes], stack: ExitStack) -> Iterator[Row]:
    with stack:
        for line in lines:
            number, cells = json.loads(line)
            yield Row([_cell(cell) for cell in cells], number)


def _cell(cell: Any) -> Any:
    if isinstance(cell, str):
        return unguard(cell.replace("\r\n", "\n")[:MAX_CELL])
    if isinstance(cell, dict):
        if "t" in cell:
            return time.fromisoformat(cell["t"])
        return datetime.fromisoformat(cell["d"]) if "T" in cell["d"] else date.fromisoformat(cell["d"])
    return "" if cell is None else cell


# --- text ----------------------------------------------------------------------------------------
def _text(data: bytes, encoding: str) -> Sheet:
    text, name = decode(data, encoding)
    delimiter = _delimiter(text)
    rows = _csv_rows(text, delimiter)
    headers, rest = _split_headers(rows)
    return Sheet(headers=headers, rows=rest, encoding=name, delimiter=delimiter)


def _delimiter(text: str) -> str:
    """The sign that cuts the first lines most evenly, quoted parts left out."""
    sample = text[:20_000]
    if sample.lower().startswith("sep=") and len(sample) > 5:
        return sample[4]
    best, best_score = ",", 0.0
    for sign in ",;\t|":
        counts = Counter(len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=sign, strict=False) if row)
        columns, times = max(counts.items(), key=lambda pair: (pair[1] * (pair[0] > 1), pair[0]), default=(1, 0))
        score = times / max(sum(counts.values()), 1) + min(columns, 50) / 1000 if columns > 1 else 0.0
        if score > best_score:
            best, best_score = sign, score
    return best


def _csv_rows(text: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    before = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise SheetRefused(_("Line %(line)s cannot be read: a quotation mark is not closed or a cell is too long.") % {"line": before + 1}) from error
        if before == 0 and len(cells) <= 2 and cells and cells[0].lower().startswith("sep="):
            before = reader.line_num
            continue
        yield Row([unguard(cell.replace("\r\n", "\n")) for cell in cells], before + 1)
        before = reader.line_num


def _split_headers(rows: Iterator[Row]) -> tuple[list[str], Iterator[Row]]:
    for row in rows:
        if any(cell not in ("", None) for cell in row):
            headers = [str(cell).strip().lstrip("\ufeff") for cell in row]
            while headers and not headers[-1]:
                headers.pop()
            if len(headers) > MAX_COLUMNS:
                raise SheetRefused(_SENTENCES["columns"]())
            return headers, _padded(rows, len(headers))
    raise SheetRefused(_("The file is empty: its first row must hold the headings."))


def _padded(rows: Iterator[Row], width: int) -> Iterator[Row]:
    count = 0
    for row in rows:
        if not any(cell not in ("", None) for cell in row):
            continue
        count += 1
        if count > MAX_ROWS:
            raise SheetRefused(_SENTENCES["rows"]())
        while len(row) > width and row[-1] in ("", None):
            row.pop()
        row.extend([""] * (width - len(row)))
        yield row
