"""The rules of claiming, asked against the database: what was claimed, what is owned, who owned it before."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
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
from foundation.reading import counted, read_together


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


def claims_in_period(pool: Pool, person: User, now: datetime) -> QuerySet[PoolEvent]:
    """The claims of the person from the pool in the running period; giving an account back does not undo one."""
    start = midnight(period_start(pool.quota_period, timezone.localdate(now)))
    return PoolEvent.objects.filter(pool=pool, user=person, kind=PoolEventKind.CLAIM, at__gte=start)


def claim_verdict(*, account: Account, pool: Pool | None, by: User, department: Department, now: datetime) -> Verdict | None:
    """The first rule that stands in the way of a claim, or None; asked from the widest to the narrowest, read in two statements."""
    if pool is not None and (verdict := _pool_verdict(pool, account, by, now)):
        return verdict
    ended = _given_up(account, pool, by, department, now)
    claims: Any = counted(claims_in_period(pool, by, now), "user") if pool is not None and pool.quota is not None else PoolEvent.objects.none()
    capacity = CapacityReading(by, department=department, now=now)
    read_together(ended, claims, *capacity.parts)
    if pool is not None and (verdict := _cooldown(ended, pool, by, now)):
        return verdict
    if pool is not None and pool.quota is not None:
        verdict = quota_verdict(used=sum(claims), quota=pool.quota, period=pool.quota_period, today=timezone.localdate(now))
        if verdict:
            return verdict
    return capacity.verdict(kind=account.kind, level=account.level)


def _pool_verdict(pool: Pool, account: Account, by: User, now: datetime) -> Verdict | None:
    if not pool.is_active:
        return Verdict("closed", {"pool": str(pool)})
    if pool.members_only and pool.pk not in drawable_pool_ids(access_of(by)):
        return Verdict("members_only", {"pool": str(pool)})
    return quiet_hours_verdict(quiet_from=pool.quiet_from, quiet_to=pool.quiet_to, now=now) or quiet_after_fall_verdict(
        fell_at=account.pooled_at, hours=pool.quiet_hours_after_fall, now=now
    )


def _given_up(account: Account, pool: Pool | None, by: User, department: Department, now: datetime) -> QuerySet[Ownership]:
    """The times of the person and of the person's team as owners that ended within the days that the pool lets pass."""
    days = max(pool.cooldown_owner_days, pool.cooldown_team_days) if pool is not None else 0
    rows = Ownership.objects.filter(account=account, ends_at__gt=now - timedelta(days=days)).filter(Q(owner=by) | Q(department=department))
    return rows.select_related("owner").order_by("-ends_at", "-pk") if days else rows.none()


def _cooldown(ended: Iterable[Ownership], pool: Pool, by: User, now: datetime) -> Verdict | None:
    """Whether the person, or somebody of the person's team, gave the account up (or lost it) a short while ago."""
    for row in ended:
        if row.ends_at is None:
            continue
        if row.owner_id == by.pk:
            verdict = cooldown_verdict(rule="cooldown_owner", ended_at=row.ends_at, days=pool.cooldown_owner_days, now=now)
        else:
            verdict = cooldown_verdict(rule="cooldown_team", ended_at=row.ends_at, days=pool.cooldown_team_days, now=now, person=str(row.owner))
        if verdict:
            return verdict
    return None


class CapacityReading:
    """The rules of capacity that reach a person, with the person's exemptions; ``parts`` are read together with other things."""

    def __init__(self, person: User, *, department: Department, now: datetime, only_new: bool = False):
        self.person = person
        above = [int(part) for part in department.path.split(".") if part]
        rules = CapacityRule.objects.filter(Q(department__isnull=True) | Q(department__in=above), is_active=True)
        self.rules = rules.filter(counts_new=True) if only_new else rules
        self.exemptions = CapacityExemption.objects.on(timezone.localdate(now)).filter(user=person)
        self.parts = (self.rules, self.exemptions)

    def verdict(self, *, kind: str, level: str, asked_by: User | None = None) -> Verdict | None:
        """The first rule under which the person owns as many accounts as it allows."""
        person, exempt = self.person, {row.rule_id: row.limit for row in self.exemptions}
        fitting = [rule for rule in self.rules if (not rule.kinds or kind in rule.kinds) and (not rule.levels or level in rule.levels)]
        limits = [(rule, limit) for rule in fitting if (limit := exempt.get(rule.pk, rule.limit)) is not None]
        owned = [counted(_owned_rows(rule, person), "owner") for rule, _limit in limits]
        if owned:
            read_together(*owned)
        name = str(person) if asked_by is not None and asked_by.pk != person.pk else ""
        verdicts = (
            capacity_verdict(owned=sum(number), limit=limit, name=rule.name, name_en=rule.name_en, person=name)
            for (rule, limit), number in zip(limits, owned, strict=True)
        )
        return next((verdict for verdict in verdicts if verdict), None)


def capacity_of(
    person: User, *, department: Department, kind: str, level: str, now: datetime, asked_by: User | None = None, only_new: bool = False
) -> Verdict | None:
    """Whether the person owns as many accounts as a rule allows one more of this kind and level to be added to."""
    reading = CapacityReading(person, department=department, now=now, only_new=only_new)
    read_together(*reading.parts)
    return reading.verdict(kind=kind, level=level, asked_by=asked_by)


def owned_under(rule: CapacityRule, person: User) -> int:
    """How many accounts of the rule's kinds and levels the person owns, by the live rows of the ledger."""
    return _owned_rows(rule, person).count()


def _owned_rows(rule: CapacityRule, person: User) -> QuerySet[Ownership]:
    rows = Ownership.objects.live().filter(owner=person, account__deleted_at__isnull=True)
    if rule.kinds:
        rows = rows.filter(account__kind__in=rule.kinds)
    return rows.filter(account__level__in=rule.levels) if rule.levels else rows
