"""To whom an account is billed."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crm_core.models import Account, BillingProfile
from crm_core.services.saving import save_changes
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.usage.models import Verb
from foundation.usage.services import record


class CannotBill(Refused):
    """The profile is retired, or somebody else set another default in the same instant."""


def _clear_default(account: Account, *, but: int, by: User) -> None:
    for row in BillingProfile.objects.live().select_for_update().filter(account=account, is_default=True).exclude(pk=but):
        row.is_default = False
        row.version += 1
        row._history_user = by  # type: ignore[attr-defined]
        row.save(update_fields=["is_default", "version", "updated_at"])


@transaction.atomic
def create_billing_profile(*, account: Account, data: dict[str, Any], by: User, now: datetime) -> BillingProfile:
    """One more way to bill an account; the first one is the default."""
    Account.objects.select_for_update().get(pk=account.pk)  # two people adding a first profile wait for each other
    profile = BillingProfile(account=account, **data)
    if profile.is_default:
        _clear_default(account, but=0, by=by)
    else:
        profile.is_default = not BillingProfile.objects.live().filter(account=account).exists()
    profile._history_user = by  # type: ignore[attr-defined]
    profile.save()
    record(by=by, feature="crm.billing.create", verb=Verb.CREATE, obj=account, now=now)
    return profile


@transaction.atomic
def update_billing_profile(*, profile: BillingProfile, changes: dict[str, Any], version: int, by: User, now: datetime) -> list[str]:
    """Change a profile; raises Stale when somebody else was faster."""
    if profile.retired_at:
        raise CannotBill(_("This billing profile is retired. Add a new one."))
    if changes.get("is_default"):
        _clear_default(profile.account, but=profile.pk, by=by)
    elif profile.is_default:
        changes = {name: value for name, value in changes.items() if name != "is_default"}  # there is always one default
    try:
        with transaction.atomic():
            changed = save_changes(profile, changes, version=version, by=by)
    except IntegrityError as error:
        raise CannotBill(_("Somebody else has set another default in the same instant. Look again.")) from error
    record(by=by, feature="crm.billing.edit", verb=Verb.UPDATE, obj=profile.account, now=now)
    return changed


@transaction.atomic
def retire_billing_profile(*, profile: BillingProfile, by: User, now: datetime) -> None:
    """Bill no longer to this profile; it stays readable, and the next one becomes the default."""
    save_changes(profile, {"retired_at": now, "is_default": False}, version=profile.version, by=by)
    heir = BillingProfile.objects.live().filter(account=profile.account).order_by("pk").first()
    if heir and not BillingProfile.objects.live().filter(account=profile.account, is_default=True).exists():
        save_changes(heir, {"is_default": True}, version=heir.version, by=by)
    record(by=by, feature="crm.billing.retire", verb=Verb.UPDATE, obj=profile.account, now=now)
