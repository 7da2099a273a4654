from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class TraceKind(models.TextChoices):
    REFINES = "refines", _("refines")
    DEPENDS = "depends", _("depends on")
    CONFLICTS = "conflicts", _("conflicts with")
    SATISFIES = "satisfies", _("satisfies")
    VERIFIES = "verifies", _("verifies")
    DOCUMENTS = "documents", _("documents")
    MEASURES = "measures", _("measures")


class TraceQuerySet(models.QuerySet):
    def touching(self, kind: str, ids: list[int]) -> Self:
        """Links that start or end at one of the things."""
        return self.filter(Q(source_type=kind, source_id__in=ids) | Q(target_type=kind, target_id__in=ids))


class Trace(models.Model):
    """A typed link between two things, pinned to the text that both had when a person last looked at it."""

    source_type = models.CharField(_("from what"), max_length=20)
    source_id = models.BigIntegerField(_("from which"))
    target_type = models.CharField(_("to what"), max_length=20)
    target_id = models.BigIntegerField(_("to which"))
    kind = models.CharField(_("kind of link"), max_length=20, choices=TraceKind.choices)
    source_hash = models.CharField(max_length=64, editable=False)
    target_hash = models.CharField(max_length=64, editable=False)
    note = models.CharField(_("note"), max_length=300, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("linked by"))
    created_at = models.DateTimeField(_("linked"))
    cleared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("checked by"))
    cleared_at = models.DateTimeField(_("checked"), null=True, blank=True)

    objects = TraceQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("trace link")
        verbose_name_plural = _("trace links")
        ordering = ["kind", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["source_type", "source_id", "target_type", "target_id", "kind"], name="trace_once"),
            models.CheckConstraint(condition=~Q(source_type=F("target_type"), source_id=F("target_id")), name="trace_joins_two_things"),
            models.CheckConstraint(condition=Q(kind__in=TraceKind.values), name="trace_kind_known"),
        ]
        indexes = [models.Index(fields=["target_type", "target_id"], name="trace_target")]

    def __str__(self) -> str:
        return f"{self.source_type} {self.source_id} {self.get_kind_display()} {self.target_type} {self.target_id}"
