"""Signing, rejecting and editing at once: one outcome, and every signature stands for the text that the PDF shows."""

import pytest
from django.db import connection

from docs_site.models import DocumentVersion, ProjectDocument, Signature
from docs_site.services import SectionText, kept_pdf, reject_version, render_version, save_draft, signing, submit_version
from foundation.integrity import Refused, sha256_of
from foundation.people.models import User
from tests.at_once import together
from tests.docs_site.conftest import NOW, make_document, sign

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def fresh(user):
    return User.objects.get(pk=user.pk)


@pytest.fixture
def asked(world, passwords):
    document = make_document(world.consultant)
    return submit_version(document=document, signers=[(world.sponsor, "approved"), (world.key_user, "reviewed")], by=world.consultant, now=NOW)


def test_two_signers_at_once_sign_once_each_and_complete_the_version_once(asked, world):
    answers = together(lambda: sign(asked, fresh(world.sponsor)), lambda: sign(asked, fresh(world.key_user)))
    assert all(isinstance(answer, Signature) for answer in answers)
    asked.refresh_from_db()
    assert (asked.state, asked.document.state) == ("signed", "signed")
    assert asked.signatures.count() == 2


def test_one_person_signing_in_two_windows_signs_once(asked, world):
    answers = together(*[lambda: sign(asked, fresh(world.sponsor))] * 3)
    assert sum(isinstance(answer, Signature) for answer in answers) == 1
    assert asked.signatures.count() == 1


def test_sign_beside_reject_beside_edit_has_one_outcome_and_the_signed_text(asked, world):
    sign(asked, fresh(world.key_user))
    document = ProjectDocument.objects.get(pk=asked.document_id)
    key = document.sections.first().key
    answers = together(
        lambda: sign(asked, fresh(world.sponsor)),
        lambda: reject_version(version=asked, reason="预算缺失", by=fresh(world.sponsor), now=NOW) or "rejected",
        lambda: save_draft(
            document=document, sections=[SectionText("目标", "<p>被换掉的正文</p>", key)], sent=document.version, by=fresh(world.consultant), now=NOW
        ),
    )
    version = DocumentVersion.objects.get(pk=asked.pk)
    signed, rejected, _saved = answers
    assert isinstance(signed, Signature) != (rejected == "rejected")
    assert version.state == ("signed" if isinstance(signed, Signature) else "rejected")
    assert sha256_of(version.content) == version.content_sha256 == asked.content_sha256
    assert "被换掉" not in str(version.content)
    if version.state == "signed":
        version = render_version(version=version)
        assert sha256_of(kept_pdf(version=version)) == version.pdf_sha256
        assert set(version.signatures.values_list("content_sha256", flat=True)) == {version.content_sha256}


def test_the_pdf_job_twice_at_once_keeps_one_file(asked, world):
    sign(asked, fresh(world.sponsor))
    sign(asked, fresh(world.key_user))
    answers = together(*[lambda: render_version(version=asked)] * 2)
    assert len({answer.pdf_sha256 for answer in answers}) == 1
    version = DocumentVersion.objects.get(pk=asked.pk)
    assert sha256_of(kept_pdf(version=version)) == version.pdf_sha256


def test_two_editors_at_once_one_saves_and_the_other_is_told(world, passwords):
    document = make_document(world.consultant)

    def save(words):
        return save_draft(document=document, sections=[SectionText("目标", f"<p>{words}</p>")], sent=1, by=fresh(world.consultant), now=NOW)

    answers = together(lambda: save("甲"), lambda: save("乙"))
    assert sum(isinstance(answer, ProjectDocument) for answer in answers) == 1
    assert ProjectDocument.objects.get(pk=document.pk).version == 2


def test_guessing_passwords_at_once_gets_five_tries_together(asked, world):
    tries = []

    def guess():
        try:
            signing.check_password_again(by=fresh(world.sponsor), password="wrong", now=NOW)
        except Refused as refusal:
            tries.append(str(refusal))
            raise

    together(*[guess] * 8)
    assert sum("not your password" in text for text in tries) <= 5
    assert any("five minutes" in text for text in tries)


def test_control_without_the_lock_an_edited_content_would_be_signed(asked, world, monkeypatch):
    """Shows that the check above can fail: with the trigger gone and the hash not looked at, a changed text gets signed."""
    from docs_site.triggers import remove

    with connection.schema_editor() as editor:
        remove(None, editor)
    DocumentVersion.objects.filter(pk=asked.pk).update(content={**asked.content, "title": "假标题"})
    with pytest.raises(Refused):
        sign(asked, fresh(world.sponsor))
    monkeypatch.setattr(signing, "sha256_of", lambda content: asked.content_sha256)
    assert sign(asked, fresh(world.sponsor))
    version = DocumentVersion.objects.get(pk=asked.pk)
    assert sha256_of(version.content) != version.content_sha256
