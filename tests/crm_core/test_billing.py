"""Billing profiles: checked, one default, retired rather than deleted, two writers meet."""

import pytest
from django.urls import reverse

from crm_core.models import BillingProfile
from crm_core.services.billing import CannotBill, create_billing_profile, retire_billing_profile, update_billing_profile
from foundation.integrity import Stale

CODE = "91350100M000100Y43"
GOOD = {
    "title": "青山科技有限公司",
    "invoice_kind": "special",
    "tax_number": "９１３５０１００m000100y43",
    "bank": "中国银行福州分行",
    "bank_account": "6222 0200-1234 5678",
    "email": "fp@example.com",
    "receiver_phone": "138 0013 8000",
}


def test_billing_first_profile_is_the_default_and_another_may_take_over(account, sales_rep, now):
    first = create_billing_profile(account=account, data={"title": "总部"}, by=sales_rep, now=now)
    second = create_billing_profile(account=account, data={"title": "分公司"}, by=sales_rep, now=now)
    assert (first.is_default, second.is_default) == (True, False)
    update_billing_profile(profile=second, changes={"is_default": True}, version=1, by=sales_rep, now=now)
    assert list(BillingProfile.objects.live().values_list("title", "is_default")) == [("分公司", True), ("总部", False)]
    update_billing_profile(profile=second, changes={"is_default": False}, version=second.version, by=sales_rep, now=now)
    second.refresh_from_db()
    assert second.is_default  # there is always one
    retire_billing_profile(profile=second, by=sales_rep, now=now)
    first.refresh_from_db()
    assert first.is_default
    with pytest.raises(CannotBill):
        update_billing_profile(profile=second, changes={"title": "x"}, version=second.version, by=sales_rep, now=now)
    assert second.history.count() >= 3


def test_billing_second_writer_is_told(account, sales_rep, now, client_of):
    profile = create_billing_profile(account=account, data={"title": "总部"}, by=sales_rep, now=now)
    update_billing_profile(profile=profile, changes={"title": "总部（新）"}, version=1, by=sales_rep, now=now)
    with pytest.raises(Stale):
        update_billing_profile(profile=profile, changes={"title": "别的"}, version=1, by=sales_rep, now=now)
    answer = client_of(sales_rep).post(reverse("crm_core:billing_edit", args=[profile.pk]), {"title": "别的", "invoice_kind": "general", "version": 1})
    assert answer.status_code == 409
    assert "总部（新）" in answer.content.decode()
    assert "别的" in answer.content.decode()


def test_billing_page_cleans_what_is_typed(account, sales_rep, client_of):
    client, address = client_of(sales_rep), reverse("crm_core:billing_create", args=[account.pk])
    assert "青山科技有限公司" in client.get(address).content.decode()  # prefilled from the account
    assert client.post(address, GOOD).status_code == 302
    profile = BillingProfile.objects.get()
    assert (profile.tax_number, profile.bank_account, profile.is_default) == (CODE, "6222020012345678", True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tax_number": ""}, "needs the tax number"),
        ({"tax_number": "123"}, "15 to 20"),
        ({"bank_account": "中国"}, "6 to 34"),
        ({"title": ""}, "required"),
        ({"email": "no"}, "valid email"),
        ({"receiver_phone": "abc"}, "not a phone number"),
        ({"title": "x" * 161}, "160"),
    ],
)
def test_billing_bad_input_is_explained_and_nothing_is_lost(account, sales_rep, client_of, change, words):
    answer = client_of(sales_rep).post(reverse("crm_core:billing_create", args=[account.pk]), {**GOOD, **change})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "中国银行福州分行" in page
    assert not BillingProfile.objects.exists()


def test_billing_doors(account, sales_rep, outsider, auditor, west_rep, client_of, now):
    profile = create_billing_profile(account=account, data={"title": "总部"}, by=sales_rep, now=now)
    for name, pk in (("billing_create", account.pk), ("billing_edit", profile.pk), ("billing_retire", profile.pk)):
        address = reverse(f"crm_core:{name}", args=[pk])
        assert client_of(outsider).post(address).status_code == 404
        assert client_of(west_rep).post(address).status_code == 404
        assert client_of(auditor).post(address).status_code == 403
    assert client_of(sales_rep).post(reverse("crm_core:billing_retire", args=[profile.pk])).status_code == 302
    assert client_of(sales_rep).get(reverse("crm_core:billing_edit", args=[profile.pk])).status_code == 404
