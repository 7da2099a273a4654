from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm_core.forms import MappingForm, UploadForm
from crm_core.models import BatchState, Decision, ImportBatch, ImportRow, RowAction, RowQuestion
from crm_core.reports import refused_rows_xlsx
from crm_core.services.importing import check_batch, decide_rows, field_choices, save_mapping, stage_file, start_apply, start_undo
from crm_core.views.hubs import DESK, tabs_of
from crm_core.views.saving import answer_form
from foundation.exports import XLSX_TYPE
from foundation.integrity import Refused
from foundation.jobs.services import enqueue
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with
from foundation.uploads import CARDS, SHEETS, accept
from foundation.usage.services import record_invalid

PREVIEW = 5
SHOWN = 100
AT_ONCE = 500  # files up to this many rows are checked while the person waits
STATE_TONES = {BatchState.APPLIED: "good", BatchState.CHECKED: "watch", BatchState.UNDONE: "neutral", BatchState.MAPPING: "watch"}
ACTION_TONES = {RowAction.CREATE: "good", RowAction.UPDATE: "info", RowAction.MERGE: "info", RowAction.SKIP: "neutral", RowAction.REFUSE: "bad"}


def _url(name: str, batch: ImportBatch) -> str:
    return reverse(f"crm_core:{name}", args=[batch.pk])


def _count(action: str) -> Any:
    return lambda row: row.counts.get(action, 0) if row.counts else None


COLUMNS = [
    Column("file_name", gettext_lazy("File"), kind="link", url=lambda row: _url("import_detail", row), phone=True),
    Column(
        "state", gettext_lazy("State"), value=lambda row: row.get_state_display(), kind="badge", tone=lambda row: STATE_TONES.get(row.state, "info"), phone=True
    ),
    Column("source", gettext_lazy("Source")),
    Column("rows", gettext_lazy("Rows"), value="row_count", kind="number", phone=True),
    Column("create", gettext_lazy("Created"), value=_count("create"), kind="number"),
    Column("update", gettext_lazy("Updated"), value=_count("update"), kind="number"),
    Column("skip", gettext_lazy("Skipped"), value=_count("skip"), kind="number"),
    Column("refuse", gettext_lazy("Refused"), value=_count("refuse"), kind="number"),
    Column("created_by", gettext_lazy("Imported by"), value="created_by", kind="person"),
    Column("created_at", gettext_lazy("Uploaded"), kind="datetime", sort="created_at"),
]


@require_GET
@permission_required("crm_core.import_account", raise_exception=True)
def import_list(request: HttpRequest) -> HttpResponse:
    rows = ImportBatch.objects.visible_to(request.user).select_related("created_by")
    return list_response(
        request,
        queryset=rows,
        columns=COLUMNS,
        template="crm_core/import_list.html",
        key="crm.imports",
        search=("file_name__icontains", "source__icontains"),
        context={"hub": tabs_of(request, DESK)},
        drawer=False,
    )


def _batch(request: HttpRequest, pk: int) -> ImportBatch:
    return get_object_or_404(ImportBatch.objects.visible_to(request.user).select_related("created_by", "department", "default_owner", "job"), pk=pk)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.import_account", raise_exception=True)
def import_create(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None, by=request.user)

    def save() -> HttpResponse:
        cleaned = form.cleaned_data
        try:
            accepted = accept(cleaned["file"], kinds=SHEETS | CARDS)
        except ValidationError as error:
            form.add_error("file", error)
            record_invalid(by=request.user, feature="crm.import.upload", form=form)
            return render(request, "crm_core/import_form.html", {"form": form}, status=422)
        facts = {name: cleaned[name] for name in ("kind", "source", "when_here", "default_owner", "department")}
        batch = stage_file(file=accepted.file, file_name=accepted.name, by=request.user, now=timezone.now(), **facts)
        return redirect_with(request, _url("import_map", batch), _("%(count)d rows are read. Now match the columns.") % {"count": batch.row_count})

    return answer_form(request, form, template="crm_core/import_form.html", feature="crm.import.upload", save=save)


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.import_account", raise_exception=True)
def import_map(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    form = MappingForm(request.POST or None, batch=batch, choices=field_choices(batch.kind), initial_mapping=batch.mapping)
    preview = list(batch.rows.order_by("row_no")[:PREVIEW])
    columns = [(form[f"column_{place}"], [row.raw[place] if place < len(row.raw) else "" for row in preview]) for place in range(len(batch.headings))]

    def save() -> HttpResponse:
        save_mapping(batch=batch, mapping=form.mapping(), by=request.user, now=timezone.now())
        _check(request, batch)
        return redirect_with(request, _url("import_detail", batch), _("The columns are matched."))

    context = {"batch": batch, "columns": columns}
    return answer_form(request, form, template="crm_core/import_map.html", feature="crm.import.map", save=save, context=context, obj=batch)


def _check(request: HttpRequest, batch: ImportBatch) -> None:
    """Dry run: at once for a short file, in the background for a long one."""
    if batch.row_count <= AT_ONCE:
        check_batch(batch=batch, by=request.user, now=timezone.now())
    else:
        _start(request, batch, "check", _("Check %(file)s") % {"file": batch.file_name})


def _start(request: HttpRequest, batch: ImportBatch, step: str, title: str) -> None:
    batch.job = enqueue(
        task=f"crm_core.tasks.{step}_import",
        by=request.user,
        title=title,
        payload={"batch": batch.pk},
        key=f"crm-import-{batch.pk}",
        permission="crm_core.import_account",
        url=_url("import_detail", batch),
    )
    batch.save(update_fields=["job"])


@require_GET
@permission_required("crm_core.import_account", raise_exception=True)
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    action = request.GET.get("action", "")
    rows = batch.rows.order_by("row_no")
    if action in RowAction.values:
        rows = rows.filter(action=action)
    elif action == "kept":
        rows = rows.filter(applied=True, undone=False).exclude(note="")
    elif action == "waiting":
        rows = rows.exclude(question="").filter(decision="")
    shown = list(rows[:SHOWN])
    context = {
        "batch": batch,
        "headings": batch.headings,
        "rows": [_shown_row(batch, row) for row in shown],
        "action": action,
        "actions": [(key, label, batch.counts.get(key, 0), ACTION_TONES[RowAction(key)]) for key, label in RowAction.choices] if batch.counts else [],
        "is_more": len(shown) == SHOWN,
        "kept": batch.counts.get("kept", 0),
        "waiting": batch.counts.get("waiting", 0),
        "decisions": Decision.choices,
        "questions": RowQuestion.choices,
        "may_decide": batch.state == BatchState.CHECKED,
    }
    return render(request, "crm_core/import_detail.html", context)


def _shown_row(batch: ImportBatch, row: ImportRow) -> dict[str, Any]:
    """A row with the reason beside the cell it is about; reasons that belong to no column stand at the end."""
    by_place = {int(place): field for place, field in batch.mapping.items()}
    cells = [
        {"text": row.raw[place] if place < len(row.raw) else "", "problem": row.problems.get(by_place.get(place, ""), "")}
        for place in range(len(batch.headings))
    ]
    loose = [reason for field, reason in row.problems.items() if field not in by_place.values()]
    url = ""
    if row.target_id and not row.undone:
        url = reverse(f"crm_core:{batch.kind}_detail", args=[row.target_id])
    tone = ACTION_TONES.get(RowAction(row.action), "neutral") if row.action else "neutral"
    return {"row": row, "cells": cells, "loose": loose, "url": url, "tone": tone}


@require_POST
@permission_required("crm_core.import_account", raise_exception=True)
def import_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide about one row in question, or about all that are open."""
    batch = _batch(request, pk)
    row, target = request.POST.get("row", ""), request.POST.get("target", "")
    done = decide_rows(
        batch=batch,
        decision=request.POST.get("decision", ""),
        rows=[int(row)] if row.isdecimal() and len(row) < 10 else None,
        question=request.POST.get("question", ""),
        target=int(target) if target.isdecimal() and len(target) < 18 else None,
        by=request.user,
        now=timezone.now(),
    )
    return redirect_with(request, f"{_url('import_detail', batch)}?action=waiting", _("Decided about %(count)d rows.") % {"count": done})


@require_POST
@permission_required("crm_core.import_account", raise_exception=True)
def import_apply(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    start_apply(batch=batch, by=request.user, now=timezone.now())
    _start(request, batch, "apply", _("Import %(file)s") % {"file": batch.file_name})
    return redirect_with(request, _url("import_detail", batch), _("The import has started; you may leave this page."))


@require_POST
@permission_required("crm_core.import_account", raise_exception=True)
def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    start_undo(batch=batch, by=request.user, now=timezone.now())
    _start(request, batch, "undo", _("Undo the import of %(file)s") % {"file": batch.file_name})
    return redirect_with(request, _url("import_detail", batch), _("The rows are being taken back; you may leave this page."))


@require_GET
@permission_required("crm_core.import_account", raise_exception=True)
def import_refused(request: HttpRequest, pk: int) -> HttpResponse:
    """The refused rows as a workbook."""
    batch = _batch(request, pk)
    if not batch.counts.get(RowAction.REFUSE):
        raise Refused(_("No row of this import was refused."))
    response = HttpResponse(
        refused_rows_xlsx(batch), content_type=XLSX_TYPE, headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}
    )
    response.headers["Content-Disposition"] = f'attachment; filename="refused-{batch.pk}.xlsx"'
    return response
