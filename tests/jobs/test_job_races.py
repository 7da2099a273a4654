"""Several runs of one job at once on a real database, each with a control that shows the test can fail."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from foundation.jobs import runner, services
from foundation.jobs.models import Job, JobState
from foundation.jobs.services import enqueue
from foundation.jobs.sweep import run_waiting
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


def wish(person, *, again=True):
    """A wish and the job that answers it, in one transaction; while the job is open it is not written a second time."""
    with transaction.atomic():
        Notice.objects.create(to=person, kind="wish", subject="wish", language="en", created_at=timezone.now())
        return enqueue(task="tests.jobs.sample_tasks.answers", by=person, title="导入客户", key="wishes", again=again)


def unanswered():
    return Notice.objects.filter(kind="wish", read_at=None).count()


class HeldEnd:
    """A run that has done its work and stands right before it says so."""

    def __init__(self, monkeypatch, job):
        self.reached, self.go, keep = threading.Event(), threading.Event(), runner._end

        def held(*args, **kwargs):
            self.reached.set()
            self.go.wait(20)
            return keep(*args, **kwargs)

        monkeypatch.setattr(runner, "_end", held)
        self.results = []
        self.thread = threading.Thread(target=lambda: (self.results.append(runner.run(job.pk)), connection.close()))

    def __enter__(self):
        self.thread.start()
        assert self.reached.wait(20)

    def __exit__(self, *exc):
        self.go.set()
        self.thread.join(20)


def test_what_is_asked_for_while_a_run_is_ending_is_done_by_the_next_run(monkeypatch):
    first, second = UserFactory(), UserFactory()
    held = HeldEnd(monkeypatch, wish(first))
    with held:
        job = wish(second)
        assert Job.objects.count() == 1
    job.refresh_from_db()
    assert (held.results, job.state, job.attempts, unanswered()) == (["queued"], JobState.QUEUED, 0, 1)
    assert run_waiting() == 1
    job.refresh_from_db()
    assert (job.state, job.by, job.again_by, job.result, unanswered()) == (JobState.DONE, second, None, {"answered": 1}, 0)


def test_control_who_asks_only_once_is_not_heard_while_a_run_is_ending(monkeypatch):
    person = UserFactory()
    held = HeldEnd(monkeypatch, wish(person, again=False))
    with held:
        wish(person, again=False)
    assert held.results == ["done"]
    assert (run_waiting(), unanswered()) == (0, 1)


def test_a_run_that_was_asked_for_again_and_then_stopped_does_not_come_back(monkeypatch):
    person = UserFactory()
    held = HeldEnd(monkeypatch, wish(person))
    with held:
        services.cancel_job(job=wish(person), by=person, now=timezone.now())
    assert held.results == ["lost"]
    assert (run_waiting(), Job.objects.get().state) == (0, JobState.CANCELLED)


def test_whenever_a_wish_comes_while_the_job_runs_it_is_answered():
    person = UserFactory()
    for _n in range(12):
        job = wish(person)
        together(lambda job=job: runner.run(job.pk), lambda: wish(person), lambda: wish(person))
        run_waiting()
        assert unanswered() == 0
        assert not Job.objects.open().exists()
