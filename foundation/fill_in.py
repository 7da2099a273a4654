"""Workbooks that people fill in and hand back: notes on the headings, lists to choose from, key columns that are locked.

Cells follow the rules of the export writer: typed as text, free of control characters, none that a spreadsheet would run.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.utility import xl_col_to_name

from foundation.formulas import guard, without_controls

_MAX_TEXT = 32_767
_MAX_MESSAGE = 250  # what a spreadsheet shows beside a cell
_MAX_NAME = 31
SPARE_ROWS = 500  # empty rows under the last one that have the same lists
LISTS = "lists"


@dataclass(frozen=True)
class FillColumn:
    """One column to be filled in: what it wants, and what may be chosen; ``is_strict`` refuses everything else while typing."""

    key: str
    label: str
    note: str = ""
    choices: tuple[str, ...] = ()
    is_strict: bool = False
    is_locked: bool = False
    width: int = 18


@dataclass(frozen=True)
class FillRow:
    """The cells of a row in the order of the columns; ``reasons`` say by place what is wrong with a cell."""

    cells: Sequence[str]
    reasons: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FillTable:
    """One worksheet to be filled in."""

    name: str
    columns: Sequence[FillColumn]
    rows: Iterable[FillRow]


class _Book:
    """The workbook while it is written; every list of choices stands once, on a hidden worksheet."""

    def __init__(self, target: io.BytesIO, title: str):
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.book = xlsxwriter.Workbook(target, {"in_memory": True, **options})
        # Equal content gives equal bytes: the time of writing stays out.
        self.book.set_properties({"title": title, "created": datetime(2020, 1, 1)})  # noqa: DTZ001  (the format has no zone)
        self.heading = self.book.add_format({"bold": True, "bottom": 1, "valign": "top", "text_wrap": True, "bg_color": "#E8EDF5", "locked": True})
        self.open = self.book.add_format({"num_format": "@", "locked": False, "valign": "top"})
        self.locked = self.book.add_format({"num_format": "@", "locked": True, "valign": "top", "font_color": "#8A94A6", "bg_color": "#F3F4F6"})
        self.wrong = self.book.add_format({"num_format": "@", "locked": False, "valign": "top", "bg_color": "#FDE2E0"})
        self.large = self.book.add_format({"bold": True, "font_size": 14, "text_wrap": True})
        self.plain = self.book.add_format({"text_wrap": True, "valign": "top"})
        self.lists: dict[tuple[str, ...], str] = {}
        self.waiting: list[tuple[str, ...]] = []

    def guide(self, name: str, title: str, lines: Sequence[str]) -> None:
        """The first worksheet: what this is about."""
        sheet = self.book.add_worksheet(_sheet_name(name))
        sheet.set_column(0, 0, 100)
        sheet.write_string(0, 0, guard(without_controls(title)), self.large)
        for place, line in enumerate(lines, start=2):
            sheet.write_string(place, 0, guard(without_controls(line)), self.plain)

    def table(self, table: FillTable, is_first: bool) -> None:
        """A worksheet with locked headings and key columns; everything else may be typed into."""
        sheet = self.book.add_worksheet(_sheet_name(table.name))
        if is_first:
            sheet.activate()
        for place, column in enumerate(table.columns):
            sheet.set_column(place, place, column.width, self.locked if column.is_locked else self.open)
            sheet.write_string(0, place, guard(without_controls(column.label)), self.heading)
            if column.note:
                sheet.write_comment(0, place, column.note, {"x_scale": 2})
        count = 0
        for count, row in enumerate(table.rows, start=1):
            self._row(sheet, count, table.columns, row)
        for place, column in enumerate(table.columns):
            if column.choices:
                self._offer(sheet, place, column, count + SPARE_ROWS)
        sheet.freeze_panes(1, 1)
        free = (
            "select_locked_cells",
            "select_unlocked_cells",
            "format_cells",
            "format_columns",
            "format_rows",
            "insert_rows",
            "delete_rows",
            "sort",
            "autofilter",
        )
        sheet.protect("", dict.fromkeys(free, True))

    def _row(self, sheet: Any, number: int, columns: Sequence[FillColumn], row: FillRow) -> None:
        for place, (cell, column) in enumerate(zip(row.cells, columns, strict=True)):
            look = self.wrong if place in row.reasons else self.locked if column.is_locked else self.open
            safe = guard(without_controls(str(cell)))[:_MAX_TEXT]
            if safe:
                sheet.write_string(number, place, safe, look)
            elif place in row.reasons:
                sheet.write_blank(number, place, None, look)
            if reason := row.reasons.get(place):
                sheet.write_comment(number, place, reason, {"x_scale": 2})

    def _offer(self, sheet: Any, place: int, column: FillColumn, last: int) -> None:
        if column.choices not in self.lists:
            letter = xl_col_to_name(len(self.lists), col_abs=True)
            self.lists[column.choices] = f"={LISTS}!{letter}$1:{letter}${len(column.choices)}"
            self.waiting.append(column.choices)
        sheet.data_validation(
            1,
            place,
            last,
            place,
            {
                "validate": "list",
                "source": self.lists[column.choices],
                "error_type": "stop" if column.is_strict else "information",
                "error_title": column.label[:32],
                "error_message": (_("Choose a value of the list.") if column.is_strict else _("This is not on the list; it is kept as you write it."))[
                    :_MAX_MESSAGE
                ],
            },
        )

    def close(self) -> None:
        """Write the lists, and the end of the file."""
        if self.waiting:
            sheet = self.book.add_worksheet(LISTS)
            for place, choices in enumerate(self.waiting):
                for number, choice in enumerate(choices):
                    sheet.write_string(number, place, guard(without_controls(choice)))
            sheet.hide()
        self.book.close()


def _sheet_name(name: str) -> str:
    return "".join(sign for sign in name if sign not in "[]:*?/\\'")[:_MAX_NAME].strip() or "Sheet"


def fill_in_xlsx(tables: Sequence[FillTable], *, title: str, guide: Sequence[str], guide_name: str) -> bytes:
    """A workbook to be filled in: the guide first, then a worksheet per table, of which the first is open."""
    buffer = io.BytesIO()
    book = _Book(buffer, title)
    book.guide(guide_name, title, guide)
    for place, table in enumerate(tables):
        book.table(table, place == 0)
    book.close()
    return buffer.getvalue()
