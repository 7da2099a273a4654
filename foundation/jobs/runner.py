"""One run of one job: claim it by a lease, keep the lease, stop when it is lost, write how it ended."""

import logging
import random
import secrets
import threading
import traceback
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from foundation.integrity import Refused
from foundation.jobs.models import Job, JobState
from foundation.jobs.services import deliver
from foundation.people.access import Access
from foundation.people.models import User
from foundation.usage.context import usage_context
from foundation.usage.models import Surface

log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """The job was cancelled, or another run holds it now: this run stops and writes nothing more."""


class RightsGone(Refused):
    """The person who started the job may no longer do it."""

    status = 403


def lease() -> timedelta:
    """How long a run may be silent before another takes over."""
    return timedelta(seconds=settings.JOB_LEASE_SECONDS)


def claim(job_id: Any, *, now: datetime) -> str | None:
    """Take a due job for one run by one conditional UPDATE; the token proves it. None when there is nothing to take."""
    token = secrets.token_hex(16)
    taken = (
        Job.objects.due(now)
        .filter(pk=job_id, fruitless__lt=settings.JOB_MAX_ATTEMPTS)
        .update(
            state=JobState.RUNNING,
            by=Coalesce("again_by", "by"),
            again_by=None,  # whatever was asked for up to now, this run sees
            lease_token=token,
            lease_until=now + lease(),
            heartbeat_at=now,
            started_at=now,
            finished_at=None,
            attempts=F("attempts") + 1,
            fruitless=F("fruitless") + 1,
        )
    )
    return token if taken else None


def renew(job_id: Any, token: str, **fields: Any) -> bool:
    """Prolong the lease, with progress if given; False when this run no longer holds the job."""
    now = timezone.now()
    return bool(Job.objects.held(token).filter(pk=job_id).update(lease_until=now + lease(), heartbeat_at=now, **fields))


class JobRun:
    """What a task is handed: the job's ids, its starter, and ``progress``."""

    def __init__(self, job: Job, token: str):
        self.job, self.token = job, token
        self.id, self.payload, self.by, self.created_at = job.pk, job.payload, job.by, job.created_at
        self.attempt = job.attempts
        self.done, self.total = job.done, job.total
        self.began_at = job.done

    def progress(self, done: int | None = None, total: int | None = None, sentence: Any = "") -> None:
        """Say how far the work is, prolong the lease, and stop here if the job was lost or the starter's rights are gone.

        Called inside the transaction of a chunk it makes ``done`` an exact place to resume at, and a run that has lost
        its lease cannot commit the chunk.
        """
        fields: dict[str, Any] = {}
        if done is not None:
            fields["done"] = self.done = done
            if done > self.began_at:  # a run that gets further than the one before is no sign of poison
                fields["fruitless"] = 1
        if total is not None:
            fields["total"] = self.total = total
        if sentence:
            fields["sentence"] = str(sentence)[:300]
        if not renew(self.id, self.token, **fields):
            raise LeaseLost
        self.check_rights()

    def check_rights(self) -> None:
        """Read the starter's rights afresh: the person must be active and hold the job's permission."""
        if self.by is None:
            return
        self.by = User.objects.get(pk=self.by.pk)
        if not self.by.is_active:
            raise RightsGone(_("The person who started this no longer has an account."))
        if self.job.permission and self.job.permission not in Access(self.by, timezone.localdate()).permissions:
            raise RightsGone(_("The person who started this may no longer do it."))


class Heartbeat:
    """A thread that prolongs the lease while the task works, on a database connection of its own."""

    def __init__(self, job_id: Any, token: str):
        self.job_id, self.token = job_id, token
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.beat, name=f"lease-{job_id}", daemon=True)

    def __enter__(self) -> "Heartbeat":
        self.thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop.set()
        self.thread.join(timeout=30)

    def beat(self) -> None:
        """Until stopped or lost; a database error is no reason to give up before the lease ends."""
        try:
            while not self.stop.wait(settings.JOB_LEASE_SECONDS / 3):
                try:
                    if not renew(self.job_id, self.token):
                        return
                except DatabaseError:
                    log.warning("The lease of job %s could not be prolonged.", self.job_id, exc_info=True)
        finally:
            connection.close()


def run(job_id: Any, *, now: datetime | None = None) -> str:
    """Run a job if it is due and nobody else holds it; returns the state it is in afterwards, or ``skipped``."""
    token = claim(job_id, now=now or timezone.now())
    if token is None:
        return "skipped"
    job = Job.objects.select_related("by").get(pk=job_id)
    try:
        with Heartbeat(job.pk, token):
            result = _call(job, token)
    except LeaseLost:
        log.info("Job %s was taken away from this run.", job_id)
        return "lost"
    except Refused as error:
        return _end(job, token, JobState.FAILED, error=str(error)[:500])
    except Exception as error:
        return _stumble(job, token, error)
    return _end(job, token, JobState.DONE, result=result, error="", detail="")


def _call(job: Job, token: str) -> Any:
    """The task itself, in the starter's language and with the context of automation."""
    if job.task not in settings.JOB_TASKS:
        raise Refused(_("This build does not know the task %(task)s.") % {"task": job.task})
    handed = JobRun(job, token)
    with translation.override(language_of(job)), usage_context(surface=Surface.AUTOMATION, session_hash=""):
        handed.check_rights()
        return import_string(job.task)(handed)


def language_of(job: Job) -> str:
    """The language in which the job's sentences are written: the starter's."""
    return job.by.language if job.by else settings.LANGUAGE_CODE


def _end(job: Job, token: str, state: JobState, **fields: Any) -> str:
    """Write the end, if this run still holds the job and nobody has asked for it again meanwhile; else it waits for its next run."""
    now, held = timezone.now(), Job.objects.held(token).filter(pk=job.pk)
    free: dict[str, Any] = {"lease_token": "", "lease_until": None}  # nosec B105: an empty token frees the job
    if held.filter(again_by=None).update(state=state, finished_at=now, **free, **fields):
        return state.value
    anew = {"done": 0, "total": 0, "sentence": "", "attempts": 0, "fruitless": 0, "error": "", "detail": ""}
    if not held.update(state=JobState.QUEUED, not_before=now, delivered_at=None, **free, **anew):
        return "lost"
    transaction.on_commit(lambda: deliver(job))
    return JobState.QUEUED.value


def _stumble(job: Job, token: str, error: Exception) -> str:
    """After an unexpected error: again later, or aside after the last try."""
    log.warning("Job %s (%s) failed at try %s.", job.pk, job.task, job.attempts, exc_info=error)
    detail = "".join(traceback.format_exception(error))[-4000:]
    fruitless = Job.objects.filter(pk=job.pk).values_list("fruitless", flat=True).get()
    if fruitless >= settings.JOB_MAX_ATTEMPTS:
        return quarantine(job, token=token, detail=detail)
    wait = timedelta(seconds=backoff(fruitless))
    return _retry(job, token, wait, detail)


def _retry(job: Job, token: str, wait: timedelta, detail: str) -> str:
    freed = (
        Job.objects.held(token)
        .filter(pk=job.pk)
        .update(state=JobState.QUEUED, lease_token="", lease_until=None, delivered_at=None, not_before=timezone.now() + wait, detail=detail)  # nosec B106: an empty token frees the job
    )
    return JobState.QUEUED.value if freed else "lost"


def backoff(attempt: int) -> float:
    """Seconds to the next try: doubling from the base, with jitter so that retries do not come in step."""
    return settings.JOB_RETRY_SECONDS * 2 ** (attempt - 1) * random.uniform(0.7, 1.3)  # noqa: S311  (no secret)  # nosec B311: spreads retries, guards no secret


def quarantine(job: Job, *, token: str, detail: str) -> str:
    """Set a job aside after its last try, with a reason, and tell its starter."""
    with transaction.atomic(), translation.override(language_of(job)):
        state = _end(
            job,
            token,
            JobState.QUARANTINED,
            error=_("This did not work in %(n)s tries and has been set aside. An administrator can run it again.") % {"n": job.attempts},
            detail=detail,
        )
        if state == JobState.QUARANTINED.value and settings.JOB_ASIDE_HOOK:
            import_string(settings.JOB_ASIDE_HOOK)(job)
    return state
