import django_filters
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from feedback.forms import DecideForm
from feedback.models import BacklogItem, BacklogKind, BacklogState, MetricKey, Ticket
from feedback.services.backlog import accept_item, decline_item, finish_item, reopen_item
from foundation.integrity import Refused
from foundation.people.access import roles
from foundation.ui.conflicts import Difference, both_versions
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with
from requirements_mgmt.models import Requirement

TONES = {"proposed": "watch", "accepted": "info", "declined": "neutral", "done": "good"}


class BacklogFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(label=_("Kind of work"), choices=BacklogKind.choices)
    state = django_filters.ChoiceFilter(label=_("State"), choices=BacklogState.choices)
    metric = django_filters.ChoiceFilter(label=_("Metric"), choices=MetricKey.choices)

    class Meta:
        model = BacklogItem
        fields = ["kind", "state", "metric"]


COLUMNS = [
    Column("code", _("Number"), sort="pk", url=lambda item: reverse("feedback:backlog_detail", args=[item.pk]), kind="link"),
    Column("title", _("Title"), value="heading", sort="title", phone=True),
    Column("score", _("Score"), value=lambda item: round(item.score, 2), sort="score", kind="number", phone=True),
    Column("state", _("State"), value="get_state_display", sort="state", kind="badge", tone=lambda item: TONES[item.state], phone=True),
    Column("kind", _("Kind of work"), value="get_kind_display", sort="kind"),
    Column("department", _("Department"), sort="department__path"),
    Column("metric", _("Metric"), value="get_metric_display", sort="metric"),
    Column("requirement", _("Requirement"), value="requirement.code"),
    Column("created_at", _("Proposed"), sort="created_at", kind="datetime", default=False),
    Column("done_at", _("Done on"), sort="done_at", kind="datetime", default=False),
]


@require_GET
@permission_required("feedback.view_backlogitem", raise_exception=True)
def backlog_list(request: HttpRequest) -> HttpResponse:
    """The iteration backlog, highest score first."""
    return list_response(
        request,
        queryset=BacklogItem.objects.visible_to(request.user).select_related("department", "requirement"),
        columns=COLUMNS,
        template="feedback/backlog_list.html",
        key="feedback.backlog",
        filterset=BacklogFilter,
        search=("code__icontains", "title__icontains"),
        order=("-score", "pk"),
        export_permission="feedback.view_backlogitem",
    )


def _requirements(user):
    return Requirement.objects.visible_to(user).order_by("code")


def detail(request: HttpRequest, item: BacklogItem, *, status: int = 200, form=None, problem: str = "", conflict=()) -> HttpResponse:
    """The item's page: evidence, how the score came about, the tickets behind it, the decision."""
    decides = request.user.has_perm("feedback.decide_backlogitem")
    may = item.state == BacklogState.PROPOSED and decides
    known = roles()
    evidence = item.evidence or {}
    context = {
        "item": item,
        "tone": TONES[item.state],
        "role": known[item.role].name if item.role in known else item.role,
        "tickets": Ticket.objects.visible_to(request.user).filter(backlog_items=item).select_related("reporter"),
        "ticket_count": item.tickets.count(),
        "parts": [(label, (item.score_parts or {}).get(key)) for key, label in PART_NAMES],
        "percent": f"{evidence['value']:.0%}" if isinstance(evidence.get("value"), int | float) else "—",
        "form": form
        or (DecideForm(requirements=_requirements(request.user), initial={"version": item.version, "requirement": item.requirement_id}) if may else None),
        "may": may,
        "may_finish": item.state == BacklogState.ACCEPTED and decides,
        "may_reopen": item.state == BacklogState.DONE and decides and not (item.change_request and item.change_request.state == "done"),
        "problem": problem,
        "conflict": conflict,
        "conflict_note": "" if may else gettext("It is decided meanwhile. Your words are kept here."),
        "item_url": reverse("feedback:backlog_detail", args=[item.pk]),
    }
    return render(request, "feedback/backlog_detail.html", context, status=status)


PART_NAMES = (
    ("weekly", _("Affected occurrences a week")),
    ("minutes", _("Minutes lost at each")),
    ("trust", _("Trust: open bugs make it more pressing")),
    ("urgency", _("Urgency: go-live near, waiting long")),
    ("confidence", _("Confidence: how many kinds of evidence agree")),
    ("gap", _("Gap between target and the favourable reading")),
    ("size", _("Size of the work")),
)


@require_GET
@permission_required("feedback.view_backlogitem", raise_exception=True)
def backlog_detail(request: HttpRequest, pk: int) -> HttpResponse:
    visible = BacklogItem.objects.visible_to(request.user).select_related("department", "requirement", "change_request", "decided_by", "done_by", "diagnosis")
    return detail(request, get_object_or_404(visible, pk=pk))


def _decide(request: HttpRequest, pk: int, act, done) -> HttpResponse:
    item = get_object_or_404(BacklogItem.objects.visible_to(request.user).select_related("department", "requirement", "change_request"), pk=pk)
    form = DecideForm(request.POST, requirements=_requirements(request.user))
    if not form.is_valid():
        return detail(request, item, status=400, form=form)
    try:
        act(item, form.cleaned_data)
    except Refused as error:
        item.refresh_from_db()
        conflict = []
        if form.cleaned_data["version"] != item.version:
            conflict = both_versions(form, item, saved={"note": item.decision_note})
            conflict.append(Difference(label=gettext("State"), theirs=str(item.get_state_display()), mine=""))
        return detail(request, item, status=error.status, form=form, problem=str(error), conflict=conflict)
    return redirect_with(request, reverse("feedback:backlog_detail", args=[pk]), done)


@require_POST
@permission_required("feedback.decide_backlogitem", raise_exception=True)
def backlog_accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it up; a change request opens on the requirement behind it."""
    return _decide(
        request,
        pk,
        lambda item, values: accept_item(
            item=item, requirement=values["requirement"], note=values["note"], sent_version=values["version"], by=request.user, now=timezone.now()
        ),
        _("Accepted; a change request is open on the requirement."),
    )


@require_POST
@permission_required("feedback.decide_backlogitem", raise_exception=True)
def backlog_decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Leave it out, with a reason."""
    return _decide(
        request,
        pk,
        lambda item, values: decline_item(item=item, note=values["note"], sent_version=values["version"], by=request.user, now=timezone.now()),
        _("Declined; the reporters read why."),
    )


@require_POST
@permission_required("feedback.decide_backlogitem", raise_exception=True)
def backlog_finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Done, with a word."""
    return _decide(
        request,
        pk,
        lambda item, values: finish_item(item=item, note=values["note"], sent_version=values["version"], by=request.user, now=timezone.now()),
        _("Done; the reporters read what was done."),
    )


@require_POST
@permission_required("feedback.decide_backlogitem", raise_exception=True)
def backlog_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to work."""
    return _decide(
        request,
        pk,
        lambda item, values: reopen_item(item=item, sent_version=values["version"], by=request.user, now=timezone.now()),
        _("Taken up again."),
    )
