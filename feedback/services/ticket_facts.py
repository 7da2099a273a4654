"""What liaison and team put right on a ticket without moving it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from feedback.models import HopKind, Ticket, TicketHop, TicketState
from feedback.services.tickets import HOURS, CannotMove
from foundation.integrity import claim_version
from foundation.people.models import User
from foundation.periods import add_working_hours
from foundation.search.services import index
from foundation.usage.models import Verb
from foundation.usage.services import record

FIELDS = ("kind", "severity", "requirement", "title")


@transaction.atomic
def change_ticket(*, ticket: Ticket, values: dict[str, Any], sent_version: int, by: User, now: datetime) -> None:
    """Put facts of an unfinished ticket right; how bad it is sets the running leg's clock anew, counted from that leg's start."""
    if set(values) - set(FIELDS):
        raise TypeError(f"A ticket has no fact {sorted(set(values) - set(FIELDS))}")
    if ticket.state in (TicketState.CLOSED, TicketState.MERGED):
        raise CannotMove(_("This ticket is “%(state)s” now; this step is not open any more.") % {"state": ticket.get_state_display()})
    claim_version(ticket, sent_version)
    for name, value in values.items():
        setattr(ticket, name, value)
    ticket.save(update_fields=[*values])
    if "severity" in values:
        for hop in TicketHop.objects.select_for_update().filter(ticket=ticket, ended_at__isnull=True):
            hop.due_at = add_working_hours(hop.started_at, HOURS[HopKind(hop.hop)][ticket.severity])
            hop.save(update_fields=["due_at"])
    index(ticket)
    record(by=by, feature="feedback.ticket.edit", verb=Verb.UPDATE, obj=ticket, occurred_at=now)
