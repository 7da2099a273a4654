from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from implementation.models.rollout import ThroughRollout
from requirements_mgmt.models.requirement import Requirement


class FindingKind(models.TextChoices):
    """What may be wrong in the flow of data through the requirements; each is defined in ``requirements_mgmt.flow``."""

    MISSING_INPUT = "missing_input", _("No input")
    MISSING_OUTPUT = "missing_output", _("No output")
    UNFED = "unfed", _("Nobody provides it")
    DEAD_END = "dead_end", _("Dead end")
    DEAD_LOOP = "dead_loop", _("Dead loop")
    ISLAND = "island", _("Island")
    LONG_PATH = "long_path", _("Detour")
    TWO_MASTERS = "two_masters", _("Several masters")
    ORPHAN_INTERFACE = "orphan_interface", _("Interface without owner")
    NOT_ALONE = "not_alone", _("Cannot run alone")


class FlowCheck(models.Model):
    """One run of the flow check over a rollout: when, by whom, and how many findings of each kind it left."""

    rollout = models.ForeignKey("implementation.Rollout", models.CASCADE, related_name="flow_checks", verbose_name=_("rollout"))
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("started by"))
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    requirements = models.PositiveIntegerField(_("requirements"), default=0)
    counts = models.JSONField(_("counts"), default=dict, blank=True, help_text=_("Findings per kind."))

    objects = ThroughRollout.as_manager()

    class Meta:
        verbose_name = _("flow check")
        verbose_name_plural = _("flow checks")
        ordering = ["-started_at", "-pk"]
        indexes = [models.Index(fields=["rollout", "-finished_at"], name="flow_check_latest")]

    def __str__(self) -> str:
        return f"{self.rollout} {self.started_at:%Y-%m-%d %H:%M}"


class AcceptanceEnd(models.TextChoices):
    """Why an acceptance counts no longer: somebody took it back, or the finding is not the one that was accepted."""

    TAKEN_BACK = "taken_back", _("Taken back")
    FELL_AWAY = "fell_away", _("The finding changed")


class FindingAcceptance(models.Model):
    """That somebody lives with a finding, for a reason; it holds for exactly this finding and falls away when that changes."""

    rollout = models.ForeignKey("implementation.Rollout", models.PROTECT, related_name="finding_acceptances", verbose_name=_("rollout"))
    kind = models.CharField(_("kind"), max_length=20, choices=FindingKind.choices)
    fingerprint = models.CharField(max_length=64, editable=False)
    detail = models.JSONField(default=dict, editable=False, help_text=_("The finding as it was accepted."))
    reason = models.CharField(_("reason"), max_length=1000)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("accepted by"))
    accepted_at = models.DateTimeField(_("accepted"))
    ended_how = models.CharField(_("ended because"), max_length=10, choices=AcceptanceEnd.choices, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=pgettext_lazy("finding", "ended by")
    )
    ended_at = models.DateTimeField(pgettext_lazy("finding", "ended"), null=True, blank=True)

    objects = ThroughRollout.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("accepted finding")
        verbose_name_plural = _("accepted findings")
        ordering = ["-accepted_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["rollout", "fingerprint"], condition=Q(ended_at__isnull=True), name="finding_accepted_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="finding_acceptance_has_reason"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_how="") | (Q(ended_at__isnull=False) & ~Q(ended_how="")), name="finding_acceptance_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason[:60]}"


NAMED_MOST = 200  # so many findings with its name are read: longer names have it in them too


class FlowFindingQuerySet(ThroughRollout):
    def open(self) -> Self:
        """Findings that are neither put right nor accepted."""
        return self.filter(acceptance__isnull=True)

    def about(self, row: Any, *, most: int = 20) -> list["FlowFinding"]:
        """The gravest findings of the rollout that name this data object, system or interface."""
        named: Any = self.filter(rollout=row.rollout_id, words__icontains=row.name).order_by("rank", "place", "pk")[:NAMED_MOST]
        return [finding for finding in named if finding.names(row)][:most]


class FlowFinding(models.Model):
    """A fault that the latest flow check found; the same finding keeps its row from check to check."""

    rollout = models.ForeignKey("implementation.Rollout", models.CASCADE, related_name="flow_findings", verbose_name=_("rollout"))
    flow_check = models.ForeignKey(FlowCheck, models.CASCADE, related_name="findings", verbose_name=_("flow check"))
    kind = models.CharField(_("kind"), max_length=20, choices=FindingKind.choices)
    fingerprint = models.CharField(max_length=64, editable=False, help_text=_("SHA-256 of what the finding is about; another finding has another."))
    rank = models.PositiveSmallIntegerField(default=0, editable=False)
    place = models.CharField(max_length=200, blank=True, editable=False)
    words = models.TextField(blank=True, editable=False, help_text=_("Codes and names, to be searched."))
    detail = models.JSONField(default=dict, editable=False)
    requirements = models.ManyToManyField(Requirement, related_name="flow_findings", verbose_name=_("requirements"))
    acceptance = models.ForeignKey(FindingAcceptance, models.SET_NULL, null=True, blank=True, related_name="findings", verbose_name=_("accepted"))
    first_seen_at = models.DateTimeField(_("first seen"))

    objects = FlowFindingQuerySet.as_manager()

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        ordering = ["rank", "place", "pk"]
        constraints = [models.UniqueConstraint(fields=["rollout", "fingerprint"], name="flow_finding_once")]
        indexes = [models.Index(fields=["rollout", "rank", "place", "id"], name="flow_finding_order")]

    def names(self, row: Any) -> bool:
        """Whether this data object, system or interface is what the finding is about."""
        entries = {"dataobject": self.detail["data"], "system": self.detail["systems"], "interface": [self.detail["interface"] or [0]]}[row._meta.model_name]
        return any(entry[0] == row.pk for entry in entries)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.words[:80]}"

    def get_absolute_url(self) -> str:
        return reverse("requirements_mgmt:finding_detail", args=[self.pk])
