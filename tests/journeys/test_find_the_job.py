"""Project manager, liaison and sales representative find each of their jobs from the home page, by shown links alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm_core.models import Activity, Opportunity, Outcome
from docs_site.services.seeding import seed_docs
from feedback.models import Ticket
from requirements_mgmt.models import ChangeRequest, Confirmation
from requirements_mgmt.services import ask_confirmation
from tests.factories.crm_core import AccountFactory, OpportunityFactory, PipelineFactory, StageFactory
from tests.factories.feedback import TicketFactory
from tests.factories.implementation import GateCriterionFactory, PhaseFactory, RegisterEntryFactory, rollout_of
from tests.factories.requirements_mgmt import ChangeRequestFactory, RequirementFactory
from tests.factories.training import ProcedureFactory, TrainingAssignmentFactory
from tests.journeys.walking import Walker
from training.models import Completion


@pytest.fixture
def rollout(world):
    return rollout_of(world)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_project_manager_finds_gate_register_requirement_and_decision(world, rollout, client_of, language):
    today = timezone.localdate()
    phase = PhaseFactory(rollout=rollout)
    GateCriterionFactory(gate=phase.gate, check_key="implementation.documents_signed", name="应交文档全部签署", name_en="All owed documents are signed")
    entry = RegisterEntryFactory(phase=phase, due_on=today - timedelta(days=3))
    requirement = RequirementFactory(rollout=rollout, department=world.sales)
    change = ChangeRequestFactory(requirement=requirement)
    world.pm.language = language
    world.pm.save()
    walker = Walker(client_of(world.pm))

    walker.follow(rf"/gates/{phase.gate.pk}/")
    assert phase.gate.criteria.get().get_absolute_url().partition("#")[2] in walker.text
    assert walker.sees(entry.get_absolute_url()) or str(entry) in walker.text, "the rows behind the criterion"

    walker.home()
    walker.follow(rf"/rollouts/{rollout.pk}/register/")
    assert entry.title in walker.text or entry.title_en in walker.text

    walker.home()
    walker.follow(r"/requirements/")
    walker.follow(rf"/requirements/{requirement.pk}/")
    assert requirement.statement in walker.text

    walker.home()
    walker.follow(rf"/changes/{change.pk}/")
    walker.follow(rf"/changes/{change.pk}/decide/")
    walker.send(decision="accept", reason="影响小，先做。")
    assert ChangeRequest.objects.get().state == "accepted"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_liaison_answers_the_oldest_ticket_and_confirms_a_requirement(world, rollout, client_of, language):
    now = timezone.now()
    young = TicketFactory(reporter=world.sales_rep, department=world.team_a, liaison=world.liaison, created_at=now - timedelta(hours=1))
    old = TicketFactory(reporter=world.sales_rep, department=world.team_a, liaison=world.liaison, created_at=now - timedelta(days=9))
    requirement = RequirementFactory(rollout=rollout, department=world.sales)
    ask_confirmation(requirements=[requirement], people=[world.liaison], by=world.pm, now=now)
    world.liaison.language = language
    world.liaison.save()
    walker = Walker(client_of(world.liaison))

    assert walker.follow(r"/feedback/tickets/\d+/") == f"/feedback/tickets/{old.pk}/", "the oldest stands first"
    walker.send(rf"/feedback/tickets/{old.pk}/answer/", body="请先刷新页面，再保存一次。")
    assert Ticket.objects.get(pk=old.pk).state == "answered"
    assert Ticket.objects.get(pk=young.pk).state == "liaison"

    walker.home()
    walker.follow(rf"/requirements/{requirement.pk}/confirm/")
    walker.send(verdict="confirm")
    assert Confirmation.objects.get().verdict == "confirm"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_sales_representative_logs_moves_reports_and_learns(world, client_of, language):
    today = timezone.localdate()
    account = AccountFactory(owner=world.sales_rep, department=world.team_a)
    pipeline = PipelineFactory()
    first, second = (StageFactory(pipeline=pipeline, order=order, outcome=Outcome.OPEN) for order in (1, 2))
    deal = OpportunityFactory(
        account=account, owner=world.sales_rep, department=world.team_a, pipeline=pipeline, stage=first, close_on=today - timedelta(days=2)
    )
    procedure = ProcedureFactory(state="published")
    TrainingAssignmentFactory(user=world.sales_rep, department=world.team_a, procedure=procedure, due_on=today + timedelta(days=3))
    world.sales_rep.language = language
    world.sales_rep.save()
    walker = Walker(client_of(world.sales_rep))

    walker.follow(r"/crm/activities/new/")
    walker.send(account=account.pk, kind="visit", subject="上门拜访，确认需求")
    assert Activity.objects.get().kind == "visit"

    walker.home()
    walker.follow(rf"/crm/opportunities/{deal.pk}/")
    walker.follow(rf"/crm/opportunities/{deal.pk}/move/\?to={second.pk}")
    walker.send()
    assert Opportunity.objects.get().stage == second

    walker.home()
    walker.follow(r"/feedback/tickets/new/(\?.*)?")
    walker.send(r"/feedback/tickets/new/", kind="bug", title="保存报价时出错", severity="hinders")
    assert Ticket.objects.get().reporter == world.sales_rep

    walker.home()
    walker.follow(rf"/learn/procedures/{procedure.pk}/")
    walker.send(rf"/learn/procedures/{procedure.pk}/start/")
    assert Completion.objects.get().user == world.sales_rep


@pytest.mark.parametrize("who", ["pm", "liaison", "sales_rep"])
def test_nothing_that_a_home_shows_leads_nowhere(world, rollout, client_of, who):
    seed_docs()
    walker = Walker(client_of(getattr(world, who)))
    shown = [link for link in dict.fromkeys(walker.page.links) if link.startswith("/") and not link.startswith("/cms")]
    assert len(shown) > 10
    for link in shown:
        assert walker.client.get(link.partition("#")[0], follow=True).status_code == 200, link
