"""Customers by hand: the button that puts the right credit code in, two ticked accounts that become one, a look at a masked number."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from crm_core.models import Account, Merge, Reveal, RevealPolicy, Stamp
from crm_core.models.book import forget
from crm_core.models.field_right import STAMP
from crm_core.services.contact import create_contact
from crm_core.services.sharing import share_account
from tests.browser.conftest import NARROW, WIDE
from tests.factories.crm_core import AccountFactory

WRONG, RIGHT = "914403001922038217", "914403001922038216"


def test_the_button_puts_the_right_credit_code_in(browse, world):
    page = browse(world.sales_rep)
    page.goto(f"{reverse('crm_core:account_create')}?kind=company")
    page.wait_for_selector("html[data-ready]")
    page.fill("#id_name", "华东钢铁有限公司")
    page.fill("#id_credit_code", WRONG)
    page.locator("#main form button[type=submit]").last.click()
    take = page.get_by_role("button", name=f"Take {RIGHT}")
    expect(take).to_be_visible()
    expect(page.locator("#id_credit_code")).to_have_value(WRONG)
    take.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#id_credit_code")).to_have_value(RIGHT)
    expect(page.locator("#id_credit_code")).to_be_focused()
    expect(take).to_have_count(0)
    assert not Account.objects.exists(), "the button fills, it does not save"
    page.locator("#main form button[type=submit]").last.click()
    expect(page.locator("h1")).to_have_text("华东钢铁有限公司")
    assert Account.objects.get().credit_code == RIGHT


def test_ticked_accounts_become_one(browse, world, sideways):
    for name in ("江南纺织有限公司", "江南纺织公司", "青山贸易有限公司"):
        AccountFactory(name=name, owner=world.sales_rep, department=world.team_a)
    page = browse(world.sales_rep)
    page.goto(reverse("crm_core:account_list"))
    page.wait_for_selector("html[data-ready]")
    for name in ("江南纺织有限公司", "江南纺织公司"):
        page.get_by_role("checkbox", name=name, exact=True).check()
    bar = page.locator("[data-bulk-bar]")
    expect(page.locator("[data-bulk-count]")).to_have_text("2 selected")
    assert sideways(page) == 0
    bar.get_by_role("button", name="Merge").click()
    expect(page.locator("h1")).to_have_text("Merge 2 records")
    assert sideways(page) == 0
    page.get_by_role("radio", name="江南纺织公司", exact=True).first.check()
    page.get_by_role("button", name="Merge 2 records").click()
    expect(page.locator("h1")).to_have_text(re.compile("江南纺织"))
    merge = Merge.objects.get()
    assert Account.objects.get(pk=merge.survivor_id).merged_into_id is None
    assert Account.objects.filter(merged_into__isnull=False, pk__in=merge.loser_ids).count() == 1
    page.goto(reverse("crm_core:account_list"))
    expect(page.locator("tr[data-row]")).to_have_count(2)


def test_a_masked_number_is_seen_for_a_reason(browse, world):
    account = AccountFactory(name="江南纺织有限公司", owner=world.sales_rep, department=world.team_a)
    contact = create_contact(data={"name": "王芳", "phone": "139 7777 8888"}, by=world.sales_rep, now=timezone.now(), account=account)
    share_account(account=account, person=world.other_rep, by=world.sales_rep, right="read")
    RevealPolicy.objects.update_or_create(pk=1, defaults={"own_shown": False})
    Stamp.renew(STAMP)
    forget()
    page = browse(world.other_rep)
    page.goto(contact.get_absolute_url())
    page.wait_for_selector("html[data-ready]")
    fact = page.locator("#fact-phone")
    expect(fact).to_contain_text("139****8888")
    fact.get_by_role("link", name="Show the masked value").click()
    expect(fact.locator("select[name=why]")).to_be_visible()
    fact.locator("select[name=why]").select_option("other")
    fact.get_by_role("button", name="Show the value").click()
    expect(fact.locator(".field-error")).to_contain_text("Say in your own words")
    expect(fact).not_to_contain_text("7777")
    fact.locator("[name=reason]").fill("客户投诉")
    fact.get_by_role("button", name="Show the value").click()
    expect(fact).to_contain_text("139 7777 8888")
    expect(fact.get_by_role("status")).to_contain_text("noted in the log")
    row = Reveal.objects.get()
    assert (row.by, row.object_id, row.reason) == (world.other_rep, contact.pk, "客户投诉")
    page.reload()
    expect(page.locator("#fact-phone")).to_contain_text("139****8888")
    page.go_back()
    expect(page.locator("body")).not_to_contain_text("139 7777 8888")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_api_describes_itself(browse, world, sideways, language, viewport):
    page = browse(world.sales_rep, language=language, viewport=viewport)
    page.goto("/api/docs")
    first = page.locator(".opblock-tag, .opblock").first
    expect(first).to_be_visible()
    assert page.locator(".opblock").count() > 20
    assert sideways(page) == 0
