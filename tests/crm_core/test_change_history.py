"""The change history of a record: who, what, from what to what, when, by which door."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm_core.changes import PAGE, Asked, changes_of
from crm_core.models import Stamp
from crm_core.models.book import forget
from crm_core.services.account import create_account, update_account
from crm_core.services.billing import create_billing_profile
from crm_core.services.contact import create_contact, end_link, update_contact
from crm_core.services.merging import merge_records
from crm_core.services.opportunity import create_opportunity, update_opportunity
from foundation.people.tokens import issue_token
from tests.factories.crm_core import CustomFieldFactory


def said(record, by, **asked):
    changes, _behind = changes_of(record, by=by, asked=Asked(**asked))
    return [(change.who, change.door, [(one.name, one.before, one.after) for one in change.differences]) for change in changes]


def change(account, by, now, **changes):
    account.refresh_from_db()
    update_account(account=account, changes=changes, version=account.version, by=by, now=now)


def test_a_change_names_person_door_before_and_after(account, sales_rep, sales_manager, now, client, client_of):
    change(account, sales_rep, now, level="A", website="https://a.cn")
    change(account, sales_manager, now, level="B")
    found = said(account, sales_rep)
    assert found[0][:2] == (sales_manager, "Page")
    assert [(name, before[:1], after[:1]) for name, before, after in found[0][2]] == [("level", "A", "B")]
    assert {name for name, _before, _after in found[1][2]} == {"level", "website"}
    account.refresh_from_db()
    _token, secret = issue_token(owner=sales_rep, name="erp", scope="write", expires_at=now + timedelta(days=1), now=now)
    headers = {"Authorization": f"Bearer {secret}", "If-Match": f'"{account.version}"'}
    assert client.patch(f"/api/crm/accounts/{account.pk}", {"remark": "由接口"}, content_type="application/json", headers=headers).status_code == 200
    assert said(account, sales_rep)[0] == (sales_rep, "API", [("remark", "", "由接口")])
    page = client_of(sales_rep).get(reverse("crm_core:account_history", args=[account.pk])).content.decode()
    assert "由接口" in page
    assert "API" in page


def test_relations_custom_fields_and_merges_are_told(account, sales_rep, now, today):
    CustomFieldFactory(model="account", key="fleet", type="number", label="车队", label_en="Fleet")
    Stamp.renew("custom_fields")
    forget()
    change(account, sales_rep, now, custom={"fleet": 7})
    assert said(account, sales_rep)[0][2] == [("custom_fleet", "", "7")]
    contact = create_contact(data={"name": "王芳"}, by=sales_rep, now=now, account=account)
    create_billing_profile(account=account, data={"title": "青山"}, by=sales_rep, now=now)
    end_link(link=contact.account_links.get(), by=sales_rep, today=today)
    whats = [one.what for one in changes_of(account, by=sales_rep, asked=Asked())[0]]
    assert "Contact of an account: 王芳" in whats
    assert "Billing profile: 青山" in whats
    twin = create_account(data={"name": "青山科技公司", "phone": "02162345678"}, by=sales_rep, now=now)
    account.refresh_from_db()
    merge_records(
        rows=[account, twin], survivor=account, by=sales_rep, now=now, versions={account.pk: account.version, twin.pk: twin.version}, values={"phone": twin.pk}
    )
    doors = {door for _who, door, differences in said(account, sales_rep) if differences}
    assert "Merge" in doors


def test_filter_by_field_and_person(account, sales_rep, sales_manager, now, client_of):
    for number in range(4):
        change(account, sales_rep, now, remark=f"第{number}次")
        change(account, sales_manager, now, website=f"https://{number}.cn")
    assert [differences for _w, _d, differences in said(account, sales_rep, field="remark")][0] == [("remark", "第2次", "第3次")]
    assert len(said(account, sales_rep, field="remark")) == 4
    assert {who for who, _d, _x in said(account, sales_rep, who=sales_manager.pk)} == {sales_manager}
    assert said(account, sales_rep, field="website", who=sales_rep.pk) == []
    url = reverse("crm_core:account_history", args=[account.pk])
    for bad in (
        {"field": "password"},
        {"who": "x"},
        {"after": "no place"},
        {"after": "2026-01-01|0|1"},
        {"after": "9999-99-99T00:00:00Z|0|9" * 9},
        {"who": "9" * 30},
    ):
        assert client_of(sales_rep).get(url, bad).status_code == 200


def test_paging_shows_every_change_once(account, sales_rep, now):
    for number in range(PAGE + 20):
        change(account, sales_rep, now, remark=f"{number}")
    create_contact(data={"name": "王芳"}, by=sales_rep, now=now, account=account)
    seen, place = [], ""
    while True:
        changes, place = changes_of(account, by=sales_rep, asked=Asked(after=place))
        seen += [(one.what, one.differences[0].after if one.differences else "") for one in changes]
        if not place:
            break
    remarks = [after for what, after in seen if not what][: PAGE + 20]
    assert remarks == [str(number) for number in reversed(range(PAGE + 20))]
    narrow, behind = changes_of(account, by=sales_rep, asked=Asked(field="name"))
    assert (len(narrow), behind) == (1, "")


def test_queries_do_not_grow_with_the_changes(account, sales_rep, now, client_of):
    client, url = client_of(sales_rep), reverse("crm_core:account_history", args=[account.pk])
    change(account, sales_rep, now, remark="0")
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(url)
    for number in range(1, 30):
        change(account, sales_rep, now, remark=f"{number}")
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) <= len(few)
    assert len(many) < 35


def test_masked_values_stay_masked(account, sales_rep, auditor, now, client_of):
    contact = create_contact(data={"name": "王芳", "phone": "139 7777 8888"}, by=sales_rep, now=now, account=account)
    update_contact(contact=contact, changes={"phone": "137 0000 1111"}, version=contact.version, by=sales_rep, now=now)
    page = client_of(auditor).get(reverse("crm_core:contact_history", args=[contact.pk])).content.decode()
    assert "139****8888" in page
    assert "137****1111" in page
    assert "7777" not in page
    assert ("phone", "139 7777 8888", "137 0000 1111") in said(contact, sales_rep)[0][2]


def test_an_opportunity_tells_its_changes(account, sales_rep, now, client_of):
    deal = create_opportunity(account=account, data={"name": "二期扩容", "amount": 100}, by=sales_rep, now=now)
    update_opportunity(opportunity=deal, changes={"amount": 250}, version=deal.version, by=sales_rep, now=now)
    page = client_of(sales_rep).get(reverse("crm_core:opportunity_history", args=[deal.pk])).content.decode()
    assert "250" in page


@pytest.mark.parametrize("noun", ["account", "contact", "opportunity"])
def test_rights_of_the_history(noun, account, sales_rep, outsider, west_rep, trainer, now, client_of):
    contact = create_contact(data={"name": "王芳"}, by=sales_rep, now=now, account=account)
    deal = create_opportunity(account=account, data={"name": "二期扩容"}, by=sales_rep, now=now)
    pk = {"account": account, "contact": contact, "opportunity": deal}[noun].pk
    url = reverse(f"crm_core:{noun}_history", args=[pk])
    assert client_of(sales_rep).get(url).status_code == 200
    assert client_of(outsider).get(url).status_code == 404
    assert client_of(west_rep).get(url).status_code == 404
    assert client_of(trainer).get(url).status_code == 403
    assert client_of(sales_rep).post(url).status_code == 405
