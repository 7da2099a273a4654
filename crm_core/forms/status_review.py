from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm_core.models import Account, RegisteredStatus


class StatusReviewForm(forms.Form):
    """What the register of companies says today."""

    registered_status = forms.ChoiceField(label=_("The register says"), choices=RegisteredStatus.choices, widget=forms.RadioSelect)
    registered_status_source = forms.CharField(
        label=_("Where you looked"), max_length=120, required=False, help_text=_("For example the National Enterprise Credit Information Publicity System.")
    )
    note = forms.CharField(label=_("Remark"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    again_on = forms.DateField(label=_("Look again on"), required=False, widget=forms.DateInput, help_text=_("Left empty: in a year."))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, account: Account, **kwargs: Any):
        self.row = account
        known = {name: getattr(account, name) for name in ("registered_status", "registered_status_source", "version")}
        super().__init__(*args, initial=known, **kwargs)
