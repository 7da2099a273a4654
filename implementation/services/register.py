"""The document register: what each phase owes, and the document behind it."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from docs_site.models import ProjectDocument
from docs_site.services import create_document
from foundation.integrity import Refused, claim_version
from foundation.people.models import User
from foundation.usage.models import Verb
from foundation.usage.services import record
from implementation.models import RegisterEntry
from implementation.models.naming import in_language
from implementation.services.rollout import require_open


class CannotChangeRegister(Refused):
    """The register cannot be changed like this."""


def _write(entry: RegisterEntry) -> None:
    try:
        with transaction.atomic():
            entry.save()
    except IntegrityError as error:
        raise CannotChangeRegister(_("The phase already owes a document called “%(title)s”.") % {"title": entry.title}) from error


@transaction.atomic
def add_entry(*, entry: RegisterEntry, by: User) -> RegisterEntry:
    """The phase owes one more document."""
    require_open(entry.rollout)
    _write(entry)
    record(by=by, feature="rollout.register.create", verb=Verb.CREATE, obj=entry)
    return entry


@transaction.atomic
def change_entry(*, entry: RegisterEntry, sent_version: int, values: dict[str, Any], by: User) -> RegisterEntry:
    """Save what is owed, by whom, until when, and which document it is."""
    require_open(entry.rollout)
    claim_version(entry, sent_version)
    for name, value in values.items():
        setattr(entry, name, value)
    _write(entry)
    record(by=by, feature="rollout.register.update", verb=Verb.UPDATE, obj=entry)
    return entry


@transaction.atomic
def remove_entry(*, entry: RegisterEntry, sent_version: int, by: User) -> None:
    """The phase does not owe the document any more; a signed one stays."""
    require_open(entry.rollout)
    if entry.is_signed:
        raise CannotChangeRegister(_("“%(title)s” is signed and stays in the register.") % {"title": entry})
    claim_version(entry, sent_version)
    record(by=by, feature="rollout.register.delete", verb=Verb.DELETE, obj=entry)
    entry.delete()


@transaction.atomic
def start_document(*, entry: RegisterEntry, sent_version: int, by: User, now: datetime) -> ProjectDocument:
    """Create the owed document from the entry, in the language of whoever starts it, owned by whoever owes it."""
    require_open(entry.rollout)
    if entry.document_id:
        raise CannotChangeRegister(_("“%(title)s” already has a document.") % {"title": entry})
    claim_version(entry, sent_version)
    language = "en" if (get_language() or "").startswith("en") else "zh-hans"
    title = entry.title_en or entry.title if language == "en" else entry.title
    entry.document = create_document(
        title=f"{title} · {in_language(entry.rollout.name, entry.rollout.name_en)}"[:200],
        kind=entry.kind,
        language=language,
        by=by,
        now=now,
        owner=entry.owed_by or by,
        department=entry.rollout.department,
    )
    entry.save()
    record(by=by, feature="rollout.register.update", verb=Verb.UPDATE, obj=entry)
    return entry.document
