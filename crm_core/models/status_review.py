"""Looks at what the register of companies says of a customer: each is kept, the account holds the latest word."""

from datetime import date, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_core.models.account import Account, AccountKind, RegisteredStatus
from foundation.visibility import ScopedQuerySet

GONE = (RegisteredStatus.REVOKED, RegisteredStatus.CANCELLED, RegisteredStatus.MOVED_OUT)
OLD = timedelta(days=365)  # how long the word of the register is trusted


class LookReason(models.TextChoices):
    """Why somebody should look at what the register says."""

    GONE = "gone", _("no longer in business")
    UNKNOWN = "unknown", _("never looked up")
    OLD = "old", _("looked up long ago")


class StatusReviewQuerySet(ScopedQuerySet):
    owner_paths = ("account__owner",)
    department_paths = ("account__department",)

    def settling(self, day: date) -> Self:
        """Looks that put off the next one to a later day."""
        return self.filter(again_on__gt=day)


class StatusReview(models.Model):
    """One look: what the register said, who looked, with what words, and when to look again."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="status_reviews", verbose_name=_("account"))
    status = models.CharField(_("registered status"), max_length=12, choices=RegisteredStatus.choices)
    before = models.CharField(_("status before"), max_length=12, choices=RegisteredStatus.choices, blank=True)
    source = models.CharField(_("source"), max_length=120, blank=True)
    note = models.CharField(_("remark"), max_length=500, blank=True)
    again_on = models.DateField(_("look again on"), null=True, blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("looked up by"))
    reviewed_at = models.DateTimeField(_("looked up"), default=timezone.now)

    objects = StatusReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("look at the registered status")
        verbose_name_plural = _("looks at the registered status")
        ordering = ["-reviewed_at", "-pk"]
        indexes = [models.Index(fields=["account", "again_on"], name="status_review_again")]

    def __str__(self) -> str:
        return f"{self.account}: {self.get_status_display()}"


def to_look_at(accounts: Any, day: date) -> Any:
    """Of these accounts those whose registered status somebody should look up, each with its reason as ``look_reason``.

    A look that set a later day settles an account until that day, as long as the status is still the one that was found then.
    """
    settled = StatusReview.objects.settling(day).filter(account=OuterRef("pk"), status=OuterRef("registered_status"))
    unknown = Q(registered_status="") & ~Q(credit_code="")
    old = ~Q(registered_status="") & (Q(registered_status_on__isnull=True) | Q(registered_status_on__lt=day - OLD))
    reason = Case(
        When(registered_status__in=GONE, then=Value(LookReason.GONE.value)),
        When(unknown, then=Value(LookReason.UNKNOWN.value)),
        default=Value(LookReason.OLD.value),
        output_field=CharField(),
    )
    rows = accounts.filter(deleted_at__isnull=True, merged_into__isnull=True).exclude(kind=AccountKind.INDIVIDUAL)
    return rows.filter(Q(registered_status__in=GONE) | unknown | old).exclude(Exists(settled)).annotate(look_reason=reason, looked_on=F("registered_status_on"))
