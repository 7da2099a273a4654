import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from docs_site.models.document import ProjectDocument
from foundation.people.models import Department
from foundation.uploads import uuid_path


class VersionState(models.TextChoices):
    IN_REVIEW = "in_review", _("In review")
    SIGNED = "signed", _("Signed")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Meaning(models.TextChoices):
    """What a signature says."""

    AUTHOR = "author", pgettext_lazy("signature", "Author")
    REVIEWED = "reviewed", pgettext_lazy("signature", "Reviewed")
    APPROVED = "approved", pgettext_lazy("signature", "Approved")
    ACCEPTED = "accepted", pgettext_lazy("signature", "Accepted")


class VersionQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> "VersionQuerySet":
        """Versions of the documents that the person may see."""
        return self.filter(document__in=ProjectDocument.objects.visible_to(user))

    def signed(self) -> "VersionQuerySet":
        """Versions that carry every signature asked for."""
        return self.filter(state=VersionState.SIGNED)


class DocumentVersion(models.Model):
    """What was submitted for signature: content and number never change again, and once signed nothing does.

    ``content_sha256`` is taken over the canonical JSON of ``content``, ``pdf_sha256`` over the bytes of the rendered PDF.
    """

    document = models.ForeignKey(ProjectDocument, models.PROTECT, related_name="versions", verbose_name=_("document"))
    number = models.PositiveIntegerField(pgettext_lazy("version", "number"))
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=VersionState.choices, default=VersionState.IN_REVIEW, db_index=True)
    note = models.CharField(_("what changed"), max_length=500, blank=True)
    content = models.JSONField(_("content"))
    content_sha256 = models.CharField(_("SHA-256 of the content"), max_length=64)
    pdf = models.FileField(_("PDF"), upload_to=uuid_path("documents/versions"), max_length=200, blank=True)
    pdf_sha256 = models.CharField(_("SHA-256 of the PDF"), max_length=64, blank=True, db_index=True)
    due_on = models.DateField(_("sign by"), null=True, blank=True)
    reminded_on = models.DateField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("submitted by"))
    created_at = models.DateTimeField(_("submitted at"))
    signed_at = models.DateTimeField(_("signed at"), null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("closed by"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    close_reason = models.CharField(_("reason"), max_length=1000, blank=True)

    objects = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("document version")
        verbose_name_plural = _("document versions")
        ordering = ["document", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="version_number_in_document"),
            models.UniqueConstraint(fields=["document"], condition=models.Q(state="in_review"), name="version_in_review_once"),
            models.CheckConstraint(condition=~models.Q(state="signed") | models.Q(signed_at__isnull=False), name="version_signed_has_time"),
            models.CheckConstraint(condition=models.Q(pdf_sha256="") | models.Q(state="signed"), name="version_pdf_only_when_signed"),
        ]

    def __str__(self) -> str:
        return f"{self.document.code} v{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("docs_site:version_detail", args=[self.pk])


class SignatureRequest(models.Model):
    """That a person is asked to sign a version, and in which meaning."""

    version = models.ForeignKey(DocumentVersion, models.PROTECT, related_name="requests", verbose_name=_("version"))
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="signature_requests", verbose_name=_("signer"))
    meaning = models.CharField(_("meaning"), max_length=10, choices=Meaning.choices)
    asked_at = models.DateTimeField(_("asked at"))

    class Meta:
        verbose_name = _("signature request")
        verbose_name_plural = _("signature requests")
        ordering = ["version", "pk"]
        constraints = [models.UniqueConstraint(fields=["version", "signer"], name="signature_asked_once")]

    def __str__(self) -> str:
        return f"{self.signer}: {self.get_meaning_display()}"


class Signature(models.Model):
    """Who signed which text, when, for whom and in which meaning; never changed, never deleted.

    ``signer`` is the person asked, ``signed_by`` the one who typed the password: a deputy where they differ.
    """

    request = models.OneToOneField(SignatureRequest, models.PROTECT, related_name="signature", verbose_name=_("request"))
    version = models.ForeignKey(DocumentVersion, models.PROTECT, related_name="signatures", verbose_name=_("version"))
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="signatures", verbose_name=_("signer"))
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("signed by"))
    signer_name = models.CharField(_("name at the time"), max_length=80)
    role = models.CharField(_("role at the time"), max_length=80, blank=True)
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("department"))
    meaning = models.CharField(_("meaning"), max_length=10, choices=Meaning.choices)
    statement = models.CharField(pgettext_lazy("signature", "statement"), max_length=500)
    signed_at = models.DateTimeField(_("signed at"))
    content_sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ["version", "signed_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "signer"], name="signature_once"),
            models.UniqueConstraint(fields=["version", "signed_by"], name="signature_one_password_once"),
        ]

    def __str__(self) -> str:
        return f"{self.signer_name}: {self.get_meaning_display()}"

    @property
    def by_deputy(self) -> bool:
        """Whether somebody else signed for the person asked."""
        return self.signed_by_id != self.signer_id
