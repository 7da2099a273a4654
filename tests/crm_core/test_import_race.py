"""Two windows on one import at the same moment: one decision stands and the other person is told; a load and another step never both begin."""

import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from crm_core.models import Account, BatchState, ImportBatch, ImportRow
from crm_core.services.account import create_account
from crm_core.services.importing import CannotApply, CannotDecide, check_batch, decide_rows, deciding, start_apply
from crm_core.services.importing.columns import CannotMatch, save_mapping
from crm_core.services.importing.staging import CannotStage, drop_batch, read_batch
from foundation.integrity import Refused
from foundation.jobs import runner, services
from foundation.jobs.sweep import run_waiting
from foundation.people.models import User
from tests.at_once import together
from tests.crm_core.test_import import csv_file, staged
from tests.crm_core.test_import_pages import url

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def asked(world, number):
    """A checked import with one row in question."""
    name, now = f"青山第{number}科技有限公司", timezone.now()
    create_account(data={"name": name}, by=world.sales_rep, now=now)
    batch = staged(world.sales_manager, now, csv_file("utf-8", [[name, world.sales_manager.username]], ["客户名称", "负责人"]))
    return check_batch(batch=batch, by=world.sales_manager, now=now)


def decide(batch, decision, user):
    def call():
        found = ImportBatch.objects.get(pk=batch.pk)
        return decide_rows(batch=found, decision=decision, rows=[2], was="", by=User.objects.get(pk=user.pk), now=timezone.now())

    return call


def test_of_two_decisions_at_once_one_stands_and_the_other_person_is_told(world):
    for number in range(4):
        batch = asked(world, number)
        results = together(decide(batch, "skip", world.sales_manager), decide(batch, "create", world.sales_rep))
        told = [result for result in results if isinstance(result, CannotDecide)]
        assert len(told) == 1, results
        assert results.count(1) == 1, results
        assert batch.rows.get().decision == ("skip" if results[0] == 1 else "create")


def test_a_decision_that_ended_the_question_is_told_as_well(world):
    """The representative may not give customers to that owner: planned with those rights the row is refused, and nothing is asked about it any more."""
    batch = asked(world, 5)
    assert decide(batch, "create", world.sales_rep)() == 1
    assert batch.rows.get().question == ""
    with pytest.raises(CannotDecide, match="decided about row 2 meanwhile"):
        decide(batch, "skip", world.sales_manager)()
    assert batch.rows.get().decision == "create"


def test_decisions_negative_control(world, monkeypatch):
    """Written without looking again, the later decision silently replaces the earlier: the test above can fail."""
    batch = asked(world, 9)
    first = decide(batch, "skip", world.sales_manager)
    keep = deciding.keep_rows

    def careless(rows, fields):
        monkeypatch.setattr(deciding, "keep_rows", keep)
        with transaction.atomic():
            ImportRow.objects.filter(batch=batch).update(decision="create", decided_by=world.sales_rep, decided_at=timezone.now())
            keep(rows, fields)

    monkeypatch.setattr(deciding, "keep_rows", careless)
    assert first() == 1
    assert batch.rows.get().decision == "skip"


@pytest.mark.parametrize("other", ["read", "map", "check", "drop"])
def test_a_load_and_another_step_never_both_begin(other, world):
    now, by = timezone.now(), world.sales_manager
    batch = check_batch(batch=staged(by, now, csv_file("utf-8", [["甲公司"], ["乙公司"]], ["客户名称"])), by=by, now=now)
    steps = {
        "read": lambda: read_batch(batch=ImportBatch.objects.get(pk=batch.pk), by=by),
        "map": lambda: save_mapping(batch=ImportBatch.objects.get(pk=batch.pk), mapping={"0": "name"}, by=by, now=now),
        "check": lambda: check_batch(batch=ImportBatch.objects.get(pk=batch.pk), by=by, now=now),
        "drop": lambda: drop_batch(ImportBatch.objects.get(pk=batch.pk)),
    }
    refusals = (CannotApply, CannotStage, CannotMatch, ImportBatch.DoesNotExist)
    results = together(lambda: start_apply(batch=ImportBatch.objects.get(pk=batch.pk), by=by, now=now), steps[other], refusals=(Refused, *refusals))
    left = ImportBatch.objects.filter(pk=batch.pk).first()
    if left is not None and left.state == BatchState.APPLYING:
        # The load began: whatever came second was refused, or had ended before; the rows and their plans are whole.
        assert results[0] is None, results
        assert sorted(left.rows.values_list("row_no", "action")) == [(2, "create"), (3, "create")]
    else:
        assert isinstance(results[0], refusals), results
        assert left is None or left.state in (BatchState.MAPPING, BatchState.CHECKED), left.state
    assert not Account.objects.exists()


@pytest.fixture
def continued(world, client_of, monkeypatch):
    """A load of a collection sheet has parked what is in question; before its job says that it has ended, somebody decides and lets the load go on."""
    batch, client = asked(world, 7), client_of(world.sales_manager)
    ImportBatch.objects.filter(pk=batch.pk).update(handed_in_by=world.sales_rep)
    batch.refresh_from_db()
    with transaction.atomic():
        start_apply(batch=batch, by=world.sales_manager, now=timezone.now(), leave_questions=True)
        job = services.enqueue(
            task="crm_core.tasks.apply_import", by=world.sales_manager, title="x", payload={"batch": batch.pk}, key=f"crm-import-{batch.pk}-apply"
        )
    parked, go, end = threading.Event(), threading.Event(), runner._end

    def held(*args, **kwargs):
        parked.set()
        go.wait(20)
        return end(*args, **kwargs)

    def go_on():
        with monkeypatch.context() as patched:
            patched.setattr(runner, "_end", held)
            load = threading.Thread(target=lambda: (runner.run(job.pk), connection.close()))
            load.start()
            assert parked.wait(20)
            try:
                assert ImportBatch.objects.get(pk=batch.pk).state == BatchState.PARTLY
                assert decide(batch, "create", world.sales_manager)() == 1
                assert client.post(url("import_apply", batch)).status_code == 302
            finally:
                go.set()
                load.join(30)
        run_waiting()
        return ImportBatch.objects.get(pk=batch.pk)

    return go_on


def test_a_load_that_goes_on_while_its_job_is_ending_is_not_swallowed(continued):
    batch = continued()
    assert (batch.state, batch.job.state, batch.rows.get().applied) == (BatchState.APPLIED, "done", True)
    assert Account.objects.count() == 2


def test_going_on_negative_control(continued, monkeypatch):
    """Were the ending job taken for one that will do it, nobody would write the rows: the test above can fail."""
    keep = services._standing
    monkeypatch.setattr(services, "_standing", lambda key, again_by: keep(key, again_by=None))
    batch = continued()
    assert (batch.state, batch.job.state, batch.rows.get().applied) == (BatchState.APPLYING, "done", False)
