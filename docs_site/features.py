"""Screens and actions of documents and the guide, under keys that never change."""

from django.utils.translation import gettext_lazy as _

from foundation.usage.catalogue import FeatureSpec

FEATURES = [
    FeatureSpec("docs.document.list", kind="screen", name=_("Document list"), url_name="docs_site:document_list", permission="docs_site.view_document"),
    FeatureSpec("docs.document.detail", kind="screen", name=_("Document page"), url_name="docs_site:document_detail", permission="docs_site.view_document"),
    FeatureSpec("docs.document.create", kind="action", name=_("Create document"), url_name="docs_site:document_create", permission="docs_site.add_document"),
    FeatureSpec("docs.document.import", kind="action", name=_("Import document"), url_name="docs_site:document_import", permission="docs_site.add_document"),
    FeatureSpec("docs.document.edit", kind="action", name=_("Edit document"), url_name="docs_site:document_edit", permission="docs_site.change_document"),
    FeatureSpec(
        "docs.version.submit", kind="action", name=_("Submit for signature"), url_name="docs_site:document_submit", permission="docs_site.submit_document"
    ),
    FeatureSpec("docs.version.sign", kind="action", name=_("Sign document"), url_name="docs_site:version_sign", permission="docs_site.sign_document"),
    FeatureSpec("docs.version.reject", kind="action", name=_("Reject document"), url_name="docs_site:version_reject", permission="docs_site.sign_document"),
    FeatureSpec(
        "docs.version.withdraw", kind="action", name=_("Withdraw document"), url_name="docs_site:version_withdraw", permission="docs_site.submit_document"
    ),
    FeatureSpec("docs.version.detail", kind="screen", name=_("Document version"), url_name="docs_site:version_detail", permission="docs_site.view_document"),
    FeatureSpec("docs.version.compare", kind="screen", name=_("Compare versions"), url_name="docs_site:version_compare", permission="docs_site.view_document"),
    FeatureSpec("docs.draft.pdf", kind="action", name=_("Draft as PDF"), url_name="docs_site:document_draft_pdf", permission="docs_site.view_document"),
    FeatureSpec("docs.version.pdf", kind="action", name=_("Signed version as PDF"), url_name="docs_site:version_pdf", permission="docs_site.view_document"),
    FeatureSpec(
        "docs.attachment.take", kind="action", name=_("Download attachment"), url_name="docs_site:attachment_file", permission="docs_site.view_document"
    ),
    FeatureSpec("docs.verify", kind="screen", name=_("Check a PDF"), url_name="docs_site:document_verify", permission="docs_site.view_document"),
    FeatureSpec("docs.guide", kind="screen", name=_("User guide"), url_name="guide_home"),
]
