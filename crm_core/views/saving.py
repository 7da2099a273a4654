"""How every form of the CRM is answered: refusals keep what was typed, a lost update shows both versions."""

from collections.abc import Callable
from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from foundation.integrity import Refused, Stale
from foundation.ui.conflicts import both_versions
from foundation.usage.services import record_invalid


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
        stored = type(form.row)._default_manager.get(pk=form.row.pk)
        found["conflict"] = both_versions(
            form, stored, leave_out=getattr(form, "veiled", ()), saved=form.saved_customs(stored) if hasattr(form, "saved_customs") else None
        )
        form.add_error(None, str(error))
        return render(request, template, found, status=409)
    except Refused as error:
        form.add_error(None, str(error))
        return render(request, template, found, status=409)
