"""The recycle bin: throw in, look through, take out."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from crm_core.models import Account, Contact, Opportunity
from crm_core.services.recycling import discard, restore
from foundation.ui.responses import redirect_with

SHOWN = 100
KINDS = (
    ("account", gettext_lazy("Accounts"), Account),
    ("contact", gettext_lazy("Contacts"), Contact),
    ("opportunity", gettext_lazy("Opportunities"), Opportunity),
)


@require_GET
@permission_required("crm_core.delete_account", raise_exception=True)
def bin_list(request: HttpRequest) -> HttpResponse:
    groups = []
    for key, label, model in KINDS:
        rows = model.objects.binned_for(request.user).select_related("deleted_by").order_by("-deleted_at")[:SHOWN]
        groups.append({"label": label, "rows": [(row, reverse(f"crm_core:{key}_restore", args=[row.pk])) for row in rows]})
    return render(request, "crm_core/bin_list.html", {"groups": groups, "count": sum(len(group["rows"]) for group in groups)})


def _discard(request: HttpRequest, model: Any, pk: int, back: str) -> HttpResponse:
    row = get_object_or_404(model.objects.visible_to(request.user), pk=pk)
    discard(row=row, by=request.user, now=timezone.now())
    return redirect_with(request, reverse(f"crm_core:{back}"), _("%(row)s lies in the recycle bin; it can be restored there.") % {"row": row})


def _restore(request: HttpRequest, model: Any, pk: int, page: str) -> HttpResponse:
    row = get_object_or_404(model.objects.binned_for(request.user), pk=pk)
    restore(row=row, by=request.user, now=timezone.now())
    return redirect_with(request, reverse(f"crm_core:{page}", args=[pk]), _("%(row)s is back.") % {"row": row})


@require_POST
@permission_required("crm_core.delete_account", raise_exception=True)
def account_discard(request: HttpRequest, pk: int) -> HttpResponse:
    return _discard(request, Account, pk, "account_list")


@require_POST
@permission_required("crm_core.delete_account", raise_exception=True)
def account_restore(request: HttpRequest, pk: int) -> HttpResponse:
    return _restore(request, Account, pk, "account_detail")


@require_POST
@permission_required("crm_core.delete_contact", raise_exception=True)
def contact_discard(request: HttpRequest, pk: int) -> HttpResponse:
    return _discard(request, Contact, pk, "contact_list")


@require_POST
@permission_required("crm_core.delete_contact", raise_exception=True)
def contact_restore(request: HttpRequest, pk: int) -> HttpResponse:
    return _restore(request, Contact, pk, "contact_detail")


@require_POST
@permission_required("crm_core.delete_opportunity", raise_exception=True)
def opportunity_discard(request: HttpRequest, pk: int) -> HttpResponse:
    return _discard(request, Opportunity, pk, "opportunity_list")


@require_POST
@permission_required("crm_core.delete_opportunity", raise_exception=True)
def opportunity_restore(request: HttpRequest, pk: int) -> HttpResponse:
    return _restore(request, Opportunity, pk, "opportunity_detail")
