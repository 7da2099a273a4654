from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm_core.forms.codes import code_form_field
from crm_core.forms.record import CodesMixin, RecordForm
from crm_core.models import (
    Account,
    AccountContact,
    Contact,
)
from foundation.people.models import User
from foundation.ui.fields import RemoteSelect


class ContactForm(CodesMixin, RecordForm):
    class Meta:
        model = Contact
        fields = ["name", "name_en", "phone", "email", "wechat", "remark"]
        widgets = {"remark": forms.Textarea(attrs={"rows": 3})}


def link_fields(link: AccountContact | None = None) -> dict[str, forms.Field]:
    """What a contact is at an account: words of the dictionaries, or those that the role has already."""
    return {name: code_form_field(AccountContact._meta.get_field(name), getattr(link, name, "")) for name in ("title", "deal_role")}


class NewContactForm(ContactForm):
    """A contact with its first account."""

    account = forms.ModelChoiceField(Account.objects.none(), label=_("Account"), widget=RemoteSelect("crm_core:account_choices"))

    field_order = ["account", "name", "title", "deal_role", "phone", "email", "wechat", "name_en", "remark"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = Account.objects.visible_to(self.by)
        self.fields |= link_fields()
        self.order_fields(self.field_order)


class LinkForm(forms.ModelForm):
    """One more account for a contact."""

    class Meta:
        model = AccountContact
        fields = ["account", "title", "deal_role", "starts_on"]
        widgets = {"account": RemoteSelect("crm_core:account_choices"), "starts_on": forms.DateInput}

    def __init__(self, *args: Any, by: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = Account.objects.visible_to(by)
        self.fields |= link_fields()


class RoleForm(forms.ModelForm):
    """What a contact is at an account, and from when to when."""

    class Meta:
        model = AccountContact
        fields = ["title", "deal_role", "is_main", "starts_on", "ends_on"]
        widgets = {"starts_on": forms.DateInput, "ends_on": forms.DateInput}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields |= link_fields(self.instance)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("The end lies before the start."))
        return cleaned
