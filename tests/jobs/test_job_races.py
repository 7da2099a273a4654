"""Several runs of one job at once on a real database, each with a control that shows the test can fail."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from foundation.jobs import runner
from foundation.jobs.models import Job, JobState
from foundation.jobs.services import enqueue
from foundation.notices.models import Notice
from tests.at_once import together
from tests.factories.people import UserFactory
from tests.jobs import sample_tasks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def ask(task="count_up"):
    return enqueue(task=f"tests.jobs.sample_tasks.{task}", by=UserFactory(), title="导入客户")


def steps():
    return sorted(Notice.objects.filter(subject__startswith="step").values_list("subject", flat=True))


def test_four_runs_at_once_have_one_effect():
    job = ask()
    results = together(*[lambda: runner.run(job.pk)] * 4)
    assert sorted(results) == ["done", "skipped", "skipped", "skipped"]
    assert steps() == [f"step {n}" for n in range(sample_tasks.STEPS)]


def test_control_without_the_lease_check_the_effect_doubles(monkeypatch):
    job = ask()
    monkeypatch.setattr(runner, "claim", lambda job_id, now: "forged")
    monkeypatch.setattr(runner, "renew", lambda job_id, token, **fields: True)
    together(lambda: runner.run(job.pk), lambda: runner.run(job.pk))
    assert len(steps()) == 2 * sample_tasks.STEPS


def overtaken():
    """A run that is silent past its lease wakes up after another run has done the work."""
    job = ask("waits")
    slow = threading.Thread(target=lambda: (runner.run(job.pk), connection.close()))
    slow.start()
    for _look in range(400):
        if steps():
            break
        threading.Event().wait(0.02)
    Job.objects.filter(pk=job.pk).update(task="tests.jobs.sample_tasks.count_up", done=1)  # so that the second run does not wait
    second = runner.run(job.pk, now=timezone.now() + timedelta(hours=1))
    sample_tasks.gate.set()
    slow.join(30)
    job.refresh_from_db()
    return job, second


def test_a_run_that_lost_its_lease_writes_nothing_more():
    job, second = overtaken()
    assert (second, job.state) == ("done", JobState.DONE)
    assert steps() == [f"step {n}" for n in range(sample_tasks.STEPS)]


def test_control_without_the_fence_the_late_run_writes_twice(monkeypatch):
    original = runner.renew
    monkeypatch.setattr(runner, "renew", lambda job_id, token, **fields: original(job_id, token, **fields) or True)
    overtaken()
    assert steps().count("step 1") == 2


def test_the_heartbeat_keeps_a_silent_run_alive(settings):
    settings.JOB_LEASE_SECONDS = 0.6
    job = ask("waits")
    slow = threading.Thread(target=lambda: (runner.run(job.pk), connection.close()))
    slow.start()
    threading.Event().wait(1.8)  # three leases long without a word from the task
    stolen = runner.run(job.pk)
    sample_tasks.gate.set()
    slow.join(30)
    job.refresh_from_db()
    assert stolen == "skipped"
    assert (job.state, job.attempts) == (JobState.DONE, 1)
