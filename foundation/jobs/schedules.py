"""Schedules are settings; the rows that the clock process reads are made from them."""

import json
from typing import Any

from django.conf import settings
from django.db import transaction
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask, PeriodicTasks

PREFIX = "suite: "

MINUTE_FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")


def when(rule: str | float) -> dict[str, Any]:
    """A crontab of five fields in the suite's time zone, or a number of seconds, as columns of PeriodicTask."""
    if isinstance(rule, str):
        fields = dict(zip(MINUTE_FIELDS, rule.split(), strict=True))
        crontab, _made = CrontabSchedule.objects.get_or_create(**fields, timezone=settings.TIME_ZONE)
        return {"crontab": crontab, "interval": None}
    interval = IntervalSchedule.objects.filter(every=max(1, round(rule)), period=IntervalSchedule.SECONDS).first()
    if interval is None:
        interval = IntervalSchedule.objects.create(every=max(1, round(rule)), period=IntervalSchedule.SECONDS)
    return {"interval": interval, "crontab": None}


@transaction.atomic
def sync_schedules() -> int:
    """Make the clock's rows say what ``settings.SCHEDULES`` says; rows of ours that are no longer there go. Returns how many there are."""
    kept = []
    for name, task, rule in [("sweep of jobs", "", settings.JOB_SWEEP_SECONDS), *settings.SCHEDULES]:
        wanted = {
            **when(rule),
            "task": "jobs.start_scheduled" if task else "jobs.sweep",
            "args": json.dumps([name, task] if task else []),
            "enabled": True,
        }
        row = PeriodicTask.objects.filter(name=PREFIX + name).first()
        if row is None:
            row = PeriodicTask(name=PREFIX + name)
        if row.pk is None or any(getattr(row, field) != value for field, value in wanted.items()):
            for field, value in wanted.items():
                setattr(row, field, value)
            row.save()
        kept.append(row.pk)
    gone, _each = PeriodicTask.objects.filter(name__startswith=PREFIX).exclude(pk__in=kept).delete()
    if gone:
        PeriodicTasks.update_changed()
    return len(kept)
