"""Who hands a sheet back for somebody else, who joins a running round and who leaves it, and rows in question that hold nobody else."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crm_core.models import (
    Account,
    BatchState,
    CollectionReturn,
    CollectionSheet,
    Contact,
    Decision,
    ImportBatch,
    ImportRow,
    Ownership,
    RowQuestion,
    SheetState,
)
from crm_core.services.account import create_account
from crm_core.services.collecting import (
    CannotChangeRound,
    CannotCollect,
    CannotHandBack,
    add_people,
    burn_down,
    by_department,
    close_round,
    confirm_sheet,
    load_return,
    people_to_add,
    take_back,
    take_out,
    totals,
)
from crm_core.services.reminding import remind_of_sheets
from foundation.notices.models import Notice
from foundation.people.services.delegations import end_delegation, start_delegation
from tests.at_once import together
from tests.conftest import build_world
from tests.crm_core.test_collect_journey import download, give, said, started, work
from tests.crm_core.test_words_masked import own_masked
from tests.factories.crm_core import AccountContactFactory, AccountFactory, CollectionReturnFactory, ContactFactory


@pytest.fixture
def mine(world, sales_rep, liaison, today):
    """The salesperson's sheet with two customers, one of them with a contact."""
    sales_rep.language = "en"
    sales_rep.save()
    steel = AccountFactory(name="华东钢铁有限公司", owner=sales_rep, department=world.team_a, phone="021 6234 5678")
    AccountFactory(name="江南纺织有限公司", owner=sales_rep, department=world.team_a)
    AccountContactFactory(account=steel, contact=ContactFactory(name="赵敏", owner=sales_rep, department=world.team_a), is_main=True)
    started(world, liaison, today)
    return CollectionSheet.objects.get(person=sales_rep)


def stand_in(principal, deputy, today):
    return start_delegation(principal=principal, deputy=deputy, starts_on=today, ends_on=today + timedelta(days=7), by=principal, today=today, reason="休假")


def act(client, name, row, data=None):
    return client.post(reverse(f"crm_core:{name}", args=[row.pk]), data or {})


# --- deputies ------------------------------------------------------------------------------------------
def test_a_deputy_hands_the_sheet_back_and_it_is_recorded_who_did_it(client_of, mine, sales_rep, other_rep, liaison, today):
    client = client_of(other_rep)
    page = reverse("crm_core:sheet_detail", args=[mine.pk])
    assert client.get(page).status_code == 404, "no deputy yet"
    stand_in(sales_rep, other_rep, today)
    client = client_of(other_rep)
    assert "You stand in for" in said(client.get(page))
    assert str(mine.round) in said(client.get(reverse("crm_core:sheet_list")))
    assert f"For {sales_rep}: Your customer sheet is due" in said(client.get(reverse("home")))
    book = download(client, mine)
    book.put("Accounts", book.row_of("Accounts", "华东钢铁有限公司"), Phone="021 6234 9999")
    book.append("Accounts", Name="新客户贸易有限公司")
    assert give(client, mine, book.bytes()).status_code == 302
    work()
    mine.refresh_from_db()
    given = CollectionReturn.objects.get()
    assert (mine.state, mine.returned_by, given.returned_by) == (SheetState.LOADED, other_rep, other_rep)
    assert mine.history.filter(state=SheetState.RETURNED).first().history_user == other_rep
    new = Account.objects.get(name="新客户贸易有限公司")
    assert (new.owner, new.created_by) == (sales_rep, sales_rep), "the customer is the absent person's"
    assert Ownership.objects.get(account=new, ends_at=None).owner == sales_rep
    note = Notice.objects.get(to=sales_rep, kind="sheet_loaded")
    assert f"{other_rep} handed it back for you." in note.body
    assert str(other_rep) in said(client_of(sales_rep).get(page))
    assert str(other_rep) in said(client_of(liaison).get(mine.round.get_absolute_url()))


def test_the_deputy_may_no_more_when_the_person_is_back(client_of, mine, sales_rep, other_rep, today):
    row = stand_in(sales_rep, other_rep, today)
    content = download(client_of(other_rep), mine).bytes()
    end_delegation(delegation=row, by=sales_rep, today=today)
    for name in ("sheet_download", "sheet_return", "sheet_confirm", "sheet_takeback", "sheet_correct"):
        assert act(client_of(other_rep), name, mine).status_code == 404
    assert give(client_of(other_rep), mine, content).status_code == 404
    with pytest.raises(CannotHandBack, match="Only the person or a deputy"):
        confirm_sheet(sheet=mine, by=other_rep, now=timezone.now())
    with pytest.raises(CannotHandBack):
        take_back(sheet=mine, by=other_rep, now=timezone.now())
    assert not CollectionReturn.objects.exists()


def test_a_deputy_reads_in_the_workbook_what_the_pages_show(client_of, mine, sales_rep, other_rep, today):
    Contact.objects.filter(name="赵敏").update(phone="138 0013 8000", wechat="wxzhao")
    page = reverse("crm_core:contact_detail", args=[Contact.objects.get(name="赵敏").pk])
    stand_in(sales_rep, other_rep, today)

    def cells():
        book = download(client_of(other_rep), mine)
        return {str(cell.value) for name in ("Accounts", "Contacts") for line in book.table(name).iter_rows() for cell in line}

    assert {"赵敏", "138 0013 8000", "wxzhao"} <= cells()
    assert "138 0013 8000" in said(client_of(other_rep).get(page))
    own_masked()
    found = cells()
    assert "赵敏" in found
    assert not {"138 0013 8000", "wxzhao"} & found
    assert "138 0013 8000" not in said(client_of(other_rep).get(page))


def test_a_deputy_who_does_not_look_after_customers_may_do_it_too(client_of, mine, sales_rep, trainer, today):
    stand_in(sales_rep, trainer, today)
    assert act(client_of(trainer), "sheet_confirm", mine).status_code == 302
    mine.refresh_from_db()
    assert (mine.state, mine.returned_by) == (SheetState.LOADED, trainer)


# --- questions hold nobody else ------------------------------------------------------------------------
@pytest.fixture
def doubtful(client_of, mine, sales_rep):
    """A file with a clear change, a customer who may be here already with a contact of its own, and a contact of a clear customer."""
    create_account(data={"name": "青山科技有限公司"}, by=sales_rep, now=timezone.now())
    client = client_of(sales_rep)
    book = download(client, mine)
    book.put("Accounts", book.row_of("Accounts", "华东钢铁有限公司"), Phone="021 6234 9999")
    book.append("Accounts", Name="青山科技股份有限公司")
    book.append("Contacts", Name="钱多", Account="青山科技股份有限公司")
    book.append("Contacts", Name="孙立", Account="江南纺织有限公司")
    book.append("Contacts", Name="无名", Account="无此公司")
    assert give(client, mine, book.bytes()).status_code == 302
    work()
    mine.refresh_from_db()
    return CollectionReturn.objects.get()


def test_clear_rows_are_loaded_while_a_question_waits(client_of, mine, doubtful, sales_rep, sales_manager):
    assert (mine.state, mine.waiting_count) == (SheetState.RETURNED, 2), "the customer in question and the contact who belongs to it"
    assert Account.objects.get(name="华东钢铁有限公司").phone == "021 6234 9999"
    assert set(Contact.objects.values_list("name", flat=True)) == {"赵敏", "孙立"}
    assert {batch.state for batch in doubtful.batches} == {BatchState.PARTLY}
    page = said(client_of(sales_rep).get(reverse("crm_core:sheet_detail", args=[mine.pk])))
    assert "What is clear is loaded: 1 new, 1 changed." in page
    note = Notice.objects.get(to=sales_manager, kind="sheet_waits")
    leader = client_of(sales_manager)
    shown = said(leader.get(note.url))
    assert "The rows in question wait: decide, then go on." in shown
    assert "青山科技股份有限公司" in shown
    accounts = doubtful.accounts
    for name in ("import_read", "import_map", "import_words"):
        assert leader.get(reverse(f"crm_core:{name}", args=[accounts.pk])).status_code == 302, "past matching"
    assert act(leader, "import_drop", accounts).status_code == 400
    assert act(leader, "import_apply", accounts).status_code == 409, "nothing is decided yet"
    load_return(given=CollectionReturn.objects.get(), now=timezone.now())
    assert Notice.objects.filter(kind="sheet_waits").count() == 1, "told once"


@pytest.mark.parametrize(("decision", "owner"), [("create", "青山科技股份有限公司"), ("merge", "青山科技有限公司"), ("skip", None)])
def test_the_rest_follows_the_decision(client_of, mine, doubtful, sales_rep, sales_manager, decision, owner):
    leader, accounts = client_of(sales_manager), doubtful.accounts
    assert act(leader, "import_decide", accounts, {"decision": decision}).status_code == 302
    assert "Everything is decided: go on." in said(leader.get(reverse("crm_core:import_detail", args=[accounts.pk])))
    assert act(leader, "import_apply", accounts).status_code == 302
    work()
    mine.refresh_from_db()
    found = Contact.objects.filter(name="钱多").first()
    assert (found.account_links.get().account.name if found else None) == owner
    assert (mine.state, mine.waiting_count, mine.open_count) == (SheetState.CORRECT, 0, 1 if owner else 2)
    assert Account.objects.filter(name="青山科技股份有限公司").exists() == (decision == "create")
    assert Contact.objects.filter(name="孙立").count() == Contact.objects.filter(name="赵敏").count() == 1
    assert {batch.state for batch in ImportBatch.objects.all()} == {BatchState.APPLIED}
    assert Notice.objects.filter(to=sales_rep, kind="sheet_loaded").count() == 1


def test_rows_that_are_loaded_are_not_decided_again(mine, doubtful, sales_manager, client_of):
    ImportRow.objects.filter(batch=doubtful.accounts, applied=True).update(question=RowQuestion.CHANGED, decision=Decision.UPDATE)
    applied = ImportRow.objects.filter(batch=doubtful.accounts, applied=True).first()
    act(client_of(sales_manager), "import_decide", doubtful.accounts, {"decision": "skip", "row": str(applied.row_no)})
    applied.refresh_from_db()
    assert (applied.decision, applied.applied) == (Decision.UPDATE, True)


def test_a_manager_who_ends_it_gives_the_open_rows_back_to_the_person(client_of, mine, doubtful, sales_manager):
    assert act(client_of(sales_manager), "import_end", doubtful.accounts).status_code == 302
    work()
    mine.refresh_from_db()
    assert (mine.state, mine.waiting_count, mine.open_count) == (SheetState.CORRECT, 0, 3)


def test_the_rows_that_wait_can_be_taken_back_and_handed_in_again(client_of, mine, doubtful, sales_rep):
    client = client_of(sales_rep)
    assert act(client, "sheet_takeback", mine).status_code == 302
    mine.refresh_from_db()
    assert (mine.state, mine.open_count) == (SheetState.CORRECT, 3)
    again = download(client, mine)
    again.append("Accounts", Name="青山科技（集团）有限公司", Phone="0755 2600 1234")
    assert give(client, mine, again.bytes()).status_code == 302
    work()
    assert Contact.objects.filter(name="孙立").count() == 1
    assert act(client, "sheet_takeback", mine).status_code in (302, 409)


def test_an_ended_load_can_be_undone_as_a_whole(client_of, mine, doubtful, sales_rep, sales_manager):
    act(client_of(sales_rep), "sheet_takeback", mine)
    for batch in (doubtful.contacts, doubtful.accounts):
        assert act(client_of(sales_manager), "import_undo", batch).status_code == 302
        work()
    mine.refresh_from_db()
    assert mine.state == SheetState.SENT
    assert Account.objects.get(name="华东钢铁有限公司").phone == "021 6234 5678"
    assert set(Contact.objects.values_list("name", flat=True)) == {"赵敏"}


# --- who joins, who leaves -----------------------------------------------------------------------------
def test_somebody_joins_a_running_round(client_of, world, mine, liaison, other_rep, sales_manager, today):
    AccountFactory(owner=other_rep, department=world.team_b)
    client, row = client_of(liaison), mine.round
    page = reverse("crm_core:collection_add", args=[row.pk])
    assert str(other_rep) in said(client.get(page))
    assert client.post(page, {}).status_code == 422
    assert client.post(page, {"people": [mine.person_id]}).status_code == 422, "has a sheet already"
    assert client.post(page, {"people": [other_rep.pk]}).status_code == 302
    sheet = row.sheets.get(person=other_rep)
    assert (sheet.account_count, sheet.department, sheet.state) == (1, world.team_b, SheetState.SENT)
    assert sheet.history.get().history_user == liaison
    assert Notice.objects.filter(to=other_rep, kind="sheet_sent").count() == 1
    other_rep.language = "en"
    other_rep.save()
    assert download(client_of(other_rep), sheet).table("Accounts").max_row >= 2
    assert client.post(page, {"people": [other_rep.pk]}).status_code == 422
    assert totals(by_department(row.sheets.select_related("round", "department", "person"), today))["sheets"] == 2


def test_a_department_joins_and_only_who_has_no_sheet_gets_one(client_of, world, mine, liaison, other_rep, sales_manager, key_user):
    page = reverse("crm_core:collection_add", args=[mine.round.pk])
    assert client_of(liaison).post(page, {"department": world.sales.pk}).status_code == 302
    assert {sheet.person for sheet in mine.round.sheets.all()} == {mine.person, other_rep, sales_manager, key_user}
    assert Notice.objects.filter(to=mine.person, kind="sheet_sent").count() == 1, "not told twice"


def test_who_may_add_and_take_out(client_of, world, mine, liaison, west_liaison, outsider, sales_rep, other_rep, pm, today):
    for name in ("collection_add", "collection_out"):
        address = reverse(f"crm_core:{name}", args=[mine.round.pk])
        assert client_of(sales_rep).post(address).status_code == 403
        assert client_of(outsider).post(address).status_code == 404
        assert client_of(west_liaison).post(address).status_code == 404
    assert client_of(liaison).get(reverse("crm_core:collection_out", args=[mine.round.pk])).status_code == 405
    client_of(liaison).get(reverse("crm_core:collection_add", args=[mine.round.pk]))
    assert mine.round.sheets.count() == 1
    reach = people_to_add(mine.round, by=liaison, day=today)
    assert world.west_rep not in {person for person, _place in reach}, "only within the own departments"
    with pytest.raises(CannotCollect):
        add_people(row=mine.round, people=[world.west_rep], department=None, by=liaison, now=timezone.now(), today=today)
    add_people(row=mine.round, people=[world.west_rep], department=None, by=pm, now=timezone.now(), today=today)
    assert mine.round.sheets.filter(person=world.west_rep).exists()


def test_a_round_that_is_late_or_closed_takes_nobody_in(mine, world, liaison, other_rep, today):
    facts = {"people": [other_rep], "department": None, "by": liaison, "now": timezone.now()}
    with pytest.raises(CannotCollect, match="Give more time first"):
        add_people(row=mine.round, today=mine.round.due_on + timedelta(days=1), **facts)
    close_round(row=mine.round, by=liaison, now=timezone.now())
    with pytest.raises(CannotChangeRound):
        add_people(row=mine.round, today=today, **facts)
    with pytest.raises(CannotChangeRound):
        take_out(sheet=mine, reason="离职", by=liaison, now=timezone.now())


def test_somebody_leaves_with_a_reason(client_of, mine, liaison, sales_rep, today):
    client, page = client_of(liaison), reverse("crm_core:collection_out", args=[mine.round.pk])
    content = download(client_of(sales_rep), mine).bytes()
    assert str(sales_rep) in said(client.post(page, {"pk": [mine.pk]}))
    assert client.post(page, {"pk": [mine.pk], "reason": " "}).status_code == 422
    assert client.post(page, {"pk": [mine.pk], "reason": "调往西部"}).status_code == 302
    mine.refresh_from_db()
    assert (mine.state, mine.out_by, mine.out_reason, mine.is_owed) == (SheetState.OUT, liaison, "调往西部", False)
    assert (mine.history.first().history_user, mine.history.first().history_change_reason) == (liaison, "调往西部")
    assert Notice.objects.filter(to=sales_rep, kind="sheet_sent").first().body == "调往西部"
    assert "调往西部" in said(client.get(mine.round.get_absolute_url()))
    theirs = said(client_of(sales_rep).get(mine.get_absolute_url()))
    assert "调往西部" in theirs
    assert "Download sheet" not in theirs
    assert "was taken out of the round" in said(give(client_of(sales_rep), mine, content))
    assert act(client_of(sales_rep), "sheet_confirm", mine).status_code == 409
    assert remind_of_sheets(today=mine.round.due_on + timedelta(days=3)) == 0
    assert totals(by_department([mine], today)) == {}
    assert client.post(page, {"pk": [mine.pk], "reason": "再次"}).status_code == 422, "owes nothing any more"
    add_people(row=mine.round, people=[sales_rep], department=None, by=liaison, now=timezone.now(), today=today)
    mine.refresh_from_db()
    assert (mine.state, mine.out_reason, mine.out_at) == (SheetState.SENT, "", None)
    assert give(client_of(sales_rep), mine, content).status_code == 302


def test_what_is_handed_back_is_not_taken_out(mine, liaison, sales_rep):
    confirm_sheet(sheet=mine, by=sales_rep, now=timezone.now())
    with pytest.raises(CannotChangeRound, match="handed back or taken out already"):
        take_out(sheet=mine, reason="离职", by=liaison, now=timezone.now())


def test_the_burn_down_counts_people_on_the_days_on_which_they_belong_to_the_round(world, mine, other_rep, west_rep):
    def at(day):
        return datetime(2026, 11, day, 12, tzinfo=UTC)

    row = mine.round
    row.created_at = at(20)
    facts = {"round": row, "department": world.team_a, "account_count": 10}
    CollectionSheet.objects.filter(pk=mine.pk).update(account_count=10, contact_count=0)
    mine.refresh_from_db()
    late = CollectionSheet.objects.create(person=other_rep, added_at=at(22), **facts)
    left = CollectionSheet.objects.create(person=west_rep, state=SheetState.OUT, out_at=at(23), out_reason="离职", **facts)
    CollectionReturnFactory(sheet=late, number=1, returned_at=at(21), finished_at=at(21))  # before it was taken out and added again
    CollectionReturnFactory(sheet=late, number=2, returned_at=at(24), finished_at=at(24), open_count=4)
    lines = burn_down(row, [mine, late, left], date(2026, 11, 24))
    assert [(line["day"].day, line["sheets"], line["rows"]) for line in lines] == [(20, 2, 20), (21, 2, 20), (22, 3, 30), (23, 2, 20), (24, 2, 14)]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_who_add_the_same_person_at_once_send_one_sheet():
    world = build_world()
    today = timezone.localdate()
    row = started(world, world.liaison, today)
    person = world.other_rep

    def add(by):
        return lambda: add_people(row=row, people=[person], department=None, by=by, now=timezone.now(), today=today)

    results = together(add(world.liaison), add(world.sales_manager))
    assert sorted(type(result).__name__ for result in results) == ["CannotCollect", "list"], results
    assert row.sheets.filter(person=person).count() == 1
    assert Notice.objects.filter(to=person, kind="sheet_sent").count() == 1


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_of_taking_out_and_handing_back_at_once_one_stands():
    world = build_world()
    today, person = timezone.localdate(), world.sales_rep
    sheet = started(world, world.liaison, today).sheets.get(person=person)
    results = together(
        lambda: take_out(sheet=CollectionSheet.objects.get(pk=sheet.pk), reason="离职", by=world.liaison, now=timezone.now()),
        lambda: confirm_sheet(sheet=CollectionSheet.objects.get(pk=sheet.pk), by=person, now=timezone.now()),
    )
    sheet.refresh_from_db()
    refusals = [result for result in results if isinstance(result, (CannotChangeRound, CannotHandBack))]
    assert len(refusals) == 1, results
    assert sheet.state == (SheetState.LOADED if isinstance(results[0], CannotChangeRound) else SheetState.OUT)
