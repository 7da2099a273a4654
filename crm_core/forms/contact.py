from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm_core.forms.record import CodesMixin, RecordForm
from crm_core.models import (
    Account,
    AccountContact,
    Contact,
    DealRole,
)
from foundation.people.models import User


class ContactForm(CodesMixin, RecordForm):
    class Meta:
        model = Contact
        fields = ["name", "name_en", "phone", "email", "wechat", "remark"]
        widgets = {"remark": forms.Textarea(attrs={"rows": 3})}


class NewContactForm(ContactForm):
    """A contact with its first account."""

    account = forms.ModelChoiceField(Account.objects.none(), label=_("Account"), widget=forms.Select(attrs={"data-select": ""}))
    title = forms.CharField(label=_("Title"), max_length=80, required=False)
    deal_role = forms.ChoiceField(label=_("Role in the deal"), choices=[("", "—"), *DealRole.choices], required=False)

    field_order = ["account", "name", "title", "deal_role", "phone", "email", "wechat", "name_en", "remark"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = Account.objects.visible_to(self.by)


class LinkForm(forms.ModelForm):
    """One more account for a contact."""

    class Meta:
        model = AccountContact
        fields = ["account", "title", "deal_role", "starts_on"]
        widgets = {"account": forms.Select(attrs={"data-select": ""}), "starts_on": forms.DateInput}

    def __init__(self, *args: Any, by: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = Account.objects.visible_to(by)
