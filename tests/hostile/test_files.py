"""Files and words written by others to do harm: refused or kept as harmless text, at every door that opens here."""

import io
import json
import time
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.archives import ArchiveRefused, check_archive
from foundation.search.services import find
from foundation.sheets import read_rows
from foundation.uploads import ARTEFACTS, SHEETS, UploadRefused, accept, clean_name

DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
pytestmark = [pytest.mark.realdata, pytest.mark.skipif(not (DATA / "hostile_xml").exists(), reason="the real data beside the project is absent")]

XML = sorted((DATA / "hostile_xml" / "xmltestdata").glob("*.x*"))
WORKBOOKS = sorted(path for path in (DATA / "hostile_calamine").rglob("*") if path.suffix in {".xlsx", ".ods", ".xls"})


def workbook_with(part: bytes) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", part)
    buffer.seek(0)
    return buffer


@pytest.mark.parametrize("path", XML, ids=lambda path: path.name)
def test_hostile_xml_with_definitions_never_reaches_a_parser(path):
    data = path.read_bytes()
    has_definitions = b"<!DOCTYPE" in data or b"<!ENTITY" in data
    if has_definitions:
        with pytest.raises(ArchiveRefused):
            check_archive(workbook_with(data))
        with pytest.raises(ArchiveRefused):
            read_rows(workbook_with(data))
        with pytest.raises(UploadRefused):
            accept(SimpleUploadedFile("a.xlsx", workbook_with(data).getvalue()), kinds=SHEETS)
    else:  # negative control: harmless XML passes the guard
        assert "xl/workbook.xml" in check_archive(workbook_with(data))


def test_hostile_workbooks_at_the_upload_door():
    taken, refused = 0, []
    for path in WORKBOOKS:
        begun = time.monotonic()
        try:
            accepted = accept(SimpleUploadedFile(path.name, path.read_bytes()), kinds=SHEETS)
            taken += accepted.size > 0
        except UploadRefused as error:
            refused.append(error.sentence)
        assert time.monotonic() - begun < 10, path.name
    assert taken + len(refused) == len(WORKBOOKS)
    assert taken > len(WORKBOOKS) * 0.75
    assert all(sentence.endswith(".") for sentence in refused)


@pytest.fixture(scope="module")
def naughty():
    return json.loads((DATA / "hostile_blns" / "blns.json").read_text(encoding="utf-8"))


def test_hostile_strings_as_file_names_and_contents(naughty):
    for text in naughty:
        assert not set(clean_name(text)) & set('/\\\x00\r\n"')
        if text.strip() and "\x00" not in text:
            content = text.encode("utf-8", "replace")
            try:
                assert accept(SimpleUploadedFile("note.txt", content), kinds=ARTEFACTS).size == len(content)
            except UploadRefused as error:  # control characters are no text
                assert error.sentence.endswith(".")  # noqa: PT017


def test_hostile_strings_are_searched_without_harm(naughty, admin):
    begun = time.monotonic()
    for text in naughty:
        assert len(find(text, by=admin)) == 0
    assert time.monotonic() - begun < 60
