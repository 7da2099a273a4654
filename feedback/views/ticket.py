from urllib.parse import urlsplit

import django_filters
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from feedback.forms import MergeForm, ReportForm, TakeForm, WordsForm
from feedback.models import TEAM_STATES, Severity, Ticket, TicketKind, TicketState
from feedback.services import tickets
from feedback.views.fact import facts_of
from foundation.integrity import Refused
from foundation.people.access import people_with_role
from foundation.ui.conflicts import Difference, both_versions
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with
from foundation.uploads import serve
from foundation.usage.models import Feature, Outcome, UsageEvent, Verb
from foundation.usage.services import record_invalid
from requirements_mgmt.models import Requirement

STATE_TONES = {
    "liaison": "watch",
    "returned": "info",
    "team": "watch",
    "fixing": "info",
    "fixed": "info",
    "answered": "good",
    "closed": "good",
    "merged": "neutral",
}
HOP_ICONS = {"liaison": "headset", "team": "search", "fix": "tool", "tell": "message-check"}


class TicketFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=TicketKind.choices)
    state = django_filters.ChoiceFilter(label=_("State"), choices=TicketState.choices)
    severity = django_filters.ChoiceFilter(label=_("How bad"), choices=Severity.choices)

    clock = django_filters.ChoiceFilter(label=_("Clock"), choices=[("overdue", _("past its clock")), ("mine", _("in my hands"))], method="by_clock")

    class Meta:
        model = Ticket
        fields = ["kind", "state", "severity"]

    def by_clock(self, queryset, name, value):
        if value == "mine":
            return queryset.filter(assignee=self.request.user)
        return queryset.filter(hops__ended_at__isnull=True, hops__due_at__lt=timezone.now())  # a ticket has one running leg at most


COLUMNS = [
    Column("code", _("Number"), sort="pk", url=lambda ticket: reverse("feedback:ticket_detail", args=[ticket.pk]), kind="link"),
    Column("title", _("In one sentence"), sort="title", phone=True),
    Column("kind", _("Kind"), value="get_kind_display", sort="kind"),
    Column("state", _("State"), value="get_state_display", sort="state", kind="badge", tone=lambda ticket: STATE_TONES[ticket.state], phone=True),
    Column("severity", _("How bad"), value="get_severity_display", sort="severity"),
    Column("department", _("Department"), sort="department__path"),
    Column("reporter", _("Reporter"), sort="reporter__name_key", kind="person"),
    Column("liaison", _("Liaison"), sort="liaison__name_key", kind="person", default=False),
    Column("assignee", _("Assignee"), sort="assignee__name_key", kind="person", default=False),
    Column("created_at", _("Reported"), sort="created_at", kind="datetime", phone=True),
]


def listed(request: HttpRequest, queryset, *, template: str, key: str, context: dict | None = None) -> HttpResponse:
    """A list of tickets; the desks show the same rows under other titles."""
    return list_response(
        request,
        queryset=queryset.select_related("department", "reporter", "liaison", "assignee"),
        columns=COLUMNS,
        template=template,
        key=key,
        filterset=TicketFilter,
        search=("code__icontains", "title__icontains", "body__icontains"),
        order=("-created_at", "-pk"),
        context=context or {},
        export_permission="feedback.answer_ticket",
    )


@require_GET
@permission_required("feedback.view_ticket", raise_exception=True)
def ticket_list(request: HttpRequest) -> HttpResponse:
    """My reports."""
    return listed(request, Ticket.objects.visible_to(request.user).filter(reporter=request.user), template="feedback/ticket_list.html", key="feedback.tickets")


def _url_name(page: str) -> str:
    """The name of the page that the report is about, if it is one of ours."""
    try:
        return resolve(urlsplit(page).path).view_name if page else ""
    except Resolver404:
        return ""


@require_http_methods(["GET", "POST"])
@permission_required("feedback.add_ticket", raise_exception=True)
def ticket_create(request: HttpRequest) -> HttpResponse:
    """Report something, from any page."""
    form = ReportForm(request.POST or None, request.FILES or None, initial={"page_url": request.GET.get("page", "")[:500]})
    if request.method == "POST":
        if form.is_valid():
            values = form.cleaned_data
            picture = values["screenshot"]
            try:
                ticket = tickets.report_ticket(
                    kind=values["kind"],
                    title=values["title"],
                    body=values["body"],
                    severity=values["severity"],
                    page_url=values["page_url"],
                    url_name=_url_name(values["page_url"]),
                    screenshot=picture.file if picture else None,
                    by=request.user,
                    now=timezone.now(),
                )
            except Refused as error:
                form.add_error(None, str(error))
            else:
                if ticket.liaison:
                    words = gettext("Thank you. %(code)s is with %(liaison)s now.") % {"code": ticket.code, "liaison": ticket.liaison}
                else:
                    words = gettext("Thank you. %(code)s is with the project team now.") % {"code": ticket.code}
                return redirect_with(request, reverse("feedback:ticket_detail", args=[ticket.pk]), words)
        record_invalid(by=request.user, feature="feedback.ticket.report", form=form)
    return render(request, "feedback/ticket_form.html", {"form": form}, status=400 if form.errors else 200)


def _timeline(ticket: Ticket, *, inside: bool) -> list[dict]:
    """What happened on the ticket, newest first; internal words only for liaison and team."""
    messages = ticket.messages.select_related("author").order_by("created_at", "pk")
    items = [
        {
            "at": message.created_at,
            "who": message.author,
            "icon": "message",
            "title": message.get_kind_display(),
            "body": message.body,
            "tone": "watch" if message.is_internal else "",
            "badge": _("internal") if message.is_internal else "",
        }
        for message in messages
        if inside or not message.is_internal
    ]
    for hop in ticket.hops.select_related("holder", "escalated_to"):
        items.append({"at": hop.started_at, "who": hop.holder or "", "icon": HOP_ICONS[hop.hop], "title": hop.get_hop_display()})
        if hop.escalated_at:
            items.append({"at": hop.escalated_at, "who": hop.escalated_to or "", "icon": "alarm", "title": gettext("Overdue, escalated"), "tone": "bad"})
    items.append({"at": ticket.created_at, "who": ticket.reporter, "icon": "flag", "title": gettext("Has reported it"), "body": ticket.body})
    return sorted(items, key=lambda item: item["at"], reverse=True)


def _trail(ticket: Ticket) -> list[str]:
    """The steps before the report in the reader's language; features that are gone keep the words of that day."""
    features = {row.key: row for row in Feature.objects.filter(key__in={step.get("feature", "") for step in ticket.trail})}
    sentences = []
    for step in ticket.trail:
        feature = features.get(step.get("feature", ""))
        if feature is None or step.get("verb") not in Verb.values or step.get("outcome") not in Outcome.values:
            sentences.append(str(step.get("sentence", "")))
        else:
            event = UsageEvent(verb=step["verb"], outcome=step["outcome"], feature=feature, recorded_at=ticket.created_at)
            sentences.append(event.as_step().sentence)
    return sentences


def _moves(ticket: Ticket, user) -> dict[str, bool]:
    """Which steps this person may take on the ticket where it stands."""
    answers, fixes, own = user.has_perm("feedback.answer_ticket"), user.has_perm("feedback.fix_ticket"), ticket.reporter_id == user.pk
    return {
        "answer": answers and ticket.state in (TicketState.LIAISON, TicketState.TEAM, TicketState.RETURNED),
        "back": answers and ticket.state in (TicketState.LIAISON, TicketState.TEAM),
        "forward": answers and ticket.state in (TicketState.LIAISON, TicketState.RETURNED),
        "merge": answers and ticket.state in (TicketState.LIAISON, TicketState.RETURNED, TicketState.TEAM, TicketState.FIXING),
        "take": fixes and ticket.state in (TicketState.TEAM, TicketState.FIXING),
        "fix": fixes and ticket.state == TicketState.FIXING,
        "tell": answers and ticket.state == TicketState.FIXED,
        "reply": own and ticket.state in (TicketState.RETURNED, TicketState.ANSWERED, TicketState.CLOSED),
        "close": own and ticket.state == TicketState.ANSWERED,
        "note": answers,
    }


def _requirements(user):
    return Requirement.objects.visible_to(user).select_related("rollout").order_by("code")


def _team():
    today = timezone.localdate()
    return (people_with_role("project_manager", day=today) | people_with_role("consultant", day=today) | people_with_role("developer", day=today)).distinct()


def detail(request: HttpRequest, ticket: Ticket, *, status: int = 200, failed: str = "", form=None, problem: str = "", conflict=()) -> HttpResponse:
    """The ticket's page; ``failed`` names the step whose form comes back with what was typed."""
    inside = request.user.has_perm("feedback.answer_ticket")
    moves = _moves(ticket, request.user)
    visible = Ticket.objects.visible_to(request.user)
    seen = {"version": ticket.version, "seen": _last_message(ticket)}
    forms = {
        "words": WordsForm(initial=seen),
        "merge": MergeForm(initial=seen, visible=visible.open().exclude(pk=ticket.pk)[:500]) if moves["merge"] else None,
        "take": TakeForm(
            initial={**seen, "analysis": ticket.analysis, "assignee": ticket.assignee_id or request.user.pk, "requirement": ticket.requirement_id},
            people=_team(),
            requirements=_requirements(request.user),
        )
        if moves["take"]
        else None,
    }
    context = {
        "ticket": ticket,
        "facts": facts_of(ticket, request.user),
        "tone": STATE_TONES[ticket.state],
        "trail": _trail(ticket),
        "timeline": _timeline(ticket, inside=inside),
        "running": ticket.hops.filter(ended_at__isnull=True).select_related("holder").first(),
        "moves": moves,
        "forms": forms,
        "failed": failed,
        "form": form,
        "problem": problem,
        "conflict": conflict,
        "conflict_note": _conflict_note(moves, failed),
        "ticket_url": reverse("feedback:ticket_detail", args=[ticket.pk]),
        "seen": seen["seen"],
        "inside": inside,
        "sees_other": bool(ticket.merged_into_id) and visible.filter(pk=ticket.merged_into_id).exists(),
        "likely": tickets.likely_same(ticket, visible) if moves["merge"] else [],
        "now": timezone.now(),
    }
    return render(request, "feedback/ticket_detail.html", context, status=status)


@require_GET
@permission_required("feedback.view_ticket", raise_exception=True)
def ticket_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One report with its way so far and the steps open to the reader."""
    visible = Ticket.objects.visible_to(request.user).select_related("department", "reporter", "liaison", "assignee", "feature", "merged_into", "requirement")
    return detail(request, get_object_or_404(visible, pk=pk))


@require_GET
@permission_required("feedback.view_ticket", raise_exception=True)
def ticket_screenshot(request: HttpRequest, pk: int) -> HttpResponse:
    """The picture, to those who may see the report."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user).exclude(screenshot=""), pk=pk)
    ending = ticket.screenshot.name.rsplit(".", 1)[-1]
    return serve(ticket.screenshot, f"{ticket.code}.{ending}", inline=True)


def _step(request: HttpRequest, pk: int, step: str, form, act, done) -> HttpResponse:
    """One step on a ticket: form, service, answer; a refusal brings the page back with what was typed."""
    ticket = get_object_or_404(Ticket.objects.visible_to(request.user).select_related("department", "reporter", "liaison", "assignee"), pk=pk)
    filled = form(ticket)
    if not filled.is_valid():
        return detail(request, ticket, status=400, failed=step, form=filled)
    try:
        act(ticket, filled.cleaned_data)
    except Refused as error:
        ticket.refresh_from_db()
        conflict = _both_versions(ticket, filled, inside=request.user.has_perm("feedback.answer_ticket"))
        return detail(request, ticket, status=error.status, failed=step, form=filled, problem=str(error), conflict=conflict)
    return redirect_with(request, reverse("feedback:ticket_detail", args=[pk]), done)


def _last_message(ticket: Ticket) -> int:
    return ticket.messages.order_by("-pk").values_list("pk", flat=True).first() or 0


def _both_versions(ticket: Ticket, filled, *, inside: bool) -> list[Difference]:
    """After somebody was faster: what the ticket became and what was said on it, beside one's own words; nothing where nobody was."""
    if filled.cleaned_data["version"] == ticket.version:
        return []
    said = ticket.messages.filter(pk__gt=filled.cleaned_data.get("seen") or 0).select_related("author").order_by("pk")
    lines = [f"{row.author}: {row.body}" for row in said if inside or not row.is_internal]
    found = both_versions(filled, ticket, leave_out=["body"])  # the words of a step are not those of the report
    filled.data["seen"] = str(_last_message(ticket))
    found.append(Difference(label=gettext("State"), theirs=str(ticket.get_state_display()), mine=""))
    if lines or filled.cleaned_data.get("body"):
        found.append(Difference(label=gettext("Words"), theirs="\n".join(lines), mine=filled.cleaned_data.get("body") or ""))
    return found


def _conflict_note(moves: dict[str, bool], failed: str) -> str:
    """What can be done with one's own words: the step may no longer be open."""
    if not failed or moves.get(failed):
        return gettext("Your words stand in the form below. Read what was said first; sending them again is up to you.")
    return gettext("This step is not open any more. Your words are kept here: copy them into a note if they still matter.")


def _words(request: HttpRequest, pk: int, step: str, service, done) -> HttpResponse:
    return _step(
        request,
        pk,
        step,
        lambda ticket: WordsForm(request.POST),
        lambda ticket, values: service(ticket=ticket, body=values["body"], sent_version=values["version"], by=request.user, now=timezone.now()),
        done,
    )


@require_POST
@permission_required("feedback.answer_ticket", raise_exception=True)
def ticket_answer(request: HttpRequest, pk: int) -> HttpResponse:
    return _words(request, pk, "answer", tickets.answer_ticket, _("Answered; the reporter is told."))


@require_POST
@permission_required("feedback.answer_ticket", raise_exception=True)
def ticket_return(request: HttpRequest, pk: int) -> HttpResponse:
    return _words(request, pk, "back", tickets.return_ticket, _("The reporter is asked."))


@require_POST
@permission_required("feedback.add_ticket", raise_exception=True)
def ticket_reply(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(Ticket.objects.visible_to(request.user).filter(reporter=request.user), pk=pk)
    return _words(request, pk, "reply", tickets.reply_ticket, _("Your reply is on its way."))


@require_POST
@permission_required("feedback.answer_ticket", raise_exception=True)
def ticket_tell(request: HttpRequest, pk: int) -> HttpResponse:
    return _words(request, pk, "tell", tickets.tell_reporter, _("The reporter is told and the report closed."))


@require_POST
@permission_required("feedback.fix_ticket", raise_exception=True)
def ticket_fix(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(
        request,
        pk,
        "fix",
        lambda ticket: WordsForm(request.POST),
        lambda ticket, values: tickets.fix_ticket(ticket=ticket, note=values["body"], sent_version=values["version"], by=request.user, now=timezone.now()),
        _("Fixed; the liaison tells the reporter."),
    )


@require_POST
@permission_required("feedback.answer_ticket", raise_exception=True)
def ticket_forward(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(
        request,
        pk,
        "forward",
        lambda ticket: WordsForm(request.POST),
        lambda ticket, values: tickets.forward_ticket(ticket=ticket, note=values["body"], sent_version=values["version"], by=request.user, now=timezone.now()),
        _("The project team has it now."),
    )


@require_POST
@permission_required("feedback.answer_ticket", raise_exception=True)
def ticket_note(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(
        request,
        pk,
        "note",
        lambda ticket: WordsForm(request.POST),
        lambda ticket, values: tickets.note_ticket(ticket=ticket, body=values["body"], internal=values["internal"], by=request.user, now=timezone.now()),
        _("Noted."),
    )


@require_POST
@permission_required("feedback.answer_ticket", raise_exception=True)
def ticket_merge(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(
        request,
        pk,
        "merge",
        lambda ticket: MergeForm(request.POST, visible=Ticket.objects.visible_to(request.user).exclude(pk=ticket.pk)),
        lambda ticket, values: tickets.merge_ticket(ticket=ticket, into=values["into"], sent_version=values["version"], by=request.user, now=timezone.now()),
        _("Merged; both reporters will hear the outcome."),
    )


@require_POST
@permission_required("feedback.fix_ticket", raise_exception=True)
def ticket_take(request: HttpRequest, pk: int) -> HttpResponse:
    return _step(
        request,
        pk,
        "take",
        lambda ticket: TakeForm(request.POST, people=_team(), requirements=_requirements(request.user)),
        lambda ticket, values: tickets.take_ticket(
            ticket=ticket,
            assignee=values["assignee"],
            analysis=values["analysis"],
            requirement=values["requirement"],
            sent_version=values["version"],
            by=request.user,
            now=timezone.now(),
        ),
        _("The analysis is written down."),
    )


@require_POST
@permission_required("feedback.add_ticket", raise_exception=True)
def ticket_close(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(Ticket.objects.visible_to(request.user).filter(reporter=request.user), pk=pk)
    return _step(
        request,
        pk,
        "close",
        lambda ticket: WordsForm(request.POST),
        lambda ticket, values: tickets.close_ticket(ticket=ticket, sent_version=values["version"], by=request.user, now=timezone.now()),
        _("Closed. Thank you."),
    )


@require_GET
@permission_required("feedback.answer_ticket", raise_exception=True)
def liaison_desk(request: HttpRequest) -> HttpResponse:
    """What waits for the liaison: reports of the departments in view, the running clocks first."""
    visible = Ticket.objects.visible_to(request.user)
    mine = visible.open().filter(state__in=[TicketState.LIAISON, TicketState.RETURNED, TicketState.FIXED])
    now = timezone.now()
    context = {
        "waiting": mine.filter(state=TicketState.LIAISON).count(),
        "overdue": mine.filter(hops__ended_at__isnull=True, hops__due_at__lt=now).count(),
        "to_tell": mine.filter(state=TicketState.FIXED).count(),
        "asked_back": mine.filter(state=TicketState.RETURNED).count(),
    }
    return listed(request, mine, template="feedback/liaison_desk.html", key="feedback.liaison", context=context)


@require_GET
@permission_required("feedback.fix_ticket", raise_exception=True)
def team_desk(request: HttpRequest) -> HttpResponse:
    """What waits for the project team."""
    mine = Ticket.objects.visible_to(request.user).filter(state__in=TEAM_STATES)
    now = timezone.now()
    context = {
        "to_analyse": mine.filter(state=TicketState.TEAM).count(),
        "fixing": mine.filter(state=TicketState.FIXING).count(),
        "mine": mine.filter(assignee=request.user).count(),
        "overdue": mine.filter(hops__ended_at__isnull=True, hops__due_at__lt=now).count(),
    }
    return listed(request, mine, template="feedback/team_desk.html", key="feedback.team", context=context)
