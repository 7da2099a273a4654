"""Middleware of the bench's server."""

from django.db import connection


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
