"""Rows of the ownership ledger: opened when somebody gets an account, closed when it goes; nothing else writes them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from crm_core.models import Account, Ownership, OwnershipMode, Pool, slot_of
from crm_core.services.pools import PoolFinder
from foundation.integrity import Refused
from foundation.people.access import access_of
from foundation.people.models import Department, User


class CannotAssign(Refused):
    """The account has an owner, or the person cannot own accounts."""


@dataclass(frozen=True)
class Opening:
    """A stretch of owning to be opened in bulk: an account just written, with its owner (or none, then it goes into a pool)."""

    account: Account
    starts_at: datetime | None = None
    reason: str = ""


def department_of(person: User) -> Department:
    """The department under which the person's accounts are kept."""
    position = access_of(person).main_position
    if position is None:
        raise CannotAssign(_("%(person)s holds no position today and cannot own accounts.") % {"person": person})
    return position.department


def open_ownership(
    *, account: Account, how: str, by: User, now: datetime, reason: str = "", owner: User | None = None, department: Department | None = None
) -> Ownership:
    """Write the live row of the ledger for the account's owner; the database refuses a second one."""
    owner, department = owner or account.owner, department or account.department
    if owner is None:
        raise CannotAssign(_("Choose who is to own the account."))
    return Ownership.objects.create(
        account=account,
        owner=owner,
        department=department,
        business_unit_id=department.business_unit_id,
        slot=slot_of(department, per_unit=OwnershipMode.per_unit()),
        how=how,
        starts_at=now,
        reason=reason[:200],
        by=by,
    )


def open_ownerships(rows: Iterable[Opening | Account], *, how: str, by: User, now: datetime) -> list[Ownership]:
    """For imports: the ledger rows of many accounts just written, and a pool for those without an owner; a constant number of queries.

    The accounts must be in the database and must have had no owner before. Rules of claiming do not apply: the manager decided.
    """
    openings = [row if isinstance(row, Opening) else Opening(row) for row in rows]
    departments = Department.objects.in_bulk({row.account.department_id for row in openings})
    per_unit, found = OwnershipMode.per_unit(), []
    for row in openings:
        account, department = row.account, departments[row.account.department_id]
        if account.owner_id is not None:
            found.append(
                Ownership(
                    account=account,
                    owner_id=account.owner_id,
                    department=department,
                    business_unit_id=department.business_unit_id,
                    slot=slot_of(department, per_unit=per_unit),
                    how=how,
                    starts_at=row.starts_at or now,
                    reason=row.reason[:200],
                    by=by,
                )
            )
    place_in_pools([row.account for row in openings if row.account.owner_id is None and row.account.pool_id is None], now=now)
    return Ownership.objects.bulk_create(found, batch_size=500)


def place_in_pools(accounts: Iterable[Account], *, now: datetime) -> None:
    """Say for many ownerless accounts at once into which pool they belong; one UPDATE per pool."""
    finder, groups = PoolFinder(), {}  # type: ignore[var-annotated]
    for account in accounts:
        pool = finder.pool_for(account, now=now)
        account.pool, account.pooled_at = pool, now
        groups.setdefault(pool.pk, []).append(account.pk)
    for pool_id, keys in groups.items():
        Account.objects.filter(pk__in=keys, owner__isnull=True).update(pool=pool_id, pooled_at=now)


def close_ownership(row: Ownership, *, now: datetime, how: str, reason: str, by: User | None, pool: Pool | None = None) -> bool:
    """End a live row by one conditional UPDATE; False when somebody else ended it before."""
    ends_at = max(now, row.starts_at)
    closed = Ownership.objects.live().filter(pk=row.pk)
    return bool(closed.update(ends_at=ends_at, end_how=how, end_reason=reason[:200], ended_by=by, fell_into=pool))
