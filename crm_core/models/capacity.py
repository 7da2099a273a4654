"""How many accounts one person may own at most, and who may own more."""

from datetime import date
from typing import Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from foundation.people.models import Department
from foundation.visibility import ScopedQuerySet


class CapacityRule(models.Model):
    """At most so many accounts of these kinds and levels may one person of the department own; counted by the live rows of the ledger."""

    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("department"),
        help_text=_("It and all below; empty means everybody."),
    )
    kinds = models.JSONField(_("account kinds"), default=list, blank=True, help_text=_("None chosen means every kind."))
    levels = models.JSONField(_("levels"), default=list, blank=True, help_text=_("None chosen means every level."))
    limit = models.PositiveIntegerField(_("at most"), validators=[MinValueValidator(1)])
    counts_new = models.BooleanField(_("new accounts count too"), default=False, help_text=_("Who is full cannot enter new accounts either."))
    is_active = models.BooleanField(_("in use"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = models.Manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("capacity rule")
        verbose_name_plural = _("capacity rules")
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(limit__gte=1), name="capacity_limit_positive")]

    def __str__(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name


class CapacityExemptionQuerySet(ScopedQuerySet):
    owner_paths = ("user",)
    department_paths = ()

    def on(self, day: date) -> Self:
        """Exemptions in force on the day; the last day belongs to them."""
        return self.filter(expires_on__gte=day)


class CapacityExemption(models.Model):
    """That a named person may own more than a capacity rule says, until a day."""

    rule = models.ForeignKey(CapacityRule, models.CASCADE, related_name="exemptions", verbose_name=_("capacity rule"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="capacity_exemptions", verbose_name=_("person"))
    limit = models.PositiveIntegerField(_("at most"), null=True, blank=True, help_text=_("Empty means without limit."))
    expires_on = models.DateField(_("until"))
    reason = models.CharField(_("reason"), max_length=200)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("granted by"))
    granted_at = models.DateTimeField(_("granted"), default=timezone.now, editable=False)

    objects = CapacityExemptionQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("capacity exemption")
        verbose_name_plural = _("capacity exemptions")
        ordering = ["expires_on", "pk"]
        constraints = [models.UniqueConstraint(fields=["rule", "user"], name="capacity_exemption_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.rule}"
