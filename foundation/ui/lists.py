"""Lists: one call turns a queryset and columns into a page with search, filters, sorting, paging, column choice, views and export."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from foundation import exports
from foundation.people.models import SavedView
from foundation.search.lists import IndexedSearch
from foundation.ui import keyset
from foundation.ui.counts import Count
from foundation.ui.filters import FilterChip, bar_of
from foundation.usage.context import as_download

PAGE_SIZE = 25
OWN_KEYS = {"after", "before", "export", "view", "page", "count"}
SEARCH_MAX = 200
TICKED_MOST = 200
Search = Sequence[str] | Callable[[QuerySet, str], QuerySet] | IndexedSearch


@dataclass(frozen=True)
class Column:
    """A column: what it shows, how, and by which field it sorts."""

    key: str
    label: Any
    value: str | Callable[[Any], Any] | None = None
    sort: str | None = None
    kind: str = "text"  # text, sentence (shown whole), link, number, money, date, datetime, person, badge, action (a button that posts the list's form)
    url: Callable[[Any], str] | None = None
    tone: Callable[[Any], str] | None = None
    default: bool = True
    phone: bool = False
    currency: str | Callable[[Any], str] | None = None
    joined: str = ""  # what the row's query must bring along when the column is shown

    @property
    def is_number(self) -> bool:
        return self.kind in {"number", "money"}

    def value_of(self, row: Any) -> Any:
        """The row's value; an attribute path stops quietly at an empty link."""
        source = self.value if self.value is not None else self.key
        return _at_path(row, source) if isinstance(source, str) else source(row)

    def currency_of(self, row: Any) -> str:
        found = self.currency(row) if callable(self.currency) else self.currency
        return found or "CNY"


def _at_path(row: Any, path: str) -> Any:
    for part in path.replace("__", ".").split(".") if "_" in path or "." in path else (path,):
        row = getattr(row, part, None)
        if row is None:
            return None
    return row() if callable(row) else row


@dataclass(frozen=True)
class Bulk:
    """An action on the ticked rows: their ``pk`` values are posted to ``url``."""

    label: Any
    url: str
    icon: str = ""
    question: Any = ""
    tone: str = "neutral"
    permission: str | None = None

    @property
    def style(self) -> str:
        return {"bad": "btn-outline-danger", "good": "btn-primary", "primary": "btn-primary"}.get(self.tone, "btn-default")


def ticked(data: QueryDict, *, name: str = "pk", most: int | None = TICKED_MOST) -> list[int]:
    """The keys of the ticked rows that a ``Bulk`` sends, each once and in their order; what can be no key is passed over."""
    keys = [int(text) for text in data.getlist(name) if text.isascii() and text.isdecimal() and len(text) < 19]
    return list(dict.fromkeys(keys))[:most]


@dataclass(frozen=True)
class Head:
    label: Any
    css: str
    url: str = ""
    sorted: str = ""


class Cell(NamedTuple):
    kind: str
    value: Any
    url: str = ""
    tone: str = ""
    currency: str = "CNY"

    @property
    def empty(self) -> bool:
        return self.value is None or self.value == ""


class Row(NamedTuple):
    pk: Any
    label: str
    cells: list[Cell]
    url: str = ""
    drawer: str = ""


class Table:
    """What layouts/list.html shows; built by ``list_response``."""

    def __init__(
        self,
        request: HttpRequest,
        *,
        queryset: QuerySet,
        columns: Sequence[Column],
        key: str,
        filterset: Any,
        search: Search | None,
        order: Sequence[str],
        page_size: int,
    ):
        self.request = request
        self.key = key
        self.columns = list(columns)
        self.has_search = search is not None
        self.search_text = request.GET.get("q", "").replace("\x00", "").strip()[:SEARCH_MAX] if self.has_search else ""
        self.page_size = page_size
        self.is_part = False
        self.bulk: list[Bulk] = []
        self.export_urls: dict[str, str] = {}
        self.shown = self._shown_columns()
        self.view = self._view()
        self.filters: list[FilterChip] = []
        if filterset is not None:
            queryset, self.filters = bar_of(filterset, request, queryset)
        if joined := [column.joined for column in self.shown if column.joined]:
            queryset = queryset.select_related(*joined)
        self.is_crowded = False
        if search is not None and self.search_text:
            queryset = self._narrowed(queryset, search)
        self.queryset = queryset
        self.sort_key, self.keys = self._order(order)

    def _narrowed(self, queryset: QuerySet, search: Any) -> QuerySet:
        if isinstance(search, IndexedSearch):
            narrowed = search.narrow(queryset, self.search_text)
            self.is_crowded = narrowed.is_crowded
            return narrowed.queryset
        found: QuerySet = search(queryset, self.search_text) if callable(search) else _searched(queryset, search, self.search_text)
        return found

    # --- what is asked for -----------------------------------------------------------------------

    def _order(self, default: Sequence[str]) -> tuple[str, list[keyset.Key]]:
        asked = self.request.GET.get("sort", "")
        column = next((column for column in self.columns if column.sort and column.key == asked.lstrip("-")), None)
        if column is None or column.sort is None:
            return "", keyset.keys_of(self.queryset, default)
        field, descending = column.sort.lstrip("-"), asked.startswith("-") != column.sort.startswith("-")
        return asked, keyset.keys_of(self.queryset, [f"-{field}" if descending else field, *default])

    def _shown_columns(self) -> list[Column]:
        chosen = ((getattr(self.request.user, "preferences", None) or {}).get("columns") or {}).get(self.key)
        if not chosen:
            return [column for column in self.columns if column.default]
        return [column for at, column in enumerate(self.columns) if column.key in chosen or at == 0]

    def _view(self) -> SavedView | None:
        asked = self.request.GET.get("view", "")
        return next((view for view in self.saved_views if str(view.pk) == asked), None)

    @property
    def saved_views(self) -> list[SavedView]:
        if not hasattr(self, "_saved"):
            rows = SavedView.objects.filter(Q(owner_id=self.request.user.pk) | Q(is_shared=True), list_key=self.key)
            self._saved = list(rows.order_by("name", "pk")[:12])
        return self._saved

    # --- the page of rows ------------------------------------------------------------------------

    def load(self, drawer: Any) -> None:
        """Read one page and its neighbours' addresses; what goes beyond one page is counted afterwards, at ``count_url``."""
        after, before = self.request.GET.get("after", ""), self.request.GET.get("before", "")
        backwards = bool(before)
        values = keyset.values_of(before or after, self.keys) if before or after else None
        rows, more = self._page(values, backwards)
        if backwards and not more and len(rows) < self.page_size:  # back at the start: show a full first page
            values, backwards = None, False
            rows, more = self._page(None, False)
        self.next_url = self.back_url = ""
        if rows:
            has_next, has_back = (True, more) if backwards else (more, values is not None)
            if has_next:
                self.next_url = self.address(after=keyset.cursor_of(rows[-1], self.keys))
            if has_back:
                self.back_url = self.address(before=keyset.cursor_of(rows[0], self.keys))
        is_whole = values is None and not more
        self.count = Count(len(rows) + (0 if values is None else self.page_size), more=not is_whole)
        # Of a common word it is enough to know that there are more than one page.
        self.count_url = "" if is_whole or self.is_crowded else self.address(count=1)
        self.rows = [self._row(row, drawer) for row in rows]

    def _page(self, values: list[Any] | None, backwards: bool) -> tuple[list[Any], bool]:
        rows = keyset.ordered(self.queryset, self.keys, backwards=backwards)
        with _forged_is_missing():
            if values is not None:
                rows = rows.filter(keyset.beyond(self.keys, values, backwards=backwards))
            found = list(rows[: self.page_size + 1])
        more = len(found) > self.page_size
        found = found[: self.page_size]
        return (found[::-1] if backwards else found), more

    def counted(self) -> Count:
        """The count of the whole list, as far as it is worth it."""
        with _forged_is_missing():
            return Count(self.page_size, more=True) if self.is_crowded else Count.of(self.queryset)

    def _row(self, row: Any, drawer: Any) -> Row:
        cells = [self._cell(column, row) for column in self.shown]
        url = next((cell.url for cell in cells if cell.url), "") or next((column.url(row) for column in self.columns if column.url), "")
        aside = drawer(row) if callable(drawer) else (url if drawer is not False else "")
        return Row(pk=row.pk, label=str(row), cells=cells, url=url, drawer=aside)

    def _cell(self, column: Column, row: Any) -> Cell:
        url = (column.url(row) or "") if column.url else ""
        tone = (column.tone(row) or "") if column.tone else ""
        return Cell(column.kind, column.value_of(row), url, tone, column.currency_of(row) if column.kind == "money" else "CNY")

    @property
    def cell_heads(self) -> list[tuple[str, str]]:
        """Of each column shown, the classes of its cells and the name that stands beside them on a phone."""
        found = []
        for at, column in enumerate(self.shown):
            css = ["cell-number" if column.is_number else f"cell-{column.kind}"]
            if at == 0:
                css.append("cell-first")
            if column.phone or at == 0:
                css.append("on-phone")
            found.append((" ".join(css), str(column.label)))
        return found

    # --- words and addresses ---------------------------------------------------------------------

    def address(self, **changes: Any) -> str:
        """This list's address with changes; the place in it is forgotten unless given."""
        asked = {name: values for name, values in self.request.GET.lists() if any(values) and (name == "view" or name not in OWN_KEYS)}
        for name, value in changes.items():
            if value in (None, ""):
                asked.pop(name, None)
            else:
                asked[name] = [value]
        text = urlencode(asked, doseq=True)
        return f"{self.request.path}?{text}" if text else self.request.path

    @property
    def is_narrowed(self) -> bool:
        return bool(self.search_text) or any(chip.is_set for chip in self.filters)

    @property
    def clear_url(self) -> str:
        kept = QueryDict(mutable=True)
        if self.sort_key:
            kept["sort"] = self.sort_key
        return f"{self.request.path}?{kept.urlencode()}" if kept else self.request.path

    @property
    def view_query(self) -> str:
        return self.address(view="").partition("?")[2]

    @property
    def views(self) -> list[dict[str, Any]]:
        current = self.view
        return [
            {
                "name": view.name,
                "shared": view.is_shared,
                "active": view == current,
                "url": f"{self.request.path}?{view.query}{'&' if view.query else ''}view={view.pk}",
            }
            for view in self.saved_views
        ]

    @property
    def column_choices(self) -> list[dict[str, Any]]:
        shown = {column.key for column in self.shown}
        return [{"key": column.key, "label": column.label, "on": column.key in shown, "fixed": at == 0} for at, column in enumerate(self.columns)]

    @property
    def heads(self) -> list[Head]:
        found = []
        for column in self.shown:
            way, url = "", ""
            if column.sort:
                if self.sort_key.lstrip("-") == column.key:
                    way = "descending" if self.sort_key.startswith("-") else "ascending"
                url = self.address(sort=f"-{column.key}" if way == "ascending" else column.key)
            found.append(Head(label=column.label, css="cell-number" if column.is_number else f"cell-{column.kind}", url=url, sorted=way))
        return found


@contextmanager
def _forged_is_missing() -> Iterator[None]:
    """A forged place or filter, whose values do not fit their columns, is the address of nothing."""
    try:
        yield
    except (ValueError, TypeError, DataError, OverflowError, ValidationError):
        raise Http404 from None


def _searched(queryset: QuerySet, lookups: Sequence[str], text: str) -> QuerySet:
    """Rows in which every word is found by one of the look-ups."""
    for word in re.split(r"\s+", text)[:8]:
        condition = Q()
        for lookup in lookups:
            condition |= Q(**{lookup: word})
        queryset = queryset.filter(condition)
    return queryset


def list_response(
    request: HttpRequest,
    *,
    queryset: QuerySet,
    columns: Sequence[Column],
    template: str,
    key: str,
    filterset: Any = None,
    search: Search | None = None,
    order: Sequence[str] = ("-pk",),
    context: dict[str, Any] | None = None,
    export_permission: str | None = None,
    export_feature: str = "",
    drawer: Any = None,
    bulk: Iterable[Bulk] = (),
    page_size: int = PAGE_SIZE,
) -> HttpResponseBase:
    """Answer a list: a page, its table alone for htmx, its count for ``?count=1``, or a file for ``?export=csv`` and ``?export=xlsx``.

    ``queryset`` is already narrowed to what the person may see; page, search, filters and export all start from it.
    An export is recorded (by the usage middleware, as every download) under ``export_feature``, else under the feature of the address.
    """
    table = Table(request, queryset=queryset, columns=columns, key=key, filterset=filterset, search=search, order=order, page_size=page_size)
    may_export = export_permission is not None and request.user.has_perm(export_permission)
    if wanted := request.GET.get("export"):
        if not may_export:
            raise PermissionDenied
        return as_download(_export(table, wanted), feature=export_feature)
    if "count" in request.GET:
        return render(request, "ui/list/_counted.html", {"count": table.counted()})
    if may_export:
        table.export_urls = {kind: table.address(export=kind) for kind in ("xlsx", "csv")}
    table.bulk = [action for action in bulk if action.permission is None or request.user.has_perm(action.permission)]
    table.load(drawer)
    htmx = getattr(request, "htmx", None)
    layout = "ui/_list_part.html" if htmx and htmx.target == "list" else None
    shown = {"table": table, **(context or {})}
    if layout:
        table.is_part = True
        shown["base_layout"] = layout
    response = render(request, template, shown)
    response.headers["Vary"] = "HX-Request, HX-Target"
    return response


def _export(table: Table, kind: str) -> HttpResponseBase:
    """The rows of the list as it stands, in its order and with its columns, as a file."""
    if kind not in {"csv", "xlsx"}:
        raise Http404
    rows = keyset.ordered(table.queryset, table.keys)
    columns = [exports.Column(column.label, column.value_of, column.kind) for column in table.shown]
    return exports.stream_response(columns, rows, filename=f"{table.key.replace('.', '-')}-{timezone.localdate():%Y-%m-%d}", kind=kind)
