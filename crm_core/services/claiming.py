"""The rules of claiming, asked against the database: what was claimed, what is owned, who owned it before."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from crm_core.claim_rules import (
    Verdict,
    capacity_verdict,
    cooldown_verdict,
    midnight,
    period_start,
    quiet_after_fall_verdict,
    quiet_hours_verdict,
    quota_verdict,
)
from crm_core.models import Account, CapacityExemption, CapacityRule, Ownership, Pool, PoolEvent, PoolEventKind, RecycleRule, drawable_pool_ids
from foundation.people.access import access_of
from foundation.people.models import Department, User


def note_event(
    kind: str,
    *,
    account: Account,
    pool: Pool | None,
    user: User | None,
    by: User | None,
    now: datetime,
    verdict: Verdict | None = None,
    recycle_rule: RecycleRule | None = None,
    due_on: Any = None,
    reason: str = "",
) -> PoolEvent:
    """Add a row to the pool's ledger."""
    return PoolEvent.objects.create(
        at=now,
        kind=kind,
        pool=pool,
        department_id=pool.department_id if pool else account.department_id,
        account=account,
        account_name=account.name,
        user=user,
        by=by,
        rule=verdict.rule if verdict else "",
        values=verdict.values if verdict else {},
        recycle_rule=recycle_rule,
        due_on=due_on or (timezone.localdate(verdict.until) if verdict and verdict.until else None),
        reason=reason[:200],
    )


def claims_in_period(pool: Pool, person: User, now: datetime) -> int:
    """How often the person has claimed from the pool in the running period; giving an account back does not undo a claim."""
    start = midnight(period_start(pool.quota_period, timezone.localdate(now)))
    return PoolEvent.objects.filter(pool=pool, user=person, kind=PoolEventKind.CLAIM, at__gte=start).count()


def claim_verdict(*, account: Account, pool: Pool | None, by: User, department: Department, now: datetime) -> Verdict | None:
    """The first rule that stands in the way of a claim, or None; asked from the widest to the narrowest."""
    if pool is not None and (verdict := _pool_verdict(pool, account, by, now) or cooldown_of(account, pool, by, department, now)):
        return verdict
    if pool is not None and pool.quota is not None:
        used = claims_in_period(pool, by, now)
        if verdict := quota_verdict(used=used, quota=pool.quota, period=pool.quota_period, today=timezone.localdate(now)):
            return verdict
    return capacity_of(by, department=department, kind=account.kind, level=account.level, now=now)


def _pool_verdict(pool: Pool, account: Account, by: User, now: datetime) -> Verdict | None:
    if not pool.is_active:
        return Verdict("closed", {"pool": str(pool)})
    if pool.members_only and pool.pk not in drawable_pool_ids(access_of(by)):
        return Verdict("members_only", {"pool": str(pool)})
    return quiet_hours_verdict(quiet_from=pool.quiet_from, quiet_to=pool.quiet_to, now=now) or quiet_after_fall_verdict(
        fell_at=account.pooled_at, hours=pool.quiet_hours_after_fall, now=now
    )


def cooldown_of(account: Account, pool: Pool, by: User, department: Department, now: datetime) -> Verdict | None:
    """Whether the person, or somebody of the person's team, gave the account up (or lost it) a short while ago."""
    days = max(pool.cooldown_owner_days, pool.cooldown_team_days)
    if days == 0:
        return None
    ended = Ownership.objects.filter(account=account, ends_at__gt=now - timedelta(days=days)).filter(Q(owner=by) | Q(department=department))
    for row in ended.select_related("owner").order_by("-ends_at", "-pk"):
        if row.ends_at is None:
            continue
        if row.owner_id == by.pk:
            verdict = cooldown_verdict(rule="cooldown_owner", ended_at=row.ends_at, days=pool.cooldown_owner_days, now=now)
        else:
            verdict = cooldown_verdict(rule="cooldown_team", ended_at=row.ends_at, days=pool.cooldown_team_days, now=now, person=str(row.owner))
        if verdict:
            return verdict
    return None


def capacity_of(
    person: User, *, department: Department, kind: str, level: str, now: datetime, asked_by: User | None = None, only_new: bool = False
) -> Verdict | None:
    """Whether the person owns as many accounts as a rule allows one more of this kind and level to be added to."""
    above = [int(part) for part in department.path.split(".") if part]
    rules = CapacityRule.objects.filter(Q(department__isnull=True) | Q(department__in=above), is_active=True)
    if only_new:
        rules = rules.filter(counts_new=True)
    fitting = [rule for rule in rules if (not rule.kinds or kind in rule.kinds) and (not rule.levels or level in rule.levels)]
    if not fitting:
        return None
    exempt = {row.rule_id: row for row in CapacityExemption.objects.on(timezone.localdate(now)).filter(user=person, rule__in=fitting)}
    name = str(person) if asked_by is not None and asked_by.pk != person.pk else ""
    for rule in fitting:
        limit = exempt[rule.pk].limit if rule.pk in exempt else rule.limit
        if limit is not None and (verdict := capacity_verdict(owned=owned_under(rule, person), limit=limit, name=rule.name, name_en=rule.name_en, person=name)):
            return verdict
    return None


def owned_under(rule: CapacityRule, person: User) -> int:
    """How many accounts of the rule's kinds and levels the person owns, by the live rows of the ledger."""
    rows = Ownership.objects.live().filter(owner=person, account__deleted_at__isnull=True)
    if rule.kinds:
        rows = rows.filter(account__kind__in=rule.kinds)
    if rule.levels:
        rows = rows.filter(account__level__in=rule.levels)
    return rows.count()
