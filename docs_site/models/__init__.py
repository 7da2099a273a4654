"""Models of this app, one file per aggregate."""

from docs_site.models.document import (
    DocumentAttachment,
    DocumentComment,
    DocumentKind,
    DocumentReader,
    DocumentSection,
    DocumentState,
    ProjectDocument,
)
from docs_site.models.guide import GuideIndexPage, GuidePage, GuidePageBase, GuideVote, HomePage
from docs_site.models.version import DocumentVersion, Meaning, Signature, SignatureRequest, VersionState

__all__ = [
    "DocumentAttachment",
    "DocumentComment",
    "DocumentKind",
    "DocumentReader",
    "DocumentSection",
    "DocumentState",
    "DocumentVersion",
    "GuideIndexPage",
    "GuidePage",
    "GuidePageBase",
    "GuideVote",
    "HomePage",
    "Meaning",
    "ProjectDocument",
    "Signature",
    "SignatureRequest",
    "VersionState",
]
