from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from requirements_mgmt.models.requirement import Requirement, ThroughRequirement


class ChangeRequestState(models.TextChoices):
    """Accepted: the requirement may be edited. Done: the edit that answers the request is made."""

    OPEN = "open", pgettext_lazy("change request", "Open")
    ACCEPTED = "accepted", pgettext_lazy("change request", "Accepted")
    REJECTED = "rejected", _("Rejected")
    DONE = "done", _("Done")


class ChangeRequestQuerySet(ThroughRequirement):
    def undecided(self) -> Self:
        """Open: nobody has accepted or rejected them."""
        return self.filter(state=ChangeRequestState.OPEN)


class ChangeRequest(models.Model):
    """That somebody wants a requirement changed, why, on what evidence, and what was decided."""

    rollout = models.ForeignKey("implementation.Rollout", models.PROTECT, related_name="change_requests", verbose_name=_("rollout"))
    requirement = models.ForeignKey(Requirement, models.PROTECT, related_name="change_requests", verbose_name=_("requirement"))
    code = models.CharField(_("code"), max_length=20)
    title = models.CharField(_("title"), max_length=200)
    reason = models.TextField(_("reason"), max_length=5000)
    evidence = models.JSONField(_("evidence"), default=dict, blank=True)
    impact = models.JSONField(_("impact"), default=dict, editable=False, help_text=_("What hung on the requirement when it was decided."))
    state = models.CharField(_("state"), max_length=10, choices=ChangeRequestState.choices, default=ChangeRequestState.OPEN)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="change_requests_opened", verbose_name=_("opened by"))
    opened_at = models.DateTimeField(_("opened"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=pgettext_lazy("change request", "decided by")
    )
    decided_at = models.DateTimeField(pgettext_lazy("change request", "decided"), null=True, blank=True)
    decision_reason = models.CharField(_("reason for the decision"), max_length=1000, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    objects = ChangeRequestQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("change request")
        verbose_name_plural = _("change requests")
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["rollout", "code"], name="change_request_code_in_rollout"),
            models.CheckConstraint(
                condition=Q(state="open") | Q(decided_by__isnull=False, decided_at__isnull=False), name="change_request_decision_has_person"
            ),
        ]
        indexes = [models.Index(fields=["rollout", "state"], name="change_request_state")]

    def get_absolute_url(self) -> str:
        return reverse("requirements_mgmt:change_request_detail", args=[self.pk])

    def search_entry(self) -> dict[str, Any]:
        """What people find it by: code, title and reason."""
        return {
            "title": self.title,
            "subtitle": self.requirement.code,
            "body": self.reason,
            "codes": (self.code,),
            "owner": self.opened_by_id,
            "department": self.requirement.department_id,
        }

    def __str__(self) -> str:
        return f"{self.code} {self.title}"
