from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_core.models.account import Account
from foundation.people.models import Department
from foundation.visibility import ScopedQuerySet


class HandoverPart(models.TextChoices):
    """What goes along with an account; what is closed, and what belongs to others, never does."""

    OPPORTUNITIES = "opportunities", _("Open opportunities")
    CONTACTS = "contacts", _("Contacts")
    TASKS = "tasks", _("Open tasks")


class HandoverQuerySet(ScopedQuerySet):
    owner_paths = ("giver", "taker", "made_by")
    department_paths = ("department",)

    def with_counts(self) -> Self:
        """With ``item_count``: how many accounts went over."""
        return self.annotate(item_count=Count("items"))

    def waiting_for(self, user: Any) -> Self:
        """Handovers whose brief the successor has not acknowledged."""
        return self.filter(taker=user, acknowledged_at__isnull=True)


class Handover(models.Model):
    """That a person's accounts went to a successor in one go, with a brief that the successor acknowledges."""

    giver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("former owner"))
    taker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("successor"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("department"))
    reason = models.CharField(_("reason"), max_length=200)
    brief = models.TextField(_("words to the successor"), max_length=4000, blank=True)
    parts = models.JSONField(_("what went along"), default=list)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("handed over by"))
    made_at = models.DateTimeField(_("handed over"), default=timezone.now)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    question = models.CharField(_("question of the successor"), max_length=500, blank=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="handover_to_another"),
            models.CheckConstraint(condition=Q(acknowledged_at__isnull=True) | Q(acknowledged_at__gte=F("made_at")), name="handover_acknowledged_after"),
        ]

    def __str__(self) -> str:
        return f"{self.giver} → {self.taker}"

    def get_absolute_url(self) -> str:
        """The page with the brief."""
        return reverse("crm_core:handover_detail", args=[self.pk])


class HandoverItem(models.Model):
    """One account of a handover: what moved with it, and what stayed and why; only added."""

    handover = models.ForeignKey(Handover, models.CASCADE, related_name="items", verbose_name=_("handover"))
    account = models.ForeignKey(Account, models.CASCADE, related_name="handover_items", verbose_name=_("account"))
    moved = models.JSONField(_("moved"), default=dict, help_text=_("By part: how many."))
    stayed = models.JSONField(_("stayed"), default=list, help_text=_("What, and why."))

    objects = models.Manager()

    class Meta:
        verbose_name = _("account of a handover")
        verbose_name_plural = _("accounts of handovers")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["handover", "account"], name="handover_item_once")]

    def __str__(self) -> str:
        return str(self.account)
