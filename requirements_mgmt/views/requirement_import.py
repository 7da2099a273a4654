from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.exports import Column as SheetColumn
from foundation.exports import stream_response
from foundation.integrity import Refused
from foundation.jobs.models import Job
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with
from foundation.uploads import SHEETS, UploadRefused, accept
from requirements_mgmt.filters import visible_rollouts
from requirements_mgmt.forms import ImportForm, MappingForm
from requirements_mgmt.models import ImportState, ImportVerdict, Requirement, RequirementImport
from requirements_mgmt.services import remap_import, stage_import, start_import, start_undo
from requirements_mgmt.services.sheet_columns import HEADINGS
from requirements_mgmt.views.standing import in_rollout, rollout_here

imports = permission_required("requirements_mgmt.import_requirement", raise_exception=True)
PREVIEW = 200
VERDICT_TONES = {"create": "good", "update": "info", "skip": "neutral", "refuse": "bad"}
STATE_TONES = {"checked": "watch", "running": "info", "done": "good", "undone": "neutral"}
FIELD_LABELS = {name: getattr(Requirement._meta.get_field(name), "verbose_name", name) for name in HEADINGS}

COLUMNS = [
    Column("file", gettext_lazy("File"), "file_name", kind="link", url=RequirementImport.get_absolute_url, phone=True),
    Column("rollout", gettext_lazy("Rollout"), "rollout"),
    Column("state", gettext_lazy("State"), "get_state_display", sort="state", kind="badge", tone=lambda row: STATE_TONES[row.state], phone=True),
    Column("create", gettext_lazy("Created"), lambda row: row.counts.get("create", 0), kind="number", phone=True),
    Column("update", gettext_lazy("Updated"), lambda row: row.counts.get("update", 0), kind="number"),
    Column("skip", gettext_lazy("Unchanged"), lambda row: row.counts.get("skip", 0), kind="number"),
    Column("refuse", gettext_lazy("Refused"), lambda row: row.counts.get("refuse", 0), kind="number"),
    Column("by", gettext_lazy("Imported by"), "created_by", kind="person"),
    Column("at", gettext_lazy("Imported"), "created_at", sort="created_at", kind="datetime"),
]


@require_GET
@imports
def import_list(request: HttpRequest) -> HttpResponse:
    return list_response(
        request,
        queryset=RequirementImport.objects.visible_to(request.user).select_related("rollout", "created_by"),
        columns=COLUMNS,
        template="requirements_mgmt/import_list.html",
        key="requirements.imports",
        order=("-created_at", "-pk"),
        drawer=False,
    )


@require_http_methods(["GET", "POST"])
@imports
@in_rollout
def import_create(request: HttpRequest) -> HttpResponse:
    rollout = rollout_here(request)
    form = ImportForm(request.POST or None, request.FILES or None, initial={"rollout": rollout.pk, "department": rollout.department_id})
    form.fields["rollout"].queryset = visible_rollouts(request)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            accepted = accept(data["file"], kinds=SHEETS)
            batch = stage_import(
                file=accepted.file, name=accepted.name, rollout=data["rollout"], department=data["department"], by=request.user, now=timezone.now()
            )
            return redirect(batch.get_absolute_url())
        except (UploadRefused, Refused) as refusal:
            form.add_error("file", str(refusal))
    return render(request, "requirements_mgmt/import_form.html", {"form": form}, status=422 if form.errors else 200)


def _batch(request: HttpRequest, pk: int) -> RequirementImport:
    return get_object_or_404(RequirementImport.objects.visible_to(request.user).select_related("rollout", "department", "created_by"), pk=pk)


@require_GET
@imports
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    shown = request.GET.get("show", "")
    rows = batch.rows.select_related("requirement")
    if shown in ImportVerdict.values:
        rows = rows.filter(verdict=shown)
    preview = list(rows[:PREVIEW])
    for row in preview:
        row.tone = VERDICT_TONES[row.verdict]
    keys = [f"requirement-import-{batch.pk}", f"requirement-import-undo-{batch.pk}"]
    context = {
        "batch": batch,
        "tone": STATE_TONES[batch.state],
        "rows": preview,
        "more": rows.count() - len(preview),
        "shown": shown,
        "verdicts": [(verdict.value, verdict.label, batch.counts.get(verdict.value, 0), VERDICT_TONES[verdict]) for verdict in ImportVerdict],
        "job": Job.objects.filter(key__in=keys).order_by("-created_at").first(),
        "mapping_form": _mapping_form(batch),
        "may_apply": batch.state == ImportState.CHECKED and (batch.counts.get("create", 0) + batch.counts.get("update", 0)) > 0,
    }
    return render(request, "requirements_mgmt/import_detail.html", context)


def _mapping_form(batch: RequirementImport, data: Any = None) -> MappingForm | None:
    if batch.kind != "sheet" or batch.state != ImportState.CHECKED:
        return None
    fields = [(name, FIELD_LABELS[name]) for name in HEADINGS]
    return MappingForm(data, headers=batch.mapping.get("headers", []), current=batch.mapping.get("columns", {}), fields=fields)


@require_POST
@imports
def import_map(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    form = _mapping_form(batch, request.POST)
    if form is None or not form.is_valid():
        return redirect_with(request, batch.get_absolute_url(), _("The columns can only be chosen before the import is applied."), tone="watch")
    remap_import(batch=batch, mapping=form.mapping(), by=request.user)
    return redirect_with(request, batch.get_absolute_url(), _("The sheet was read again with these columns."))


@require_POST
@imports
def import_apply(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    start_import(batch=batch, by=request.user, now=timezone.now())
    return redirect(batch.get_absolute_url())


@require_POST
@imports
def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    batch = _batch(request, pk)
    start_undo(batch=batch, by=request.user, now=timezone.now())
    return redirect(batch.get_absolute_url())


@require_GET
@imports
def import_refused(request: HttpRequest, pk: int) -> HttpResponse:
    """The refused rows as they came, with the reason in the last column; put right and brought in again."""
    batch = _batch(request, pk)
    headers = batch.mapping.get("headers", [])
    columns = [
        *(SheetColumn(header, lambda line, place=place: line[0][place] if place < len(line[0]) else "") for place, header in enumerate(headers)),
        SheetColumn(_("Why it was refused"), lambda line: line[1]),
    ]
    return stream_response(columns, _refused_lines(batch), filename=f"{batch.file_name.rsplit('.', 1)[0]} {_('refused')}", kind="xlsx", title=_("Refused"))


def _refused_lines(batch: RequirementImport) -> Iterator[tuple[list[str], str]]:
    for row in batch.rows.filter(verdict=ImportVerdict.REFUSE, is_heading=False).iterator(chunk_size=500):
        yield row.raw, "; ".join(f"{reason['column']}: {reason['why']}" if reason["column"] else reason["why"] for reason in row.reasons)
