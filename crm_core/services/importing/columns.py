"""Which column goes where: kept per source in versions, so that its next file is matched by itself."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from crm_core.models import BatchState, ImportBatch, ImportMapping
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


@transaction.atomic
def save_mapping(
    *, batch: ImportBatch, mapping: dict[str, str], by: User, now: datetime, defaults: dict[str, str] | None = None, said: dict[str, str] | None = None
) -> None:
    """Say which column goes where, what stands where the file is silent, and how columns write days and amounts."""
    if batch.state not in (BatchState.MAPPING, BatchState.CHECKED):
        raise CannotMatch(_("This import is past matching."))
    batch.mapping, batch.state = mapping, BatchState.MAPPING
    if defaults is not None:
        batch.defaults = {key: text.strip() for key, text in defaults.items() if text.strip()}
    for place, order in (said or {}).items():
        batch.formats[place] = {**batch.formats.get(place, {}), "said": order}
    if batch.source:
        batch.mapping_used = _version(batch, by)
    batch.save(update_fields=["mapping", "state", "defaults", "formats", "mapping_used"])
    record(by=by, feature="crm.import.map", verb=Verb.UPDATE, obj=batch, now=now)


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
