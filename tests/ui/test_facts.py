"""Facts edited in place on the records of every app: saved one by one, undone, refused, and met when somebody was faster."""

import pytest
from django.urls import reverse
from django.utils import timezone

from feedback.models import Ticket, TicketHop
from requirements_mgmt.models import Requirement
from tests.factories.feedback import TicketFactory
from tests.factories.implementation import RolloutFactory
from tests.factories.requirements_mgmt import RequirementFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def requirement(world, pm, sponsor):
    rollout = RolloutFactory(project_manager=pm, sponsor=sponsor, department=world.group)
    return RequirementFactory(rollout=rollout, department=world.sales, priority="should")


def address(name: str, row, field: str) -> str:
    return reverse(name, args=[row.pk, field])


def test_requirement_fact_is_saved_undone_and_met_by_a_faster_hand(requirement, pm, client_of):
    client = client_of(pm)
    url = address("requirements_mgmt:requirement_fact", requirement, "priority")
    assert 'name="priority"' in client.get(url).content.decode()
    saved = client.post(url, {"priority": "must", "version": 1}).content.decode()
    assert "Undo" in saved
    assert 'name="priority" value="should"' in saved
    late = client.post(url, {"priority": "wont", "version": 1})
    assert late.status_code == 409
    assert 'name="version" value="2"' in late.content.decode()
    assert "Undo" not in client.post(url, {"priority": "should", "version": 2, "undo": 1}).content.decode()
    requirement.refresh_from_db()
    assert (requirement.priority, requirement.version) == ("should", 3)


def test_requirement_facts_of_many_values_come_back_by_undo(requirement, pm, client_of):
    client = client_of(pm)
    url = address("requirements_mgmt:requirement_fact", requirement, "roles")
    client.post(url, {"roles": ["sales_rep", "trainer"], "version": 1})
    saved = client.post(url, {"roles": [], "version": 2}).content.decode()
    assert 'name="roles" value="sales_rep"' in saved
    assert 'name="roles" value="trainer"' in saved
    url = address("requirements_mgmt:requirement_fact", requirement, "inputs")
    assert client.post(url, {"inputs": "客户档案、价目表", "version": 3}).status_code == 200
    assert {row.name for row in requirement.inputs.all()} == {"客户档案", "价目表"}


def test_requirement_fact_of_a_confirmed_text_is_refused_with_the_reason(requirement, pm, client_of):
    Requirement.objects.filter(pk=requirement.pk).update(state="confirmed")
    client = client_of(pm)
    answer = client.post(address("requirements_mgmt:requirement_fact", requirement, "level"), {"level": "enterprise", "version": 1})
    assert answer.status_code == 409
    assert "change request" in answer.content.decode()
    page = client.get(requirement.get_absolute_url()).content.decode()
    assert address("requirements_mgmt:requirement_fact", requirement, "owner") in page
    assert address("requirements_mgmt:requirement_fact", requirement, "level") not in page


def test_requirement_facts_are_closed_to_readers_and_strangers(requirement, sponsor, outsider, client_of):
    url = address("requirements_mgmt:requirement_fact", requirement, "priority")
    assert client_of(sponsor).get(url).status_code == 403
    assert client_of(outsider).get(url).status_code in (403, 404)
    assert client_of(sponsor).post(url, {"priority": "must", "version": 1}).status_code == 403


def test_only_listed_facts_can_be_edited(requirement, pm, client_of):
    client = client_of(pm)
    assert client.get(address("requirements_mgmt:requirement_fact", requirement, "state")).status_code == 404
    assert client.get(address("requirements_mgmt:requirement_fact", requirement, "version")).status_code == 404
    assert client.get(address("implementation:rollout_fact", requirement.rollout, "code")).status_code == 404


def test_rollout_facts_are_saved_one_by_one(requirement, world, pm, client_of):
    client, rollout = client_of(pm), requirement.rollout
    saved = client.post(address("implementation:rollout_fact", rollout, "goal"), {"goal": "每天都用", "version": 1})
    assert saved.status_code == 200
    assert "每天都用" in client.get(rollout.get_absolute_url()).content.decode()
    departments = client.post(address("implementation:rollout_fact", rollout, "departments"), {"departments": [world.sales.pk], "version": 2})
    assert departments.status_code == 200
    before_start = {"go_live_on": rollout.starts_on.isoformat(), "version": 3}
    assert client.post(address("implementation:rollout_fact", rollout, "go_live_on"), before_start).status_code in (409, 422)
    rollout.refresh_from_db()
    assert (rollout.goal, list(rollout.departments.all()), rollout.version) == ("每天都用", [world.sales], 3)


def test_ticket_facts_move_the_clock_and_stop_with_the_ticket(world, liaison, sales_rep, client_of):
    now = timezone.now()
    ticket = TicketFactory(reporter=sales_rep, department=world.sales, liaison=liaison, severity="annoys", state="liaison")
    TicketHop.objects.filter(ticket=ticket).delete()
    hop = TicketHop.objects.create(ticket=ticket, hop="liaison", holder=liaison, started_at=now, due_at=now)
    client = client_of(liaison)
    url = address("feedback:ticket_fact", ticket, "severity")
    assert client.post(url, {"severity": "stops", "version": ticket.version}).status_code == 200
    hop.refresh_from_db()
    stops = hop.due_at
    assert client.post(url, {"severity": "annoys", "version": ticket.version + 1}).status_code == 200
    hop.refresh_from_db()
    assert now < stops < hop.due_at
    assert client_of(sales_rep).get(url).status_code == 403
    Ticket.objects.filter(pk=ticket.pk).update(state="closed", closed_at=now)
    assert client.post(url, {"severity": "stops", "version": ticket.version + 2}).status_code == 409
