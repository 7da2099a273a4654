"""The dry run: plan every row, write what would happen, touch no customer."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from crm_core.models import BatchState, ImportBatch, ImportRow, RowAction
from crm_core.services.importing.planning import Planner
from crm_core.services.importing.seen import SeenKeys
from foundation.integrity import Refused
from foundation.loading import revise
from foundation.people.models import User

CHUNK = 100
Progress = Callable[[int, int], None]
CHECKABLE = (BatchState.MAPPING, BatchState.CHECKING, BatchState.CHECKED)
DECIDABLE = (BatchState.CHECKED, BatchState.PARTLY)
PLANNED = ["values", "action", "problems", "question", "candidates", "target_id", "changes"]


class CannotCheck(Refused):
    """The batch is past checking, or nobody said which column holds the name."""


def chunks_of(batch: ImportBatch, after: int = 0, **filters: object) -> Iterator[list[ImportRow]]:
    """The rows behind a row number, a chunk at a time, in the order of the file."""
    while chunk := list(ImportRow.objects.filter(batch=batch, row_no__gt=after, **filters).order_by("row_no")[:CHUNK]):
        yield chunk
        after = chunk[-1].row_no


def keep_rows(rows: list[ImportRow], fields: list[str]) -> None:
    """Write some fields of staged rows."""
    revise(ImportRow, rows, fields)


def check_batch(*, batch: ImportBatch, by: User, now: datetime, progress: Progress | None = None) -> ImportBatch:
    """Plan every row, anew when it is asked for again; after a kill behind the last finished chunk. Decisions that were taken stand."""
    if batch.state not in CHECKABLE:
        raise CannotCheck(_("This import is past checking."))
    if "name" not in batch.mapping.values() and not batch.defaults.get("name"):
        raise CannotCheck(_("Say which column holds the name."))
    seen = SeenKeys()
    planner, done = Planner(batch, by, seen=seen), 0
    reached = batch.cursor if batch.state == BatchState.CHECKING else 0
    if not ImportBatch.objects.filter(pk=batch.pk, state__in=CHECKABLE).update(state=BatchState.CHECKING, cursor=reached, done=0):
        raise CannotCheck(_("This import is past checking."))
    try:
        for chunk in chunks_of(batch):
            done += len(chunk)
            if chunk[-1].row_no <= reached:
                planner.recall(chunk)
                continue
            _plan_chunk(planner, chunk, done, progress)
    finally:
        seen.close()
    facts = {"counts": counts_of(batch), "cursor": 0, "done": 0, "checked_at": now, "unknown": planner.cleaner.unknown, "state": BatchState.CHECKED}
    if not ImportBatch.objects.filter(pk=batch.pk, state=BatchState.CHECKING).update(**facts):
        raise CannotCheck(_("The check was stopped."))
    for name, value in facts.items():
        setattr(batch, name, value)
    return batch


def _plan_chunk(planner: Planner, chunk: list[ImportRow], done: int, progress: Progress | None) -> None:
    batch = planner.batch
    for plan in planner.plan(chunk):  # before the transaction, so that nobody waits for it
        plan.settle()
    with transaction.atomic():
        # Nobody may write the plan of a row that another check has finished and a load has taken up.
        if not ImportBatch.objects.filter(pk=batch.pk, state=BatchState.CHECKING).update(cursor=chunk[-1].row_no, done=done):
            raise CannotCheck(_("The check was stopped."))
        keep_rows(chunk, PLANNED)
        if progress:
            progress(done, batch.row_count)


@transaction.atomic
def check_again(*, batch: ImportBatch, by: User, rows: Sequence[int]) -> None:
    """Plan some rows of a batch anew of which the others are loaded: what stood in their way may be gone."""
    if not ImportBatch.objects.select_for_update().filter(pk=batch.pk, state=BatchState.PARTLY).exists():
        raise CannotCheck(_("This import is past checking."))
    seen = SeenKeys()
    try:
        planner = Planner(batch, by, seen=seen)
        for start in range(0, len(rows), CHUNK):
            chunk = list(ImportRow.objects.filter(batch=batch, applied=False, row_no__in=rows[start : start + CHUNK]).order_by("row_no"))
            for plan in planner.plan(chunk):
                plan.settle()
            keep_rows(chunk, PLANNED)
    finally:
        seen.close()
    batch.counts = counts_of(batch)
    batch.save(update_fields=["counts"])


def stop_check(batch: ImportBatch) -> None:
    """Leave a check that was under way; its rows are planned anew by the next one."""
    ImportBatch.objects.filter(pk=batch.pk, state=BatchState.CHECKING).update(state=BatchState.MAPPING)


def counts_of(batch: ImportBatch) -> dict[str, int]:
    """Rows by what happens with them; besides those in question, and those of them that nobody has decided."""
    rows = ImportRow.objects.filter(batch=batch)
    counts: dict[str, int] = dict.fromkeys(RowAction.values, 0)
    counts |= {action: count for action, count in rows.order_by().values_list("action").annotate(Count("pk")) if action}
    asked = rows.exclude(question="").aggregate(
        duplicate_candidates=Count("pk", filter=Q(question="duplicate")),
        questions=Count("pk"),
        waiting=Count("pk", filter=Q(decision="")),
    )
    return counts | asked
