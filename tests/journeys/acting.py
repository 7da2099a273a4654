"""A person at the suite: opens pages, fills the form that a page shows, presses its buttons."""

import html
import re
from typing import Any

from django.urls import reverse

TAGS = re.compile(r"<[^>]+>")


def words(response: Any) -> str:
    """What a person reads on a page: no tags, single spaces."""
    text = re.sub(r"</?mark\b[^>]*>", "", response.content.decode())  # a marked part of a word divides nothing
    return " ".join(html.unescape(TAGS.sub(" ", text)).split())


def values_of(form: Any) -> dict[str, Any]:
    """What a form shows when it is opened, as the browser would send it back."""
    shown = {form.add_prefix(name): form[name].value() for name in form.fields}
    return {name: value for name, value in shown.items() if value not in (None, False)}


class Person:
    """One signed-in person; every step says what status it expects."""

    def __init__(self, client: Any, user: Any):
        self.client, self.user = client, user

    def see(self, name: str, /, *args: Any, expect: int = 200, **query: Any) -> str:
        """The words of a page."""
        return words(self.open(name, *args, expect=expect, **query))

    def open(self, name: str, /, *args: Any, expect: int = 200, **query: Any) -> Any:
        response = self.client.get(reverse(name, args=args), query)
        assert response.status_code == expect, (name, response.status_code)
        return response

    def press(self, name: str, /, *args: Any, expect: int = 302, **values: Any) -> Any:
        """A button, or a form whose fields are all given."""
        response = self.client.post(reverse(name, args=args), values)
        assert response.status_code == expect, (name, response.status_code, errors(response))
        return response

    def fill(self, name: str, /, *args: Any, expect: int = 302, form: str = "form", **values: Any) -> Any:
        """Open a page, keep what its form shows, type over it and send it."""
        shown = values_of(self.open(name, *args).context[form])
        return self.press(name, *args, expect=expect, **{**shown, **values})


def errors(response: Any) -> Any:
    """The complaints of a form that came back, for the message of a failed step."""
    form = response.context.get("form") if response.context else None
    return getattr(form, "errors", "") or response.content[:300]
