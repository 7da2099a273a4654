"""The flow check of a rollout: its findings as a list, each with its picture, accepted or put right."""

from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.integrity import Refused
from foundation.jobs.models import Job
from foundation.ui.lists import Bulk, Column, list_response, ticked
from foundation.ui.responses import redirect_with
from foundation.usage.services import record_invalid
from implementation.models import Rollout
from requirements_mgmt.filters import FlowFindingFilter
from requirements_mgmt.flow import KINDS
from requirements_mgmt.forms import AcceptForm, FixForm
from requirements_mgmt.models import DataObject, FindingKind, FlowCheck, FlowFinding, Interface, Requirement, System
from requirements_mgmt.reports import sentence
from requirements_mgmt.reports.flow_picture import picture_of
from requirements_mgmt.reports.flow_words import about, names_of
from requirements_mgmt.services import FIXES, accept_findings, fix_finding, job_key, start_flow_check, take_back_acceptance
from requirements_mgmt.views.standing import NoRollout, in_rollout, next_address, reads, rollout_here

KIND_TONES = {"dead_loop": "bad", "not_alone": "bad", "unfed": "bad", "dead_end": "watch", "two_masters": "watch", "orphan_interface": "watch"}
accepts = permission_required("requirements_mgmt.accept_finding", raise_exception=True)


def state_of(row: FlowFinding) -> str:
    """Open or accepted, in words."""
    return pgettext("finding", "Accepted") if row.acceptance_id else pgettext("finding", "Open")


COLUMNS = [
    Column("about", gettext_lazy("About"), lambda row: about(row.kind, row.detail), sort="place", kind="link", url=FlowFinding.get_absolute_url, phone=True),
    Column("kind", gettext_lazy("Finding"), "get_kind_display", sort="rank", kind="badge", tone=lambda row: KIND_TONES.get(row.kind, "neutral"), phone=True),
    Column("message", gettext_lazy("What is wrong and what to do"), lambda row: sentence(row.kind, row.detail), kind="sentence", phone=True),
    Column(
        "state",
        gettext_lazy("State"),
        state_of,
        kind="badge",
        tone=lambda row: "neutral" if row.acceptance_id else "watch",
    ),
    Column("data", gettext_lazy("Data objects"), lambda row: names_of(row.detail), default=False),
    Column("first_seen", gettext_lazy("First seen"), "first_seen_at", sort="first_seen_at", kind="date"),
    Column("reason", gettext_lazy("Reason"), "acceptance.reason", default=False),
    Column("accepted_by", gettext_lazy("Accepted by"), "acceptance.accepted_by", kind="person", default=False),
]


def rollout_seen(request: HttpRequest) -> Rollout:
    """The rollout that the page stands in, seen whole and not by single requirements."""
    rollout = rollout_here(request)
    if not Rollout.objects.visible_to(request.user).filter(pk=rollout.pk).exists():
        raise NoRollout
    return rollout


@require_GET
@reads
@in_rollout
def flow_check(request: HttpRequest) -> HttpResponseBase:
    rollout = rollout_seen(request)
    findings = FlowFinding.objects.visible_to(request.user).filter(rollout=rollout)
    check = FlowCheck.objects.filter(rollout=rollout, finished_at__isnull=False).select_related("started_by").first()
    is_part = bool(getattr(request, "htmx", False) and request.htmx.target == "list")
    return list_response(
        request,
        queryset=findings.select_related("acceptance__accepted_by"),
        columns=COLUMNS,
        template="requirements_mgmt/flow_check.html",
        key="requirements.flow",
        filterset=FlowFindingFilter,
        search=("words__icontains",),
        order=("rank", "place", "pk"),
        export_permission="requirements_mgmt.export_requirement",
        context={} if is_part else {"rollout": rollout, "check": check, "view": "flow", **_standing(rollout, check, findings)},
        bulk=[
            Bulk(gettext_lazy("Accept with a reason"), reverse("requirements_mgmt:finding_accept_many"), "check", permission="requirements_mgmt.accept_finding")
        ],
    )


def _standing(rollout: Rollout, check: FlowCheck | None, findings: Any) -> dict[str, Any]:
    """The counts per kind, whether the rows have changed since the check, and the check that runs."""
    rows = findings.order_by().values("kind").annotate(total=Count("pk"), open=Count("pk", filter=Q(acceptance__isnull=True)))
    counts = {row["kind"]: row for row in rows}
    kinds = [{"key": kind, "label": FindingKind(kind).label, "tone": KIND_TONES.get(kind, "neutral"), **counts[kind]} for kind in KINDS if kind in counts]
    return {
        "kinds": kinds,
        "open_count": sum(row["open"] for row in counts.values()),
        "total_count": sum(row["total"] for row in counts.values()),
        "is_stale": check is not None and changed_since(rollout, check),
        "job": Job.objects.open().filter(key=job_key(rollout)).first(),
    }


def changed_since(rollout: Rollout, check: FlowCheck) -> bool:
    """Whether a requirement, data object, system or interface was written after the check began."""
    later = {"rollout_id": rollout.pk, "history_date__gt": check.started_at}
    return any(model.history.filter(**later).exists() for model in (Requirement, DataObject, System, Interface))  # type: ignore[attr-defined]


@require_POST
@permission_required("requirements_mgmt.check_flow", raise_exception=True)
def flow_run(request: HttpRequest) -> HttpResponse:
    rollout = rollout_seen(request)
    job = start_flow_check(rollout=rollout, by=request.user, now=timezone.now())
    said = _("The flow is being checked. You may leave this page.") if job else _checked(rollout)
    return redirect_with(request, _page(rollout), said)


def _checked(rollout: Rollout) -> str:
    count = FlowFinding.objects.filter(rollout=rollout).open().count()
    if not count:
        return _("The flow is checked: no open finding.")
    return ngettext("The flow is checked: %(count)s open finding.", "The flow is checked: %(count)s open findings.", count) % {"count": count}


def _page(rollout: Rollout) -> str:
    return f"{reverse('requirements_mgmt:flow_check')}?rollout={rollout.pk}"


def _finding(request: HttpRequest, pk: int) -> FlowFinding:
    rows = FlowFinding.objects.visible_to(request.user).select_related("rollout", "flow_check", "acceptance__accepted_by")
    return get_object_or_404(rows, pk=pk)


@require_GET
@reads
def finding_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _detail(request, _finding(request, pk))


def _detail(request: HttpRequest, finding: FlowFinding, *, fix_form: FixForm | None = None, status: int = 200) -> HttpResponse:
    detail = finding.detail
    seen = Requirement.objects.visible_to(request.user).filter(
        Exists(finding.requirements.through.objects.filter(flowfinding=finding, requirement=OuterRef("pk")))
    )
    context = {
        "finding": finding,
        "message": sentence(finding.kind, detail),
        "tone": KIND_TONES.get(finding.kind, "neutral"),
        "about": about(finding.kind, detail),
        "state": state_of(finding),
        "picture": picture_of(finding),
        "requirements": seen.select_related("department").order_by("code_key", "pk")[:20],
        "requirement_count": detail["requirement_count"],
        "data": DataObject.objects.filter(rollout=finding.rollout_id, pk__in=[entry[0] for entry in detail["data"][:20]]),
        "systems": System.objects.filter(rollout=finding.rollout_id, pk__in=[entry[0] for entry in detail["systems"]]),
        "interface": Interface.objects.filter(rollout=finding.rollout_id, pk=detail["interface"][0]).first() if detail["interface"] else None,
        "may_fix": finding.kind in FIXES and request.user.has_perm(FIXES[finding.kind]),
        "needs_name": finding.kind in ("unfed", "dead_end"),
        "fix_form": fix_form or FixForm(),
        "earlier": finding.rollout.finding_acceptances.filter(fingerprint=finding.fingerprint, ended_at__isnull=False).select_related(
            "accepted_by", "ended_by"
        )[:10],
    }
    return render(request, "requirements_mgmt/finding_detail.html", context, status=status)


@require_http_methods(["GET", "POST"])
@accepts
def finding_accept(request: HttpRequest, pk: int) -> HttpResponse:
    return _accept(request, [_finding(request, pk)], back=reverse("requirements_mgmt:finding_detail", args=[pk]), bound=request.method == "POST")


@require_POST
@accepts
def finding_accept_many(request: HttpRequest) -> HttpResponse:
    rows = list(FlowFinding.objects.visible_to(request.user).filter(pk__in=ticked(request.POST)).select_related("rollout").order_by("rank", "place", "pk"))
    back = next_address(request, reverse("requirements_mgmt:flow_check"))
    if not rows:
        return redirect_with(request, back, _("Tick at least one finding."), tone="watch")
    return _accept(request, rows, back=back, bound="apply" in request.POST)


def _accept(request: HttpRequest, rows: list[FlowFinding], *, back: str, bound: bool) -> HttpResponse:
    form = AcceptForm(request.POST if bound else None)
    status = 200
    if bound:
        status = 422
        if form.is_valid():
            try:
                done = accept_findings(findings=rows, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
                said = ngettext("%(count)s finding is accepted.", "%(count)s findings are accepted.", len(done)) % {"count": len(done)}
                return redirect_with(request, _page(rows[0].rollout), said)
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
        else:
            record_invalid(by=request.user, feature="requirements.flow.accept", form=form)
    told = [(row, sentence(row.kind, row.detail)) for row in rows]
    return render(request, "requirements_mgmt/finding_accept.html", {"form": form, "told": told, "back": back, "is_many": len(rows) > 1}, status=status)


@require_POST
@accepts
def finding_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    finding = _finding(request, pk)
    take_back_acceptance(finding=finding, by=request.user, now=timezone.now())
    return redirect_with(request, finding.get_absolute_url(), _("The finding is open again."))


@require_POST
@login_required
def finding_fix(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a finding right in one step, with the right to change what it is about; then the flow is checked again."""
    finding = _finding(request, pk)
    if not request.user.has_perm("requirements_mgmt.view_requirement") or not request.user.has_perm(
        FIXES.get(finding.kind, "requirements_mgmt.change_dataobject")
    ):
        raise PermissionDenied
    form = FixForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            now = timezone.now()
            fix_finding(finding=finding, name=form.cleaned_data["name"], by=request.user, now=now)
            said = _("It is written. The flow is being checked again.") if start_flow_check(rollout=finding.rollout, by=request.user, now=now) else ""
            return redirect_with(request, _page(finding.rollout), said or _checked(finding.rollout))
        except Refused as refusal:
            form.add_error("name", str(refusal))
            status = refusal.status
    record_invalid(by=request.user, feature="requirements.flow.fix", form=form, obj=finding)
    return _detail(request, finding, fix_form=form, status=status)
