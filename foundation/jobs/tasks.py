"""Celery entry points: they carry an id and wake the runner, nothing else."""

from celery import shared_task
from django.conf import settings
from django.utils.translation import gettext as _

from foundation.jobs import sweep as sweeper
from foundation.jobs.runner import run
from foundation.jobs.services import enqueue


@shared_task(name="jobs.run_job", ignore_result=True, acks_late=True)
def run_job(job_id: str) -> None:
    """Run one job; a second message for it does nothing."""
    run(job_id)


@shared_task(name="jobs.sweep", ignore_result=True, expires=60)
def sweep() -> None:
    """Send again what fell through."""
    sweeper.sweep()


@shared_task(name="jobs.start_scheduled", ignore_result=True, expires=600)
def start_scheduled(name: str, task: str) -> None:
    """Write the job of a schedule, unless its last one is still open."""
    if task in settings.JOB_TASKS:
        enqueue(task=task, by=None, title=_("Scheduled: %(name)s") % {"name": name}, key=f"schedule-{name}")
