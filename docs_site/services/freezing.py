"""The kept PDF of a signed version, and the passing one of a draft."""

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from docs_site.models import DocumentVersion, ProjectDocument, VersionState
from docs_site.reports import draft_context, version_context
from docs_site.services.signing import content_of
from foundation.integrity import Refused, sha256_of
from foundation.pdf import render_pdf

SHORT = 60_000  # characters of a draft that are rendered while a person waits


class CannotRenderVersion(Refused):
    """There is nothing to keep yet, or what is kept is not what was signed."""


def render_version(*, version: DocumentVersion) -> DocumentVersion:
    """Render a signed version once and keep the bytes and their hash; a second call changes nothing."""
    version = DocumentVersion.objects.select_related("document").get(pk=version.pk)
    if version.pdf_sha256:
        return version
    if version.state != VersionState.SIGNED:
        raise CannotRenderVersion(_("Only a signed version has a PDF."))
    if sha256_of(version.content) != version.content_sha256:
        raise CannotRenderVersion(_("The stored text is not the text that was signed. Tell your administrator."))
    data = render_pdf("docs_site/pdf/version.html", version_context(version), language=version.content["language"])
    with transaction.atomic():
        locked = DocumentVersion.objects.select_for_update().get(pk=version.pk)
        if not locked.pdf_sha256:
            locked.pdf.save("version.pdf", ContentFile(data), save=False)
            locked.pdf_sha256 = sha256_of(data)
            locked.save(update_fields=["pdf", "pdf_sha256"])
    return locked


def kept_pdf(*, version: DocumentVersion) -> bytes:
    """The kept bytes, proved against their hash before anybody gets them."""
    if not version.pdf_sha256:
        raise CannotRenderVersion(_("The PDF is still being made. Try again in a minute."))
    with version.pdf.open("rb") as file:
        data: bytes = file.read()
    if sha256_of(data) != version.pdf_sha256:
        raise CannotRenderVersion(_("The kept file is not the file that was made at signing. It is not handed out. Tell your administrator."))
    return data


def draft_pdf(*, document: ProjectDocument) -> bytes:
    """A PDF of the draft with DRAFT across every page; long drafts are printed from the browser instead."""
    content = content_of(document, 0)
    if sum(len(section["body"]) for section in content["sections"]) > SHORT:
        raise CannotRenderVersion(_("This draft is long. Open its print page and print from the browser."))
    return render_pdf("docs_site/pdf/version.html", draft_context(document, content), language=document.language)
