from typing import Any

from django.contrib.auth.decorators import permission_required
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.integrity import Refused, Stale
from foundation.people.access import roles
from foundation.people.forms import DepartmentForm, PositionForm
from foundation.people.models import Assignment, Department, Position
from foundation.people.person_request import PersonRequest
from foundation.people.services.posts import change_department, change_position, close_department, close_position, create_department, create_position
from foundation.ui.addresses import row_address
from foundation.ui.conflicts import both_versions
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with

COLUMNS = (
    Column("name", gettext_lazy("Name"), value=str, sort="path", kind="link", url=row_address("people:department_detail"), phone=True),
    Column("code", pgettext_lazy("department", "Code"), value="code", sort="code", phone=True),
    Column("kind", gettext_lazy("Kind"), value="get_kind_display", sort="kind"),
    Column("parent", gettext_lazy("Part of"), value=lambda row: str(row.parent or "")),
    Column("people", gettext_lazy("People"), value="people", kind="number", phone=True),
    Column(
        "state",
        gettext_lazy("State"),
        value=lambda row: pgettext("department", "Closed") if row.closed_on else pgettext("department", "Open"),
        kind="badge",
        tone=lambda row: "neutral" if row.closed_on else "good",
    ),
)


@require_GET
@permission_required("people.view_department", raise_exception=True)
def department_list(request: PersonRequest) -> HttpResponse:
    held = Assignment.objects.on(timezone.localdate()).filter(pk=OuterRef("positions__assignments"), user__is_active=True)
    people = Count("positions__assignments__user", filter=Q(Exists(held)), distinct=True)
    return list_response(
        request,
        queryset=Department.objects.visible_to(request.user).select_related("parent").annotate(people=people),
        columns=COLUMNS,
        template="people/department_list.html",
        key="people.departments",
        search=("name__icontains", "name_en__icontains", "code__icontains"),
        order=("path",),
        export_permission="people.export_user",
    )


@require_GET
@permission_required("people.view_department", raise_exception=True)
def department_detail(request: PersonRequest, pk: int) -> HttpResponse:
    department = get_object_or_404(Department.objects.visible_to(request.user).select_related("parent", "business_unit"), pk=pk)
    today = timezone.localdate()
    posts: dict[int, list[Assignment]] = {}
    for row in Assignment.objects.visible_to(request.user).on(today).filter(position__department=department, user__is_active=True).select_related("user"):
        posts.setdefault(row.position_id, []).append(row)
    known = roles()
    positions: list[dict[str, Any]] = [
        {"position": row, "role": known[row.role].name if row.role in known else row.role, "holders": posts.get(row.pk, [])}
        for row in Position.objects.visible_to(request.user)
        .filter(department=department, closed_on__isnull=True)
        .select_related("reports_to")
        .order_by("-is_head", "title")
    ]
    context = {"department": department, "positions": positions, "children": department.children.visible_to(request.user).open().order_by("code")}
    return render(request, "people/department_detail.html", context)


@require_http_methods(["GET", "POST"])
@permission_required("people.add_department", raise_exception=True)
def department_create(request: PersonRequest) -> HttpResponse:
    form = DepartmentForm(request.POST or None, user=request.user, initial={"parent": request.GET.get("parent")})
    if request.method == "POST" and form.is_valid():
        try:
            department = create_department(by=request.user, **form.values())
        except IntegrityError:
            form.add_error("code", _("Somebody else has just taken this code."))
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return redirect_with(request, reverse("people:department_detail", args=[department.pk]), _("The department is open."))
    return render(request, "people/department_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@permission_required("people.change_department", raise_exception=True)
def department_edit(request: PersonRequest, pk: int) -> HttpResponse:
    department = get_object_or_404(Department.objects.visible_to(request.user), pk=pk)
    form = DepartmentForm(request.POST or None, instance=department, user=request.user)
    context: dict[str, Any] = {"form": form, "department": department}
    if request.method == "POST" and form.is_valid():
        fresh = Department.objects.get(pk=pk)
        try:
            change_department(department=fresh, by=request.user, version=form.cleaned_data["version"], **form.values())
        except Stale as error:
            form.add_error(None, str(error))
            context["conflict"] = both_versions(form, Department.objects.get(pk=pk))
            return render(request, "people/department_form.html", context, status=409)
        except IntegrityError:
            form.add_error("code", _("Somebody else has just taken this code."))
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return redirect_with(request, reverse("people:department_detail", args=[pk]), _("Saved."))
    return render(request, "people/department_form.html", context, status=422 if form.errors else 200)


@require_POST
@permission_required("people.close_department", raise_exception=True)
def department_close(request: PersonRequest, pk: int) -> HttpResponse:
    department = get_object_or_404(Department.objects.visible_to(request.user), pk=pk)
    close_department(department=department, by=request.user, today=timezone.localdate())
    return redirect_with(request, reverse("people:department_detail", args=[pk]), _("The department is closed."))


@require_http_methods(["GET", "POST"])
@permission_required("people.change_position", raise_exception=True)
def position_create(request: PersonRequest, pk: int) -> HttpResponse:
    department = get_object_or_404(Department.objects.visible_to(request.user).open(), pk=pk)
    form = PositionForm(request.POST or None, user=request.user, instance=Position(department=department))
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                create_position(by=request.user, department=department, **form.values())
        except IntegrityError:
            form.add_error("title", _("This department has a position of that name already."))
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return redirect_with(request, reverse("people:department_detail", args=[pk]), _("The position is open."))
    return render(request, "people/position_form.html", {"form": form, "department": department}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@permission_required("people.change_position", raise_exception=True)
def position_edit(request: PersonRequest, pk: int) -> HttpResponse:
    position = get_object_or_404(Position.objects.visible_to(request.user).select_related("department"), pk=pk)
    form = PositionForm(request.POST or None, user=request.user, instance=position)
    context: dict[str, Any] = {"form": form, "position": position, "department": position.department}
    if request.method == "POST" and form.is_valid():
        fresh = Position.objects.get(pk=pk)
        try:
            with transaction.atomic():
                change_position(position=fresh, by=request.user, version=form.cleaned_data["version"], **form.values())
        except Stale as error:
            form.add_error(None, str(error))
            context["conflict"] = both_versions(form, Position.objects.get(pk=pk))
            return render(request, "people/position_form.html", context, status=409)
        except IntegrityError:
            form.add_error("title", _("This department has a position of that name already."))
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return redirect_with(request, reverse("people:department_detail", args=[position.department_id]), _("Saved."))
    return render(request, "people/position_form.html", context, status=422 if form.errors else 200)


@require_POST
@permission_required("people.change_position", raise_exception=True)
def position_close(request: PersonRequest, pk: int) -> HttpResponse:
    position = get_object_or_404(Position.objects.visible_to(request.user), pk=pk)
    close_position(position=position, by=request.user, today=timezone.localdate())
    return redirect_with(request, reverse("people:department_detail", args=[position.department_id]), _("The position is closed."))
