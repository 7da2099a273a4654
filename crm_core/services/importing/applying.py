"""Write a checked batch, a chunk of 100 rows to a transaction; the cursor moves in the same transaction, so a kill costs at most a chunk."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from crm_core import notices
from crm_core.models import BatchState, Decision, ImportBatch, ImportRow, RowAction, RowQuestion
from crm_core.services.importing.checking import DECIDABLE, counts_of, keep_rows
from crm_core.services.importing.columns import open_formats
from crm_core.services.importing.following import find_leaders
from crm_core.services.importing.planning import BESIDE, Plan, Planner, changes_of
from crm_core.services.importing.swapping import TOGETHER
from crm_core.services.importing.writing import WRITTEN, Writer
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.usage.models import Surface, Verb
from foundation.usage.services import record

LOADED = (RowAction.CREATE, RowAction.UPDATE, RowAction.MERGE)


class CannotApply(Refused):
    """The batch has not been checked, or was applied already."""


@transaction.atomic
def start_apply(*, batch: ImportBatch, by: User, now: datetime, leave_open: bool = False, leave_questions: bool = False) -> None:
    """Say that a checked batch is being applied; of two people who press the button one is refused.

    Rows about which somebody has yet to decide stand in the way, unless they may wait (``leave_questions``) or are to be left out
    together with columns that nobody has explained (``leave_open``).
    """
    waiting = ImportRow.objects.filter(batch=batch, decision="").exclude(question="").count()
    if waiting and not leave_open and not leave_questions:
        raise CannotApply(_("%(count)d rows wait for a decision: decide about them first.") % {"count": waiting})
    if not leave_open and (places := open_formats(batch)):
        names = _(", ").join(f"“{batch.headings[int(place)]}”" for place in places[:5])
        raise CannotApply(_("Say first how these columns are to be read: %(columns)s.") % {"columns": names})
    if not ImportBatch.objects.filter(pk=batch.pk, state__in=DECIDABLE).update(state=BatchState.APPLYING, cursor=0, done=0):
        raise CannotApply(_("Check the file first; an import is applied only once."))
    batch.refresh_from_db()


def rows_to_load(batch: ImportBatch) -> int:
    """How many rows the load has to write."""
    return sum(batch.counts.get(action, 0) for action in LOADED)


def apply_chunk(*, batch: ImportBatch, by: User, now: datetime, writer: Writer | None = None, progress: Callable[[int, int], None] | None = None) -> int:
    """Write the next rows that create, update or merge; gives how many were read, 0 at the end.

    The chunk is claimed by moving the cursor in one conditional UPDATE: of two processes that read the same rows one writes them.
    """
    if batch.state != BatchState.APPLYING:
        raise CannotApply(_("This import is not being applied."))
    writer = writer or Writer(batch, by)
    rows = list(_to_load(batch).filter(row_no__gt=batch.cursor).order_by("row_no")[: writer.pace.rows])
    if not rows:
        return 0
    rows, later = _with_partners(batch, rows, writer.pace.rows)
    reached = rows[-1].row_no
    rows += later
    plans = [Plan(row, dict(row.values or {}), dict(row.problems), action=row.action) for row in rows]
    writer.prepare(plans, now)  # before the transaction, so that nobody waits for it
    with writer.pace, transaction.atomic():
        mine = ImportBatch.objects.filter(pk=batch.pk, state=BatchState.APPLYING, cursor=batch.cursor)
        if mine.update(cursor=reached, done=F("done") + len(rows)):
            _look_again(plans, writer.planner)
            writer.hold(plans)
            find_leaders(plans, batch)
            for plan in plans:
                plan.row.action, plan.row.problems, plan.row.question = plan.action, plan.problems, plan.question or plan.row.question
            writer.write(plans, now)
            keep_rows(rows, WRITTEN)
            if progress:
                progress(batch.done + len(rows), rows_to_load(batch))
    batch.refresh_from_db(fields=["cursor", "done", "state"])
    if batch.state != BatchState.APPLYING:
        raise CannotApply(_("This import is not being applied."))
    return len(rows)


def _to_load(batch: ImportBatch) -> QuerySet[ImportRow]:
    return ImportRow.objects.filter(batch=batch, applied=False, action__in=LOADED)


def _with_partners(batch: ImportBatch, rows: list[ImportRow], room: int) -> tuple[list[ImportRow], list[ImportRow]]:
    """So many of the rows as there is room for together with later rows from which they take values, and those."""
    wanted: set[int] = set()
    for place, row in enumerate(rows):
        more = wanted | set((row.values or {}).get(TOGETHER, ()))
        if place and more and place + len(more) >= room:
            rows = rows[:place]
            break
        wanted = more
    numbers = wanted - {row.row_no for row in rows}
    return rows, list(_to_load(batch).filter(row_no__in=numbers, row_no__gt=rows[-1].row_no).order_by("row_no")) if numbers else []


def _look_again(plans: list[Plan], planner: Planner) -> None:
    """Plans as the check left them against what is here now: somebody may have entered or changed the customer since."""
    creates = [plan for plan in plans if plan.action == RowAction.CREATE and plan.row.decision != Decision.CREATE]
    others = [plan for plan in plans if plan.action in (RowAction.UPDATE, RowAction.MERGE) and not plan.follows]
    known = planner.already_here(creates)
    for plan in creates:
        if plan.row.pk in known:
            _stop(plan, _("Somebody entered this customer after the check: look again."))
    found = {
        row.pk: row
        for row in planner.model.objects.live().select_for_update(of=("self",)).filter(pk__in=[plan.row.target_id for plan in others]).order_by("pk")
    }
    for plan in others:
        plan.target = found.get(plan.row.target_id)
        if plan.target is None:
            _stop(plan, _("The record is not here any more."))
            continue
        shown = plan.row.changes or {}
        plan.changes = changes_of(plan)
        plan.has_new_contact = "contact_name" in shown
        promised = {key: pair for key, pair in shown.items() if key not in BESIDE}
        if plan.target.version != plan.values.get("target_version") and plan.changes != promised:
            _stop(plan, _("It was changed here after the check: look again."))
        elif "title" in shown:
            plan.changes["title"] = shown["title"]


def _stop(plan: Plan, sentence: str) -> None:
    """Nothing is written over what somebody did meanwhile; the row goes out with the refused ones."""
    plan.action, plan.question, plan.row.decision = RowAction.REFUSE, RowQuestion.CHANGED, ""
    plan.problems = {**plan.problems, "name": sentence}


@transaction.atomic
def park_apply(*, batch: ImportBatch) -> None:
    """The clear rows are loaded; the others wait until somebody has decided and the load goes on."""
    ImportBatch.objects.filter(pk=batch.pk, state=BatchState.APPLYING).update(state=BatchState.PARTLY, counts=counts_of(batch))
    batch.refresh_from_db()


@transaction.atomic
def finish_apply(*, batch: ImportBatch, by: User, now: datetime) -> ImportBatch:
    """Count what was done, tell the person, and write one usage event for the whole import."""
    under_way = ImportBatch.objects.filter(pk=batch.pk, state__in=(BatchState.APPLYING, BatchState.PARTLY))
    changed = under_way.update(state=BatchState.APPLIED, applied_at=now)
    batch.refresh_from_db()
    if changed:
        left = ImportRow.objects.filter(batch=batch, applied=False, action__in=LOADED).count()
        batch.counts = counts_of(batch) | ({"left": left} if left else {})
        batch.save(update_fields=["counts"])
        record(by=by, feature="crm.account.import", verb=Verb.IMPORT, obj=batch, now=now, surface=Surface.IMPORT)
        if batch.handed_in_by_id is None:  # of a collection sheet its person is told as a whole
            notices.import_finished(batch=batch)
    return batch
