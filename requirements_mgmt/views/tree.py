from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from requirements_mgmt.forms import QuickForm
from requirements_mgmt.models import ConfirmationState, Requirement
from requirements_mgmt.views.standing import CONFIRMATION_TONES, in_rollout, reads, rollout_here, visible_requirement

MOST_NODES = 500


def _nodes(queryset):
    rows = list(queryset.live().with_confirmation().with_children().select_related("department", "owner").order_by("code_key", "pk")[:MOST_NODES])
    for row in rows:
        row.standing = ConfirmationState(row.confirmation).label
        row.standing_tone = CONFIRMATION_TONES[row.confirmation]
    return rows


@require_GET
@reads
@in_rollout
def requirement_tree(request: HttpRequest) -> HttpResponse:
    rollout = rollout_here(request)
    rows = Requirement.objects.visible_to(request.user).filter(rollout=rollout)
    text = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    seen = rows.order_by().values("pk")
    top = rows.search(text).countable() if text else rows.exclude(parent__in=seen)  # whose parent is out of sight stands at the top
    context = {
        "rollout": rollout,
        "nodes": _nodes(top),
        "count": rows.live().countable().count(),
        "text": text,
        "view": "tree",
        "quick": QuickForm(rollout=rollout, initial={"department": rollout.department_id})
        if request.user.has_perm("requirements_mgmt.add_requirement")
        else None,
        "empty_text": _("Write the first one above, or import a sheet."),
    }
    return render(request, "requirements_mgmt/requirement_tree.html", context)


@require_GET
@reads
def requirement_children(request: HttpRequest, pk: int) -> HttpResponse:
    parent = visible_requirement(request, pk)
    rows = Requirement.objects.visible_to(request.user).filter(parent=parent)
    return render(request, "requirements_mgmt/_tree_nodes.html", {"nodes": _nodes(rows), "parent": parent})
