from datetime import UTC, date, timedelta

import factory
from django.utils import timezone

from implementation.models import (
    CriterionAnswer,
    Gate,
    GateCriterion,
    GatePassage,
    Goal,
    Milestone,
    Phase,
    PhaseKind,
    PlanChange,
    RegisterEntry,
    Rollout,
    RolloutState,
    Status,
    TeamMember,
    TeamRole,
    Waiver,
    Wave,
)
from tests.factories.people import LONG_AGO, DepartmentFactory, UserFactory


class RolloutFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Rollout
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"CRM-{n}")
    name = factory.Sequence(lambda n: f"客户管理上线{n}")
    name_en = factory.Sequence(lambda n: f"CRM rollout {n}")
    state = RolloutState.RUNNING
    sponsor = factory.SubFactory(UserFactory)
    project_manager = factory.SubFactory(UserFactory)
    department = factory.SubFactory(DepartmentFactory)
    starts_on = date(2026, 9, 1)
    go_live_on = date(2026, 12, 15)

    @factory.post_generation
    def departments(self, create, extracted, **kwargs):
        if create:
            self.departments.set([self.department] if extracted is None else extracted)


class WaveFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Wave

    rollout = factory.SubFactory(RolloutFactory)
    name = "第一批"
    name_en = "First wave"
    order = factory.Sequence(lambda n: n % 30000 + 1)


class GoalFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Goal

    rollout = factory.SubFactory(RolloutFactory)
    statement = "销售跟进当天录入"


class PhaseFactory(factory.django.DjangoModelFactory):
    """A phase with its gate, unless ``gate=None``."""

    class Meta:
        model = Phase
        skip_postgeneration_save = True

    rollout = factory.SubFactory(RolloutFactory)
    kind = PhaseKind.KICKOFF
    order = factory.LazyAttribute(lambda o: PhaseKind.values.index(o.kind) + 1)
    planned_start = date(2026, 9, 1)
    planned_end = date(2026, 9, 30)
    gate = factory.RelatedFactory("tests.factories.implementation.GateFactory", factory_related_name="phase")


class GateFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Gate

    phase = factory.SubFactory(PhaseFactory, gate=None)
    held_on = factory.LazyAttribute(lambda o: o.phase.planned_end)


class MilestoneFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Milestone

    phase = factory.SubFactory(PhaseFactory)
    rollout = factory.SelfAttribute("phase.rollout")
    name = factory.Sequence(lambda n: f"里程碑{n}")
    planned_on = date(2026, 9, 30)


class PlanChangeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PlanChange

    milestone = factory.SubFactory(MilestoneFactory)
    rollout = factory.SelfAttribute("milestone.rollout")
    field = "planned_on"
    before = date(2026, 9, 30)
    after = date(2026, 10, 10)
    reason = "接口未就绪"
    changed_by = factory.SelfAttribute("rollout.project_manager")
    changed_at = factory.Faker("date_time_this_year", tzinfo=UTC)


class TeamMemberFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = TeamMember

    rollout = factory.SubFactory(RolloutFactory)
    user = factory.SubFactory(UserFactory)
    role = TeamRole.CONSULTANT
    starts_on = LONG_AGO


class RegisterEntryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RegisterEntry

    phase = factory.SubFactory(PhaseFactory)
    rollout = factory.SelfAttribute("phase.rollout")
    title = factory.Sequence(lambda n: f"项目章程{n}")
    title_en = factory.Sequence(lambda n: f"Charter {n}")
    kind = "charter"
    due_on = date(2026, 9, 30)


class GateCriterionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = GateCriterion

    gate = factory.SubFactory(GateFactory)
    check_key = GateCriterion.MANUAL
    name = "发起人已确认目标"
    name_en = "The sponsor has confirmed the goals"


class CriterionAnswerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CriterionAnswer

    criterion = factory.SubFactory(GateCriterionFactory)
    status = Status.MET
    evidence = "启动会纪要第 3 条"
    answered_by = factory.SubFactory(UserFactory)
    answered_at = factory.Faker("date_time_this_year", tzinfo=UTC)


class WaiverFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Waiver

    criterion = factory.SubFactory(GateCriterionFactory)
    owner = factory.SubFactory(UserFactory)
    reason = "供应商下周补签"
    expires_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=14))
    granted_by = factory.SelfAttribute("owner")
    granted_at = factory.Faker("date_time_this_year", tzinfo=UTC)


class GatePassageFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = GatePassage

    gate = factory.SubFactory(GateFactory)
    verdict = "ready"
    values = factory.LazyFunction(lambda: {"criteria": [], "verdict": "ready"})
    sha256 = "0" * 64
    meaning = "同意进入下一阶段"
    passed_by = factory.SubFactory(UserFactory)
    passed_at = factory.Faker("date_time_this_year", tzinfo=UTC)


def rollout_of(world, **fields) -> Rollout:
    """A running rollout of the cast: sponsor, manager and everybody of the project office and the liaisons on its team."""
    rollout = RolloutFactory(sponsor=world.sponsor, project_manager=world.pm, department=world.office, departments=[world.sales, world.west_sales], **fields)
    members = [
        (world.sponsor, TeamRole.SPONSOR, None),
        (world.pm, TeamRole.PROJECT_MANAGER, None),
        (world.consultant, TeamRole.CONSULTANT, None),
        (world.developer, TeamRole.DEVELOPER, None),
        (world.trainer, TeamRole.TRAINER, None),
        (world.key_user, TeamRole.KEY_USER, world.sales),
        (world.liaison, TeamRole.LIAISON, world.sales),
        (world.west_liaison, TeamRole.LIAISON, world.west_sales),
    ]
    for user, role, department in members:
        TeamMemberFactory(rollout=rollout, user=user, role=role, department=department, share=20)
    return rollout
