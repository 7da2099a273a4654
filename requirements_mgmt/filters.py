"""Filters of the requirement and change request lists."""

from collections.abc import Iterable
from typing import Any

import django_filters
from django import forms
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.people.models import Department, User
from implementation.models import Rollout
from requirements_mgmt.models import (
    ChangeRequest,
    ChangeRequestState,
    ConfirmationState,
    DataObject,
    FindingKind,
    FlowFinding,
    Interface,
    InterfaceState,
    Level,
    Priority,
    Requirement,
    RequirementState,
    System,
)
from requirements_mgmt.reports import use_of_many

FINDING_STATES = [("open", pgettext_lazy("finding", "Open")), ("accepted", pgettext_lazy("finding", "Accepted"))]
OUTSIDE_CHOICES = [
    ("source", _("Comes from outside")),
    ("consumer", _("Goes outside")),
    ("neither", _("Stays inside")),
    ("unused", _("Used by no requirement")),
    ("masters", _("Several masters")),
]
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


def team_rollouts(request: Any) -> QuerySet[Rollout]:
    """Rollouts that the person sees whole."""
    return Rollout.objects.visible_to(request.user)


class OfRollout(django_filters.FilterSet):
    """Narrow to a rollout."""

    rollout = django_filters.ModelChoiceFilter(label=_("Rollout"), queryset=team_rollouts, empty_label=_("Any"))


class FlowFindingFilter(OfRollout):
    """Narrow the findings of a flow check."""

    kind = django_filters.MultipleChoiceFilter(label=_("Kind"), choices=FindingKind.choices, widget=forms.CheckboxSelectMultiple)
    department = django_filters.ModelChoiceFilter(label=_("Department"), queryset=Department.objects.open(), method="filter_department", empty_label=_("Any"))
    state = django_filters.ChoiceFilter(label=_("State"), choices=FINDING_STATES, method="filter_state", empty_label=_("Any"))

    class Meta:
        model = FlowFinding
        fields: Iterable[str] = []

    def filter_department(self, queryset: QuerySet, _name: str, value: Department) -> QuerySet:
        through: Any = FlowFinding.requirements.through
        return queryset.filter(Exists(through.objects.filter(flowfinding=OuterRef("pk"), requirement__department__path__startswith=value.path)))

    def filter_state(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        return queryset.filter(acceptance__isnull=value == "open")


class DataObjectFilter(OfRollout):
    """Narrow the data objects."""

    outside = django_filters.ChoiceFilter(label=_("Place in the flow"), choices=OUTSIDE_CHOICES, method="filter_outside", empty_label=_("Any"))
    system = django_filters.ModelChoiceFilter(label=_("System"), queryset=lambda request: systems_seen(request), method="filter_system", empty_label=_("Any"))

    class Meta:
        model = DataObject
        fields: Iterable[str] = []

    def filter_outside(self, queryset: QuerySet, _name: str, value: str) -> QuerySet:
        sourced = ~Q(source_name="") | Q(source_system__isnull=False)
        consumed = ~Q(consumer_name="") | Q(consumer_system__isnull=False)
        if value == "masters":
            return queryset.annotate(master_count=Count("masters")).filter(master_count__gt=1)
        if value == "unused":
            return queryset.filter(~Exists(_uses(Requirement.inputs)), ~Exists(_uses(Requirement.outputs)))
        return queryset.filter({"source": sourced, "consumer": consumed}.get(value, ~sourced & ~consumed))

    def filter_system(self, queryset: QuerySet, _name: str, value: System) -> QuerySet:
        return queryset.filter(Q(source_system=value) | Q(consumer_system=value) | Q(pk__in=value.mastered.order_by().values("pk")))  # type: ignore[attr-defined]


def _uses(relation: Any) -> QuerySet:
    rows: QuerySet = relation.through.objects.filter(dataobject=OuterRef("pk"))
    return rows


class SystemFilter(OfRollout):
    """Narrow the systems."""

    live = django_filters.BooleanFilter(
        label=_("Live"), field_name="is_live", widget=forms.Select(choices=[("", _("Any")), ("true", _("yes")), ("false", _("no"))])
    )

    class Meta:
        model = System
        fields: Iterable[str] = []


class InterfaceFilter(OfRollout):
    """Narrow the interfaces."""

    state = django_filters.MultipleChoiceFilter(label=_("State"), choices=InterfaceState.choices, widget=forms.CheckboxSelectMultiple)
    orphan = django_filters.BooleanFilter(label=_("Without owner"), field_name="owner", lookup_expr="isnull", widget=forms.CheckboxInput)

    class Meta:
        model = Interface
        fields: Iterable[str] = []

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        if not self.form.cleaned_data.get("orphan"):
            self.form.cleaned_data["orphan"] = None  # an empty box narrows nothing
        return super().filter_queryset(queryset)


def systems_seen(request: Any) -> QuerySet[System]:
    """Systems of the rollouts that the person sees whole."""
    return System.objects.visible_to(request.user)


def owners_seen(request: Any) -> QuerySet[User]:
    """Owners of the requirements that the person may see."""
    return User.objects.filter(pk__in=Requirement.objects.visible_to(request.user).order_by().values("owner"))
