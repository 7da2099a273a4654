"""The demo rollout as it is found: nobody meets an empty desk, and nothing lies where no rule reaches it."""

import io

from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from crm_core.models import (
    Account,
    AccountRelation,
    BatchState,
    BillingProfile,
    CollectionSheet,
    CustomField,
    DisputeState,
    DuplicatePair,
    FieldType,
    Handover,
    ImportBatch,
    Merge,
    Ownership,
    OwnershipDispute,
    PairState,
    Pool,
    SheetState,
)
from crm_core.services.falling import dry_run
from crm_core.services.relations import group_of
from foundation.people.models import User


def test_the_customer_base_is_found_at_work(db, settings, monkeypatch, client_of):
    monkeypatch.setattr("docs_site.services.freezing.render_pdf", lambda *args, **kwargs: b"%PDF-1.7\n%%EOF\n")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    call_command("load_demo", accounts=500, opportunities=60, days=10, stdout=io.StringIO())
    people = {user.username: user for user in User.objects.filter(is_demo=True)}
    rep, manager = people["rep"], people["manager"]

    assert not Account.objects.live().filter(owner__isnull=True, pool__isnull=True).exists()
    assert {pool.name_en for pool in Pool.objects.all()} == {"East sales pool", "South sales pool", "Cloud sales pool", "Key accounts pool"}
    assert Ownership.objects.live().filter(account__owner__isnull=True).count() == 0
    assert Ownership.objects.live().count() == Account.objects.live().filter(owner__isnull=False).count()
    falls, is_whole = dry_run(timezone.localdate())
    assert falls
    assert is_whole
    assert len(falls) < 200

    assert set(CustomField.objects.filter(model="account").values_list("type", flat=True)) == set(FieldType.values)
    assert BillingProfile.objects.filter(account__owner=rep).count() > 5
    assert group_of(AccountRelation.objects.of_groups().first().account, by=rep)
    assert OwnershipDispute.objects.filter(state=DisputeState.OPEN).count() == 1
    assert Handover.objects.filter(taker=rep, acknowledged_at__isnull=True).count() == 1
    assert DuplicatePair.objects.filter(state=PairState.OPEN).exists()
    assert Merge.objects.count() == 1

    states = dict(ImportBatch.objects.values_list("source", "state"))
    assert states == {"李想": BatchState.APPLIED, "旧 CRM": BatchState.CHECKED, "财务": BatchState.MAPPING}
    assert ImportBatch.objects.get(source="李想").counts["refuse"] == 2
    assert ImportBatch.objects.get(source="旧 CRM").counts["duplicate_candidates"] >= 1
    assert set(CollectionSheet.objects.values_list("state", flat=True)) == {SheetState.SENT, SheetState.LOADED}

    client = client_of(manager)
    for name in ("duplicate_list", "import_list", "dispute_list", "pool_list", "handover_list", "collection_list"):
        assert client.get(reverse(f"crm_core:{name}")).status_code == 200
