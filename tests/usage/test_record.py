import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from foundation.people.access import access_of
from foundation.people.models import Assignment, User
from foundation.usage.models import AppendOnly, Feature, Outcome, RetentionWindow, UsageEvent, Verb
from foundation.usage.services import UnknownFeature, forget_feature_ids, record
from tests.factories.usage import EventFactory, FeatureFactory


@pytest.fixture
def feature(db):
    forget_feature_ids()
    return FeatureFactory(key="sample.thing.create")


def test_one_insert_and_no_other_query(sales_rep, feature, django_assert_num_queries):
    access_of(sales_rep).posts  # noqa: B018  (the person's access is read by any permission check)
    record(by=sales_rep, feature="sample.thing.create", verb=Verb.CREATE, obj=sales_rep)
    with django_assert_num_queries(1) as queries:
        record(by=sales_rep, feature="sample.thing.create", verb=Verb.CREATE, obj=sales_rep, filled=3, required=4)
    assert queries.captured_queries[0]["sql"].upper().startswith("INSERT INTO")


def test_snapshot_stays_when_the_person_moves(sales_rep, world, feature):
    event = record(by=sales_rep, feature=feature, verb=Verb.CREATE)
    Assignment.objects.filter(user=sales_rep).update(position=Assignment.objects.get(user=world.service_agent).position_id)
    later = record(by=User.objects.get(pk=sales_rep.pk), feature=feature, verb=Verb.CREATE)
    event = UsageEvent.objects.get(pk=event.pk)
    assert (event.department, event.role) == (world.team_a, "sales_rep")
    assert (later.department, later.role) == (world.service, "service_agent")


def test_rolled_back_with_the_change(sales_rep, feature):
    with transaction.atomic():
        record(by=sales_rep, feature=feature, verb=Verb.CREATE)
        assert UsageEvent.objects.count() == 1
        transaction.set_rollback(True)
    assert not UsageEvent.objects.exists()


def test_unknown_key_is_refused(sales_rep, db):
    with pytest.raises(UnknownFeature):
        record(by=sales_rep, feature="no.such.key", verb=Verb.CREATE)


@pytest.mark.parametrize("sql", ["UPDATE usage_usageevent SET verb = 'view'", "DELETE FROM usage_usageevent"])
def test_database_refuses_change_and_deletion(sales_rep, feature, sql):
    record(by=sales_rep, feature=feature, verb=Verb.CREATE)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert UsageEvent.objects.get().verb == Verb.CREATE


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no TRUNCATE; its DELETE without a condition is refused above")
def test_database_refuses_truncation(sales_rep, feature):
    record(by=sales_rep, feature=feature, verb=Verb.CREATE)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE usage_usageevent CASCADE")
    assert UsageEvent.objects.get().verb == Verb.CREATE


def test_python_refuses_too(sales_rep, feature):
    event = record(by=sales_rep, feature=feature, verb=Verb.CREATE)
    for attempt in (event.save, event.delete, UsageEvent.objects.all().delete, lambda: UsageEvent.objects.update(verb="view")):
        with pytest.raises(AppendOnly):
            attempt()


def test_retention_deletes_old_events_and_closes_the_door(sales_rep, feature):
    now = timezone.now()
    EventFactory(user=sales_rep, feature=feature, recorded_at=now.replace(year=now.year - 3))
    EventFactory(user=sales_rep, feature=feature, recorded_at=now)
    assert UsageEvent.objects.expire(before=now.replace(year=now.year - 2), reason="three years are over") == 1
    assert UsageEvent.objects.count() == 1
    assert not RetentionWindow.objects.exists()
    with pytest.raises(IntegrityError), transaction.atomic():
        UsageEvent.objects.all()._raw_delete("default")


def test_even_a_retention_window_permits_no_change(sales_rep, feature):
    record(by=sales_rep, feature=feature, verb=Verb.CREATE)
    with pytest.raises(IntegrityError), RetentionWindow.open("a trial"), connection.cursor() as cursor:
        cursor.execute("UPDATE usage_usageevent SET verb = 'view'")


def test_rolled_back_feature_is_not_remembered(sales_rep, db, settings):
    forget_feature_ids()
    settings.FEATURES = ["tests.factories.usage.SAMPLE_FEATURES"]
    with transaction.atomic():
        record(by=sales_rep, feature="sample.declared.view", verb=Verb.VIEW)
        record(by=sales_rep, feature="sample.declared.view", verb=Verb.VIEW)
        transaction.set_rollback(True)
    assert not Feature.objects.filter(key="sample.declared.view").exists()
    event = record(by=sales_rep, feature="sample.declared.view", verb=Verb.VIEW)
    assert Feature.objects.get(pk=event.feature_id).key == "sample.declared.view"


def test_trail_reads_as_steps(sales_rep, other_rep, feature):
    record(by=other_rep, feature=feature, verb=Verb.CREATE)
    record(by=sales_rep, feature=feature, verb=Verb.VIEW)
    record(by=sales_rep, feature=feature, verb=Verb.CREATE, outcome=Outcome.INVALID, filled=1, required=3)
    steps = UsageEvent.objects.trail_of(sales_rep, limit=5)
    assert [step.sentence for step in steps] == [f"Created: {feature.name_en} (Refused by the form)", f"Looked at: {feature.name_en}"]
