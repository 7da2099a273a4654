"""Collection rounds for who leads them: start one, see it burn down, hurry people, give more time, close it."""

from typing import Any

import django_filters
from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm_core.forms import ExtendForm, RoundForm
from crm_core.models import CollectionRound, CollectionSheet, RoundState, SheetState
from crm_core.models.collection import OWED
from crm_core.services.collecting import (
    burn_down,
    by_department,
    close_round,
    departments_for,
    extend_round,
    is_late,
    people_to_ask,
    remind_people,
    start_round,
    totals,
)
from crm_core.views.hubs import DESK, tabs_of
from crm_core.views.saving import answer_form
from foundation.integrity import Refused
from foundation.people.models import Department
from foundation.ui.lists import Bulk, Column, list_response, ticked
from foundation.ui.responses import redirect_with

TONES = {SheetState.SENT: "watch", SheetState.RETURNED: "info", SheetState.CORRECT: "bad", SheetState.LOADED: "good", SheetState.OUT: "neutral"}


def _share(row: CollectionRound) -> str:
    return f"{row.done_count} / {row.sheet_count}"  # type: ignore[attr-defined]


ROUND_COLUMNS = [
    Column("name", gettext_lazy("Round"), kind="link", url=lambda row: row.get_absolute_url(), phone=True),
    Column(
        "state",
        gettext_lazy("State"),
        value=lambda row: row.get_state_display(),
        kind="badge",
        tone=lambda row: "watch" if row.state == RoundState.OPEN else "neutral",
        phone=True,
    ),
    Column("department", gettext_lazy("Department"), value="department"),
    Column("done", gettext_lazy("Sheets done"), value=_share, phone=True),
    Column("rows_open", gettext_lazy("Rows to be corrected"), value="correct_count", kind="number"),
    Column("due_on", gettext_lazy("Due"), kind="date", sort="due_on"),
    Column("created_by", gettext_lazy("Sent by"), value="created_by", kind="person"),
    Column("created_at", gettext_lazy("Sent"), kind="datetime", sort="created_at", default=False),
]


def _late(row: CollectionSheet) -> bool:
    return row.round.state == RoundState.OPEN and is_late(row, timezone.localdate())


def _state_words(row: CollectionSheet) -> str:
    if row.state == SheetState.OUT:
        return f"{row.get_state_display()} · {row.out_reason}"
    if row.waiting_count and row.state == SheetState.RETURNED:
        return _("Waits for a decision")
    return f"{row.get_state_display()} · {_('late')}" if _late(row) else str(row.get_state_display())


SHEET_COLUMNS = [
    Column("person", gettext_lazy("Person"), value="person", kind="person", phone=True),
    Column("department", gettext_lazy("Department"), value="department"),
    Column(
        "state",
        gettext_lazy("State"),
        value=_state_words,
        kind="badge",
        tone=lambda row: "bad" if _late(row) else TONES[SheetState(row.state)],
        sort="state",
        phone=True,
    ),
    Column("sent", gettext_lazy("Rows sent out"), value="sent_count", kind="number"),
    Column("row_count", gettext_lazy("Rows handed back"), kind="number", sort="row_count"),
    Column("rows_open", gettext_lazy("Rows still open"), value="rows_open", kind="number", phone=True),
    Column("waiting_count", gettext_lazy("Rows to be decided"), kind="number", sort="waiting_count"),
    Column("downloaded_at", gettext_lazy("Downloaded"), kind="datetime", sort="downloaded_at", default=False),
    Column("returned_at", gettext_lazy("Handed back"), kind="datetime", sort="returned_at"),
    Column("returned_by", gettext_lazy("Handed back by"), value="returned_by", kind="person"),
    Column("added_at", gettext_lazy("Added later"), kind="datetime", sort="added_at", default=False),
    Column("reminded_on", gettext_lazy("Reminded"), kind="date", sort="reminded_on"),
    Column("escalated_on", gettext_lazy("Told to the manager"), kind="date", sort="escalated_on", default=False),
]


def _departments(request: Any) -> QuerySet[Department]:
    return (
        Department.objects.filter(pk__in=CollectionSheet.objects.visible_to(request.user).order_by().values("department"))
        if request
        else Department.objects.none()
    )


class SheetFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(label=gettext_lazy("State"), choices=SheetState.choices)
    department = django_filters.ModelChoiceFilter(label=gettext_lazy("Department"), queryset=_departments)
    owed = django_filters.ChoiceFilter(
        label=gettext_lazy("Open"), choices=[("owed", gettext_lazy("still owed")), ("late", gettext_lazy("late"))], method="by_owed"
    )

    def by_owed(self, rows: QuerySet[CollectionSheet], _name: str, value: str) -> QuerySet[CollectionSheet]:
        rows = rows.filter(state__in=OWED)
        return rows.filter(round__due_on__lt=timezone.localdate()) if value == "late" else rows


@require_GET
@permission_required("crm_core.collect_sheet", raise_exception=True)
def collection_list(request: HttpRequest) -> HttpResponseBase:
    shown = Q(sheets__in=CollectionSheet.objects.visible_to(request.user)) & ~Q(sheets__state=SheetState.OUT)
    done = shown & ~Q(sheets__state__in=OWED)
    rows = CollectionRound.objects.visible_to(request.user).select_related("department", "created_by")
    return list_response(
        request,
        queryset=rows.annotate(
            sheet_count=Count("sheets", filter=shown),
            done_count=Count("sheets", filter=done),
            correct_count=Count("sheets", filter=shown & Q(sheets__state=SheetState.CORRECT)),
        ),
        columns=ROUND_COLUMNS,
        template="crm_core/collection_list.html",
        key="crm.collections",
        search=("name__icontains",),
        context={"hub": tabs_of(request, DESK)},
        drawer=False,
    )


@require_http_methods(["GET", "POST"])
@permission_required("crm_core.add_collectionround", raise_exception=True)
def collection_create(request: HttpRequest) -> HttpResponse:
    """First the form, then who would get a sheet; the form's words stay."""
    form = RoundForm(request.POST or None, departments=departments_for(request.user))  # type: ignore[arg-type]
    context: dict[str, Any] = {}

    def save() -> HttpResponse:
        cleaned = form.cleaned_data
        people, busy = people_to_ask(cleaned["department"], timezone.localdate())
        if "go" not in request.POST:
            context.update(people=people, busy=busy)
            return render(request, "crm_core/collection_form.html", {"form": form, **context})
        row = start_round(**cleaned, by=request.user, now=timezone.now(), today=timezone.localdate())  # type: ignore[arg-type]
        words = ngettext("%(count)d sheet was sent out.", "%(count)d sheets were sent out.", len(people)) % {"count": len(people)}
        return redirect_with(request, row.get_absolute_url(), words)

    return answer_form(request, form, template="crm_core/collection_form.html", feature="crm.collection.create", save=save, context=context)


def round_of(request: HttpRequest, pk: int) -> CollectionRound:
    return get_object_or_404(CollectionRound.objects.visible_to(request.user).select_related("department", "created_by"), pk=pk)


def sheets_of(request: HttpRequest, row: CollectionRound) -> QuerySet[CollectionSheet]:
    return CollectionSheet.objects.visible_to(request.user).filter(round=row).select_related("round", "person", "department", "returned_by")


@require_GET
@permission_required("crm_core.collect_sheet", raise_exception=True)
def collection_detail(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The state of a round: totals, its burn-down, a line per department, the sheets themselves."""
    row, today = round_of(request, pk), timezone.localdate()
    context: dict[str, Any] = {"round": row}
    if not request.GET.get("export"):
        lines = by_department(sheets_of(request, row), today)
        is_leading = row.state == RoundState.OPEN and CollectionRound.objects.led_by(request.user).filter(pk=row.pk).exists()
        context |= {"lines": lines, "totals": totals(lines), "is_late": row.state == RoundState.OPEN and row.due_on < today}
        if is_leading and request.user.has_perm("crm_core.add_collectionround"):
            context["extend"] = ExtendForm(initial={"due_on": row.due_on})
    bulk = [Bulk(gettext_lazy("Remind"), reverse("crm_core:collection_remind", args=[row.pk]), icon="bell")] if row.state == RoundState.OPEN else []
    if "extend" in context:
        bulk.append(Bulk(gettext_lazy("Take out"), reverse("crm_core:collection_out", args=[row.pk]), icon="user-minus"))
    return list_response(
        request,
        queryset=sheets_of(request, row),
        columns=SHEET_COLUMNS,
        template="crm_core/collection_detail.html",
        key="crm.collection",
        filterset=SheetFilter,
        search=("person__display_name__icontains", "person__name_key__icontains"),
        order=("department__path", "person__name_key", "pk"),
        context=context,
        export_permission="crm_core.collect_sheet",
        export_feature="crm.collection.export",
        drawer=False,
        bulk=bulk,
    )


@require_GET
@permission_required("crm_core.collect_sheet", raise_exception=True)
def collection_burn_down(request: HttpRequest, pk: int) -> JsonResponse:
    """Sheets and rows still open, day by day: the data behind the chart."""
    row = round_of(request, pk)
    wanted = "rows" if request.GET.get("of") == "rows" else "sheets"
    name = _("Rows still open") if wanted == "rows" else _("Sheets still owed")
    lines = burn_down(row, sheets_of(request, row), timezone.localdate())
    return JsonResponse(
        {
            "kind": "line",
            "categories": [date_format(line["day"], "MONTH_DAY_FORMAT") for line in lines],
            "series": [{"name": name, "values": [line[wanted] for line in lines]}],
        }
    )


@require_POST
@permission_required("crm_core.collect_sheet", raise_exception=True)
def collection_remind(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the word again: to the ticked, or to everybody who still owes a sheet."""
    row = round_of(request, pk)
    sheets = sheets_of(request, row)
    if chosen := ticked(request.POST, most=None):
        sheets = sheets.filter(pk__in=chosen)
    count = remind_people(sheets=list(sheets), by=request.user, now=timezone.now(), today=timezone.localdate())  # type: ignore[arg-type]
    words = ngettext("%(count)d person was reminded.", "%(count)d people were reminded.", count) % {"count": count}
    return redirect_with(request, row.get_absolute_url(), words if count else _("Nobody was reminded: nothing is owed, or it was done today."))


def led_round(request: HttpRequest, pk: int) -> CollectionRound:
    row = round_of(request, pk)
    if not CollectionRound.objects.led_by(request.user).filter(pk=pk).exists():
        raise Refused(_("This round was started above you. Ask %(person)s.") % {"person": row.created_by})
    return row


@require_POST
@permission_required("crm_core.add_collectionround", raise_exception=True)
def collection_extend(request: HttpRequest, pk: int) -> HttpResponse:
    row, form = led_round(request, pk), ExtendForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Say until which day."))
    extend_round(row=row, due_on=form.cleaned_data["due_on"], by=request.user, now=timezone.now(), today=timezone.localdate())  # type: ignore[arg-type]
    return redirect_with(request, row.get_absolute_url(), _("There is more time. Who still owes a sheet has been told."))


@require_POST
@permission_required("crm_core.add_collectionround", raise_exception=True)
def collection_close(request: HttpRequest, pk: int) -> HttpResponse:
    row = led_round(request, pk)
    close_round(row=row, by=request.user, now=timezone.now())  # type: ignore[arg-type]
    return redirect_with(request, row.get_absolute_url(), _("The round is closed."))
