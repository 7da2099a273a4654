"""A file becomes a batch of staged rows; nothing of it touches customers yet."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from crm_core.models import BatchState, ImportBatch, ImportKind, ImportMapping, ImportRow, WhenHere
from crm_core.services.importing.fields import auto_mapping, text_of
from foundation.integrity import Refused
from foundation.people.access import access_of
from foundation.people.models import Department, User
from foundation.sheets import Sheet, read_rows
from foundation.usage.models import Verb
from foundation.usage.services import record

ROWS_PER_INSERT = 500


class CannotStage(Refused):
    """The file has no rows, or its person no department."""

    status = 400


@transaction.atomic
def stage_file(
    *,
    file: BinaryIO,
    file_name: str,
    kind: str = ImportKind.ACCOUNT,
    by: User,
    now: datetime,
    source: str = "",
    when_here: str = WhenHere.UPDATE,
    default_owner: User | None = None,
    department: Department | None = None,
) -> ImportBatch:
    """Read a table whatever its encoding and keep every row as it came; SheetRefused says what is wrong with a file."""
    post = access_of(by).main_post
    if department is None and post is None:
        raise CannotStage(_("You hold no position today, so there is no department to import into."))
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # the stubs of BinaryIO lack readinto, which every file has
    sheet = read_rows(file)
    batch = ImportBatch(kind=kind, source=source.strip(), file_name=file_name[:200], sha256=digest, encoding=sheet.encoding, sheet=sheet.sheet[:80])
    batch.headings = [heading[:200] for heading in sheet.headers]
    batch.when_here, batch.default_owner, batch.created_by, batch.created_at = when_here, default_owner, by, now
    batch.department = department or Department.objects.get(pk=post.department_id)  # type: ignore[union-attr]
    kept = ImportMapping.objects.filter(kind=kind, source=batch.source, is_current=True).first() if batch.source else None
    batch.mapping = auto_mapping(kind, batch.headings, kept.fields if kept else None)
    batch.save()
    rows = _rows(batch, sheet)
    while part := list(islice(rows, ROWS_PER_INSERT)):
        ImportRow.objects.bulk_create(part)
        batch.row_count += len(part)
    if not batch.row_count:
        raise CannotStage(_("The file has column names but no rows under them."))
    batch.save(update_fields=["row_count"])
    record(by=by, feature="crm.import.upload", verb=Verb.CREATE, obj=batch, now=now)
    return batch


def _rows(batch: ImportBatch, sheet: Sheet) -> Iterator[ImportRow]:
    width = len(batch.headings)
    for row in sheet.rows:
        cells: list[Any] = [text_of(cell) for cell in row[:width]]
        yield ImportRow(batch=batch, row_no=row.number, raw=cells)


@transaction.atomic
def save_mapping(*, batch: ImportBatch, mapping: dict[str, str], by: User, now: datetime) -> None:
    """Say which column goes where; kept for the next file of the same source."""
    batch.mapping, batch.state = mapping, BatchState.MAPPING
    batch.save(update_fields=["mapping", "state"])
    if batch.source:
        fields = {heading: mapping.get(str(place), "") for place, heading in enumerate(batch.headings)}
        ImportMapping.objects.update_or_create(kind=batch.kind, source=batch.source, is_current=True, defaults={"fields": fields, "updated_by": by})
    record(by=by, feature="crm.import.map", verb=Verb.UPDATE, obj=batch, now=now)
