"""What leaves the CRM as a file, and what would be left without its owner."""

from collections.abc import Callable, Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from crm_core.models import Account, ImportBatch, ImportRow, Opportunity, RowAction
from foundation.exports import Column, xlsx_bytes
from foundation.people.models import User
from foundation.people.services.people import Owned


def _cell(place: int) -> Callable[[ImportRow], Any]:
    return lambda row: row.raw[place] if place < len(row.raw) else ""


def reasons_of(batch: ImportBatch, row: ImportRow) -> str:
    """The reasons of a row in words, each with the heading of its column."""
    headings = {field: batch.headings[int(place)] for place, field in batch.mapping.items()}
    return "；".join(f"{headings.get(field, field)}: {reason}" for field, reason in row.problems.items())


def refused_rows_xlsx(batch: ImportBatch) -> bytes:
    """The refused rows under their own headings with the reason in the last column: correct them and feed the file in again."""
    columns = [Column(label=heading or " ", value=_cell(place)) for place, heading in enumerate(batch.headings)]
    columns.append(Column(label=_("Why it was refused"), value=lambda row: reasons_of(batch, row), width=60))
    rows: Iterator[ImportRow] = ImportRow.objects.filter(batch=batch, action=RowAction.REFUSE).order_by("row_no").iterator(chunk_size=500)
    return xlsx_bytes(columns, rows, title=batch.file_name)


def owned_by(user: User) -> list[Owned]:
    """Accounts and running deals that somebody has to take over when this person leaves."""
    where = f"?owner={user.pk}"
    return [
        Owned(_("Accounts"), Account.objects.live().filter(owner=user).count(), reverse("crm_core:account_list") + where),
        Owned(_("Open opportunities"), Opportunity.objects.live().open().filter(owner=user).count(), reverse("crm_core:opportunity_list") + where),
    ]
