import pytest
from django.urls import reverse

from docs_site.models import DocumentReader, ProjectDocument
from foundation.notices.models import Notice
from tests.docs_site.conftest import PASSWORD, make_document

PAGES = ["document_detail", "document_edit", "document_submit", "document_print", "version_compare", "document_draft_pdf"]


def url(name, *args):
    return reverse(f"docs_site:{name}", args=args)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", PAGES)
def test_document_pages_open(client_of, consultant, document, name, language):
    consultant.language = language
    consultant.save()
    response = client_of(consultant).get(url(name, document.pk))
    assert response.status_code == 200
    assert response.content.startswith(b"%PDF-") or document.title in response.content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_document_pages_are_not_there_for_the_outsider(client_of, outsider, document, name):
    assert client_of(outsider).get(url(name, document.pk)).status_code == 404


def test_document_list_shows_only_visible_rows(client_of, consultant, sales_rep, document):
    assert document.title in client_of(consultant).get(url("document_list")).content.decode()
    assert document.title not in client_of(sales_rep).get(url("document_list")).content.decode()


def test_document_reader_reads_and_may_not_write(client_of, sales_rep, consultant, document):
    DocumentReader.objects.create(document=document, user=sales_rep, added_by=consultant)
    client = client_of(sales_rep)
    assert client.get(url("document_detail", document.pk)).status_code == 200
    assert client.get(url("document_edit", document.pk)).status_code == 403
    assert client.get(url("document_submit", document.pk)).status_code == 403
    assert client.post(url("document_archive", document.pk)).status_code == 403
    assert client.post(url("document_readers", document.pk), {}).status_code == 403


@pytest.mark.parametrize("name", ["document_archive", "comment_add", "document_readers", "attachment_add"])
def test_document_verbs_refuse_get(client_of, consultant, document, name):
    assert client_of(consultant).get(url(name, document.pk)).status_code == 405


def test_document_create_starts_with_the_skeleton_of_its_kind(client_of, pm, world):
    client = client_of(pm)
    data = {"title": "周会纪要", "kind": "minutes", "language": "zh-hans", "department": world.office.pk, "code": "", "summary": ""}
    response = client.post(url("document_create"), data)
    document = ProjectDocument.objects.get(title="周会纪要")
    assert response.status_code == 302
    assert response.url == url("document_edit", document.pk)
    assert document.code.startswith("MIN-")
    assert [section.heading for section in document.sections.all()] == ["时间、地点与出席", "议题与结论", "待办事项", "遗留问题"]


def test_document_create_keeps_what_was_typed_when_the_code_is_taken(client_of, pm, world, document):
    data = {"title": "另一份", "kind": "minutes", "language": "en", "department": world.office.pk, "code": document.code}
    response = client_of(pm).post(url("document_create"), data)
    assert response.status_code == 422
    assert "另一份" in response.content.decode()


def test_document_edit_saves_in_page_order(client_of, consultant, document):
    first, second = document.sections.all()
    data = {
        "sent": 1,
        "title": "新章程",
        "summary": "",
        "key": [second.key, first.key],
        "heading": ["范围", "目标"],
        "body": [second.body, "<p>改了</p>"],
        "base": ["", ""],
    }
    response = client_of(consultant).post(url("document_edit", document.pk), data)
    assert response.status_code == 302
    document.refresh_from_db()
    assert (document.title, document.version) == ("新章程", 2)
    assert [(s.key, s.heading, s.body) for s in document.sections.all()] == [(second.key, "范围", second.body), (first.key, "目标", "<p>改了</p>")]


def test_document_edit_conflict_shows_both_texts_and_loses_none(client_of, consultant, developer, document):
    page = client_of(consultant).get(url("document_edit", document.pk))
    rows = page.context["rows"]
    base = {"key": [r["key"] for r in rows], "heading": [r["heading"] for r in rows], "base": [r["base"] for r in rows], "title": document.title, "summary": ""}
    theirs = {**base, "sent": 1, "body": ["<p>开发者的话</p>", rows[1]["body"]]}
    mine = {**base, "sent": 1, "body": ["<p>顾问的话</p>", "<p>顾问另一段</p>"]}
    assert client_of(developer).post(url("document_edit", document.pk), theirs).status_code == 302
    response = client_of(consultant).post(url("document_edit", document.pk), mine)
    assert response.status_code == 409
    text = response.content.decode()
    assert "开" in text
    assert "顾问的话" in text
    assert "顾问另一段" in text
    assert [row["conflict"] for row in response.context["rows"]] == ["both", "mine"]
    document.refresh_from_db()
    assert document.sections.first().body == "<p>开发者的话</p>"
    again = {**base, "sent": response.context["sent"], "body": [row["body"] for row in response.context["rows"]]}
    assert client_of(consultant).post(url("document_edit", document.pk), again).status_code == 302
    assert [s.body for s in document.sections.all()] == ["<p>顾问的话</p>", "<p>顾问另一段</p>"]


def test_document_edit_is_refused_while_it_is_signed_and_keeps_the_text(client_of, consultant, version):
    document = version.document
    data = {"sent": 2, "title": "x", "summary": "", "key": [""], "heading": ["目标"], "body": ["<p>偷偷改</p>"], "base": [""]}
    response = client_of(consultant).post(url("document_edit", document.pk), data)
    assert response.status_code == 409
    assert "偷偷改" in response.content.decode()
    assert not document.sections.filter(body__contains="偷偷改").exists()


def test_comment_is_written_resolved_and_notified(client_of, consultant, pm, document):
    section = document.sections.first()
    client_of(pm).post(url("comment_add", document.pk), {"section": section.key, "body": "<b>预算?</b>"})
    comment = document.comments.get()
    assert Notice.objects.filter(to=consultant, kind="document_comment").exists()
    page = client_of(consultant).get(url("document_detail", document.pk)).content.decode()
    assert "&lt;b&gt;预算?" in page
    client_of(consultant).post(url("comment_resolve", comment.pk))
    comment.refresh_from_db()
    assert comment.resolved_by == consultant


def test_attachment_is_kept_and_removing_it_hides_it(client_of, consultant, outsider, document, django_capture_on_commit_callbacks):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = client_of(consultant)
    client.post(url("attachment_add", document.pk), {"file": SimpleUploadedFile("计划.txt", "上线计划".encode())})
    attachment = document.attachments.get()
    response = client.get(url("attachment_file", attachment.pk))
    assert b"".join(response.streaming_content) == "上线计划".encode()
    assert response["X-Content-Type-Options"] == "nosniff"
    assert client_of(outsider).get(url("attachment_file", attachment.pk)).status_code == 404
    client.post(url("attachment_remove", attachment.pk))
    attachment.refresh_from_db()
    assert attachment.removed_at
    assert attachment.file.storage.exists(attachment.file.name)


def test_document_import_page_takes_markdown(client_of, pm, world):
    from django.core.files.uploadedfile import SimpleUploadedFile

    text = "# 切换清单\n\n## 前一天\n\n- [ ] 备份\n- [x] 公告\n\n## 当天\n\n| 步骤 | 谁 |\n|---|---|\n| 导入 | 王 |\n"
    data = {"file": SimpleUploadedFile("cutover.md", text.encode("gb18030")), "kind": "checklist", "language": "zh-hans", "department": world.office.pk}
    response = client_of(pm).post(url("document_import"), data)
    assert response.status_code == 302
    document = ProjectDocument.objects.get(title="切换清单")
    first, second = document.sections.all()
    assert '<li class="todo">备份</li>' in first.body
    assert '<li class="done">公告</li>' in first.body
    assert "<th>步骤</th>" in second.body


def test_document_is_found_by_two_hanzi_and_only_by_those_who_see_it(consultant, sales_rep, document):
    from foundation.search.services import find

    assert [hit.object_id for hit in find("漏斗", by=consultant)] == [document.pk]
    assert len(find("漏斗", by=sales_rep)) == 0


def test_sign_page_shows_the_text_and_signs(client_of, version, sponsor):
    client = client_of(sponsor)
    page = client.get(url("version_sign", version.pk))
    assert "销售漏斗" in page.content.decode()
    wrong = client.post(url("version_sign", version.pk), {"content_sha256": version.content_sha256, "password": "wrong"})
    assert wrong.status_code == 409
    assert not version.signatures.exists()
    right = client.post(url("version_sign", version.pk), {"content_sha256": version.content_sha256, "password": PASSWORD})
    assert right.status_code == 302
    assert version.signatures.get().signer == sponsor


def test_version_pages_open_for_signers_and_not_for_others(client_of, kept, key_user, other_rep):
    for name in ("version_detail", "version_sign"):
        assert client_of(key_user).get(url(name, kept.pk)).status_code == 200
        assert client_of(other_rep).get(url(name, kept.pk)).status_code == 404
    response = client_of(key_user).get(url("version_pdf", kept.pk))
    assert response.content.startswith(b"%PDF-")
    assert client_of(other_rep).get(url("version_pdf", kept.pk)).status_code == 404


def test_titles_and_headings_are_escaped(client_of, consultant):
    from docs_site.services import SectionText

    document = make_document(consultant, title="<script>alert(1)</script>", sections=[SectionText("<img src=x onerror=alert(1)>", "<p>a</p>")])
    for name in PAGES[:5]:
        text = client_of(consultant).get(url(name, document.pk)).content.decode()
        assert "<script>alert(1)" not in text
        assert "<img src=x" not in text
