from datetime import UTC, datetime

import factory

from requirements_mgmt.models import (
    ChangeRequest,
    Confirmation,
    DataObject,
    FindingAcceptance,
    FlowCheck,
    FlowFinding,
    Interface,
    Requirement,
    RequirementAttachment,
    RequirementComment,
    RequirementImport,
    RequirementImportRow,
    System,
    Trace,
)
from requirements_mgmt.models.requirement import content_hash
from tests.factories.implementation import RolloutFactory
from tests.factories.people import DepartmentFactory, UserFactory

THEN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class DataObjectFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DataObject

    rollout = factory.SubFactory(RolloutFactory)
    name = factory.Sequence(lambda n: f"数据{n}")


class RequirementFactory(factory.django.DjangoModelFactory):
    """A valid requirement whose hash fits its text; links added afterwards need ``fresh_hash``."""

    class Meta:
        model = Requirement
        skip_postgeneration_save = True

    rollout = factory.SubFactory(RolloutFactory)
    department = factory.SubFactory(DepartmentFactory)
    code = factory.Sequence(lambda n: f"R-{n:03d}")
    title = factory.Sequence(lambda n: f"客户查重 {n}")
    statement = "新建客户前先按名称和信用代码查重。"

    @factory.post_generation
    def hashed(self, create, extracted, **kwargs):
        if create:
            fresh_hash(self)


def fresh_hash(requirement):
    requirement.content_hash = content_hash(requirement.content())
    Requirement.objects.filter(pk=requirement.pk).update(content_hash=requirement.content_hash)
    return requirement


class ConfirmationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Confirmation

    requirement = factory.SubFactory(RequirementFactory)
    person = factory.SubFactory(UserFactory)
    asked_at = THEN
    content = factory.LazyAttribute(lambda o: o.requirement.content())
    content_hash = factory.LazyAttribute(lambda o: o.requirement.content_hash)


class TraceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Trace

    source_type = "requirement"
    source_id = factory.LazyFunction(lambda: RequirementFactory().pk)
    target_type = "requirement"
    target_id = factory.LazyFunction(lambda: RequirementFactory().pk)
    kind = "refines"
    source_hash = factory.LazyAttribute(lambda o: Requirement.objects.get(pk=o.source_id).content_hash)
    target_hash = factory.LazyAttribute(lambda o: Requirement.objects.get(pk=o.target_id).content_hash)
    created_by = factory.SubFactory(UserFactory)
    created_at = THEN


class ChangeRequestFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ChangeRequest

    requirement = factory.SubFactory(RequirementFactory)
    rollout = factory.SelfAttribute("requirement.rollout")
    code = factory.Sequence(lambda n: f"CR-{n:04d}")
    title = "查重要看电话"
    reason = "同一客户用不同名称登记。"
    opened_by = factory.SubFactory(UserFactory)
    opened_at = THEN


class RequirementCommentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RequirementComment

    requirement = factory.SubFactory(RequirementFactory)
    author = factory.SubFactory(UserFactory)
    body = "同意。"
    created_at = THEN


class RequirementAttachmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RequirementAttachment

    requirement = factory.SubFactory(RequirementFactory)
    file = factory.django.FileField(filename="minutes.txt", data="会议纪要".encode())
    name = "minutes.txt"
    size = 12
    sha256 = "0" * 64
    uploaded_by = factory.SubFactory(UserFactory)
    uploaded_at = THEN


class RequirementImportFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RequirementImport

    rollout = factory.SubFactory(RolloutFactory)
    department = factory.SubFactory(DepartmentFactory)
    file = factory.django.FileField(filename="requirements.csv", data="编号,标题\nR-1,查重\n".encode())
    file_name = "requirements.csv"
    sha256 = "0" * 64
    created_by = factory.SubFactory(UserFactory)
    created_at = THEN


class RequirementImportRowFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RequirementImportRow

    batch = factory.SubFactory(RequirementImportFactory)
    order = factory.Sequence(lambda n: n + 1)
    number = 2
    verdict = "create"
    values = factory.LazyFunction(lambda: {"title": "查重"})


class SystemFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = System

    rollout = factory.SubFactory(RolloutFactory)
    name = factory.Sequence(lambda n: f"系统{n}")


class InterfaceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Interface

    rollout = factory.SubFactory(RolloutFactory)
    name = factory.Sequence(lambda n: f"接口{n}")
    from_system = factory.SubFactory(SystemFactory, rollout=factory.SelfAttribute("..rollout"))
    to_system = factory.SubFactory(SystemFactory, rollout=factory.SelfAttribute("..rollout"))


class FlowCheckFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = FlowCheck

    rollout = factory.SubFactory(RolloutFactory)
    started_by = factory.SubFactory(UserFactory)
    started_at = THEN
    finished_at = THEN
    requirements = 1


def detail_of(name):
    """What is kept of a data object with two masters."""
    ends = {"givers": [], "takers": [], "path": [], "interface": None}
    return {**ends, "requirements": [], "requirement_count": 0, "data": [[0, name, ""]], "data_count": 1, "systems": [[0, "甲系统", ""], [0, "乙系统", ""]]}


class FlowFindingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = FlowFinding

    flow_check = factory.SubFactory(FlowCheckFactory)
    rollout = factory.SelfAttribute("flow_check.rollout")
    kind = "two_masters"
    fingerprint = factory.Sequence(lambda n: f"{n:064x}")
    words = "客户档案"
    detail = factory.LazyAttribute(lambda o: detail_of(o.words))
    first_seen_at = THEN


class FindingAcceptanceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = FindingAcceptance

    rollout = factory.SubFactory(RolloutFactory)
    kind = "two_masters"
    fingerprint = factory.Sequence(lambda n: f"{n:064x}")
    reason = "过渡期内两边都改，年底前只留一边。"
    accepted_by = factory.SubFactory(UserFactory)
    accepted_at = THEN
