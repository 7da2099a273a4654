"""Whose customers they are: public pools and their rules, shared customers, a dispute and the portfolio of somebody who changes her post."""

from datetime import datetime, time, timedelta

from crm_core.models import (
    Account,
    CapacityRule,
    DisputeVerdict,
    FallKind,
    HandoverPart,
    Pool,
    RecycleRule,
    ShareRight,
    Tag,
)
from crm_core.services.account import tag_accounts
from crm_core.services.disputes import answer_dispute, decide_dispute, open_dispute
from crm_core.services.handover import acknowledge_handover, hand_over
from crm_core.services.ownership import claim_account, return_account
from crm_core.services.pool_settings import exempt_account, exempt_person, name_member, save_capacity_rule, save_pool, save_recycle_rule
from crm_core.services.saving import note_history
from crm_core.services.sharing import share_account
from foundation.people.models import User
from suite.demo.world import World

# department, Chinese name, English name, claims a week, days of cool-down for the former owner and for the team
POOLS = (
    ("E-SALES", "华东销售公海", "East sales pool", 10, 30, 7),
    ("S-SALES", "华南销售公海", "South sales pool", 15, 30, 0),
    ("C-SALES", "云服务公海", "Cloud sales pool", 20, 15, 0),
)
KEPT = "战略客户"


def build_pools(*, world: World, now: datetime) -> None:
    """Pools with their rules, the customers that lie in them, and what has happened there."""
    admin, manager = world.people["admin"], world.people["manager"]
    for order, (code, name, name_en, quota, owner_days, team_days) in enumerate(POOLS, 1):
        pool = save_pool(
            pool=Pool(),
            changes={
                "name": name,
                "name_en": name_en,
                "department": world.departments[code],
                "is_default": True,
                "order": order,
                "quota": quota,
                "cooldown_owner_days": owner_days,
                "cooldown_team_days": team_days,
                "quiet_hours_after_fall": 12,
                "quiet_from": time(22) if code == "C-SALES" else None,  # the others can be tried at any hour
                "quiet_to": time(7) if code == "C-SALES" else None,
            },
            version=None,
            by=admin,
        )
        _lie_in(pool, now, admin)
    east = Pool.objects.get(department=world.departments["E-SALES"])
    chosen = save_pool(
        pool=Pool(),
        changes={"name": "重点客户池", "name_en": "Key accounts pool", "department": world.departments["EAST"], "members_only": True, "order": 9},
        version=None,
        by=admin,
    )
    for person, looks_after in (("manager", True), ("rep", False), ("rep05", False)):
        name_member(pool=chosen, person=world.people[person], is_admin=looks_after, by=admin)
    _rules(world, east, now)
    _happened(world, east, now)
    _shared(world, now)
    _disputed(world, now)
    _handed_over(world, now, manager)


def _lie_in(pool: Pool, now: datetime, by: User) -> None:
    rows = list(Account.objects.filter(owner__isnull=True, department=pool.department).order_by("pk"))
    for number, account in enumerate(rows):
        account.pool, account.pooled_at = pool, now - timedelta(days=2 + number % 45, hours=number % 9)
        account.version += 1
    Account.objects.bulk_update(rows, ["pool", "pooled_at", "version"], batch_size=500)
    note_history(rows, by=by, reason="move")


def _rules(world: World, pool: Pool, now: datetime) -> None:
    admin, manager, today = world.people["admin"], world.people["manager"], now.date()
    tag, _made = Tag.objects.get_or_create(name=KEPT)
    for kind, days, remind in ((FallKind.NO_ACTIVITY, 120, 14), (FallKind.OWNER_LEFT, 0, 0)):
        save_recycle_rule(
            rule=RecycleRule(pool=pool, kind=kind),
            changes={"days": days, "remind_days": remind, "exempt_levels": ["A"], "exempt_tags": [tag], "is_active": True},
            version=None,
            by=admin,
        )
    save_recycle_rule(
        rule=RecycleRule(pool=pool, kind=FallKind.NO_OPPORTUNITY),
        changes={"days": 365, "remind_days": 30, "exempt_levels": ["A", "B"], "is_active": False},
        version=None,
        by=admin,
    )
    rule = save_capacity_rule(
        rule=CapacityRule(),
        changes={"name": "客户经理客户上限", "name_en": "Customers of an account manager", "department": world.departments["EAST"], "limit": 180},
        version=None,
        by=admin,
    )
    exempt_person(rule=rule, person=world.people["rep"], limit=220, expires_on=today + timedelta(days=60), reason="接手离岗同事的客户", by=manager, today=today)
    mine = list(_of(world.people["rep"])[:8])
    tag_accounts(accounts=mine[:3], name=KEPT, by=manager)
    for account in mine[3:5]:
        exempt_account(account=account, expires_on=today + timedelta(days=90), reason="年度框架协议谈判中", by=manager, today=today)


def _happened(world: World, pool: Pool, now: datetime) -> None:
    """A few claims, and a customer given back."""
    rep, other = world.people["rep"], world.people["rep05"]
    free = list(pool.accounts.filter(owner__isnull=True).order_by("pooled_at")[:3])
    for person, account, days in zip((rep, other, rep), free, (6, 4, 2), strict=False):
        claim_account(account=account, by=person, now=_at(now, days))
    if given := _of(other).filter(opportunities__isnull=True).last():
        return_account(account=given, by=other, now=_at(now, 3), reason="客户已迁往外地，由公海重新分配")


def _shared(world: World, now: datetime) -> None:
    rep, other = world.people["rep"], world.people["rep05"]
    for account in _of(rep)[8:9]:
        share_account(account=account, person=other, by=rep, right=ShareRight.WRITE)
        share_account(account=account, person=world.people["service"], by=rep, right=ShareRight.READ, expires_on=now.date() + timedelta(days=30))
    for account in _of(other)[2:3]:
        share_account(account=account, person=rep, by=other, right=ShareRight.READ, expires_on=now.date() + timedelta(days=10))


def _disputed(world: World, now: datetime) -> None:
    """One dispute that waits for the manager, one that was decided."""
    rep, other, manager = world.people["rep"], world.people["rep05"], world.people["manager"]
    for account in _of(other)[4:5]:
        dispute = open_dispute(account=account, claim="我在上月展会上已与该客户采购负责人接触，并发送过报价。", by=rep, now=_at(now, 2))
        answer_dispute(dispute=dispute, answer="该客户从年初起一直由我跟进，记录见系统。", version=dispute.version, by=other, now=_at(now, 1))
    for account in _of(rep)[9:10]:
        dispute = open_dispute(account=account, claim="客户总部由我负责，分公司应一并归我。", by=other, now=_at(now, 20))
        decide_dispute(
            dispute=dispute, verdict=DisputeVerdict.KEEP, reason="首次接触与持续跟进均在现负责人一方。", version=dispute.version, by=manager, now=_at(now, 18)
        )


def _handed_over(world: World, now: datetime, by: User) -> None:
    """One handover that was read long ago, one whose brief still waits."""
    rep, giver, parts = world.people["rep"], world.people["rep03"], set(HandoverPart.values)
    shares = list(_of(giver)[:6])
    brief = "三家客户正在谈续约，请先联系采购负责人；付款条件见各客户备注。"
    for accounts, days in ((shares[:2], 25), (shares[2:], 1)):
        if accounts:
            made = hand_over(giver=giver, shares={rep: accounts}, parts=parts, reason="岗位调整", brief=brief, by=by, now=_at(now, days))
            if days > 7:
                acknowledge_handover(handover=made[0], by=rep, now=_at(now, days - 1))


def _of(person: User):
    """The person's customers that nobody disputes, in the order in which they came in."""
    return Account.objects.live().owned_by(person).filter(disputes__isnull=True).select_related("owner", "department").order_by("pk")


def _at(now: datetime, days: int) -> datetime:
    """A moment of some morning."""
    return (now - timedelta(days=days)).replace(hour=2, minute=30)
