import django_filters
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from docs_site.forms import DocumentForm, ImportForm, ReadersForm
from docs_site.models import DocumentKind, DocumentState, ProjectDocument, SignatureRequest, VersionState
from docs_site.richtext import plain_text, safe_html
from docs_site.services import CannotCreateDocument, archive_document, create_document, draft_pdf, import_markdown, open_request_for
from docs_site.views.common import DOCUMENT_TONES, VERSION_TONES, fetch_document
from foundation.encodings import decode
from foundation.integrity import Refused
from foundation.people.access import access_of
from foundation.people.models import Department
from foundation.ui.lists import Column, list_response
from foundation.ui.responses import redirect_with
from foundation.uploads import UploadRefused, accept
from foundation.usage.services import record_invalid


class DocumentFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=DocumentKind.choices)
    state = django_filters.ChoiceFilter(label=_("State"), choices=DocumentState.choices)
    department = django_filters.ModelChoiceFilter(label=_("Department"), queryset=Department.objects.open())
    tab = django_filters.CharFilter(method="keep", widget=django_filters.widgets.forms.HiddenInput)

    class Meta:
        model = ProjectDocument
        fields = ["kind", "state", "department"]

    def keep(self, queryset, name, value):
        return queryset


COLUMNS = [
    Column("code", _("Code"), sort="code", kind="link", url=lambda row: row.get_absolute_url()),
    Column("title", _("Title"), sort="title", kind="link", url=lambda row: row.get_absolute_url(), phone=True),
    Column("kind", _("Kind"), value="get_kind_display"),
    Column("state", _("State"), value="get_state_display", sort="state", kind="badge", tone=lambda row: DOCUMENT_TONES[row.state], phone=True),
    Column("number", _("Signed version"), value=lambda row: row.current_version.number if row.current_version else None, kind="number"),
    Column("owner", _("Owner"), kind="person"),
    Column("department", _("Department"), value=lambda row: str(row.department), default=False),
    Column("updated_at", _("Changed"), sort="updated_at", kind="datetime", phone=True),
]
TABS = [("", _("All")), ("mine", _("Mine")), ("sign", _("To sign")), ("away", _("Put away"))]


@require_GET
@permission_required("docs_site.view_document", raise_exception=True)
def document_list(request: HttpRequest) -> HttpResponse:
    return _list(request, request.GET.get("tab", ""))


@require_GET
@permission_required("docs_site.sign_document", raise_exception=True)
def signature_list(request: HttpRequest) -> HttpResponse:
    return _list(request, "sign")


def _list(request: HttpRequest, tab: str) -> HttpResponse:
    rows = ProjectDocument.objects.visible_to(request.user).select_related("owner", "department", "current_version")
    people = [request.user.pk, *access_of(request.user).principals]
    waiting = ProjectDocument.objects.visible_to(request.user).kept().waiting_for(people).count()
    rows = rows.filter(archived_at__isnull=tab != "away")
    if tab == "mine":
        rows = rows.filter(owner=request.user)
    elif tab == "sign":
        rows = rows.waiting_for(people)
    tabs = [{"key": key, "label": label, "count": waiting if key == "sign" else None, "active": key == tab} for key, label in TABS]
    return list_response(
        request,
        queryset=rows,
        columns=COLUMNS,
        template="docs_site/document_list.html",
        key="docs.documents",
        filterset=DocumentFilter,
        search=("code__icontains", "title__icontains", "summary__icontains"),
        order=("-updated_at",),
        context={"tabs": tabs, "tab": tab},
    )


@require_GET
@permission_required("docs_site.view_document", raise_exception=True)
def document_detail(request: HttpRequest, pk: int) -> HttpResponse:
    document = fetch_document(request, pk)
    comments = list(document.comments.select_related("author", "resolved_by"))
    sections = [
        {"section": section, "html": safe_html(section.body), "comments": [row for row in comments if row.section_key == section.key]}
        for section in document.sections.all()
    ]
    known = {entry["section"].key for entry in sections}
    versions = list(document.versions.select_related("created_by", "closed_by").order_by("-number"))
    review = next((version for version in versions if version.state == VersionState.IN_REVIEW), None)
    requests = SignatureRequest.objects.filter(version=review).select_related("signer", "signature__signed_by") if review else []
    user = request.user
    may_edit = user.has_perm("docs_site.change_document") and not document.archived_at
    context = {
        "document": document,
        "tone": DOCUMENT_TONES[document.state],
        "sections": sections,
        "loose_comments": [row for row in comments if row.section_key not in known],
        "open_comments": sum(row.resolved_at is None for row in comments),
        "versions": [(version, VERSION_TONES[version.state]) for version in versions],
        "signed_numbers": [version for version in versions if version.state == VersionState.SIGNED],
        "review": review,
        "requests": requests,
        "my_request": open_request_for(review, user) if review else None,
        "attachments": document.attachments.filter(removed_at__isnull=True).select_related("uploaded_by"),
        "readers": document.readers.select_related("user"),
        "readers_form": ReadersForm(initial={"readers": [row.user_id for row in document.readers.all()]}) if may_edit else None,
        "can_edit": may_edit and document.state != DocumentState.IN_REVIEW,
        "can_submit": user.has_perm("docs_site.submit_document") and document.state == DocumentState.DRAFT and not document.archived_at,
        "can_comment": user.has_perm("docs_site.comment_document"),
        "can_change": user.has_perm("docs_site.change_document"),
        "can_withdraw": bool(review) and user.pk in {document.owner_id, review.created_by_id} and user.has_perm("docs_site.submit_document"),
        "words": sum(len(plain_text(entry["section"].body)) for entry in sections),
    }
    return render(request, "docs_site/document_detail.html", context)


def _my_department(request: HttpRequest) -> int | None:
    post = access_of(request.user).main_post
    return post.department_id if post else None


@require_http_methods(["GET", "POST"])
@permission_required("docs_site.add_document", raise_exception=True)
def document_create(request: HttpRequest) -> HttpResponse:
    initial = {"language": request.user.language, "department": _my_department(request), "kind": request.GET.get("kind", "")}
    form = DocumentForm(request.POST or None, initial=initial)
    if request.method == "POST":
        if form.is_valid():
            try:
                document = create_document(**form.cleaned_data, by=request.user, now=timezone.now())
            except CannotCreateDocument as error:
                form.add_error(None, str(error))
            else:
                return redirect_with(request, reverse("docs_site:document_edit", args=[document.pk]), _("The document is there. Now write it."))
        record_invalid(by=request.user, feature="docs.document.create", form=form)
    return render(request, "docs_site/document_form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@permission_required("docs_site.add_document", raise_exception=True)
def document_import(request: HttpRequest) -> HttpResponse:
    form = ImportForm(request.POST or None, request.FILES or None, initial={"language": request.user.language, "department": _my_department(request)})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            accepted = accept(data["file"], kinds={"md", "txt"}, max_bytes=2 * 1024 * 1024)
            accepted.file.seek(0)
            text, _encoding = decode(accepted.file.read())
            document = import_markdown(
                text=text, name=accepted.name, kind=data["kind"], language=data["language"], department=data["department"], by=request.user, now=timezone.now()
            )
        except UploadRefused as error:
            form.add_error("file", error)
        except Refused as error:
            form.add_error("file", str(error))
        else:
            return redirect_with(request, document.get_absolute_url(), _("Imported. Look it over before you submit it."))
    return render(request, "docs_site/document_import.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@permission_required("docs_site.view_document", raise_exception=True)
def document_print(request: HttpRequest, pk: int) -> HttpResponse:
    document = fetch_document(request, pk)
    sections = [(section, safe_html(section.body)) for section in document.sections.all()]
    return render(request, "docs_site/document_print.html", {"document": document, "sections": sections})


@require_GET
@permission_required("docs_site.view_document", raise_exception=True)
def document_draft_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    document = fetch_document(request, pk)
    response = HttpResponse(draft_pdf(document=document), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{document.pk}-draft.pdf"'
    return response


@require_POST
@permission_required("docs_site.change_document", raise_exception=True)
def document_archive(request: HttpRequest, pk: int) -> HttpResponse:
    document = fetch_document(request, pk)
    archive_document(document=document, by=request.user, now=timezone.now())
    message = _("The document is back.") if document.archived_at else _("The document is put away. It stays under Put away.")
    return redirect_with(request, document.get_absolute_url(), message)
