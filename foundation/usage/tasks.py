"""Thin job entry points."""

from django.utils import timezone

from foundation.jobs.runner import JobRun
from foundation.usage.rollup import days_to_roll, roll_up_day


def roll_up(job: JobRun) -> dict[str, int]:
    """Roll up every day that has new events."""
    days = days_to_roll(timezone.localdate())
    for number, day in enumerate(days, 1):
        roll_up_day(day)
        job.progress(number, len(days))
    return {"days": len(days)}
