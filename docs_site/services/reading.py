"""Comparisons between the versions and the draft of a document."""

from typing import Any

from django.utils.translation import gettext as _

from docs_site.comparing import Comparison, compare_contents
from docs_site.models import DocumentVersion, ProjectDocument
from docs_site.services.signing import content_of


def compare_versions(*, old: DocumentVersion | dict[str, Any], new: DocumentVersion | dict[str, Any]) -> Comparison:
    """What differs from ``old`` to ``new``; each is a version or the content of a draft."""
    contents = [side.content if isinstance(side, DocumentVersion) else side for side in (old, new)]
    return compare_contents(contents[0], contents[1], {"title": _("Title"), "summary": _("What it is for"), "attachments": _("Attachments")})


def draft_content(*, document: ProjectDocument) -> dict[str, Any]:
    """The draft in the form that versions have, under number 0."""
    return content_of(document, 0)


def last_seen_by(*, person: Any, document: ProjectDocument, before: DocumentVersion) -> DocumentVersion | None:
    """The version that the person signed last before this one; otherwise the last one signed by everybody."""
    earlier = document.versions.filter(number__lt=before.number).order_by("-number")
    own: DocumentVersion | None = earlier.filter(signatures__signer=person).first()
    return own or earlier.signed().first()
