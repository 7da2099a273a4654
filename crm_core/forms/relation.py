from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm_core.models import Account, AccountRelation
from foundation.people.models import User
from foundation.ui.fields import RemoteSelect


class RelationForm(forms.ModelForm):
    """What the account is to another one."""

    class Meta:
        model = AccountRelation
        fields = ["kind", "other", "share", "starts_on", "note"]
        widgets = {"other": RemoteSelect("crm_core:account_choices"), "starts_on": forms.DateInput}
        labels = {"kind": _("This account is the other one's")}
        help_texts = {"share": _("Only for companies of a group: how much of the capital is held.")}

    def __init__(self, *args: Any, by: User, account: Account, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["other"].queryset = Account.objects.visible_to(by).exclude(pk=account.pk)
