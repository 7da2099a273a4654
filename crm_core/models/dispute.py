"""Who owns an account is disputed: the file with the evidence, both sides' words and the decision."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from crm_core.models.account import Account
from foundation.people.models import Department
from foundation.visibility import ScopedQuerySet


class DisputeState(models.TextChoices):
    OPEN = "open", _("Being examined")
    DECIDED = "decided", pgettext_lazy("dispute", "Decided")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class DisputeVerdict(models.TextChoices):
    KEEP = "keep", _("The owner stays")
    CHANGE = "change", _("The account goes to the claimant")


class DisputeQuerySet(ScopedQuerySet):
    owner_paths = ("claimant", "holder")
    department_paths = ("department",)

    def open(self) -> Self:
        """Disputes that wait for a decision."""
        return self.filter(state=DisputeState.OPEN)


class OwnershipDispute(models.Model):
    """That a person disputes the ownership of an account; the evidence is what the system knew when the file was opened."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="disputes", verbose_name=_("account"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("department"))
    claimant = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("claimant"))
    holder = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("owner at that time"))
    claim = models.TextField(_("words of the claimant"), max_length=2000)
    answer = models.TextField(_("words of the owner"), max_length=2000, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, editable=False)
    evidence = models.JSONField(pgettext_lazy("dispute", "evidence"), default=list, editable=False)
    evidence_at = models.DateTimeField(_("evidence collected"), default=timezone.now, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=DisputeState.choices, default=DisputeState.OPEN)
    verdict = models.CharField(_("decision"), max_length=6, choices=DisputeVerdict.choices, blank=True)
    verdict_reason = models.TextField(_("reason of the decision"), max_length=2000, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=pgettext_lazy("dispute", "decided by"))
    decided_at = models.DateTimeField(pgettext_lazy("dispute", "decided"), null=True, editable=False)
    opened_at = models.DateTimeField(pgettext_lazy("dispute", "opened"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = DisputeQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["evidence"])

    class Meta:
        verbose_name = _("ownership dispute")
        verbose_name_plural = _("ownership disputes")
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(state="open"), name="dispute_one_open_per_account"),
            models.CheckConstraint(
                condition=~Q(state="decided") | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(verdict="") & ~Q(verdict_reason=""),
                name="dispute_decided_by_somebody",
            ),
            models.CheckConstraint(condition=Q(decided_by__isnull=True) | ~Q(decided_by=models.F("claimant")), name="dispute_not_decided_by_claimant"),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.claimant}"

    def get_absolute_url(self) -> str:
        """The page of the dispute."""
        return reverse("crm_core:dispute_detail", args=[self.pk])
