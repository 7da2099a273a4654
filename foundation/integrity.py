"""Refusals, lost updates and content hashes: what keeps rows true when several people write."""

import hashlib
import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext as _


class Refused(Exception):
    """A service will not do what was asked; the text is a sentence for the person who asked."""

    status = 409


class Stale(Refused):
    """Somebody else changed the row since the person opened it."""


class Outdated(Stale):
    """A program sent a change that was based on another version than the row has now."""

    status = 412

    def __init__(self, version: int):
        super().__init__(_("The record has changed: it is at version %(version)d now. Read it again, then decide.") % {"version": version})
        self.version = version


def claim_version(row: models.Model, sent: int) -> None:
    """Move the row from version ``sent`` to the next in one conditional UPDATE; raise Stale when another was faster."""
    changed = type(row)._default_manager.filter(pk=row.pk, version=sent).update(version=sent + 1)
    if not changed:
        raise Stale(_("Somebody else changed this in the meantime. Look at both versions, then save again."))
    row.version = sent + 1  # type: ignore[attr-defined]


def canonical_json(content: Any) -> str:
    """JSON with sorted keys, no spaces and unescaped Unicode: equal content gives equal bytes."""
    return json.dumps(content, cls=DjangoJSONEncoder, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256_of(content: Any) -> str:
    """SHA-256 in hexadecimal, of bytes as they are or of any other content as canonical JSON in UTF-8."""
    data = content if isinstance(content, bytes) else canonical_json(content).encode()
    return hashlib.sha256(data).hexdigest()
