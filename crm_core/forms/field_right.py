"""Who sees which field how far, and why somebody looks at a masked value."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm_core.models import FieldLevel, FieldNoun, RevealPolicy, RevealReason
from crm_core.veils import MASKS, field_label, level_for


class RevealForm(forms.Form):
    """Why the value is needed: from the list, or in own words."""

    why = forms.ChoiceField(label=gettext_lazy("Why do you need it?"), choices=RevealReason.choices)
    reason = forms.CharField(label=gettext_lazy("In own words"), max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("why") == RevealReason.OTHER and not (cleaned.get("reason") or "").strip():
            self.add_error("reason", _("Say in your own words why you need it."))
        return cleaned


class FieldRightsForm(forms.Form):
    """How much of each field one role sees; carries the version of all field rights that the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, role: str, version: int, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = version
        self.keys = {f"{noun}__{field}": (str(noun), field) for noun, fields in MASKS.items() for field in fields}
        for name, (noun, field) in self.keys.items():
            self.fields[name] = forms.ChoiceField(label=field_label(noun, field).capitalize(), choices=FieldLevel.choices, initial=level_for(noun, field, role))

    @property
    def groups(self) -> list[tuple[Any, list[Any]]]:
        """The fields under the kind of record they belong to."""
        return [(noun.label, [self[name] for name, (key, _field) in self.keys.items() if key == noun]) for noun in FieldNoun]

    @property
    def levels(self) -> dict[tuple[str, str], str]:
        """The chosen levels by record and field."""
        return {key: self.cleaned_data[name] for name, key in self.keys.items()}


class RevealPolicyForm(forms.ModelForm):
    """How often masked values may be looked at; carries the version that the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = RevealPolicy
        fields = ["per_day", "notice_from", "own_shown"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = self.instance.version
        self.row = self.instance
        for name in ("per_day", "notice_from"):
            self.fields[name].min_value = 0 if name == "per_day" else 1
            self.fields[name].widget.attrs["min"] = self.fields[name].min_value

    def clean_notice_from(self) -> int:
        found = int(self.cleaned_data["notice_from"])
        if found < 1:
            raise forms.ValidationError(_("At least 1."))
        return found
