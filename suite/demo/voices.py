"""What people learnt and what they said: procedures completed by doing, tickets answered and fixed, metrics, diagnosis, backlog."""

import contextlib
from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone, translation

from feedback.models import BacklogItem, Ticket
from feedback.services import tickets
from feedback.services.backlog import accept_item, diagnose_day
from feedback.services.metrics import measure_day
from foundation.integrity import Refused
from foundation.periods import is_workday
from foundation.usage.models import Feature
from requirements_mgmt.models import Requirement
from suite.demo.world import World
from training.models import Procedure, ProcedureStep, StepAction, TrainingAssignment
from training.services.completion import advance_completion, assign_procedure, start_procedure
from training.services.procedure import publish_procedure, save_procedure

# code, title, English title, summary, English summary, before, after, roles, requirement, steps
PROCEDURES = (
    (
        "SOP-01", "登记一次拜访", "Log a visit", "拜访结束后当天登记，写明谈了什么、下一步是什么。", "Write down a visit on the same day: what was said and what comes next.",
        "写在自己的笔记本上，周五补交周报。", "拜访后 24 小时内登记；没有下一步的跟进不算完成。", ("sales_rep", "key_user"), "拜访当天录入",
        (("go", "打开“客户”，找到要登记的客户。", "Open Accounts and find the customer.", "crm.account.list", ""), ("fill", "在客户页面选择“拜访”，写一句话概括。", "On the account page choose Visit and write one sentence.", "crm.account.view", ""), ("choose", "填写下一步和日期。", "Fill in the next step and its day.", "crm.account.view", ""), ("expect", "点击“登记跟进”，系统记录本次拜访。", "Press Log activity; the visit is on record.", "crm.account.view", "crm.activity.log")),
    ),
    (
        "SOP-02", "推进商机阶段", "Move an opportunity on", "商机有进展就在看板上推进，报价阶段起填写金额和日期。", "Move the opportunity on the board as soon as it progresses; amount and date are needed from the proposal on.",
        "每月由内勤汇总一次进度表。", "阶段变化当天推进，管道即预测。", ("sales_rep", "sales_manager"), "商机按阶段推进",
        (("go", "打开“销售管道”。", "Open the pipeline.", "crm.board", ""), ("find", "找到自己的商机卡片。", "Find the card of your opportunity.", "crm.board", ""), ("expect", "拖到新的阶段，或用键盘移动。", "Drag it to the new stage, or move it with the keyboard.", "crm.board", "crm.opportunity.move")),
    ),
    (
        "SOP-03", "补全客户资料", "Complete an account", "行业、级别、地区从字典里选，电话要能打通。", "Choose industry, level and region from the lists; the phone must work.",
        "各人一张表，写法各不相同。", "统一标准，完整度低于 95% 的客户会出现在“我的一天”。", ("sales_rep", "key_user"), "客户资料录入标准统一",
        (("go", "打开客户，点击“编辑”。", "Open the account and press Edit.", "crm.account.view", ""), ("choose", "选择行业、级别和地区。", "Choose industry, level and region.", "crm.account.view", ""), ("expect", "保存。", "Save.", "crm.account.view", "crm.account.edit")),
    ),
    (
        "SOP-04", "完成当天任务", "Finish the day's tasks", "每天从“我的一天”开始，做完一件勾掉一件。", "Begin each day with My day and tick off what is done.",
        "任务在微信群里，容易漏。", "任务到期前一天提醒，当天完成。", ("sales_rep",), "我的一天",
        (("go", "打开“我的一天”。", "Open My day.", "crm.my_day", ""), ("expect", "完成一项任务并勾选。", "Finish a task and tick it.", "crm.my_day", "crm.task.done")),
    ),
)  # fmt: skip
# reporter, kind, severity, title, body, days ago, how far it has come
REPORTS = (
    ("rep", "bug", "hinders", "登记拜访时日期会跳回今天", "选了昨天的日期，保存后变成今天。", 34, "closed"),
    ("rep03", "question", "annoys", "怎样把客户转给同事？", "同事接手杭州的客户，我该点哪里？", 33, "closed"),
    ("rep05", "need", "hinders", "希望跟进记录可以语音输入", "开车回来的路上不方便打字。", 30, "answered"),
    ("rep07", "bug", "stops", "手机上打不开销售管道", "微信里点开是空白页。", 28, "closed"),
    ("rep12", "bug", "hinders", "保存客户资料提示行业必填但看不到行业", "页面上没有行业这一栏。", 21, "fixing"),
    ("rep13", "bug", "hinders", "客户编辑页找不到行业", "和同事说的一样。", 20, "merged"),
    ("rep14", "question", "annoys", "公海客户怎么领取？", "领取按钮是灰色的。", 18, "answered"),
    ("rep16", "need", "hinders", "想按区域批量转移客户", "华南重新划分了区域。", 15, "team"),
    ("rep20", "question", "hinders", "云服务的合同到期日在哪里看？", "找不到续约任务。", 12, "returned"),
    ("rep21", "bug", "stops", "登录后一直要求重新登录", "昨天开始的，换浏览器也一样。", 9, "fixed"),
    ("service", "need", "annoys", "客服想看到未完成的承诺", "客户来电时要翻很久。", 8, "team"),
    ("finance", "question", "annoys", "回款计划什么时候上线？", "第二期的时间表有吗？", 6, "answered"),
    ("manager", "need", "hinders", "预测要能按产品拆分", "现在只能看总数。", 5, "liaison"),
    ("rep09", "bug", "hinders", "导出的客户表电话少了开头的 0", "在表格软件里打开后变成数字。", 4, "liaison"),
    ("rep02", "question", "annoys", "上周的跟进还能补录吗？", "出差没带电脑。", 2, "liaison"),
    ("rep17", "bug", "hinders", "任务提醒早上没有收到", "今天九点的任务没有提醒。", 1, "liaison"),
)


def _at(day: date, hour: float) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min)) + timedelta(hours=hour)


def _workday(day: date) -> date:
    while not is_workday(day):
        day -= timedelta(days=1)
    return day


def build_training(*, world: World, random: Random, today: date) -> int:
    """Procedures of the sales roles, assigned by batch; who works in the CRM completes them by doing."""
    trainer = world.people["trainer"]
    features = {feature.key: feature for feature in Feature.objects.all()}
    published = _at(_workday(today - timedelta(days=60)), 9)
    done = 0
    for code, title, title_en, summary, summary_en, before, after, roles, requirement, steps in PROCEDURES:
        procedure = Procedure(
            code=code, title=title, title_en=title_en, summary=summary, summary_en=summary_en, before=before, after=after, owner=trainer,
            requirement=Requirement.objects.filter(title=requirement).first(),
        )  # fmt: skip
        rows = [
            ProcedureStep(action=StepAction(action), text=text, text_en=text_en, screen=features.get(screen), expected_feature=features.get(expected))
            for action, text, text_en, screen, expected in steps
        ]
        save_procedure(procedure=procedure, roles=roles, steps=rows, sent_version=None, by=trainer, now=published)
        publish_procedure(procedure=procedure, by=trainer, now=published)
        learners = [user for user in world.people.values() if world.role_of[user.pk] in roles]
        # Cloud was trained late: half of its people were not asked yet.
        asked = [user for user in learners if _unit(world, user) != "CLOUD" or user.pk % 2]
        assign_procedure(
            procedure=procedure, users=asked, due_on=today + timedelta(days=random.choice([-7, 5, 14])), by=trainer, today=today - timedelta(days=20)
        )
        for user in asked:
            if random.random() < {"EAST": 0.95, "SOUTH": 0.85, "CLOUD": 0.6}.get(_unit(world, user), 0.5):
                completion = start_procedure(procedure=procedure, by=user, now=_at(_workday(today - timedelta(days=random.randint(14, 45))), 9))
                done += advance_completion(completion=completion, now=timezone.now())
    TrainingAssignment.objects.update(created_at=published)  # they were asked when the procedures came out
    return done


def _unit(world: World, user) -> str:
    unit = world.department_of[user.pk].business_unit
    return unit.code if unit else ""


def build_feedback(*, world: World, random: Random, today: date) -> int:
    """Tickets at every place of their way, each written by its own people on its own day."""
    made: list[Ticket] = []
    with translation.override("zh-hans"):
        for username, kind, severity, title, body, ago, end in REPORTS:
            moment = _at(_workday(today - timedelta(days=ago)), 9.5 + random.random() * 6)
            page = {"bug": "/crm/opportunities/board/", "question": "/crm/accounts/", "need": "/crm/accounts/"}[kind]
            ticket = tickets.report_ticket(
                kind=kind, title=title, body=body, severity=severity, by=world.people[username], now=moment, page_url=page, url_name="crm_core:account_list"
            )
            _tell(ticket, end, world, moment, made)
            made.append(ticket)
    tickets.escalate_overdue(now=timezone.now())
    return len(made)


def _tell(ticket: Ticket, end: str, world: World, moment: datetime, made: list[Ticket]) -> None:
    """Walk the ticket as far as its story goes, through the services that people use."""
    liaison = ticket.liaison or world.people["pm"]
    later = moment + timedelta(hours=2)
    if end == "answered":
        tickets.answer_ticket(ticket=ticket, body="您好，可以在客户页面右上角操作，岗位手册第二章有图示。", sent_version=ticket.version, by=liaison, now=later)
    elif end == "returned":
        tickets.return_ticket(ticket=ticket, body="请问是哪一个客户？最好附一张截图。", sent_version=ticket.version, by=liaison, now=later)
    elif end == "merged":
        tickets.merge_ticket(ticket=ticket, into=made[-1], sent_version=ticket.version, by=liaison, now=later)
    elif end in ("team", "fixing", "fixed", "closed") and ticket.kind == "question":
        tickets.answer_ticket(ticket=ticket, body="在客户页面点“转移”，选择接手的同事即可。", sent_version=ticket.version, by=liaison, now=later)
        tickets.close_ticket(ticket=ticket, sent_version=ticket.version, by=ticket.reporter, now=later + timedelta(hours=3))
    elif end in ("team", "fixing", "fixed", "closed"):
        if ticket.state == "liaison":
            tickets.forward_ticket(ticket=ticket, note="本部门多人遇到，请项目组处理。", sent_version=ticket.version, by=liaison, now=later)
        if end == "team":
            return
        developer = world.people["developer"]
        behind = Requirement.objects.filter(title__in=["拜访当天录入", "客户资料录入标准统一"]).order_by("pk").first()
        tickets.take_ticket(
            ticket=ticket,
            assignee=developer,
            analysis="已复现，原因是表单缓存。",
            requirement=behind,
            sent_version=ticket.version,
            by=developer,
            now=later + timedelta(hours=5),
        )
        if end == "fixing":
            return
        tickets.fix_ticket(ticket=ticket, note="已修复，刷新页面后即可正常使用。", sent_version=ticket.version, by=developer, now=later + timedelta(days=1))
        if end == "closed":
            tickets.tell_reporter(ticket=ticket, body="", sent_version=ticket.version, by=liaison, now=later + timedelta(days=1, hours=2))


def build_iteration(*, world: World, today: date, days: int = 60) -> int:
    """Metrics of the last two months, the diagnosis of yesterday, and one item that is already accepted."""
    for back in range(days, 0, -1):
        measure_day(day=today - timedelta(days=back))
    with translation.override("zh-hans"):
        diagnose_day(day=today - timedelta(days=1), now=timezone.now())
        first = BacklogItem.objects.filter(requirement__isnull=False).ranked().last()
        if first:
            with contextlib.suppress(Refused):
                accept_item(
                    item=first,
                    requirement=None,
                    note="下一迭代处理：减少必填项，手机端一步登记。",
                    sent_version=first.version,
                    by=world.people["pm"],
                    now=timezone.now(),
                )
    return BacklogItem.objects.count()
