"""Groups stay trees, partners stand beside them, and nobody learns of an account through its relatives."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.urls import reverse

from crm_core.models import AccountRelation
from crm_core.services import relations
from crm_core.services.account import create_account
from crm_core.services.opportunity import create_opportunity
from crm_core.services.relations import CannotRelate, ancestors_of, end_relation, group_of, relate_accounts, relations_of
from foundation.usage.models import UsageEvent
from tests.at_once import together
from tests.factories.crm_core import AccountFactory, AccountRelationFactory


@pytest.fixture
def chain(sales_rep, now):
    """Head, middle and leaf of a group, all the rep's."""
    head, middle, leaf = (create_account(data={"name": name}, by=sales_rep, now=now) for name in ("青山集团", "青山科技", "青山软件"))
    relate_accounts(account=middle, kind="subsidiary", other=head, by=sales_rep, share=80)
    relate_accounts(account=leaf, kind="branch", other=middle, by=sales_rep)
    return head, middle, leaf


def test_relation_builds_a_tree_from_any_member(chain, sales_rep, now):
    head, middle, leaf = chain
    create_opportunity(account=leaf, data={"name": "二期", "amount": 120000}, by=sales_rep, now=now)
    create_opportunity(account=head, data={"name": "一期", "amount": 30000}, by=sales_rep, now=now)
    for start in chain:
        group = group_of(start, by=sales_rep)
        assert [(member.account.name, member.level, member.is_here) for member in group.members] == [
            ("青山集团", 0, start == head),
            ("青山科技", 1, start == middle),
            ("青山软件", 2, start == leaf),
        ]
        assert group.open_count == 2
        assert group.sums == [("CNY", 150000)]
        assert group.hidden == 0


def test_relation_refuses_circles_second_parents_and_itself(chain, sales_rep, now):
    head, middle, leaf = chain
    with pytest.raises(CannotRelate, match="circle"):
        relate_accounts(account=head, kind="subsidiary", other=leaf, by=sales_rep)
    other = create_account(data={"name": "蓝海集团"}, by=sales_rep, now=now)
    with pytest.raises(CannotRelate, match="青山科技 already belongs to 青山集团"):
        relate_accounts(account=middle, kind="branch", other=other, by=sales_rep)
    with pytest.raises(CannotRelate, match="itself"):
        relate_accounts(account=head, kind="partner", other=head, by=sales_rep)
    relate_accounts(account=head, kind="partner", other=other, by=sales_rep)
    with pytest.raises(CannotRelate, match="already"):
        relate_accounts(account=head, kind="partner", other=other, by=sales_rep)
    relate_accounts(account=other, kind="partner", other=head, by=sales_rep)  # partners may say so from both sides


def test_relation_ends_and_another_parent_may_follow(chain, sales_rep, today, now):
    head, middle, leaf = chain
    relation = AccountRelation.objects.get(account=middle)
    end_relation(relation=relation, by=sales_rep, today=today)
    assert ancestors_of(leaf.pk) == [middle.pk]
    assert AccountRelation.objects.on(today).filter(pk=relation.pk).exists()  # its last day belongs to it
    assert not AccountRelation.objects.on(today + timedelta(days=1)).filter(pk=relation.pk).exists()
    other = create_account(data={"name": "蓝海集团"}, by=sales_rep, now=now)
    relate_accounts(account=middle, kind="subsidiary", other=other, by=sales_rep)
    assert ancestors_of(leaf.pk) == [middle.pk, other.pk]
    assert UsageEvent.objects.filter(feature__key="crm.relation.end").count() == 1


def test_relation_reads_from_both_ends(chain, sales_rep, today):
    head, middle, leaf = chain
    assert [(row["word"], row["to"]) for row in relations_of(middle, by=sales_rep, day=today)] == [("Parent company", head), ("Branch", leaf)]


def test_relation_tree_tells_only_the_department_of_hidden_accounts(chain, sales_rep, west_rep, now, client_of):
    head, _middle, _leaf = chain
    hidden = create_account(data={"name": "秘密子公司"}, by=west_rep, now=now)
    create_opportunity(account=hidden, data={"name": "秘密商机", "amount": 999}, by=west_rep, now=now)
    AccountRelationFactory(account=hidden, other=head, share=33)
    group = group_of(head, by=sales_rep)
    member = next(member for member in group.members if member.pk == hidden.pk)
    assert (member.account, member.share, member.open_count, group.hidden) == (None, None, 0, 1)
    page = client_of(sales_rep).get(reverse("crm_core:account_group", args=[head.pk])).content.decode()
    assert "秘密" not in page
    assert "An account of" in page


def test_relation_pages(chain, sales_rep, outsider, auditor, client_of, now):
    head, middle, _leaf = chain
    partner = create_account(data={"name": "伙伴公司"}, by=sales_rep, now=now)
    client = client_of(sales_rep)
    create = reverse("crm_core:relation_create", args=[head.pk])
    assert client.get(create).status_code == 200
    answer = client.post(create, {"kind": "partner", "other": partner.pk, "note": "华东代理"}, follow=True)
    assert "伙伴公司" in answer.content.decode()
    relation = AccountRelation.objects.get(kind="partner")
    assert client.post(create, {"kind": "subsidiary", "other": middle.pk}).status_code == 409  # a circle, and what was chosen stays
    assert client.post(create, {"kind": "nonsense", "other": "x"}).status_code == 422
    assert client.post(create, {"kind": "partner", "other": middle.pk, "share": "130"}).status_code in (409, 422)
    end = reverse("crm_core:relation_end", args=[relation.pk])
    assert client.get(end).status_code == 405
    for address in (create, end, reverse("crm_core:account_group", args=[head.pk])):
        assert client_of(outsider).post(address, {}).status_code in (404, 405)
    assert client_of(auditor).post(end).status_code == 403
    assert client.post(end).status_code == 302
    relation.refresh_from_db()
    assert relation.ends_on


def test_relation_queries_do_not_grow_with_the_group(chain, sales_rep, django_assert_max_num_queries, now):
    head, _middle, _leaf = chain
    for number in range(12):
        child = create_account(data={"name": f"子公司{number}"}, by=sales_rep, now=now)
        relate_accounts(account=child, kind="subsidiary", other=head, by=sales_rep)
    with django_assert_max_num_queries(14):
        assert len(group_of(head, by=sales_rep).members) == 15


def _both_ways(first, second, by, locked, monkeypatch):
    """Two people make each account the other's subsidiary in the same instant; gives how many succeeded."""
    if not locked:
        monkeypatch.setattr(relations, "_lock_chain", lambda *accounts: None)
    both_looked = threading.Barrier(2)
    looked = relations.ancestors_of

    def slow(pk):
        found = looked(pk)
        if not locked:
            both_looked.wait(5)
        return found

    monkeypatch.setattr(relations, "ancestors_of", slow)
    pairs = ((first, second), (second, first))
    results = together(*(partial(relate_accounts, account=account, kind="subsidiary", other=other, by=by) for account, other in pairs))
    return sum(not isinstance(result, CannotRelate) for result in results)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_relation_circle_cannot_be_closed_by_two_at_once(world, locked, monkeypatch):
    """With the lock one of the two is refused; without it (PostgreSQL; SQLite has one writer anyway) both get through."""
    if not locked and connection.vendor == "sqlite":
        pytest.skip("SQLite lets one writer in at a time: there is nothing to take out")
    first, second = AccountFactory(), AccountFactory()
    assert _both_ways(first, second, world.sales_rep, locked, monkeypatch) == (1 if locked else 2)
