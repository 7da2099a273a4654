"""Forms offer the newest few and fetch the rest; what they accept is checked against everything one may see."""

import pytest
from django.urls import reverse

from crm_core.services.account import create_account
from crm_core.services.contact import change_link, create_contact
from foundation.ui.fields import RemoteSelect
from tests.factories.crm_core import AccountFactory


def test_choosing_form_does_not_grow_with_the_accounts(sales_rep, client_of):
    AccountFactory.create_batch(RemoteSelect.NEWEST + 20, owner=sales_rep)
    page = client_of(sales_rep).get(reverse("crm_core:contact_create")).content.decode()
    assert page.count("<option") < RemoteSelect.NEWEST + 25  # with the few of the other choices
    assert "data-select-url" in page


def test_choosing_keeps_a_chosen_row_that_is_not_among_the_newest(sales_rep, client_of, now):
    first = create_account(data={"name": "最早的客户"}, by=sales_rep, now=now)
    AccountFactory.create_batch(RemoteSelect.NEWEST + 5, owner=sales_rep)
    page = client_of(sales_rep).get(f"{reverse('crm_core:contact_create')}?account={first.pk}").content.decode()
    assert f'<option value="{first.pk}" selected' in page
    answer = client_of(sales_rep).post(reverse("crm_core:contact_create"), {"account": first.pk, "name": "王芳", "known": "1"})
    assert answer.status_code == 302


@pytest.mark.parametrize("name", ["account_choices", "contact_choices", "opportunity_choices"])
def test_choosing_answers_only_what_one_sees(name, sales_rep, west_rep, outsider, client_of, now):
    account = create_account(data={"name": "青山科技有限公司"}, by=sales_rep, now=now)
    create_contact(data={"name": "青山联系人"}, by=sales_rep, now=now, account=account)
    address = reverse(f"crm_core:{name}")
    for query in ("", "?q=青山", "?q=%00' OR 1=1 --", "?q=" + "山" * 300):
        for person in (west_rep, outsider):
            assert client_of(person).get(address + query).json() == {"results": []}
    if name != "opportunity_choices":
        (row,) = client_of(sales_rep).get(f"{address}?q=青山").json()["results"]
        assert row["text"].startswith("青山")


def test_choosing_refuses_an_account_that_one_does_not_see(sales_rep, west_rep, client_of, now):
    hidden = create_account(data={"name": "西部客户"}, by=west_rep, now=now)
    answer = client_of(sales_rep).post(reverse("crm_core:contact_create"), {"account": hidden.pk, "name": "王芳"})
    assert answer.status_code == 422
    assert "西部客户" not in answer.content.decode()


def test_contact_role_changes_with_dates(account, sales_rep, outsider, client_of, today, now):
    contact = create_contact(data={"name": "王芳"}, by=sales_rep, now=now, account=account, title="采购")
    link = contact.account_links.get()
    address = reverse("crm_core:contact_role", args=[link.pk])
    sent = {"title": "三期顾问", "deal_role": "decides", "is_main": "on", "starts_on": "2026-01-01", "ends_on": "2025-01-01"}
    assert client_of(sales_rep).get(address).status_code == 200
    assert client_of(sales_rep).post(address, sent).status_code == 422
    assert client_of(sales_rep).post(address, {**sent, "ends_on": ""}).status_code == 302
    link.refresh_from_db()
    assert (link.title, link.deal_role, link.is_main) == ("三期顾问", "decides", True)
    assert client_of(outsider).get(address).status_code == 404
    other = create_contact(data={"name": "赵敏"}, by=sales_rep, now=now, account=account).account_links.get()
    change_link(link=other, data={"is_main": True}, by=sales_rep)
    link.refresh_from_db()
    assert not link.is_main  # one main contact at a time
