"""A lost update, shown: what was typed beside what somebody else saved meanwhile, field by field, and the person chooses."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, QuerySet
from django.forms import BaseForm, Field, ModelChoiceField
from django.utils import timezone
from django.utils.formats import localize
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Difference:
    """One thing that differs, in words; where ``name`` is a field of the form, either value can be put into it."""

    label: str
    theirs: str
    mine: str
    name: str = ""
    their_value: str = "[]"  # what the field would hold, as a JSON list of texts
    my_value: str = "[]"


def both_versions(
    form: BaseForm, stored: Any, *, saved: Mapping[str, Any] | None = None, leave_out: Iterable[str] = (), version_field: str = "version"
) -> list[Difference]:
    """The fields of a bound form that differ from the row as it stands saved, which the caller has read afresh.

    ``saved`` gives the saved value of fields that are none of the model's. The form then starts from the stored version, so
    that saving again is a decision and not an accident.
    """
    if version_field in form.fields:
        data = form.data.copy()  # type: ignore[attr-defined]
        data[form.add_prefix(version_field)] = str(stored.version)
        form.data = data
    known, found = saved or {}, []
    for name, field in form.fields.items():
        if name == version_field or name in leave_out or field.widget.is_hidden or field.disabled:
            continue
        try:
            theirs = known[name] if name in known else stored._meta.get_field(name).value_from_object(stored)
        except (FieldDoesNotExist, AttributeError):
            continue
        theirs = field.prepare_value(theirs)
        mine = field.prepare_value(form.cleaned_data[name]) if name in form.cleaned_data else form[name].value()
        if field.has_changed(theirs, mine):
            found.append(
                Difference(
                    label=str(form[name].label),
                    theirs=_shown(field, theirs, getattr(stored, name, None)),
                    mine=_shown(field, mine),
                    name=form.add_prefix(name),
                    their_value=_as_json(field, theirs),
                    my_value=_as_json(field, mine),
                )
            )
    return found


def _listed(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, (list, tuple, set, QuerySet)) else [value]


def _shown(field: Field, value: Any, fallback: Any = None) -> str:
    """A value of the field as a person reads it; a row that the form does not offer shows its own name."""
    parts = _listed(value)
    if hasattr(field, "words_of"):
        return str(field.words_of(value))
    if isinstance(field, ModelChoiceField):
        keys = [str(getattr(part, "pk", part)) for part in parts]
        names = {str(row.pk): str(field.label_from_instance(row)) for row in field.queryset.filter(pk__in=keys)} if keys and field.queryset is not None else {}
        return ", ".join(names.get(key) or (str(fallback) if isinstance(fallback, Model) else "?") for key in keys)
    choices = {str(key): str(label) for key, label in _flat(getattr(field, "choices", ()))}
    return ", ".join(choices.get(str(part)) or _word(part) for part in parts)


def _flat(choices: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    for key, label in choices:
        found += _flat(label) if isinstance(label, (list, tuple)) else [(key, label)]
    return found


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, (date, datetime)):
        return str(localize(timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value))
    return str(value)


def _as_json(field: Field, value: Any) -> str:
    """What the control in the page must hold for this value."""
    texts = []
    for part in _listed(value):
        shown = part if isinstance(part, (bool, str)) else field.widget.format_value(part) if isinstance(part, (date, datetime)) else part
        texts.append(("true" if shown else "false") if isinstance(shown, bool) else str(getattr(shown, "pk", shown)))
    return json.dumps(texts, ensure_ascii=False)
