"""Form fields for the fields that administrators add."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

from crm_core.field_values import clean_value, relation_names, show_value
from crm_core.forms.codes import TYPE_AHEAD, CodeSelect
from crm_core.models import CustomField, FieldTarget, FieldType
from crm_core.models.book import book_of
from foundation.people.models import User
from foundation.ui.fields import RemoteSelect

REMOTE = {FieldTarget.ACCOUNT: "crm_core:account_choices", FieldTarget.CONTACT: "crm_core:contact_choices"}


class CustomValueField(forms.Field):
    """A value of a custom field; what the row holds already is accepted even when it could not be chosen anew."""

    def __init__(self, custom: CustomField, *, by: User, held: Any = None):
        self.custom, self.by, self.held = custom, by, held
        super().__init__(
            label=str(custom), help_text=custom.help_words, required=custom.is_required and custom.type != FieldType.BOOLEAN, widget=widget_of(custom, held)
        )
        if custom.type == FieldType.BOOLEAN and custom.is_required:
            self.required = True

    def clean(self, value: Any) -> Any:
        if self.held is not None and self._same(value):
            return self.held
        found = clean_value(self.custom, value, by=self.by)
        if found is None and self.required:
            raise ValidationError(self.error_messages["required"], code="required")
        return found

    def _same(self, value: Any) -> bool:
        held, given = self.prepare_value(self.held), value
        if isinstance(held, list):
            return isinstance(given, list | tuple) and [str(part) for part in given] == [str(part) for part in held]
        return not isinstance(given, list | tuple | dict | bool) and str(given) == str(held)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Model):
            return value.pk
        if isinstance(value, bool):
            return "true" if value else "false"
        return value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.prepare_value(initial) != data and str(self.prepare_value(initial) or "") != str(data or "")

    def words_of(self, value: Any) -> str:
        """A value as a person reads it."""
        if self.custom.type == FieldType.BOOLEAN and isinstance(value, str):
            value = {"true": True, "false": False}.get(value)
        if self.custom.type == FieldType.RELATION and str(value or "").isdecimal():
            value = int(value)
        try:
            return show_value(self.custom, value)
        except (TypeError, ValueError):
            return str(value)


class CheckMany(forms.CheckboxSelectMultiple):
    """Boxes to tick, with those that are ticked already even when they are retired."""

    dictionary = ""

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        groups = super().optgroups(name, value, attrs)
        known = {str(option["value"]) for _group, options, _index in groups for option in options}
        for code in value:
            if code and code not in known:
                groups.append((None, [self.create_option(name, code, book_of(self.dictionary).label(code), True, len(groups), attrs=attrs)], len(groups)))
        return groups


def widget_of(custom: CustomField, held: Any) -> forms.Widget:
    """The control for a type of field."""
    kind = custom.type
    if kind in {FieldType.CHOICE, FieldType.MULTI}:
        book = book_of(custom.dictionary.key)  # type: ignore[union-attr]
        widget: Any = CodeSelect(choices=[("", "—"), *book.choices()]) if kind == FieldType.CHOICE else CheckMany(choices=book.choices())
        widget.dictionary = book.key
        if kind == FieldType.CHOICE and len(book.words) > TYPE_AHEAD:
            widget.attrs["data-select"] = ""
        return widget  # type: ignore[no-any-return]
    if kind == FieldType.BOOLEAN:
        return forms.Select(choices=[("", "—"), ("true", _("yes")), ("false", _("no"))])
    if kind == FieldType.DATE:
        return forms.DateInput()
    if kind == FieldType.RELATION:
        return _relation_widget(custom, held)
    if kind in {FieldType.NUMBER, FieldType.MONEY}:
        return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return forms.TextInput(attrs={"maxlength": 500})


def _relation_widget(custom: CustomField, held: Any) -> forms.Widget:
    if custom.target == FieldTarget.PERSON:
        people = User.objects.filter(is_active=True).order_by("name_key", "pk")
        return forms.Select(attrs={"data-select": ""}, choices=[("", "—"), *((person.pk, str(person)) for person in people)])
    widget = RemoteSelect(REMOTE[FieldTarget(custom.target)])
    names = relation_names(custom, [held])
    widget.choices = [("", "—"), *names.items()]
    return widget


def sections(form: forms.BaseForm, customs: list[CustomField]) -> list[dict[str, Any]]:
    """The fields of a form under their headings: first what ships, then each section of custom fields."""
    by_name = {custom.name: custom for custom in customs}
    found: dict[str, list[Any]] = {"": []}
    for bound in form.visible_fields():
        custom = by_name.get(bound.name)
        heading = "" if custom is None else custom.section_words or _("More")
        found.setdefault(heading, []).append(bound)
    return [{"heading": heading, "fields": fields} for heading, fields in found.items() if fields]
