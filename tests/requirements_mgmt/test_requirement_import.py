import io
import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from foundation.exports import Column, xlsx_bytes
from foundation.jobs.sweep import run_waiting
from requirements_mgmt.models import Requirement, RequirementImport
from requirements_mgmt.services import apply_import, ask_confirmation, confirm_requirement, remap_import, stage_import, undo_import
from requirements_mgmt.services.sheet_columns import short_title

ASVS = Path(__file__).parents[3] / "shared/data/req_asvs/5.0/docs_en/OWASP_Application_Security_Verification_Standard_5.0.0_en.csv"
BLNS = Path(__file__).parents[3] / "shared/data/hostile_blns/blns.json"
SHEET = """编号,标题,描述,部门,优先级,负责人,输入,备注
R-1,导出报表,每月导出,East sales,必须,pm,客户；合同,甲
R-2,打印合同,双面打印,E-SERV,应该,,,乙
,没有编号的,照样可以,,,,,
"""


def stage(world, rollout, text, name="需求.csv", encoding="utf-8", **more):
    data = text.encode(encoding) if isinstance(text, str) else text
    return stage_import(file=io.BytesIO(data), name=name, rollout=rollout, department=world.sales, by=world.pm, now=more.pop("now"), **more)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_plain_sheet_with_chinese_headings(world, rollout, now, encoding):
    batch = stage(world, rollout, SHEET, encoding=encoding, now=now)
    assert batch.counts["create"] == 3
    assert batch.counts["columns_left_out"] == ["备注"]
    assert not Requirement.objects.exists()
    assert apply_import(batch=batch, by=world.pm, now=now)["create"] == 3
    first = Requirement.objects.get(code="R-1")
    assert (first.priority, first.department, first.owner) == ("must", world.sales, world.pm)
    assert {row.name for row in first.inputs.all()} == {"客户", "合同"}
    assert Requirement.objects.get(title="没有编号的").code == "E-SALES-001"


def test_workbook_reads_the_same(world, rollout, now):
    rows = [{"a": "R-1", "b": "Export", "c": 1.0}]
    data = xlsx_bytes([Column("Code", "a"), Column("Title", "b"), Column("Priority", "c")], rows)
    batch = stage(world, rollout, data, name="r.xlsx", now=now)
    assert batch.counts["create"] == 1
    apply_import(batch=batch, by=world.pm, now=now)
    assert Requirement.objects.get().priority == "must"


def test_second_time_tells_create_from_update_and_unchanged(world, rollout, now):
    apply_import(batch=stage(world, rollout, SHEET, now=now), by=world.pm, now=now)
    changed = SHEET.replace("每月导出", "每周导出")
    batch = stage(world, rollout, changed, now=now)
    assert {key: batch.counts[key] for key in ("create", "update", "skip", "refuse")} == {"create": 0, "update": 1, "skip": 2, "refuse": 0}
    apply_import(batch=batch, by=world.pm, now=now)
    assert Requirement.objects.get(code="R-1").statement == "每周导出"
    assert Requirement.objects.count() == 3


def test_every_refused_cell_has_its_reason(world, rollout, now):
    text = "Code,Title,Department,Priority,Owner,Parent\nA,One,Nowhere,soon,Nobody,\nA,Two,,,,\nB,,,,,\nC,Three,,,,Z\n"
    batch = stage(world, rollout, text, now=now)
    assert batch.counts["refuse"] == 4
    columns = {reason["column"] for row in batch.rows.all() for reason in row.reasons}
    assert {"Department", "Priority", "Owner"} <= columns
    assert apply_import(batch=batch, by=world.pm, now=now)["create"] == 0


def test_confirmed_text_is_not_overwritten(world, rollout, requirement, now):
    ask_confirmation(requirements=[requirement], people=[world.key_user], by=world.pm, now=now)
    confirm_requirement(requirement=requirement, verdict="confirm", by=world.key_user, now=now)
    batch = stage(world, rollout, f"Code,Description\n{requirement.code},Something else\n", now=now)
    assert batch.counts["refuse"] == 1
    assert requirement.code in batch.rows.get().reasons[0]["why"]


def test_columns_can_be_chosen_again(world, rollout, now):
    batch = stage(world, rollout, "Topic,Text\nReport,Monthly\n", now=now)
    assert batch.rows.get().values["title"] == "Monthly"
    batch = remap_import(batch=batch, mapping={"title": "Topic", "statement": "Text"}, by=world.pm)
    assert batch.rows.get().values == {"title": "Report", "statement": "Monthly"}


def test_undo_takes_back_what_nobody_touched(world, rollout, requirement, now):
    text = SHEET + f"{requirement.code},新建客户前查重,导入改了这里,,,,,\n"
    batch = stage(world, rollout, text, now=now)
    apply_import(batch=batch, by=world.pm, now=now)
    kept = Requirement.objects.get(code="R-2")
    ask_confirmation(requirements=[kept], people=[world.key_user], by=world.pm, now=now)
    result = undo_import(batch=batch, by=world.pm, now=now)
    assert result == {"undone": 3, "kept": 1}
    assert set(Requirement.objects.values_list("code", flat=True)) == {"R-2", requirement.code}
    requirement.refresh_from_db()
    assert requirement.statement == "新建客户前先按名称查重。"


def test_applying_twice_or_after_a_stop_writes_once(world, rollout, now, monkeypatch):
    from requirements_mgmt.services import sheet_import

    monkeypatch.setattr(sheet_import, "CHUNK", 1)
    batch = stage(world, rollout, SHEET, now=now)

    class Stop(Exception):
        pass

    def stop(done, total):
        if done == 2:
            raise Stop

    with pytest.raises(Stop):
        apply_import(batch=batch, by=world.pm, now=now, progress=stop)
    assert Requirement.objects.count() == 1  # the chunk that was stopped is rolled back
    apply_import(batch=batch, by=world.pm, now=now)
    apply_import(batch=batch, by=world.pm, now=now)
    assert Requirement.objects.count() == 3


def test_pages_from_upload_to_undo(world, rollout, client_of, now):
    client = client_of(world.pm)
    file = SimpleUploadedFile("需求.csv", (SHEET + "X,坏行,,没有,,,,\n").encode("gb18030"))
    answer = client.post(reverse("requirements_mgmt:import_create"), {"rollout": rollout.pk, "department": world.sales.pk, "file": file})
    assert answer.status_code == 302
    batch = RequirementImport.objects.get()
    page = client.get(batch.get_absolute_url()).content.decode()
    assert "没有" in page
    book = client.get(reverse("requirements_mgmt:import_refused", args=[batch.pk]))
    assert book.status_code == 200
    assert client.post(reverse("requirements_mgmt:import_apply", args=[batch.pk])).status_code == 302
    run_waiting()
    batch.refresh_from_db()
    assert (batch.state, Requirement.objects.count()) == ("done", 3)
    assert client.post(reverse("requirements_mgmt:import_undo", args=[batch.pk])).status_code == 302
    run_waiting()
    assert not Requirement.objects.exists()
    assert client_of(world.outsider).get(batch.get_absolute_url()).status_code == 404
    assert client_of(world.auditor).get(reverse("requirements_mgmt:import_list")).status_code == 403


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"PK\x03\x04rubbish", b"just,one,line", "标题\n".encode("utf-16")])
def test_rubbish_gets_a_sentence_and_writes_nothing(world, rollout, client_of, content):
    client = client_of(world.pm)
    data = {"rollout": rollout.pk, "department": world.sales.pk, "file": SimpleUploadedFile("r.csv", content)}
    answer = client.post(reverse("requirements_mgmt:import_create"), data)
    assert answer.status_code in (302, 422)
    assert not Requirement.objects.exists()
    if answer.status_code == 302:
        assert RequirementImport.objects.get().counts["create"] == 0


def test_hostile_cells(world, rollout, client_of, now):
    cells = ["=cmd|' /C calc'!A0", "+1+1", "@SUM(A1)", "<script>alert(1)</script>", "x" * 100_000, "a\u202eb", "🙂", "'; DROP TABLE x;--"]
    text = "Title,Description\n" + "".join(f'"需求 {n}","{cell}"\n' for n, cell in enumerate(cells))
    batch = stage(world, rollout, text, now=now)
    assert (batch.counts["create"], batch.counts["refuse"]) == (len(cells) - 1, 1)
    apply_import(batch=batch, by=world.pm, now=now)
    client = client_of(world.pm)
    for row in Requirement.objects.all():
        page = client.get(row.get_absolute_url()).content.decode()
        assert "<script>alert(1)" not in page
    client.get(reverse("requirements_mgmt:requirement_list"))
    export = b"".join(client.get(reverse("requirements_mgmt:requirement_list"), {"export": "csv"}).streaming_content).decode("utf-8-sig")
    assert not any(line.startswith(("=", "+", "@")) for line in export.splitlines())


@pytest.mark.realdata
def test_naughty_strings_come_in_or_are_refused_with_a_reason(world, rollout, now):
    if not BLNS.exists():
        pytest.skip("the real data is not beside the project")
    strings = [text for text in json.loads(BLNS.read_text(encoding="utf-8")) if text.strip()]
    rows = [{"t": f"需求 {n}", "d": text} for n, text in enumerate(strings)]
    batch = stage(world, rollout, xlsx_bytes([Column("Title", "t"), Column("Description", "d")], rows), name="r.xlsx", now=now)
    assert batch.counts["create"] + batch.counts["refuse"] == len(strings)
    assert all(row.reasons for row in batch.rows.filter(verdict="refuse"))
    counts = apply_import(batch=batch, by=world.pm, now=now)
    assert Requirement.objects.count() == counts["create"] > len(strings) * 0.9


@pytest.mark.realdata
def test_all_345_requirements_of_the_standard(world, rollout, tmp_path, capsys):
    if not ASVS.exists():
        pytest.skip("the real data is not beside the project")
    report = tmp_path / "report.json"
    call_command("import_requirements", str(ASVS), "--rollout", "CRM", "--dry-run")
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["create"] == 345
    assert not Requirement.objects.exists()
    assert not RequirementImport.objects.exists()
    call_command("import_requirements", str(ASVS), "--rollout", "CRM", "--report", str(report))
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (summary["create"], summary["refuse"], summary["headings"]) == (345, 0, 97)
    assert Requirement.objects.countable().count() == 345
    by_priority = {key: Requirement.objects.countable().filter(priority=key).count() for key in ("must", "should", "could")}
    assert by_priority == {"must": 70, "should": 183, "could": 92}
    first = Requirement.objects.get(code="V1.1.1")
    assert (first.parent.code, first.parent.parent.code, first.parent.parent.parent) == ("V1.1", "V1", None)
    codes = list(Requirement.objects.filter(parent__code="V1.2").values_list("code", flat=True))
    assert codes.index("V1.2.10") > codes.index("V1.2.9")
    assert json.loads(report.read_text(encoding="utf-8"))["refused"] == []
    call_command("import_requirements", str(ASVS), "--rollout", "CRM")
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["skip"] == 345


def test_command_says_what_is_wrong(world, rollout, tmp_path, capsys):
    sheet = tmp_path / "r.csv"
    sheet.write_text("Code,Title,Priority\nA,One,sometime\nB,Two,must\n", encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        call_command("import_requirements", str(sheet), "--rollout", "CRM")
    assert end.value.code == 1
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (summary["create"], summary["refuse"]) == (1, 1)
    for arguments in (["nothing.csv", "--rollout", "CRM"], [str(sheet), "--rollout", "NONE"], [str(sheet), "--rollout", "CRM", "--by", "nobody"]):
        with pytest.raises(CommandError):
            call_command("import_requirements", *arguments)


@pytest.mark.parametrize(
    ("text", "title"),
    [("Verify that input is decoded. Then go.", "Verify that input is decoded"), ("短句。后面的。", "短句。后面的。"), ("w" * 300, "w" * 120 + "…")],
)
def test_title_from_a_sentence(text, title):
    assert short_title(text) == title
