"""What the views of documents share: fetching rows that the person may see, tones of states."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from docs_site.models import DocumentState, DocumentVersion, ProjectDocument, VersionState

DOCUMENT_TONES = {DocumentState.DRAFT: "neutral", DocumentState.IN_REVIEW: "watch", DocumentState.SIGNED: "good"}
VERSION_TONES = {VersionState.IN_REVIEW: "watch", VersionState.SIGNED: "good", VersionState.REJECTED: "bad", VersionState.WITHDRAWN: "neutral"}


def fetch_document(request: HttpRequest, pk: int) -> ProjectDocument:
    """The document if the person may see it, else 404."""
    rows: Any = ProjectDocument.objects.visible_to(request.user).select_related("owner", "department", "current_version", "updated_by")
    return get_object_or_404(rows, pk=pk)


def fetch_version(request: HttpRequest, pk: int) -> DocumentVersion:
    """The version if the person may see its document, else 404."""
    rows: Any = DocumentVersion.objects.visible_to(request.user).select_related("document__owner", "document__department", "created_by", "closed_by")
    return get_object_or_404(rows, pk=pk)
