from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from foundation.ui.responses import redirect_with
from requirements_mgmt.models import Requirement, Trace, TraceKind
from requirements_mgmt.services import add_trace, clear_trace, remove_trace
from requirements_mgmt.trace_types import TraceType, trace_types
from requirements_mgmt.views.standing import edits, visible_requirement


def _type(key: str) -> TraceType:
    found = trace_types().get(key)
    if found is None:
        raise Http404
    return found


@require_GET
@edits
def trace_find(request: HttpRequest, pk: int) -> HttpResponse:
    """Things of one kind that hold the typed text, each with the buttons that link it."""
    requirement = visible_requirement(request, pk)
    entry = _type(request.GET.get("type", "requirement"))
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    rows = entry.find(request.user, text) if text else []
    found = [{"pk": row.pk, "title": str(row)} for row in rows if not (entry.model is Requirement and row.pk == requirement.pk)]
    kind = request.GET.get("kind", "")
    context = {"requirement": requirement, "found": found, "entry": entry, "text": text, "kind": kind if kind in TraceKind.values else TraceKind.REFINES}
    return render(request, "requirements_mgmt/_trace_found.html", context)


@require_POST
@edits
def trace_create(request: HttpRequest, pk: int) -> HttpResponse:
    requirement = visible_requirement(request, pk)
    entry = _type(request.POST.get("type", ""))
    other = request.POST.get("other", "")
    row = get_object_or_404(entry.visible(request.user), pk=int(other) if other.isdecimal() and len(other) < 19 else 0)
    source, target = (row, requirement) if request.POST.get("direction") == "in" else (requirement, row)
    add_trace(source=source, target=target, kind=request.POST.get("kind", ""), note=request.POST.get("note", ""), by=request.user, now=timezone.now())
    return redirect_with(request, f"{requirement.get_absolute_url()}#links", _("Linked with %(title)s.") % {"title": row})


def _trace(requirement: Requirement, trace_pk: int) -> Trace:
    return get_object_or_404(Trace.objects.touching("requirement", [requirement.pk]), pk=trace_pk)


@require_POST
@edits
def trace_remove(request: HttpRequest, pk: int, trace_pk: int) -> HttpResponse:
    requirement = visible_requirement(request, pk)
    remove_trace(trace=_trace(requirement, trace_pk), by=request.user)
    return redirect_with(request, f"{requirement.get_absolute_url()}#links", _("The link is removed."))


@require_POST
@edits
def trace_clear(request: HttpRequest, pk: int, trace_pk: int) -> HttpResponse:
    requirement = visible_requirement(request, pk)
    clear_trace(trace=_trace(requirement, trace_pk), by=request.user, now=timezone.now())
    return redirect_with(request, f"{requirement.get_absolute_url()}#links", _("The link is checked: it holds for the text as it stands."))
