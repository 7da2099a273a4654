"""What feedback gives to the home page and the digests."""

from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from feedback.models import Ticket, TicketHop, TicketState
from foundation.notices.digest import DigestLine
from foundation.people.access import access_of
from foundation.people.models import User
from foundation.reading import Asking, answer_of


def waiting_items(user: User) -> Asking[list[dict[str, Any]]]:
    """Reports that wait for this person: as reporter who was asked back, as liaison, as the one who fixes."""
    people = [user.pk, *access_of(user).principals]
    due = TicketHop.objects.filter(ticket=OuterRef("pk"), ended_at__isnull=True).values("due_at")[:1]
    waiting = (
        Ticket.objects.filter(state=TicketState.RETURNED, reporter__in=people)
        | Ticket.objects.filter(state__in=[TicketState.LIAISON, TicketState.FIXED], liaison__in=people)
        | Ticket.objects.filter(state=TicketState.FIXING, assignee__in=people)
    )
    words = {
        TicketState.RETURNED: _("Answer a question about your report: %(title)s"),
        TicketState.LIAISON: _("Answer a report: %(title)s"),
        TicketState.FIXED: _("Tell the reporter: %(title)s"),
        TicketState.FIXING: _("Fix: %(title)s"),
    }
    rows = waiting.annotate(due=Subquery(due)).order_by("due", "pk")[:20]
    yield [rows]
    return [
        {
            "title": words[TicketState(ticket.state)] % {"title": ticket.title},
            "url": reverse("feedback:ticket_detail", args=[ticket.pk]),
            "due": ticket.due,
            "kind": _("Feedback"),
            "tone": "bad" if ticket.severity == "stops" else "",
        }
        for ticket in rows
    ]


def digest(user: User, since: datetime) -> list[DigestLine]:
    """A line for the digest: how many reports wait for this person."""
    waiting = len(answer_of(waiting_items(user)))
    return [DigestLine(_("%(count)s reports wait for you.") % {"count": waiting}, reverse("feedback:ticket_list"))] if waiting else []
