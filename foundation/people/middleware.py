"""Per request: the person's language, the deputy's frame, and Wagtail's admin behind the same door."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from foundation.people.cms import lend_group

LANGUAGES = {code for code, _name in settings.LANGUAGES}
CMS_PREFIX = "/cms/"
# Wagtail's admin has inline scripts, styles and a preview in a frame; everywhere else the strict policy of the settings holds.
CMS_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)

# The sign-in addresses of Wagtail only lead to ours.
CMS_DOORS = ("/cms/login/", "/cms/logout/", "/cms/password_reset/")
DOOR_POLICY = "default-src 'none'; script-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

Handler = Callable[[HttpRequest], HttpResponse]


class LanguageMiddleware:
    """Language of the visitor before sign-in: the cookie, then what the browser asks for."""

    def __init__(self, get_response: Handler):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = asked if asked in LANGUAGES else translation.get_language_from_request(request)
        translation.activate(language if language in LANGUAGES else settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = translation.get_language()  # type: ignore[assignment]
        response = self.get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or "")
        return response


class PersonMiddleware:
    """The signed-in person's own language wins over cookie and browser."""

    def __init__(self, get_response: Handler):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and request.user.language in LANGUAGES:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = request.user.language
        return self.get_response(request)


class CmsMiddleware:
    """Wagtail's admin: writers by role, and a policy under which its pages work."""

    def __init__(self, get_response: Handler):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(CMS_PREFIX):
            return self.get_response(request)
        if request.user.is_authenticated and request.user.has_perm("wagtailadmin.access_admin") and not request.user.is_superuser:
            lend_group(request.user)
        response = self.get_response(request)
        response.headers["Content-Security-Policy"] = DOOR_POLICY if request.path.startswith(CMS_DOORS) else CMS_POLICY
        return response
