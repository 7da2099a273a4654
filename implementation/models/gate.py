from datetime import date
from typing import Self

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from foundation.integrity import sha256_of
from implementation.models.naming import TwoNames
from implementation.models.phase import Phase
from implementation.models.rollout import ThroughRollout
from implementation.models.verdict import Status, Verdict


class GateQuerySet(ThroughRollout):
    rollout_path = "phase__rollout"

    def shut(self) -> Self:
        """Gates without a standing passage."""
        return self.exclude(Exists(GatePassage.objects.filter(gate=OuterRef("pk"), reopened_at__isnull=True)))

    def with_phase(self) -> Self:
        """With phase, wave and rollout: what a reading of the gate needs."""
        return self.select_related("phase__rollout", "phase__wave")

    def to_show(self) -> Self:
        """With its passages besides, as its page shows them."""
        return self.with_phase().prefetch_related(Prefetch("passages", GatePassage.objects.select_related("passed_by")))


class PassageQuerySet(ThroughRollout):
    rollout_path = "gate__phase__rollout"


class CriterionQuerySet(ThroughRollout):
    rollout_path = "gate__phase__rollout"


class OfCriterionQuerySet(ThroughRollout):
    rollout_path = "criterion__gate__phase__rollout"


class WaiverQuerySet(OfCriterionQuerySet):
    def standing(self) -> Self:
        """Not taken back; may have expired."""
        return self.filter(revoked_at__isnull=True)

    def up_to(self, phase: Phase) -> Self:
        """Of the gates of this phase and of those before it on the same track."""
        gates = "criterion__gate__phase__"
        return self.filter(**{f"{gates}rollout": phase.rollout_id, f"{gates}wave": phase.wave_id, f"{gates}order__lte": phase.order})

    def of_shut_gates(self) -> Self:
        """Of gates that do not stand passed: only there a waiver still matters."""
        return self.exclude(Exists(GatePassage.objects.filter(gate=OuterRef("criterion__gate"), reopened_at__isnull=True)))

    def in_force(self, today: date) -> Self:
        """Standing and not yet expired; the last day still counts."""
        return self.standing().filter(expires_on__gte=today)


class Gate(models.Model):
    """The door out of a phase: it opens when its criteria, read live from the data, are met or knowingly waived."""

    phase = models.OneToOneField(Phase, models.CASCADE, related_name="gate", verbose_name=_("phase"))
    held_on = models.DateField(_("gate meeting"))
    version = models.PositiveIntegerField(default=1)

    objects = GateQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("gate")
        verbose_name_plural = _("gates")
        ordering = ["held_on", "pk"]

    def __str__(self) -> str:
        return str(_("Gate: %(phase)s") % {"phase": self.phase})

    def get_absolute_url(self) -> str:
        return reverse("implementation:gate_detail", args=[self.pk])

    @property
    def standing_passage(self) -> "GatePassage | None":
        """The passage that holds now; reads prefetched passages without a query."""
        return next((passage for passage in self.passages.all() if passage.reopened_at is None), None)


class GateCriterion(TwoNames):
    """One condition of a gate: the key of a live check with its parameters, or a question that a named person answers."""

    MANUAL = "implementation.manual"

    gate = models.ForeignKey(Gate, models.CASCADE, related_name="criteria", verbose_name=_("gate"))
    check_key = models.CharField(_("check"), max_length=80)
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    answerer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="criteria_to_answer",
        verbose_name=pgettext_lazy("criterion", "answered by"),
    )
    reminded_on = models.DateField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)

    objects = CriterionQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["reminded_on"])

    class Meta:
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        ordering = ["order", "pk"]

    def get_absolute_url(self) -> str:
        return f"{self.gate.get_absolute_url()}#criterion-{self.pk}"

    @property
    def is_manual(self) -> bool:
        """Answered by a person, not counted."""
        return self.check_key == self.MANUAL


class CriterionAnswer(models.Model):
    """What a named person said about a criterion, with the evidence; the latest counts."""

    criterion = models.ForeignKey(GateCriterion, models.CASCADE, related_name="answers", verbose_name=_("criterion"))
    status = models.CharField(pgettext_lazy("criterion", "answer"), max_length=8, choices=Status.choices)
    evidence = models.TextField(_("evidence"), max_length=2000)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=pgettext_lazy("criterion", "answered by"))
    answered_at = models.DateTimeField(pgettext_lazy("criterion", "answered at"))

    objects = OfCriterionQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("criterion", "answer")
        verbose_name_plural = _("answers")
        ordering = ["-answered_at", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(evidence=""), name="criterion_answer_has_evidence")]

    def __str__(self) -> str:
        return f"{self.criterion}: {self.get_status_display()}"


class Waiver(models.Model):
    """That a criterion need not be met until a day, why, and who answers for it; an expired waiver counts no more."""

    criterion = models.ForeignKey(GateCriterion, models.CASCADE, related_name="waivers", verbose_name=_("criterion"))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="waivers_owned", verbose_name=_("owner"))
    reason = models.TextField(_("reason"), max_length=1000)
    expires_on = models.DateField(_("expires on"))
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("granted by"))
    granted_at = models.DateTimeField(_("granted at"))
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("taken back by"))
    revoked_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    reminded_on = models.DateField(null=True, blank=True, editable=False)

    objects = WaiverQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["reminded_on"])

    class Meta:
        verbose_name = _("waiver")
        verbose_name_plural = _("waivers")
        ordering = ["-granted_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="waiver_has_a_reason"),
            models.UniqueConstraint(fields=["criterion"], condition=Q(revoked_at__isnull=True), name="waiver_stands_once"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion} ({self.expires_on})"

    def in_force(self, today: date) -> bool:
        """Neither taken back nor expired; the last day still counts."""
        return self.revoked_at is None and self.expires_on >= today


class GatePassage(models.Model):
    """That a gate was passed: by whom, in which meaning, and what every criterion said then, frozen under a SHA-256."""

    gate = models.ForeignKey(Gate, models.PROTECT, related_name="passages", verbose_name=_("gate"))
    verdict = models.CharField(_("verdict"), max_length=20, choices=Verdict.choices)
    values = models.JSONField(_("frozen values"), encoder=DjangoJSONEncoder)
    sha256 = models.CharField(max_length=64)
    meaning = models.CharField(_("meaning"), max_length=300)
    reason = models.TextField(_("reason for accepting the risks"), blank=True, max_length=1000)
    passed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("passed by"))
    passed_at = models.DateTimeField(_("passed at"))
    reopened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("re-opened by"))
    reopened_at = models.DateTimeField(_("re-opened at"), null=True, blank=True)
    reopen_reason = models.TextField(_("reason for re-opening"), blank=True, max_length=1000)

    objects = PassageQuerySet.as_manager()

    class Meta:
        verbose_name = _("gate passage")
        verbose_name_plural = _("gate passages")
        ordering = ["-passed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["gate"], condition=Q(reopened_at__isnull=True), name="gate_passed_once"),
            models.CheckConstraint(condition=~Q(verdict="not_ready"), name="gate_not_passed_unready"),
            models.CheckConstraint(condition=Q(verdict="ready") | ~Q(reason=""), name="gate_risks_accepted_with_reason"),
            models.CheckConstraint(condition=Q(reopened_at__isnull=True) | ~Q(reopen_reason=""), name="gate_reopened_with_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.gate} · {self.get_verdict_display()}"

    def get_absolute_url(self) -> str:
        return reverse("implementation:passage_detail", args=[self.pk])

    @property
    def is_intact(self) -> bool:
        """Whether the frozen values still give the SHA-256 that was taken when the gate was passed."""
        return sha256_of(self.values) == self.sha256
