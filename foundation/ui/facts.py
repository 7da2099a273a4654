"""Facts edited in place: one row of a record page at a time, saved field by field, with undo."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from foundation.integrity import Refused, Stale
from foundation.ui.conflicts import both_versions
from foundation.usage.services import record_invalid

FACT = "ui/fact.html"
FACT_FORM = "ui/fact_form.html"


@dataclass(frozen=True)
class Fact:
    """One fact of a record: its label, its value in words and in the form's terms, and where it is edited."""

    name: str
    label: Any
    value: Any
    raw: Any
    kind: str
    url: str
    version: int
    link: str = ""
    reveal: str = ""  # where a value that stands masked here is shown for a reason

    @property
    def raws(self) -> list[Any]:
        """What the form takes back to undo a change: several values for a choice of many."""
        return self.raw if isinstance(self.raw, list) else [self.raw]


def _kind(field: models.Field[Any, Any]) -> str:
    """How a value of this field is shown when nobody says otherwise."""
    if field.is_relation and field.many_to_one and field.related_model._meta.label == settings.AUTH_USER_MODEL:  # type: ignore[union-attr]
        return "person"
    if isinstance(field, models.DateField):
        return "date"
    return "text" if isinstance(field, models.TextField) else ""


def _value(row: Any, field: models.Field[Any, Any]) -> tuple[Any, Any]:
    """A field's value as people read it, and as its form takes it."""
    if field.many_to_many:
        rows = list(getattr(row, field.name).all())
        return ", ".join(str(one) for one in rows), [one.pk for one in rows]
    value = getattr(row, field.name)
    display = getattr(row, f"get_{field.name}_display", None)
    raw = getattr(row, f"{field.name}_id", value) if field.is_relation else value
    if isinstance(value, bool):
        return _("yes") if value else _("no"), "on" if value else ""
    raw = raw.isoformat() if hasattr(raw, "isoformat") else raw
    return display() if display and value else value, "" if raw is None else raw


def fact_of(row: Any, name: str, url: str, kind: str = "") -> Fact:
    """A fact of a record by the name of its field; ``url`` is where it is edited."""
    field = row._meta.get_field(name)
    value, raw = _value(row, field)
    link = value.get_absolute_url() if field.is_relation and hasattr(value, "get_absolute_url") else ""
    return Fact(name, field.verbose_name, value, raw, kind or _kind(field), url, row.version, link)


def narrow(form: forms.BaseForm, name: str) -> None:
    """Leave only one field of a form, and the version that the person saw."""
    for other in [other for other in form.fields if other not in {name, "version"}]:
        del form.fields[other]


def answer_fact(
    request: HttpRequest,
    *,
    row: Any,
    field: str,
    fact: Callable[[Any, str], Fact],
    form: forms.BaseForm,
    save: Callable[[Any], Any],
    feature: str,
) -> HttpResponse:
    """Show one fact or its form, or save it: 422 with the errors, 409 with both values when somebody was faster.

    ``fact`` says the fact of a row by field, ``save`` gets the valid form and calls the one service that writes.
    """
    narrow(form, field)
    if field not in form.fields or field == "version":
        raise Http404
    before = fact(row, field)
    context = {"form": form, "bound": form[field], "fact": before, "row": row, "may_change": True}
    if request.method != "POST":
        return render(request, FACT if "show" in request.GET else FACT_FORM, context)
    if not form.is_valid():
        record_invalid(by=request.user, feature=feature, form=form, obj=row)
        return render(request, FACT_FORM, context, status=422)
    try:
        save(form)
    except Stale as error:
        now = type(row)._default_manager.get(pk=row.pk)
        context |= {"conflict": both_versions(form, now, leave_out=getattr(form, "veiled", ())), "sentence": str(error)}
        return render(request, FACT_FORM, context, status=409)
    except Refused as error:
        return render(request, FACT_FORM, context | {"sentence": str(error)}, status=409)
    row = type(row)._default_manager.get(pk=row.pk)
    undo = None if "undo" in request.POST or before.reveal else before
    return render(request, FACT, {"fact": fact(row, field), "row": row, "undo": undo, "may_change": True, "saved": True})
