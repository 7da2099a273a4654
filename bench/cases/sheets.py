"""What our doors cost beside the library behind them: reading and writing a workbook of 20,000 rows."""

import io

import xlsxwriter
from python_calamine import CalamineWorkbook

from bench.frame import Figure, interleaved
from foundation.exports import Column, xlsx_bytes
from foundation.sheets import read_rows

DATABASE_FREE = True
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


def workbooks(stand):
    yield Figure("write 20,000 rows, ours : xlsxwriter", interleaved(our_write, plain_write, ROUNDS), 4.0)
    data = plain_write()
    ratio = interleaved(
        lambda: sum(1 for _row in read_rows(io.BytesIO(data)).rows),
        lambda: len(CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()),
        ROUNDS,
    )
    yield Figure("read 20,000 rows, ours in its child : calamine", ratio, 30.0)


CASES = [workbooks]
