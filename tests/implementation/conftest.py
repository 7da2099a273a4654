"""A rollout of the cast, made from the template."""

from datetime import UTC, date, datetime

import pytest

from docs_site.models import DocumentVersion, ProjectDocument
from implementation.models import GateCriterion, RegisterEntry, Status, TeamRole
from implementation.services import add_member, answer_criterion, create_rollout
from tests.factories.implementation import TeamMember

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # a Monday morning in Shanghai
TODAY = date(2026, 11, 23)


@pytest.fixture
def monday(time_machine):
    time_machine.move_to(NOW, tick=False)
    return NOW


@pytest.fixture
def rollout(world, db):
    """Made by the service from the template; kick-off began on the first of September."""
    made = create_rollout(
        code="CRM-26",
        name="客户管理系统上线",
        name_en="CRM rollout",
        sponsor=world.sponsor,
        project_manager=world.pm,
        department=world.office,
        departments=[world.sales, world.west_sales],
        starts_on=date(2026, 9, 1),
        go_live_on=date(2026, 12, 15),
        goal="销售跟进当天录入",
        by=world.pm,
        now=NOW,
    )
    for user, role, department in (
        (world.consultant, TeamRole.CONSULTANT, None),
        (world.developer, TeamRole.DEVELOPER, None),
        (world.trainer, TeamRole.TRAINER, None),
        (world.key_user, TeamRole.KEY_USER, world.sales),
        (world.liaison, TeamRole.LIAISON, world.sales),
        (world.west_liaison, TeamRole.LIAISON, world.west_sales),
    ):
        add_member(member=TeamMember(rollout=made, user=user, role=role, department=department, share=20, starts_on=date(2026, 9, 1)), by=world.pm)
    return made


@pytest.fixture
def kickoff(rollout):
    return rollout.phases.get(kind="kickoff", wave=None)


@pytest.fixture
def gate(kickoff):
    return kickoff.gate


def sign(entry: RegisterEntry, now=NOW, state="signed") -> DocumentVersion:
    """The owed document exists and carries a signed version (or one in another state)."""
    user = entry.rollout.project_manager
    document = entry.document or ProjectDocument.objects.create(code=f"D-{entry.pk}", title=str(entry), owner=user, department=entry.rollout.department)
    version = DocumentVersion.objects.create(
        document=document,
        number=1,
        state=state,
        content={"sections": []},
        content_sha256="0" * 64,
        created_by=user,
        created_at=now,
        signed_at=now if state == "signed" else None,
    )
    document.state, document.current_version = state, version if state == "signed" else None
    document.save()
    entry.document = document
    entry.save()
    return version


def make_ready(gate, *, keep=()) -> None:
    """Meet every criterion of a kick-off gate except those whose check keys are kept."""
    phase = gate.phase
    if "implementation.documents_signed" not in keep:
        for entry in phase.register.all():
            sign(entry)
    if "implementation.milestones_reached" not in keep:
        for milestone in phase.milestones.all():
            milestone.actual_on = milestone.planned_on
            milestone.save()
    if "implementation.liaisons_named" not in keep:
        for department in phase.rollout.departments.all():
            user = phase.rollout.team.filter(department__isnull=False).first().user
            TeamMember.objects.create(rollout=phase.rollout, user=user, role=TeamRole.DEPUTY, department=department, share=5, starts_on=date(2026, 9, 1))
    if GateCriterion.MANUAL not in keep:
        for criterion in gate.criteria.filter(check_key=GateCriterion.MANUAL).select_related("gate__phase__rollout", "answerer"):
            answer_criterion(criterion=criterion, status=Status.MET, evidence="启动会纪要", by=criterion.answerer, now=NOW)
    known = ("phase_before_passed", "documents_signed", "milestones_reached", "roles_filled", "liaisons_named", "open_waivers", "manual")
    gate.criteria.exclude(check_key__in=[f"implementation.{key}" for key in known]).delete()
