from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from foundation.integrity import Refused, Stale
from foundation.people.access import roles
from foundation.people.charts import chart
from foundation.people.filters import PersonFilter
from foundation.people.forms import AssignmentForm, DayForm, EndAssignmentForm, PersonCreateForm, PersonForm
from foundation.people.models import Assignment, Delegation, User
from foundation.people.person_request import PersonRequest
from foundation.people.services.people import (
    activate_person,
    change_person,
    create_person,
    deactivate_person,
    invite_person,
    owned_by,
    remove_second_factor,
)
from foundation.people.services.posts import CannotAssign, end_assignment, start_assignment
from foundation.ui.addresses import row_address
from foundation.ui.conflicts import both_versions
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with


def _main_post(person: User) -> Assignment | None:
    posts: list[Assignment] = person.posts_today  # type: ignore[attr-defined]
    return posts[0] if posts else None


def _department(person: User) -> str:
    post = _main_post(person)
    return str(post.position.department) if post else ""


def _title(person: User) -> str:
    post = _main_post(person)
    return post.position.short_title if post else ""


def _roles_of(person: Any) -> str:
    known = roles()
    return ", ".join(dict.fromkeys(str(known[post.position.role].name) for post in person.posts_today if post.position.role in known))


COLUMNS = (
    Column(
        "name",
        pgettext_lazy("person", "Name"),
        value="display_name",
        sort="name_key",
        kind="link",
        url=row_address("people:person_detail"),
        phone=True,
    ),
    Column("department", gettext_lazy("Department"), value=_department, phone=True),
    Column("position", gettext_lazy("Position"), value=_title, phone=True),
    Column("role", gettext_lazy("Role"), value=_roles_of),
    Column("email", gettext_lazy("E-mail"), value="email", sort="email"),
    Column("phone", gettext_lazy("Phone"), value="phone"),
    Column("number", gettext_lazy("Employee number"), value="employee_number", sort="employee_number", default=False),
    Column("username", gettext_lazy("Username"), value="username", sort="username", default=False),
    Column(
        "state",
        gettext_lazy("State"),
        value=lambda row: _("Active") if row.is_active else _("Deactivated"),
        kind="badge",
        tone=lambda row: "good" if row.is_active else "neutral",
    ),
)


@require_GET
@permission_required("people.view_user", raise_exception=True)
def person_list(request: PersonRequest) -> HttpResponse:
    posts = Assignment.objects.on(timezone.localdate()).select_related("position__department").order_by("-is_main", "pk")
    return list_response(
        request,
        queryset=User.objects.visible_to(request.user).prefetch_related(Prefetch("assignments", posts, to_attr="posts_today")),
        columns=COLUMNS,
        template="people/person_list.html",
        key="people.people",
        filterset=PersonFilter,
        search=("display_name__icontains", "name_key__icontains", "username__icontains", "email__icontains", "employee_number__icontains", "phone__icontains"),
        order=("name_key", "pk"),
        export_permission="people.export_user",
    )


@require_GET
@permission_required("people.view_user", raise_exception=True)
def person_detail(request: PersonRequest, pk: int) -> HttpResponse:
    """Who somebody is, which posts were held as of a day, and who stands in."""
    person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    form = DayForm(request.GET or None)
    day = form.day()
    assignments = list(
        Assignment.objects.visible_to(request.user)
        .filter(user=person)
        .select_related("position__department", "position__reports_to")
        .order_by("-starts_on", "pk")
    )
    held = [row for row in assignments if row.is_on(day)]
    managers = (
        Assignment.objects.visible_to(request.user).on(day).filter(position__in=[row.position.reports_to_id for row in held]).select_related("user", "position")
    )
    return render(
        request,
        "people/person_detail.html",
        {
            "person": person,
            "form": form,
            "day": day,
            "is_today": day == timezone.localdate(),
            "held": [{"assignment": row, "role": roles()[row.position.role].name if row.position.role in roles() else row.position.role} for row in held],
            "others": [row for row in assignments if row not in held],
            "managers": managers,
            "deputies": Delegation.objects.on(day).filter(principal=person).select_related("deputy"),
            "stands_in_for": Delegation.objects.on(day).filter(deputy=person).select_related("principal"),
        },
    )


@require_http_methods(["GET", "POST"])
@permission_required("people.add_user", raise_exception=True)
def person_create(request: PersonRequest) -> HttpResponse:
    form = PersonCreateForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        values = form.values()
        invite = values.pop("invite")
        try:
            with transaction.atomic():
                person = create_person(by=request.user, today=timezone.localdate(), **values)
                if invite:
                    invite_person(person=person, by=request.user)
        except (ValidationError, IntegrityError):
            form.add_error(None, _("Somebody else has just taken this username, e-mail address or employee number."))
        except Refused as error:
            form.add_error(None, str(error))
        else:
            said = _("%(name)s can now set a password: a link is on its way.") if invite else _("%(name)s is in the directory.")
            return redirect_with(request, reverse("people:person_detail", args=[person.pk]), said % {"name": person})
    return render(request, "people/person_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@permission_required("people.change_user", raise_exception=True)
def person_edit(request: PersonRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    form = PersonForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                change_person(person=User.objects.get(pk=pk), by=request.user, version=form.cleaned_data["version"], **form.values())
        except Stale as error:
            form.add_error(None, str(error))
            context = {"form": form, "person": person, "conflict": both_versions(form, User.objects.get(pk=pk))}
            return render(request, "people/person_form.html", context, status=409)
        except IntegrityError:
            form.add_error(None, _("Somebody else has just taken this username, e-mail address or employee number."))
        else:
            return redirect_with(request, reverse("people:person_detail", args=[pk]), _("Saved."))
    return render(request, "people/person_form.html", {"form": form, "person": person}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@permission_required("people.deactivate_user", raise_exception=True)
def person_deactivate(request: PersonRequest, pk: int) -> HttpResponse:
    """First what would be left without an owner, then the door closes."""
    person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    if request.method == "POST":
        deactivate_person(person=person, by=request.user, now=timezone.now())
        return redirect_with(request, reverse("people:person_detail", args=[pk]), _("%(name)s can no longer sign in.") % {"name": person})
    return render(request, "people/person_deactivate.html", {"person": person, "owned": owned_by(person)})


@require_POST
@permission_required("people.deactivate_user", raise_exception=True)
def person_activate(request: PersonRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    activate_person(person=person, by=request.user)
    return redirect_with(request, reverse("people:person_detail", args=[pk]), _("%(name)s can sign in again.") % {"name": person})


@require_POST
@permission_required("people.change_user", raise_exception=True)
def person_invite(request: PersonRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    with transaction.atomic():
        invite_person(person=person, by=request.user)
    return redirect_with(
        request, reverse("people:person_detail", args=[pk]), _("A link for choosing a password is on its way to %(email)s.") % {"email": person.email}
    )


@require_POST
@permission_required("people.change_user", raise_exception=True)
def person_remove_second_factor(request: PersonRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    removed = remove_second_factor(person=person, by=request.user)
    said = _("The second factor is removed.") if removed else _("There was no second factor.")
    return redirect_with(request, reverse("people:person_detail", args=[pk]), said)


@require_http_methods(["GET", "POST"])
@permission_required("people.change_assignment", raise_exception=True)
def assignment_create(request: PersonRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    form = AssignmentForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            start_assignment(user=person, by=request.user, today=timezone.localdate(), **form.cleaned_data)
        except CannotAssign as error:
            form.add_error(None, str(error))
        else:
            return redirect_with(request, reverse("people:person_detail", args=[pk]), _("The position is given."))
    return render(request, "people/assignment_form.html", {"form": form, "person": person}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@permission_required("people.change_assignment", raise_exception=True)
def assignment_end(request: PersonRequest, pk: int) -> HttpResponse:
    assignment = get_object_or_404(Assignment.objects.visible_to(request.user).select_related("user", "position__department"), pk=pk)
    form = EndAssignmentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            end_assignment(assignment=assignment, ends_on=form.cleaned_data["ends_on"], by=request.user)
        except CannotAssign as error:
            form.add_error(None, str(error))
        else:
            return redirect_with(request, reverse("people:person_detail", args=[assignment.user_id]), _("The assignment has its last day."))
    context = {"form": form, "assignment": assignment, "person": assignment.user}
    return render(request, "people/assignment_end.html", context, status=422 if form.errors else 200)


@require_GET
@permission_required("people.view_department", raise_exception=True)
def organisation_chart(request: PersonRequest) -> HttpResponse:
    form = DayForm(request.GET or None)
    day = form.day()
    roots = chart(request.user, day)
    context = {"form": form, "day": day, "is_today": day == timezone.localdate(), "roots": roots, "count": len({pk for root in roots for pk in root.people})}
    return render(request, "people/organisation_chart.html", context)


@require_GET
def me_detail(request: PersonRequest) -> HttpResponse:
    """One's own page of the directory."""
    return redirect("people:person_detail", pk=request.user.pk)
