"""What people are told about tickets and the backlog, one function per message."""

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from feedback.models import BacklogItem, BacklogState, Ticket, TicketHop
from foundation.notices.kinds import NoticeKind
from foundation.notices.services import notify
from foundation.people.access import people_with_role
from foundation.people.models import User

KINDS = [
    NoticeKind("ticket_reported", _("A report has reached me as liaison")),
    NoticeKind("ticket_answered", _("My report is answered")),
    NoticeKind("ticket_returned", _("Somebody needs more words on my report")),
    NoticeKind("ticket_replied", _("The reporter has replied")),
    NoticeKind("ticket_merged", _("My report was merged with another")),
    NoticeKind("ticket_forwarded", _("A report has reached the project team")),
    NoticeKind("ticket_taken", _("A report is given to me to fix")),
    NoticeKind("ticket_fixed", _("A fix is out; the reporter waits for word")),
    NoticeKind("ticket_closed", _("What I reported is settled"), must=True),
    NoticeKind("ticket_escalated", _("An overdue report comes to me")),
    NoticeKind("backlog_decided", _("A backlog item born from my report is decided")),
]


def _url(ticket: Ticket) -> str:
    return reverse("feedback:ticket_detail", args=[ticket.pk])


def _named(ticket: Ticket) -> dict[str, str]:
    return {"code": ticket.code, "title": ticket.title}


def _team() -> list[User]:
    today = timezone.localdate()
    return list(people_with_role("project_manager", day=today) | people_with_role("consultant", day=today) | people_with_role("developer", day=today))


def _of_each_reporter(ticket: Ticket) -> list[Ticket]:
    """The ticket and those merged into it: everybody is led to the own one, the only one that they may see for sure."""
    tickets = {one.reporter_id: one for one in [*ticket.merged.select_related("reporter"), ticket]}
    return list(tickets.values())


def ticket_reported(ticket: Ticket, *, by: User) -> None:
    """To the liaison, or to the team where the department has none."""
    to = [ticket.liaison] if ticket.liaison else _team()
    notify(
        to=to, kind="ticket_reported", by=by, url=_url(ticket), subject=lambda: gettext("%(code)s reported: %(title)s") % _named(ticket), body=ticket.body[:500]
    )


def ticket_answered(ticket: Ticket, answer: str, *, by: User) -> None:
    """To the reporter and to those merged into the ticket."""
    for one in _of_each_reporter(ticket):
        notify(
            to=[one.reporter],
            kind="ticket_answered",
            by=by,
            url=_url(one),
            subject=lambda one=one: gettext("Answered: %(title)s") % _named(one),  # type: ignore[misc]
            body=answer[:1000],
        )


def ticket_returned(ticket: Ticket, question: str, *, by: User) -> None:
    """To the reporter: what is missing."""
    notify(
        to=[ticket.reporter],
        kind="ticket_returned",
        by=by,
        url=_url(ticket),
        subject=lambda: gettext("A question about your report “%(title)s”") % _named(ticket),
        body=question[:1000],
    )


def ticket_replied(ticket: Ticket, reply: str, *, by: User) -> None:
    """To the liaison, or the team."""
    notify(
        to=[ticket.liaison] if ticket.liaison else _team(),
        kind="ticket_replied",
        by=by,
        url=_url(ticket),
        subject=lambda: gettext("%(code)s: the reporter has replied") % _named(ticket),
        body=reply[:1000],
    )


def ticket_merged(ticket: Ticket, *, by: User) -> None:
    """To the reporter: somebody else said the same, both will hear."""
    notify(
        to=[ticket.reporter],
        kind="ticket_merged",
        by=by,
        url=_url(ticket),
        subject=lambda: gettext("Others report the same: %(title)s") % _named(ticket),
        body=lambda: gettext("Your report was merged with an earlier one. You will hear what comes of it."),
    )


def ticket_forwarded(ticket: Ticket, note: str, *, by: User) -> None:
    """To the project team, and to the reporter that it went on."""
    notify(
        to=[*_team(), ticket.reporter],
        kind="ticket_forwarded",
        by=by,
        url=_url(ticket),
        subject=lambda: gettext("%(code)s is with the project team: %(title)s") % _named(ticket),
    )


def ticket_taken(ticket: Ticket, *, by: User) -> None:
    """To the person who is to fix it."""
    if ticket.assignee:
        notify(
            to=[ticket.assignee],
            kind="ticket_taken",
            by=by,
            url=_url(ticket),
            subject=lambda: gettext("%(code)s is yours to fix: %(title)s") % _named(ticket),
            body=ticket.analysis[:1000],
        )


def ticket_fixed(ticket: Ticket, *, by: User) -> None:
    """To the liaison, who owes the reporter the word."""
    teller = ticket.liaison or ticket.assignee
    if teller:
        notify(
            to=[teller],
            kind="ticket_fixed",
            by=by,
            url=_url(ticket),
            subject=lambda: gettext("%(code)s is fixed; please tell the reporter") % _named(ticket),
            body=ticket.fix_note[:1000],
        )


def ticket_closed(ticket: Ticket, words: str, *, by: User) -> None:
    """To the reporter and those merged: you said, we did."""
    for one in _of_each_reporter(ticket):
        notify(
            to=[one.reporter],
            kind="ticket_closed",
            by=by,
            url=_url(one),
            subject=lambda one=one: gettext("Settled: %(title)s") % _named(one),  # type: ignore[misc]
            body=words[:1000],
        )


def ticket_escalated(ticket: Ticket, hop: TicketHop, deputy: User | None) -> None:
    """To the deputy who takes over, and to the holder who was late."""
    people = [person for person in (deputy, hop.holder) if person]
    notify(to=people, kind="ticket_escalated", url=_url(ticket), subject=lambda: gettext("%(code)s is overdue: %(title)s") % _named(ticket))


def backlog_decided(item: BacklogItem, *, by: User) -> None:
    """To everybody whose report stands behind the item: it is taken up, or why not."""
    reporters = User.objects.filter(tickets__backlog_items=item).distinct()
    notify(
        to=reporters,
        kind="backlog_decided",
        by=by,
        url=reverse("feedback:backlog_detail", args=[item.pk]) if item.state == BacklogState.ACCEPTED else "",
        subject=lambda: gettext("“%(title)s”: %(state)s") % {"title": item.heading, "state": item.get_state_display()},
        body=item.decision_note,
    )
