"""The dry run: plan every row, write what would happen, touch no customer."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from crm_core.models import BatchState, ImportBatch, ImportRow, RowAction
from crm_core.services.importing.planning import Planner
from crm_core.services.importing.seen import SeenKeys
from crm_core.services.importing.swapping import CONSIDERED, TOGETHER, Exchange
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


def chunks_of(batch: ImportBatch, *conditions: Q, **filters: object) -> Iterator[list[ImportRow]]:
    """The rows of a batch, a chunk at a time, in the order of the file."""
    after = 0
    while chunk := list(ImportRow.objects.filter(*conditions, batch=batch, row_no__gt=after, **filters).order_by("row_no")[:CHUNK]):
        yield chunk
        after = chunk[-1].row_no


def chunks_in(batch: ImportBatch, numbers: list[int]) -> Iterator[list[ImportRow]]:
    """The rows of some numbers, a chunk at a time."""
    for part in _parts(numbers):
        yield list(ImportRow.objects.filter(batch=batch, row_no__in=part).order_by("row_no"))


def _parts(numbers: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), CHUNK):
        yield numbers[start : start + CHUNK]


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
        if planner.unrepeated.fields:
            _grant_exchanges(batch, by, seen)
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


# --- values that change hands within the file ---------------------------------------------------------
def _grant_exchanges(batch: ImportBatch, by: User, seen: SeenKeys) -> None:
    """Plan rows anew that were refused for a value of another record, where that record gives it up in the same file; and those that follow them."""
    planner = Planner(batch, by, seen=seen)
    groups = _exchange_of(batch, planner).settled()
    if not groups:
        return
    planner.unrepeated.granted = frozenset(groups)
    for chunk in chunks_in(batch, sorted(groups)):
        for plan in planner.plan([row for row in chunk if row.action == RowAction.REFUSE]):
            plan.settle()
        for row in chunk:
            row.values = {**(row.values or {}), TOGETHER: [number for number in groups[row.row_no] if number != row.row_no]}
        _keep_plans(batch, chunk)
    for numbers in _parts(sorted(groups)):
        for chunk in chunks_of(batch, action=RowAction.REFUSE, values__follows__in=numbers):
            for plan in planner.plan(chunk):
                plan.settle()
            _keep_plans(batch, chunk)


def _exchange_of(batch: ImportBatch, planner: Planner) -> Exchange:
    """Who wants values of other records, and which rows give values up."""
    exchange = planner.unrepeated.exchange = Exchange()
    refused = Q(pk__in=[])
    for field in planner.unrepeated.fields:
        refused |= Q(problems__has_key=field.name)
    for chunk in chunks_of(batch, refused, action=RowAction.REFUSE):
        for plan in planner.plan(chunk):
            if plan.row.row_no in exchange.wants and plan.action == RowAction.UPDATE:
                exchange.gives |= dict.fromkeys(planner.unrepeated.given_up(plan.changes), plan.row.row_no)
        if len(exchange.wants) > CONSIDERED:
            break
    planner.unrepeated.exchange = None
    wanted = {held for found in exchange.wants.values() for held in found} - exchange.gives.keys()
    changing = ImportRow.objects.filter(batch=batch, action=RowAction.UPDATE, changes__has_key="custom").order_by("row_no")
    for row_no, changes in changing.values_list("row_no", "changes").iterator(chunk_size=CHUNK) if wanted else ():
        exchange.gives |= {held: row_no for held in planner.unrepeated.given_up(changes) if held in wanted}
    return exchange


def _keep_plans(batch: ImportBatch, rows: list[ImportRow]) -> None:
    with transaction.atomic():
        if not ImportBatch.objects.select_for_update().filter(pk=batch.pk, state=BatchState.CHECKING).exists():
            raise CannotCheck(_("The check was stopped."))
        keep_rows(rows, PLANNED)


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
