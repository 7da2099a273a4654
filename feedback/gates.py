"""What feedback counts at a gate."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from feedback.models import Severity, Ticket, TicketKind
from foundation.reading import Asking, counted
from implementation.gates import departments_below
from implementation.models import CheckResult, GateCheck, Phase, Status

MOST_ROWS = 50


def no_stopping_bug(*, phase: Phase, parameters: dict[str, Any], today: date) -> Asking[CheckResult]:
    """No open bug keeps people of the phase's departments from working; bugs that only hinder are a risk."""
    bugs = Ticket.objects.open().filter(kind=TicketKind.BUG, department__in=departments_below(phase))
    bad = bugs.filter(severity=Severity.STOPS)
    numbers, others, first = counted(bad, "severity"), counted(bugs.filter(severity=Severity.HINDERS), "severity"), bad.order_by("created_at", "pk")[:MOST_ROWS]
    yield [numbers, others, first]
    stopping, hindering = sum(numbers), sum(others)
    if stopping:
        sentence = ngettext("%(count)s open bug keeps people from working.", "%(count)s open bugs keep people from working.", stopping) % {"count": stopping}
        rows = [(str(bug), reverse("feedback:ticket_detail", args=[bug.pk])) for bug in first]
        return CheckResult(Status.NOT_MET, sentence, value=[stopping, hindering], rows=rows)
    if hindering:
        sentence = ngettext("No bug stops work; %(count)s open bug hinders it.", "No bug stops work; %(count)s open bugs hinder it.", hindering) % {
            "count": hindering
        }
        return CheckResult(Status.RISK, sentence, value=[0, hindering])
    return CheckResult(Status.MET, _("No open bug stops or hinders work."), value=[0, 0])


CHECKS = (GateCheck("feedback.no_stopping_bug", gettext_lazy("No open bug stops work"), no_stopping_bug, ("go_live",)),)
