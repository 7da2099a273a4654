"""Background work of the rollout."""

from typing import Any

from django.utils import timezone

from foundation.jobs.runner import JobRun
from implementation.services.reminders import remind_all


def send_reminders(job: JobRun) -> dict[str, Any]:
    """Once a day: documents due, waivers expiring, questions without an answer; running it again the same day tells nobody twice."""
    return remind_all(now=timezone.now(), progress=job.progress)
