"""Paging by position: the rows after (or before) a row in a total order, right with empty values and ties on both databases.

Empty values come last whichever way a column is sorted; the primary key always ends the order, so that it is total.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Model, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.utils.dateparse import parse_date, parse_datetime, parse_time


@dataclass(frozen=True)
class Key:
    """One part of the order."""

    path: str
    descending: bool
    nullable: bool
    own: bool = False  # a field of the row itself, which every row carries anyway

    def order(self, backwards: bool) -> OrderBy:
        descending = self.descending != backwards
        options = {}
        if self.nullable:
            options = {"nulls_first": True} if backwards else {"nulls_last": True}
        return F(self.path).desc(**options) if descending else F(self.path).asc(**options)

    def equal(self, value: Any) -> Q:
        return Q(**{f"{self.path}__isnull": True}) if value is None else Q(**{self.path: value})

    def beyond(self, value: Any, backwards: bool) -> Q | None:
        """Rows strictly further on in the direction of travel; None where there are none."""
        if value is None:  # empty values are last: nothing is after them, everything filled is before
            return Q(**{f"{self.path}__isnull": False}) if backwards else None
        step = Q(**{f"{self.path}__{'lt' if self.descending != backwards else 'gt'}": value})
        return step | Q(**{f"{self.path}__isnull": True}) if self.nullable and not backwards else step


def keys_of(queryset: QuerySet, order: Sequence[str]) -> list[Key]:
    """The parts of a total order: those asked for, without repeats, then the primary key."""
    keys: list[Key] = []
    seen = set()
    for name in [*order, "pk"]:
        path = name.lstrip("-+")
        if path in seen or (path == "id" and "pk" in seen):
            continue
        seen.add(path)
        keys.append(Key(path, name.startswith("-"), path != "pk" and _is_nullable(queryset, path), _is_own(queryset, path)))
        if path in {"pk", "id"}:
            break
    return keys


def _is_nullable(queryset: QuerySet, path: str) -> bool:
    """Whether a value at the path may be empty; annotations and anything unknown may."""
    if path in queryset.query.annotations:
        return True
    model: type[Model] | None = queryset.model
    for part in path.split("__"):
        if model is None:
            return True
        try:
            field = model._meta.get_field(part)
        except FieldDoesNotExist:
            return True
        if getattr(field, "null", True) or not field.concrete:
            return True
        model = field.related_model if field.is_relation else None  # type: ignore[assignment]
    return False


def _is_own(queryset: QuerySet, path: str) -> bool:
    if path == "pk":
        return True
    fields = {field.name for field in queryset.model._meta.concrete_fields if not field.is_relation}
    return path in fields and path not in queryset.query.annotations


def ordered(queryset: QuerySet, keys: Sequence[Key], *, backwards: bool = False) -> QuerySet:
    """The queryset in the order of the keys, each row carrying its key values."""
    carried = {f"key_{at}": F(key.path) for at, key in enumerate(keys) if not key.own}
    return (queryset.annotate(**carried) if carried else queryset).order_by(*[key.order(backwards) for key in keys])


def beyond(keys: Sequence[Key], values: Sequence[Any], *, backwards: bool = False) -> Q:
    """Rows further on than the row with these key values."""
    condition = Q(pk__in=[])
    same = Q()
    for key, value in zip(keys, values, strict=True):
        step = key.beyond(value, backwards)
        if step is not None:
            condition |= same & step
        same &= key.equal(value)
    return condition


def cursor_of(row: Any, keys: Sequence[Key]) -> str:
    """A row's place as text for an address."""
    data = json.dumps([_pack(getattr(row, key.path if key.own else f"key_{at}")) for at, key in enumerate(keys)], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(data.encode()).decode().rstrip("=")


def values_of(cursor: str, keys: Sequence[Key]) -> list[Any] | None:
    """The key values of a place; None when the text is not one of ours or belongs to another order."""
    try:
        data = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        values = [_unpack(tag, value) for tag, value in data]
    except (binascii.Error, ValueError, TypeError, ArithmeticError, RecursionError):
        return None
    fits = len(values) == len(keys) and all(value is not None or key.nullable for key, value in zip(keys, values, strict=True))
    return values if fits else None


def _pack(value: Any) -> list[Any]:
    if isinstance(value, datetime):
        return ["m", value.isoformat()]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    if isinstance(value, time):
        return ["t", value.isoformat()]
    if isinstance(value, Decimal):
        return ["n", str(value)]
    if value is None or isinstance(value, (bool, int, float, str)):
        return ["v", value]
    return ["v", str(value)]


def _unpack(tag: str, value: Any) -> Any:
    readers: dict[str, Callable[[Any], Any]] = {"m": parse_datetime, "d": parse_date, "t": parse_time, "n": Decimal}
    if tag == "v":
        if isinstance(value, (dict, list)) or (isinstance(value, str) and "\x00" in value):
            raise ValueError("not a plain value")
        return value
    found = readers[tag](value) if tag in readers else None
    if found is None:
        raise ValueError("unknown value")
    return found
