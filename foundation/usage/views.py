from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_GET, require_POST
from django_filters import ChoiceFilter, FilterSet, ModelChoiceFilter

from foundation.people.models import Department
from foundation.ui.addresses import row_address
from foundation.ui.lists import Column, list_response
from foundation.usage.catalogue import feature_of_view
from foundation.usage.models import Feature, FeatureKind, Outcome, UsageEvent, Verb
from foundation.usage.reports import FEWEST, WINDOW, features_with_use, own_use, use_of_feature
from foundation.usage.services import record


@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """A page that the browser had fetched ahead is looked at now: count it, as if it had been fetched now."""
    try:
        match = resolve(request.POST.get("page", "")[:500])
    except Resolver404:
        return HttpResponse(status=204)
    spec = feature_of_view(match.view_name, writes=False)
    if spec is not None and spec.kind == FeatureKind.SCREEN and (not spec.permission or request.user.has_perm(spec.permission)):
        record(by=request.user, feature=spec.key, verb=Verb.VIEW, outcome=Outcome.OK)
    return HttpResponse(status=204)


class FeatureFilter(FilterSet):
    """Filters of the catalogue; the department is applied to the counts, not to the features."""

    department = ModelChoiceFilter(queryset=Department.objects.open(), label=pgettext_lazy("department", "Used in"), method="leave")
    kind = ChoiceFilter(choices=FeatureKind.choices, label=_("Kind"))
    retired = ChoiceFilter(choices=[("no", _("In use")), ("yes", _("Retired"))], label=_("State"), method="by_state")

    class Meta:
        model = Feature
        fields: list[str] = []

    def by_state(self, queryset, name, value):
        return queryset.filter(is_retired=value == "yes")

    def leave(self, queryset, name, value):
        return queryset


def about(number: int, step: int) -> str:
    """A number rounded down (“10+”): exact totals would give away the departments that are not shown."""
    return f"{number // step * step}+" if number else "0"


COLUMNS = [
    Column("name", _("Feature"), value=str, kind="link", url=row_address("usage:feature_detail"), sort="name", phone=True),
    Column("key", _("Key"), sort="key"),
    Column("kind", _("Kind"), value="get_kind_display"),
    Column("people", _("People in 28 days"), value=lambda row: _("fewer than 5") if row.is_few else about(row.people, 5), sort="-people", phone=True),
    Column("uses", _("Uses in 28 days"), value=lambda row: "" if row.is_few else about(row.uses, 10), sort="-uses"),
    Column("last_used", _("Last used"), kind="date", value=lambda row: None if row.is_few else row.last_used),
]


@require_GET
@permission_required("usage.view_feature", raise_exception=True)
def feature_list(request: HttpRequest) -> HttpResponse:
    department = None
    if (asked := request.GET.get("department", "")).isdecimal():
        department = Department.objects.filter(pk=asked[:18]).first()
    return list_response(
        request,
        queryset=features_with_use(today=timezone.localdate(), department=department),
        columns=COLUMNS,
        template="usage/feature_list.html",
        key="usage.features",
        filterset=FeatureFilter,
        search=("key__icontains", "name__icontains", "name_en__icontains"),
        order=("key",),
        drawer=False,
    )


@require_GET
@permission_required("usage.view_feature", raise_exception=True)
def feature_detail(request: HttpRequest, pk: int) -> HttpResponse:
    feature = get_object_or_404(Feature, pk=pk)
    use = use_of_feature(feature=feature, today=timezone.localdate())
    return render(request, "usage/feature_detail.html", {"feature": feature, "use": use, "fewest": FEWEST, "window": WINDOW})


@require_GET
def my_usage(request: HttpRequest) -> HttpResponse:
    rows = own_use(user=request.user, today=timezone.localdate())
    return render(request, "usage/my_usage.html", {"rows": rows, "trail": UsageEvent.objects.trail_of(request.user, limit=20), "window": WINDOW})
