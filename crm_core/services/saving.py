"""Saving a row under a name, with its version, its history and its place in the index."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from crm_core.field_values import fields_of
from crm_core.services.custom_values import claim_keys
from foundation.integrity import claim_version
from foundation.search.services import index
from foundation.usage.context import current_context
from foundation.usage.models import Surface


def door() -> str:
    """The door by which a change comes in, for its history: empty for the page, which is the usual one."""
    surface = current_context().surface
    return str(surface) if surface == Surface.API else ""


def save_new(row: models.Model, *, by: Any) -> None:
    """Insert a row; its first history row names the person."""
    row._history_user, row._change_reason = by, door()  # type: ignore[attr-defined]
    row.save(force_insert=True)
    if getattr(row, "custom", None):
        claim_keys(row)


def save_changes(row: models.Model, changes: dict[str, Any], *, version: int, by: Any) -> list[str]:
    """Write the fields that differ, unless somebody else was faster (Stale); gives their names."""
    different = [name for name, value in changes.items() if getattr(row, name) != value]
    claim_version(row, version)
    if different:
        for name in different:
            setattr(row, name, changes[name])
        row._history_user, row._change_reason = by, door()  # type: ignore[attr-defined]
        touched = {*different, "version"} | ({"updated_at"} if hasattr(row, "updated_at") else set())
        if "phone" in different and hasattr(row, "phone_key"):
            touched.add("phone_key")
        row.save(update_fields=touched)
        if "custom" in different:
            claim_keys(row)
    return different


def note_history(rows: Iterable[models.Model], *, by: Any, reason: str = "", update: bool = True) -> None:
    """Write the history rows that a conditional or a bulk UPDATE does not write itself."""
    rows = list(rows)
    if rows:
        type(rows[0]).history.bulk_history_create(rows, batch_size=500, update=update, default_user=by, default_change_reason=reason[:100])  # type: ignore[attr-defined]


def completeness(row: models.Model, wanted: Iterable[str]) -> dict[str, int]:
    """How many of the wanted fields, and of the custom fields that are required, are filled, as a usage event counts them."""
    found = [getattr(row, name) for name in wanted]
    if hasattr(row, "custom"):
        kind = getattr(row, "kind", "") or getattr(getattr(row, "account", None), "kind", "")
        found += [row.custom.get(field.key) for field in fields_of(str(row._meta.model_name), kind) if field.is_required]
    return {"filled": sum(1 for value in found if value not in (None, "")), "required": len(found)}


def find_again(row: models.Model) -> None:
    """Renew the row's place in the index."""
    index(row)
