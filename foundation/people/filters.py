"""Filters of the people list."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.people.access import roles
from foundation.people.models import Department, User


def _departments(request: Any) -> QuerySet:
    return Department.objects.visible_to(request.user).open() if request is not None else Department.objects.none()


def _roles() -> list[tuple[str, Any]]:
    return [(role.key, role.name) for role in roles().values()]


class PersonFilter(django_filters.FilterSet):
    department = django_filters.ModelChoiceFilter(label=_("Department and below"), queryset=_departments, method="in_department")
    role = django_filters.ChoiceFilter(label=_("Role"), choices=_roles, method="with_role")
    state = django_filters.ChoiceFilter(label=_("State"), choices=[("active", _("Active")), ("inactive", _("Deactivated"))], method="in_state")

    class Meta:
        model = User
        fields: list[str] = []

    def in_department(self, queryset: Any, name: str, value: Department) -> QuerySet:
        return queryset.posted(timezone.localdate(), department__path__startswith=value.path)

    def with_role(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.posted(timezone.localdate(), role=value)

    def in_state(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.filter(is_active=value == "active")
