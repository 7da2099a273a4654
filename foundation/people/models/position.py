from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from foundation.people.models.department import Department
from foundation.visibility import ScopedQuerySet


class PositionQuerySet(ScopedQuerySet):
    owner_paths = ()
    department_paths = ("department",)

    def open(self) -> Self:
        """Positions that may still be filled."""
        return self.filter(closed_on__isnull=True, department__closed_on__isnull=True)


class Position(models.Model):
    """A post in a department, with the role whose rights its holder has."""

    department = models.ForeignKey(Department, models.PROTECT, related_name="positions", verbose_name=_("department"))
    title = models.CharField(pgettext_lazy("position", "title"), max_length=80)
    title_en = models.CharField(pgettext_lazy("position", "English title"), max_length=80, blank=True)
    role = models.CharField(_("role"), max_length=40, help_text=_("Key of a role in the table of roles."))
    reports_to = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="subordinates", verbose_name=_("reports to"))
    is_head = models.BooleanField(_("heads the department"), default=False)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    objects = PositionQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("position")
        verbose_name_plural = _("positions")
        ordering = ["department__path", "title"]
        constraints = [models.UniqueConstraint(fields=["department", "title"], name="position_title_in_department")]

    def __str__(self) -> str:
        return f"{self.short_title} · {self.department}"

    @property
    def short_title(self) -> str:
        """The title without the department."""
        return self.title_en if self.title_en and (get_language() or "").startswith("en") else self.title


class DatedQuerySet(ScopedQuerySet):
    owner_paths: tuple[str, ...] = ("user",)
    department_paths: tuple[str, ...] = ("position__department",)

    def on(self, day: date) -> Self:
        """Rows in force on ``day``; both ends belong to the period, an empty end is open."""
        return self.filter(models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=day), starts_on__lte=day)


class DelegationQuerySet(DatedQuerySet):
    owner_paths = ("principal", "deputy")
    department_paths = ()

    def on(self, day: date) -> Self:
        """Delegations in force on ``day``; one that was ended early gives nothing from that very day on."""
        return super().on(day).filter(models.Q(ended_early_on__isnull=True) | models.Q(ended_early_on__gt=day))


class Assignment(models.Model):
    """That a person holds a position from one day to another; a person may hold two at once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments", verbose_name=_("person"))
    position = models.ForeignKey(Position, models.PROTECT, related_name="assignments", verbose_name=_("position"))
    starts_on = models.DateField(pgettext_lazy("period", "from"))
    ends_on = models.DateField(pgettext_lazy("period", "to"), null=True, blank=True)
    is_main = models.BooleanField(_("main position"), default=True)

    objects = DatedQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ["-is_main", "-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=models.F("starts_on")), name="assignment_ends_after_start"),
            models.UniqueConstraint(fields=["user", "position"], condition=models.Q(ends_on__isnull=True), name="assignment_open_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.position}"

    def is_on(self, day: date) -> bool:
        """Whether the assignment is in force on ``day``."""
        return self.starts_on <= day and (self.ends_on is None or self.ends_on >= day)


class Delegation(models.Model):
    """That a deputy acts with a person's rights while that person is away."""

    principal = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="delegations_given", verbose_name=_("absent person"))
    deputy = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="delegations_held", verbose_name=_("deputy"))
    starts_on = models.DateField(pgettext_lazy("period", "from"))
    ends_on = models.DateField(pgettext_lazy("period", "to"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    ended_early_on = models.DateField(_("ended early on"), null=True, blank=True, editable=False)

    objects = DelegationQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_on__gte=models.F("starts_on")), name="delegation_ends_after_start"),
            models.CheckConstraint(condition=~models.Q(principal=models.F("deputy")), name="delegation_to_another"),
        ]

    def __str__(self) -> str:
        return f"{self.principal} → {self.deputy}"

    def is_on(self, day: date) -> bool:
        """Whether the deputy has the rights on ``day``."""
        return self.starts_on <= day <= self.ends_on and (self.ended_early_on is None or self.ended_early_on > day)
