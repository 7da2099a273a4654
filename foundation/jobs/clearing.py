"""Scheduled jobs that ended well are forgotten after a while; what people started stays."""

from datetime import datetime, timedelta

from django.utils import timezone

from foundation.jobs.models import Job, JobState
from foundation.jobs.runner import JobRun

KEPT = timedelta(days=7)


def clear_done_jobs(job: JobRun) -> dict[str, int]:
    """The task of the nightly schedule."""
    return {"cleared": clear(now=timezone.now())}


def clear(*, now: datetime) -> int:
    """Delete jobs that nobody started and that ended well more than a week ago; returns how many."""
    count, _each = Job.objects.filter(by__isnull=True, state=JobState.DONE, finished_at__lt=now - KEPT).delete()
    return count
