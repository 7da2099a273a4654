"""The flow check kept: findings keep their row, acceptances hold for exactly one finding, jobs run twice without harm."""

import pytest
from django.test.utils import override_settings
from django.utils import timezone

from foundation.jobs.models import Job
from foundation.jobs.runner import run
from foundation.reading import answer_of
from implementation.models import Phase
from requirements_mgmt.gates import flow_findings
from requirements_mgmt.models import DataObject, FindingAcceptance, FlowCheck, FlowFinding, Requirement, System
from requirements_mgmt.services import (
    CannotAccept,
    CannotFix,
    CannotTakeBack,
    accept_findings,
    check_flow,
    drop_requirement,
    edit_requirement,
    fix_finding,
    flow_check,
    lint,
    open_findings,
    start_flow_check,
    take_back_acceptance,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def checked(rollout, flow, world, now):
    """Two requirements with four findings, checked once."""
    flow("A-1", "订单", "发票")
    flow("A-2", "发票", "账单")
    check_flow(rollout=rollout, by=world.pm, now=now)
    return rollout


def kinds(rollout):
    return list(FlowFinding.objects.filter(rollout=rollout).values_list("kind", flat=True))


def finding_of(rollout, kind):
    return FlowFinding.objects.get(rollout=rollout, kind=kind)


def test_what_is_kept_is_what_the_lint_finds(checked, world):
    assert kinds(checked) == ["unfed", "dead_end", "island"]
    assert {row.fingerprint for row in FlowFinding.objects.all()} == {finding.fingerprint for finding in lint(checked)}
    check = FlowCheck.objects.get()
    assert (check.requirements, check.counts, check.started_by) == (2, {"unfed": 1, "dead_end": 1, "island": 1}, world.pm)
    assert [row.code for row in finding_of(checked, "island").requirements.order_by("code")] == ["A-1", "A-2"]


def test_a_finding_keeps_its_row_until_it_is_gone(checked, flow, world, now):
    before = finding_of(checked, "unfed")
    requirement = Requirement.objects.get(code="A-1")
    edit_requirement(requirement=requirement, values={"title": "别的标题"}, sent_version=requirement.version, by=world.pm, now=now)
    check_flow(rollout=checked, by=world.pm, now=now)
    after = finding_of(checked, "unfed")
    assert (after.pk, after.first_seen_at) == (before.pk, before.first_seen_at)
    assert after.detail["requirements"][0][2] == "别的标题"
    DataObject.objects.filter(rollout=checked, name="订单").update(source_name="客户")
    check_flow(rollout=checked, by=world.pm, now=now)
    assert kinds(checked) == ["dead_end"]


def test_an_accepted_finding_is_not_open_until_it_is_taken_back(checked, world, now):
    finding = finding_of(checked, "dead_end")
    assert accept_findings(findings=[finding], reason=" 二期再定 ", by=world.pm, now=now) == [finding]
    assert "dead_end" not in {one.kind for one in open_findings(checked)}
    assert FlowFinding.objects.open().filter(rollout=checked).count() == 2
    with pytest.raises(CannotAccept, match="二期再定"):
        accept_findings(findings=[finding], reason="再来一次", by=world.consultant, now=now)
    take_back_acceptance(finding=finding, by=world.consultant, now=now)
    assert "dead_end" in {one.kind for one in open_findings(checked)}
    row = FindingAcceptance.objects.get()
    assert (row.reason, row.accepted_by, row.ended_how, row.ended_by) == ("二期再定", world.pm, "taken_back", world.consultant)
    assert [entry.history_type for entry in row.history.order_by("history_id")] == ["+", "~"]
    with pytest.raises(CannotTakeBack):
        take_back_acceptance(finding=finding, by=world.pm, now=now)


@pytest.mark.parametrize("reason", ["", "  ", "长" * 1001])
def test_an_acceptance_needs_a_reason_of_a_fitting_length(checked, world, now, reason):
    with pytest.raises(CannotAccept):
        accept_findings(findings=[finding_of(checked, "unfed")], reason=reason, by=world.pm, now=now)
    assert not FindingAcceptance.objects.exists()


def test_an_acceptance_falls_away_when_its_finding_changes(checked, flow, world, now):
    accept_findings(findings=FlowFinding.objects.filter(rollout=checked), reason="先这样", by=world.pm, now=now)
    check_flow(rollout=checked, by=world.pm, now=now)
    assert not FlowFinding.objects.open().exists()
    flow("A-3", "订单", "发票")
    check_flow(rollout=checked, by=world.pm, now=now)
    assert list(FlowFinding.objects.open().values_list("kind", flat=True)) == ["unfed", "island"]
    assert set(FindingAcceptance.objects.filter(ended_how="fell_away").values_list("kind", flat=True)) == {"unfed", "island"}
    third = Requirement.objects.get(code="A-3")
    drop_requirement(requirement=third, reason="误写", sent_version=third.version, by=world.pm, now=now)
    check_flow(rollout=checked, by=world.pm, now=now)
    assert list(FlowFinding.objects.open().values_list("kind", flat=True)) == ["unfed", "island"], "what has fallen away does not come back by itself"


def test_findings_are_put_right_in_one_step(rollout, flow, world, now):
    flow("A-1", "", "发票")
    flow("A-2", "发票", "")
    flow("A-3", "订单", "账单")
    check_flow(rollout=rollout, by=world.pm, now=now)
    for kind in ("missing_input", "missing_output"):
        fix_finding(finding=finding_of(rollout, kind), name="", by=world.pm, now=now)
    fix_finding(finding=finding_of(rollout, "unfed"), name="客户", by=world.pm, now=now)
    fix_finding(finding=finding_of(rollout, "dead_end"), name="财务", by=world.pm, now=now)
    check_flow(rollout=rollout, by=world.pm, now=now)
    assert kinds(rollout) == ["island"]
    assert Requirement.objects.get(code="A-1").is_origin
    assert DataObject.objects.get(name="订单").source_name == "客户"
    with pytest.raises(CannotFix):
        fix_finding(finding=finding_of(rollout, "island"), name="x", by=world.pm, now=now)


def test_a_mark_of_the_flow_expires_no_confirmation(requirement, world, now):
    before = requirement.content_hash
    Requirement.objects.filter(pk=requirement.pk).update(state="confirmed")
    edited = edit_requirement(requirement=requirement, values={"is_origin": True, "is_day_one": True}, sent_version=1, by=world.pm, now=now)
    assert (edited.is_origin, edited.content_hash, edited.state) == (True, before, "confirmed")


def test_a_large_rollout_is_checked_by_one_job(checked, world, now, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(flow_check, "AT_ONCE", 1)
    FlowFinding.objects.all().delete()
    job = start_flow_check(rollout=checked, by=world.pm, now=now)
    assert start_flow_check(rollout=checked, by=world.consultant, now=now) == job
    assert run(job.pk, now=timezone.now()) == "done"
    job.refresh_from_db()
    assert job.result == {"requirements": 2, "findings": 3}
    assert kinds(checked) == ["unfed", "dead_end", "island"]
    assert Job.objects.filter(key=flow_check.job_key(checked)).count() == 1


def test_a_check_that_was_killed_leaves_nothing_that_the_next_does_not_put_right(checked, flow, world, now, monkeypatch):
    monkeypatch.setattr(flow_check, "CHUNK", 1)
    flow("B-1", "甲", "乙")
    first = finding_of(checked, "unfed")

    class Killed(Exception):
        pass

    def die(done, total):
        if done == 2:
            raise Killed

    with pytest.raises(Killed):
        check_flow(rollout=checked, by=world.pm, now=now, progress=die)
    assert FlowCheck.objects.filter(finished_at__isnull=True).count() == 1
    check_flow(rollout=checked, by=world.pm, now=now)
    assert {row.fingerprint for row in FlowFinding.objects.filter(rollout=checked)} == {finding.fingerprint for finding in lint(checked)}
    assert FlowFinding.objects.filter(pk=first.pk).exists()
    assert not FlowCheck.objects.filter(finished_at__isnull=True).exists()


def test_an_older_check_leaves_the_findings_to_a_later_one(checked, flow, world, now, monkeypatch):
    monkeypatch.setattr(flow_check, "CHUNK", 1)
    later = []

    def overtake(done, total):
        if not later:
            later.append(FlowCheck.objects.create(rollout=checked, started_by=world.pm, started_at=now))

    with pytest.raises(flow_check.Superseded):
        check_flow(rollout=checked, by=world.pm, now=now, progress=overtake)
    assert len(kinds(checked)) == 3


def test_the_gate_asks_for_the_latest_check(checked, world, now):
    phase = Phase(rollout=checked, kind="design")
    result = answer_of(flow_findings(phase=phase, parameters={"most": 0}, today=now.date()))
    assert (result.status, result.value, len(result.rows)) == ("not_met", 3, 3)
    assert answer_of(flow_findings(phase=phase, parameters={"most": 3}, today=now.date())).status == "risk"
    accept_findings(findings=FlowFinding.objects.all(), reason="先这样", by=world.pm, now=now)
    assert answer_of(flow_findings(phase=phase, parameters={"most": 0}, today=now.date())).status == "met"
    FlowCheck.objects.all().delete()
    assert answer_of(flow_findings(phase=phase, parameters={"most": 0}, today=now.date())).status == "not_met"


@override_settings(LANGUAGE_CODE="en")
def test_a_system_that_goes_live_ends_the_finding(rollout, flow, world, now):
    late = System.objects.create(rollout=rollout, name="数据平台", is_live=False)
    flow("A-1", "指标", "报表", is_day_one=True)
    DataObject.objects.filter(name="指标").update(source_system=late)
    DataObject.objects.filter(name="报表").update(consumer_name="董事会")
    check_flow(rollout=rollout, by=world.pm, now=now)
    assert kinds(rollout) == ["not_alone"]
    System.objects.update(is_live=True)
    check_flow(rollout=rollout, by=world.pm, now=now)
    assert kinds(rollout) == []
