"""Remarks on the sections of a document."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from docs_site import notices
from docs_site.models import DocumentComment, ProjectDocument
from foundation.integrity import Refused


class CannotComment(Refused):
    """The remark cannot be taken."""


@transaction.atomic
def add_comment(*, document: ProjectDocument, section_key: str, body: str, by: Any, now: datetime) -> DocumentComment:
    """A remark on a section, or on the whole document when the key is empty; the owner is told."""
    body = body.replace("\x00", "").strip()[:4000]
    if not body:
        raise CannotComment(_("Write what you want to say first."))
    if section_key and not document.sections.filter(key=section_key).exists():
        raise CannotComment(_("That section is no longer in the draft."))
    comment = DocumentComment.objects.create(document=document, section_key=section_key, author=by, body=body, created_at=now)
    if document.owner_id != by.pk:
        notices.comment_written(comment, by=by)
    return comment


@transaction.atomic
def resolve_comment(*, comment: DocumentComment, by: Any, now: datetime) -> None:
    """Say that a remark is dealt with, or open it again."""
    comment.resolved_at, comment.resolved_by = (None, None) if comment.resolved_at else (now, by)
    comment.save(update_fields=["resolved_at", "resolved_by"])
