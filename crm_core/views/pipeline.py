"""Pipelines: which kinds of accounts each serves."""

from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from crm_core.forms.pipeline import PipelineForm
from crm_core.kinds import KIND_FORMS
from crm_core.models import AccountKind, Outcome, Pipeline
from crm_core.services.opportunity import save_pipeline
from crm_core.views.hubs import SETTINGS, tabs_of
from crm_core.views.saving import answer_form
from foundation.ui.responses import redirect_with


@require_GET
@permission_required("crm_core.change_dictionary", raise_exception=True)
def pipeline_list(request: HttpRequest) -> HttpResponse:
    rows = list(Pipeline.objects.annotate(deals=Count("opportunities", filter=Q(opportunities__stage__outcome=Outcome.OPEN))).prefetch_related("stages"))
    for row in rows:
        row.kind_words = [AccountKind(kind).label for kind in row.kinds if kind in KIND_FORMS]  # type: ignore[attr-defined]
    uncovered = [kind.label for kind in AccountKind if not any(row.is_active and row.serves(kind) for row in rows)]
    return render(request, "crm_core/pipeline_list.html", {"hub": tabs_of(request, SETTINGS), "pipelines": rows, "uncovered": uncovered})


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_dictionary", raise_exception=True)
def pipeline_edit(request: HttpRequest, pk: int) -> HttpResponse:
    pipeline = get_object_or_404(Pipeline, pk=pk)
    form = PipelineForm(request.POST or None, instance=pipeline)

    def save() -> HttpResponse:
        save_pipeline(pipeline=pipeline, changes=form.cleaned_data, by=request.user)
        return redirect_with(request, reverse("crm_core:pipeline_list"), _("Saved."))

    context = {"pipeline": pipeline}
    return answer_form(request, form, template="crm_core/pipeline_form.html", feature="crm.pipeline.edit", save=save, context=context)
