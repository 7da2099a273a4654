"""Defining custom fields: at once in use, never colliding, retired rather than deleted."""

import pytest
from django.urls import reverse

from crm_core.models import Account, Contact, CustomField, CustomKey, Opportunity
from crm_core.services.account import create_account, update_account
from crm_core.services.contact import create_contact
from crm_core.services.custom_field_editing import CannotDefine, change_field, define_field, index_chunk, move_field
from crm_core.services.custom_fields import clean_value, fields_of, show_value
from crm_core.services.custom_values import CannotRepeat
from crm_core.services.dictionary_editing import change_entry
from crm_core.services.opportunity import create_opportunity
from foundation.integrity import Stale
from foundation.search.services import find
from foundation.usage.models import UsageEvent

FORM = {
    "model": "account",
    "label": "信用等级",
    "label_en": "Credit grade",
    "type": "choice",
    "options": "金|Gold\n银|Silver",
    "in_filter": "on",
    "in_search": "on",
}


def test_field_is_defined_on_a_page_and_at_once_in_use(admin, sales_rep, client_of):
    client = client_of(admin)
    assert client.get(reverse("crm_core:custom_field_create")).status_code == 200
    assert client.post(reverse("crm_core:custom_field_create"), FORM).status_code == 302
    field = CustomField.objects.get()
    assert (field.key, field.dictionary.key, [entry.name_en for entry in field.dictionary.entries.all()]) == (
        "credit_grade",
        "account_credit_grade",
        ["Gold", "Silver"],
    )
    page = client_of(sales_rep).get(reverse("crm_core:account_create")).content.decode()
    assert "Credit grade" in page
    assert "Gold" in page
    assert (
        "信用等级" in client.get(reverse("crm_core:custom_field_list")).content.decode()
        or "Credit grade" in client.get(reverse("crm_core:custom_field_list")).content.decode()
    )


@pytest.mark.parametrize(
    "change",
    [
        {"type": "choice", "options": ""},
        {"type": "relation"},
        {"label": ""},
        {"key": "Bad Key"},
        {"key": "a__b"},
        {"key": "1a"},
        {"type": "nothing"},
        {"kinds": ["ghost"]},
        {"see_roles": ["king"]},
    ],
)
def test_field_with_mistakes_is_refused_with_words(admin, client_of, change):
    assert client_of(admin).post(reverse("crm_core:custom_field_create"), FORM | change).status_code == 422
    assert not CustomField.objects.exists()


def test_keys_and_labels_never_collide(admin, now):
    first = define_field(data={"model": "account", "label": "编号", "type": "text"}, options=[], by=admin)
    assert first.key == "bianhao"
    with pytest.raises(CannotDefine):
        define_field(data={"model": "account", "label": "又一编号", "key": "bianhao", "type": "text"}, options=[], by=admin)
    with pytest.raises(CannotDefine):
        define_field(data={"model": "account", "label": "编号", "type": "text"}, options=[], by=admin)
    with pytest.raises(CannotDefine):
        define_field(data={"model": "account", "label": "Website", "type": "text"}, options=[], by=admin)
    change_field(field=first, changes={"retired_at": now}, version=1, by=admin)
    assert define_field(data={"model": "account", "label": "编号", "type": "number"}, options=[], by=admin).key == "bianhao_2"
    for odd in ("in", "exact", "name", "custom", "id", "contains"):
        define_field(data={"model": "account", "label": f"字段 {odd}", "key": odd, "type": "text"}, options=[], by=admin)


def test_keys_like_look_ups_do_no_harm(admin, sales_rep, client_of, now):
    for odd in ("in", "exact", "isnull", "contains", "year"):
        define_field(data={"model": "account", "label": f"字段 {odd}", "key": odd, "type": "text", "in_list": True}, options=[], by=admin)
    create_account(data={"name": "甲公司", "custom": {"in": "一", "isnull": "二"}}, by=sales_rep, now=now)
    page = client_of(sales_rep).get(reverse("crm_core:account_list"), {"custom_isnull": "二", "sort": "custom_in"})
    assert [row.label for row in page.context["table"].rows] == ["甲公司"]


def test_definition_second_writer_is_told(admin, client_of):
    field = define_field(data={"model": "account", "label": "旧名", "type": "text"}, options=[], by=admin)
    change_field(field=field, changes={"label": "新名"}, version=1, by=admin)
    with pytest.raises(Stale):
        change_field(field=field, changes={"label": "别名"}, version=1, by=admin)
    answer = client_of(admin).post(reverse("crm_core:custom_field_edit", args=[field.pk]), {"label": "第三", "version": 1})
    assert answer.status_code == 409
    assert "新名" in answer.content.decode()


def test_choices_that_change_under_a_form_are_told(admin, sales_rep, client_of, now):
    field = define_field(data={"model": "account", "label": "等级", "type": "choice"}, options=["甲", "乙"], by=admin)
    entry = field.dictionary.entries.first()
    row = create_account(data={"name": "客户", "custom": {field.key: entry.code}}, by=sales_rep, now=now)
    change_entry(entry=entry, changes={"valid_to": now.date(), "name": "甲等"}, version=1, by=admin)
    client = client_of(sales_rep)
    refused = client.post(reverse("crm_core:account_create"), {"kind": "company", "name": "新的", field.name: entry.code})
    assert (refused.status_code, "retired" in refused.content.decode()) == (422, True)
    kept = client.post(reverse("crm_core:account_edit", args=[row.pk]), {"kind": "company", "name": "客户", field.name: entry.code, "version": 1})
    assert kept.status_code == 302
    assert "甲等" in client.get(reverse("crm_core:account_detail", args=[row.pk])).content.decode()


def test_unique_values_are_held_by_the_database_and_by_row(admin, sales_rep, now):
    field = define_field(data={"model": "account", "label": "会员号", "type": "text", "is_unique": True}, options=[], by=admin)
    first = create_account(data={"name": "甲", "custom": {field.key: "M 001"}}, by=sales_rep, now=now)
    with pytest.raises(CannotRepeat):
        create_account(data={"name": "乙", "custom": {field.key: "ｍ  001"}}, by=sales_rep, now=now)
    assert not Account.objects.filter(name="乙").exists()
    update_account(account=first, changes={"custom": {field.key: "M 002"}}, version=1, by=sales_rep, now=now)
    create_account(data={"name": "乙", "custom": {field.key: "M 001"}}, by=sales_rep, now=now)
    assert CustomKey.objects.count() == 2
    other = define_field(data={"model": "account", "label": "别号", "type": "text"}, options=[], by=admin)
    for name in ("丙", "丁"):
        create_account(data={"name": name, "custom": {other.key: "同"}}, by=sales_rep, now=now)
    with pytest.raises(CannotDefine):
        change_field(field=other, changes={"is_unique": True}, version=1, by=admin)


def test_values_of_contacts_and_opportunities_are_kept_and_found(admin, sales_rep, account, now, client_of):
    liking = define_field(data={"model": "contact", "label": "爱好", "type": "text"}, options=[], by=admin)
    rival = define_field(data={"model": "opportunity", "label": "竞争对手", "type": "choice"}, options=["金蝶|Kingdee", "用友|Yonyou"], by=admin)
    contact = create_contact(data={"name": "王五", "custom": {liking.key: "太极拳"}}, account=account, by=sales_rep, now=now)
    deal = create_opportunity(account=account, data={"name": "商机", "custom": {rival.key: rival.dictionary.entries.first().code}}, by=sales_rep, now=now)
    assert [(hit.kind, hit.object_id) for hit in find("太极", by=sales_rep)] == [("crm_core.contact", contact.pk)]
    assert [(hit.kind, hit.object_id) for hit in find("Kingdee", by=sales_rep)] == [("crm_core.opportunity", deal.pk)]
    client = client_of(sales_rep)
    assert "太极拳" in client.get(reverse("crm_core:contact_detail", args=[contact.pk])).content.decode()
    assert "Kingdee" in client.get(reverse("crm_core:opportunity_detail", args=[deal.pk])).content.decode()
    sent = {"account": account.pk, "name": "赵六", liking.name: "登山"}
    assert client.post(reverse("crm_core:contact_create"), sent).status_code == 302
    assert Contact.objects.get(name="赵六").custom == {liking.key: "登山"}
    sent = {"account": account.pk, "name": "二号", "pipeline": deal.pipeline_id, "currency": "CNY", rival.name: rival.dictionary.entries.last().code}
    assert client.post(reverse("crm_core:opportunity_create"), sent).status_code == 302
    assert Opportunity.objects.get(name="二号").custom[rival.key] == rival.dictionary.entries.last().code
    for name, key in (("contact_list", liking.name), ("opportunity_list", rival.name)):
        assert client.get(reverse(f"crm_core:{name}"), {key: "登山" if key == liking.name else rival.dictionary.entries.last().code}).status_code == 200


def test_values_leave_search_when_the_field_does(admin, sales_rep, now):
    field = define_field(data={"model": "account", "label": "口号", "type": "text"}, options=[], by=admin)
    row = create_account(data={"name": "甲公司", "custom": {field.key: "乘风破浪"}}, by=sales_rep, now=now)
    assert [hit.object_id for hit in find("乘风", by=sales_rep)] == [row.pk]
    change_field(field=field, changes={"in_search": False}, version=1, by=admin)
    assert index_chunk(field, 0) == (row.pk, 1)
    assert list(find("乘风", by=sales_rep)) == []


def test_required_fields_count_for_completeness(admin, sales_rep, now):
    create_account(data={"name": "甲公司"}, by=sales_rep, now=now)
    define_field(data={"model": "account", "label": "必填项", "type": "text", "is_required": True}, options=[], by=admin)
    create_account(data={"name": "乙公司"}, by=sales_rep, now=now)
    before, after = UsageEvent.objects.filter(feature__key="crm.account.create").order_by("pk")
    assert (after.required, after.filled) == (before.required + 1, before.filled)


def test_default_stands_in_the_form_and_must_fit(admin, sales_rep, client_of):
    define_field(data={"model": "account", "label": "人数", "type": "number", "default": "50"}, options=[], by=admin)
    assert 'value="50"' in client_of(sales_rep).get(reverse("crm_core:account_create")).content.decode()
    with pytest.raises(CannotDefine):
        define_field(data={"model": "account", "label": "日期", "type": "date", "default": "gestern"}, options=[], by=admin)


def test_fields_change_places(admin, client_of):
    made = [define_field(data={"model": "account", "label": label, "type": "text"}, options=[], by=admin) for label in ("一", "二", "三")]
    client_of(admin).post(reverse("crm_core:custom_field_move", args=[made[2].pk]), {"way": "up"})
    assert [field.label for field in fields_of("account")] == ["一", "三", "二"]
    made[0].refresh_from_db()
    move_field(field=made[0], up=True, by=admin)
    assert [field.label for field in fields_of("crm_core.Account")] == ["一", "三", "二"]


def test_field_is_retired_and_brought_back_on_the_page(admin, client_of):
    field = define_field(data={"model": "account", "label": "旧项", "type": "text"}, options=[], by=admin)
    client, url = client_of(admin), reverse("crm_core:custom_field_retire", args=[field.pk])
    assert client.post(url, {"version": 1}).status_code == 302
    assert fields_of("account") == []
    assert client.post(url, {"version": 1, "revive": 1}).status_code == 409
    assert client.post(url, {"version": 2, "revive": 1}).status_code == 302
    assert [one.pk for one in fields_of("account")] == [field.pk]


def test_values_are_read_as_people_write_them(admin, account):
    number = define_field(data={"model": "account", "label": "数", "type": "number"}, options=[], by=admin)
    money = define_field(data={"model": "account", "label": "钱", "type": "money"}, options=[], by=admin)
    many = define_field(data={"model": "account", "label": "多", "type": "multi"}, options=["甲", "乙"], by=admin)
    yes = define_field(data={"model": "account", "label": "否", "type": "boolean"}, options=[], by=admin)
    place = define_field(data={"model": "account", "label": "总", "type": "relation", "target": "account"}, options=[], by=admin)
    assert (clean_value(number, "1,234.5"), clean_value(number, " 7 "), clean_value(number, "０"), clean_value(money, "¥1，000.50")) == (1234.5, 7, 0, 1000.5)
    assert (clean_value(many, "甲、乙"), clean_value(many, ["甲", "甲"]), clean_value(yes, "是"), clean_value(yes, "0")) == (
        ["jia", "yi"],
        ["jia"],
        True,
        False,
    )
    assert (clean_value(place, account.name), show_value(place, account.pk)) == (account.pk, "Green Hill Ltd")
    assert (clean_value(number, ""), clean_value(number, None), clean_value(many, []), show_value(number, None)) == (None, None, None, "")
