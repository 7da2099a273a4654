"""Context for every page: for whom the signed-in person acts today."""

from typing import Any

from django.http import HttpRequest

from foundation.people.access import access_of
from foundation.people.models import User


def acting_for(request: HttpRequest) -> dict[str, Any]:
    """``acting_for``: the absent people whose rights one has as deputy; the shell draws a frame around the page then."""
    user = getattr(request, "user", None)
    principals = access_of(user).principals if user is not None and user.is_authenticated else []
    return {"acting_for": list(User.objects.filter(pk__in=principals)) if principals else []}
