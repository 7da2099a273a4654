"""What a view answers with: toasts, redirects with a message, refusals."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django_htmx.http import HttpResponseClientRedirect

LEVELS = {"good": messages.SUCCESS, "watch": messages.WARNING, "bad": messages.ERROR, "info": messages.INFO}


def toast(request: HttpRequest, text: Any, tone: str = "good") -> HttpResponse:
    """Queue a toast for this answer (htmx) or the next page; the empty 204 may be returned by the view or thrown away."""
    messages.add_message(request, LEVELS.get(tone, messages.INFO), str(text))
    return HttpResponse(status=204)


def redirect_with(request: HttpRequest, url: str, message: Any, tone: str = "good") -> HttpResponse:
    """Go to ``url`` and say there what happened; htmx requests make the browser go, not the fragment."""
    toast(request, message, tone)
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(url)
    return HttpResponseRedirect(url)


def refused_response(request: HttpRequest, error: Exception) -> HttpResponse:
    """409 with the sentence of the refusal: a toast for htmx, a page otherwise."""
    status = getattr(error, "status", 409)
    if getattr(request, "htmx", False):
        toast(request, error, "watch")
        return HttpResponse(str(error), status=status, content_type="text/plain; charset=utf-8")
    return render(request, "409.html", {"sentence": str(error)}, status=status)
