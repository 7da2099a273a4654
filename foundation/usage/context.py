"""Where an event comes from: surface, language, build and session of the request or job at hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import models
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

from foundation.usage.models import Surface


@dataclass(frozen=True)
class UsageContext:
    """What the events written now share; outside a request or job, automation."""

    surface: str = Surface.AUTOMATION
    session_hash: str = ""
    build: str = ""


_current: ContextVar[UsageContext | None] = ContextVar("usage_context", default=None)


def current_context() -> UsageContext:
    """The context in force, automation of this build where none was set."""
    return _current.get() or UsageContext(build=settings.BUILD)


@contextmanager
def usage_context(**changes: Any) -> Iterator[UsageContext]:
    """Change the context inside a block: ``with usage_context(surface=Surface.IMPORT): …``."""
    context = replace(current_context(), **changes)
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


@dataclass(frozen=True)
class Download:
    """What a file was taken from, where the address alone does not say it."""

    feature: str = ""
    obj: models.Model | None = None


def download_of(response: HttpResponseBase) -> Download:
    """What was said about a download with ``as_download``; nothing otherwise."""
    return getattr(response, "usage_download", None) or Download()


def as_download(response: HttpResponseBase, *, feature: str = "", obj: models.Model | None = None) -> HttpResponseBase:
    """Say under which feature and about which row the middleware records the file in this answer."""
    response.usage_download = Download(feature, obj)  # type: ignore[attr-defined]
    return response


def session_hash_of(session_key: str | None) -> str:
    """A keyed hash of the session: events of one sitting can be joined, the session cannot be stolen from them."""
    return salted_hmac("foundation.usage.session", session_key, algorithm="sha256").hexdigest()[:32] if session_key else ""
