from datetime import timedelta
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm_core.forms.record import RecordForm
from crm_core.models import (
    Account,
    Opportunity,
    Task,
    possible_owners,
)
from foundation.people.models import User
from foundation.ui.fields import RemoteSelect


class TaskForm(RecordForm):
    class Meta:
        model = Task
        fields = ["title", "due_on", "owner", "account", "opportunity"]
        widgets = {
            "due_on": forms.DateInput,
            "account": RemoteSelect("crm_core:account_choices"),
            "opportunity": RemoteSelect("crm_core:opportunity_choices"),
            "owner": forms.Select(attrs={"data-select": ""}),
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        own = models.Q(pk=self.by.pk) | models.Q(pk=self.row.owner_id if self.row else None)
        self.fields["owner"].queryset = User.objects.filter(own | models.Q(pk__in=possible_owners(self.by).values("pk")))
        self.fields["owner"].initial = self.by.pk
        self.fields["account"].queryset = Account.objects.visible_to(self.by)
        self.fields["opportunity"].queryset = Opportunity.objects.visible_to(self.by).select_related("account")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        account, deal = cleaned.get("account"), cleaned.get("opportunity")
        if deal and account and deal.account_id != account.pk:
            self.add_error("opportunity", _("This opportunity belongs to another account."))
        if deal and not account:
            cleaned["account"] = deal.account
        return cleaned


class SnoozeForm(forms.Form):
    """Until when; a number of days or a date."""

    days = forms.IntegerField(min_value=1, max_value=365, required=False)
    until = forms.DateField(required=False, widget=forms.DateInput)

    def day(self, today: Any) -> Any:
        return self.cleaned_data.get("until") or today + timedelta(days=self.cleaned_data.get("days") or 1)
