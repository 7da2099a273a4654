"""Gates: the verdict follows from live criteria, waivers expire, a passage freezes what was said, and there is only one."""

import json
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from foundation.integrity import sha256_of
from foundation.notices.models import Notice
from implementation import services
from implementation.gates import CHECKS
from implementation.models import CheckResult, Gate, GateCheck, GateCriterion, GatePassage, Phase, Status, Verdict, Waiver, known_checks, read_gate, verdict_of
from implementation.services import gate as gate_services
from tests.factories.implementation import GateCriterionFactory
from tests.implementation.conftest import NOW, TODAY, make_ready, sign

MEANING = "同意进入下一阶段"


# --- the verdict ---------------------------------------------------------------------------------
@how(deadline=None)
@given(st.lists(st.sampled_from(Status.values), max_size=12))
def test_verdict_is_the_worst_criterion_and_never_a_count(statuses):
    verdict = verdict_of(statuses)
    if not statuses or "not_met" in statuses:
        assert verdict == Verdict.NOT_READY
    elif "risk" in statuses:
        assert verdict == Verdict.READY_WITH_RISKS
    else:
        assert verdict == Verdict.READY


@how(deadline=None)
@given(st.lists(st.sampled_from(Status.values), min_size=1, max_size=8), st.sampled_from(Status.values))
def test_one_more_criterion_never_makes_the_verdict_better(statuses, more):
    rank = [Verdict.READY, Verdict.READY_WITH_RISKS, Verdict.NOT_READY]
    assert rank.index(verdict_of([*statuses, more])) >= rank.index(verdict_of(statuses))


def read(gate, today=TODAY):
    return read_gate(Gate.objects.to_show().get(pk=gate.pk), today)


def said(gate, key, today=TODAY):
    return next(one for one in read(gate, today).criteria if one.criterion.check_key == key)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]


# --- live checks -----------------------------------------------------------------------------------
def test_every_own_check_has_a_sentence_in_both_languages():
    for check in CHECKS:
        names = check.names()
        assert names["en"]
        assert names["zh-hans"]
        assert names["en"] != names["zh-hans"]


def test_documents_count_live(gate):
    before = said(gate, "implementation.documents_signed")
    assert before.status == Status.NOT_MET
    assert before.result.value == [0, 3]
    assert len(before.result.rows) == 3
    assert "0 of 3 owed documents are signed, 3 are overdue" in before.result.sentence
    for entry in gate.phase.register.all():
        sign(entry)
    assert said(gate, "implementation.documents_signed").status == Status.MET


def test_a_newer_draft_does_not_take_the_signature_away(gate):
    for entry in gate.phase.register.all():
        version = sign(entry)
        version.document.state = "draft"
        version.document.save()
    assert said(gate, "implementation.documents_signed").status == Status.MET


def test_documents_in_review_in_time_are_a_risk(rollout):
    phase = rollout.phases.get(kind="iteration", wave=None)
    for entry in phase.register.all():
        sign(entry, state="in_review")
    assert said(phase.gate, "implementation.documents_signed").status == Status.RISK


def test_liaison_missing_is_not_met_and_deputy_missing_a_risk(gate, rollout):
    assert said(gate, "implementation.liaisons_named").status == Status.RISK
    rollout.team.filter(role="liaison").first().delete()
    one = said(gate, "implementation.liaisons_named")
    assert one.status == Status.NOT_MET
    assert one.result.value == [1, 2]


def test_a_liaison_of_the_department_above_covers_it(gate, rollout, world):
    rollout.departments.set([world.team_a])
    assert said(gate, "implementation.liaisons_named").result.value == [0, 1]


def test_roles_and_overload(gate, rollout, world):
    assert said(gate, "implementation.roles_filled").status == Status.MET
    rollout.team.filter(user=world.consultant).update(share=100)
    from tests.factories.implementation import RolloutFactory, TeamMemberFactory

    TeamMemberFactory(rollout=RolloutFactory(), user=world.consultant, share=20)
    busy = said(gate, "implementation.roles_filled")
    assert busy.status == Status.RISK
    assert busy.result.rows[0][0] == f"{world.consultant} · 120 %"
    rollout.team.filter(role="trainer").delete()
    assert said(gate, "implementation.roles_filled").status == Status.NOT_MET


def test_phase_before_must_be_passed(rollout, gate, pm):
    research = rollout.phases.get(kind="research", wave=None)
    assert said(research.gate, "implementation.phase_before_passed").status == Status.NOT_MET
    make_ready(gate)
    services.pass_gate(gate=gate, meaning=MEANING, by=pm, now=NOW)
    assert said(research.gate, "implementation.phase_before_passed").status == Status.MET


def test_a_failing_check_shuts_the_gate_and_not_the_page(gate, monkeypatch, caplog):
    def broken(*, phase, parameters, today):
        raise ZeroDivisionError

    monkeypatch.setattr("implementation.models.evaluation.known_checks", lambda: {"x.broken": GateCheck("x.broken", "Broken", broken)})
    GateCriterionFactory(gate=gate, check_key="x.broken")
    one = said(gate, "x.broken")
    assert one.status == Status.NOT_MET
    assert "could not be counted" in one.result.sentence
    assert said(gate, "implementation.documents_signed").result.sentence.endswith("is not installed.")


def test_parameters_of_the_criterion_win_over_those_of_the_check(gate, monkeypatch):
    seen = {}

    def check(*, phase, parameters, today):
        seen.update(parameters, phase=phase, today=today)
        return CheckResult("met", "ok")

    monkeypatch.setattr("implementation.models.evaluation.known_checks", lambda: {"x.y": GateCheck("x.y", "Y", check, parameters={"min": 90, "days": 7})})
    GateCriterionFactory(gate=gate, check_key="x.y", parameters={"min": 80})
    assert said(gate, "x.y").status == Status.MET
    assert seen == {"min": 80, "days": 7, "phase": gate.phase, "today": TODAY}


def test_settings_name_checks_one_by_one_or_in_tuples(settings):
    settings.GATE_CHECKS = ["implementation.gates.CHECKS"]
    assert set(known_checks()) == {check.key for check in CHECKS}


# --- answers and waivers ----------------------------------------------------------------------------
def test_a_question_is_answered_by_its_person_with_evidence(gate, sponsor, pm):
    question = gate.criteria.get(check_key=GateCriterion.MANUAL)
    assert question.answerer == sponsor
    assert "has not answered yet" in said(gate, GateCriterion.MANUAL).result.sentence
    with pytest.raises(services.CannotAnswerCriterion):
        services.answer_criterion(criterion=question, status="met", evidence="纪要", by=pm, now=NOW)
    with pytest.raises(services.CannotAnswerCriterion):
        services.answer_criterion(criterion=question, status="met", evidence="  ", by=sponsor, now=NOW)
    services.answer_criterion(criterion=question, status="risk", evidence="目标未量化", by=sponsor, now=NOW)
    services.answer_criterion(criterion=question, status="met", evidence="纪要第三条", by=sponsor, now=NOW + timedelta(hours=1))
    one = said(gate, GateCriterion.MANUAL)
    assert one.status == Status.MET
    assert "纪要第三条" in one.result.sentence


def test_a_deputy_may_answer(gate, sponsor, pm):
    from tests.factories.people import DelegationFactory

    DelegationFactory(principal=sponsor, deputy=pm)
    question = gate.criteria.get(check_key=GateCriterion.MANUAL)
    services.answer_criterion(criterion=question, status="met", evidence="纪要", by=type(pm).objects.get(pk=pm.pk), now=NOW)
    assert said(gate, GateCriterion.MANUAL).answer.answered_by == pm


def waive(gate, key, pm, *, until):
    return services.waive_criterion(criterion=gate.criteria.get(check_key=key), owner=pm, reason="供应商下周补签", expires_on=until, by=pm, now=NOW)


def test_waiver_counts_as_risk_until_its_last_day_and_then_no_more(gate, pm):
    last = TODAY + timedelta(days=10)
    waive(gate, "implementation.documents_signed", pm, until=last)
    assert said(gate, "implementation.documents_signed").status == Status.RISK
    assert said(gate, "implementation.open_waivers").status == Status.RISK
    on_last_day = said(gate, "implementation.documents_signed", last)
    assert on_last_day.status == Status.RISK
    after = said(gate, "implementation.documents_signed", last + timedelta(days=1))
    assert after.status == Status.NOT_MET
    assert after.waiver_expired
    assert said(gate, "implementation.open_waivers", last + timedelta(days=1)).status == Status.NOT_MET


@pytest.mark.parametrize(("until", "reason"), [(TODAY - timedelta(days=1), "x"), (TODAY + timedelta(days=400), "x"), (TODAY + timedelta(days=5), " ")])
def test_waiver_needs_a_reason_and_a_day_within_a_year(gate, pm, until, reason):
    criterion = gate.criteria.get(check_key="implementation.documents_signed")
    with pytest.raises(services.CannotWaiveCriterion):
        services.waive_criterion(criterion=criterion, owner=pm, reason=reason, expires_on=until, by=pm, now=NOW)


def test_a_new_waiver_replaces_the_standing_one_and_both_stay_in_the_record(gate, pm, sponsor):
    first = waive(gate, "implementation.documents_signed", pm, until=TODAY + timedelta(days=2))
    second = waive(gate, "implementation.documents_signed", sponsor, until=TODAY + timedelta(days=9))
    first.refresh_from_db()
    assert first.revoked_at
    assert list(Waiver.objects.standing()) == [second]
    services.revoke_waiver(waiver=second, by=pm, now=NOW)
    assert said(gate, "implementation.documents_signed").status == Status.NOT_MET
    with pytest.raises(services.CannotWaiveCriterion):
        services.revoke_waiver(waiver=second, by=pm, now=NOW)


# --- passing -------------------------------------------------------------------------------------------
def test_not_ready_is_refused_and_names_what_is_missing(gate, pm):
    with pytest.raises(services.CannotPassGate, match="All owed documents are signed"):
        services.pass_gate(gate=gate, meaning=MEANING, reason="trotzdem", by=pm, now=NOW)
    assert not GatePassage.objects.exists()


def test_with_risks_needs_a_reason(gate, pm):
    make_ready(gate, keep=["implementation.liaisons_named"])
    assert read(gate).verdict == Verdict.READY_WITH_RISKS
    with pytest.raises(services.CannotPassGate, match="1 risks"):
        services.pass_gate(gate=gate, meaning=MEANING, reason=" ", by=pm, now=NOW)
    passage = services.pass_gate(gate=gate, meaning=MEANING, reason="代理人本周任命", by=pm, now=NOW)
    assert passage.verdict == Verdict.READY_WITH_RISKS


def test_passing_ends_the_phase_and_tells_the_team(gate, pm, sponsor):
    make_ready(gate)
    passage = services.pass_gate(gate=gate, meaning=MEANING, by=pm, now=NOW)
    assert passage.verdict == Verdict.READY
    phase = Phase.objects.with_gate().get(pk=gate.phase_id)
    assert phase.actual_end == TODAY
    assert phase.state_on(TODAY) == "passed"
    assert Notice.objects.filter(kind="rollout_gate_passed", to=sponsor).exists()
    with pytest.raises(services.CannotPassGate, match="already passed"):
        services.pass_gate(gate=gate, meaning=MEANING, by=sponsor, now=NOW)


def test_frozen_values_stay_when_the_data_changes(gate, pm, client_of):
    make_ready(gate)
    passage = services.pass_gate(gate=gate, meaning=MEANING, by=pm, now=NOW)
    kept = json.dumps(passage.values, sort_keys=True)
    gate.phase.rollout.team.filter(role="trainer").delete()
    gate.phase.register.update(document=None)
    passage = GatePassage.objects.get()
    assert json.dumps(passage.values, sort_keys=True) == kept
    assert passage.sha256 == sha256_of(passage.values)
    assert passage.is_intact
    assert {row["status"] for row in passage.values["criteria"]} == {"met"}
    assert all(set(row["sentence"]) == {code for code, _name in settings.LANGUAGES} for row in passage.values["criteria"])
    assert read(gate).verdict == Verdict.NOT_READY
    body = client_of(pm).get(reverse("implementation:passage_detail", args=[passage.pk])).content.decode()
    assert "All 3 owed documents are signed" in body
    assert "0 of 3 owed documents are signed" in body
    assert "has changed" in body
    assert "untouched" in body


def test_tampering_with_frozen_values_is_seen(gate, pm):
    make_ready(gate)
    passage = services.pass_gate(gate=gate, meaning=MEANING, by=pm, now=NOW)
    values = passage.values
    values["criteria"][0]["status"] = "risk"
    GatePassage.objects.update(values=values)
    assert not GatePassage.objects.get().is_intact


def test_reopening_keeps_the_passage_and_the_gate_can_be_passed_again(gate, pm, sponsor):
    make_ready(gate)
    services.pass_gate(gate=gate, meaning=MEANING, by=pm, now=NOW)
    with pytest.raises(services.CannotReopenGate):
        services.reopen_gate(gate=gate, reason="", by=sponsor, now=NOW)
    services.reopen_gate(gate=gate, reason="章程有重大修改", by=sponsor, now=NOW)
    first = GatePassage.objects.get()
    assert (first.reopened_by, first.reopen_reason) == (sponsor, "章程有重大修改")
    assert Phase.objects.get(pk=gate.phase_id).actual_end is None
    with pytest.raises(services.CannotReopenGate):
        services.reopen_gate(gate=gate, reason="noch einmal", by=sponsor, now=NOW)
    services.pass_gate(gate=gate, meaning=MEANING, by=sponsor, now=NOW)
    assert GatePassage.objects.count() == 2


def test_criteria_cannot_be_touched_while_the_gate_stands_passed(gate, pm, sponsor):
    make_ready(gate)
    services.pass_gate(gate=gate, meaning=MEANING, by=pm, now=NOW)
    criterion = gate.criteria.first()
    with pytest.raises(services.CannotChangeGate):
        services.remove_criterion(criterion=criterion, sent_version=criterion.version, by=pm)
    with pytest.raises(services.CannotChangeGate):
        services.waive_criterion(criterion=criterion, owner=pm, reason="x", expires_on=TODAY + timedelta(days=3), by=pm, now=NOW)
    question = gate.criteria.get(check_key=GateCriterion.MANUAL)
    with pytest.raises(services.CannotChangeGate):
        services.answer_criterion(criterion=question, status="met", evidence="x", by=sponsor, now=NOW)


# --- the database holds it, with its control -----------------------------------------------------------
def passage_of(gate, pm):
    return GatePassage(gate=gate, verdict="ready", values={}, sha256="0" * 64, meaning="x", passed_by=pm, passed_at=NOW)


def test_the_database_refuses_a_second_standing_passage(gate, pm):
    passage_of(gate, pm).save()
    with pytest.raises(IntegrityError), transaction.atomic():
        passage_of(gate, pm).save()


def test_the_service_meets_the_constraint_when_its_own_look_was_too_early(gate, pm, monkeypatch):
    make_ready(gate)
    passage_of(gate, pm).save()
    monkeypatch.setattr(Gate, "standing_passage", None)
    with pytest.raises(services.CannotPassGate, match="in this moment"):
        services.pass_gate(gate=gate, meaning=MEANING, by=pm, now=NOW)
    assert GatePassage.objects.count() == 1


def test_control_without_the_constraint_the_gate_is_passed_twice(gate, pm, monkeypatch):
    make_ready(gate)
    passage_of(gate, pm).save()
    monkeypatch.setattr(Gate, "standing_passage", None)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX gate_passed_once")
    services.pass_gate(gate=gate, meaning=MEANING, by=pm, now=NOW)
    assert GatePassage.objects.filter(reopened_at__isnull=True).count() == 2


@pytest.mark.parametrize(
    "fields",
    [{"verdict": "not_ready"}, {"verdict": "ready_with_risks", "reason": ""}, {"reopened_at": NOW, "reopen_reason": ""}],
)
def test_the_database_refuses_a_passage_that_says_too_little(gate, pm, fields):
    passage = passage_of(gate, pm)
    for name, value in fields.items():
        setattr(passage, name, value)
    with pytest.raises(IntegrityError), transaction.atomic():
        passage.save()


# --- through the page ------------------------------------------------------------------------------------
def test_pass_and_reopen_from_the_page(gate, sponsor, client_of):
    make_ready(gate, keep=["implementation.liaisons_named"])
    client = client_of(sponsor)
    page = client.get(gate.get_absolute_url()).content.decode()
    assert "Ready with risks" in page
    assert "lack a deputy" in page
    passing = reverse("implementation:gate_pass", args=[gate.pk])
    assert client.post(passing, {"meaning": ""}).status_code == 422
    refused = client.post(passing, {"meaning": MEANING})
    assert refused.status_code == 409
    assert "Say why the gate may be passed" in refused.content.decode()
    assert MEANING in refused.content.decode()
    assert client.post(passing, {"meaning": MEANING, "reason": "本周任命"}).status_code == 302
    assert client.post(passing, {"meaning": MEANING, "reason": "本周任命"}).status_code == 409
    again = reverse("implementation:gate_reopen", args=[gate.pk])
    assert client.post(again, {"reason": ""}).status_code == 422
    assert client.post(again, {"reason": "章程修改"}).status_code == 302
    assert GatePassage.objects.get().reopened_by == sponsor


def test_criterion_is_added_from_the_page(gate, pm, client_of):
    url = reverse("implementation:criterion_create", args=[gate.pk])
    assert client_of(pm).post(url, {"check_key": GateCriterion.MANUAL, "name": ""}).status_code == 422
    assert client_of(pm).post(url, {"check_key": GateCriterion.MANUAL, "name": "合同已签订", "answerer": pm.pk}).status_code == 302
    assert gate.criteria.filter(name="合同已签订", answerer=pm).exists()
    assert client_of(pm).post(url, {"check_key": "implementation.open_waivers", "name": ""}).status_code == 302
    assert gate.criteria.filter(check_key="implementation.open_waivers").count() == 2


def test_freeze_reads_each_language(gate):
    _reading, values = gate_services.freeze(Gate.objects.to_show().get(pk=gate.pk), TODAY)
    row = next(row for row in values["criteria"] if row["check"] == "implementation.documents_signed")
    assert row["sentence"]["en"] == "0 of 3 owed documents are signed, 3 are overdue."
    assert row["sentence"]["zh-hans"] == "3 份应交文档中已签署 0 份，逾期 3 份。"
    assert values["read_on"] == date(2026, 11, 23).isoformat()
