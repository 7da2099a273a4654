import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from crm_core.models import Account, Opportunity, Ownership, possible_owners
from crm_core.services.account import create_account
from crm_core.services.opportunity import create_opportunity
from crm_core.services.ownership import (
    CannotAssign,
    CannotClaim,
    CannotReturn,
    CannotTransfer,
    assign_account,
    claim_account,
    return_account,
    share_account,
    transfer_account,
)
from foundation.notices.models import Notice
from foundation.usage.models import UsageEvent
from tests.at_once import together
from tests.factories.crm_core import AccountFactory


def test_account_create_opens_the_ledger(account, sales_rep, world):
    row = Ownership.objects.get(account=account)
    assert (row.owner, row.ends_at, row.how) == (sales_rep, None, "create")
    assert account.department == world.team_a


def test_ownership_database_holds_one_live_row(account, other_rep):
    with pytest.raises(IntegrityError), transaction.atomic():
        Ownership.objects.create(account=account, owner=other_rep, department=account.department, how="claim")


def test_account_claim_takes_it_out_of_the_pool(pool_account, sales_rep, world, now):
    claim_account(account=pool_account, by=sales_rep, now=now)
    pool_account.refresh_from_db()
    assert (pool_account.owner, pool_account.department) == (sales_rep, world.team_a)
    assert Ownership.objects.live().get(account=pool_account).how == "claim"
    assert UsageEvent.objects.filter(feature__key="crm.account.claim", user=sales_rep).count() == 1
    assert pool_account.history.first().owner == sales_rep


def test_account_claim_of_a_taken_one_names_the_owner(pool_account, sales_rep, other_rep, now):
    claim_account(account=pool_account, by=other_rep, now=now)
    with pytest.raises(CannotClaim, match="Other Rep"):
        claim_account(account=pool_account, by=sales_rep, now=now)
    assert Ownership.objects.filter(account=pool_account).count() == 1


def test_account_assign_tells_the_new_owner(pool_account, sales_manager, sales_rep, now):
    assign_account(account=pool_account, owner=sales_rep, by=sales_manager, now=now)
    assert Notice.objects.filter(to=sales_rep, kind="account_assigned").count() == 1
    with pytest.raises(CannotAssign, match="Sales Rep"):
        assign_account(account=pool_account, owner=sales_manager, by=sales_manager, now=now)


def test_account_assign_only_within_reach(pool_account, sales_manager, west_rep, now):
    with pytest.raises(CannotAssign):
        assign_account(account=pool_account, owner=west_rep, by=sales_manager, now=now)
    assert set(possible_owners(sales_manager)) >= {sales_manager}
    assert west_rep not in possible_owners(sales_manager)


def test_account_transfer_takes_open_work_along_and_leaves_stages(account, sales_rep, other_rep, sales_manager, stages, now):
    open_deal = create_opportunity(account=account, data={"name": "A", "stage": stages[1], "pipeline": stages[1].pipeline}, by=sales_rep, now=now)
    lost = create_opportunity(
        account=account, data={"name": "B", "stage": stages[5], "pipeline": stages[5].pipeline, "close_reason": "price"}, by=sales_rep, now=now
    )
    transfer_account(account=account, owner=other_rep, by=sales_manager, now=now, reason="换区")
    open_deal.refresh_from_db()
    lost.refresh_from_db()
    assert (open_deal.owner, open_deal.stage, open_deal.department) == (other_rep, stages[1], account.department)
    assert lost.owner == sales_rep
    closed, live = Ownership.objects.filter(account=account).order_by("starts_at", "pk")
    assert (closed.owner, closed.end_reason, live.owner, live.how) == (sales_rep, "换区", other_rep, "transfer")
    assert Opportunity.history.filter(id=open_deal.pk).count() == 2


def test_account_transfer_when_it_went_elsewhere_meanwhile(account, other_rep, sales_manager, now):
    stale = Account.objects.get(pk=account.pk)
    transfer_account(account=account, owner=other_rep, by=sales_manager, now=now)
    with pytest.raises(CannotTransfer, match="Other Rep"):
        transfer_account(account=stale, owner=sales_manager, by=sales_manager, now=now)


def test_account_return_goes_to_the_department_not_the_team(account, sales_rep, world, now):
    return_account(account=account, by=sales_rep, now=now, reason="不再合作")
    account.refresh_from_db()
    assert (account.owner, account.department) == (None, world.sales)
    assert not Ownership.objects.live().filter(account=account).exists()
    with pytest.raises(CannotReturn):
        return_account(account=account, by=sales_rep, now=now, reason="again")


def test_account_return_refused_while_a_deal_is_open(account, sales_rep, now):
    create_opportunity(account=account, data={"name": "A"}, by=sales_rep, now=now)
    with pytest.raises(CannotReturn, match="1 opportunities"):
        return_account(account=account, by=sales_rep, now=now, reason="x")


# --- who sees what -----------------------------------------------------------------------------------


def seen_by(user):
    return set(Account.objects.visible_to(user))


def test_account_visible_to_owner_manager_and_not_to_others(account, sales_rep, sales_manager, other_rep, west_rep, outsider, pm, service_agent):
    assert account in seen_by(sales_rep)
    assert account in seen_by(sales_manager)
    assert account in seen_by(pm)
    assert account in seen_by(service_agent)
    for person in (other_rep, west_rep, outsider):
        assert account not in seen_by(person)


def test_account_in_the_pool_is_visible_to_sales_of_the_department_and_above(pool_account, sales_rep, other_rep, sales_manager, west_rep, outsider):
    for person in (sales_rep, other_rep, sales_manager):
        assert pool_account in seen_by(person)
    for person in (west_rep, outsider):
        assert pool_account not in seen_by(person)


def test_account_collaborator_sees_it(account, sales_rep, west_rep):
    share_account(account=account, person=west_rep, by=sales_rep)
    assert account in seen_by(west_rep)


def test_account_in_the_bin_is_not_visible(account, sales_rep, now):
    account.deleted_at = now
    account.save()
    assert account not in seen_by(sales_rep)
    assert account in Account.objects.binned_for(sales_rep)


# --- two people at once --------------------------------------------------------------------------------


def _race(people, account_pk, take):
    """Everybody calls ``take`` at the same moment; gives who got through and what the others were told."""

    def attempt(user):
        row = Account.objects.get(pk=account_pk)  # everybody has read the account before anybody takes it
        return lambda: take(row, user)

    results = together(*map(attempt, people), refusals=(CannotClaim, IntegrityError))
    won = [user for user, result in zip(people, results, strict=True) if not isinstance(result, Exception)]
    return won, [str(result) for result in results if isinstance(result, Exception)]


def _claim(row, user):
    claim_account(account=row, by=user, now=timezone.now())


def _claim_by_reading_first(row, user):
    """How a careless service would do it: look, then save."""
    if row.owner_id is None:
        row.owner = user
        row.save(update_fields=["owner"])


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_account_claim_race_has_exactly_one_winner(world):
    people = [world.sales_rep, world.other_rep, world.sales_manager]
    for number in range(5):
        account = create_account(data={"name": f"抢单{number}"}, by=world.sales_manager, now=timezone.now(), pool=world.sales)
        won, told = _race(people, account.pk, _claim)
        assert len(won) == 1
        assert len(told) == 2
        assert all(str(won[0]) in sentence for sentence in told)
        assert Ownership.objects.live().get(account=account).owner == won[0] == Account.objects.get(pk=account.pk).owner


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_account_claim_race_negative_control(world):
    """The same race, read-then-write: several believe that they won. So the test above can fail."""
    account = AccountFactory(department=world.sales)
    won, _told = _race([world.sales_rep, world.other_rep, world.sales_manager], account.pk, _claim_by_reading_first)
    assert len(won) > 1
