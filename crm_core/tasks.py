"""Background work of the CRM; each loads by id and calls one service, chunk by chunk."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from crm_core.models import BatchState, CollectionReturn, CustomField, DuplicateRun, ImportBatch, Remap, RemapState, RunKind, Subject
from crm_core.services.collecting import end_load, go_on, load_return, note_undone
from crm_core.services.custom_field_editing import filled_count, index_chunk
from crm_core.services.duplicates.finding import search, start_search
from crm_core.services.falling import recycle
from crm_core.services.importing import (
    CannotApply,
    Writer,
    apply_chunk,
    check_batch,
    finish_undo,
    kept_reading,
    read_batch,
    rows_to_load,
    undo_chunk,
)
from crm_core.services.remapping import all_chunks, count_rows
from crm_core.services.reminding import remind_of_sheets, remind_of_tasks
from crm_core.services.sharing import warn_of_expiry
from crm_core.services.tidying import tidy
from foundation.jobs.runner import JobRun
from foundation.people.models import User


def starter_of(job: JobRun) -> User:
    """Who started the import: whatever it writes is theirs, so it has no schedule and always a starter."""
    if job.by is None:
        raise CannotApply(_("An import needs somebody who started it."))
    return job.by


def read_import(job: JobRun) -> dict[str, Any]:
    """Read a large file into staging, from its first row."""
    batch = ImportBatch.objects.get(pk=job.payload["batch"])
    if batch.state == BatchState.READING:
        progress = lambda done, total: job.progress(done, total, _("Reading rows"))  # noqa: E731
        read_batch(batch=batch, by=starter_of(job), reading=kept_reading(batch), progress=progress)
    return {"rows": batch.row_count}


def check_import(job: JobRun) -> dict[str, Any]:
    """Dry run of a large file; one that ended before its job could say so is not done again."""
    batch = ImportBatch.objects.get(pk=job.payload["batch"])
    if batch.state not in (BatchState.MAPPING, BatchState.CHECKING) and batch.checked_at and batch.checked_at >= job.created_at:
        return batch.counts
    check_batch(batch=batch, by=starter_of(job), now=timezone.now(), progress=lambda done, total: job.progress(done, total, _("Checking rows")))
    return batch.counts


def apply_import(job: JobRun) -> dict[str, Any]:
    """Write a checked file; after a kill it goes on behind the last finished chunk."""
    batch = ImportBatch.objects.get(pk=job.payload["batch"])
    by = batch.handed_in_by or starter_of(job)  # what a sheet brings is its person's
    if batch.state == BatchState.APPLYING:
        writer = Writer(batch, by)
        progress = lambda done, total: job.progress(done, total, _("Writing accounts and contacts"))  # noqa: E731
        while apply_chunk(batch=batch, by=by, now=timezone.now(), writer=writer, progress=progress):
            pass
        end_load(batch=batch, by=by, now=timezone.now())
    go_on(batch=batch, now=timezone.now())
    return batch.counts


def undo_import(job: JobRun) -> dict[str, Any]:
    """Take an applied file back."""
    batch = ImportBatch.objects.get(pk=job.payload["batch"])
    total = rows_to_load(batch)
    while batch.state == BatchState.UNDOING and undo_chunk(batch=batch, by=starter_of(job), now=timezone.now()):
        batch.refresh_from_db(fields=["done", "state"])
        job.progress(batch.done, total, _("Taking rows back"))
    finish_undo(batch=batch, by=starter_of(job), now=timezone.now())
    note_undone(batch=batch, by=starter_of(job), now=timezone.now())
    return batch.counts


def recycle_pools(job: JobRun) -> dict[str, Any]:
    """Let accounts fall by the rules of the pools, and tell who must hear of collaborations that end; a day runs once, however often it is started."""
    now = timezone.now()
    run = recycle(day=timezone.localdate(now), now=now, progress=lambda run: job.progress(run.counts["fall"], None, _("Looking through the accounts")))
    return {**run.counts, "shares": warn_of_expiry(today=timezone.localdate(now))}


def morning_reminder(job: JobRun) -> dict[str, Any]:
    """Tell everybody who has tasks due today or owes a collection sheet; at most once a day per person."""
    today = timezone.localdate()
    return {"told": remind_of_tasks(today=today), "sheets": remind_of_sheets(today=today)}


def load_sheet(job: JobRun) -> dict[str, Any]:
    """Read, check and load what somebody handed back; after a kill it goes on where it stopped."""
    given = CollectionReturn.objects.get(pk=job.payload["return"])
    return load_return(given=given, now=timezone.now(), progress=lambda done, total: job.progress(done, total, _("Looking through your sheet")))


def tidy_up(job: JobRun) -> dict[str, Any]:
    """Every night: what was kept for a while only."""
    return tidy(now=timezone.now())


def remap_dictionary(job: JobRun) -> dict[str, Any]:
    """Move many rows from one value of a dictionary to another, or back."""
    remap = Remap.objects.get(pk=job.payload["remap"])
    total = remap.rows.count() if remap.state == RemapState.UNDOING else count_rows(remap.dictionary, remap.from_code) + remap.moved
    for done in all_chunks(remap, by=starter_of(job), now=timezone.now()):
        job.progress(min(done, total), total, _("Re-mapping rows"))
    return {"moved": remap.moved, "kept": remap.kept}


def index_custom_field(job: JobRun) -> dict[str, Any]:
    """Renew the index of the rows that hold a value of a custom field."""
    field, after, done = CustomField.objects.get(pk=job.payload["field"]), 0, 0
    total = filled_count(field)
    while True:
        after, count = index_chunk(field, after)
        if not count:
            return {"indexed": done}
        done += count
        job.progress(min(done, total), total, _("Renewing the index"))


def find_duplicates(job: JobRun) -> dict[str, Any]:
    """Search the whole base; after a kill it goes on behind the last finished step."""
    run = DuplicateRun.objects.get(pk=job.payload["run"])
    if run.finished_at is None:
        search(run=run, progress=lambda done, total: job.progress(done, total, _("Comparing records")))
        run.refresh_from_db()
    return run.counts


def find_changed_duplicates(job: JobRun) -> dict[str, Any]:
    """Every night: what was entered or changed since the last search, against the whole base; not while a search is under way."""
    counts: dict[str, Any] = {}
    for subject in Subject.values:
        standing = DuplicateRun.objects.filter(subject=subject, finished_at__isnull=True).exclude(kind=RunKind.CHANGED).exists()
        if not standing and DuplicateRun.objects.filter(subject=subject, finished_at__isnull=False).exists():
            run = start_search(subject=subject, by=None, now=timezone.now(), kind=RunKind.CHANGED)
            counts[subject] = search(run=run, progress=lambda done, total: job.progress(done, total, _("Comparing records"))).counts
    return counts
