"""What the bench's server runs: the suite, and beside it a bare Django without any of our middleware."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test.utils import override_settings

suite = get_wsgi_application()


class CountStatements:
    """Tells the number of statements of a request that asks for it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if "X-Bench-Count" not in request.headers:
            return self.get_response(request)
        seen = []

        def note(execute, sql, params, many, context):
            seen.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            response = self.get_response(request)
        response.headers["X-Bench-Queries"] = str(len(seen))
        return response


class Bare:
    """Chooses the bare addresses."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.urlconf = "bench.bare"
        return self.get_response(request)


with override_settings(MIDDLEWARE=["bench.served.Bare"]):
    bare = WSGIHandler()


def application(environ, start_response):
    return (bare if environ["PATH_INFO"].startswith("/bare/") else suite)(environ, start_response)


assert settings.ROOT_URLCONF == "bench.urls"  # noqa: S101  (never the suite's own addresses)
