"""A customer, and the counts of all, as they stood at the end of a past day."""

from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm_core.as_of import snapshot_of, tallies
from crm_core.models import Account, Ownership, StageMove
from crm_core.models.book import book_of
from crm_core.services.account import create_account, update_account
from crm_core.services.billing import create_billing_profile, retire_billing_profile
from crm_core.services.contact import create_contact, end_link
from crm_core.services.merging import merge_records
from crm_core.services.opportunity import create_opportunity, move_opportunity
from crm_core.services.ownership import transfer_account


def noon(day):
    return timezone.make_aware(datetime.combine(day, time(12)))


def age(*pairs):
    """History and ledger as if what the services just wrote had been written on a past day: (queryset, field, moment)."""
    for rows, name, moment in pairs:
        rows.update(**{name: moment})


@pytest.fixture
def day(today):
    return today - timedelta(days=10)


@pytest.fixture
def old(account, sales_rep, sales_manager, other_rep, stages, day, now):
    """Known for ten days under level A with a contact, an open deal and a billing profile; all of it changed today."""
    update_account(account=account, changes={"level": "A", "phone": "021 6777 8899"}, version=account.version, by=sales_rep, now=now)
    contact = create_contact(data={"name": "王芳", "phone": "139 7777 8888"}, by=sales_rep, now=now, account=account)
    deal = create_opportunity(account=account, data={"name": "二期扩容", "amount": 100}, by=sales_rep, now=now)
    profile = create_billing_profile(account=account, data={"title": "青山开票", "bank_account": "6222021234567890"}, by=sales_rep, now=now)
    then = noon(day)
    age(
        *((model.history.all(), "history_date", then) for model in (Account, type(contact), type(contact.account_links.get()), type(deal), type(profile))),
        (Ownership.objects.all(), "starts_at", then),
        (StageMove.objects.all(), "moved_at", then),
        (Account.objects.all(), "created_at", then),
    )
    account.refresh_from_db()
    update_account(account=account, changes={"level": "C", "name": "青山新名有限公司"}, version=account.version, by=sales_rep, now=now)
    deal.refresh_from_db()
    move_opportunity(opportunity=deal, stage=stages[1], version=deal.version, by=sales_rep, now=now)
    end_link(link=contact.account_links.get(), by=sales_rep, today=timezone.localdate())
    retire_billing_profile(profile=profile, by=sales_rep, now=now)
    account.refresh_from_db()
    transfer_account(account=account, owner=other_rep, by=sales_manager, now=now, reason="区域调整")
    account.refresh_from_db()
    return account


def test_the_page_shows_the_day_and_leads_back(old, day, sales_manager, client_of, stages):
    client = client_of(sales_manager)
    page = client.get(old.get_absolute_url(), {"as_of": day.isoformat()}).content.decode()
    for words in ("Green Hill Ltd", "Sales Rep", "二期扩容", str(stages[0]), "王芳", "青山开票", "Back to today"):
        assert words in page, words
    assert "hx-get" not in page.partition("record-facts")[2].partition("record-main")[0]
    today = client.get(old.get_absolute_url(), {"as_of": timezone.localdate().isoformat()}).content.decode()
    assert "Timeline" in today


def test_every_part_is_that_of_the_day(old, day, sales_manager, other_rep, stages):
    seen = snapshot_of(old, day=day, by=sales_manager)
    assert (seen.account.name, seen.account.level) == ("青山科技有限公司", "A")
    assert [row.owner.username for row in seen.owners] == ["sales_rep"]
    assert [(deal.name, deal.stage_then) for deal in seen.deals] == [("二期扩容", stages[0])]
    assert [link.person.name for link in seen.links] == ["王芳"]
    assert [profile.title for profile in seen.profiles] == ["青山开票"]
    now = snapshot_of(old, day=timezone.localdate(), by=sales_manager)
    assert (now.account.name, [row.owner for row in now.owners], now.profiles) == ("青山新名有限公司", [other_rep], [])
    assert [deal.stage_then for deal in now.deals] == [stages[1]]


def test_before_the_first_day_it_says_so(old, day, sales_manager, client_of):
    answer = client_of(sales_manager).get(old.get_absolute_url(), {"as_of": (day - timedelta(days=1)).isoformat()})
    assert answer.status_code == 200
    assert "Not known yet" in answer.content.decode()
    assert "二期扩容" not in answer.content.decode()


def test_what_was_merged_later_is_named(old, day, sales_manager, other_rep, now, client_of):
    twin = create_account(data={"name": "青山分身公司"}, by=other_rep, now=now)
    old.refresh_from_db()
    merge_records(rows=[old, twin], survivor=old, by=other_rep, now=now, versions={old.pk: old.version, twin.pk: twin.version})
    seen = snapshot_of(Account.objects.get(pk=old.pk), day=day, by=sales_manager)
    assert seen.merged_later == ["青山分身公司"]
    assert "青山分身公司" in client_of(sales_manager).get(old.get_absolute_url(), {"as_of": day.isoformat()}).content.decode()


@pytest.mark.parametrize(
    "text", ["9999-99-99", "yesterday", "2026-02-30", "0000-00-00", "9999-12-31", "12026-01-01", "0001-01-01", "' OR 1=1", "2026-01-01T00:00"]
)
@pytest.mark.parametrize("place", ["page", "list"])
def test_what_is_no_past_day_is_refused_in_words(text, place, old, sales_manager, client_of):
    url = old.get_absolute_url() if place == "page" else reverse("crm_core:account_list_as_of")
    answer = client_of(sales_manager).get(url, {"as_of": text})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()


def test_tomorrow_is_not_known(old, sales_manager, client_of, today):
    answer = client_of(sales_manager).get(old.get_absolute_url(), {"as_of": (today + timedelta(days=1)).isoformat()})
    assert answer.status_code == 400
    assert "nobody knows yet" in answer.content.decode()
    assert client_of(sales_manager).get(old.get_absolute_url(), {"as_of": ""}).status_code == 200


def test_rights_are_those_of_today(old, day, sales_rep, outsider, trainer, other_rep, auditor, client_of):
    url, asked = old.get_absolute_url(), {"as_of": day.isoformat()}
    assert client_of(sales_rep).get(url, asked).status_code == 404  # owned it then, not today
    assert client_of(outsider).get(url, asked).status_code == 404
    assert client_of(trainer).get(url, asked).status_code == 403
    assert client_of(other_rep).get(url, asked).status_code == 200
    masked = client_of(auditor).get(url, asked).content.decode()
    assert "****8899" in masked
    assert "6777 8899" not in masked
    assert "622202123" not in masked


def test_the_list_counts_by_owner_department_and_level(old, day, sales_manager, sales_rep, other_rep, today, client_of):
    names = book_of("level").label
    then = tallies(Account.objects.visible_to(sales_manager), day=day, level_name=names)
    assert (then["total"], then["pooled"]) == (1, 0)
    assert [(row.label, row.count) for row in then["owners"]] == [(str(sales_rep), 1)]
    assert [(row.key, row.count) for row in then["levels"]] == [("A", 1)]
    now = tallies(Account.objects.visible_to(sales_manager), day=today, level_name=names)
    assert [(row.label, row.count) for row in now["owners"]] == [(str(other_rep), 1)]
    assert [(row.key, row.count) for row in now["levels"]] == [("C", 1)]
    url = reverse("crm_core:account_list_as_of")
    assert str(sales_rep) in client_of(sales_manager).get(url, {"as_of": day.isoformat()}).content.decode()
    assert "No account was known" in client_of(sales_manager).get(url, {"as_of": date(2001, 1, 1).isoformat()}).content.decode()


def test_the_list_counts_only_what_one_sees(old, day, sales_rep, outsider, trainer, client_of):
    url = reverse("crm_core:account_list_as_of")
    assert "No account was known" in client_of(outsider).get(url, {"as_of": day.isoformat()}).content.decode()
    assert client_of(trainer).get(url).status_code == 403
    assert client_of(outsider).post(url).status_code == 405


def test_the_list_is_narrowed_to_what_a_department_owned(old, day, world, sales_manager, sales_rep, other_rep, today, client_of):
    client, url = client_of(sales_manager), reverse("crm_core:account_list_as_of")

    def owners(department, on):
        page = client.get(url, {"as_of": on.isoformat(), "department": department}).content.decode()
        return {person for person in (sales_rep, other_rep) if f'<th scope="row">{person}</th>' in page}

    assert owners(world.team_a.pk, day) == {sales_rep}
    assert owners(world.team_b.pk, day) == set()
    assert owners(world.team_b.pk, today) == {other_rep}
    assert owners(world.sales.pk, day) == {sales_rep}, "those below belong to it"
    for bad in ("x", "0", "9" * 30, ""):
        assert owners(bad, day) == {sales_rep}


def test_of_very_many_nothing_is_counted(old, day, sales_manager, client_of, monkeypatch):
    monkeypatch.setattr("crm_core.as_of.COUNT_CAP", 0)
    url = reverse("crm_core:account_list_as_of")
    with CaptureQueriesContext(connection) as found:
        page = client_of(sales_manager).get(url, {"as_of": day.isoformat()}).content.decode()
    assert "Choose a department" in page
    assert not [query for query in found if "historicalaccount" in query["sql"]], "no history is asked"


def test_queries_do_not_grow(old, day, sales_manager, other_rep, now, client_of):
    client = client_of(sales_manager)
    page, lists = (old.get_absolute_url(), {"as_of": timezone.localdate().isoformat()}), (reverse("crm_core:account_list_as_of"), {"as_of": day.isoformat()})
    page = (page[0], {"as_of": day.isoformat()})

    def count(url, asked):
        with CaptureQueriesContext(connection) as found:
            assert client.get(url, asked).status_code == 200
        return len(found)

    count(*page)
    few = [count(*page), count(*lists)]
    for number in range(8):
        contact = create_contact(data={"name": f"李{number}", "phone": f"1380000000{number}"}, by=other_rep, now=now, account=old)
        create_opportunity(account=old, data={"name": f"商机{number}"}, by=other_rep, now=now)
        type(contact).history.update(history_date=noon(day))
        contact.account_links.model.history.update(history_date=noon(day))
        create_account(data={"name": f"新客户{number}"}, by=other_rep, now=now)
    many = [count(*page), count(*lists)]
    assert many <= [few[0] + 1, few[1]]
    assert max(many) < 40
