from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm_core.models import AccountKind, Pipeline


class PipelineForm(forms.ModelForm):
    """Which accounts a pipeline serves, and whether it takes new opportunities."""

    kinds = forms.MultipleChoiceField(
        label=_("Kinds of accounts"),
        choices=AccountKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing ticked: every kind."),
    )

    class Meta:
        model = Pipeline
        fields = ["name", "name_en", "kinds", "order", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.initial["kinds"] = self.instance.kinds
        self.row = self.instance
