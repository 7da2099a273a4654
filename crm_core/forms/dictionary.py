from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_core.forms.codes import CodeChoiceField
from crm_core.models import Dictionary, DictionaryEntry


class WordLines(forms.CharField):
    """Several words, one to a line."""

    widget = forms.Textarea
    also_cut_at = "|"

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        return list(
            dict.fromkeys(line.strip()[:80] for line in (text.replace(self.also_cut_at, "\n") if self.also_cut_at else text).splitlines() if line.strip())
        )

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial or [])).split("\n") != str(self.prepare_value(data or [])).replace("\r", "").split("\n")


class VersionForm(forms.ModelForm):
    """A form that carries the version which the person saw."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = self.instance.version
        self.row = self.instance if self.instance.pk else None

    def sent_version(self) -> int:
        """The version that stood in the form; 0 never matches."""
        return self.cleaned_data.get("version") or 0


class DictionaryForm(VersionForm):
    class Meta:
        model = Dictionary
        fields = ["name", "name_en", "key", "purpose"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["key"]
        else:
            self.fields["key"].help_text = _("In Latin letters, for programs and files; it never changes.")


class EntryForm(VersionForm):
    """A value of a dictionary; its code is asked once."""

    aliases = WordLines(label=_("Other names"), required=False, help_text=_("One to a line. Imports and search understand them."))

    class Meta:
        model = DictionaryEntry
        fields = ["name", "name_en", "code", "aliases", "valid_from"]
        widgets = {"valid_from": forms.DateInput}

    field_order = ["name", "name_en", "code", "parent", "aliases", "valid_from"]

    def __init__(self, *args: Any, dictionary: Dictionary, parent: DictionaryEntry | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.dictionary = dictionary
        self.fields["aliases"].widget.attrs["rows"] = 3
        if self.instance.pk:
            del self.fields["code"]
            parent = self.instance.parent
        else:
            self.fields["code"].required = False
            self.fields["code"].help_text = _("Rows keep the code; it never changes. Left empty, it is made from the name.")
        self.fields["parent"] = CodeChoiceField(
            dictionary=dictionary.key, held=parent.code if parent else "", required=False, label=_("Belongs to"), initial=parent.code if parent else ""
        )
        self.order_fields(self.field_order)

    def clean_parent(self) -> DictionaryEntry | None:
        code = self.cleaned_data["parent"]
        return self.dictionary.entries.filter(code=code).first() if code else None

    def saved_customs(self, stored: DictionaryEntry) -> dict[str, Any]:
        """What a stored entry says in fields that the form shows another way."""
        return {"parent": stored.parent.code if stored.parent else "", "aliases": stored.aliases}

    @property
    def facts(self) -> dict[str, Any]:
        """What the entry shall say."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class RetireForm(forms.Form):
    """From when a value ends, and what stands in its place."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    on = forms.DateField(label=_("Cannot be chosen from"), widget=forms.DateInput)
    to = forms.CharField(label=_("Replaced by"), required=False)
    move_rows = forms.BooleanField(label=_("Move the rows that hold it to the new value now"), required=False, initial=True)

    def __init__(self, *args: Any, entry: DictionaryEntry, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.entry = entry
        self.fields["version"].initial = entry.version
        self.fields["on"].initial = timezone.localdate()
        self.fields["to"] = CodeChoiceField(dictionary=entry.dictionary.key, required=False, label=_("Replaced by"))
        self.order_fields(["version", "on", "to", "move_rows"])

    def clean_to(self) -> DictionaryEntry | None:
        code = self.cleaned_data["to"]
        if code and code == self.entry.code:
            raise forms.ValidationError(_("Choose another value of the same dictionary."))
        return self.entry.dictionary.entries.filter(code=code).first() if code else None


class RemapForm(forms.Form):
    """Rows with one value, or with a text that is none, go to another value."""

    from_code = forms.CharField(widget=forms.HiddenInput, max_length=80, strip=False)

    def __init__(self, *args: Any, dictionary: Dictionary, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.dictionary = dictionary
        self.fields["to"] = CodeChoiceField(dictionary=dictionary.key, label=_("Move to"))

    def clean_to(self) -> DictionaryEntry:
        return self.dictionary.entries.get(code=self.cleaned_data["to"])


class TableForm(forms.Form):
    """A table of values to take over."""

    file = forms.FileField(label=_("File"), help_text=_("CSV or XLSX with the columns of the export. Values that are not in it stay."))
