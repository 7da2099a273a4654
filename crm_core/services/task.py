from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext as _

from crm_core import notices
from crm_core.models import Account, Activity, Opportunity, Task
from crm_core.services.saving import save_changes, save_new
from crm_core.services.sharing import check_may_change
from foundation.integrity import Refused
from foundation.people.access import access_of
from foundation.people.models import User
from foundation.usage.models import Verb
from foundation.usage.services import record


class CannotPutOff(Refused):
    """The new day is not after the old one."""


class CannotFinish(Refused):
    """The task is done already."""


def refresh_next_step(account: Account | None, opportunity: Opportunity | None = None) -> None:
    """Bring the day of the next step in step with the open tasks; a derived column, hence without history."""
    if account:
        Account.objects.filter(pk=account.pk).update(next_step_on=account.tasks.open().aggregate(day=Min("due_on"))["day"])
    if opportunity:
        Opportunity.objects.filter(pk=opportunity.pk).update(next_step_on=opportunity.tasks.open().aggregate(day=Min("due_on"))["day"])


@transaction.atomic
def create_task(
    *,
    title: str,
    due_on: date,
    by: User,
    now: datetime,
    owner: User | None = None,
    account: Account | None = None,
    opportunity: Opportunity | None = None,
    activity: Activity | None = None,
) -> Task:
    """Plan a next step for oneself or for a colleague, who is told."""
    check_may_change(account, by)
    owner = owner or by
    post = access_of(owner).main_post
    task = Task(title=title, due_on=due_on, owner=owner, account=account or (opportunity.account if opportunity else None), opportunity=opportunity)
    task.activity, task.created_by, task.created_at, task.department_id = activity, by, now, post.department_id if post else None
    save_new(task, by=by)
    refresh_next_step(task.account, opportunity)
    record(by=by, feature="crm.task.create", verb=Verb.CREATE, obj=task, now=now)
    if owner != by:
        notices.task_given(task=task, by=by)
    return task


@transaction.atomic
def update_task(*, task: Task, changes: dict[str, Any], version: int, by: User, now: datetime) -> list[str]:
    """Change a task's words, day, or owner."""
    former = task.opportunity
    changed = save_changes(task, changes, version=version, by=by)
    refresh_next_step(task.account, task.opportunity)
    refresh_next_step(None, former)
    record(by=by, feature="crm.task.edit", verb=Verb.UPDATE, obj=task, now=now)
    return changed


@transaction.atomic
def finish_task(*, task: Task, by: User, now: datetime) -> Task:
    """Tick a task off; of two people who do so the first counts."""
    row = Task.objects.select_for_update().get(pk=task.pk)
    if row.done_at:
        raise CannotFinish(_("This task is done already."))
    save_changes(row, {"done_at": now}, version=row.version, by=by)
    refresh_next_step(row.account, row.opportunity)
    record(by=by, feature="crm.task.done", verb=Verb.RESOLVE, obj=row, now=now)
    return row


@transaction.atomic
def reopen_task(*, task: Task, by: User, now: datetime) -> Task:
    """Take the tick back."""
    row = Task.objects.select_for_update().get(pk=task.pk)
    save_changes(row, {"done_at": None}, version=row.version, by=by)
    refresh_next_step(row.account, row.opportunity)
    record(by=by, feature="crm.task.done", verb=Verb.UPDATE, obj=row, now=now)
    return row


@transaction.atomic
def put_off_task(*, task: Task, until: date, by: User, now: datetime) -> Task:
    """Move a task to a later day and count how often that happened."""
    row = Task.objects.select_for_update().get(pk=task.pk)
    if until <= row.due_on:
        raise CannotPutOff(_("Choose a day after %(day)s.") % {"day": row.due_on})
    save_changes(row, {"due_on": until, "snoozed": row.snoozed + 1}, version=row.version, by=by)
    refresh_next_step(row.account, row.opportunity)
    record(by=by, feature="crm.task.snooze", verb=Verb.UPDATE, obj=row, now=now)
    return row
