"""A ticket's way: liaison, return and reply, team, fix, word to the reporter; merging; clocks that hand over once."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from feedback.models import Ticket, TicketHop
from feedback.services import tickets
from foundation.integrity import Stale
from foundation.notices.models import Notice
from foundation.periods import add_working_hours
from foundation.usage.models import UsageEvent
from foundation.usage.services import record
from tests.factories.feedback import TicketFactory
from tests.factories.people import DelegationFactory

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 16, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def report(by, **values):
    return tickets.report_ticket(
        **{"kind": "bug", "title": "保存报价时出错", "body": "点保存没有反应", "severity": "hinders", "by": by, "now": MONDAY, **values}
    )


def told(user, kind):
    return Notice.objects.filter(to=user, kind=kind)


def test_the_whole_way_with_a_question_back(world):
    ticket = report(world.sales_rep, page_url="/crm/accounts/", url_name="crm_core:account_list")
    assert (ticket.state, ticket.liaison, ticket.department, ticket.code) == ("liaison", world.liaison, world.team_a, f"T-{ticket.pk:05d}")
    assert ticket.feature.key == "crm.account.list"
    assert told(world.liaison, "ticket_reported").count() == 1

    step = {"ticket": ticket, "now": MONDAY + timedelta(hours=1)}
    tickets.return_ticket(**step, body="哪一份报价？", sent_version=1, by=world.liaison)
    assert ticket.state == "returned"
    assert told(world.sales_rep, "ticket_returned").count() == 1
    assert not ticket.hops.filter(ended_at__isnull=True).exists()  # no clock runs while the reporter is asked
    tickets.reply_ticket(**step, body="Q-17", sent_version=2, by=world.sales_rep)
    assert ticket.state == "liaison"
    assert told(world.liaison, "ticket_replied").count() == 1
    tickets.forward_ticket(**step, note="本部门多人遇到", sent_version=3, by=world.liaison)
    assert ticket.state == "team"
    assert told(world.pm, "ticket_forwarded").count() == 1
    tickets.take_ticket(**step, assignee=world.developer, analysis="币种为空", requirement=None, sent_version=4, by=world.pm)
    assert ticket.state == "fixing"
    assert told(world.developer, "ticket_taken").count() == 1
    tickets.fix_ticket(**step, note="币种为空时也能保存", sent_version=5, by=world.developer)
    assert ticket.state == "fixed"
    assert ticket.hops.get(ended_at__isnull=True).holder == world.liaison
    tickets.tell_reporter(**step, body="", sent_version=6, by=world.liaison)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.version) == ("closed", 7)
    assert ticket.closed_at
    assert told(world.sales_rep, "ticket_closed").get().body == "币种为空时也能保存"
    assert [hop.hop for hop in ticket.hops.all()] == ["liaison", "liaison", "team", "fix", "tell"]
    assert UsageEvent.objects.filter(feature__key__startswith="feedback.ticket.", object_id=str(ticket.pk)).count() == 7


def test_without_a_liaison_it_goes_to_the_team(world):
    ticket = report(world.service_agent)
    assert (ticket.state, ticket.liaison) == ("team", None)
    assert told(world.pm, "ticket_reported").exists()
    assert told(world.developer, "ticket_reported").exists()


def test_an_answer_can_be_asked_on_and_closed(world):
    ticket = report(world.sales_rep)
    tickets.answer_ticket(ticket=ticket, body="请先填币种", sent_version=1, by=world.liaison, now=MONDAY)
    tickets.reply_ticket(ticket=ticket, body="填了还是不行", sent_version=2, by=world.sales_rep, now=MONDAY)
    assert ticket.state == "liaison"
    tickets.answer_ticket(ticket=ticket, body="请刷新页面", sent_version=3, by=world.liaison, now=MONDAY)
    tickets.close_ticket(ticket=ticket, sent_version=4, by=world.sales_rep, now=MONDAY)
    assert ticket.state == "closed"


@pytest.mark.parametrize(
    ("state", "call"),
    [
        ("closed", lambda t, p: tickets.answer_ticket(ticket=t, body="x", sent_version=1, by=p, now=MONDAY)),
        ("team", lambda t, p: tickets.forward_ticket(ticket=t, note="x", sent_version=1, by=p, now=MONDAY)),
        ("liaison", lambda t, p: tickets.fix_ticket(ticket=t, note="x", sent_version=1, by=p, now=MONDAY)),
        ("liaison", lambda t, p: tickets.tell_reporter(ticket=t, body="x", sent_version=1, by=p, now=MONDAY)),
        ("liaison", lambda t, p: tickets.close_ticket(ticket=t, sent_version=1, by=p, now=MONDAY)),
        ("liaison", lambda t, p: tickets.reply_ticket(ticket=t, body="x", sent_version=1, by=p, now=MONDAY)),
        ("liaison", lambda t, p: tickets.answer_ticket(ticket=t, body=" ", sent_version=1, by=p, now=MONDAY)),
        ("liaison", lambda t, p: tickets.return_ticket(ticket=t, body="", sent_version=1, by=p, now=MONDAY)),
        ("team", lambda t, p: tickets.take_ticket(ticket=t, assignee=p, analysis="", requirement=None, sent_version=1, by=p, now=MONDAY)),
        ("fixing", lambda t, p: tickets.fix_ticket(ticket=t, note="", sent_version=1, by=p, now=MONDAY)),
        ("liaison", lambda t, p: tickets.merge_ticket(ticket=t, into=t, sent_version=1, by=p, now=MONDAY)),
    ],
)
def test_steps_that_are_not_open_are_refused(world, state, call):
    ticket = TicketFactory(state=state, reporter=world.sales_rep)
    with pytest.raises(tickets.CannotMove):
        call(ticket, world.pm)
    assert Ticket.objects.get(pk=ticket.pk).state == state


def test_a_stale_version_changes_nothing(world):
    ticket = report(world.sales_rep)
    with pytest.raises(Stale):
        tickets.answer_ticket(ticket=ticket, body="x", sent_version=7, by=world.liaison, now=MONDAY)
    assert not ticket.messages.exists()


def test_a_report_needs_a_sentence(world):
    with pytest.raises(tickets.CannotReport):
        report(world.sales_rep, title="  ")


def test_merged_reporters_are_told_and_led_to_their_own_ticket(world):
    first, second = report(world.sales_rep), report(world.other_rep)
    tickets.merge_ticket(ticket=second, into=first, sent_version=1, by=world.liaison, now=MONDAY)
    assert (second.state, second.merged_into) == ("merged", first)
    assert told(world.other_rep, "ticket_merged").count() == 1
    tickets.answer_ticket(ticket=first, body="已说明", sent_version=1, by=world.liaison, now=MONDAY)
    assert told(world.other_rep, "ticket_answered").get().url.endswith(f"/{second.pk}/")
    assert told(world.sales_rep, "ticket_answered").get().url.endswith(f"/{first.pk}/")


def test_merging_moves_those_merged_before(world):
    a, b, c = report(world.sales_rep), report(world.other_rep), report(world.west_rep)
    tickets.merge_ticket(ticket=b, into=c, sent_version=1, by=world.pm, now=MONDAY)
    tickets.merge_ticket(ticket=c, into=a, sent_version=1, by=world.pm, now=MONDAY)
    assert {one.pk for one in a.merged.all()} == {b.pk, c.pk}


def test_overdue_goes_to_the_deputy_once_by_the_working_clock(world):
    friday = datetime(2026, 11, 20, 17, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    ticket = report(world.sales_rep, now=friday)
    hop = ticket.hops.get()
    assert hop.due_at == add_working_hours(friday, 4)
    assert hop.due_at.astimezone(friday.tzinfo).weekday() == 0
    deputy = world.key_user
    DelegationFactory(principal=world.liaison, deputy=deputy)
    assert tickets.escalate_overdue(now=friday + timedelta(days=2)) == 0
    late = hop.due_at + timedelta(minutes=1)
    assert tickets.escalate_overdue(now=late) == 1
    assert tickets.escalate_overdue(now=late + timedelta(days=1)) == 0
    ticket.refresh_from_db()
    hop.refresh_from_db()
    assert (ticket.liaison, hop.escalated_to, hop.holder) == (deputy, deputy, world.liaison)
    assert told(deputy, "ticket_escalated").count() >= 1
    assert told(world.liaison, "ticket_escalated").count() == 1
    assert Ticket.objects.visible_to(deputy).filter(pk=ticket.pk).exists()


def test_an_overdue_leg_of_the_team_goes_to_the_project_manager(world):
    ticket = report(world.sales_rep)
    tickets.forward_ticket(ticket=ticket, note="", sent_version=1, by=world.liaison, now=MONDAY)
    assert tickets.escalate_overdue(now=MONDAY + timedelta(days=10)) == 1
    assert TicketHop.objects.get(ticket=ticket, hop="team").escalated_to == world.pm


def test_the_trail_names_steps_and_no_values(world):
    record(by=world.sales_rep, feature="crm.account.create", verb="create", filled=3, required=4, outcome="invalid")
    record(by=world.other_rep, feature="crm.account.list", verb="view")
    ticket = report(world.sales_rep, now=timezone.now())
    assert [step["feature"] for step in ticket.trail] == ["crm.account.create"]  # only the reporter's own
    assert set(ticket.trail[0]) == {"at", "sentence", "feature", "verb", "outcome"}
    assert "保存报价" not in str(ticket.trail)


def test_a_report_from_elsewhere_comes_once_and_without_trail(world):
    record(by=world.pm, feature="crm.account.list", verb="view")
    first = report(world.pm, source_key="bug-1", department=world.team_a)
    assert first.trail == []
    assert report(world.pm, source_key="bug-1", department=world.team_a).pk == first.pk
    assert Ticket.objects.count() == 1
