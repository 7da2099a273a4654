"""Every page works for those who may, is 404 for outsiders, 403 for readers, 405 for the wrong method."""

from datetime import timedelta

import pytest
from django.urls import reverse

from crm_core.services.account import create_account
from crm_core.services.activity import log_activity
from crm_core.services.contact import create_contact
from crm_core.services.opportunity import create_opportunity
from crm_core.services.task import create_task
from tests.factories.crm_core import ImportBatchFactory, ImportRowFactory


@pytest.fixture
def rows(account, sales_rep, today, now):
    """One of everything at the rep's account."""
    contact = create_contact(
        data={"name": "王芳", "phone": "13800138000", "email": "wang@example.com", "wechat": "wangfang"}, by=sales_rep, now=now, account=account
    )
    deal = create_opportunity(account=account, data={"name": "二期扩容", "contact": contact, "amount": 120000}, by=sales_rep, now=now)
    activity = log_activity(
        account=account,
        kind="call",
        subject="谈了价格",
        by=sales_rep,
        now=now,
        contact=contact,
        opportunity=deal,
        is_promise=True,
        next_on=today + timedelta(days=1),
    )
    task = create_task(title="发报价", due_on=today - timedelta(days=1), by=sales_rep, now=now, account=account, opportunity=deal)
    link = contact.account_links.get()
    return {"account": account, "contact": contact, "opportunity": deal, "activity": activity, "task": task, "link": link}


LISTS = ["account_list", "account_mine", "account_team", "account_pool", "contact_list", "activity_list", "task_list", "my_day"]
LISTS += ["opportunity_list", "opportunity_board", "opportunity_forecast", "opportunity_forecast_data", "bin_list"]
LISTS += ["account_create", "contact_create", "task_create", "opportunity_create", "duplicate_known"]
ONE = [
    ("account_detail", "account"),
    ("account_edit", "account"),
    ("account_return", "account"),
    ("account_share", "account"),
    ("activity_log", "account"),
    ("contact_detail", "contact"),
    ("contact_edit", "contact"),
    ("contact_link", "contact"),
    ("activity_edit", "activity"),
    ("task_edit", "task"),
    ("opportunity_detail", "opportunity"),
    ("opportunity_edit", "opportunity"),
    ("opportunity_move", "opportunity"),
]
POSTS = [
    ("account_claim", "account"),
    ("account_discard", "account"),
    ("contact_discard", "contact"),
    ("contact_unlink", "link"),
    ("task_done", "task"),
    ("task_snooze", "task"),
    ("opportunity_discard", "opportunity"),
]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", LISTS)
def test_list_page_works(name, language, rows, sales_rep, client_of):
    sales_rep.language = language
    sales_rep.save()
    response = client_of(sales_rep).get(reverse(f"crm_core:{name}"))
    assert response.status_code == 200
    if name in {"account_list", "account_mine"}:
        assert str(rows["account"].name if language == "zh-hans" else rows["account"].name_en) in response.content.decode()


@pytest.mark.parametrize("name", LISTS)
def test_list_page_is_empty_for_an_outsider(name, rows, outsider, client_of):
    response = client_of(outsider).get(reverse(f"crm_core:{name}"))
    assert response.status_code == 200
    text = response.content.decode()
    for word in ("青山科技", "Green Hill", "王芳", "二期扩容", "谈了价格", "发报价"):
        assert word not in text


@pytest.mark.parametrize(("name", "noun"), ONE)
def test_page_works(name, noun, rows, sales_rep, client_of):
    assert client_of(sales_rep).get(reverse(f"crm_core:{name}", args=[rows[noun].pk])).status_code == 200


@pytest.mark.parametrize(("name", "noun"), ONE)
def test_page_is_404_for_an_outsider(name, noun, rows, outsider, client_of):
    assert client_of(outsider).get(reverse(f"crm_core:{name}", args=[rows[noun].pk])).status_code == 404


@pytest.mark.parametrize(("name", "noun"), POSTS)
def test_action_is_404_for_an_outsider_and_405_for_get(name, noun, rows, outsider, sales_rep, client_of):
    url = reverse(f"crm_core:{name}", args=[rows[noun].pk])
    assert client_of(outsider).post(url, {"days": 1}).status_code == 404
    assert client_of(sales_rep).get(url).status_code == 405


@pytest.mark.parametrize(
    ("name", "noun"), [("account_edit", "account"), ("account_claim", "account"), ("account_transfer", "account"), ("opportunity_move", "opportunity")]
)
def test_action_is_403_for_a_reader(name, noun, rows, auditor, client_of):
    client = client_of(auditor)
    assert client.get(reverse("crm_core:account_detail", args=[rows["account"].pk])).status_code == 200
    assert client.post(reverse(f"crm_core:{name}", args=[rows[noun].pk])).status_code == 403


def test_export_needs_its_permission_and_is_recorded(rows, sales_rep, sales_manager, client_of):
    from foundation.usage.models import UsageEvent

    url = reverse("crm_core:account_list") + "?export=csv"
    assert client_of(sales_rep).get(url).status_code == 403
    response = client_of(sales_manager).get(url)
    assert response.status_code == 200
    assert "青山科技" in b"".join(response.streaming_content).decode("utf-8-sig") or response.streaming
    assert UsageEvent.objects.filter(feature__key="crm.account.export", verb="export", user=sales_manager).count() == 1


def test_bin_brings_back_what_was_thrown_away(rows, sales_rep, client_of):
    client = client_of(sales_rep)
    contact = rows["contact"]
    client.post(reverse("crm_core:contact_discard", args=[contact.pk]))
    assert client.get(reverse("crm_core:contact_detail", args=[contact.pk])).status_code == 404
    assert "王芳" in client.get(reverse("crm_core:bin_list")).content.decode()
    client.post(reverse("crm_core:contact_restore", args=[contact.pk]))
    assert client.get(reverse("crm_core:contact_detail", args=[contact.pk])).status_code == 200


def test_account_with_an_open_deal_is_not_thrown_away(rows, sales_rep, client_of):
    response = client_of(sales_rep).post(reverse("crm_core:account_discard", args=[rows["account"].pk]))
    assert response.status_code == 409
    rows["account"].refresh_from_db()
    assert rows["account"].deleted_at is None


def test_import_pages_work_and_are_private(world, sales_manager, west_rep, outsider, sales_rep, client_of):
    batch = ImportBatchFactory(created_by=sales_manager, department=world.sales)
    ImportRowFactory(batch=batch)
    client = client_of(sales_manager)
    for name in ("import_detail", "import_map"):
        url = reverse(f"crm_core:{name}", args=[batch.pk])
        assert client.get(url).status_code == 200
        assert client_of(outsider).get(url).status_code == 404
        assert client_of(sales_rep).get(url).status_code == 403
    for name in ("import_list", "import_create"):
        assert client.get(reverse(f"crm_core:{name}")).status_code == 200


def test_query_count_of_pages_does_not_grow_with_rows(sales_rep, account, now, client_of, django_assert_max_num_queries, stages):
    def fill(count):
        for number in range(count):
            other = create_account(data={"name": f"客户{number}{count}"}, by=sales_rep, now=now)
            contact = create_contact(data={"name": f"联系人{number}{count}"}, by=sales_rep, now=now, account=account)
            deal = create_opportunity(account=account, data={"name": f"商机{number}{count}"}, by=sales_rep, now=now)
            log_activity(account=account, kind="call", subject="x", by=sales_rep, now=now, contact=contact, opportunity=deal, next_on=now.date())
            log_activity(account=other, kind="call", subject="x", by=sales_rep, now=now)

    client = client_of(sales_rep)
    urls = [
        reverse(f"crm_core:{name}")
        for name in ("account_list", "contact_list", "activity_list", "task_list", "opportunity_list", "opportunity_board", "my_day")
    ]
    urls.append(reverse("crm_core:account_detail", args=[account.pk]))
    fill(1)
    counts = {url: _queries(client, url) for url in urls}
    fill(6)
    assert {url: _queries(client, url) for url in urls} == counts
    assert max(counts.values()) <= 40


def _queries(client, url):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)
