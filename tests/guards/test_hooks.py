"""What settings name by a dotted path is there, and every searched kind can be indexed again."""

from datetime import timedelta
from importlib import import_module
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from django.utils.module_loading import import_string

from foundation.notices.digest import DigestLine
from foundation.people.services.people import owned_by
from foundation.reading import answer_of
from foundation.search.services import sources
from tests.factories.crm_core import AccountFactory, OpportunityFactory
from tests.factories.feedback import TicketFactory
from tests.factories.implementation import RegisterEntryFactory, RolloutFactory
from tests.factories.requirements_mgmt import RequirementFactory
from tests.factories.training import ProcedureFactory

LISTS = (
    "FEATURES",
    "GATE_CHECKS",
    "ACCOUNT_PANELS",
    "ACCOUNT_WAITING",
    "HANDOVER_STAYING",
    "DIGEST_SOURCES",
    "NOTICE_KINDS",
    "JOB_TASKS",
    "OWNERSHIP_SOURCES",
    "WAITING_SOURCES",
    "HOME_CARDS",
    "HOME_CHARTS",
    "CHANGE_DONE",
)


@pytest.mark.parametrize("name", LISTS)
def test_every_path_of_a_hook_leads_to_something(name):
    listed = getattr(settings, name)
    assert len(set(listed)) == len(listed), "nothing twice"
    for dotted in listed:
        assert import_string(dotted) is not None, dotted


def test_scheduled_tasks_may_run():
    assert {task for _name, task, _when in settings.SCHEDULES} <= set(settings.JOB_TASKS)


@pytest.mark.parametrize("app", ["training", "feedback"])
@pytest.mark.parametrize(("name", "function"), [("WAITING_SOURCES", "waiting_items"), ("DIGEST_SOURCES", "digest"), ("OWNERSHIP_SOURCES", "owned_by")])
def test_what_an_app_offers_is_listed(app, name, function):
    if hasattr(import_module(f"{app}.reports"), function):
        assert f"{app}.reports.{function}" in getattr(settings, name)


def test_every_source_answers_for_everybody(world):
    TicketFactory(liaison=world.liaison)
    since = timezone.now() - timedelta(days=1)
    for user in (world.sales_rep, world.liaison, world.pm, world.admin):
        for dotted in settings.WAITING_SOURCES:
            assert all({"title", "url"} <= set(item) for item in answer_of(import_string(dotted)(user))), dotted
        for dotted in settings.DIGEST_SOURCES:
            assert all(isinstance(line, DigestLine) for line in import_string(dotted)(user, since)), dotted
    assert any("wait for you" in line.text for line in import_string("feedback.reports.digest")(world.liaison, since))


def test_what_somebody_owns_is_told_before_they_are_deactivated(world):
    assert owned_by(world.pm) == []
    account = AccountFactory(owner=world.pm)
    OpportunityFactory(account=account, owner=world.pm)
    rollout = RolloutFactory(project_manager=world.pm)
    RegisterEntryFactory(phase__rollout=rollout, owed_by=world.pm)
    RequirementFactory(rollout=rollout, owner=world.pm)
    found = owned_by(world.pm)
    assert {str(row.label): row.count for row in found} == {"Accounts": 1, "Open opportunities": 1, "Rollouts": 1, "Owed documents": 1, "Requirements": 1}
    assert all(row.url for row in found)


def test_every_searched_kind_can_be_indexed_again(world):
    account = AccountFactory(owner=world.pm)
    OpportunityFactory(account=account, owner=world.pm)
    RequirementFactory(owner=world.pm)
    ProcedureFactory()
    TicketFactory()
    for kind in sources():
        said = StringIO()
        call_command("reindex", model=kind, stdout=said)
        count = int(said.getvalue().rpartition(":")[2])
        assert count >= (kind in {"crm_core.account", "crm_core.opportunity", "requirements_mgmt.requirement", "training.procedure", "feedback.ticket"}), kind
