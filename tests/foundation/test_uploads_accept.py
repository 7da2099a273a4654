import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from foundation import archives
from foundation.archives import ArchiveRefused, check_archive
from foundation.uploads import ARTEFACTS, IMAGES, SHEETS, UploadRefused, accept, clean_name, serve, uuid_path


def upload(name, data):
    return SimpleUploadedFile(name, data)


def picture(kind="PNG", size=(20, 10), mode="RGB", **options):
    buffer = io.BytesIO()
    Image.new(mode, size, 0).save(buffer, kind, **options)
    return buffer.getvalue()


def archive(members, **infos):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return buffer.getvalue()


XLSX = {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>"}
DOCX = {"[Content_Types].xml": "<Types/>", "word/document.xml": "<document/>"}


@pytest.mark.parametrize(
    ("name", "data", "ending"),
    [
        ("a.png", picture(), "png"),
        ("a.JPG", picture("JPEG"), "jpg"),
        ("a.jpeg", picture("JPEG"), "jpeg"),
        ("a.webp", picture("WEBP"), "webp"),
        ("a.gif", picture("GIF", mode="P"), "png"),
        ("a.pdf", b"%PDF-1.7\n...\n%%EOF\n", "pdf"),
        ("a.csv", "名称,数\n甲,1\n".encode("gb18030"), "csv"),
        ("a.txt", "文本".encode(), "txt"),
        ("a.xlsx", archive(XLSX), "xlsx"),
        ("a.docx", archive(DOCX), "docx"),
        ("a.pptx", archive({"ppt/presentation.xml": "<p/>"}), "pptx"),
        ("a.ods", archive({"mimetype": "x", "content.xml": "<p/>"}), "ods"),
    ],
)
def test_upload_accept_takes_what_it_should(name, data, ending):
    accepted = accept(upload(name, data), kinds=ARTEFACTS)
    assert accepted.ending == ending
    assert accepted.file.read()
    assert accepted.size > 0
    assert len(accepted.sha256) == 64


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("a.html", b"<script>alert(1)</script>"),
        ("a.exe", b"MZ"),
        ("a.png.exe", picture()),
        ("a", picture()),
        ("", picture()),
        (".png", b"x"),
        ("a.png", picture("JPEG")),
        ("a.jpg", picture("PNG")),
        ("a.png", b"<svg/>"),
        ("a.png", picture()[:40]),
        ("a.gif", b"GIF89a"),
        ("a.png", b"%PDF-1.7 %%EOF"),
        ("a.pdf", b"<html>%PDF-1.7 %%EOF"),
        ("a.pdf", b"%PDF-1.7 cut off"),
        ("a.txt", b"MZ\x90\x00\x03"),
        ("a.txt", b"%PDF-1.7\n%%EOF"),
        ("a.txt", picture()),
        ("a.csv", archive(XLSX)),
        ("a.xlsx", b"name,1\n"),
        ("a.xlsx", archive(DOCX)),
        ("a.xlsx", archive({**XLSX, "xl/vbaProject.bin": "x"})),
        ("a.xlsx", b"GIF89a" + archive(XLSX)),
        ("a.xlsx", archive(XLSX)[:-30]),
        ("a.docx", archive(XLSX)),
        ("a.xls", archive(XLSX)),
        ("a.csv", b""),
    ],
)
def test_upload_accept_refuses_with_a_sentence(name, data):
    file = SimpleUploadedFile("x", data)
    file._name = name
    with pytest.raises(UploadRefused) as refused:
        accept(file, kinds=ARTEFACTS | SHEETS)
    assert refused.value.sentence.endswith(".")


def test_upload_accept_keeps_to_the_kinds_and_sizes_asked_for(settings):
    with pytest.raises(UploadRefused, match="csv"):
        accept(upload("a.png", picture()), kinds=SHEETS)
    with pytest.raises(UploadRefused, match="MB"):
        accept(upload("a.txt", b"x" * 1001), kinds=ARTEFACTS, max_bytes=1000)
    settings.UPLOAD_MAX_BYTES = 10
    with pytest.raises(UploadRefused, match="MB"):
        accept(upload("a.txt", b"x" * 11), kinds=ARTEFACTS, max_bytes=1000)


def test_upload_accept_draws_pictures_anew():
    source = Image.new("RGB", (30, 10), "red")
    exif = source.getexif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = "SECRET-PLACE"
    buffer = io.BytesIO()
    source.save(buffer, "JPEG", exif=exif, comment=b"SECRET-COMMENT")
    accepted = accept(upload("a.jpg", buffer.getvalue() + b"<script>SECRET-TAIL</script>"), kinds=IMAGES)
    data = accepted.file.read()
    assert b"SECRET" not in data
    assert (accepted.width, accepted.height) == (10, 30)


def test_upload_accept_refuses_too_many_pixels_from_the_header_alone():
    big = picture(size=(9000, 5000), mode="1")  # 45 million in a few kilobytes
    with pytest.raises(UploadRefused, match="million pixels"):
        accept(upload("a.png", big), kinds=IMAGES)
    bomb = picture(size=(14_000, 14_000), mode="1")
    with pytest.raises(UploadRefused):
        accept(upload("a.png", bomb), kinds=IMAGES)


def test_upload_refusals_speak_both_languages():
    with translation.override("zh-hans"), pytest.raises(UploadRefused) as refused:
        accept(upload("a.exe", b"MZ"), kinds=IMAGES)
    assert "png" in refused.value.sentence
    assert "不" in refused.value.sentence
    assert str(refused.value) == refused.value.sentence == refused.value.messages[0]


@given(st.text(max_size=300))
def test_clean_name_is_safe_whatever_it_was(name):
    cleaned = clean_name(name)
    assert cleaned
    assert len(cleaned) <= 150
    assert not set(cleaned) & set('/\\\x00\r\n"<>|:*?\u202e')
    assert cleaned not in {".", ".."}
    assert not cleaned.startswith(".")
    assert clean_name(cleaned) == cleaned


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\张三\\客户.xlsx", "客户.xlsx"),
        ("exe\u202efdp.pdf", "exefdp.pdf"),
        ("", "file"),
        ("..", "file"),
        (".htaccess", "htaccess"),
    ],
)
def test_clean_name_examples(name, expected):
    assert clean_name(name) == expected


def test_uuid_path_tells_nothing_and_can_be_written_into_migrations():
    path = uuid_path("imports")
    first, second = path(None, "客户.XLSX"), path(None, "../../evil.php")
    assert first.startswith("imports/")
    assert first.endswith(".xlsx")
    assert second.endswith(".bin")
    assert ".." not in second
    assert path.deconstruct() == ("foundation.uploads.UuidPath", ("imports",), {})


def test_serve_answers_a_download_that_no_browser_runs(tmp_path, settings):
    from django.core.files.storage import FileSystemStorage
    from django.db.models.fields.files import FieldFile, FileField

    storage = FileSystemStorage(tmp_path)
    stored = FieldFile(None, FileField(storage=storage), storage.save("ab/x.png", io.BytesIO(picture())))
    response = serve(stored, "截图\r\n.png")
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert "\r" not in response.headers["Content-Disposition"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert serve(stored, "x.png", inline=True).headers["Content-Disposition"].startswith("inline")
    page = FieldFile(None, FileField(storage=storage), storage.save("ab/x.html", io.BytesIO(b"<script>")))
    response = serve(page, "x.html", inline=True)
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment")


# --- archives ------------------------------------------------------------------------------------
def info(name, **fields):
    found = zipfile.ZipInfo(name)
    for key, value in fields.items():
        setattr(found, key, value)
    return found


def zipped(*members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for member, data in members:
            file.writestr(member, data)
    return io.BytesIO(buffer.getvalue())


def test_archive_guard_takes_an_ordinary_one():
    assert check_archive(zipped(("a.xml", "<a/>"), ("b\\c.xml", "<b/>"))) == ["a.xml", "b/c.xml"]


@pytest.mark.parametrize(
    "build",
    [
        lambda: zipped(("../evil", "x")),
        lambda: zipped(("/etc/passwd", "x")),
        lambda: zipped(("C:/x", "x")),
        lambda: zipped(("a/../../b", "x")),
        lambda: zipped((info("link", external_attr=0o120777 << 16), "/etc/passwd")),
        lambda: zipped(("a.xml", "<a/>"), ("a.xml", "<b/>")),
        lambda: zipped(("big", b"\0" * 2_000_000)),
        lambda: io.BytesIO(b"PK\x03\x04 no archive"),
        lambda: io.BytesIO(b""),
        lambda: io.BytesIO(zipped(("a", "x")).getvalue()[:-10]),
    ],
    ids=["up", "absolute", "drive", "middle", "link", "twice", "tight", "broken", "empty", "cut"],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_archive_guard_refuses(build):
    with pytest.raises(ArchiveRefused):
        check_archive(build())


def test_archive_guard_refuses_encrypted_members():
    data = bytearray(zipped(("a.xml", "<a/>")).getvalue())
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        data[data.index(mark) + (6 if mark == b"PK\x03\x04" else 8)] |= 1
    with pytest.raises(ArchiveRefused, match="encrypted"):
        check_archive(io.BytesIO(bytes(data)))


def test_archive_guard_counts_again_because_headers_lie(monkeypatch):
    data = bytearray(zipped(("a", bytes(range(256)) * 800)).getvalue())
    place = data.index(b"PK\x01\x02")
    data[place + 24 : place + 28] = (100).to_bytes(4, "little")  # the directory says 100 bytes
    monkeypatch.setattr(archives, "MAX_BYTES", 1000)
    with pytest.raises(ArchiveRefused):
        check_archive(io.BytesIO(bytes(data)))


def test_archive_guard_limits_members_and_whole_size(monkeypatch):
    with pytest.raises(ArchiveRefused, match="too many"):
        check_archive(zipped(*((f"{n}", "") for n in range(2001))))
    monkeypatch.setattr(archives, "MAX_BYTES", 1000)
    with pytest.raises(ArchiveRefused, match="larger"):
        check_archive(zipped(("a", "x" * 600), ("b", "y" * 600)))


BOMB = '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">]><a>&lol;</a>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037"])
def test_archive_guard_refuses_entities_in_every_encoding(encoding):
    with pytest.raises(ArchiveRefused, match="definitions"):
        check_archive(zipped(("xl/workbook.xml", BOMB.encode(encoding))))


@pytest.mark.parametrize("name", ["xl/workbook.xml", "xl/hidden.bin", "x.unknown"])
def test_archive_guard_finds_entities_across_chunks_and_under_any_name(name, monkeypatch):
    monkeypatch.setattr(archives, "_CHUNK", 7)
    with pytest.raises(ArchiveRefused):
        check_archive(zipped((name, BOMB)))
