"""API tokens: issuing, revoking, and the bearer authentication that the apps' ``api.py`` use."""

import hashlib
import ipaddress
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, F, Value, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.errors import HttpError
from ninja.security import HttpBearer

from foundation.integrity import Refused
from foundation.people.models import ApiToken, Connector, TokenScope, User
from foundation.people.network import client_address

PREFIX = "crm_"
LONGEST = timedelta(days=366)
MOST = 20
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TOUCH_EVERY = timedelta(minutes=5)
WINDOW = 60  # seconds in which calls are counted together


class CannotIssue(Refused):
    """No token like that."""


def digest_of(secret: str) -> str:
    """What is kept of a token. The secret has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue_token(
    *,
    owner: User,
    name: str,
    scope: TokenScope | str,
    expires_at: datetime,
    now: datetime,
    scopes: Sequence[str] = (),
    networks: Sequence[str] = (),
    connector: Connector | None = None,
) -> tuple[ApiToken, str]:
    """Make a token; the second value is the secret, shown this once and kept nowhere.

    ``scopes`` narrow it to kinds of rows (account:read, account:write), ``networks`` to addresses from which it is accepted.
    """
    if expires_at <= now or expires_at - now > LONGEST:
        raise CannotIssue(_("A token lives for a year at most, and its end lies in the future."))
    if ApiToken.objects.in_force(now).filter(owner=owner).count() >= MOST:
        raise CannotIssue(_("You have %(count)s tokens already. Revoke one first.") % {"count": MOST})
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        owner=owner,
        connector=connector,
        name=name,
        scope=scope,
        scopes=sorted(scopes),
        networks=list(networks),
        expires_at=expires_at,
        token_sha256=digest_of(secret),
        hint=secret[:8],
    )
    return token, secret


def revoke_token(*, token: ApiToken, now: datetime) -> None:
    """Make a token worthless at once."""
    ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now)


def token_of(secret: str, now: datetime) -> ApiToken | None:
    """The token in force behind a secret; counts the call, and notes the use at most every five minutes."""
    if not secret.startswith(PREFIX) or len(secret) > 100:
        return None
    token = ApiToken.objects.in_force(now).select_related("owner").filter(token_sha256=digest_of(secret)).first()
    if token is not None:
        _count(token, now)
    return token


def _count(token: ApiToken, now: datetime) -> None:
    """One conditional UPDATE, so that calls at the same time are all counted."""
    minute = int(now.timestamp()) // WINDOW
    fields: dict[str, Any] = {"window": minute, "window_calls": Case(When(window=minute, then=F("window_calls") + 1), default=Value(1))}
    if token.last_used_at is None or token.last_used_at < now - TOUCH_EVERY:
        fields["last_used_at"] = now
    ApiToken.objects.filter(pk=token.pk).update(**fields)
    token.window, token.window_calls = minute, ApiToken.objects.values_list("window_calls", flat=True).get(pk=token.pk)


def limit_headers(request: HttpRequest) -> dict[str, str]:
    """How many calls the token of a request has left in this minute; nothing for people with a session."""
    token: ApiToken | None = getattr(request, "api_token", None)
    if token is None:
        return {}
    most: int = settings.API_CALLS_PER_MINUTE
    rest = WINDOW - int(timezone.now().timestamp()) % WINDOW
    return {"RateLimit-Limit": str(most), "RateLimit-Remaining": str(max(most - token.window_calls, 0)), "RateLimit-Reset": str(rest)}


def _is_from(request: HttpRequest, networks: Sequence[str]) -> bool:
    address = client_address(request)
    return address is not None and any(address in ipaddress.ip_network(network, strict=False) for network in networks)


class TokenAuth(HttpBearer):
    """``Authorization: Bearer crm_…``; ``request.user`` becomes the owner, a read-only token changes nothing."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        found = getattr(request, "api_token", None) or token_of(token, timezone.now())
        if found is None:
            return None
        if found.networks and not _is_from(request, found.networks):
            return None
        request.api_token = found  # type: ignore[attr-defined]
        if found.window_calls > settings.API_CALLS_PER_MINUTE:
            raise HttpError(429, _("Too many calls in this minute. Wait, then go on."))
        if request.method not in SAFE_METHODS and not found.may_write:
            raise HttpError(403, _("This token may only read."))
        request.user = found.owner
        return found
