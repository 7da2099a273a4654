from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm_core.models import (
    ShareRight,
    possible_owners,
)
from foundation.people.models import User


class OwnerForm(forms.Form):
    """To whom, why, and whether open work goes along."""

    owner = forms.ModelChoiceField(User.objects.none(), label=_("New owner"), widget=forms.Select(attrs={"data-select": ""}))
    reason = forms.CharField(label=_("Reason"), max_length=200)
    take_along = forms.BooleanField(
        label=_("Open opportunities, contacts and tasks go along"), required=False, initial=True, help_text=_("Their stages stay as they are.")
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = possible_owners(by)


class ShareForm(forms.Form):
    person = forms.ModelChoiceField(User.objects.none(), label=_("Collaborator"), widget=forms.Select(attrs={"data-select": ""}))
    right = forms.ChoiceField(label=_("Right"), choices=ShareRight.choices, initial=ShareRight.READ, widget=forms.RadioSelect)
    expires_on = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput, help_text=_("The last day; empty means for good."))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = User.objects.filter(is_active=True)


class TagForm(forms.Form):
    name = forms.CharField(label=_("Tag"), max_length=40, help_text=_("One word or two, for example “Trade fair 2026”."))
