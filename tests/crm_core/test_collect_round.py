"""Rounds of collection sheets: who starts and sees what, how they burn down, who is reminded, and two files at once."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from crm_core.models import Account, CollectionReturn, CollectionRound, CollectionSheet, RoundState, SheetState
from crm_core.services.collecting import (
    CannotChangeRound,
    CannotCollect,
    burn_down,
    by_department,
    close_round,
    departments_for,
    extend_round,
    hand_back,
    load_return,
    remind_people,
    sheet_workbook,
    start_round,
    totals,
)
from crm_core.services.reminding import remind_of_sheets
from foundation.notices.models import Notice
from tests.at_once import together
from tests.factories.crm_core import AccountFactory, CollectionReturnFactory, CollectionSheetFactory

FRIDAY = date(2026, 11, 27)


def started(world, by, department=None, due_on=FRIDAY, today=date(2026, 11, 20), name="客户资料收集"):
    now = datetime(today.year, today.month, today.day, 9, tzinfo=UTC)
    return start_round(department=department or world.sales, name=name, due_on=due_on, by=by, now=now, today=today)


def test_everybody_below_who_looks_after_customers_gets_a_sheet(world, liaison, sales_manager, sales_rep, other_rep, key_user):
    AccountFactory(owner=other_rep, department=world.team_b)
    row = started(world, liaison)
    assert {sheet.person for sheet in row.sheets.all()} == {sales_manager, sales_rep, other_rep, key_user}
    mine = row.sheets.get(person=other_rep)
    assert (mine.department, mine.account_count) == (world.team_b, 1)
    assert mine.history.get().history_user == liaison
    assert Notice.objects.filter(kind="sheet_sent").count() == 4


def test_a_round_is_started_in_the_own_departments_only(world, liaison, west_liaison, sales_manager, pm):
    assert {one.pk for one in departments_for(liaison)} == {world.sales.pk, world.team_a.pk, world.team_b.pk}
    assert world.group in departments_for(pm)
    with pytest.raises(CannotCollect):
        started(world, west_liaison)
    with pytest.raises(CannotCollect, match="day has passed"):
        started(world, liaison, due_on=date(2026, 11, 19))
    with pytest.raises(CannotCollect, match="Nobody in this department"):
        started(world, pm, department=world.office)
    assert not CollectionRound.objects.exists()


def test_who_still_owes_a_sheet_gets_no_second_one(world, liaison, sales_rep, pm):
    started(world, liaison, department=world.team_a)
    with pytest.raises(CannotCollect, match="still owes a sheet"):
        started(world, liaison, department=world.team_a)
    row = started(world, pm)
    assert sales_rep not in {sheet.person for sheet in row.sheets.all()}


def test_the_pages_of_a_round(client_of, world, liaison, sales_manager, sales_rep, today):
    client = client_of(liaison)
    assert b"No round was started yet" in client.get(reverse("crm_core:collection_list")).content
    words = {"department": world.sales.pk, "name": "第一轮", "due_on": today.isoformat(), "message": "请核对"}
    shown = client.post(reverse("crm_core:collection_create"), words)
    assert b"4 people get a sheet" in shown.content
    assert not CollectionRound.objects.exists(), "a preview sends nothing"
    assert client.post(reverse("crm_core:collection_create"), words | {"go": "1"}).status_code == 302
    row = CollectionRound.objects.get()
    page = client.get(reverse("crm_core:collection_detail", args=[row.pk])).content.decode()
    assert str(sales_rep) in page
    assert "Give more time" in page
    chart = client.get(reverse("crm_core:collection_burn_down", args=[row.pk])).json()
    assert [line["values"] for line in chart["series"]] == [[4]]
    assert client.get(reverse("crm_core:collection_burn_down", args=[row.pk]), {"of": "rows"}).json()["series"][0]["values"] == [0]
    table = client.get(reverse("crm_core:collection_detail", args=[row.pk]), {"export": "csv"})
    assert str(sales_rep) in b"".join(table.streaming_content).decode()
    assert client.post(reverse("crm_core:collection_remind", args=[row.pk])).status_code == 302
    assert Notice.objects.filter(kind="sheet_due").count() == 4
    client.post(reverse("crm_core:collection_remind", args=[row.pk]))
    assert Notice.objects.filter(kind="sheet_due").count() == 4, "nobody is hurried twice a day by hand"
    later = today + timedelta(days=9)
    assert client.post(reverse("crm_core:collection_extend", args=[row.pk]), {"due_on": later.isoformat()}).status_code == 302
    assert client.post(reverse("crm_core:collection_close", args=[row.pk])).status_code == 302
    row.refresh_from_db()
    assert (row.due_on, row.state) == (later, RoundState.CLOSED)
    assert client.post(reverse("crm_core:collection_close", args=[row.pk])).status_code == 409
    assert client.post(reverse("crm_core:collection_extend", args=[row.pk]), {"due_on": today.isoformat()}).status_code == 409


def test_a_mistake_in_the_form_keeps_the_words(client_of, world, liaison):
    answer = client_of(liaison).post(reverse("crm_core:collection_create"), {"department": world.west.pk, "name": "留着", "due_on": "gestern"})
    assert answer.status_code == 422
    assert "留着" in answer.content.decode()


def test_who_may_do_what(client_of, world, liaison, west_liaison, sales_manager, sales_rep, other_rep, service_agent, outsider, pm):
    row = started(world, pm, department=world.group)
    mine = row.sheets.get(person=sales_rep)
    detail = reverse("crm_core:collection_detail", args=[row.pk])
    assert client_of(sales_rep).get(detail).status_code == 403
    assert client_of(outsider).get(detail).status_code == 404
    for leader, seen, unseen in ((liaison, sales_rep, "west_rep"), (west_liaison, world.west_rep, "sales_rep")):
        page = client_of(leader).get(detail).content.decode()
        assert str(seen) in page
        assert str(getattr(world, unseen)) not in page, "of a round from above only the own people are shown"
        assert client_of(leader).post(reverse("crm_core:collection_close", args=[row.pk])).status_code == 409
    for name in ("sheet_detail", "sheet_download", "sheet_return", "sheet_confirm", "sheet_takeback", "sheet_correct"):
        address = reverse(f"crm_core:{name}", args=[mine.pk])
        call = "get" if name == "sheet_detail" else "post"
        assert getattr(client_of(other_rep), call)(address).status_code == 404
        assert getattr(client_of(sales_manager), call)(address).status_code == 404, "customers are handed to nobody but their person"
        assert getattr(client_of(outsider), call)(address).status_code == 404
        assert getattr(client_of(service_agent), call)(address).status_code == 403
    for name in ("sheet_download", "sheet_return", "sheet_confirm", "sheet_takeback", "sheet_correct"):
        assert client_of(sales_rep).get(reverse(f"crm_core:{name}", args=[mine.pk])).status_code == 405
    mine.refresh_from_db()
    assert (mine.state, mine.downloaded_at) == (SheetState.SENT, None)
    assert client_of(sales_rep).post(reverse("crm_core:sheet_correct", args=[mine.pk])).status_code == 409
    assert client_of(sales_rep).post(reverse("crm_core:sheet_takeback", args=[mine.pk])).status_code == 409


def test_the_burn_down_counts_sheets_and_rows_at_the_end_of_each_day(world, liaison, sales_rep, other_rep, west_rep):
    row = started(world, liaison)
    CollectionSheet.objects.filter(round=row).exclude(person__in=[sales_rep, other_rep]).delete()
    CollectionSheet.objects.filter(round=row).update(account_count=10, contact_count=5)
    mine, theirs = (row.sheets.get(person=person) for person in (sales_rep, other_rep))

    def at(day, hour=12):
        return datetime(2026, 11, day, hour, tzinfo=UTC)

    CollectionReturnFactory(sheet=mine, number=1, returned_at=at(21), finished_at=at(21), open_count=3)
    CollectionReturnFactory(sheet=mine, number=2, returned_at=at(23), finished_at=at(23), open_count=0)
    CollectionReturnFactory(sheet=theirs, number=1, returned_at=at(22), finished_at=at(22), withdrawn_at=at(22, 13))
    CollectionReturnFactory(sheet=theirs, number=2, returned_at=at(24), finished_at=at(24), problem="unreadable")
    lines = burn_down(row, [mine, theirs], date(2026, 11, 24))
    assert [(line["day"].day, line["sheets"], line["rows"]) for line in lines] == [(20, 2, 30), (21, 2, 18), (22, 2, 18), (23, 1, 15), (24, 1, 15)]


def test_the_table_by_department_says_who_is_late(world, liaison, sales_rep, other_rep):
    row = started(world, liaison)
    row.sheets.filter(person=other_rep).update(state=SheetState.LOADED)
    row.sheets.filter(person=sales_rep).update(account_count=7)
    sheets = list(row.sheets.select_related("round", "department", "person"))
    lines = {line.department.code: line for line in by_department(sheets, FRIDAY + timedelta(days=1))}
    assert (lines["E-S-A"].late, lines["E-S-A"].people, lines["E-S-A"].rows_open) == (1, [str(sales_rep)], 7)
    assert (lines["E-S-B"].late, lines["E-S-B"].done) == (0, 1)
    assert totals(lines.values())["sheets"] == 4
    assert [line.late for line in by_department(sheets, FRIDAY)] == [0, 0, 0], "the day itself is in time"


@pytest.mark.parametrize(
    ("today", "told", "managers"),
    [
        (date(2026, 11, 24), 0, 0),  # Tuesday: three working days ahead
        (date(2026, 11, 25), 1, 0),  # Wednesday: two
        (date(2026, 11, 27), 1, 0),  # the day
        (date(2026, 11, 28), 0, 0),  # Saturday: nobody works
        (date(2026, 11, 30), 1, 1),  # Monday after it
    ],
)
def test_people_are_reminded_by_working_days_and_then_the_manager_is_told(world, liaison, sales_rep, sales_manager, today, told, managers):
    row = started(world, liaison, department=world.team_a)
    assert remind_of_sheets(today=today) == told
    assert remind_of_sheets(today=today) == 0, "once a day"
    assert Notice.objects.filter(kind="sheet_due", to=sales_rep).count() == told
    assert Notice.objects.filter(kind="sheet_late", to=sales_manager).count() == managers
    assert row.sheets.get().reminded_on == (today if told else None)


def test_the_manager_is_told_once_until_the_round_is_extended(world, liaison, sales_rep, sales_manager):
    row = started(world, liaison, department=world.team_a)
    for day in (30, 31):
        remind_of_sheets(today=date(2026, 11, 30) if day == 30 else date(2026, 12, 1))
    assert Notice.objects.filter(kind="sheet_late").count() == 1
    extend_round(row=row, due_on=date(2026, 12, 4), by=liaison, now=timezone.now(), today=date(2026, 12, 1))
    assert row.sheets.get().escalated_on is None
    remind_of_sheets(today=date(2026, 12, 7))
    assert Notice.objects.filter(kind="sheet_late").count() == 2
    row.sheets.update(state=SheetState.LOADED)
    assert remind_of_sheets(today=date(2026, 12, 8)) == 0
    close_round(row=row, by=liaison, now=timezone.now())
    with pytest.raises(CannotChangeRound):
        extend_round(row=row, due_on=date(2026, 12, 24), by=liaison, now=timezone.now(), today=date(2026, 12, 8))


def test_a_closed_round_reminds_nobody(world, liaison, sales_rep):
    row = started(world, liaison, department=world.team_a)
    close_round(row=row, by=liaison, now=timezone.now())
    assert remind_of_sheets(today=FRIDAY) == 0
    assert remind_people(sheets=list(row.sheets.all()), by=liaison, now=timezone.now(), today=FRIDAY) == 0


def test_the_notice_speaks_the_language_of_its_reader(world, liaison, sales_rep):
    sales_rep.language = "zh-hans"
    sales_rep.save()
    started(world, liaison, department=world.team_a)
    remind_of_sheets(today=FRIDAY)
    assert "客户资料表" in Notice.objects.get(kind="sheet_due").subject


def test_many_sheets_cost_no_more_questions_than_few(client_of, world, liaison, django_assert_max_num_queries):
    row = started(world, liaison)
    for _number in range(12):
        CollectionSheetFactory(round=row, department=world.team_a)
    client = client_of(liaison)
    client.get(reverse("crm_core:collection_detail", args=[row.pk]))
    with django_assert_max_num_queries(25):
        client.get(reverse("crm_core:collection_detail", args=[row.pk]))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same", [True, False])
def test_of_two_files_at_once_one_is_taken(world, same):
    """The person presses twice, or hands one back from the phone and another from the desk in the same instant."""
    person = world.sales_rep
    person.language = "en"
    person.save()
    AccountFactory(name="华东钢铁有限公司", owner=person, department=world.team_a)
    sheet = started(world, world.liaison, department=world.team_a, due_on=date(2030, 1, 1)).sheets.get()
    contents = [sheet_workbook(sheet=sheet, by=person, now=timezone.now())] * 2
    if not same:
        AccountFactory(name="江南纺织有限公司", owner=person, department=world.team_a)
        contents[1] = sheet_workbook(sheet=sheet, by=person, now=timezone.now())

    def give(content):
        mine = CollectionSheet.objects.select_related("round", "person").get(pk=sheet.pk)  # both have read it before either hands in
        file = SimpleUploadedFile("s.xlsx", content)
        return lambda: hand_back(sheet=mine, file=file, file_name="s.xlsx", by=person, now=timezone.now())

    answers = together(*map(give, contents))
    assert sorted(type(answer).__name__ for answer in answers) == ["CannotHandBack", "CollectionReturn"], answers
    given = CollectionReturn.objects.get()
    load_return(given=given, now=timezone.now())
    sheet.refresh_from_db()
    assert sheet.state == SheetState.LOADED
    assert io.BytesIO(given.accounts.stored.read()).getvalue() in contents
    assert Account.objects.filter(name="华东钢铁有限公司").count() == 1
