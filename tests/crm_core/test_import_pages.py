"""The workbench in the browser's way: read, match, ask, decide, load, stop, go on, undo; by the right person, and not twice."""

import io

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from crm_core.models import Account, BatchState, ImportBatch, ImportMapping
from crm_core.services.importing import CannotDecide, check_batch, decide_rows, preview_undo, start_apply
from crm_core.services.importing.columns import CannotMatch, save_mapping
from crm_core.services.importing.staging import CannotStage, drop_batch, read_batch
from crm_core.views import importing
from foundation.jobs import runner
from tests.crm_core.test_import import apply, csv_file, staged, undo


def url(name, batch, **query):
    address = reverse(f"crm_core:{name}", args=[batch.pk])
    return f"{address}?{'&'.join(f'{key}={value}' for key, value in query.items())}" if query else address


def upload(client, department, data, name="客户.csv", **more):
    file = io.BytesIO(data)
    file.name = name
    return client.post(reverse("crm_core:import_create"), {"file": file, "kind": "account", "department": department.pk, "when_here": "update", **more})


def answers(batch, **more):
    """What the matching page sends when nothing is changed on it."""
    return {f"column_{place}": key for place, key in batch.mapping.items()} | {"source": batch.source} | more


PAGES = ["import_detail", "import_read", "import_map", "import_versions", "import_words", "import_refused", "import_file", "import_undo"]
POSTS = ["import_read", "import_map", "import_versions", "import_words", "import_decide", "import_apply", "import_undo"]
POSTS += ["import_stop", "import_resume", "import_end", "import_drop"]


def test_somebody_elses_import_is_not_found_and_a_seller_has_no_workbench(sales_manager, sales_rep, outsider, client_of, now):
    batch = staged(sales_manager, now)
    stranger, seller = client_of(outsider), client_of(sales_rep)
    for name in PAGES:
        assert stranger.get(url(name, batch)).status_code == 404, name
        assert seller.get(url(name, batch)).status_code == 403, name
    for name in POSTS:
        assert stranger.post(url(name, batch)).status_code == 404, name
        assert seller.post(url(name, batch)).status_code == 403, name
    assert ImportBatch.objects.get(pk=batch.pk).state == BatchState.MAPPING


def test_looking_changes_nothing(sales_manager, client_of, now):
    batch = check_batch(batch=staged(sales_manager, now, source="erp"), by=sales_manager, now=now)
    before = ImportBatch.objects.filter(pk=batch.pk).values().get()
    client = client_of(sales_manager)
    for name in ("import_detail", "import_read", "import_map", "import_versions", "import_words", "import_file"):
        assert client.get(url(name, batch)).status_code == 200, name
    for name in ("import_decide", "import_apply", "import_stop", "import_resume", "import_end", "import_drop"):
        assert client.get(url(name, batch)).status_code == 405, name
    assert ImportBatch.objects.filter(pk=batch.pk).values().get() == before


# --- reading ------------------------------------------------------------------------------------------
def test_a_big_file_is_read_by_a_job_and_the_request_does_not_wait(sales_manager, world, client_of, monkeypatch):
    monkeypatch.setattr(importing, "BIG_TEXT", 100)
    client = client_of(sales_manager)
    response = upload(client, world.sales, csv_file("gb18030").getvalue(), source_kind="erp", source="ERP")
    batch = ImportBatch.objects.get()
    assert response.url == url("import_detail", batch)
    assert (batch.state, batch.row_count, batch.source_kind) == (BatchState.READING, 0, "erp")
    assert batch.job.title in client.get(response.url).content.decode()
    assert runner.run(batch.job.pk) == "done"
    batch.refresh_from_db()
    assert (batch.state, batch.row_count, batch.encoding) == (BatchState.MAPPING, 5, "gb18030")


def test_a_file_that_the_job_cannot_read_says_why_and_can_be_read_differently(sales_manager, world, client_of, monkeypatch):
    monkeypatch.setattr(importing, "BIG_TEXT", 10)
    client = client_of(sales_manager)
    upload(client, world.sales, "客户名称\r\n".encode())
    batch = ImportBatch.objects.get()
    assert runner.run(batch.job.pk) == "failed"
    page = client.get(url("import_detail", batch)).content.decode()
    assert "column names but no rows" in page
    assert url("import_read", batch) in page
    assert client.get(url("import_read", batch)).status_code == 200
    assert client.post(url("import_drop", batch)).status_code == 302
    assert not ImportBatch.objects.exists()


def test_reading_shows_what_was_detected_and_reads_anew_as_told(sales_manager, client_of, now):
    lines = [["2024年客户名单", "", ""], ["客户名称", "电话", "备注"], ["甲公司", "021-62345678", "一"], ["乙公司", "", ""]]
    batch = staged(sales_manager, now, csv_file("gb18030", lines[1:], lines[0]))
    assert (batch.heading_row, batch.row_count) == (2, 2)
    client = client_of(sales_manager)
    page = client.get(url("import_read", batch)).content.decode()
    for text in ("GB18030", "2024年客户名单", "甲公司", "headings in row 2"):
        assert text in page
    response = client.post(url("import_read", batch), {"encoding": "gb18030", "delimiter": ",", "heading_row": "1", "heading_rows": "1"})
    assert response.status_code == 302
    batch.refresh_from_db()
    assert (batch.heading_row, batch.row_count, batch.headings[0]) == (1, 3, "2024年客户名单")
    assert batch.mapping == {}


@pytest.mark.parametrize(
    "said",
    [
        {"encoding": "klingon"},
        {"encoding": "utf-16"},
        {"heading_row": "9999"},
        {"heading_row": "0"},
        {"heading_row": "99999999999999999999"},
        {"heading_rows": "7"},
        {"delimiter": "xx"},
        {"encoding": "big5", "heading_row": "-1"},
    ],
)
def test_reading_refuses_what_makes_no_sense_with_a_sentence(said, sales_manager, client_of, now):
    batch = staged(sales_manager, now)
    client = client_of(sales_manager)
    response = client.post(url("import_read", batch), said)
    assert response.status_code in (409, 422)
    assert "alert" in response.content.decode()
    assert client.get(url("import_read", batch)).status_code == 200
    assert client.post(url("import_read", batch), {"encoding": ""}).status_code == 302
    batch.refresh_from_db()
    assert (batch.state, batch.row_count) == (BatchState.MAPPING, 5)


def test_another_sheet_of_a_workbook_is_taken(sales_manager, world, client_of):
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    book.active.title = "封面"
    book.active.append(["客户名称", "电话"])
    book.active.append(["封面公司", ""])
    sheet = book.create_sheet("客户")
    for line in (["客户名称", "电话"], ["甲公司", ""], ["乙公司", ""]):
        sheet.append(line)
    book.save(buffer)
    client = client_of(sales_manager)
    response = upload(client, world.sales, buffer.getvalue(), "客户.xlsx")
    batch = ImportBatch.objects.get()
    assert response.url == url("import_read", batch)  # two sheets: the person looks first
    assert client.post(url("import_read", batch), {"sheet": "没有"}).status_code == 422
    assert client.post(url("import_read", batch), {"sheet": "客户"}).status_code == 302
    batch.refresh_from_db()
    assert (batch.sheet, batch.row_count) == ("客户", 2)


# --- matching -----------------------------------------------------------------------------------------
def test_the_preview_shows_values_as_understood_and_keeps_nothing(sales_manager, client_of, now):
    lines = [["甲公司", "重点", "2021-3-4", "914403001922038217"]]
    batch = staged(sales_manager, now, csv_file("utf-8", lines, ["客户名称", "级别", "创建时间", "税号"]))
    before = ImportBatch.objects.filter(pk=batch.pk).values().get()
    response = client_of(sales_manager).post(url("import_map", batch), answers(batch, preview="1", column_1="level"))
    page = response.content.decode()
    assert response.status_code == 200
    assert "4 Mar 2021" in page
    assert "not a unified social credit code" in page
    assert ImportBatch.objects.filter(pk=batch.pk).values().get() == before


def test_defaults_fill_what_the_file_does_not_say_and_are_checked(sales_manager, client_of, now):
    batch = staged(sales_manager, now, csv_file("utf-8", [["甲公司", ""], ["乙公司", "重点"]], ["客户名称", "级别"]))
    client = client_of(sales_manager)
    wrong = client.post(url("import_map", batch), answers(batch, default_level="nonsense"))
    assert wrong.status_code == 422
    assert client.post(url("import_map", batch), answers(batch, default_level="C", default_kind="merchant")).status_code == 302
    batch.refresh_from_db()
    apply(batch, sales_manager, now)
    assert list(Account.objects.order_by("pk").values_list("level", "kind")) == [("C", "merchant"), ("A", "merchant")]


def test_columns_beyond_the_file_twice_and_without_name_are_refused(sales_manager, client_of, now):
    batch = staged(sales_manager, now, csv_file("utf-8", [["甲公司", "x"]], ["客户名称", "别的"]))
    client = client_of(sales_manager)
    assert client.post(url("import_map", batch), {"column_0": "name", "column_1": "name"}).status_code == 422
    assert client.post(url("import_map", batch), {"column_1": "phone"}).status_code == 422
    assert client.post(url("import_map", batch), {"column_0": "password"}).status_code == 422
    assert client.post(url("import_map", batch), {"column_0": "name", "column_77": "phone", "format_5": "dmy"}).status_code == 302
    batch.refresh_from_db()
    assert batch.mapping == {"0": "name"}


def test_a_file_of_the_same_headings_is_proposed_and_versions_can_be_taken_again(sales_manager, client_of, now):
    headings = ["名", "甲列", "乙列"]
    client = client_of(sales_manager)
    first = staged(sales_manager, now, csv_file("utf-8", [["甲公司", "一", "二"]], headings))
    sent = {"column_0": "name", "column_1": "remark", "source": "旧系统"}
    assert client.post(url("import_map", first), sent).status_code == 302
    assert client.post(url("import_map", first), {**sent, "column_1": "", "column_2": "remark"}).status_code == 302
    kept = ImportMapping.objects.get(source="旧系统", is_current=True)
    assert (kept.number, kept.fields) == (2, {"名": "name", "甲列": "", "乙列": "remark"})

    second = staged(sales_manager, now, csv_file("utf-8", [["丙公司", "三", "四"]], headings))
    page = client.get(url("import_map", second)).content.decode()
    assert "旧系统" in page
    assert "version 2" in page
    assert second.mapping == {}  # proposed, not taken in silence
    assert "version 2" not in client.get(url("import_map", second, by="headings")).content.decode()

    first.refresh_from_db()
    shown = client.get(url("import_versions", first)).content.decode()
    assert "Version 1" in shown
    assert "乙列" in shown
    assert client.post(url("import_versions", first), {"version": "1"}).status_code == 302
    assert client.post(url("import_versions", first), {"version": "99"}).status_code == 404
    assert client.post(url("import_versions", first), {"version": "x"}).status_code == 404
    first.refresh_from_db()
    assert (first.mapping, first.state, first.mapping_used.number) == ({"0": "name", "1": "remark"}, BatchState.MAPPING, 1)


def test_ambiguous_columns_are_asked_about_and_nothing_is_loaded_before(sales_manager, client_of, now):
    lines = [["甲公司", "03/04/2024"], ["乙公司", "05/06/2024"]]
    batch = staged(sales_manager, now, csv_file("utf-8", lines, ["客户名称", "创建时间"]))
    client = client_of(sales_manager)
    refused = client.post(url("import_map", batch), answers(batch))
    assert refused.status_code == 422
    assert "03/04/2024" in refused.content.decode()
    check_batch(batch=batch, by=sales_manager, now=now)  # as the command does it
    assert client.post(url("import_apply", batch)).status_code == 409
    assert "two ways" in client.get(url("import_detail", batch)).content.decode()
    assert client.post(url("import_map", batch), answers(batch, format_1="mdy")).status_code == 302
    batch.refresh_from_db()
    apply(batch, sales_manager, now)
    made = timezone.localtime(Account.objects.get(name="甲公司").created_at)
    assert (made.month, made.day) == (3, 4)


def test_a_column_that_mixes_orders_may_be_left_to_its_clear_cells(sales_manager, client_of, now):
    lines = [["甲公司", "03/04/2024"], ["乙公司", "25/12/2023"], ["丙公司", "12/25/2023"]]
    batch = staged(sales_manager, now, csv_file("utf-8", lines, ["客户名称", "创建时间"]))
    assert client_of(sales_manager).post(url("import_map", batch), answers(batch, format_1="each")).status_code == 302
    batch.refresh_from_db()
    assert (batch.counts["create"], batch.counts["refuse"]) == (2, 1)


# --- two people, two steps ------------------------------------------------------------------------------
def test_the_steps_refuse_each_other(sales_manager, client_of, now):
    batch = check_batch(batch=staged(sales_manager, now), by=sales_manager, now=now)
    stale = ImportBatch.objects.get(pk=batch.pk)  # what another window still holds
    start_apply(batch=batch, by=sales_manager, now=now)
    with pytest.raises(CannotStage):
        read_batch(batch=stale, by=sales_manager)
    with pytest.raises(CannotStage):
        drop_batch(stale)
    with pytest.raises(CannotMatch):
        save_mapping(batch=stale, mapping={"0": "name"}, by=sales_manager, now=now)
    with pytest.raises(CannotDecide):
        decide_rows(batch=ImportBatch.objects.get(pk=batch.pk), decision="skip", by=sales_manager, now=now)
    client = client_of(sales_manager)
    for name in ("import_map", "import_words", "import_read"):
        assert client.get(url(name, batch)).url == url("import_detail", batch)
    for name in ("import_apply", "import_drop", "import_undo"):
        assert client.post(url(name, batch)).status_code in (400, 409), name
    assert client.get(url("import_undo", batch)).status_code == 409
    assert batch.rows.count() == 5


def questions(sales_manager, account, now):
    lines = [["青山科技有限公司", sales_manager.username, "A"], ["全新公司", "", "B"]]
    return check_batch(batch=staged(sales_manager, now, csv_file("utf-8", lines, ["客户名称", "负责人", "级别"])), by=sales_manager, now=now)


def test_of_two_people_who_decide_about_a_row_the_second_is_told_of_the_first(sales_manager, account, client_of, now):
    batch = questions(sales_manager, account, now)
    client = client_of(sales_manager)
    page = client.get(url("import_detail", batch, action="waiting")).content.decode()
    assert "Belongs to somebody else" in page
    sent = {"row": "2", "was": "", "decision": "update"}
    assert client.post(url("import_decide", batch), sent).status_code == 302
    late = client.post(url("import_decide", batch), {**sent, "decision": "skip"})
    assert late.status_code == 409
    assert "meanwhile" in late.content.decode()
    assert batch.rows.get(row_no=2).decision == "update"
    assert client.post(url("import_decide", batch), {"row": "2", "was": "update", "decision": "skip"}).status_code == 302
    assert batch.rows.get(row_no=2).action == "skip"


@pytest.mark.parametrize(
    "sent",
    [
        {"decision": "destroy"},
        {"ticked": "1", "decision": "skip"},
        {"row": "777", "decision": "skip"},
        {"row": "x", "decision": "skip"},
        {"row": "2", "decision": "update", "target": "99999999999999999999"},
        {"row": "²", "decision": "skip", "target": "²"},
    ],
)
def test_decisions_about_rows_that_are_none_decide_nothing_else(sent, sales_manager, account, client_of, now):
    batch = questions(sales_manager, account, now)
    response = client_of(sales_manager).post(url("import_decide", batch), sent)
    assert response.status_code in (302, 409)
    row = batch.rows.get(row_no=2)
    assert (row.decision, row.target_id) in (("", account.pk), ("update", account.pk))
    assert batch.rows.get(row_no=3).decision == ""


def test_ticked_rows_and_whole_queues_are_decided_at_once(sales_manager, sales_rep, account, client_of, now):
    batch = questions(sales_manager, account, now)
    client = client_of(sales_manager)
    assert client.post(url("import_decide", batch), {"all": "1", "question": "duplicate", "decision": "skip"}).status_code == 302
    assert batch.rows.get(row_no=2).decision == ""
    assert client.post(url("import_decide", batch), {"ticked": "1", "row": ["2"], "decision": "merge"}).status_code == 302
    row = batch.rows.get(row_no=2)
    assert (row.decision, row.decided_by) == ("merge", sales_manager)


# --- loading ------------------------------------------------------------------------------------------
def many(sales_manager, now, count=12):
    lines = [[f"公司{number}", "", "", "", "", "", "", ""] for number in range(count)]
    return check_batch(batch=staged(sales_manager, now, csv_file("utf-8", lines)), by=sales_manager, now=now)


def test_a_load_is_stopped_gone_on_with_and_ends_complete(sales_manager, client_of, now, monkeypatch):
    batch = many(sales_manager, now)
    client = client_of(sales_manager)
    assert client.post(url("import_apply", batch)).status_code == 302
    batch.refresh_from_db()
    first_job = batch.job
    assert client.post(url("import_end", batch)).status_code == 409  # not while it runs
    assert client.post(url("import_stop", batch)).status_code == 302
    assert runner.run(first_job.pk) == "skipped"
    page = client.get(url("import_detail", batch)).content.decode()
    assert "0 of 12" in page
    assert client.post(url("import_stop", batch)).status_code == 409
    assert client.post(url("import_resume", batch)).status_code == 302
    batch.refresh_from_db()
    assert batch.job != first_job
    assert runner.run(batch.job.pk) == "done"
    batch.refresh_from_db()
    assert (batch.state, Account.objects.count()) == (BatchState.APPLIED, 12)
    page = client.get(url("import_detail", batch)).content.decode()
    assert "12 created" in page
    assert client.post(url("import_resume", batch)).status_code == 409


def test_a_load_that_is_ended_early_can_be_undone(sales_manager, client_of, now, monkeypatch):
    from crm_core.services.importing import apply_chunk, writing

    monkeypatch.setattr(writing, "CHUNK", 5)
    batch = many(sales_manager, now)
    start_apply(batch=batch, by=sales_manager, now=now)
    apply_chunk(batch=batch, by=sales_manager, now=now)
    client = client_of(sales_manager)
    assert client.post(url("import_end", batch)).status_code == 302
    batch.refresh_from_db()
    assert (batch.state, batch.counts["left"], Account.objects.count()) == (BatchState.APPLIED, 7, 5)
    assert "7 rows were left out" in client.get(url("import_detail", batch)).content.decode()
    assert client.post(url("import_undo", batch)).status_code == 302
    batch.refresh_from_db()
    assert runner.run(batch.job.pk) == "done"
    assert Account.objects.count() == 0


def test_rows_are_shown_a_hundred_at_a_time(sales_manager, client_of, now):
    batch = many(sales_manager, now, 130)
    client = client_of(sales_manager)
    first = client.get(url("import_detail", batch)).content.decode()
    assert "after=101" in first
    assert "公司129" not in first
    last = client.get(url("import_detail", batch, after="101")).content.decode()
    assert "公司129" in last
    for nonsense in ("x", "-1", "9" * 30, "²"):
        assert client.get(url("import_detail", batch, after=nonsense, action="?", question="?")).status_code == 200


def test_undo_is_foreseen_as_it_happens(sales_rep, sales_manager, account, client_of, now):
    """The page's counts equal what the undo then does, for every reason why rows stay."""
    from crm_core.models import AccountContact, Contact
    from crm_core.services.account import update_account
    from crm_core.services.activity import log_activity

    lines = [["青山科技有限公司", "A", ""], *[[f"新公司{letter}", "", "钱七" if letter in "甲丁" else ""] for letter in "甲乙丙丁"]]
    batch = check_batch(batch=staged(sales_manager, now, csv_file("utf-8", lines, ["客户名称", "级别", "联系人"])), by=sales_manager, now=now)
    apply(batch, sales_manager, now)
    named = {row.name: row for row in Account.objects.all()}
    update_account(account=named["新公司乙"], changes={"region": "苏州"}, version=1, by=sales_manager, now=now)
    log_activity(account=named["新公司丙"], kind="call", subject="电话", by=sales_manager, now=now)
    other = Contact.objects.create(name="后来的人", owner=sales_manager, department=named["新公司丁"].department, created_by=sales_manager)
    AccountContact.objects.create(account=named["新公司丁"], contact=other)
    foreseen = preview_undo(batch)
    assert foreseen == {"put_back": 1, "delete": 1, "changed": 1, "busy": 1, "shared": 1}
    page = client_of(sales_manager).get(url("import_undo", batch)).content.decode()
    for name in ("新公司乙", "新公司丙", "新公司丁"):
        assert name in page
    assert "新公司甲" not in page
    assert undo(batch, sales_manager, now) == {"undone": 2, "kept": 3}
