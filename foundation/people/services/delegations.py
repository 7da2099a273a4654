"""Deputies: who acts for whom while away."""

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.integrity import Refused
from foundation.people.models import Delegation, User
from foundation.people.notices import deputy_named, deputy_released

LONGEST = timedelta(days=366)


class CannotDelegate(Refused):
    """That person cannot be the deputy in that time."""


@transaction.atomic
def start_delegation(*, principal: User, deputy: User, starts_on: date, ends_on: date, by: User, today: date, reason: str = "") -> Delegation:
    """Let the deputy act with the absent person's rights, both days included; never longer than a year."""
    if deputy.pk == principal.pk:
        raise CannotDelegate(_("Choose somebody else as deputy."))
    if not deputy.is_active:
        raise CannotDelegate(_("%(person)s cannot sign in and so cannot be a deputy.") % {"person": deputy})
    if ends_on < starts_on:
        raise CannotDelegate(_("The last day lies before the first."))
    if ends_on < today:
        raise CannotDelegate(_("This time is already over."))
    if ends_on - starts_on > LONGEST:
        raise CannotDelegate(_("A deputy is named for a year at most. Choose a nearer last day."))
    User.objects.select_for_update().get(pk=principal.pk)
    same = Delegation.objects.filter(principal=principal, deputy=deputy, ended_early_on__isnull=True, starts_on__lte=ends_on, ends_on__gte=starts_on)
    if same.exists():
        raise CannotDelegate(_("%(person)s is already your deputy in that time.") % {"person": deputy})
    delegation = Delegation(principal=principal, deputy=deputy, starts_on=starts_on, ends_on=ends_on, reason=reason)
    delegation._history_user = by  # type: ignore[attr-defined]
    delegation.save()
    deputy_named(delegation=delegation, by=by)
    return delegation


@transaction.atomic
def end_delegation(*, delegation: Delegation, by: User, today: date) -> None:
    """End a delegation before its last day; the deputy's rights are gone at once."""
    if delegation.ended_early_on or delegation.ends_on < today:
        raise CannotDelegate(_("This delegation has already ended."))
    delegation.ended_early_on = today
    delegation._history_user = by  # type: ignore[attr-defined]
    delegation.save(update_fields=["ended_early_on"])
    deputy_released(delegation=delegation, by=by)
