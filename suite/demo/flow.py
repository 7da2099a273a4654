"""The flow of data through the rollout's requirements: who outside gives and takes, systems, reserved interfaces, the first check."""

from datetime import datetime, timedelta
from typing import Any

from implementation.models import Rollout
from requirements_mgmt.models import DataObject, FlowFinding, Interface, System
from requirements_mgmt.services import accept_findings, check_flow, save_described
from suite.demo.world import World

# data object, English name, person who gives it, person who takes it; what stays open here is what the flow check finds
DATA = (
    ("拜访计划", "Visit plan", "客户经理", ""),
    ("跟进记录", "Activity record", "", ""),
    ("商机阶段", "Opportunity stage", "", ""),
    ("客户档案", "Customer record", "", ""),
    ("客户归属", "Account owner", "", "销售主管"),
    ("销售预测", "Sales forecast", "", "销售总监"),
    ("客户名片", "Business card", "客户", ""),
    ("客户名单", "Customer list", "", ""),
    ("合同到期日", "Contract end date", "", ""),
    ("续约任务", "Renewal task", "", ""),
    ("当天计划", "Plan of the day", "", "客户经理"),
    ("服务判断", "Service decision", "", "客户"),
    ("使用率报告", "Usage report", "", "发起人"),
    ("回款提醒", "Payment reminder", "", ""),
    ("活动名单", "Campaign list", "市场部", ""),
    ("渠道分析", "Channel analysis", "", ""),
)


def build_flow(rollout: Rollout, world: World, now: datetime) -> None:
    """Who outside gives and takes the data, a contract system that is not live yet, reserved interfaces, and a first check with one finding accepted."""
    by = world.people["consultant"]
    systems: dict[str, System] = {}
    for name, name_en, is_live, live_on in (
        ("客户管理系统", "CRM", True, None),
        ("财务系统", "Finance system", True, None),
        ("合同系统", "Contract system", False, now.date() + timedelta(days=230)),
    ):
        row = System(rollout=rollout)
        systems[name_en] = save_described(
            row=row, values={"name": name, "name_en": name_en, "is_live": is_live, "live_on": live_on, "owner": by}, sent_version=None, by=by
        )
    more: dict[str, dict[str, Any]] = {
        "合同到期日": {"source_system": systems["Contract system"]},
        "回款提醒": {"consumer_system": systems["Finance system"]},
        "客户档案": {"masters": [systems["CRM"], systems["Finance system"]]},
    }
    for name, name_en, giver, taker in DATA:
        described = DataObject.objects.get(rollout=rollout, name=name)
        values: dict[str, Any] = {"name_en": name_en, "source_name": giver, "consumer_name": taker, **more.get(name, {})}
        save_described(row=described, values=values, sent_version=described.version, by=by)
    for name, name_en, start_at, end_at, data, owner in (
        ("合同到期日接口", "Contract dates", "Contract system", "CRM", "合同到期日", None),
        ("回款提醒接口", "Payment reminders", "CRM", "Finance system", "回款提醒", world.people["finance"]),
    ):
        values = {
            "name": name,
            "name_en": name_en,
            "from_system": systems[start_at],
            "to_system": systems[end_at],
            "data": [DataObject.objects.get(rollout=rollout, name=data)],
            "owner": owner,
        }
        save_described(row=Interface(rollout=rollout), values=values, sent_version=None, by=by)
    check_flow(rollout=rollout, by=by, now=now)
    masters = FlowFinding.objects.filter(rollout=rollout, kind="two_masters")
    accept_findings(
        findings=masters, reason="过渡期内财务系统的客户名称仍单独维护，年底前以客户管理系统为准。", by=world.people["pm"], now=now + timedelta(days=1)
    )
