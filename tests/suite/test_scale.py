"""The seeded base, made by several processes at once: each reads the database through a connection of its own."""

import pytest

from crm_core.models import Account, Activity, Contact, Opportunity, Ownership
from foundation.people.models import User
from foundation.search.models import SearchDocument
from foundation.search.services import find
from suite.scale import seeding

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_base_is_seeded_by_several_processes(monkeypatch):
    monkeypatch.setattr(seeding, "CHUNK", 40)
    made = seeding.seed(accounts=120, contacts=120, activities=1_300, opportunities=40)
    found = {"accounts": Account, "contacts": Contact, "activities": Activity, "opportunities": Opportunity, "documents": SearchDocument}
    assert {key: model.objects.count() for key, model in found.items()} == {key: made[key] for key in found}
    assert set(Ownership.objects.live().values_list("account_id", "owner_id")) == set(Account.objects.filter(owner__isnull=False).values_list("pk", "owner_id"))
    boss = User.objects.get(username="seed.boss")
    for account in Account.objects.order_by("pk")[:3]:
        assert account.name in [hit.title for hit in find(account.name, by=boss)]
        assert Activity.objects.filter(account=account).count() == 50
    with pytest.raises(seeding.CannotSeed):
        seeding.seed(accounts=0, contacts=1, activities=0, opportunities=0)
