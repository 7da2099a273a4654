import csv
import io
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace

import openpyxl
import pytest
from django.test import RequestFactory
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.exports import Column, csv_bytes, csv_lines, export_response, xlsx_bytes
from foundation.formulas import guard, is_risky, unguard
from foundation.sheets import read_rows

DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "\t=1",
    "\r=1",
    "\n=1",
    "\x00=1",
    " =1",
    "'=1",
    '"=1',
    "\ufeff=1",
    "\u3000=1",
    "\u200b=cmd|' /C calc'!A0",
    "−1",
]
COLUMNS = [Column("编号", "code"), Column("名称", "name"), Column("数", "count", "number")]


@pytest.mark.parametrize("text", DANGEROUS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_exports_never_start_a_formula(text, kind):
    data = (csv_bytes if kind == "csv" else xlsx_bytes)([Column(text, "a")], [{"a": text}])
    if kind == "csv":
        cells = [cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")) for cell in row]
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(data)).active
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
        cells = [cell.value for row in sheet.iter_rows() for cell in row]
    assert len(cells) == 2
    for cell in cells:
        assert cell.startswith("'")


@given(st.text())
def test_guard_gives_every_text_back(text):
    assert unguard(guard(text)) == text
    assert not is_risky(text) or guard(text).startswith("'")
    assert is_risky(guard(text)) == is_risky(text), "an apostrophe before a risky text keeps it recognisable"


# Control characters, lone surrogates and carriage returns are cleaned away on purpose.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=40)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT.map(lambda text: f"字{text}\n行"), st.integers(-(10**14), 10**14)), min_size=1, max_size=8))
def test_exports_csv_comes_back_as_it_was(rows):
    data = csv_bytes(COLUMNS, [{"code": a, "name": b, "count": c} for a, b, c in rows])
    sheet = read_rows(io.BytesIO(data))
    assert sheet.headers == ["编号", "名称", "数"]
    assert [tuple(row) for row in sheet.rows] == [(a, b, str(c)) for a, b, c in rows]


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT.map(lambda text: f"字{text}\n行"), st.integers(-(10**14), 10**14)), min_size=1, max_size=20))
def test_exports_xlsx_comes_back_as_it_was(rows):
    data = xlsx_bytes(COLUMNS, [{"code": a, "name": b, "count": c} for a, b, c in rows])
    assert [tuple(row) for row in read_rows(io.BytesIO(data)).rows] == rows


def test_exports_type_numbers_money_and_dates():
    row = {
        "n": -5,
        "m": Decimal("-1234.50"),
        "d": date(2026, 11, 22),
        "t": timezone.make_aware(datetime.fromisoformat("2026-11-22 09:30")),
        "long": 12345678901234567890,
        "b": True,
    }
    columns = [Column(key, key, kind) for key, kind in [("n", "number"), ("m", "money"), ("d", "date"), ("t", "datetime"), ("long", "number"), ("b", "text")]]
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(columns, [row]))).active
    assert [cell.value for cell in sheet[2]] == [
        -5,
        -1234.5,
        datetime.fromisoformat("2026-11-22"),
        datetime.fromisoformat("2026-11-22 09:30"),
        "12345678901234567890",
        "yes",
    ]
    assert sheet["B2"].number_format == "#,##0.00"
    assert csv_bytes(columns, [row]).decode("utf-8-sig").splitlines()[1] == "-5,-1234.50,2026-11-22,2026-11-22 09:30,12345678901234567890,yes"
    assert list(read_rows(io.BytesIO(xlsx_bytes(columns, [row]))).rows)[0][:4] == [-5, -1234.5, date(2026, 11, 22), datetime.fromisoformat("2026-11-22 09:30")]


def test_exports_speak_the_language_of_the_reader():
    column = Column(gettext_lazy("yes"), "a")
    with translation.override("zh-hans"):
        assert csv_bytes([column], [{"a": True}]).decode("utf-8-sig").splitlines() == ["是", "是"]


def test_exports_csv_streams():
    taken = []

    def rows():
        for number in range(10**9):
            taken.append(number)
            yield {"a": number}

    lines = csv_lines([Column("a", "a", "number")], rows())
    for _ in range(10):
        next(lines)
    assert len(taken) < 20


def test_exports_xlsx_memory_is_bounded_and_paths_resolve():
    row = SimpleNamespace(account=SimpleNamespace(name="甲公司", total=lambda: 3), none=None)
    columns = [Column("a", "account.name"), Column("b", "account__total"), Column("c", "none.name"), Column("d", lambda r: r.account.name)]
    assert csv_bytes(columns, [row]).decode("utf-8-sig").splitlines()[1] == "甲公司,3,,甲公司"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_export_response_is_a_named_download(kind):
    response = export_response(RequestFactory().get(f"/?export={kind}"), [{"a": 1}], [Column("a", "a")], "客户/../清单")
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert f".{kind}" in response.headers["Content-Disposition"]
    assert "/" not in response.headers["Content-Disposition"].replace("''", "")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert read_rows(io.BytesIO(b"".join(response.streaming_content))).headers == ["a"]
