from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from docs_site.forms import ReasonForm, SignerFormSet, SignForm, SubmitForm
from docs_site.models import DocumentVersion, ProjectDocument, VersionState
from docs_site.reports import kind_name, sections_of
from docs_site.services import (
    CannotRejectVersion,
    CannotSignVersion,
    CannotSubmitVersion,
    compare_versions,
    draft_content,
    kept_pdf,
    last_seen_by,
    open_request_for,
    reject_version,
    sign_version,
    submit_version,
    withdraw_version,
)
from docs_site.views.common import VERSION_TONES, fetch_document, fetch_version
from foundation.integrity import Stale
from foundation.jobs.models import Job
from foundation.people.models import User
from foundation.ui.responses import redirect_with
from foundation.usage.models import Outcome, Verb
from foundation.usage.services import record


@require_http_methods(["GET", "POST"])
@permission_required("docs_site.submit_document", raise_exception=True)
def document_submit(request: HttpRequest, pk: int) -> HttpResponse:
    document = fetch_document(request, pk)
    form = SubmitForm(request.POST or None, initial={"sent": document.version})
    signers = SignerFormSet(request.POST or None, prefix="signers", initial=None if request.method == "POST" else _last_signers(document))
    if request.method == "POST" and form.is_valid() and signers.is_valid():
        named = [(row["signer"], row["meaning"]) for row in signers.cleaned_data if row.get("signer")]
        data = form.cleaned_data
        try:
            version = submit_version(
                document=document, signers=named, by=request.user, now=timezone.now(), due_on=data["due_on"], note=data["note"], sent=data["sent"]
            )
        except (CannotSubmitVersion, Stale) as error:
            form.add_error(None, str(error))
            record(by=request.user, feature="docs.version.submit", verb=Verb.ADVANCE, obj=document, outcome=Outcome.INVALID)
        else:
            return redirect_with(request, version.get_absolute_url(), _("Submitted. The signers have been asked."))
    signed = document.current_version
    context = {
        "document": document,
        "form": form,
        "signers": signers,
        "open_comments": document.comments.filter(resolved_at__isnull=True).count(),
        "comparison": compare_versions(old=signed, new=draft_content(document=document)) if signed else None,
        "signed": signed,
    }
    return render(request, "docs_site/document_submit.html", context, status=409 if form.errors else 200)


def _last_signers(document: ProjectDocument) -> list[dict[str, object]]:
    """Who was asked for the version before: mostly the same people again."""
    last = document.versions.order_by("-number").first()
    return [{"signer": row.signer_id, "meaning": row.meaning} for row in last.requests.all()] if last else []


@require_GET
@permission_required("docs_site.view_document", raise_exception=True)
def version_detail(request: HttpRequest, pk: int) -> HttpResponse:
    version = fetch_version(request, pk)
    others = version.document.versions.exclude(pk=version.pk).order_by("-number")
    context = {
        "version": version,
        "document": version.document,
        "content": version.content,
        "kind": kind_name(version.content),
        "tone": VERSION_TONES[version.state],
        "sections": sections_of(version.content),
        "requests": version.requests.select_related("signer", "signature__signed_by", "signature__department"),
        "my_request": open_request_for(version, request.user),
        "others": others,
        "job": _render_job(version, request.user),
        "can_withdraw": version.state == VersionState.IN_REVIEW
        and request.user.pk in {version.document.owner_id, version.created_by_id}
        and request.user.has_perm("docs_site.submit_document"),
        "reason_form": ReasonForm(),
    }
    return render(request, "docs_site/version_detail.html", context)


def _render_job(version: DocumentVersion, user: User) -> Job | None:
    """The job that renders the PDF, while there is none yet; only who may see the job can follow it."""
    if version.state != VersionState.SIGNED or version.pdf_sha256:
        return None
    return Job.objects.visible_to(user).filter(key=f"version-pdf-{version.pk}").order_by("-created_at").first()


@require_http_methods(["GET", "POST"])
@permission_required("docs_site.sign_document", raise_exception=True)
def version_sign(request: HttpRequest, pk: int) -> HttpResponse:
    version = fetch_version(request, pk)
    asked = open_request_for(version, request.user)
    form = SignForm(request.POST or None, initial={"content_sha256": version.content_sha256})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            sign_version(version=version, content_sha256=data["content_sha256"], password=data["password"], by=request.user, now=timezone.now())
        except CannotSignVersion as error:
            form.add_error(None, str(error))
        else:
            return redirect_with(request, version.get_absolute_url(), _("Signed."))
    return _sign_page(request, version, asked, form, ReasonForm(), status=409 if form.errors else 200)


def _sign_page(request: HttpRequest, version: DocumentVersion, asked: object, form: SignForm, reason_form: ReasonForm, *, status: int) -> HttpResponse:
    before = last_seen_by(person=request.user, document=version.document, before=version)
    context = {
        "version": version,
        "document": version.document,
        "content": version.content,
        "kind": kind_name(version.content),
        "sections": sections_of(version.content),
        "asked": asked,
        "form": form,
        "reason_form": reason_form,
        "before": before,
        "own_before": bool(before) and before.signatures.filter(signer=request.user).exists(),
        "comparison": compare_versions(old=before, new=version) if before else None,
        "tone": VERSION_TONES[version.state],
    }
    return render(request, "docs_site/version_sign.html", context, status=status)


@require_POST
@permission_required("docs_site.sign_document", raise_exception=True)
def version_reject(request: HttpRequest, pk: int) -> HttpResponse:
    version = fetch_version(request, pk)
    form = ReasonForm(request.POST)
    if form.is_valid():
        try:
            reject_version(version=version, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
        except CannotRejectVersion as error:
            form.add_error("reason", str(error))
        else:
            return redirect_with(request, version.document.get_absolute_url(), _("Rejected. The author has been told what to change."))
    asked = open_request_for(version, request.user)
    return _sign_page(request, version, asked, SignForm(initial={"content_sha256": version.content_sha256}), form, status=409)


@require_POST
@permission_required("docs_site.submit_document", raise_exception=True)
def version_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    version = fetch_version(request, pk)
    withdraw_version(version=version, reason=request.POST.get("reason", ""), by=request.user, now=timezone.now())
    return redirect_with(request, version.document.get_absolute_url(), _("Withdrawn. The draft is open again."))


@require_GET
@permission_required("docs_site.view_document", raise_exception=True)
def version_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    version = fetch_version(request, pk)
    if version.state != VersionState.SIGNED:
        raise Http404
    response = HttpResponse(kept_pdf(version=version), content_type="application/pdf")
    name = f"{version.content['code']}-v{version.number}.pdf"
    response.headers["Content-Disposition"] = content_disposition_header(True, name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_GET
@permission_required("docs_site.view_document", raise_exception=True)
def version_compare(request: HttpRequest, pk: int) -> HttpResponse:
    """Two versions of a document, or a version and the draft (``new=draft``)."""
    document = fetch_document(request, pk)
    versions = {str(version.number): version for version in document.versions.order_by("-number")}
    numbers = list(versions)
    wanted_new = request.GET.get("new") or "draft"
    wanted_old = request.GET.get("old") or (str(document.current_version.number) if document.current_version else (numbers[0] if numbers else "draft"))
    sides = {**{number: version.content for number, version in versions.items()}, "draft": draft_content(document=document)}
    if wanted_old not in sides or wanted_new not in sides:
        raise Http404
    context = {
        "document": document,
        "versions": list(versions.values()),
        "old": wanted_old,
        "new": wanted_new,
        "comparison": compare_versions(old=sides[wanted_old], new=sides[wanted_new]),
        "only_changes": request.GET.get("only") != "0",
    }
    return render(request, "docs_site/version_compare.html", context)
