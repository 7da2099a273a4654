"""What is kept for a while only: a key is good for 7 days, an upload that a kill left unread for one."""

import io
from datetime import timedelta

from django.test import Client

from crm_core.models import Account, ApiReplay, BatchState, ImportBatch, ImportRow
from crm_core.services.importing import receive_file, stage_file
from crm_core.services.tidying import tidy
from foundation.jobs.schedules import sync_schedules
from foundation.jobs.services import enqueue
from tests.crm_core.test_api import URL, bearer


def test_idempotency_key_is_forgotten_after_a_week(sales_rep, now):
    headers = bearer(sales_rep) | {"HTTP_IDEMPOTENCY_KEY": "k1"}
    send = lambda: Client().post(f"{URL}?known=true", {"name": "一次"}, content_type="application/json", **headers).json()["id"]  # noqa: E731
    first = send()
    assert tidy(now=now + timedelta(days=6, hours=23))["replays"] == 0
    assert send() == first
    ApiReplay.objects.update(created_at=now - timedelta(days=7, minutes=1))
    assert tidy(now=now) == {"replays": 1, "unread": 0}
    assert send() != first
    assert Account.objects.filter(name="一次").count() == 2


def test_upload_that_nobody_will_read_goes(sales_manager, now, settings):
    def sent(name):
        return receive_file(file=io.BytesIO("客户名称\n甲\n".encode()), file_name=name, by=sales_manager, now=now)

    left, waiting = sent("left.csv"), sent("waiting.csv")
    whole = stage_file(file=io.BytesIO("客户名称\n甲\n".encode()), file_name="whole.csv", by=sales_manager, now=now)
    ImportRow.objects.create(batch=left, row_no=2, raw=["甲"])  # a kill left half of it
    waiting.job = enqueue(task="crm_core.tasks.read_import", by=sales_manager, title="x", payload={"batch": waiting.pk})
    waiting.save(update_fields=["job"])
    assert tidy(now=now + timedelta(hours=23))["unread"] == 0
    assert tidy(now=now + timedelta(days=2))["unread"] == 1
    assert set(ImportBatch.objects.values_list("pk", flat=True)) == {waiting.pk, whole.pk}
    assert not left.stored.storage.exists(left.stored.name)
    assert ImportBatch.objects.get(pk=whole.pk).state == BatchState.MAPPING


def test_tidying_is_scheduled_every_night(db, settings):
    sync_schedules()
    assert "crm_core.tasks.tidy_up" in settings.JOB_TASKS
    assert ("crm-tidying", "crm_core.tasks.tidy_up", "30 3 * * *") in settings.SCHEDULES
