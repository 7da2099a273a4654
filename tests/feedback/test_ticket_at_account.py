"""A ticket reported from a customer's page stands at that customer, where the reader may see the ticket; it follows a merge and stays at a handover."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from crm_core.services.account import create_account
from crm_core.services.handover import preview_handover
from crm_core.services.merging import merge_records, undo_merge
from crm_core.services.sharing import share_account
from crm_core.timeline import Asked, account_timeline
from feedback.models import Ticket
from feedback.services import tickets
from foundation.people.models import User

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 16, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def account(world):
    return create_account(data={"name": "青山科技有限公司"}, by=world.sales_rep, now=MONDAY)


def report(by, page, **values):
    return tickets.report_ticket(
        **{"kind": "bug", "title": "回电 13977778888 时报错", "body": "", "severity": "hinders", "by": by, "now": MONDAY, "page_url": page, **values}
    )


def told(account, by, **asked):
    items = account_timeline(account, by=User.objects.get(pk=by.pk), asked=Asked(**asked))
    return [item for item in items if item["key"].startswith("ticket")]


@pytest.mark.parametrize("page", ["account_detail", "account_edit", "account_history"])
def test_the_page_from_which_it_is_reported_names_the_customer(world, account, client_of, page):
    form = {"kind": "question", "title": "怎么移交", "severity": "annoys", "page_url": f"{reverse(f'crm_core:{page}', args=[account.pk])}?show=deal#log"}
    assert client_of(world.sales_rep).post(reverse("feedback:ticket_create"), form).status_code == 302
    assert Ticket.objects.get().account == account


@pytest.mark.parametrize(
    "page",
    [
        "",
        "/",
        "/crm/accounts/",
        "/crm/contacts/1/",
        "/crm/accounts/999999/",
        f"/crm/accounts/{9**30}/",
        "/crm/accounts/-1/",
        "/crm/accounts/1%00/",
        "//[x",
        "新",
    ],
)
def test_other_pages_name_none(world, account, page):
    assert report(world.sales_rep, page).account is None


def test_who_does_not_see_the_customer_reports_about_none(world, account):
    assert report(world.west_rep, account.get_absolute_url()).account is None


def test_it_is_told_to_who_may_see_the_ticket(world, account, client_of):
    ticket = report(world.sales_rep, account.get_absolute_url())
    share_account(account=account, person=world.other_rep, by=world.sales_rep, right="read")
    (item,) = told(account, world.sales_rep)
    assert item["title"] == "reported “回电 13977778888 时报错”"
    assert item["url"] == reverse("feedback:ticket_detail", args=[ticket.pk])
    for person, sees in ((world.sales_rep, True), (world.other_rep, False)):  # a colleague sees the customer, but no ticket of others
        assert bool(told(account, person)) is sees
        page = client_of(person).get(account.get_absolute_url()).content.decode()
        assert (f"Ticket {ticket.code}" in page) is sees, person
        assert (item["url"] in page) is sees, person
        assert "?show=ticket" in page


def test_it_is_narrowed_by_kind_person_and_words(world, account):
    report(world.sales_rep, account.get_absolute_url())
    assert told(account, world.sales_rep, show="ticket", words="报错", who=world.sales_rep.pk)
    assert not told(account, world.sales_rep, show="deal")
    assert not told(account, world.sales_rep, words="别的")
    assert not told(account, world.sales_rep, who=world.other_rep.pk)


def test_a_closed_ticket_is_told_but_does_not_wait(world, account, client_of):
    ticket = report(world.sales_rep, account.get_absolute_url())
    Ticket.objects.filter(pk=ticket.pk).update(state="closed", closed_at=MONDAY)
    page = client_of(world.sales_rep).get(account.get_absolute_url()).content.decode()
    assert f"Ticket {ticket.code}" not in page
    assert told(account, world.sales_rep)


def test_it_follows_a_merge_and_comes_back(world, account):
    by, twin = world.sales_rep, create_account(data={"name": "青山科技"}, by=world.sales_rep, now=MONDAY)
    ticket = report(by, twin.get_absolute_url())
    done = merge_records(
        rows=[account, twin], survivor=account, by=by, now=MONDAY + timedelta(hours=1), versions={account.pk: account.version, twin.pk: twin.version}
    )
    ticket.refresh_from_db()
    assert ticket.account == account
    assert told(account, by)
    undo_merge(merge=done, by=by, now=MONDAY + timedelta(hours=2))
    ticket.refresh_from_db()
    assert ticket.account == twin


def test_a_handover_says_that_it_stays(world, account):
    ticket = report(world.sales_rep, account.get_absolute_url())
    (line,) = preview_handover(accounts=[account], giver=world.sales_rep, parts=[])
    assert "1 open ticket stays with who reported it." in line.stayed
    Ticket.objects.filter(pk=ticket.pk).update(state="closed", closed_at=MONDAY)
    (line,) = preview_handover(accounts=[account], giver=world.sales_rep, parts=[])
    assert line.stayed == []
