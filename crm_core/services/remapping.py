"""Moving rows from one value of a dictionary to another in one go, and back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from crm_core.models import (
    Account,
    AccountContact,
    CodeField,
    Contact,
    CustomField,
    Dictionary,
    DictionaryEntry,
    FieldType,
    Opportunity,
    Remap,
    RemapRow,
    RemapState,
)
from crm_core.models.book import book_of
from crm_core.models.custom_field import all_fields
from crm_core.services.custom_values import holds
from crm_core.services.saving import note_history
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.search.services import bulk_index, own_entry
from foundation.usage.models import Verb
from foundation.usage.services import record

CHUNK = 100
AT_ONCE = 300  # so many rows are moved while the person waits
MODELS: dict[str, Any] = {"account": Account, "contact": Contact, "opportunity": Opportunity}


class CannotRemap(Refused):
    """The rows cannot be moved to that value, or are being moved already."""


@dataclass(frozen=True)
class Place:
    """A field of a model, shipped or custom, that holds codes of a dictionary."""

    model: Any
    name: str
    custom: CustomField | None = None

    @property
    def key(self) -> str:
        """The place in one word, as re-mapped rows remember it."""
        return f"{self.model._meta.model_name}.{'custom.' if self.custom else ''}{self.name}"

    @property
    def label(self) -> str:
        """Model and field in words."""
        field = str(self.custom) if self.custom else str(self.model._meta.get_field(self.name).verbose_name)
        return f"{self.model._meta.verbose_name} · {field}"

    def rows(self, code: str) -> QuerySet:
        """Rows that hold the code, thrown away ones too."""
        return self.model._default_manager.filter(holds(self.custom, code) if self.custom else Q(**{self.name: code}))

    def held(self, row: Any) -> Any:
        """What the row holds here."""
        return row.custom.get(self.custom.key) if self.custom else getattr(row, self.name)

    def put(self, row: Any, old: str, new: str) -> None:
        """Put one code in the place of another."""
        if self.custom is None:
            setattr(row, self.name, new)
            return
        value = self.held(row)
        put = list(dict.fromkeys(new if code == old else code for code in value)) if isinstance(value, list) else new
        row.custom = {**row.custom, self.custom.key: put}

    def has(self, row: Any, code: str) -> bool:
        """Whether the row holds the code now."""
        value = self.held(row)
        return code in value if isinstance(value, list) else value == code

    def list_url(self, code: str) -> str:
        """The list of these rows, where there is one that filters by the field."""
        noun = self.model._meta.model_name
        if self.custom is not None and self.custom.in_filter and not self.custom.retired_at:
            return f"{reverse(f'crm_core:{noun}_list')}?{self.custom.name}={code}"
        if self.model is Account and self.name in {"industry", "level", "source", "region"} and code in book_of(self.name).words:
            return f"{reverse('crm_core:account_list')}?{self.name}={code}"
        return ""


def places_of(dictionary: Dictionary) -> list[Place]:
    """Where codes of the dictionary stand: fields that ship and fields that administrators added, retired ones too."""
    found = [
        Place(model, field.name)
        for model in apps.get_app_config("crm_core").get_models()
        if not model.__name__.startswith("Historical")
        for field in model._meta.concrete_fields
        if isinstance(field, CodeField) and field.dictionary == dictionary.key
    ]
    kinds = {FieldType.CHOICE, FieldType.MULTI}
    return found + [Place(MODELS[field.model], field.key, field) for field in all_fields() if field.dictionary_id == dictionary.pk and field.type in kinds]


# --- how many, and whose --------------------------------------------------------------------------------
def count_rows(dictionary: Dictionary, code: str) -> int:
    """How many rows hold the code."""
    return sum(place.rows(code).count() for place in places_of(dictionary))


def counts_by_code(dictionary: Dictionary) -> dict[str, int]:
    """How many rows hold each value of the dictionary, and each text that is none; one query per place."""
    found: dict[str, int] = {}
    for place in places_of(dictionary):
        if place.custom is None:
            rows = place.model._default_manager.exclude(**{place.name: ""}).order_by().values_list(place.name).annotate(number=Count("pk"))
            for code, number in rows:
                found[code] = found.get(code, 0) + number
        else:
            for code in book_of(dictionary.key).words:
                if number := place.rows(code).count():
                    found[code] = found.get(code, 0) + number
    return found


def who_holds(dictionary: Dictionary, code: str) -> list[dict[str, Any]]:
    """For each place the number of rows by department and owner, with the list that shows them."""
    found = []
    for place in places_of(dictionary):
        rows, prefix = place.rows(code), "account__" if place.model is AccountContact else ""
        names = (f"{prefix}department__name", f"{prefix}owner__display_name")
        counted = rows.order_by().values_list(*names).annotate(number=Count("pk")).order_by("-number", *names)[:100]
        groups = [{"department": department or "", "owner": owner or "", "count": number} for department, owner, number in counted]
        if groups:
            found.append({"place": place, "label": place.label, "groups": groups, "count": rows.count(), "url": place.list_url(code)})
    return found


def unknown_words(dictionary: Dictionary) -> list[tuple[str, int]]:
    """Texts that stand where codes should, because nobody understood them, the most frequent first."""
    words = book_of(dictionary.key).words
    return sorted(((text, count) for text, count in counts_by_code(dictionary).items() if text not in words), key=lambda pair: (-pair[1], pair[0]))


# --- moving ----------------------------------------------------------------------------------------------
@transaction.atomic
def start_remap(*, dictionary: Dictionary, from_code: str, to: DictionaryEntry, by: User, now: datetime) -> Remap:
    """Say that the rows with a value, or with a text that is none, are moved to another value; ``run_chunk`` moves them."""
    if to.dictionary_id != dictionary.pk or to.code == from_code:
        raise CannotRemap(_("Choose another value of the same dictionary."))
    if not to.is_valid_on(now.date()):
        raise CannotRemap(_("“%(value)s” is retired itself; choose one that can be chosen today.") % {"value": to})
    try:
        with transaction.atomic():
            remap = Remap.objects.create(dictionary=dictionary, from_code=from_code, to_entry=to, by=by, started_at=now)
    except IntegrityError:
        raise CannotRemap(_("These rows are being re-mapped already.")) from None
    record(by=by, feature="crm.dictionary.remap", verb=Verb.RUN, obj=dictionary)
    return remap


@transaction.atomic
def run_chunk(remap: Remap, *, by: User, now: datetime) -> int:
    """Move the next rows; gives how many, 0 when none is left and the re-mapping is done."""
    locked = Remap.objects.select_for_update().select_related("to_entry", "dictionary").get(pk=remap.pk)
    if locked.state != RemapState.RUNNING:
        return 0
    to = locked.to_entry.code
    for place in places_of(locked.dictionary):
        rows = list(place.rows(locked.from_code).select_for_update(of=("self",)).order_by("pk")[:CHUNK])
        if rows:
            RemapRow.objects.bulk_create([RemapRow(remap=locked, place=place.key, object_id=row.pk) for row in rows], ignore_conflicts=True)
            _write(place, rows, lambda row, place=place: place.put(row, locked.from_code, to), by=by, reason=f"re-mapping {locked.pk}")  # type: ignore[misc]
            Remap.objects.filter(pk=locked.pk).update(moved=models.F("moved") + len(rows))
            remap.refresh_from_db()
            return len(rows)
    Remap.objects.filter(pk=locked.pk).update(state=RemapState.DONE, ended_at=now)
    remap.refresh_from_db()
    return 0


def start_undo(*, remap: Remap, by: User) -> None:
    """Say that the rows go back to the value that they had."""
    if not Remap.objects.filter(pk=remap.pk, state=RemapState.DONE).update(state=RemapState.UNDOING, undone_by=by):
        raise CannotRemap(_("Only a finished re-mapping can be undone, and only once."))
    remap.refresh_from_db()


@transaction.atomic
def undo_chunk(remap: Remap, *, by: User, now: datetime) -> int:
    """Give the next rows their value back; what somebody changed since stays as it is and is counted."""
    locked = Remap.objects.select_for_update().select_related("to_entry", "dictionary").get(pk=remap.pk)
    if locked.state != RemapState.UNDOING:
        return 0
    left = list(locked.rows.filter(undone=False).order_by("pk")[:CHUNK])
    kept = 0
    places = {place.key: place for place in places_of(locked.dictionary)}
    for key in {row.place for row in left}:
        place, ids = places.get(key), [row.object_id for row in left if row.place == key]
        found = list(place.model._default_manager.select_for_update(of=("self",)).filter(pk__in=ids)) if place else []
        same = [row for row in found if place and place.has(row, locked.to_entry.code)]
        kept += len(ids) - len(same)
        if place and same:
            _write(place, same, lambda row, place=place: place.put(row, locked.to_entry.code, locked.from_code), by=by, reason=f"re-mapping {locked.pk} undone")  # type: ignore[misc]
    RemapRow.objects.filter(pk__in=[row.pk for row in left]).update(undone=True)
    ended: dict[str, Any] = {} if left else {"state": RemapState.UNDONE, "ended_at": now}
    Remap.objects.filter(pk=locked.pk).update(kept=models.F("kept") + kept, **ended)
    remap.refresh_from_db()
    return len(left)


def _write(place: Place, rows: list[Any], put: Callable[[Any], None], *, by: User, reason: str) -> None:
    touched = ["custom" if place.custom else place.name]
    for row in rows:
        put(row)
        if hasattr(row, "version"):
            row.version += 1
    if hasattr(rows[0], "version"):
        touched.append("version")
    type(rows[0])._default_manager.bulk_update(rows, touched)
    note_history(rows, by=by, reason=reason)
    if hasattr(rows[0], "search_entry"):
        bulk_index((row, entry) for row in rows if row.deleted_at is None and (entry := own_entry(row)) is not None)


def all_chunks(remap: Remap, *, by: User, now: datetime) -> Iterator[int]:
    """Run or undo to the end, chunk by chunk; gives the rows done so far."""
    step = undo_chunk if remap.state == RemapState.UNDOING else run_chunk
    done = 0
    while count := step(remap, by=by, now=now):
        done += count
        yield done
