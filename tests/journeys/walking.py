"""A person who follows only links that a page shows and sends only forms that stand on it."""

import re
from html.parser import HTMLParser
from typing import Any


class _Reader(HTMLParser):
    """Links and forms of a page, with what the fields hold when it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[dict[str, Any]] = []
        self._form: dict[str, Any] | None = None
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        held = {name for name, _value in attrs}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        elif tag == "form":
            self._form = {"action": given.get("action", ""), "method": given.get("method", "get"), "values": {}, "choices": {}, "buttons": []}
            self.forms.append(self._form)
        elif self._form is not None and given.get("name"):
            self._field(tag, given, held)
        elif self._form is not None and tag == "option" and self._select:
            self._form["choices"].setdefault(self._select, []).append(given.get("value", ""))
            if "selected" in held:
                self._form["values"][self._select] = given.get("value", "")

    def _field(self, tag: str, given: dict[str, str], held: set[str]) -> None:
        form, name = self._form, given["name"]
        assert form is not None
        if tag == "button":
            form["buttons"].append((name, given.get("value", "")))
        elif tag == "input" and (given.get("type") not in ("checkbox", "radio", "file") or "checked" in held):
            form["values"][name] = given.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = name
            form["values"][name] = ""

    def handle_data(self, data: str) -> None:
        if self._area and self._form is not None:
            self._form["values"][self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""


class Walker:
    """One signed-in person on their way; ``text`` is the page they stand on."""

    def __init__(self, client: Any):
        self.client = client
        self.path = ""
        self._open("/")

    def home(self) -> None:
        """The brand leads home from every page."""
        self.follow("/")

    def follow(self, pattern: str) -> str:
        """Go where the first link that fits leads; a link that no page shows is a failed journey."""
        found = next((link for link in self.page.links if re.fullmatch(pattern, link)), None)
        assert found is not None, f"{self.path} shows no link like {pattern}: {sorted(set(self.page.links))}"
        self._open(found)
        return found

    def sees(self, pattern: str) -> bool:
        """Whether the page shows such a link."""
        return any(re.fullmatch(pattern, link) for link in self.page.links)

    def send(self, action: str = "", **values: Any) -> None:
        """Fill in the form that goes there and send it; what it shows is kept, and only fields that it has may be filled."""
        found = next((form for form in self.page.forms if form["method"] == "post" and re.fullmatch(action, form["action"])), None)
        assert found is not None, f"{self.path} has no form to {action or 'itself'}: {[form['action'] for form in self.page.forms]}"
        known = {*found["values"], *found["choices"], *(name for name, _value in found["buttons"])} | self.radios
        assert set(values) <= known, f"no field {set(values) - known}"
        response = self.client.post(found["action"] or self.path, {**found["values"], **values}, follow=True)
        assert response.status_code == 200, (self.path, response.status_code, getattr(response.context.get("form"), "errors", "") if response.context else "")
        self._take(response, response.redirect_chain[-1][0] if response.redirect_chain else self.path)

    def _open(self, url: str) -> None:
        response = self.client.get(url.partition("#")[0], follow=True)
        assert response.status_code == 200, (self.path, url, response.status_code)
        self._take(response, url)

    def _take(self, response: Any, path: str) -> None:
        self.path, self.text = path, response.content.decode()
        self.page = _Reader()
        self.page.feed(self.text)
        self.radios = set(re.findall(r'type="radio" name="([^"]+)"', self.text)) | set(re.findall(r'name="([^"]+)"[^>]* type="radio"', self.text))
