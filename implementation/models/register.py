from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from implementation.models.naming import in_language
from implementation.models.phase import Phase
from implementation.models.rollout import Rollout, ThroughRollout


class EntryState(models.TextChoices):
    """How far an owed document is; follows from the linked document, never stored."""

    MISSING = "missing", _("Missing")
    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    SIGNED = "signed", _("Signed")


class RegisterEntry(models.Model):
    """A document that a phase owes: of which kind, by whom and until when."""

    rollout = models.ForeignKey(Rollout, models.CASCADE, related_name="register", verbose_name=_("rollout"))
    phase = models.ForeignKey(Phase, models.CASCADE, related_name="register", verbose_name=_("phase"))
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=40)
    owed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="owed_documents", verbose_name=_("owed by"))
    due_on = models.DateField(_("due"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = ThroughRollout.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("register entry")
        verbose_name_plural = _("register entries")
        ordering = ["due_on", "pk"]
        constraints = [models.UniqueConstraint(fields=["phase", "title"], name="register_title_once_in_phase")]

    def __str__(self) -> str:
        return in_language(self.title, self.title_en)

    def get_absolute_url(self) -> str:
        return reverse("implementation:register_edit", args=[self.pk])
