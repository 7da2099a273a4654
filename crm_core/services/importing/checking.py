"""The dry run: plan every row, write what would happen, touch no customer."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from crm_core.models import BatchState, ImportBatch, ImportRow, RowAction
from crm_core.services.importing.planning import Planner
from foundation.integrity import Refused
from foundation.people.models import User

CHUNK = 100
Progress = Callable[[int, int], None]


class CannotCheck(Refused):
    """The batch is past checking, or nobody said which column holds the name."""


def chunks_of(batch: ImportBatch, after: int = 0, **filters: object) -> Iterator[list[ImportRow]]:
    """The rows behind a row number, a chunk at a time, in the order of the file."""
    while chunk := list(ImportRow.objects.filter(batch=batch, row_no__gt=after, **filters).order_by("row_no")[:CHUNK]):
        yield chunk
        after = chunk[-1].row_no


def check_batch(*, batch: ImportBatch, by: User, now: datetime, progress: Progress | None = None) -> ImportBatch:
    """Plan every row anew, from the first; may be repeated, and starts over after a kill."""
    if batch.state not in (BatchState.MAPPING, BatchState.CHECKING, BatchState.CHECKED):
        raise CannotCheck(_("This import is past checking."))
    if "name" not in batch.mapping.values():
        raise CannotCheck(_("Say which column holds the name."))
    planner, counts, done = Planner(batch, by), Counter({action: 0 for action in RowAction.values}), 0
    ImportBatch.objects.filter(pk=batch.pk).update(state=BatchState.CHECKING)
    for chunk in chunks_of(batch):
        with transaction.atomic():
            for plan in planner.plan(chunk):
                plan.row.action, plan.row.problems = plan.action, plan.problems
                plan.row.target_id = plan.target.pk if plan.target else None
                counts[plan.action] += 1
            ImportRow.objects.bulk_update(chunk, ["action", "problems", "target_id"])
            done += len(chunk)
            if progress:
                progress(done, batch.row_count)
    batch.state, batch.counts, batch.cursor = BatchState.CHECKED, dict(counts), 0
    batch.save(update_fields=["state", "counts", "cursor"])
    return batch
