"""Where a record came from: file, sheet and row, with the cells as they stood there."""

from django.db.models import Q, QuerySet

from crm_core.models import Account, Contact, ImportKind, ImportRow


def lineage_of(record: Account | Contact) -> QuerySet[ImportRow]:
    """The rows of files that made or changed a record and were not undone, the first one first."""
    applied = ImportRow.objects.filter(applied=True, undone=False)
    if isinstance(record, Contact):
        came = applied.filter(Q(contact_id=record.pk) | Q(target_id=record.pk, batch__kind=ImportKind.CONTACT))
    else:
        came = applied.filter(target_id=record.pk, batch__kind=ImportKind.ACCOUNT)
    return came.select_related("batch", "batch__created_by", "batch__continues").order_by("batch_id", "row_no")
