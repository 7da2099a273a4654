from copy import copy

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.ui.responses import redirect_with
from implementation import services
from implementation.forms import MemberForm
from implementation.models import PER_DEPARTMENT, TeamMember, TeamRole, overloads, vacancies
from implementation.views.editing import edit, sent_version
from implementation.views.rollout import VIEW, rollout_or_404

CHANGE = "implementation.change_teammember"


@require_GET
@permission_required(VIEW, raise_exception=True)
def rollout_team(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is on the team today by role, which department lacks whom, who is promised too often."""
    rollout = rollout_or_404(request, pk)
    today = timezone.localdate()
    everyone = list(rollout.team.select_related("user", "department").order_by("role", "department__path", "starts_on", "pk"))
    now = [member for member in everyone if member.starts_on <= today and (member.ends_on is None or member.ends_on >= today)]
    empty = vacancies(rollout, today)
    busy = overloads(rollout, today)
    context = {
        "rollout": rollout,
        "tab": "team",
        "groups": [(role.label, [member for member in now if member.role == role]) for role in TeamRole if role not in PER_DEPARTMENT],
        "departments": [
            {
                "department": department,
                "liaisons": _covering(now, TeamRole.LIAISON, department),
                "deputies": _covering(now, TeamRole.DEPUTY, department),
            }
            for department in rollout.departments.all()
        ],
        "empty": empty,
        "busy": busy,
        "busy_ids": {one.user.pk for one in busy},
        "past": [member for member in everyone if member.ends_on and member.ends_on < today],
        "coming": [member for member in everyone if member.starts_on > today],
        "count": len({member.user_id for member in now}),
    }
    return render(request, "implementation/rollout_team.html", context)


def _covering(members: list[TeamMember], role: str, department) -> list[TeamMember]:
    """Who holds the role for the department or for one above it, the nearest first."""
    found = [one for one in members if one.role == role and one.department and department.path.startswith(one.department.path)]
    return sorted(found, key=lambda one: -len(one.department.path))


@require_http_methods(["GET", "POST"])
@permission_required(CHANGE, raise_exception=True)
def member_create(request: HttpRequest, pk: int) -> HttpResponse:
    rollout = rollout_or_404(request, pk)
    role, department = request.GET.get("role", ""), request.GET.get("department", "")
    initial = {
        "starts_on": timezone.localdate(),
        "role": role if role in TeamRole.values else TeamRole.KEY_USER,
        "department": department if department.isdecimal() else None,
    }

    def save(form: MemberForm) -> TeamMember:
        return services.add_member(member=TeamMember(rollout=rollout, **form.values()), by=request.user)

    return edit(
        request,
        form=MemberForm(request.POST or None, instance=TeamMember(rollout=rollout), rollout=rollout, initial=initial),
        save=save,
        done=rollout.team_url,
        message=_("The team has one more member."),
        feature="rollout.team.create",
        context={"rollout": rollout, "heading": _("Add team member"), "submit": _("Add team member"), "cancel": rollout.team_url},
    )


def member_or_404(request: HttpRequest, pk: int) -> TeamMember:
    """The membership with rollout and person, if the person may see the rollout."""
    return get_object_or_404(TeamMember.objects.visible_to(request.user).select_related("rollout", "user", "department"), pk=pk)


@require_http_methods(["GET", "POST"])
@permission_required(CHANGE, raise_exception=True)
def member_edit(request: HttpRequest, pk: int) -> HttpResponse:
    member = member_or_404(request, pk)

    def save(form: MemberForm) -> TeamMember:
        return services.change_member(member=copy(member), sent_version=form.sent_version, values=form.values(), by=request.user)

    return edit(
        request,
        form=MemberForm(request.POST or None, instance=copy(member), rollout=member.rollout),
        save=save,
        stored=member,
        done=member.rollout.team_url,
        message=_("Saved."),
        feature="rollout.team.update",
        context={"rollout": member.rollout, "heading": _("Edit team member"), "cancel": member.rollout.team_url},
    )


@require_POST
@permission_required(CHANGE, raise_exception=True)
def member_end(request: HttpRequest, pk: int) -> HttpResponse:
    member = member_or_404(request, pk)
    services.end_membership(member=member, sent_version=sent_version(request), by=request.user, today=timezone.localdate())
    return redirect_with(request, member.rollout.team_url, _("%(person)s has left the team.") % {"person": member.user})
