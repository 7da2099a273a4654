from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.people.models import User


class RightsForm(forms.Form):
    """About whom, and on which day."""

    person = forms.ModelChoiceField(User.objects.none(), label=_("Person"), widget=forms.Select(attrs={"data-select": ""}))
    day = forms.DateField(label=_("On"), required=False, widget=forms.DateInput, help_text=_("Empty means today."))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = User.objects.order_by("-is_active", "name_key", "pk")
