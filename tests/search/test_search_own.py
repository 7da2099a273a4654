"""Of very many names a person meets the own first; who owns what follows every change of hands."""

import pytest
from django.utils import timezone

from crm_core.models import Account
from crm_core.services.ownership import claim_account, return_account
from foundation.search.services import find, index
from tests.factories.crm_core import AccountFactory, PoolFactory

KINDS = ["crm_core.account"]


@pytest.fixture
def market(world, monkeypatch):
    """Thirty customers of one name in the pool, eight more of the sales rep."""
    monkeypatch.setattr("foundation.search.services.CANDIDATES", 5)
    pool = PoolFactory(department=world.team_a, quota=None)
    lying = [AccountFactory(name=f"合众科技 {number}", owner=None, department=world.team_a, pool=pool) for number in range(30)]
    own = [AccountFactory(name=f"合众科技 own {number}", owner=world.sales_rep, department=world.team_a) for number in range(8)]
    for row in [*lying, *own]:
        index(row)
    return lying, own


def found(text, by):
    hits = find(text, by=by, kinds=KINDS, limit=5)
    return {hit.object_id for hit in hits}, hits.is_capped


def test_ones_own_names_come_first(market, world):
    _lying, own = market
    keys, is_capped = found("众科", world.sales_rep)
    assert is_capped
    assert keys < {row.pk for row in own}
    others, _capped = found("众科", world.sales_manager)
    assert len(others) == 5, "who sees more than the own is offered what there is"


def test_the_own_are_not_all_that_is_found(market, world):
    lying, own = market
    keys, is_capped = found("众科 2", world.sales_rep)
    assert keys & {row.pk for row in lying}
    assert not is_capped or len(keys) == 5


def test_a_claim_and_a_return_move_a_customer_among_the_own(market, world):
    lying, own = market
    for row in own[1:]:
        return_account(account=row, by=world.sales_rep, now=timezone.now(), reason="too many")
    account = Account.objects.get(pk=lying[-1].pk)
    claim_account(account=account, by=world.sales_rep, now=timezone.now())
    keys, _capped = found("众科", world.sales_rep)
    assert {own[0].pk, account.pk} <= keys, "both are shown although thirty others have the name"
