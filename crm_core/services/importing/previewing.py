"""What the first rows of a file will be understood as, before anything is checked or kept."""

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime

from crm_core.field_values import seen_fields, show_value
from crm_core.models import ImportBatch, ImportKind, ImportRow
from crm_core.models.book import book_of
from crm_core.models.custom_field import PREFIX
from crm_core.services.importing.cells import text_of
from crm_core.services.importing.cleaning import Cleaner
from crm_core.services.importing.fields import fields_of
from crm_core.services.importing.words import CODED, LOOSE, PLACES, PLAIN_CHOICES, said_word
from crm_core.veils import as_seen, import_level
from foundation.people.models import User


@dataclass(frozen=True)
class Understood:
    """A cell as it stands, what it will become, or why it cannot be taken."""

    text: str
    value: str = ""
    problem: str = ""


def understood(
    batch: ImportBatch, rows: Iterable[ImportRow], *, mapping: dict[str, str], said: dict[str, str], defaults: dict[str, str]
) -> list[dict[int, Understood]]:
    """For each row its cells by number of the column, read as the given matching and formats would have them; writes nothing."""
    trial = copy.copy(batch)
    trial.mapping, trial.defaults = mapping, defaults
    trial.formats = {place: dict(facts) for place, facts in batch.formats.items()}
    for number, order in said.items():
        trial.formats[number] = {**trial.formats.get(number, {}), "said": order}
    cleaner, found = Cleaner(trial), []
    for row in rows:
        values, problems = cleaner.clean(row.raw)
        cells = {}
        for place in range(len(batch.headings)):
            text = text_of(row.raw[place]) if place < len(row.raw) else ""
            key = mapping.get(str(place), "")
            cells[place] = Understood(text, _said(cleaner, key, values) if key and text else "", problems.get(key, "") if key else "")
        found.append(cells)
    return found


def _said(cleaner: Cleaner, key: str, values: dict[str, Any]) -> str:
    """A value in words, in the reader's language."""
    if key in cleaner.custom:
        return show_value(cleaner.custom[key], values.get("custom", {}).get(key.removeprefix(PREFIX)))
    if key in ("region", "city", "country"):
        return book_of("region").path(values["region"]) if values.get("region") else str(values.get("region_text", ""))
    value = values.get(key, "")
    if not value:
        return ""
    if key in PLAIN_CHOICES:
        return said_word(key, str(value))
    if dictionary := CODED.get(key) or LOOSE.get(key):
        return book_of(dictionary).label(value)
    field = cleaner.fields[key]
    if field.kind == "date" and (moment := parse_datetime(value)):
        return date_format(localtime(moment), "DATETIME_FORMAT" if moment.time().isoformat() != "00:00:00" else "DATE_FORMAT")
    return str(value)


def said_changes(batch: ImportBatch, row: ImportRow, by: User) -> list[tuple[Any, str, str]]:
    """What an update or a merge changes: field, before and after, in words; without fields that the person may not see."""
    labels: dict[str, Any] = {field.key: field.label for field in fields_of(batch.kind)}
    found: list[tuple[Any, str, str]] = []
    for key, (before, after) in (row.changes or {}).items():
        if key == "custom":
            for field in seen_fields("contact" if batch.kind == ImportKind.CONTACT else "account", by):
                old, new = before.get(field.key), after.get(field.key)
                if old != new:
                    found.append((labels.get(field.name, field), show_value(field, old), show_value(field, new)))
            continue
        whose, name, level = import_level("contact" if batch.kind == ImportKind.CONTACT else "account", key, by)
        if level:
            before, after = as_seen(whose, name, before, level), as_seen(whose, name, after, level)
        found.append((labels.get(key, labels["region"] if key == "region_text" and "region" in labels else key), _word(key, before), _word(key, after)))
    return found


def _word(key: str, value: Any) -> str:
    if not value:
        return ""
    if key in PLAIN_CHOICES:
        return said_word(key, str(value))
    dictionary = CODED.get(key) or LOOSE.get(key) or PLACES.get(key)
    return book_of(dictionary).path(str(value)) if dictionary else str(value)
