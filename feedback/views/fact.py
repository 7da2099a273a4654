"""Facts of a ticket, edited in place by liaison and team."""

from copy import copy
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from feedback.forms import FactForm
from feedback.models import Ticket, TicketState
from feedback.services.ticket_facts import FIELDS, change_ticket
from foundation.ui.facts import Fact, answer_fact, fact_of
from requirements_mgmt.models import Requirement


def _fact(row: Ticket, name: str) -> Fact:
    return fact_of(row, name, reverse("feedback:ticket_fact", args=[row.pk, name]))


def facts_of(row: Ticket, user: Any) -> list[Fact]:
    """The facts that liaison and team keep right; none for others and none on a finished ticket."""
    if not user.has_perm("feedback.answer_ticket") or row.state in (TicketState.CLOSED, TicketState.MERGED):
        return []
    return [_fact(row, name) for name in FIELDS[:-1]]  # the title stands in the head


@require_http_methods(["GET", "POST"])
@permission_required("feedback.answer_ticket", raise_exception=True)
def ticket_fact(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    row = get_object_or_404(Ticket.objects.visible_to(request.user).select_related("requirement"), pk=pk)
    if field not in FIELDS:
        raise Http404
    requirements = Requirement.objects.visible_to(request.user).select_related("rollout").order_by("code")

    def save(valid: FactForm) -> None:
        values = {field: valid.cleaned_data[field]}
        change_ticket(ticket=copy(row), values=values, sent_version=valid.cleaned_data["version"] or 0, by=request.user, now=timezone.now())

    form = FactForm(request.POST or None, instance=copy(row), requirements=requirements, initial={"version": row.version})
    return answer_fact(request, row=row, field=field, fact=_fact, form=form, save=save, feature="feedback.ticket.edit")
