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
    headings = {field: batch.headings[int(place)] for place, field in batch.mapping.items() if int(place) < len(batch.headings)}
    return "；".join(f"{headings.get(field, field)}: {reason}" for field, reason in row.problems.items())


def refused_rows_xlsx(batch: ImportBatch) -> bytes:
    """The refused rows under their own headings with the reason in the last column: correct them and feed the file in again."""
    own = {int(place) for place, field in batch.mapping.items() if field == "import_row"}
    told = {str(_("Why it was refused")), "Why it was refused", "拒绝原因"}
    places = [(place, heading) for place, heading in enumerate(batch.headings) if place not in own and heading not in told]
    columns = [Column(label=heading or " ", value=_cell(place)) for place, heading in places]
    columns.append(Column(label=_("Row of the import before"), value=lambda row: f"{batch.pk}/{row.row_no}", width=14))
    columns.append(Column(label=_("Why it was refused"), value=lambda row: reasons_of(batch, row), width=60))
    rows: Iterator[ImportRow] = ImportRow.objects.filter(batch=batch, action=RowAction.REFUSE).order_by("row_no").iterator(chunk_size=500)
    return xlsx_bytes(columns, rows, title=batch.file_name)


def owned_by(user: User) -> list[Owned]:
    """Accounts and running deals that somebody has to take over when this person leaves."""
    where, handover = f"?owner={user.pk}", f"{reverse('crm_core:handover_create')}?giver={user.pk}"
    return [
        Owned(_("Accounts"), Account.objects.live().filter(owner=user).count(), handover),
        Owned(_("Open opportunities"), Opportunity.objects.live().open().filter(owner=user).count(), reverse("crm_core:opportunity_list") + where),
    ]
