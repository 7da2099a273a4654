"""Departments, positions and who holds them from which day to which."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.integrity import Refused, claim_version
from foundation.people.access import roles
from foundation.people.models import Assignment, Department, Position, User

DEPARTMENT_FIELDS = ("parent", "kind", "code", "name", "name_en")
POSITION_FIELDS = ("department", "title", "title_en", "role", "reports_to", "is_head")


class CannotClose(Refused):
    """People or departments still depend on it."""


class CannotChange(Refused):
    """The chart would run in a circle or lead to something closed."""


class CannotAssign(Refused):
    """The post cannot be held like that."""


@transaction.atomic
def create_department(*, by: User | None, **fields: Any) -> Department:
    """Open a department below its parent."""
    department = Department(**{name: fields[name] for name in DEPARTMENT_FIELDS if name in fields})
    _check_parent(department)
    department.full_clean()
    department._history_user = by  # type: ignore[attr-defined]
    department.save()
    return department


@transaction.atomic
def change_department(*, department: Department, by: User | None, version: int, **fields: Any) -> Department:
    """Rename or move a department with all below it; refused when somebody else changed it meanwhile."""
    claim_version(department, version)
    # Two moves at once could put each below the other: whoever moves holds the whole chart for the moment.
    list(Department.objects.select_for_update().order_by("pk").values_list("pk", flat=True))
    for name in DEPARTMENT_FIELDS:
        if name in fields:
            setattr(department, name, fields[name])
    if department.parent_id:
        department.parent = Department.objects.get(pk=department.parent_id)
    _check_parent(department)
    department._history_user = by  # type: ignore[attr-defined]
    department.save()
    return department


def _check_parent(department: Department) -> None:
    parent = department.parent
    if parent is None:
        return
    if parent.closed_on is not None:
        raise CannotChange(_("%(parent)s is closed. Choose an open department.") % {"parent": parent})
    if department.pk and f".{department.pk}." in f".{parent.path}":
        raise CannotChange(_("A department cannot be part of itself or of one below it."))


@transaction.atomic
def close_department(*, department: Department, by: User, today: date) -> None:
    """Close a department for good from today; its past stays readable."""
    children = department.children.open().count()
    if children:
        raise CannotClose(_("%(count)s departments below are still open. Close or move them first.") % {"count": children})
    holders = Assignment.objects.filter(position__department=department).exclude(ends_on__lt=today).count()
    if holders:
        raise CannotClose(_("%(count)s assignments here are still running or planned. End or move them first.") % {"count": holders})
    department.closed_on = today
    department._history_user = by  # type: ignore[attr-defined]
    department.save(update_fields=["closed_on"])


@transaction.atomic
def create_position(*, by: User | None, **fields: Any) -> Position:
    """Open a post in a department."""
    position = Position(**{name: fields[name] for name in POSITION_FIELDS if name in fields})
    _check_position(position)
    position._history_user = by  # type: ignore[attr-defined]
    position.save()
    return position


@transaction.atomic
def change_position(*, position: Position, by: User | None, version: int, **fields: Any) -> Position:
    """Change a post; its holders have the new role's rights at once."""
    claim_version(position, version)
    for name in POSITION_FIELDS:
        if name in fields:
            setattr(position, name, fields[name])
    _check_position(position)
    position._history_user = by  # type: ignore[attr-defined]
    position.save()
    return position


def _check_position(position: Position) -> None:
    if position.role not in roles():
        raise CannotChange(_("There is no role “%(role)s”.") % {"role": position.role})
    seen = set()
    above = position.reports_to
    while above is not None and above.pk not in seen:
        if above.pk == position.pk:
            raise CannotChange(_("A position cannot report to itself or to one below it."))
        seen.add(above.pk)
        above = above.reports_to


@transaction.atomic
def close_position(*, position: Position, by: User, today: date) -> None:
    """No more holders from today."""
    if Assignment.objects.filter(position=position).exclude(ends_on__lt=today).exists():
        raise CannotClose(_("Somebody still holds this position or will. End the assignment first."))
    position.closed_on = today
    position._history_user = by  # type: ignore[attr-defined]
    position.save(update_fields=["closed_on"])


@transaction.atomic
def start_assignment(
    *, user: User, position: Position, starts_on: date, by: User | None, today: date, ends_on: date | None = None, is_main: bool = True
) -> Assignment:
    """Let the person hold the position from a day on; a new main position makes the others that run then side positions."""
    if ends_on and ends_on < starts_on:
        raise CannotAssign(_("The last day lies before the first."))
    if position.closed_on or position.department.closed_on:
        raise CannotAssign(_("This position is closed."))
    User.objects.select_for_update().get(pk=user.pk)
    overlapping = Assignment.objects.filter(user=user).exclude(ends_on__lt=starts_on)
    if ends_on:
        overlapping = overlapping.filter(starts_on__lte=ends_on)
    if overlapping.filter(position=position).exists():
        raise CannotAssign(_("%(person)s already holds this position in that time.") % {"person": user})
    if is_main:
        for other in overlapping.filter(is_main=True):
            other.is_main = False
            other._history_user = by  # type: ignore[attr-defined]
            other.save(update_fields=["is_main"])
    assignment = Assignment(user=user, position=position, starts_on=starts_on, ends_on=ends_on, is_main=is_main)
    assignment._history_user = by  # type: ignore[attr-defined]
    assignment.save()
    return assignment


@transaction.atomic
def end_assignment(*, assignment: Assignment, ends_on: date, by: User | None) -> None:
    """Set the last day on which the person holds the position."""
    locked = Assignment.objects.select_for_update().get(pk=assignment.pk)
    if ends_on < locked.starts_on - timedelta(days=1):
        raise CannotAssign(_("The last day lies before the first."))
    if locked.ends_on and locked.ends_on < ends_on:
        raise CannotAssign(_("This assignment has already ended on %(day)s.") % {"day": locked.ends_on})
    if ends_on < locked.starts_on:  # moved away on the day it would have begun: it never was
        locked.delete()
        return
    locked.ends_on = ends_on
    locked._history_user = by  # type: ignore[attr-defined]
    locked.save(update_fields=["ends_on"])
    assignment.ends_on = ends_on
