from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.http import require_GET

TODO_LIMIT = 12


def todos_of(user) -> list[dict]:
    """What waits for the person, from the hooks of all apps, the most pressing first."""
    found = [item for dotted in settings.TODO_SOURCES for item in import_string(dotted)(user)]
    far = timezone.localdate().replace(year=9999)

    def day(item: dict):
        due = item.get("due")
        return due.date() if hasattr(due, "date") else due or far

    return sorted(found, key=lambda item: (item.get("tone") != "bad", day(item)))


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    todos = todos_of(request.user)
    return render(request, "suite/home.html", {"todos": todos[:TODO_LIMIT], "todo_count": len(todos), "more_todos": len(todos) - TODO_LIMIT})
