"""One timeline over everything: nothing is lost at merge, undo, transfer and handover; it can be narrowed."""

from datetime import timedelta

import pytest

from crm_core.models import Handover, PoolEvent
from crm_core.services.account import create_account
from crm_core.services.activity import log_activity
from crm_core.services.contact import create_contact
from crm_core.services.handover import hand_over
from crm_core.services.merging import merge_records, undo_merge
from crm_core.services.opportunity import create_opportunity, move_opportunity
from crm_core.services.ownership import transfer_account
from crm_core.services.task import create_task, finish_task
from crm_core.timeline import PAGE, SHOWS, Asked, account_timeline


def keys(account, by, **asked):
    """Every row of the timeline, page by page, without the one that says who made the account known."""
    found, before = [], None
    while True:
        items = account_timeline(account, by=by, asked=Asked(**asked), before=before)
        found += [item["key"] for item in items]
        if len(items) < PAGE:
            return [key for key in found if key != "created"]
        before = items[-1]["at"]


def filled(name, by, manager, other, stages, now, today):
    """An account with every kind of row that a timeline has."""
    account = create_account(data={"name": name}, by=by, now=now)
    contact = create_contact(data={"name": f"{name}的王芳"}, by=by, now=now, account=account)
    deal = create_opportunity(account=account, data={"name": f"{name}的商机", "contact": contact}, by=by, now=now)
    move_opportunity(opportunity=deal, stage=stages[1], version=deal.version, by=by, now=now)
    for number, kind in enumerate(("call", "visit", "meeting", "mail", "message", "note")):
        log_activity(account=account, kind=kind, subject=f"{name} {kind}", by=by, now=now + timedelta(seconds=number), contact=contact, opportunity=deal)
    task = create_task(title=f"{name} 报价", due_on=today, by=by, now=now, account=account)
    finish_task(task=task, by=by, now=now)
    transfer_account(account=account, owner=other, by=manager, now=now + timedelta(minutes=1), reason="换人")
    account.refresh_from_db()
    transfer_account(account=account, owner=by, by=manager, now=now + timedelta(minutes=2), reason="换回")
    account.refresh_from_db()
    PoolEvent.objects.create(account=account, account_name=name, kind="refuse", user=other, by=other, reason="已有负责人", at=now)
    return account


@pytest.fixture
def three(sales_rep, sales_manager, other_rep, stages, now, today):
    return [filled(name, sales_rep, sales_manager, other_rep, stages, now, today) for name in ("甲公司", "乙公司", "丙公司")]


def test_merge_and_undo_lose_no_row(three, sales_rep, sales_manager, now):
    before = {account.pk: keys(account, sales_manager) for account in three}
    kinds = {key.partition("-")[0] for found in before.values() for key in found}
    assert kinds == {"activity", "move", "task", "owner", "ended", "pool"}
    assert all(len(found) == len(set(found)) for found in before.values())
    survivor, everything = three[0], {key for found in before.values() for key in found}
    done = merge_records(rows=three, survivor=survivor, by=sales_manager, now=now + timedelta(minutes=5), versions={row.pk: row.version for row in three})
    survivor.refresh_from_db()
    together = keys(survivor, sales_manager)
    assert everything <= set(together)
    assert len(together) == len(set(together))
    undo_merge(merge=done, by=sales_manager, now=now + timedelta(minutes=6))
    for account in three:
        account.refresh_from_db()
        assert set(before[account.pk]) <= set(keys(account, sales_manager))


def test_transfer_and_handover_lose_no_row(three, sales_rep, sales_manager, other_rep, now):
    account = three[0]
    before = set(keys(account, sales_manager))
    transfer_account(account=account, owner=other_rep, by=sales_manager, now=now + timedelta(minutes=7), reason="区域调整")
    account.refresh_from_db()
    moved = set(keys(account, sales_manager))
    assert before < moved
    hand_over(
        giver=other_rep,
        shares={sales_rep: [account]},
        parts={"contacts", "tasks", "opportunities"},
        reason="离职",
        brief="",
        by=sales_manager,
        now=now + timedelta(minutes=8),
    )
    account.refresh_from_db()
    handed = set(keys(account, sales_manager))
    assert moved < handed
    assert Handover.objects.count() == 1


def test_paging_shows_every_row_once(account, sales_rep, now):
    for number in range(PAGE * 2 + 7):
        log_activity(
            account=account,
            kind="note",
            subject=f"第{number}条",
            by=sales_rep,
            now=now - timedelta(minutes=number),
            occurred_at=now - timedelta(minutes=number),
        )
    found = keys(account, sales_rep, show="activity")
    assert len(found) == len(set(found)) == PAGE * 2 + 7


def test_it_can_be_narrowed(three, sales_rep, sales_manager, other_rep, now, today):
    account = three[0]
    for show, kinds in (("activity", {"activity"}), ("deal", {"move"}), ("task", {"task"}), ("owner", {"owner", "ended", "pool"})):
        assert {key.partition("-")[0] for key in keys(account, sales_manager, show=show)} == kinds
    assert set(dict(SHOWS)) == {"", "activity", "deal", "task", "owner"}
    assert {key.partition("-")[0] for key in keys(account, sales_manager, who=other_rep.pk)} >= {"owner", "pool"}
    assert not any(key.startswith("activity") for key in keys(account, sales_manager, who=other_rep.pk))
    assert len(keys(account, sales_manager, words="visit")) == 1
    assert {key.partition("-")[0] for key in keys(account, sales_manager, words="报价")} == {"task"}
    assert {key.partition("-")[0] for key in keys(account, sales_manager, words="已有负责人")} == {"pool"}
    assert keys(account, sales_manager, words="甲公司 没有这个词") == []
    assert keys(account, sales_manager, until=today - timedelta(days=2)) == []
    assert keys(account, sales_manager, since=today + timedelta(days=2)) == []
    assert set(keys(account, sales_manager, since=today - timedelta(days=1), until=today + timedelta(days=1))) == set(keys(account, sales_manager))


def test_the_address_narrows_and_bad_words_do_not_hurt(three, sales_manager, other_rep, client_of):
    client, url = client_of(sales_manager), three[0].get_absolute_url()
    page = client.get(url, {"narrow": "1", "words": "visit"})
    assert page.context["people"] is not None
    assert len(page.context["timeline"]) == 1
    assert other_rep in page.context["people"]
    for bad in (
        {"since": "9999-99-99"},
        {"to": "9999-12-31"},
        {"to": "x"},
        {"who": "x"},
        {"who": "9" * 40},
        {"words": "%_\\'\x00"},
        {"show": "nothing"},
        {"until": "x"},
    ):
        assert client.get(url, bad).status_code == 200, bad


def test_what_somebody_wrote_down_is_masked_too(account, sales_rep, auditor, now, client_of):
    contact = create_contact(data={"name": "王芳", "phone": "139 7777 8888", "wechat": "wxwang77"}, by=sales_rep, now=now, account=account)
    log_activity(account=account, kind="call", subject="电话 13977778888", body="微信 wxwang77", by=sales_rep, now=now, contact=contact)
    found = account_timeline(account, by=auditor)[0]
    assert (found["title"], found["body"].splitlines()[0]) == ("电话 139****8888", "微信 wx***")
    assert account_timeline(account, by=sales_rep)[0]["title"] == "电话 13977778888"
