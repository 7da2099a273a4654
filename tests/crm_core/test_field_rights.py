"""Masked values: who sees what, looking for a reason, the log, the forms, the search."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from crm_core.models import FieldRight, Reveal, RevealPolicy, Stamp
from crm_core.models.book import forget
from crm_core.models.field_right import STAMP
from crm_core.services.contact import create_contact
from crm_core.services.revealing import CannotReveal, RevealedTooOften, reveal_value, save_field_rights
from crm_core.services.sharing import share_account, unshare_account
from crm_core.veils import level_for, mask, shown, veiled_words
from foundation.integrity import Stale
from foundation.notices.models import Notice
from foundation.people.models import User
from foundation.people.tokens import issue_token
from foundation.search.services import find
from foundation.usage.models import UsageEvent


def set_level(noun, field, role, level):
    FieldRight.objects.update_or_create(noun=noun, field=field, role=role, defaults={"level": level})
    Stamp.renew(STAMP)
    forget()


@pytest.fixture
def contact(account, sales_rep, now):
    data = {"name": "王芳", "phone": "139 7777 8888", "email": "qx77@hidden.example", "wechat": "wxwang77", "remark": "老客户"}
    return create_contact(data=data, by=sales_rep, now=now, account=account)


@pytest.fixture
def reader(account, other_rep, sales_rep):
    """A colleague who sees the account by a collaboration for reading, with own customers masked as well."""
    share_account(account=account, person=other_rep, by=sales_rep, right="read")
    RevealPolicy.objects.update_or_create(pk=1, defaults={"own_shown": False})
    save_field_rights(role="marketing", levels={}, version=RevealPolicy.objects.get().version, by=sales_rep)
    return User.objects.get(pk=other_rep.pk)


@pytest.mark.parametrize(
    ("noun", "field", "value", "masked"),
    [
        ("contact", "phone", "138 1234 5678", "138****5678"),
        ("contact", "phone", "+86 13812345678", "138****5678"),
        ("account", "phone", "021 6777 8899", "****8899"),
        ("account", "phone", "12345", "****45"),
        ("contact", "email", "zhang@example.com", "z***@example.com"),
        ("contact", "wechat", "wxid_12345", "wx***"),
        ("contact", "wechat", "abc", "a***"),
        ("billingprofile", "bank_account", "6222021234567890", "**** 7890"),
        ("account", "address", "上海市浦东新区世纪大道1号", "上海市***"),
        ("account", "id_number", "11010519491231002X", "110*************2X"),
        ("contact", "phone", "", ""),
        ("contact", "email", "没有@", "没***@"),
    ],
)
def test_how_a_mask_looks(noun, field, value, masked):
    assert mask(noun, field, value) == masked


def test_free_words_hide_numbers_and_addresses(reader, sales_manager):
    text = "请打 13977778888 或 +86 139 7777 8888, 写 wang@hidden.example; 订单 20261122001 不变"
    assert veiled_words(text, reader, own=False) == "请打 139****8888 或 139****8888, 写 w***@hidden.example; 订单 20261122001 不变"
    assert veiled_words(text, sales_manager, own=False) == text
    assert veiled_words(text, reader, own=True) == text


def test_who_sees_what_by_default(contact, account, sales_rep, sales_manager, auditor, service_agent, other_rep):
    assert shown(contact, "phone", sales_rep) == "139 7777 8888"
    assert shown(contact, "phone", sales_manager) == "139 7777 8888"
    assert shown(contact, "phone", auditor) == "139****8888"
    assert shown(contact, "phone", service_agent) == "139 7777 8888"
    assert shown(contact, "wechat", service_agent) == "wx***"
    assert shown(contact, "phone", other_rep) == "139****8888"
    share_account(account=account, person=other_rep, by=sales_rep, right="read")
    assert shown(type(contact).objects.get(pk=contact.pk), "phone", User.objects.get(pk=other_rep.pk)) == "139 7777 8888"
    unshare_account(account=account, person=other_rep, by=sales_rep)
    assert shown(type(contact).objects.get(pk=contact.pk), "phone", User.objects.get(pk=other_rep.pk)) == "139****8888"


def test_hidden_is_more_than_masked(contact, auditor, client_of):
    set_level("contact", "wechat", "auditor", "hidden")
    page = client_of(auditor).get(contact.get_absolute_url()).content.decode()
    assert "WeChat" not in page
    assert "139****8888" in page
    assert client_of(auditor).get(reverse("crm_core:contact_list")).content.decode().count("wx***") == 0


def test_a_hidden_field_cannot_be_filtered_by(contact, auditor, client_of):
    client, url = client_of(auditor), reverse("crm_core:contact_list")
    assert "王芳" in client.get(url, {"reach": "wechat"}).content.decode()
    set_level("contact", "wechat", "auditor", "hidden")
    assert "王芳" not in client.get(url, {"reach": "wechat"}).content.decode()
    assert "王芳" in client.get(url, {"reach": "phone"}).content.decode()


# --- looking for a reason -------------------------------------------------------------------------
def test_a_look_shows_the_value_once_and_is_logged(contact, reader, client_of):
    client = client_of(reader)
    url = reverse("crm_core:contact_reveal", args=[contact.pk, "phone"])
    page = client.get(contact.get_absolute_url()).content.decode()
    assert "139****8888" in page
    assert url in page
    assert "139 7777 8888" not in client.get(url).content.decode()
    assert not Reveal.objects.exists()
    answer = client.post(url, {"why": "contact", "reason": ""}, headers={"HX-Request": "true"})
    assert "139 7777 8888" in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    row = Reveal.objects.get()
    assert (row.by, row.noun, row.object_id, row.record_name, row.field, row.why) == (reader, "contact", contact.pk, "王芳", "phone", "contact")
    assert row.department.code == "E-S-B"
    assert "8888" not in str(row.__dict__)
    assert UsageEvent.objects.filter(feature__key="crm.field.reveal", user=reader).count() == 1
    assert "139 7777 8888" not in client.get(contact.get_absolute_url()).content.decode()


def test_a_look_without_a_reason_shows_nothing(contact, reader, client_of):
    client, url = client_of(reader), reverse("crm_core:contact_reveal", args=[contact.pk, "phone"])
    for sent in ({}, {"why": "nosy"}, {"why": "other", "reason": "  "}):
        answer = client.post(url, sent)
        assert answer.status_code == 422
        assert "139 7777 8888" not in answer.content.decode()
    assert client.post(url, {"why": "other", "reason": "客户投诉"}).status_code == 200
    assert Reveal.objects.get().reason == "客户投诉"


def test_who_may_look(contact, account, reader, auditor, outsider, client_of):
    url = reverse("crm_core:contact_reveal", args=[contact.pk, "phone"])
    assert client_of(outsider).post(url, {"why": "contact"}).status_code == 404
    assert client_of(auditor).post(url, {"why": "contact"}).status_code == 403
    assert client_of(reader).post(reverse("crm_core:contact_reveal", args=[contact.pk, "remark"]), {"why": "contact"}).status_code == 404
    set_level("contact", "phone", "sales_rep", "hidden")
    assert client_of(reader).post(url, {"why": "contact"}).status_code == 404
    assert not Reveal.objects.exists()


def test_looks_of_a_day_are_limited_and_unusual_numbers_reported(contact, reader, sales_manager, auditor, now, on_commit):
    RevealPolicy.objects.filter(pk=1).update(per_day=3, notice_from=2)
    save_field_rights(role="marketing", levels={}, version=RevealPolicy.objects.get().version, by=sales_manager)
    for _number in range(3):
        with on_commit():
            reveal_value(row=contact, field="phone", why="contact", by=reader, now=now)
    with pytest.raises(RevealedTooOften):
        reveal_value(row=contact, field="phone", why="contact", by=reader, now=now)
    assert Reveal.objects.count() == 3
    assert reveal_value(row=contact, field="phone", why="contact", by=reader, now=now + timedelta(days=1)) == "139 7777 8888"
    told = Notice.objects.filter(kind="reveals_unusual")
    assert {notice.to for notice in told} == {sales_manager}


def test_the_limit_answers_with_a_sentence(contact, reader, client_of, sales_manager):
    RevealPolicy.objects.filter(pk=1).update(per_day=0)
    save_field_rights(role="marketing", levels={}, version=RevealPolicy.objects.get().version, by=sales_manager)
    answer = client_of(reader).post(reverse("crm_core:contact_reveal", args=[contact.pk, "phone"]), {"why": "contact"})
    assert answer.status_code == 429
    assert "Ask your manager" in answer.content.decode()


def test_what_is_shown_cannot_be_revealed(contact, sales_rep, now):
    with pytest.raises(CannotReveal):
        reveal_value(row=contact, field="phone", why="contact", by=sales_rep, now=now)


# --- the log --------------------------------------------------------------------------------------
def test_the_log_only_grows(contact, reader, now):
    reveal_value(row=contact, field="phone", why="contact", by=reader, now=now)
    row = Reveal.objects.get()
    with pytest.raises(TypeError):
        row.delete()
    for change in (lambda: Reveal.objects.update(reason="nothing"), lambda: Reveal.objects.all()._raw_delete("default")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert Reveal.objects.get().reason == ""


def test_who_reads_the_log(contact, reader, sales_manager, auditor, sales_rep, west_rep, admin, client_of, now):
    reveal_value(row=contact, field="phone", why="service", reason="保修", by=reader, now=now)
    url = reverse("crm_core:reveal_list")
    for person in (sales_manager, auditor):
        page = client_of(person).get(url).content.decode()
        assert "保修" in page
        assert "8888" not in page
    assert client_of(sales_rep).get(url).status_code == 403
    assert client_of(admin).get(url).status_code == 403
    answer = client_of(auditor).get(url, {"export": "csv", "why": "service", "field": "phone", "since": "1"})
    text = b"".join(answer.streaming_content).decode()
    assert "保修" in text
    assert "王芳" in text
    assert "保修" not in client_of(auditor).get(url, {"why": "billing"}).content.decode()


def test_a_manager_reads_the_own_people_only(contact, reader, sales_manager, west_rep, now):
    Reveal.objects.create(
        by=west_rep, department=west_rep.assignments.get().position.department, noun="contact", object_id=1, record_name="x", field="phone", why="contact"
    )
    reveal_value(row=contact, field="phone", why="contact", by=reader, now=now)
    assert {row.by for row in Reveal.objects.visible_to(sales_manager)} == {reader}


# --- forms ----------------------------------------------------------------------------------------
@pytest.fixture
def writer(account, other_rep, sales_rep, reader):
    unshare_account(account=account, person=other_rep, by=sales_rep)
    share_account(account=account, person=other_rep, by=sales_rep, right="write")
    return User.objects.get(pk=other_rep.pk)


def test_an_edit_never_writes_the_mask(contact, writer, client_of):
    client, url = client_of(writer), reverse("crm_core:contact_edit", args=[contact.pk])
    page = client.get(url).content.decode()
    assert "139****8888" in page
    assert "139 7777 8888" not in page
    for sent in ("", "139****8888", None):
        contact.refresh_from_db()
        data = {"name": "王芳芳", "version": contact.version, "email": "", "wechat": "wx***", "remark": ""}
        answer = client.post(url, data if sent is None else {**data, "phone": sent})
        assert answer.status_code == 302
        contact.refresh_from_db()
        assert (contact.phone, contact.email, contact.wechat, contact.phone_key) == ("139 7777 8888", "qx77@hidden.example", "wxwang77", "+8613977778888")
    answer = client.post(url, {"name": "王芳芳", "version": contact.version, "phone": "13700001111"})
    contact.refresh_from_db()
    assert (contact.phone, contact.phone_key) == ("137 0000 1111", "+8613700001111")


def test_a_fact_edited_in_place_keeps_what_is_masked(contact, writer, client_of):
    client, url = client_of(writer), reverse("crm_core:contact_fact", args=[contact.pk, "phone"])
    assert "139 7777 8888" not in client.get(url).content.decode()
    answer = client.post(url, {"phone": "139****8888", "version": contact.version})
    assert answer.status_code == 200
    assert "139 7777 8888" not in answer.content.decode()
    contact.refresh_from_db()
    assert contact.phone == "139 7777 8888"
    stale = client.post(url, {"phone": "13700001111", "version": 1})
    assert stale.status_code == 409
    assert "139 7777 8888" not in stale.content.decode()


def test_the_api_masks_and_keeps(contact, writer, client, now):
    _token, secret = issue_token(owner=writer, name="erp", scope="write", expires_at=now + timedelta(days=1), now=now)
    headers = {"Authorization": f"Bearer {secret}", "If-Match": f'"{contact.version}"'}
    url = f"/api/crm/contacts/{contact.pk}"
    assert client.get(url, headers=headers).json()["phone"] == "139****8888"
    emptied = client.patch(url, {"phone": ""}, content_type="application/json", headers=headers)
    assert emptied.status_code == 422
    changed = client.patch(url, {"remark": "新", "phone": "139****8888"}, content_type="application/json", headers=headers)
    assert changed.status_code == 200
    contact.refresh_from_db()
    assert (contact.phone, contact.remark) == ("139 7777 8888", "新")


# --- search ---------------------------------------------------------------------------------------
def hits(text, person):
    return {hit.title: hit.code for hit in find(text, by=person, kinds=["crm_core.contact"])}


def test_search_finds_by_the_tail_and_the_whole_but_not_by_the_middle(contact, reader, sales_manager):
    assert hits("8888", reader) == {"王芳": "139****8888"}
    assert hits("139", reader) == {"王芳": "139****8888"}
    for whole in ("13977778888", "139 7777 8888", "+86 139 7777 8888", "qx77@hidden.example", "wxwang77"):
        assert "王芳" in hits(whole, reader), whole
    for part in ("7777", "777", "97777", "78888", "1397777", "3977778888", "qx77", "wxwang", "hid wxw"):
        assert hits(part, reader) == {}, part
    assert set(hits("1397777", sales_manager)) == {"王芳"}
    assert set(hits("老客户", reader)) == {"王芳"}
    assert set(hits("wf", reader)) == {"王芳"}


def test_lists_search_like_the_search_page(contact, reader, client_of):
    client, url = client_of(reader), reverse("crm_core:contact_list")
    assert "王芳" in client.get(url, {"q": "8888"}).content.decode()
    assert "王芳" not in client.get(url, {"q": "7777"}).content.decode()
    assert "王芳" in client.get(url, {"q": "王芳 8888"}).content.decode()


def test_of_very_many_matches_the_doubtful_are_left_out_too(contact, reader, client_of, monkeypatch):
    monkeypatch.setattr("foundation.search.lists.FEW", 0)
    client, url = client_of(reader), reverse("crm_core:contact_list")
    assert "王芳" not in client.get(url, {"q": "7777"}).content.decode()
    assert "王芳" in client.get(url, {"q": "王芳"}).content.decode()


# --- settings -------------------------------------------------------------------------------------
def test_settings_are_read_and_changed_by_role(admin, sales_rep, client_of):
    client, url = client_of(admin), reverse("crm_core:field_rights")
    assert "Masked" in client.get(url).content.decode()
    page = client.get(url, {"role": "finance"})
    form = page.context["form"]
    data = {name: bound.initial for name, bound in form.fields.items()}
    answer = client.post(f"{url}?role=finance", {**data, "contact__phone": "shown"})
    assert answer.status_code == 302
    assert level_for("contact", "phone", "finance") == "shown"
    assert FieldRight.objects.count() == 1
    assert FieldRight.history.get().history_user == admin
    stale = client.post(f"{url}?role=finance", {**data, "contact__phone": "hidden"})
    assert stale.status_code == 409
    assert level_for("contact", "phone", "finance") == "shown"
    assert client.post(f"{url}?role=finance", {**data, "version": 2, "contact__phone": "everything"}).status_code == 422
    assert client.post(url, {}).status_code == 404
    assert client_of(sales_rep).get(url).status_code == 403


def test_the_policy_is_a_setting(admin, sales_rep, client_of):
    client, url = client_of(admin), reverse("crm_core:reveal_policy")
    assert client.get(url).status_code == 200
    assert client.post(url, {"per_day": 5, "notice_from": 0, "version": 1}).status_code == 422
    assert client.post(url, {"per_day": 5, "notice_from": 3, "version": 1}).status_code == 302
    kept = RevealPolicy.objects.get()
    assert (kept.per_day, kept.notice_from, kept.own_shown, kept.version) == (5, 3, False, 2)
    assert client.post(url, {"per_day": 9, "notice_from": 3, "version": 1}).status_code == 409
    assert client_of(sales_rep).get(url).status_code == 403


def test_rights_are_saved_on_the_version_one_saw(admin):
    with pytest.raises(Stale):
        save_field_rights(role="finance", levels={("contact", "phone"): "shown"}, version=7, by=admin)
