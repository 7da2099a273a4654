from django.urls import path

from docs_site.views import document, editing, guide, side, version

app_name = "docs_site"
urlpatterns = [
    path("", document.document_list, name="document_list"),
    path("signatures/", document.signature_list, name="signature_list"),
    path("new/", document.document_create, name="document_create"),
    path("import/", document.document_import, name="document_import"),
    path("verify/", side.document_verify, name="document_verify"),
    path("<int:pk>/", document.document_detail, name="document_detail"),
    path("<int:pk>/edit/", editing.document_edit, name="document_edit"),
    path("<int:pk>/archive/", document.document_archive, name="document_archive"),
    path("<int:pk>/print/", document.document_print, name="document_print"),
    path("<int:pk>/draft.pdf", document.document_draft_pdf, name="document_draft_pdf"),
    path("<int:pk>/submit/", version.document_submit, name="document_submit"),
    path("<int:pk>/compare/", version.version_compare, name="version_compare"),
    path("<int:pk>/comments/", side.comment_add, name="comment_add"),
    path("<int:pk>/readers/", side.document_readers, name="document_readers"),
    path("<int:pk>/attachments/", side.attachment_add, name="attachment_add"),
    path("comments/<int:pk>/resolve/", side.comment_resolve, name="comment_resolve"),
    path("attachments/<int:pk>/", side.attachment_file, name="attachment_file"),
    path("attachments/<int:pk>/remove/", side.attachment_remove, name="attachment_remove"),
    path("versions/<int:pk>/", version.version_detail, name="version_detail"),
    path("versions/<int:pk>/sign/", version.version_sign, name="version_sign"),
    path("versions/<int:pk>/reject/", version.version_reject, name="version_reject"),
    path("versions/<int:pk>/withdraw/", version.version_withdraw, name="version_withdraw"),
    path("versions/<int:pk>/pdf/", version.version_pdf, name="version_pdf"),
    path("guide/<int:pk>/", guide.guide_open, name="guide_open"),
]
