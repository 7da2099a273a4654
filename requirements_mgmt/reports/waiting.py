"""What waits for a person here: requirements to confirm, for oneself or for somebody absent."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from foundation.people.access import access_of
from foundation.people.models import User
from foundation.reading import Asking, counted
from requirements_mgmt.models import Confirmation

MOST_ROWS = 20


def waiting_count(user: User) -> Asking[int]:
    """How many confirmations wait for the person."""
    rows = counted(Confirmation.objects.of(access_of(user)).waiting(), "person")
    yield [rows]
    return sum(rows)


def confirmations_waiting(user: User) -> Asking[list[dict[str, Any]]]:
    """For the home page: each confirmation that waits, the oldest first."""
    rows = Confirmation.objects.of(access_of(user)).waiting().select_related("requirement", "asked_by", "person").order_by("asked_at", "pk")[:MOST_ROWS]
    yield [rows]
    return [
        {
            "title": _("Confirm %(code)s: %(title)s") % {"code": row.requirement.code, "title": row.requirement.title},
            "url": _address(row, user),
            "icon": "thumb-up",
            "kind": _("Confirmation"),
            "at": row.asked_at,
            "due": None,
            "who": row.asked_by,
        }
        for row in rows
    ]


def _address(row: Confirmation, user: User) -> str:
    address = reverse("requirements_mgmt:requirement_confirm", args=[row.requirement_id])
    return address if row.person_id == user.pk else f"{address}?person={row.person_id}"
