"""Values of custom fields that must not repeat: told in the dry run, held by the database while rows are written."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext as _

from crm_core.models import CustomField, CustomKey, ImportBatch, ImportRow, RowAction
from crm_core.services.custom_fields import fields_of
from crm_core.services.custom_values import Place, claim_many, repeats, unrepeatable
from crm_core.services.importing.seen import SeenKeys
from crm_core.services.importing.swapping import Exchange, Held

if TYPE_CHECKING:
    from crm_core.services.importing.planning import Plan

Wanted = list[tuple[CustomField, Any]]


class Unrepeated:
    """The unrepeatable fields that a batch brings values of; a batch without any costs nothing."""

    def __init__(self, batch: ImportBatch, custom: dict[str, CustomField], seen: SeenKeys | None):
        brought = {*batch.mapping.values(), *batch.defaults}
        self.batch, self.seen = batch, seen
        self.fields = [field for name, field in custom.items() if field.is_unique and name in brought]
        self.met: dict[str, int] = {}  # of a few rows that are planned without the rest of their file
        self.exchange: Exchange | None = None  # while it is asked which rows could have what others give up
        self.granted: frozenset[int] = frozenset()  # rows that may have it

    def wanted(self, action: str, values: dict[str, Any], changes: dict[str, Any]) -> Wanted:
        """The values that a row would bring or change, by field."""
        if action == RowAction.CREATE:
            before, after = {}, values.get("custom", {})
        else:
            before, after = changes.get("custom", ({}, {}))
        found = [(field, after[field.key]) for field in self.fields if after.get(field.key) is not None]
        return [(field, value) for field, value in found if field.key not in before or unrepeatable(before[field.key]) != unrepeatable(value)]

    # --- the dry run -----------------------------------------------------------------------------
    def check(self, plans: Iterable["Plan"]) -> None:
        """Refuse rows whose value another record has, or an earlier row of the same file; one query."""
        asked = [(plan, found) for plan in plans if self.fields and (found := self.wanted(plan.action, plan.values, plan.changes))]
        if not asked:
            return
        held = _holders(self.fields, {unrepeatable(value) for _plan, found in asked for _field, value in found})
        for plan, found in asked:
            target = plan.target.pk if plan.target is not None else None
            for field, value in found:
                holder = held.held.get((field.pk, unrepeatable(value)))
                if holder is not None and holder != target:
                    self._held_elsewhere(plan, field, value)
                elif earlier := self._earlier(field, value, plan.row.row_no):
                    plan.problems[field.name] = _said_earlier(field, value, earlier)
            if any(field.name in plan.problems for field, _value in found):
                plan.refuse()
                if self.exchange is not None:
                    self.exchange.wants.pop(plan.row.row_no, None)
            elif self.exchange is None:
                self.remember(found, plan.row.row_no)

    def _held_elsewhere(self, plan: "Plan", field: CustomField, value: Any) -> None:
        """Another record has the value: refused, unless a row of the file makes it give that up."""
        row_no = plan.row.row_no
        if self.exchange is not None:
            self.exchange.wants.setdefault(row_no, []).append((field.pk, unrepeatable(value)))
        elif row_no not in self.granted:
            plan.problems[field.name] = repeats(field, value)

    def given_up(self, changes: dict[str, Any] | None) -> Iterator[Held]:
        """The values that an update replaces by others."""
        before, after = (changes or {}).get("custom", ({}, {}))
        for field in self.fields:
            old, new = before.get(field.key), after.get(field.key)
            if old is not None and (new is None or unrepeatable(new) != unrepeatable(old)):
                yield field.pk, unrepeatable(old)

    def recall(self, row: ImportRow) -> None:
        """Know again what a row brings that was planned before a kill."""
        if self.fields and row.action in (RowAction.CREATE, RowAction.UPDATE, RowAction.MERGE):
            self.remember(self.wanted(row.action, row.values or {}, row.changes or {}), row.row_no)

    def remember(self, found: Wanted, row_no: int) -> None:
        """The values are this row's from now on."""
        for name in [_name(field, value) for field, value in found]:
            if self.seen is not None:
                self.seen.first([name], row_no)
            else:
                self.met.setdefault(name, row_no)

    def _earlier(self, field: CustomField, value: Any, row_no: int) -> int:
        name = _name(field, value)
        found = self.seen.met(name) if self.seen is not None else self.met.get(name, 0)
        return found if found != row_no else 0

    # --- the load --------------------------------------------------------------------------------
    def brings_any(self, plans: Iterable["Plan"]) -> bool:
        """Whether any of the rows has a value that must be held."""
        return bool(self.fields) and any(next(self._held_by(plan), None) for plan in plans)

    def hold(self, plans: list["Plan"]) -> None:
        """Keep the values for the records to be written; a row that lost one to somebody who was faster is refused. In the transaction of the chunk."""
        wanted: dict[Place, tuple[Plan, CustomField, Any]] = {}
        of_record: dict[int, list[Plan]] = {}
        for plan in plans:
            for field, value in self._held_by(plan):
                wanted[field.pk, plan.key] = (plan, field, value)
                of_record.setdefault(plan.key, []).append(plan)
        lost = claim_many({place: unrepeatable(value) for place, (_plan, _field, value) in wanted.items()})
        if not lost:
            return
        rows = self._rows_of(set(lost.values()), plans)
        for (field_pk, key), holder in lost.items():
            _plan, field, value = wanted[field_pk, key]
            for plan in of_record[key]:  # two rows of a chunk may be about one record
                plan.problems[field.name] = _said_earlier(field, value, rows[holder]) if holder in rows else repeats(field, value)
                plan.refuse()

    @staticmethod
    def _after(plan: "Plan") -> dict[str, Any]:
        if plan.action == RowAction.CREATE:
            return dict(plan.values.get("custom", {}))
        return dict(plan.changes["custom"][1]) if "custom" in plan.changes else {}

    def _held_by(self, plan: "Plan") -> Iterator[tuple[CustomField, Any]]:
        """All values that the record will have, so that what was written before it was held is held from now on."""
        if plan.action in (RowAction.CREATE, RowAction.UPDATE, RowAction.MERGE):
            after = self._after(plan)
            yield from ((field, after[field.key]) for field in self.fields if after.get(field.key) is not None)

    def _rows_of(self, holders: set[int], plans: list["Plan"]) -> dict[int, int]:
        """Row of this file by record, for those who lost against it."""
        loaded = ImportRow.objects.filter(batch=self.batch, applied=True, undone=False, target_id__in=holders)
        return {int(pk or 0): row_no for pk, row_no in loaded.values_list("target_id", "row_no")} | {
            plan.key: plan.row.row_no for plan in plans if plan.key in holders
        }


# --- the undo ----------------------------------------------------------------------------------------
def unique_fields(model: type[models.Model]) -> list[CustomField]:
    """The fields of the model in which values must not repeat."""
    return [field for field in fields_of(str(model._meta.model_name)) if field.is_unique]


def hold_again(model: type[models.Model], customs: dict[int, dict[str, Any] | None]) -> set[int]:
    """Keep the values to which records go back, and free the others; gives the records whose former value somebody else has by now."""
    fields = unique_fields(model)
    wanted: dict[Place, str | None] = {}
    for pk, custom in customs.items() if fields else ():
        if custom is not None:
            wanted |= {(field.pk, pk): unrepeatable(value) if (value := custom.get(field.key)) is not None else None for field in fields}
    return {pk for _field, pk in claim_many(wanted)} if wanted else set()


@dataclass(frozen=True)
class Holders:
    """Which records have values now, by field and value."""

    fields: list[CustomField]
    held: dict[tuple[int, str], int]

    def of(self, custom: dict[str, Any]) -> set[int]:
        """The records that have any of the values."""
        keys = [(field.pk, unrepeatable(value)) for field in self.fields if (value := custom.get(field.key)) is not None]
        return {self.held[key] for key in keys if key in self.held}


def holders_of(model: type[models.Model], customs: Iterable[dict[str, Any]]) -> Holders:
    """Who has the unrepeatable values of the given rows now; one query."""
    fields = unique_fields(model)
    return _holders(fields, {unrepeatable(value) for custom in customs for field in fields if (value := custom.get(field.key)) is not None})


def _holders(fields: list[CustomField], values: set[str]) -> Holders:
    rows = CustomKey.objects.filter(field__in=fields, value__in=values).values_list("field", "value", "object_id")
    return Holders(fields, {(field, value): pk for field, value, pk in rows})


def _name(field: CustomField, value: Any) -> str:
    return f"unique|{field.pk}|{unrepeatable(value)}"


def _said_earlier(field: CustomField, value: Any, row_no: int) -> str:
    return _("Row %(row)d of this file has “%(value)s” as %(label)s already; it must not repeat.") % {"row": row_no, "value": value, "label": field}
