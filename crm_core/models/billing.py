from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from crm_core.models.account import Account


class InvoiceKind(models.TextChoices):
    """Kinds of invoices in mainland China; since 2024 both exist as fully digital ones (数电票)."""

    GENERAL = "general", _("General VAT invoice")
    SPECIAL = "special", _("Special VAT invoice")
    NONE = "none", _("Receipt or foreign invoice")


class BillingProfileQuerySet(models.QuerySet):
    def live(self) -> Self:
        """Profiles that may still be billed to."""
        return self.filter(retired_at__isnull=True)


class BillingProfile(models.Model):
    """To whom and how an account is billed: title, tax number, bank; an account may have several, one of them by default."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="billing_profiles", verbose_name=_("account"))
    title = models.CharField(_("invoice title"), max_length=160)
    invoice_kind = models.CharField(_("kind of invoice"), max_length=10, choices=InvoiceKind.choices, default=InvoiceKind.GENERAL)
    tax_number = models.CharField(_("tax number"), max_length=20, blank=True)
    registered_address = models.CharField(_("registered address"), max_length=250, blank=True)
    registered_phone = models.CharField(_("registered phone"), max_length=40, blank=True)
    bank = models.CharField(_("bank and branch"), max_length=120, blank=True)
    bank_account = models.CharField(_("bank account"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail for invoices"), blank=True)
    receiver = models.CharField(_("receiver"), max_length=80, blank=True)
    receiver_phone = models.CharField(_("receiver's phone"), max_length=40, blank=True)
    receiver_address = models.CharField(_("address for paper invoices"), max_length=250, blank=True)
    is_default = models.BooleanField(_("default"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = BillingProfileQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("billing profile")
        verbose_name_plural = _("billing profiles")
        ordering = ["-is_default", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(is_default=True, retired_at__isnull=True), name="billing_profile_one_default"),
            models.CheckConstraint(condition=~Q(title=""), name="billing_profile_has_title"),
        ]

    def __str__(self) -> str:
        return self.title
