from copy import copy
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Q
from django.forms import formset_factory
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from foundation.periods import working_calendar
from foundation.reading import answer_of
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with
from foundation.usage.services import record_invalid
from implementation import reports, services
from implementation.filters import RolloutFilter
from implementation.forms import GoalForm, MoveForm, RolloutCreateForm, RolloutForm, WaveForm
from implementation.models import Goal, Rollout, RolloutState
from implementation.reports.cockpit import roles_of
from implementation.views.editing import edit
from implementation.views.fact import facts_of
from implementation.waiting import waiting_of

VIEW = "implementation.view_rollout"
STATE_TONES = {"preparing": "neutral", "running": "info", "paused": "watch", "closed": "good", "cancelled": "neutral"}

COLUMNS = (
    Column("code", gettext_lazy("Code"), sort="code"),
    Column("name", gettext_lazy("Rollout"), value=str, kind="link", url=lambda row: row.get_absolute_url(), sort="name", phone=True),
    Column("state", gettext_lazy("State"), value="get_state_display", kind="badge", tone=lambda row: STATE_TONES[row.state], sort="state", phone=True),
    Column("project_manager", gettext_lazy("Project manager"), kind="person", sort="project_manager__name_key"),
    Column("sponsor", gettext_lazy("Sponsor"), kind="person", default=False),
    Column("department", gettext_lazy("Lead department"), value=lambda row: str(row.department)),
    Column("starts_on", gettext_lazy("Starts"), kind="date", sort="starts_on"),
    Column("go_live_on", gettext_lazy("Goes live"), kind="date", sort="go_live_on", phone=True),
    Column("passed", gettext_lazy("Gates passed"), value=lambda row: f"{row.passed_count} / {row.phase_count}"),
    Column("reached", gettext_lazy("Milestones reached"), value=lambda row: f"{row.reached_count} / {row.milestone_count}", default=False),
)


@require_GET
@permission_required(VIEW, raise_exception=True)
def rollout_list(request: HttpRequest) -> HttpResponse:
    rows = Rollout.objects.visible_to(request.user).select_related("sponsor", "project_manager", "department")
    rows = rows.annotate(
        phase_count=Count("phases", distinct=True),
        passed_count=Count("phases__gate__passages", filter=Q(phases__gate__passages__reopened_at__isnull=True), distinct=True),
        milestone_count=Count("milestones", distinct=True),
        reached_count=Count("milestones", filter=Q(milestones__actual_on__isnull=False), distinct=True),
    )
    return list_response(
        request,
        queryset=rows,
        columns=COLUMNS,
        template="implementation/rollout_list.html",
        key="implementation.rollouts",
        filterset=RolloutFilter,
        search=("code__icontains", "name__icontains", "name_en__icontains", "project_manager__display_name__icontains"),
        order=("-starts_on", "-pk"),
        export_permission="implementation.export_rollout",
        drawer=False,
    )


def rollout_or_404(request: HttpRequest, pk: int) -> Rollout:
    """The rollout with its people, if the person may see it."""
    rows = Rollout.objects.visible_to(request.user).select_related("sponsor", "project_manager", "department")
    return get_object_or_404(rows, pk=pk)


@require_GET
@permission_required(VIEW, raise_exception=True)
def rollout_detail(request: HttpRequest, pk: int) -> HttpResponse:
    rollout = rollout_or_404(request, pk)
    today = timezone.localdate()
    context = {
        "rollout": rollout,
        "tab": "home",
        "cockpit": reports.cockpit_of(rollout, today),
        "waiting": answer_of(waiting_of(request.user, rollout=rollout)),
        "my_roles": roles_of(rollout, request.user, today),
        "goals": rollout.goals.all(),
        "facts": facts_of(rollout),
        "may_change": rollout.is_open and request.user.has_perm("implementation.change_rollout"),
        "moves": _moves_of(rollout),
        "tone": STATE_TONES[rollout.state],
    }
    return render(request, "implementation/rollout_detail.html", context)


MOVE_WORDS = {
    "running": gettext_lazy("Start rollout"),
    "paused": gettext_lazy("Pause rollout"),
    "closed": gettext_lazy("Close rollout"),
    "cancelled": gettext_lazy("Cancel rollout"),
    "preparing": gettext_lazy("Prepare again"),
}


def _moves_of(rollout: Rollout) -> list[dict[str, Any]]:
    """The states that it may go to, as buttons; ending one goes through a page that asks for the closing note."""
    found = []
    for to in services.MOVES[RolloutState(rollout.state)]:
        label = MOVE_WORDS[to]
        if to == "running" and rollout.state != "preparing":
            label = _("Resume rollout")
        found.append({"to": to.value, "label": label, "asks": to in ("closed", "cancelled")})
    return found


@require_http_methods(["GET", "POST"])
@permission_required("implementation.add_rollout", raise_exception=True)
def rollout_create(request: HttpRequest) -> HttpResponse:
    """The wizard: fill in, look at the plan, create."""
    form = RolloutCreateForm(request.POST or None)
    waves = formset_factory(WaveForm, extra=2, max_num=8)(request.POST or None, prefix="waves")
    plan, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and waves.is_valid():
            try:
                plan = services.compute_plan(starts_on=form.cleaned_data["starts_on"], go_live_on=form.cleaned_data["go_live_on"])
                if "create" in request.POST:
                    rollout = services.create_rollout(**_wizard_values(form, waves), by=request.user, now=timezone.now())
                    return redirect_with(request, rollout.get_absolute_url(), _("The rollout “%(name)s” is created.") % {"name": rollout})
                status = 200
            except services.CannotPlan as error:
                form.add_error("go_live_on", str(error))
            except services.CannotChangeRollout as error:
                form.add_error(None, str(error))
                status = 409
        else:
            record_invalid(by=request.user, feature="rollout.rollout.create", form=form)
    return render(request, "implementation/rollout_create.html", {"form": form, "waves": waves, "plan": plan}, status=status)


def _wizard_values(form: RolloutCreateForm, waves: Any) -> dict[str, Any]:
    specs = [
        services.WaveSpec(name=data["name"], name_en=data["name_en"], departments=list(data["departments"]), go_live_on=data["go_live_on"], kinds=data["kinds"])
        for data in (one.cleaned_data for one in waves if one.has_changed())
    ]
    return {**form.values(), "waves": specs}


@require_http_methods(["GET", "POST"])
@permission_required("implementation.change_rollout", raise_exception=True)
def rollout_edit(request: HttpRequest, pk: int) -> HttpResponse:
    rollout = rollout_or_404(request, pk)

    def save(form: RolloutForm) -> Rollout:
        values = form.values()
        departments = values.pop("departments")
        return services.change_rollout(
            rollout=rollout, sent_version=form.sent_version, values=values, departments=departments, by=request.user, now=timezone.now()
        )

    return edit(
        request,
        form=RolloutForm(request.POST or None, instance=copy(rollout)),
        save=save,
        stored=rollout,
        done=rollout.get_absolute_url(),
        message=_("Saved."),
        feature="rollout.rollout.update",
        context={"rollout": rollout, "heading": _("Edit rollout"), "cancel": rollout.get_absolute_url()},
    )


@require_http_methods(["GET", "POST"])
@permission_required("implementation.close_rollout", raise_exception=True)
def rollout_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Start, pause, resume by a button; closing and cancelling by a page that asks for the note."""
    rollout = rollout_or_404(request, pk)
    to = request.POST.get("to") or request.GET.get("to", "")
    if to not in RolloutState.values:
        to = RolloutState.CLOSED
    form = MoveForm(request.POST or None, initial={"to": to, "version": rollout.version})

    def save(form: MoveForm) -> Rollout:
        data = form.cleaned_data
        return services.move_rollout(rollout=copy(rollout), to=to, sent_version=data["version"], note=data["note"], by=request.user, now=timezone.now())

    return edit(
        request,
        form=form,
        save=save,
        stored=rollout,
        done=rollout.get_absolute_url(),
        message=_("The rollout is now: %(state)s.") % {"state": RolloutState(to).label},
        feature="rollout.rollout.advance",
        context={
            "rollout": rollout,
            "heading": MOVE_WORDS[to],
            "submit": MOVE_WORDS[to],
            "cancel": rollout.get_absolute_url(),
            "shut": services.open_gates(rollout) if to == RolloutState.CLOSED else [],
        },
        template="implementation/rollout_move.html",
    )


@require_http_methods(["GET", "POST"])
@permission_required("implementation.change_rollout", raise_exception=True)
def wave_create(request: HttpRequest, pk: int) -> HttpResponse:
    rollout = rollout_or_404(request, pk)

    def save(form: WaveForm) -> Any:
        data = form.cleaned_data
        spec = services.WaveSpec(
            name=data["name"], name_en=data["name_en"], departments=list(data["departments"]), go_live_on=data["go_live_on"], kinds=data["kinds"]
        )
        return services.add_wave(rollout=rollout, spec=spec, by=request.user)

    return edit(
        request,
        form=WaveForm(request.POST or None, rollout=rollout),
        save=save,
        done=rollout.plan_url,
        message=_("The wave is added."),
        feature="rollout.wave.create",
        context={"rollout": rollout, "heading": _("Add wave"), "submit": _("Add wave"), "cancel": rollout.plan_url},
    )


@require_http_methods(["GET", "POST"])
@permission_required("implementation.change_rollout", raise_exception=True)
def goal_create(request: HttpRequest, pk: int) -> HttpResponse:
    rollout = rollout_or_404(request, pk)
    return _goal(request, rollout, Goal(rollout=rollout), _("Add goal"))


@require_http_methods(["GET", "POST"])
@permission_required("implementation.change_rollout", raise_exception=True)
def goal_edit(request: HttpRequest, pk: int) -> HttpResponse:
    goal = get_object_or_404(Goal.objects.visible_to(request.user).select_related("rollout"), pk=pk)
    return _goal(request, goal.rollout, goal, _("Edit goal"))


def _goal(request: HttpRequest, rollout: Rollout, goal: Goal, heading: str) -> HttpResponse:
    def save(form: GoalForm) -> Goal:
        return services.save_goal(rollout=rollout, goal=goal, sent_version=form.sent_version, values=form.values(), by=request.user)

    return edit(
        request,
        form=GoalForm(request.POST or None, instance=copy(goal)),
        save=save,
        stored=goal,
        done=rollout.get_absolute_url(),
        message=_("Saved."),
        feature="rollout.goal.update",
        context={"rollout": rollout, "heading": heading, "cancel": rollout.get_absolute_url()},
    )


@require_GET
@permission_required(VIEW, raise_exception=True)
def rollout_plan(request: HttpRequest, pk: int) -> HttpResponse:
    rollout = rollout_or_404(request, pk)
    today = timezone.localdate()
    context = {
        "rollout": rollout,
        "tab": "plan",
        "rows": reports.plan_rows(rollout, today),
        "changes": services.changes_of(rollout)[:20],
        "workdays_left": len(working_calendar().workdays_between(today, rollout.go_live_on)) if rollout.go_live_on >= today else 0,
        "data_url": reverse("implementation:rollout_plan_data", args=[rollout.pk]),
        "waves": rollout.waves.prefetch_related("departments"),
    }
    return render(request, "implementation/rollout_plan.html", context)


@require_GET
@permission_required(VIEW, raise_exception=True)
def rollout_plan_data(request: HttpRequest, pk: int) -> HttpResponse:
    """Bars of the Gantt chart as JSON."""
    rollout = rollout_or_404(request, pk)
    return JsonResponse({"tasks": reports.gantt_tasks(rollout, timezone.localdate()), "go_live": rollout.go_live_on.isoformat()})
