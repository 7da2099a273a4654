"""``pk__among``: the rows that ``pk__in`` gives, beside other conditions, also where nothing is asked for."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from crm_core.models import Account, Collaborator
from tests.factories.crm_core import AccountFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared(world):
    rows = [AccountFactory(owner=world.west_rep, department=world.west_sales) for _n in range(4)]
    for row in rows[:2]:
        Collaborator.objects.create(account=row, user=world.sales_rep, added_by=world.west_rep)
    return rows


def test_same_rows_as_in(world, shared):
    keys = Collaborator.objects.filter(user=world.sales_rep).values("account")
    found = Account.objects.filter(Q(pk__among=keys) | Q(name=shared[3].name))
    assert set(found) == {shared[0], shared[1], shared[3]}
    assert set(Account.objects.exclude(pk__among=keys)) == set(shared[2:])


def test_nothing_asked_for_is_nothing(world, shared):
    assert set(Account.objects.filter(Q(pk__among=Collaborator.objects.none().values("account")) | Q(name=shared[3].name))) == {shared[3]}
    assert not Account.objects.filter(pk__among=Collaborator.objects.filter(user=world.other_rep).values("account")).exists()


def test_a_share_that_has_ended_shows_nothing(world, shared):
    Collaborator.objects.filter(account=shared[0]).update(expires_on=timezone.localdate() - timedelta(days=1))
    assert set(Account.objects.visible_to(world.sales_rep)) & set(shared) == {shared[1]}


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite uses its indexes for a subquery in an OR")
def test_postgresql_asks_once(world, shared):
    plan = Account.objects.visible_to(world.sales_rep).explain()
    assert "InitPlan" in plan
    assert "= ANY ((InitPlan" in plan or "= ANY ($" in plan
