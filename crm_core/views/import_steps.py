"""What the pages of an import share: the batch that the person sees, its addresses, its background jobs."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_core.models import BatchState, ImportBatch, ImportMapping
from crm_core.services.importing import check_batch
from foundation.jobs.services import enqueue
from foundation.people.models import User

AT_ONCE = 500  # files up to this many rows are checked while the person waits
RESUMED = {BatchState.READING: "read", BatchState.CHECKING: "check", BatchState.APPLYING: "apply", BatchState.UNDOING: "undo"}


def url_of(name: str, batch: ImportBatch) -> str:
    return reverse(f"crm_core:{name}", args=[batch.pk])


def batch_of(request: HttpRequest, pk: int) -> ImportBatch:
    rows = ImportBatch.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("created_by", "department", "default_owner", "job", "mapping_used", "continues"), pk=pk)


def is_working(batch: ImportBatch) -> bool:
    """Whether a background job is at it just now."""
    return batch.job is not None and batch.job.is_open


def start(request: HttpRequest, batch: ImportBatch, step: str) -> None:
    """Hand a step to the background; each has a key of its own, because the job of the step before may still be about to say that it has ended."""
    titles = {"read": _("Read %(file)s"), "check": _("Check %(file)s"), "apply": _("Import %(file)s"), "undo": _("Undo the import of %(file)s")}
    batch.job = enqueue(
        task=f"crm_core.tasks.{step}_import",
        by=request.user,
        title=titles[step] % {"file": batch.file_name},
        payload={"batch": batch.pk},
        key=f"crm-import-{batch.pk}-{step}",
        permission="crm_core.import_account",
        url=url_of("import_detail", batch),
        again=True,
    )
    batch.save(update_fields=["job"])


def check(request: HttpRequest, batch: ImportBatch) -> None:
    """Dry run: at once for a short file, in the background for a long one."""
    if batch.row_count <= AT_ONCE:
        check_batch(batch=batch, by=request.user, now=timezone.now())
    else:
        start(request, batch, "check")


def known_sources(user: User) -> list[str]:
    """Sources for which a matching is kept, and those of the person's own imports."""
    kept = ImportMapping.objects.filter(is_current=True).values_list("source", flat=True)
    own = ImportBatch.objects.visible_to(user).exclude(source="").values_list("source", flat=True)
    return sorted({*kept[:200], *own.distinct().order_by("source")[:200]})


def shown_encoding(batch: ImportBatch) -> dict[str, Any]:
    """How the file was read, in words."""
    signs = {"\\t": _("Tab"), ",": ",", ";": ";", "|": "|"}
    return {"encoding": batch.encoding.upper(), "sheet": batch.sheet, "delimiter": signs.get(batch.delimiter, batch.delimiter), "row": batch.heading_row}
