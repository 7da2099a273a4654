"""The type of a request behind sign-in."""

from django.http import HttpRequest

from foundation.people.models import User


class PersonRequest(HttpRequest):
    """A request whose ``user`` is a person; LoginRequiredMiddleware lets no other pass."""

    user: User  # type: ignore[assignment]
