"""Two people, or a person and the night, at the same record in the same moment: one wins, the other is told, and ledger and rows agree."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from crm_core.models import Account, Activity, ApiReplay, BatchState, Handover, ImportRow, Merge, Ownership, PoolEvent, PoolEventKind
from crm_core.services.account import create_account, update_account
from crm_core.services.activity import log_activity
from crm_core.services.falling import recycle
from crm_core.services.handover import CannotHandOver, hand_over
from crm_core.services.importing import apply_chunk, check_batch, finish_apply, stage_file, start_apply, start_undo, undo_chunk
from crm_core.services.merging import CannotMerge, joining, merge_records
from crm_core.services.ownership import CannotAssign, CannotChange, CannotClaim, CannotTransfer, claim_account, transfer_account
from foundation.integrity import Refused, Stale
from foundation.people.tokens import issue_token
from tests.at_once import together
from tests.crm_core.test_import import csv_file
from tests.factories.crm_core import AccountFactory, PoolFactory, RecycleRuleFactory

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
ROUNDS = 4


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def claim(account, person):
    return lambda: claim_account(account=fresh(account), by=fresh(person), now=timezone.now())


def transfer(account, to, by):
    return lambda: transfer_account(account=fresh(account), owner=fresh(to), by=fresh(by), now=timezone.now())


def refused(results, *kinds):
    """Those that were refused; anything else that was raised is a fault."""
    faults = [result for result in results if isinstance(result, Exception) and not isinstance(result, kinds)]
    assert not faults, faults
    return [result for result in results if isinstance(result, Exception)]


def assert_ledger(account):
    """The account's owner is the one of the only live row of the ledger, and an account with an owner lies in no pool."""
    account = fresh(account)
    live = [row.owner_id for row in Ownership.objects.live().filter(account=account)]
    assert live == ([account.owner_id] if account.owner_id else [])
    assert (account.pool_id is None) == (account.owner_id is not None)
    ended = Ownership.objects.filter(account=account).order_by("starts_at", "pk")
    assert all(earlier.ends_at <= later.starts_at for earlier, later in zip(ended, ended[1:], strict=False))
    return account


def test_three_claim_one_account(world):
    pool = PoolFactory(department=world.sales)
    for _round in range(ROUNDS):
        account = AccountFactory(department=world.sales, pool=pool, pooled_at=timezone.now())
        results = together(*(claim(account, person) for person in (world.sales_rep, world.other_rep, world.sales_manager)))
        lost = refused(results, CannotClaim)
        assert len(lost) == 2
        owner = assert_ledger(account).owner
        assert all(str(owner) in str(error) for error in lost)
        assert PoolEvent.objects.filter(account=account, kind=PoolEventKind.CLAIM).count() == 1


def test_assigned_and_claimed_at_once(world):
    pool = PoolFactory(department=world.sales)
    for _round in range(ROUNDS):
        account = AccountFactory(department=world.sales, pool=pool, pooled_at=timezone.now())
        seen = fresh(account)  # by the manager before anybody took it; one who looks again may transfer what was claimed
        assigned = lambda seen=seen: transfer_account(account=seen, owner=world.other_rep, by=world.sales_manager, now=timezone.now())  # noqa: E731
        results = together(assigned, claim(account, world.sales_rep))
        assert len(refused(results, CannotClaim, CannotAssign, CannotTransfer)) == 1
        assert assert_ledger(account).owner in (world.other_rep, world.sales_rep)


def test_transferred_and_claimed_at_once(world):
    for number in range(ROUNDS):
        account = create_account(data={"name": f"转移{number}"}, by=world.sales_rep, now=timezone.now())
        results = together(transfer(account, world.other_rep, world.sales_manager), claim(account, world.other_rep), claim(account, world.sales_manager))
        assert not isinstance(results[0], Exception)
        assert len(refused(results, CannotClaim)) == 2
        assert assert_ledger(account).owner == world.other_rep


@pytest.mark.parametrize("other", ["claim", "transfer"])
def test_recycled_and_taken_at_once(world, other):
    pool = PoolFactory(department=world.sales, is_default=True)
    RecycleRuleFactory(pool=pool, days=10, remind_days=0)
    for number in range(ROUNDS):
        moment = timezone.now() - timedelta(days=60 + number)
        account = create_account(data={"name": f"沉睡{number}"}, by=world.sales_rep, now=moment)
        Ownership.objects.filter(account=account).update(starts_at=moment)
        day = timezone.localdate() - timedelta(days=number)  # a day runs once
        night = lambda day=day: recycle(day=day, now=timezone.now())  # noqa: E731
        taken = claim(account, world.other_rep) if other == "claim" else transfer(account, world.other_rep, world.sales_manager)
        results = together(night, taken)
        assert not isinstance(results[0], Exception), results
        lost = refused(results, CannotClaim, CannotTransfer, CannotAssign)
        after = assert_ledger(account)
        fell = PoolEvent.objects.filter(account=account, kind=PoolEventKind.RECYCLE).count()
        assert after.owner == (None if lost else world.other_rep)
        assert fell + (other == "transfer") >= 1, "it fell, or somebody had taken it before"


def merging(rows, by, survivor=0, versions=None):
    versions = versions or {row.pk: fresh(row).version for row in rows}

    def call():
        found = [fresh(row) for row in rows]
        return merge_records(rows=found, survivor=found[survivor], by=fresh(by), now=timezone.now(), versions=versions, reason="同一家")

    return call


def editing(account, by, **changes):
    version = fresh(account).version
    return lambda: update_account(account=fresh(account), changes=changes, version=version, by=fresh(by), now=timezone.now())


def test_merged_and_edited_at_once(world):
    """Whoever edits the record that vanishes, or the one that stays, has either won or hears of it; no edit is lost in silence."""
    rep, won = world.sales_rep, set()
    for number in range(ROUNDS):
        keep, gone = (create_account(data={"name": f"{name}{number}"}, by=rep, now=timezone.now()) for name in ("留下", "并入"))
        edited = (keep, gone)[number % 2]
        results = together(merging([keep, gone], rep), editing(edited, rep, remark="改过"))
        lost = refused(results, Stale, CannotMerge)
        assert len(lost) == 1
        merge_won = not isinstance(results[0], Exception)
        won.add(merge_won)
        assert (fresh(gone).merged_into_id == keep.pk) == merge_won
        assert (fresh(edited).remark == "改过") == (not merge_won)


def test_merge_and_edit_control(world, monkeypatch):
    """Without the versions that the person saw, the merge goes on over an edit: the test above can fail."""
    monkeypatch.setattr(joining, "claim_version", lambda row, sent: None)
    keep, gone = (create_account(data={"name": name}, by=world.sales_rep, now=timezone.now()) for name in ("留下", "并入"))
    merge = merging([keep, gone], world.sales_rep)
    editing(gone, world.sales_rep, remark="改过")()
    assert merge().loser_ids == [gone.pk]


def test_merged_and_followed_up_at_once(world):
    """What somebody writes down about a record that vanishes in the same moment stands with the one that stays."""
    rep = world.sales_rep
    for number in range(ROUNDS):
        keep, gone = (create_account(data={"name": f"{name}{number}"}, by=rep, now=timezone.now()) for name in ("留下", "并入"))
        log = lambda gone=gone: log_activity(account=fresh(gone), kind="call", subject="回访", by=fresh(rep), now=timezone.now())  # noqa: E731
        results = together(merging([keep, gone], rep), log)
        assert not refused(results, CannotChange) or Activity.objects.filter(account=gone).count() == 0
        assert not isinstance(results[0], Exception)
        assert Activity.objects.filter(account__merged_into__isnull=False).count() == 0
        assert Activity.objects.filter(account=keep).count() == (not isinstance(results[1], Exception))


def test_two_merges_at_once(world):
    """Each into the other, and two that share a record: one is made, so that no signpost leads in a circle or into the void."""
    rep = world.sales_rep
    for number in range(ROUNDS):
        a, b, c = (create_account(data={"name": f"{name}{number}"}, by=rep, now=timezone.now()) for name in "甲乙丙")
        second = merging([a, b], rep, survivor=1) if number % 2 else merging([b, c], rep)
        results = together(merging([a, b], rep), second)
        assert len(refused(results, Stale, CannotMerge)) == 1
        for row in (fresh(a), fresh(b), fresh(c)):
            assert row.merged_into is None or row.merged_into.merged_into is None
    assert Merge.objects.count() == ROUNDS


def test_handed_over_and_transferred_at_once(world):
    """Both want the successor and the account: they must ask for them in the same order, or PostgreSQL stops one of them with an error."""
    giver, taker, boss = world.sales_rep, world.other_rep, world.sales_manager
    for number in range(ROUNDS):
        accounts = [create_account(data={"name": f"交接{number}-{n}"}, by=giver, now=timezone.now()) for n in range(3)]

        def give(accounts=accounts):
            shares = {fresh(taker): [fresh(account) for account in accounts]}
            return hand_over(giver=fresh(giver), shares=shares, parts=[], reason="调岗", brief="", by=fresh(boss), now=timezone.now())

        results = together(give, transfer(accounts[1], taker, boss), transfer(accounts[2], boss, boss))
        refused(results, CannotHandOver, CannotTransfer)
        handed = not isinstance(results[0], Exception)
        owners = [assert_ledger(account).owner for account in accounts]
        assert owners[0] == (taker if handed else giver), "all or nothing"
        assert owners[1] == taker
        assert Handover.objects.filter(items__account=accounts[0]).exists() == handed


def posting(user, body, key=""):
    now = timezone.now()
    _token, secret = issue_token(owner=user, name=f"erp {now.timestamp()}", scope="write", expires_at=now + timedelta(days=1), now=now)
    headers = {"HTTP_AUTHORIZATION": f"Bearer {secret}"} | ({"HTTP_IDEMPOTENCY_KEY": key} if key else {})
    return lambda: Client().post("/api/crm/accounts", json.dumps(body), content_type="application/json", **headers)


def test_one_idempotency_key_twice_at_once(world):
    for number in range(ROUNDS):
        body = {"name": f"同一次请求贸易有限公司{number}", "phone": f"021-6234567{number}"}
        answers = together(*(posting(world.sales_rep, body, f"key-{number}") for _call in range(3)))
        assert [answer.status_code for answer in answers] == [201] * 3, [getattr(answer, "content", answer) for answer in answers]
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert Account.objects.filter(name=body["name"]).count() == 1
    assert ApiReplay.objects.count() == ROUNDS


def test_idempotency_control(world):
    """Without a key the same call in the same moment may create twice; the number of rows tells it."""
    bodies = [{"name": f"无键{number}"} for number in range(2)]
    answers = together(*(posting(world.sales_rep, body) for body in bodies))
    assert [answer.status_code for answer in answers] == [201, 201]
    assert len({answer.json()["id"] for answer in answers}) == 2
    assert ApiReplay.objects.count() == 0


def test_import_undone_and_edited_at_once(world):
    """An edit that was accepted keeps its account; an account that the undo took away refuses the edit."""
    by, now = world.sales_manager, timezone.now()
    lines = [[f"撤回{number}", "", "", "", "", "", "", ""] for number in range(12)]
    batch = stage_file(file=csv_file("utf-8", lines), file_name="x.csv", by=by, now=now, default_owner=world.sales_rep)
    check_batch(batch=batch, by=by, now=now)
    start_apply(batch=batch, by=by, now=now)
    while apply_chunk(batch=batch, by=by, now=now):
        pass
    finish_apply(batch=batch, by=by, now=now)
    start_undo(batch=batch, by=by, now=now)
    accounts = list(Account.objects.order_by("pk"))
    edited = accounts[::4]
    results = together(
        lambda: undo_chunk(batch=fresh(batch), by=fresh(by), now=now),
        *(editing(account, world.sales_rep, remark="改过") for account in edited),
        refusals=(Refused, Account.DoesNotExist),
    )
    refused(results, Stale, Account.DoesNotExist)
    assert results[0] == 12
    for account, result in zip(edited, results[1:], strict=True):
        row, kept = ImportRow.objects.get(batch=batch, target_id=account.pk), Account.objects.filter(pk=account.pk, remark="改过").exists()
        assert kept == (not isinstance(result, Exception)) == (not row.undone)
        assert bool(row.note) == kept
    assert fresh(batch).state == BatchState.UNDOING
    assert Account.objects.exclude(pk__in=[account.pk for account in edited]).count() == 0
