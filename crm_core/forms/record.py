from copy import copy
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from crm_core.codes import clean_phone
from crm_core.field_values import filled_fields
from crm_core.forms.codes import code_form_field
from crm_core.forms.custom import CustomValueField, sections
from crm_core.models import CodeField
from crm_core.veils import HIDDEN, as_seen, veiled_fields
from foundation.people.models import User
from foundation.ui.facts import narrow


class RecordForm(forms.ModelForm):
    """Validates facts of one row without touching the row itself; carries the version that the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, by: User, instance: Any = None, only: str = "", **kwargs: Any):
        self.by = by
        self.row = instance
        super().__init__(*args, instance=copy(instance) if instance else None, **kwargs)
        self.veiled = veiled_fields(instance, by) if instance else {}
        self._veil()
        self.fields["version"].initial = getattr(instance, "version", 1)
        for name in self.fields:
            field = self._meta.model._meta.get_field(name) if name in self._meta.fields else None
            if isinstance(field, CodeField):
                self.fields[name] = code_form_field(field, getattr(instance, name, ""))
        self.customs = filled_fields(self.noun, by, self.kind) if hasattr(self._meta.model, "custom") else []
        self._add_customs(only)
        if only:
            narrow(self, only)

    def _veil(self) -> None:
        """Of a field that the person sees masked the form shows the mask only; nothing typed, or the mask sent back, keeps what is there."""
        for name, level in self.veiled.items():
            if level == HIDDEN:
                self.fields.pop(name, None)
            if name not in self.fields or not (held := getattr(self.row, name)):
                continue
            seen = as_seen(self.noun, name, held, level)
            self.initial[name] = ""
            self.fields[name].required = False
            self.fields[name].widget.attrs |= {"placeholder": seen, "autocomplete": "off"}
            self.fields[name].help_text = _("Masked for you. Leave it empty to keep what is there, or type the whole new value.")
            if self.is_bound and str(self.data.get(self.add_prefix(name)) or "").strip() in {"", seen}:
                data = self.data.copy()
                data[self.add_prefix(name)] = ""
                self.data = data

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in self.veiled:
            if name in cleaned and not cleaned[name]:
                cleaned[name] = getattr(self.row, name)
        return cleaned

    @property
    def noun(self) -> str:
        """The model in one word, as custom fields name it."""
        return str(self._meta.model._meta.model_name)

    @property
    def kind(self) -> str:
        """The kind of account that the form is for, where fields differ by kind."""
        return ""

    def _add_customs(self, only: str) -> None:
        held = self.row.custom if self.row is not None and self.customs else {}
        for custom in self.customs:
            if only and custom.name != only:
                continue
            self.fields[custom.name] = CustomValueField(custom, by=self.by, held=held.get(custom.key))
            self.initial.setdefault(custom.name, held.get(custom.key) if self.row is not None else custom.default)

    @property
    def sections(self) -> list[dict[str, Any]]:
        """The visible fields under their headings."""
        return sections(self, self.customs)

    @property
    def changes(self) -> dict[str, Any]:
        """The cleaned facts, by field of the model; values of custom fields together under ``custom``."""
        known = {field.name for field in self._meta.model._meta.get_fields()}
        found = {name: value for name, value in self.cleaned_data.items() if name != "version" and name in known}
        given = {custom.key: self.cleaned_data[custom.name] for custom in self.customs if custom.name in self.cleaned_data}
        if given:
            kept = {**(self.row.custom if self.row is not None else {}), **given}
            found["custom"] = {key: value for key, value in kept.items() if value is not None}
        return found

    def saved_customs(self, stored: Any) -> dict[str, Any]:
        """What a stored row holds in the custom fields of the form, by the form's names."""
        return {custom.name: stored.custom.get(custom.key) for custom in self.customs if custom.name in self.fields}

    def sent_version(self) -> int:
        """The version that stood in the form; 0 never matches."""
        return self.cleaned_data.get("version") or 0


class CodesMixin:
    """Cleans the identifiers that accounts and contacts share."""

    cleaned_data: dict[str, Any]

    def clean_phone(self) -> str:
        return clean_phone(self.cleaned_data["phone"])

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()
