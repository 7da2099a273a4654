from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm_core.codes import clean_phone
from crm_core.forms.record import RecordForm
from crm_core.models import BillingProfile, InvoiceKind
from foundation.text import fold


class BillingProfileForm(RecordForm):
    """To whom and how an account is billed."""

    class Meta:
        model = BillingProfile
        fields = [
            "title",
            "invoice_kind",
            "tax_number",
            "registered_address",
            "registered_phone",
            "bank",
            "bank_account",
            "email",
            "receiver",
            "receiver_phone",
            "receiver_address",
            "is_default",
        ]
        help_texts = {"is_default": _("Used unless somebody chooses another profile.")}

    def clean_tax_number(self) -> str:
        number = fold(self.cleaned_data["tax_number"]).replace(" ", "").upper()
        if number and not (number.isascii() and number.isalnum() and 15 <= len(number) <= 20):
            raise ValidationError(_("A tax number has 15 to 20 letters and digits; that of a Chinese company is its unified social credit code."))
        return number

    def clean_bank_account(self) -> str:
        number = fold(self.cleaned_data["bank_account"]).replace(" ", "").replace("-", "").upper()
        if number and not (number.isascii() and number.isalnum() and 6 <= len(number) <= 34):
            raise ValidationError(_("A bank account has 6 to 34 digits and letters."))
        return number

    def clean_registered_phone(self) -> str:
        return clean_phone(self.cleaned_data["registered_phone"])

    def clean_receiver_phone(self) -> str:
        return clean_phone(self.cleaned_data["receiver_phone"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("invoice_kind") == InvoiceKind.SPECIAL and not cleaned.get("tax_number") and "tax_number" not in self.errors:
            self.add_error("tax_number", _("A special VAT invoice needs the tax number of the buyer."))
        return cleaned
