"""The one writer of CSV and XLSX: typed cells, headers in the reader's language, no cell that a spreadsheet would run.

Rows are read one by one and never kept, so an export of any length needs bounded memory.
"""

import csv
import io
import math
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Protocol

import xlsxwriter
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from foundation.formulas import guard, without_controls

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MAX_XLSX_ROWS = 1_000_000
_MAX_XLSX_TEXT = 32_767
_MAX_EXACT_DIGITS = 15  # a spreadsheet counts in binary floats: longer numbers would change
_CHUNK = 64 * 1024
_WIDTHS = {"date": 12, "datetime": 18, "money": 15, "number": 12}


class ColumnLike(Protocol):
    """What the writer asks of a column; the columns of lists serve as well."""

    @property
    def label(self) -> Any: ...
    @property
    def value(self) -> Any: ...
    @property
    def kind(self) -> Any: ...


@dataclass(frozen=True)
class Column:
    """One column: heading, where the value comes from (a dotted path or a callable) and its kind.

    Kinds: text, number, money (two decimals), date, datetime; any other kind is written as text.
    """

    label: Any
    value: str | Callable[[Any], Any]
    kind: str = "text"
    width: int = 0


def cell_of(row: Any, value: Any) -> Any:
    """A row's value for a column: what the callable gives, or the end of a dotted path through keys and attributes."""
    if callable(value):
        return value(row)
    found = row
    for part in str(value).replace("__", ".").split("."):
        if found is None:
            return None
        found = found.get(part) if isinstance(found, dict) else getattr(found, part, None)
        if callable(found):
            found = found()
    return found


def _typed(cell: Any) -> Any:
    """The cell as number, date, local naive time or text free of control characters."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return _("yes") if cell else _("no")
    if isinstance(cell, int | float | Decimal):
        return cell if math.isfinite(cell) else ""
    if isinstance(cell, datetime):
        return (timezone.localtime(cell) if timezone.is_aware(cell) else cell).replace(tzinfo=None)
    if isinstance(cell, date | time):
        return cell
    if isinstance(cell, list | tuple | set | QuerySet):
        return without_controls(", ".join(str(part) for part in cell))
    return without_controls(str(cell))


def _records(columns: Iterable[ColumnLike], rows: Iterable[Any]) -> Iterator[list[Any]]:
    values = [column.value for column in columns]
    if isinstance(rows, QuerySet):
        rows = rows.iterator(chunk_size=1000)
    for row in rows:
        yield [_typed(cell_of(row, value)) for value in values]


# --- CSV -----------------------------------------------------------------------------------------
def _csv_text(cell: Any, kind: Any) -> str:
    if isinstance(cell, str):
        return guard(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="minutes" if not cell.second else "seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if kind == "money" and isinstance(cell, Decimal):
        return f"{cell:f}"
    return f"{cell:f}" if isinstance(cell, Decimal) else repr(cell)


class _Echo:
    def write(self, text: str) -> str:
        return text


def csv_lines(columns: Iterable[ColumnLike], rows: Iterable[Any]) -> Iterator[bytes]:
    """The export line by line in UTF-8 with a byte-order mark, which Excel needs to read Chinese."""
    columns = list(columns)
    writer = csv.writer(_Echo())
    yield b"\xef\xbb\xbf" + str(writer.writerow([guard(without_controls(str(column.label))) for column in columns])).encode()
    for record in _records(columns, rows):
        line = writer.writerow([_csv_text(cell, column.kind) for cell, column in zip(record, columns, strict=True)])
        yield str(line).encode("utf-8", "replace")


def csv_bytes(columns: Iterable[ColumnLike], rows: Iterable[Any]) -> bytes:
    """A whole CSV in memory, for short exports and attachments."""
    return b"".join(csv_lines(columns, rows))


# --- XLSX ----------------------------------------------------------------------------------------
class _Workbook:
    """Writes rows on as many sheets as they need; only the current row is in memory."""

    def __init__(self, target: IO[bytes], columns: list[ColumnLike], title: str):
        self.book = xlsxwriter.Workbook(
            target,
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "nan_inf_to_errors": False,
            },
        )
        # Equal content gives equal bytes: the time of writing stays out.
        self.book.set_properties({"title": title, "created": datetime(2020, 1, 1)})  # noqa: DTZ001  (the format has no zone)
        self.columns, self.title = columns, title
        self.heading = self.book.add_format({"bold": True, "bottom": 1, "valign": "top"})
        self.formats = {
            "money": self.book.add_format({"num_format": "#,##0.00"}),
            "date": self.book.add_format({"num_format": "yyyy-mm-dd"}),
            "datetime": self.book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            "time": self.book.add_format({"num_format": "hh:mm"}),
        }
        self.count = 0
        self.open_sheet()

    def open_sheet(self) -> None:
        self.count += 1
        name = "".join(c for c in self.title if c not in "[]:*?/\\'")[:25].strip() or "Sheet"
        self.sheet = self.book.add_worksheet(name if self.count == 1 else f"{name} {self.count}")
        self.sheet.freeze_panes(1, 0)
        for place, column in enumerate(self.columns):
            self.sheet.set_column(
                place, place, getattr(column, "width", 0) or {"date": 12, "datetime": 18, "money": 15, "number": 12}.get(str(column.kind), 24)
            )
            self.sheet.write_string(0, place, guard(without_controls(str(column.label))), self.heading)
        self.row = 1

    def add(self, record: list[Any]) -> None:
        if self.row > _MAX_XLSX_ROWS:
            self.open_sheet()
        for place, (cell, column) in enumerate(zip(record, self.columns, strict=True)):
            self.write(place, cell, str(column.kind))
        self.row += 1

    def write(self, place: int, cell: Any, kind: str) -> None:
        if isinstance(cell, datetime):
            self.sheet.write_datetime(self.row, place, cell, self.formats["date" if kind == "date" else "datetime"])
        elif isinstance(cell, date):
            self.sheet.write_datetime(self.row, place, datetime.combine(cell, time()), self.formats["date"])
        elif isinstance(cell, time):
            self.sheet.write_datetime(self.row, place, cell, self.formats["time"])
        elif isinstance(cell, str):
            self.text(place, cell)
        elif len(Decimal(str(cell)).as_tuple().digits) > _MAX_EXACT_DIGITS and not isinstance(cell, float):
            self.text(place, f"{cell:f}" if isinstance(cell, Decimal) else str(cell))
        else:
            self.sheet.write_number(self.row, place, cell, self.formats["money"] if kind == "money" else None)

    def text(self, place: int, text: str) -> None:
        safe = guard(text)
        if safe:
            self.sheet.write_string(self.row, place, safe if len(safe) <= _MAX_XLSX_TEXT else safe[: _MAX_XLSX_TEXT - 1] + "…")


def write_xlsx(target: IO[bytes], columns: Iterable[ColumnLike], rows: Iterable[Any], *, title: str = "") -> int:
    """Write a workbook into an open binary file; gives the number of rows."""
    columns = list(columns)
    book = _Workbook(target, columns, title)
    number = 0
    for record in _records(columns, rows):
        book.add(record)
        number += 1
    book.book.close()
    return number


def xlsx_bytes(columns: Iterable[ColumnLike], rows: Iterable[Any], *, title: str = "") -> bytes:
    """A whole workbook in memory, for short exports and attachments."""
    buffer = io.BytesIO()
    write_xlsx(buffer, columns, rows, title=title)
    return buffer.getvalue()


# --- answers -------------------------------------------------------------------------------------
def stream_response(columns: Iterable[ColumnLike], rows: Iterable[Any], *, filename: str, kind: str = "csv", title: str = "") -> HttpResponseBase:
    """The export as a download; ``filename`` without ending, ``kind`` is csv or xlsx."""
    name = f"{clean_stem(filename)}.{kind}"
    response: HttpResponseBase
    if kind == "xlsx":
        file = tempfile.TemporaryFile()  # noqa: SIM115  (the response closes it)
        write_xlsx(file, columns, rows, title=title or filename)
        file.seek(0)
        response = FileResponse(file, as_attachment=True, filename=name, content_type=XLSX_TYPE)
    else:
        response = StreamingHttpResponse(_chunks(csv_lines(columns, rows)), content_type=CSV_TYPE)
        response.headers["Content-Disposition"] = FileResponse(io.BytesIO(), as_attachment=True, filename=name).headers["Content-Disposition"]
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def export_response(request: HttpRequest, rows: Iterable[Any], columns: Iterable[ColumnLike], filename: str) -> HttpResponseBase:
    """The export in the format that the address asks for: ``?export=xlsx``, CSV otherwise."""
    return stream_response(columns, rows, filename=filename, kind="xlsx" if request.GET.get("export") == "xlsx" else "csv")


def clean_stem(name: str) -> str:
    """A file name without folders, ending or characters that some system refuses; hanzi stay."""
    stem = Path(name.replace("\\", "/")).name
    return get_valid_filename(without_controls(stem).strip(". ") or "export")[:80]


def _chunks(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Lines gathered into chunks worth a network packet."""
    waiting = bytearray()
    for line in lines:
        waiting += line
        if len(waiting) >= _CHUNK:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)
