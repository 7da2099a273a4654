from functools import partial
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.integrity import Refused, Stale
from foundation.reading import read_together
from foundation.ui.conflicts import both_versions
from foundation.ui.lists import Bulk, Column, list_response
from foundation.ui.responses import redirect_with
from foundation.usage.services import record_invalid
from requirements_mgmt.filters import RequirementFilter
from requirements_mgmt.forms import BulkForm, QuickForm, ReasonForm, RequirementForm, data_object_names
from requirements_mgmt.models import ConfirmationState, Requirement, TraceKind
from requirements_mgmt.reports import attach_use, confirmations_of, history_of, links_of, pointing_at, use_of_requirement
from requirements_mgmt.services import change_many, create_requirement, data_objects, drop_requirement, edit_requirement, restore_requirement
from requirements_mgmt.trace_types import trace_types
from requirements_mgmt.views.fact import facts_of
from requirements_mgmt.views.standing import (
    CONFIRMATION_TONES,
    STATE_TONES,
    edits,
    in_rollout,
    next_address,
    picked,
    reads,
    reads_asked,
    rollout_here,
    visible_requirement,
)


def _use_text(row: Requirement) -> str:
    use = row.use  # type: ignore[attr-defined]
    return "" if not use.is_linked else _("%(used)s of %(people)s") % {"used": use.used, "people": use.meant_for}


def _use_tone(row: Requirement) -> str:
    return "bad" if row.use.never_used else ""  # type: ignore[attr-defined]


COLUMNS = [
    Column("code", gettext_lazy("Code"), sort="code_key", kind="link", url=Requirement.get_absolute_url, phone=True),
    Column("title", gettext_lazy("Title"), sort="title", url=Requirement.get_absolute_url, phone=True),
    Column("department", gettext_lazy("Department"), "department", sort="department__path"),
    Column("priority", gettext_lazy("Priority"), "get_priority_display", sort="priority", phone=True),
    Column("level", gettext_lazy("Level"), "get_level_display", sort="level", default=False),
    Column("state", gettext_lazy("State"), "get_state_display", sort="state"),
    Column(
        "confirmation",
        gettext_lazy("Confirmation"),
        lambda row: ConfirmationState(row.confirmation).label,
        sort="confirmation",
        kind="badge",
        tone=lambda row: CONFIRMATION_TONES[row.confirmation],
        phone=True,
    ),
    Column("use", gettext_lazy("Used, last 28 days"), _use_text, tone=_use_tone),
    Column("owner", gettext_lazy("Owner"), "owner", sort="owner__name_key", kind="person"),
    Column("source", gettext_lazy("Source"), "source", default=False),
    Column("statement", gettext_lazy("Statement"), "statement", default=False),
    Column("features", gettext_lazy("Features"), lambda row: ", ".join(str(feature) for feature in row.features.all()), default=False),
    Column("changed", gettext_lazy("Text changed"), "text_changed_at", sort="text_changed_at", kind="date", default=False),
]


@require_GET
@reads
def requirement_list(request: HttpRequest) -> HttpResponse:
    rows = Requirement.objects.visible_to(request.user).countable().with_confirmation().select_related("department", "owner").prefetch_related("features")
    return list_response(
        request,
        queryset=rows.attach(partial(attach_use, today=timezone.localdate())),
        columns=COLUMNS,
        template="requirements_mgmt/requirement_list.html",
        key="requirements.requirements",
        filterset=RequirementFilter,
        search=lambda queryset, text: queryset.search(text),
        order=("code_key",),
        export_permission="requirements_mgmt.export_requirement",
        context={"quick": _quick_form(request), "view": "list"},
        bulk=[
            Bulk(
                gettext_lazy("Ask for confirmation"), reverse("requirements_mgmt:confirmation_ask"), "thumb-up", permission="requirements_mgmt.ask_confirmation"
            ),
            Bulk(
                gettext_lazy("Set priority or owner"), reverse("requirements_mgmt:requirement_bulk"), "edit", permission="requirements_mgmt.change_requirement"
            ),
        ],
    )


def _quick_form(request: HttpRequest) -> QuickForm | None:
    if getattr(request, "htmx", False) or not request.user.has_perm("requirements_mgmt.add_requirement"):
        return None
    rollout = rollout_here(request)
    return QuickForm(rollout=rollout, initial={"department": rollout.department_id}) if rollout else None


@require_POST
@permission_required("requirements_mgmt.add_requirement", raise_exception=True)
def requirement_quick(request: HttpRequest) -> HttpResponse:
    rollout = rollout_here(request)
    form = QuickForm(request.POST, rollout=rollout)
    back = next_address(request, reverse("requirements_mgmt:requirement_list"))
    if not form.is_valid():
        record_invalid(by=request.user, feature="requirements.requirement.create", form=form)
        sentence = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return redirect_with(request, back, sentence, tone="bad")
    made = create_requirement(rollout=rollout, by=request.user, now=timezone.now(), **form.cleaned_data)
    return redirect_with(request, back, _("%(code)s is written.") % {"code": made.code})


@require_http_methods(["GET", "POST"])
@permission_required("requirements_mgmt.add_requirement", raise_exception=True)
@in_rollout
def requirement_create(request: HttpRequest) -> HttpResponse:
    rollout = rollout_here(request)
    initial = {"department": rollout.department_id, "owner": request.user.pk, "title": request.GET.get("title", "")[:200]}
    parent = request.GET.get("parent", "")
    if parent.isdecimal() and len(parent) < 19:
        initial["parent"] = int(parent)
    form = RequirementForm(request.POST or None, rollout=rollout, initial=initial)
    if request.method == "POST":
        if form.is_valid():
            try:
                made = create_requirement(rollout=rollout, by=request.user, now=timezone.now(), **_values(form, rollout))
                return redirect_with(request, made.get_absolute_url(), _("%(code)s is written.") % {"code": made.code})
            except Refused as refusal:
                form.add_error(None, str(refusal))
        record_invalid(by=request.user, feature="requirements.requirement.create", form=form)
    context = {"form": form, "rollout": rollout, "names": data_object_names(rollout)}
    return render(request, "requirements_mgmt/requirement_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@edits
def requirement_edit(request: HttpRequest, pk: int) -> HttpResponse:
    requirement = visible_requirement(request, pk)
    rollout = requirement.rollout
    form = RequirementForm(request.POST or None, rollout=rollout, instance=Requirement.objects.get(pk=pk))
    status, conflict = 200, []
    if request.method == "POST":
        if form.is_valid():
            try:
                sent = form.cleaned_data["version"] or 0
                edit_requirement(requirement=requirement, values=_values(form, rollout), sent_version=sent, by=request.user, now=timezone.now())
                return redirect_with(request, requirement.get_absolute_url(), _("%(code)s is saved.") % {"code": requirement.code})
            except Stale as refusal:
                form.add_error(None, str(refusal))
                status, fresh = 409, Requirement.objects.get(pk=pk)
                conflict = both_versions(form, fresh, saved=RequirementForm(rollout=rollout, instance=fresh).initial)
            except Refused as refusal:
                form.add_error(None, str(refusal))
        status = 422 if status == 200 else status
        record_invalid(by=request.user, feature="requirements.requirement.edit", form=form, obj=requirement)
    context = {"form": form, "requirement": requirement, "rollout": rollout, "conflict": conflict, "names": data_object_names(rollout)}
    return render(request, "requirements_mgmt/requirement_form.html", context, status=status)


def _values(form: RequirementForm, rollout: Any) -> dict[str, Any]:
    values = form.values()
    for name in ("inputs", "outputs"):
        values[name] = data_objects(rollout, form.cleaned_data[name])
    return values


@require_GET
@reads_asked
def requirement_detail(request: HttpRequest, pk: int) -> HttpResponse:
    requirement = visible_requirement(request, pk)
    today = timezone.localdate()
    prefetch_related_objects([requirement], "inputs", "outputs", "features")
    stands: Any = Requirement.objects.filter(pk=pk).with_confirmation()
    stands, accepted = stands.values_list("confirmation", flat=True), requirement.change_requests.filter(state="accepted")
    children, changes = Requirement.objects.visible_to(request.user).live().filter(parent=requirement)[:100], requirement.change_requests.all()[:20]
    comments, attachments = requirement.comments.select_related("author"), requirement.attachments.select_related("uploaded_by")
    read_together(stands, accepted, children, changes, comments, attachments)
    [standing] = stands
    confirmations = confirmations_of(requirement)
    settled = requirement.state == "confirmed" and not accepted
    context = {
        "requirement": requirement,
        "facts": facts_of(requirement, settled=settled),
        "state_tone": STATE_TONES[requirement.state],
        "show_standing": standing not in ("confirmed", "none"),
        "standing": ConfirmationState(standing).label,
        "standing_tone": CONFIRMATION_TONES[standing],
        "confirmations": confirmations,
        "mine": next((row for row in confirmations if row.person_id == request.user.pk and row.verdict == "asked"), None),
        "use": use_of_requirement(requirement, today),
        "links": links_of(requirement, request.user),
        "pointing": pointing_at(requirement, request.user),
        "trace_types": trace_types().values(),
        "trace_kinds": TraceKind.choices,
        "children": children,
        "changes": changes,
        "comments": [{"at": row.created_at, "who": row.author, "icon": "message", "title": _("wrote"), "body": row.body} for row in comments],
        "attachments": attachments,
        "may_edit": request.user.has_perm("requirements_mgmt.change_requirement"),
        "needs_change": settled,
    }
    return render(request, "requirements_mgmt/requirement_detail.html", context)


@require_GET
@reads
def requirement_history(request: HttpRequest, pk: int) -> HttpResponse:
    requirement = visible_requirement(request, pk)
    return render(request, "requirements_mgmt/requirement_history.html", {"requirement": requirement, "entries": history_of(requirement)})


@require_http_methods(["GET", "POST"])
@permission_required("requirements_mgmt.drop_requirement", raise_exception=True)
def requirement_drop(request: HttpRequest, pk: int) -> HttpResponse:
    return _with_reason(request, pk, service=drop_requirement, template="requirements_mgmt/requirement_drop.html", said=_("%(code)s is dropped."))


@require_http_methods(["GET", "POST"])
@permission_required("requirements_mgmt.drop_requirement", raise_exception=True)
def requirement_restore(request: HttpRequest, pk: int) -> HttpResponse:
    return _with_reason(request, pk, service=restore_requirement, template="requirements_mgmt/requirement_restore.html", said=_("%(code)s is back."))


def _with_reason(request: HttpRequest, pk: int, *, service: Any, template: str, said: str) -> HttpResponse:
    requirement = visible_requirement(request, pk)
    form = ReasonForm(request.POST or None, initial={"version": requirement.version})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                data = form.cleaned_data
                service(requirement=requirement, reason=data["reason"], sent_version=data["version"], by=request.user, now=timezone.now())
                return redirect_with(request, requirement.get_absolute_url(), said % {"code": requirement.code})
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = 409
    return render(request, template, {"form": form, "requirement": requirement}, status=status)


@require_POST
@edits
def requirement_bulk(request: HttpRequest) -> HttpResponse:
    rows = picked(request)
    back = next_address(request, reverse("requirements_mgmt:requirement_list"))
    if not rows:
        return redirect_with(request, back, _("Tick at least one requirement."), tone="watch")
    form = BulkForm(request.POST if "apply" in request.POST else None)
    if form.is_bound and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if value}
        result = change_many(requirements=rows, values=values, by=request.user, now=timezone.now())
        said = ngettext("%(count)s requirement changed.", "%(count)s requirements changed.", len(result.changed)) % {"count": len(result.changed)}
        if result.refused:
            return render(request, "requirements_mgmt/requirement_bulk_result.html", {"result": result, "said": said, "back": back}, status=409)
        return redirect_with(request, back, said)
    return render(request, "requirements_mgmt/requirement_bulk.html", {"form": form, "rows": rows, "back": back}, status=422 if form.errors else 200)
