"""The one door through which an account changes hands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_core import notices
from crm_core.claim_rules import Verdict
from crm_core.models import (
    Account,
    Contact,
    HandoverPart,
    Opportunity,
    Outcome,
    Ownership,
    OwnershipEnd,
    OwnershipHow,
    OwnershipMode,
    Pool,
    PoolEventKind,
    Task,
    possible_owners,
    slot_of,
)
from crm_core.pool_words import RefusedByRule, refusal
from crm_core.services.claiming import capacity_of, claim_verdict, note_event
from crm_core.services.ledger import CannotAssign, close_ownership, department_of, open_ownership, open_ownerships
from crm_core.services.pools import pool_for
from crm_core.services.saving import find_again, note_history
from crm_core.services.sharing import CannotChange, CannotShare, check_may_hand_on, share_account, unshare_account
from foundation.integrity import Refused
from foundation.people.models import Department, User
from foundation.usage.models import Outcome as UsageOutcome
from foundation.usage.models import Verb
from foundation.usage.services import record

__all__ = [
    "CannotAssign",
    "CannotChange",
    "CannotClaim",
    "CannotReturn",
    "CannotShare",
    "CannotTransfer",
    "assign_account",
    "claim_account",
    "department_of",
    "open_ownership",
    "open_ownerships",
    "release_account",
    "return_account",
    "share_account",
    "transfer_account",
    "unshare_account",
]


class CannotClaim(RefusedByRule):
    """The account is not in the pool any more, or a rule of the pool stands in the way."""


class CannotTransfer(Refused):
    """The account has another owner than the caller believed, or goes to the one who has it."""


class CannotReturn(Refused):
    """The account lies in the pool already, or there is open work on it."""


@dataclass(frozen=True)
class Seat:
    """The place in the ledger that a change of hands is about: the one of the account, or that of a further business unit."""

    slot: int
    is_home: bool

    def holder(self, account: Account) -> User | None:
        """Who holds the seat now."""
        row = Ownership.objects.live().filter(account=account, slot=self.slot).select_related("owner").first()
        return row.owner if row else None


def seat_of(account: Account, department: Department) -> Seat:
    """The seat for which a person of the department may own the account; with one owner per account there is only one."""
    if not OwnershipMode.per_unit():
        return Seat(0, True)
    slot, home = slot_of(department, per_unit=True), slot_of(account.department, per_unit=True)
    return Seat(slot, slot == home or (home == 0 and account.owner_id is None))


def _hand_over(account: Account, *, expected: int | None, owner: User | None, department: Department, by: User | None, reason: str, **pooled: Any) -> bool:
    """Change the owner in one conditional UPDATE, which only one of several simultaneous callers can win."""
    fields = {"owner": owner, "department": department, "pool": None, "pooled_at": None, **pooled}
    rows = Account.objects.live().filter(pk=account.pk, owner_id=expected)
    won = rows.update(**fields, version=F("version") + 1, updated_at=timezone.now())
    if won:
        account.refresh_from_db()
        note_history([account], by=by, reason=reason)
        find_again(account)
    return bool(won)


def _who_has_it(account: Account) -> User | None:
    return User.objects.filter(accounts=account.pk).first()


def _queue_for(person: User) -> None:
    """Let two changes that give accounts to the same person come one after the other, so that both are counted."""
    User.objects.select_for_update(no_key=True).filter(pk=person.pk).first()


def claim_account(*, account: Account, by: User, now: datetime) -> Account:
    """Take an account out of the pool; of several people who try in the same instant exactly one gets it.

    A refusal (CannotClaim) carries the verdict with rule, values and date, and stands in the pool's ledger.
    """
    try:
        with transaction.atomic():
            return _claim(account, by, now)
    except CannotClaim as refused:
        if refused.verdict is not None:
            _note_refusal(account, by=by, now=now, verdict=refused.verdict)
        raise


def _claim(account: Account, by: User, now: datetime) -> Account:
    department = department_of(by)
    _queue_for(by)
    current = Account.objects.live().filter(pk=account.pk).select_related("pool", "department", "owner").first()
    if current is None:
        raise CannotClaim(_("This account is not here any more."))
    seat = seat_of(current, department)
    holder = current.owner if seat.is_home else seat.holder(current)
    if holder is not None:
        raise _taken(by, holder)
    pool = (current.pool or pool_for(current)) if current.owner_id is None else None
    if verdict := claim_verdict(account=current, pool=pool, by=by, department=department, now=now):
        raise CannotClaim(refusal(verdict), verdict)
    _sit_down(account, seat, owner=by, department=department, by=by, now=now, how=OwnershipHow.CLAIM, reason="")
    note_event(PoolEventKind.CLAIM, account=account, pool=pool, user=by, by=by, now=now)
    record(by=by, feature="crm.account.claim", verb=Verb.CLAIM, obj=account, now=now)
    return account


def _taken(by: User, holder: User | None) -> CannotClaim:
    if holder == by:
        return CannotClaim(_("This account is yours already."))
    if holder is None:
        return CannotClaim(_("This account is not here any more."))
    verdict = Verdict("taken", {"person": str(holder)})
    return CannotClaim(refusal(verdict), verdict)


def _sit_down(account: Account, seat: Seat, *, owner: User, department: Department, by: User, now: datetime, how: str, reason: str) -> None:
    """Take a free seat; the conditional UPDATE and the unique constraint of the ledger decide between people who come together."""
    try:
        with transaction.atomic():
            if seat.is_home and not _hand_over(account, expected=None, owner=owner, department=department, by=by, reason=reason or how):
                raise _taken(owner, _who_has_it(account))
            open_ownership(account=account, how=how, by=by, now=now, reason=reason, owner=owner, department=department)
    except IntegrityError:
        account.refresh_from_db()
        raise _taken(owner, seat.holder(account) or _who_has_it(account)) from None


def _note_refusal(account: Account, *, by: User, now: datetime, verdict: Verdict) -> None:
    """What was refused is kept although nothing was changed: in the pool's ledger and among the usage events."""
    with transaction.atomic():
        current = Account.objects.filter(pk=account.pk).select_related("pool").first()
        if current is not None:
            note_event(PoolEventKind.REFUSE, account=current, pool=current.pool, user=by, by=by, now=now, verdict=verdict)
            record(by=by, feature="crm.account.claim", verb=Verb.CLAIM, obj=current, now=now, outcome=UsageOutcome.DENIED)


@transaction.atomic
def assign_account(*, account: Account, owner: User, by: User, now: datetime, reason: str = "") -> Account:
    """Give an account from the pool to a person, as far as the person's capacity reaches."""
    _may_own(owner, by)
    _queue_for(owner)
    department = department_of(owner)
    _has_room(account, owner, department, by, now)
    seat, pool = seat_of(account, department), account.pool
    try:
        _sit_down(account, seat, owner=owner, department=department, by=by, now=now, how=OwnershipHow.ASSIGN, reason=reason)
    except CannotClaim:
        holder = seat.holder(account) or _who_has_it(account) or "-"
        raise CannotAssign(_("This account has an owner: %(person)s. Transfer it instead.") % {"person": holder}) from None
    note_event(PoolEventKind.ASSIGN, account=account, pool=pool, user=owner, by=by, now=now, reason=reason)
    record(by=by, feature="crm.account.assign", verb=Verb.UPDATE, obj=account, now=now)
    notices.account_assigned(account=account, to=owner, by=by, reason=reason)
    return account


@transaction.atomic
def transfer_account(
    *,
    account: Account,
    owner: User,
    by: User,
    now: datetime,
    reason: str = "",
    take_along: bool | frozenset[str] = True,
    how: str = OwnershipHow.TRANSFER,
    tell: bool = True,
) -> Account:
    """Hand an account to another owner, with the former owner's contacts, open opportunities (stage untouched) and open tasks there.

    With an owner per business unit, the owner of the new one's unit changes; the other units keep theirs.
    """
    _may_own(owner, by)
    _queue_for(owner)
    department = department_of(owner)
    seat = seat_of(account, department)
    former = account.owner if seat.is_home else seat.holder(account)
    if former is None:
        return assign_account(account=account, owner=owner, by=by, now=now, reason=reason)
    if former == owner:
        raise CannotTransfer(_("%(person)s owns this account already.") % {"person": owner})
    _has_room(account, owner, department, by, now)
    if seat.is_home and not _hand_over(account, expected=former.pk, owner=owner, department=department, by=by, reason=reason or "transfer"):
        raise CannotTransfer(_("In the meantime the account went to %(person)s. Look again, then decide.") % {"person": _who_has_it(account) or _("the pool")})
    end = OwnershipEnd.DISPUTE if how == OwnershipHow.DISPUTE else OwnershipEnd.TRANSFER
    row = Ownership.objects.live().filter(account=account, owner=former).filter(slot=seat.slot if not seat.is_home else F("slot")).first()
    if row is not None and not close_ownership(row, now=now, how=end, reason=reason or _("Transferred"), by=by) or row is None and not seat.is_home:
        raise CannotTransfer(_("In the meantime the account went to %(person)s. Look again, then decide.") % {"person": seat.holder(account) or _("the pool")})
    open_ownership(account=account, how=how, by=by, now=now, reason=reason, owner=owner, department=department)
    if take_along:
        parts = take_along if isinstance(take_along, frozenset) else frozenset(HandoverPart.values)
        _take_along(account, former=former, owner=owner, department=department, by=by, parts=parts)
    record(by=by, feature="crm.account.transfer", verb=Verb.UPDATE, obj=account, now=now)
    if tell:
        notices.account_assigned(account=account, to=owner, by=by, reason=reason)
    return account


@transaction.atomic
def return_account(*, account: Account, by: User, now: datetime, reason: str, pool: Pool | None = None) -> Account:
    """Put an account back into a pool (that of its department unless said), with the reason; not while a deal is open.

    With an owner per business unit a person gives back the own unit's seat.
    """
    check_may_hand_on(account, by)
    row = _seat_to_leave(account, by)
    if row is None and account.owner_id is None:
        raise CannotReturn(_("This account lies in the pool already."))
    deals = account.opportunities.live().open()
    if row is not None and row.owner_id != account.owner_id:
        deals = deals.filter(owner=row.owner)
    if open_deals := deals.count():
        raise CannotReturn(_("%(count)d opportunities are open here. Win, lose or transfer them first.") % {"count": open_deals})
    former = row.owner if row else account.owner
    if not release_account(account=account, row=row, pool=pool, by=by, now=now, how=OwnershipEnd.RETURN, reason=reason):
        raise CannotReturn(_("In the meantime the account changed hands. Look again, then decide."))
    note_event(PoolEventKind.RETURN, account=account, pool=_pool_of_return(account, row), user=former, by=by, now=now, reason=reason)
    record(by=by, feature="crm.account.return", verb=Verb.UPDATE, obj=account, now=now)
    return account


def _seat_to_leave(account: Account, by: User) -> Ownership | None:
    """The row that a return ends: the returner's own, else the one of the account's owner."""
    live = Ownership.objects.live().filter(account=account).select_related("owner", "department", "business_unit")
    return live.filter(owner=by).first() or live.filter(owner=account.owner_id).first()


def _pool_of_return(account: Account, row: Ownership | None) -> Pool | None:
    if row is None:
        return account.pool
    row.refresh_from_db(fields=["fell_into"])
    return row.fell_into or account.pool


def release_account(*, account: Account, row: Ownership | None, by: User | None, now: datetime, how: str, reason: str, pool: Pool | None = None) -> bool:
    """Let an account go into a pool, whoever asks; False when somebody was faster. Call it inside a transaction."""
    if row is not None and row.owner_id != account.owner_id:  # a further unit's seat: the account itself stays where it is
        return close_ownership(row, now=now, how=how, reason=reason, by=by, pool=pool or pool_for(Account(department=row.department, kind=account.kind)))
    pool = pool or pool_for(account)
    if not _hand_over(account, expected=account.owner_id, owner=None, department=pool.department, by=by, reason=reason, pool=pool, pooled_at=now):
        return False
    return row is None or close_ownership(row, now=now, how=how, reason=reason, by=by, pool=pool)


def _may_own(owner: User, by: User) -> None:
    if not possible_owners(by).filter(pk=owner.pk).exists():
        raise CannotAssign(_("You cannot give accounts to %(person)s: not a sales person within your reach.") % {"person": owner})


def _has_room(account: Account, owner: User, department: Department, by: User, now: datetime) -> None:
    if verdict := capacity_of(owner, department=department, kind=account.kind, level=account.level, now=now, asked_by=by):
        raise CannotAssign(refusal(verdict))


def _take_along(account: Account, *, former: User, owner: User, department: Department, by: User, parts: frozenset[str]) -> None:
    """Move what the former owner had open at the account; closed deals keep the name of the one who closed them."""
    groups: dict[str, models.QuerySet[Any]] = {
        HandoverPart.OPPORTUNITIES: Opportunity.objects.live().filter(account=account, owner=former, stage__outcome=Outcome.OPEN),
        HandoverPart.CONTACTS: Contact.objects.live().filter(account_links__account=account, owner=former),
        HandoverPart.TASKS: Task.objects.open().filter(account=account, owner=former),
    }
    for part, rows in groups.items():
        if part not in parts:
            continue
        moved = list(rows)
        if not moved:
            continue
        type(moved[0])._default_manager.filter(pk__in=[row.pk for row in moved]).update(owner=owner, department=department, version=F("version") + 1)
        fresh = list(type(moved[0])._default_manager.filter(pk__in=[row.pk for row in moved]))
        note_history(fresh, by=by, reason="transfer")
        for row in fresh:
            if hasattr(row, "search_entry"):
                find_again(row)
