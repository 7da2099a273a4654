from collections import defaultdict
from datetime import timedelta

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from feedback.models import Diagnosis, MetricKey, MetricValue
from feedback.services.backlog import TARGETS
from feedback.services.metrics import SMALL_GROUP
from foundation.people.access import roles
from foundation.people.models import Department

SHOWN = [MetricKey.ACTIVE_RATIO, MetricKey.ENTRY_LAG, MetricKey.COMPLETENESS, MetricKey.FIRST_PASS, MetricKey.TRAINING, MetricKey.TICKET_RATE]


def _tone(metric: str, value: float | None) -> str:
    target = TARGETS.get(metric)
    if value is None or target is None:
        return ""
    return "good" if value >= target else "watch" if value >= target - 0.2 else "bad"


def _words(metric: str, value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:.1f}" if metric == MetricKey.TICKET_RATE else f"{value:.0%}"


def _cell(metric: str, rows: list[MetricValue]) -> dict:
    """The ratio of several groups together: parts summed, small groups hidden."""
    people = sum(row.people for row in rows)
    denominator = sum(row.denominator for row in rows)
    if people < SMALL_GROUP:
        return {"hidden": bool(people), "text": "—", "tone": ""}
    value = sum(row.numerator for row in rows) / denominator if denominator else None
    return {
        "text": _words(metric, value),
        "tone": _tone(metric, value),
        "parts": f"{sum(row.numerator for row in rows):g} / {denominator:g}",
        "people": people,
        "value": value,
    }


@require_GET
@permission_required("feedback.view_adoption", raise_exception=True)
def adoption(request: HttpRequest) -> HttpResponse:
    """Who works in the CRM and how well, per department and role, on the last measured day."""
    visible = MetricValue.objects.visible_to(request.user)
    day = visible.order_by("-day").values_list("day", flat=True).first()
    grid: dict[tuple[int, str], dict[str, list[MetricValue]]] = defaultdict(lambda: defaultdict(list))
    total: dict[str, list[MetricValue]] = defaultdict(list)
    for row in visible.filter(day=day) if day else []:
        grid[(row.department_id, row.role)][row.metric].append(row)
        total[row.metric].append(row)
    departments = Department.objects.in_bulk({department for department, _role in grid})
    names = roles()
    rows = [
        {
            "department": departments[department],
            "role": names[role].name if role in names else role,
            "cells": [_cell(metric, values[metric]) for metric in SHOWN],
        }
        for (department, role), values in sorted(grid.items(), key=lambda item: (departments[item[0][0]].path, item[0][1]))
    ]
    context = {
        "day": day,
        "heads": [MetricKey(metric).label for metric in SHOWN],
        "rows": rows,
        "stats": [{"label": MetricKey(metric).label, **_cell(metric, total[metric])} for metric in SHOWN] if day else [],
        "charts": [(metric.value, MetricKey(metric).label) for metric in SHOWN[:4]],
        "diagnoses": Diagnosis.objects.visible_to(request.user).filter(day=day).select_related("department").prefetch_related("backlog_items") if day else [],
        "small": SMALL_GROUP,
    }
    return render(request, "feedback/adoption.html", context)


@require_GET
@permission_required("feedback.view_adoption", raise_exception=True)
def metric_chart(request: HttpRequest, metric_key: str) -> HttpResponse:
    """One metric over the last 90 days, a line per business unit (or department), at most six."""
    if metric_key not in MetricKey.values:
        raise Http404
    since = timezone.localdate() - timedelta(days=90)
    sums: dict[int, dict] = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0, 0]))
    rows = MetricValue.objects.visible_to(request.user).filter(metric=metric_key, day__gte=since).select_related("department")
    for row in rows.iterator(chunk_size=2000):
        cell = sums[row.department.business_unit_id or row.department_id][row.day]
        cell[0] += row.numerator
        cell[1] += row.denominator
        cell[2] += row.people
    names = Department.objects.in_bulk(list(sums))
    days = sorted({day for values in sums.values() for day in values})
    is_rate = metric_key == MetricKey.TICKET_RATE
    series = []
    for unit, values in sorted(sums.items(), key=lambda item: names[item[0]].path)[:6]:
        data = []
        for day in days:
            numerator, denominator, people = values.get(day, (0, 0, 0))
            data.append(round(numerator / denominator * (1 if is_rate else 100), 1) if denominator and people >= SMALL_GROUP else None)
        series.append({"name": str(names[unit]), "values": data})
    return JsonResponse(
        {
            "kind": "line",
            "unit": "" if is_rate else "%",
            "x": gettext("Day"),
            "categories": [day.isoformat() for day in days],
            "series": series,
        }
    )
