"""People beside the owner: who sees an account, who may change it, and until when."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_core import notices
from crm_core.models import Account, Collaborator, Contact, ShareRight
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.usage.models import Verb
from foundation.usage.services import record

WARN_BEFORE = timedelta(days=3)
CHUNK = 200


class CannotShare(Refused):
    """The person works on the account already, or the last day has passed."""


class CannotChange(Refused):
    """The person may read the account but not change it."""

    status = 403


@transaction.atomic
def share_account(*, account: Account, person: User, by: User, right: str = ShareRight.WRITE, expires_on: date | None = None) -> Collaborator:
    """Let another person work on the account beside the owner: to read, or also to change, for good or until a day (included)."""
    check_may_hand_on(account, by)
    if expires_on is not None and expires_on < timezone.localdate():
        raise CannotShare(_("The last day lies in the past. Choose today or a later day."))
    row = Collaborator.objects.select_for_update().filter(account=account, user=person).first()
    if person.pk == account.owner_id or row is not None and (row.right, row.expires_on) == (right, expires_on):
        raise CannotShare(_("%(person)s works on this account already.") % {"person": person})
    if row is None:
        row = Collaborator(account=account, user=person)
    row.right, row.expires_on, row.added_by = right, expires_on, by
    row._history_user = by  # type: ignore[attr-defined]
    row.save()
    record(by=by, feature="crm.account.share", verb=Verb.UPDATE, obj=account)
    notices.account_shared(account=account, to=person, by=by, row=row)
    return row


@transaction.atomic
def unshare_account(*, account: Account, person: User, by: User) -> None:
    """End a collaboration; everybody may end the own one."""
    if person != by:
        check_may_hand_on(account, by)
    for row in account.collaborators.filter(user=person):
        row._history_user = by  # type: ignore[attr-defined]
        row.delete()
    record(by=by, feature="crm.account.share", verb=Verb.UPDATE, obj=account)


def check_may_change(account: Account | None, by: User) -> None:
    """Refuse (CannotChange) who sees the account only as a collaborator for reading."""
    if account is None:
        return
    rows = Account.objects.filter(pk=account.pk)
    if not rows.changeable_by(by).exists() and rows.visible_to(by).exists():
        raise CannotChange(_("You may read this account but not change it. Ask the owner for the right to change."))


def may_change_contact(contact: Contact, by: User) -> bool:
    """Whether the person sees the contact otherwise than through accounts that are for reading."""
    accounts = Account.objects.filter(contact_links__contact=contact)
    return contact.owner_id == by.pk or not accounts.visible_to(by).exists() or accounts.changeable_by(by).exists()


def check_may_change_contact(contact: Contact, by: User) -> None:
    """Refuse (CannotChange) who sees the contact only through accounts that are for reading."""
    if not may_change_contact(contact, by):
        raise CannotChange(_("You may read this contact but not change it. Ask the owner of the account for the right to change."))


def check_may_hand_on(account: Account, by: User) -> None:
    """Refuse (CannotChange) to give an account away, back or to further people who sees it only as a collaborator."""
    rows = Account.objects.filter(pk=account.pk)
    if not rows.held_by(by).exists() and rows.visible_to(by).exists():
        raise CannotChange(_("You work on this account as a collaborator. Only the owner or a manager may do this."))


def warn_of_expiry(*, today: date) -> int:
    """Tell owner and collaborator, once per end, that a collaboration ends within three days; gives how many were told."""
    told, last = 0, 0
    while True:
        rows = Collaborator.objects.filter(pk__gt=last, expires_on__range=(today, today + WARN_BEFORE))
        found = list(rows.select_related("account__owner", "user").order_by("pk")[:CHUNK])
        if not found:
            return told
        last = found[-1].pk
        told += _warn([row for row in found if row.warned_for != row.expires_on])


@transaction.atomic
def _warn(rows: list[Collaborator]) -> int:
    count = 0
    for row in rows:
        won = Collaborator.objects.filter(pk=row.pk, expires_on=row.expires_on).exclude(warned_for=row.expires_on).update(warned_for=row.expires_on)
        if won:
            notices.share_ends(row=row)
            count += 1
    return count
