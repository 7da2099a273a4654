"""Facts of a rollout, edited in place."""

from copy import copy

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from foundation.ui.facts import Fact, answer_fact, fact_of
from implementation import services
from implementation.forms import RolloutForm
from implementation.models import Rollout

FIELDS = ("goal", "department", "departments", "sponsor", "project_manager", "starts_on", "go_live_on", "name", "name_en")


def _fact(row: Rollout, name: str) -> Fact:
    return fact_of(row, name, reverse("implementation:rollout_fact", args=[row.pk, name]))


def facts_of(row: Rollout) -> list[Fact]:
    """What people look up on a rollout's home; the names stand in its head."""
    return [_fact(row, name) for name in FIELDS[:-2]]


@require_http_methods(["GET", "POST"])
@permission_required("implementation.change_rollout", raise_exception=True)
def rollout_fact(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    row = get_object_or_404(Rollout.objects.visible_to(request.user).select_related("sponsor", "project_manager", "department"), pk=pk)
    if field not in FIELDS:
        raise Http404

    def save(valid: RolloutForm) -> None:
        values = valid.values()
        departments = values.pop("departments", None)
        services.change_rollout(rollout=copy(row), sent_version=valid.sent_version, values=values, departments=departments, by=request.user, now=timezone.now())

    form = RolloutForm(request.POST or None, instance=copy(row))
    return answer_fact(request, row=row, field=field, fact=_fact, form=form, save=save, feature="rollout.rollout.update")
