from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from foundation.exports import Column, stream_response
from foundation.integrity import Refused
from foundation.people.models import Department, User
from foundation.ui.responses import redirect_with
from foundation.usage.models import Feature
from requirements_mgmt.models import Priority, Requirement
from requirements_mgmt.reports import AXES, Matrix, matrix_of
from requirements_mgmt.services import ask_confirmation, ask_departments, edit_requirement
from requirements_mgmt.views.standing import in_rollout, next_address, reads, rollout_here, visible_requirement

PAGE = 100


@require_GET
@reads
@in_rollout
def requirement_matrix(request: HttpRequest) -> HttpResponse:
    rollout = rollout_here(request)
    axis = request.GET.get("by", "features")
    axis = axis if axis in AXES else "features"
    rows = Requirement.objects.visible_to(request.user).filter(rollout=rollout).live().countable().select_related("department")
    priority = request.GET.get("priority", "")
    if priority in Priority.values:
        rows = rows.filter(priority=priority)
    if export := request.GET.get("export"):
        return _export(request, matrix_of(rows, axis=axis, rollout=rollout, today=timezone.localdate()), kind=export)
    total = rows.count()
    page = request.GET.get("page", "1")
    page = min(max(int(page) if page.isdecimal() and len(page) < 6 else 1, 1), max(-(-total // PAGE), 1))
    matrix = matrix_of(rows[(page - 1) * PAGE : page * PAGE], axis=axis, rollout=rollout, today=timezone.localdate())
    context = {
        "rollout": rollout,
        "matrix": matrix,
        "axis": axis,
        "axes": AXES.items(),
        "priorities": Priority.choices,
        "priority": priority,
        "total": total,
        "page": page,
        "pages": range(1, -(-total // PAGE) + 1),
        "may_fill": request.user.has_perm(_verb(axis)),
        "view": "matrix",
    }
    return render(request, "requirements_mgmt/requirement_matrix.html", context)


def _verb(axis: str) -> str:
    return "requirements_mgmt.change_requirement" if axis == "features" else "requirements_mgmt.ask_confirmation"


def _export(request: HttpRequest, matrix: Matrix, *, kind: str) -> HttpResponse:
    if not request.user.has_perm("requirements_mgmt.export_requirement"):
        raise PermissionDenied
    columns = [
        Column(_("Code"), lambda line: line.requirement.code),
        Column(_("Title"), lambda line: line.requirement.title),
        Column(_("Department"), lambda line: str(line.requirement.department)),
        Column(_("Priority"), lambda line: line.requirement.get_priority_display()),
        *(Column(str(head.label), lambda line, place=place: line.cells[place].text) for place, head in enumerate(matrix.heads)),
    ]
    return stream_response(columns, matrix.lines, filename=_("coverage matrix"), kind="csv" if kind == "csv" else "xlsx", title=_("Coverage matrix"))


@require_POST
@login_required
def matrix_fill(request: HttpRequest) -> HttpResponse:
    """Fill a hole of the matrix: link a feature, or ask a person or a department's liaison."""
    axis = request.POST.get("by", "")
    if axis not in AXES:
        raise Refused(_("Choose features, departments or people."))
    if not request.user.has_perm(_verb(axis)):
        raise PermissionDenied
    number, _colon, other = request.POST.get("cell", "").partition(":")
    requirement = visible_requirement(request, int(number) if number.isdecimal() and len(number) < 19 else 0)
    column = int(other) if other.isdecimal() and len(other) < 19 else 0
    back = next_address(request, reverse("requirements_mgmt:requirement_matrix"))
    now = timezone.now()
    if axis == "features":
        feature = get_object_or_404(Feature.objects.current(), pk=column)
        features = [*requirement.features.all(), feature]
        edit_requirement(requirement=requirement, values={"features": features}, sent_version=requirement.version, by=request.user, now=now)
        return redirect_with(request, back, _("%(code)s is linked with %(feature)s.") % {"code": requirement.code, "feature": feature})
    if axis == "departments":
        department = get_object_or_404(Department.objects.open(), pk=column)
        result = ask_departments(requirements=[requirement], departments=[department], by=request.user, now=now)
    else:
        result = ask_confirmation(requirements=[requirement], people=[get_object_or_404(User, pk=column, is_active=True)], by=request.user, now=now)
    names = ", ".join(str(row.person) for row in result.asked)
    said = _("%(people)s is asked to confirm %(code)s.") % {"people": names, "code": requirement.code} if names else _("This was asked already.")
    return redirect_with(request, back, said)
