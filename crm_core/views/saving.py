"""How every form of the CRM is answered: refusals keep what was typed, a lost update shows both versions."""

from collections.abc import Callable
from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from crm_core.forms import RecordForm
from foundation.integrity import Refused, Stale
from foundation.usage.services import record_invalid


def shown(value: Any) -> str:
    """A value as a person reads it."""
    return "" if value is None else str(value)


def both_versions(form: RecordForm) -> list[dict[str, str]]:
    """Where the saved row and the typed text differ, side by side; the form then carries on from the newer version."""
    row = type(form.row)._default_manager.get(pk=form.row.pk)
    form.take_version(row.version)
    found = []
    for name, mine in form.changes.items():
        theirs = getattr(row, name)
        if theirs != mine:
            display = getattr(row, f"get_{name}_display", None)
            label = form.fields[name].label if name in form.fields else name
            found.append({"label": str(label), "theirs": shown(display() if display else theirs), "mine": shown(mine)})
    return found


def answer_form(
    request: HttpRequest,
    form: Any,
    *,
    template: str,
    feature: str,
    save: Callable[[], HttpResponse],
    context: dict[str, Any] | None = None,
    obj: models.Model | None = None,
) -> HttpResponse:
    """Show a form, or save it: 422 with the errors, 409 with both versions when somebody was faster, else what ``save`` answers."""
    found = {"form": form, **(context or {})}
    if request.method != "POST":
        return render(request, template, found)
    if not form.is_valid():
        record_invalid(by=request.user, feature=feature, form=form, obj=obj)
        return render(request, template, found, status=422)
    try:
        return save()
    except Stale as error:
        found["conflict"] = both_versions(form)
        form.add_error(None, str(error))
        return render(request, template, found, status=409)
    except Refused as error:
        form.add_error(None, str(error))
        return render(request, template, found, status=409)
