"""Asking for work in the background, cancelling it, running it again."""

import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foundation.integrity import Refused
from foundation.jobs.models import OPEN_STATES, Job, JobState

log = logging.getLogger(__name__)
MAX_TEXT = 80


class CannotCancel(Refused):
    """The job has already ended."""


class CannotRerun(Refused):
    """The job still waits or runs."""


def enqueue(
    *,
    task: str,
    by: Any,
    title: Any,
    payload: dict[str, Any] | None = None,
    key: str = "",
    permission: str = "",
    url: str = "",
    not_before: datetime | None = None,
    again: bool = False,
    now: datetime | None = None,
) -> Job:
    """Write a job in the caller's transaction; the queue is told after commit.

    ``payload`` holds ids and short codes only. While a job with the same ``key`` waits or runs, that one is returned; with ``again``
    one that runs will do so once more, because it may have looked at the rows before the caller changed them.
    With ``permission`` the job stops as soon as the starter no longer holds it. ``by`` is None for scheduled work.
    """
    if task not in settings.JOB_TASKS:
        raise ValueError(f"{task} is not in settings.JOB_TASKS.")
    payload = dict(payload or {})
    _check_payload(payload)
    moment = now or timezone.now()
    job = Job(
        task=task, by=by, title=str(title)[:200], payload=payload, key=key, permission=permission, url=url, created_at=moment, not_before=not_before or moment
    )
    while key:
        standing = _standing(key, again_by=by if again else None)
        if standing is not None:
            return standing
        try:
            with transaction.atomic():
                job.save(force_insert=True)
            break
        except IntegrityError:  # somebody asked for the same at the same moment
            continue
    else:
        job.save(force_insert=True)
    transaction.on_commit(lambda: deliver(job, now=moment))
    return job


def _standing(key: str, *, again_by: Any) -> Job | None:
    """The open job of a key. Asked for again, it is marked while it is still open: its run cannot end without seeing that, and one that has ended meanwhile does not count."""
    standing = Job.objects.open().filter(key=key).first()
    if standing is None or again_by is None:
        return standing
    marked = Job.objects.open().filter(pk=standing.pk).update(again_by=again_by)
    return standing if marked else None


def _check_payload(value: Any) -> None:
    """Refuse anything but ids and short codes: the rows are the truth, and secrets do not belong into a queue."""
    if isinstance(value, dict):
        for key, item in value.items():
            _check_payload(key)
            _check_payload(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check_payload(item)
    elif isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise ValueError("A job's payload holds ids and short codes; write the rest into a row.")
    elif value is not None and not isinstance(value, int):
        raise ValueError(f"A job's payload cannot hold a {type(value).__name__}.")


def deliver(job: Job, *, now: datetime | None = None) -> bool:
    """Wake a worker for the job; a queue that is down costs nothing but time, the sweep tries again."""
    if settings.JOB_DELIVERY != "celery":
        return False
    from foundation.jobs.tasks import run_job  # noqa: PLC0415  (the task runs this module's jobs)

    moment = now or timezone.now()
    try:
        eta = max(0, (job.not_before - timezone.now()).total_seconds())
        run_job.apply_async(args=[str(job.pk)], countdown=eta or None, retry=False)
    except Exception:
        log.warning("The queue did not take job %s; the sweep will send it again.", job.pk, exc_info=True)
        return False
    Job.objects.filter(pk=job.pk).update(delivered_at=moment)
    return True


@transaction.atomic
def cancel_job(*, job: Job, by: Any, now: datetime) -> None:
    """Stop a job: a waiting one never starts, a running one stops at its next chunk and what that chunk wrote is rolled back."""
    changed = Job.objects.filter(pk=job.pk, state__in=OPEN_STATES).update(
        state=JobState.CANCELLED,
        again_by=None,
        finished_at=now,
        lease_token="",
        lease_until=None,
        error=_("Cancelled by %(person)s.") % {"person": by},  # nosec B106: an empty token frees the job
    )
    if not changed:
        raise CannotCancel(_("This job has already ended."))


@transaction.atomic
def rerun_job(*, job: Job, by: Any, now: datetime) -> Job:
    """Give an ended job its tries back and put it in the queue; its starter stays the one whose rights count."""
    changed = (
        Job.objects.filter(pk=job.pk)
        .exclude(state__in=[*OPEN_STATES, JobState.DONE])
        .update(
            state=JobState.QUEUED,
            attempts=0,
            fruitless=0,
            error="",
            detail="",
            not_before=now,
            finished_at=None,
            lease_token="",
            lease_until=None,
            delivered_at=None,
        )  # nosec B106: an empty token frees the job
    )
    if not changed:
        raise CannotRerun(_("Only a job that was cancelled, refused or set aside can run again."))
    job.refresh_from_db()
    log.info("Job %s is run again by user %s.", job.pk, getattr(by, "pk", None))
    transaction.on_commit(lambda: deliver(job, now=now))
    return job
