from django.db import models
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from implementation.models.rollout import ThroughRollout
from requirements_mgmt.models.system import System


class DataObject(models.Model):
    """A thing that requirements take in or hand on, such as "customer record" or "signed contract"; who outside gives it, takes it, and which systems master it."""

    rollout = models.ForeignKey("implementation.Rollout", models.PROTECT, related_name="data_objects", verbose_name=_("rollout"))
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    source_name = models.CharField(
        _("person who gives it"),
        max_length=80,
        blank=True,
        default="",
        db_default="",
        help_text=_("Somebody outside the requirements, such as the customer or a visitor."),
    )
    source_system = models.ForeignKey(System, models.PROTECT, null=True, blank=True, related_name="gives", verbose_name=_("system that gives it"))
    consumer_name = models.CharField(
        _("person who takes it"),
        max_length=80,
        blank=True,
        default="",
        db_default="",
        help_text=_("Somebody outside the requirements, such as the board or the tax office."),
    )
    consumer_system = models.ForeignKey(System, models.PROTECT, null=True, blank=True, related_name="takes", verbose_name=_("system that takes it"))
    masters = models.ManyToManyField(
        System, blank=True, related_name="mastered", verbose_name=_("mastering systems"), help_text=_("Where it is kept and corrected. One is enough.")
    )
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    objects = ThroughRollout.as_manager()
    history = HistoricalRecords(m2m_fields=[masters])

    class Meta:
        verbose_name = _("data object")
        verbose_name_plural = _("data objects")
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["rollout", "name"], name="data_object_name_in_rollout")]

    def __str__(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name

    def get_absolute_url(self) -> str:
        return reverse("requirements_mgmt:data_object_detail", args=[self.pk])
