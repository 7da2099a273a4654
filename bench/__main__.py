"""What our doors cost beside the library behind them: reading and writing a workbook of 20,000 rows."""

import io
import sys
import time
from statistics import median

import django

django.setup()

import xlsxwriter  # noqa: E402
from python_calamine import CalamineWorkbook  # noqa: E402

from foundation.exports import Column, xlsx_bytes  # noqa: E402
from foundation.sheets import read_rows  # noqa: E402

ROWS = [{"name": f"青山科技{n}有限公司", "phone": f"021-{n:08d}", "amount": n} for n in range(20_000)]
ROUNDS = 3


def plain_write():
    """xlsxwriter alone, in constant memory."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"constant_memory": True, "in_memory": True})
    sheet = book.add_worksheet()
    for place, row in enumerate(ROWS):
        sheet.write_row(place, 0, list(row.values()))
    book.close()
    return target.getvalue()


def our_write():
    """The export writer with its formula guard and typed cells."""
    return xlsx_bytes([Column(key, lambda row, key=key: row[key]) for key in ROWS[0]], ROWS)


def timed(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main():
    data = plain_write()
    pairs = {
        "write 20,000 rows, ours : xlsxwriter": (our_write, plain_write, 4.0),
        "read 20,000 rows, ours in its child : calamine": (
            lambda: sum(1 for _row in read_rows(io.BytesIO(data)).rows),
            lambda: len(CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()),
            30.0,
        ),
    }
    failed = 0
    for name, (ours, plain, limit) in pairs.items():
        ratio = median(timed(ours) / timed(plain) for _round in range(ROUNDS))
        verdict = "ok" if ratio <= limit else "over"
        failed += verdict == "over"
        print(f"{name:<50} {ratio:6.1f}   limit {limit:5.1f}   {verdict}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
