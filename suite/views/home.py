from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from foundation.reading import Asking, answer_of, side_by_side
from suite.homes import columns_of, roles_held, starts_of
from suite.shell import address

SHOWN_FIRST = 6
FAR = date(9999, 12, 31)


def waiting_of(user: Any) -> Asking[list[dict[str, Any]]]:
    """What waits for a person, from the hooks of all apps, the most pressing first."""
    found = yield from side_by_side(*(import_string(dotted)(user) for dotted in settings.WAITING_SOURCES))
    return sorted(chain.from_iterable(found), key=lambda item: (day_of(item), item.get("tone") != "bad", str(item.get("title", ""))))


def day_of(item: dict[str, Any]) -> date:
    """The day on which an item is due; far away when it has none."""
    due = item.get("due")
    if isinstance(due, datetime):
        return timezone.localtime(due).date() if timezone.is_aware(due) else due.date()
    return due or FAR


def _bands(items: list[dict[str, Any]], today: date) -> list[dict[str, Any]]:
    """The items under overdue, today, this week and later."""
    week = today + timedelta(days=7)
    bands = [
        (_("Overdue"), "bad", lambda day: day < today),
        (_("Today"), "watch", lambda day: day == today),
        (_("Next seven days"), "", lambda day: today < day <= week),
        (_("Later, or without a date"), "", lambda day: day > week),
    ]
    return [{"title": title, "tone": tone, "items": [item for item in items if fits(day_of(item))]} for title, tone, fits in bands]


def _starts(user: Any) -> list[dict[str, Any]]:
    """Where to start, until the person has put it away."""
    if user.preferences.get("starts_seen") == _role(user):
        return []
    return [{"label": label, "url": address(name)} for label, name in starts_of(user) if address(name)]


def _role(user: Any) -> str:
    """The main role's key; the steps come back with a new role."""
    return next(iter(roles_held(user)), "")


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    items, columns = answer_of(side_by_side(waiting_of(request.user), columns_of(request.user, today)))
    whole = "all" in request.GET
    bands = [band for band in _bands(items if whole else items[:SHOWN_FIRST], today) if band["items"]]
    context = {
        "counts": {band["title"]: len(band["items"]) for band in _bands(items, today)},
        "bands": bands,
        "waiting": len(items),
        "more": 0 if whole else max(0, len(items) - SHOWN_FIRST),
        "columns": columns,
        "starts": _starts(request.user),
        "today": today,
    }
    return render(request, "suite/home.html", context)


@require_GET
def home_chart(request: HttpRequest, name: str) -> HttpResponse:
    """The numbers of a picture on the home page, of the rows that the person may see."""
    dotted = next((path for path in settings.HOME_CHARTS if path.rpartition(".")[2] == name), None)
    numbers = import_string(dotted)(request.user, timezone.localdate()) if dotted else None
    if numbers is None:
        raise Http404
    return JsonResponse(numbers)


@require_POST
def starts_done(request: HttpRequest) -> HttpResponse:
    """Put the first steps away, for this role and for good."""
    request.user.preferences["starts_seen"] = _role(request.user)
    request.user.save(update_fields=["preferences", "updated_at"])
    return redirect("home")
