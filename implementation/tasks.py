"""Background work of the rollout."""

from typing import Any

from django.utils import timezone

from foundation.jobs.models import Job
from implementation.services.reminders import remind_all


def send_reminders(job: Job) -> dict[str, Any]:
    """Once a day: documents due, waivers expiring, questions without an answer; running it again the same day tells nobody twice."""
    return remind_all(now=timezone.now(), progress=job.progress)
