from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm_core.models import DisputeVerdict


class DisputeForm(forms.Form):
    """What the claimant says; without a page of the account, its exact name or credit code as well."""

    name = forms.CharField(label=_("Name or credit code of the account"), max_length=160, help_text=_("Exactly as on the business licence."))
    claim = forms.CharField(
        label=_("Why you think that it is yours"),
        max_length=2000,
        widget=forms.Textarea,
        help_text=_("When were you first in touch, with whom, about what? The system adds what it knows itself."),
    )

    def __init__(self, *args: Any, named: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if named:
            del self.fields["name"]


class VersionedForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)


class AnswerForm(VersionedForm):
    answer = forms.CharField(label=_("Your words"), max_length=2000, widget=forms.Textarea, help_text=_("The manager reads both sides before deciding."))


class VerdictForm(VersionedForm):
    verdict = forms.ChoiceField(label=pgettext_lazy("dispute", "Decision"), choices=DisputeVerdict.choices, widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Reason"), max_length=2000, widget=forms.Textarea, help_text=_("Both sides read this."))
