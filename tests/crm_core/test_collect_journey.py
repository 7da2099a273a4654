"""Collection sheets from the start of a round to loaded customers, with real workbooks edited as a salesperson would."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone, translation

from crm_core.models import Account, AccountContact, CollectionReturn, CollectionSheet, Contact, ImportBatch, ImportRow, Ownership, RegisteredStatus, SheetState
from crm_core.services.collecting import burn_down, close_round, hand_back, load_return, sheet_workbook, start_round
from crm_core.services.collecting.sheets import label_of_place
from crm_core.services.dictionaries import choices, code_of
from foundation.notices.models import Notice
from foundation.usage.models import UsageEvent
from tests.factories.crm_core import AccountContactFactory, AccountFactory, CollaboratorFactory, ContactFactory


@pytest.fixture
def customers(world, sales_rep):
    """Two companies and a contact at one of them."""
    sales_rep.language = "en"
    sales_rep.save()
    steel = AccountFactory(name="华东钢铁有限公司", owner=sales_rep, department=world.team_a, phone="021 6234 5678", region="440305", level="A")
    yarn = AccountFactory(name="江南纺织有限公司", owner=sales_rep, department=world.team_a)
    anna = ContactFactory(name="赵敏", owner=sales_rep, department=world.team_a, phone="138 0013 8000")
    AccountContactFactory(account=steel, contact=anna, title="director", is_main=True)
    return steel, yarn, anna


def started(world, by, today, department=None, days=5):
    return start_round(
        department=department or world.team_a,
        name="客户资料收集",
        due_on=today + timedelta(days=days),
        by=by,
        now=timezone.now(),
        today=today,
        message="请核对",
    )


@pytest.fixture
def sheet(world, customers, liaison, sales_rep, today):
    started(world, liaison, today)
    return CollectionSheet.objects.get(person=sales_rep)


class Book:
    """The downloaded workbook, edited by heading."""

    def __init__(self, content):
        self.book = openpyxl.load_workbook(io.BytesIO(content))

    def table(self, name):
        return self.book[name]

    def column(self, name, heading):
        return next(cell.column for cell in self.table(name)[1] if cell.value == heading)

    def put(self, name, row, **values):
        for heading, value in values.items():
            self.table(name).cell(row=row, column=self.column(name, heading.replace("_", " "))).value = value

    def cell(self, name, row, heading):
        return self.table(name).cell(row=row, column=self.column(name, heading))

    def row_of(self, name, text):
        return next(row[0].row for row in self.table(name).iter_rows() if row[0].value == text)

    def append(self, name, **values):
        self.put(name, self.table(name).max_row + 1, **values)

    def bytes(self):
        buffer = io.BytesIO()
        self.book.save(buffer)
        return buffer.getvalue()


def download(client, sheet):
    answer = client.post(reverse("crm_core:sheet_download", args=[sheet.pk]))
    assert answer.status_code == 200, answer.content[:300]
    return Book(answer.content)


def give(client, sheet, content, name="sheet.xlsx"):
    return client.post(reverse("crm_core:sheet_return", args=[sheet.pk]), {"file": SimpleUploadedFile(name, content)})


def work():
    call_command("run_jobs", verbosity=0)


def said(answer):
    return answer.content.decode()


def test_a_sheet_goes_out_is_corrected_and_loaded(client_of, sheet, customers, sales_rep, liaison, on_commit):
    steel, yarn, anna = customers
    client = client_of(sales_rep)
    assert (sheet.account_count, sheet.contact_count, sheet.state) == (2, 1, SheetState.SENT)
    assert Notice.objects.filter(to=sales_rep, kind="sheet_sent").exists()
    page = said(client.get(reverse("crm_core:sheet_detail", args=[sheet.pk])))
    assert "Download sheet" in page
    assert "Your customer sheet is due on" in said(client.get(reverse("home")))
    book = download(client, sheet)
    assert book.book.sheetnames == ["Read this first", "Accounts", "Contacts", "lists"]
    assert book.book["lists"].sheet_state == "hidden"
    assert book.cell("Accounts", book.row_of("Accounts", steel.name), "Region").value == "Nanshan District, Shenzhen, Guangdong"
    book.put("Accounts", book.row_of("Accounts", steel.name), Phone="021 6234 9999", Registered_status="Cancelled")
    book.append("Accounts", Name="新客户贸易有限公司", Kind="Company", Level="B · important")
    book.put("Contacts", book.row_of("Contacts", "赵敏"), Title="Chairman")
    book.append("Contacts", Name="钱多", Account="新客户贸易有限公司", Phone="13900139000")
    answer = give(client, sheet, book.bytes())
    assert answer.status_code == 302, said(answer)
    work()
    sheet.refresh_from_db()
    assert (sheet.state, sheet.open_count, sheet.row_count) == (SheetState.LOADED, 0, 5)
    steel.refresh_from_db()
    assert steel.phone == "021 6234 9999"
    assert (steel.registered_status, steel.registered_status_on) == (RegisteredStatus.CANCELLED, timezone.localdate())
    new = Account.objects.get(name="新客户贸易有限公司")
    assert (new.owner, new.department, new.level, new.created_by) == (sales_rep, sheet.department, "B", sales_rep)
    assert Ownership.objects.get(account=new, ends_at=None).owner == sales_rep
    assert Contact.objects.get(name="钱多").account_links.get().account == new
    assert AccountContact.objects.get(contact=anna).title == "chairman"
    yarn.refresh_from_db()
    assert yarn.version == 1, "an untouched row changes nothing"
    given = CollectionReturn.objects.get()
    assert {batch.created_by for batch in given.batches} == {batch.handed_in_by for batch in given.batches} == {sales_rep}
    assert "New: 2. Changed: 2. As before: 1. To be corrected: 0." in said(client.get(reverse("crm_core:sheet_detail", args=[sheet.pk])))
    assert Notice.objects.get(to=sales_rep, kind="sheet_loaded").subject == "Your customer sheet is loaded. Thank you."
    assert not Notice.objects.filter(kind="import_finished").exists(), "the person cannot open the page of the import"
    assert UsageEvent.objects.filter(feature__key="crm.sheet.return", user=sales_rep).count() == 1
    assert "Your customer sheet is due" not in said(client.get(reverse("home")))


def test_mistakes_come_back_with_the_reason_at_the_cell(client_of, sheet, customers, sales_rep):
    steel, yarn, _anna = customers
    client = client_of(sales_rep)
    book = download(client, sheet)
    book.put("Accounts", book.row_of("Accounts", steel.name), Level="enormous")
    book.put("Accounts", book.row_of("Accounts", yarn.name), Phone="0512 6288 1111")
    book.append("Contacts", Name="孙立", Account="无此公司")
    assert give(client, sheet, book.bytes()).status_code == 302
    work()
    sheet.refresh_from_db()
    yarn.refresh_from_db()
    assert (sheet.state, sheet.open_count) == (SheetState.CORRECT, 2)
    assert yarn.phone == "0512 6288 1111", "what is right is loaded at once"
    page = said(client.get(reverse("crm_core:sheet_detail", args=[sheet.pk])))
    assert "“enormous” is not known here" in page
    assert "无此公司" in page
    back = Book(client.post(reverse("crm_core:sheet_correct", args=[sheet.pk])).content)
    assert back.table("Accounts").max_row == 2
    wrong = back.cell("Accounts", 2, "Level")
    assert "is not known here" in wrong.comment.text
    assert "is not known here" in back.cell("Accounts", 2, "Why it was refused").value
    back.put("Accounts", 2, Level="C · regular")
    back.put("Contacts", 2, Account=yarn.name)
    assert give(client, sheet, back.bytes(), "corrected.xlsx").status_code == 302
    work()
    sheet.refresh_from_db()
    steel.refresh_from_db()
    assert (sheet.state, sheet.open_count, steel.level) == (SheetState.LOADED, 0, "C")
    assert Contact.objects.get(name="孙立").account_links.get().account == yarn
    assert [one.number for one in sheet.returns.order_by("number")] == [1, 2]


def test_every_value_that_goes_out_comes_back_unchanged(client_of, world, sheet, customers, sales_rep):
    """Handing an untouched sheet back changes nothing, in both languages."""
    steel = customers[0]
    Account.objects.filter(pk=steel.pk).update(
        phone="+862162345678",
        kind="merchant",
        industry="software",
        source="exhibition",
        registered_status="moved_out",
        website="https://example.com/",
        email="A@example.com",
        remark="=SUM(1)\n@x",
        address="-1 号",
    )
    AccountContact.objects.filter(account=steel).update(title="总经理")  # as text, from before it was a choice
    for language in ("en", "zh-hans"):
        sales_rep.language = language
        sales_rep.save()
        before = list(Account.objects.order_by("pk").values())
        content = sheet_workbook(sheet=CollectionSheet.objects.select_related("round", "person").get(pk=sheet.pk), by=sales_rep, now=timezone.now())
        given = hand_back(sheet=CollectionSheet.objects.get(pk=sheet.pk), file=io.BytesIO(content), file_name="a.xlsx", by=sales_rep, now=timezone.now())
        load_return(given=given, now=timezone.now())
        rows = ImportRow.objects.filter(batch__in=[batch.pk for batch in given.batches])
        changed = [(row.raw, row.changes, row.problems) for row in rows if row.action != "skip"]
        assert changed == [], "the same number and the same address in another spelling are no change"
        after = list(Account.objects.order_by("pk").values())
        assert before == after


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_place_reads_back_as_the_same_code(db, language):
    with translation.override(language):
        wrong = [code for code, _path in choices("region") if code_of("region", label_of_place(Account(region=code))) != code]
    assert wrong == []


def test_deleted_rows_and_empty_cells_delete_nothing(client_of, sheet, customers, sales_rep):
    steel, yarn, anna = customers
    client = client_of(sales_rep)
    book = download(client, sheet)
    book.put("Accounts", book.row_of("Accounts", steel.name), Phone=None)
    book.table("Accounts").delete_rows(book.row_of("Accounts", yarn.name))
    book.table("Contacts").delete_rows(book.row_of("Contacts", anna.name))
    assert give(client, sheet, book.bytes()).status_code == 302
    work()
    steel.refresh_from_db()
    assert steel.phone == "021 6234 5678"
    assert set(Account.objects.live().values_list("pk", flat=True)) == {steel.pk, yarn.pk}
    assert Contact.objects.live().filter(pk=anna.pk).exists()


def test_columns_in_another_order_and_columns_left_out(client_of, sheet, customers, sales_rep):
    steel = customers[0]
    client = client_of(sales_rep)
    book = download(client, sheet)
    table = book.table("Accounts")
    book.put("Accounts", book.row_of("Accounts", steel.name), Address="新地址 8 号")
    table.delete_cols(book.column("Accounts", "Level"))
    rows = [[cell.value for cell in row][::-1] for row in table.iter_rows()]
    book.book.remove(table)
    again = book.book.create_sheet("客户")
    for row in [["标题"], *rows]:
        again.append(row)
    assert give(client, sheet, book.bytes()).status_code == 302
    work()
    steel.refresh_from_db()
    assert (steel.address, steel.level) == ("新地址 8 号", "A")
    assert sheet.returns.get().missing == ["Level"]


@pytest.mark.parametrize(
    ("heading", "sentence"),
    [("Key of the collection sheet", "These columns are missing: Key of the collection sheet"), ("Name", "These columns are missing: Name")],
)
def test_without_the_columns_by_which_rows_are_found_a_file_is_refused(client_of, sheet, customers, sales_rep, heading, sentence):
    client = client_of(sales_rep)
    book = download(client, sheet)
    book.table("Accounts").delete_cols(book.column("Accounts", heading))
    answer = give(client, sheet, book.bytes())
    assert answer.status_code == 422
    assert sentence in said(answer)
    assert not CollectionReturn.objects.exists()
    assert not ImportBatch.objects.exists()


def test_a_file_without_the_key_of_the_sheet_is_refused(client_of, sheet, customers, sales_rep):
    client = client_of(sales_rep)
    book = download(client, sheet)
    for name in ("Accounts", "Contacts"):
        book.table(name).delete_cols(book.column(name, f"{name[:-1]} sheet {sheet.key}"))
    answer = give(client, sheet, book.bytes())
    assert answer.status_code == 422
    assert "The key of the sheet is missing." in said(answer)
    other = give(client, sheet, b"name,phone\nA,1\n", "list.csv")
    assert "The key of the sheet is missing." in said(other)


def test_the_sheet_of_a_colleague_is_refused_and_so_is_a_row_of_it(client_of, world, customers, sales_manager, sales_rep, other_rep, today):
    started(world, sales_manager, today, department=world.sales)
    mine, theirs = (CollectionSheet.objects.get(person=person) for person in (sales_rep, other_rep))
    AccountFactory(name="别人的客户", owner=other_rep, department=world.team_b)
    other_rep.language = "en"
    other_rep.save()
    foreign, client = download(client_of(other_rep), theirs), client_of(sales_rep)
    answer = give(client, mine, foreign.bytes())
    assert answer.status_code == 422
    assert "This is not your sheet." in said(answer)
    assert str(other_rep) not in said(answer)
    book = download(client, mine)
    row = book.table("Accounts").max_row + 1
    for place, cell in enumerate(foreign.table("Accounts")[2], start=1):
        book.table("Accounts").cell(row=row, column=place).value = cell.value
    answer = give(client, mine, book.bytes())
    assert f"Row {row} comes from another sheet." in said(answer)
    assert not CollectionReturn.objects.exists()


def test_a_forged_record_key_reaches_nothing_that_is_not_the_persons(client_of, world, sheet, customers, sales_rep, other_rep):
    hidden = AccountFactory(name="看不见", owner=other_rep, department=world.team_b)
    shared = AccountFactory(name="只读", owner=other_rep, department=world.team_b)
    CollaboratorFactory(account=shared, user=sales_rep, right="read", added_by=other_rep)
    pooled = AccountFactory(name="公海客户", owner=None, department=world.team_a)
    client = client_of(sales_rep)
    book = download(client, sheet)
    for account in (hidden, shared, pooled):
        book.append("Accounts", Name=f"{account.name}改", Key_of_the_collection_sheet=f"R{account.pk}-1")
    assert give(client, sheet, book.bytes()).status_code == 302
    work()
    sheet.refresh_from_db()
    assert (sheet.state, sheet.open_count) == (SheetState.CORRECT, 3)
    assert set(Account.objects.values_list("name", flat=True)) >= {"看不见", "只读", "公海客户"}


def test_a_renamed_customer_keeps_its_contacts(client_of, sheet, customers, sales_rep):
    steel, _yarn, anna = customers
    client = client_of(sales_rep)
    book = download(client, sheet)
    book.put("Accounts", book.row_of("Accounts", steel.name), Name="华东特钢集团有限公司")
    book.put("Contacts", book.row_of("Contacts", anna.name), Phone="13700137000")
    assert give(client, sheet, book.bytes()).status_code == 302
    work()
    sheet.refresh_from_db()
    steel.refresh_from_db()
    anna.refresh_from_db()
    assert (sheet.state, steel.name, anna.phone) == (SheetState.LOADED, "华东特钢集团有限公司", "137 0013 7000")


def test_the_same_file_twice_and_the_whole_sheet_again(client_of, sheet, customers, sales_rep):
    steel = customers[0]
    client = client_of(sales_rep)
    book = download(client, sheet)
    book.put("Accounts", book.row_of("Accounts", steel.name), Phone="021 6234 9999")
    book.append("Accounts", Name="新客户贸易有限公司")
    content = book.bytes()
    assert give(client, sheet, content).status_code == 302
    work()
    answer = give(client, sheet, content)
    assert answer.status_code == 422
    assert "This very file was handed back already" in said(answer)
    book.append("Accounts", Name="又一个客户有限公司")
    assert give(client, sheet, book.bytes()).status_code == 302
    work()
    sheet.refresh_from_db()
    steel.refresh_from_db()
    assert (sheet.state, steel.version) == (SheetState.LOADED, 2), "what the first file changed is no conflict for the second"
    assert Account.objects.filter(name__in=["新客户贸易有限公司", "又一个客户有限公司"]).count() == 2


def test_what_somebody_changed_meanwhile_is_decided_by_the_manager(client_of, sheet, customers, sales_rep, sales_manager):
    steel, yarn, _anna = customers
    client = client_of(sales_rep)
    book = download(client, sheet)
    book.put("Accounts", book.row_of("Accounts", steel.name), Phone="021 6234 9999")
    book.put("Accounts", book.row_of("Accounts", yarn.name), Phone="0512 6288 1111")
    Account.objects.filter(pk=steel.pk).update(phone="021 6234 0000", version=2)
    content = book.bytes()
    assert give(client, sheet, content).status_code == 302
    work()
    sheet.refresh_from_db()
    assert (sheet.state, sheet.waiting_count) == (SheetState.RETURNED, 1)
    note = Notice.objects.get(to=sales_manager, kind="sheet_waits")
    batch = CollectionReturn.objects.get().accounts
    assert note.url == reverse("crm_core:import_detail", args=[batch.pk]) + "?action=waiting"
    leader = client_of(sales_manager)
    assert leader.get(note.url).status_code == 200
    leader.post(reverse("crm_core:import_decide", args=[batch.pk]), {"decision": "update"})
    leader.post(reverse("crm_core:import_apply", args=[batch.pk]))
    work()
    sheet.refresh_from_db()
    steel.refresh_from_db()
    yarn.refresh_from_db()
    assert (sheet.state, steel.phone, yarn.phone) == (SheetState.LOADED, "021 6234 9999", "0512 6288 1111")
    assert steel.history.first().history_user == sales_rep, "the words are the salesperson's"


def test_a_sheet_that_waits_can_be_taken_back(client_of, sheet, customers, sales_rep):
    steel = customers[0]
    client = client_of(sales_rep)
    book = download(client, sheet)
    book.put("Accounts", book.row_of("Accounts", steel.name), Phone="021 6234 9999")
    Account.objects.filter(pk=steel.pk).update(phone="021 6234 0000", version=2)
    give(client, sheet, book.bytes())
    work()
    again = download(client, sheet)
    again.put("Accounts", again.row_of("Accounts", steel.name), Phone="021 6234 7777")
    content = again.bytes()
    assert "still being looked at" in said(give(client, sheet, content))
    assert client.post(reverse("crm_core:sheet_takeback", args=[sheet.pk])).status_code == 302
    sheet.refresh_from_db()
    assert (sheet.state, sheet.open_count, sheet.waiting_count) == (SheetState.CORRECT, 1, 0), "what was in question is the person's again"
    assert give(client, sheet, content).status_code == 302
    work()
    steel.refresh_from_db()
    assert steel.phone == "021 6234 7777"


def test_a_load_that_is_started_again_writes_nothing_twice(client_of, sheet, customers, sales_rep):
    client = client_of(sales_rep)
    book = download(client, sheet)
    book.append("Accounts", Name="新客户贸易有限公司")
    give(client, sheet, book.bytes())
    given = CollectionReturn.objects.get()
    for _time in range(3):
        load_return(given=CollectionReturn.objects.get(pk=given.pk), now=timezone.now())
    work()
    assert Account.objects.filter(name="新客户贸易有限公司").count() == 1
    assert Notice.objects.filter(kind="sheet_loaded").count() == 1


def test_an_import_that_is_undone_is_owed_again(client_of, sheet, customers, sales_rep, sales_manager):
    steel = customers[0]
    client = client_of(sales_rep)
    book = download(client, sheet)
    book.put("Accounts", book.row_of("Accounts", steel.name), Phone="021 6234 9999", Registered_status="Cancelled")
    book.put("Contacts", book.row_of("Contacts", "赵敏"), Title="Chairman")
    give(client, sheet, book.bytes())
    work()
    given = CollectionReturn.objects.get()
    for batch in (given.contacts, given.accounts):
        client_of(sales_manager).post(reverse("crm_core:import_undo", args=[batch.pk]))
        work()
    sheet.refresh_from_db()
    steel.refresh_from_db()
    assert (sheet.state, steel.phone, steel.registered_status, steel.registered_status_on) == (SheetState.SENT, "021 6234 5678", "", None)
    assert AccountContact.objects.get(contact__name="赵敏").title == "director"


def test_everything_is_right_needs_no_file(client_of, sheet, sales_rep, today):
    client = client_of(sales_rep)
    assert client.post(reverse("crm_core:sheet_confirm", args=[sheet.pk])).status_code == 302
    sheet.refresh_from_db()
    assert sheet.state == SheetState.LOADED
    assert client.post(reverse("crm_core:sheet_confirm", args=[sheet.pk])).status_code == 409
    assert burn_down(sheet.round, [sheet], today)[-1] == {"day": today, "sheets": 0, "rows": 0}


def test_nothing_comes_back_into_a_closed_round(client_of, sheet, liaison, sales_rep):
    client = client_of(sales_rep)
    content = download(client, sheet).bytes()
    close_round(row=sheet.round, by=liaison, now=timezone.now())
    answer = give(client, sheet, content)
    assert answer.status_code == 422
    assert "This round is closed." in said(answer)
    assert client.post(reverse("crm_core:sheet_confirm", args=[sheet.pk])).status_code == 409
    assert not CollectionReturn.objects.exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"\x00\x01\x02", "中文,\n".encode("utf-16")])
def test_files_that_are_no_sheets_are_refused_with_a_sentence(client_of, sheet, sales_rep, content):
    answer = give(client_of(sales_rep), sheet, content)
    assert answer.status_code == 422
    assert not CollectionReturn.objects.exists()
