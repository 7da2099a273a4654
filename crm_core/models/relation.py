from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from crm_core.models.account import Account


class RelationKind(models.TextChoices):
    """What ``account`` is to ``other``."""

    SUBSIDIARY = "subsidiary", _("Subsidiary")
    BRANCH = "branch", pgettext_lazy("company", "Branch")
    PARTNER = "partner", _("Partner")
    SUPPLIER = "supplier", _("Supplier")
    DEALER = "dealer", _("Dealer")
    COMPETITOR = "competitor", _("Competitor")


# Kinds of which a group is made: one live parent each, no circle.
GROUP_KINDS = (RelationKind.SUBSIDIARY, RelationKind.BRANCH)
# What ``other`` then is to ``account``.
COUNTERPARTS = {
    RelationKind.SUBSIDIARY: _("Parent company"),
    RelationKind.BRANCH: _("Head office"),
    RelationKind.PARTNER: _("Partner"),
    RelationKind.SUPPLIER: _("Buyer"),
    RelationKind.DEALER: _("Principal"),
    RelationKind.COMPETITOR: _("Competitor"),
}


class AccountRelationQuerySet(models.QuerySet):
    def on(self, day: date) -> Self:
        """Relations in force on ``day``; both ends belong to the period."""
        return self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day), Q(starts_on__isnull=True) | Q(starts_on__lte=day))

    def live(self) -> Self:
        """Relations that nobody has ended."""
        return self.filter(ends_on__isnull=True)

    def of_groups(self) -> Self:
        """Relations by which one account belongs to a group."""
        return self.filter(kind__in=GROUP_KINDS)


class AccountRelation(models.Model):
    """That an account stands in a relation to another one from one day to another: its subsidiary, dealer, partner."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="relations", verbose_name=_("account"))
    kind = models.CharField(_("relation"), max_length=12, choices=RelationKind.choices)
    other = models.ForeignKey(Account, models.CASCADE, related_name="relations_back", verbose_name=_("other account"))
    share = models.DecimalField(_("share held, %"), max_digits=5, decimal_places=2, null=True, blank=True)
    starts_on = models.DateField(_("from"), null=True, blank=True)
    ends_on = models.DateField(_("to"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("created by"))
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    objects = AccountRelationQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("relation between accounts")
        verbose_name_plural = _("relations between accounts")
        ordering = ["kind", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["account", "kind", "other"], condition=Q(ends_on__isnull=True), name="relation_open_once"),
            models.UniqueConstraint(
                fields=["account"], condition=Q(ends_on__isnull=True, kind__in=[kind.value for kind in GROUP_KINDS]), name="relation_one_parent"
            ),
            models.CheckConstraint(condition=~Q(account=F("other")), name="relation_not_to_itself"),
            models.CheckConstraint(condition=Q(share__isnull=True) | Q(share__gt=0, share__lte=100), name="relation_share_percent"),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(starts_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="relation_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} → {self.other} ({self.get_kind_display()})"
