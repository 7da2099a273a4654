from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm_core.models.dictionary import Dictionary, DictionaryEntry


class RemapState(models.TextChoices):
    """How far a re-mapping has come."""

    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


class Remap(models.Model):
    """That rows were moved from one value of a dictionary to another in one go; it can be undone."""

    dictionary = models.ForeignKey(Dictionary, models.CASCADE, related_name="remaps", verbose_name=_("dictionary"))
    from_code = models.CharField(pgettext_lazy("move", "from"), max_length=80)
    to_entry = models.ForeignKey(DictionaryEntry, models.PROTECT, related_name="+", verbose_name=pgettext_lazy("move", "to"))
    state = models.CharField(_("state"), max_length=8, choices=RemapState.choices, default=RemapState.RUNNING)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("undone by"))
    moved = models.PositiveIntegerField(_("rows moved"), default=0)
    kept = models.PositiveIntegerField(_("rows that had changed since and stayed"), default=0)

    objects = models.Manager()

    class Meta:
        verbose_name = _("re-mapping")
        verbose_name_plural = _("re-mappings")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["dictionary", "from_code"], condition=Q(state__in=["running", "undoing"]), name="remap_runs_once"),
        ]

    def __str__(self) -> str:
        return f"{self.from_code} → {self.to_entry}"

    def get_absolute_url(self) -> str:
        """The page of the dictionary, where it is shown."""
        return reverse("crm_core:dictionary_detail", args=[self.dictionary_id])


class RemapRow(models.Model):
    """A row that a re-mapping moved, with the value that it had."""

    remap = models.ForeignKey(Remap, models.CASCADE, related_name="rows", verbose_name=_("re-mapping"))
    place = models.CharField(max_length=120)  # model and field, or model, "custom" and key
    object_id = models.PositiveBigIntegerField()
    undone = models.BooleanField(default=False)

    objects = models.Manager()

    class Meta:
        verbose_name = _("re-mapped row")
        verbose_name_plural = _("re-mapped rows")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["remap", "place", "object_id"], name="remap_row_once")]

    def __str__(self) -> str:
        return f"{self.place} {self.object_id}"
