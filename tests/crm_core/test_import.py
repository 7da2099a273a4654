"""Files in: encodings, mapping, dry run, chunks that survive a kill, the error file, undo."""

import io
import json

import openpyxl
import pytest
from django.core.management import call_command
from django.urls import reverse

from crm_core.models import Account, BatchState, Contact, ImportBatch, ImportMapping, ImportRow, Ownership
from crm_core.reports import refused_rows_xlsx
from crm_core.services.account import update_account
from crm_core.services.importing import (
    CannotApply,
    apply_chunk,
    applying,
    auto_mapping,
    check_batch,
    checking,
    finish_apply,
    finish_undo,
    save_mapping,
    stage_file,
    start_apply,
    start_undo,
    undo_chunk,
    writing,
)

HEADINGS = ["客户名称", "统一社会信用代码", "电话", "级别", "联系人", "手机", "创建时间", "备注"]
LINES = [
    ["华东钢铁有限公司", "914403001922038216", "021-62345678", "重点", "赵敏", "13800138000", "2021-03-04", "=1+1"],
    ["江南纺织", "", "", "B", "", "", "", ""],
    ["坏代码公司", "914403001922038217", "", "", "", "", "", ""],
    ["", "", "", "", "无名", "", "", ""],
    ["江南纺织", "", "", "", "", "", "", ""],
]


def csv_file(encoding, lines=LINES, headings=HEADINGS):
    text = "\r\n".join(",".join(f'"{cell}"' for cell in line) for line in [headings, *lines])
    return io.BytesIO(text.encode(encoding))


def xlsx_file(lines=LINES, headings=HEADINGS):
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    for line in [headings, *lines]:
        book.active.append(line)
    for row in book.active.iter_rows():
        for cell in row:
            cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
    book.save(buffer)
    buffer.seek(0)
    return buffer


def checked_after_a_kill(batch, by, now, monkeypatch, *, chunk):
    """A check in chunks of two rows whose process dies before it keeps the given chunk, and the one that goes on where it stopped."""
    keep, calls = checking.keep_rows, []

    def die(rows, fields):
        calls.append(rows)
        if len(calls) == chunk:
            raise SystemExit("killed")
        keep(rows, fields)

    with monkeypatch.context() as patched:
        patched.setattr(checking, "CHUNK", 2)
        patched.setattr(checking, "keep_rows", die)
        with pytest.raises(SystemExit):
            check_batch(batch=batch, by=by, now=now)
        patched.setattr(checking, "keep_rows", keep)
        return check_batch(batch=ImportBatch.objects.get(pk=batch.pk), by=by, now=now)


def staged(by, now, file=None, **kwargs):
    return stage_file(file=file or csv_file("utf-8"), file_name="customers.csv", by=by, now=now, **kwargs)


def apply(batch, by, now):
    start_apply(batch=batch, by=by, now=now)
    while apply_chunk(batch=batch, by=by, now=now):
        pass
    return finish_apply(batch=batch, by=by, now=now)


def undo(batch, by, now):
    start_undo(batch=batch, by=by, now=now)
    while undo_chunk(batch=batch, by=by, now=now):
        pass
    return finish_undo(batch=batch, by=by, now=now)


@pytest.mark.parametrize(("encoding", "told"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("utf-16", "utf-16")])
def test_import_reads_every_encoding(encoding, told, sales_manager, now):
    batch = staged(sales_manager, now, csv_file(encoding))
    assert (batch.encoding, batch.row_count, batch.headings) == (told, 5, HEADINGS)
    assert batch.rows.first().raw[0] == "华东钢铁有限公司"


def test_import_reads_a_workbook_and_keeps_formulas_as_text(sales_manager, now):
    batch = staged(sales_manager, now, xlsx_file())
    check_batch(batch=batch, by=sales_manager, now=now)
    apply(batch, sales_manager, now)
    assert Account.objects.get(name="华东钢铁有限公司").remark == "=1+1"


def test_import_maps_by_english_simplified_and_traditional_headings(db):
    for heading in ("Company Name", "客户名称", "客戶名稱", "NAME *"):
        assert auto_mapping("account", [heading]) == {"0": "name"}
    assert auto_mapping("account", HEADINGS)["4"] == "contact_name"
    assert auto_mapping("contact", ["姓名", "公司", "職稱", "E-mail"]) == {"0": "name", "1": "account", "2": "title", "3": "email"}


def test_import_keeps_the_mapping_per_source(sales_manager, now):
    batch = staged(sales_manager, now, source="old crm")
    save_mapping(batch=batch, mapping={"0": "name", "7": "source"}, by=sales_manager, now=now)
    assert ImportMapping.objects.get(source="old crm").fields["备注"] == "source"
    assert staged(sales_manager, now, source="old crm").mapping == {"0": "name", "7": "source"}


def test_import_dry_run_says_why_and_writes_nothing(sales_manager, now):
    batch = check_batch(batch=staged(sales_manager, now), by=sales_manager, now=now)
    assert batch.counts == {"create": 2, "update": 0, "merge": 0, "skip": 1, "refuse": 2, "duplicate_candidates": 0, "questions": 0, "waiting": 0}
    rows = {row.row_no: row for row in batch.rows.all()}
    assert "credit_code" in rows[4].problems
    assert rows[5].problems == {"name": "The name is missing."}
    assert "row 3" in rows[6].problems["name"]
    assert not Account.objects.exists()


def test_import_apply_keeps_the_original_date_and_opens_the_ledger(sales_manager, sales_rep, now):
    batch = staged(sales_manager, now, default_owner=sales_rep)
    check_batch(batch=batch, by=sales_manager, now=now)
    apply(batch, sales_manager, now)
    account = Account.objects.get(name="华东钢铁有限公司")
    assert (account.created_at.year, account.level, account.owner, account.phone_key) == (2021, "A", sales_rep, "+862162345678")
    assert Ownership.objects.live().get(account=account).how == "import"
    link = account.contact_links.get()
    assert (link.contact.name, link.contact.phone_key, link.is_main) == ("赵敏", "+8613800138000", True)
    assert account.history.count() == 1
    with pytest.raises(CannotApply):
        start_apply(batch=batch, by=sales_manager, now=now)


def test_import_killed_in_the_middle_goes_on_without_duplicates(sales_manager, now, monkeypatch):
    monkeypatch.setattr(writing, "CHUNK", 3)
    lines = [[f"公司{number}", "", "", "", "", "", "", ""] for number in range(10)]
    batch = staged(sales_manager, now, csv_file("gb18030", lines))
    check_batch(batch=batch, by=sales_manager, now=now)
    start_apply(batch=batch, by=sales_manager, now=now)
    apply_chunk(batch=batch, by=sales_manager, now=now)
    keep = applying.keep_rows

    def die(*args, **kwargs):
        keep(*args, **kwargs)
        raise SystemExit("killed after writing, before commit")

    monkeypatch.setattr(applying, "keep_rows", die)
    with pytest.raises(SystemExit):
        apply_chunk(batch=batch, by=sales_manager, now=now)
    monkeypatch.setattr(applying, "keep_rows", keep)
    assert Account.objects.count() == 3
    batch = ImportBatch.objects.get(pk=batch.pk)
    while apply_chunk(batch=batch, by=sales_manager, now=now):
        pass
    finish_apply(batch=batch, by=sales_manager, now=now)
    assert sorted(Account.objects.values_list("name", flat=True)) == sorted(line[0] for line in lines)
    assert ImportRow.objects.filter(batch=batch, applied=True).count() == 10


def test_import_updates_what_is_here_and_never_erases(sales_rep, sales_manager, account, now):
    update_account(account=account, changes={"region": "上海", "level": "C"}, version=1, by=sales_rep, now=now)
    lines = [["青山科技有限公司", "", "021-62345678", "A", "", "", "", ""]]
    batch = check_batch(batch=staged(sales_manager, now, csv_file("utf-8", lines)), by=sales_manager, now=now)
    assert batch.counts["update"] == 1
    apply(batch, sales_manager, now)
    account.refresh_from_db()
    assert (account.level, account.region, account.owner) == ("A", "上海", sales_rep)


def test_import_does_not_touch_accounts_that_the_person_does_not_see(west_rep, sales_manager, now):
    from crm_core.services.account import create_account

    create_account(data={"name": "江南纺织"}, by=west_rep, now=now)
    batch = check_batch(batch=staged(sales_manager, now), by=sales_manager, now=now)
    row = batch.rows.get(row_no=3)
    assert (row.action, row.target_id) == ("refuse", None)
    assert "West sales" in row.problems["name"]


def test_import_undo_puts_everything_back_but_what_was_touched(sales_rep, sales_manager, account, now):
    lines = [["青山科技有限公司", "", "", "A", "", "", "", ""], ["新公司甲", "", "", "", "钱七", "", "", ""], ["新公司乙", "", "", "", "", "", "", ""]]
    batch = check_batch(batch=staged(sales_manager, now, csv_file("utf-8", lines)), by=sales_manager, now=now)
    apply(batch, sales_manager, now)
    touched = Account.objects.get(name="新公司乙")
    update_account(account=touched, changes={"region": "苏州"}, version=1, by=sales_manager, now=now)
    assert undo(batch, sales_manager, now) == {"undone": 2, "kept": 1}
    account.refresh_from_db()
    assert account.level == ""
    assert set(Account.objects.values_list("name", flat=True)) == {"青山科技有限公司", "新公司乙"}
    assert not Contact.objects.filter(name="钱七").exists()
    assert "Changed since" in batch.rows.get(row_no=4).note
    assert ImportBatch.objects.get(pk=batch.pk).state == BatchState.UNDONE


def test_import_error_file_can_be_corrected_and_fed_in_again(sales_manager, now):
    batch = check_batch(batch=staged(sales_manager, now), by=sales_manager, now=now)
    book = openpyxl.load_workbook(io.BytesIO(refused_rows_xlsx(batch)))
    sheet = book.active
    assert [cell.value for cell in sheet[1]][-1] == "Why it was refused"
    assert sheet.max_row == 3
    sheet["B2"] = ""
    sheet["A3"] = "补上名称"
    buffer = io.BytesIO()
    book.save(buffer)
    buffer.seek(0)
    again = check_batch(batch=staged(sales_manager, now, buffer), by=sales_manager, now=now)
    assert again.counts["create"] == 2


def test_import_ambiguous_day_and_unknown_person_are_refused(sales_manager, now):
    lines = [["甲", "03/04/2024"], ["乙", "2024-04-03"]]
    batch = check_batch(batch=staged(sales_manager, now, csv_file("utf-8", lines, ["Name", "Created on"])), by=sales_manager, now=now)
    assert (batch.counts["create"], batch.counts["refuse"]) == (1, 1)
    lines = [["丙", "Nobody Known"]]
    batch = check_batch(batch=staged(sales_manager, now, csv_file("utf-8", lines, ["Name", "Owner"])), by=sales_manager, now=now)
    assert "Nobody Known" in batch.rows.get().problems["owner"]


def test_import_of_contacts_finds_their_accounts(sales_manager, account, now):
    lines = [["孙丽", "青山科技有限公司", "采购经理"], ["周平", "没有这家", ""]]
    batch = staged(sales_manager, now, csv_file("utf-8", lines, ["姓名", "公司", "职务"]), kind="contact")
    check_batch(batch=batch, by=sales_manager, now=now)
    assert (batch.counts["create"], batch.counts["refuse"]) == (1, 1)
    apply(batch, sales_manager, now)
    assert account.contact_links.get().title == "采购经理"


def test_import_through_the_pages(sales_manager, client_of, now):
    client = client_of(sales_manager)
    file = csv_file("gb18030")
    file.name = "客户.csv"
    post = sales_manager.assignments.get().position.department
    response = client.post(reverse("crm_core:import_create"), {"file": file, "kind": "account", "department": post.pk, "when_here": "update"})
    batch = ImportBatch.objects.get()
    assert response.url == reverse("crm_core:import_map", args=[batch.pk])
    data = {f"column_{place}": field for place, field in batch.mapping.items()}
    assert client.post(response.url, data).status_code == 302
    page = client.get(reverse("crm_core:import_detail", args=[batch.pk])).content.decode()
    assert "not a unified social credit code" in page
    assert client.get(reverse("crm_core:import_refused", args=[batch.pk])).status_code == 200
    assert client.post(reverse("crm_core:import_apply", args=[batch.pk])).status_code == 302
    batch.refresh_from_db()
    assert batch.job is not None


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"PK\x03\x04broken", b"name\r\n"])
def test_import_refuses_bad_files_with_a_sentence(content, sales_manager, client_of):
    file = io.BytesIO(content)
    file.name = "bad.csv"
    post = sales_manager.assignments.get().position.department
    response = client_of(sales_manager).post(reverse("crm_core:import_create"), {"file": file, "kind": "account", "department": post.pk, "when_here": "update"})
    assert 400 <= response.status_code < 500
    assert not ImportBatch.objects.exists()


def test_import_command_prints_a_summary_and_fails_when_rows_were_refused(tmp_path, sales_manager, capsys):
    path = tmp_path / "kunden.csv"
    path.write_bytes(csv_file("gb18030").getvalue())
    failed = tmp_path / "failed.xlsx"
    with pytest.raises(SystemExit):
        call_command("import_accounts", str(path), "--as", "sales_manager", "--failed", str(failed))
    summary = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert (summary["rows"], summary["create"], summary["refuse"], summary["encoding"]) == (5, 2, 2, "gb18030")
    assert summary["create"] + summary["update"] + summary["merge"] + summary["skip"] + summary["refuse"] == summary["rows"]
    assert failed.exists()
    call_command("undo_import", summary["batch"])
    assert json.loads(capsys.readouterr().out.strip().splitlines()[-1])["undone"] == 2
    assert not Account.objects.exists()


def test_import_waits_for_decisions_about_rows_that_may_be_here(sales_manager, sales_rep, account, client_of, now):
    """An owner other than the file says: nothing is loaded before somebody decided, and the owner stays."""
    lines = [["青山科技有限公司", sales_manager.username, "A"], ["全新公司", "", "B"]]
    batch = staged(sales_manager, now, csv_file("utf-8", lines, ["客户名称", "负责人", "级别"]))
    check_batch(batch=batch, by=sales_manager, now=now)
    assert batch.rows.get(row_no=2).question == "owner"
    with pytest.raises(CannotApply):
        start_apply(batch=batch, by=sales_manager, now=now)
    client = client_of(sales_manager)
    assert client.get(reverse("crm_core:import_detail", args=[batch.pk]) + "?action=waiting").status_code == 200
    assert client.post(reverse("crm_core:import_decide", args=[batch.pk]), {"decision": "update"}).status_code == 302
    batch.refresh_from_db()
    assert (batch.counts["update"], batch.counts["waiting"]) == (1, 0)
    apply(batch, sales_manager, now)
    account.refresh_from_db()
    assert (account.level, account.owner) == ("A", sales_rep)
    assert undo(batch, sales_manager, now) == {"undone": 2, "kept": 0}
    assert client_of(sales_rep).post(reverse("crm_core:import_decide", args=[batch.pk]), {"decision": "skip"}).status_code == 403


def test_check_killed_in_the_middle_goes_on_with_what_it_knew(sales_manager, now, monkeypatch):
    """Duplicates within the file and unknown words are found across the kill, and no row is planned twice."""
    monkeypatch.setattr(checking, "CHUNK", 3)
    lines = [[f"公司{number % 7}", "", "", "没听过" if number in (3, 8) else "", "", "", "", ""] for number in range(10)]
    batch = staged(sales_manager, now, csv_file("utf-8", lines))

    def die(done, total):
        if done > 6:
            raise SystemExit("killed in the third chunk")

    with pytest.raises(SystemExit):
        check_batch(batch=batch, by=sales_manager, now=now, progress=die)
    batch = ImportBatch.objects.get(pk=batch.pk)
    assert (batch.state, batch.cursor) == (BatchState.CHECKING, 7)
    planned, plan = [], checking.Planner.plan

    def noted(self, rows):
        planned.extend(row.row_no for row in rows)
        return plan(self, rows)

    monkeypatch.setattr(checking.Planner, "plan", noted)
    check_batch(batch=batch, by=sales_manager, now=now, progress=lambda done, total: None)
    assert planned == [8, 9, 10, 11]
    whole = {row.row_no: row.problems for row in batch.rows.all()}
    assert [number for number, problems in whole.items() if "row" in problems.get("name", "")] == [9, 11]
    assert batch.unknown["level"] == {"没听过": 2}
