from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from crm_core.forms import UploadForm
from crm_core.models import BatchState, Decision, ImportBatch, ImportKind, ImportRow, RowAction, RowQuestion
from crm_core.reports import refused_rows_xlsx
from crm_core.services.importing import DECIDABLE, keep_reading, open_formats, receive_file, said_changes, stage_file
from crm_core.services.importing.staging import Reading
from crm_core.views.hubs import DESK, tabs_of
from crm_core.views.import_steps import RESUMED, batch_of, is_working, known_sources, shown_encoding, start, url_of
from crm_core.views.saving import answer_form
from foundation.exports import XLSX_TYPE
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with
from foundation.uploads import CARDS, SHEETS, Accepted, accept, serve
from foundation.usage.services import record_invalid

SHOWN = 100
BIG_TEXT, BIG_BOOK = 1_000_000, 200_000  # bytes from which a file is read in the background; workbooks are packed
STATE_TONES = {BatchState.APPLIED: "good", BatchState.CHECKED: "watch", BatchState.PARTLY: "watch", BatchState.UNDONE: "neutral", BatchState.MAPPING: "watch"}
ACTION_TONES = {RowAction.CREATE: "good", RowAction.UPDATE: "info", RowAction.MERGE: "info", RowAction.SKIP: "neutral", RowAction.REFUSE: "bad"}
STEPS = {BatchState.READING: 2, BatchState.MAPPING: 3, BatchState.CHECKING: 4, BatchState.CHECKED: 4}


def _count(action: str) -> Any:
    return lambda row: row.counts.get(action, 0) if row.counts else None


COLUMNS = [
    Column("file_name", gettext_lazy("File"), kind="link", url=lambda row: url_of("import_detail", row), phone=True),
    Column(
        "state", gettext_lazy("State"), value=lambda row: row.get_state_display(), kind="badge", tone=lambda row: STATE_TONES.get(row.state, "info"), phone=True
    ),
    Column("source", gettext_lazy("Source"), value=lambda row: row.source or row.get_source_kind_display()),
    Column("rows", gettext_lazy("Rows"), value="row_count", kind="number", phone=True),
    Column("create", gettext_lazy("Created"), value=_count("create"), kind="number"),
    Column("update", gettext_lazy("Updated"), value=_count("update"), kind="number"),
    Column("merge", gettext_lazy("Merged"), value=_count("merge"), kind="number"),
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


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.import_account", raise_exception=True)
def import_create(request: HttpRequest) -> HttpResponse:
    """A file comes in; a short one is read at once, a long one in the background."""
    form = UploadForm(request.POST or None, request.FILES or None, by=request.user)
    context = {"sources": known_sources(request.user)}

    def save() -> HttpResponse:
        cleaned = form.cleaned_data
        try:
            accepted = accept(cleaned["file"], kinds=SHEETS | CARDS)
        except ValidationError as error:
            form.add_error("file", error)
            record_invalid(by=request.user, feature="crm.import.upload", form=form)
            return render(request, "crm_core/import_form.html", {"form": form, **context}, status=422)
        facts = {name: cleaned[name] for name in ("kind", "source", "source_kind", "when_here", "default_owner", "department")}
        facts |= {"file": accepted.file, "file_name": accepted.name, "by": request.user, "now": timezone.now()}
        if _is_big(accepted):
            with transaction.atomic():  # with its job, so that a kill leaves no file that nobody reads
                batch = receive_file(**facts)
                keep_reading(batch=batch, reading=Reading(), by=request.user)
                start(request, batch, "read")
            return redirect_with(request, url_of("import_detail", batch), _("The file is being read; you may leave this page."))
        batch = stage_file(**facts)
        sure = batch.reading.get("is_sure", True) and len(batch.reading.get("sheets", [])) < 2
        return redirect_with(
            request, url_of("import_map" if sure else "import_read", batch), _("%(count)d rows are read. Now match the columns.") % {"count": batch.row_count}
        )

    return answer_form(request, form, template="crm_core/import_form.html", feature="crm.import.upload", save=save, context=context)


def _is_big(accepted: Accepted) -> bool:
    return accepted.size > (BIG_BOOK if accepted.ending in {"xlsx", "xls", "ods"} else BIG_TEXT)


def _rows_of(request: HttpRequest, batch: ImportBatch) -> tuple[Any, dict[str, Any]]:
    """The rows of the tab or queue that is asked for, behind the row up to which the person has read."""
    asked = {name: request.GET.get(name, "") for name in ("action", "question", "after")}
    rows = batch.rows.order_by("row_no").select_related("decided_by")
    if asked["action"] in RowAction.values:
        rows = rows.filter(action=asked["action"])
    elif asked["action"] == "kept":
        rows = rows.filter(applied=True, undone=False).exclude(note="")
    elif asked["action"] == "left":
        rows = rows.filter(applied=False, action__in=(RowAction.CREATE, RowAction.UPDATE, RowAction.MERGE))
    elif asked["action"] in ("waiting", "decided"):
        rows = rows.exclude(question="")
        rows = rows.filter(decision="") if asked["action"] == "waiting" else rows.exclude(decision="")
    else:
        asked["action"] = ""
    if asked["question"] in RowQuestion.values:
        rows = rows.filter(question=asked["question"])
    else:
        asked["question"] = ""
    after = asked["after"]
    return rows.filter(row_no__gt=int(after)) if after.isdecimal() and len(after) < 10 else rows, asked


@require_GET
@permission_required("crm_core.import_account", raise_exception=True)
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Where an import stands: what will happen with each row and why, who has to decide, what was loaded."""
    batch = batch_of(request, pk)
    rows, asked = _rows_of(request, batch)
    shown = list(rows[: SHOWN + 1])
    working = is_working(batch)
    queues = dict(_queues(batch)) if batch.state in DECIDABLE and batch.counts.get("waiting") else {}
    context = {
        "batch": batch,
        "step": STEPS.get(BatchState(batch.state), 5),
        "working": working,
        "is_stopped": batch.state in RESUMED and not working,
        "found": shown_encoding(batch),
        "headings": batch.headings,
        "rows": [_shown_row(batch, row, request.user) for row in shown[:SHOWN]],
        **asked,
        "actions": [(key, label, batch.counts.get(key, 0)) for key, label in RowAction.choices] if batch.counts else [],
        "next_after": shown[SHOWN - 1].row_no if len(shown) > SHOWN else None,
        "kept": batch.counts.get("kept", 0),
        "left": batch.counts.get("left", 0),
        "waiting": batch.counts.get("waiting", 0),
        "decided": batch.counts.get("questions", 0) - batch.counts.get("waiting", 0),
        "queues": [(key, label, queues[key]) for key, label in RowQuestion.choices if key in queues],
        "decisions": Decision.choices,
        "may_decide": batch.state in DECIDABLE,
        "unknown": sum(len(words) for words in batch.unknown.values()),
        "open_formats": [batch.headings[int(place)] for place in open_formats(batch)] if batch.state == BatchState.CHECKED else [],
        "loads": sum(batch.counts.get(action, 0) for action in ("create", "update", "merge")),
        "records_url": _records_url(batch),
    }
    return render(request, "crm_core/import_detail.html", context)


def _queues(batch: ImportBatch) -> list[tuple[str, int]]:
    """Rows that wait for a decision, by the reason why."""
    return list(batch.rows.filter(decision="").exclude(question="").order_by().values_list("question").annotate(Count("pk")))


def _records_url(batch: ImportBatch) -> str:
    """The list of the records that the import made or changed."""
    if batch.state not in (BatchState.APPLIED, BatchState.PARTLY):
        return ""
    noun = "contact" if batch.kind == ImportKind.CONTACT else "account"
    return f"{reverse(f'crm_core:{noun}_list')}?batch={batch.pk}"


def _shown_row(batch: ImportBatch, row: ImportRow, by: User) -> dict[str, Any]:
    """A row with the reason beside the cell it is about; reasons that belong to no column stand at the end."""
    by_place = {int(place): field for place, field in batch.mapping.items()}
    cells = [
        {"text": row.raw[place] if place < len(row.raw) else "", "problem": row.problems.get(by_place.get(place, ""), ""), "heading": batch.headings[place]}
        for place in range(len(batch.headings))
    ]
    loose = [reason for field, reason in row.problems.items() if field not in by_place.values()]
    url = ""
    if row.target_id and not row.undone:
        url = reverse(f"crm_core:{batch.kind}_detail", args=[row.target_id])
    tone = ACTION_TONES.get(RowAction(row.action), "neutral") if row.action else "neutral"
    return {"row": row, "cells": cells, "loose": loose, "url": url, "tone": tone, "changes": said_changes(batch, row, by)}


@require_GET
@permission_required("crm_core.import_account", raise_exception=True)
def import_refused(request: HttpRequest, pk: int) -> HttpResponse:
    """The refused rows as a workbook."""
    batch = batch_of(request, pk)
    if not batch.counts.get(RowAction.REFUSE):
        raise Refused(_("No row of this import was refused."))
    response = HttpResponse(
        refused_rows_xlsx(batch), content_type=XLSX_TYPE, headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}
    )
    response.headers["Content-Disposition"] = f'attachment; filename="refused-{batch.pk}.xlsx"'
    return response


@require_GET
@permission_required("crm_core.import_account", raise_exception=True)
def import_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file as it came."""
    batch = batch_of(request, pk)
    if not batch.stored:
        raise Refused(_("The file of this import was not kept."))
    return serve(batch.stored, batch.file_name)
