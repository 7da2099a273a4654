from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from suite.shell import Shell

TODO_LIMIT = 15
FAR = date(9999, 12, 31)


def todos_of(user: Any) -> list[dict[str, Any]]:
    """What waits for a person, from the hooks of all apps, the most pressing first."""
    found = [item for dotted in settings.TODO_SOURCES for item in import_string(dotted)(user)]
    return sorted(found, key=lambda item: (day_of(item), item.get("tone") != "bad", str(item.get("title", ""))))


def day_of(item: dict[str, Any]) -> date:
    """The day on which an item is due; far away when it has none."""
    due = item.get("due")
    if isinstance(due, datetime):
        return timezone.localtime(due).date() if timezone.is_aware(due) else due.date()
    return due or FAR


def _bands(todos: list[dict[str, Any]], today: date) -> list[dict[str, Any]]:
    """The items under overdue, today, this week and later."""
    week = today + timedelta(days=7)
    bands = [
        (_("Overdue"), "bad", lambda day: day < today),
        (_("Today"), "watch", lambda day: day == today),
        (_("Next seven days"), "", lambda day: today < day <= week),
        (_("Later, or without a date"), "", lambda day: day > week),
    ]
    return [{"title": title, "tone": tone, "items": [item for item in todos if fits(day_of(item))]} for title, tone, fits in bands]


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    todos = todos_of(request.user)
    bands = _bands(todos, today)
    context = {
        "counts": {"overdue": len(bands[0]["items"]), "today": len(bands[1]["items"]), "week": len(bands[2]["items"]), "all": len(todos)},
        "bands": [band for band in _bands(todos[:TODO_LIMIT], today) if band["items"]],
        "more": max(0, len(todos) - TODO_LIMIT),
        "groups": [group for group in Shell(request).groups if group.key != "today"],
        "today": today,
    }
    return render(request, "suite/home.html", context)
