"""Tasks for the tests: their effect is notices, one per step, so that a step done twice can be counted."""

import os
import threading
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from foundation.integrity import Refused
from foundation.jobs.runner import JobRun
from foundation.notices.models import Notice

STEPS = 4
gate = threading.Event()


def count_up(job: JobRun) -> dict:
    """Resumable: each chunk's effect and the place reached are one transaction."""
    job.progress(job.done, STEPS, "counting")
    for step in range(job.done, STEPS):
        with transaction.atomic():
            step_done(job, step)
            job.progress(step + 1, STEPS)
    return {"steps": STEPS}


def step_done(job: JobRun, step: int) -> None:
    Notice.objects.create(to=job.by, kind="job_ended", subject=f"step {step}", language="en", created_at=timezone.now())


def killed_once(job: JobRun) -> dict:
    """Like count_up, but the first process that runs it dies in the middle, as by kill -9."""
    marker = Path(os.environ["KILL_MARKER"])
    for step in range(job.done, STEPS):
        with transaction.atomic():
            step_done(job, step)
            job.progress(step + 1, STEPS)
        if step == 1 and not marker.exists():
            marker.write_text(str(os.getpid()))
            threading.Event().wait(60)
    return {"steps": STEPS}


def broken(job: JobRun) -> dict:
    raise RuntimeError("the sheet is torn")


def refused(job: JobRun) -> dict:
    raise Refused("The batch is closed.")


def waits(job: JobRun) -> dict:
    """Does one step, waits for the test, does the other."""
    with transaction.atomic():
        step_done(job, 0)
        job.progress(1, 2)
    gate.wait(20)
    with transaction.atomic():
        step_done(job, 1)
        job.progress(2, 2)
    return {}


def answers(job: JobRun) -> dict:
    """Answers what its person has wished for up to now; a wish that comes later is for the next run."""
    with transaction.atomic():
        wishes = list(Notice.objects.filter(kind="wish", read_at=None).values_list("pk", flat=True))
        Notice.objects.filter(pk__in=wishes).update(read_at=timezone.now())
        job.progress(len(wishes), len(wishes))
    return {"answered": len(wishes)}
