"""Handing a sheet back: whose it is and what is missing is seen at once, the rest is done in the background."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_core.models import (
    BatchState,
    CollectionReturn,
    CollectionRound,
    CollectionSheet,
    ImportBatch,
    ImportKind,
    ImportRow,
    RoundState,
    RowAction,
    SheetState,
    SourceKind,
    WhenHere,
)
from crm_core.pool_words import say_moment
from crm_core.services.collecting.sheets import REQUIRED, columns_for, key_in
from crm_core.services.importing.applying import finish_apply
from crm_core.services.importing.cells import text_of
from crm_core.services.importing.fields import auto_mapping
from crm_core.services.importing.staging import drop_batch, receive_file
from foundation.fill_in import LISTS
from foundation.integrity import Refused
from foundation.jobs.services import enqueue
from foundation.people.access import access_of
from foundation.people.models import User
from foundation.sheets import Row, read_rows
from foundation.usage.models import Verb
from foundation.usage.services import record

LOOKED_AT = 15  # rows in which the headings are looked for
MOST_ROWS = 20_000
MOST_SHEETS = 12


class CannotHandBack(Refused):
    """The file is not this sheet, or the sheet cannot be handed back now."""


class CannotTakeBack(Refused):
    """Nothing is waiting, or some of it is loaded already."""


@dataclass
class Part:
    """A table of the sheet as it was found in a file."""

    kind: str
    sheet: str
    heading_row: int
    headings: list[str]
    key: str
    row_count: int = 0
    missing: list[str] = field(default_factory=list)


def read_parts(file: BinaryIO, sheet: CollectionSheet) -> list[Part]:
    """The tables of a file that are this sheet's; CannotHandBack says what is wrong with it."""
    parts: dict[str, Part] = {}
    first = read_rows(file, headings=False)
    names = first.sheets[:MOST_SHEETS] or [""]
    for name in names:
        if name == LISTS:
            continue
        table = first if name == first.sheet and name == names[0] else read_rows(file, sheet=name, headings=False)
        if (part := _part(table.rows, name, sheet)) is not None:
            if part.kind in parts:  # which of them holds the corrections, nobody can tell
                raise CannotHandBack(_("The file holds two tables of the same kind. Leave one of them out."))
            parts[part.kind] = part
    if not parts:
        raise CannotHandBack(_("The key of the sheet is missing. Download your sheet again, and leave its grey columns as they are."))
    if not any(part.row_count for part in parts.values()):
        raise CannotHandBack(_("The file has column names but no rows under them."))
    return [parts[kind] for kind in (ImportKind.ACCOUNT, ImportKind.CONTACT) if kind in parts and parts[kind].row_count]


def _part(rows: Iterator[Row], name: str, sheet: CollectionSheet) -> Part | None:
    for number, row in enumerate(rows):
        if number >= LOOKED_AT:
            return None
        texts = [text_of(cell) for cell in row]
        place, named = next(((place, found) for place, text in enumerate(texts) if (found := key_in(text))), (0, None))
        if named is not None:
            part = Part(named[0], name, row.number, texts, named[1])
            _check_columns(part, sheet)
            _count_rows(part, rows, place)
            return part
    return None


def _check_columns(part: Part, sheet: CollectionSheet) -> None:
    """Whose sheet it is, and whether the columns stand by which rows are found again."""
    if part.key != sheet.key:
        other = CollectionSheet.objects.filter(key=part.key, person=sheet.person_id).select_related("round").first()
        if other is not None:
            raise CannotHandBack(_("This is your sheet of another round, “%(round)s”. Hand it back there.") % {"round": other.round})
        raise CannotHandBack(_("This is not your sheet. Download your own and fill it in."))
    fields = {column.field.key: column.field for column in columns_for(part.kind, sheet.person)}
    found = set(auto_mapping(part.kind, part.headings).values())
    gone = [str(fields[key].label) for key in REQUIRED[ImportKind(part.kind)] if key not in found]
    if gone:
        raise CannotHandBack(_("These columns are missing: %(columns)s. Put them back, or download your sheet again.") % {"columns": _(", ").join(gone)})
    part.missing = [str(one.label) for key, one in fields.items() if key not in found]


def _count_rows(part: Part, rows: Iterator[Row], place: int) -> None:
    """How many rows there are; one that was copied from somebody else's sheet stops the whole file."""
    for row in rows:
        cells = [text_of(cell) for cell in row]
        if not any(cells):
            continue
        part.row_count += 1
        if part.row_count > MOST_ROWS:
            raise CannotHandBack(_("The sheet has more than %(most)d rows.") % {"most": MOST_ROWS})
        if place < len(cells) and cells[place] not in ("", part.key):
            raise CannotHandBack(_("Row %(row)d comes from another sheet. Take it out, or write it anew without the grey columns.") % {"row": row.number})


def hand_back(*, sheet: CollectionSheet, file: BinaryIO, file_name: str, by: User, now: datetime) -> CollectionReturn:
    """Keep what was handed back, as the sheet's person, and start to look through it in the background."""
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # the stubs of BinaryIO lack readinto, which every file has
    check_may_fill(sheet, by)
    _check_open(sheet)
    _check_new(sheet, digest)
    parts = read_parts(file, sheet)
    with transaction.atomic():
        sheet = _locked(sheet)
        _check_new(sheet, digest)
        given = _next(sheet, by, now, file_name=file_name[:200], sha256=digest, row_count=sum(part.row_count for part in parts))
        given.missing = sorted({name for part in parts for name in part.missing})
        for part in parts:
            batch = _stage(part, sheet, file, file_name, now)
            setattr(given, "accounts" if part.kind == ImportKind.ACCOUNT else "contacts", batch)
        given.save()
        enqueue_load(given, by)
        _note(sheet, by, state=SheetState.RETURNED, row_count=given.row_count, returned_by=by, returned_at=now, waiting_count=0)
        record(by=by, feature="crm.sheet.return", verb=Verb.CONFIRM, obj=sheet, now=now, filled=sheet.sent_count - sheet.open_count, required=sheet.sent_count)
    return given


def enqueue_load(given: CollectionReturn, by: User) -> None:
    """Look through what was handed back, in the background."""
    sheet = given.sheet
    given.job = enqueue(
        task="crm_core.tasks.load_sheet",
        by=by,
        title=_("Load the sheet of %(person)s") % {"person": sheet.person},
        payload={"return": given.pk},
        key=f"crm-sheet-{sheet.pk}-{given.number}",
        url=sheet.get_absolute_url(),
        again=True,
    )
    given.save(update_fields=["job"])


@transaction.atomic
def confirm_sheet(*, sheet: CollectionSheet, by: User, now: datetime) -> CollectionReturn:
    """Say without a file that everything is right as it stands in the CRM."""
    check_may_fill(sheet, by)
    sheet = _locked(sheet)
    if sheet.state not in (SheetState.SENT, SheetState.CORRECT):
        raise CannotHandBack(_("This sheet is done already."))
    given = _next(sheet, by, now)
    CollectionReturn.objects.filter(pk=given.pk).update(finished_at=now)
    _note(sheet, by, state=SheetState.LOADED, row_count=0, open_count=0, waiting_count=0, returned_by=by, returned_at=now)
    record(by=by, feature="crm.sheet.confirm", verb=Verb.CONFIRM, obj=sheet, now=now)
    return given


@transaction.atomic
def take_back(*, sheet: CollectionSheet, by: User, now: datetime) -> None:
    """Take back what waits for decisions, so that another file can be handed back; what was clear is loaded and stays."""
    check_may_fill(sheet, by)
    sheet = CollectionSheet.objects.select_for_update(of=("self",)).get(pk=sheet.pk)
    given = sheet.returns.filter(finished_at__isnull=True, withdrawn_at__isnull=True).first()
    if given is None:
        raise CannotTakeBack(_("Nothing of yours is waiting."))
    batches = list(ImportBatch.objects.select_for_update(of=("self",)).filter(pk__in=[batch.pk for batch in given.batches]))
    states = {batch.state for batch in batches}
    if BatchState.PARTLY in states and states <= {BatchState.PARTLY, BatchState.APPLIED, BatchState.UNDONE}:
        for batch in batches:
            finish_apply(batch=batch, by=sheet.person, now=now)
        refused = ImportRow.objects.filter(batch__in=batches, action=RowAction.REFUSE).count()
        CollectionReturn.objects.filter(pk=given.pk).update(finished_at=now, open_count=refused)
    elif BatchState.CHECKED in states and states <= {BatchState.CHECKED, BatchState.READING}:  # nothing is loaded yet
        CollectionReturn.objects.filter(pk=given.pk).update(withdrawn_at=now)
        for batch in batches:
            drop_batch(batch)
    else:
        raise CannotTakeBack(_("It is being loaded. Wait until that is done."))
    settle(sheet, by)
    record(by=by, feature="crm.sheet.takeback", verb=Verb.UPDATE, obj=sheet, now=now)


def settle(sheet: CollectionSheet, by: User | None) -> None:
    """Bring the sheet in step with the last return that stands."""
    if CollectionSheet.objects.filter(pk=sheet.pk, state=SheetState.OUT).exists():
        return
    last = sheet.returns.filter(withdrawn_at__isnull=True).order_by("-number").first()
    if last is None:
        _note(sheet, by, state=SheetState.SENT, row_count=0, open_count=0, waiting_count=0, returned_by=None, returned_at=None)
        return
    state = SheetState.RETURNED if last.finished_at is None else SheetState.CORRECT if last.open_count or last.problem else SheetState.LOADED
    _note(
        sheet,
        by,
        state=state,
        row_count=last.row_count,
        open_count=last.open_count,
        waiting_count=0,
        returned_by=last.returned_by,
        returned_at=last.returned_at,
    )


def _note(sheet: CollectionSheet, by: User | None, **facts: Any) -> None:
    for name, value in facts.items():
        setattr(sheet, name, value)
    sheet._history_user = by  # type: ignore[attr-defined]
    sheet.save(update_fields=list(facts))


def check_may_fill(sheet: CollectionSheet, by: User) -> None:
    """A sheet is its person's, and of who stands in for the person today."""
    if by.pk != sheet.person_id and sheet.person_id not in access_of(by).principals:
        raise CannotHandBack(_("This is the sheet of %(person)s. Only the person or a deputy hands it back.") % {"person": sheet.person})


def _check_open(sheet: CollectionSheet) -> None:
    if sheet.state == SheetState.OUT:
        raise CannotHandBack(_("This sheet was taken out of the round: %(reason)s") % {"reason": sheet.out_reason})
    if sheet.round.state != RoundState.OPEN:
        raise CannotHandBack(_("This round is closed. Ask %(person)s if something is missing.") % {"person": sheet.round.created_by})


def _check_new(sheet: CollectionSheet, digest: str) -> None:
    """The same file is not loaded twice, and one file is looked through at a time."""
    given = sheet.returns.filter(withdrawn_at__isnull=True)
    if (same := given.filter(sha256=digest, problem="").first()) is not None:
        raise CannotHandBack(_("This very file was handed back already, on %(moment)s.") % {"moment": say_moment(timezone.localtime(same.returned_at))})
    if given.filter(finished_at__isnull=True).exists():
        raise CannotHandBack(_("What you handed back before is still being looked at. Wait until it is loaded, or take it back first."))


def _locked(sheet: CollectionSheet) -> CollectionSheet:
    """The sheet for one writer at a time, of a round that still runs."""
    CollectionRound.objects.select_for_update(of=("self",)).get(pk=sheet.round_id)
    found = CollectionSheet.objects.select_for_update(of=("self",)).select_related("round", "person", "department").get(pk=sheet.pk)
    _check_open(found)
    return found


def _next(sheet: CollectionSheet, by: User, now: datetime, **facts: Any) -> CollectionReturn:
    number = (sheet.returns.aggregate(last=Max("number"))["last"] or 0) + 1
    try:
        with transaction.atomic():
            return CollectionReturn.objects.create(sheet=sheet, number=number, returned_by=by, returned_at=now, **facts)
    except IntegrityError as error:
        raise CannotHandBack(_("What you handed back before is still being looked at. Wait until it is loaded, or take it back first.")) from error


def _stage(part: Part, sheet: CollectionSheet, file: BinaryIO, file_name: str, now: datetime) -> ImportBatch:
    """The import of one table: its person is the author of every row and the owner of every new customer."""
    person = sheet.person
    batch = receive_file(
        file=file,
        file_name=file_name,
        kind=part.kind,
        by=person,
        now=now,
        source_kind=SourceKind.SALESPERSON,
        when_here=WhenHere.UPDATE,
        default_owner=person,
        department=sheet.department,
        handed_in_by=person,
    )
    batch.sheet, batch.heading_row, batch.row_count = part.sheet, part.heading_row, part.row_count
    batch.save(update_fields=["sheet", "heading_row", "row_count"])
    return batch
