"""API tokens: issuing, revoking, and the bearer authentication that the apps' ``api.py`` use."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.errors import HttpError
from ninja.security import HttpBearer

from foundation.integrity import Refused
from foundation.people.models import ApiToken, TokenScope, User

PREFIX = "crm_"
LONGEST = timedelta(days=366)
MOST = 20
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TOUCH_EVERY = timedelta(minutes=5)


class CannotIssue(Refused):
    """No token like that."""


def digest_of(secret: str) -> str:
    """What is kept of a token. The secret has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue_token(*, owner: User, name: str, scope: TokenScope | str, expires_at: datetime, now: datetime) -> tuple[ApiToken, str]:
    """Make a token; the second value is the secret, shown this once and kept nowhere."""
    if expires_at <= now or expires_at - now > LONGEST:
        raise CannotIssue(_("A token lives for a year at most, and its end lies in the future."))
    if ApiToken.objects.in_force(now).filter(owner=owner).count() >= MOST:
        raise CannotIssue(_("You have %(count)s tokens already. Revoke one first.") % {"count": MOST})
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(owner=owner, name=name, scope=scope, expires_at=expires_at, token_sha256=digest_of(secret), hint=secret[:8])
    return token, secret


def revoke_token(*, token: ApiToken, now: datetime) -> None:
    """Make a token worthless at once."""
    ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now)


def token_of(secret: str, now: datetime) -> ApiToken | None:
    """The token in force behind a secret; notes its use at most every five minutes."""
    if not secret.startswith(PREFIX) or len(secret) > 100:
        return None
    token = ApiToken.objects.in_force(now).select_related("owner").filter(token_sha256=digest_of(secret)).first()
    if token is not None:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - TOUCH_EVERY)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    return token


class TokenAuth(HttpBearer):
    """``Authorization: Bearer crm_…``; ``request.user`` becomes the owner, a read-only token changes nothing."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        found = getattr(request, "api_token", None) or token_of(token, timezone.now())
        if found is None:
            return None
        if request.method not in SAFE_METHODS and not found.may_write:
            raise HttpError(403, _("This token may only read."))
        request.user = found.owner
        request.api_token = found  # type: ignore[attr-defined]
        return found
