from collections import Counter
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from foundation.usage.models import MEANINGFUL, Outcome, Rollup, Surface, UsageDay, UsageEvent, Verb
from foundation.usage.rollup import days_to_roll, roll_up_day, roll_up_pending
from tests.factories.usage import EventFactory, FeatureFactory, UsageDayFactory

HERE = ZoneInfo(settings.TIME_ZONE)
DAY = datetime(2026, 3, 2, tzinfo=HERE).date()
START = datetime.combine(DAY, time.min, tzinfo=HERE)

one_event = st.fixed_dictionaries(
    {
        "minute": st.integers(-60, 24 * 60 + 60),  # an hour of the neighbours too
        "lag": st.integers(-30, 3 * 24 * 60),
        "user": st.integers(0, 2),
        "feature": st.integers(0, 1),
        "department": st.integers(0, 2),
        "verb": st.sampled_from([Verb.VIEW, Verb.CREATE, Verb.UPDATE]),
        "outcome": st.sampled_from(list(Outcome)),
        "surface": st.sampled_from([Surface.UI, Surface.IMPORT]),
        "filled": st.one_of(st.none(), st.integers(0, 9)),
    }
)


@pytest.fixture
def scene(world):
    return {
        "user": [world.sales_rep, world.other_rep, world.west_rep],
        "feature": [FeatureFactory(), FeatureFactory()],
        "department": [world.team_a, world.team_b, None],
    }


def snapshot(day):
    return Counter(
        UsageDay.objects.filter(day=day).values_list(
            "user", "feature", "department", "role", "verb", "outcome", "surface", "count", "filled", "required", "lag_seconds", "within_day"
        )
    )


def brute_force(events, day):
    groups: dict = {}
    for event in events:
        if timezone.localdate(event.recorded_at) != day:
            continue
        key = (event.user_id, event.feature_id, event.department_id, event.role, event.verb, event.outcome, event.surface)
        sums = groups.setdefault(key, [0, 0, 0, 0, 0])
        lag = event.recorded_at - event.occurred_at
        sums[0] += 1
        sums[1] += event.filled or 0
        sums[2] += event.required or 0
        sums[3] += int(lag.total_seconds()) if lag > timedelta() else 0
        sums[4] += lag <= timedelta(hours=24)
    return Counter((*key, *sums) for key, sums in groups.items())


@pytest.mark.django_db
@hypothesis_settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(one_event, max_size=25))
def test_rollup_equals_counting_by_hand(scene, drawn):
    UsageEvent.objects.expire(before=START + timedelta(days=9), reason="a new example")
    UsageDay.objects.all().delete()
    for draw in drawn:
        at = START + timedelta(minutes=draw["minute"])
        EventFactory(
            user=scene["user"][draw["user"]],
            feature=scene["feature"][draw["feature"]],
            department=scene["department"][draw["department"]],
            verb=draw["verb"],
            outcome=draw["outcome"],
            surface=draw["surface"],
            recorded_at=at,
            occurred_at=at - timedelta(minutes=draw["lag"]),
            filled=draw["filled"],
            required=9 if draw["filled"] is not None else None,
        )
    roll_up_day(DAY)
    assert snapshot(DAY) == brute_force(UsageEvent.objects.all(), DAY)
    before = snapshot(DAY)
    roll_up_day(DAY)
    assert snapshot(DAY) == before


def test_rolling_one_day_by_hand_forgets_no_other(scene, world):
    EventFactory(user=world.sales_rep, feature=scene["feature"][0], recorded_at=START)
    EventFactory(user=world.sales_rep, feature=scene["feature"][0], recorded_at=START + timedelta(days=9))
    roll_up_day(DAY + timedelta(days=9))
    roll_up_pending(DAY + timedelta(days=20))
    assert UsageDay.objects.get(day=DAY).count == 1


def test_late_events_send_their_day_again(scene, world, monkeypatch):
    monkeypatch.setattr("foundation.usage.rollup.MARGIN", 0)
    today = DAY + timedelta(days=20)
    EventFactory(user=world.sales_rep, feature=scene["feature"][0], recorded_at=START)
    roll_up_pending(today)
    assert UsageDay.objects.get(day=DAY).count == 1
    EventFactory(user=world.sales_rep, feature=scene["feature"][0], recorded_at=START + timedelta(hours=1))
    assert days_to_roll(today) == [DAY, today - timedelta(days=1), today]
    roll_up_pending(today)
    assert UsageDay.objects.get(day=DAY).count == 2
    assert days_to_roll(today) == [today - timedelta(days=1), today]
    assert Rollup.objects.filter(day=DAY).count() == 1


def test_people_who_used_counts_each_once_and_successes_only(scene, world):
    feature, other = scene["feature"]
    for day, user, outcome in [(0, world.sales_rep, "ok"), (1, world.sales_rep, "ok"), (1, world.other_rep, "denied"), (-40, world.west_rep, "ok")]:
        UsageDayFactory(day=DAY + timedelta(days=day), user=user, feature=feature, outcome=outcome)
    UsageDayFactory(day=DAY, user=world.liaison, feature=other)
    assert set(UsageDay.objects.people_who_used([feature.pk], DAY)) == {world.sales_rep.pk}
    assert UsageDay.objects.between(DAY, DAY).count() == 2


@pytest.mark.django_db
def test_views_and_imports_are_not_meaningful():
    UsageDayFactory(verb="view")
    UsageDayFactory(verb="create", surface="import")
    UsageDayFactory(verb="create", outcome="invalid")
    counted = [UsageDayFactory(verb=verb).pk for verb in MEANINGFUL]
    assert set(UsageDay.objects.meaningful().values_list("pk", flat=True)) == set(counted)
