"""The owners that a filter bar offers: everybody whose accounts one may come upon, nobody from elsewhere."""

import pytest
from django.utils import timezone

from crm_core.filters import AccountFilter
from crm_core.models import Account, Collaborator
from foundation.people.models import User
from tests.factories.crm_core import AccountFactory

pytestmark = pytest.mark.django_db
READERS = ("sales_rep", "other_rep", "west_rep", "sales_manager", "liaison", "service_agent", "admin", "sponsor", "auditor", "key_user")


def offered(user, rf):
    request = rf.get("/")
    request.user = User.objects.get(pk=user.pk)
    form = AccountFilter({}, queryset=Account.objects.visible_to(request.user), request=request).form
    return {pk for pk, _name in form.fields["owner"].choices if pk}


@pytest.fixture
def accounts(world):
    places = {"sales_rep": world.team_a, "other_rep": world.team_b, "west_rep": world.west_sales, "sales_manager": world.sales, "service_agent": world.service}
    return {name: AccountFactory(owner=getattr(world, name), department=place) for name, place in places.items()}


@pytest.mark.parametrize("name", READERS)
def test_every_owner_one_sees_is_offered(name, world, accounts, rf):
    user = getattr(world, name)
    seen = set(Account.objects.visible_to(user).filter(owner__isnull=False).values_list("owner", flat=True))
    assert seen <= offered(user, rf)


def test_nobody_from_elsewhere_is_offered(world, accounts, rf):
    assert offered(world.sales_rep, rf) == {world.sales_rep.pk}
    assert world.west_rep.pk not in offered(world.sales_manager, rf)
    assert {world.sales_rep.pk, world.other_rep.pk} <= offered(world.sales_manager, rf)


def test_the_owner_of_a_shared_account_is_offered(world, accounts, rf):
    Collaborator.objects.create(account=accounts["west_rep"], user=world.sales_rep, added_by=world.west_rep, expires_on=timezone.localdate())
    assert offered(world.sales_rep, rf) == {world.sales_rep.pk, world.west_rep.pk}


def test_a_filter_by_owner_narrows_and_refuses_others(world, accounts, client_of):
    client = client_of(world.sales_manager)
    url = "/crm/accounts/?owner="
    assert accounts["other_rep"].name not in client.get(f"{url}{world.sales_rep.pk}").content.decode()
    assert accounts["sales_rep"].name in client.get(f"{url}{world.sales_rep.pk}").content.decode()
    for wrong in (world.west_rep.pk, "abc", "9" * 30, "\x00"):
        page = client.get(url + str(wrong))
        assert page.status_code == 200
        assert accounts["west_rep"].name not in page.content.decode()
