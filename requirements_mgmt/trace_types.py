"""What trace links may join: the allow-list that ``settings.TRACE_TYPES`` holds.

Each entry is a dict: ``key`` (stored in the link), ``model`` (app.Model), ``permission`` to look it up, ``search`` (look-ups),
``covers`` (attribute paths whose values are pinned; a change of one makes the link suspect) and ``url`` (name of the page).
Models of apps that are not installed are left out, so that the suite runs without them.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from foundation.integrity import sha256_of


@dataclass(frozen=True)
class TraceType:
    """One kind of thing at the end of a trace link."""

    key: str
    model: type[models.Model]
    permission: str
    search: tuple[str, ...]
    covers: tuple[str, ...]
    url: str = ""
    icon: str = "link"

    @property
    def label(self) -> Any:
        return self.model._meta.verbose_name

    def visible(self, user: Any) -> models.QuerySet:
        """The rows that the person may see; none without the permission to look them up."""
        manager: Any = self.model._default_manager
        if self.permission and not user.has_perm(self.permission):
            return manager.none()
        return manager.visible_to(user) if hasattr(manager, "visible_to") else manager.all()

    def find(self, user: Any, text: str, limit: int = 20) -> list[models.Model]:
        """Rows whose searched fields hold the text, the newest first."""
        condition = Q()
        for path in self.search:
            condition |= Q(**{path: text})
        return list(self.visible(user).filter(condition).order_by("-pk")[:limit])

    def pin(self, row: models.Model) -> str:
        """Hash of what the link relies on; requirements bring theirs."""
        if self.covers == ("content_hash",):
            return str(row.content_hash)  # type: ignore[attr-defined]
        return sha256_of({path: str(_value(row, path)) for path in self.covers})

    def address(self, row: models.Model) -> str:
        """Where the thing is shown."""
        if not self.url:
            get: Any = getattr(row, "get_absolute_url", None)
            return str(get()) if get else ""
        return reverse(self.url, args=[row.pk])


def _value(row: Any, path: str) -> Any:
    for name in path.split("."):
        row = getattr(row, name, None)
    return row


@cache
def trace_types() -> dict[str, TraceType]:
    """Every allowed kind of end by its key, in the order of the settings."""
    found = {}
    for entry in settings.TRACE_TYPES:
        if not apps.is_installed(_app_name(entry["model"])):
            continue
        found[entry["key"]] = TraceType(**{**entry, "model": apps.get_model(entry["model"])})
    return found


def _app_name(label: str) -> str:
    try:
        return apps.get_app_config(label.split(".")[0]).name
    except LookupError:
        return ""
