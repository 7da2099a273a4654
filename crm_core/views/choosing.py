"""What a form offers while one types: accounts, contacts and opportunities that the person may see."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from crm_core.models import Account, Contact, Opportunity
from foundation.search.services import find

SHOWN = 20


def _asked(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "").strip()[:100]


def _answer(request: HttpRequest, model: Any) -> JsonResponse:
    text = _asked(request)
    if text:
        hits = find(text, by=request.user, kinds=[model._meta.label], limit=SHOWN)
        found = [{"value": hit.object_id, "text": " · ".join(filter(None, [hit.title, hit.subtitle.split(" · ")[0]]))} for hit in hits]
    else:
        found = [{"value": row.pk, "text": str(row)} for row in model.objects.visible_to(request.user).order_by("-pk")[:SHOWN]]
    return JsonResponse({"results": found})


@require_GET
@permission_required("crm_core.view_account", raise_exception=True)
def account_choices(request: HttpRequest) -> JsonResponse:
    return _answer(request, Account)


@require_GET
@permission_required("crm_core.view_contact", raise_exception=True)
def contact_choices(request: HttpRequest) -> JsonResponse:
    return _answer(request, Contact)


@require_GET
@permission_required("crm_core.view_opportunity", raise_exception=True)
def opportunity_choices(request: HttpRequest) -> JsonResponse:
    return _answer(request, Opportunity)
