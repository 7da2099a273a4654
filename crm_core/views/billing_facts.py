"""Billing profiles on the account page: each as the reader may see it."""

from typing import Any

from crm_core.models import Account, BillingProfile
from crm_core.veils import HIDDEN, MASKS, is_own, note_own, veiled_fields
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


class BillingReading:
    """The live profiles of an account, read together with the rest of its page."""

    def __init__(self, account: Account, by: User):
        self.account, self.by = account, by
        self.rows = BillingProfile.objects.live().filter(account=account)
        self.parts = (self.rows,)

    def profiles(self) -> list[Any]:
        """Each with ``facts`` that are filled and not hidden from the person; a profile is the person's own as its account is."""
        rows: list[Any] = list(self.rows)
        for row in rows:
            row.account = self.account
            note_own(row, is_own(self.account, self.by))
            row.facts = facts_of_profile(row, self.by, veiled_fields(row, self.by))
        return rows
