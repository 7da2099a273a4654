from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.db.models import Count, DecimalField, F, Min, Sum, Value
from django.db.models.functions import TruncMonth
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from crm_core.filters import OpportunityFilter
from crm_core.models import Opportunity, Outcome, Pipeline, Stage
from crm_core.views.opportunity import opportunity_url
from foundation.ui.boards import Board, BoardColumn, Card
from foundation.ui.dates import say_money
from foundation.ui.filters import chips_of

CARDS = 50
MONTHS = 6
WEIGHTED = F("amount") * F("stage__probability") / Value(Decimal(100))
MONEY = DecimalField(max_digits=18, decimal_places=2)


def _rows(request: HttpRequest) -> tuple[Any, Any]:
    bound = OpportunityFilter(request.GET, queryset=Opportunity.objects.visible_to(request.user), request=request)
    return bound.qs, bound.form


@require_GET
@permission_required("crm_core.view_opportunity", raise_exception=True)
def opportunity_board(request: HttpRequest) -> HttpResponse:
    """The same rows and filters as the list, a column per stage of one pipeline."""
    pipelines = list(Pipeline.objects.all())
    asked = request.GET.get("pipeline", "")
    pipeline = next((row for row in pipelines if str(row.pk) == asked), pipelines[0] if pipelines else None)
    rows, form = _rows(request)
    rows = rows.filter(pipeline=pipeline)
    may_move = request.user.has_perm("crm_core.change_opportunity")
    sums = _sums(rows)
    stages = list(pipeline.stages.all()) if pipeline else []
    columns = [_column(request, stage, rows, sums.get(stage.pk, {}), may_move) for stage in stages]
    chips = [chip for chip, bound in zip(chips_of(form), form, strict=True) if bound.name in {"owner", "close", "step"}]
    context = {
        "board": Board(_("Pipeline board"), columns),
        "pipeline": pipeline,
        "pipelines": pipelines,
        "chips": chips,
        "is_narrowed": any(chip.is_set for chip in chips),
    }
    return render(request, "crm_core/opportunity_board.html", context)


def _sums(rows: Any) -> dict[int, dict[str, Any]]:
    """Count, amount and weighted amount per stage, of all rows and not only of those shown; in the main currency of the stage."""
    found: dict[int, dict[str, Any]] = {}
    parts = rows.order_by().values("stage", "currency")
    for row in parts.annotate(count=Count("pk"), total=Sum("amount"), weighted=Sum(WEIGHTED, output_field=MONEY), oldest=Min("stage_since")):
        stage = found.setdefault(row["stage"], {"count": 0, "totals": [], "oldest": row["oldest"]})
        stage["count"] += row["count"]
        stage["oldest"] = min(stage["oldest"], row["oldest"])
        if row["total"]:
            stage["totals"].append((row["currency"], row["total"], row["weighted"] or 0))
    return found


def _column(request: HttpRequest, stage: Stage, rows: Any, sums: dict[str, Any], may_move: bool) -> BoardColumn:
    shown = rows.filter(stage=stage).select_related("account", "owner", "stage").order_by("close_on", "-stage_since", "pk")[:CARDS]
    words = _total_words(stage, sums)
    count = sums.get("count", 0)
    more = f"{reverse('crm_core:opportunity_list')}?stage={stage.pk}" if count > CARDS else ""
    title = f"{stage} · {stage.probability}%" if stage.outcome == Outcome.OPEN else str(stage)
    tone = {Outcome.WON: "good", Outcome.LOST: "bad"}.get(Outcome(stage.outcome), "")
    cards = [_card(row, may_move) for row in shown]
    return BoardColumn(
        key=stage.pk, title=title, cards=cards, count=count, total=words, tone=tone, more_url=more, more_text=_("All %(count)d") % {"count": count}
    )


def _total_words(stage: Stage, sums: dict[str, Any]) -> str:
    """The sum of a column, and for open stages what it is worth by its probability."""
    totals = sums.get("totals", [])
    words = " + ".join(say_money(total, currency) for currency, total, _weighted in totals)
    if stage.outcome == Outcome.OPEN and totals:
        weighted = " + ".join(say_money(weight, currency) for currency, _total, weight in totals)
        words = _("%(total)s, weighted %(weighted)s") % {"total": words, "weighted": weighted}
    if stage.outcome == Outcome.OPEN and "oldest" in sums:
        days = max((timezone.now() - sums["oldest"]).days, 0)
        oldest = ngettext("oldest %(days)d day", "oldest %(days)d days", days) % {"days": days}
        words = f"{words} · {oldest}" if words else oldest
    return words


def column_answers(request: HttpRequest, stages: list[Stage]) -> dict[str, dict[str, Any]]:
    """Count and total of the columns that a move touched, for the board to show."""
    sums = _sums(Opportunity.objects.visible_to(request.user).filter(stage__in=stages))
    return {str(stage.pk): {"count": sums.get(stage.pk, {}).get("count", 0), "total": _total_words(stage, sums.get(stage.pk, {}))} for stage in stages}


def _card(row: Opportunity, may_move: bool) -> Card:
    lines = [str(row.account)]
    if row.close_on and row.is_open:
        late = row.close_on < timezone.localdate()
        day = date_format(row.close_on, "SHORT_DATE_FORMAT")
        lines.append((_("was to close on %(day)s") if late else _("closes on %(day)s")) % {"day": day})
    if row.is_open and row.next_step_on is None:
        lines.append(_("no next step"))
    days = row.days_in_stage
    return Card(
        pk=row.pk,
        title=row.name,
        url=opportunity_url(row),
        lines=tuple(lines),
        amount=say_money(row.amount, row.currency) if row.amount is not None else "",
        badge=ngettext("%(days)d day", "%(days)d days", days) % {"days": days} if row.is_open else "",
        tone="watch" if row.is_late else "neutral",
        person=row.owner,
        move_url=reverse("crm_core:opportunity_move", args=[row.pk]) if may_move else "",
        version=row.version,
    )


# --- forecast -------------------------------------------------------------------------------------------


def forecast_months(rows: Any, today: date, months: int = MONTHS) -> list[dict[str, Any]]:
    """Won, weighted and best case per month of the close date, in CNY; what should have closed earlier counts in this month.

    Weighted is amount times the stage's probability, best case the whole amount of what is open.
    """
    first = today.replace(day=1)
    wanted = [first]
    while len(wanted) < months:
        last = wanted[-1]
        wanted.append(date(last.year + last.month // 12, last.month % 12 + 1, 1))
    found = {month: {"month": month, "won": Decimal(0), "weighted": Decimal(0), "best": Decimal(0), "count": 0} for month in wanted}
    counted = rows.filter(currency="CNY", amount__isnull=False).order_by()
    opened = counted.filter(stage__outcome=Outcome.OPEN, close_on__isnull=False).annotate(month=TruncMonth("close_on")).values("month")
    for row in opened.annotate(weighted=Sum(WEIGHTED, output_field=MONEY), best=Sum("amount"), count=Count("pk")):
        slot = found.get(max(row["month"], first))
        if slot:
            slot["weighted"] += row["weighted"]
            slot["best"] += row["best"]
            slot["count"] += row["count"]
    won = (
        counted.filter(stage__outcome=Outcome.WON, closed_at__date__gte=first)
        .annotate(month=TruncMonth("closed_at"))
        .values("month")
        .annotate(total=Sum("amount"))
    )
    for row in won:
        month = timezone.localtime(row["month"]).date() if hasattr(row["month"], "hour") else row["month"]
        if month in found:
            found[month]["won"] += row["total"]
    return list(found.values())


@require_GET
@permission_required("crm_core.view_opportunity", raise_exception=True)
def opportunity_forecast(request: HttpRequest) -> HttpResponse:
    rows, form = _rows(request)
    today = timezone.localdate()
    months = forecast_months(rows, today)
    context = {
        "months": months,
        "now": months[0],
        "undated": rows.open().filter(close_on__isnull=True).count(),
        "late": rows.open().filter(close_on__lt=today).count(),
        "chips": [chip for chip, bound in zip(chips_of(form), form, strict=True) if bound.name in {"owner", "pipeline"}],
        "query": request.GET.urlencode(),
    }
    return render(request, "crm_core/opportunity_forecast.html", context)


@require_GET
@permission_required("crm_core.view_opportunity", raise_exception=True)
def opportunity_forecast_data(request: HttpRequest) -> JsonResponse:
    """The chart's numbers: what is won, and on top of it what is weighted, by month."""
    rows, _form = _rows(request)
    months = forecast_months(rows, timezone.localdate())
    names = {"won": _("Won"), "weighted": _("Weighted"), "best": _("Best case")}
    return JsonResponse(
        {
            "kind": "bar",
            "unit": "CNY",
            "categories": [date_format(row["month"], "YEAR_MONTH_FORMAT") for row in months],
            "series": [{"name": names[key], "values": [float(row[key]) for row in months]} for key in names],
        }
    )
