"""Several records become one, and can become several again; nothing that hung on them is lost."""

from datetime import timedelta

import pytest
from django.db import models
from django.urls import reverse

from crm_core.models import (
    Account,
    AccountContact,
    Activity,
    Contact,
    DuplicatePair,
    Merge,
    Opportunity,
    Ownership,
    PairState,
    Tag,
    Task,
)
from crm_core.services.account import create_account, update_account
from crm_core.services.contact import create_contact, link_contact
from crm_core.services.merging import (
    CannotMerge,
    CannotUndoMerge,
    compare,
    merge_records,
    merged_targets,
    propose_survivor,
    survivor_of,
    undo_merge,
)
from crm_core.services.merging.carrying import links_to
from crm_core.services.opportunity import create_opportunity
from crm_core.services.ownership import share_account, transfer_account
from foundation.integrity import Stale
from foundation.search.services import find
from foundation.usage.models import UsageEvent
from tests.factories.crm_core import AccountFactory, ActivityFactory, DuplicatePairFactory, TaskFactory

CODE, OTHER_CODE = "914403001922038216", "91440300708461136T"


def make(by, name, now, **more):
    return create_account(data={"name": name, **more}, by=by, now=now)


def merge(rows, by, now, **more):
    rows = [type(row).objects.get(pk=row.pk) for row in rows]
    return merge_records(rows=rows, survivor=rows[0], by=by, now=now, versions={row.pk: row.version for row in rows}, **more)


@pytest.fixture
def pair(sales_rep, other_rep, pipeline, now):
    """Two accounts of the same rep that are the same customer, with work on both."""
    a = make(sales_rep, "青山科技有限公司", now, phone="02162345678")
    b = make(sales_rep, "青山科技（上海）有限公司", now, credit_code=CODE, email="office@qs.cn", external_key="erp:77")
    for account in (a, b):
        contact = create_contact(data={"name": f"联系人{account.pk}"}, account=account, by=sales_rep, now=now)
        ActivityFactory(account=account, contact=contact, subject=f"电话 {account.pk}", author=sales_rep, occurred_at=now)
        TaskFactory(account=account, owner=sales_rep)
        create_opportunity(account=account, data={"name": f"商机 {account.pk}", "pipeline": pipeline, "amount": 100}, by=sales_rep, now=now)
        Account.objects.filter(pk=account.pk).update(last_activity_at=now, next_step_on=TaskFactory(account=account, owner=sales_rep).due_on)
    share_account(account=b, person=other_rep, by=sales_rep)
    b.tags.set([Tag.objects.create(name="展会"), Tag.objects.create(name="重点")])
    a.tags.set([Tag.objects.get(name="重点")])
    return a, b


def everything():
    """Every row of the CRM that a merge may touch, as it stands (without versions, times of change and what is counted anew)."""
    leave = {"version", "updated_at", "also_known", "history_id"}
    found = {}
    for model in (Account, Contact, AccountContact, Activity, Task, Opportunity, Ownership, Account.tags.through):
        names = [field.attname for field in model._meta.concrete_fields if field.name not in leave]
        found[model.__name__] = sorted(map(str, model.objects.order_by("pk").values_list(*names)))
    return found


def test_merge_keeps_every_row(pair, sales_rep, other_rep, now):
    a, b = pair
    merge([a, b], sales_rep, now, values={"credit_code": b.pk, "email": b.pk})
    a.refresh_from_db()
    assert (a.credit_code, a.email, a.phone) == (CODE, "office@qs.cn", "02162345678")
    for rows, count in ((a.activities, 2), (a.tasks, 4), (a.opportunities, 2), (a.contact_links, 2), (a.ownerships, 2), (a.collaborators, 1), (a.tags, 2)):
        assert rows.count() == count
    assert a.contact_links.filter(is_main=True).count() == 1
    assert Ownership.objects.live().get(account=a).owner == sales_rep
    assert a.last_activity_at == now
    assert list(Account.objects.visible_to(sales_rep)) == [a]
    assert UsageEvent.objects.filter(feature__key="crm.account.merge").count() == 1


def test_merged_record_is_a_signpost(pair, sales_rep, client_of, now):
    a, b = pair
    merge([a, b], sales_rep, now)
    response = client_of(sales_rep).get(f"/crm/accounts/{b.pk}/")
    assert (response.status_code, response.headers["Location"]) == (302, f"/crm/accounts/{a.pk}/")
    assert survivor_of(Account, b.pk) == a.pk
    assert merged_targets(Account, keys=["erp:77"], codes=[CODE]) == {"erp:77": a.pk, CODE: a.pk}
    assert [hit.object_id for hit in find(CODE, by=sales_rep)] == [a.pk]
    third = make(sales_rep, "第三家", now)
    merge([third, a], sales_rep, now)
    assert survivor_of(Account, b.pk) == third.pk
    assert client_of(sales_rep).get("/crm/bin/").content.decode().count("青山科技") == 0


def test_merge_taken_back_leaves_everything_as_it_was(pair, sales_rep, now):
    a, b = pair
    before = everything()
    done = merge([a, b], sales_rep, now, values={"credit_code": b.pk, "name": b.pk})
    assert everything() != before
    undo_merge(merge=done, by=sales_rep, now=now)
    assert everything() == before
    assert {hit.object_id for hit in find("青山科技", by=sales_rep) if hit.kind == "crm_core.account"} == {a.pk, b.pk}
    with pytest.raises(CannotUndoMerge, match="already"):
        undo_merge(merge=done, by=sales_rep, now=now)


def test_rows_created_since_stay_with_the_survivor(pair, sales_rep, now):
    a, b = pair
    done = merge([a, b], sales_rep, now)
    ActivityFactory(account=a, subject="danach", author=sales_rep)
    undo_merge(merge=done, by=sales_rep, now=now)
    assert a.activities.filter(subject="danach").exists()
    assert (a.activities.count(), b.activities.count()) == (2, 1)


def test_undo_says_exactly_what_contradicts(pair, sales_rep, other_rep, sales_manager, now):
    a, b = pair
    done = merge([a, b], sales_rep, now, values={"credit_code": b.pk})
    survivor = Account.objects.get(pk=a.pk)
    update_account(account=survivor, changes={"credit_code": ""}, version=survivor.version, by=sales_rep, now=now)
    moved = Activity.objects.get(subject=f"电话 {b.pk}")
    moved.account = make(sales_rep, "别家", now)
    moved.save()
    with pytest.raises(CannotUndoMerge) as refusal:
        undo_merge(merge=done, by=sales_rep, now=now)
    assert "unified social credit code was changed since" in str(refusal.value)
    assert f"activity no. {moved.pk}" in str(refusal.value)
    assert Account.objects.get(pk=b.pk).merged_into_id == a.pk


def test_undo_of_a_record_merged_on_wants_the_later_one_first(pair, sales_rep, now):
    a, b = pair
    first = merge([a, b], sales_rep, now)
    third = make(sales_rep, "第三家", now)
    second = merge([third, a], sales_rep, now)
    with pytest.raises(CannotUndoMerge, match="take that back first"):
        undo_merge(merge=first, by=sales_rep, now=now)
    undo_merge(merge=second, by=sales_rep, now=now)
    undo_merge(merge=first, by=sales_rep, now=now)
    assert Account.objects.live().count() == 3


# --- rules ---------------------------------------------------------------------------------------------------------
def test_two_owners_ask_for_one_by_permission(sales_rep, other_rep, sales_manager, now):
    a, b = make(sales_rep, "甲甲公司", now), make(other_rep, "甲甲有限公司", now)
    with pytest.raises(CannotMerge, match="belongs to other_rep|belongs to"):
        merge([a, b], sales_rep, now)
    with pytest.raises(CannotMerge, match="Choose who is to own"):
        merge([a, b], sales_manager, now)
    with pytest.raises(CannotMerge, match="owns none"):
        merge([a, b], sales_manager, now, owner=sales_manager)
    before = everything()
    done = merge([a, b], sales_manager, now, owner=other_rep)
    a.refresh_from_db()
    assert (a.owner, a.department) == (other_rep, b.department)
    assert [row.owner for row in Ownership.objects.live().filter(account=a)] == [other_rep]
    assert not Ownership.objects.live().filter(account=b).exists()
    undo_merge(merge=done, by=sales_manager, now=now)
    assert everything() == before


def test_a_pool_account_takes_the_owner_of_the_other(pool_account, sales_rep, sales_manager, now):
    mine = make(sales_rep, "无主贸易有限公司", now)
    before = everything()
    done = merge([pool_account, mine], sales_manager, now)
    pool_account.refresh_from_db()
    assert (pool_account.owner, pool_account.pool) == (sales_rep, None)
    assert Ownership.objects.live().get(account=pool_account).owner == sales_rep
    undo_merge(merge=done, by=sales_manager, now=now)
    assert everything() == before


def test_undo_after_a_transfer_names_the_owner(sales_rep, other_rep, sales_manager, now):
    a, b = make(sales_rep, "甲甲公司", now), make(other_rep, "甲甲有限公司", now)
    done = merge([a, b], sales_manager, now, owner=other_rep)
    transfer_account(account=Account.objects.get(pk=a.pk), owner=sales_rep, by=sales_manager, now=now + timedelta(hours=1))
    with pytest.raises(CannotUndoMerge, match="owner was changed since"):
        undo_merge(merge=done, by=sales_manager, now=now)


def test_different_credit_codes_need_a_reason(sales_rep, now):
    a, b = make(sales_rep, "甲甲公司", now, credit_code=CODE), make(sales_rep, "甲甲有限公司", now, credit_code=OTHER_CODE)
    with pytest.raises(CannotMerge, match="credit codes differ"):
        merge([a, b], sales_rep, now)
    assert merge([a, b], sales_rep, now, reason="Re-registered in 2024").reason


def test_up_to_ten_at_once(sales_rep, now):
    rows = [make(sales_rep, f"同一家{'甲乙丙丁戊己庚辛壬癸子'[number]}", now) for number in range(11)]
    with pytest.raises(CannotMerge):
        merge(rows, sales_rep, now)
    with pytest.raises(CannotMerge):
        merge(rows[:1], sales_rep, now)
    merge(rows[:10], sales_rep, now)
    assert Account.objects.live().count() == 2


# --- several at once ----------------------------------------------------------------------------------------------------
def test_merging_while_somebody_edits_is_seen(pair, sales_rep, now):
    a, b = pair
    stale = {row.pk: row.version for row in Account.objects.filter(pk__in=[a.pk, b.pk])}
    update_account(account=Account.objects.get(pk=b.pk), changes={"region_text": "上海"}, version=stale[b.pk], by=sales_rep, now=now)
    with pytest.raises(Stale):
        merge_records(rows=[a, b], survivor=a, by=sales_rep, now=now, versions=stale)
    assert not Merge.objects.exists()
    fresh = Account.objects.get(pk=b.pk)
    seen = fresh.version
    merge([a, b], sales_rep, now)
    with pytest.raises(Stale):
        update_account(account=fresh, changes={"remark": "zu spät"}, version=seen, by=sales_rep, now=now)


def test_of_two_who_merge_the_same_pair_one_wins(pair, sales_rep, sales_manager, now):
    a, b = pair
    seen = {row.pk: row.version for row in Account.objects.filter(pk__in=[a.pk, b.pk])}
    merge_records(rows=[a, b], survivor=a, by=sales_rep, now=now, versions=seen)
    with pytest.raises(CannotMerge, match="merged in the meantime"):
        merge_records(rows=[a, b], survivor=b, by=sales_manager, now=now, versions=seen)
    assert Merge.objects.count() == 1


# --- contacts, pairs, proposals --------------------------------------------------------------------------------------------
def test_contacts_merge_likewise(sales_rep, account, pipeline, now):
    other = make(sales_rep, "另一家", now)
    a = create_contact(data={"name": "李雷"}, account=account, by=sales_rep, now=now)
    b = create_contact(data={"name": "Li Lei", "phone": "13800138000", "email": "ll@x.cn"}, account=account, by=sales_rep, now=now)
    link_contact(contact=b, account=other, by=sales_rep)
    ActivityFactory(account=account, contact=b, author=sales_rep)
    before = everything()
    done = merge([a, b], sales_rep, now, values={"phone": b.pk, "email": b.pk})
    a.refresh_from_db()
    assert (a.email, a.phone_key) == ("ll@x.cn", "+8613800138000")
    assert set(a.account_links.filter(ends_on__isnull=True).values_list("account", flat=True)) == {account.pk, other.pk}
    assert a.account_links.count() == 3
    assert a.activities.count() == 1
    undo_merge(merge=done, by=sales_rep, now=now)
    assert everything() == before


def test_pairs_of_merged_records_are_decided(sales_rep, now):
    a, b, c = (make(sales_rep, name, now) for name in ("甲甲", "甲甲公司", "甲甲有限公司"))
    DuplicatePairFactory(left_id=a.pk, right_id=b.pk)
    DuplicatePairFactory(left_id=b.pk, right_id=c.pk)
    done = merge([a, b], sales_rep, now)
    assert list(DuplicatePair.objects.order_by("left_id").values_list("state", flat=True)) == [PairState.MERGED, PairState.GONE]
    undo_merge(merge=done, by=sales_rep, now=now)
    assert DuplicatePair.objects.get(left_id=a.pk).state == PairState.OPEN


def test_the_most_complete_record_is_proposed(sales_rep, now):
    bare, full = make(sales_rep, "甲甲", now), make(sales_rep, "甲甲有限公司", now, phone="02162345678", email="a@b.cn")
    assert propose_survivor([bare, full]) == full
    bare.website = "https://a.cn"
    lines = {line.name: line for line in compare([bare, full], full, by=sales_rep)}
    assert lines["website"].proposed == bare.pk
    assert lines["phone"].proposed == full.pk
    assert lines["name"].differs
    assert "level" not in lines


def test_every_foreign_key_to_a_customer_is_carried():
    """A new table that points at accounts or contacts follows a merge without anybody thinking of it."""
    for model in (Account, Contact):
        carried = {(owner._meta.label, field.name) for owner, field in links_to(model)}
        from django.apps import apps

        for owner in apps.get_models():
            if owner.__name__.startswith("Historical"):
                continue
            for field in owner._meta.concrete_fields:
                if isinstance(field, models.ForeignKey) and field.related_model is model and field.name != "merged_into":
                    assert (owner._meta.label, field.name) in carried


def test_a_generic_row_of_another_app_follows(pair, sales_rep, settings, now):
    a, b = pair
    event = DuplicatePairFactory(left_id=AccountFactory().pk, right_id=AccountFactory().pk, group=b.pk)
    settings.MERGE_FOLLOWERS = [f"{__name__}.followers"]
    done = merge([a, b], sales_rep, now)
    event.refresh_from_db()
    assert event.group == a.pk
    undo_merge(merge=done, by=sales_rep, now=now)
    event.refresh_from_db()
    assert event.group == b.pk


def followers(subject):
    return [(DuplicatePair.objects.filter(subject=subject), "group")]


def test_ticked_accounts_go_from_the_list_to_the_page_of_the_merge(client_of, world, sales_rep, other_rep):
    first, second = (AccountFactory(owner=sales_rep, department=world.team_a) for _n in range(2))
    foreign = AccountFactory(owner=other_rep, department=world.team_b)
    client = client_of(sales_rep)
    assert reverse("crm_core:merge_chosen") in client.get(reverse("crm_core:account_list")).content.decode()
    answer = client.post(reverse("crm_core:merge_chosen"), {"pk": [first.pk, second.pk]})
    assert answer.url == f"{reverse('crm_core:merge_create')}?for=account&pk={first.pk}&pk={second.pk}"
    assert client.get(answer.url).status_code == 200
    for pks in ([first.pk], [first.pk, *range(1_000, 1_010)]):
        assert client.post(reverse("crm_core:merge_chosen"), {"pk": pks}).status_code == 409
    assert client.post(reverse("crm_core:merge_chosen"), {"pk": [first.pk, foreign.pk]}).status_code == 404
    assert client_of(world.service_agent).post(reverse("crm_core:merge_chosen"), {"pk": [first.pk, second.pk]}).status_code == 403
    assert client.get(reverse("crm_core:merge_chosen")).status_code == 405
    assert not Merge.objects.exists()


def test_a_wrong_credit_code_is_proposed_right_as_a_button(client_of, world, sales_rep):
    page = (
        client_of(sales_rep)
        .post(reverse("crm_core:account_create"), {"kind": "company", "name": "华东钢铁", "credit_code": "914403001922038217"})
        .content.decode()
    )
    assert 'data-fill="id_credit_code" data-fill-value="914403001922038216"' in page
    hopeless = client_of(sales_rep).post(reverse("crm_core:account_create"), {"kind": "company", "name": "华东钢铁", "credit_code": "91"}).content.decode()
    assert "data-fill=" not in hopeless
