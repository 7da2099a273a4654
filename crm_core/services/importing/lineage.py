"""Where a record came from: file, sheet and row, with the cells as they stood there."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from crm_core.field_values import seen_fields
from crm_core.models import Account, Contact, ImportKind, ImportRow
from crm_core.models.custom_field import PREFIX
from crm_core.services.importing.fields import fields_of
from crm_core.veils import HIDDEN, as_seen, import_level, is_own
from foundation.people.models import User


@dataclass(frozen=True)
class Cell:
    """One cell as it was read: under which heading, in which of our fields it went, and the value that came of it."""

    heading: str
    label: Any
    text: str
    is_hidden: bool = False


@dataclass(frozen=True)
class Origin:
    """One row of a file that made or changed a record."""

    row: ImportRow
    cells: list[Cell] = field(default_factory=list)


def lineage_of(record: Account | Contact) -> QuerySet[ImportRow]:
    """The rows of files that made or changed a record and were not undone, the first one first."""
    applied = ImportRow.objects.filter(applied=True, undone=False)
    if isinstance(record, Contact):
        came = applied.filter(Q(contact_id=record.pk) | Q(target_id=record.pk, batch__kind=ImportKind.CONTACT))
    else:
        came = applied.filter(target_id=record.pk, batch__kind=ImportKind.ACCOUNT)
    return came.select_related("batch", "batch__created_by", "batch__continues", "batch__mapping_used").order_by("batch_id", "row_no")


def origins_of(record: Account | Contact, *, by: User, limit: int = 50) -> list[Origin]:
    """As ``lineage_of``, with the cells that were taken over; those of fields that the person may not see are hidden."""
    seen = {one.name for noun in ("account", "contact") for one in seen_fields(noun, by)}
    found, own = [], is_own(record, by)
    for row in lineage_of(record)[:limit]:
        labels = {one.key: one.label for one in fields_of(row.batch.kind)}
        cells = []
        for place, key in sorted(row.batch.mapping.items(), key=lambda pair: int(pair[0])):
            text = row.raw[int(place)] if int(place) < len(row.raw) else ""
            if text:
                whose, name, level = ("", "", "") if own else import_level("contact" if row.batch.kind == ImportKind.CONTACT else "account", key, by)
                hidden = key.startswith(PREFIX) and key not in seen or level == HIDDEN
                text = as_seen(whose, name, text, level) if level else text
                cells.append(Cell(row.batch.headings[int(place)], labels.get(key, key), "" if hidden else text, hidden))
        found.append(Origin(row, cells))
    return found
