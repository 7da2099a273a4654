import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from foundation.jobs.clearing import clear
from foundation.jobs.models import Job, JobState
from foundation.jobs.schedules import PREFIX, sync_schedules
from tests.factories.jobs import JobFactory

pytestmark = pytest.mark.django_db


def ours():
    return PeriodicTask.objects.filter(name__startswith=PREFIX)


def test_rows_follow_the_settings(settings):
    settings.SCHEDULES = [("nightly", "foundation.usage.tasks.roll_up", "30 1 * * *"), ("often", "foundation.usage.tasks.roll_up", 600)]
    assert sync_schedules() == 3
    before = set(ours().values_list("pk", "date_changed"))
    assert sync_schedules() == 3
    assert set(ours().values_list("pk", "date_changed")) == before
    nightly = ours().get(name=f"{PREFIX}nightly")
    assert (nightly.crontab.hour, nightly.crontab.minute, str(nightly.crontab.timezone)) == ("1", "30", settings.TIME_ZONE)
    assert json.loads(nightly.args) == ["nightly", "foundation.usage.tasks.roll_up"]
    settings.SCHEDULES = [("often", "foundation.usage.tasks.roll_up", 60)]
    assert sync_schedules() == 2
    assert ours().get(name=f"{PREFIX}often").interval.every == 60
    assert not ours().filter(name=f"{PREFIX}nightly").exists()


def test_schedules_of_others_are_left_alone(settings):
    sync_schedules()
    other = PeriodicTask.objects.create(name="by hand", task="jobs.sweep", interval=ours().exclude(interval=None).first().interval)
    settings.SCHEDULES = []
    sync_schedules()
    assert PeriodicTask.objects.filter(pk=other.pk).exists()


def test_every_schedule_names_a_permitted_task(settings):
    assert {task for _name, task, _rule in settings.SCHEDULES} <= set(settings.JOB_TASKS)
    call_command("sync_schedules", verbosity=0)


def test_run_jobs_runs_what_is_due(sales_rep, ask):
    job = ask(sales_rep)
    call_command("run_jobs", verbosity=0)
    job.refresh_from_db()
    assert job.state == JobState.DONE
    assert not Job.objects.open().exists()


def test_old_scheduled_jobs_are_forgotten_those_of_people_stay(sales_rep):
    now = timezone.now()
    old = now - timedelta(days=8)
    JobFactory(by=None, state=JobState.DONE, finished_at=old)
    kept = [
        JobFactory(by=sales_rep, state=JobState.DONE, finished_at=old),
        JobFactory(by=None, state=JobState.QUARANTINED, finished_at=old),
        JobFactory(by=None, state=JobState.DONE, finished_at=now),
    ]
    assert clear(now=now) == 1
    assert set(Job.objects.all()) == set(kept)
