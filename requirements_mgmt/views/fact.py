"""Facts of a requirement, edited in place."""

from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from foundation.people.access import roles
from foundation.ui.facts import Fact, answer_fact, fact_of
from requirements_mgmt.forms import RequirementForm
from requirements_mgmt.models import Requirement, RequirementState
from requirements_mgmt.services import data_objects, edit_requirement
from requirements_mgmt.views.standing import edits, visible_requirement

FIELDS = ("owner", "priority", "level", "department", "source_kind", "source", "roles", "inputs", "outputs", "is_origin", "is_final", "is_day_one", "features")
COVERED = {*Requirement.COVERED_TEXT, *Requirement.COVERED_SETS}


def _fact(row: Requirement, name: str) -> Fact:
    fact = fact_of(row, name, reverse("requirements_mgmt:requirement_fact", args=[row.pk, name]))
    if name == "roles":
        known = roles()
        words = ", ".join(str(known[key].name) for key in row.roles if key in known)
        return replace(fact, value=words or _("Everybody in the department"), raw=list(row.roles))
    if name in ("inputs", "outputs"):  # typed as names, so undo sends names
        return replace(fact, raw=", ".join(one.name for one in getattr(row, name).all()))
    return fact


def facts_of(row: Requirement, *, settled: bool) -> list[Fact]:
    """The facts of a requirement; without a pencil what a confirmation covers where the text is settled, and all where it was dropped."""
    locked = set(FIELDS) if row.state == RequirementState.DROPPED else COVERED if settled else set()
    return [replace(fact, url="") if fact.name in locked else fact for fact in (_fact(row, name) for name in FIELDS)]


@require_http_methods(["GET", "POST"])
@edits
def requirement_fact(request: HttpRequest, pk: int, field: str) -> HttpResponse:
    row = visible_requirement(request, pk)
    if field not in FIELDS:
        raise Http404
    form = RequirementForm(request.POST or None, rollout=row.rollout, instance=Requirement.objects.get(pk=pk))

    def save(valid: RequirementForm) -> None:
        value: Any = valid.cleaned_data[field]
        values = {field: data_objects(row.rollout, value) if field in ("inputs", "outputs") else value}
        edit_requirement(requirement=row, values=values, sent_version=valid.cleaned_data["version"] or 0, by=request.user, now=timezone.now())

    return answer_fact(request, row=row, field=field, fact=_fact, form=form, save=save, feature="requirements.requirement.edit")
