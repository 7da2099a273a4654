"""Setting up pools: their rules, members, recycle rules, capacity, exemptions, and how many owners an account may have."""

from datetime import date, datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Count, F, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm_core.models import (
    Account,
    CapacityExemption,
    CapacityRule,
    FallExemption,
    FallKind,
    Ownership,
    OwnershipMode,
    OwnershipPer,
    Pool,
    PoolEventKind,
    PoolMember,
    RecycleRule,
    Stamp,
)
from crm_core.models.book import forget
from crm_core.models.ownership_mode import STAMP
from crm_core.services.claiming import note_event
from crm_core.services.saving import find_again, note_history, save_changes
from crm_core.services.sharing import check_may_hand_on
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.usage.models import Verb
from foundation.usage.services import record

SHOWN = 5


class CannotSave(Refused):
    """The settings contradict each other or what is in the pool."""


class CannotSwitch(Refused):
    """Rows of the ledger contradict the other mode."""


class CannotMove(Refused):
    """The account does not lie in a pool any more."""


@transaction.atomic
def save_pool(*, pool: Pool, changes: dict[str, Any], version: int | None, by: User) -> Pool:
    """Make a pool (version None) or change its rules; the departments beyond its own are part of the history."""
    more = changes.pop("more_departments", None)
    default = changes.get("is_default", pool.is_default)
    department = changes.get("department", getattr(pool, "department", None))
    if default and Pool.objects.filter(is_default=True, department=department).exclude(pk=pool.pk).exists():
        raise CannotSave(_("%(department)s has a default pool already. Take the mark from that one first.") % {"department": department})
    if not changes.get("is_active", True) and pool.pk and (count := pool.accounts.filter(owner__isnull=True).count()):
        words = ngettext("%(count)d account lies in this pool. Move it first.", "%(count)d accounts lie in this pool. Move them first.", count)
        raise CannotSave(words % {"count": count})
    if version is None:
        for name, value in changes.items():
            setattr(pool, name, value)
        pool._history_user = by  # type: ignore[attr-defined]
        pool.save(force_insert=True)
    else:
        save_changes(pool, changes, version=version, by=by)
    if more is not None:
        pool.more_departments.set(more)
    record(by=by, feature="crm.pool.create" if version is None else "crm.pool.edit", verb=Verb.CREATE if version is None else Verb.UPDATE, obj=pool)
    return pool


@transaction.atomic
def name_member(*, pool: Pool, person: User, is_admin: bool, by: User) -> PoolMember:
    """Name a person for a pool, or change what the person may do there."""
    row = PoolMember.objects.select_for_update().filter(pool=pool, user=person).first() or PoolMember(pool=pool, user=person)
    row.is_admin = is_admin
    row._history_user = by  # type: ignore[attr-defined]
    row.save()
    record(by=by, feature="crm.pool.member", verb=Verb.UPDATE, obj=pool)
    return row


@transaction.atomic
def drop_member(*, member: PoolMember, by: User) -> None:
    """Take a person's name from a pool."""
    member._history_user = by  # type: ignore[attr-defined]
    record(by=by, feature="crm.pool.member", verb=Verb.UPDATE, obj=member.pool)
    member.delete()


@transaction.atomic
def move_in_pools(*, account: Account, pool: Pool, by: User, now: datetime, reason: str = "") -> Account:
    """Put an account from one pool into another; its time in the pool goes on."""
    former = account.pool
    rows = Account.objects.live().filter(pk=account.pk, owner__isnull=True, pool=former)
    if former == pool or not rows.update(pool=pool, department=pool.department, version=F("version") + 1):
        raise CannotMove(_("The account does not lie in that pool any more, or lies in this one already."))
    account.refresh_from_db()
    note_history([account], by=by, reason="move")
    find_again(account)
    note_event(PoolEventKind.MOVE, account=account, pool=pool, user=None, by=by, now=now, reason=reason)
    record(by=by, feature="crm.pool.move", verb=Verb.UPDATE, obj=account, now=now)
    return account


@transaction.atomic
def save_recycle_rule(*, rule: RecycleRule, changes: dict[str, Any], version: int | None, by: User) -> RecycleRule:
    """Make a recycle rule of a pool or change it."""
    tags = changes.pop("exempt_tags", None)
    if changes.get("kind", rule.kind) == FallKind.OWNER_LEFT:
        changes["days"], changes["remind_days"] = 0, 0
    if version is None:
        for name, value in changes.items():
            setattr(rule, name, value)
        rule._history_user = by  # type: ignore[attr-defined]
        rule.save(force_insert=True)
    else:
        save_changes(rule, changes, version=version, by=by)
    if tags is not None:
        rule.exempt_tags.set(tags)
    record(by=by, feature="crm.recycle.rule", verb=Verb.UPDATE, obj=rule.pool)
    return rule


@transaction.atomic
def drop_recycle_rule(*, rule: RecycleRule, by: User) -> None:
    """Take a recycle rule away; what it did stays in the ledger."""
    rule._history_user = by  # type: ignore[attr-defined]
    record(by=by, feature="crm.recycle.rule", verb=Verb.DELETE, obj=rule.pool)
    rule.delete()


@transaction.atomic
def save_capacity_rule(*, rule: CapacityRule, changes: dict[str, Any], version: int | None, by: User) -> CapacityRule:
    """Make a capacity rule or change it; nobody loses an account by it."""
    if version is None:
        for name, value in changes.items():
            setattr(rule, name, value)
        rule._history_user = by  # type: ignore[attr-defined]
        rule.save(force_insert=True)
    else:
        save_changes(rule, changes, version=version, by=by)
    record(by=by, feature="crm.capacity.edit", verb=Verb.UPDATE, obj=rule)
    return rule


@transaction.atomic
def exempt_person(*, rule: CapacityRule, person: User, limit: int | None, expires_on: date, reason: str, by: User, today: date) -> CapacityExemption:
    """Allow a person more accounts than the rule, until a day; an exemption that stands is replaced."""
    if expires_on < today:
        raise CannotSave(_("The last day lies in the past. Choose today or a later day."))
    row = CapacityExemption.objects.select_for_update().filter(rule=rule, user=person).first() or CapacityExemption(rule=rule, user=person)
    row.limit, row.expires_on, row.reason, row.granted_by = limit, expires_on, reason, by
    row._history_user = by  # type: ignore[attr-defined]
    row.save()
    record(by=by, feature="crm.capacity.exempt", verb=Verb.UPDATE, obj=rule)
    return row


@transaction.atomic
def end_exemption(*, exemption: CapacityExemption, by: User) -> None:
    """End a person's exemption."""
    exemption._history_user = by  # type: ignore[attr-defined]
    record(by=by, feature="crm.capacity.exempt", verb=Verb.UPDATE, obj=exemption.rule)
    exemption.delete()


@transaction.atomic
def exempt_account(*, account: Account, expires_on: date | None, reason: str, by: User, today: date) -> FallExemption:
    """Keep an account from falling into a pool, until a day or for good."""
    check_may_hand_on(account, by)
    if expires_on is not None and expires_on < today:
        raise CannotSave(_("The last day lies in the past. Choose today or a later day."))
    row = FallExemption.objects.select_for_update().filter(account=account).first() or FallExemption(account=account)
    row.expires_on, row.reason, row.granted_by = expires_on, reason, by
    row._history_user = by  # type: ignore[attr-defined]
    row.save()
    record(by=by, feature="crm.account.exempt", verb=Verb.UPDATE, obj=account)
    return row


@transaction.atomic
def unexempt_account(*, account: Account, by: User) -> None:
    """Let the recycle rules apply to an account again."""
    for row in FallExemption.objects.filter(account=account):
        row._history_user = by  # type: ignore[attr-defined]
        row.delete()
    record(by=by, feature="crm.account.unexempt", verb=Verb.UPDATE, obj=account)


def contradictions(per: str) -> models.QuerySet[Account]:
    """Accounts whose live rows do not fit the mode: several owners, or one who is not the account's own."""
    if per == OwnershipPer.UNIT:
        return Account.objects.none()
    live = Account.objects.annotate(owners=Count("ownerships", filter=Q(ownerships__ends_at__isnull=True)))
    beside = Q(ownerships__ends_at__isnull=True) & (Q(owner__isnull=True) | ~Q(ownerships__owner=F("owner")))
    return Account.objects.filter(
        Q(pk__in=live.filter(owners__gt=1).values("pk")) | Q(pk__in=Account.objects.filter(beside, ownerships__isnull=False).values("pk"))
    ).order_by("pk")


@transaction.atomic
def switch_mode(*, per: str, by: User) -> OwnershipMode:
    """Change how many owners an account may have; refused, with names, while rows of the ledger contradict the other mode."""
    mode = OwnershipMode.objects.select_for_update().get_or_create(pk=1)[0]
    if mode.per == per:
        return mode
    if connection.vendor == "postgresql":  # nobody opens a row between the look and the change
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE crm_core_ownership IN SHARE ROW EXCLUSIVE MODE")
    found = contradictions(per)
    if count := found.count():
        names = ", ".join(str(account) for account in found[:SHOWN])
        words = ngettext(
            "%(count)d account has owners in several business units: %(names)s. Leave one owner each, then switch.",
            "%(count)d accounts have owners in several business units: %(names)s. Leave one owner each, then switch.",
            count,
        )
        raise CannotSwitch(words % {"count": count, "names": names})
    mode.per, mode.version = OwnershipPer(per), mode.version + 1
    mode._history_user = by  # type: ignore[attr-defined]
    mode.save()
    Stamp.renew(STAMP)
    forget()
    live = Ownership.objects.live()
    if per == OwnershipPer.UNIT:
        live.filter(business_unit__isnull=False).update(slot=F("business_unit"))
    else:
        live.update(slot=0)
    record(by=by, feature="crm.ownership.mode", verb=Verb.UPDATE, obj=mode)
    return mode
