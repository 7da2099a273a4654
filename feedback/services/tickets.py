"""A ticket's way: reporter, liaison, team, fix, and back to the reporter."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import Resolver404, resolve
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crm_core.models import Account
from feedback import notices
from feedback.models import OPEN_STATES, HopKind, MessageKind, Ticket, TicketHop, TicketMessage, TicketState
from foundation.integrity import Refused, claim_version
from foundation.people.access import access_of, people_with_role
from foundation.people.models import Assignment, Department, User
from foundation.periods import add_working_hours
from foundation.search.services import index
from foundation.usage.models import Feature, UsageEvent, Verb
from foundation.usage.services import record

# Working hours that each leg may take, by how bad the reporter finds it.
HOURS = {
    HopKind.LIAISON: {"stops": 2, "hinders": 4, "annoys": 8},
    HopKind.TEAM: {"stops": 4, "hinders": 8, "annoys": 16},
    HopKind.FIX: {"stops": 8, "hinders": 24, "annoys": 40},
    HopKind.TELL: {"stops": 2, "hinders": 4, "annoys": 8},
}
TITLE_MAX = 200  # one sentence


class CannotReport(Refused):
    """The report misses what others need to act on it."""


class CannotMove(Refused):
    """The ticket is not where this step starts."""


def _in(department: Department, rows: QuerySet[Assignment]) -> QuerySet[Assignment]:
    return rows.filter(position__department=department)


def liaison_of(department: Department | None, *, now: datetime) -> User | None:
    """The liaison nearest above a department: its own, else that of the department it is part of, and so on."""
    day = now.date()
    while department is not None:
        found = people_with_role("liaison", day=day, where=partial(_in, department)).order_by("pk").first()
        if found:
            return found
        department = department.parent
    return None


def deputy_of(person: User | None, ticket: Ticket, hop: str, *, now: datetime) -> User | None:
    """Who takes over an overdue leg: the deputy in force, another liaison of the department for a liaison's leg, else a project manager."""
    day = now.date()
    if person is not None:
        standing = person.delegations_given.on(day).filter(deputy__is_active=True).select_related("deputy").first()
        if standing:
            return standing.deputy
    others = User.objects.none()
    if ticket.department is not None and hop in (HopKind.LIAISON, HopKind.TELL):
        others = people_with_role("liaison", day=day, where=partial(_in, ticket.department))
    other = others.exclude(pk=person.pk if person else 0).order_by("pk").first()
    return other or people_with_role("project_manager", day=day).exclude(pk=person.pk if person else 0).order_by("pk").first()


def _start_hop(ticket: Ticket, hop: HopKind, holder: User | None, *, now: datetime) -> None:
    """End the running leg and start the next one's clock, in working hours."""
    TicketHop.objects.filter(ticket=ticket, ended_at__isnull=True).update(ended_at=now)
    TicketHop.objects.create(ticket=ticket, hop=hop, holder=holder, started_at=now, due_at=add_working_hours(now, HOURS[hop][ticket.severity]))


def _end_hops(ticket: Ticket, *, now: datetime) -> None:
    TicketHop.objects.filter(ticket=ticket, ended_at__isnull=True).update(ended_at=now)


def _say(ticket: Ticket, kind: MessageKind, body: str, *, by: User, now: datetime, internal: bool = False) -> TicketMessage:
    return TicketMessage.objects.create(ticket=ticket, author=by, kind=kind, body=body, is_internal=internal, created_at=now)


def _move(ticket: Ticket, sent: int, allowed: Sequence[str], **changes: Any) -> None:
    """Change the ticket from one of the allowed states; a concurrent change raises Stale."""
    if ticket.state not in allowed:
        raise CannotMove(_("This ticket is “%(state)s” now; this step is not open any more.") % {"state": ticket.get_state_display()})
    claim_version(ticket, sent)
    for name, value in changes.items():
        setattr(ticket, name, value)
    ticket.save(update_fields=[*changes])


def _account_of(page: str, by: User) -> Account | None:
    """The customer whose page the report is about, as far as the reporter may see it."""
    try:
        found = resolve(urlsplit(page).path)
    except (Resolver404, ValueError):
        return None
    key = found.kwargs.get("pk")
    if not found.view_name.startswith("crm_core:account_") or key is None or not by.has_perm("crm_core.view_account"):
        return None
    return Account.objects.visible_to(by).filter(pk=min(int(key), 2**63 - 1)).first()


@transaction.atomic
def report_ticket(
    *,
    kind: str,
    title: str,
    body: str,
    severity: str,
    by: User,
    now: datetime,
    page_url: str = "",
    url_name: str = "",
    screenshot: ContentFile | None = None,
    department: Department | None = None,
    source_key: str = "",
) -> Ticket:
    """Report something; it goes to the department's liaison, or straight to the team where no liaison is named.

    The last server-side events of the reporter are attached as steps; values typed in are not among them. A report that
    was brought in from elsewhere before (same ``source_key``) is the one that stands.
    """
    standing = Ticket.objects.filter(source_key=source_key).first() if source_key else None
    if standing is not None:
        return standing
    if not title.strip() or len(title.strip()) > TITLE_MAX:
        raise CannotReport(_("Say in one sentence what it is about."))
    post = access_of(by).main_post
    department = department or (Department.objects.get(pk=post.department_id) if post else None)
    liaison = liaison_of(department, now=now)
    ticket = Ticket(
        code=f"new-{uuid4().hex[:12]}",
        kind=kind,
        severity=severity,
        title=title.strip(),
        body=body,
        reporter=by,
        department=department,
        page_url=page_url[:500],
        account=_account_of(page_url, by),
        feature=Feature.objects.current().filter(url_name=url_name).order_by("-kind", "pk").first() if url_name else None,
        trail=[]
        if source_key
        else [
            {"at": step.at.isoformat(), "sentence": step.sentence, "feature": step.feature_key, "verb": step.verb, "outcome": step.outcome}
            for step in UsageEvent.objects.trail_of(by, limit=20)
        ],
        build=settings.BUILD,
        language=get_language() or "",
        state=TicketState.LIAISON if liaison else TicketState.TEAM,
        liaison=liaison,
        source_key=source_key,
        created_at=now,
    )
    if screenshot is not None:
        ticket.screenshot.save(screenshot.name or "screenshot", screenshot, save=False)
    ticket.save()
    # The number follows the row's id: two reports at once cannot get the same.
    ticket.code = f"T-{ticket.pk:05d}"
    ticket.save(update_fields=["code"])
    _start_hop(ticket, HopKind.LIAISON if liaison else HopKind.TEAM, liaison, now=now)
    index(ticket)
    record(by=by, feature="feedback.ticket.report", verb=Verb.CREATE, obj=ticket)
    notices.ticket_reported(ticket, by=by)
    return ticket


@transaction.atomic
def answer_ticket(*, ticket: Ticket, body: str, sent_version: int, by: User, now: datetime) -> None:
    """Answer the reporter; the ticket rests until the reporter closes it or asks on."""
    if not body.strip():
        raise CannotMove(_("Write the answer first."))
    _move(ticket, sent_version, [TicketState.LIAISON, TicketState.TEAM, TicketState.RETURNED], state=TicketState.ANSWERED)
    _say(ticket, MessageKind.ANSWER, body, by=by, now=now)
    _end_hops(ticket, now=now)
    record(by=by, feature="feedback.ticket.answer", verb=Verb.ANSWER, obj=ticket)
    notices.ticket_answered(ticket, body, by=by)


@transaction.atomic
def return_ticket(*, ticket: Ticket, body: str, sent_version: int, by: User, now: datetime) -> None:
    """Ask the reporter for more words; the liaison's clock stops meanwhile."""
    if not body.strip():
        raise CannotMove(_("Say what is missing."))
    _move(ticket, sent_version, [TicketState.LIAISON, TicketState.TEAM], state=TicketState.RETURNED)
    _say(ticket, MessageKind.RETURN, body, by=by, now=now)
    _end_hops(ticket, now=now)
    record(by=by, feature="feedback.ticket.return", verb=Verb.ANSWER, obj=ticket)
    notices.ticket_returned(ticket, body, by=by)


@transaction.atomic
def reply_ticket(*, ticket: Ticket, body: str, sent_version: int, by: User, now: datetime) -> None:
    """The reporter answers a question back, or asks on after an answer; the ticket goes back to the liaison."""
    if not body.strip():
        raise CannotMove(_("Write the reply first."))
    back_to = TicketState.LIAISON if ticket.liaison_id else TicketState.TEAM
    _move(ticket, sent_version, [TicketState.RETURNED, TicketState.ANSWERED, TicketState.CLOSED], state=back_to, closed_at=None)
    _say(ticket, MessageKind.REPLY, body, by=by, now=now)
    _start_hop(ticket, HopKind.LIAISON if ticket.liaison_id else HopKind.TEAM, ticket.liaison, now=now)
    record(by=by, feature="feedback.ticket.reply", verb=Verb.ANSWER, obj=ticket)
    notices.ticket_replied(ticket, body, by=by)


@transaction.atomic
def note_ticket(*, ticket: Ticket, body: str, internal: bool, by: User, now: datetime) -> TicketMessage:
    """Add a note without moving the ticket."""
    if not body.strip():
        raise CannotMove(_("Write the note first."))
    return _say(ticket, MessageKind.NOTE, body, by=by, now=now, internal=internal)


@transaction.atomic
def merge_ticket(*, ticket: Ticket, into: Ticket, sent_version: int, by: User, now: datetime) -> None:
    """Merge a ticket into another that says the same; its reporter hears of the other's outcome."""
    if into.pk == ticket.pk or into.state == TicketState.MERGED:
        raise CannotMove(_("Choose another open ticket to merge into."))
    _move(ticket, sent_version, [state for state in OPEN_STATES if state != TicketState.FIXED], state=TicketState.MERGED, merged_into=into, closed_at=now)
    Ticket.objects.filter(merged_into=ticket).update(merged_into=into)
    _end_hops(ticket, now=now)
    _say(into, MessageKind.NOTE, _("%(code)s was merged into this ticket.") % {"code": ticket.code}, by=by, now=now, internal=True)
    record(by=by, feature="feedback.ticket.merge", verb=Verb.UPDATE, obj=ticket)
    notices.ticket_merged(ticket, by=by)


@transaction.atomic
def forward_ticket(*, ticket: Ticket, note: str, sent_version: int, by: User, now: datetime) -> None:
    """Hand the ticket to the project team."""
    _move(ticket, sent_version, [TicketState.LIAISON, TicketState.RETURNED], state=TicketState.TEAM)
    if note.strip():
        _say(ticket, MessageKind.FORWARD, note, by=by, now=now, internal=True)
    _start_hop(ticket, HopKind.TEAM, None, now=now)
    record(by=by, feature="feedback.ticket.forward", verb=Verb.ADVANCE, obj=ticket)
    notices.ticket_forwarded(ticket, note, by=by)


@transaction.atomic
def take_ticket(*, ticket: Ticket, assignee: User, analysis: str, requirement: Any, sent_version: int, by: User, now: datetime) -> None:
    """The team analyses: who fixes it, what is behind it, and which requirement it touches."""
    if not analysis.strip():
        raise CannotMove(_("Write down what the analysis found."))
    _move(ticket, sent_version, [TicketState.TEAM, TicketState.FIXING], state=TicketState.FIXING, assignee=assignee, analysis=analysis, requirement=requirement)
    _start_hop(ticket, HopKind.FIX, assignee, now=now)
    record(by=by, feature="feedback.ticket.analyse", verb=Verb.ADVANCE, obj=ticket)
    notices.ticket_taken(ticket, by=by)


@transaction.atomic
def fix_ticket(*, ticket: Ticket, note: str, sent_version: int, by: User, now: datetime) -> None:
    """The fix is out; the liaison (or the team) now owes the reporter the word."""
    if not note.strip():
        raise CannotMove(_("Say in the reporter's words what was fixed."))
    _move(ticket, sent_version, [TicketState.FIXING], state=TicketState.FIXED, fix_note=note)
    _say(ticket, MessageKind.FIX, note, by=by, now=now)
    _start_hop(ticket, HopKind.TELL, ticket.liaison or ticket.assignee, now=now)
    record(by=by, feature="feedback.ticket.fix", verb=Verb.RESOLVE, obj=ticket)
    notices.ticket_fixed(ticket, by=by)


@transaction.atomic
def tell_reporter(*, ticket: Ticket, body: str, sent_version: int, by: User, now: datetime) -> None:
    """Tell the reporter, and everybody whose ticket was merged into this one, what came of it; closes the ticket."""
    _move(ticket, sent_version, [TicketState.FIXED], state=TicketState.CLOSED, closed_at=now)
    _say(ticket, MessageKind.ANSWER, body or ticket.fix_note, by=by, now=now)
    _end_hops(ticket, now=now)
    record(by=by, feature="feedback.ticket.tell", verb=Verb.RESOLVE, obj=ticket)
    notices.ticket_closed(ticket, body or ticket.fix_note, by=by)


@transaction.atomic
def close_ticket(*, ticket: Ticket, sent_version: int, by: User, now: datetime) -> None:
    """The reporter is content with the answer."""
    _move(ticket, sent_version, [TicketState.ANSWERED], state=TicketState.CLOSED, closed_at=now)
    record(by=by, feature="feedback.ticket.close", verb=Verb.RESOLVE, obj=ticket)


def escalate_overdue(*, now: datetime) -> int:
    """Hand every overdue leg to the holder's deputy, once; answers how many."""
    done = 0
    overdue = TicketHop.objects.filter(ended_at__isnull=True, escalated_at__isnull=True, due_at__lt=now).select_related("ticket__department", "holder")
    for hop in overdue.order_by("due_at")[:500]:
        with transaction.atomic():
            deputy = deputy_of(hop.holder, hop.ticket, hop.hop, now=now)
            claimed = TicketHop.objects.filter(pk=hop.pk, escalated_at__isnull=True, ended_at__isnull=True).update(escalated_at=now, escalated_to=deputy)
            if not claimed:
                continue
            if deputy and hop.hop in (HopKind.LIAISON, HopKind.TELL):
                Ticket.objects.filter(pk=hop.ticket_id).update(liaison=deputy)
            notices.ticket_escalated(hop.ticket, hop, deputy)
            done += 1
    return done


def likely_same(ticket: Ticket, visible: Any, limit: int = 5) -> list[Ticket]:
    """Open tickets on the same feature or with the same opening words, to merge into instead of answering twice."""
    words = ticket.title[:12]
    match = Q(title__icontains=words)
    if ticket.feature_id:
        match |= Q(feature=ticket.feature_id)
    return list(visible.open().filter(match).exclude(pk=ticket.pk).order_by("-created_at")[:limit])
