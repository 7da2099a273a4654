"""Carry the rows that hang on a record over to another one, and write down each so that it can be carried back."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils.module_loading import import_string

from crm_core.models import CustomKey, Merge, MergeChange
from crm_core.services.saving import note_history

BATCH = 500
# Links to itself and the record of merges stay as they are.
NOT_CARRIED = {"merged_into"}


def plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value


def same_value(row: models.Model, name: str, kept: Any) -> bool:
    """Whether the row's value is what was written down."""
    return bool(plain(getattr(row, name)) == kept)


def restored(row: models.Model, name: str, kept: Any) -> Any:
    """What was written down, as the field wants it."""
    field = row._meta.get_field(name.removesuffix("_id")) if name.endswith("_id") and not _has(row, name) else row._meta.get_field(name)
    return kept if kept is None or field.is_relation or isinstance(field, models.JSONField) else field.to_python(kept)  # type: ignore[union-attr]


def _has(row: models.Model, name: str) -> bool:
    return any(field.name == name for field in row._meta.concrete_fields)


def links_to(model: Any) -> Iterator[tuple[type[models.Model], models.Field]]:
    """Every foreign key of whatever app that points at the model; copies of history keep what was."""
    for relation in model._meta.get_fields(include_hidden=True):
        if (relation.one_to_many or relation.one_to_one) and relation.auto_created and not relation.concrete:
            owner = relation.related_model
            is_history = hasattr(owner, "history_id") or owner.__name__.startswith("Historical")
            if not is_history and relation.field.name not in NOT_CARRIED and owner._meta.managed:
                yield owner, relation.field


def _is_unique_with(model: type[models.Model], field: models.Field) -> bool:
    """Whether a second row with the same link may be refused by the database."""
    names = {name for together in model._meta.unique_together for name in together}
    names |= {name for constraint in model._meta.constraints if isinstance(constraint, models.UniqueConstraint) for name in constraint.fields}
    checks = any(isinstance(constraint, models.CheckConstraint) and field.name in str(constraint.condition) for constraint in model._meta.constraints)
    return bool(field.unique) or field.name in names or checks


class Carrier:
    """Carries rows from several losers to the survivor in the open transaction; ``counts`` says how many of which kind."""

    def __init__(self, merge: Merge, *, losers: list[int], today: date, by: Any):
        self.merge, self.losers, self.today, self.by = merge, losers, today, by
        self.survivor = merge.survivor_id
        self.counts: dict[str, int] = {}
        self.left: dict[str, int] = {}

    def carry_all(self, model: Any) -> None:
        """Every row that points at a loser by a foreign key, and those of other apps that do by a number (settings.MERGE_FOLLOWERS)."""
        for owner, field in links_to(model):
            rows = owner._base_manager.filter(**{f"{field.name}__in": self.losers})
            self._carry(owner, rows, field.attname, careful=_is_unique_with(owner, field))
        self._carry(CustomKey, CustomKey.objects.filter(field__model=self.merge.subject, object_id__in=self.losers), "object_id", careful=True)
        for dotted in settings.MERGE_FOLLOWERS:
            for rows, name in import_string(dotted)(self.merge.subject):
                self._carry(rows.model, rows.filter(**{f"{name}__in": self.losers}), name, careful=True)

    def note(self, row: models.Model, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Write down a change that somebody else made to a row."""
        MergeChange.objects.create(merge=self.merge, model=row._meta.label, object_id=row.pk, before=before, after=after)

    def _carry(self, owner: type[models.Model], rows: Any, name: str, *, careful: bool) -> None:
        done = self._one_by_one(owner, rows, name) if careful else self._at_once(owner, rows, name)
        if done:
            self.counts[owner._meta.label] = self.counts.get(owner._meta.label, 0) + done

    def _at_once(self, owner: type[models.Model], rows: Any, name: str) -> int:
        pairs = list(rows.values_list("pk", name))
        for start in range(0, len(pairs), BATCH):
            part = pairs[start : start + BATCH]
            MergeChange.objects.bulk_create(
                MergeChange(merge=self.merge, model=owner._meta.label, object_id=pk, before={name: old}, after={name: self.survivor}) for pk, old in part
            )
            found = owner._base_manager.filter(pk__in=[pk for pk, _old in part])
            found.update(**{name: self.survivor})
            if hasattr(owner, "history"):
                note_history(list(found.all()), by=self.by, reason="merge")
        return len(pairs)

    def _one_by_one(self, owner: type[models.Model], rows: Any, name: str) -> int:
        """Rows of which the survivor may have its own: a link that is there already is ended, a second main one becomes an ordinary one, else it stays."""
        done = 0
        for row in rows.order_by("pk"):
            for changes in self._ways(row, name):
                if self._try(row, changes):
                    done += 1
                    break
            else:
                self.left[owner._meta.label] = self.left.get(owner._meta.label, 0) + 1
        return done

    def _ways(self, row: models.Model, name: str) -> Iterable[dict[str, Any]]:
        move = {name: self.survivor}
        yield move
        ordinary = {flag: False for flag in ("is_main", "is_default") if getattr(row, flag, False)}
        if ordinary:
            yield move | ordinary
        if hasattr(row, "ends_on") and row.ends_on is None:
            starts = getattr(row, "starts_on", None)
            yield move | ordinary | {"ends_on": max(self.today, starts) if starts else self.today}

    def _try(self, row: models.Model, changes: dict[str, Any]) -> bool:
        before = {name: plain(getattr(row, name)) for name in changes}
        try:
            with transaction.atomic():
                type(row)._base_manager.filter(pk=row.pk).update(**changes)
        except IntegrityError:
            return False
        self.note(row, before, {name: plain(value) for name, value in changes.items()})
        if hasattr(type(row), "history"):
            note_history([type(row)._base_manager.get(pk=row.pk)], by=self.by, reason="merge")
        return True


# --- back again --------------------------------------------------------------------------------------------
def contradictions(merge: Merge) -> list[MergeChange]:
    """Rows that somebody has changed since in the very facts that the merge changed; rows that are gone contradict nothing."""
    return [change for change, row in _rows(merge) if not all(same_value(row, name, kept) for name, kept in (change.after or {}).items())]


def carry_back(merge: Merge, *, by: Any) -> int:
    """Put every row back to what it was before the merge, the last first."""
    done = 0
    for change, row in _rows(merge):
        values = {name: restored(row, name, kept) for name, kept in (change.before or {}).items()}
        type(row)._base_manager.filter(pk=row.pk).update(**values)
        if hasattr(type(row), "history"):
            note_history([type(row)._base_manager.get(pk=row.pk)], by=by, reason="undo merge")
        done += 1
    return done


def _rows(merge: Merge) -> Iterator[tuple[MergeChange, models.Model]]:
    changes = list(merge.changes.order_by("-pk"))
    for start in range(0, len(changes), BATCH):
        part = changes[start : start + BATCH]
        kept: dict[str, dict[int, models.Model]] = {}
        for label in {change.model for change in part}:
            model = apps.get_model(label)
            kept[label] = model._base_manager.in_bulk([change.object_id for change in part if change.model == label])
        for change in part:
            if (row := kept[change.model].get(change.object_id)) is not None:
                yield change, row
