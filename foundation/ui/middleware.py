"""Refusals become pages or toasts; queued messages reach htmx; an ended session sends the browser to sign in."""

import json
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django_htmx.http import HttpResponseClientRedirect

from foundation.integrity import Refused
from foundation.ui.responses import refused_response


class RefusedMiddleware:
    """Answers what services refuse, and keeps htmx answers in step with ordinary ones."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        htmx = getattr(request, "htmx", None)
        if not htmx:
            return response
        if response.status_code == 302 and response.headers.get("Location", "").startswith(resolve_url(settings.LOGIN_URL)):
            return HttpResponseClientRedirect(redirect_to_login(htmx.current_url_abs_path or "/").url)
        if response.status_code < 300 or response.status_code >= 400:
            self._speak(request, response)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused):
            return refused_response(request, exception)
        if isinstance(exception, (RequestDataTooBig, TooManyFilesSent)):
            return render(request, "413.html", status=413)
        return None

    @staticmethod
    def _speak(request: HttpRequest, response: HttpResponse) -> None:
        """Move queued messages into the HX-Trigger header, unless the answer makes the browser go elsewhere."""
        if "HX-Redirect" in response.headers or "HX-Refresh" in response.headers or not hasattr(request, "_messages"):
            return
        queued = [{"text": str(message), "tone": message.tags or "info"} for message in messages.get_messages(request)]
        if not queued:
            return
        triggers = json.loads(response.headers["HX-Trigger"]) if response.headers.get("HX-Trigger", "").startswith("{") else {}
        triggers["toast"] = queued
        response.headers["HX-Trigger"] = json.dumps(triggers)
