"""Status report, what changed, and pages whose queries do not grow with rows."""

import io
from datetime import date, timedelta

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from implementation import reports, services
from tests.factories.implementation import MilestoneFactory, RegisterEntryFactory, RolloutFactory, TeamMemberFactory
from tests.implementation.conftest import NOW, TODAY, make_ready, sign

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]


def report(client, rollout, kind, language):
    return client.get(reverse("implementation:rollout_report", args=[rollout.pk]), {"format": kind, "language": language})


@pytest.mark.parametrize(
    ("language", "words"), [("en", ["Status report", "Ready with risks", "Kick-off", "CRM rollout"]), ("zh-hans", ["状态报告", "启动", "客户管理系统上线"])]
)
def test_pdf_has_a_page_per_phase(language, words, rollout, gate, sponsor, client_of):
    make_ready(gate, keep=["implementation.liaisons_named"])
    response = report(client_of(sponsor), rollout, "pdf", language)
    assert response["Content-Type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(response.content)).pages
    assert len(pages) >= 7
    text = "".join(page.extract_text() for page in pages)
    assert all(word in text for word in words)


@pytest.mark.parametrize(("language", "heading", "kind"), [("en", "Phase", "Criterion"), ("zh-hans", "阶段", "准入条件")])
def test_workbook_has_a_row_for_everything(language, heading, kind, rollout, pm, client_of):
    response = report(client_of(pm), rollout, "xlsx", language)
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == heading
    kinds = [row[1] for row in rows[1:]]
    assert kinds.count(kind) == sum(phase.gate.criteria.count() for phase in rollout.phases.all())
    assert len(kinds) == kinds.count(kind) + rollout.phases.count() + rollout.milestones.count() + rollout.register.count()


def test_report_is_for_those_who_may_export(rollout, auditor, outsider, consultant, client_of):
    assert report(client_of(auditor), rollout, "pdf", "en").status_code == 403
    assert report(client_of(consultant), rollout, "pdf", "en").status_code == 403
    assert report(client_of(outsider), rollout, "pdf", "en").status_code == 404


def test_formula_in_a_name_does_not_run_in_the_workbook(rollout, pm, client_of):
    milestone = rollout.milestones.first()
    milestone.name = milestone.name_en = '=HYPERLINK("http://evil")'
    milestone.save()
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(report(client_of(pm), rollout, "xlsx", "en")))).active
    cell = next(cell for row in sheet.iter_rows() for cell in row if cell.value and "HYPERLINK" in str(cell.value))
    assert cell.data_type != "f"


def test_two_days_are_compared_as_one_story(rollout, gate, pm, consultant, time_machine):
    later = NOW + timedelta(days=3)
    time_machine.move_to(later, tick=False)
    milestone = rollout.milestones.first()
    services.change_milestone(
        milestone=milestone, sent_version=1, values={"planned_on": milestone.planned_on + timedelta(days=9)}, reason="接口延期", by=consultant, now=later
    )
    RegisterEntryFactory(phase=gate.phase, title="接口清单", title_en="List of interfaces")
    services.remove_entry(entry=rollout.register.get(title="项目章程"), sent_version=1, by=pm)
    story = reports.story_between(rollout, TODAY, TODAY + timedelta(days=3))
    found = {(change.title, change.what) for change in story.changes}
    assert ("List of interfaces", "added") in found
    assert ("Project charter", "removed") in found
    changed = next(change for change in story.changes if change.what == "changed")
    assert changed.fields[0][0] == "planned"
    assert story.events[0]["who"] == consultant
    assert "+9" in story.events[0]["title"]
    assert any("1 planned dates moved" in line for line in story.summary)
    nothing = reports.story_between(rollout, TODAY - timedelta(days=30), TODAY - timedelta(days=20))
    assert nothing.changes == []


def test_forged_days_are_answered_in_words(rollout, pm, client_of):
    url = reverse("implementation:rollout_activity", args=[rollout.pk])
    assert client_of(pm).get(url, {"first": "gestern", "last": "2026-11-20"}).status_code == 422
    response = client_of(pm).get(url, {"first": "2026-11-20", "last": "2026-11-10"})
    assert response.status_code == 422
    assert "must come after" in response.content.decode()


def test_cockpit_answers_three_questions(rollout, gate, pm, sponsor, client_of):
    make_ready(gate, keep=["implementation.liaisons_named"])
    cockpit = reports.cockpit_of(rollout, TODAY)
    assert cockpit.days_to_go_live == (date(2026, 12, 15) - TODAY).days
    assert cockpit.current.phase == gate.phase
    assert [one.kind for one in cockpit.decisions][0] == "gate"
    assert cockpit.has_risks
    body = client_of(pm).get(rollout.get_absolute_url()).content.decode()
    for words in ("Waiting for me", "At risk", "Days to go-live", "Waiting for the sponsor", "Ready with risks", "due"):
        assert words in body


def many(rollout):
    for phase in rollout.phases.all():
        for entry in RegisterEntryFactory.create_batch(4, phase=phase, owed_by=rollout.project_manager):
            sign(entry)
        MilestoneFactory.create_batch(4, phase=phase)
    TeamMemberFactory.create_batch(8, rollout=rollout)


@pytest.mark.parametrize("name", ["rollout_detail", "rollout_plan", "rollout_team", "rollout_register", "rollout_matrix", "gate_detail", "phase_detail"])
def test_queries_do_not_grow_with_rows(name, rollout, gate, pm, client_of):
    sign(rollout.register.first())
    pk = {"gate_detail": gate.pk, "phase_detail": gate.phase.pk}.get(name, rollout.pk)
    client, url = client_of(pm), reverse(f"implementation:{name}", args=[pk])
    client.get(url)
    with CaptureQueriesContext(connection) as before:
        client.get(url)
    many(rollout)
    with CaptureQueriesContext(connection) as after:
        client.get(url)
    assert len(after) <= len(before) + 1, "\n".join(query["sql"][:160] for query in after)


def test_list_queries_do_not_grow(rollout, pm, client_of):
    client, url = client_of(pm), reverse("implementation:rollout_list")
    client.get(url)
    with CaptureQueriesContext(connection) as before:
        client.get(url)
    RolloutFactory.create_batch(6)
    with CaptureQueriesContext(connection) as after:
        client.get(url)
    assert len(after) <= len(before)
