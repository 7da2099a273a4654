"""Every kind of file and encoding, formats of days and amounts per column, and corrected rows fed in again."""

import io
import struct
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from crm_core.models import Account, Contact
from crm_core.reports import refused_rows_xlsx
from crm_core.services.account import create_account, update_account
from crm_core.services.importing import check_batch, open_formats, save_mapping
from crm_core.services.importing.formats import ColumnShape
from foundation.uploads import SHEETS, UploadRefused, accept
from tests.crm_core.test_custom_field_use import add_field
from tests.crm_core.test_import import apply, csv_file, staged, undo

TRADITIONAL = [["臺灣積體電路製造股份有限公司", "重點", "新竹市力行六路八號"], ["鴻海精密工業股份有限公司", "一般", "新北市土城區自由街二號"]]
HEADINGS = ["客戶名稱", "級別", "地址"]


@pytest.mark.parametrize("encoding", ["big5", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "utf-8-sig"])
def test_traditional_chinese_comes_in_from_every_encoding(encoding, sales_manager, now):
    batch = staged(sales_manager, now, csv_file(encoding, TRADITIONAL, HEADINGS))
    assert batch.encoding == encoding
    assert batch.mapping == {"0": "name", "1": "level", "2": "address"}
    check_batch(batch=batch, by=sales_manager, now=now)
    apply(batch, sales_manager, now)
    found = list(Account.objects.order_by("pk").values_list("name", "level", "address"))
    assert found == [("臺灣積體電路製造股份有限公司", "A", "新竹市力行六路八號"), ("鴻海精密工業股份有限公司", "C", "新北市土城區自由街二號")]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_sign_between_the_cells_is_found(sign, sales_manager, now):
    text = "\r\n".join(sign.join(line) for line in [["客户名称", "电话", "备注"], ["甲公司", "021-62345678", '"引号, 分号; 与\t"'], ["乙公司", "", "二"]])
    batch = staged(sales_manager, now, io.BytesIO(text.encode()))
    assert (batch.delimiter.replace("\\t", "\t"), batch.row_count) == (sign, 2)
    assert batch.rows.first().raw[2].startswith("引号, 分号; 与")


def ods_file(lines):
    cells = lambda line: "".join(f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in line)  # noqa: E731
    rows = "".join(f"<table:table-row>{cells(line)}</table:table-row>" for line in lines)
    names = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text"))
    content = f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names} office:version="1.2"><office:body><office:spreadsheet><table:table table:name="客户">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    manifest = '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    buffer.seek(0)
    return buffer


def xls_file(lines):
    """An old workbook of one sheet, written by hand: a BIFF8 stream in a compound file."""

    def record(kind, data):
        return struct.pack("<HH", kind, len(data)) + data

    def label(row, column, text):
        return record(0x0204, struct.pack("<HHHHB", row, column, 0, len(text), 1) + text.encode("utf-16-le"))

    start = struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6)
    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
    sheet += record(0x0200, struct.pack("<IIHHH", 0, len(lines), 0, max(map(len, lines)), 0))
    sheet += b"".join(label(row, column, text) for row, line in enumerate(lines) for column, text in enumerate(line)) + record(0x000A, b"")
    name = "客户".encode("utf-16-le")
    head = record(0x0809, start) + record(0x0042, struct.pack("<H", 1200))
    bound = 4 + 6 + 2 + len(name)
    offset = len(head) + bound + 4
    stream = head + record(0x0085, struct.pack("<IHBB", offset, 0, 2, 1) + name) + record(0x000A, b"") + sheet
    stream += b"\0" * (max(4096, -(-len(stream) // 512) * 512) - len(stream))
    sectors = len(stream) // 512
    free, end, fat_mark = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    fat = [fat_mark, end, *range(3, sectors + 2), end]
    fat += [free] * (128 - len(fat))

    def entry(title, kind, begin, size, child=free):
        text = title.encode("utf-16-le")
        return (
            (text + b"\0\0").ljust(64, b"\0") + struct.pack("<HBBIII", len(text) + 2, kind, 1, free, free, child) + b"\0" * 36 + struct.pack("<IQ", begin, size)
        )

    folder = (
        entry("Root Entry", 5, end, 0, 1)
        + entry("Workbook", 2, 2, len(stream))
        + (b"\0" * 64 + struct.pack("<HBBIII", 0, 0, 0, free, free, free) + b"\0" * 48) * 2
    )
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<I", 0) + struct.pack("<I", free) * 108
    return io.BytesIO(header + struct.pack("<128I", *fat) + folder + stream)


@pytest.mark.parametrize("made", [ods_file, xls_file])
def test_old_and_open_workbooks_come_in(made, sales_manager, now):
    batch = staged(sales_manager, now, made([["客户名称", "级别", "备注"], ["甲公司", "重点", "一"], ["乙公司", "普通", "二"]]))
    assert (batch.sheet, batch.row_count, batch.encoding) == ("客户", 2, "")
    check_batch(batch=batch, by=sales_manager, now=now)
    apply(batch, sales_manager, now)
    assert list(Account.objects.order_by("pk").values_list("name", "level")) == [("甲公司", "A"), ("乙公司", "C")]


CARDS = """BEGIN:VCARD\r
VERSION:3.0\r
FN:赵敏\r
ORG:青山科技有限公司;采购部\r
TITLE:采购经理\r
TEL;TYPE=CELL:13800138000\r
EMAIL:zhao@example.com\r
END:VCARD\r
BEGIN:VCARD\r
VERSION:3.0\r
FN:王五\r
TEL:13900139000\r
END:VCARD\r
"""


def test_business_cards_become_customers_with_contacts(sales_manager, now):
    batch = staged(sales_manager, now, io.BytesIO(CARDS.encode()))
    assert batch.row_count == 2
    check_batch(batch=batch, by=sales_manager, now=now)
    assert batch.counts["create"] == 2, list(batch.rows.values_list("problems", flat=True))
    apply(batch, sales_manager, now)
    company = Account.objects.get(name="青山科技有限公司")
    link = company.contact_links.get()
    assert (link.contact.name, link.contact.phone_key, link.contact.email, link.title) == ("赵敏", "+8613800138000", "zhao@example.com", "采购经理")
    assert (company.email, company.phone) == ("", ""), "what stands on a person's card is the person's"
    alone = Account.objects.get(name="王五")
    assert (alone.kind, alone.phone_key, alone.contact_links.get().contact.phone_key) == ("individual", "+8613900139000", "+8613900139000")


def card(*lines):
    return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD", ""])


@pytest.mark.parametrize(
    ("phones", "person", "house"),
    [
        (["TEL;TYPE=CELL:13800138000", "TEL;TYPE=WORK:02162345678"], "+8613800138000", "+862162345678"),
        (["TEL;TYPE=WORK:02162345678", "TEL;TYPE=CELL:13800138000"], "+8613800138000", "+862162345678"),
        (["TEL;TYPE=WORK,VOICE:02162345678"], "+862162345678", ""),
        (["TEL;TYPE=HOME:02162345678", "TEL;TYPE=CELL:13800138000"], "+8613800138000", ""),
        (["TEL;TYPE=HOME:02162345678", "TEL;TYPE=WORK:02188887777"], "+862162345678", "+862188887777"),
        (["TEL;TYPE=CELL:13800138000", "TEL;TYPE=CELL:13900139000"], "+8613800138000", ""),
    ],
)
def test_the_numbers_of_a_card_go_to_the_person_first(sales_manager, now, phones, person, house):
    text = card("FN:赵敏", "ORG:青山科技有限公司", *phones)
    batch = check_batch(batch=staged(sales_manager, now, io.BytesIO(text.encode())), by=sales_manager, now=now)
    apply(batch, sales_manager, now)
    company = Account.objects.get()
    assert (company.contact_links.get().contact.phone_key, company.phone_key) == (person, house)
    if house == "" and len(phones) == 2 and "CELL" in phones[0]:
        assert "13900139000" in company.remark, "a second number is not lost"


def test_the_card_of_a_company_has_no_contact(sales_manager, now):
    text = card("FN:青山科技有限公司", "ORG:青山科技有限公司", "EMAIL:info@example.com", "TEL:02162345678", "URL:example.com", "UID:42")
    batch = check_batch(batch=staged(sales_manager, now, io.BytesIO(text.encode())), by=sales_manager, now=now)
    apply(batch, sales_manager, now)
    company = Account.objects.get()
    assert (company.email, company.phone_key, company.external_key) == ("info@example.com", "+862162345678", "")
    assert not Contact.objects.exists()


def test_cards_as_contacts_of_accounts_that_are_here(sales_manager, account, now):
    text = card("FN:赵敏", f"ORG:{account.name};采购部", "TITLE:采购经理", "EMAIL:zhao@example.com", "TEL;TYPE=WORK:02162345678", "UID:a-1")
    batch = check_batch(batch=staged(sales_manager, now, io.BytesIO(text.encode()), kind="contact", source="手机"), by=sales_manager, now=now)
    apply(batch, sales_manager, now)
    found = Contact.objects.get(name="赵敏")
    assert (found.email, found.phone_key, found.external_key) == ("zhao@example.com", "+862162345678", "手机:a-1")
    assert (found.account_links.get().account, found.account_links.get().title) == (account, "采购经理")


def test_a_matching_that_was_kept_for_cards_still_holds(sales_manager, now):
    text = card("FN:赵敏", "ORG:青山科技有限公司", "EMAIL:zhao@example.com")
    first = staged(sales_manager, now, io.BytesIO(text.encode()), source="手机")
    place = str(first.headings.index("E-mail"))
    assert first.mapping[place] == "contact_email"
    own = {key: value for key, value in first.mapping.items() if value != "email"} | {place: "email"}
    save_mapping(batch=first, mapping=own, by=sales_manager, now=now)
    assert staged(sales_manager, now, io.BytesIO(text.encode()), source="手机").mapping[place] == "email"


# --- days and amounts ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cells", "verdict"),
    [
        (["2024-04-03", "2024年4月5日"], {"dates": "ymd", "ask": False}),
        (["03/04/2024", "25/04/2024"], {"dates": "dmy", "ask": False}),
        (["03/04/2024", "04/25/2024"], {"dates": "mdy", "ask": False}),
        (["03/04/2024", "05/06/2024"], {"dates": "", "ask": True}),
        (["25/12/2024", "12/25/2024"], {"dates": "", "ask": True, "mixed": True}),
        (["45385", "45386"], {"serial": True}),
        (["1,234.50", "12.00"], {"money": "point", "ask_money": False}),
        (["1.234,50", "3,00"], {"money": "comma", "ask_money": False}),
        (["1.234", "2.345"], {"money": "", "ask_money": True}),
        (["¥12万", "3.5亿"], {"money": "point", "ask_money": False}),
        (["abc", "def"], {}),
    ],
)
def test_a_column_tells_its_order_or_is_asked_about(cells, verdict):
    shape = ColumnShape()
    for cell in cells:
        shape.see(cell)
    assert shape.verdict().items() >= verdict.items()
    assert bool(shape.verdict()) == bool(verdict)


def test_amounts_of_a_column_are_read_in_the_form_that_was_said(sales_manager, now):
    field = add_field(model="account", key="revenue", type="money", label="年营收", label_en="Revenue")
    lines = [["甲公司", "1.234"], ["乙公司", "2.500"]]
    batch = staged(sales_manager, now, csv_file("utf-8", lines, ["客户名称", "年营收"]))
    assert batch.mapping == {"0": "name", "1": field.name}
    assert open_formats(batch) == ["1"]
    check_batch(batch=batch, by=sales_manager, now=now)
    assert batch.counts["refuse"] == 2  # nobody said which sign divides: nothing is guessed
    save_mapping(batch=batch, mapping=batch.mapping, said={"1": "comma"}, by=sales_manager, now=now)
    check_batch(batch=batch, by=sales_manager, now=now)
    apply(batch, sales_manager, now)
    assert [row.custom["revenue"] for row in Account.objects.order_by("pk")] == [1234, 2500]


# --- corrected and fed in again -------------------------------------------------------------------------
def test_corrected_rows_go_on_with_the_settings_of_the_first_file(sales_manager, sales_rep, now):
    headings = ["名", "日", "代码"]
    lines = [["甲公司", "03/04/2024", "914403001922038217"], ["乙公司", "05/06/2024", ""]]
    batch = staged(sales_manager, now, csv_file("utf-8", lines, headings), source="旧CRM", source_kind="crm", default_owner=sales_rep, when_here="skip")
    save_mapping(
        batch=batch, mapping={"0": "name", "1": "created_at", "2": "credit_code"}, defaults={"level": "B"}, said={"1": "dmy"}, by=sales_manager, now=now
    )
    check_batch(batch=batch, by=sales_manager, now=now)
    assert (batch.counts["create"], batch.counts["refuse"]) == (1, 1)
    apply(batch, sales_manager, now)
    book = openpyxl.load_workbook(io.BytesIO(refused_rows_xlsx(batch)))
    book.active["C2"] = "914403001922038216"
    buffer = io.BytesIO()
    book.save(buffer)
    buffer.seek(0)
    again = staged(sales_manager, now, buffer)
    assert (again.continues, again.source, again.source_kind, again.when_here, again.default_owner) == (batch, "旧CRM", "crm", "skip", sales_rep)
    assert open_formats(again) == []  # the order of days was said once
    check_batch(batch=again, by=sales_manager, now=now)
    apply(again, sales_manager, now)
    made = Account.objects.get(name="甲公司")
    assert (made.created_at.month, made.level, made.owner) == (4, "B", sales_rep)


# --- undo of updates ------------------------------------------------------------------------------------
def test_undo_puts_every_field_of_updates_and_merges_back(sales_rep, sales_manager, now):
    add_field(model="account", key="tier", type="text", label="分级", label_en="")
    kept = create_account(data={"name": "甲公司", "level": "C", "custom": {"tier": "旧"}}, by=sales_rep, now=now)
    blank = create_account(data={"name": "乙公司", "phone": "021-62345678"}, by=sales_rep, now=now)
    before = {row.pk: {name: getattr(row, name) for name in ("level", "custom", "phone", "phone_key", "region")} for row in (kept, blank)}
    lines = [["甲公司", "A", "新", "0755-26001234", "周平"], ["乙公司", "B", "加", "", ""]]
    batch = staged(sales_manager, now, csv_file("utf-8", lines, ["客户名称", "级别", "分级", "电话", "联系人"]))
    check_batch(batch=batch, by=sales_manager, now=now)
    assert batch.counts["update"] == 2
    apply(batch, sales_manager, now)
    kept.refresh_from_db()
    assert (kept.level, kept.custom["tier"], kept.version) == ("A", "新", 2)
    assert Contact.objects.filter(name="周平").exists()
    assert undo(batch, sales_manager, now) == {"undone": 2, "kept": 0}
    for row in (kept, blank):
        row.refresh_from_db()
        assert {name: getattr(row, name) for name in before[row.pk]} == before[row.pk]
        assert row.history.first().history_change_reason == "undo import"
    assert not Contact.objects.filter(name="周平").exists()


def test_undo_leaves_an_update_that_somebody_worked_on_since(sales_rep, sales_manager, account, now):
    batch = check_batch(batch=staged(sales_manager, now, csv_file("utf-8", [["青山科技有限公司", "A"]], ["客户名称", "级别"])), by=sales_manager, now=now)
    apply(batch, sales_manager, now)
    account.refresh_from_db()
    update_account(account=account, changes={"region": "苏州"}, version=account.version, by=sales_rep, now=now)
    assert undo(batch, sales_manager, now) == {"undone": 0, "kept": 1}
    account.refresh_from_db()
    assert account.level == "A"
    assert "Changed since" in batch.rows.get().note


# --- long files -----------------------------------------------------------------------------------------
def long_file(encoding, ending):
    line = "远方贸易有限公司,重点客户,第一行的备注文字\r\n".encode(encoding)
    return SimpleUploadedFile("客户.csv", "客户名称,级别,备注\r\n".encode(encoding) + line * (4_300_000 // len(line)) + ending)


@pytest.mark.parametrize(("encoding", "ending"), [("gb18030", b"\x00\x01\x02\r\n"), ("utf-8", b"\xff\xfe\xfa\r\n\x00")])
def test_a_long_text_is_looked_through_to_its_end(encoding, ending):
    assert accept(long_file(encoding, b""), kinds=SHEETS).size > 4_194_304
    with pytest.raises(UploadRefused):
        accept(long_file(encoding, ending), kinds=SHEETS)
