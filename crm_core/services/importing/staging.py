"""A file becomes a batch of staged rows; nothing of it touches customers yet."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import chain, islice, zip_longest
from typing import Any, BinaryIO

from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crm_core.models import BatchState, ImportBatch, ImportKind, ImportRow, SourceKind, WhenHere
from crm_core.services.importing.cells import text_of
from crm_core.services.importing.columns import kept_mapping, said_formats
from crm_core.services.importing.fields import CARD_FIELDS, COMPANY_EMAIL, auto_mapping, is_heading
from crm_core.services.importing.formats import ColumnShape
from crm_core.services.importing.shaping import LOOKED_AT, Shape, shape_of, shaped
from foundation import vcards
from foundation.encodings import previews
from foundation.integrity import Refused
from foundation.loading import append
from foundation.people.access import access_of
from foundation.people.models import Department, User
from foundation.sheets import Row, Sheet, read_rows
from foundation.text import fold
from foundation.usage.models import Verb
from foundation.usage.services import record

ROWS_PER_INSERT = 500
ROWS_PER_DELETE = 2_000
MOST_SHEETS = 100
FIRST_CELLS = 40
REREADABLE = (BatchState.READING, BatchState.MAPPING, BatchState.CHECKED)
Progress = Callable[[int, int], None]


class CannotStage(Refused):
    """The file has no rows, or its person no department."""

    status = 400


@dataclass(frozen=True)
class Reading:
    """How a person wants a file to be read; what is left empty is detected."""

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    heading_row: int = 0
    heading_rows: int = 0


@transaction.atomic
def receive_file(
    *,
    file: BinaryIO,
    file_name: str,
    kind: str = ImportKind.ACCOUNT,
    by: User,
    now: datetime,
    source: str = "",
    source_kind: str = SourceKind.OTHER,
    when_here: str = WhenHere.UPDATE,
    default_owner: User | None = None,
    department: Department | None = None,
    handed_in_by: User | None = None,
) -> ImportBatch:
    """Keep a file as it came, with what was said of it; ``read_batch`` reads it."""
    post = access_of(by).main_post
    if department is None and post is None:
        raise CannotStage(_("You hold no position today, so there is no department to import into."))
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # the stubs of BinaryIO lack readinto, which every file has
    file.seek(0)
    batch = ImportBatch(kind=kind, source=source.strip(), source_kind=source_kind, file_name=file_name[:200], sha256=digest, state=BatchState.READING)
    batch.when_here, batch.default_owner, batch.handed_in_by, batch.created_by, batch.created_at = when_here, default_owner, handed_in_by, by, now
    batch.department = department or Department.objects.get(pk=post.department_id)  # type: ignore[union-attr]
    batch.stored.save(file_name, File(file), save=False)
    batch.save()
    record(by=by, feature="crm.import.upload", verb=Verb.CREATE, obj=batch, now=now)
    return batch


def stage_file(*, reading: Reading | None = None, mapping: str = "", progress: Progress | None = None, **facts: Any) -> ImportBatch:
    """Keep a file and read it at once; SheetRefused says what is wrong with it, and then nothing is left behind."""
    batch = receive_file(**facts)
    try:
        return read_batch(batch=batch, by=facts["by"], reading=reading, mapping=mapping, progress=progress)
    except Refused:
        drop_batch(batch)
        raise


def drop_batch(batch: ImportBatch) -> None:
    """Take away a batch of which nothing was applied, with its file."""
    # As one that is being read nobody can start to load it while its rows go.
    if not ImportBatch.objects.filter(pk=batch.pk, state__in=(*REREADABLE, BatchState.CHECKING)).update(state=BatchState.READING):
        raise CannotStage(_("Rows of this import were loaded: it can be undone, not dropped."))
    _drop_rows(batch)
    stored = batch.stored
    batch.delete()
    if stored.name:
        stored.storage.delete(stored.name)


@transaction.atomic
def keep_reading(*, batch: ImportBatch, reading: Reading, by: User) -> None:
    """Note how a file is to be read, for the background job that reads it: its payload holds no texts."""
    if not ImportBatch.objects.filter(pk=batch.pk, state__in=REREADABLE).update(state=BatchState.READING):
        raise CannotStage(_("This import is past reading."))
    batch.state, batch.reading = BatchState.READING, {**batch.reading, "asked": asdict(reading)}
    batch.save(update_fields=["reading"])
    record(by=by, feature="crm.import.read", verb=Verb.UPDATE, obj=batch)


def kept_reading(batch: ImportBatch) -> Reading:
    """How the person wanted the file to be read."""
    return Reading(**batch.reading.get("asked", {}))


def read_batch(*, batch: ImportBatch, by: User, reading: Reading | None = None, mapping: str = "", progress: Progress | None = None) -> ImportBatch:
    """Read the kept file row by row into staging, anew from the first row whatever was read before."""
    # Claimed by a conditional UPDATE: whoever starts the load in the same moment wins or is refused.
    if not ImportBatch.objects.filter(pk=batch.pk, state__in=REREADABLE).update(state=BatchState.READING):
        raise CannotStage(_("This import is past reading."))
    batch.state = BatchState.READING
    _drop_rows(batch)
    reading = reading or Reading()
    with batch.stored.open("rb") as file:
        sheet = read_rows(file, sheet=reading.sheet, encoding=reading.encoding, delimiter=reading.delimiter, headings=False)
        table = _Table(sheet, batch, reading)
        batch.encoding, batch.delimiter, batch.sheet = sheet.encoding, sheet.delimiter.replace("\t", "\\t"), sheet.sheet[:80]
        batch.headings, batch.heading_row, batch.heading_rows = table.headings, table.heading_row, table.shape.rows
        _continue_from(batch, table, by)
        count = _insert(batch, table, progress)
        if not count:
            raise CannotStage(_("The file has column names but no rows under them."))
        batch.reading = table.facts() | {"encodings": previews(file) if sheet.encoding else []}
    kept = kept_mapping(batch, mapping)
    batch.mapping_used = kept
    batch.mapping = auto_mapping(
        batch.kind, batch.headings, kept.fields if kept else _of_the_one_before(batch) or (CARD_FIELDS[batch.kind] if sheet.is_cards else {})
    )
    batch.defaults = (kept.defaults if kept else None) or (batch.continues.defaults if batch.continues else {})
    batch.formats = said_formats(batch, {str(place): verdict for place, shape in table.columns.items() if (verdict := shape.verdict())}, kept)
    batch.row_count, batch.done, batch.cursor, batch.counts, batch.unknown, batch.state = count, 0, 0, {}, {}, BatchState.MAPPING
    batch.save()
    return batch


@dataclass
class _Table:
    """A table while it is read: headings found or said, then its rows, with what each column shows of days and amounts."""

    sheet: Sheet
    batch: ImportBatch
    reading: Reading
    columns: dict[int, ColumnShape] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.start: list[Row] = list(islice(self.sheet.rows, max(LOOKED_AT, self.reading.heading_row + 2)))
        if not self.start:
            raise CannotStage(_("The file is empty: a row must hold the headings."))
        known = is_heading(self.batch.kind)
        if self.sheet.is_cards:
            self.shape = shaped(self.start, 0, 1, known)
        elif self.reading.heading_row:
            place = next((place for place, row in enumerate(self.start) if row.number >= self.reading.heading_row), -1)
            if place < 0:
                raise CannotStage(_("The file has no row %(row)d.") % {"row": self.reading.heading_row})
            self.shape = shaped(self.start, place, self.reading.heading_rows or 1, known)
        else:
            self.shape = shape_of(self.start, known)
        self.heading_row = self.start[self.shape.place].number
        self.headings = self._headings(self.shape)
        self.below = self.start[self.shape.place + self.shape.rows :]

    def _headings(self, shape: Shape) -> list[str]:
        widest = max((len(row) for row in self.start[shape.place :]), default=0)
        headings = shape.headings + [""] * (min(widest, 500) - len(shape.headings))
        while headings and not headings[-1] and not any(len(row) >= len(headings) and text_of(row[len(headings) - 1]) for row in self.start[shape.place :]):
            headings.pop()
        if self.sheet.is_cards and self.batch.kind == ImportKind.ACCOUNT:
            return [*headings, COMPANY_EMAIL, "Kind"]
        return headings

    def rows(self) -> Iterator[ImportRow]:
        """Every row under the headings, as it came."""
        for row in chain(self.below, self.sheet.rows):
            cells = [text_of(cell) for cell in row]
            if self.sheet.is_cards:
                cells = card_cells(cells, for_account=self.batch.kind == ImportKind.ACCOUNT)
            for place, text in enumerate(cells):
                if text:
                    if place not in self.columns:
                        self.columns[place] = ColumnShape()
                    self.columns[place].see(text)
            yield ImportRow(batch=self.batch, row_no=row.number, raw=cells)

    def facts(self) -> dict[str, Any]:
        """What was found, for the person to confirm."""
        first = [[row.number, [text_of(cell)[:60] for cell in row[:FIRST_CELLS]]] for row in self.start[:LOOKED_AT]]
        found = {"sheets": self.sheet.sheets[:MOST_SHEETS], "titles": self.shape.titles[:3], "is_sure": self.shape.is_sure, "is_cards": self.sheet.is_cards}
        return {**found, "first": first}


def card_cells(cells: list[str], *, for_account: bool) -> list[str]:
    """A business card as a row: the number by which the person is reached stands under Mobile, whatever the card calls it."""
    card = dict(zip_longest(vcards.HEADINGS, cells, fillvalue=""))
    is_company = bool(card["Company"]) and fold(card["Company"]) == fold(card["Full name"])
    if not card["Mobile"] and not (for_account and is_company):
        card["Mobile"] = card["Home phone"] or card["Phone"]
        if not card["Home phone"] and card["Company"] and for_account:
            card["Phone"] = ""
    if not for_account:
        return list(card.values())
    company_email = ""
    if is_company:  # the card of the house itself: nobody to talk to
        card["Full name"], company_email, card["E-mail"] = "", card["E-mail"], ""
        card["Phone"], card["Mobile"] = card["Phone"] or card["Mobile"], ""
    elif not card["Company"]:  # a customer of its own
        return [card["Full name"], card["Full name"], *list(card.values())[2:], "", "individual"]
    return [*card.values(), company_email, ""]


def _insert(batch: ImportBatch, table: _Table, progress: Progress | None) -> int:
    rows, count = table.rows(), 0
    while part := list(islice(rows, ROWS_PER_INSERT)):
        try:
            with transaction.atomic():
                append(ImportRow, part)
                count += len(part)
                if progress:
                    progress(count, 0)
        except IntegrityError as error:  # the same rows twice: somebody reads the file in another window
            raise CannotStage(_("Somebody else is reading this file just now. Wait a moment.")) from error
    return count


def _drop_rows(batch: ImportBatch) -> None:
    """In parts, so that nobody waits for a long lock."""
    while numbers := list(ImportRow.objects.filter(batch=batch).order_by("row_no").values_list("row_no", flat=True)[:ROWS_PER_DELETE]):
        ImportRow.objects.filter(batch=batch, row_no__lte=numbers[-1]).delete()


def _continue_from(batch: ImportBatch, table: _Table, by: User) -> None:
    """A sheet of refused rows names the import it comes from: it goes on with that one's settings."""
    place = next((int(place) for place, key in auto_mapping(batch.kind, batch.headings).items() if key == "import_row"), None)
    cell = next((text_of(row[place]) for row in table.below if place is not None and place < len(row) and text_of(row[place])), "")
    number = cell.partition("/")[0]
    before = ImportBatch.objects.visible_to(by).filter(pk=number).first() if number.isdigit() and len(number) < 18 else None
    if before is not None and before.pk != batch.pk:
        batch.continues, batch.source, batch.source_kind = before, before.source, before.source_kind
        batch.when_here, batch.default_owner, batch.department = before.when_here, before.default_owner, before.department
        batch.handed_in_by = batch.handed_in_by or before.handed_in_by


def _of_the_one_before(batch: ImportBatch) -> dict[str, str]:
    before = batch.continues
    return {before.headings[int(place)]: key for place, key in before.mapping.items() if int(place) < len(before.headings)} if before else {}
