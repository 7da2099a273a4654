"""Thin job entry points."""

from django.utils import timezone

from foundation.jobs.runner import JobRun
from foundation.usage.rollup import roll_up_pending


def roll_up(job: JobRun) -> dict[str, int]:
    """Roll up every day that has new events."""
    return {"days": roll_up_pending(timezone.localdate(), progress=job.progress)}
