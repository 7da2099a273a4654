"""Tickets on the page of the customer from which they were reported, as far as the reader sees them."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm_core.models import Account
from crm_core.timeline import Sight, Source
from feedback.models import Ticket
from foundation.people.models import User

WAITING = 5


def _tickets(account: Account, by: User) -> QuerySet[Ticket]:
    rows = Ticket.objects.visible_to(by) if by.has_perm("feedback.view_ticket") else Ticket.objects.none()
    return rows.filter(account=account)


def timeline(account: Account, *, sight: Sight, before: datetime | None) -> Source:
    """What was reported at the customer; numbers in it stand as the reader reads them."""
    rows = _tickets(account, sight.by).select_related("reporter").order_by("-created_at", "-pk")
    rows = sight.asked.narrow(rows, at="created_at", who=("reporter",), texts=("title", "code"), before=before)

    def said(row: Ticket) -> str:
        return sight.said(row.title, own=row.reporter_id == sight.by.pk)

    def item(row: Ticket) -> dict[str, Any]:
        return {
            "at": row.created_at,
            "who": row.reporter,
            "icon": "message-report",
            "title": _("reported “%(ticket)s”") % {"ticket": said(row)},
            "body": f"{row.code} · {row.get_state_display()}",
            "url": reverse("feedback:ticket_detail", args=[row.pk]),
            "tone": "watch" if row.is_open else "",
            "key": f"ticket-{row.pk}",
        }

    fields = ("title", "code", "state", "created_at", "reporter__display_name", "reporter__username")
    return sight.source(rows.only(*fields), item, lambda row: [said(row), row.code])


def waiting(by: User, account: Account) -> Source:
    """Open tickets, for the card of what is open at the customer."""
    rows = _tickets(account, by).open().order_by("created_at", "pk").only("title", "code")[:WAITING]  # type: ignore[attr-defined]

    def show(found: Iterable[Ticket]) -> list[dict[str, Any]]:
        return [{"label": _("Ticket %(code)s") % {"code": row.code}, "url": reverse("feedback:ticket_detail", args=[row.pk])} for row in found]

    return Source(rows, show)


def staying(accounts: Iterable[int]) -> dict[int, str]:
    """What a handover says of open tickets: who reported one and who answers it stay the same."""
    counts = Counter(Ticket.objects.open().filter(account__in=list(accounts)).values_list("account_id", flat=True))
    return {
        account: ngettext("%(count)d open ticket stays with who reported it.", "%(count)d open tickets stay with who reported them.", count) % {"count": count}
        for account, count in counts.items()
        if account
    }
