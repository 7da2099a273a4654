"""The one sign-in path, and everything of allauth that has no place here answered with 404."""

from typing import Any, NoReturn

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path, re_path

from foundation.people import oidc


@login_not_required
def closed(request: HttpRequest, **kwargs: Any) -> NoReturn:
    """A route of a library that we do not open."""
    raise Http404


@login_not_required
def to_sign_in(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Other sign-in pages lead to ours."""
    return redirect_to_login(request.GET.get("next") or "/", "/accounts/login/")


# Nobody signs up, e-mail addresses come from the administrator, and single sign-on is linked at sign-in only.
CLOSED = (
    "signup/",
    "email/",
    "confirm-email/",
    "confirm-email/<str:key>/",
    "login/code/confirm/",
    "3rdparty/",
    "3rdparty/signup/",
    "social/login/cancelled/",
    "social/login/error/",
    "social/signup/",
    "social/connections/",
    "sessions/",
)

urlpatterns = [
    *(path(f"accounts/{route}", closed) for route in CLOSED),
    path("accounts/oidc/<str:provider_id>/login/callback/", oidc.callback),
    path("accounts/", include("allauth.urls")),
    path("cms/login/", to_sign_in),
    path("cms/logout/", to_sign_in),
    re_path(r"^cms/password_reset/.*$", to_sign_in),
    re_path(r"^admin(?:/.*)?$", to_sign_in),
]
