"""Metrics against a case counted by hand, causes one by one, the score, and the backlog item that comes of it."""

from datetime import date, datetime, timedelta
from math import log2
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from feedback.models import BacklogItem, Cause, Diagnosis, MetricValue
from feedback.services.backlog import CannotDecide, accept_item, decline_item, diagnose_day, findings_of, gap_of, score_of, wilson_upper
from feedback.services.metrics import measure_day
from foundation.integrity import Stale
from foundation.notices.models import Notice
from foundation.usage.models import Feature
from requirements_mgmt.models import ChangeRequest
from tests.factories.feedback import BacklogItemFactory, DiagnosisFactory, MetricValueFactory, TicketFactory
from tests.factories.people import person
from tests.factories.requirements_mgmt import RequirementFactory
from tests.factories.training import CompletionFactory, ProcedureFactory, TrainingAssignmentFactory
from tests.factories.usage import UsageDayFactory
from training.models import TrainingAssignment

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 3, 20, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def team(world):
    """Sales team A with five representatives."""
    return [world.sales_rep, *(person(f"rep{n}", "sales_rep", world.team_a) for n in range(4))]


def used(user, day, **values):
    feature = Feature.objects.get(key=values.pop("feature", "crm.activity.log"))
    department = user.assignments.get().position.department
    return UsageDayFactory(**{"user": user, "day": day, "department": department, "role": "sales_rep", "feature": feature, "verb": "log", **values})


def value(metric, department):
    return MetricValue.objects.get(metric=metric, day=DAY, department=department, role="sales_rep")


def test_a_case_counted_by_hand(world, team):
    a, b, c, d, _e = team
    used(a, DAY, count=2, within_day=2, lag_seconds=7200, filled=4, required=4)
    used(a, DAY - timedelta(days=1), count=1, within_day=0, lag_seconds=3600 * 46, filled=1, required=4)  # a: 3 events on 2 days
    used(b, DAY, count=5, within_day=5)  # b: one day only
    used(c, DAY, count=1)
    used(c, DAY - timedelta(days=2), count=1)  # c: two events only
    used(d, DAY - timedelta(days=9), count=9, verb="create", outcome="invalid", feature="crm.account.create")  # before the week
    used(a, DAY - timedelta(days=28), count=99, within_day=99)  # before the window
    procedure, other = ProcedureFactory(), ProcedureFactory()
    for one in (procedure, other):
        TrainingAssignmentFactory(user=a, procedure=one)
    TrainingAssignmentFactory(user=b, procedure=procedure)
    then = datetime(2026, 11, 19, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    TrainingAssignment.objects.update(created_at=then)
    CompletionFactory(user=a, procedure=procedure, completed_at=then)
    CompletionFactory(user=b, procedure=procedure, fingerprint="old", completed_at=then)  # of other steps
    TicketFactory(reporter=a, created_at=then)
    assert measure_day(day=DAY) == measure_day(day=DAY)  # again, the same rows

    active = value("active_ratio", world.team_a)
    assert (active.numerator, active.denominator, active.value, active.people) == (1, 5, 0.2, 5)
    lag = value("entry_lag", world.team_a)
    assert (lag.numerator, lag.denominator) == (7, 10)
    assert lag.mean_hours == pytest.approx((2 + 46) / 10)
    complete = value("completeness", world.team_a)
    assert (complete.numerator, complete.denominator) == (5, 8)
    first = value("first_pass", world.team_a)
    assert (first.numerator, first.denominator) == (10, 19)
    trained = value("training", world.team_a)
    assert (trained.numerator, trained.denominator) == (1, 3)
    rate = value("ticket_rate", world.team_a)
    assert (rate.numerator, rate.denominator) == (1, 5)
    assert value("active_ratio", world.team_b).numerator == 0


def figures(**ratios):
    names = {"active": "active_ratio", "lag": "entry_lag", "complete": "completeness", "first": "first_pass", "trained": "training", "tickets": "ticket_rate"}
    good = {"active": 0.9, "lag": 0.95, "complete": 1, "first": 0.95, "trained": 0.95, "tickets": 0.2}
    people = ratios.pop("people", 10)
    return {names[key]: MetricValue(metric=names[key], value=one, people=people) for key, one in {**good, **ratios}.items()}


@pytest.mark.parametrize(
    ("ratios", "causes"),
    [
        ({}, []),
        ({"trained": 0.3, "active": 0.6}, [Cause.NOT_TRAINED]),
        ({"active": 0.6}, [Cause.NO_MOTIVE]),
        ({"first": 0.6}, [Cause.FRICTION]),
        ({"lag": 0.6}, [Cause.COSTLY_ENTRY]),
        ({"complete": 0.7}, [Cause.UNCLEAR_RULE]),
        ({"active": 0.3, "tickets": 0, "first": 0.7}, [Cause.FRICTION, Cause.SILENT]),
        ({"active": 0.3, "tickets": 0, "people": 4}, []),  # too small a group to say anything about
    ],
)
def test_each_cause_has_its_pattern(ratios, causes):
    assert [finding.cause for finding in findings_of(figures(**ratios))] == causes


def test_the_score_is_the_formula():
    parts = {"weekly": 6, "minutes": 15, "trust": 1.5, "urgency": 2, "confidence": 0.64, "gap": 0.5, "size": 3}
    assert score_of(**parts) == pytest.approx(log2(91) * 1.5 * 2 * 0.64 * 0.75 / 3)
    assert score_of(**{**parts, "weekly": 0}) == 0


def test_small_numbers_are_read_favourably():
    assert wilson_upper(0, 0) == 1.0
    assert wilson_upper(5, 10) == pytest.approx(0.7634, abs=1e-4)  # tables of the Wilson interval
    assert gap_of("active_ratio", 0, 2) < gap_of("active_ratio", 0, 200) <= 1
    assert gap_of("active_ratio", 95, 100) == 0


@pytest.fixture
def gap(world):
    """Sales team A enters late; everything else is well."""
    for metric, numerator in {"active_ratio": 9, "entry_lag": 5, "first_pass": 10, "training": 10, "completeness": 10, "ticket_rate": 2}.items():
        MetricValueFactory(metric=metric, day=DAY, department=world.team_a, numerator=numerator, denominator=10, value=numerator / 10)
    feature = Feature.objects.get(key="crm.activity.log")
    requirement = RequirementFactory(department=world.sales, code="S-1")
    requirement.features.add(feature)
    return requirement


def test_one_item_per_gap_with_evidence(world, gap):
    bug = TicketFactory(reporter=world.sales_rep, department=world.team_a, kind="bug", created_at=NOW - timedelta(days=3))
    assert diagnose_day(day=DAY, now=NOW) == {"diagnoses": 1, "new_items": 1}
    assert diagnose_day(day=DAY, now=NOW) == {"diagnoses": 1, "new_items": 0}
    item = BacklogItem.objects.get()
    assert (item.kind, item.metric, item.requirement, item.code) == ("product", "entry_lag", gap, f"B-{item.pk:04d}")
    assert list(item.tickets.all()) == [bug]
    assert item.evidence["numerator"] == 5
    assert item.evidence["tickets"] == [bug.code]
    assert item.score_parts["trust"] == 1.5
    assert item.score == pytest.approx(score_of(**item.score_parts))
    assert Diagnosis.objects.get().cause == Cause.COSTLY_ENTRY


def test_accepting_opens_a_change_request_and_tells_the_reporters(world, gap):
    TicketFactory(reporter=world.sales_rep, department=world.team_a, created_at=NOW - timedelta(days=3))
    diagnose_day(day=DAY, now=NOW)
    item = BacklogItem.objects.get()
    change = accept_item(item=item, requirement=None, note="下一迭代做", sent_version=1, by=world.pm, now=NOW)
    assert ChangeRequest.objects.get() == change
    assert change.requirement == gap
    assert change.evidence["metric"] == "entry_lag"
    assert Notice.objects.filter(to=world.sales_rep, kind="backlog_decided").count() == 1
    for decide in (
        lambda: accept_item(item=item, requirement=None, note="", sent_version=2, by=world.pm, now=NOW),
        lambda: decline_item(item=item, note="不做", sent_version=2, by=world.pm, now=NOW),
    ):
        with pytest.raises(CannotDecide):
            decide()
    assert diagnose_day(day=DAY, now=NOW)["new_items"] == 0  # in work: not opened again each night


def test_a_declined_gap_rests_for_a_while(world, gap):
    diagnose_day(day=DAY, now=NOW)
    decline_item(item=BacklogItem.objects.get(), note="先观察", sent_version=1, by=world.pm, now=NOW)
    assert diagnose_day(day=DAY, now=NOW + timedelta(days=5))["new_items"] == 0
    assert diagnose_day(day=DAY, now=NOW + timedelta(days=40))["new_items"] == 1


def test_refused_decisions(world):
    item = BacklogItemFactory(department=world.team_a)
    with pytest.raises(CannotDecide):
        accept_item(item=item, requirement=None, note="", sent_version=1, by=world.pm, now=NOW)  # no requirement behind it
    with pytest.raises(CannotDecide):
        decline_item(item=item, note=" ", sent_version=1, by=world.pm, now=NOW)
    with pytest.raises(Stale):
        decline_item(item=item, note="不做", sent_version=9, by=world.pm, now=NOW)
    assert BacklogItem.objects.get().state == "proposed"


# --- pages -------------------------------------------------------------------------------------


def test_adoption_hides_small_groups(client_of, world):
    MetricValueFactory(department=world.team_a, numerator=3, denominator=4, value=0.75, people=4)
    MetricValueFactory(department=world.west_sales, numerator=4, denominator=10, value=0.4, people=10)
    page = client_of(world.pm).get(reverse("feedback:adoption"))
    assert page.status_code == 200
    text = page.content.decode()
    assert "40%" in text
    assert "75%" not in text
    chart = client_of(world.pm).get(reverse("feedback:metric_chart", args=["active_ratio"]))
    assert chart.status_code == 200
    assert client_of(world.pm).get(reverse("feedback:metric_chart", args=["nothing"])).status_code == 404


def test_the_chart_speaks_the_kits_language(client_of, world, today):
    MetricValueFactory(day=today, department=world.team_a, numerator=5, denominator=10, people=10)
    MetricValueFactory(day=today, department=world.west_sales, numerator=1, denominator=2, people=2)
    data = client_of(world.pm).get(reverse("feedback:metric_chart", args=["active_ratio"])).json()
    assert data["kind"] == "line"
    assert data["unit"] == "%"
    assert data["categories"] == [today.isoformat()]
    assert {one["name"]: one["values"] for one in data["series"]} == {"East": [50.0], "West": [None]}


def test_one_sees_the_figures_of_the_own_departments(client_of, world):
    MetricValueFactory(department=world.west_sales)
    assert "West sales" not in client_of(world.sales_manager).get(reverse("feedback:adoption")).content.decode()
    assert client_of(world.sales_rep).get(reverse("feedback:adoption")).status_code == 403
    DiagnosisFactory(department=world.west_sales)
    assert "West sales" in client_of(world.pm).get(reverse("feedback:adoption")).content.decode()


def test_backlog_pages_and_decisions(client_of, world, gap):
    item = BacklogItemFactory(department=world.team_a, requirement=gap, metric="entry_lag", evidence={"value": 0.5, "numerator": 5, "denominator": 10})
    url, accept, decline = (reverse(f"feedback:backlog_{name}", args=[item.pk]) for name in ("detail", "accept", "decline"))
    pm = client_of(world.pm)
    assert pm.get(reverse("feedback:backlog_list")).status_code == 200
    assert "50%" in pm.get(url).content.decode()
    assert pm.get(accept).status_code == 405
    assert pm.get(decline).status_code == 405
    assert client_of(world.liaison).post(accept, {"version": 1}).status_code == 403
    assert client_of(world.sales_rep).get(url).status_code == 403
    assert client_of(world.outsider).get(url).status_code == 404
    assert client_of(world.outsider).post(accept, {"version": 1}).status_code == 404
    assert client_of(world.west_liaison).get(url).status_code == 404
    assert pm.post(accept, {"version": "x"}).status_code == 400
    assert pm.post(decline, {"version": 1, "note": ""}).status_code == 409
    stale = pm.post(decline, {"version": 8, "note": "因为没有预算"})
    assert stale.status_code == 409
    assert "因为没有预算" in stale.content.decode()
    assert 'name="version" value="1"' in stale.content.decode()
    assert pm.post(accept, {"version": 1, "requirement": gap.pk, "note": "做"}).status_code == 302
    assert pm.post(accept, {"version": 2, "requirement": gap.pk, "note": "做"}).status_code == 409
    assert ChangeRequest.objects.count() == 1
    assert pm.get(url).status_code == 200


@pytest.mark.parametrize("name", ["adoption", "backlog_list"])
def test_lists_do_not_grow_in_queries(client_of, world, name):
    client = client_of(world.pm)

    def count(n):
        for _ in range(n):
            MetricValueFactory(department=BacklogItemFactory(requirement=RequirementFactory()).department)
        client.get(reverse(f"feedback:{name}"))
        with CaptureQueriesContext(connection) as seen:
            client.get(reverse(f"feedback:{name}"))
        return len(seen)

    assert count(2) == count(9)
