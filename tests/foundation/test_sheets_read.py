import io
from datetime import date, datetime, time

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.encodings import TextRefused, decode
from foundation.integrity import Refused
from foundation.sheets import SheetRefused, read_rows

pytestmark = pytest.mark.once
SIMPLIFIED = "客户名称,联系人,电话\r\n上海某某贸易有限公司,张三,13800138000\r\n北京科技股份公司,李四,01088888888\r\n"
TRADITIONAL = "客戶名稱,聯絡人,電話\r\n臺北某某貿易有限公司,張三,0212345678\r\n高雄科技股份有限公司,陳大文,071234567\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_sheets_read_simplified_chinese_in_every_encoding(encoding):
    sheet = read_rows(io.BytesIO(SIMPLIFIED.encode(encoding)))
    assert sheet.headers == ["客户名称", "联系人", "电话"]
    assert [list(row) for row in sheet.rows] == [["上海某某贸易有限公司", "张三", "13800138000"], ["北京科技股份公司", "李四", "01088888888"]]
    assert sheet.encoding in {encoding, "gb18030", "utf-8-sig"}


def test_sheets_read_big5_and_western():
    assert read_rows(io.BytesIO(TRADITIONAL.encode("big5"))).headers == ["客戶名稱", "聯絡人", "電話"]
    western = "Name;City\nJosé Muñoz;Málaga\nFrançois Lefèvre;Orléans\nMüller GmbH;Köln\n"
    sheet = read_rows(io.BytesIO(western.encode("cp1252")))
    assert sheet.encoding == "cp1252"
    assert sheet.delimiter == ";"
    assert [row[0] for row in sheet.rows] == ["José Muñoz", "François Lefèvre", "Müller GmbH"]


COMMON = "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿回位分爱老因很给名法间斯知世什两次使身者被高已亲其进此话常与活正感公司客户合同管理销售部门"
GB2312_ONE = "".join(bytes([lead, trail]).decode("gb2312", "ignore") for lead in range(0xB0, 0xD7) for trail in range(0xA1, 0xFF))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(st.sampled_from(GB2312_ONE + COMMON * 8), min_size=10, max_size=60).filter(lambda line: len(set(line)) > 6), min_size=1, max_size=4))
def test_decode_finds_utf8_and_gb18030_on_the_whole_file(lines):
    text = "\n".join(lines)
    assert decode(text.encode("utf-8")) == (text, "utf-8")
    assert decode(text.encode("gb18030")) == (text, "gb18030")


def test_decode_takes_the_persons_choice_when_it_fits():
    assert decode("中文".encode("gbk"), "gb18030") == ("中文", "gb18030")
    with pytest.raises(TextRefused):
        decode("中文中".encode("gbk"), "utf-8")
    with pytest.raises(TextRefused):
        decode(b"abc", "no-such-encoding")


@pytest.mark.parametrize("data", [b"\x00\x01\x02\x03", b"\xef\xbb\xbf\xff\xff", b"a,b\n\x001,2\n", b"\xff\xfe\x00", b"\x81\x00\xff"])
def test_decode_refuses_binary(data):
    with pytest.raises(TextRefused):
        decode(data)


@pytest.mark.parametrize(("sign", "name"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")])
def test_sheets_read_finds_the_delimiter(sign, name):
    lines = [["a", "b", "c"], ["1,5", "x;y", "p|q"], ["2", "z", "r"]]
    text = "\n".join(sign.join(f'"{cell}"' for cell in line) for line in lines)
    sheet = read_rows(io.BytesIO(text.encode()))
    assert sheet.delimiter == sign
    assert [list(row) for row in sheet.rows] == lines[1:]


def test_sheets_read_keeps_line_numbers_and_leaves_out_empty_rows():
    sheet = read_rows(io.BytesIO(b'\n\nname,note\n\na,"two\nlines"\n,\nb,x,,\n'))
    assert sheet.headers == ["name", "note"]
    rows = list(sheet.rows)
    assert [list(row) for row in rows] == [["a", "two\nlines"], ["b", "x"]]
    assert [row.number for row in rows] == [5, 8]


def test_sheets_read_separator_line_single_column_and_dicts():
    assert read_rows(io.BytesIO(b"sep=;\nname;x\nA;1\n")).headers == ["name", "x"]
    assert [list(row) for row in read_rows(io.BytesIO(b"name\nA\nB\n")).rows] == [["A"], ["B"]]
    assert list(read_rows(io.BytesIO(b"a,b,a\n1,2,3\n")).as_dicts()) == [{"a": "1", "b": "2"}]


@pytest.mark.parametrize("data", [b"", b"\n\n", b",,,\n,,\n", b"\xef\xbb\xbf"])
def test_sheets_read_refuses_what_has_no_headings(data):
    with pytest.raises(SheetRefused, match="empty"):
        read_rows(io.BytesIO(data))


def workbook(cells, **options):
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, options)
    for name, rows in cells.items():
        sheet = book.add_worksheet(name)
        for row, line in enumerate(rows):
            for column, cell in enumerate(line):
                sheet.write(row, column, cell)
    book.close()
    buffer.seek(0)
    return buffer


def test_sheets_read_types_of_a_workbook():
    book = openpyxl.Workbook()
    book.active.append(["名称", "金额", "日期", "时刻", "时间", "是"])
    book.active.append(["甲", 12.5, date(2026, 1, 2), datetime.fromisoformat("2026-01-02 09:30"), time(8, 15), True])
    book.active.append(["乙", 7, None, None, None, False])
    buffer = io.BytesIO()
    book.save(buffer)
    sheet = read_rows(buffer)
    assert [list(row) for row in sheet.rows] == [
        ["甲", 12.5, date(2026, 1, 2), datetime.fromisoformat("2026-01-02 09:30"), time(8, 15), True],
        ["乙", 7, "", "", "", False],
    ]


def test_sheets_read_chooses_the_first_sheet_with_content_or_the_named_one():
    cells = {"空": [], "客户": [["a"], ["1"]], "联系人": [["b"], ["2"]]}
    sheet = read_rows(workbook(cells))
    assert (sheet.sheet, sheet.sheets, sheet.headers) == ("客户", ["空", "客户", "联系人"], ["a"])
    assert read_rows(workbook(cells), sheet="联系人").headers == ["b"]
    with pytest.raises(SheetRefused, match="of that name"):
        read_rows(workbook(cells), sheet="无")


def test_sheets_read_limits_rows_and_columns(monkeypatch):
    with pytest.raises(SheetRefused, match="columns"):
        read_rows(workbook({"s": [["x"] * 501]}))
    with pytest.raises(SheetRefused, match="columns"):
        read_rows(io.BytesIO(b",".join([b"x"] * 501)))
    monkeypatch.setattr("foundation.sheets.MAX_ROWS", 3)
    with pytest.raises(SheetRefused, match="rows"):
        read_rows(workbook({"s": [["x"]] * 5}))
    with pytest.raises(SheetRefused, match="rows"):
        list(read_rows(io.BytesIO(b"h\n1\n2\n3\n4\n")).rows)


def test_sheets_read_stops_a_parser_that_takes_too_much(monkeypatch):
    from foundation.sandbox import MEBIBYTE, Limits

    data = workbook({"s": [[f"{row} {column}" for column in range(60)] for row in range(3000)]})
    assert len(list(read_rows(data).rows)) == 2999  # negative control: within the usual limits it is read
    monkeypatch.setattr("foundation.sheets._LIMITS", Limits(memory=36 * MEBIBYTE, cpu_seconds=5, wall_seconds=20))
    with pytest.raises(Refused, match="memory or time"):
        read_rows(data)
    monkeypatch.setattr("foundation.sheets._LIMITS", Limits(cpu_seconds=5, wall_seconds=0))
    with pytest.raises(Refused, match="memory or time"):
        read_rows(data)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_sheets_read_any_bytes_are_read_or_refused(data):
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return
    try:
        cells = [cell for row in read_rows(io.BytesIO(data)).rows for cell in row]
    except Refused as error:
        cells = [str(error)]
    assert all(isinstance(cell, str) for cell in cells)
