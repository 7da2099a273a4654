"""Dictionaries of the business: looked up while typing."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from crm_core.models.book import book_of
from crm_core.services.dictionaries import find_words


@require_GET
def dictionary_words(request: HttpRequest, key: str) -> HttpResponse:
    """What a person may mean who types; everybody at work may look words up."""
    if not book_of(key).words:
        raise Http404
    found = find_words(key, request.GET.get("q", "").replace("\x00", "")[:60])
    return JsonResponse({"results": [{"value": code, "text": text} for code, text in found]})
