"""How an account is held, as its page shows it: by whom, with which rights for the reader, and what the rules of the pools have in mind."""

from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from crm_core.models import Account, FallExemption, Ownership, owners_per_unit
from crm_core.pool_words import refusal
from crm_core.services.claiming import claim_verdict
from crm_core.services.falling import Fall, falls_of
from crm_core.services.ledger import CannotAssign, department_of
from foundation.people.access import access_of
from foundation.people.models import User


@dataclass(frozen=True)
class Holding:
    """What the account's page says of its owner and its way into a pool."""

    may_change: bool
    may_log: bool  # no reader only
    is_held: bool
    refusal: str = ""  # why the reader may not claim it now
    falls: list[Fall] = field(default_factory=list)
    exemption: FallExemption | None = None
    owners: list[Ownership] = field(default_factory=list)  # with an owner per business unit: all of them


def holding_of(account: Account, user: User) -> Holding:
    """For the account's page; few queries, fewer for one's own account."""
    own, rows, today = account.owner_id == user.pk, Account.objects.filter(pk=account.pk), timezone.localdate()
    owners: list[Any] = []
    if owners_per_unit(access_of(user)):
        owners = list(Ownership.objects.live().filter(account=account).select_related("owner", "business_unit").order_by("starts_at"))
    return Holding(
        may_change=(writes := own or rows.changeable_by(user).exists()) and user.has_perm("crm_core.change_account"),
        may_log=writes,
        is_held=own or rows.held_by(user).exists(),
        refusal=_refusal(account, user) if account.owner_id is None and user.has_perm("crm_core.claim_account") else "",
        falls=falls_of(rows, today) if account.owner_id else [],
        exemption=FallExemption.objects.on(today).filter(account=account).first() if account.owner_id else None,
        owners=owners if len(owners) > 1 or owners and owners[0].owner_id != account.owner_id else [],
    )


def _refusal(account: Account, user: User) -> str:
    try:
        department = department_of(user)
    except CannotAssign as error:
        return str(error)
    verdict = claim_verdict(account=account, pool=account.pool, by=user, department=department, now=timezone.now())
    return refusal(verdict) if verdict else ""
