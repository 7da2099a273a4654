"""Recycling: rules, exemptions, reminders, dry run, the nightly run that can be killed and called twice."""

import io
import json
from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from crm_core.fall_rules import falls_on, latest_since
from crm_core.models import Account, FallExemption, Ownership, PoolEvent, RecycleRule, RecycleRun, Tag
from crm_core.services import falling
from crm_core.services.account import create_account
from crm_core.services.activity import log_activity
from crm_core.services.falling import CannotRecycle, dry_run, falls_of, recycle
from crm_core.services.opportunity import create_opportunity
from crm_core.services.pool_settings import exempt_account
from foundation.notices.models import Notice
from foundation.periods import WorkingCalendar
from tests.factories.crm_core import AccountFactory, PoolFactory, RecycleRuleFactory

CONTRACTS = {}


def contract_dates(keys):
    """What a contract app would answer."""
    return {key: CONTRACTS[key] for key in keys if key in CONTRACTS}


@pytest.fixture
def pool(world):
    return PoolFactory(department=world.sales, name="华东公海", name_en="East pool", is_default=True)


def aged(owner, days, today, **more):
    """An account of the owner whose last sign of life lies so many days back."""
    moment = timezone.now() - timedelta(days=days)
    account = create_account(data={"name": f"客户{Account.objects.count()}", **more}, by=owner, now=moment)
    Ownership.objects.filter(account=account).update(starts_at=moment)
    return account


def outcomes(day, **more):
    return {fall.account.pk: fall.outcome for fall in dry_run(day, **more)[0]}


def test_no_activity_falls_after_whole_days(pool, sales_rep, today, now):
    rule = RecycleRuleFactory(pool=pool, kind="no_activity", days=30, remind_days=3)
    fallen, warned, fresh = aged(sales_rep, 31, today), aged(sales_rep, 29, today), aged(sales_rep, 5, today)
    assert outcomes(today) == {fallen.pk: "fall", warned.pk: "warn"}
    run = recycle(day=today, now=now)
    assert (run.counts["fall"], run.counts["warn"], run.counts["stay"]) == (1, 1, 0)
    fallen.refresh_from_db()
    assert (fallen.owner, fallen.pool, fallen.department) == (None, pool, pool.department)
    row = Ownership.objects.get(account=fallen)
    assert (row.end_how, row.fell_into) == ("recycle", pool)
    event = PoolEvent.objects.get(account=fallen, kind="recycle")
    assert (event.rule, event.recycle_rule, event.user, event.values["days"], event.due_on) == ("no_activity", rule, sales_rep, 30, today)
    assert Account.objects.get(pk=fresh.pk).owner == sales_rep
    assert fallen.history.first().owner is None


def test_follow_up_and_new_owner_restart_the_days(pool, sales_rep, other_rep, today, now):
    RecycleRuleFactory(pool=pool, days=30, remind_days=0)
    kept = aged(sales_rep, 60, today)
    log_activity(account=kept, kind="call", subject="x", by=sales_rep, now=now, occurred_at=now - timedelta(days=2))
    handed = aged(sales_rep, 60, today)
    Ownership.objects.filter(account=handed).update(starts_at=now - timedelta(days=3))
    assert outcomes(today) == {}


def test_exemptions(pool, sales_rep, sales_manager, today, now):
    rule = RecycleRuleFactory(pool=pool, days=10, exempt_levels=["A"], exempt_open_deals=True, remind_days=0)
    tag = Tag.objects.create(name="战略")
    rule.exempt_tags.add(tag)
    level, tagged, named, deal, falls = (aged(sales_rep, 40, today, level=level) for level in ("A", "B", "B", "B", "B"))
    tagged.tags.add(tag)
    exempt_account(account=named, expires_on=today, reason="x", by=sales_manager, today=today)
    create_opportunity(account=deal, data={"name": "单"}, by=sales_rep, now=now)
    assert outcomes(today) == {falls.pk: "fall"}
    assert outcomes(today + timedelta(days=1)) == {falls.pk: "fall", named.pk: "fall"}
    assert FallExemption.objects.on(today + timedelta(days=1)).count() == 0


def test_open_deals_keep_an_account_and_are_reported_once(pool, sales_rep, today, now):
    RecycleRuleFactory(pool=pool, days=10, exempt_open_deals=False)
    account = aged(sales_rep, 40, today)
    create_opportunity(account=account, data={"name": "单"}, by=sales_rep, now=now)
    first, second = recycle(day=today - timedelta(days=1), now=now), recycle(day=today, now=now)
    assert (first.counts["stay"], second.counts["stay"]) == (1, 1)
    event = PoolEvent.objects.get(kind="stay")
    assert (event.rule, event.values["count"]) == ("open_deals", 1)
    assert Account.objects.get(pk=account.pk).owner == sales_rep


def test_owner_left(pool, sales_rep, today, now):
    RecycleRuleFactory(pool=pool, kind="owner_left", days=0, remind_days=0)
    account = aged(sales_rep, 1, today)
    assert outcomes(today) == {}
    type(sales_rep).objects.filter(pk=sales_rep.pk).update(is_active=False)
    recycle(day=today, now=now)
    assert Account.objects.get(pk=account.pk).owner is None
    assert not Notice.objects.filter(to=sales_rep, kind="accounts_fell").exists()


def test_no_opportunity(pool, sales_rep, today, now):
    RecycleRuleFactory(pool=pool, kind="no_opportunity", days=20, remind_days=0)
    without, recent = aged(sales_rep, 40, today), aged(sales_rep, 40, today)
    deal = create_opportunity(account=recent, data={"name": "单"}, by=sales_rep, now=now)
    type(deal).objects.filter(pk=deal.pk).update(created_at=now - timedelta(days=5))
    assert outcomes(today) == {without.pk: "fall"}


def test_contract_rules_are_offered_only_with_a_hook(pool, sales_rep, today, settings, client_of, pm):
    ended, none, running = (aged(sales_rep, 90, today) for _n in range(3))
    gone = RecycleRuleFactory(pool=pool, kind="contract_ended", days=30, remind_days=0)
    RecycleRuleFactory(pool=pool, kind="no_contract", days=60, remind_days=0)
    assert outcomes(today) == {}
    page = f"/crm/settings/pools/{pool.pk}/rules/new/"
    assert "contract_ended" not in client_of(pm).get(page).content.decode()
    settings.CONTRACT_DATES = "tests.crm_core.test_pool_recycle.contract_dates"
    CONTRACTS.update({ended.pk: today - timedelta(days=31), running.pk: None})
    try:
        assert outcomes(today) == {ended.pk: "fall", none.pk: "fall"}
        assert {fall.rule for fall in dry_run(today)[0] if fall.account == ended} == {gone}
        assert "contract_ended" in client_of(pm).get(page).content.decode()
    finally:
        CONTRACTS.clear()


def test_reminders_come_once_per_due_day_with_one_notice(pool, sales_rep, today, now):
    RecycleRuleFactory(pool=pool, days=30, remind_days=5)
    accounts = [aged(sales_rep, 28, today) for _n in range(7)]
    recycle(day=today, now=now)
    recycle(day=today, now=now)
    RecycleRun.objects.all().delete()
    recycle(day=today, now=now + timedelta(hours=1))
    assert PoolEvent.objects.filter(kind="warn").count() == 7
    notice = Notice.objects.get(to=sales_rep, kind="accounts_will_fall")
    assert "7" in notice.subject
    assert {fall.account.pk for fall in falls_of(Account.objects.filter(owner=sales_rep), today)} == {row.pk for row in accounts}


def test_run_is_idempotent_and_tells_the_former_owner_once(pool, sales_rep, today, now):
    RecycleRuleFactory(pool=pool, days=30, remind_days=0)
    for _n in range(3):
        aged(sales_rep, 60, today)
    first, again = recycle(day=today, now=now), recycle(day=today, now=now)
    assert first.counts == again.counts
    assert PoolEvent.objects.filter(kind="recycle").count() == 3
    assert Notice.objects.filter(to=sales_rep, kind="accounts_fell").count() == 1


def test_run_goes_on_where_a_kill_left_it(pool, sales_rep, today, now, monkeypatch):
    monkeypatch.setattr(falling, "SCAN", 4)
    monkeypatch.setattr(falling, "MOVES", 2)
    RecycleRuleFactory(pool=pool, days=30, remind_days=0)
    for _n in range(10):
        aged(sales_rep, 60, today)
    original, calls = falling.release_account, []

    def dies(**more):
        calls.append(1)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return original(**more)

    monkeypatch.setattr(falling, "release_account", dies)
    with pytest.raises(KeyboardInterrupt):
        recycle(day=today, now=now)
    fallen = Account.objects.filter(owner__isnull=True, pool=pool).count()
    assert fallen == PoolEvent.objects.filter(kind="recycle").count() == RecycleRun.objects.get().counts["fall"] == 4
    run = recycle(day=today, now=now)
    assert run.counts["fall"] == 10 == PoolEvent.objects.filter(kind="recycle").count()
    assert Ownership.objects.filter(ends_at__isnull=True).count() == 0


def test_follow_up_between_plan_and_fall_keeps_the_account(pool, sales_rep, today, now, monkeypatch):
    RecycleRuleFactory(pool=pool, days=30, remind_days=0)
    account = aged(sales_rep, 60, today)
    original = falling._carry_out

    def late(falls, moment):
        Account.objects.filter(pk=account.pk).update(last_activity_at=now)
        return original(falls, moment)

    monkeypatch.setattr(falling, "_carry_out", late)
    run = recycle(day=today, now=now)
    assert (run.counts["fall"], run.counts["missed"]) == (0, 1)
    assert Account.objects.get(pk=account.pk).owner == sales_rep


def test_future_day_is_for_dry_runs(pool, today, now):
    with pytest.raises(CannotRecycle):
        recycle(day=today + timedelta(days=1), now=now)


def test_dry_run_costs_the_same_for_many(pool, sales_rep, other_rep, today, world, django_assert_max_num_queries):
    RecycleRuleFactory(pool=pool, days=30, exempt_levels=["A"]).exempt_tags.add(Tag.objects.create(name="标"))
    rows = [AccountFactory.build(name=f"大{n}", owner=sales_rep, department=world.team_a, created_at=timezone.now() - timedelta(days=99)) for n in range(1200)]
    Account.objects.bulk_create(rows)
    with django_assert_max_num_queries(5 + 3 * 4):  # rules and their relations, then at most four per chunk of 500
        falls, is_all = dry_run(today)
    assert (len(falls), is_all) == (1200, True)


def call(*args):
    out = io.StringIO()
    code = 0
    try:
        call_command("recycle_pools", *args, stdout=out)
    except SystemExit as stop:
        code = stop.code
    return code, json.loads(out.getvalue().strip().splitlines()[-1])


def test_command_prints_a_summary(pool, sales_rep, today, now):
    RecycleRuleFactory(pool=pool, days=30, exempt_open_deals=False, remind_days=0)
    aged(sales_rep, 60, today)
    code, summary = call("--dry-run", "--on", (today + timedelta(days=3)).isoformat())
    assert (code, summary["fall"], summary["refuse"], summary["owners"]) == (0, 1, 0, {"sales_rep": 1})
    held = aged(sales_rep, 60, today)
    create_opportunity(account=held, data={"name": "单"}, by=sales_rep, now=now)
    code, summary = call()
    assert (code, summary["fall"], summary["refuse"]) == (1, 1, 1)
    with pytest.raises(CommandError):
        call_command("recycle_pools", "--on", "30.11.2026", stdout=io.StringIO())


def test_recycling_in_working_days(pool, sales_rep, today):
    rule = RecycleRuleFactory(pool=pool, days=10, in_workdays=True, remind_days=0)
    account = aged(sales_rep, 12, today)
    day = falls_on(timezone.localdate(timezone.now() - timedelta(days=12)), 10, calendar=WorkingCalendar())
    assert outcomes(day) == {account.pk: "fall"}
    assert outcomes(day - timedelta(days=1)) == {}
    RecycleRule.objects.filter(pk=rule.pk).update(in_workdays=False)
    assert outcomes(today) == {account.pk: "fall"}


@given(st.dates(date(2024, 1, 1), date(2027, 12, 1)), st.integers(1, 120), st.booleans())
def test_latest_since_is_the_inverse_of_falls_on(day, days, work):
    calendar = WorkingCalendar() if work else None
    since = latest_since(day, days, calendar=calendar)
    assert falls_on(since, days, calendar=calendar) <= day
    assert falls_on(since + timedelta(days=1), days, calendar=calendar) > day
