"""Filters of this app's lists."""

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from docs_site.models import DocumentKind, DocumentVersion
from implementation.models import EntryState, PhaseKind, RegisterEntry, Rollout, RolloutState


class RolloutFilter(django_filters.FilterSet):
    state = django_filters.MultipleChoiceFilter(choices=RolloutState.choices, label=_("State"))

    class Meta:
        model = Rollout
        fields = ["state"]


class RegisterFilter(django_filters.FilterSet):
    """Owed documents by phase, kind, how far they are, whether overdue, and mine."""

    phase = django_filters.MultipleChoiceFilter(field_name="phase__kind", choices=PhaseKind.choices, label=_("Phase"))
    kind = django_filters.MultipleChoiceFilter(choices=DocumentKind.choices, label=_("Kind"))
    state = django_filters.ChoiceFilter(method="by_state", choices=EntryState.choices, label=_("State"), empty_label=_("Any state"))
    overdue = django_filters.BooleanFilter(method="only_overdue", label=_("Overdue"), widget=django_filters.widgets.forms.CheckboxInput)
    mine = django_filters.BooleanFilter(method="only_mine", label=_("Owed by me"), widget=django_filters.widgets.forms.CheckboxInput)

    class Meta:
        model = RegisterEntry
        fields = ["phase", "kind", "state", "overdue", "mine"]

    def by_state(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        if value == EntryState.MISSING:
            return rows.filter(document__isnull=True)
        if value == EntryState.SIGNED:
            return rows.filter(Q(document__state="signed") | Exists(DocumentVersion.objects.signed().filter(document=OuterRef("document"))))
        return rows.filter(document__state=value)

    def only_overdue(self, rows: Any, name: str, value: Any) -> QuerySet:
        return rows.unsigned().filter(due_on__lt=timezone.localdate()) if value else rows

    def only_mine(self, rows: QuerySet, name: str, value: Any) -> QuerySet:
        return rows.filter(owed_by=self.request.user) if value else rows
