from django.contrib.auth.decorators import permission_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.exports import XLSX_TYPE
from foundation.integrity import Refused
from foundation.people.forms import PeopleUploadForm
from foundation.people.import_columns import COLUMNS
from foundation.people.models import ImportState, PeopleImport, RowAction
from foundation.people.person_request import PersonRequest
from foundation.people.services.imports import apply_import, discard_import, refused_workbook, stage_import
from foundation.ui.responses import redirect_with
from foundation.uploads import SHEETS, UploadRefused, accept

SHOWN = 200


@require_http_methods(["GET", "POST"])
@permission_required("people.import_user", raise_exception=True)
def import_create(request: PersonRequest) -> HttpResponse:
    """Upload; nothing is written to the directory before the preview is confirmed."""
    form = PeopleUploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            accepted = accept(request.FILES["file"], kinds=SHEETS, max_bytes=10 * 1024 * 1024)
            batch = stage_import(file=accepted.file, name=accepted.name, by=request.user, today=timezone.localdate())
        except (UploadRefused, Refused) as error:
            form.add_error("file", str(error))
        else:
            return redirect("people:import_detail", pk=batch.pk)
    context = {"form": form, "columns": COLUMNS, "earlier": PeopleImport.objects.visible_to(request.user)[:10]}
    return render(request, "people/import_form.html", context, status=422 if form.errors else 200)


@require_GET
@permission_required("people.import_user", raise_exception=True)
def import_detail(request: PersonRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(PeopleImport.objects.visible_to(request.user), pk=pk)
    wanted = request.GET.get("action", "")
    rows = batch.rows.select_related("person")
    if wanted in RowAction.values:
        rows = rows.filter(action=wanted)
    else:
        wanted = ""
    tiles = [{"action": action.value, "label": action.label, "count": batch.counts.get(action.value, 0)} for action in RowAction]
    shown = [
        {"row": row, "cells": [(column, row.cells.get(column.key, ""), row.reasons.get(column.key, ""), column.key in row.changes) for column in COLUMNS]}
        for row in rows[:SHOWN]
    ]
    context = {
        "batch": batch,
        "tiles": tiles,
        "rows": shown,
        "columns": COLUMNS,
        "wanted": wanted,
        "total": rows.count(),
        "is_open": batch.state == ImportState.PREVIEW,
        "sound": batch.counts.get("create", 0) + batch.counts.get("update", 0),
    }
    return render(request, "people/import_detail.html", context)


@require_POST
@permission_required("people.import_user", raise_exception=True)
def import_apply(request: PersonRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(PeopleImport.objects.visible_to(request.user), pk=pk)
    done = apply_import(batch=batch, by=request.user, today=timezone.localdate(), now=timezone.now())
    said = _("%(create)s people created, %(update)s updated, %(refuse)s rows refused.") % done.counts
    return redirect_with(request, reverse("people:import_detail", args=[pk]), said)


@require_POST
@permission_required("people.import_user", raise_exception=True)
def import_discard(request: PersonRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(PeopleImport.objects.visible_to(request.user), pk=pk)
    discard_import(batch=batch)
    return redirect_with(request, reverse("people:import_create"), _("The preview is put away. Nothing was written."))


@require_GET
@permission_required("people.import_user", raise_exception=True)
def import_refused(request: PersonRequest, pk: int) -> HttpResponse:
    batch = get_object_or_404(PeopleImport.objects.visible_to(request.user), pk=pk)
    response = HttpResponse(refused_workbook(batch), content_type=XLSX_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="refused-{batch.pk}.xlsx"'
    return response
