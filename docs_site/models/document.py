import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from docs_site.richtext import plain_text
from foundation.people.access import Access
from foundation.people.models import Department
from foundation.uploads import uuid_path
from foundation.visibility import ScopedQuerySet


class DocumentKind(models.TextChoices):
    CHARTER = "charter", _("Project charter")
    MINUTES = "minutes", _("Meeting minutes")
    RESEARCH = "research", _("Research record")
    REQUIREMENTS = "requirements", _("Requirement document")
    BLUEPRINT = "blueprint", _("Blueprint")
    TEST_REPORT = "test_report", _("Test report")
    TRAINING_PLAN = "training_plan", _("Training plan")
    GO_LIVE_PLAN = "go_live_plan", _("Go-live plan")
    CONTINGENCY = "contingency", _("Contingency plan")
    CHECKLIST = "checklist", _("Checklist")
    ACCEPTANCE = "acceptance", _("Acceptance report")
    OTHER = "other", _("Other document")


class DocumentState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    SIGNED = "signed", _("Signed")


class DocumentQuerySet(ScopedQuerySet):
    """Project documents; besides the scopes, named readers and everybody who is or was asked to sign see a document."""

    owner_paths = ("owner",)
    department_paths = ("department",)

    def extra_visibility(self, access: Access) -> Q:
        principals = [access.user.pk, *access.principals]
        readers = DocumentReader.objects.filter(document=OuterRef("pk"), user__in=principals)
        requests = _signature_requests().filter(version__document=OuterRef("pk"), signer__in=principals)
        return Q(Exists(readers)) | Q(Exists(requests))

    def kept(self) -> "DocumentQuerySet":
        """Documents that nobody has put away."""
        return self.filter(archived_at__isnull=True)

    def waiting_for(self, people: list[int]) -> "DocumentQuerySet":
        """Documents whose version in review still lacks a signature of one of these people."""
        asked = _signature_requests().filter(version__document=OuterRef("pk"), version__state="in_review", signer__in=people, signature__isnull=True)
        return self.filter(Exists(asked))


def _signature_requests() -> models.QuerySet:
    """The rows of SignatureRequest; its file imports this one."""
    return ProjectDocument._meta.apps.get_model("docs_site", "SignatureRequest").objects.all()


class ProjectDocument(models.Model):
    """A paper of the rollout: its draft lives in sections, what was submitted or signed in numbered versions."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, choices=DocumentKind.choices, default=DocumentKind.OTHER)
    language = models.CharField(_("language"), max_length=10, choices=[("en", "English"), ("zh-hans", "简体中文")], default="zh-hans")
    summary = models.CharField(_("what it is for"), max_length=300, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="project_documents", verbose_name=_("owner"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="project_documents", verbose_name=_("department"))
    state = models.CharField(_("state"), max_length=10, choices=DocumentState.choices, default=DocumentState.DRAFT, db_index=True)
    current_version = models.ForeignKey("docs_site.DocumentVersion", models.PROTECT, null=True, blank=True, editable=False, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)
    archived_at = models.DateTimeField(_("put away"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+")

    objects = DocumentQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["updated_at"])

    class Meta:
        verbose_name = _("project document")
        verbose_name_plural = _("project documents")
        ordering = ["-updated_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(state="signed") | Q(current_version__isnull=False), name="document_signed_has_version"),
        ]
        indexes = [models.Index(fields=["-updated_at", "-id"], name="document_latest")]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("docs_site:document_detail", args=[self.pk])

    def search_entry(self) -> dict[str, Any]:
        """Title, code and the words of the draft."""
        body = "\n".join(f"{section.heading}\n{plain_text(section.body)}" for section in self.sections.all())
        return {"title": self.title, "subtitle": self.summary, "body": body, "codes": (self.code,), "owner": self.owner_id, "department": self.department_id}


def new_key() -> str:
    """A section's name for life, so that comparison recognises it after it moved or was renamed."""
    return secrets.token_hex(6)


class DocumentSection(models.Model):
    """A heading and its text in the draft of a document; the text is cleaned HTML."""

    document = models.ForeignKey(ProjectDocument, models.CASCADE, related_name="sections", verbose_name=_("document"))
    key = models.CharField(max_length=12, default=new_key, editable=False)
    order = models.PositiveIntegerField(_("order"), default=0)
    heading = models.CharField(_("heading"), max_length=200)
    body = models.TextField(_("text"), blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["document", "order", "pk"]
        constraints = [models.UniqueConstraint(fields=["document", "key"], name="section_key_in_document")]

    def __str__(self) -> str:
        return self.heading


class DocumentReader(models.Model):
    """That a person may read a document which the scopes would not show."""

    document = models.ForeignKey(ProjectDocument, models.CASCADE, related_name="readers", verbose_name=_("document"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"))
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("named by"))
    added_at = models.DateTimeField(_("named at"), auto_now_add=True)

    class Meta:
        verbose_name = _("reader")
        verbose_name_plural = _("readers")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["document", "user"], name="document_reader_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.document}"


class DocumentAttachment(models.Model):
    """A file that belongs to a document; removing it hides it, because signed versions name its hash."""

    document = models.ForeignKey(ProjectDocument, models.PROTECT, related_name="attachments", verbose_name=_("document"))
    file = models.FileField(_("file"), upload_to=uuid_path("documents/attachments"), max_length=200)
    name = models.CharField(_("name"), max_length=200)
    size = models.PositiveBigIntegerField(_("size"))
    content_type = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by"))
    uploaded_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)
    removed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name


class DocumentComment(models.Model):
    """A remark on one section of a draft, open until somebody resolves it."""

    document = models.ForeignKey(ProjectDocument, models.CASCADE, related_name="comments", verbose_name=_("document"))
    section_key = models.CharField(max_length=12, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author"))
    body = models.TextField(_("comment"), max_length=4000)
    created_at = models.DateTimeField(_("written at"))
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("resolved by"))

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return self.body[:60]
