"""What was handed back goes through the import: read, checked, decided where it must be, loaded; accounts first, then contacts."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone, translation

from crm_core import notices
from crm_core.models import BatchState, CollectionReturn, CollectionSheet, FieldType, ImportBatch, ImportKind, ImportRow, RowAction
from crm_core.services.collecting.returning import enqueue_load, settle
from crm_core.services.collecting.sheets import columns_for, language_of
from crm_core.services.heads import nearest_heads
from crm_core.services.importing.applying import apply_chunk, finish_apply, park_apply, start_apply
from crm_core.services.importing.checking import check_again, check_batch
from crm_core.services.importing.fields import auto_mapping
from crm_core.services.importing.formats import MoneyForm
from crm_core.services.importing.staging import Reading, read_batch
from crm_core.services.importing.writing import Writer
from foundation.integrity import Refused
from foundation.people.access import people_with_role
from foundation.people.models import User
from foundation.text import fold

Progress = Callable[[int, int], None]
DECIDING = "crm_core.import_account"
DONE = (BatchState.APPLIED, BatchState.UNDOING, BatchState.UNDONE)


def load_return(*, given: CollectionReturn, now: datetime, progress: Progress | None = None) -> dict[str, Any]:
    """Do what is left to do of a return: may be repeated, and goes on where it stopped. What somebody has to decide about waits, the rest is loaded."""
    if given.finished_at or given.withdrawn_at:
        return {"rows": given.row_count, "open": given.open_count}
    person, waiting, parked = given.sheet.person, [], []
    with translation.override(language_of(person)):  # the reasons are for the person, whoever sets the load going
        try:
            for batch in given.batches:
                before = batch.state
                if not _load(batch, given, person, now, progress):
                    waiting.append(batch)
                    parked += [batch] if before != batch.state else []
        except Refused as refusal:
            return _fail(given, str(refusal), now)
    return _wait(given, waiting, parked) if waiting else _finish(given, now)


def go_on(*, batch: ImportBatch, now: datetime) -> None:
    """After an import of a sheet was decided and applied by hand: the rest of the same return."""
    if (given := _return_of(batch)) is not None:
        load_return(given=given, now=now)


def go_on_later(*, batch: ImportBatch, by: User) -> None:
    """As ``go_on``, in the background."""
    if (given := _return_of(batch)) is not None and given.finished_at is None:
        enqueue_load(given, by)


@transaction.atomic
def note_undone(*, batch: ImportBatch, by: User, now: datetime) -> None:
    """After an import of a sheet was taken back: the sheet is owed again."""
    if (given := _return_of(batch)) is not None:
        CollectionReturn.objects.filter(pk=given.pk).update(withdrawn_at=now, finished_at=given.finished_at or now)
        settle(given.sheet, by)


def _return_of(batch: ImportBatch) -> CollectionReturn | None:
    if batch.handed_in_by_id is None:
        return None
    rows = CollectionReturn.objects.select_related("sheet__person", "sheet__round", "accounts", "contacts")
    return rows.filter(accounts=batch).first() or rows.filter(contacts=batch).first()


def _load(batch: ImportBatch, given: CollectionReturn, person: User, now: datetime, progress: Progress | None) -> bool:
    """Bring one import as far as it goes; whether it is done."""
    batch.refresh_from_db()
    if batch.state == BatchState.READING:
        read_batch(batch=batch, by=person, reading=Reading(sheet=batch.sheet, heading_row=batch.heading_row, heading_rows=1), progress=progress)
        _match(batch, person)
    if batch.state in (BatchState.MAPPING, BatchState.CHECKING):
        check_batch(batch=batch, by=person, now=now, progress=progress)
    if batch.state == BatchState.CHECKED:
        start_apply(batch=batch, by=person, now=now, leave_questions=True)
    if batch.state == BatchState.PARTLY and not is_held(batch) and (again := _without_account(batch)):
        check_again(batch=batch, by=person, rows=again)
        start_apply(batch=batch, by=person, now=now, leave_questions=True)
    if batch.state == BatchState.APPLYING:
        writer = Writer(batch, person)
        while apply_chunk(batch=batch, by=person, now=timezone.now(), writer=writer, progress=progress):
            pass
        end_load(batch=batch, by=person, now=timezone.now())
    return batch.state in DONE


def end_load(*, batch: ImportBatch, by: User, now: datetime) -> None:
    """All that can be loaded is: the import is finished, unless rows of a collection sheet still wait."""
    if batch.handed_in_by_id is not None and (_questions(batch) or is_held(batch)):
        park_apply(batch=batch)
    else:
        finish_apply(batch=batch, by=by, now=now)


def _questions(batch: ImportBatch) -> int:
    """Rows about which somebody has yet to decide; those that were overtaken while they were loaded go back to the person instead."""
    return ImportRow.objects.filter(batch=batch, applied=False, decision="").exclude(question="").exclude(candidates=[]).count()


def _without_account(batch: ImportBatch) -> list[int]:
    """Rows that were refused because their account was not found."""
    rows = ImportRow.objects.filter(batch=batch, applied=False, action=RowAction.REFUSE, problems__has_key="account")
    return list(rows.order_by("row_no").values_list("row_no", flat=True))


def is_held(batch: ImportBatch) -> bool:
    """Whether contacts wait for accounts of the same file about which somebody has yet to decide."""
    return bool(_held_rows(batch))


def _held_rows(batch: ImportBatch) -> list[int]:
    given = CollectionReturn.objects.select_related("accounts").filter(contacts=batch).first() if batch.kind == ImportKind.CONTACT else None
    if given is None or given.accounts is None or given.accounts.state in DONE:
        return []
    undecided = ImportRow.objects.filter(batch=given.accounts, applied=False).exclude(question="").values_list("values", flat=True)
    names = {fold(values["name"]) for values in undecided if values and values.get("name")}
    rows = ImportRow.objects.filter(batch=batch, row_no__in=_without_account(batch)).values_list("row_no", "values") if names else ()
    return [row_no for row_no, values in rows if values and fold(values.get("account", "")) in names]


def _match(batch: ImportBatch, person: User) -> None:
    """Only the columns of the sheet count, whatever else a person has added; amounts are written with a point, as we wrote them."""
    columns = {column.field.key: column for column in columns_for(batch.kind, person)}
    batch.mapping = {place: key for place, key in auto_mapping(batch.kind, batch.headings).items() if key in columns}
    for place, key in batch.mapping.items():
        custom = columns[key].custom
        if custom is not None and custom.type in (FieldType.NUMBER, FieldType.MONEY):
            batch.formats[place] = {**batch.formats.get(place, {}), "said": MoneyForm.POINT.value}
    batch.defaults, batch.default_owner, batch.continues = {}, person, None
    batch.save(update_fields=["mapping", "formats", "defaults", "default_owner", "continues"])


@transaction.atomic
def _wait(given: CollectionReturn, batches: list[ImportBatch], parked: list[ImportBatch]) -> dict[str, Any]:
    """Somebody has to decide about rows; who may is told once of each table."""
    sheet = CollectionSheet.objects.select_for_update(of=("self",)).select_related("round", "person", "department").get(pk=given.sheet_id)
    counts = {batch.pk: _questions(batch) for batch in batches}
    waiting = sum(counts.values()) + sum(len(_held_rows(batch)) for batch in batches)
    for batch in batches if sheet.waiting_count == 0 else parked:
        if counts[batch.pk]:
            notices.sheet_waits(sheet=sheet, batch=batch, count=counts[batch.pk], to=deciders_of(sheet, given.returned_at))
    CollectionSheet.objects.filter(pk=sheet.pk).update(waiting_count=waiting)
    return {"rows": given.row_count, "waiting": waiting}


def deciders_of(sheet: CollectionSheet, now: datetime) -> list[User]:
    """Who decides about rows of the sheet: the nearest heads who import, else who leads the project."""
    day = timezone.localdate(now)
    heads = nearest_heads(sheet.department, permission=DECIDING, day=day)
    return heads or list(people_with_role("project_manager", day=day))


@transaction.atomic
def _finish(given: CollectionReturn, now: datetime) -> dict[str, Any]:
    """Count what came back with mistakes, and tell the person."""
    sheet = CollectionSheet.objects.select_for_update(of=("self",)).select_related("round", "person").get(pk=given.sheet_id)
    refused = sum(batch.counts.get(RowAction.REFUSE, 0) for batch in given.batches)
    if CollectionReturn.objects.filter(pk=given.pk, finished_at__isnull=True, withdrawn_at__isnull=True).update(finished_at=now, open_count=refused):
        given.refresh_from_db()
        settle(sheet, sheet.person)
        notices.sheet_loaded(sheet=sheet, counts=counts_of(given))
    return {"rows": given.row_count, "open": refused}


@transaction.atomic
def _fail(given: CollectionReturn, sentence: str, now: datetime) -> dict[str, Any]:
    """The file could not be read or loaded: nothing waits any more, and the person hands another one back."""
    CollectionReturn.objects.filter(pk=given.pk, finished_at__isnull=True).update(finished_at=now, problem=sentence[:300])
    settle(given.sheet, given.sheet.person)
    return {"problem": sentence}


def counts_of(given: CollectionReturn) -> dict[str, int]:
    """Rows of a return by what became of them."""
    return {action: sum(batch.counts.get(action, 0) for batch in given.batches) for action in RowAction.values}
