"""A handover shows what moves and what stays, happens as a whole or not at all, and is acknowledged by the successor."""

import pytest
from django.urls import reverse

from crm_core.models import Account, Handover, Ownership
from crm_core.services.account import create_account
from crm_core.services.activity import log_activity
from crm_core.services.contact import create_contact
from crm_core.services.handover import CannotAcknowledge, CannotHandOver, acknowledge_handover, brief_of, hand_over, preview_handover, spread
from crm_core.services.opportunity import create_opportunity
from crm_core.services.task import create_task
from foundation.notices.models import Notice
from tests.factories.crm_core import AccountFactory
from tests.factories.people import person

ALL = ["opportunities", "contacts", "tasks"]


@pytest.fixture
def portfolio(account, sales_rep, other_rep, now, today):
    """Two accounts of the rep: one with work of the rep's and of a colleague's, one without any."""
    contact = create_contact(data={"name": "王芳"}, by=sales_rep, now=now, account=account)
    deal = create_opportunity(account=account, data={"name": "二期扩容", "amount": 120000}, by=sales_rep, now=now)
    others = create_opportunity(account=account, data={"name": "同事的商机"}, by=other_rep, now=now)
    task = create_task(title="发报价", due_on=today, by=sales_rep, now=now, account=account)
    log_activity(account=account, kind="call", subject="答应周五给方案", by=sales_rep, now=now, is_promise=True)
    quiet = create_account(data={"name": "安静客户"}, by=sales_rep, now=now)
    return {"account": account, "quiet": quiet, "contact": contact, "deal": deal, "others": others, "task": task}


@pytest.fixture
def successor(world, sales_manager):
    return person("successor", "sales_rep", world.team_b, reports_to=sales_manager.assignments.get().position)


def _give(portfolio, giver, taker, by, now, **more):
    given = {"parts": ALL, "reason": "调岗", "brief": "先给老王打电话"} | more
    return hand_over(giver=giver, shares={taker: [portfolio["account"], portfolio["quiet"]]}, by=by, now=now, **given)


def test_handover_preview_says_what_moves_and_what_stays(portfolio, sales_rep, other_rep):
    first, second = preview_handover(accounts=[portfolio["account"], portfolio["quiet"]], giver=sales_rep, parts=["opportunities", "tasks"])
    assert first.moved == {"opportunities": 1, "tasks": 1}
    assert f"Opportunity “同事的商机” stays with {other_rep}, who owns it." in first.stayed
    assert "Contacts: 1 stay, because they were not chosen." in first.stayed
    assert (second.moved, second.stayed, second.problem) == ({}, [], "")


def test_handover_moves_everything_in_one_go(portfolio, sales_rep, successor, sales_manager, now):
    stage = portfolio["deal"].stage_id
    (handover,) = _give(portfolio, sales_rep, successor, sales_manager, now)
    for name in ("account", "quiet", "contact", "deal", "task"):
        row = type(portfolio[name]).objects.get(pk=portfolio[name].pk)
        assert row.owner == successor, name
    portfolio["others"].refresh_from_db()
    assert portfolio["others"].owner != successor
    portfolio["deal"].refresh_from_db()
    assert portfolio["deal"].stage_id == stage
    assert Ownership.objects.live().filter(owner=successor).count() == 2
    assert handover.items.get(account=portfolio["account"]).moved == {"opportunities": 1, "contacts": 1, "tasks": 1}
    assert Notice.objects.filter(to=successor).count() == 1  # one for all accounts, not one each


def test_handover_leaves_parts_that_were_not_chosen(portfolio, sales_rep, successor, sales_manager, now):
    _give(portfolio, sales_rep, successor, sales_manager, now, parts=["contacts"])
    portfolio["deal"].refresh_from_db()
    portfolio["contact"].refresh_from_db()
    assert portfolio["deal"].owner == sales_rep
    assert portfolio["contact"].owner == successor


def test_handover_is_all_or_nothing(portfolio, sales_rep, other_rep, successor, sales_manager, now):
    Account.objects.filter(pk=portfolio["quiet"].pk).update(owner=other_rep)  # changed hands since the preview
    with pytest.raises(CannotHandOver, match="安静客户: It no longer belongs to"):
        _give(portfolio, sales_rep, successor, sales_manager, now)
    portfolio["account"].refresh_from_db()
    assert portfolio["account"].owner == sales_rep
    assert not Handover.objects.exists()


def test_handover_refuses_people_out_of_reach_and_empty_choices(portfolio, sales_rep, west_rep, successor, sales_manager, now):
    with pytest.raises(CannotHandOver, match="within your reach"):
        _give(portfolio, sales_rep, west_rep, sales_manager, now)
    with pytest.raises(CannotHandOver, match="at least one"):
        hand_over(giver=sales_rep, shares={successor: []}, parts=ALL, reason="x", brief="", by=sales_manager, now=now)


def test_handover_spreads_work_evenly(sales_rep, successor, other_rep, sales_manager, now):
    accounts = [create_account(data={"name": f"客户{n}"}, by=sales_rep, now=now) for n in range(6)]
    lines = preview_handover(accounts=accounts, giver=sales_rep, parts=ALL)
    spread(lines, [successor, other_rep])
    assert sorted(line.taker.username for line in lines) == ["other_rep"] * 3 + ["successor"] * 3


def test_handover_brief_is_acknowledged_once_by_the_successor(portfolio, sales_rep, successor, sales_manager, now):
    (handover,) = _give(portfolio, sales_rep, successor, sales_manager, now)
    told = {row["item"].account.name: row for row in brief_of(handover, by=successor)}["青山科技有限公司"]
    assert [promise.subject for promise in told["promises"]] == ["答应周五给方案"]
    assert "二期扩容" in [deal.name for deal in told["deals"]]
    assert [task.title for task in told["tasks"]] == ["发报价"]
    with pytest.raises(CannotAcknowledge):
        acknowledge_handover(handover=handover, by=sales_rep, now=now)
    acknowledge_handover(handover=handover, by=successor, now=now, question="合同在哪？")
    with pytest.raises(CannotAcknowledge):
        acknowledge_handover(handover=handover, by=successor, now=now)
    assert Notice.objects.filter(to=sales_rep, body__contains="合同在哪").exists()


def test_handover_pages(portfolio, sales_rep, successor, sales_manager, west_rep, outsider, client_of, now):
    manager, create = client_of(sales_manager), reverse("crm_core:handover_create")
    sent = {"giver": sales_rep.pk, "takers": [successor.pk], "parts": ALL, "reason": "离职", "brief": "请看合同"}
    assert manager.get(create, {"giver": sales_rep.pk}).status_code == 200
    assert manager.post(create, {**sent, "reason": ""}).status_code == 422
    assert manager.post(create, {**sent, "takers": [sales_rep.pk, successor.pk]}).status_code == 422
    preview = manager.post(create, sent).content.decode()
    assert "安静客户" in preview
    assert "请看合同" in preview
    assert not Handover.objects.exists()
    go = {**sent, "go": "1", "account": [portfolio["quiet"].pk], f"taker_{portfolio['quiet'].pk}": successor.pk}
    assert manager.post(create, {**go, "account": []}).status_code == 409
    assert manager.post(create, go).status_code == 302
    handover = Handover.objects.get()
    assert handover.items.count() == 1
    portfolio["account"].refresh_from_db()
    assert portfolio["account"].owner == sales_rep  # it was not ticked
    page = reverse("crm_core:handover_detail", args=[handover.pk])
    assert "请看合同" in client_of(successor).get(page).content.decode()
    assert "Read and acknowledge the handover" in client_of(successor).get(reverse("home")).content.decode()
    for stranger in (west_rep, outsider):
        assert client_of(stranger).get(page).status_code == 404
        assert "离职" not in client_of(stranger).get(reverse("crm_core:handover_list")).content.decode()
    assert client_of(sales_rep).get(create).status_code == 403
    acknowledge = reverse("crm_core:handover_acknowledge", args=[handover.pk])
    assert client_of(successor).post(acknowledge, {"question": "x" * 501}).status_code == 409
    assert client_of(successor).post(acknowledge, {"question": ""}).status_code == 302
    assert client_of(successor).post(acknowledge).status_code == 409


def test_handover_preview_queries_do_not_grow(sales_rep, settings, django_assert_num_queries):
    few, many = AccountFactory.create_batch(2, owner=sales_rep), AccountFactory.create_batch(9, owner=sales_rep)
    for accounts in (few, many):
        with django_assert_num_queries(4 + len(settings.HANDOVER_STAYING)):
            preview_handover(accounts=accounts, giver=sales_rep, parts=ALL)
