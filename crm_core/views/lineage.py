"""Where a record came from: the files and rows that made or changed it."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from crm_core.models import Account, Contact, ImportBatch
from crm_core.services.importing import origins_of, said_changes
from crm_core.views.merge import follows_merge


def _page(request: HttpRequest, record: Any, noun: str) -> HttpResponse:
    origins = origins_of(record, by=request.user)
    may = request.user.has_perm("crm_core.import_account")
    open_to = (
        set(ImportBatch.objects.visible_to(request.user).filter(pk__in={one.row.batch_id for one in origins}).values_list("pk", flat=True)) if may else set()
    )
    context = {
        "record": record,
        "noun": noun,
        "record_url": reverse(f"crm_core:{noun}_detail", args=[record.pk]),
        "list_url": reverse(f"crm_core:{noun}_list"),
        "origins": [{"origin": one, "is_open": one.row.batch_id in open_to, "changes": said_changes(one.row.batch, one.row, request.user)} for one in origins],
    }
    return render(request, "crm_core/record_origin.html", context)


@require_GET
@permission_required("crm_core.view_account", raise_exception=True)
@follows_merge(Account, "crm_core:account_origin")
def account_origin(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, get_object_or_404(Account.objects.visible_to(request.user), pk=pk), "account")


@require_GET
@permission_required("crm_core.view_contact", raise_exception=True)
@follows_merge(Contact, "crm_core:contact_origin")
def contact_origin(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, get_object_or_404(Contact.objects.visible_to(request.user), pk=pk), "contact")
