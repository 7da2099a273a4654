from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from foundation.usage.models import UsageEvent
from foundation.usage.reports import use_of_feature
from tests.factories.people import person
from tests.factories.usage import FeatureFactory, UsageDayFactory


@pytest.fixture
def feature(world):
    """Six people of team A and three of team B used it."""
    feature = FeatureFactory(name_en="New account")
    today = timezone.localdate()
    for team, number in ((world.team_a, 6), (world.team_b, 3)):
        for n in range(number):
            UsageDayFactory(day=today - timedelta(days=n), feature=feature, user=person(f"{team.code}{n}", "sales_rep", team), department=team, count=2)
    return feature


def test_small_departments_are_not_shown(feature):
    use = use_of_feature(feature=feature, today=timezone.localdate())
    assert [(row.people, row.uses) for row in use.rows] == [(6, 12), (None, None)]
    # The exact total would give the three away.
    assert (use.people, use.at_least) == (6, True)


def test_small_departments_are_shown_together_when_they_are_many(feature, world):
    for n in range(3):
        UsageDayFactory(day=timezone.localdate(), feature=feature, user=person(f"w{n}", "sales_rep", world.west_sales), department=world.west_sales)
    use = use_of_feature(feature=feature, today=timezone.localdate())
    assert [row.people for row in use.rows] == [6, 6]
    assert (use.people, use.at_least) == (12, False)


def test_use_older_than_the_window_does_not_count(feature):
    assert use_of_feature(feature=feature, today=timezone.localdate() + timedelta(days=40)).rows == []


def test_pages_of_the_catalogue(client_of, pm, sales_rep, feature, world):
    few = FeatureFactory(name_en="Rare thing")
    UsageDayFactory(day=timezone.localdate(), feature=few, user=sales_rep, count=7)
    client = client_of(pm)
    found = {name: client.get(reverse("usage:feature_list") + f"?q={name}").content.decode() for name in ("New account", "Rare thing")}
    assert "New account" in found["New account"]
    assert "fewer than 5" in found["Rare thing"]
    detail = client.get(reverse("usage:feature_detail", args=[feature.pk])).content.decode()
    assert "Sales team A" in detail
    assert "Sales team B" not in detail
    rare = client.get(reverse("usage:feature_detail", args=[few.pk])).content.decode()
    assert ">7<" not in rare
    narrowed = client.get(reverse("usage:feature_list") + f"?department={world.team_a.pk}&sort=people")
    assert "New account" in narrowed.content.decode()
    assert client.get(reverse("usage:feature_list") + "?department=99999999999999999999").status_code == 200


@pytest.mark.parametrize("name", ["sales_rep", "liaison", "auditor"])
def test_catalogue_is_for_administrators_and_project_managers(client_of, world, feature, name):
    client = client_of(getattr(world, name))
    assert client.get(reverse("usage:feature_list")).status_code == 403
    assert client.get(reverse("usage:feature_detail", args=[feature.pk])).status_code == 403


def test_my_use_shows_only_mine(client_of, sales_rep, other_rep):
    mine, others = FeatureFactory(name_en="Mine"), FeatureFactory(name_en="Of others")
    UsageDayFactory(day=timezone.localdate(), feature=mine, user=sales_rep)
    UsageDayFactory(day=timezone.localdate(), feature=others, user=other_rep)
    page = client_of(sales_rep).get(reverse("usage:my_usage")).content.decode()
    assert "Mine" in page
    assert "Of others" not in page
    assert UsageEvent.objects.filter(user=sales_rep).count() == 0  # not a feature of the CRM


def test_a_page_fetched_ahead_counts_once_it_is_looked_at(world, client_of):
    client = client_of(world.sales_rep)
    views = UsageEvent.objects.filter(user=world.sales_rep, verb="view", feature__key="crm.account.list")
    client.get("/crm/accounts/", headers={"Sec-Purpose": "prefetch"})
    assert not views.exists()
    assert client.post(reverse("usage:seen"), {"page": "/crm/accounts/"}).status_code == 204
    assert views.count() == 1
    for page in ("/people/roles/", "/nowhere/", "", "\x00"):
        assert client.post(reverse("usage:seen"), {"page": page}).status_code == 204
    assert UsageEvent.objects.filter(user=world.sales_rep).count() == 1
