"""Which contacts, activities and tasks a person sees with an account: the same whichever way round the database is asked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm_core.models import Account, AccountContact, Activity, Collaborator, Contact, Opportunity, Task
from crm_core.services.sharing import share_account
from crm_core.veils import with_own
from foundation import visibility
from foundation.people.access import access_of
from foundation.visibility import is_few
from tests.factories.crm_core import AccountContactFactory, AccountFactory, ActivityFactory, ContactFactory, OpportunityFactory, TaskFactory

pytestmark = pytest.mark.django_db
READERS = ("sales_rep", "other_rep", "west_rep", "sales_manager", "liaison", "service_agent", "admin", "sponsor", "auditor", "key_user", "outsider")


def test_who_may_only_read_is_offered_no_change_and_throws_nothing_away(world, client_of):
    account = AccountFactory(owner=world.sales_rep, department=world.team_a)
    contact = AccountContactFactory(account=account, contact=ContactFactory(owner=world.sales_rep)).contact
    share_account(account=account, person=world.other_rep, by=world.sales_rep, right="read")
    discard = reverse("crm_core:contact_discard", args=[contact.pk])
    reader, owner = client_of(world.other_rep), client_of(world.sales_rep)
    offered = ('/facts/phone/"', reverse("crm_core:contact_edit", args=[contact.pk]), discard)
    page = reader.get(contact.get_absolute_url()).content.decode()
    assert contact.name in page
    assert not [address for address in offered if address in page]
    assert reader.post(discard).status_code == 403
    assert Contact.objects.live().filter(pk=contact.pk).exists()
    page = owner.get(contact.get_absolute_url()).content.decode()
    assert [address for address in offered if address in page] == list(offered)
    assert owner.post(discard).status_code == 302
    assert not Contact.objects.live().filter(pk=contact.pk).exists()


@pytest.fixture(params=[True, False], ids=["few", "many"])
def way(request, monkeypatch):
    monkeypatch.setattr("crm_core.models.contact.is_few", lambda *rows, **how: request.param)


@pytest.fixture
def people(world):
    """A contact at an account of each, at two of them, at a shared one, at one that is gone, and one that stands alone."""
    places = {"sales_rep": world.team_a, "other_rep": world.team_b, "west_rep": world.west_sales, "sales_manager": world.sales}
    accounts = [AccountFactory(owner=getattr(world, name), department=place) for name, place in places.items()]
    accounts.append(AccountFactory(owner=None, department=world.team_a))
    for account in accounts:
        AccountContactFactory(account=account)
    both = ContactFactory()
    for account in accounts[:3]:
        AccountContactFactory(account=account, contact=both)
    shared = AccountContactFactory(account=AccountFactory(owner=world.west_rep, department=world.west_sales))
    Collaborator.objects.create(account=shared.account, user=world.sales_rep, added_by=world.west_rep)
    gone = AccountContactFactory(account=AccountFactory(owner=world.sales_rep, department=world.team_a))
    Account.objects.filter(pk=gone.account.pk).update(deleted_at=timezone.now())
    ContactFactory(owner=world.other_rep)
    ContactFactory()
    return accounts


@pytest.mark.parametrize("name", READERS)
def test_who_sees_an_account_sees_its_people_once(name, way, world, people):
    user = getattr(world, name)
    found = list(Contact.objects.visible_to(user))
    if access_of(user).sees_all("crm_core.contact"):
        assert len(found) == Contact.objects.count()
        return
    seen = set(Account.objects.visible_to(user).values_list("pk", flat=True))
    linked = {link.contact_id for link in AccountContact.objects.all() if link.account_id in seen}
    assert len(found) == len({row.pk for row in found})
    assert linked <= {row.pk for row in found}
    assert all(row.pk in linked or row.owner_id for row in found)


def test_the_two_ways_round_give_the_same_rows(world, people, monkeypatch):
    given = []
    for answer in (True, False):
        monkeypatch.setattr("crm_core.models.contact.is_few", lambda *rows, answer=answer, **how: answer)
        given.append({name: set(Contact.objects.visible_to(getattr(world, name)).values_list("pk", flat=True)) for name in READERS})
    assert given[0] == given[1]
    assert 0 < len(given[0]["sales_rep"]) < Contact.objects.count()


def test_whose_people_are_ones_own(way, world, people):
    own = {row.pk for row in with_own(Contact.objects.all(), world.sales_rep) if row.veil_own}
    mine = AccountContact.objects.filter(account__in=[account.pk for account in people if account.owner_id == world.sales_rep.pk])
    assert {link.contact_id for link in mine} <= own
    theirs = {link.contact_id for link in AccountContact.objects.filter(account__owner=world.other_rep)} - {link.contact_id for link in mine}
    assert theirs
    assert not own & theirs


@pytest.fixture
def work(world, people):
    """An activity, a task and a deal at each account, written by somebody far away, and one of each that stands with no seen account."""
    accounts = [*people, AccountFactory(owner=world.west_rep, department=world.west_sales)]
    for account in accounts:
        ActivityFactory(account=account, author=world.admin)
        TaskFactory(account=account, owner=world.admin)
        OpportunityFactory(account=account, owner=world.admin)
    TaskFactory(account=None, owner=world.sales_rep)
    return accounts


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("model", [Activity, Task], ids=lambda model: model.__name__)
def test_what_hangs_on_a_seen_account_is_seen_once(model, name, world, work, monkeypatch):
    user, given = getattr(world, name), []
    for answer in (True, False):
        monkeypatch.setattr("foundation.visibility.is_few", lambda *rows, answer=answer, **how: answer)
        given.append(sorted(model.objects.visible_to(user).values_list("pk", flat=True)))
    assert given[0] == given[1]
    assert len(given[0]) == len(set(given[0]))
    if name == "sales_rep":
        seen = set(Account.objects.visible_to(user).values_list("pk", flat=True))
        assert set(model.objects.filter(account__in=seen).values_list("pk", flat=True)) <= set(given[0])
        assert 0 < len(given[0]) < model.objects.count()


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("model", [Account, Opportunity], ids=lambda model: model.__name__)
def test_a_list_has_the_rows_that_are_visible(model, name, world, work, monkeypatch):
    user = getattr(world, name)
    visible = set(model.objects.visible_to(user).values_list("pk", flat=True))
    for answer in (True, False):
        monkeypatch.setattr("foundation.visibility.is_few", lambda *rows, answer=answer, **how: answer)
        listed = list(model.objects.listed_for(user).values_list("pk", flat=True))
        assert (set(listed), len(listed)) == (visible, len(visible))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite counts where PostgreSQL is asked")
def test_sqlite_counts_no_further_than_it_matters(world, people, monkeypatch):
    access, rows = access_of(world.sales_rep), Account.objects.visible_to(world.sales_rep)
    for page, answer in ((0, False), (10**6, True)):
        visibility._expected.clear()
        monkeypatch.setattr("foundation.visibility.PAGE", page)
        with CaptureQueriesContext(connection) as asked:
            assert is_few(rows, Contact.objects.all(), access=access) is answer
            assert is_few(rows, Contact.objects.all(), access=access) is answer, "remembered"
        assert len(asked) == 2
        assert "LIMIT" in asked[-1]["sql"]
    visibility._expected.clear()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="Only PostgreSQL is asked what it expects")
def test_postgresql_is_asked_once_what_it_expects(world, people, monkeypatch):
    visibility._expected.clear()
    access, rows = access_of(world.sales_rep), Account.objects.visible_to(world.sales_rep)
    with CaptureQueriesContext(connection) as asked:
        first, second = is_few(rows, Contact.objects.all(), access=access), is_few(rows, Contact.objects.all(), access=access)
    assert first == second
    assert len([query for query in asked if query["sql"].startswith("EXPLAIN")]) == 2
    assert not [query for query in asked if "ANALYZE" in query["sql"]]
    for page, answer in ((0, False), (10**12, True)):
        visibility._expected.clear()
        monkeypatch.setattr("foundation.visibility.PAGE", page)
        assert is_few(rows, Contact.objects.all(), access=access) is answer
    visibility._expected.clear()
