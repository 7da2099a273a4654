from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone, translation

from foundation.jobs.models import Job, JobState
from foundation.jobs.runner import JobRun, LeaseLost, backoff, claim, run
from foundation.jobs.services import CannotCancel, CannotRerun, cancel_job, deliver, enqueue, rerun_job
from foundation.jobs.sweep import run_waiting, sweep
from foundation.jobs.tasks import start_scheduled
from foundation.notices.models import Notice
from foundation.people.models import Assignment
from tests.jobs import sample_tasks


def steps():
    return sorted(Notice.objects.filter(subject__startswith="step").values_list("subject", flat=True))


ALL = [f"step {n}" for n in range(sample_tasks.STEPS)]


def test_runs_to_the_end(sales_rep, ask):
    job = ask(sales_rep)
    assert run(job.pk) == "done"
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.result, job.attempts) == (JobState.DONE, 4, 4, {"steps": 4}, 1)
    assert job.finished_at >= job.started_at
    assert (job.lease_until, job.lease_token) == (None, "")
    assert steps() == ALL


def test_a_second_message_does_nothing(sales_rep, ask):
    job = ask(sales_rep)
    run(job.pk)
    assert run(job.pk) == "skipped"
    assert steps() == ALL


def test_is_written_with_the_change_or_not_at_all(sales_rep, ask):
    with transaction.atomic():
        ask(sales_rep)
        transaction.set_rollback(True)
    assert not Job.objects.exists()


def test_the_queue_is_told_after_commit_only(sales_rep, ask, settings, monkeypatch, on_commit):
    settings.JOB_DELIVERY = "celery"
    sent = []
    monkeypatch.setattr("foundation.jobs.tasks.run_job.apply_async", lambda args, **kwargs: sent.append(args[0]))
    with on_commit():
        job = ask(sales_rep)
        assert sent == []
    assert sent == [str(job.pk)]
    job.refresh_from_db()
    assert job.delivered_at is not None


def test_a_queue_that_is_down_fails_nothing_and_the_sweep_sends_later(sales_rep, ask, settings, monkeypatch, on_commit):
    settings.JOB_DELIVERY = "celery"

    def down(**kwargs):
        raise ConnectionError("no broker")

    monkeypatch.setattr("foundation.jobs.tasks.run_job.apply_async", down)
    with on_commit():
        job = ask(sales_rep)
    job.refresh_from_db()
    assert (job.state, job.delivered_at) == (JobState.QUEUED, None)
    sent = []
    monkeypatch.setattr("foundation.jobs.tasks.run_job.apply_async", lambda args, **kwargs: sent.append(args[0]))
    assert sweep() == 1
    assert sweep() == 0  # not again before JOB_REDELIVER_SECONDS
    later = timezone.now() + timedelta(seconds=settings.JOB_REDELIVER_SECONDS + 1)
    assert sweep(now=later) == 1
    assert sent == [str(job.pk)] * 2


def test_key_is_unique_while_open(sales_rep, ask):
    first = ask(sales_rep, key="import-5")
    assert ask(sales_rep, key="import-5").pk == first.pk
    run(first.pk)
    assert ask(sales_rep, key="import-5").pk != first.pk


def test_key_race_gives_the_standing_job(sales_rep, ask, monkeypatch):
    first = ask(sales_rep, key="import-5")
    looks, look = iter([lambda self: None]), Job.objects.none().__class__.first  # as if the other had not been there yet at the first look
    monkeypatch.setattr(Job.objects.none().__class__, "first", lambda self: next(looks, look)(self))
    assert ask(sales_rep, key="import-5").pk == first.pk


@pytest.mark.parametrize("payload", [{"text": "x" * 81}, {"price": 1.5}, {"when": timezone.now()}, {"deep": [{"a": b"bytes"}]}])
def test_payload_holds_ids_only(sales_rep, ask, payload):
    with pytest.raises(ValueError, match="payload"):
        ask(sales_rep, payload=payload)


def test_unlisted_task_is_refused(sales_rep):
    with pytest.raises(ValueError, match="JOB_TASKS"):
        enqueue(task="os.system", by=sales_rep, title="x")


def test_task_taken_off_the_list_is_refused_at_run_too(sales_rep, ask, settings):
    job = ask(sales_rep)
    settings.JOB_TASKS = []
    assert run(job.pk) == "failed"
    assert steps() == []


def test_error_is_tried_again_then_set_aside(sales_rep, ask):
    job = ask(sales_rep, task="broken")
    assert [run(job.pk) for _try in range(4)] == ["queued", "queued", "quarantined", "skipped"]
    job.refresh_from_db()
    assert job.attempts == 3
    assert "3 tries" in job.error
    assert "the sheet is torn" in job.detail
    assert Notice.objects.get(to=sales_rep).kind == "job_set_aside"


def test_retry_waits_longer_each_time_with_jitter(settings):
    settings.JOB_RETRY_SECONDS = 10
    assert all(7 <= backoff(1) <= 13 for _n in range(50))
    assert all(28 <= backoff(3) <= 52 for _n in range(50))
    assert len({backoff(1) for _n in range(20)}) > 1


def test_refusal_is_final_and_says_why(sales_rep, ask):
    job = ask(sales_rep, task="refused")
    assert run(job.pk) == "failed"
    job.refresh_from_db()
    assert (job.error, job.attempts) == ("The batch is closed.", 1)


def test_a_poison_job_does_not_hold_up_others(sales_rep, ask):
    ask(sales_rep, task="broken")
    good = [ask(sales_rep) for _n in range(3)]
    run_waiting()
    assert set(Job.objects.filter(pk__in=[job.pk for job in good]).values_list("state", flat=True)) == {JobState.DONE}


def test_resumes_where_it_was_killed(sales_rep, ask, settings):
    """As after kill -9: two steps are committed, the row says running, its lease runs out."""
    job = ask(sales_rep)
    now = timezone.now()
    token = claim(job.pk, now=now)
    for step in range(2):
        sample_tasks.step_done(type("Run", (), {"by": sales_rep}), step)
    Job.objects.filter(pk=job.pk).update(done=2)
    assert run(job.pk, now=now + timedelta(seconds=1)) == "skipped"
    after = now + timedelta(seconds=settings.JOB_LEASE_SECONDS + 1)
    assert run(job.pk, now=after) == "done"
    assert steps() == ALL
    assert not Job.objects.held(token).exists()


def test_worker_that_dies_at_each_try_is_set_aside(sales_rep, ask, settings):
    job, now = ask(sales_rep), timezone.now()
    for n in range(3):
        assert claim(job.pk, now=now + timedelta(hours=n))
    sweep(now=now + timedelta(hours=9))
    job.refresh_from_db()
    assert job.state == JobState.QUARANTINED
    assert "worker stopped" in job.detail


def test_starter_without_the_permission_stops_the_job(admin, ask, monkeypatch):
    job = ask(admin, permission="jobs.view_job")
    original = sample_tasks.step_done

    def moved_away(run, step):
        original(run, step)
        if step == 1:
            Assignment.objects.filter(user=admin).update(ends_on="2020-01-02")

    monkeypatch.setattr(sample_tasks, "step_done", moved_away)
    assert run(job.pk) == "failed"
    job.refresh_from_db()
    assert "may no longer" in job.error
    assert steps() == ["step 0"]  # the chunk in which the rights were gone is rolled back


def test_deactivated_starter_stops_the_job(sales_rep, ask):
    job = ask(sales_rep)
    type(sales_rep).objects.filter(pk=sales_rep.pk).update(is_active=False)
    assert run(job.pk) == "failed"
    assert steps() == []


def test_cancel_stops_at_the_next_chunk(sales_rep, ask, monkeypatch):
    job = ask(sales_rep)
    original = sample_tasks.step_done

    def cancelled_meanwhile(run, step):
        original(run, step)
        if step == 2:
            cancel_job(job=job, by=sales_rep, now=timezone.now())

    monkeypatch.setattr(sample_tasks, "step_done", cancelled_meanwhile)
    token = claim(job.pk, now=timezone.now())
    job.refresh_from_db()
    with pytest.raises(LeaseLost):
        sample_tasks.count_up(JobRun(job, token))


def test_cancelled_job_never_starts(sales_rep, ask):
    job = ask(sales_rep)
    cancel_job(job=job, by=sales_rep, now=timezone.now())
    assert run(job.pk) == "skipped"
    with pytest.raises(CannotCancel):
        cancel_job(job=job, by=sales_rep, now=timezone.now())


def test_rerun_gives_the_tries_back(sales_rep, admin, ask):
    job = ask(sales_rep, task="broken")
    with pytest.raises(CannotRerun):
        rerun_job(job=job, by=admin, now=timezone.now())
    for _try in range(3):
        run(job.pk)
    rerun_job(job=job, by=admin, now=timezone.now())
    job.refresh_from_db()
    assert (job.state, job.attempts, job.error, job.by) == (JobState.QUEUED, 0, "", sales_rep)
    assert run(job.pk) == "queued"


def test_runs_in_the_starters_language(sales_rep, ask, monkeypatch):
    type(sales_rep).objects.filter(pk=sales_rep.pk).update(language="zh-hans")
    heard = []
    monkeypatch.setattr(sample_tasks, "step_done", lambda run, step: heard.append(translation.get_language()))
    run(ask(sales_rep).pk)
    assert set(heard) == {"zh-hans"}


def test_schedule_writes_one_open_job(db):
    start_scheduled("usage-rollup", "foundation.usage.tasks.roll_up")
    start_scheduled("usage-rollup", "foundation.usage.tasks.roll_up")
    start_scheduled("gone", "no.longer.there")
    job = Job.objects.get()
    assert job.by is None
    assert run(job.pk) == "done"


def test_delivery_by_hand_sends_nothing(sales_rep, ask):
    assert deliver(ask(sales_rep)) is False


def test_a_run_that_gets_further_is_no_sign_of_poison(sales_rep, ask, settings):
    """A worker that dies again and again may do so as long as each run gets beyond the one before; one that stands still is set aside."""
    settings.JOB_LEASE_SECONDS = 0.01
    job = ask(sales_rep)
    for step in range(1, 8):
        token = claim(job.pk, now=timezone.now() + timedelta(hours=step))
        job.refresh_from_db()
        JobRun(job, token).progress(step, 20)
    job.refresh_from_db()
    assert (job.attempts, job.fruitless) == (7, 1)
    for more in range(2):
        assert claim(job.pk, now=timezone.now() + timedelta(hours=10 + more))
        job.refresh_from_db()
        JobRun(job, job.lease_token).progress(5, 20)  # not as far as before
        job.refresh_from_db()
        Job.objects.filter(pk=job.pk).update(done=7)
    assert claim(job.pk, now=timezone.now() + timedelta(hours=20)) is None
    job.refresh_from_db()
    assert job.fruitless == 3
