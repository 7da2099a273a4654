import io
import socket
import threading

import pytest
from django.test import override_settings
from pypdf import PdfReader

from foundation.pdf import PdfRefused, html_to_pdf, render_pdf
from foundation.sandbox import MEBIBYTE, Limits

pytestmark = pytest.mark.once
PAGE = "<!DOCTYPE html><html lang='zh-hans'><meta charset='utf-8'><style>body{font-family:'Noto Sans SC'}</style><body>%s</body></html>"


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_pdf_render_keeps_chinese_text_and_our_font():
    pdf = html_to_pdf(PAGE % "<h1>合同管理系统上线</h1><p>Latin text, 2026-11-22</p><p><b>粗体</b></p>")
    assert "合同管理系统上线" in text_of(pdf)
    assert "Latin text, 2026-11-22" in text_of(pdf)
    fonts = {str(font.get_object()["/BaseFont"]) for font in PdfReader(io.BytesIO(pdf)).pages[0]["/Resources"]["/Font"].values()}
    assert fonts, "no font embedded"
    assert all("Noto" in font and "SC" in font for font in fonts), fonts


def test_pdf_render_equal_input_gives_equal_bytes():
    page = PAGE % "<h1>合同</h1><a href='https://example.com/'>x</a>"
    assert html_to_pdf(page) == html_to_pdf(page)
    assert html_to_pdf(page) != html_to_pdf(page + " ")


@pytest.mark.parametrize(("language", "word"), [("zh-hans", "Noto"), ("en", "Noto")])
def test_pdf_base_template_renders_in_both_languages(language, word):
    pdf = render_pdf("pdf/base.html", {}, language=language)
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1


@pytest.mark.parametrize(
    "inside",
    [
        "<img src='file://{path}'>",
        "<link rel='attachment' href='file://{path}'>",
        "<a rel='attachment' href='file://{path}'>x</a>",
        "<style>@import url('file://{path}');</style>",
        "<style>body{{background:url(file://{path})}}</style>",
        "<object data='file://{path}'></object>",
        "<embed src='{path}'>",
    ],
)
def test_pdf_render_never_reads_files(tmp_path, inside):
    canary = tmp_path / "canary.txt"
    canary.write_text("CANARY-7f3a")
    try:
        pdf = html_to_pdf(PAGE % inside.format(path=canary))
    except PdfRefused:
        return
    assert b"CANARY-7f3a" not in pdf
    assert "CANARY-7f3a" not in text_of(pdf)
    assert not PdfReader(io.BytesIO(pdf)).attachments


@pytest.fixture
def listener():
    """A server on loopback that counts who connects."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    seen, stop = [], threading.Event()

    def count():
        while not stop.is_set():
            try:
                connection, peer = server.accept()
            except TimeoutError:
                continue
            seen.append(peer)
            connection.close()

    thread = threading.Thread(target=count)
    thread.start()
    yield server.getsockname()[1], seen
    stop.set()
    thread.join()
    server.close()


@pytest.mark.parametrize("inside", ["<img src='http://127.0.0.1:{port}/x.png'>", "<link rel=stylesheet href='http://127.0.0.1:{port}/x.css'>"])
def test_pdf_render_never_connects(listener, inside):
    port, seen = listener
    with pytest.raises(PdfRefused, match="not fetched"):
        html_to_pdf(PAGE % inside.format(port=port))
    assert seen == []
    with socket.create_connection(("127.0.0.1", port)):  # negative control: the listener does notice
        pass
    for _ in range(50):
        if seen:
            break
        threading.Event().wait(0.05)
    assert len(seen) == 1


def test_pdf_render_takes_the_given_assets():
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, "PNG")
    pdf = html_to_pdf(PAGE % "<img src='asset:red.png'>", assets={"red.png": buffer.getvalue()})
    assert len(PdfReader(io.BytesIO(pdf)).pages[0].images) == 1


def test_pdf_render_bomb_is_stopped_and_the_parent_lives():
    bomb = PAGE % ("<p>字</p>" * 60_000)
    with pytest.raises(PdfRefused, match="too large"):
        html_to_pdf(bomb, limits=Limits(memory=400 * MEBIBYTE, cpu_seconds=3, wall_seconds=15))
    assert text_of(html_to_pdf(PAGE % "<p>still here</p>"))


def test_pdf_render_refuses_what_is_too_deep_or_too_long():
    with pytest.raises(PdfRefused, match="nested"):
        html_to_pdf(PAGE % ("<div>" * 300 + "x" + "</div>" * 300))
    with pytest.raises(PdfRefused, match="rows"):
        html_to_pdf(PAGE % ("<table>" + "<tr><td>x</td></tr>" * 1_501 + "</table>"))


def test_pdf_fonts_are_made_once_and_by_two_at_once(tmp_path):
    from foundation.fonts import font_environment

    with override_settings(FONT_DIR=tmp_path / "fonts"):
        threads = [threading.Thread(target=font_environment) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (tmp_path / "fonts" / "fonts.conf").exists()
        assert not [path for path in tmp_path.iterdir() if path.name != "fonts"]


def test_who_makes_the_fonts_second_leaves_those_in_use(tmp_path):
    from foundation.fonts import _make

    folder = tmp_path / "fonts"
    _make(folder)
    before = {path.name: path.stat().st_ino for path in folder.iterdir()}
    _make(folder)
    assert {path.name: path.stat().st_ino for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["fonts"]
