import io
import json

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from docs_site.services import CannotRenderVersion, kept_pdf, render_version, verify_pdf
from docs_site.services.verifying import MAX_STREAM
from foundation.integrity import sha256_of
from foundation.jobs.sweep import run_waiting


@pytest.fixture
def pdf(kept):
    return kept_pdf(version=kept)


def run(path, *options):
    out = io.StringIO()
    try:
        call_command("verify_document", str(path), *options, stdout=out)
    except SystemExit as stop:
        return stop.code, out.getvalue()
    return 0, out.getvalue()


def text_of(data):
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)


def test_the_job_renders_the_pdf_once(signed):
    run_waiting()
    signed.refresh_from_db()
    first = signed.pdf_sha256
    assert first
    assert render_version(version=signed).pdf_sha256 == first
    assert sha256_of(kept_pdf(version=signed)) == first


def test_pdf_shows_text_signatures_and_identifier(kept, pdf):
    text = text_of(pdf).replace("\n", "")
    for words in ("项目章程", "销售漏斗", "Sponsor", str(kept.public_id), kept.content_sha256[:16]):
        assert words in text


def test_untouched_pdf_is_named(kept, pdf, tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf)
    code, text = run(path)
    assert code == 0
    assert kept.document.code in text
    code, answer = run(path, "--json")
    answer = json.loads(answer)
    assert code == 0
    assert (answer["status"], answer["version"], answer["content_sha256"]) == ("untouched", 1, kept.content_sha256)


def resaved(data):
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(data))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "tamper",
    [lambda data: data + b"\n", lambda data: data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :], resaved],
    ids=["appended", "flipped", "saved-again"],
)
def test_altered_pdf_is_ours_but_altered(kept, pdf, tmp_path, tamper):
    path = tmp_path / "a.pdf"
    path.write_bytes(tamper(pdf))
    code, text = run(path)
    assert code == 1
    assert kept.document.code in text


def test_other_pdf_is_not_ours(kept, tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.4 something else")
    assert run(path)[0] == 2


def test_verify_is_cheap_on_a_bomb(kept):
    import zlib

    bomb = b"%PDF-1.4 stream\n" + zlib.compress(b"\0" * (MAX_STREAM * 20))
    assert verify_pdf(data=bomb * 3).status == "not_ours"


def test_kept_file_that_was_changed_on_disk_is_not_handed_out(kept, client_of, key_user):
    with kept.pdf.storage.open(kept.pdf.name, "rb") as file:
        data = file.read()
    with open(kept.pdf.path, "wb") as file:
        file.write(data + b" ")
    with pytest.raises(CannotRenderVersion):
        kept_pdf(version=kept)
    assert client_of(key_user).get(reverse("docs_site:version_pdf", args=[kept.pk])).status_code == 409


def test_verify_page_answers_by_what_the_person_may_see(client_of, kept, pdf, key_user, other_rep):
    url = reverse("docs_site:document_verify")
    upload = lambda: {"file": SimpleUploadedFile("a.pdf", pdf, content_type="application/pdf")}  # noqa: E731
    seen = client_of(key_user).post(url, upload())
    assert seen.context["verdict"].status == "untouched"
    assert kept.document.code in seen.content.decode()
    hidden = client_of(other_rep).post(url, upload())
    assert hidden.context["verdict"].status == "not_ours"
    assert kept.document.code not in hidden.content.decode()
    assert client_of(key_user).post(url, {"file": SimpleUploadedFile("a.pdf", b"no pdf")}).status_code == 422
