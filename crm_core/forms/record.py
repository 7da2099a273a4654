from copy import copy
from typing import Any

from django import forms

from crm_core.codes import clean_phone
from crm_core.forms.codes import code_form_field
from crm_core.models import CodeField
from foundation.people.models import User
from foundation.ui.facts import narrow


class RecordForm(forms.ModelForm):
    """Validates facts of one row without touching the row itself; carries the version that the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, by: User, instance: Any = None, only: str = "", **kwargs: Any):
        self.by = by
        self.row = instance
        super().__init__(*args, instance=copy(instance) if instance else None, **kwargs)
        self.fields["version"].initial = getattr(instance, "version", 1)
        for name in self.fields:
            field = self._meta.model._meta.get_field(name) if name in self._meta.fields else None
            if isinstance(field, CodeField):
                self.fields[name] = code_form_field(field, getattr(instance, name, ""))
        if only:
            narrow(self, only)

    @property
    def changes(self) -> dict[str, Any]:
        """The cleaned facts, by field of the model."""
        known = {field.name for field in self._meta.model._meta.get_fields()}
        return {name: value for name, value in self.cleaned_data.items() if name != "version" and name in known}

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
