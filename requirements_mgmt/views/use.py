from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from requirements_mgmt.reports import use_by_week, use_of_requirement
from requirements_mgmt.views.standing import reads, visible_requirement


@require_GET
@reads
def requirement_use(request: HttpRequest, pk: int) -> HttpResponse:
    requirement = visible_requirement(request, pk)
    use = use_of_requirement(requirement, timezone.localdate())
    names = use.people() if request.user.has_perm("requirements_mgmt.change_requirement") else []
    return render(
        request, "requirements_mgmt/requirement_use.html", {"requirement": requirement, "use": use, "departments": use.by_department(), "people": names}
    )


@require_GET
@reads
def use_weeks(request: HttpRequest, pk: int) -> JsonResponse:
    requirement = visible_requirement(request, pk)
    weeks = use_by_week(requirement, timezone.localdate())
    return JsonResponse(
        {
            "kind": "bar",
            "categories": [date_format(week["ends_on"], "m-d") for week in weeks],
            "series": [{"name": _("People who used it"), "values": [week["used"] for week in weeks]}],
            "unit": pgettext("unit", "people"),
        }
    )
