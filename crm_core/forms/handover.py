from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm_core.models import Account, HandoverPart, possible_owners
from foundation.people.models import User


class HandoverForm(forms.Form):
    """Whose accounts go to whom, why, and what goes along."""

    giver = forms.ModelChoiceField(User.objects.none(), label=_("Former owner"), widget=forms.Select(attrs={"data-select": ""}))
    takers = forms.ModelMultipleChoiceField(
        User.objects.none(),
        label=_("Successors"),
        widget=forms.SelectMultiple(attrs={"data-select": ""}),
        help_text=_("With several, the accounts are dealt out evenly; you can change each one in the preview."),
    )
    parts = forms.MultipleChoiceField(
        label=_("What goes along"),
        choices=HandoverPart.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        initial=HandoverPart.values,
        help_text=_("Opportunities keep their stage. What is closed keeps the name of who closed it."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)
    brief = forms.CharField(
        label=_("Words to the successor"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The successor acknowledges having read them."),
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["takers"].queryset = possible_owners(by)
        owners = Account.objects.visible_to(by).filter(owner__isnull=False).order_by().values("owner")
        self.fields["giver"].queryset = User.objects.filter(pk__in=owners).order_by("name_key", "pk")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("giver") and cleaned["giver"] in (cleaned.get("takers") or ()):
            self.add_error("takers", _("The former owner cannot be a successor."))
        return cleaned


class AcknowledgeForm(forms.Form):
    question = forms.CharField(label=_("A question?"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))
