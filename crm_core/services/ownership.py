"""The one door through which an account changes hands."""

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_core import notices
from crm_core.models import Account, Collaborator, Contact, Opportunity, Outcome, Ownership, OwnershipHow, Task, possible_owners
from crm_core.services.saving import find_again, note_history
from foundation.integrity import Refused
from foundation.people.access import access_of
from foundation.people.models import Department, User
from foundation.usage.models import Verb
from foundation.usage.services import record


class CannotClaim(Refused):
    """The account is not in the pool any more, or never was."""


class CannotAssign(Refused):
    """The account has an owner, or the person cannot own accounts."""


class CannotTransfer(Refused):
    """The account has another owner than the caller believed, or goes to the one who has it."""


class CannotReturn(Refused):
    """The account lies in the pool already, or there is open work on it."""


class CannotShare(Refused):
    """The person works on the account already."""


def department_of(person: User) -> Department:
    """The department under which the person's accounts are kept."""
    post = access_of(person).main_post
    if post is None:
        raise CannotAssign(_("%(person)s holds no position today and cannot own accounts.") % {"person": person})
    return Department.objects.get(pk=post.department_id)


def pool_of(department: Department) -> Department:
    """The department into whose pool an account falls: teams share the pool of the department above them."""
    while department.kind == "team" and department.parent is not None:
        department = department.parent
    return department


def open_ownership(*, account: Account, how: str, by: User, now: datetime, reason: str = "") -> Ownership:
    """Write the live row of the ledger for the account's owner; the database refuses a second one."""
    if account.owner is None:
        raise CannotAssign(_("Choose who is to own the account."))
    return Ownership.objects.create(account=account, owner=account.owner, department=account.department, how=how, starts_at=now, reason=reason[:200], by=by)


def _close_ownership(account: Account, *, now: datetime, reason: str) -> None:
    for row in Ownership.objects.live().filter(account=account):
        row.ends_at = max(now, row.starts_at)
        row.end_reason = reason[:200]
        row.save(update_fields=["ends_at", "end_reason"])


def _hand_over(account: Account, *, expected: int | None, owner: User | None, department: Department, by: User, reason: str) -> bool:
    """Change the owner in one conditional UPDATE, which only one of several simultaneous callers can win."""
    won = (
        Account.objects.live()
        .filter(pk=account.pk, owner_id=expected)
        .update(owner=owner, department=department, pool=None, pooled_at=None, version=F("version") + 1, updated_at=timezone.now())
    )
    if won:
        account.refresh_from_db()
        note_history([account], by=by, reason=reason)
        find_again(account)
    return bool(won)


def _who_has_it(account: Account) -> User | None:
    return User.objects.filter(accounts=account.pk).first()


@transaction.atomic
def claim_account(*, account: Account, by: User, now: datetime) -> Account:
    """Take an account out of the pool; of several people who try in the same instant exactly one gets it."""
    if not _hand_over(account, expected=None, owner=by, department=department_of(by), by=by, reason="claim"):
        holder = _who_has_it(account)
        if holder == by:
            raise CannotClaim(_("This account is yours already."))
        if holder is None:
            raise CannotClaim(_("This account is not here any more."))
        raise CannotClaim(_("%(person)s was faster: the account is claimed already. Ask %(person)s, or choose another one.") % {"person": holder})
    open_ownership(account=account, how=OwnershipHow.CLAIM, by=by, now=now)
    record(by=by, feature="crm.account.claim", verb=Verb.CLAIM, obj=account, now=now)
    return account


@transaction.atomic
def assign_account(*, account: Account, owner: User, by: User, now: datetime, reason: str = "") -> Account:
    """Give an account from the pool to a person."""
    _may_own(owner, by)
    if not _hand_over(account, expected=None, owner=owner, department=department_of(owner), by=by, reason=reason or "assign"):
        raise CannotAssign(_("This account has an owner: %(person)s. Transfer it instead.") % {"person": _who_has_it(account) or "-"})
    open_ownership(account=account, how=OwnershipHow.ASSIGN, by=by, now=now, reason=reason)
    record(by=by, feature="crm.account.assign", verb=Verb.UPDATE, obj=account, now=now)
    notices.account_assigned(account=account, to=owner, by=by, reason=reason)
    return account


@transaction.atomic
def transfer_account(*, account: Account, owner: User, by: User, now: datetime, reason: str = "", take_along: bool = True) -> Account:
    """Hand an account to another owner, with the former owner's contacts, open opportunities (stage untouched) and open tasks there."""
    _may_own(owner, by)
    former = account.owner
    if former is None:
        return assign_account(account=account, owner=owner, by=by, now=now, reason=reason)
    if former == owner:
        raise CannotTransfer(_("%(person)s owns this account already.") % {"person": owner})
    if not _hand_over(account, expected=former.pk, owner=owner, department=department_of(owner), by=by, reason=reason or "transfer"):
        raise CannotTransfer(_("In the meantime the account went to %(person)s. Look again, then decide.") % {"person": _who_has_it(account) or _("the pool")})
    _close_ownership(account, now=now, reason=reason or _("Transferred"))
    open_ownership(account=account, how=OwnershipHow.TRANSFER, by=by, now=now, reason=reason)
    if take_along:
        _take_along(account, former=former, by=by)
    record(by=by, feature="crm.account.transfer", verb=Verb.UPDATE, obj=account, now=now)
    notices.account_assigned(account=account, to=owner, by=by, reason=reason)
    return account


@transaction.atomic
def return_account(*, account: Account, by: User, now: datetime, reason: str) -> Account:
    """Put an account back into the pool of its department, with the reason; not while a deal is open."""
    if account.owner_id is None:
        raise CannotReturn(_("This account lies in the pool already."))
    open_deals = account.opportunities.live().open().count()
    if open_deals:
        raise CannotReturn(_("%(count)d opportunities are open here. Win, lose or transfer them first.") % {"count": open_deals})
    if not _hand_over(account, expected=account.owner_id, owner=None, department=pool_of(account.department), by=by, reason=reason):
        raise CannotReturn(_("In the meantime the account changed hands. Look again, then decide."))
    _close_ownership(account, now=now, reason=reason)
    record(by=by, feature="crm.account.return", verb=Verb.UPDATE, obj=account, now=now)
    return account


@transaction.atomic
def share_account(*, account: Account, person: User, by: User) -> Collaborator:
    """Let another person work on the account beside the owner."""
    if person.pk == account.owner_id or account.collaborators.filter(user=person).exists():
        raise CannotShare(_("%(person)s works on this account already.") % {"person": person})
    row = Collaborator.objects.create(account=account, user=person, added_by=by)
    record(by=by, feature="crm.account.share", verb=Verb.UPDATE, obj=account)
    notices.account_shared(account=account, to=person, by=by)
    return row


@transaction.atomic
def unshare_account(*, account: Account, person: User, by: User) -> None:
    """End a collaboration."""
    for row in account.collaborators.filter(user=person):
        row.delete()
    record(by=by, feature="crm.account.share", verb=Verb.UPDATE, obj=account)


def _may_own(owner: User, by: User) -> None:
    if not possible_owners(by).filter(pk=owner.pk).exists():
        raise CannotAssign(_("You cannot give accounts to %(person)s: not a sales person within your reach.") % {"person": owner})


def _take_along(account: Account, *, former: User, by: User) -> None:
    """Move what the former owner had open at the account; closed deals keep the name of the one who closed them."""
    groups: list[tuple[models.QuerySet[Any], dict[str, Any]]] = [
        (Opportunity.objects.live().filter(account=account, owner=former, stage__outcome=Outcome.OPEN), {"department": account.department}),
        (Contact.objects.live().filter(account_links__account=account, owner=former), {"department": account.department}),
        (Task.objects.open().filter(account=account, owner=former), {"department": account.department}),
    ]
    for rows, fields in groups:
        moved = list(rows)
        if not moved:
            continue
        type(moved[0])._default_manager.filter(pk__in=[row.pk for row in moved]).update(owner=account.owner, version=F("version") + 1, **fields)
        fresh = list(type(moved[0])._default_manager.filter(pk__in=[row.pk for row in moved]))
        note_history(fresh, by=by, reason="transfer")
        for row in fresh:
            if hasattr(row, "search_entry"):
                find_again(row)
