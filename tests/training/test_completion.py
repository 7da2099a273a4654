"""Learning by doing: only the learner's own successful steps on the screen count, in order, against the steps of today."""

from datetime import timedelta

import pytest
from django.utils import timezone

from foundation.notices.models import Notice
from foundation.usage.models import UsageEvent
from foundation.usage.services import record
from tests.factories.people import DelegationFactory
from tests.factories.training import CompletionFactory, ProcedureFactory, ProcedureStepFactory, TrainingAssignmentFactory
from training.models import Completion, StepCompletion, TrainingAssignment
from training.services.completion import CannotLearn, advance_completion, advance_open_completions, assign_procedure, start_procedure, steps_for
from training.services.procedure import publish_procedure

pytestmark = pytest.mark.django_db
FIRST, SECOND = "crm.account.create", "crm.activity.log"


@pytest.fixture
def procedure(world):
    return ProcedureFactory(owner=world.trainer, steps_for=[FIRST, SECOND])


@pytest.fixture
def begun(world, procedure):
    return start_procedure(procedure=procedure, by=world.sales_rep, now=timezone.now() - timedelta(minutes=10))


def do(user, key, minute, **details):
    verb = "log" if key == SECOND else "create"
    return record(by=user, feature=key, verb=verb, now=timezone.now() - timedelta(minutes=10) + timedelta(minutes=minute), **{"surface": "ui", **details})


def advance(completion):
    return advance_completion(completion=completion, now=timezone.now())


def test_complete_when_every_step_has_its_event(world, begun):
    do(world.sales_rep, FIRST, 1)
    assert not advance(begun)
    assert begun.step_completions.count() == 1
    last = do(world.sales_rep, SECOND, 2)
    assert advance(begun)
    begun.refresh_from_db()
    assert begun.completed_at == last.recorded_at
    assert begun.step_completions.count() == 2
    assert Notice.objects.filter(to=world.sales_rep, kind="procedure_completed").count() == 1
    assert advance(begun)  # looking again changes nothing
    assert StepCompletion.objects.count() == 2
    assert Notice.objects.filter(kind="procedure_completed").count() == 1


@pytest.mark.parametrize(
    "details", [{"outcome": "invalid"}, {"outcome": "denied"}, {"outcome": "error"}, {"surface": "import"}, {"surface": "automation"}, {"surface": "api"}]
)
def test_failures_imports_and_automation_teach_nobody(world, begun, details):
    do(world.sales_rep, FIRST, 1, **details)
    do(world.sales_rep, SECOND, 2)
    assert not advance(begun)
    assert not begun.step_completions.exists()


def test_what_a_deputy_or_a_colleague_does_does_not_count(world, begun):
    DelegationFactory(principal=world.sales_rep, deputy=world.other_rep)
    do(world.other_rep, FIRST, 1)
    do(world.other_rep, SECOND, 2)
    assert not advance(begun)
    assert not begun.step_completions.exists()


def test_the_order_counts(world, begun):
    do(world.sales_rep, SECOND, 1)
    do(world.sales_rep, FIRST, 2)
    assert not advance(begun)
    assert begun.step_completions.count() == 1
    do(world.sales_rep, SECOND, 3)
    assert advance(begun)


def test_what_was_done_before_the_start_does_not_count(world, begun):
    do(world.sales_rep, FIRST, -5)
    do(world.sales_rep, SECOND, -4)
    assert not advance(begun)


def test_one_event_proves_one_step(world):
    twice = ProcedureFactory(owner=world.trainer, steps_for=[SECOND, SECOND])
    begun = start_procedure(procedure=twice, by=world.sales_rep, now=timezone.now() - timedelta(minutes=10))
    do(world.sales_rep, SECOND, 1)
    assert not advance(begun)
    do(world.sales_rep, SECOND, 1)
    assert advance(begun)


def test_the_expected_verb_counts(world, procedure, begun):
    procedure.steps.update(expected_verb="delete")
    do(world.sales_rep, FIRST, 1)
    assert not advance(begun)
    assert not begun.step_completions.exists()


def test_changed_steps_need_doing_again(world, procedure, begun):
    do(world.sales_rep, FIRST, 1)
    do(world.sales_rep, SECOND, 2)
    advance(begun)
    TrainingAssignmentFactory(user=world.sales_rep, procedure=procedure)
    assert not TrainingAssignment.objects.open().exists()
    procedure.title = "另一个标题"
    publish_procedure(procedure=procedure, by=world.trainer, now=timezone.now())
    assert Completion.objects.current().exists()
    assert not Notice.objects.filter(kind="procedure_changed").exists()
    ProcedureStepFactory(procedure=procedure)
    publish_procedure(procedure=procedure, by=world.trainer, now=timezone.now())
    assert not Completion.objects.current().exists()
    assert TrainingAssignment.objects.open().count() == 1
    assert Notice.objects.filter(to=world.sales_rep, kind="procedure_changed").count() == 1
    again = start_procedure(procedure=procedure, by=world.sales_rep, now=timezone.now())
    assert again.pk != begun.pk
    assert not advance(again)


def test_an_unfinished_old_completion_rests(world, procedure, begun):
    ProcedureStepFactory(procedure=procedure)
    publish_procedure(procedure=procedure, by=world.trainer, now=timezone.now())
    do(world.sales_rep, FIRST, 1)
    do(world.sales_rep, SECOND, 2)
    assert not advance(begun)
    assert not begun.step_completions.exists()


def test_beginning_again_goes_on(world, procedure, begun):
    assert start_procedure(procedure=procedure, by=world.sales_rep, now=timezone.now()).pk == begun.pk
    assert UsageEvent.objects.filter(feature__key="learn.procedure.start").count() == 1


def test_drafts_cannot_be_begun_or_assigned(world, today):
    draft = ProcedureFactory(owner=world.trainer, state="draft")
    with pytest.raises(CannotLearn):
        start_procedure(procedure=draft, by=world.sales_rep, now=timezone.now())
    with pytest.raises(CannotLearn):
        assign_procedure(procedure=draft, users=[world.sales_rep], due_on=today, by=world.trainer, today=today)


def test_steps_that_one_may_not_do_are_not_waited_for(world, procedure):
    procedure.steps.filter(order=2).update(permission="crm_core.import_account")
    assert [step.order for step in steps_for(procedure, world.sales_rep)] == [1]
    begun = start_procedure(procedure=procedure, by=world.sales_rep, now=timezone.now() - timedelta(minutes=10))
    do(world.sales_rep, FIRST, 1)
    assert advance(begun)
    procedure.steps.update(permission="people.add_user")
    with pytest.raises(CannotLearn):
        start_procedure(procedure=procedure, by=world.other_rep, now=timezone.now())


def test_the_job_looks_at_those_who_did_something(world, procedure, begun):
    CompletionFactory(user=world.other_rep, procedure=procedure)
    do(world.sales_rep, FIRST, 1)
    do(world.sales_rep, SECOND, 2)
    assert advance_open_completions(now=timezone.now()) == 1
    assert advance_open_completions(now=timezone.now()) == 0


def test_assigning_twice_moves_the_day_only(world, procedure, today):
    due = today + timedelta(days=7)
    people = [world.sales_rep, world.other_rep]
    assert assign_procedure(procedure=procedure, users=people, due_on=due, by=world.trainer, today=today) == 2
    assert assign_procedure(procedure=procedure, users=people, due_on=due + timedelta(days=1), by=world.trainer, today=today) == 0
    row = TrainingAssignment.objects.get(user=world.sales_rep)
    assert (row.due_on, row.department) == (due + timedelta(days=1), world.team_a)
    assert Notice.objects.filter(kind="procedure_assigned").count() == 2
    with pytest.raises(CannotLearn):
        assign_procedure(procedure=procedure, users=people, due_on=today - timedelta(days=1), by=world.trainer, today=today)
