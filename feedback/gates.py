"""What feedback counts at a gate."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from feedback.models import Severity, Ticket, TicketKind
from foundation.people.models import Department
from implementation.gates import departments_of
from implementation.models import CheckResult, GateCheck, Phase, Status


def below(departments: list[Department]) -> set[int]:
    """The departments and all that lie below them."""
    paths = [department.path for department in departments]
    return {pk for pk, path in Department.objects.values_list("pk", "path") if any(path.startswith(start) for start in paths)}


def no_stopping_bug(*, phase: Phase, parameters: dict[str, Any], today: date) -> CheckResult:
    """No open bug keeps people of the phase's departments from working; bugs that only hinder are a risk."""
    bugs = Ticket.objects.open().filter(kind=TicketKind.BUG, department__in=below(departments_of(phase))).order_by("created_at", "pk")
    stopping = list(bugs.filter(severity=Severity.STOPS))
    hindering = bugs.filter(severity=Severity.HINDERS).count()
    if stopping:
        sentence = ngettext("%(count)s open bug keeps people from working.", "%(count)s open bugs keep people from working.", len(stopping)) % {
            "count": len(stopping)
        }
        rows = [(str(bug), reverse("feedback:ticket_detail", args=[bug.pk])) for bug in stopping]
        return CheckResult(Status.NOT_MET, sentence, value=[len(stopping), hindering], rows=rows)
    if hindering:
        sentence = ngettext("No bug stops work; %(count)s open bug hinders it.", "No bug stops work; %(count)s open bugs hinder it.", hindering) % {
            "count": hindering
        }
        return CheckResult(Status.RISK, sentence, value=[0, hindering])
    return CheckResult(Status.MET, _("No open bug stops or hinders work."), value=[0, 0])


CHECKS = (GateCheck("feedback.no_stopping_bug", gettext_lazy("No open bug stops work"), no_stopping_bug, ("go_live",)),)
