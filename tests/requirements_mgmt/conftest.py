from types import SimpleNamespace

import pytest
from django.utils import timezone

from requirements_mgmt.models import DataObject, Interface, System
from requirements_mgmt.services import create_requirement, data_objects
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


@pytest.fixture
def flow(rollout, written):
    """Writes a requirement by code with names of inputs and outputs; a mark is a keyword."""

    def make(code, inputs="", outputs="", **marks):
        return written(f"标题 {code}", code=code, inputs=data_objects(rollout, inputs.split()), outputs=data_objects(rollout, outputs.split()), **marks)

    return make


@pytest.fixture
def outside(rollout):
    """A data object with what is outside of the flow: who gives or takes it."""

    def make(name, **values):
        return DataObject.objects.update_or_create(rollout=rollout, name=name, defaults=values)[0]

    return make


@pytest.fixture
def faulty(rollout, flow, outside):
    """One rollout with a finding of every kind."""
    erp = System.objects.create(rollout=rollout, name="财务系统", name_en="ERP", is_live=False)
    crm = System.objects.create(rollout=rollout, name="客户系统", name_en="CRM")
    outside("订单", name_en="order", source_name="客户")
    outside("发票", name_en="invoice", source_system=erp)
    outside("报表", consumer_name="董事会")
    outside("客户档案", name_en="customer record", source_name="客户").masters.set([erp, crm])
    flow("A-1", "订单", "报表")
    flow("A-2", "订单 发票", "报表", is_day_one=True)
    flow("B-1", "", "报表")
    flow("B-2", "订单", "")
    flow("C-1", "价格表", "报表")
    flow("C-2", "订单", "草稿")
    flow("D-1", "订单 甲", "乙")
    flow("D-2", "乙", "甲")
    flow("E-1", "子", "丑")
    flow("E-2", "丑", "子")
    flow("F-1", "订单", "订单")
    flow("G-1", "客户档案", "报表")
    interface = Interface.objects.create(rollout=rollout, name="回款接口", name_en="Payments", from_system=erp, to_system=crm)
    interface.data.set([DataObject.objects.get(rollout=rollout, name="发票")])
    return rollout
