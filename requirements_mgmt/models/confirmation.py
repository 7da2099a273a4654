from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from foundation.people.access import Access
from requirements_mgmt.models.requirement import Requirement, ThroughRequirement


class Verdict(models.TextChoices):
    ASKED = "asked", _("Asked")
    CONFIRM = "confirm", _("Confirmed")
    OBJECT = "object", _("Objected")
    ASK = "ask", pgettext_lazy("confirmation", "Question")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class ConfirmationState(models.TextChoices):
    """A requirement's confirmations taken together, the most urgent one named."""

    OBJECTION = "objection", _("Objection")
    QUESTION = "question", pgettext_lazy("confirmation", "Question")
    OUTDATED = "outdated", _("Outdated")
    WAITING = "waiting", _("Waiting")
    CONFIRMED = "confirmed", _("Confirmed")
    NONE = "none", _("Never asked")


class ConfirmationQuerySet(ThroughRequirement):
    def of(self, access: Access) -> Self:
        """What was put to a person, or to somebody for whom that person stands in today."""
        return self.filter(person__in=[access.user.pk, *access.principals])

    def waiting(self) -> Self:
        """Asked and not yet answered, of requirements that still count."""
        return self.filter(verdict=Verdict.ASKED).exclude(requirement__state="dropped")

    def standing(self) -> Self:
        """Each person's latest answer to each requirement."""
        return self.filter(is_latest=True)

    def outdated(self) -> Self:
        """Standing confirmations of a text that is no longer the text."""
        return self.standing().filter(verdict=Verdict.CONFIRM).exclude(content_hash=F("requirement__content_hash"))


class Confirmation(models.Model):
    """That a named person was asked about a requirement, and what that person said to exactly which text."""

    requirement = models.ForeignKey(Requirement, models.PROTECT, related_name="confirmations", verbose_name=_("requirement"))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="confirmations", verbose_name=_("person"))
    verdict = models.CharField(_("answer"), max_length=10, choices=Verdict.choices, default=Verdict.ASKED)
    note = models.CharField(_("note"), max_length=2000, blank=True)
    content = models.JSONField(_("text"), default=dict, editable=False, help_text=_("The covered fields as they were read when this was asked or answered."))
    content_hash = models.CharField(max_length=64, editable=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
        help_text=_("A deputy, where one answered."),
    )
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    is_latest = models.BooleanField(default=False, editable=False, help_text=_("The person's latest answer to this requirement."))
    reply = models.CharField(_("reply"), max_length=2000, blank=True)
    replied_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("replied by"))
    replied_at = models.DateTimeField(_("replied"), null=True, blank=True)

    objects = ConfirmationQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["content"])

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["requirement", "person"], condition=Q(verdict="asked"), name="confirmation_asked_once"),
            models.UniqueConstraint(fields=["requirement", "person"], condition=Q(is_latest=True), name="confirmation_latest_once"),
            models.CheckConstraint(
                condition=Q(verdict__in=["asked", "withdrawn"]) | Q(answered_at__isnull=False, answered_by__isnull=False), name="confirmation_answer_has_person"
            ),
            models.CheckConstraint(condition=Q(is_latest=False) | ~Q(verdict__in=["asked", "withdrawn"]), name="confirmation_latest_is_answer"),
        ]
        indexes = [models.Index(fields=["person", "verdict"], name="confirmation_person_waiting")]

    def __str__(self) -> str:
        return f"{self.requirement.code}: {self.person} {self.get_verdict_display()}"

    @property
    def is_outdated(self) -> bool:
        """Whether the text has changed since the person confirmed it."""
        return self.verdict == Verdict.CONFIRM and self.content_hash != self.requirement.content_hash
