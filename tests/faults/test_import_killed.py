"""kill -9 of worker and web at random points of a load: afterwards every row of the file is there, none twice, and all that hangs on it agrees.

Ten kills on a small file with every run; ``FAULT_ROWS=50000 FAULT_KILLS=100`` is what the nightly run asks for.
"""

import os
import random
import time
from collections import Counter

import pytest
from django.db import connection
from django.urls import reverse

from crm_core.models import Account, AccountContact, BatchState, Contact, ImportBatch, ImportRow, Ownership
from foundation.jobs.models import Job, JobState
from foundation.jobs.schedules import sync_schedules
from foundation.notices.models import Notice
from foundation.search.models import SearchDocument
from foundation.search.services import find
from foundation.usage.models import UsageEvent, Verb
from tests.faults.processes import Forge, Web, surroundings, until, wait

ROWS, KILLS = int(os.environ.get("FAULT_ROWS", "600")), int(os.environ.get("FAULT_KILLS", "10"))
IS_LONG = KILLS > 10
FINISHES_IN = 60  # seconds from the last start of the worker
LONGEST = 600  # seconds that a load may take from one of the random rows to the next
OPEN = (BatchState.READING, BatchState.MAPPING, BatchState.CHECKING, BatchState.CHECKED)

pytestmark = [pytest.mark.race, pytest.mark.timeout(7200 if IS_LONG else 400), pytest.mark.django_db(transaction=True)]


def file_of(rows):
    lines = [f"甲{n:06d}贸易有限公司,K{n},021-{60000000 + n},联系人{n},13{n % 10}{10000000 + n}" for n in range(rows)]
    return "\n".join(["客户名称,客户编号,电话,联系人,手机", *lines]).encode()


@pytest.fixture
def house(world, tmp_path, client_of, settings):
    """Worker and web on this test's database; the visitor is a sales manager."""
    settings.JOB_SWEEP_SECONDS = 1
    sync_schedules()
    session = client_of(world.sales_manager).cookies["sessionid"].value
    environment = surroundings(tmp_path)
    forge, web = Forge(environment, tmp_path), Web(environment, tmp_path, session)
    try:
        web.start()
        forge.wait_ready()
        web.wait_ready()
        forge.start()
        yield world, forge, web
    finally:
        forge.close()
        web.close()


def brought(web, world, luck):
    """The file through the upload form while the server is killed once; gives the batch, whole."""
    fields = {"kind": "account", "source": "", "department": world.sales.pk, "when_here": "update", "default_owner": world.sales_rep.pk}
    send = lambda: web.upload(reverse("crm_core:import_create"), fields, "customers.csv", file_of(ROWS))  # noqa: E731
    web.killed_during(send, luck.uniform(0, 0.4))
    for batch in ImportBatch.objects.all():  # whole, or still to be read; never offered half
        assert batch.row_count in (0, ROWS)
        assert batch.state in (BatchState.READING, BatchState.MAPPING)
    status, _place = send()
    assert status == 302
    batch = ImportBatch.objects.latest("pk")
    assert until(lambda: ImportBatch.objects.filter(pk=batch.pk, state=BatchState.MAPPING).exists())
    batch.refresh_from_db()
    assert batch.rows.count() == batch.row_count == ROWS
    return batch


def killed_in_rounds(forge, batch, luck, kills, is_over):
    """Start a worker and kill it at a random moment after it took the job, so many times; gives how many of the kills fell into the work.

    A small file dies after a random time, a long one at random rows, so that the kills reach from its first rows to its last.
    A job whose worker dies three times in a row without getting any further is set aside: the third in a row comes after a finished chunk.
    """
    fell, jobs = 0, Job.objects.filter(pk=batch.job_id)
    points = sorted(luck.randrange(ROWS) for _kill in range(kills)) if IS_LONG else [0] * kills
    while fell < kills and not is_over():
        taken = jobs.filter(attempts__gt=jobs.get().attempts)
        forge.start()
        assert until(taken.exists, FINISHES_IN), forge.words()
        if jobs.get().fruitless > 2:
            until(lambda: is_over() or jobs.get().fruitless == 1, FINISHES_IN)
        reached = ImportBatch.objects.filter(pk=batch.pk, cursor__gte=points[fell])
        assert until(lambda reached=reached: is_over() or reached.exists(), LONGEST), forge.words()
        wait(luck.uniform(0, 0.3))
        fell += not is_over()
        forge.kill()
    forge.start()
    return fell


def in_state(batch, *states):
    return lambda: ImportBatch.objects.filter(pk=batch.pk, state__in=states).exists()


def test_import_killed_at_random_points(house):
    world, forge, web = house
    seed = random.randrange(10**6)
    luck = random.Random(seed)
    print(f"seed {seed}")  # shown where the test fails
    batch = brought(web, world, luck)
    forge.kill()
    in_checking, in_web = KILLS * 3 // 10, 2

    mapping = {f"column_{place}": field for place, field in batch.mapping.items()}
    assert web.post(reverse("crm_core:import_map", args=[batch.pk]), mapping)[0] == 302
    batch.refresh_from_db()
    checked = in_state(batch, BatchState.CHECKED)
    fell = killed_in_rounds(forge, batch, luck, in_checking, checked)
    began = time.monotonic()
    assert until(checked, FINISHES_IN), forge.words()
    print(f"{fell} kills while checking; checked {time.monotonic() - began:.1f} s after the last start")
    batch.refresh_from_db()
    assert (batch.counts["create"], batch.row_count) == (ROWS, ROWS), batch.counts
    forge.kill()

    start = lambda: web.post(reverse("crm_core:import_apply", args=[batch.pk]), {})  # noqa: E731
    web.killed_during(start, luck.uniform(0, 0.1))
    if checked():
        assert start()[0] == 302
    batch.refresh_from_db()
    assert batch.job.task == "crm_core.tasks.apply_import", "an import that is being applied has its job"
    applied = in_state(batch, BatchState.APPLIED)
    fell += killed_in_rounds(forge, batch, luck, KILLS - in_web - fell, applied)
    began = time.monotonic()
    assert until(applied, FINISHES_IN), forge.words()
    print(f"{fell} kills in all; loaded {time.monotonic() - began:.1f} s after the last start")
    assert until(lambda: Job.objects.filter(pk=batch.job_id, state=JobState.DONE).exists())
    assert fell >= KILLS // 2, "too few of the kills fell into the work"
    assert_whole(batch, world)


def assert_whole(batch, world):
    """Each row of the file made one account with its contact, role, ledger, history and index; each once."""
    rows = list(ImportRow.objects.filter(batch=batch).values_list("row_no", "target_id", "contact_id", "applied"))
    assert len(rows) == ROWS
    assert all(applied for *_more, applied in rows)
    assert sorted(Account.objects.values_list("name", flat=True)) == [f"甲{n:06d}贸易有限公司" for n in range(ROWS)]
    assert Counter(Account.objects.values_list("external_key", flat=True)).most_common(1)[0][1] == 1
    accounts, contacts = {target for _no, target, *_more in rows}, {contact for _no, _target, contact, _applied in rows}
    assert accounts == set(Account.objects.values_list("pk", flat=True))
    assert contacts == set(Contact.objects.values_list("pk", flat=True))
    assert len(accounts) == len(contacts) == ROWS
    ledger = list(Ownership.objects.values_list("account_id", "owner_id", "ends_at", "how"))
    assert sorted(ledger) == sorted((pk, world.sales_rep.pk, None, "import") for pk in accounts)
    assert set(Account.objects.values_list("owner_id", flat=True)) == {world.sales_rep.pk}
    assert sorted(AccountContact.objects.filter(is_main=True).values_list("account_id", flat=True)) == sorted(accounts)
    for model, keys in ((Account, accounts), (Contact, contacts)):
        assert sorted(model.history.values_list("id", flat=True)) == sorted(keys)
        documents = SearchDocument.objects.filter(kind=model._meta.label_lower)
        assert sorted(documents.values_list("object_id", flat=True)) == sorted(keys)
    _assert_index(world)
    assert UsageEvent.objects.filter(verb=Verb.IMPORT).count() == 1
    assert Notice.objects.filter(kind="import_finished").count() == 1
    assert Job.objects.filter(state=JobState.QUARANTINED).count() == 0


def _assert_index(world):
    for n in (0, ROWS // 2, ROWS - 1):
        assert f"甲{n:06d}贸易有限公司" in [found.title for found in find(f"甲{n:06d}贸易", by=world.sales_rep, kinds=["crm_core.account"])]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check")
            assert cursor.fetchall() == [("ok",)]
            cursor.execute("PRAGMA foreign_key_check")
            assert cursor.fetchall() == []
