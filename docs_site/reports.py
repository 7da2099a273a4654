"""What the PDF of a version or of a draft shows."""

from typing import Any

from django.utils import translation

from docs_site.models import DocumentKind, DocumentVersion, ProjectDocument
from docs_site.richtext import safe_html

MARK = "rollout-suite-version"


def mark_of(version: DocumentVersion) -> str:
    """The words by which a PDF names its version; printed, and kept in the file's keywords."""
    return f"{MARK}:{version.public_id}:{version.content_sha256}"


def sections_of(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Sections with their text cleaned for output."""
    return [{**section, "html": safe_html(section["body"])} for section in content["sections"]]


def kind_name(content: dict[str, Any]) -> str:
    """The kind's word in the active language."""
    return str(DocumentKind(content["kind"]).label) if content.get("kind") in DocumentKind.values else ""


def version_context(version: DocumentVersion) -> dict[str, Any]:
    """Everything on the pages of a signed version's PDF, in the language of the document."""
    content = version.content
    signatures = version.signatures.select_related("department", "signed_by", "signer").order_by("signed_at", "pk")
    with translation.override(content["language"]):
        rows = [
            {
                "name": signature.signer_name,
                "deputy": str(signature.signed_by) if signature.by_deputy else "",
                "role": signature.role,
                "department": str(signature.department or ""),
                "meaning": str(signature.get_meaning_display()),
                "statement": signature.statement,
                "at": signature.signed_at,
                "sha256": signature.content_sha256,
            }
            for signature in signatures
        ]
        kind = kind_name(content)
    return {
        "version": version,
        "content": content,
        "sections": sections_of(content),
        "kind": kind,
        "signatures": rows,
        "mark": mark_of(version),
        "is_draft": False,
    }


def draft_context(document: ProjectDocument, content: dict[str, Any]) -> dict[str, Any]:
    """The same pages for a draft: no number, no signatures, and the word that says so."""
    with translation.override(content["language"]):
        kind = kind_name(content)
    return {
        "version": None,
        "document": document,
        "content": content,
        "sections": sections_of(content),
        "kind": kind,
        "signatures": [],
        "mark": "",
        "is_draft": True,
    }
