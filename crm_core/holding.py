"""How an account is held, as its page shows it: by whom, with which rights for the reader, and what the rules of the pools have in mind."""

from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from crm_core.models import Account, FallExemption, Ownership, owners_per_unit
from crm_core.pool_words import refusal
from crm_core.services.claiming import claim_verdict
from crm_core.services.falling import Fall, RuleBookReading, falls_of
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


class HoldingReading:
    """How an account, read with ``with_rights``, is held; its ``parts`` are read together with the rest of the page."""

    def __init__(self, account: Any, user: User):
        self.account, self.user, self.today = account, user, timezone.localdate()
        owned = account.owner_id is not None
        live = Ownership.objects.live().filter(account=account).select_related("owner", "business_unit").order_by("starts_at")
        self.owners = live if owners_per_unit(access_of(user)) else live.none()
        self.exemptions = FallExemption.objects.on(self.today).filter(account=account) if owned else FallExemption.objects.none()
        self.rules = RuleBookReading(self.today)
        self.parts = (self.owners, self.exemptions, *(self.rules.parts if owned else ()))

    def holding(self) -> Holding:
        """What the page says; further queries only where a rule looks at the account, or where it may be claimed."""
        account, user, owners = self.account, self.user, list(self.owners)
        own = account.owner_id == user.pk
        return Holding(
            may_change=(writes := own or account.is_changeable) and user.has_perm("crm_core.change_account"),
            may_log=writes,
            is_held=own or account.is_held,
            refusal=_refusal(account, user) if account.owner_id is None and user.has_perm("crm_core.claim_account") else "",
            falls=self._falls(),
            exemption=next(iter(self.exemptions), None),
            owners=owners if len(owners) > 1 or owners and owners[0].owner_id != account.owner_id else [],
        )

    def _falls(self) -> list[Fall]:
        if self.account.owner_id is None or self.exemptions:
            return []
        book = self.rules.book()
        looking = any(book.looks_at(rule, self.account) for rule in book.rules)
        return falls_of(Account.objects.filter(pk=self.account.pk), self.today, book) if looking else []


def _refusal(account: Account, user: User) -> str:
    try:
        department = department_of(user)
    except CannotAssign as error:
        return str(error)
    verdict = claim_verdict(account=account, pool=account.pool, by=user, department=department, now=timezone.now())
    return refusal(verdict) if verdict else ""
