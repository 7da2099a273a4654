"""Defining custom fields: at once in use, without a restart or a migration."""

import re
from collections import Counter
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from crm_core.field_values import clean_value
from crm_core.models import Account, Contact, CustomField, CustomKey, Dictionary, FieldType, Opportunity, Stamp
from crm_core.models.book import forget
from crm_core.models.custom_field import STAMP
from crm_core.services.custom_values import unrepeatable
from crm_core.services.dictionary_editing import add_entry, create_dictionary
from foundation.integrity import Refused, claim_version
from foundation.jobs.services import enqueue
from foundation.people.models import User
from foundation.search.services import bulk_index, own_entry
from foundation.text import fold, name_key
from foundation.usage.models import Verb
from foundation.usage.services import record

MODELS: dict[str, Any] = {"account": Account, "contact": Contact, "opportunity": Opportunity}
MOST = 300  # live fields on one model; beyond that nobody finds them
CHUNK = 200
NEVER_UNIQUE = {FieldType.MULTI, FieldType.BOOLEAN}


class CannotDefine(Refused):
    """The definition collides with another or with what rows hold already."""


def renew() -> None:
    """Say to every process that the fields have changed."""
    Stamp.renew(STAMP)
    forget()


def key_for(model: str, label: str) -> str:
    """A key that no field of the model ever had, from the English or the pinyin of a label."""
    stem = re.sub(r"[^a-z0-9]+", "_", name_key(label)).strip("_")[:30].strip("_") or "field"
    stem = stem if stem[0].isalpha() else f"f_{stem}"
    taken = set(CustomField.objects.filter(model=model).values_list("key", flat=True))
    return next(key for key in (stem, *(f"{stem}_{number}" for number in range(2, 10_000))) if key not in taken)


@transaction.atomic
def define_field(*, data: dict[str, Any], options: list[str], by: User) -> CustomField:
    """A new field; the words in ``options`` become a dictionary of its own when it is a choice and none is named."""
    data = dict(data)
    data["key"] = data.get("key") or key_for(data["model"], data.get("label_en") or data["label"])
    field = CustomField(**data, created_by=by)
    if CustomField.objects.live().filter(model=field.model).count() >= MOST:
        raise CannotDefine(_("There are %(count)d fields already. Retire those that nobody fills.") % {"count": MOST})
    if field.type in {FieldType.CHOICE, FieldType.MULTI} and field.dictionary is None:
        field.dictionary = _own_dictionary(field, options, by)
    _check(field)
    field.order = field.order or (CustomField.objects.filter(model=field.model).order_by("-order").values_list("order", flat=True).first() or 0) + 10
    field._history_user = by  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            field.save(force_insert=True)
    except IntegrityError:
        raise CannotDefine(_("The key “%(key)s” was used before; a key is never used twice, not even that of a retired field.") % {"key": field.key}) from None
    renew()
    _check_default(field)
    record(by=by, feature="crm.customfield.create", verb=Verb.CREATE, obj=field)
    return field


def _own_dictionary(field: CustomField, options: list[str], by: User) -> Dictionary:
    words = list(dict.fromkeys(word.strip() for word in options if word.strip()))
    if not words:
        raise CannotDefine(_("Say what can be chosen: one choice to a line, or a dictionary."))
    key = f"{field.model}_{field.key}"[:50].rstrip("_")
    if Dictionary.objects.filter(key=key).exists():
        raise CannotDefine(_("There is a dictionary “%(key)s” already; choose it, or give the field another key.") % {"key": key})
    dictionary = create_dictionary(data={"key": key, "name": field.label, "name_en": field.label_en}, by=by)
    for word in words:
        name, _cut, name_en = word.partition("|")
        add_entry(dictionary=dictionary, data={"name": name.strip()[:80], "name_en": name_en.strip()[:80]}, by=by)
    return dictionary


@transaction.atomic
def change_field(*, field: CustomField, changes: dict[str, Any], version: int, by: User) -> CustomField:
    """Another wording, place or rule; key, type and model stay. Raises Stale when somebody was faster."""
    was_unique, was_found = field.is_unique, field.in_search
    claim_version(field, version)
    for name, value in changes.items():
        setattr(field, name, value)
    _check(field)
    _check_default(field)
    field._history_user = by  # type: ignore[attr-defined]
    field.save()
    if field.is_unique and not was_unique:
        _claim_all(field)
    elif was_unique and not field.is_unique:
        CustomKey.objects.filter(field=field).delete()
    renew()
    if field.in_search != was_found:
        enqueue(
            task="crm_core.tasks.index_custom_field",
            by=by,
            title=_("Search: %(field)s") % {"field": field},
            payload={"field": field.pk},
            key=f"custom-field-{field.pk}",
            again=True,
        )
    record(by=by, feature="crm.customfield.edit", verb=Verb.UPDATE, obj=field)
    return field


def retire_field(*, field: CustomField, version: int, by: User, now: datetime) -> CustomField:
    """Take a field out of forms, lists and the API; what rows hold stays with them."""
    return change_field(field=field, changes={"retired_at": now}, version=version, by=by)


def revive_field(*, field: CustomField, version: int, by: User) -> CustomField:
    """Bring a retired field back, with everything that rows hold."""
    return change_field(field=field, changes={"retired_at": None}, version=version, by=by)


@transaction.atomic
def move_field(*, field: CustomField, up: bool, by: User) -> None:
    """Change places with the next field of the same model, up or down."""
    rows = list(CustomField.objects.select_for_update().live().filter(model=field.model).order_by("order", "pk"))
    place = next(number for number, row in enumerate(rows) if row.pk == field.pk)
    other = place - 1 if up else place + 1
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    for number, row in enumerate(rows, start=1):
        if row.order != number * 10:
            row.order = number * 10
            row._history_user = by  # type: ignore[attr-defined]
            row.save(update_fields=["order"])
    renew()


def _check(field: CustomField) -> None:
    if field.is_unique and field.type in NEVER_UNIQUE:
        raise CannotDefine(_("Values of this type always repeat."))
    if field.retired_at is not None:
        return
    labels = {fold(label) for label in (field.label, field.label_en) if label}
    for other in CustomField.objects.live().filter(model=field.model).exclude(pk=field.pk):
        if labels & {fold(label) for label in (other.label, other.label_en) if label}:
            raise CannotDefine(_("There is a field “%(label)s” already; files and colleagues could not tell them apart.") % {"label": other})
    for shipped in MODELS[field.model]._meta.concrete_fields:
        if shipped.editable and fold(str(shipped.verbose_name)) in labels:
            raise CannotDefine(_("“%(label)s” is there already, as a field that ships with the CRM.") % {"label": shipped.verbose_name})


def _check_default(field: CustomField) -> None:
    if field.default in (None, ""):
        field.default = None
        return
    try:
        field.default = clean_value(field, field.default)
    except ValidationError as error:
        raise CannotDefine(_("The default does not fit: %(reason)s") % {"reason": " ".join(error.messages)}) from error
    if field.pk:
        CustomField.objects.filter(pk=field.pk).update(default=field.default)


def _claim_all(field: CustomField) -> None:
    """Keep every value for its row; refuses when rows hold the same one already, naming the values."""
    rows = MODELS[field.model]._default_manager.filter(custom__has_key=field.key).order_by("pk").values_list("pk", "custom")
    held = [(pk, unrepeatable(custom[field.key])) for pk, custom in rows.iterator(chunk_size=1000)]
    twice = [value for value, count in Counter(value for _pk, value in held).most_common(5) if count > 1]
    if twice:
        raise CannotDefine(_("Rows hold the same value already: %(values)s. Correct these first.") % {"values": "、".join(twice)})
    CustomKey.objects.bulk_create([CustomKey(field=field, object_id=pk, value=value) for pk, value in held], batch_size=500)


def index_chunk(field: CustomField, after: int) -> tuple[int, int]:
    """Renew the place in the index of the next rows that hold a value; gives the last row and how many."""
    rows = list(MODELS[field.model].objects.live().filter(custom__has_key=field.key, pk__gt=after).order_by("pk")[:CHUNK])
    bulk_index((row, entry) for row in rows if (entry := own_entry(row)) is not None)
    return (rows[-1].pk if rows else after), len(rows)


def filled_count(field: CustomField) -> int:
    """How many rows hold a value."""
    return int(MODELS[field.model]._default_manager.filter(custom__has_key=field.key).count())
