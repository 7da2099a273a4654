"""What the account page answers above all else: promised, open, owed, next."""

from datetime import timedelta

import pytest
from django.test import override_settings

from crm_core.answers import answers_of
from crm_core.models import DuplicatePair, Opportunity
from crm_core.services.account import create_account
from crm_core.services.activity import log_activity
from crm_core.services.opportunity import create_opportunity
from crm_core.services.task import create_task
from crm_core.timeline import Source


def waiting_at(user, account):
    """Stands for another app that has something open at an account."""
    return Source([account], lambda rows: [{"label": f"{row.name} 的反馈单", "url": "/feedback/1/"} for row in rows])


@pytest.fixture
def busy(account, sales_rep, stages, now, today):
    log_activity(account=account, kind="call", subject="周五前给样品，回电 13977778888", by=sales_rep, now=now, is_promise=True)
    create_task(title="发报价", due_on=today - timedelta(days=1), by=sales_rep, now=now, account=account)
    create_opportunity(account=account, data={"name": "二期扩容", "amount": 100, "close_on": today + timedelta(days=9)}, by=sales_rep, now=now)
    won = create_opportunity(account=account, data={"name": "一期", "amount": 250}, by=sales_rep, now=now)
    Opportunity.objects.filter(pk=won.pk).update(stage=next(stage for stage in stages if stage.outcome == "won"))
    twin = create_account(data={"name": "青山科技"}, by=sales_rep, now=now)
    DuplicatePair.objects.create(subject="account", left_id=min(account.pk, twin.pk), right_id=max(account.pk, twin.pk), score=80)
    return account


def test_each_question_is_answered(busy, sales_rep, today):
    found = answers_of(busy, by=sales_rep, profiles=[], today=today)
    assert [row.subject for row in found["promises"]] == ["周五前给样品，回电 13977778888"]
    assert [task.title for task in found["late_tasks"]] == ["发报价"]
    assert [(currency, int(amount)) for currency, amount in found["open_sums"]] == [("CNY", 100)]
    assert [(currency, int(amount)) for currency, amount in found["won_sums"]] == [("CNY", 250)]
    assert (found["can_bill"], found["waiting_pairs"], found["closing"].name) == (False, 1, "二期扩容")


def test_the_page_says_it_to_who_may_see_it(busy, sales_rep, auditor, outsider, client_of):
    page = client_of(sales_rep).get(busy.get_absolute_url()).content.decode()
    for words in ("周五前给样品", "1 possible duplicate", "1 task is overdue", "an invoice cannot be written", "Signature expected"):
        assert words in page, words
    masked = client_of(auditor).get(busy.get_absolute_url()).content.decode()
    assert "139****8888" in masked
    assert "13977778888" not in masked
    assert "possible duplicate" not in masked  # the auditor holds no right to look at pairs
    assert client_of(outsider).get(busy.get_absolute_url()).status_code == 404


def test_an_account_without_anything_says_so(account, sales_rep, client_of):
    page = client_of(sales_rep).get(account.get_absolute_url()).content.decode()
    for words in ("Nothing is promised.", "No opportunity is open.", "nothing is owed", "Nothing is planned."):
        assert words in page, words


@override_settings(ACCOUNT_WAITING=["tests.crm_core.test_answers.waiting_at"])
def test_other_apps_say_what_waits_there(account, sales_rep, client_of):
    assert "青山科技有限公司 的反馈单" in client_of(sales_rep).get(account.get_absolute_url()).content.decode()
