from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm_core.models import Account, ActivityKind
from foundation.people.models import User
from foundation.ui.fields import RemoteSelect


class QuickLogForm(forms.Form):
    """What just happened, from any page: with whom, what, and the next step with its day."""

    account = forms.ModelChoiceField(Account.objects.none(), label=_("Account"), widget=RemoteSelect("crm_core:account_choices"))
    kind = forms.ChoiceField(label=_("Kind"), choices=ActivityKind.choices, initial=ActivityKind.CALL)
    subject = forms.CharField(label=_("What happened"), max_length=200)
    next_step = forms.CharField(label=_("Next step"), max_length=200, required=False)
    next_on = forms.DateField(label=_("On"), required=False, widget=forms.DateInput)

    def __init__(self, *args: Any, by: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = Account.objects.visible_to(by).order_by("name_key", "pk")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("next_step") and not cleaned.get("next_on") and "next_on" not in self.errors:
            self.add_error("next_on", ValidationError(_("Say on which day, so that it becomes a task.")))
        return cleaned
