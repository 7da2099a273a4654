from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm_core.codes import clean_credit_code, clean_website
from crm_core.forms.record import CodesMixin, RecordForm
from crm_core.models import (
    Account,
)


class AccountForm(CodesMixin, RecordForm):
    class Meta:
        model = Account
        fields = [
            "kind",
            "name",
            "name_en",
            "short_name",
            "credit_code",
            "industry",
            "level",
            "region",
            "phone",
            "email",
            "website",
            "address",
            "source",
            "remark",
        ]
        widgets = {"remark": forms.Textarea(attrs={"rows": 3}), "credit_code": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if "website" in self.fields:
            self.fields["website"] = forms.CharField(label=_("website"), required=False, max_length=200)
        for field in self.fields.values():
            if isinstance(field, forms.CharField) and field.label:
                field.label = str(field.label)

    def clean_credit_code(self) -> str:
        return clean_credit_code(self.cleaned_data["credit_code"])

    def clean_website(self) -> str:
        address = clean_website(self.cleaned_data["website"])
        if address:
            forms.URLField(assume_scheme="https").clean(address)
        return address
