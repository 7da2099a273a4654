"""Which column goes where: kept per source in versions, so that its next file is matched by itself."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from crm_core.models import BatchState, ImportBatch, ImportMapping, ImportWord
from crm_core.services.importing.fields import auto_mapping, fields_of
from foundation.integrity import Refused
from foundation.people.models import User
from foundation.usage.models import Verb
from foundation.usage.services import record

AUTO = "auto"


class CannotMatch(Refused):
    """No matching of that name is kept, or the import is past matching."""

    status = 400


def kept_mapping(batch: ImportBatch, name: str = "") -> ImportMapping | None:
    """The kept matching for a batch: the one named (``source`` or ``source@version``), else that of its source; none for ``auto``."""
    if name == AUTO or (not name and not batch.source):
        return None
    source, at, number = (name or batch.source).rpartition("@")
    rows = ImportMapping.objects.filter(kind=batch.kind)
    found = rows.filter(source=source, number=number).first() if at and number.isdigit() else rows.filter(source=name or batch.source, is_current=True).first()
    if name and found is None:
        raise CannotMatch(_("No matching of columns is kept under “%(name)s”.") % {"name": name})
    return found


def said_formats(batch: ImportBatch, found: dict[str, Any], kept: ImportMapping | None) -> dict[str, Any]:
    """What the columns show, with what was said before of the columns of this source."""
    formats = dict(found)
    said = dict(kept.formats) if kept else {}
    if batch.continues:
        before = batch.continues
        said |= {
            before.headings[int(place)]: facts["said"] for place, facts in before.formats.items() if facts.get("said") and int(place) < len(before.headings)
        }
    for place, heading in enumerate(batch.headings):
        if heading in said:
            formats[str(place)] = formats.get(str(place), {}) | {"said": said[heading]}
    return formats


def open_formats(batch: ImportBatch) -> list[str]:
    """Columns, by number, whose days or amounts can be read in two ways and about which nobody has said anything yet."""
    kinds = {field.key: field.kind for field in fields_of(batch.kind)}
    found = []
    for place, key in batch.mapping.items():
        facts, kind = batch.formats.get(place, {}), kinds.get(key, "text")
        if not facts.get("said") and kind in facts_asked(facts):
            found.append(place)
    return found


def facts_asked(facts: dict[str, Any]) -> set[str]:
    """Of what a column showed: whether its days, its amounts or both have to be asked about."""
    asked = {"date"} if facts.get("ask") or facts.get("serial") else set()
    return asked | ({"money"} if facts.get("ask_money") else set())


def same_headings(batch: ImportBatch) -> ImportMapping | None:
    """The matching last kept for a file that had all the headings of this one: proposed when nobody named a source."""
    named = {heading for heading in batch.headings if heading}
    rows = ImportMapping.objects.filter(kind=batch.kind, is_current=True).select_related("updated_by").order_by("-updated_at")[:200]
    return next((row for row in rows if named and named <= row.fields.keys() and any(row.fields[heading] for heading in named)), None)


@transaction.atomic
def save_mapping(
    *,
    batch: ImportBatch,
    mapping: dict[str, str],
    by: User,
    now: datetime,
    defaults: dict[str, str] | None = None,
    said: dict[str, str] | None = None,
    source: str | None = None,
) -> None:
    """Say which column goes where, what stands where the file is silent, how columns write days and amounts, and under which name it is kept."""
    _claim(batch)
    batch.mapping = mapping
    if source is not None and source.strip() != batch.source:
        _rename_source(batch, source.strip())
    if defaults is not None:
        batch.defaults = {key: text.strip() for key, text in defaults.items() if text.strip()}
    for place, order in (said or {}).items():
        facts = {name: value for name, value in batch.formats.get(place, {}).items() if name != "said"}
        batch.formats[place] = facts | ({"said": order} if order else {})
    batch.mapping_used = _version(batch, by) if batch.source else None
    batch.save(update_fields=["mapping", "state", "defaults", "formats", "mapping_used", "source"])
    record(by=by, feature="crm.import.map", verb=Verb.UPDATE, obj=batch, now=now)


def _claim(batch: ImportBatch) -> None:
    """Back to matching, unless somebody started the load in the same moment."""
    if not ImportBatch.objects.filter(pk=batch.pk, state__in=(BatchState.MAPPING, BatchState.CHECKED)).update(state=BatchState.MAPPING):
        raise CannotMatch(_("This import is past matching."))
    batch.state = BatchState.MAPPING


def _rename_source(batch: ImportBatch, source: str) -> None:
    """Words that were matched for the file alone become words of its source, unless that one knows them."""
    alone = ImportWord.objects.filter(source=f"#{batch.pk}")
    if not batch.source and source:
        known = set(ImportWord.objects.filter(source=source).values_list("field", "word_fold"))
        for word in alone:
            if (word.field, word.word_fold) not in known:
                word.source = source
                word.save(update_fields=["source"])
    batch.source = source


@transaction.atomic
def take_version(*, batch: ImportBatch, mapping: ImportMapping, by: User, now: datetime) -> None:
    """Match a batch by a kept version of its source's matching, which is in use again from now on."""
    if (mapping.kind, mapping.source) != (batch.kind, batch.source):
        raise CannotMatch(_("That matching belongs to another source."))
    _claim(batch)
    use_version(mapping=mapping, by=by)
    batch.mapping, batch.mapping_used, batch.defaults = auto_mapping(batch.kind, batch.headings, mapping.fields), mapping, dict(mapping.defaults)
    shown = {place: {name: value for name, value in facts.items() if name != "said"} for place, facts in batch.formats.items()}
    batch.formats = said_formats(batch, shown, mapping)
    batch.save(update_fields=["mapping", "mapping_used", "defaults", "formats"])


def _version(batch: ImportBatch, by: User) -> ImportMapping:
    """The version of the source's matching that says just this; a new one when none in use does."""
    fields = {heading: batch.mapping.get(str(place), "") for place, heading in enumerate(batch.headings)}
    formats = {batch.headings[int(place)]: facts["said"] for place, facts in batch.formats.items() if facts.get("said") and int(place) < len(batch.headings)}
    rows = ImportMapping.objects.select_for_update().filter(kind=batch.kind, source=batch.source)
    current = rows.filter(is_current=True).first()
    # A file with fewer columns says nothing against what is known of the others.
    content = {
        "fields": (current.fields if current else {}) | fields,
        "defaults": batch.defaults,
        "formats": (current.formats if current else {}) | formats,
        "source_kind": batch.source_kind,
    }
    if current is not None and all(getattr(current, name) == value for name, value in content.items()):
        return current
    last = rows.aggregate(last=Max("number"))["last"] or 0
    rows.filter(is_current=True).update(is_current=False)
    return ImportMapping.objects.create(kind=batch.kind, source=batch.source, number=last + 1, updated_by=by, **content)


@transaction.atomic
def use_version(*, mapping: ImportMapping, by: User) -> ImportMapping:
    """Put an earlier version of a source's matching in use again."""
    rows = ImportMapping.objects.select_for_update().filter(kind=mapping.kind, source=mapping.source)
    rows.filter(is_current=True).update(is_current=False)
    rows.filter(pk=mapping.pk).update(is_current=True)
    mapping.refresh_from_db()
    record(by=by, feature="crm.import.map", verb=Verb.UPDATE, obj=mapping)
    return mapping
