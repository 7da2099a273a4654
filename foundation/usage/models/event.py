from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from foundation.people.models import Department
from foundation.usage.models.feature import Feature


class Verb(models.TextChoices):
    VIEW = "view", pgettext_lazy("use", "Looked at")
    CREATE = "create", pgettext_lazy("use", "Created")
    UPDATE = "update", pgettext_lazy("use", "Changed")
    DELETE = "delete", pgettext_lazy("use", "Deleted")
    ADVANCE = "advance", pgettext_lazy("use", "Moved on")
    LOG = "log", pgettext_lazy("use", "Logged")
    CLAIM = "claim", pgettext_lazy("use", "Claimed")
    IMPORT = "import", pgettext_lazy("use", "Imported")
    EXPORT = "export", pgettext_lazy("use", "Exported")
    CONFIRM = "confirm", pgettext_lazy("use", "Confirmed")
    SIGN = "sign", pgettext_lazy("use", "Signed")
    ANSWER = "answer", pgettext_lazy("use", "Answered")
    REPORT = "report", pgettext_lazy("use", "Reported")
    RESOLVE = "resolve", pgettext_lazy("use", "Resolved")
    RUN = "run", pgettext_lazy("use", "Ran")


class Outcome(models.TextChoices):
    OK = "ok", pgettext_lazy("outcome of use", "Done")
    INVALID = "invalid", pgettext_lazy("outcome of use", "Refused by the form")
    DENIED = "denied", pgettext_lazy("outcome of use", "Not permitted")
    ERROR = "error", pgettext_lazy("outcome of use", "Error")


class Surface(models.TextChoices):
    UI = "ui", pgettext_lazy("surface", "Screen")
    API = "api", pgettext_lazy("surface", "Interface (API)")
    IMPORT = "import", pgettext_lazy("surface", "Import")
    AUTOMATION = "automation", pgettext_lazy("surface", "Automation")


class AppendOnly(Exception):
    """Usage events are written once; nobody changes or deletes them outside a retention window."""


@dataclass(frozen=True)
class TrailStep:
    """One thing a person did, in words, as the server saw it."""

    at: datetime
    sentence: str
    feature: str
    feature_key: str
    verb: str
    outcome: str
    object_type: str
    object_id: str


class RetentionWindow(models.Model):
    """While a row is here, events may be deleted: the triggers look for it. It never outlives the transaction that opened it."""

    opened_at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=200)

    class Meta:
        verbose_name = _("retention window")
        verbose_name_plural = _("retention windows")

    def __str__(self) -> str:
        return self.reason

    @classmethod
    @contextmanager
    def open(cls, reason: str) -> Iterator[None]:
        """Let this transaction, and no other, delete events; for retention rules and for tests."""
        with transaction.atomic():
            row = cls.objects.create(reason=reason)
            yield
            row.delete()


class UsageEventQuerySet(models.QuerySet):
    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnly("Usage events are never changed.")

    def delete(self) -> NoReturn:
        raise AppendOnly("Usage events are deleted only by expire().")

    def expire(self, *, before: datetime, reason: str) -> int:
        """Delete events recorded before a moment, inside a retention window; the rollups stay. Returns how many went."""
        with RetentionWindow.open(reason):
            return self.filter(recorded_at__lt=before)._raw_delete(self.db)

    def ok(self) -> Self:
        """Events of things that worked."""
        return self.filter(outcome=Outcome.OK)

    def trail_of(self, user: Any, limit: int = 20) -> list[TrailStep]:
        """The last things a person did, newest first, as readable steps in the language in force."""
        rows: list[Any] = list(self.filter(user=user).select_related("feature").order_by("-recorded_at", "-pk")[:limit])
        return [row.as_step() for row in rows]


class UsageEvent(models.Model):
    """That a person used a feature: who, in which department and role at that time, what, and how it ended. Never what was typed.

    Append-only: database triggers refuse UPDATE and DELETE. ``occurred_at`` is when the thing happened in the world,
    ``recorded_at`` when it was entered; the difference is the entry lag.
    """

    recorded_at = models.DateTimeField(_("recorded at"))
    occurred_at = models.DateTimeField(_("happened at"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, db_index=False, related_name="usage_events", verbose_name=_("person"))
    department = models.ForeignKey(Department, models.PROTECT, db_index=False, null=True, related_name="+", verbose_name=_("department at that time"))
    role = models.CharField(_("role at that time"), max_length=40, blank=True)
    verb = models.CharField(_("verb"), max_length=10, choices=Verb.choices)
    object_type = models.CharField(_("kind of thing"), max_length=80, blank=True)
    object_id = models.CharField(_("number of the thing"), max_length=40, blank=True)
    feature = models.ForeignKey(Feature, models.PROTECT, db_index=False, related_name="events", verbose_name=_("feature"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, default=Outcome.OK)
    filled = models.PositiveSmallIntegerField(_("fields filled"), null=True)
    required = models.PositiveSmallIntegerField(_("fields required"), null=True)
    surface = models.CharField(_("surface"), max_length=10, choices=Surface.choices, default=Surface.UI)
    session_hash = models.CharField(_("session (keyed hash)"), max_length=32, blank=True)
    build = models.CharField(_("build"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)

    objects = UsageEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("usage event")
        verbose_name_plural = _("usage events")
        ordering = ["-recorded_at", "-pk"]
        indexes = [
            models.Index(fields=["user", "recorded_at"], name="usage_event_user"),
            models.Index(fields=["feature", "recorded_at"], name="usage_event_feature"),
            models.Index(fields=["recorded_at"], name="usage_event_recorded"),
        ]

    def __str__(self) -> str:
        return f"{self.recorded_at:%Y-%m-%d %H:%M} {self.verb} {self.outcome}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None and not self._state.adding:
            raise AppendOnly("Usage events are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly("Usage events are deleted only by expire().")

    def as_step(self) -> TrailStep:
        """This event as a sentence such as “Created: New account — refused by the form”."""
        verb, outcome = Verb(self.verb).label, Outcome(self.outcome).label
        if self.outcome == Outcome.OK:
            sentence = gettext("%(verb)s: %(feature)s") % {"verb": verb, "feature": self.feature}
        else:
            sentence = gettext("%(verb)s: %(feature)s (%(outcome)s)") % {"verb": verb, "feature": self.feature, "outcome": outcome}
        return TrailStep(self.recorded_at, sentence, str(self.feature), self.feature.key, self.verb, self.outcome, self.object_type, self.object_id)
