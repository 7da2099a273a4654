"""How one form field looks: label above, control, help and errors under it, and the classes of the kit."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.urls import reverse_lazy

CHECKS = (forms.CheckboxInput,)
GROUPS = (forms.RadioSelect, forms.CheckboxSelectMultiple)
DJANGOS_BLANK, BLANK = "---------", "—"
DATE_TYPES = {"DateInput": "date", "DateTimeInput": "datetime-local", "TimeInput": "time"}


@dataclass(frozen=True)
class Shown:
    """A bound field with what its template needs."""

    field: BoundField
    control: str
    kind: str  # line, check, group or file
    help_id: str
    error_id: str


def control_attrs(bound: BoundField, *, described_by: str = "", small: bool = False) -> dict[str, Any]:
    """Classes and accessible attributes of the control, by its widget."""
    widget = bound.field.widget
    attrs: dict[str, Any] = {}
    css = widget.attrs.get("class", "")
    if isinstance(widget, forms.CheckboxInput):
        css += " form-check-input"
    elif isinstance(widget, forms.Select) and not isinstance(widget, GROUPS):
        css += " form-select" + (" form-select-sm" if small else "")
    elif not isinstance(widget, GROUPS):
        css += " form-control" + (" form-control-sm" if small else "")
    if bound.errors:
        css += " is-invalid"
        attrs["aria-invalid"] = "true"
    if described_by:
        attrs["aria-describedby"] = described_by
    if isinstance(widget, forms.Textarea) and widget.attrs.get("rows") in (None, "10"):
        attrs["rows"] = 4
    if (kind := DATE_TYPES.get(type(widget).__name__)) and "type" not in widget.attrs:
        widget.input_type = kind  # type: ignore[attr-defined]
        widget.format = {"date": "%Y-%m-%d", "datetime-local": "%Y-%m-%dT%H:%M", "time": "%H:%M"}[kind]  # type: ignore[attr-defined]
    attrs["class"] = css.strip()
    return attrs


def _quiet_blank(bound: BoundField) -> None:
    """An empty choice is a dash, as an empty cell is."""
    field: Any = bound.field
    if getattr(field, "empty_label", None) == DJANGOS_BLANK:
        field.empty_label = BLANK
    elif isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        widget: Any = field.widget
        widget.choices = [(value, BLANK if label == DJANGOS_BLANK else label) for value, label in widget.choices]


def show(bound: BoundField) -> Shown:
    """Prepare a bound field for ui/field.html."""
    widget = bound.field.widget
    help_id = f"{bound.auto_id}_help" if bound.help_text else ""
    error_id = f"{bound.auto_id}_error" if bound.errors else ""
    _quiet_blank(bound)
    kind = "line"
    if isinstance(widget, forms.CheckboxInput):
        kind = "check"
    elif isinstance(widget, GROUPS):
        kind = "group"
    attrs = control_attrs(bound, described_by=" ".join(filter(None, [error_id, help_id])))
    return Shown(field=bound, control=bound.as_widget(attrs=attrs), kind=kind, help_id=help_id, error_id=error_id)


class FlatSelect(forms.Select):
    """A list of choices without groups. Its options are made at once: hundreds of them stand in the filter bar of every list."""

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        """The options as Django's own widget gives them, each in a group without a name."""
        chosen = set(value)
        found: list[Any] = []
        for place, (code, label) in enumerate(self.choices):
            selected = str(code) in chosen
            option = {
                "name": name,
                "value": code,
                "label": label,
                "selected": selected,
                "index": str(place),
                "attrs": {"selected": True} if selected else {},
                "type": self.input_type,
                "template_name": self.option_template_name,
                "wrap_label": True,
            }
            found.append((None, [option], place))
        return found


class RemoteSelect(forms.Select):
    """A choice among more rows than a page can hold: what is chosen and the newest few, the rest is fetched while one types.

    ``url_name`` answers ``?q=`` with ``{"results": [{"value", "text"}]}``; the form still checks the answer against its whole queryset.
    """

    NEWEST = 30

    def __init__(self, url_name: str, attrs: dict[str, Any] | None = None):
        super().__init__({"data-select": "", "data-select-url": reverse_lazy(url_name), **(attrs or {})})

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        """The options to render: the chosen row first, then the newest."""
        everything: Any = self.choices
        rows = getattr(everything, "queryset", None)
        if rows is None:
            return super().optgroups(name, value, attrs)
        chosen = [pk for pk in value if str(pk).isdecimal() and len(str(pk)) < 19]
        found = {row.pk: row for row in [*(rows.filter(pk__in=chosen) if chosen else ()), *rows.order_by("-pk")[: self.NEWEST]]}
        empty = [] if self.is_required and value and value[0] else [("", everything.field.empty_label or "")]
        self.choices = [*empty, *((pk, everything.field.label_from_instance(row)) for pk, row in found.items())]
        try:
            return super().optgroups(name, value, attrs)
        finally:
            self.choices = everything
