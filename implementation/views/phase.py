from copy import copy
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.ui.responses import redirect_with
from implementation import services
from implementation.forms import MilestoneForm, PhaseForm
from implementation.models import Gate, Milestone, Phase, Status, read_gate
from implementation.reports.cockpit import STATE_TONES, VERDICT_TONES
from implementation.views.editing import edit, sent_version
from implementation.views.rollout import VIEW, rollout_or_404


def phase_or_404(request: HttpRequest, pk: int) -> Phase:
    """The phase with rollout and gate, if the person may see the rollout."""
    rows = Phase.objects.visible_to(request.user).with_gate().select_related("rollout__sponsor", "rollout__project_manager", "wave", "gate")
    return get_object_or_404(rows, pk=pk)


@require_GET
@permission_required(VIEW, raise_exception=True)
def phase_detail(request: HttpRequest, pk: int) -> HttpResponse:
    phase = phase_or_404(request, pk)
    today = timezone.localdate()
    gate = Gate.objects.to_show().get(phase=phase)
    reading = read_gate(gate, today)
    entries = list(phase.register.with_documents())
    milestones = list(phase.milestones.select_related("owner"))
    state = phase.state_on(today)
    context = {
        "phase": phase,
        "rollout": phase.rollout,
        "state": state,
        "tone": STATE_TONES[state],
        "gate": gate,
        "passage": gate.standing_passage,
        "reading": reading,
        "verdict_tone": VERDICT_TONES[reading.verdict],
        "not_met": reading.count(Status.NOT_MET),
        "entries": [{"entry": entry, "overdue": entry.is_overdue(today)} for entry in entries],
        "milestones": [{"row": one, "overdue": one.is_overdue(today)} for one in milestones],
        "signed": sum(entry.is_signed for entry in entries),
        "changes": phase.plan_changes.select_related("changed_by")[:10],
        "neighbours": list(Phase.objects.filter(rollout=phase.rollout_id, wave=phase.wave_id).select_related("wave")),
    }
    return render(request, "implementation/phase_detail.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("implementation.change_phase", raise_exception=True)
def phase_edit(request: HttpRequest, pk: int) -> HttpResponse:
    phase = phase_or_404(request, pk)

    def save(form: PhaseForm) -> Phase:
        return services.change_phase(
            phase=copy(phase),
            sent_version=form.sent_version,
            values=form.values(),
            reason=form.given_reason,
            move_followers=form.cleaned_data["move_followers"],
            by=request.user,
            now=timezone.now(),
        )

    return edit(
        request,
        form=PhaseForm(request.POST or None, instance=copy(phase)),
        save=save,
        stored=phase,
        done=phase.get_absolute_url(),
        message=_("The dates are saved."),
        feature="rollout.phase.update",
        context={"rollout": phase.rollout, "heading": _("Edit phase dates: %(phase)s") % {"phase": phase}, "cancel": phase.get_absolute_url()},
    )


@require_POST
@permission_required("implementation.change_phase", raise_exception=True)
def phase_start(request: HttpRequest, pk: int) -> HttpResponse:
    phase = phase_or_404(request, pk)
    services.start_phase(phase=phase, sent_version=sent_version(request), by=request.user, now=timezone.now())
    return redirect_with(request, phase.get_absolute_url(), _("“%(phase)s” has started.") % {"phase": phase})


@require_http_methods(["GET", "POST"])
@permission_required("implementation.change_milestone", raise_exception=True)
def milestone_create(request: HttpRequest, pk: int) -> HttpResponse:
    rollout = rollout_or_404(request, pk)
    given = request.GET.get("phase", "")
    initial = {"phase": given if given.isdecimal() else None, "owner": rollout.project_manager}

    def save(form: MilestoneForm) -> Milestone:
        return services.add_milestone(milestone=Milestone(rollout=rollout, **form.values()), by=request.user)

    return edit(
        request,
        form=MilestoneForm(request.POST or None, instance=Milestone(rollout=rollout), rollout=rollout, initial=initial),
        save=save,
        done=rollout.plan_url,
        message=_("The milestone is added."),
        feature="rollout.milestone.create",
        context={"rollout": rollout, "heading": _("Add milestone"), "submit": _("Add milestone"), "cancel": rollout.plan_url},
    )


def milestone_or_404(request: HttpRequest, pk: int) -> Milestone:
    """The milestone with rollout and phase, if the person may see the rollout."""
    rows = Milestone.objects.visible_to(request.user).select_related("rollout__sponsor", "rollout__project_manager", "phase__wave", "owner")
    return get_object_or_404(rows, pk=pk)


@require_http_methods(["GET", "POST"])
@permission_required("implementation.change_milestone", raise_exception=True)
def milestone_edit(request: HttpRequest, pk: int) -> HttpResponse:
    milestone = milestone_or_404(request, pk)
    rollout = milestone.rollout

    def save(form: MilestoneForm) -> Milestone:
        return services.change_milestone(
            milestone=copy(milestone),
            sent_version=form.sent_version,
            values=form.values(),
            reason=form.given_reason,
            by=request.user,
            now=timezone.now(),
        )

    context: dict[str, Any] = {
        "rollout": rollout,
        "heading": _("Edit milestone"),
        "cancel": rollout.plan_url,
        "changes": milestone.plan_changes.select_related("changed_by"),
    }
    return edit(
        request,
        form=MilestoneForm(request.POST or None, instance=copy(milestone), rollout=rollout),
        save=save,
        stored=milestone,
        done=rollout.plan_url,
        message=_("The milestone is saved."),
        feature="rollout.milestone.update",
        context=context,
    )


@require_POST
@permission_required("implementation.change_milestone", raise_exception=True)
def milestone_reach(request: HttpRequest, pk: int) -> HttpResponse:
    milestone = milestone_or_404(request, pk)
    now = timezone.now()
    services.reach_milestone(milestone=milestone, sent_version=sent_version(request), on=timezone.localdate(now), by=request.user, now=now)
    return redirect_with(request, milestone.phase.get_absolute_url(), _("“%(milestone)s” is reached.") % {"milestone": milestone})
