"""Why can or cannot somebody see this?"""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from crm_core.forms import RightsForm
from crm_core.models import Account, Contact, Opportunity
from crm_core.services.explaining import explain_rights


def _explain(request: HttpRequest, model: Any, pk: int) -> HttpResponse:
    row = get_object_or_404(model.objects.visible_to(request.user), pk=pk)
    form = RightsForm(request.GET if "person" in request.GET else None)
    found = None
    if form.is_bound and form.is_valid():
        day = form.cleaned_data["day"] or timezone.localdate()
        found = explain_rights(row=row, person=form.cleaned_data["person"], by=request.user, day=day)  # type: ignore[arg-type]
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "crm_core/rights_explain.html", {"row": row, "form": form, "found": found}, status=status)


@require_GET
@permission_required("crm_core.explain_rights", raise_exception=True)
def account_rights(request: HttpRequest, pk: int) -> HttpResponse:
    return _explain(request, Account, pk)


@require_GET
@permission_required("crm_core.explain_rights", raise_exception=True)
def contact_rights(request: HttpRequest, pk: int) -> HttpResponse:
    return _explain(request, Contact, pk)


@require_GET
@permission_required("crm_core.explain_rights", raise_exception=True)
def opportunity_rights(request: HttpRequest, pk: int) -> HttpResponse:
    return _explain(request, Opportunity, pk)
