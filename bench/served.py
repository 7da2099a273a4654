"""What the bench's server runs: the suite, and beside it a bare Django without any of our middleware."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.test.utils import override_settings

suite = get_wsgi_application()


with override_settings(MIDDLEWARE=["bench.counting.Bare"]):
    bare = WSGIHandler()


def application(environ, start_response):
    return (bare if environ["PATH_INFO"].startswith("/bare/") else suite)(environ, start_response)


assert settings.ROOT_URLCONF == "bench.urls"  # noqa: S101  (never the suite's own addresses)
