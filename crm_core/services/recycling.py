"""The recycle bin: nothing of a customer is deleted by a click."""

from datetime import datetime

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from crm_core.models import Account, Contact, Opportunity
from crm_core.services.account import CannotDiscard
from crm_core.services.saving import find_again, save_changes
from crm_core.services.sharing import check_may_change_contact, check_may_hand_on
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.search.services import unindex
from foundation.usage.models import Verb
from foundation.usage.services import record

Kept = Account | Contact | Opportunity


class CannotRestore(Refused):
    """What the row belongs to is in the bin itself."""


def _noun(row: Model) -> str:
    return str(row._meta.model_name)


@transaction.atomic
def discard(*, row: Kept, by: User, now: datetime) -> None:
    """Throw a row into the recycle bin; an account only when no deal is open there."""
    if isinstance(row, Account):
        check_may_hand_on(row, by)
    elif isinstance(row, Contact):
        check_may_change_contact(row, by)
    if isinstance(row, Account) and (count := row.opportunities.live().open().count()):
        raise CannotDiscard(_("%(count)d opportunities are open here. Win or lose them first.") % {"count": count})
    save_changes(row, {"deleted_at": now, "deleted_by": by}, version=row.version, by=by)
    unindex(row)
    record(by=by, feature=f"crm.{_noun(row)}.delete", verb=Verb.DELETE, obj=row, now=now)


@transaction.atomic
def restore(*, row: Kept, by: User, now: datetime) -> None:
    """Take a row out of the recycle bin as it was."""
    if isinstance(row, Opportunity) and row.account.deleted_at:
        raise CannotRestore(_("Its account “%(account)s” is in the recycle bin. Restore that first.") % {"account": row.account})
    save_changes(row, {"deleted_at": None, "deleted_by": None}, version=row.version, by=by)
    find_again(row)
    record(by=by, feature=f"crm.{_noun(row)}.restore", verb=Verb.UPDATE, obj=row, now=now)
