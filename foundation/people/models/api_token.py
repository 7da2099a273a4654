from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.people.models.position import Position
from foundation.visibility import ScopedQuerySet


class TokenScope(models.TextChoices):
    READ = "read", _("Read only")
    WRITE = "write", _("Read and change")


class Connector(models.Model):
    """Another program that works through the API under a name and in a position of its own; a person answers for it."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    purpose = models.CharField(_("purpose"), max_length=200, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="connectors", verbose_name=_("responsible person"))
    identity = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="connector",
        verbose_name=_("service identity"),
        help_text=_("Whose name stands at what the program does."),
    )
    position = models.ForeignKey(
        Position, models.PROTECT, related_name="+", verbose_name=_("position"), help_text=_("The program sees and does at most what this position may.")
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)

    objects = models.Manager()

    class Meta:
        verbose_name = _("connector")
        verbose_name_plural = _("connectors")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ApiTokenQuerySet(ScopedQuerySet):
    department_paths = ()

    def in_force(self, now: datetime) -> Self:
        """Tokens neither revoked nor expired, of people who may sign in; a connector's also falls with the person who answers for it."""
        answered = Q(connector__isnull=True) | Q(connector__owner__is_active=True, connector__closed_at__isnull=True)
        return self.filter(answered, revoked_at__isnull=True, expires_at__gt=now, owner__is_active=True)


class ApiToken(models.Model):
    """A key with which a program acts for a person, or as a connector, through the API; only its SHA-256 is kept."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens", verbose_name=_("person"))
    connector = models.ForeignKey(Connector, models.CASCADE, null=True, blank=True, editable=False, related_name="tokens", verbose_name=_("connector"))
    name = models.CharField(_("name"), max_length=60)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(_("begins with"), max_length=12, editable=False)
    scope = models.CharField(_("permission"), max_length=5, choices=TokenScope.choices, default=TokenScope.READ)
    scopes = models.JSONField(_("kinds of rows"), default=list, blank=True, help_text=_("Such as account:read; empty: everything that the permission allows."))
    networks = models.JSONField(_("networks"), default=list, blank=True, help_text=_("Addresses from which the token is accepted; empty: from anywhere."))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)
    window = models.BigIntegerField(default=0, editable=False)
    window_calls = models.PositiveIntegerField(default=0, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def may_write(self) -> bool:
        return self.scope == TokenScope.WRITE

    def allows(self, noun: str, *, write: bool) -> bool:
        """Whether the token reaches rows of this noun; writing includes reading."""
        if write and not self.may_write:
            return False
        scopes: list[Any] = self.scopes
        return not scopes or f"{noun}:write" in scopes or (not write and f"{noun}:read" in scopes)
