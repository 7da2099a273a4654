"""Tables that people bring: CSV in whatever encoding, vCard, XLSX, XLS and ODS, read row by row with typed cells.

``read_rows`` refuses what it cannot read with a sentence for the person; workbooks are parsed in a limited child process.
"""

import codecs
import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from foundation import vcards
from foundation.archives import check_archive
from foundation.encodings import decode, detect
from foundation.formulas import unguard
from foundation.integrity import Refused
from foundation.sandbox import MEBIBYTE, ChildFailed, Limits, run_child

MAX_ROWS = 200_000
MAX_COLUMNS = 500
MAX_CELL = 100_000
_WHOLE = 4 * MEBIBYTE
_SAMPLE = 20_000
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
    is_cards: bool = False

    def as_dicts(self) -> Iterator[dict[str, Any]]:
        """Rows as dictionaries by header; a header that occurs twice keeps its first cell."""
        for row in self.rows:
            found: dict[str, Any] = {}
            for header, cell in zip(self.headers, row, strict=False):
                found.setdefault(header, cell)
            yield found


def read_rows(file: IO[bytes], *, sheet: str = "", encoding: str = "", delimiter: str = "", headings: bool = True) -> Sheet:
    """Read an open binary file, whatever its name says: by its content it is a workbook, business cards or text.

    Without ``headings`` no row is taken for the headings: all of them are in ``rows``, as wide as they came.
    """
    file.seek(0)
    start = file.read(8)
    file.seek(0)
    if start.startswith(_ZIP):
        names = check_archive(file)
        if not any(name.lower() in {"xl/workbook.xml", "content.xml", "xl/workbook.bin"} for name in names):
            raise SheetRefused(_("This is no workbook. Save it as XLSX or CSV."))
        return _workbook(file, sheet, headings)
    if start == _OLE:
        return _workbook(file, sheet, headings)
    return _text(file, encoding, delimiter, headings)


# --- workbooks -----------------------------------------------------------------------------------
_SENTENCES = {
    "empty": lambda: _("The workbook has no sheet."),
    "no_sheet": lambda: _("The workbook has no sheet of that name."),
    "rows": lambda: _("The sheet has more than %(most)s rows. Split it.") % {"most": MAX_ROWS},
    "columns": lambda: _("The sheet has more than %(most)s columns.") % {"most": MAX_COLUMNS},
    "limit": lambda: _("The workbook needs too much memory or time to be read."),
    "unreadable": lambda: _("The workbook cannot be read. Open it in a spreadsheet program and save it again, without a password."),
}


def _workbook(file: IO[bytes], wanted: str, headings: bool) -> Sheet:
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
    headers, rest = _split_headers(rows) if headings else ([], _padded(rows, 0, MAX_ROWS + 1))
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
def _text(file: IO[bytes], encoding: str, delimiter: str, headings: bool) -> Sheet:
    file.seek(0)
    data = file.read(_WHOLE + 1)
    if len(data) <= _WHOLE:
        text, name = decode(data, encoding)
        lines: Iterable[str]
        start, lines = text[:_SAMPLE], io.StringIO(text, newline="")
    else:  # a long file is never in memory as a whole
        name = detect(file, encoding)
        file.seek(0)
        start = codecs.getincrementaldecoder(name)().decode(file.read(4 * _SAMPLE))[:_SAMPLE].lstrip("\ufeff")
        lines = _lines(file, name)
    if is_vcard(start):
        found = vcard_rows(lines)
        delimiter = ""
    else:
        delimiter = delimiter or _delimiter(start)
        found = _csv_rows(lines, delimiter)
    headers, rest = _split_headers(found) if headings else ([], _padded(found, 0, MAX_ROWS + 1))
    return Sheet(headers=headers, rows=rest, encoding=name, delimiter=delimiter, is_cards=is_vcard(start))


def _lines(file: IO[bytes], encoding: str) -> Iterator[str]:
    """The lines of a long file as they are read; the file stays open for who brought it."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")  # type: ignore[type-var]
    try:
        yield from text
    finally:
        text.detach()


def is_vcard(start: str) -> bool:
    """Whether a text begins like a business card."""
    return start.lstrip().upper().startswith("BEGIN:VCARD")


def vcard_rows(lines: Iterable[str]) -> Iterator[Row]:
    """Business cards as rows under fixed headings, which is the first row."""
    yield Row(list(vcards.HEADINGS), 1)
    for number, cells in vcards.read_cards(lines):
        yield Row(list(cells), number)


def _delimiter(text: str) -> str:
    """The sign that cuts the first lines most evenly, quoted parts left out."""
    sample = text
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


def _unmarked(lines: Iterable[str]) -> Iterator[str]:
    """Lines without the byte-order mark before the first."""
    for number, line in enumerate(lines):
        yield line.lstrip("\ufeff") if number == 0 else line


def _csv_rows(lines: Iterable[str], delimiter: str) -> Iterator[Row]:
    reader = csv.reader(_unmarked(lines), delimiter=delimiter, strict=False)
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
            return headers, _padded(rows, len(headers), MAX_ROWS)
    raise SheetRefused(_("The file is empty: its first row must hold the headings."))


def _padded(rows: Iterator[Row], width: int, most: int) -> Iterator[Row]:
    count = 0
    for row in rows:
        if not any(cell not in ("", None) for cell in row):
            continue
        count += 1
        if count > most:
            raise SheetRefused(_SENTENCES["rows"]())
        if len(row) > MAX_COLUMNS:
            raise SheetRefused(_SENTENCES["columns"]())
        while len(row) > width and row[-1] in ("", None):
            row.pop()
        row.extend([""] * (width - len(row)))
        yield row
