"""What sales people are told, and who is told it."""

from datetime import date

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm_core.models import Account, ImportBatch, Task
from foundation.notices.kinds import NoticeKind
from foundation.notices.services import notify
from foundation.people.models import User

KINDS = [
    NoticeKind("account_assigned", _("An account was given to you")),
    NoticeKind("account_shared", _("You work on an account beside its owner")),
    NoticeKind("task_given", _("A colleague gave you a task")),
    NoticeKind("task_due", _("Your tasks of the day")),
    NoticeKind("import_finished", _("An import has finished")),
]


def _account_url(account: Account) -> str:
    return reverse("crm_core:account_detail", args=[account.pk])


def account_assigned(*, account: Account, to: User, by: User, reason: str = "") -> None:
    """Tell the new owner."""
    if to != by:
        notify(
            to=[to], kind="account_assigned", subject=_("%(account)s is yours now") % {"account": account.name}, body=reason, url=_account_url(account), by=by
        )


def account_shared(*, account: Account, to: User, by: User) -> None:
    """Tell the new collaborator."""
    notify(to=[to], kind="account_shared", subject=_("You work on %(account)s now") % {"account": account.name}, body="", url=_account_url(account), by=by)


def task_given(*, task: Task, by: User) -> None:
    """Tell the person who is to do it."""
    body = _("Due on %(day)s.") % {"day": task.due_on.isoformat()}
    notify(to=[task.owner], kind="task_given", subject=task.title, body=body, url=reverse("crm_core:my_day"), by=by)


def tasks_due(*, owner: User, count: int, day: date) -> None:
    """Tell a person in the morning how many tasks wait."""
    subject = _("%(count)d tasks are due") % {"count": count}
    notify(to=[owner], kind="task_due", subject=subject, body=_("For %(day)s.") % {"day": day.isoformat()}, url=reverse("crm_core:my_day"), by=None)


def import_finished(*, batch: ImportBatch) -> None:
    """Tell the person who imported what became of it."""
    counts = batch.counts
    body = _("Created %(create)d, updated %(update)d, skipped %(skip)d, refused %(refuse)d.") % {
        name: counts.get(name, 0) for name in ("create", "update", "skip", "refuse")
    }
    subject = _("Import of %(file)s has finished") % {"file": batch.file_name}
    notify(to=[batch.created_by], kind="import_finished", subject=subject, body=body, url=reverse("crm_core:import_detail", args=[batch.pk]), by=None)
