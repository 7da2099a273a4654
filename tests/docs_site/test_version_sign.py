from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.db import IntegrityError, InternalError, transaction
from django.urls import reverse

from docs_site.models import DocumentVersion, Signature, SignatureRequest
from docs_site.services import (
    CannotRejectVersion,
    CannotSaveDocument,
    CannotSignVersion,
    CannotSubmitVersion,
    CannotWithdrawVersion,
    SectionText,
    last_seen_by,
    open_request_for,
    reject_version,
    remind_signers,
    save_draft,
    sign_version,
    submit_version,
    withdraw_version,
)
from docs_site.triggers import NAMES
from foundation.integrity import Stale, sha256_of
from foundation.jobs.models import Job
from foundation.notices.models import Notice
from foundation.people.models import Delegation
from foundation.usage.models import UsageEvent
from tests.docs_site.conftest import NOW, PASSWORD, sign

REFUSED_BY_DATABASE = (IntegrityError, InternalError)


def change(document, by, text="<p>第二稿</p>"):
    document.refresh_from_db()
    section = document.sections.first()
    return save_draft(document=document, sections=[SectionText(section.heading, text, section.key)], sent=document.version, by=by, now=NOW)


# --- submitting -----------------------------------------------------------------------------------


def test_submit_freezes_the_text_and_asks_the_signers(version, sponsor, key_user, consultant):
    assert version.number == 1
    assert version.content_sha256 == sha256_of(version.content)
    assert version.content["sections"][0]["body"] == "<p>销售漏斗 100% 可见</p>"
    assert {notice.to for notice in Notice.objects.filter(kind="document_sign")} == {sponsor, key_user}
    assert UsageEvent.objects.filter(feature__key="docs.version.submit", user=consultant).count() == 1


def test_submit_wants_four_eyes(document, consultant):
    with pytest.raises(CannotSubmitVersion, match="Four eyes"):
        submit_version(document=document, signers=[(consultant, "author")], by=consultant, now=NOW)
    with pytest.raises(CannotSubmitVersion, match="at least one"):
        submit_version(document=document, signers=[], by=consultant, now=NOW)


def test_submit_refuses_twice_named_inactive_and_late(document, consultant, sponsor, pm):
    pm.is_active = False
    pm.save()
    for signers, due in [
        ([(sponsor, "approved"), (sponsor, "reviewed")], None),
        ([(pm, "approved")], None),
        ([(sponsor, "nonsense")], None),
        ([(sponsor, "approved")], date(2026, 11, 1)),
    ]:
        with pytest.raises(CannotSubmitVersion):
            submit_version(document=document, signers=signers, by=consultant, now=NOW, due_on=due)
    assert not document.versions.exists()


def test_submit_refuses_a_draft_that_somebody_changed_since(document, consultant, sponsor):
    change(document, consultant)
    with pytest.raises(Stale):
        submit_version(document=document, signers=[(sponsor, "approved")], by=consultant, now=NOW, sent=1)


def test_submit_refuses_what_was_signed_already(signed, consultant, sponsor):
    with pytest.raises(CannotSubmitVersion, match="Nothing changed"):
        submit_version(document=signed.document, signers=[(sponsor, "approved")], by=consultant, now=NOW)


# --- signing --------------------------------------------------------------------------------------


def test_last_signature_signs_the_version_and_starts_the_pdf(version, sponsor, key_user, consultant):
    sign(version, sponsor)
    version.refresh_from_db()
    assert version.state == "in_review"
    sign(version, key_user)
    version.refresh_from_db()
    document = version.document
    assert (version.state, document.state, document.current_version_id) == ("signed", "signed", version.pk)
    assert Job.objects.filter(task="docs_site.tasks.render_version").count() == 1
    assert Notice.objects.filter(kind="document_signed", to=consultant).exists()
    signature = version.signatures.get(signer=sponsor)
    assert signature.content_sha256 == version.content_sha256
    assert signature.department is not None
    assert signature.statement


def test_sign_wants_the_password_and_stops_after_five_tries(version, sponsor):
    for _attempt in range(5):
        with pytest.raises(CannotSignVersion, match="not your password"):
            sign_version(version=version, content_sha256=version.content_sha256, password="wrong", by=sponsor, now=NOW)
    with pytest.raises(CannotSignVersion, match="five minutes"):
        sign_version(version=version, content_sha256=version.content_sha256, password=PASSWORD, by=sponsor, now=NOW)
    cache.clear()
    assert sign(version, sponsor)


def test_sign_refuses_another_text_than_the_one_shown(version, sponsor):
    with pytest.raises(CannotSignVersion, match="not the text"):
        sign_version(version=version, content_sha256="0" * 64, password=PASSWORD, by=sponsor, now=NOW)


def test_only_those_asked_sign_and_only_once(version, sponsor, pm):
    with pytest.raises(CannotSignVersion, match="not asked"):
        sign(version, pm)
    sign(version, sponsor)
    with pytest.raises(CannotSignVersion, match="already"):
        sign(version, sponsor)


def test_deputy_signs_for_the_absent_and_it_is_recorded(version, sponsor, pm):
    Delegation.objects.create(principal=sponsor, deputy=pm, starts_on=date(2020, 1, 1), ends_on=date(2099, 1, 1))
    pm._access = None
    assert open_request_for(version, pm).signer == sponsor
    signature = sign(version, pm)
    assert (signature.signer, signature.signed_by, signature.by_deputy) == (sponsor, pm, True)
    assert str(pm) in signature.statement


def test_author_cannot_sign_as_deputy(version, sponsor, consultant):
    Delegation.objects.create(principal=sponsor, deputy=consultant, starts_on=date(2020, 1, 1), ends_on=date(2099, 1, 1))
    consultant._access = None
    with pytest.raises(CannotSignVersion):
        sign(version, consultant)


def test_reject_reopens_the_draft_and_the_next_version_has_the_next_number(version, sponsor, consultant, key_user):
    sign(version, sponsor)
    with pytest.raises(CannotRejectVersion, match="Say what"):
        reject_version(version=version, reason="  ", by=key_user, now=NOW)
    with pytest.raises(CannotRejectVersion):
        reject_version(version=version, reason="晚了", by=sponsor, now=NOW)  # has signed already
    reject_version(version=version, reason="预算缺失", by=key_user, now=NOW)
    version.refresh_from_db()
    assert (version.state, version.document.state, version.close_reason) == ("rejected", "draft", "预算缺失")
    assert Notice.objects.filter(kind="document_rejected", to=consultant).exists()
    change(version.document, consultant)
    again = submit_version(document=version.document, signers=[(key_user, "approved")], by=consultant, now=NOW)
    assert again.number == 2
    with pytest.raises(CannotSignVersion):
        sign(version, key_user)


def test_withdraw_is_for_owner_and_submitter(version, sponsor, consultant):
    with pytest.raises(CannotWithdrawVersion):
        withdraw_version(version=version, reason="", by=sponsor, now=NOW)
    withdraw_version(version=version, reason="改期", by=consultant, now=NOW)
    version.refresh_from_db()
    assert (version.state, version.document.state) == ("withdrawn", "draft")


def test_draft_is_closed_while_signatures_are_asked(version, consultant):
    with pytest.raises(CannotSaveDocument):
        change(version.document, consultant)


def test_later_drafts_do_not_touch_the_signed_version(kept, consultant):
    before = DocumentVersion.objects.values().get(pk=kept.pk)
    change(kept.document, consultant)
    assert DocumentVersion.objects.values().get(pk=kept.pk) == before
    kept.document.refresh_from_db()
    assert (kept.document.state, kept.document.current_version_id) == ("draft", kept.pk)


def test_redline_starts_at_what_the_signer_signed_last(signed, consultant, sponsor, key_user, pm):
    change(signed.document, consultant)
    second = submit_version(document=signed.document, signers=[(sponsor, "approved"), (pm, "reviewed")], by=consultant, now=NOW)
    assert last_seen_by(person=sponsor, document=signed.document, before=second) == signed
    assert last_seen_by(person=pm, document=signed.document, before=second) == signed


def test_signers_are_reminded_once_a_day(version, sponsor, key_user):
    DocumentVersion.objects.filter(pk=version.pk).update(due_on=date(2026, 11, 25))
    sign(version, sponsor)
    assert remind_signers(today=date(2026, 11, 20)) == 0
    assert remind_signers(today=date(2026, 11, 24)) == 1
    assert remind_signers(today=date(2026, 11, 24)) == 0
    assert remind_signers(today=date(2026, 11, 24) + timedelta(days=9)) == 1
    assert {notice.to for notice in Notice.objects.filter(kind="document_reminder")} == {key_user}


# --- what the database refuses ------------------------------------------------------------------------


def refused(action):
    with pytest.raises(REFUSED_BY_DATABASE), transaction.atomic():
        action()


@pytest.mark.parametrize(
    "fields",
    [
        {"content": {}},
        {"content_sha256": "0" * 64},
        {"pdf": "x.pdf"},
        {"pdf_sha256": "0" * 64},
        {"state": "rejected"},
        {"number": 9},
        {"note": "x"},
        {"signed_at": NOW + timedelta(days=1)},
    ],
)
def test_database_refuses_to_change_a_signed_version(kept, fields):
    refused(lambda: DocumentVersion.objects.filter(pk=kept.pk).update(**fields))


def test_database_refuses_to_change_submitted_content_and_allows_the_rest(version):
    refused(lambda: DocumentVersion.objects.filter(pk=version.pk).update(content={}))
    DocumentVersion.objects.filter(pk=version.pk).update(reminded_on=date(2026, 11, 20))  # the control: other columns change


def test_database_refuses_to_sign_without_signatures(version, sponsor):
    sign(version, sponsor)
    refused(lambda: DocumentVersion.objects.filter(pk=version.pk).update(state="signed", signed_at=NOW))


def test_database_refuses_to_delete_what_was_signed(signed):
    refused(lambda: Signature.objects.filter(version=signed)._raw_delete("default"))
    refused(lambda: SignatureRequest.objects.filter(version=signed)._raw_delete("default"))
    refused(lambda: DocumentVersion.objects.filter(pk=signed.pk)._raw_delete("default"))


def test_database_refuses_to_change_a_signature_or_the_people_asked(signed, pm):
    refused(lambda: Signature.objects.filter(version=signed).update(statement="anders"))
    refused(lambda: SignatureRequest.objects.filter(version=signed).update(signer=pm))
    refused(lambda: SignatureRequest.objects.create(version=signed, signer=pm, meaning="approved", asked_at=NOW))


def test_every_trigger_is_there(db):
    from django.db import connection

    catalogue = "SELECT name FROM sqlite_master WHERE type = 'trigger'" if connection.vendor == "sqlite" else "SELECT tgname FROM pg_trigger"
    with connection.cursor() as cursor:
        cursor.execute(catalogue)
        found = {row[0] for row in cursor.fetchall()}
    assert set(NAMES) <= found


def test_reject_page_says_why_and_get_is_refused(client_of, version, key_user, consultant):
    client = client_of(key_user)
    url = reverse("docs_site:version_reject", args=[version.pk])
    assert client.get(url).status_code == 405
    assert client.post(url, {"reason": ""}).status_code == 409
    assert client.post(url, {"reason": "预算"}).status_code == 302
    assert client_of(consultant).post(reverse("docs_site:version_withdraw", args=[version.pk])).status_code == 409


def test_submit_page_submits(client_of, consultant, sponsor, document):
    data = {
        "sent": 1,
        "note": "初稿",
        "due_on": "",
        "signers-TOTAL_FORMS": 2,
        "signers-INITIAL_FORMS": 0,
        "signers-0-signer": sponsor.pk,
        "signers-0-meaning": "approved",
        "signers-1-signer": "",
        "signers-1-meaning": "approved",
    }
    response = client_of(consultant).post(reverse("docs_site:document_submit", args=[document.pk]), data)
    assert response.status_code == 302
    assert document.versions.get().requests.get().signer == sponsor
