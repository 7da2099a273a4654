"""Take a whole batch back: created rows go if nobody touched them since, updates are put back, the rest stays with its reason."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm_core.codes import phone_key
from crm_core.models import Account, BatchState, Contact, ImportBatch, ImportKind, ImportRow, RowAction
from crm_core.services.importing.checking import CHUNK
from crm_core.services.saving import find_again
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.search.services import unindex
from foundation.usage.models import Verb
from foundation.usage.services import record


class CannotUndo(Refused):
    """The batch has not been applied, or was undone already."""


@transaction.atomic
def start_undo(*, batch: ImportBatch, by: User, now: datetime) -> None:
    """Say that an applied batch is being undone."""
    if not ImportBatch.objects.filter(pk=batch.pk, state=BatchState.APPLIED).update(state=BatchState.UNDOING):
        raise CannotUndo(_("Only an applied import can be undone."))
    batch.refresh_from_db()


@transaction.atomic
def undo_chunk(*, batch: ImportBatch, by: User, now: datetime) -> int:
    """Undo the last rows not yet looked at; gives how many, 0 at the end."""
    locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if locked.state != BatchState.UNDOING:
        raise CannotUndo(_("This import is not being undone."))
    rows = list(ImportRow.objects.filter(batch=batch, applied=True, undone=False, note="").order_by("-row_no")[:CHUNK])
    for row in rows:
        reason = _undo_created(locked, row, by) if row.action == RowAction.CREATE else _undo_update(locked, row, by)
        row.undone, row.note = not reason, reason[:300]
    ImportRow.objects.bulk_update(rows, ["undone", "note"])
    return len(rows)


@transaction.atomic
def finish_undo(*, batch: ImportBatch, by: User, now: datetime) -> dict[str, int]:
    """Close the undo; gives how many rows were taken back and how many stayed."""
    ImportBatch.objects.filter(pk=batch.pk, state=BatchState.UNDOING).update(state=BatchState.UNDONE, undone_at=now)
    batch.refresh_from_db()
    rows = ImportRow.objects.filter(batch=batch, applied=True)
    result = {"undone": rows.filter(undone=True).count(), "kept": rows.filter(undone=False).count()}
    batch.counts = batch.counts | result
    batch.save(update_fields=["counts"])
    record(by=by, feature="crm.import.undo", verb=Verb.UPDATE, obj=batch, now=now)
    return result


def _model(batch: ImportBatch) -> Any:
    return Contact if batch.kind == ImportKind.CONTACT else Account


def _undo_created(batch: ImportBatch, row: ImportRow, by: User) -> str:
    target = _model(batch).objects.select_for_update().filter(pk=row.target_id).first()
    if target is None:
        return ""
    if target.version != row.after_version or target.deleted_at:
        return _("Changed since by somebody; it stays.")
    if isinstance(target, Account) and (reason := _used(target, row)):
        return reason
    if isinstance(target, Contact) and (target.activities.exists() or target.opportunities.exists()):
        return _("There is work on it since; it stays.")
    contact = Contact.objects.filter(pk=row.contact_id).first() if row.contact_id else None
    for gone in filter(None, (contact, target)):
        unindex(gone)
        gone._history_user = by
        gone.delete()
    return ""


def _used(account: Account, row: ImportRow) -> str:
    """Why an imported account is no longer as the import left it."""
    if account.activities.exists() or account.tasks.exists() or account.opportunities.exists():
        return _("There is work on it since; it stays.")
    if account.ownerships.count() > 1:
        return _("It changed hands since; it stays.")
    others = account.contact_links.exclude(contact=row.contact_id)
    touched = account.contact_links.filter(contact=row.contact_id, contact__version__gt=1)
    return _("Contacts were added or changed since; it stays.") if others.exists() or touched.exists() else ""


def _undo_update(batch: ImportBatch, row: ImportRow, by: User) -> str:
    target = _model(batch).objects.select_for_update().filter(pk=row.target_id).first()
    if target is None:
        return _("It is gone.")
    if target.version != row.after_version:
        return _("Changed since by somebody; it stays.")
    for key, value in (row.before or {}).items():
        setattr(target, key, value)
    target.phone_key = phone_key(target.phone)
    target.version += 1
    target._history_user, target._change_reason = by, "undo import"
    target.save(update_fields=[*(row.before or {}), "phone_key", "version", "updated_at"])
    contact = Contact.objects.filter(pk=row.contact_id, version=1).first() if row.contact_id else None
    if contact and not contact.activities.exists() and not contact.opportunities.exists():
        unindex(contact)
        contact.delete()
    find_again(target)
    return ""
