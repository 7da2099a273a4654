"""Production does not run on a database with demo sign-ins."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

SENTENCE = "The database holds demo sign-ins, whose passwords everybody knows. Production uses a database of its own; point DATABASE_URL or DATA_DIR there."


def has_demo_people() -> bool:
    """Whether demo sign-ins exist; a database without tables has none."""
    try:
        return bool(get_user_model().objects.filter(is_demo=True).exists())
    except DatabaseError:
        return False


def refuse_demo_people() -> None:
    """Called where the web server and the worker start."""
    if settings.PRODUCTION and has_demo_people():
        raise ImproperlyConfigured(SENTENCE)


@register(Tags.security, deploy=True)
def check_demo_people(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The same refusal for ``check --deploy``."""
    return [Error(SENTENCE, id="people.E001")] if settings.PRODUCTION and has_demo_people() else []
