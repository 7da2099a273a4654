"""What was handed back goes through the import: read, checked, decided where it must be, loaded; accounts first, then contacts."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone, translation

from crm_core import notices
from crm_core.models import BatchState, CollectionReturn, CollectionSheet, FieldType, ImportBatch, RowAction
from crm_core.services.collecting.returning import settle
from crm_core.services.collecting.sheets import columns_for, language_of
from crm_core.services.heads import nearest_heads
from crm_core.services.importing.applying import apply_chunk, finish_apply, start_apply
from crm_core.services.importing.checking import check_batch
from crm_core.services.importing.fields import auto_mapping
from crm_core.services.importing.formats import MoneyForm
from crm_core.services.importing.staging import Reading, read_batch
from crm_core.services.importing.writing import Writer
from foundation.integrity import Refused
from foundation.people.access import people_with_role
from foundation.people.models import User

Progress = Callable[[int, int], None]
DECIDING = "crm_core.import_account"


def load_return(*, given: CollectionReturn, now: datetime, progress: Progress | None = None) -> dict[str, Any]:
    """Do what is left to do of a return: may be repeated, and goes on where it stopped. Stops where somebody has to decide."""
    if given.finished_at or given.withdrawn_at:
        return {"rows": given.row_count, "open": given.open_count}
    person = given.sheet.person
    with translation.override(language_of(person)):  # the reasons are for the person, whoever sets the load going
        try:
            for batch in given.batches:
                if not _load(batch, person, now, progress):
                    return _wait(given, batch)
        except Refused as refusal:
            return _fail(given, str(refusal), now)
    return _finish(given, now)


def go_on(*, batch: ImportBatch, now: datetime) -> None:
    """After an import of a sheet was decided and applied by hand: the rest of the same return."""
    if (given := _return_of(batch)) is not None:
        load_return(given=given, now=now)


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


def _load(batch: ImportBatch, person: User, now: datetime, progress: Progress | None) -> bool:
    """Bring one import as far as it goes; whether it is done."""
    batch.refresh_from_db()
    if batch.state == BatchState.READING:
        read_batch(batch=batch, by=person, reading=Reading(sheet=batch.sheet, heading_row=batch.heading_row, heading_rows=1), progress=progress)
        _match(batch, person)
    if batch.state in (BatchState.MAPPING, BatchState.CHECKING):
        check_batch(batch=batch, by=person, now=now, progress=progress)
    if batch.state == BatchState.CHECKED:
        if batch.counts.get("waiting"):
            return False
        start_apply(batch=batch, by=person, now=now)
    if batch.state == BatchState.APPLYING:
        writer = Writer(batch, person)
        while apply_chunk(batch=batch, by=person, now=timezone.now(), writer=writer, progress=progress):
            pass
        finish_apply(batch=batch, by=person, now=timezone.now())
    return batch.state in (BatchState.APPLIED, BatchState.UNDOING, BatchState.UNDONE)


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
def _wait(given: CollectionReturn, batch: ImportBatch) -> dict[str, Any]:
    """Somebody has to decide about rows; who may is told once."""
    sheet = CollectionSheet.objects.select_for_update(of=("self",)).select_related("round", "person", "department").get(pk=given.sheet_id)
    waiting = batch.counts.get("waiting", 0)
    if sheet.waiting_count != waiting:
        CollectionSheet.objects.filter(pk=sheet.pk).update(waiting_count=waiting)
        notices.sheet_waits(sheet=sheet, batch=batch, count=waiting, to=deciders_of(sheet, given.returned_at))
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
