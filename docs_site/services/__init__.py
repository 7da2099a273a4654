"""The verbs of documents: drafts, signatures, kept PDFs, comparison, verification."""

from docs_site.services.comments import CannotComment, add_comment, resolve_comment
from docs_site.services.drafts import (
    CannotCreateDocument,
    CannotSaveDocument,
    SectionText,
    archive_document,
    attach_file,
    create_document,
    import_markdown,
    remove_attachment,
    save_draft,
    set_readers,
)
from docs_site.services.freezing import CannotRenderVersion, draft_pdf, kept_pdf, render_version
from docs_site.services.reading import compare_versions, draft_content, last_seen_by
from docs_site.services.signing import (
    CannotRejectVersion,
    CannotSignVersion,
    CannotSubmitVersion,
    CannotWithdrawVersion,
    count_waiting,
    open_request_for,
    reject_version,
    remind_signers,
    sign_version,
    submit_version,
    withdraw_version,
)
from docs_site.services.verifying import Verdict, verify_pdf

__all__ = [
    "CannotComment",
    "CannotCreateDocument",
    "CannotRejectVersion",
    "CannotRenderVersion",
    "CannotSaveDocument",
    "CannotSignVersion",
    "CannotSubmitVersion",
    "CannotWithdrawVersion",
    "SectionText",
    "Verdict",
    "add_comment",
    "archive_document",
    "attach_file",
    "compare_versions",
    "count_waiting",
    "create_document",
    "draft_content",
    "draft_pdf",
    "import_markdown",
    "kept_pdf",
    "last_seen_by",
    "open_request_for",
    "reject_version",
    "remind_signers",
    "remove_attachment",
    "render_version",
    "resolve_comment",
    "save_draft",
    "set_readers",
    "sign_version",
    "submit_version",
    "verify_pdf",
    "withdraw_version",
]
