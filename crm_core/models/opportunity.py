from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from crm_core.models.account import Account
from crm_core.models.contact import Contact
from crm_core.models.custom_field import search_words
from crm_core.models.pipeline import Outcome, Pipeline, Stage
from crm_core.models.recycling import Recyclable, RecyclableQuerySet
from foundation.people.models import Department


class CloseReason(models.TextChoices):
    """Why a deal was won or lost, in the words that a review can count."""

    PRICE = "price", _("Price")
    FIT = "fit", _("Fit of product and need")
    RELATION = "relation", _("Relation with the customer")
    SERVICE = "service", _("Service and delivery")
    COMPETITOR = "competitor", _("A competitor")
    BUDGET = "budget", _("Budget of the customer")
    TIMING = "timing", _("Time")
    NO_DECISION = "no_decision", _("Customer did not decide")
    OTHER = "other", _("Other")


class Currency(models.TextChoices):
    CNY = "CNY", "CNY"
    USD = "USD", "USD"
    EUR = "EUR", "EUR"
    HKD = "HKD", "HKD"
    JPY = "JPY", "JPY"


class OpportunityQuerySet(RecyclableQuerySet):
    owner_paths = ("owner", "account__owner")

    def open(self) -> Self:
        """Opportunities neither won nor lost."""
        return self.filter(stage__outcome=Outcome.OPEN)

    def without_next_step(self) -> Self:
        """Open opportunities for which nobody has planned anything."""
        return self.open().filter(next_step_on__isnull=True)


class Opportunity(Recyclable):
    """A deal in sight at an account: what it may bring, when, and at which stage of its pipeline it stands."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="opportunities", verbose_name=_("account"))
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="opportunities", verbose_name=_("contact"))
    name = models.CharField(_("name"), max_length=160)
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency.choices, default=Currency.CNY)
    pipeline = models.ForeignKey(Pipeline, models.PROTECT, related_name="opportunities", verbose_name=_("pipeline"))
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="opportunities", verbose_name=_("sales stage"))
    stage_since = models.DateTimeField(_("in this stage since"), default=timezone.now, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="opportunities", verbose_name=_("owner"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("department"))
    close_on = models.DateField(_("close date"), null=True, blank=True, help_text=_("The day on which you expect the signature."))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)
    close_reason = models.CharField(_("reason"), max_length=12, choices=CloseReason.choices, blank=True)
    lost_reason = models.CharField(_("what decided it"), max_length=300, blank=True)
    remark = models.TextField(_("remark"), max_length=2000, blank=True)
    last_activity_at = models.DateTimeField(_("last activity"), null=True, blank=True, editable=False)
    next_step_on = models.DateField(_("next step"), null=True, blank=True, editable=False)
    external_key = models.CharField(_("key in another system"), max_length=120, blank=True)
    custom = models.JSONField(_("custom fields"), default=dict, blank=True)

    objects = OpportunityQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["last_activity_at", "next_step_on"])

    class Meta:
        verbose_name = _("opportunity")
        verbose_name_plural = _("opportunities")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__isnull=True) | Q(amount__gte=0), name="opportunity_amount_not_negative"),
            models.UniqueConstraint(fields=["external_key"], condition=~Q(external_key=""), name="opportunity_external_key"),
        ]
        indexes = [
            models.Index(fields=["owner", "stage"], name="opportunity_owner_stage"),
            models.Index(fields=["pipeline", "stage"], name="opportunity_stage"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of the opportunity."""
        return reverse("crm_core:opportunity_detail", args=[self.pk])

    def search_entry(self) -> dict[str, Any]:
        """What search knows of the deal: its name and its account's."""
        return {
            "title": self.name,
            "subtitle": self.account.name,
            "body": "\n".join(filter(None, [self.remark, *search_words("opportunity", self.custom)])),
            "codes": (self.external_key,),
            "owner": self.owner_id,
            "department": self.department_id,
        }

    @property
    def is_open(self) -> bool:
        """Neither won nor lost."""
        return self.stage.outcome == Outcome.OPEN

    @property
    def days_in_stage(self) -> int:
        """Whole days since the deal entered its stage, up to its close."""
        return max(((self.closed_at or timezone.now()) - self.stage_since).days, 0)

    @property
    def is_late(self) -> bool:
        """It rests in its stage for longer than the pipeline allows."""
        return self.is_open and self.days_in_stage > self.stage.max_days


class StageMove(models.Model):
    """That a person moved an opportunity from one stage to another; rows are only added, so that the path can be replayed."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="moves", verbose_name=_("opportunity"))
    from_stage = models.ForeignKey(Stage, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=pgettext_lazy("move", "from"))
    to_stage = models.ForeignKey(Stage, models.PROTECT, related_name="+", verbose_name=pgettext_lazy("move", "to"))
    moved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("moved by"))
    moved_at = models.DateTimeField(_("moved"), default=timezone.now)
    amount = models.DecimalField(_("amount at that time"), max_digits=16, decimal_places=2, null=True, blank=True)
    seconds_before = models.PositiveBigIntegerField(_("seconds in the stage before"), default=0)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("stage move")
        verbose_name_plural = _("stage moves")
        ordering = ["moved_at", "pk"]

    def __str__(self) -> str:
        return f"{self.opportunity}: {self.to_stage}"
