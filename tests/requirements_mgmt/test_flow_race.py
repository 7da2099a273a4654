"""Two people at one finding in the same moment: one decides, the other is told, and a check beside them loses nothing."""

import pytest
from django.db import IntegrityError
from django.utils import timezone

from requirements_mgmt.models import DataObject, FindingAcceptance, FlowFinding
from requirements_mgmt.services import CannotTakeBack, accept_findings, check_flow, data_objects, lint, take_back_acceptance
from tests.at_once import together

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def finding(world, rollout, written, now):
    written("开票", code="A-1", inputs=data_objects(rollout, ["订单"]), outputs=data_objects(rollout, ["发票"]))
    DataObject.objects.filter(name="发票").update(consumer_name="客户")
    check_flow(rollout=rollout, by=world.pm, now=now)
    return FlowFinding.objects.get()


def accept(finding, by):
    return lambda: accept_findings(findings=[finding], reason="二期", by=by, now=timezone.now())


def test_two_accept_at_once_and_one_is_told(world, finding):
    results = together(accept(finding, world.pm), accept(finding, world.consultant))
    assert sorted(type(result).__name__ for result in results) == ["CannotAccept", "list"]
    assert FindingAcceptance.objects.count() == 1


def test_without_the_lock_the_second_person_would_meet_an_error(world, finding):
    """Negative control: who read the finding as open and writes as planned runs into the constraint, not into a sentence."""
    values = {"rollout": finding.rollout, "kind": finding.kind, "fingerprint": finding.fingerprint, "reason": "二期", "accepted_at": timezone.now()}
    FindingAcceptance.objects.create(accepted_by=world.pm, **values)
    with pytest.raises(IntegrityError):
        FindingAcceptance.objects.create(accepted_by=world.consultant, **values)


def test_two_take_back_at_once_and_one_is_told(world, finding):
    accept(finding, world.pm)()
    results = together(*(lambda by=by: take_back_acceptance(finding=finding, by=by, now=timezone.now()) for by in (world.pm, world.consultant)))
    assert sorted(isinstance(result, CannotTakeBack) for result in results) == [False, True]
    assert FindingAcceptance.objects.get().ended_how == "taken_back"


def test_accepting_beside_a_check_loses_nothing(world, rollout, finding):
    results = together(accept(finding, world.pm), lambda: check_flow(rollout=rollout, by=world.pm, now=timezone.now()))
    assert not [result for result in results if isinstance(result, Exception)]
    row = FlowFinding.objects.get()
    assert row.pk == finding.pk
    assert row.acceptance == FindingAcceptance.objects.get(ended_at__isnull=True)


def test_two_checks_at_once_leave_one_set_of_findings(world, rollout, finding, written):
    written("对账", code="A-2", inputs=data_objects(rollout, ["账单"]), outputs=data_objects(rollout, ["发票"]))
    together(*(lambda: check_flow(rollout=rollout, by=world.pm, now=timezone.now()) for _number in range(2)))
    assert sorted(FlowFinding.objects.values_list("fingerprint", flat=True)) == sorted(one.fingerprint for one in lint(rollout))
