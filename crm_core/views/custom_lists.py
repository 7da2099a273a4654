"""Custom fields in lists: columns, their sorting, and the filter bar."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from crm_core.field_values import plain_date, seen_fields, show_value
from crm_core.filters import with_customs
from crm_core.models import CustomField, FieldType
from crm_core.services.custom_values import SORTABLE, for_list
from crm_core.veils import HIDDEN, MASKS, SHOWN, as_seen, is_own, levels_of
from foundation.ui.lists import Column

KINDS = {FieldType.NUMBER: "number", FieldType.MONEY: "money", FieldType.DATE: "date"}


def _value_of(field: CustomField) -> Callable[[Any], Any]:
    def value(row: Any) -> Any:
        held = row.custom.get(field.key)
        if field.type == FieldType.RELATION:
            return getattr(row, f"related_{field.key}", None)
        if field.type in {FieldType.NUMBER, FieldType.MONEY}:
            return Decimal(repr(held)) if isinstance(held, int | float) and not isinstance(held, bool) else held
        return plain_date(held) if field.type == FieldType.DATE else show_value(field, held)

    return value


def _column(field: CustomField) -> Column:
    return Column(
        field.name,
        str(field),
        value=_value_of(field),
        kind=KINDS.get(FieldType(field.type), "text"),
        sort=f"sort_{field.key}" if field.type in SORTABLE else None,
        default=field.in_list,
        currency=lambda row: getattr(row, "currency", "CNY"),
    )


def _levels(noun: str, user: Any) -> dict[str, str]:
    """The fields of which the person does not see every value, by level."""
    return {name: level for name, level in levels_of(user, noun).items() if level != SHOWN} if noun in MASKS else {}


def _veiled(column: Column, noun: str, level: str | None, user: Any) -> Column:
    """The column, each value as the person may see it."""
    if column.value is not None or level is None:
        return column

    def value(row: Any) -> Any:
        held = getattr(row, column.key)
        return held if not held or is_own(row, user) else as_seen(noun, column.key, held, level)

    return replace(column, value=value)


def list_parts(request: HttpRequest, noun: str, *, rows: QuerySet, columns: list[Column], filterset: Any, key: str) -> dict[str, Any]:
    """Rows, columns and filters of a list together with the custom fields that the person may see."""
    columns = (
        [_veiled(column, noun, levels.get(column.key), request.user) for column in columns if levels.get(column.key) != HIDDEN]
        if (levels := _levels(noun, request.user))
        else columns
    )
    fields = seen_fields(noun, request.user)
    if not fields:
        return {"queryset": rows, "columns": columns, "filterset": filterset, "key": key}
    chosen = ((getattr(request.user, "preferences", None) or {}).get("columns") or {}).get(key)
    shown = [field for field in fields if (field.name in chosen if chosen else field.in_list)]
    sort = request.GET.get("sort", "")
    wanted = shown + [field for field in fields if field not in shown and sort.lstrip("-") == field.name]
    return {
        "queryset": for_list(rows, wanted, by=request.user, sort=sort),
        "columns": [*columns, *(_column(field) for field in fields)],
        "filterset": with_customs(filterset, noun, request.user),
        "key": key,
    }
