"""Which column goes where, how it writes days and amounts, what stands where the file is silent, and what words stand for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm_core.forms.codes import CodeChoiceField
from crm_core.models import ImportBatch

FREE = frozenset({"title", "contact_title"})


class MappingForm(forms.Form):
    """One choice per column of the file, with its format where that is no matter of course.

    ``asked`` (services.importing.asking) says which fields, formats and defaults there are to choose from, and checks a default.
    """

    source = forms.CharField(
        label=_("Keep this matching under the name"),
        max_length=60,
        required=False,
        widget=forms.TextInput({"list": "known-sources", "autocomplete": "off"}),
        help_text=_("The next file of this name, or with these headings, is matched by itself."),
    )

    def __init__(self, *args: Any, batch: ImportBatch, asked: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.batch, self.asked = batch, asked
        self.kinds = {field.key: field.kind for field in asked.fields}
        choices = [("", _("Leave out")), *((field.key, field.label) for field in asked.fields)]
        for column in asked.columns:
            self.fields[f"column_{column.place}"] = forms.ChoiceField(label=column.label, choices=choices, required=False, initial=column.key)
            if column.formats:
                self.fields[f"format_{column.place}"] = forms.ChoiceField(
                    label=_("How %(column)s is read") % {"column": column.label}, choices=column.formats, required=False, initial=column.said
                )
        self.default_names = []
        for field in asked.defaultable:
            name = f"default_{field.key}"
            self.fields[name] = _value_field(field, field.key, field.label, field.max_length)
            self.fields[name].initial = asked.defaults.get(field.key, "")
            self.default_names.append(name)
        self.fields["source"].initial = asked.source

    def mapping(self) -> dict[str, str]:
        """Field by number of the column, without the columns left out."""
        return {name.removeprefix("column_"): value for name, value in self._chosen("column_") if value}

    def said(self) -> dict[str, str]:
        """Order of days or form of amounts by number of the column, as the person said it."""
        return {name.removeprefix("format_"): value for name, value in self._chosen("format_")}

    def defaults(self) -> dict[str, str]:
        """Text by field where the file says nothing; those of fields that are not on this page stay."""
        shown = {name.removeprefix("default_"): value for name, value in self._chosen("default_")}
        return {key: text for key, text in self.batch.defaults.items() if key not in shown} | {key: value for key, value in shown.items() if value}

    def _chosen(self, prefix: str) -> list[tuple[str, str]]:
        if self.is_bound:
            return [(name, value) for name, value in getattr(self, "cleaned_data", {}).items() if name.startswith(prefix)]
        return [(name, str(field.initial or "")) for name, field in self.fields.items() if name.startswith(prefix)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        columns = {name: value for name, value in cleaned.items() if name.startswith("column_") and value}
        chosen = list(columns.values())
        for value in sorted({value for value in chosen if chosen.count(value) > 1}):
            for name in [name for name, field in columns.items() if field == value][1:]:
                self.add_error(name, _("Another column goes there already."))
        self._check_formats(columns, cleaned)
        for name in self.default_names:
            if cleaned.get(name):
                try:
                    self.asked.check(name.removeprefix("default_"), cleaned[name])
                except ValidationError as error:
                    self.add_error(name, error)
        if "name" not in chosen:
            raise ValidationError(_("Say which column holds the name."))
        return cleaned

    def _check_formats(self, columns: dict[str, str], cleaned: dict[str, Any]) -> None:
        """A column that can be read in two ways is never guessed at."""
        by_place = {column.place: column for column in self.asked.columns}
        for name, key in columns.items():
            column = by_place[int(name.removeprefix("column_"))]
            if self.kinds.get(key) in column.open_kinds and not cleaned.get(f"format_{column.place}"):
                examples = "、".join(column.examples[:3])
                sentence = _("It can be read in two ways (%(examples)s): say which.") if examples else _("Say how this column is to be read.")
                self.add_error(f"format_{column.place}", sentence % {"examples": examples})


class WordsForm(forms.Form):
    """What each word of a source that nobody knows stands for; ``words`` are those on the page (services.importing.asking)."""

    def __init__(self, *args: Any, words: list[Any], may_teach: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.words = words
        for asked in words:
            self.fields[f"to_{asked.name}"] = _target_field(asked)
            hows = [("", _("stands for")), ("empty", _("leave it as text") if asked.field == "region" else _("leave it empty"))]
            if may_teach and asked.dictionary:
                hows += [("alias", _("is another name of")), *([] if asked.field == "region" else [("add", _("add as a new value"))])]
            self.fields[f"how_{asked.name}"] = forms.ChoiceField(label=_("What to do with “%(word)s”") % {"word": asked.word}, choices=hows, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for asked in self.words:
            to = cleaned.get(f"to_{asked.name}")
            if cleaned.get(f"how_{asked.name}") == "alias" and not to and f"to_{asked.name}" not in self.errors:
                self.add_error(f"to_{asked.name}", _("Say of which value it is another name."))
            if asked.find_person and to:
                found = asked.find_person(to)
                if found:
                    cleaned[f"to_{asked.name}"] = found
                else:
                    self.add_error(f"to_{asked.name}", _("Nobody here is called “%(name)s”.") % {"name": to})
        return cleaned

    def decided(self) -> list[tuple[str, str, str, str]]:
        """Field, word, what to do and value, of the words about which something was said."""
        found = []
        for asked in self.words:
            how, to = self.cleaned_data.get(f"how_{asked.name}", ""), self.cleaned_data.get(f"to_{asked.name}", "")
            if how in ("empty", "add") or to:
                found.append((asked.field, asked.word, how, to))
        return found


def _target_field(asked: Any) -> forms.Field:
    label = _("Value for “%(word)s”") % {"word": asked.word}
    if asked.find_person:
        return forms.CharField(
            label=label,
            max_length=200,
            required=False,
            widget=forms.TextInput({"list": "known-people", "autocomplete": "off", "placeholder": _("Name or user name")}),
        )
    return _value_field(asked, asked.field, label, 60)


def _value_field(asked: Any, key: str, label: Any, most: int) -> forms.Field:
    """A choice where the field has one, be it a dictionary or a choice of the suite; else a line of text."""
    if asked.choices:
        return forms.ChoiceField(label=label, choices=[("", "—"), *asked.choices], required=False)
    if asked.dictionary and key not in FREE:
        return CodeChoiceField(dictionary=asked.dictionary, label=label, required=False)
    return forms.CharField(label=label, max_length=most, required=False)
