"""The real thing: a Celery worker in a process of its own on the file queue, killed in the middle."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from django.conf import settings
from django.db import connection

from foundation.jobs.models import Job, JobState
from foundation.jobs.schedules import sync_schedules
from foundation.jobs.services import enqueue
from foundation.notices.models import Notice
from tests.factories.people import UserFactory
from tests.jobs.task_names import TASKS

pytestmark = [pytest.mark.race, pytest.mark.timeout(400), pytest.mark.django_db(transaction=True)]
WORKER = [
    sys.executable,
    "-m",
    "celery",
    "-A",
    "suite",
    "worker",
    "-B",
    "-P",
    "threads",
    "-c",
    "2",
    "--loglevel=WARNING",
    "--without-gossip",
    "--without-mingle",
]


@pytest.fixture
def surroundings(tmp_path):
    """The worker's environment: this test's database, a queue folder of its own, short leases."""
    name = connection.settings_dict["NAME"]
    url = f"sqlite:///{name}" if connection.vendor == "sqlite" else _postgres_url(name)
    return {
        **os.environ,
        "SUITE_MODE": "test",
        "DJANGO_SETTINGS_MODULE": "tests.jobs.worker_settings",
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": url,
        "CELERY_BROKER_URL": "filesystem://",
        "JOB_DELIVERY": "celery",
        "JOB_LEASE_SECONDS": "2",
        "JOB_SWEEP_SECONDS": "1",
        "JOB_REDELIVER_SECONDS": "3",
        "JOB_RETRY_SECONDS": "0.1",
        "KILL_MARKER": str(tmp_path / "marker"),
    }


def _postgres_url(name):
    from urllib.parse import quote

    parts = connection.settings_dict
    host = quote(parts["HOST"] or "127.0.0.1", safe="")
    secret = f":{quote(parts['PASSWORD'])}" if parts["PASSWORD"] else ""
    return f"postgres://{quote(parts['USER'])}{secret}@{host}:{parts['PORT'] or 5432}/{name}"


def until(what, seconds=150):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        threading.Event().wait(0.1)
    return what()


def test_worker_killed_in_the_middle(surroundings, tmp_path):
    sync_schedules()
    job = enqueue(task=TASKS[1], by=UserFactory(), title="导入客户")  # no message is sent: the sweep of the worker must find it
    command = [*WORKER, "-s", str(tmp_path / "beat")]
    with (tmp_path / "log").open("w") as log:
        first = subprocess.Popen(command, env=surroundings, cwd=settings.BASE_DIR, stdout=log, stderr=log, start_new_session=True)
        try:
            assert until((tmp_path / "marker").exists), (tmp_path / "log").read_text()[-3000:]
        finally:
            os.killpg(first.pid, signal.SIGKILL)
            first.wait(10)
        row = Job.objects.get(pk=job.pk)
        assert (row.state, row.done) == (JobState.RUNNING, 2)
        second = subprocess.Popen(command, env=surroundings, cwd=settings.BASE_DIR, stdout=log, stderr=log, start_new_session=True)
        try:
            assert until(lambda: Job.objects.filter(pk=job.pk, state=JobState.DONE).exists()), (tmp_path / "log").read_text()[-3000:]
        finally:
            os.killpg(second.pid, signal.SIGKILL)
            second.wait(10)
    row.refresh_from_db()
    assert (row.attempts, row.result) == (2, {"steps": 4})
    assert sorted(Notice.objects.filter(subject__startswith="step").values_list("subject", flat=True)) == ["step 0", "step 1", "step 2", "step 3"]
