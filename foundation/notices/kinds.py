"""The kinds of notices: each app lists its own, ``settings.NOTICE_KINDS`` names the lists."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from foundation.notices.models import Channel, Rhythm


@dataclass(frozen=True)
class NoticeKind:
    """One kind of message and how people hear of it unless they choose otherwise; one with ``must`` cannot be switched off."""

    key: str
    name: Any
    channel: str = Channel.EMAIL
    rhythm: str = Rhythm.IMMEDIATE
    must: bool = False


KINDS = [
    NoticeKind("job_set_aside", _("A job of mine was set aside after errors"), must=True),
    NoticeKind("job_ended", _("A long job of mine has ended"), channel=Channel.INBOX),
]


@cache
def _kinds(paths: tuple[str, ...]) -> dict[str, NoticeKind]:
    found: dict[str, NoticeKind] = {}
    for path in paths:
        for kind in import_string(path):
            if kind.key in found:
                raise ValueError(f"The notice kind {kind.key} is declared twice.")
            found[kind.key] = kind
    return found


def kinds() -> dict[str, NoticeKind]:
    """Every kind by its key."""
    return _kinds(tuple(settings.NOTICE_KINDS))


def kind_of(key: str) -> NoticeKind:
    """The kind with a key; a key that no app declares is a typing error."""
    try:
        return kinds()[key]
    except KeyError:
        raise LookupError(f"No list in settings.NOTICE_KINDS declares the notice kind {key}.") from None
