from collections.abc import Iterable
from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from foundation.people.models import Department
from foundation.usage.models.event import Outcome, Surface, Verb
from foundation.usage.models.feature import Feature

# What counts as work done in the system; looking at pages and signing in never do.
MEANINGFUL = (Verb.CREATE, Verb.UPDATE, Verb.ADVANCE, Verb.LOG, Verb.RESOLVE, Verb.RUN)


class UsageDayQuerySet(models.QuerySet):
    def between(self, first: date, last: date) -> Self:
        """Days from first to last, both included."""
        return self.filter(day__gte=first, day__lte=last)

    def ok(self) -> Self:
        """Uses that worked."""
        return self.filter(outcome=Outcome.OK)

    def meaningful(self) -> Self:
        """Work entered by people on the screen that worked: the verbs in MEANINGFUL, never views or sign-ins."""
        return self.ok().filter(surface=Surface.UI, verb__in=MEANINGFUL)

    def people_who_used(self, feature_ids: Iterable[int], since: date) -> models.QuerySet:
        """Ids of the people who used any of the features with success since a day, each once."""
        return self.ok().filter(feature_id__in=list(feature_ids), day__gte=since).order_by().values_list("user_id", flat=True).distinct()


class UsageDay(models.Model):
    """One day's events of one person with one feature, counted: what pages and metrics read instead of events.

    ``day`` is the local day of ``recorded_at``. Lags are sums in seconds over events entered after they happened.
    """

    day = models.DateField(_("day"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="usage_days", verbose_name=_("person"))
    feature = models.ForeignKey(Feature, models.PROTECT, db_index=False, related_name="days", verbose_name=_("feature"))
    department = models.ForeignKey(Department, models.PROTECT, null=True, related_name="+", verbose_name=_("department at that time"))
    role = models.CharField(_("role at that time"), max_length=40, blank=True)
    verb = models.CharField(_("verb"), max_length=10, choices=Verb.choices)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    surface = models.CharField(_("surface"), max_length=10, choices=Surface.choices)
    count = models.PositiveIntegerField(_("events"))
    filled = models.PositiveIntegerField(_("fields filled"), default=0)
    required = models.PositiveIntegerField(_("fields required"), default=0)
    lag_seconds = models.PositiveBigIntegerField(_("entry lag, summed"), default=0)
    within_day = models.PositiveIntegerField(_("entered within 24 hours"), default=0)

    objects = UsageDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("usage of a day")
        verbose_name_plural = _("usage by day")
        ordering = ["-day", "pk"]
        indexes = [
            models.Index(fields=["day", "feature"], name="usage_day_day_feature"),
            models.Index(fields=["feature", "day", "user"], name="usage_day_feature"),
        ]
        constraints = [
            models.UniqueConstraint("day", "user", "feature", Coalesce("department", 0), "role", "verb", "outcome", "surface", name="usage_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.verb} {self.count}"


class Rollup(models.Model):
    """That a day has been rolled up; the row that two rollups of one day queue at, and on the day of a full rollup how far it saw."""

    day = models.DateField(unique=True)
    last_event = models.BigIntegerField(default=0, help_text=_("Highest event number seen in the whole table."))
    rolled_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("rollup")
        verbose_name_plural = _("rollups")
        ordering = ["-day"]

    def __str__(self) -> str:
        return str(self.day)
