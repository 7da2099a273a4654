"""Runs alone in a limited child process: a workbook on standard input, its rows as lines of JSON on standard output.

First line: {"sheets": […], "sheet": name}, then one list per row; dates as {"d": iso}, times of day as {"t": iso}.
"""

import datetime
import io
import json
import math
import sys
from typing import Any


def plain(cell: Any) -> Any:
    if isinstance(cell, bool | str | int):
        return cell
    if isinstance(cell, float):
        if not math.isfinite(cell):
            return None
        return int(cell) if cell.is_integer() and abs(cell) < 1e15 else cell
    if isinstance(cell, datetime.datetime):
        return {"d": cell.date().isoformat()} if cell.time() == datetime.time() else {"d": cell.isoformat()}
    if isinstance(cell, datetime.date):
        return {"d": cell.isoformat()}
    if isinstance(cell, datetime.time):
        return {"t": cell.isoformat()}
    return None if cell is None else str(cell)


def main(wanted: str, most_rows: int, most_columns: int) -> dict[str, str] | None:
    from python_calamine import CalamineWorkbook, SheetVisibleEnum  # noqa: PLC0415  (inside the limits)

    book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    shown = [meta.name for meta in book.sheets_metadata if meta.visible == SheetVisibleEnum.Visible] or list(book.sheet_names)
    if not shown:
        return {"error": "empty"}
    if wanted and wanted not in book.sheet_names:
        return {"error": "no_sheet"}
    # Without a wish, the first sheet that people see and that holds anything.
    for name in [wanted] if wanted else shown:
        sheet = book.get_sheet_by_name(name)
        if sheet.total_height:
            break
    if sheet.total_height > most_rows:
        return {"error": "rows"}
    if sheet.total_width > most_columns:
        return {"error": "columns"}
    out = sys.stdout
    out.write(json.dumps({"sheets": shown, "sheet": name}) + "\n")
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [plain(cell) for cell in row]
        out.write(json.dumps([number, cells]) + "\n")
    return None


if __name__ == "__main__":
    # A panic of the Rust parser is a BaseException of its own.
    try:
        problem = main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001
        problem = {"error": "unreadable", "details": f"{type(error).__name__}: {error}"[:300]}
    if problem:
        sys.stdout.write(json.dumps(problem) + "\n")
