"""Thin job entry points of feedback."""

from datetime import date, timedelta

from django.utils import timezone

from feedback.models import MetricValue
from feedback.services.backlog import diagnose_day
from feedback.services.metrics import measure_day
from feedback.services.tickets import escalate_overdue
from foundation.jobs.runner import JobRun


def measure(job: JobRun) -> dict[str, int]:
    """Measure every day up to yesterday that has not been measured (at most 28), then diagnose the last."""
    yesterday = timezone.localdate() - timedelta(days=1)
    last: date | None = MetricValue.objects.order_by("-day").values_list("day", flat=True).first()
    first = max(last + timedelta(days=1) if last else yesterday, yesterday - timedelta(days=27))
    days = [first + timedelta(days=n) for n in range((yesterday - first).days + 1)] or [yesterday]
    rows = 0
    for number, day in enumerate(days, 1):
        rows += measure_day(day=day)
        job.progress(number, len(days))
    return {"days": len(days), "values": rows, **diagnose_day(day=days[-1], now=timezone.now())}


def escalate(job: JobRun) -> dict[str, int]:
    """Hand overdue legs of tickets to deputies."""
    return {"escalated": escalate_overdue(now=timezone.now())}
