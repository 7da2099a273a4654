from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from foundation.integrity import Refused
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with
from foundation.usage.services import record_invalid
from requirements_mgmt.filters import ChangeRequestFilter
from requirements_mgmt.forms import ChangeRequestForm, DecisionForm
from requirements_mgmt.models import ChangeRequest
from requirements_mgmt.reports import evidence_lines, impact_of
from requirements_mgmt.services import decide_change_request, open_change_request
from requirements_mgmt.views.standing import CHANGE_TONES, visible_requirement

reads = permission_required("requirements_mgmt.view_changerequest", raise_exception=True)

COLUMNS = [
    Column("code", gettext_lazy("Code"), sort="code", kind="link", url=ChangeRequest.get_absolute_url, phone=True),
    Column("title", gettext_lazy("Title"), sort="title", url=ChangeRequest.get_absolute_url, phone=True),
    Column("requirement", gettext_lazy("Requirement"), "requirement.code", sort="requirement__code_key", url=lambda row: row.requirement.get_absolute_url()),
    Column("department", gettext_lazy("Department"), "requirement.department", sort="requirement__department__path"),
    Column("state", gettext_lazy("State"), "get_state_display", sort="state", kind="badge", tone=lambda row: CHANGE_TONES[row.state], phone=True),
    Column("opened_by", gettext_lazy("Opened by"), sort="opened_by__name_key", kind="person"),
    Column("opened_at", gettext_lazy("Opened"), sort="opened_at", kind="date"),
    Column("decided_by", pgettext_lazy("change request", "Decided by"), kind="person", default=False),
    Column("decided_at", pgettext_lazy("change request", "Decided"), sort="decided_at", kind="date"),
    Column("reason", gettext_lazy("Reason"), "reason", default=False),
]


@require_GET
@reads
def change_request_list(request: HttpRequest) -> HttpResponse:
    return list_response(
        request,
        queryset=ChangeRequest.objects.visible_to(request.user).select_related("requirement__department", "opened_by", "decided_by"),
        columns=COLUMNS,
        template="requirements_mgmt/change_request_list.html",
        key="requirements.changes",
        filterset=ChangeRequestFilter,
        search=("code__icontains", "title__icontains", "reason__icontains", "requirement__code__icontains"),
        order=("-opened_at", "-pk"),
        export_permission="requirements_mgmt.export_requirement",
    )


@require_http_methods(["GET", "POST"])
@permission_required("requirements_mgmt.add_changerequest", raise_exception=True)
def change_request_create(request: HttpRequest, pk: int) -> HttpResponse:
    requirement = visible_requirement(request, pk)
    form = ChangeRequestForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                change = open_change_request(requirement=requirement, by=request.user, now=timezone.now(), **form.cleaned_data)
                return redirect_with(request, change.get_absolute_url(), _("%(code)s is open and waits for a decision.") % {"code": change.code})
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = 409
        record_invalid(by=request.user, feature="requirements.change.open", form=form, obj=requirement)
    context = {"form": form, "requirement": requirement, "impact": impact_of(requirement, request.user)}
    return render(request, "requirements_mgmt/change_request_form.html", context, status=status)


def _change(request: HttpRequest, pk: int) -> ChangeRequest:
    rows = ChangeRequest.objects.visible_to(request.user).select_related("requirement__department", "requirement__rollout", "opened_by", "decided_by")
    return get_object_or_404(rows, pk=pk)


@require_GET
@reads
def change_request_detail(request: HttpRequest, pk: int) -> HttpResponse:
    change = _change(request, pk)
    context = {
        "change": change,
        "requirement": change.requirement,
        "tone": CHANGE_TONES[change.state],
        "evidence": evidence_lines(change.evidence),
        "impact": impact_of(change.requirement, request.user) if change.state == "open" else None,
    }
    return render(request, "requirements_mgmt/change_request_detail.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("requirements_mgmt.decide_changerequest", raise_exception=True)
def change_request_decide(request: HttpRequest, pk: int) -> HttpResponse:
    change = _change(request, pk)
    form = DecisionForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                accept = form.cleaned_data["decision"] == "accept"
                decided = decide_change_request(change=change, accept=accept, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
                said = _("%(code)s: %(state)s.") % {"code": decided.code, "state": decided.get_state_display()}
                return redirect_with(request, change.get_absolute_url(), said)
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = 409
    context = {"form": form, "change": change, "requirement": change.requirement, "impact": impact_of(change.requirement, request.user)}
    return render(request, "requirements_mgmt/change_request_decide.html", context, status=status)
