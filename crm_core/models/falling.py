"""Rules by which accounts that nobody looks after fall back into a pool, and what keeps them from it."""

from datetime import date
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from crm_core.models.account import Account, Tag
from crm_core.models.pool import MOST_DAYS, Pool
from foundation.visibility import ScopedQuerySet


class FallKind(models.TextChoices):
    NO_ACTIVITY = "no_activity", _("no follow-up")
    NO_OPPORTUNITY = "no_opportunity", _("no opportunity")
    NO_CONTRACT = "no_contract", _("no contract")
    CONTRACT_ENDED = "contract_ended", _("contract has ended")
    OWNER_LEFT = "owner_left", _("owner has left")


CONTRACT_KINDS = frozenset({FallKind.NO_CONTRACT, FallKind.CONTRACT_ENDED})


def offered_kinds() -> list[str]:
    """The kinds of rules that today's data can answer; those about contracts only where something tells of contracts."""
    return [kind for kind in FallKind.values if kind not in CONTRACT_KINDS or settings.CONTRACT_DATES]


class RecycleRule(models.Model):
    """After how many days of what an account of the pool's departments falls into the pool, and which accounts never do."""

    pool = models.ForeignKey(Pool, models.CASCADE, related_name="rules", verbose_name=_("pool"))
    kind = models.CharField(_("because of"), max_length=14, choices=FallKind.choices)
    days = models.PositiveSmallIntegerField(_("after days"), default=30, validators=[MaxValueValidator(MOST_DAYS)])
    in_workdays = models.BooleanField(_("count working days only"), default=False)
    kinds = models.JSONField(_("only these kinds"), default=list, blank=True)
    levels = models.JSONField(_("only these levels"), default=list, blank=True)
    exempt_levels = models.JSONField(_("never these levels"), default=list, blank=True)
    exempt_tags = models.ManyToManyField(Tag, blank=True, related_name="+", verbose_name=_("never with these tags"))
    exempt_open_deals = models.BooleanField(_("never with an open opportunity"), default=True)
    remind_days = models.PositiveSmallIntegerField(_("remind the owner days before"), default=3, validators=[MaxValueValidator(365)])
    is_active = models.BooleanField(_("in use"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = models.Manager()
    history = HistoricalRecords(m2m_fields=[exempt_tags])

    class Meta:
        verbose_name = _("recycle rule")
        verbose_name_plural = _("recycle rules")
        ordering = ["pool", "pk"]
        constraints = [models.CheckConstraint(condition=Q(kind="owner_left") | Q(days__gte=1), name="recycle_rule_has_days")]

    def __str__(self) -> str:
        return f"{self.pool}: {self.get_kind_display()}"


class FallExemptionQuerySet(ScopedQuerySet):
    owner_paths = ("account__owner",)
    department_paths = ("account__department",)

    def on(self, day: date) -> Self:
        """Exemptions in force on the day; the last day belongs to them, and one without a last day stays."""
        return self.filter(Q(expires_on__isnull=True) | Q(expires_on__gte=day))


class FallExemption(models.Model):
    """That a named account does not fall into a pool, whatever the rules say, until a day or for good."""

    account = models.OneToOneField(Account, models.CASCADE, related_name="fall_exemption", verbose_name=_("account"))
    expires_on = models.DateField(_("until"), null=True, blank=True, help_text=_("Empty means for good."))
    reason = models.CharField(_("reason"), max_length=200)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("granted by"))
    granted_at = models.DateTimeField(_("granted"), default=timezone.now, editable=False)

    objects = FallExemptionQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("exemption from recycling")
        verbose_name_plural = _("exemptions from recycling")
        ordering = ["expires_on", "pk"]

    def __str__(self) -> str:
        return str(self.account)


class RecycleRun(models.Model):
    """The run of one night: how far it came, and what it did; a second run of the same day goes on where the first stopped."""

    day = models.DateField(_("day"), unique=True)
    cursor = models.BigIntegerField(default=0, editable=False)
    counts = models.JSONField(_("counts"), default=dict)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("recycle run")
        verbose_name_plural = _("recycle runs")
        ordering = ["-day"]

    def __str__(self) -> str:
        return self.day.isoformat()
