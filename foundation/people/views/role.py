from typing import Any

from django.contrib.auth.decorators import permission_required
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from foundation.people.access import roles
from foundation.people.models import Assignment
from foundation.people.person_request import PersonRequest


@require_GET
@permission_required("people.view_role", raise_exception=True)
def role_list(request: PersonRequest) -> HttpResponse:
    """The table of roles as it is in force: who holds each, which verbs it grants, how far it sees."""
    posts = Assignment.objects.visible_to(request.user).on(timezone.localdate()).filter(user__is_active=True)
    counts = dict(posts.order_by().values_list("position__role").annotate(people=Count("user", distinct=True)))
    rows: list[dict[str, Any]] = [
        {
            "role": role,
            "people": counts.get(role.key, 0),
            "verbs": _by_app(role.permissions),
            "scopes": [(label, scope.label) for label, scope in sorted(role.scopes.items())],
        }
        for role in roles().values()
    ]
    return render(request, "people/role_list.html", {"rows": rows})


def _by_app(permissions: frozenset[str]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for permission in sorted(permissions):
        app, _dot, verb = permission.partition(".")
        found.setdefault(app, []).append(verb)
    return list(found.items())
