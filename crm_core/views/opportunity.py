from functools import partial
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from crm_core.filters import OpportunityFilter
from crm_core.forms import MoveForm, OpportunityForm
from crm_core.models import Account, Opportunity, Outcome
from crm_core.searching import search_veil
from crm_core.services.opportunity import create_opportunity, update_opportunity
from crm_core.timeline import opportunity_timeline
from crm_core.views.custom_lists import list_parts
from crm_core.views.facts import fact_sections, facts_of
from crm_core.views.saving import answer_form
from foundation.search.lists import IndexedSearch
from foundation.ui.addresses import row_address
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with

STAGE_TONES = {Outcome.WON: "good", Outcome.LOST: "bad", Outcome.OPEN: "info"}


opportunity_url = row_address("crm_core:opportunity_detail")


def _stage_tone(row: Opportunity) -> str:
    return "watch" if row.is_late else STAGE_TONES[Outcome(row.stage.outcome)]


COLUMNS = [
    Column("name", gettext_lazy("Name"), sort="name", kind="link", url=opportunity_url, phone=True),
    Column("account", gettext_lazy("Account"), value="account", phone=True),
    Column("stage", gettext_lazy("Sales stage"), value="stage", kind="badge", tone=_stage_tone, phone=True),
    Column("amount", gettext_lazy("Amount"), kind="money", currency=lambda row: row.currency, phone=True),
    Column("close_on", gettext_lazy("Close date"), kind="date"),
    Column("days", gettext_lazy("Days in stage"), value="days_in_stage", kind="number", sort="-stage_since"),
    Column("next_step_on", gettext_lazy("Next step"), kind="date"),
    Column("owner", gettext_lazy("Owner"), value="owner", kind="person"),
    Column("pipeline", gettext_lazy("Pipeline"), value="pipeline", default=False),
    Column("probability", gettext_lazy("Probability"), value="stage.probability", kind="number", default=False),
    Column("reason", gettext_lazy("Reason"), value=lambda row: row.get_close_reason_display(), default=False),
    Column("created_at", pgettext_lazy("moment", "Created"), kind="datetime", sort="created_at", default=False),
]


@require_GET
@permission_required("crm_core.view_opportunity", raise_exception=True)
def opportunity_list(request: HttpRequest) -> HttpResponse:
    return list_response(
        request,
        **list_parts(
            request,
            "opportunity",
            rows=Opportunity.objects.listed_for(request.user).select_related("account", "stage", "pipeline", "owner"),
            columns=COLUMNS,
            filterset=OpportunityFilter,
            key="crm.opportunities",
        ),
        template="crm_core/opportunity_list.html",
        search=IndexedSearch(veil=partial(search_veil, by=request.user)),
        order=("-pk",),
        export_permission="crm_core.export_account",
    )


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.add_opportunity", raise_exception=True)
def opportunity_create(request: HttpRequest) -> HttpResponse:
    account = None
    if (asked := request.GET.get("account", "")).isdecimal() and len(asked) < 19:
        account = Account.objects.visible_to(request.user).filter(pk=asked).first()
    form = OpportunityForm(request.POST or None, by=request.user, account=None if request.method == "POST" else account, initial={"account": account})

    def save() -> HttpResponse:
        facts = form.changes
        row = create_opportunity(account=facts.pop("account"), data=facts, by=request.user, now=timezone.now())
        return redirect_with(request, opportunity_url(row), _("%(deal)s is open.") % {"deal": row})

    return answer_form(request, form, template="crm_core/opportunity_form.html", feature="crm.opportunity.create", save=save, context={"account": account})


def _opportunity(request: HttpRequest, pk: int) -> Opportunity:
    return get_object_or_404(Opportunity.objects.visible_to(request.user).select_related("account", "stage", "pipeline", "owner", "contact"), pk=pk)


@require_GET
@permission_required("crm_core.view_opportunity", raise_exception=True)
def opportunity_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "crm_core/opportunity_detail.html", _page(request, _opportunity(request, pk)))


def _page(request: HttpRequest, row: Opportunity, form: MoveForm | None = None) -> dict[str, Any]:
    form = form or MoveForm(opportunity=row, initial={"version": row.version, "amount": row.amount, "close_on": row.close_on})
    stages = list(row.pipeline.stages.all())
    reached = {move.to_stage_id for move in row.moves.all()}
    return {
        "opportunity": row,
        "facts": facts_of(row, OpportunityForm, by=request.user, leave_out=("account", "pipeline")),
        "fact_sections": fact_sections(row, by=request.user),
        "may_change": request.user.has_perm("crm_core.change_opportunity"),
        "track": [{"stage": stage, "is_now": stage.pk == row.stage_id, "was": stage.pk in reached} for stage in stages if stage.outcome == Outcome.OPEN],
        "ends": [stage for stage in stages if stage.outcome != Outcome.OPEN],
        "form": form,
        "tasks": row.tasks.open().select_related("owner"),
        "timeline": opportunity_timeline(row, by=request.user),
        "stays": _stays(row),
    }


def _stays(row: Opportunity) -> list[dict[str, Any]]:
    """How many days the deal spent in each stage, in the order of its path."""
    moves = list(row.moves.select_related("to_stage"))
    found = []
    for place, move in enumerate(moves):
        until = moves[place + 1].moved_at if place + 1 < len(moves) else (row.closed_at or timezone.now())
        found.append({"stage": move.to_stage, "days": max((until - move.moved_at).days, 0), "is_now": place + 1 == len(moves)})
    return found


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.change_opportunity", raise_exception=True)
def opportunity_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = _opportunity(request, pk)
    form = OpportunityForm(request.POST or None, instance=row, by=request.user)

    def save() -> HttpResponse:
        update_opportunity(opportunity=row, changes=form.changes, version=form.sent_version(), by=request.user, now=timezone.now())
        return redirect_with(request, opportunity_url(row), _("Saved."))

    context = {"opportunity": row}
    return answer_form(request, form, template="crm_core/opportunity_form.html", feature="crm.opportunity.edit", save=save, context=context, obj=row)
