"""Comments, readers, attachments and the check of a PDF."""

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from docs_site.forms import PdfForm, ReadersForm
from docs_site.models import DocumentAttachment, DocumentComment, DocumentVersion, ProjectDocument
from docs_site.services import add_comment, attach_file, remove_attachment, resolve_comment, set_readers, verify_pdf
from docs_site.views.common import fetch_document
from foundation.ui.responses import redirect_with
from foundation.uploads import ARTEFACTS, UploadRefused, accept, serve


@require_POST
@permission_required("docs_site.comment_document", raise_exception=True)
def comment_add(request: HttpRequest, pk: int) -> HttpResponse:
    document = fetch_document(request, pk)
    key = request.POST.get("section", "")
    add_comment(document=document, section_key=key, body=request.POST.get("body", ""), by=request.user, now=timezone.now())
    return redirect_with(request, f"{document.get_absolute_url()}#{'s-' + key if key else 'comments'}", _("Comment added."))


@require_POST
@permission_required("docs_site.comment_document", raise_exception=True)
def comment_resolve(request: HttpRequest, pk: int) -> HttpResponse:
    comment = get_object_or_404(DocumentComment.objects.filter(document__in=ProjectDocument.objects.visible_to(request.user)).select_related("document"), pk=pk)
    resolve_comment(comment=comment, by=request.user, now=timezone.now())
    anchor = f"s-{comment.section_key}" if comment.section_key else "comments"
    return redirect_with(request, f"{comment.document.get_absolute_url()}#{anchor}", _("Resolved.") if comment.resolved_at else _("Open again."))


@require_POST
@permission_required("docs_site.change_document", raise_exception=True)
def document_readers(request: HttpRequest, pk: int) -> HttpResponse:
    document = fetch_document(request, pk)
    form = ReadersForm(request.POST)
    if not form.is_valid():
        return redirect_with(request, document.get_absolute_url(), _("One of these people is not here any more. Choose again."), "bad")
    set_readers(document=document, readers=list(form.cleaned_data["readers"]), by=request.user)
    return redirect_with(request, document.get_absolute_url(), _("Readers saved."))


@require_POST
@permission_required("docs_site.change_document", raise_exception=True)
def attachment_add(request: HttpRequest, pk: int) -> HttpResponse:
    document = fetch_document(request, pk)
    if "file" not in request.FILES:
        return redirect_with(request, document.get_absolute_url(), _("Choose a file first."), "bad")
    try:
        accepted = accept(request.FILES["file"], kinds=ARTEFACTS)
    except UploadRefused as error:
        return redirect_with(request, document.get_absolute_url(), " ".join(error.messages), "bad")
    attach_file(document=document, accepted=accepted, by=request.user)
    return redirect_with(request, document.get_absolute_url(), _("File attached."))


def _attachment(request: HttpRequest, pk: int) -> DocumentAttachment:
    rows = DocumentAttachment.objects.filter(document__in=ProjectDocument.objects.visible_to(request.user)).select_related("document")
    return get_object_or_404(rows, pk=pk)


@require_GET
@permission_required("docs_site.view_document", raise_exception=True)
def attachment_file(request: HttpRequest, pk: int) -> HttpResponse:
    attachment = _attachment(request, pk)
    return serve(attachment.file, attachment.name)


@require_POST
@permission_required("docs_site.change_document", raise_exception=True)
def attachment_remove(request: HttpRequest, pk: int) -> HttpResponse:
    attachment = _attachment(request, pk)
    remove_attachment(attachment=attachment, by=request.user, now=timezone.now())
    return redirect_with(request, attachment.document.get_absolute_url(), _("Removed from the draft. Versions that name it keep it."))


@require_http_methods(["GET", "POST"])
@permission_required("docs_site.view_document", raise_exception=True)
def document_verify(request: HttpRequest) -> HttpResponse:
    form = PdfForm(request.POST or None, request.FILES or None)
    verdict = None
    if request.method == "POST" and form.is_valid():
        try:
            accepted = accept(form.cleaned_data["file"], kinds={"pdf"})
        except UploadRefused as error:
            form.add_error("file", error)
        else:
            accepted.file.seek(0)
            verdict = verify_pdf(data=accepted.file.read(), among=DocumentVersion.objects.visible_to(request.user))
    return render(request, "docs_site/document_verify.html", {"form": form, "verdict": verdict}, status=422 if form.errors else 200)
