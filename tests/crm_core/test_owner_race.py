"""Two people at once, on both databases: one wins, the other is told who; and controls that show that the tests can fail."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from crm_core.claim_rules import midnight, period_start
from crm_core.models import Account, Ownership, OwnershipMode, Pool, PoolEvent
from crm_core.services import ownership
from crm_core.services.account import create_account
from crm_core.services.ownership import CannotClaim, claim_account, transfer_account
from crm_core.services.pool_settings import CannotSwitch, switch_mode
from crm_core.triggers import NAMES
from foundation.people.models import User
from tests.at_once import together
from tests.factories.crm_core import AccountFactory, PoolFactory

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def claim(pk, user_pk):
    return lambda: claim_account(account=Account.objects.get(pk=pk), by=User.objects.get(pk=user_pk), now=timezone.now())


def test_one_person_cannot_claim_beyond_the_quota_in_two_windows(world):
    pool = PoolFactory(department=world.sales, quota=1)
    for _n in range(4):
        PoolEvent.objects.all().delete()
        first, second = (AccountFactory(department=world.sales, pool=pool, pooled_at=timezone.now()) for _m in range(2))
        results = together(claim(first.pk, world.sales_rep.pk), claim(second.pk, world.sales_rep.pk))
        refused = [result for result in results if isinstance(result, CannotClaim)]
        assert len(refused) == 1, results
        assert refused[0].verdict.rule == "quota"
        assert PoolEvent.objects.filter(kind="claim").count() == 1


def test_quota_negative_control(world, monkeypatch):
    """Counted without a queue, before either claim is written, both get through: the test above can fail."""
    pool = PoolFactory(department=world.sales, quota=1)
    both_counted = threading.Barrier(2)

    def careless(*, account, pool, by, department, now):
        start = midnight(period_start(pool.quota_period, timezone.localdate(now)))
        used = PoolEvent.objects.filter(pool=pool, user=by, kind="claim", at__gte=start).count()
        assert used < pool.quota
        return

    def count_first(pk):
        def call():
            account, by = Account.objects.select_related("pool").get(pk=pk), User.objects.get(pk=world.sales_rep.pk)
            careless(account=account, pool=account.pool, by=by, department=None, now=timezone.now())
            both_counted.wait(20)
            return claim_account(account=account, by=by, now=timezone.now())

        return call

    monkeypatch.setattr(ownership, "claim_verdict", lambda **more: None)
    first, second = (AccountFactory(department=world.sales, pool=pool, pooled_at=timezone.now()) for _m in range(2))
    results = together(count_first(first.pk), count_first(second.pk))
    assert not [result for result in results if isinstance(result, Exception)]
    assert PoolEvent.objects.filter(kind="claim").count() == 2


def test_claim_per_unit_has_one_winner_in_each_unit(world):
    switch_mode(per="unit", by=world.pm)
    for number in range(3):
        account = create_account(data={"name": f"两部门{number}"}, by=world.west_rep, now=timezone.now())
        results = together(*(claim(account.pk, person.pk) for person in (world.sales_rep, world.other_rep, world.sales_manager)))
        refused = [result for result in results if isinstance(result, CannotClaim)]
        assert len(refused) == 2, results
        east = Ownership.objects.live().get(account=account, slot=world.east.pk)
        assert all(str(east.owner) in str(error) for error in refused)
        account.refresh_from_db()
        assert account.owner == world.west_rep
        assert Ownership.objects.live().filter(account=account).count() == 2


def test_two_transfers_at_once(world):
    account = create_account(data={"name": "转移"}, by=world.sales_rep, now=timezone.now())

    def move(to):
        return lambda: transfer_account(
            account=Account.objects.get(pk=account.pk), owner=User.objects.get(pk=to.pk), by=User.objects.get(pk=world.sales_manager.pk), now=timezone.now()
        )

    together(move(world.other_rep), move(world.sales_manager))
    account.refresh_from_db()
    assert Ownership.objects.live().get(account=account).owner == account.owner


# --- the database itself ----------------------------------------------------------------------------------


def test_database_holds_the_mode(world):
    account = create_account(data={"name": "甲"}, by=world.sales_rep, now=timezone.now())
    more = {"account": account, "owner": world.west_rep, "department": world.west_sales, "business_unit": world.west, "how": "claim"}
    for slot in (0, world.west.pk):  # a second owner, or a slot that the mode does not know
        with pytest.raises(IntegrityError), transaction.atomic():
            Ownership.objects.create(**more, slot=slot)
    switch_mode(per="unit", by=world.pm)
    assert Ownership.objects.live().get(account=account).slot == world.east.pk
    with pytest.raises(IntegrityError), transaction.atomic():
        Ownership.objects.create(**more, slot=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Ownership.objects.create(**more, slot=world.east.pk)
    Ownership.objects.create(**more, slot=world.west.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Ownership.objects.create(**more, slot=world.west.pk)
    with pytest.raises(CannotSwitch, match="甲"):
        switch_mode(per="account", by=world.pm)
    assert OwnershipMode.objects.get().per == "unit"
    Ownership.objects.filter(owner=world.west_rep).update(ends_at=timezone.now())
    switch_mode(per="account", by=world.pm)
    assert Ownership.objects.live().get(account=account).slot == 0


def test_triggers_are_there():
    tables = "SELECT tgname FROM pg_trigger" if connection.vendor == "postgresql" else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(tables)
        assert set(NAMES) <= {row[0] for row in cursor.fetchall()}


def test_owned_account_lies_in_no_pool(world):
    pool = Pool.objects.create(name="x", department=world.sales)
    account = create_account(data={"name": "甲"}, by=world.sales_rep, now=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.filter(pk=account.pk).update(pool=pool)
