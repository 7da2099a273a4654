"""Many gates are read at once, live, and each says what it says alone."""

import pytest

from foundation.reading import answer_of
from implementation import services
from implementation.models import CheckResult, Gate, GateCheck, known_checks, read_gate, readings_of
from tests.factories.implementation import GateCriterionFactory
from tests.implementation.conftest import NOW, TODAY, sign

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]


def frozen(readings):
    return [[one.frozen() | {"sentence": str(one.result.sentence)} for one in reading.criteria] for reading in readings]


def test_gates_read_at_once_say_what_each_says_alone_in_two_statements(rollout, gate, pm, django_assert_num_queries):
    for key in set(known_checks()) - set(gate.criteria.values_list("check_key", flat=True)):
        GateCriterionFactory(gate=gate, check_key=key, parameters=known_checks()[key].parameters)
    criterion = gate.criteria.get(check_key="implementation.documents_signed")
    services.waive_criterion(criterion=criterion, owner=pm, reason="供应商下周补签", expires_on=TODAY, by=pm, now=NOW)
    gates = list(Gate.objects.with_phase().filter(phase__rollout=rollout))
    with django_assert_num_queries(2):
        together = answer_of(readings_of(gates, TODAY))
    alone = [read_gate(one, TODAY) for one in gates]
    assert len(together) == len(gates) > 4
    assert frozen(together) == frozen(alone)
    assert [reading.verdict for reading in together] == [reading.verdict for reading in alone]


def test_a_reading_is_live(gate):
    def signed():
        [reading] = answer_of(readings_of([gate], TODAY))
        return next(one for one in reading.criteria if one.criterion.check_key == "implementation.documents_signed").result.value

    assert signed() == [0, 3]
    sign(gate.phase.register.first())
    assert signed() == [1, 3]


def test_a_check_may_answer_at_once(gate, monkeypatch):
    """One that asks nothing, or asks for itself, need not yield."""
    plain = GateCheck("x.plain", "Plain", lambda *, phase, parameters, today: CheckResult("met", "ok"))
    monkeypatch.setattr("implementation.models.evaluation.known_checks", lambda: {"x.plain": plain})
    criterion = GateCriterionFactory(gate=gate, check_key="x.plain")
    [reading] = answer_of(readings_of([gate], TODAY))
    assert next(one for one in reading.criteria if one.criterion == criterion).status == "met"
