"""Messages about documents: who gets which, and where it leads."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from docs_site.models import DocumentComment, DocumentVersion
from foundation.notices.kinds import NoticeKind
from foundation.notices.services import notify

KINDS = [
    NoticeKind("document_sign", _("A document waits for your signature")),
    NoticeKind("document_signed", _("A document was signed")),
    NoticeKind("document_rejected", _("A document was rejected or withdrawn")),
    NoticeKind("document_reminder", _("A signature of yours is due")),
    NoticeKind("document_comment", _("Somebody commented on your document")),
]


def _words(version: DocumentVersion) -> dict[str, Any]:
    return {"code": version.content["code"], "title": version.content["title"], "number": version.number}


def _sign_url(version: DocumentVersion) -> str:
    return reverse("docs_site:version_sign", args=[version.pk])


def _concerned(version: DocumentVersion, by: Any) -> list[Any]:
    """Owner, submitter and everybody asked, without the person who acts."""
    people = {version.document.owner, version.created_by, *(request.signer for request in version.requests.select_related("signer"))}
    return sorted((person for person in people if person.pk != by.pk), key=lambda person: person.pk)


def asked_to_sign(version: DocumentVersion, *, to: Sequence[Any], by: Any) -> None:
    """To the signers: read this version and sign or reject it."""
    notify(
        to=to,
        kind="document_sign",
        subject=_("Please sign %(code)s %(title)s, version %(number)s") % _words(version),
        body=_("Read the text, then sign it with your password or reject it with a reason."),
        url=_sign_url(version),
        by=by,
    )


def reminder(version: DocumentVersion, *, to: Sequence[Any]) -> None:
    """To those who have not signed: it is due."""
    notify(
        to=to,
        kind="document_reminder",
        subject=_("Your signature is due: %(code)s %(title)s, version %(number)s") % _words(version),
        body=_("Sign it, reject it, or let your deputy sign."),
        url=_sign_url(version),
        by=None,
    )


def version_signed(version: DocumentVersion, *, by: Any) -> None:
    """To all concerned: every signature is there."""
    notify(
        to=_concerned(version, by),
        kind="document_signed",
        subject=_("Signed by everybody: %(code)s %(title)s, version %(number)s") % _words(version),
        body=_("The version is frozen. Its PDF can be downloaded from the page of the version."),
        url=version.get_absolute_url(),
        by=by,
    )


def version_rejected(version: DocumentVersion, *, by: Any) -> None:
    """To all concerned: the version goes back to its author."""
    notify(
        to=_concerned(version, by),
        kind="document_rejected",
        subject=_("Rejected: %(code)s %(title)s, version %(number)s") % _words(version),
        body=version.close_reason,
        url=version.get_absolute_url(),
        by=by,
    )


def version_withdrawn(version: DocumentVersion, *, by: Any) -> None:
    """To all concerned: there is nothing to sign any more."""
    notify(
        to=_concerned(version, by),
        kind="document_rejected",
        subject=_("Withdrawn: %(code)s %(title)s, version %(number)s") % _words(version),
        body=version.close_reason or _("The author withdrew this version."),
        url=version.get_absolute_url(),
        by=by,
    )


def comment_written(comment: DocumentComment, *, by: Any) -> None:
    """To the owner of the document: somebody remarked on it."""
    notify(
        to=[comment.document.owner],
        kind="document_comment",
        subject=_("%(name)s commented on %(title)s") % {"name": str(by), "title": comment.document.title},
        body=comment.body[:300],
        url=f"{comment.document.get_absolute_url()}#comments",
        by=by,
    )
