from datetime import date
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from foundation.people.access import Access
from foundation.people.models import Department
from foundation.visibility import ScopedQuerySet
from implementation.models.naming import TwoNames


class RolloutState(models.TextChoices):
    PREPARING = "preparing", _("Being prepared")
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    CLOSED = "closed", pgettext_lazy("rollout", "Closed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN_STATES = (RolloutState.PREPARING, RolloutState.RUNNING, RolloutState.PAUSED)


class RolloutQuerySet(ScopedQuerySet):
    """Rollouts; sponsor and project manager own one, its lead department holds it, its team sees it."""

    owner_paths = ("sponsor", "project_manager")
    department_paths = ("department",)

    def extra_visibility(self, access: Access) -> Q:
        """Whoever is on the team today sees the rollout; so does a member's deputy."""
        member: Any = self.model._meta.get_field("team").related_model
        people = [access.user.pk, *access.principals]
        return Q(Exists(member._default_manager.on(access.day).filter(rollout=OuterRef("pk"), user__in=people)))

    def open(self) -> Self:
        """Rollouts that are being prepared, run or paused."""
        return self.filter(state__in=OPEN_STATES)


class Rollout(TwoNames):
    """One undertaking to bring the CRM into daily use in a set of departments, led by a sponsor and a project manager."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    state = models.CharField(_("state"), max_length=12, choices=RolloutState.choices, default=RolloutState.PREPARING)
    sponsor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="sponsored_rollouts", verbose_name=_("sponsor"))
    project_manager = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="managed_rollouts", verbose_name=_("project manager"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="led_rollouts", verbose_name=_("lead department"))
    departments = models.ManyToManyField(Department, related_name="rollouts", verbose_name=_("departments"))
    starts_on = models.DateField(_("starts on"))
    go_live_on = models.DateField(_("goes live on"))
    goal = models.TextField(_("goal"), blank=True, max_length=2000)
    closing_note = models.TextField(_("closing note"), blank=True, max_length=2000)
    closed_at = models.DateTimeField(pgettext_lazy("rollout", "closed at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    objects = RolloutQuerySet.as_manager()
    history = HistoricalRecords(m2m_fields=[departments])

    class Meta:
        verbose_name = _("rollout")
        verbose_name_plural = _("rollouts")
        ordering = ["-starts_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(sponsor=F("project_manager")), name="rollout_sponsor_is_not_manager"),
            models.CheckConstraint(condition=Q(go_live_on__gt=F("starts_on")), name="rollout_goes_live_after_start"),
            models.CheckConstraint(condition=Q(closed_at__isnull=True) | Q(state__in=["closed", "cancelled"]), name="rollout_closed_at_only_when_closed"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("implementation:rollout_detail", args=[self.pk])

    def search_entry(self) -> dict[str, Any]:
        """What is findable of it."""
        title = f"{self.name} {self.name_en}".strip()
        return {"title": title, "body": self.goal, "codes": (self.code,), "owner": self.project_manager_id, "department": self.department_id}

    @property
    def plan_url(self) -> str:
        """Where its plan is drawn."""
        return reverse("implementation:rollout_plan", args=[self.pk])

    @property
    def register_url(self) -> str:
        """Where the documents that it owes are listed."""
        return reverse("implementation:rollout_register", args=[self.pk])

    @property
    def team_url(self) -> str:
        """Where its team is listed."""
        return reverse("implementation:rollout_team", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Whether work on it goes on or may go on."""
        return self.state in OPEN_STATES


class ThroughRollout(models.QuerySet):
    """Rows that belong to a rollout: who sees the rollout sees them."""

    rollout_path = "rollout"

    def visible_to(self, user: Any, access: Access | None = None) -> Self:
        """The rows of every rollout that the person may see."""
        return self.filter(**{f"{self.rollout_path}__in": Rollout.objects.visible_to(user, access).order_by().values("pk")})


class Wave(TwoNames):
    """A batch of departments that is trained and goes live together; it may have phases of its own."""

    rollout = models.ForeignKey(Rollout, models.CASCADE, related_name="waves", verbose_name=_("rollout"))
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    departments = models.ManyToManyField(Department, related_name="waves", verbose_name=_("departments"))
    go_live_on = models.DateField(_("goes live on"), null=True, blank=True)

    objects = ThroughRollout.as_manager()
    history = HistoricalRecords(m2m_fields=[departments])

    class Meta:
        verbose_name = _("wave")
        verbose_name_plural = _("waves")
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["rollout", "order"], name="wave_order_in_rollout")]


class Goal(models.Model):
    """What the rollout is to change for the business, how that is measured and by when."""

    rollout = models.ForeignKey(Rollout, models.CASCADE, related_name="goals", verbose_name=_("rollout"))
    statement = models.CharField(_("goal"), max_length=300)
    measure = models.CharField(_("measured by"), max_length=200, blank=True)
    before = models.CharField(_("value before"), max_length=80, blank=True)
    target = models.CharField(_("target"), max_length=80, blank=True)
    result = models.CharField(_("value reached"), max_length=80, blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = ThroughRollout.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return self.statement

    def is_overdue(self, today: date) -> bool:
        """Due before ``today`` with no value reached."""
        return bool(self.due_on and self.due_on < today and not self.result)
