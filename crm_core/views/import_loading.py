"""What is decided about an import and what is done with it: load, stop, go on, undo, throw away."""

from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crm_core.models import BatchState, ImportBatch
from crm_core.services.collecting import go_on_later
from crm_core.services.importing import (
    FATES,
    CannotApply,
    CannotStage,
    CannotUndo,
    decide_rows,
    drop_batch,
    finish_apply,
    judged_rows,
    preview_undo,
    start_apply,
    start_undo,
    stop_check,
)
from crm_core.views.import_steps import RESUMED, batch_of, is_working, start, url_of
from foundation.jobs.services import cancel_job
from foundation.ui.responses import redirect_with
from foundation.usage.models import Verb
from foundation.usage.services import record

STAYING = 50


def _number(text: str, digits: int) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= digits else None


@require_POST
@permission_required("crm_core.import_account", raise_exception=True)
def import_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide about one row in question, about those that are ticked, or about all that are open."""
    batch = batch_of(request, pk)
    rows = [number for text in request.POST.getlist("row") if (number := _number(text, 9)) is not None]
    is_some = "all" not in request.POST and ("row" in request.POST or "ticked" in request.POST)
    done = decide_rows(
        batch=batch,
        decision=request.POST.get("decision", ""),
        rows=rows if is_some else None,
        question=request.POST.get("question", ""),
        target=_number(request.POST.get("target", ""), 17),
        was=request.POST.get("was") if len(rows) == 1 else None,
        by=request.user,
        now=timezone.now(),
    )
    back = request.POST.get("back", "waiting")
    back = back if back in ("waiting", "decided") else "waiting"
    if is_some and not rows:
        return redirect_with(request, f"{url_of('import_detail', batch)}?action={back}", _("Tick the rows that are meant."), "watch")
    tone = "good" if done else "watch"
    sentence = _("Decided about %(count)d rows.") % {"count": done} if done else _("Nothing was decided: those rows cannot be treated like that.")
    return redirect_with(request, f"{url_of('import_detail', batch)}?action={back}", sentence, tone)


@require_POST
@permission_required("crm_core.import_account", raise_exception=True)
def import_apply(request: HttpRequest, pk: int) -> HttpResponse:
    batch = batch_of(request, pk)
    with transaction.atomic():  # with its job, so that a kill between the two leaves no import that nobody writes
        start_apply(batch=batch, by=request.user, now=timezone.now())
        start(request, batch, "apply")
    return redirect_with(request, url_of("import_detail", batch), _("The import has started; you may leave this page."))


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.import_account", raise_exception=True)
def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """What an undo would take away, put back and leave, before it is asked for."""
    batch = batch_of(request, pk)
    if request.method == "POST":
        with transaction.atomic():
            start_undo(batch=batch, by=request.user, now=timezone.now())
            start(request, batch, "undo")
        return redirect_with(request, url_of("import_detail", batch), _("The rows are being taken back; you may leave this page."))
    if batch.state != BatchState.APPLIED:
        raise CannotUndo(_("Only an applied import can be undone."))
    counts = preview_undo(batch)
    staying = judged_rows(batch).exclude(fate__in=("delete", "put_back")).order_by("row_no")[:STAYING]
    context = {
        "batch": batch,
        "away": counts.get("delete", 0),
        "back": counts.get("put_back", 0),
        "reasons": [(label, counts[key]) for key, label in FATES.items() if key in counts and key not in ("delete", "put_back")],
        "staying": [{"row": row, "reason": FATES[row.fate], "name": _name_of(batch, row.raw), "url": _record_url(batch, row.target_id)} for row in staying],
        "stays": sum(count for key, count in counts.items() if key not in ("delete", "put_back")),
    }
    return render(request, "crm_core/import_undo.html", context)


def _name_of(batch: ImportBatch, raw: list[str]) -> str:
    place = next((int(place) for place, key in batch.mapping.items() if key == "name"), -1)
    return raw[place] if 0 <= place < len(raw) else ""


def _record_url(batch: ImportBatch, target: int | None) -> str:
    return reverse(f"crm_core:{batch.kind}_detail", args=[target]) if target else ""


@require_POST
@permission_required("crm_core.import_account", raise_exception=True)
def import_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop what is under way; what was loaded so far stays and can be gone on with."""
    batch = batch_of(request, pk)
    if batch.job is None:
        raise CannotApply(_("Nothing is under way."))
    cancel_job(job=batch.job, by=request.user, now=timezone.now())
    stop_check(batch)
    record(by=request.user, feature="crm.import.stop", verb=Verb.UPDATE, obj=batch)
    return redirect_with(request, url_of("import_detail", batch), _("Stopped. You can go on later."))


@require_POST
@permission_required("crm_core.import_account", raise_exception=True)
def import_resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on with a step that was stopped or broke off, behind the last row that it has finished."""
    batch = batch_of(request, pk)
    with transaction.atomic():
        ImportBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
        batch.refresh_from_db(fields=["state", "job"])
        step = RESUMED.get(BatchState(batch.state))
        if step is None or is_working(batch):
            raise CannotApply(_("There is nothing to go on with."))
        start(request, batch, step)
        record(by=request.user, feature="crm.import.resume", verb=Verb.UPDATE, obj=batch)
    return redirect_with(request, url_of("import_detail", batch), _("It goes on; you may leave this page."))


@require_POST
@permission_required("crm_core.import_account", raise_exception=True)
def import_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave a stopped load as it is: what was loaded counts and can be undone, the rest is left out."""
    batch = batch_of(request, pk)
    if batch.state not in (BatchState.APPLYING, BatchState.PARTLY) or is_working(batch):
        raise CannotApply(_("Stop the load first."))
    with transaction.atomic():
        finish_apply(batch=batch, by=request.user, now=timezone.now())
        go_on_later(batch=batch, by=request.user)
    record(by=request.user, feature="crm.import.end", verb=Verb.UPDATE, obj=batch)
    return redirect_with(request, url_of("import_detail", batch), _("Ended here; the remaining rows were left out."))


@require_POST
@permission_required("crm_core.import_account", raise_exception=True)
def import_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw away a file of which nothing was loaded."""
    batch = batch_of(request, pk)
    if is_working(batch):
        raise CannotStage(_("Stop what is under way first."))
    record(by=request.user, feature="crm.import.drop", verb=Verb.DELETE, obj=batch)
    drop_batch(batch)
    return redirect_with(request, reverse("crm_core:import_list"), _("“%(file)s” was thrown away.") % {"file": batch.file_name})
