"""Saving a row under a name, with its version, its history and its place in the index."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from foundation.integrity import claim_version
from foundation.search.services import index


def save_new(row: models.Model, *, by: Any) -> None:
    """Insert a row; its first history row names the person."""
    row._history_user = by  # type: ignore[attr-defined]
    row.save(force_insert=True)


def save_changes(row: models.Model, changes: dict[str, Any], *, version: int, by: Any) -> list[str]:
    """Write the fields that differ, unless somebody else was faster (Stale); gives their names."""
    different = [name for name, value in changes.items() if getattr(row, name) != value]
    claim_version(row, version)
    if different:
        for name in different:
            setattr(row, name, changes[name])
        row._history_user = by  # type: ignore[attr-defined]
        touched = {*different, "version"} | ({"updated_at"} if hasattr(row, "updated_at") else set())
        if "phone" in different and hasattr(row, "phone_key"):
            touched.add("phone_key")
        row.save(update_fields=touched)
    return different


def note_history(rows: Iterable[models.Model], *, by: Any, reason: str = "", update: bool = True) -> None:
    """Write the history rows that a conditional or a bulk UPDATE does not write itself."""
    rows = list(rows)
    if rows:
        type(rows[0]).history.bulk_history_create(rows, batch_size=500, update=update, default_user=by, default_change_reason=reason[:100])  # type: ignore[attr-defined]


def completeness(row: models.Model, wanted: Iterable[str]) -> dict[str, int]:
    """How many of the wanted fields are filled, as a usage event counts them."""
    names = list(wanted)
    return {"filled": sum(1 for name in names if getattr(row, name) not in (None, "")), "required": len(names)}


def find_again(row: models.Model) -> None:
    """Renew the row's place in the index."""
    index(row)
