"""The REST API at /api/: the apps' routers under one roof, by session or bearer token, errors in the reader's language."""

import json
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser
from ninja.security import SessionAuth

from crm_core.api import router as crm_router
from crm_core.services.duplicates import KnownAlready
from crm_core.services.merging import MergedAway
from foundation.integrity import Outdated, Refused, Stale
from foundation.people.tokens import TokenAuth, limit_headers


class TextParser(Parser):
    """JSON whose escapes spell text: half a surrogate pair is no character, and PostgreSQL would refuse it in the middle of the work."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body; 400 for what is no JSON or no text."""
        data = super().parse_body(request)
        if b"\\u" in request.body:
            try:
                json.dumps(data, ensure_ascii=False).encode()
            except UnicodeEncodeError:
                raise HttpError(400, _("The body holds half a character (a lone surrogate).")) from None
        return data


class PageAuth(SessionAuth):
    """A signed-in page's own calls, held to its CSRF token; a program without a session has no page that could be forged."""

    def _get_key(self, request: HttpRequest) -> str | None:
        return super()._get_key(request) if self.param_name in request.COOKIES else None


class SuiteAPI(NinjaAPI):
    """Says with every answer how many calls the token has left; describes itself without drawing the description anew each time."""

    @cache  # noqa: B019  (one API for the life of the process)
    def _described(self, path_prefix: str | None) -> OpenAPISchema:
        return super().get_openapi_schema(path_prefix=path_prefix)

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None) -> OpenAPISchema:
        """The OpenAPI description, drawn once per process: routes do not change while it runs, and drawing takes most of a second."""
        return super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params) if path_params else self._described(path_prefix)

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        response = super().create_temporal_response(request)
        for name, value in limit_headers(request).items():
            response.headers[name] = value
        return response


api = SuiteAPI(
    title="Rollout suite",
    version="1",
    description="Accounts, contacts, opportunities and activities, under the same visibility as the pages.",
    auth=[TokenAuth(), PageAuth(csrf=True)],  # a token that was sent is meant
    docs_decorator=login_required,
    urls_namespace="api",
    parser=TextParser(),
)
api.add_router("/crm", crm_router)
if not settings.CRM_ONLY:
    api.add_router("", "requirements_mgmt.api.router")


def _answer(request: HttpRequest, detail: Any, status: int, fields: dict[str, Any] | None = None, **more: Any) -> HttpResponse:
    if request.user.is_authenticated and getattr(request.user, "language", ""):
        translation.activate(request.user.language)
    response = api.create_response(request, {"detail": str(detail), "fields": fields or {}, **more}, status=status)
    for name, value in limit_headers(request).items():
        response.headers[name] = value
    return response


@api.exception_handler(Stale)
def stale(request: HttpRequest, error: Stale) -> HttpResponse:
    return _answer(request, error, 412)


@api.exception_handler(Outdated)
def outdated(request: HttpRequest, error: Outdated) -> HttpResponse:
    """The version that the record has now, in the body and as the ETag."""
    response = _answer(request, error, 412, version=error.version)
    response.headers["ETag"] = f'"{error.version}"'
    return response


@api.exception_handler(MergedAway)
def merged_away(request: HttpRequest, error: MergedAway) -> HttpResponse:
    """Where the record went, so that a program can go on with that one."""
    return _answer(request, error, error.status, merged_into=error.target)


@api.exception_handler(Refused)
def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return _answer(request, error, error.status)


@api.exception_handler(KnownAlready)
def known_already(request: HttpRequest, error: KnownAlready) -> HttpResponse:
    """Who may be the same; of a record that the caller does not see only its department."""
    candidates = [
        {"id": hit.row.pk, "name": str(hit.row), "because": hit.because, "where": hit.where, "score": hit.score, "is_certain": hit.is_certain}
        if hit.row
        else {"where": hit.where}
        for hit in error.similar
    ]
    return _answer(request, error, error.status, candidates=candidates)


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    response = _answer(request, error, error.status_code)
    if error.status_code == 429:
        response.headers["Retry-After"] = response.headers.get("RateLimit-Reset", "60")
    return response


@api.exception_handler(AuthenticationError)
def not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return _answer(request, _("Sign in, or send a token."), 401)


@api.exception_handler(PermissionDenied)
def forbidden(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return _answer(request, _("You may not do this."), 403)


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return _answer(request, _("This does not exist or is not visible to you."), 404)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Reasons by field, whether the schema or a form found them."""
    fields: dict[str, list[str]] = {}
    for item in error.errors:
        if "fields" in item:
            fields |= item["fields"]
        else:
            fields.setdefault(".".join(str(part) for part in item["loc"] if part not in {"body", "payload", "query"}), []).append(str(item["msg"]))
    return _answer(request, _("Some fields need your attention."), 422, fields)


def _urls() -> Any:
    """The addresses of the API; its operations ask for session or token themselves and answer 401, where pages would lead to the sign-in."""
    patterns, app_name, namespace = api.urls
    for pattern in patterns:
        if pattern.name not in {"openapi-json", "openapi-view", "api-root"}:
            pattern.callback.login_required = False
    return patterns, app_name, namespace


urls = _urls()
