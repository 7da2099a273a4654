"""The one way a form of this app is shown and saved."""

from collections.abc import Callable
from typing import Any

from django.db import models
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from foundation.integrity import Refused, Stale
from foundation.ui.conflicts import both_versions
from foundation.ui.responses import redirect_with
from foundation.usage.services import record_invalid


def edit(
    request: HttpRequest,
    *,
    form: BaseForm,
    save: Callable[[Any], Any],
    done: Callable[[Any], str] | str,
    message: Any,
    feature: str,
    context: dict[str, Any],
    stored: models.Model | None = None,
    template: str = "implementation/form.html",
) -> HttpResponse:
    """Show the form; on POST validate, call the service, go on. Refusals and lost updates keep what was typed."""
    status = 200
    context = {**context, "form": form}
    if request.method == "POST":
        if form.is_valid():
            try:
                saved = save(form)
            except Stale as error:
                stored.refresh_from_db()  # type: ignore[union-attr]
                context["conflict"] = both_versions(form, stored)  # type: ignore[arg-type]
                form.add_error(None, str(error))
                status = error.status
            except Refused as error:
                form.add_error(None, str(error))
                status = error.status
            else:
                return redirect_with(request, done(saved) if callable(done) else done, message)
        else:
            record_invalid(by=request.user, feature=feature, form=form)
            status = 422
    return render(request, template, context, status=status)


def sent_version(request: HttpRequest) -> int:
    """The version that a button carries; none counts as out of date."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
