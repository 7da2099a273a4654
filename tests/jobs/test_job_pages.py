import pytest
from django.urls import reverse
from django.utils import timezone

from foundation.jobs.models import Job, JobState
from foundation.jobs.runner import run
from tests.factories.jobs import JobFactory


def url(name, job):
    return reverse(f"jobs:{name}", args=[job.pk])


def test_administrator_sees_every_job_and_filters(client_of, admin, sales_rep):
    JobFactory(by=sales_rep, title="导入客户", state=JobState.QUARANTINED)
    JobFactory(by=None, title="夜间统计", state=JobState.DONE)
    client = client_of(admin)
    page = client.get(reverse("jobs:job_list")).content.decode()
    assert "导入客户" in page
    assert "夜间统计" in page
    only = client.get(reverse("jobs:job_list") + "?state=done").content.decode()
    assert "导入客户" not in only
    assert client_of(sales_rep).get(reverse("jobs:job_list")).status_code == 403


def test_my_jobs_are_mine(client_of, admin, sales_rep):
    JobFactory(by=sales_rep, title="导入客户")
    JobFactory(by=admin, title="别人的任务")
    page = client_of(sales_rep).get(reverse("jobs:my_jobs")).content.decode()
    assert "导入客户" in page
    assert "别人的任务" not in page


@pytest.mark.parametrize("name", ["job_detail", "job_progress"])
def test_jobs_of_others_are_not_there(client_of, outsider, sales_rep, name):
    job = JobFactory(by=sales_rep)
    assert client_of(outsider).get(url(name, job)).status_code == 404
    assert client_of(sales_rep).get(url(name, job)).status_code == 200


@pytest.mark.parametrize("name", ["job_cancel", "job_rerun"])
def test_jobs_of_others_cannot_be_moved(client_of, outsider, sales_rep, name):
    assert client_of(outsider).post(url(name, JobFactory(by=sales_rep))).status_code == 404


def test_technical_detail_is_for_administrators(client_of, admin, sales_rep, ask):
    job = ask(sales_rep, task="broken", payload={"batch": 4711})
    run(job.pk)
    assert "the sheet is torn" in client_of(admin).get(url("job_detail", job)).content.decode()
    assert "4711" in client_of(admin).get(url("job_detail", job)).content.decode()
    own = client_of(sales_rep).get(url("job_detail", job)).content.decode()
    assert "the sheet is torn" not in own
    assert "4711" not in own


def test_starter_cancels_but_cannot_run_again(client_of, sales_rep, ask):
    job, client = ask(sales_rep), client_of(sales_rep)
    assert client.get(url("job_cancel", job)).status_code == 405
    assert client.post(url("job_cancel", job)).status_code == 302
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    assert client.post(url("job_cancel", job)).status_code == 409
    assert client.post(url("job_rerun", job)).status_code == 403


def test_administrator_runs_again(client_of, admin, sales_rep):
    job = JobFactory(by=sales_rep, state=JobState.QUARANTINED, attempts=3, finished_at=timezone.now())
    client_of(admin).post(url("job_rerun", job))
    assert Job.objects.get(pk=job.pk).state == JobState.QUEUED
    assert client_of(admin).post(url("job_rerun", job)).status_code == 409


def test_progress_is_polled_until_the_end(client_of, sales_rep, ask):
    job, client = ask(sales_rep), client_of(sales_rep)
    waiting = client.get(url("job_progress", job), headers={"HX-Request": "true"})
    assert "hx-get" in waiting.content.decode()
    assert "no-store" in waiting.headers["Cache-Control"]
    run(job.pk)
    assert "hx-get" not in client.get(url("job_progress", job)).content.decode()


def test_list_does_not_grow_in_queries(client_of, admin, sales_rep, django_assert_max_num_queries):
    JobFactory.create_batch(30, by=sales_rep)
    client = client_of(admin)
    client.get(reverse("jobs:job_list"))
    with django_assert_max_num_queries(25):
        client.get(reverse("jobs:job_list"))
