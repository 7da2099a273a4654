"""The chips of a list's filter bar, from the form of a django-filter FilterSet."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext

from foundation.text import written
from foundation.ui.fields import control_attrs

NO_FILTERS = {"sort", "q", "after", "before", "export", "view", "page", "count"}  # what the address of a list says beside its filters
MOST_KEPT = 200
_idle: dict[tuple[Any, ...], list["FilterChip"]] = {}


class ListFilterSet(django_filters.FilterSet):
    """A filter bar that is drawn once and kept as long as nothing is asked of it, because most of a list's time went into its choices.

    What it is drawn from is told by ``drawn_from``; choices that are rows stand in ``live``, functions of the request that are asked each time.
    """

    live: ClassVar[dict[str, Callable[[HttpRequest], Iterable[tuple[Any, str]]]]] = {}

    @classmethod
    def drawn_from(cls, request: HttpRequest) -> Hashable:
        """All that the bar's words and choices depend on beside the language; None: do not keep it."""
        return ()


@dataclass(frozen=True)
class FilterChip:
    """One filter: its control, whether it is set, and what it says then."""

    name: str
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
                name=bound.name,
                label=bound.label,
                control=bound.as_widget(attrs=attrs),
                kind=kind,
                is_set=_is_set(value),
                text=text,
                errors=[str(error) for error in bound.errors],
            )
        )
    return chips


def bar_of(filterset: Any, request: HttpRequest, rows: QuerySet) -> tuple[QuerySet, list[FilterChip]]:
    """The rows that the filters leave, and the chips that say how."""
    if request.GET.keys() <= NO_FILTERS and issubclass(filterset, ListFilterSet) and (source := filterset.drawn_from(request)) is not None:
        return rows, _idle_chips(filterset, request, rows, source)
    bound = filterset(request.GET, queryset=rows, request=request)
    return bound.qs, chips_of(bound.form)


def _idle_chips(filterset: type[ListFilterSet], request: HttpRequest, rows: QuerySet, source: Hashable) -> list[FilterChip]:
    key = (filterset, get_language(), source)
    kept = _idle.get(key)
    if kept is None:
        if len(_idle) >= MOST_KEPT:
            _idle.clear()
        form = filterset({}, queryset=rows.none(), request=request).form
        for name in filterset.live.keys() & form.fields.keys():
            form.fields[name] = forms.ChoiceField(label=form.fields[name].label, required=False, choices=[("", "")])
        kept = _idle[key] = [replace(chip, label=str(chip.label)) for chip in chips_of(form)]
    return [replace(chip, control=_filled(chip.control, filterset.live[chip.name](request))) if chip.name in filterset.live else chip for chip in kept]


def _filled(select: str, choices: Iterable[tuple[Any, str]]) -> str:
    """A list of choices with more of them."""
    head, end, rest = select.rpartition("</select>")
    options = "".join([f'<option value="{written(str(code))}">{written(label)}</option>\n' for code, label in choices])
    return mark_safe(f"{head}{options}{end}{rest}")  # noqa: S308  # nosec B308 B703: every value above is escaped
