"""Background work of the CRM; each loads by id and calls one service, chunk by chunk."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from crm_core.models import BatchState, ImportBatch
from crm_core.services.falling import recycle
from crm_core.services.importing import CannotApply, apply_chunk, check_batch, finish_apply, finish_undo, undo_chunk
from crm_core.services.reminding import remind_of_tasks
from crm_core.services.sharing import warn_of_expiry
from foundation.jobs.runner import JobRun
from foundation.people.models import User


def starter_of(job: JobRun) -> User:
    """Who started the import: whatever it writes is theirs, so it has no schedule and always a starter."""
    if job.by is None:
        raise CannotApply(_("An import needs somebody who started it."))
    return job.by


def check_import(job: JobRun) -> dict[str, Any]:
    """Dry run of a large file."""
    batch = ImportBatch.objects.get(pk=job.payload["batch"])
    check_batch(batch=batch, by=starter_of(job), now=timezone.now(), progress=lambda done, total: job.progress(done, total, _("Checking rows")))
    return batch.counts


def apply_import(job: JobRun) -> dict[str, Any]:
    """Write a checked file; after a kill it goes on behind the last finished chunk."""
    batch = ImportBatch.objects.get(pk=job.payload["batch"])
    while batch.state == BatchState.APPLYING and apply_chunk(batch=batch, by=starter_of(job), now=timezone.now()):
        job.progress(batch.rows.filter(row_no__lte=batch.cursor).count(), batch.row_count, _("Writing accounts and contacts"))
    return finish_apply(batch=batch, by=starter_of(job), now=timezone.now()).counts


def undo_import(job: JobRun) -> dict[str, Any]:
    """Take an applied file back."""
    batch, done = ImportBatch.objects.get(pk=job.payload["batch"]), 0
    while batch.state == BatchState.UNDOING and (count := undo_chunk(batch=batch, by=starter_of(job), now=timezone.now())):
        done += count
        job.progress(done, batch.row_count, _("Taking rows back"))
    finish_undo(batch=batch, by=starter_of(job), now=timezone.now())
    return batch.counts


def recycle_pools(job: JobRun) -> dict[str, Any]:
    """Let accounts fall by the rules of the pools, and tell who must hear of collaborations that end; a day runs once, however often it is started."""
    now = timezone.now()
    run = recycle(day=timezone.localdate(now), now=now, progress=lambda run: job.progress(run.counts["fall"], None, _("Looking through the accounts")))
    return {**run.counts, "shares": warn_of_expiry(today=timezone.localdate(now))}


def morning_reminder(job: JobRun) -> dict[str, Any]:
    """Tell everybody who has tasks due today; at most once a day per person."""
    return {"told": remind_of_tasks(today=timezone.localdate())}
