"""The chips of a list's filter bar, from the form of a django-filter FilterSet."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext

from foundation.ui.fields import control_attrs


@dataclass(frozen=True)
class FilterChip:
    """One filter: its control, whether it is set, and what it says then."""

    label: Any
    control: str
    kind: str  # line, check, group or hidden
    is_set: bool
    text: str
    errors: list[str]


def _is_set(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_is_set(part) for part in value)
    return value not in (None, "", False)


def _name_the_empty_choice(field: Any) -> None:
    """A filter that is not set says "any", not a row of dashes."""
    if hasattr(field, "empty_label"):  # model choices, and the choices of django-filter
        field.empty_label = gettext("any")
        field.widget.choices = field.choices
    elif isinstance(field, forms.ChoiceField):
        choices: Any = field.choices  # on a bound form always the finished list
        field.choices = [(code, gettext("any") if code == "" else name) for code, name in choices]


def chips_of(form: forms.Form) -> list[FilterChip]:
    """Every field of the form as a chip."""
    chips = []
    for bound in form:
        widget = bound.field.widget
        value = bound.value()
        kind = "line"
        if bound.is_hidden:
            kind = "hidden"
        elif isinstance(widget, (forms.CheckboxSelectMultiple, forms.SelectMultiple)):
            kind = "group"
            if isinstance(widget, forms.SelectMultiple):
                bound.field.widget = forms.CheckboxSelectMultiple(choices=bound.field.widget.choices)
                bound.field.widget.is_required = False
        elif isinstance(widget, forms.CheckboxInput):
            kind = "check"
        chosen = [str(part) for part in value] if isinstance(value, (list, tuple)) else []
        names = [str(name) for code, name in getattr(bound.field, "choices", []) if str(code) in chosen] if chosen else []
        text = names[0] if len(names) == 1 else str(len(names))
        if isinstance(widget, forms.Select) and kind == "line":
            _name_the_empty_choice(bound.field)
        attrs = {} if kind in {"hidden", "group"} else control_attrs(bound, small=True)
        chips.append(
            FilterChip(
                label=bound.label,
                control=bound.as_widget(attrs=attrs),
                kind=kind,
                is_set=_is_set(value),
                text=text,
                errors=[str(error) for error in bound.errors],
            )
        )
    return chips
