from typing import Any

from django import forms
from django.utils.translation import gettext as _

from crm_core.codes import clean_credit_code, clean_id_number, clean_website, mask_id_number
from crm_core.forms.record import CodesMixin, RecordForm
from crm_core.kinds import KIND_FORMS, KindForm, kind_form
from crm_core.models import Account, AccountKind


class IdNumberField(forms.CharField):
    """The number of an identity card: shown masked, taken whole; the mask itself stands for what is kept already."""

    def __init__(self, *, held: str = "", **kwargs: Any):
        self.held = held
        super().__init__(**kwargs)
        self.widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def prepare_value(self, value: Any) -> Any:
        return mask_id_number(value) if value else value

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        return self.held if self.held and text == mask_id_number(self.held) else clean_id_number(text)


class AccountForm(CodesMixin, RecordForm):
    class Meta:
        model = Account
        fields = [
            "kind",
            "name",
            "name_en",
            "short_name",
            "id_number",
            "credit_code",
            "registered_status",
            "registered_status_on",
            "registered_status_source",
            "industry",
            "level",
            "region",
            "region_text",
            "address",
            "phone",
            "email",
            "website",
            "source",
            "remark",
        ]
        widgets = {
            "kind": forms.HiddenInput,
            "remark": forms.Textarea(attrs={"rows": 3}),
            "registered_status_on": forms.DateInput,
            "credit_code": forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        }

    def __init__(self, *args: Any, only: str = "", **kwargs: Any):
        super().__init__(*args, only=only, **kwargs)
        if "website" in self.fields:
            self.fields["website"] = forms.CharField(label=self.fields["website"].label, required=False, max_length=200)
        if "id_number" in self.fields:
            held = self.row.id_number if self.row is not None else ""
            self.fields["id_number"] = IdNumberField(label=self.fields["id_number"].label, required=False, held=held, max_length=30)
        if not only:
            self.shape()

    @property
    def kind(self) -> str:
        """The kind that is sent, that the row has, or that is asked for; a company when nobody says."""
        asked = self.data.get("kind") or self.initial.get("kind") or (self.row.kind if self.row is not None else "")
        return asked if asked in KIND_FORMS else AccountKind.COMPANY

    @property
    def kind_field(self) -> Any:
        """The hidden control that carries the kind."""
        return self["kind"]

    @property
    def kind_choices(self) -> list[tuple[str, Any, str, bool]]:
        """The kinds with their icons and which is asked now: the first question of the form."""
        return [(kind.value, kind.label, KIND_FORMS[kind].icon, kind == self.kind) for kind in AccountKind]

    @property
    def shape_of_kind(self) -> KindForm:
        """What this kind of account is asked."""
        return kind_form(self.kind)

    def shape(self) -> None:
        """Ask only what the kind is asked, in its order, under its labels."""
        asked = self.shape_of_kind
        self.left_out = [name for name in self._meta.fields if name not in {"kind", *asked.fields}]
        if not (self.row is not None and self.row.region_text) and not self.data.get("region_text"):
            self.left_out.append("region_text")  # only where somebody wrote a place that the dictionary does not know
        for name in self.left_out:
            self.fields.pop(name, None)
        for name in asked.required & set(self.fields):
            self.fields[name].required = not (name in self.veiled and getattr(self.row, name))
        for name, label in asked.labels.items():
            self.fields[name].label = str(label)
        self.initial["kind"] = self.kind
        self.order_fields(["version", "kind", *asked.fields])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in getattr(self, "left_out", []):
            sent = str(self.data.get(name) or "").strip()
            if sent and sent != str(getattr(self.row, name, "") or ""):
                label = self._meta.model._meta.get_field(name).verbose_name
                self.add_error(None, _("An account of the kind “%(kind)s” has no %(field)s.") % {"kind": AccountKind(self.kind).label, "field": label})
        return cleaned

    def clean_credit_code(self) -> str:
        return clean_credit_code(self.cleaned_data["credit_code"])

    def clean_website(self) -> str:
        address = clean_website(self.cleaned_data["website"])
        if address:
            forms.URLField(assume_scheme="https").clean(address)
        return address
