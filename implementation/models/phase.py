from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from implementation.models.naming import TwoNames
from implementation.models.rollout import Rollout, ThroughRollout, Wave


class PhaseKind(models.TextChoices):
    KICKOFF = "kickoff", _("Kick-off")
    RESEARCH = "research", _("Research")
    DESIGN = "design", _("Design")
    TESTING = "testing", _("Testing")
    GO_LIVE = "go_live", _("Go-live")
    ITERATION = "iteration", _("Iteration")


class PhaseState(models.TextChoices):
    """Where a phase stands; follows from its dates and its gate, never stored."""

    AHEAD = "ahead", _("Not started")
    RUNNING = "running", _("Running")
    LATE = "late", _("Late")
    PASSED = "passed", _("Gate passed")


class PhaseQuerySet(ThroughRollout):
    def whole(self) -> Self:
        """Phases of the rollout as a whole, not of one wave."""
        return self.filter(wave__isnull=True)

    def with_gate(self) -> Self:
        """With rollout, wave, gate and the standing passage, so that the state costs no further query."""
        return self.select_related("rollout", "wave", "gate").prefetch_related("gate__passages")


class Phase(models.Model):
    """A stretch of the rollout from kick-off to iteration, of the whole or of one wave; phases may overlap."""

    rollout = models.ForeignKey(Rollout, models.CASCADE, related_name="phases", verbose_name=_("rollout"))
    wave = models.ForeignKey(Wave, models.CASCADE, null=True, blank=True, related_name="phases", verbose_name=_("wave"))
    kind = models.CharField(_("phase"), max_length=12, choices=PhaseKind.choices)
    order = models.PositiveSmallIntegerField(_("order"))
    planned_start = models.DateField(_("planned start"))
    planned_end = models.DateField(_("planned end"))
    forecast_end = models.DateField(_("forecast end"), null=True, blank=True)
    actual_start = models.DateField(_("actual start"), null=True, blank=True)
    actual_end = models.DateField(_("actual end"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = PhaseQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("phase")
        verbose_name_plural = _("phases")
        ordering = ["rollout", F("wave__order").asc(nulls_first=True), "order", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(planned_end__gte=F("planned_start")), name="phase_ends_after_start"),
            models.CheckConstraint(condition=Q(actual_end__isnull=True) | Q(actual_end__gte=F("actual_start")), name="phase_really_ends_after_start"),
            models.UniqueConstraint(fields=["rollout", "kind"], condition=Q(wave__isnull=True), name="phase_kind_once_in_rollout"),
            models.UniqueConstraint(fields=["wave", "kind"], condition=Q(wave__isnull=False), name="phase_kind_once_in_wave"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.wave}" if self.wave_id else str(self.get_kind_display())

    def get_absolute_url(self) -> str:
        return reverse("implementation:phase_detail", args=[self.pk])

    @property
    def expected_end(self) -> date:
        """When it ended, else when it is forecast to end, else when it is planned to."""
        return self.actual_end or self.forecast_end or self.planned_end

    @property
    def slip(self) -> int:
        """Days behind the plan (negative: ahead)."""
        return (self.expected_end - self.planned_end).days

    def state_on(self, today: date) -> PhaseState:
        """Passed when its gate stands passed, late when the plan's end is over, running once started."""
        gate = getattr(self, "gate", None)
        if gate is not None and gate.standing_passage is not None:
            return PhaseState.PASSED
        if self.planned_end < today:
            return PhaseState.LATE
        return PhaseState.RUNNING if self.actual_start and self.actual_start <= today else PhaseState.AHEAD

    def before(self) -> models.QuerySet["Phase"]:
        """The phase whose gate comes before this one's, in the same wave or else in the whole rollout; none before the first."""
        earlier = Phase.objects.filter(Q(wave=self.wave_id) | Q(wave__isnull=True), rollout=self.rollout_id, order__lt=self.order)
        return earlier.order_by(F("wave").desc(nulls_last=True), "-order")[:1]


class Milestone(TwoNames):
    """A dated event that shows whether a rollout is on time; planned, forecast and actual dates stand side by side."""

    rollout = models.ForeignKey(Rollout, models.CASCADE, related_name="milestones", verbose_name=_("rollout"))
    phase = models.ForeignKey(Phase, models.CASCADE, related_name="milestones", verbose_name=_("phase"))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="milestones", verbose_name=_("owner"))
    planned_on = models.DateField(_("planned"))
    forecast_on = models.DateField(_("forecast"), null=True, blank=True)
    actual_on = models.DateField(_("reached"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = ThroughRollout.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["planned_on", "pk"]

    def get_absolute_url(self) -> str:
        return reverse("implementation:milestone_edit", args=[self.pk])

    @property
    def expected_on(self) -> date:
        """When it was reached, else when it is forecast, else when it is planned."""
        return self.actual_on or self.forecast_on or self.planned_on

    @property
    def slip(self) -> int:
        """Days behind the plan (negative: ahead)."""
        return (self.expected_on - self.planned_on).days

    def is_overdue(self, today: date) -> bool:
        """Not reached although the planned day is over."""
        return self.actual_on is None and self.planned_on < today


class PlanChange(models.Model):
    """That somebody moved a planned date, from what to what and why."""

    rollout = models.ForeignKey(Rollout, models.CASCADE, related_name="plan_changes", verbose_name=_("rollout"))
    phase = models.ForeignKey(Phase, models.CASCADE, null=True, blank=True, related_name="plan_changes", verbose_name=_("phase"))
    milestone = models.ForeignKey(Milestone, models.CASCADE, null=True, blank=True, related_name="plan_changes", verbose_name=_("milestone"))
    field = models.CharField(_("date"), max_length=20)
    before = models.DateField(pgettext_lazy("move", "from"))
    after = models.DateField(pgettext_lazy("move", "to"))
    reason = models.CharField(_("reason"), max_length=500)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("changed by"))
    changed_at = models.DateTimeField(_("changed at"))

    objects = ThroughRollout.as_manager()

    class Meta:
        verbose_name = _("change of plan")
        verbose_name_plural = _("changes of plan")
        ordering = ["-changed_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(phase__isnull=True) ^ Q(milestone__isnull=True), name="plan_change_of_one_thing"),
            models.CheckConstraint(condition=~Q(reason=""), name="plan_change_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.milestone or self.phase}: {self.before} → {self.after}"

    @property
    def days(self) -> int:
        """By how many days the date moved (negative: earlier)."""
        return (self.after - self.before).days
