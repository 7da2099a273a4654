from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.usage.models import Feature, UsageDay
from requirements_mgmt.models import Requirement
from requirements_mgmt.reports import use_by_week, use_of_many, use_of_requirement
from tests.factories.people import person


@pytest.fixture
def features(db):
    """Two features of the suite that every sales person may use, and one that needs a permission nobody there has."""
    free = Feature.objects.filter(permission="")[:1] or [Feature.objects.create(key="test.free", name="随便")]
    return list(free), Feature.objects.create(key="test.locked", name="锁定", permission="people.import_user")


def use(person_, feature, day, outcome="ok"):
    UsageDay.objects.create(day=day, user=person_, feature=feature, verb="create", outcome=outcome, surface="ui", count=1)


def test_of_those_it_is_meant_for_how_many_used_it(world, written, features, today):
    (free,), _locked = features
    requirement = written(features=[free], roles=["sales_rep"])
    use(world.sales_rep, free, today)
    use(world.sales_rep, free, today - timedelta(days=3))
    use(world.other_rep, free, today, outcome="invalid")
    use(world.west_rep, free, today)
    count = use_of_requirement(requirement, today)
    assert (count.used, count.meant_for) == (1, 2)  # the two reps below East sales; West is not meant
    assert not count.never_used


def test_window_ends_after_28_days(world, written, features, today):
    (free,), _locked = features
    requirement = written(features=[free], roles=["sales_rep"])
    use(world.sales_rep, free, today - timedelta(days=28))
    assert use_of_requirement(requirement, today).never_used
    use(world.sales_rep, free, today - timedelta(days=27))
    assert use_of_requirement(requirement, today).used == 1


def test_people_who_may_not_use_any_linked_feature_do_not_count(world, written, features, today):
    (free,), locked = features
    requirement = written(features=[locked], roles=["sales_rep"])
    count = use_of_requirement(requirement, today)
    assert (count.meant_for, count.never_used) == (0, False)
    wider = written("两个功能", features=[free, locked], roles=["sales_rep"])
    assert use_of_requirement(wider, today).meant_for == 2


def test_people_who_left_the_post_do_not_count(world, written, features, today):
    from foundation.people.models import Assignment

    (free,), _locked = features
    requirement = written(features=[free], roles=["sales_rep"])
    Assignment.objects.filter(user=world.other_rep).update(ends_on=today - timedelta(days=1))
    assert use_of_requirement(requirement, today).meant_for == 1


def test_without_features_nothing_is_claimed(requirement, today):
    count = use_of_requirement(requirement, today)
    assert (count.is_linked, count.never_used) == (False, False)


def test_small_groups_show_no_figures(world, written, features, today):
    (free,), _locked = features
    for number in range(5):
        person(f"rep_a{number}", "sales_rep", world.team_a)
    requirement = written(features=[free], roles=["sales_rep"])
    rows = {row.department: row for row in use_of_requirement(requirement, today).by_department()}
    assert (rows[world.team_a].is_hidden, rows[world.team_b].is_hidden) == (False, True)
    assert rows[world.team_a].meant_for == 6


def test_weeks_add_up(world, written, features, today):
    (free,), _locked = features
    requirement = written(features=[free], roles=["sales_rep"])
    use(world.sales_rep, free, today)
    use(world.other_rep, free, today - timedelta(days=8))
    weeks = use_by_week(requirement, today)
    assert [week["used"] for week in weeks][-2:] == [1, 1]
    assert sum(week["used"] for week in weeks) == 2
    assert weeks[-1]["ends_on"] == today


def test_a_page_of_requirements_costs_a_fixed_number_of_queries(world, written, features, today):
    (free,), locked = features
    rows = [written(f"需求{n}", features=[free, locked]) for n in range(8)]

    def cost(some):
        loaded = list(Requirement.objects.filter(pk__in=[row.pk for row in some]).select_related("department"))
        with CaptureQueriesContext(connection) as seen:
            use_of_many(loaded, today)
        return len(seen)

    assert cost(rows[:1]) == cost(rows) <= 3


def test_list_finds_what_nobody_used(world, written, features, client_of, today):
    (free,), _locked = features
    unused = written("没人用的", features=[free], roles=["sales_rep"])
    used = written("有人用的", features=[Feature.objects.create(key="test.other", name="别的")], roles=["sales_rep"])
    plain = written("没有功能点")
    use(world.sales_rep, used.features.get(), today)
    client = client_of(world.pm)

    def shown(choice):
        page = client.get(reverse("requirements_mgmt:requirement_list"), {"use": choice}).content.decode()
        return {row.title for row in (unused, used, plain) if row.title in page}

    assert shown("never") == {"没人用的"}
    assert shown("used") == {"有人用的"}
    assert shown("unlinked") == {"没有功能点"}
    weeks = client.get(reverse("requirements_mgmt:use_weeks", args=[used.pk])).json()
    assert weeks["series"][0]["values"][-1] == 1
