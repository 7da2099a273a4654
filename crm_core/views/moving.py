from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crm_core.forms import MoveForm
from crm_core.models import Opportunity, Stage
from crm_core.services.opportunity import CannotMove, move_opportunity
from crm_core.views.board import column_answers
from crm_core.views.opportunity import opportunity_url
from foundation.integrity import Refused, Stale
from foundation.ui.conflicts import both_versions
from foundation.ui.responses import redirect_with
from foundation.usage.services import record_invalid

PLAIN = "text/plain; charset=utf-8"


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_opportunity", raise_exception=True)
def opportunity_move(request: HttpRequest, pk: int) -> HttpResponse:
    """A move from the board (JSON answer; 409 rolls it back), or from the form that asks what the stage needs."""
    rows = Opportunity.objects.visible_to(request.user).select_related("account", "stage", "pipeline")
    row = get_object_or_404(rows, pk=pk)
    if request.method == "POST" and "form" not in request.POST:
        return _from_board(request, row)
    initial = {"to": request.GET.get("to"), "version": row.version, "amount": row.amount, "close_on": row.close_on}
    form = MoveForm(request.POST or None, opportunity=row, initial=initial)
    context: dict[str, Any] = {"form": form, "opportunity": row, "next": request.POST.get("next") or request.GET.get("next", "")}
    if request.method == "GET":
        return render(request, "crm_core/opportunity_move.html", context)
    if not form.is_valid():
        record_invalid(by=request.user, feature="crm.opportunity.move", form=form, obj=row)
        return render(request, "crm_core/opportunity_move.html", context, status=422)
    try:
        row = _move(request, row, form)
    except Refused as error:
        form.add_error(None, str(error))
        for name in getattr(error, "missing", ()):
            form.add_error(name, _("This stage needs it."))
        if isinstance(error, Stale):
            row.refresh_from_db()
            context["conflict"] = both_versions(form, row, saved={"to": row.stage_id})
            context["saved_url"] = opportunity_url(row)
        return render(request, "crm_core/opportunity_move.html", context, status=409)
    back = context["next"]
    url = back if back and url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}) else opportunity_url(row)
    return redirect_with(request, url, _("%(deal)s: %(stage)s") % {"deal": row, "stage": row.stage})


def _move(request: HttpRequest, row: Opportunity, form: MoveForm) -> Opportunity:
    cleaned = form.cleaned_data
    return move_opportunity(
        opportunity=row,
        stage=cleaned["to"],
        version=cleaned["version"],
        by=request.user,
        now=timezone.now(),
        extra=form.extra(),
        reason=cleaned["lost_reason"],
    )


def _from_board(request: HttpRequest, row: Opportunity) -> HttpResponse:
    """The board has moved the card already: say yes with the new totals, say no, or ask for what the stage needs."""
    form = MoveForm(request.POST, opportunity=row)
    if not form.is_valid():
        record_invalid(by=request.user, feature="crm.opportunity.move", form=form, obj=row)
        return HttpResponse(_("This column is not a stage of the opportunity's pipeline."), status=422, content_type=PLAIN)
    before: Stage = row.stage
    try:
        row = _move(request, row, form)
    except CannotMove as error:
        if not error.missing:
            raise
        board = f"{reverse('crm_core:opportunity_board')}?pipeline={row.pipeline_id}"
        url = f"{reverse('crm_core:opportunity_move', args=[row.pk])}?to={form.cleaned_data['to'].pk}&next={board}"
        return JsonResponse({"sentence": str(error), "version": row.version}, headers={"HX-Redirect": url})
    except Refused as error:
        return HttpResponse(str(error), status=409, content_type=PLAIN)
    return JsonResponse({"version": row.version, "stage": row.stage_id, "columns": column_answers(request, [before, row.stage])})
