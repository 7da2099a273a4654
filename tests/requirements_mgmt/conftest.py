from types import SimpleNamespace

import pytest
from django.utils import timezone

from requirements_mgmt.services import create_requirement
from tests.factories.implementation import RolloutFactory


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def rollout(world):
    return RolloutFactory(code="CRM", sponsor=world.sponsor, project_manager=world.pm, department=world.office)


@pytest.fixture
def requirement(world, rollout, now):
    """A requirement of East sales, written by the project manager."""
    return create_requirement(
        rollout=rollout,
        department=world.sales,
        title="新建客户前查重",
        statement="新建客户前先按名称查重。",
        priority="must",
        owner=world.consultant,
        by=world.pm,
        now=now,
    )


@pytest.fixture
def written(world, rollout, now):
    """Makes further requirements in one line."""

    def make(title="客户移交留痕", **values):
        values.setdefault("department", world.sales)
        return create_requirement(rollout=rollout, title=title, by=world.pm, now=now, **values)

    return make


@pytest.fixture
def people(world):
    return SimpleNamespace(a=world.key_user, b=world.sales_manager, c=world.sales_rep)
