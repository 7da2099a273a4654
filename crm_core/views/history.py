"""The change history of a record: who changed what from what to what, when, by which door."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from crm_core.changes import Asked, changes_of, field_choices, people_of
from crm_core.models import Account, Contact, Opportunity


def _history(request: HttpRequest, row: Any, list_url: str) -> HttpResponse:
    fields, who = field_choices(row, request.user), request.GET.get("who", "")
    name = request.GET.get("field", "")
    asked = Asked(
        field=name if name in dict(fields) else "",
        who=int(who) if who.isdecimal() and len(who) < 19 else None,
        after=request.GET.get("after", "")[:80],
    )
    changes, behind = changes_of(row, by=request.user, asked=asked)
    context = {"row": row, "list_url": list_url, "changes": changes, "behind": behind, "fields": fields, "people": people_of(row), "asked": asked}
    return render(request, "crm_core/change_history.html", context)


@require_GET
@permission_required("crm_core.view_account", raise_exception=True)
def account_history(request: HttpRequest, pk: int) -> HttpResponse:
    return _history(request, get_object_or_404(Account.objects.visible_to(request.user), pk=pk), "crm_core:account_list")


@require_GET
@permission_required("crm_core.view_contact", raise_exception=True)
def contact_history(request: HttpRequest, pk: int) -> HttpResponse:
    return _history(request, get_object_or_404(Contact.objects.visible_to(request.user), pk=pk), "crm_core:contact_list")


@require_GET
@permission_required("crm_core.view_opportunity", raise_exception=True)
def opportunity_history(request: HttpRequest, pk: int) -> HttpResponse:
    return _history(request, get_object_or_404(Opportunity.objects.visible_to(request.user), pk=pk), "crm_core:opportunity_list")
