"""Changing dictionaries: add, rename, move, retire; every wording that once stood stays in the history."""

import re
from datetime import date, datetime, time
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm_core.models import Dictionary, DictionaryEntry, Stamp
from crm_core.models.book import Word, forget
from foundation.integrity import Refused, claim_version
from foundation.people.models import User
from foundation.text import fold, name_key
from foundation.usage.models import Verb
from foundation.usage.services import record

STEP = 10


class CannotAddEntry(Refused):
    """The code or the name is taken, or the place in the tree does not fit."""


class CannotChangeEntry(Refused):
    """What was asked would break the dictionary."""


class CannotRetire(Refused):
    """The value cannot be replaced by the one that was named."""


def renew(dictionary: Dictionary) -> None:
    """Say to every process that the dictionary has changed."""
    Stamp.renew(f"dictionary:{dictionary.key}")
    forget()


@transaction.atomic
def create_dictionary(*, data: dict[str, Any], by: User) -> Dictionary:
    """Begin a dictionary of one's own."""
    dictionary = Dictionary(**data)
    dictionary._history_user = by  # type: ignore[attr-defined]
    dictionary.save(force_insert=True)
    renew(dictionary)
    record(by=by, feature="crm.dictionary.create", verb=Verb.CREATE, obj=dictionary)
    return dictionary


@transaction.atomic
def change_dictionary(*, dictionary: Dictionary, changes: dict[str, Any], version: int, by: User) -> Dictionary:
    """Call a dictionary something else; raises Stale when somebody was faster."""
    claim_version(dictionary, version)
    for name, value in changes.items():
        setattr(dictionary, name, value)
    dictionary._history_user = by  # type: ignore[attr-defined]
    dictionary.save(update_fields=[*changes, "version"])
    renew(dictionary)
    return dictionary


def code_for(dictionary: Dictionary, name: str) -> str:
    """A code that nobody has yet, from the English or the pinyin of a name."""
    stem = re.sub(r"[^a-z0-9]+", "_", name_key(name)).strip("_")[:30] or "value"
    taken = set(dictionary.entries.values_list("code", flat=True))
    return next(code for code in (stem, *(f"{stem}_{number}" for number in range(2, 10_000))) if code not in taken)


@transaction.atomic
def add_entry(*, dictionary: Dictionary, data: dict[str, Any], by: User) -> DictionaryEntry:
    """One more value, at the end of its level; without a code it gets one from its name."""
    data = dict(data)
    data["code"] = data.get("code") or code_for(dictionary, data.get("name_en") or data["name"])
    entry = DictionaryEntry(dictionary=dictionary, **data)
    _check_name(entry)
    _check_parent(entry)
    last = dictionary.entries.filter(parent=entry.parent).order_by("-order").values_list("order", flat=True).first()
    entry.order = entry.order or (last or 0) + STEP
    entry._history_user = by  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError:
        raise CannotAddEntry(_("The code “%(code)s” is taken; a code is never used twice, not even a retired one.") % {"code": entry.code}) from None
    renew(dictionary)
    record(by=by, feature="crm.dictionary.edit", verb=Verb.CREATE, obj=dictionary)
    return entry


@transaction.atomic
def change_entry(*, entry: DictionaryEntry, changes: dict[str, Any], version: int, by: User) -> DictionaryEntry:
    """Another wording, place or time; the code stays. Raises Stale when somebody was faster."""
    claim_version(entry, version)
    for name, value in changes.items():
        setattr(entry, name, value)
    _check_name(entry)
    _check_parent(entry)
    if entry.replaced_by_id:
        _check_replacement(entry, entry.replaced_by)  # type: ignore[arg-type]
    entry._history_user = by  # type: ignore[attr-defined]
    entry.save()
    renew(entry.dictionary)
    record(by=by, feature="crm.dictionary.retire" if "valid_to" in changes else "crm.dictionary.edit", verb=Verb.UPDATE, obj=entry.dictionary)
    return entry


def retire_entry(*, entry: DictionaryEntry, version: int, by: User, on: date, replaced_by: DictionaryEntry | None = None) -> DictionaryEntry:
    """From ``on`` a value cannot be chosen any more; rows that hold it keep it, readable, until they are re-mapped."""
    if replaced_by is not None:
        _check_replacement(entry, replaced_by)
    if entry.valid_from and on < entry.valid_from:
        raise CannotRetire(_("It is valid from %(day)s; it cannot end before.") % {"day": entry.valid_from})
    return change_entry(entry=entry, changes={"valid_to": on, "replaced_by": replaced_by}, version=version, by=by)


def revive_entry(*, entry: DictionaryEntry, version: int, by: User) -> DictionaryEntry:
    """A retired value can be chosen again."""
    return change_entry(entry=entry, changes={"valid_to": None, "replaced_by": None}, version=version, by=by)


@transaction.atomic
def move_entry(*, entry: DictionaryEntry, before: DictionaryEntry | None, by: User) -> None:
    """Put a value before another of its level, or at the end."""
    siblings = list(DictionaryEntry.objects.select_for_update().filter(dictionary=entry.dictionary, parent=entry.parent_id).order_by("order", "pk"))
    if before is not None and before.pk not in {row.pk for row in siblings}:
        raise CannotChangeEntry(_("Values change places only within their level."))
    rest = [row for row in siblings if row.pk != entry.pk]
    place = next((place for place, row in enumerate(rest) if before is not None and row.pk == before.pk), len(rest))
    mine = next(row for row in siblings if row.pk == entry.pk)
    for number, row in enumerate([*rest[:place], mine, *rest[place:]], start=1):
        if row.order != number * STEP:
            row.order = number * STEP
            row._history_user = by  # type: ignore[attr-defined]
            row.save(update_fields=["order"])
    renew(entry.dictionary)


def _check_name(entry: DictionaryEntry) -> None:
    """Two values of one level that can be chosen must not read alike."""
    alike = DictionaryEntry.objects.filter(dictionary=entry.dictionary, parent=entry.parent_id, valid_to__isnull=True).exclude(pk=entry.pk)
    for other in alike if entry.valid_to is None else ():
        if fold(other.name) == fold(entry.name):
            raise CannotAddEntry(_("“%(name)s” is there already, under the code “%(code)s”.") % {"name": entry.name, "code": other.code})


def _check_parent(entry: DictionaryEntry) -> None:
    above, seen = entry.parent, set()
    while above is not None:
        if above.dictionary_id != entry.dictionary_id:
            raise CannotChangeEntry(_("The value above must be of the same dictionary."))
        if above.pk == entry.pk or above.pk in seen:
            raise CannotChangeEntry(_("A value cannot stand below itself."))
        seen.add(above.pk)
        above = above.parent


def _check_replacement(entry: DictionaryEntry, other: DictionaryEntry) -> None:
    if other.pk == entry.pk or other.dictionary_id != entry.dictionary_id or not other.is_valid_on(timezone.localdate()):
        raise CannotRetire(_("Replace it by another value of the dictionary that can be chosen today."))


# --- as it was ----------------------------------------------------------------------------------------
def words_on(dictionary: Dictionary, day: date) -> dict[str, Word]:
    """The wording of a day gone by, by code; what came later is left out. Entries without a word of that day keep their first."""
    end = timezone.make_aware(datetime.combine(day, time.max))
    rows = DictionaryEntry.history.filter(dictionary_id=dictionary.pk).order_by("order", "id", "history_date", "history_id")  # type: ignore[attr-defined]
    fields = ("id", "code", "name", "name_en", "aliases", "parent_id", "valid_from", "valid_to", "history_date", "history_type", "order")
    latest: dict[int, Any] = {}
    for row in sorted(rows.values_list(*fields, named=True), key=lambda row: (row.history_date, row.id)):
        if row.history_date <= end:
            latest[row.id] = row
    codes = {row.id: row.code for row in latest.values()}
    shown = sorted((row for row in latest.values() if row.history_type != "-"), key=lambda row: (row.order, row.id))
    return {
        row.code: Word(row.code, row.name, row.name_en, tuple(row.aliases or ()), codes.get(row.parent_id, ""), row.valid_from, row.valid_to) for row in shown
    }


def changes_of(dictionary: Dictionary, *, limit: int = 200) -> list[dict[str, Any]]:
    """Who changed what when, the newest first: for each change the fields with both wordings."""
    model = DictionaryEntry.history.model  # type: ignore[attr-defined]
    rows = list(
        model.objects.filter(dictionary_id=dictionary.pk)
        .exclude(history_change_reason="first wording")
        .select_related("history_user")
        .order_by("-history_date", "-history_id")[:limit]
    )
    found = []
    for row in rows:
        before = row.prev_record if row.history_type == "~" else None
        names = [
            name
            for name in ("name", "name_en", "aliases", "parent_id", "valid_from", "valid_to", "replaced_by_id")
            if before is None or getattr(before, name) != getattr(row, name)
        ]
        if before is not None and not names:
            continue  # only its place in the list
        found.append({"row": row, "changes": [_difference(before, row, name) for name in names] if before is not None else []})
    return found


def _difference(before: Any, after: Any, name: str) -> dict[str, Any]:
    field: Any = DictionaryEntry._meta.get_field(name)
    shown = []
    for row in (before, after):
        value = getattr(row, name)
        if name.endswith("_id"):
            value = str(DictionaryEntry.objects.filter(pk=value).first() or "") if value else ""
        shown.append("、".join(value) if isinstance(value, list) else value)
    return {"label": field.verbose_name, "before": shown[0], "after": shown[1]}
