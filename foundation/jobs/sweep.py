"""What keeps the promise when a worker or the queue does not: expired leases and undelivered jobs are sent again."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.jobs.models import Job, JobState
from foundation.jobs.runner import quarantine, run
from foundation.jobs.services import deliver

BATCH = 200


def sweep(*, now: datetime | None = None) -> int:
    """Send every due job that the queue has not just been told of; set aside those whose worker died at each try. Returns how many were sent."""
    moment = now or timezone.now()
    for job in Job.objects.due(moment).filter(state=JobState.RUNNING, fruitless__gte=settings.JOB_MAX_ATTEMPTS)[:BATCH]:
        quarantine(
            job,
            token=job.lease_token,
            detail=_("The worker stopped in the middle at each try; the last sign of life was at %(at)s.") % {"at": job.heartbeat_at},
        )
    old = moment - timedelta(seconds=settings.JOB_REDELIVER_SECONDS)
    waiting = Job.objects.due(moment).filter(Q(delivered_at__isnull=True) | Q(delivered_at__lt=old), fruitless__lt=settings.JOB_MAX_ATTEMPTS)
    return sum(1 for job in waiting.order_by("not_before")[:BATCH] if deliver(job, now=moment))


def run_waiting(*, now: datetime | None = None, limit: int = 1000) -> int:
    """Run every due job in this process, one after another, without the queue; for set-up, tests and machines without a worker."""
    ran = 0
    while ran < limit:
        moment = now or timezone.now()
        due = Job.objects.due(moment).filter(fruitless__lt=settings.JOB_MAX_ATTEMPTS).order_by("not_before", "created_at").values_list("pk", flat=True).first()
        if due is None:
            break
        run(due, now=moment)
        ran += 1
    return ran
