"""Filters of the requirement and change request lists."""

from collections.abc import Iterable
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.people.models import Department, User
from implementation.models import Rollout
from requirements_mgmt.models import ChangeRequest, ChangeRequestState, ConfirmationState, Level, Priority, Requirement, RequirementState
from requirements_mgmt.reports import use_of_many

USE_CHOICES = [("never", _("Never used")), ("used", _("Used")), ("unlinked", _("No feature linked"))]


def visible_rollouts(request: Any) -> QuerySet[Rollout]:
    """Rollouts of the requirements that the person may see."""
    seen = Requirement.objects.visible_to(request.user).order_by().values("rollout")
    return Rollout.objects.filter(Q(pk__in=seen) | Q(pk__in=Rollout.objects.visible_to(request.user).order_by().values("pk"))).distinct()


class RequirementFilter(django_filters.FilterSet):
    """Narrow the list; dropped requirements show only when asked for."""

    rollout = django_filters.ModelChoiceFilter(label=_("Rollout"), queryset=visible_rollouts, empty_label=_("Any"))
    department = django_filters.ModelChoiceFilter(label=_("Department"), queryset=Department.objects.open(), method="filter_department", empty_label=_("Any"))
    priority = django_filters.MultipleChoiceFilter(label=_("Priority"), choices=Priority.choices, widget=forms.CheckboxSelectMultiple)
    level = django_filters.ChoiceFilter(label=_("Level"), choices=Level.choices, empty_label=_("Any"))
    state = django_filters.MultipleChoiceFilter(label=_("State"), choices=RequirementState.choices, method="filter_state", widget=forms.CheckboxSelectMultiple)
    confirmation = django_filters.ChoiceFilter(label=_("Confirmation"), choices=ConfirmationState.choices, empty_label=_("Any"))
    use = django_filters.ChoiceFilter(label=_("Use"), choices=USE_CHOICES, method="filter_use", empty_label=_("Any"))
    owner = django_filters.ModelChoiceFilter(label=_("Owner"), queryset=lambda request: owners_seen(request), empty_label=_("Anybody"))

    class Meta:
        model = Requirement
        fields: Iterable[str] = []

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        queryset = super().filter_queryset(queryset)
        return queryset if self.form.cleaned_data.get("state") else queryset.exclude(state=RequirementState.DROPPED)

    def filter_department(self, queryset: QuerySet, _name: str, value: Department) -> QuerySet:
        return queryset.filter(department__path__startswith=value.path)

    def filter_state(self, queryset: QuerySet, _name: str, value: list[str]) -> QuerySet:
        return queryset.filter(state__in=value) if value else queryset

    def filter_use(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        if value == "unlinked":
            return queryset.filter(features__isnull=True)
        linked = list(Requirement.objects.filter(pk__in=queryset.order_by().values("pk"), features__isnull=False).select_related("department").distinct())
        counts = use_of_many(linked, timezone.localdate())
        return queryset.filter(pk__in=[pk for pk, count in counts.items() if (count.never_used if value == "never" else count.used > 0)])


class ChangeRequestFilter(django_filters.FilterSet):
    """Narrow the list of change requests."""

    state = django_filters.MultipleChoiceFilter(label=_("State"), choices=ChangeRequestState.choices, widget=forms.CheckboxSelectMultiple)
    rollout = django_filters.ModelChoiceFilter(label=_("Rollout"), queryset=visible_rollouts, empty_label=_("Any"))
    department = django_filters.ModelChoiceFilter(label=_("Department"), queryset=Department.objects.open(), method="filter_department", empty_label=_("Any"))

    class Meta:
        model = ChangeRequest
        fields: Iterable[str] = []

    def filter_department(self, queryset: QuerySet, _name: str, value: Department) -> QuerySet:
        return queryset.filter(requirement__department__path__startswith=value.path)


def owners_seen(request: Any) -> QuerySet[User]:
    """Owners of the requirements that the person may see."""
    return User.objects.filter(pk__in=Requirement.objects.visible_to(request.user).order_by().values("owner"))
