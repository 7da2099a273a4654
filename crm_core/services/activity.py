from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from crm_core.models import Account, Activity, Contact, Opportunity
from crm_core.services.merging import survivor_of
from crm_core.services.saving import save_changes, save_new
from crm_core.services.sharing import check_may_change
from crm_core.services.task import create_task
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.usage.models import Verb
from foundation.usage.services import record


class CannotLog(Refused):
    """What is logged lies in the future."""


class CannotEdit(Refused):
    """The day in which the author may correct the words has passed."""


@transaction.atomic
def log_activity(
    *,
    account: Account,
    kind: str,
    subject: str,
    by: User,
    now: datetime,
    body: str = "",
    occurred_at: datetime | None = None,
    contact: Contact | None = None,
    opportunity: Opportunity | None = None,
    is_promise: bool = False,
    next_step: str = "",
    next_on: date | None = None,
) -> Activity:
    """Write down what happened, when it happened, and plan the next step with its day as a task."""
    check_may_change(account, by)
    account = _standing(account)
    happened = occurred_at or now
    if happened > now + timedelta(minutes=5):
        raise CannotLog(_("This has not happened yet. Plan it as a next step instead."))
    activity = Activity(account=account, kind=kind, subject=subject, body=body, occurred_at=happened, recorded_at=now, author=by)
    activity.contact, activity.opportunity, activity.is_promise = contact, opportunity, is_promise
    save_new(activity, by=by)
    touch(account=account, opportunity=opportunity, happened=happened)
    if next_on:
        words = next_step or _("Follow up: %(subject)s") % {"subject": subject}
        create_task(title=words[:200], due_on=next_on, by=by, now=now, account=account, opportunity=opportunity, activity=activity)
    filled = sum(1 for value in (subject, body, contact, next_on) if value)
    record(by=by, feature="crm.activity.log", verb=Verb.LOG, obj=activity, now=now, occurred_at=happened, filled=filled, required=4)
    return activity


def _standing(account: Account) -> Account:
    """The account to write to: nobody merges it away meanwhile, and one that was merged in this moment leads to its survivor."""
    into = Account.objects.select_for_update(no_key=True).filter(pk=account.pk).values_list("merged_into", flat=True).first()
    target = survivor_of(Account, account.pk) if into else None
    return Account.objects.get(pk=target) if target else account


def touch(*, account: Account, opportunity: Opportunity | None, happened: datetime) -> None:
    """Remember the latest follow-up; a derived column, hence without history. An older one changes nothing."""
    older = Q(last_activity_at__isnull=True) | Q(last_activity_at__lt=happened)
    Account.objects.filter(older, pk=account.pk).update(last_activity_at=happened)
    if opportunity:
        Opportunity.objects.filter(older, pk=opportunity.pk).update(last_activity_at=happened)


@transaction.atomic
def edit_activity(*, activity: Activity, changes: dict[str, Any], version: int, by: User, now: datetime) -> list[str]:
    """Correct one's own words within a day; every earlier wording stays in the history."""
    if not activity.editable_by(by, now):
        raise CannotEdit(_("Only the author may correct this, and only within a day. Log a new activity instead."))
    changed = save_changes(activity, changes, version=version, by=by)
    touch(account=activity.account, opportunity=activity.opportunity, happened=activity.occurred_at)
    record(by=by, feature="crm.activity.edit", verb=Verb.UPDATE, obj=activity, now=now)
    return changed
