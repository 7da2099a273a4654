"""Filters of the people list."""

from datetime import date
from typing import Any

import django_filters
from allauth.mfa.models import Authenticator
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.people.access import roles
from foundation.people.models import Assignment, Department, User


def _departments(request: Any) -> QuerySet:
    return Department.objects.visible_to(request.user).open() if request is not None else Department.objects.none()


def _roles() -> list[tuple[str, Any]]:
    return [(role.key, role.name) for role in roles().values()]


def without_post(people: Any, day: date) -> QuerySet:
    """Active people who hold no post on ``day``: they see nothing."""
    return people.active().exclude(pk__in=Assignment.objects.on(day).values("user"))


def without_second_factor(people: Any) -> QuerySet:
    """Active people who sign in with nothing but a password."""
    return people.active().exclude(pk__in=Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES).values("user"))


class PersonFilter(django_filters.FilterSet):
    department = django_filters.ModelChoiceFilter(label=_("Department and below"), queryset=_departments, method="in_department")
    role = django_filters.ChoiceFilter(label=_("Role"), choices=_roles, method="with_role")
    state = django_filters.ChoiceFilter(label=_("State"), choices=[("active", _("Active")), ("inactive", _("Deactivated"))], method="in_state")

    lacks = django_filters.ChoiceFilter(
        label=_("Active without"), choices=[("post", _("a post")), ("second_factor", _("a second factor")), ("sign_in", _("ever signing in"))], method="without"
    )

    class Meta:
        model = User
        fields: list[str] = []

    def in_department(self, queryset: Any, name: str, value: Department) -> QuerySet:
        return queryset.posted(timezone.localdate(), department__path__startswith=value.path)

    def with_role(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.posted(timezone.localdate(), role=value)

    def in_state(self, queryset: Any, name: str, value: str) -> QuerySet:
        return queryset.filter(is_active=value == "active")

    def without(self, queryset: Any, name: str, value: str) -> QuerySet:
        if value == "post":
            return without_post(queryset, timezone.localdate())
        return without_second_factor(queryset) if value == "second_factor" else queryset.active().filter(last_login__isnull=True)
