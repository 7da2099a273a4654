"""What every page's frame needs: navigation by role, unread notices, the rollout one stands in."""

from typing import Any

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of base.html; nothing for anonymous visitors."""
    return {}
