"""Two liaisons answer the same ticket in the same moment: one answer, one clear refusal."""

import pytest
from django.utils import timezone

from feedback.models import Ticket, TicketMessage
from feedback.services import tickets
from foundation.integrity import Refused
from tests.at_once import together
from tests.factories.feedback import TicketFactory

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def race(world):
    ticket = TicketFactory(reporter=world.sales_rep, department=world.team_a, liaison=world.liaison)

    def answer(by):
        seen = Ticket.objects.get(pk=ticket.pk)  # both have read the page before either answers
        return lambda: tickets.answer_ticket(ticket=seen, body=f"答复 {by}", sent_version=1, by=by, now=timezone.now())

    results = together(answer(world.liaison), answer(world.pm))
    return results, TicketMessage.objects.filter(ticket=ticket).count()


def test_one_answer_wins(world):
    results, messages = race(world)
    assert messages == 1
    assert sum(isinstance(result, Refused) for result in results) == 1


def test_without_the_version_both_would_answer(world, monkeypatch):
    """Negative control: the guard is what makes the difference."""
    monkeypatch.setattr(tickets, "claim_version", lambda row, sent: None)
    results, messages = race(world)
    assert messages == 2
    assert results == [None, None]
