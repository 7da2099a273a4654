from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class DataObject(models.Model):
    """A thing that requirements take in or hand on, such as "customer record" or "signed contract"."""

    rollout = models.ForeignKey("implementation.Rollout", models.PROTECT, related_name="data_objects", verbose_name=_("rollout"))
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("data object")
        verbose_name_plural = _("data objects")
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["rollout", "name"], name="data_object_name_in_rollout")]

    def __str__(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name
