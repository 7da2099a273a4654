"""The background jobs of an import: one step's job may still be about to end when the next is asked for, and a worker may die in between."""

import pytest

from crm_core import tasks
from crm_core.models import Account, BatchState, ImportBatch
from crm_core.views import import_steps
from foundation.jobs import runner
from foundation.jobs.models import Job, JobState
from tests.crm_core.test_import import csv_file, staged
from tests.crm_core.test_import_pages import answers, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def checking(sales_manager, client_of, now, monkeypatch):
    """An import whose check waits as a job, and the browser of its person."""
    monkeypatch.setattr(import_steps, "AT_ONCE", 1)
    batch = staged(sales_manager, now, csv_file("utf-8", [["甲公司"], ["乙公司"]], ["客户名称"]))
    client = client_of(sales_manager)
    assert client.post(url("import_map", batch), answers(batch)).status_code == 302
    return ImportBatch.objects.get(pk=batch.pk), client


def dies_before_it_says_so(job, monkeypatch):
    """The check is done, its worker dies before the job says that it has ended."""

    def die(*args, **kwargs):
        raise SystemExit("killed")

    with monkeypatch.context() as patched:
        patched.setattr(runner, "_end", die)
        with pytest.raises(SystemExit):
            runner.run(job.pk)
    Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED, lease_token="", lease_until=None)  # as the sweep leaves it


def test_a_load_has_a_job_of_its_own_while_that_of_the_check_is_still_open(checking, monkeypatch):
    batch, client = checking
    first = batch.job
    dies_before_it_says_so(first, monkeypatch)
    batch.refresh_from_db()
    assert batch.state == BatchState.CHECKED
    assert client.post(url("import_apply", batch)).status_code == 302
    batch.refresh_from_db()
    assert (batch.job.task, batch.job.pk != first.pk) == ("crm_core.tasks.apply_import", True)
    assert runner.run(first.pk) == "done"  # nothing is left to check
    assert runner.run(batch.job.pk) == "done"
    batch.refresh_from_db()
    assert (batch.state, Account.objects.count()) == (BatchState.APPLIED, 2)


def test_a_check_that_had_ended_is_not_done_again_but_one_that_is_asked_for_is(checking, monkeypatch):
    batch, client = checking
    dies_before_it_says_so(batch.job, monkeypatch)
    done, keep = [], tasks.check_batch

    def noted(**more):
        done.append(more["batch"].pk)
        return keep(**more)

    monkeypatch.setattr(tasks, "check_batch", noted)
    assert runner.run(batch.job.pk) == "done"
    assert done == []
    assert client.post(url("import_map", batch), answers(batch)).status_code == 302
    batch.refresh_from_db()
    assert runner.run(batch.job.pk) == "done"
    assert done == [batch.pk]
