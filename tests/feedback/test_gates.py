"""What a gate counts of reports and of training."""

import pytest

from feedback.gates import no_stopping_bug
from foundation.reading import answer_of
from tests.factories.feedback import TicketFactory
from tests.factories.implementation import RolloutFactory
from tests.factories.training import CompletionFactory, ProcedureFactory, TrainingAssignmentFactory
from training.gates import people_trained

pytestmark = pytest.mark.django_db


class PhaseOf:
    """As much of a phase as the checks read."""

    wave = None

    def __init__(self, *departments):
        self.rollout = RolloutFactory()
        self.rollout.departments.set(departments)


def test_bugs_that_stop_work_close_the_gate(world, today):
    phase = PhaseOf(world.east)
    check = lambda: answer_of(no_stopping_bug(phase=phase, parameters={}, today=today))  # noqa: E731
    TicketFactory(department=world.west_sales, kind="bug", severity="stops")  # elsewhere
    TicketFactory(department=world.team_a, kind="bug", severity="stops", state="closed")
    TicketFactory(department=world.team_a, kind="question", severity="stops")
    assert check().status == "met"
    TicketFactory(department=world.team_a, kind="bug", severity="hinders")
    assert check().status == "risk"
    TicketFactory(department=world.team_a, kind="bug", severity="stops")
    result = check()
    assert result.status == "not_met"
    assert len(result.rows) == 1


def test_the_trained_share_opens_the_gate(world, today):
    phase = PhaseOf(world.east)
    check = lambda **parameters: answer_of(people_trained(phase=phase, parameters=parameters, today=today))  # noqa: E731
    assert check().status == "not_met"  # nobody asked is nobody trained
    procedures = [ProcedureFactory() for _ in range(5)]
    for procedure in procedures:
        TrainingAssignmentFactory(user=world.sales_rep, department=world.team_a, procedure=procedure)
    TrainingAssignmentFactory(user=world.west_rep, department=world.west_sales)
    for procedure in procedures[:4]:
        CompletionFactory(user=world.sales_rep, procedure=procedure, completed_at=procedure.created_at)
    assert check().status == "risk"
    assert check().value == [4, 5]
    assert check(percent=80).status == "met"
    CompletionFactory(user=world.sales_rep, procedure=procedures[4], completed_at=procedures[4].created_at)
    assert check().status == "met"
