"""Two people pass a gate in the same moment on a real database: one passage, one clear refusal."""

from datetime import timedelta

import pytest
from django.utils import timezone

from implementation import services
from implementation.models import Gate, GatePassage
from tests.at_once import together
from tests.implementation.conftest import make_ready

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_two_people_at_once_make_one_passage(world, rollout):
    gate = rollout.phases.get(kind="kickoff", wave=None).gate
    make_ready(gate)
    now = timezone.now()
    results = together(
        lambda: services.pass_gate(gate=Gate.objects.get(pk=gate.pk), meaning="同意", by=world.pm, now=now),
        lambda: services.pass_gate(gate=Gate.objects.get(pk=gate.pk), meaning="同意", by=world.sponsor, now=now),
    )
    assert sorted(type(result).__name__ for result in results) == ["CannotPassGate", "GatePassage"]
    assert GatePassage.objects.count() == 1


def test_two_waivers_at_once_leave_one_standing(world, rollout):
    criterion = rollout.phases.get(kind="kickoff", wave=None).gate.criteria.first()
    now = timezone.now()
    day = timezone.localdate() + timedelta(days=5)

    def waive(owner):
        return services.waive_criterion(criterion=criterion, owner=owner, reason="补签", expires_on=day, by=owner, now=now)

    results = together(lambda: waive(world.pm), lambda: waive(world.sponsor))
    assert criterion.waivers.filter(revoked_at__isnull=True).count() == 1
    assert all(result is not None for result in results)
