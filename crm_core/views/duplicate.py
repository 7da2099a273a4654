"""The queue of possible duplicates: found by a search, looked at side by side, decided one after the other."""

from typing import Any

import django_filters
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from crm_core.models import SUBJECT_MODELS, Account, Contact, DuplicatePair, DuplicateRun, PairState, Subject, possible_owners
from crm_core.services.duplicates.finding import start_search
from crm_core.services.duplicates.reviewing import DECISIONS, assign_pairs, burn_down, decide_pair
from crm_core.services.duplicates.scoring import label_of
from crm_core.services.merging import compare, propose_survivor
from crm_core.views.hubs import DESK, tabs_of
from foundation.jobs.services import enqueue
from foundation.people.models import Department, User
from foundation.ui.addresses import row_address
from foundation.ui.lists import Bulk, Column, list_response, ticked
from foundation.ui.responses import redirect_with

STATE_TONES = {PairState.OPEN: "watch", PairState.LATER: "neutral", PairState.DISTINCT: "info", PairState.MERGED: "good", PairState.GONE: "neutral"}


def _departments(request: Any) -> QuerySet[Department]:
    if request is None:
        return Department.objects.none()
    return Department.objects.filter(pk__in=Account.objects.visible_to(request.user).order_by().values("department")).order_by("path")


class PairFilter(django_filters.FilterSet):
    subject = django_filters.ChoiceFilter(label=gettext_lazy("What"), choices=Subject.choices)
    state = django_filters.ChoiceFilter(label=gettext_lazy("State"), choices=PairState.choices)
    score = django_filters.ChoiceFilter(
        label=gettext_lazy("Score"),
        choices=[("certain", gettext_lazy("certain")), ("90", gettext_lazy("90 and more")), ("75", gettext_lazy("75 to 89")), ("0", gettext_lazy("below 75"))],
        method="by_score",
    )
    department = django_filters.ModelChoiceFilter(label=gettext_lazy("Department"), queryset=_departments, method="by_department")
    mine = django_filters.ChoiceFilter(
        label=gettext_lazy("To be decided by"), choices=[("1", gettext_lazy("me")), ("0", gettext_lazy("nobody yet"))], method="by_person"
    )

    class Meta:
        model = DuplicatePair
        fields: list[str] = []

    def by_score(self, qs: QuerySet, name: str, value: str) -> QuerySet:
        if value == "certain":
            return qs.filter(is_certain=True)
        lowest, highest = {"90": (90, 100), "75": (75, 89)}.get(value, (0, 74))
        return qs.filter(score__range=(lowest, highest))

    def by_department(self, qs: QuerySet, name: str, value: Department) -> QuerySet:
        found = Q()
        for subject, model in SUBJECT_MODELS.items():
            rows = model.objects.filter(department__path__startswith=value.path).order_by()
            found |= Q(Exists(rows.filter(pk=OuterRef("left_id"))), subject=subject) | Q(Exists(rows.filter(pk=OuterRef("right_id"))), subject=subject)
        return qs.filter(found)

    def by_person(self, qs: QuerySet, name: str, value: str) -> QuerySet:
        return qs.filter(assigned_to=self.request.user if value == "1" else None)


pair_url = row_address("crm_core:duplicate_detail")


def reasons_of(pair: DuplicatePair) -> str:
    """Why the two may be the same, in words."""
    return _(", ").join(label_of(pair.subject, key) for key, _strength in pair.reasons)


COLUMNS = [
    Column("left", gettext_lazy("First"), value="left_name", kind="link", url=pair_url, phone=True),
    Column("right", gettext_lazy("Second"), value="right_name", phone=True),
    Column("score", gettext_lazy("Score"), kind="number", sort="score", phone=True),
    Column(
        "is_certain",
        gettext_lazy("Verdict"),
        value=lambda row: _("certain") if row.is_certain else _("probable"),
        kind="badge",
        tone=lambda row: "bad" if row.is_certain else "watch",
    ),
    Column("reasons", gettext_lazy("Why"), value=reasons_of, kind="sentence"),
    Column("subject", gettext_lazy("What"), value=lambda row: row.get_subject_display(), default=False),
    Column("assigned_to", gettext_lazy("To be decided by"), value="assigned_to", kind="person"),
    Column("state", gettext_lazy("State"), value=lambda row: row.get_state_display(), kind="badge", tone=lambda row: STATE_TONES[row.state]),
    Column("found_at", gettext_lazy("Found"), kind="datetime", sort="found_at", default=False),
    Column("decided_by", pgettext_lazy("possible duplicate", "Decided by"), value="decided_by", kind="person", default=False),
]


def queue_of(request: HttpRequest) -> QuerySet:
    """The pairs that the person may look at, under the filters of the address; undecided ones unless a state is asked for."""
    rows = DuplicatePair.objects.visible_to(request.user).select_related("assigned_to", "decided_by")
    return rows if request.GET.get("state") else rows.undecided()


@require_GET
@permission_required("crm_core.view_duplicatepair", raise_exception=True)
def duplicate_list(request: HttpRequest) -> HttpResponse:
    runs = DuplicateRun.objects.select_related("job").order_by("subject", "-pk")
    return list_response(
        request,
        queryset=queue_of(request).named(),
        columns=COLUMNS,
        template="crm_core/duplicate_list.html",
        key="crm.duplicates",
        filterset=PairFilter,
        order=("-score", "pk"),
        context={
            "hub": tabs_of(request, DESK),
            "running": [run for run in runs.filter(finished_at__isnull=True)],
            "last": {run.subject: run for run in reversed(list(runs.filter(finished_at__isnull=False)[:20]))}.values(),
            "subjects": Subject.choices,
            "first": queue_of(request).order_by("-score", "pk").values_list("pk", flat=True).first(),
        },
        drawer=False,
        bulk=[Bulk(gettext_lazy("Assign"), reverse("crm_core:duplicate_assign"), icon="user-share", permission="crm_core.assign_duplicatepair")],
    )


def _pair(request: HttpRequest, pk: int) -> DuplicatePair:
    return get_object_or_404(DuplicatePair.objects.visible_to(request.user).select_related("assigned_to", "decided_by"), pk=pk)


def _beside(request: HttpRequest, pair: DuplicatePair) -> dict[str, str]:
    """The pairs before and behind this one in the order of the queue."""
    rows = queue_of(request).filter(subject=pair.subject)
    behind = rows.filter(Q(score__lt=pair.score) | Q(score=pair.score, pk__gt=pair.pk)).order_by("-score", "pk").first()
    before = rows.filter(Q(score__gt=pair.score) | Q(score=pair.score, pk__lt=pair.pk)).order_by("score", "-pk").first()
    return {"next": pair_url(behind) if behind else "", "previous": pair_url(before) if before else ""}


@require_GET
@permission_required("crm_core.view_duplicatepair", raise_exception=True)
def duplicate_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Two records side by side, what differs marked; j and k go through the queue, m merges, n says no, s puts it off."""
    pair = _pair(request, pk)
    model: Any = SUBJECT_MODELS[pair.subject]
    rows = list(model.objects.visible_to(request.user).select_related("owner", "department").filter(pk__in=[pair.left_id, pair.right_id]).order_by("pk"))
    together = [pair.left_id, pair.right_id]
    if pair.group:
        mates = DuplicatePair.objects.visible_to(request.user).undecided().filter(subject=pair.subject, group=pair.group)
        together = sorted({pk for mate in mates for pk in (mate.left_id, mate.right_id)} | set(together))
    merge = reverse("crm_core:merge_create") + "?" + "&".join([f"for={pair.subject}", *(f"pk={pk}" for pk in (pair.left_id, pair.right_id))])
    context = {
        "pair": pair,
        "rows": rows,
        "lines": compare(rows, propose_survivor(rows), by=request.user),
        "reasons": [(label_of(pair.subject, key), round(strength * 100)) for key, strength in pair.reasons],
        "work": [(row, _work(row)) for row in rows],
        "merge_url": merge,
        "group_url": reverse("crm_core:merge_create") + "?" + "&".join([f"for={pair.subject}", *(f"pk={pk}" for pk in together)]) if len(together) > 2 else "",
        "group_size": len(together),
        "tone": STATE_TONES[pair.state],
        "is_undecided": pair.state in (PairState.OPEN, PairState.LATER),
        "may_merge": request.user.has_perm(f"crm_core.merge_{pair.subject}"),
        **_beside(request, pair),
    }
    return render(request, "crm_core/duplicate_detail.html", context)


def _work(row: Any) -> list[tuple[str, int]]:
    """How much hangs on a record."""
    if isinstance(row, Contact):
        return [(_("Accounts"), row.account_links.count()), (_("Activities"), row.activities.count()), (_("Opportunities"), row.opportunities.count())]
    return [
        (_("Activities"), row.activities.count()),
        (_("Opportunities"), row.opportunities.count()),
        (_("Contacts"), row.contact_links.count()),
        (_("Tasks"), row.tasks.count()),
    ]


@require_POST
@permission_required("crm_core.view_duplicatepair", raise_exception=True)
def duplicate_decide(request: HttpRequest, pk: int) -> HttpResponse:
    pair = _pair(request, pk)
    decision = request.POST.get("decision", "")
    if decision not in DECISIONS:
        return HttpResponse(status=400)
    behind = _beside(request, pair)["next"]
    decide_pair(pair=pair, decision=decision, by=request.user, now=timezone.now())
    said = {
        "distinct": _("Remembered: these two are not the same. No later search brings them back."),
        "later": _("Put off."),
        "open": _("The pair is open again."),
    }[decision]
    return redirect_with(request, pair_url(pair) if decision == "open" else behind or reverse("crm_core:duplicate_list"), said)


@require_POST
@permission_required("crm_core.assign_duplicatepair", raise_exception=True)
def duplicate_assign(request: HttpRequest) -> HttpResponse:
    """First the ticked pairs and to whom; then the assignment."""
    pairs = list(DuplicatePair.objects.visible_to(request.user).named().filter(pk__in=ticked(request.POST)))
    person = User.objects.filter(pk=request.POST.get("to", "0") if request.POST.get("to", "").isdecimal() else 0, is_active=True).first()
    if person is None or not pairs:
        people = possible_owners(request.user)
        return render(request, "crm_core/duplicate_assign.html", {"pairs": pairs, "people": people})
    count = assign_pairs(pairs=pairs, to=person, by=request.user, now=timezone.now())
    return redirect_with(request, reverse("crm_core:duplicate_list"), _("%(count)d pairs are with %(person)s now.") % {"count": count, "person": person})


@require_POST
@permission_required("crm_core.find_duplicate", raise_exception=True)
def duplicate_search(request: HttpRequest) -> HttpResponse:
    """Search the whole base in the background."""
    subject = Subject.CONTACT if request.POST.get("for") == Subject.CONTACT else Subject.ACCOUNT
    with transaction.atomic():
        run = start_search(subject=subject, by=request.user, now=timezone.now())
        run.job = enqueue(
            task="crm_core.tasks.find_duplicates",
            by=request.user,
            title=_("Search for duplicates: %(what)s") % {"what": Subject(subject).label},
            payload={"run": run.pk},
            key=f"crm-duplicates-{run.pk}",
            permission="crm_core.find_duplicate",
            url=reverse("crm_core:duplicate_list"),
        )
        run.save(update_fields=["job"])
    return redirect_with(request, reverse("crm_core:duplicate_list"), _("The search has started; you may leave this page."))


@require_GET
@permission_required("crm_core.view_duplicatepair", raise_exception=True)
def duplicate_burn_down(request: HttpRequest) -> JsonResponse:
    """How the heap of open pairs shrinks: the data behind the chart."""
    lines = burn_down(DuplicatePair.objects.visible_to(request.user), today=timezone.localdate())
    return JsonResponse(
        {
            "kind": "line",
            "categories": [date_format(line["day"], "MONTH_DAY_FORMAT") for line in lines],
            "series": [
                {"name": pgettext("possible duplicate", "Open"), "values": [line["open"] for line in lines]},
                {"name": _("Found"), "values": [line["found"] for line in lines]},
                {"name": pgettext("possible duplicate", "Decided"), "values": [line["decided"] for line in lines]},
            ],
        }
    )


@require_GET
@permission_required("crm_core.view_duplicatepair", raise_exception=True)
def duplicate_next(request: HttpRequest) -> HttpResponse:
    """The likeliest pair that waits."""
    first = queue_of(request).order_by("-score", "pk").first()
    return redirect(pair_url(first) if first else reverse("crm_core:duplicate_list"))
