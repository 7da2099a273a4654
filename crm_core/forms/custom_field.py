from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm_core.forms.dictionary import VersionForm, WordLines
from crm_core.models import AccountKind, CustomField, FieldModel, FieldType
from crm_core.models.dictionary import KEY
from foundation.people.access import roles

FIXED = {"model", "type", "key", "dictionary", "target", "options"}
CHOOSING = {FieldType.CHOICE, FieldType.MULTI}


class OptionLines(WordLines):
    """Choices, one to a line, each perhaps with its English name behind a bar."""

    also_cut_at = ""


class CustomFieldForm(VersionForm):
    """What a field is called, where it stands and who fills it; model, type and key are asked once."""

    options = OptionLines(label=_("Choices"), required=False, help_text=_("One to a line, the English name behind a bar: 金|Gold. They become a dictionary."))
    kinds = forms.MultipleChoiceField(
        label=_("Kinds of accounts"),
        choices=AccountKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing ticked: every kind."),
    )
    see_roles = forms.MultipleChoiceField(
        label=_("May be seen by"),
        required=False,
        widget=forms.SelectMultiple(attrs={"data-select": ""}),
        help_text=_("Nobody named: everybody who sees the row."),
    )
    edit_roles = forms.MultipleChoiceField(
        label=_("May be filled by"),
        required=False,
        widget=forms.SelectMultiple(attrs={"data-select": ""}),
        help_text=_("Nobody named: everybody who may change the row."),
    )
    default = forms.CharField(label=_("Default"), required=False, max_length=200, help_text=_("Stands in the form of a new row."))

    class Meta:
        model = CustomField
        fields = [
            "model",
            "label",
            "label_en",
            "type",
            "dictionary",
            "target",
            "key",
            "help",
            "help_en",
            "section",
            "section_en",
            "is_required",
            "is_unique",
            "in_list",
            "in_filter",
            "in_search",
        ]

    field_order = [
        "model", "label", "label_en", "type", "options", "dictionary", "target", "kinds", "is_required", "is_unique", "default",
        "help", "help_en", "section", "section_en", "in_list", "in_filter", "in_search", "see_roles", "edit_roles", "key",
    ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name in ("see_roles", "edit_roles"):
            self.fields[name].choices = [(role.key, role.name) for role in roles().values()]  # type: ignore[attr-defined]
        for name in ("kinds", "see_roles", "edit_roles"):
            self.initial[name] = getattr(self.instance, name)
        value = self.instance.default
        self.initial["default"] = (
            "、".join(value) if isinstance(value, list) else "" if value is None else str(value).lower() if isinstance(value, bool) else value
        )
        if self.instance.pk:
            for name in FIXED & set(self.fields):
                del self.fields[name]
            if self.instance.model == FieldModel.CONTACT:
                del self.fields["kinds"]
        else:
            self.fields["key"].required = False
            self.fields["model"].label = _("Fields of")
            self.fields["type"].widget.attrs["data-field-type"] = ""
            self.fields["dictionary"].help_text = _("For choices: a dictionary that is there already, instead of the lines above.")
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk:
            return cleaned
        kind = cleaned.get("type")
        if kind in CHOOSING and not cleaned.get("options") and not cleaned.get("dictionary"):
            self.add_error("options", _("Say what can be chosen: one choice to a line, or a dictionary."))
        if kind == FieldType.RELATION and not cleaned.get("target"):
            self.add_error("target", _("Say what the relation points at."))
        if kind not in CHOOSING:
            cleaned["dictionary"] = None
        if kind != FieldType.RELATION:
            cleaned["target"] = ""
        return cleaned

    def clean_key(self) -> str:
        if key := self.cleaned_data["key"]:
            KEY(key)
        return str(key)

    def _post_clean(self) -> None:
        """The row is written by the service; here only the fields are checked."""
        for name in ("label",):
            if name in self.cleaned_data and not self.cleaned_data[name].strip():
                self.add_error(name, _("This field is required."))

    @property
    def facts(self) -> dict[str, Any]:
        """The definition, without the choices."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"version", "options"}}
