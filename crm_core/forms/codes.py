"""Form fields for values of dictionaries: what can be chosen today, and what a row already holds."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm_core.models import CodeField
from crm_core.models.book import HOME, REGION, Book, book_of
from foundation.ui.fields import FlatSelect

TYPE_AHEAD = 40  # from so many values on one types to find
FREE = {"title"}  # dictionaries that only suggest


class CodeSelect(FlatSelect):
    """A select that also offers what the row holds, be it retired or no code at all."""

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        groups = super().optgroups(name, value, attrs)
        known = {str(option["value"]) for _group, options, _index in groups for option in options}
        for code in value:
            if code and code not in known:
                groups.append((None, [self.create_option(name, code, self.book.path(code), {code}, len(groups))], len(groups)))
        return groups

    @property
    def book(self) -> Book:
        return book_of(self.dictionary)

    dictionary = ""


class SuggestInput(forms.TextInput):
    """A line of text with the dictionary's words as suggestions."""

    dictionary = ""

    def format_value(self, value: Any) -> str | None:
        return book_of(self.dictionary).label(value) if value else value

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        listed = f"{(attrs or {}).get('id', name)}_words"
        line = super().render(name, value, {**(attrs or {}), "list": listed, "autocomplete": "off"}, renderer)
        options = format_html_join("", '<option value="{}"></option>', ((label,) for _code, label in book_of(self.dictionary).choices()))
        return format_html('{}<datalist id="{}">{}</datalist>', line, listed, options)


def short_choices(book: Book) -> Iterable[tuple[str, str]]:
    """What a select shows before anybody types: all values, of places only the highest."""
    if book.key != REGION:
        return book.choices()
    today, found = timezone.localdate(), []
    for code in book.below.get("", []):
        found += [code, *(book.below.get(HOME, []) if code == HOME else [])]
    return [(code, book.words[code].label) for code in found if book.words[code].is_valid_on(today)]


class CodeChoiceField(forms.ChoiceField):
    """A value of a dictionary: a code, or a word that stands for one; what the row holds already is always accepted."""

    widget = CodeSelect

    def __init__(self, *, dictionary: str, held: str = "", **kwargs: Any):
        self.dictionary, self.held = dictionary, held
        super().__init__(choices=self._choices, **kwargs)
        self.widget.dictionary = dictionary
        if dictionary == REGION:
            self.widget.attrs |= {"data-select": "", "data-select-url": reverse_lazy("crm_core:dictionary_words", args=[dictionary])}
        elif len(book_of(dictionary).words) > TYPE_AHEAD:
            self.widget.attrs["data-select"] = ""

    def _choices(self) -> list[tuple[str, str]]:
        return [("", "—"), *short_choices(book_of(self.dictionary))]

    def clean(self, value: Any) -> str:
        text = str(value or "").replace("\x00", "").strip()
        if not text:
            if self.required:
                raise forms.ValidationError(self.error_messages["required"], code="required")
            return ""
        if text == self.held:
            return text
        book = book_of(self.dictionary)
        code = text if text in book.words else book.code_of(text)
        if not code:
            raise forms.ValidationError(_("“%(text)s” is not in the dictionary.") % {"text": text[:60]}, code="unknown")
        if not book.is_valid(code):
            raise forms.ValidationError(_("“%(text)s” is retired and cannot be chosen any more.") % {"text": book.label(code)}, code="retired")
        return code

    def words_of(self, value: Any) -> str:
        """A value as a person reads it."""
        return book_of(self.dictionary).path(str(value or ""))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(initial or "") != str(data or "")


class CodeFilterField(CodeChoiceField):
    """The same as a filter, where a retired value may still be asked for."""

    def __init__(self, *args: Any, null_label: Any = None, null_value: Any = None, empty_label: Any = None, **kwargs: Any):
        super().__init__(**kwargs)

    def _choices(self) -> list[tuple[str, str]]:
        book = book_of(self.dictionary)
        if book.key == REGION:
            return super()._choices()
        retired = [(word.code, _("%(value)s (retired)") % {"value": book.label(word.code)}) for word in book if not book.is_valid(word.code)]
        return [("", "—"), *book.choices(), *retired]

    def clean(self, value: Any) -> str:
        text = str(value or "").replace("\x00", "").strip()
        book = book_of(self.dictionary)
        code = text if text in book.words else book.code_of(text)
        if text and not code:
            raise forms.ValidationError(_("“%(text)s” is not in the dictionary.") % {"text": text[:60]}, code="unknown")
        return code


class SuggestField(forms.CharField):
    """Words of one's own, or a value of the dictionary when they are one."""

    widget = SuggestInput

    def __init__(self, *, dictionary: str, **kwargs: Any):
        self.dictionary = dictionary
        super().__init__(**kwargs)
        self.widget.dictionary = dictionary

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        return book_of(self.dictionary).code_of(text) or text


def code_form_field(field: CodeField, held: str = "") -> forms.Field:
    """The form field for a model's field that holds codes."""
    words = {"label": field.verbose_name, "help_text": field.help_text, "required": not field.blank}
    if field.dictionary in FREE:
        return SuggestField(dictionary=field.dictionary, max_length=field.max_length, **words)
    return CodeChoiceField(dictionary=field.dictionary, held=held, **words)
