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
from crm_core.models import Currency, Opportunity, Outcome, Pipeline, Stage
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


def forecast_months(rows: Any, today: date, months: int = MONTHS) -> dict[str, list[dict[str, Any]]]:
    """Won, weighted and best case per month of the close date, by currency; what should have closed earlier counts in this month.

    Weighted is amount times the stage's probability, best case the whole amount of what is open. Sums of one currency are never
    added to those of another. The main currency stands first, and alone where there is nothing to sum.
    """
    first = today.replace(day=1)
    wanted = [first]
    while len(wanted) < months:
        wanted.append(_after(wanted[-1]))
    found: dict[str, dict[date, dict[str, Any]]] = {}

    def slot_of(currency: str, month: date) -> dict[str, Any] | None:
        slots = found.setdefault(currency, {at: {"month": at, "won": Decimal(0), "weighted": Decimal(0), "best": Decimal(0), "count": 0} for at in wanted})
        return slots.get(month)

    counted = rows.filter(amount__isnull=False).order_by()
    opened = counted.filter(stage__outcome=Outcome.OPEN, close_on__isnull=False, close_on__lt=_after(wanted[-1]))
    opened = opened.annotate(month=TruncMonth("close_on")).values("currency", "month")
    for row in opened.annotate(weighted=Sum(WEIGHTED, output_field=MONEY), best=Sum("amount"), count=Count("pk")):
        if slot := slot_of(row["currency"], max(row["month"], first)):
            slot["weighted"] += row["weighted"]
            slot["best"] += row["best"]
            slot["count"] += row["count"]
    won = counted.filter(stage__outcome=Outcome.WON, closed_at__date__gte=first).annotate(month=TruncMonth("closed_at")).values("currency", "month")
    for row in won.annotate(total=Sum("amount")):
        month = timezone.localtime(row["month"]).date() if hasattr(row["month"], "hour") else row["month"]
        if slot := slot_of(row["currency"], month):
            slot["won"] += row["total"]
    known = [currency for currency in Currency.values if currency in found] or [Currency.CNY.value]
    slot_of(known[0], first)
    return {currency: list(found[currency].values()) for currency in known}


def _after(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _this_month(forecast: dict[str, list[dict[str, Any]]], key: str) -> str:
    """The sum of this month in each currency that has one."""
    sums = [(currency, months[0][key]) for currency, months in forecast.items()]
    return " + ".join(say_money(amount, currency) for currency, amount in sums if amount) or say_money(0, sums[0][0])


@require_GET
@permission_required("crm_core.view_opportunity", raise_exception=True)
def opportunity_forecast(request: HttpRequest) -> HttpResponse:
    rows, form = _rows(request)
    today = timezone.localdate()
    forecast = forecast_months(rows, today)
    context = {
        "forecast": forecast.items(),
        "won": _this_month(forecast, "won"),
        "weighted": _this_month(forecast, "weighted"),
        "best": _this_month(forecast, "best"),
        "without_amount": rows.open().filter(amount__isnull=True).count(),
        "undated": rows.open().filter(close_on__isnull=True).count(),
        "late": rows.open().filter(close_on__lt=today).count(),
        "chips": [chip for chip, bound in zip(chips_of(form), form, strict=True) if bound.name in {"owner", "pipeline"}],
    }
    return render(request, "crm_core/opportunity_forecast.html", context)


@require_GET
@permission_required("crm_core.view_opportunity", raise_exception=True)
def opportunity_forecast_data(request: HttpRequest) -> JsonResponse:
    """The chart's numbers in one currency: what is won, and on top of it what is weighted, by month."""
    rows, _form = _rows(request)
    forecast = forecast_months(rows, timezone.localdate())
    currency = request.GET.get("currency", "")
    currency = currency if currency in forecast else next(iter(forecast))
    months = forecast[currency]
    names = {"won": _("Won"), "weighted": _("Weighted"), "best": _("Best case")}
    return JsonResponse(
        {
            "kind": "bar",
            "unit": currency,
            "categories": [date_format(row["month"], "YEAR_MONTH_FORMAT") for row in months],
            "series": [{"name": names[key], "values": [float(row[key]) for row in months]} for key in names],
        }
    )
