"""Looking up what the register of companies says, and keeping each look."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_core.models import Account, RegisteredStatus, StatusReview
from crm_core.models.status_review import OLD
from crm_core.services.saving import save_changes
from crm_core.services.sharing import check_may_change
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.usage.models import Verb
from foundation.usage.services import record


class CannotReview(Refused):
    """There is nothing to say: no status, or a next look that lies in the past."""


@transaction.atomic
def review_status(*, account: Account, status: str, source: str, note: str, again_on: date | None, version: int, by: User, now: datetime) -> StatusReview:
    """Keep what the register said today; raises Stale when somebody changed the account meanwhile."""
    check_may_change(account, by)
    today = timezone.localdate(now)
    if status not in RegisteredStatus.values:
        raise CannotReview(_("Say what the register says."))
    if again_on is not None and again_on <= today:
        raise CannotReview(_("The next look must lie in the future."))
    before = account.registered_status
    changes = {"registered_status": status, "registered_status_on": today, "registered_status_source": source}
    save_changes(account, changes, version=version, by=by)
    look = StatusReview.objects.create(
        account=account, status=status, before=before, source=source, note=note, again_on=again_on or today + OLD, reviewed_by=by, reviewed_at=now
    )
    record(by=by, feature="crm.account.review_status", verb=Verb.CONFIRM, obj=account, now=now)
    return look


@transaction.atomic
def confirm_statuses(*, accounts: list[Account], by: User, now: datetime) -> int:
    """Say of several accounts that the status which is known still holds; gives how many. Those without a status must be looked up one by one."""
    if nameless := [str(account) for account in accounts if not account.registered_status]:
        raise CannotReview(_("Nothing is known of %(accounts)s: look these up one by one.") % {"accounts": ", ".join(nameless[:3])})
    for account in accounts:
        review_status(
            account=account,
            status=account.registered_status,
            source=account.registered_status_source,
            note="",
            again_on=timezone.localdate(now) + timedelta(days=OLD.days),
            version=account.version,
            by=by,
            now=now,
        )
    return len(accounts)
