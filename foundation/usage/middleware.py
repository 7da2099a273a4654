"""Per request: surface, build and session of the usage events written in it, and what only the frame of a request can see."""

import logging
from collections.abc import Callable
from contextlib import nullcontext

from django.conf import settings
from django.db import DatabaseError, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from foundation.usage.catalogue import declared, feature_of_view
from foundation.usage.context import download_of, session_hash_of, usage_context
from foundation.usage.models import FeatureKind, Outcome, Surface, Verb
from foundation.usage.services import record, verb_of_key

log = logging.getLogger(__name__)
READING = {"GET", "HEAD", "OPTIONS"}
API_PREFIX = "/api/"


class UsageMiddleware:
    """Sets the context that ``record()`` reads; records screens looked at, files taken away, refusals (403) and errors (500) of features.

    What people do on a screen is recorded by the services. A GET writes at most this one event, and failing to write it
    never fails the request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        surface = Surface.API if request.path.startswith(API_PREFIX) else Surface.UI
        session = getattr(request, "session", None)
        with usage_context(surface=surface, session_hash=session_hash_of(session.session_key if session else None), build=settings.BUILD):
            response = self.get_response(request)
            self.note(request, response)
        return response

    def note(self, request: HttpRequest, response: HttpResponseBase) -> None:
        """Write the event of this request, if it belongs to a feature and there is something to say."""
        outcome = outcome_of(request, response)
        match = request.resolver_match
        if outcome is None or match is None or not request.user.is_authenticated:
            return
        writes, taken = request.method not in READING, is_download(response)
        named = download_of(response)
        spec = declared().get(named.feature) or feature_of_view(match.view_name, writes=writes)
        if spec is None or (outcome == Outcome.OK and spec.kind != FeatureKind.SCREEN and not taken):
            return
        verb = Verb.EXPORT if taken else verb_of_key(spec.key) if writes else Verb.VIEW
        try:
            # One INSERT is whole by itself; only inside a transaction of somebody else it needs a place to go back to.
            with transaction.atomic() if transaction.get_connection().in_atomic_block else nullcontext():
                record(by=request.user, feature=spec.key, verb=verb, outcome=outcome, obj=named.obj)
        except DatabaseError:
            log.warning("A usage event of %s was not written.", spec.key, exc_info=True)


def outcome_of(request: HttpRequest, response: HttpResponseBase) -> Outcome | None:
    """Denied and error for any request; ok only for a page that a person opened or a file that one took, not for parts or what is fetched ahead."""
    if response.status_code == 403:
        return Outcome.DENIED
    if response.status_code >= 500:
        return Outcome.ERROR
    if request.method != "GET" or response.status_code != 200 or is_ahead(request):
        return None
    is_page = response.headers.get("Content-Type", "").startswith("text/html") and not is_part(request)
    return Outcome.OK if is_page or is_download(response) else None


def is_download(response: HttpResponseBase) -> bool:
    """Whether the answer is a file to keep: an export, a report, an attachment; pictures shown inside a page are not."""
    return response.headers.get("Content-Disposition", "").startswith("attachment")


def is_part(request: HttpRequest) -> bool:
    """Whether htmx asked for a piece of a page (a poll, a filter, a drawer) instead of a page."""
    return "HX-Request" in request.headers and "HX-Boosted" not in request.headers


def is_ahead(request: HttpRequest) -> bool:
    """Whether the browser fetches the page in case it is wanted: nobody has looked at it yet."""
    return "prefetch" in (request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")) or "HX-Preloaded" in request.headers
