from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from implementation.models.naming import TwoNames
from implementation.models.rollout import ThroughRollout


class System(TwoNames):
    """A software system that the rollout meets: the CRM itself, the ERP, a data platform not built yet."""

    rollout = models.ForeignKey("implementation.Rollout", models.PROTECT, related_name="systems", verbose_name=_("rollout"))
    is_live = models.BooleanField(_("live"), default=True, help_text=_("People work with it today."))
    live_on = models.DateField(_("goes live on"), null=True, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="systems_owned", verbose_name=_("owner"))
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ThroughRollout.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("system")
        verbose_name_plural = _("systems")
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["rollout", "name"], name="system_name_in_rollout")]

    def get_absolute_url(self) -> str:
        return reverse("requirements_mgmt:system_detail", args=[self.pk])


class InterfaceState(models.TextChoices):
    """Reserved: agreed and left room for. Stubbed: answers with made-up data. Live: data flows."""

    RESERVED = "reserved", _("Reserved")
    STUBBED = "stubbed", _("Stubbed")
    LIVE = "live", _("Live")


class Interface(TwoNames):
    """A way by which data goes from one system to another, perhaps only reserved until the other side is built."""

    rollout = models.ForeignKey("implementation.Rollout", models.PROTECT, related_name="interfaces", verbose_name=_("rollout"))
    from_system = models.ForeignKey(System, models.PROTECT, related_name="interfaces_out", verbose_name=_("from system"))
    to_system = models.ForeignKey(System, models.PROTECT, related_name="interfaces_in", verbose_name=_("to system"))
    data = models.ManyToManyField("requirements_mgmt.DataObject", blank=True, related_name="interfaces", verbose_name=_("data objects"))
    state = models.CharField(_("state"), max_length=10, choices=InterfaceState.choices, default=InterfaceState.RESERVED)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="interfaces_owned", verbose_name=_("owner"))
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ThroughRollout.as_manager()
    history = HistoricalRecords(m2m_fields=[data])

    class Meta:
        verbose_name = _("interface")
        verbose_name_plural = _("interfaces")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["rollout", "name"], name="interface_name_in_rollout"),
            models.CheckConstraint(condition=~Q(from_system=F("to_system")), name="interface_joins_two_systems"),
            models.CheckConstraint(condition=Q(state__in=InterfaceState.values), name="interface_state_known"),
        ]

    def get_absolute_url(self) -> str:
        return reverse("requirements_mgmt:interface_detail", args=[self.pk])
