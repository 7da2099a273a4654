"""The rollout that a page stands in, and rows named by posted numbers."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from foundation.integrity import Refused
from foundation.ui.lists import ticked
from implementation.models import Rollout
from implementation.services import current_rollout
from requirements_mgmt.filters import visible_rollouts
from requirements_mgmt.models import Requirement

MOST_AT_ONCE = 500
STATE_TONES = {"draft": "neutral", "open": "info", "confirmed": "good", "dropped": "neutral"}
CONFIRMATION_TONES = {"objection": "bad", "question": "watch", "outdated": "watch", "waiting": "info", "confirmed": "good", "none": "neutral"}
VERDICT_TONES = {"asked": "info", "confirm": "good", "object": "bad", "ask": "watch", "withdrawn": "neutral"}
CHANGE_TONES = {"open": "watch", "accepted": "info", "rejected": "neutral", "done": "good"}

reads = permission_required("requirements_mgmt.view_requirement", raise_exception=True)
# Whoever may be asked may read what is asked; which rows that are says visible_to.
reads_asked = permission_required("requirements_mgmt.confirm_requirement", raise_exception=True)
edits = permission_required("requirements_mgmt.change_requirement", raise_exception=True)


class NoRollout(Http404):
    """The person sees no rollout: nothing to show yet, and nothing that was asked for by its key."""


def in_rollout(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page that stands in a rollout says what to do while there is none."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except NoRollout:
            if request.method != "GET":
                raise
            return render(request, "requirements_mgmt/no_rollout.html", {"may_create": request.user.has_perm("implementation.add_rollout")})

    return shown


def rollout_here(request: HttpRequest) -> Rollout:
    """The rollout named in the address, else the one that the person works in; 404 where there is none."""
    rows = visible_rollouts(request)
    asked = request.GET.get("rollout") or request.POST.get("rollout")
    if asked:
        return get_object_or_404(rows, pk=asked) if asked.isdecimal() and len(asked) < 19 else get_object_or_404(rows, pk=0)
    found = current_rollout(request.user) or rows.order_by("-starts_on").first()
    if found is None:
        raise NoRollout
    return found


def picked(request: HttpRequest) -> list[Requirement]:
    """The ticked requirements that the person may see; too many are refused rather than cut off."""
    wanted = ticked(request.POST, most=None)
    if len(wanted) > MOST_AT_ONCE:
        raise Refused(_("At most %(most)s requirements can be changed at once. Tick fewer.") % {"most": MOST_AT_ONCE})
    return list(Requirement.objects.visible_to(request.user).filter(pk__in=wanted).select_related("department", "rollout").order_by("code_key", "pk"))


def visible_requirement(request: HttpRequest, pk: int) -> Requirement:
    """One requirement that the person may see, else 404."""
    rows = Requirement.objects.visible_to(request.user).select_related("rollout__project_manager", "department", "owner", "parent")
    return get_object_or_404(rows, pk=pk)


def next_address(request: HttpRequest, fallback: str) -> str:
    """Where to go afterwards: a path of this suite that the page sent along."""
    target = request.POST.get("next", "")
    return target if target.startswith("/") and not target.startswith("//") and "\\" not in target else fallback
