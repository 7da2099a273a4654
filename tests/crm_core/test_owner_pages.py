"""Pages of owning: who may open them, what they say, and that nothing is written by looking."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm_core.models import Account, DisputeState, Ownership, OwnershipDispute, Pool, PoolEvent, ShareRight
from crm_core.services.account import update_account
from crm_core.services.activity import log_activity
from crm_core.services.disputes import CannotDecide, CannotDispute, decide_dispute, open_dispute
from crm_core.services.ownership import return_account
from crm_core.services.sharing import CannotChange, share_account, warn_of_expiry
from foundation.notices.models import Notice


def test_reader_sees_and_cannot_change(account, sales_rep, west_rep, now, client_of):
    share_account(account=account, person=west_rep, by=sales_rep, right=ShareRight.READ)
    assert client_of(west_rep).get(f"/crm/accounts/{account.pk}/").status_code == 200
    assert client_of(west_rep).get(f"/crm/accounts/{account.pk}/edit/").status_code == 403
    with pytest.raises(CannotChange):
        log_activity(account=account, kind="call", subject="x", by=west_rep, now=now)
    with pytest.raises(CannotChange):
        return_account(account=account, by=west_rep, now=now, reason="x")
    with pytest.raises(CannotChange):
        share_account(account=account, person=west_rep, by=west_rep, right=ShareRight.WRITE)
    share_account(account=account, person=west_rep, by=sales_rep, right=ShareRight.WRITE)
    account.refresh_from_db()
    assert update_account(account=account, changes={"phone": "021-5555"}, version=account.version, by=west_rep, now=now)


def test_share_ends_at_once_and_is_announced_once(account, sales_rep, west_rep, today):
    row = share_account(account=account, person=west_rep, by=sales_rep, expires_on=today + timedelta(days=2))
    assert (warn_of_expiry(today=today), warn_of_expiry(today=today)) == (1, 0)
    assert Notice.objects.filter(kind="share_ends", to__in=[sales_rep, west_rep]).count() == 2
    type(row).objects.filter(pk=row.pk).update(expires_on=today - timedelta(days=1))
    assert account not in Account.objects.visible_to(west_rep)


def test_dispute_goes_its_way(account, sales_rep, other_rep, sales_manager, west_rep, now, client_of):
    client = client_of(other_rep)
    answer = client.post("/crm/disputes/new/", {"name": account.name, "claim": "我先接触"})
    dispute = OwnershipDispute.objects.get()
    assert (answer.status_code, dispute.holder, dispute.claimant) == (302, sales_rep, other_rep)
    assert {item["kind"] for item in dispute.evidence} >= {"created", "owner", "use"}
    assert Notice.objects.filter(kind="dispute_opened", to__in=[sales_rep, sales_manager]).count() == 2
    page = f"/crm/disputes/{dispute.pk}/"
    assert client_of(west_rep).get(page).status_code == 404
    assert client.get(page).status_code == client.get(f"{page}pdf/").status_code == 200
    assert client.get(f"/crm/accounts/{account.pk}/").status_code == 404  # the file shows the evidence, not the account
    assert client_of(sales_rep).post(f"{page}answer/", {"answer": "是我的", "version": 1}).status_code == 302
    assert client.post(f"{page}decide/", {"verdict": "change", "reason": "x", "version": 2}).status_code == 403
    assert client_of(sales_manager).post(f"{page}decide/", {"verdict": "change", "reason": "首次接触", "version": 2}).status_code == 302
    account.refresh_from_db()
    dispute.refresh_from_db()
    assert (account.owner, dispute.state, dispute.decided_by) == (other_rep, DisputeState.DECIDED, sales_manager)
    assert Ownership.objects.live().get(account=account).how == "dispute"
    with pytest.raises(CannotDispute):
        open_dispute(account=account, claim="x", by=other_rep, now=now)


def test_dispute_is_not_decided_by_a_side(account, sales_manager, now):
    dispute = open_dispute(account=account, claim="x", by=sales_manager, now=now)
    with pytest.raises(CannotDecide):
        decide_dispute(dispute=dispute, verdict="change", reason="x", version=1, by=sales_manager, now=now)


def test_pool_page_claims_several_with_a_result_per_row(pool_account, world, sales_rep, client_of):
    Pool.objects.filter(pk=pool_account.pool_id).update(quota=1)
    other = Account.objects.create(name="第二家", department=world.sales, pool_id=pool_account.pool_id, pooled_at=timezone.now())
    client = client_of(sales_rep)
    assert "1 of 1 left this week" in client.get("/crm/pools/").content.decode()
    page = client.post("/crm/pools/claim/", {"pk": [pool_account.pk, other.pk]}).content.decode()
    assert "You have claimed 1 of 1 this week" in page
    assert PoolEvent.objects.filter(kind="refuse", user=sales_rep).count() == 1
    for bad in ("x", "9" * 30, "-1", "１２"):
        assert client.post("/crm/pools/claim/", {"pk": [bad]}).status_code == 302


@pytest.mark.parametrize(
    "page",
    [
        "/crm/settings/pools/",
        "/crm/settings/tonight/?on=x",
        "/crm/settings/tonight/",
        "/crm/settings/pool-ledger/",
        "/crm/pools/",
        "/crm/exemptions/",
        "/crm/disputes/",
    ],
)
def test_pages_open_for_the_manager(page, pool_account, sales_manager, client_of):
    assert client_of(sales_manager).get(page).status_code == 200


@pytest.mark.parametrize(
    "page", ["/crm/settings/pools/", "/crm/settings/tonight/", "/crm/settings/pool-ledger/", "/crm/settings/capacity/", "/crm/settings/ownership/"]
)
def test_settings_are_forbidden_to_sales_reps(page, sales_rep, client_of):
    assert client_of(sales_rep).get(page).status_code == 403


def test_pool_of_others_is_not_there(pool_account, world, outsider, west_rep, sales_manager, client_of):
    pool = pool_account.pool_id
    for person in (outsider, west_rep):
        assert client_of(person).get(f"/crm/pools/{pool}/").status_code == 404
    assert client_of(outsider).get(f"/crm/settings/pools/{pool}/").status_code == 404
    assert client_of(sales_manager).get(f"/crm/settings/pools/{pool}/").status_code == 200
