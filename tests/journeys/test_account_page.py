"""The account page with everything that can stand on it, for everybody who may open it: few statements, and nothing of it missing."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from crm_core.models import PoolEventKind, Tag
from crm_core.services.pool_settings import switch_mode
from tests.factories.crm_core import (
    AccountContactFactory,
    AccountFactory,
    AccountRelationFactory,
    ActivityFactory,
    BillingProfileFactory,
    CapacityExemptionFactory,
    CapacityRuleFactory,
    CollaboratorFactory,
    ContactFactory,
    CustomFieldFactory,
    DuplicatePairFactory,
    OpportunityFactory,
    OwnershipDisputeFactory,
    OwnershipFactory,
    PoolEventFactory,
    PoolFactory,
    RecycleRuleFactory,
    StageMoveFactory,
    TaskFactory,
)
from tests.factories.feedback import TicketFactory
from tests.factories.implementation import PhaseFactory, RolloutFactory, TeamMemberFactory
from tests.factories.people import DelegationFactory
from tests.guards.test_query_counts import Count

pytestmark = pytest.mark.django_db
MOST = 22
READERS = ("sales_rep", "other_rep", "sales_manager", "service_agent", "auditor", "pm", "sponsor")


@pytest.fixture
def stood_in(world):
    """What the frame of the page asks of everybody: a running rollout with a phase, and a colleague who is on leave."""
    rollout = RolloutFactory(department=world.group, project_manager=world.pm, sponsor=world.sponsor)
    PhaseFactory(rollout=rollout)
    for name in READERS:
        TeamMemberFactory(rollout=rollout, user=getattr(world, name))
        DelegationFactory(principal=world.west_rep, deputy=getattr(world, name))


def filled(account, world):
    """The account with several rows of whatever its page shows."""
    now = timezone.now()
    rep, other = world.sales_rep, world.other_rep
    for number in range(3):
        target = AccountFactory(owner=rep, department=world.team_a, name=f"关系{number}")
        person = ContactFactory(owner=rep, department=world.team_a, name=f"王芳{number}", phone=f"1397777888{number}", email=f"w{number}@example.com")
        AccountContactFactory(account=account, contact=person)
        AccountRelationFactory(account=account, other=target, kind="partner")
        AccountRelationFactory(account=target, other=account, kind="branch")
        BillingProfileFactory(account=account, title=f"开票{number}", bank_account="6222020200112233445")
        deal = OpportunityFactory(account=account, owner=rep, department=world.team_a, contact=person, name=f"商机{number}", amount=100, close_on=now.date())
        StageMoveFactory.create_batch(2, opportunity=deal, moved_by=other)
        calls = {"account": account, "contact": person, "opportunity": deal, "author": other, "occurred_at": now - timedelta(days=30)}
        ActivityFactory.create_batch(17, subject=f"电话 1397777888{number}", **calls)
        ActivityFactory(account=account, author=rep, subject=f"答应了{number}", is_promise=True)
        TaskFactory(account=account, owner=rep, department=world.team_a, title=f"未完{number}", due_on=now.date() - timedelta(days=1))
        TaskFactory(account=account, owner=rep, department=world.team_a, title=f"完成{number}", due_on=now.date(), done_at=now)
        TicketFactory(account=account, reporter=rep, department=world.team_a, title=f"反馈{number}")
        PoolEventFactory(account=account, kind=PoolEventKind.REFUSE, user=other, by=other, reason=f"拒绝{number}")
        OwnershipFactory(account=account, owner=other, starts_at=now - timedelta(days=9), ends_at=now - timedelta(days=8 - number), end_reason=f"结束{number}")
        twin = AccountFactory(owner=rep, department=world.team_a, name=f"相似{number}")
        DuplicatePairFactory(subject="account", left_id=min(account.pk, twin.pk), right_id=max(account.pk, twin.pk), score=80)
        account.tags.add(Tag.objects.create(name=f"标签{account.pk}-{number}"))
        for kind, value in (("account", target.pk), ("contact", person.pk)):
            field = CustomFieldFactory(type="relation", target=kind)
            account.custom[field.key] = value
        field = CustomFieldFactory(type="text")
        account.custom[field.key] = f"自定义{number}"
    OwnershipDisputeFactory(account=account)
    CollaboratorFactory(account=account, user=other, right="read", added_by=rep)
    account.save()
    return account


def asked(client, url):
    """The page and its statements, when what is read once per process has been read."""
    client.get(url)
    count = Count()
    with connection.execute_wrapper(count):
        response = client.get(url)
    return response, count.statements


@pytest.mark.parametrize("name", READERS)
def test_an_owned_account_about_to_fall(name, world, stood_in, client_of):
    account = filled(AccountFactory(owner=world.sales_rep, department=world.team_a, name="青山科技"), world)
    RecycleRuleFactory(pool=PoolFactory(department=world.east), days=1, remind_days=60, in_workdays=True, exempt_open_deals=False)
    page, statements = asked(client_of(getattr(world, name)), account.get_absolute_url())
    assert len(statements) <= MOST, statements
    words = page.content.decode()
    shown = ("关系2", "王芳2", "开票2", "答应了2", "完成2", "拒绝2", "结束2", f"标签{account.pk}-2", "自定义2", str(world.other_rep))
    assert not [word for word in shown if word not in words and not (name in ("service_agent", "other_rep") and word == "关系2")]
    assert ("商机2" in words) or name in ("other_rep", "service_agent")
    assert len(page.context["timeline"]) == 50
    assert page.context["holding"].falls


@pytest.mark.parametrize("name", ["sales_rep", "other_rep", "sales_manager"])
def test_an_account_in_the_pool_that_may_be_claimed(name, world, stood_in, client_of):
    pool = PoolFactory(department=world.sales, quota=50, cooldown_owner_days=1, cooldown_team_days=1)
    account = filled(AccountFactory(department=world.sales, name="无主贸易", pool=pool), world)
    for _number in range(3):
        CapacityExemptionFactory(rule=CapacityRuleFactory(limit=9), user=getattr(world, name))
    page, statements = asked(client_of(getattr(world, name)), account.get_absolute_url())
    assert len(statements) <= MOST, statements
    assert "王芳2" in page.content.decode()


def test_with_an_owner_in_each_business_unit(world, stood_in, client_of):
    account = filled(AccountFactory(owner=world.sales_rep, department=world.team_a, name="青山科技"), world)
    switch_mode(per="unit", by=world.pm)
    OwnershipFactory(account=account, owner=world.west_rep, department=world.west_sales, business_unit=world.west, slot=world.west.pk)
    page, statements = asked(client_of(world.sales_rep), account.get_absolute_url())
    assert len(statements) <= MOST, statements
    assert str(world.west_rep) in page.content.decode()


def test_negative_control_what_is_read_apart_is_noticed(world, stood_in, client_of, monkeypatch):
    """With every list read by itself, as it once was, the limit is broken."""
    monkeypatch.setattr("crm_core.views.account.read_together", lambda *querysets: None)
    account = filled(AccountFactory(owner=world.sales_rep, department=world.team_a, name="青山科技"), world)
    assert len(asked(client_of(world.sales_rep), account.get_absolute_url())[1]) > MOST
