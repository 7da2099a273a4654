"""Billing profiles on the account page: each as the reader may see it."""

from typing import Any

from crm_core.models import Account, BillingProfile
from crm_core.veils import HIDDEN, MASKS, veiled_fields, with_own
from crm_core.views.facts import veiled_fact
from foundation.people.models import User
from foundation.ui.facts import Fact, fact_of

SHOWN_FIELDS = ("registered_address", "registered_phone", "bank", "bank_account", "email", "receiver", "receiver_phone", "receiver_address")


def billing_fact(profile: BillingProfile, field: str, by: User) -> Fact:
    """One fact of a profile; its name carries the profile's number, because an account has several."""
    fact = fact_of(profile, field, "")
    fact = veiled_fact(fact, profile, field, by) if field in MASKS["billingprofile"] else fact
    return Fact(f"billing-{profile.pk}-{field}", fact.label, fact.value, "", fact.kind, "", profile.version, reveal=fact.reveal)


def facts_of_profile(profile: BillingProfile, by: User, veiled: dict[str, str]) -> list[Fact]:
    """The facts of a profile that are filled and not hidden from the person."""
    return [billing_fact(profile, name, by) for name in SHOWN_FIELDS if getattr(profile, name) and veiled.get(name) != HIDDEN]


def billing_of(account: Account, by: User) -> list[Any]:
    """The live profiles of an account, with ``facts`` that are filled and not hidden from the person."""
    rows: list[Any] = list(with_own(account.billing_profiles.live(), by))
    for row in rows:
        row.facts = facts_of_profile(row, by, veiled_fields(row, by))
    return rows
