"""A call with room on Python's own stack, and every request in one.

CPython 3.11 to 3.13 keep frames in chunks of 16 KiB and give an empty chunk back to the system at once: where a busy loop, such as a template's,
happens to call across the end of a chunk, each call maps and unmaps memory, which takes a fifth of a page. A frame with a large stack takes a chunk
of a megabyte, of which half is left for all that is called from it.
"""

from collections.abc import Callable
from typing import Any


def roomy(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The call's answer; what is called stands on a frame with half a megabyte before it."""
    return call(*args, **kwargs)


roomy.__code__ = roomy.__code__.replace(co_stacksize=66_000)


class RoomMiddleware:
    """Outermost of all: the request and everything in it run with room."""

    def __init__(self, get_response: Callable[[Any], Any]):
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        return roomy(self.get_response, request)
