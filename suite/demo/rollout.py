"""The rollout as the group ran it: charter to go-live, signed documents, gates passed, requirements confirmed and used."""

from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone
from django.utils.translation import override

from docs_site.services.drafts import SectionText, save_draft
from docs_site.services.freezing import render_version
from docs_site.services.signing import sign_version, submit_version
from foundation.integrity import Refused
from foundation.periods import is_workday
from foundation.usage.models import Feature
from implementation.models import (
    CriterionAnswer,
    Gate,
    Milestone,
    Phase,
    PhaseKind,
    RegisterEntry,
    Rollout,
    RolloutState,
    Status,
    TeamMember,
    TeamRole,
    Verdict,
)
from implementation.models.evaluation import read_gate
from implementation.services.gate import pass_gate, waive_criterion
from implementation.services.register import start_document
from implementation.services.rollout import create_rollout, move_rollout
from implementation.services.team import add_member
from requirements_mgmt.models import DataObject, Requirement
from requirements_mgmt.services import check_flow
from requirements_mgmt.services.confirmation import ask_confirmation, confirm_requirement
from requirements_mgmt.services.requirement import create_requirement
from suite.demo import PASSWORD
from suite.demo.flow import build_flow
from suite.demo.world import World

# department, title, statement, scenario, priority, level, inputs, outputs, features, roles
REQUIREMENTS = (
    (
        "E-SALES",
        "拜访当天录入",
        "客户经理在拜访结束后 24 小时内登记跟进记录，并填写下一步与日期。",
        "拜访完客户，在回程车上用手机登记。",
        "must",
        "department",
        ("拜访计划",),
        ("跟进记录",),
        ("crm.activity.log",),
        ("sales_rep",),
    ),
    (
        "E-SALES",
        "一个客户一个负责人",
        "每个客户任何时候只有一名负责人；从公海领取时先到先得，另一人当场得知是谁。",
        "两名客户经理同时看到同一客户。",
        "must",
        "enterprise",
        ("客户档案",),
        ("客户归属",),
        ("crm.account.claim", "crm.account.transfer"),
        ("sales_rep", "sales_manager"),
    ),
    (
        "E-SALES",
        "商机按阶段推进",
        "商机在管道看板上按阶段推进，报价阶段起必须有金额与预计成交日。",
        "周会上逐个过商机。",
        "must",
        "collaboration",
        ("跟进记录",),
        ("商机阶段",),
        ("crm.opportunity.move", "crm.board"),
        ("sales_rep", "sales_manager"),
    ),
    (
        "E-SALES",
        "销售预测按月可见",
        "销售总监按月看到加权预测金额，数字与看板一致。",
        "月初经营会。",
        "should",
        "collaboration",
        ("商机阶段",),
        ("销售预测",),
        ("crm.forecast",),
        ("sales_manager",),
    ),
    (
        "S-SALES",
        "客户资料录入标准统一",
        "行业、级别、地区从统一字典选择，客户资料完整度不低于 95%。",
        "新建或修改客户时。",
        "must",
        "enterprise",
        ("客户名片",),
        ("客户档案",),
        ("crm.account.create", "crm.account.edit"),
        ("sales_rep",),
    ),
    (
        "S-SALES",
        "名单批量导入可撤销",
        "各销售组的客户名单可批量导入，错误行返回修改，整批可撤销。",
        "接手离职同事的表格。",
        "should",
        "department",
        ("客户名单",),
        ("客户档案",),
        ("crm.account.import",),
        ("sales_manager",),
    ),
    (
        "C-SALES",
        "到期前提醒续约",
        "合同到期前 30 天自动产生续约跟进任务，分派给客户负责人。",
        "云服务合同到期。",
        "must",
        "department",
        ("合同到期日",),
        ("续约任务",),
        ("crm.task.create", "crm.task.done"),
        ("sales_rep",),
    ),
    (
        "C-SALES",
        "我的一天",
        "客户经理打开首页即看到当天任务、久未跟进的客户和缺少下一步的商机。",
        "早上九点。",
        "should",
        "department",
        ("续约任务", "跟进记录"),
        ("当天计划",),
        ("crm.my_day",),
        ("sales_rep",),
    ),
    (
        "E-SERV",
        "客服看得到客户全貌",
        "客服接听时能看到客户的联系人、最近跟进与未完成承诺。",
        "客户来电投诉。",
        "should",
        "collaboration",
        ("客户档案", "跟进记录"),
        ("服务判断",),
        ("crm.account.view",),
        ("service_agent",),
    ),
    (
        "HQ",
        "使用率可量化",
        "按部门和角色每天统计活跃率、录入及时率和资料完整率，作为考核依据。",
        "每周例会。",
        "must",
        "enterprise",
        ("跟进记录",),
        ("使用率报告",),
        ("crm.account.list",),
        ("sales_rep", "sales_manager"),
    ),
    ("FIN", "回款计划提醒", "财务按月看到到期未收款项。", "月底对账。", "could", "collaboration", ("合同到期日",), ("回款提醒",), (), ("finance",)),
    (
        "MKT",
        "线索来源可追踪",
        "每条商机记录来源渠道，便于评估活动效果。",
        "活动复盘。",
        "could",
        "collaboration",
        ("活动名单",),
        ("渠道分析",),
        ("crm.opportunity.create",),
        ("sales_rep",),
    ),
)
BODIES = {
    "charter": (
        (
            "背景与目标",
            "<p>集团现有客户资料分散在各销售员的表格中。本项目上线统一的客户管理系统，目标：客户资料完整度 95%，跟进 24 小时内录入率 90%，活跃率 85%。</p>",
        ),
        ("范围", "<p>第一期覆盖华东、华南、云服务三个事业部的销售与客服。回款与合同接口列入第二期。</p>"),
        ("组织与职责", "<p>发起人林建国，项目经理陈思远；每个部门设业务接口人一名、代理人一名。</p>"),
    ),
    "other": (("内容", "<p>按项目组会议决定执行，负责人与日期见附表。</p>"),),
}


def build_rollout(*, world: World, random: Random, today: date, now: datetime) -> Rollout:
    """One rollout, a hundred and forty days old, live for six weeks, in its iteration phase."""
    people = world.people
    start = _workday(today - timedelta(days=150))
    live = _workday(today - timedelta(days=42))
    with override("zh-hans"):
        rollout = create_rollout(
            code="YF-CRM",
            name="云帆集团客户管理系统上线",
            name_en="Yunfan Group CRM rollout",
            sponsor=people["sponsor"],
            project_manager=people["pm"],
            department=world.departments["PMO"],
            departments=[world.departments[code] for code in ("E-SALES", "E-SERV", "S-SALES", "S-SERV", "C-SALES")],
            by=people["pm"],
            now=_at(start, 9),
            starts_on=start,
            go_live_on=live,
            goal="每个客户只认一次、只有一名负责人；跟进当天可见；使用情况决定下一次迭代。",
        )
        move_rollout(rollout=rollout, to=RolloutState.RUNNING, sent_version=rollout.version, by=people["pm"], now=_at(start, 9))
        rollout.refresh_from_db()
        _team(rollout, world, start)
        _plan(rollout, today)
        requirements = _requirements(rollout, world, start)
        build_flow(rollout, world, _at(start + timedelta(days=26), 15))
        _documents(rollout, world, random, today)
        _gates(rollout, world)
    _confirm(requirements, world, random, start)
    check_flow(rollout=rollout, by=people["consultant"], now=timezone.now())
    return rollout


def _workday(day: date) -> date:
    while not is_workday(day):
        day += timedelta(days=1)
    return day


def _at(day: date, hour: float) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min)) + timedelta(hours=hour)


def _team(rollout: Rollout, world: World, start: date) -> None:
    seats = [
        ("consultant", TeamRole.CONSULTANT, "", 100),
        ("consultant2", TeamRole.CONSULTANT, "", 60),
        ("developer", TeamRole.DEVELOPER, "", 80),
        ("trainer", TeamRole.TRAINER, "", 60),
        ("keyuser", TeamRole.KEY_USER, "E-SALES", 20),
        ("keyuser_south", TeamRole.KEY_USER, "S-SALES", 20),
        ("liaison", TeamRole.LIAISON, "E-SALES", 20),
        ("liaison_deputy", TeamRole.DEPUTY, "E-SALES", 10),
        ("service", TeamRole.LIAISON, "E-SERV", 10),
        ("liaison_south", TeamRole.LIAISON, "S-SALES", 20),
        ("keyuser_south", TeamRole.DEPUTY, "S-SALES", 10),
        ("service_south", TeamRole.LIAISON, "S-SERV", 10),
        ("liaison_cloud", TeamRole.LIAISON, "C-SALES", 20),
    ]
    for username, role, code, share in seats:
        member = TeamMember(rollout=rollout, user=world.people[username], role=role, department=world.departments.get(code), share=share, starts_on=start)
        add_member(member=member, by=world.people["pm"])


def _plan(rollout: Rollout, today: date) -> None:
    """What really happened: phases began and ended near their plan, one milestone slipped."""
    for phase in Phase.objects.filter(rollout=rollout).order_by("order"):
        if phase.planned_start <= today:
            phase.actual_start = phase.planned_start
        if phase.planned_end < today and phase.kind != PhaseKind.ITERATION:
            phase.actual_end = phase.planned_end
        phase.save()
    for number, milestone in enumerate(Milestone.objects.filter(rollout=rollout).order_by("planned_on", "pk")):
        milestone.forecast_on = milestone.planned_on
        if milestone.planned_on < today:
            milestone.actual_on = _workday(min(today - timedelta(days=1), milestone.planned_on + timedelta(days=4 if number == 2 else 0)))
        milestone.save()


def _requirements(rollout: Rollout, world: World, start: date) -> list[Requirement]:
    features = {feature.key: feature for feature in Feature.objects.all()}
    made = []
    for department, title, statement, scenario, priority, level, inputs, outputs, keys, roles in REQUIREMENTS:
        made.append(
            create_requirement(
                rollout=rollout,
                department=world.departments[department],
                title=title,
                by=world.people["consultant"],
                now=_at(start + timedelta(days=22), 10),
                statement=statement,
                scenario=scenario,
                source_kind="interview",
                source="现场访谈",
                priority=priority,
                level=level,
                roles=list(roles),
                owner=world.people["consultant"],
                inputs=_objects(rollout, inputs),
                outputs=_objects(rollout, outputs),
                features=[features[key] for key in keys],
                is_day_one=title == "到期前提醒续约",
            )
        )
    return made


def _objects(rollout: Rollout, names: tuple[str, ...]) -> list:
    return [DataObject.objects.get_or_create(rollout=rollout, name=name)[0] for name in names]


def _confirm(requirements: list[Requirement], world: World, random: Random, start: date) -> None:
    """Liaisons and managers confirm; one objects, one question is still open."""
    by_unit = {
        "E-SALES": ("liaison", "manager"),
        "S-SALES": ("liaison_south", "manager_south"),
        "C-SALES": ("liaison_cloud", "manager_cloud"),
        "E-SERV": ("service",),
        "HQ": ("sponsor", "manager"),
        "FIN": ("finance",),
        "MKT": ("marketing",),
    }
    asked_at = _at(start + timedelta(days=30), 9)
    for number, requirement in enumerate(requirements):
        names = by_unit[requirement.department.code]
        ask_confirmation(requirements=[requirement], people=[world.people[name] for name in names], by=world.people["consultant"], now=asked_at)
        requirement.refresh_from_db()
        for name in names:
            if number == 10:
                continue  # the finance requirement still waits for its answer
            verdict, note = ("object", "渠道口径还没有统一，请先定义。") if number == 11 else ("confirm", "")
            confirm_requirement(
                requirement=requirement,
                verdict=verdict,
                note=note,
                by=world.people[name],
                now=asked_at + timedelta(days=random.randint(0, 3), hours=random.randint(1, 6)),
            )


def _documents(rollout: Rollout, world: World, random: Random, today: date) -> None:
    """Owed documents are written, signed by project manager and sponsor, and frozen; those of the running phase are not yet."""
    pm, sponsor, consultant = world.people["pm"], world.people["sponsor"], world.people["consultant"]
    entries = list(RegisterEntry.objects.filter(rollout=rollout, due_on__lt=today).select_related("phase").order_by("due_on", "pk"))
    for number, entry in enumerate(entries):
        if entry.owed_by_id is None:
            entry.owed_by = pm
            entry.save()
        written = _at(_workday(entry.due_on - timedelta(days=3)), 15)
        document = start_document(entry=entry, sent_version=entry.version, by=pm, now=written)
        document.refresh_from_db()
        if number >= len(entries) - 2:
            continue  # the last two are still drafts
        sections = [{"heading": heading, "body": body} for heading, body in BODIES.get(document.kind, BODIES["other"])]
        _write(document, sections, by=document.owner, now=written)
        document.refresh_from_db()
        signers = [(sponsor, "approved"), (pm if document.owner_id != pm.pk else consultant, "reviewed")]
        version = submit_version(document=document, signers=signers, by=document.owner, now=written + timedelta(hours=2), due_on=None)
        if number == len(entries) - 3:
            continue  # one waits for its signatures
        for person, _meaning in signers:
            sign_version(version=version, content_sha256=version.content_sha256, password=PASSWORD, by=person, now=written + timedelta(hours=20))
        if number < 2:
            render_version(version=version)  # the others are drawn by the worker, as on any day


def _write(document, sections, *, by, now) -> None:
    save_draft(document=document, sections=[SectionText(**section) for section in sections], by=by, now=now, sent=document.version)


def _gates(rollout: Rollout, world: World) -> None:
    """Gates up to testing are passed, with a waiver where something was missing; go-live waits with risks."""
    for gate in Gate.objects.filter(phase__rollout=rollout).select_related("phase").order_by("phase__order"):
        moment = _at(_workday(gate.phase.planned_end), 16)
        for criterion in gate.criteria.all():
            if criterion.is_manual and gate.phase.kind != PhaseKind.ITERATION:
                answerer = criterion.answerer or world.people["pm"]
                CriterionAnswer.objects.create(
                    criterion=criterion, status=Status.MET, evidence="项目例会纪要已记录。", answered_by=answerer, answered_at=moment
                )
        if gate.phase.kind in (PhaseKind.GO_LIVE, PhaseKind.ITERATION):
            continue
        reading = read_gate(gate, moment.date())
        for one in reading.blocking:
            waive_criterion(
                criterion=one.criterion,
                owner=world.people["pm"],
                reason="不影响下一阶段，遗留事项已列入迭代。",
                expires_on=moment.date() + timedelta(days=60),
                by=world.people["sponsor"],
                now=moment,
            )
        verdict = read_gate(gate, moment.date()).verdict
        try:
            pass_gate(
                gate=gate,
                meaning="同意进入下一阶段",
                by=world.people["sponsor"],
                now=moment,
                reason="风险已有负责人与期限。" if verdict != Verdict.READY else "",
            )
        except Refused:
            continue
