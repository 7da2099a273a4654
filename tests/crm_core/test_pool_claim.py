"""Claiming under rules: quota, cool-down, quiet time, capacity; each refusal names rule, values and date."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from crm_core.claim_rules import cooldown_verdict, next_period, period_start, quiet_after_fall_verdict, quiet_hours_verdict, quota_verdict
from crm_core.models import Account, CapacityExemption, Pool, PoolEvent, PoolMember
from crm_core.pool_words import because, refusal
from crm_core.services.account import CannotCreate, create_account
from crm_core.services.ledger import CannotAssign, Opening, open_ownerships
from crm_core.services.ownership import CannotClaim, assign_account, claim_account, return_account, transfer_account
from crm_core.services.pools import pool_for
from foundation.usage.models import UsageEvent
from tests.factories.crm_core import AccountFactory, CapacityRuleFactory, PoolFactory
from tests.factories.people import person

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def pool(world):
    return PoolFactory(department=world.sales, name="华东公海", name_en="East pool", is_default=True)


def lying(pool, count=1, **more):
    return [AccountFactory(department=pool.department, pool=pool, pooled_at=MONDAY - timedelta(days=9), **more) for _n in range(count)]


def refused(account, by, now):
    with pytest.raises(CannotClaim) as caught:
        claim_account(account=account, by=by, now=now)
    return caught.value


def test_claim_quota_names_values_and_day(pool, sales_rep):
    Pool.objects.filter(pk=pool.pk).update(quota=2, quota_period="week")
    first, second, third = lying(pool, 3)
    claim_account(account=first, by=sales_rep, now=MONDAY)
    claim_account(account=second, by=sales_rep, now=MONDAY)
    error = refused(third, sales_rep, MONDAY)
    assert str(error) == "You have claimed 2 of 2 this week; from Monday 30 Nov you may claim again."
    with translation.override("zh-hans"):
        assert "2" in refusal(error.verdict)
        assert "11月30日" in refusal(error.verdict)
    event = PoolEvent.objects.get(kind="refuse")
    assert (event.rule, event.values["used"], event.due_on, event.user) == ("quota", 2, date(2026, 11, 30), sales_rep)
    assert UsageEvent.objects.filter(feature__key="crm.account.claim", outcome="denied", user=sales_rep).count() == 1
    claim_account(account=third, by=sales_rep, now=MONDAY + timedelta(days=7))


def test_claim_return_claim_does_not_escape_the_quota(pool, sales_rep, other_rep):
    Pool.objects.filter(pk=pool.pk).update(quota=1, quota_period="month")
    first, second = lying(pool, 2)
    claim_account(account=first, by=sales_rep, now=MONDAY)
    return_account(account=first, by=sales_rep, now=MONDAY, reason="x")
    assert "1 of 1 this month" in str(refused(second, sales_rep, MONDAY))
    claim_account(account=second, by=other_rep, now=MONDAY)


def test_quota_is_counted_per_pool(pool, sales_rep, world):
    Pool.objects.filter(pk=pool.pk).update(quota=1)
    other = PoolFactory(department=world.sales)
    claim_account(account=lying(pool)[0], by=sales_rep, now=MONDAY)
    claim_account(account=lying(other)[0], by=sales_rep, now=MONDAY)


def test_cooldown_of_owner_and_team(pool, sales_rep, other_rep, world, sales_manager):
    Pool.objects.filter(pk=pool.pk).update(cooldown_owner_days=30, cooldown_team_days=5)
    account = lying(pool)[0]
    claim_account(account=account, by=sales_rep, now=MONDAY)
    return_account(account=account, by=sales_rep, now=MONDAY, reason="x")
    error = refused(account, sales_rep, MONDAY + timedelta(days=29))
    assert error.verdict.rule == "cooldown_owner"
    assert "30 days" in str(error)
    assert "Wednesday 23 Dec" in str(error)
    mate = _mate(world)
    assert refused(account, mate, MONDAY + timedelta(days=4)).verdict.rule == "cooldown_team"
    claim_account(account=account, by=other_rep, now=MONDAY + timedelta(days=4))


def _mate(world):
    return person("team_mate", "sales_rep", world.team_a)


def test_quiet_time_after_a_fall_and_by_the_clock(pool, sales_rep):
    account = lying(pool)[0]
    Account.objects.filter(pk=account.pk).update(pooled_at=MONDAY)
    Pool.objects.filter(pk=pool.pk).update(quiet_hours_after_fall=24)
    assert "24 hours" in str(refused(account, sales_rep, MONDAY + timedelta(hours=23)))
    Pool.objects.filter(pk=pool.pk).update(quiet_hours_after_fall=0, quiet_from=time(22), quiet_to=time(8))
    assert "08:00" in str(refused(account, sales_rep, MONDAY + timedelta(hours=13)))
    claim_account(account=account, by=sales_rep, now=MONDAY + timedelta(hours=22))


def test_members_only_and_closed_pools(pool, sales_rep, other_rep):
    Pool.objects.filter(pk=pool.pk).update(members_only=True)
    PoolMember.objects.create(pool=pool, user=other_rep)
    account = lying(pool)[0]
    assert refused(account, sales_rep, MONDAY).verdict.rule == "members_only"
    assert account not in Account.objects.visible_to(sales_rep)
    claim_account(account=account, by=other_rep, now=MONDAY)
    Pool.objects.filter(pk=pool.pk).update(is_active=False)
    assert refused(lying(pool)[0], other_rep, MONDAY).verdict.rule == "closed"


def test_capacity_by_level_with_exemption(pool, sales_rep, sales_manager, today):
    rule = CapacityRuleFactory(name="A类上限", name_en="Key accounts", limit=1, levels=["A"])
    one, two, small = *lying(pool, 2, level="A"), *lying(pool, 1, level="D")
    claim_account(account=one, by=sales_rep, now=timezone.now())
    error = refused(two, sales_rep, timezone.now())
    assert str(error) == "You own 1 of at most 1 accounts (Key accounts). Return one first, or ask for an exemption."
    claim_account(account=small, by=sales_rep, now=timezone.now())
    with pytest.raises(CannotAssign, match="Sales Rep owns 1 of at most 1"):
        assign_account(account=two, owner=sales_rep, by=sales_manager, now=timezone.now())
    exemption = CapacityExemption.objects.create(rule=rule, user=sales_rep, limit=2, expires_on=today, reason="x", granted_by=sales_manager)
    assign_account(account=two, owner=sales_rep, by=sales_manager, now=timezone.now())
    exemption.expires_on = today - timedelta(days=1)
    exemption.save()
    third = lying(pool, 1, level="A")[0]
    assert refused(third, sales_rep, timezone.now()).verdict.values["limit"] == 1


def test_capacity_counts_new_accounts_only_where_said(sales_rep, other_rep, world):
    rule = CapacityRuleFactory(limit=1, department=world.team_a)
    create_account(data={"name": "甲公司"}, by=sales_rep, now=MONDAY)
    create_account(data={"name": "乙公司"}, by=sales_rep, now=MONDAY)
    rule.counts_new = True
    rule.save()
    with pytest.raises(CannotCreate):
        create_account(data={"name": "丙公司"}, by=sales_rep, now=MONDAY)
    assert not Account.objects.filter(name="丙公司").exists()
    create_account(data={"name": "丁公司"}, by=other_rep, now=MONDAY)


def test_transfer_asks_for_room(sales_rep, other_rep, sales_manager, pool):
    CapacityRuleFactory(limit=1)
    claim_account(account=lying(pool)[0], by=other_rep, now=MONDAY)
    account = lying(pool)[0]
    claim_account(account=account, by=sales_rep, now=MONDAY)
    with pytest.raises(CannotAssign, match="Other Rep owns 1"):
        transfer_account(account=account, owner=other_rep, by=sales_manager, now=MONDAY)
    account.refresh_from_db()
    assert account.owner == sales_rep


def test_pool_for_prefers_the_kind_then_the_nearest_department(world):
    group = PoolFactory(department=world.group)
    merchants = PoolFactory(department=world.east, kinds=["merchant"])
    team = AccountFactory(department=world.team_a)
    default = pool_for(team)
    assert (default.department, default.is_default) == (world.sales, True)
    assert pool_for(AccountFactory(department=world.team_a, kind="merchant")) == merchants
    assert pool_for(AccountFactory(department=world.west_sales)) not in (group, merchants)


def test_open_ownerships_in_bulk(world, sales_rep, other_rep, pm, django_assert_max_num_queries):
    rows = [Account(name=f"批量{n}", owner=sales_rep if n % 2 else None, department=world.sales) for n in range(60)]
    for row in rows:
        row.set_keys()
    Account.objects.bulk_create(rows)
    early = MONDAY - timedelta(days=900)
    with django_assert_max_num_queries(20):  # for 60 accounts; the department's default pool is made on the way
        made = open_ownerships([Opening(row, starts_at=early) for row in rows], how="import", by=pm, now=MONDAY)
    assert len(made) == 30
    assert {row.starts_at for row in made} == {early}
    free = Account.objects.filter(name__startswith="批量", owner__isnull=True)
    assert {row.pool.department for row in free.select_related("pool__department")} == {world.sales}
    assert {row.pooled_at for row in free} == {MONDAY}


# --- the arithmetic --------------------------------------------------------------------------------------

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
MOMENTS = st.datetimes(datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2035-12-31")).map(timezone.make_aware)


@given(DAYS, st.sampled_from(["day", "week", "month"]))
def test_periods_tile_the_calendar(day, period):
    start, following = period_start(period, day), next_period(period, day)
    assert start <= day < following
    assert period_start(period, following) == following
    assert period_start(period, following - timedelta(days=1)) == start


@given(DAYS, st.sampled_from(["day", "week", "month"]), st.integers(0, 50), st.integers(1, 50))
def test_quota_refuses_exactly_from_the_quota_on(day, period, used, quota):
    verdict = quota_verdict(used=used, quota=quota, period=period, today=day)
    assert (verdict is not None) == (used >= quota)
    if verdict:
        assert timezone.localdate(verdict.until) > day
        assert refusal(verdict)
        assert because(verdict.rule, verdict.values)


@given(MOMENTS, st.integers(0, 3650), st.timedeltas(timedelta(0), timedelta(days=4000)))
def test_cooldown_ends_after_its_days_and_not_before(ended, days, passed):
    verdict = cooldown_verdict(rule="cooldown_owner", ended_at=ended, days=days, now=ended + passed)
    assert (verdict is not None) == (passed < timedelta(days=days))
    if verdict:
        assert cooldown_verdict(rule="cooldown_owner", ended_at=ended, days=days, now=verdict.until) is None


@given(MOMENTS, st.times(), st.times())
def test_quiet_hours_end_at_the_moment_they_name(now, start, end):
    start, end = start.replace(second=0, microsecond=0, tzinfo=None), end.replace(second=0, microsecond=0, tzinfo=None)
    verdict = quiet_hours_verdict(quiet_from=start, quiet_to=end, now=now)
    if verdict:
        assert now < verdict.until <= now + timedelta(days=1)
        assert quiet_hours_verdict(quiet_from=start, quiet_to=end, now=verdict.until) is None


@given(MOMENTS, st.integers(0, 200), st.timedeltas(timedelta(0), timedelta(days=10)))
def test_first_hours_in_the_pool(fell, hours, passed):
    verdict = quiet_after_fall_verdict(fell_at=fell, hours=hours, now=fell + passed)
    assert (verdict is not None) == (passed < timedelta(hours=hours))
