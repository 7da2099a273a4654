"""The flow lint over the rows of a rollout: what it reads, what it says in both languages, and the command."""

import json
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from requirements_mgmt.flow import KINDS
from requirements_mgmt.models import DataObject, FindingAcceptance, FindingKind, Requirement
from requirements_mgmt.reports.flow_words import SENTENCES
from requirements_mgmt.services import apply_import, drop_requirement, lint, open_findings, stage_import
from tests.factories.implementation import RolloutFactory
from tests.factories.requirements_mgmt import DataObjectFactory, RequirementFactory

pytestmark = pytest.mark.django_db


def said(rollout):
    return [(finding.kind, finding.requirements, finding.data) for finding in lint(rollout)]


def test_one_finding_of_every_kind(faulty):
    assert said(faulty) == [
        ("dead_loop", ["D-1", "D-2"], ["乙", "甲"]),
        ("dead_loop", ["E-1", "E-2"], ["丑", "子"]),
        ("not_alone", ["A-2"], ["发票"]),
        ("unfed", ["C-1"], ["价格表"]),
        ("dead_end", ["C-2"], ["草稿"]),
        ("missing_input", ["B-1"], []),
        ("missing_output", ["B-2"], []),
        ("two_masters", ["G-1"], ["客户档案"]),
        ("orphan_interface", ["A-2"], ["发票"]),
        ("island", ["E-1", "E-2"], ["丑", "子"]),
        ("long_path", ["F-1"], ["订单"]),
    ]
    assert lint(faulty).requirements == 12


def test_every_sentence_names_what_it_is_about_in_both_languages(faulty):
    for language, mark in (("en", "."), ("zh-hans", "。")):
        with override(language):
            for finding in lint(faulty):
                message = finding.message
                assert message.endswith(mark), message
                assert "%(" not in message
                assert all(code in message for code in finding.requirements if finding.kind not in ("two_masters", "orphan_interface"))
    with override("en"):
        told = {finding.kind: finding.message for finding in lint(faulty)}
        assert told["not_alone"].startswith("A-2 标题 A-2 is needed on day one, but cannot have “invoice” without ERP, which is not live.")
        assert told["two_masters"].startswith("“customer record” is mastered by more than one system: ERP, CRM.")
        assert told["orphan_interface"].startswith("The reserved interface Payments from ERP to CRM has no owner.")
        assert "C-1 needs “价格表”, but nobody provides it" in told["unfed"]
    with override("zh-hans"):
        told = {finding.kind: finding.message for finding in lint(faulty)}
        assert told["not_alone"].startswith("A-2 标题 A-2 首日必需，但没有财务系统就得不到“发票”")
        assert told["orphan_interface"] == "预留接口回款接口（财务系统 → 客户系统）没有负责人。请写明建成之前由谁负责。"


def test_many_names_are_counted_not_listed(rollout, flow):
    for number in range(9):
        flow(f"M-{number}", "无人提供的数据", "", is_final=True)
    with override("en"):
        unfed = next(finding for finding in lint(rollout) if finding.kind == "unfed")
        assert unfed.message.startswith("M-0, M-1, M-2, M-3 and 5 more need “无人提供的数据”")
        assert len(unfed.requirements) == 9


def test_dropped_requirements_and_headings_do_not_count(rollout, flow, world, now):
    kept = flow("A-1", "订单", "报表")
    gone = flow("A-2", "报表", "订单")
    heading = flow("A-0")
    Requirement.objects.filter(pk=heading.pk).update(is_heading=True)
    assert ("dead_loop", ["A-1", "A-2"], ["报表", "订单"]) in said(rollout)
    drop_requirement(requirement=gone, reason="重复", sent_version=gone.version, by=world.pm, now=now)
    assert said(rollout) == [("unfed", ["A-1"], ["订单"]), ("dead_end", ["A-1"], ["报表"]), ("island", ["A-1"], ["报表", "订单"])]
    assert lint(rollout).requirements == 1
    assert kept.code == "A-1"


def test_marks_excuse_a_beginning_and_an_end(rollout, flow, outside):
    outside("报表", consumer_name="董事会")
    flow("A-1", "", "报表", is_origin=True)
    flow("A-2", "报表", "", is_final=True)
    assert said(rollout) == []


def test_another_rollout_is_another_graph(rollout, flow):
    flow("A-1", "订单", "报表")
    other = RolloutFactory()
    DataObjectFactory(rollout=other, name="订单", source_name="客户")
    RequirementFactory(rollout=other, code="A-1")
    assert ("unfed", ["A-1"], ["订单"]) in said(rollout)
    assert lint(other).requirements == 1


def test_the_kinds_of_graph_model_and_sentence_are_the_same():
    assert set(KINDS) == set(FindingKind.values) == set(SENTENCES)


def test_a_fingerprint_follows_what_the_finding_is_about_and_not_its_names(faulty, flow):
    before = {finding.fingerprint: finding.kind for finding in lint(faulty)}
    assert len(before) == len(lint(faulty))
    DataObject.objects.filter(rollout=faulty, name="价格表").update(name="价目表")
    Requirement.objects.filter(rollout=faulty, code="C-1").update(title="别的标题")
    assert {finding.fingerprint for finding in lint(faulty)} == set(before)
    flow("C-3", "价目表", "报表")
    gone = set(before) - {finding.fingerprint for finding in lint(faulty)}
    assert [before[one] for one in gone] == ["unfed"]


def test_open_are_those_that_nobody_has_accepted(faulty, world, now):
    finding = next(finding for finding in lint(faulty) if finding.kind == "two_masters")
    assert finding.fingerprint in {one.fingerprint for one in open_findings(faulty)}
    row = FindingAcceptance.objects.create(
        rollout=faulty, kind=finding.kind, fingerprint=finding.fingerprint, reason="过渡期", accepted_by=world.pm, accepted_at=now
    )
    assert finding.fingerprint not in {one.fingerprint for one in open_findings(faulty)}
    row.ended_at, row.ended_how = now, "taken_back"
    row.save()
    assert finding.fingerprint in {one.fingerprint for one in open_findings(faulty)}


def test_reading_the_graph_costs_the_same_for_few_and_many(faulty, flow):
    def cost():
        with CaptureQueriesContext(connection) as seen:
            lint(faulty)
        return len(seen)

    before = cost()
    for number in range(8):
        flow(f"Z-{number}", f"输入{number}", f"输出{number}")
    assert cost() == before


def test_marks_come_with_a_sheet_and_a_strange_word_is_refused_in_its_cell(rollout, world, now):
    text = "编号,标题,输入,输出,起点,终点,首日必需\nA-1,登记,,订单,是,,1\nA-2,归档,订单,,no,Yes,\nA-3,别的,订单,报表,也许,,\n"
    sheet = SimpleUploadedFile("需求.csv", text.encode())
    batch = stage_import(file=sheet, name="需求.csv", rollout=rollout, department=world.sales, by=world.pm, now=now)
    apply_import(batch=batch, by=world.pm, now=now)
    marks = Requirement.objects.filter(rollout=rollout).values_list("code", "is_origin", "is_final", "is_day_one")
    assert list(marks) == [("A-1", True, False, True), ("A-2", False, True, False)]
    assert [(row.code, row.reasons[0]["field"]) for row in batch.rows.filter(verdict="refuse")] == [("A-3", "is_origin")]
    assert said(rollout) == [("island", ["A-1", "A-2"], ["订单"])]


def test_the_command_tells_json_on_its_last_line(faulty):
    out = StringIO()
    call_command("lint_requirements", faulty.code, "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert told["requirements"] == 12
    assert [(row["kind"], row["requirements"], row["data"]) for row in told["findings"]] == said(faulty)
    assert all(set(row) == {"kind", "requirements", "data", "message"} and row["message"] for row in told["findings"])
    out = StringIO()
    call_command("lint_requirements", faulty.code, "--language", "zh-hans", stdout=out)
    *lines, last = out.getvalue().splitlines()
    assert len(lines) == len(told["findings"])
    assert "missing_input: B-1 标题 B-1 没有任何输入。请说明它需要哪些数据；如果流程从这里开始，请标为起点。" in lines
    assert json.loads(last) == {"requirements": 12, "findings": 11, "kinds": {**dict.fromkeys(KINDS, 1), "dead_loop": 2}}


def test_the_command_refuses_an_unknown_rollout():
    with pytest.raises(CommandError, match="There is no rollout NONE"):
        call_command("lint_requirements", "NONE", "--json")
