"""People from spreadsheets: encodings, headings in two languages, every refusal beside its cell, twice the same changes nothing."""

import io
import json
from datetime import date, timedelta

import openpyxl
import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from foundation.people.models import Assignment, Department, PeopleImport, Position, RowAction, User
from foundation.people.services.imports import CannotImport, apply_import, stage_import

ENGLISH = "Name,Username,E-mail,Employee number,Phone,Department,Position,Role,Manager's username,Start date\n"
CHINESE = "姓名,用户名,邮箱,工号,手机,部门,岗位,角色,直属上级,任职日期\n"


def stage(text, world, encoding="utf-8", name="people.csv"):
    return stage_import(file=io.BytesIO(text.encode(encoding)), name=name, by=world.admin, today=timezone.localdate())


def apply(batch, world):
    return apply_import(batch=batch, by=world.admin, today=timezone.localdate(), now=timezone.now())


def counts(batch):
    return {key: batch.counts[key] for key in ("create", "update", "skip", "refuse")}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_import_reads_chinese_headings_in_every_encoding(world, encoding):
    text = CHINESE + "王小明,wangxm,wxm@example.com,G001,13912345678,E-S-A,客户代表,销售代表,sales_manager,2026年3月1日\n"
    text += "李梅,limei,limei@example.com,G002,,集团/华东事业部/华东销售部,主管,sales_manager,,2026/3/2\n"
    batch = apply(stage(text, world, encoding), world)
    assert counts(batch) == {"create": 2, "update": 0, "skip": 0, "refuse": 0}
    person = User.objects.get(username="wangxm")
    assert (person.display_name, person.phone, person.employee_number) == ("王小明", "+86 139 1234 5678", "G001")
    post = person.assignments.get()
    assert (post.position.title, post.position.role, post.position.department, post.starts_on) == ("客户代表", "sales_rep", world.team_a, date(2026, 3, 1))
    assert post.position.reports_to == Assignment.objects.get(user=world.sales_manager).position
    assert User.objects.get(username="limei").assignments.get().position.department == world.sales


def test_import_reads_a_workbook_with_numbers_and_days(world):
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ["Full name", "Login", "Employee no.", "Dept", "Title", "Role", "Start", "Shoe size"])
        sheet.write_row(1, 0, ["Ann Lee", "ann", 1001, "E-S-A", "Rep", "Sales representative"])
        sheet.write_datetime(1, 6, timezone.datetime(2026, 3, 1), day)
        sheet.write_number(1, 7, 38)
    buffer.seek(0)
    batch = stage_import(file=buffer, name="people.xlsx", by=world.admin, today=timezone.localdate())
    assert batch.counts["ignored"] == ["Shoe size"]
    apply(batch, world)
    person = User.objects.get(username="ann")
    assert person.employee_number == "1001"
    assert person.assignments.get().starts_on == date(2026, 3, 1)


def test_import_twice_changes_nothing(world):
    text = ENGLISH + "Ann Lee,ann,ann@example.com,1001,13912345678,E-S-A,Rep,sales_rep,sales_manager,2026-03-01\n"
    apply(stage(text, world), world)
    before = (User.history.count(), Assignment.history.count(), Position.history.count())
    again = stage(text, world)
    assert counts(again) == {"create": 0, "update": 0, "skip": 1, "refuse": 0}
    apply(again, world)
    assert (User.history.count(), Assignment.history.count(), Position.history.count()) == before
    with pytest.raises(CannotImport):
        apply(again, world)


def test_import_updates_by_employee_number_and_moves_to_a_new_position(world, today):
    rep = world.sales_rep
    rep.employee_number = "77"
    rep.save()
    start = today + timedelta(days=3)
    batch = stage(f"工号,姓名,部门,岗位,角色,任职日期\n77,新名字,W-SALES,区域代表,销售代表,{start}\n", world)
    row = batch.rows.get()
    assert (row.action, row.changes) == ("update", ["name", "position"])
    assert User.objects.get(pk=rep.pk).display_name != "新名字"
    apply(batch, world)
    rep.refresh_from_db()
    assert rep.display_name == "新名字"
    old, new = rep.assignments.order_by("starts_on")
    assert old.ends_on == start - timedelta(days=1)
    assert (new.position.department, new.starts_on) == (world.west_sales, start)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("Ann,,ann@example.com,,,E-S-A,Rep,sales_rep,,", "username"),
        ("Ann,a b,,,,E-S-A,Rep,sales_rep,,", "username"),
        (",ann,,,,E-S-A,Rep,sales_rep,,", "name"),
        ("Ann,ann,nonsense,,,E-S-A,Rep,sales_rep,,", "email"),
        ("Ann,ann,PM@example.com,,,E-S-A,Rep,sales_rep,,", "email"),
        ("Ann,ann,,,call me,E-S-A,Rep,sales_rep,,", "phone"),
        ("Ann,ann,,,,NOWHERE,Rep,sales_rep,,", "department"),
        ("Ann,ann,,,,,Rep,sales_rep,,", "department"),
        ("Ann,ann,,,,E-S-A,Rep,emperor,,", "role"),
        ("Ann,ann,,,,E-S-A,Rep,,,", "role"),
        ("Ann,ann,,,,E-S-A,,,,", "position"),
        ("Ann,ann,,,,E-S-A,sales_rep sales_rep,finance,,", "role"),
        ("Ann,ann,,,,E-S-A,Rep,sales_rep,nobody,", "manager"),
        ("Ann,ann,,,,E-S-A,Rep,sales_rep,ann,", "manager"),
        ("Ann,ann,,,,E-S-A,Rep,sales_rep,,31.02.2026x", "starts_on"),
        ("Ann,ann,,,,E-S-A,Rep,sales_rep,,2026-02-31", "starts_on"),
        ("Ann,ann,,,,E-S-A,Rep,sales_rep,,1066-10-14", "starts_on"),
        (f"{'x' * 81},ann,,,,E-S-A,Rep,sales_rep,,", "name"),
    ],
)
def test_import_says_the_reason_beside_the_cell_and_writes_nothing_for_the_row(world, row, column):
    batch = stage(ENGLISH + row + "\nBen,ben,,,,E-S-A,Rep,sales_rep,,\n", world)
    first, second = batch.rows.all()
    assert first.action == RowAction.REFUSE
    assert list(first.reasons) == [column], first.reasons
    before = User.objects.count()
    apply(batch, world)
    assert User.objects.count() == before + 1
    assert second.action == RowAction.CREATE


def test_import_refuses_what_contradicts_itself_inside_the_file(world):
    rows = [
        "Ann,ann,a@example.com,1,,E-S-A,Rep,sales_rep,,",
        "Ann,ANN,b@example.com,2,,E-S-A,Rep,sales_rep,,",
        "Cid,cid,a@example.com,3,,E-S-A,Rep,sales_rep,,",
        "Dan,dan,,1,,E-S-A,Rep,finance,,",
        "Eva,eva,,,,E-S-B,Chief,sales_rep,fay,",
        "Fay,fay,,,,E-S-B,Deputy,sales_rep,eva,",
    ]
    batch = stage(ENGLISH + "\n".join(rows) + "\n", world)
    reasons = {row.cells["name"] + row.cells["employee_number"]: set(row.reasons) for row in batch.rows.all()}
    assert reasons == {"Ann1": set(), "Ann2": {"username"}, "Cid3": {"email"}, "Dan1": {"employee_number", "role"}, "Eva": {"manager"}, "Fay": {"manager"}}


def test_import_knows_a_manager_who_stands_further_down(world):
    batch = stage(ENGLISH + "Ann,ann,,,,E-S-A,Rep,sales_rep,ben,\nBen,ben,,,,E-S-A,Lead,sales_manager,,\n", world)
    apply(batch, world)
    assert Position.objects.get(title="Rep").reports_to == Position.objects.get(title="Lead")


def test_import_judges_again_at_apply(world):
    batch = stage(ENGLISH + "Ann,ann,,,,E-S-A,Rep,sales_rep,,\nBen,ben,,,,E-S-B,Rep,sales_rep,,\n", world)
    assert counts(batch)["create"] == 2
    Department.objects.filter(pk=world.team_b.pk).update(closed_on=timezone.localdate())
    done = apply(batch, world)
    assert counts(done) == {"create": 1, "update": 0, "skip": 0, "refuse": 1}
    assert not User.objects.filter(username="ben").exists()


def test_import_apply_is_all_or_nothing(world, monkeypatch):
    batch = stage(ENGLISH + "Ann,ann,,,,E-S-A,Rep,sales_rep,,\nBen,ben,,,,E-S-A,Rep2,sales_rep,,\n", world)
    from foundation.people.services import imports

    original = imports.create_person

    def fail(**fields):
        if fields["username"] == "ben":
            raise RuntimeError
        return original(**fields)

    monkeypatch.setattr(imports, "create_person", fail)
    with pytest.raises(RuntimeError):
        apply(batch, world)
    assert not User.objects.filter(username="ann").exists()
    assert PeopleImport.objects.get().state == "preview"


@pytest.mark.parametrize("text", ["", "Colour,Size\nred,3\n", "Name,E-mail\nAnn,a@example.com\n", "Username,Login\na,b\n", ENGLISH, "\x00\x01\x02"])
def test_import_refuses_files_that_are_no_list_of_people(world, client_of, text):
    file = SimpleUploadedFile("people.csv", text.encode())
    response = client_of(world.admin).post(reverse("people:import_create"), {"file": file})
    assert response.status_code == 422
    assert "file" in response.context["form"].errors
    assert not PeopleImport.objects.exists()


@pytest.mark.parametrize("name", ["people.exe", "people.pdf", "people.xlsx"])
def test_import_refuses_files_whose_content_is_something_else(world, client_of, name):
    response = client_of(world.admin).post(reverse("people:import_create"), {"file": SimpleUploadedFile(name, b"MZ\x90\x00 not a sheet")})
    assert response.status_code == 422


def test_import_pages_from_upload_to_refused_workbook(world, client_of):
    client = client_of(world.admin)
    text = ENGLISH + "Ann,ann,,,,E-S-A,Rep,sales_rep,,\n=1+1,b b,,,,NOWHERE,Rep,sales_rep,,\n"
    response = client.post(reverse("people:import_create"), {"file": SimpleUploadedFile("人员.csv", text.encode("gb18030"))})
    batch = PeopleImport.objects.get()
    assert response.url == reverse("people:import_detail", args=[batch.pk])
    body = client.get(response.url).content.decode()
    assert "There is no department" in body
    assert "=1+1" not in client.get(response.url, {"action": "create"}).content.decode()
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(reverse("people:import_refused", args=[batch.pk])).content)).active
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert any("There is no department" in str(cell.value) for cell in cells)
    assert client.post(reverse("people:import_apply", args=[batch.pk])).status_code == 302
    assert client.post(reverse("people:import_apply", args=[batch.pk])).status_code == 400
    assert client.post(reverse("people:import_discard", args=[batch.pk])).status_code == 400
    assert User.objects.filter(username="ann").exists()


def test_import_command_prints_a_summary_and_ends_with_one_when_refusing(world, tmp_path, capsys):
    path = tmp_path / "people.csv"
    path.write_text(ENGLISH + "Ann,ann,,,,E-S-A,Rep,sales_rep,,\n", encoding="utf-8")
    call_command("import_people", str(path), "--dry-run")
    summary = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert (summary["create"], summary["applied"]) == (1, False)
    assert not User.objects.filter(username="ann").exists()
    call_command("import_people", str(path))
    assert json.loads(capsys.readouterr().out.strip().splitlines()[-1])["applied"] is True
    path.write_text(ENGLISH + "Ann,ann,bad,,,E-S-A,Rep,sales_rep,,\n", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        call_command("import_people", str(path))
    assert ended.value.code == 1
    summary = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert summary["reasons"] == [{"row": 2, "column": "email", "reason": "This is not an e-mail address."}]
    with pytest.raises(SystemExit):
        call_command("import_people", str(tmp_path / "absent.csv"))


def test_import_plans_three_thousand_rows_in_a_handful_of_queries(world, django_assert_max_num_queries):
    rows = "".join(f"P{n},p{n},p{n}@example.com,N{n},,E-S-A,Rep,sales_rep,sales_manager,\n" for n in range(3000))
    with django_assert_max_num_queries(30):
        batch = stage(ENGLISH + rows, world)
    assert counts(batch)["create"] == 3000
