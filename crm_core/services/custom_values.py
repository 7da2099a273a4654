"""Values of custom fields as rows hold them: read in lists, filtered, kept unrepeated."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, models, transaction
from django.db.models import BigIntegerField, Func, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from crm_core.field_values import TARGETS, fields_of
from crm_core.models import CustomField, CustomKey, FieldTarget, FieldType
from crm_core.models.custom_field import all_fields
from foundation.integrity import Refused
from foundation.text import fold

SORTABLE = {FieldType.TEXT, FieldType.NUMBER, FieldType.MONEY, FieldType.DATE}


class CannotRepeat(Refused):
    """Another row has the value of a field in which values must not repeat."""


# --- no two rows alike -----------------------------------------------------------------------------
def unrepeatable(value: Any) -> str:
    """A value as it is compared with others: case, width and inner spaces do not count."""
    return fold(str(value))[:200]


def claim_keys(row: models.Model) -> None:
    """Keep the row's values of unrepeatable fields for it; CannotRepeat when another row has one. In the transaction that writes the row."""
    noun = str(row._meta.model_name)
    for field in [field for field in fields_of(noun) if field.is_unique]:
        value = row.custom.get(field.key)  # type: ignore[attr-defined]
        mine = CustomKey.objects.filter(field=field, object_id=row.pk)
        if value is None:
            mine.delete()
            continue
        try:
            with transaction.atomic():
                CustomKey.objects.update_or_create(field=field, object_id=row.pk, defaults={"value": unrepeatable(value)})
        except IntegrityError:
            raise CannotRepeat(repeats(field, value)) from None


def repeats(field: CustomField, value: Any) -> str:
    """What is said to somebody whose value another row has."""
    return _("Another row has “%(value)s” as %(label)s already; it must not repeat.") % {"value": value, "label": field}


Place = tuple[int, int]  # field and row


def claim_many(wanted: dict[Place, str | None]) -> dict[Place, int]:
    """``claim_keys`` for many rows in a few statements, by field and row; None frees what the row had. In the transaction that writes the rows.

    Gives the values that another row holds, with that row (0 when it is gone again); who lost one value keeps all that it had before.
    """
    fields, rows = {field for field, _pk in wanted}, {pk for _field, pk in wanted}
    before = {(key.field_id, key.object_id): key for key in CustomKey.objects.filter(field__in=fields, object_id__in=rows)}
    freed = {place for place in wanted if place in before and before[place].value != wanted[place]}
    if freed:
        CustomKey.objects.filter(pk__in=[before[place].pk for place in freed]).delete()
    new = [(field, value, pk) for (field, pk), value in wanted.items() if value is not None and ((field, pk) not in before or (field, pk) in freed)]
    # In one order for everybody, the one of ``claim_keys``, so that two who want the same values never wait for each other in a ring.
    rank = {field.pk: number for number, field in enumerate(all_fields())}
    new.sort(key=lambda one: (rank.get(one[0], 0), one[1]))
    CustomKey.objects.bulk_create([CustomKey(field_id=field, value=value, object_id=pk) for field, value, pk in new], ignore_conflicts=True)
    values = {value for value in wanted.values() if value is not None}
    held = {(field, value): pk for field, value, pk in CustomKey.objects.filter(field__in=fields, value__in=values).values_list("field", "value", "object_id")}
    lost = {(field, pk): held.get((field, value), 0) for (field, pk), value in wanted.items() if value is not None and held.get((field, value)) != pk}
    if lost:
        _give_back(wanted, before, lost)
    return lost


def _give_back(wanted: dict[Place, str | None], before: dict[Place, CustomKey], lost: dict[Place, int]) -> None:
    """Rows that lost a value keep what they had; whoever took one of those in the same breath loses it again (and is added to ``lost``)."""
    while True:
        out = {pk for _field, pk in lost}
        kept = {(field, key.value): pk for (field, pk), key in before.items() if pk in out}
        more = {(field, pk): kept[field, value] for (field, pk), value in wanted.items() if pk not in out and value is not None and (field, value) in kept}
        if not more:
            break
        lost.update(more)
    CustomKey.objects.filter(field__in={field for field, _pk in wanted}, object_id__in=out).delete()
    CustomKey.objects.bulk_create(
        [CustomKey(field_id=field, value=key.value, object_id=pk) for (field, pk), key in before.items() if pk in out], ignore_conflicts=True
    )


def drop_keys(rows: Iterable[models.Model]) -> None:
    """Free the values of rows that are gone."""
    rows = list(rows)
    if rows:
        noun = str(rows[0]._meta.model_name)
        CustomKey.objects.filter(field__model=noun, object_id__in=[row.pk for row in rows]).delete()


# --- filters, the same on both databases ----------------------------------------------------------
class HoldsValue(Func):
    """Whether the value under a key is this one, or a list with this one in it (SQLite)."""

    output_field = models.BooleanField()

    def __init__(self, column: str, key: str, value: Any):
        self.key, self.value = key, value
        super().__init__(models.F(column))

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        column, params = compiler.compile(self.source_expressions[0])
        kinds = "('true', 'false')" if isinstance(self.value, bool) else "('text', 'integer', 'real')"
        sql = f"EXISTS(SELECT 1 FROM json_each({column}, %s) AS held WHERE held.value = %s AND held.type IN {kinds})"  # noqa: S608  # nosec B608: column from the compiler
        return sql, [*params, f'$."{self.key}"', self.value]


def holds(field: CustomField, value: Any) -> Any:
    """The condition that rows hold a value, or have it among several; on PostgreSQL the index on values answers it."""
    if connection.vendor == "postgresql":
        several = Q(custom__contains={field.key: [value]})
        return several if field.type == FieldType.MULTI else Q(custom__contains={field.key: value})
    return HoldsValue("custom", field.key, value)


def empty(field: CustomField) -> Any:
    """The condition that rows have no value."""
    return ~Q(custom__has_key=field.key)


def compared(rows: QuerySet, field: CustomField, *, least: Any = None, most: Any = None) -> QuerySet:
    """Rows whose number, amount or day lies between two bounds, each may be missing; rows without a value are left out."""
    name = f"x_{field.key}"
    rows = rows.alias(**{name: KeyTransform(field.key, "custom")})
    if least is not None:
        rows = rows.filter(**{f"{name}__gte": _plain(least)})
    if most is not None:
        rows = rows.filter(**{f"{name}__lte": _plain(most)})
    return rows


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def with_text(rows: QuerySet, field: CustomField, text: str) -> QuerySet:
    """Rows in which the value has the text inside, letters of either case."""
    name = f"t_{field.key}"
    return rows.alias(**{name: KeyTextTransform(field.key, "custom")}).filter(**{f"{name}__icontains": text})


def for_list(rows: QuerySet, fields: Iterable[CustomField], *, by: Any, sort: str = "") -> QuerySet:
    """Rows with what the list's columns need: what it sorts by, and the names of related rows that the person sees; no query per row."""
    for field in fields:
        if field.type in SORTABLE and sort.lstrip("-") == field.name:
            rows = rows.annotate(**{f"sort_{field.key}": KeyTransform(field.key, "custom")})
        elif field.type == FieldType.RELATION:
            target = TARGETS[field.target]
            seen = target.objects.visible_to(by) if hasattr(target.objects, "visible_to") else target.objects.all()
            pk = Cast(KeyTextTransform(field.key, OuterRef("custom")), BigIntegerField())
            name = "display_name" if field.target == FieldTarget.PERSON else "name"
            rows = rows.annotate(**{f"related_{field.key}": Subquery(seen.filter(pk=pk).order_by().values(name)[:1])})
    return rows
