from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Subquery
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from docs_site.models import DocumentKind, DocumentState, DocumentVersion, ProjectDocument
from implementation.models.naming import in_language
from implementation.models.phase import Phase
from implementation.models.rollout import Rollout, ThroughRollout


class EntryState(models.TextChoices):
    """How far an owed document is; follows from the linked document, never stored."""

    MISSING = "missing", _("Missing")
    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    SIGNED = "signed", _("Signed")


class RegisterQuerySet(ThroughRollout):
    def with_documents(self) -> Self:
        """With phase, wave, person and document, and the number of the latest signed version as ``latest_signed``."""
        signed = DocumentVersion.objects.signed().filter(document=OuterRef("document")).order_by("-number").values("number")[:1]
        return self.select_related("phase__wave", "owed_by", "document").annotate(latest_signed=Subquery(signed))

    def unsigned(self) -> Self:
        """Entries of which no version is signed."""
        return self.exclude(Exists(DocumentVersion.objects.signed().filter(document=OuterRef("document"))))


class RegisterEntry(models.Model):
    """A document that a phase owes: of which kind, by whom and until when."""

    rollout = models.ForeignKey(Rollout, models.CASCADE, related_name="register", verbose_name=_("rollout"))
    phase = models.ForeignKey(Phase, models.CASCADE, related_name="register", verbose_name=_("phase"))
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("English title"), max_length=200, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=DocumentKind.choices, default=DocumentKind.OTHER)
    owed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="owed_documents", verbose_name=_("owed by"))
    due_on = models.DateField(_("due"))
    document = models.ForeignKey(ProjectDocument, models.SET_NULL, null=True, blank=True, related_name="register_entries", verbose_name=_("document"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    reminded_on = models.DateField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)

    objects = RegisterQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["reminded_on"])

    class Meta:
        verbose_name = _("register entry")
        verbose_name_plural = _("register entries")
        ordering = ["due_on", "pk"]
        constraints = [models.UniqueConstraint(fields=["phase", "title"], name="register_title_once_in_phase")]

    def __str__(self) -> str:
        return in_language(self.title, self.title_en)

    def get_absolute_url(self) -> str:
        return reverse("implementation:register_edit", args=[self.pk])

    @property
    def state(self) -> EntryState:
        """Missing without a document, else as far as the document is; a signed version counts while a later one is prepared."""
        if self.document is None:
            return EntryState.MISSING
        return EntryState(DocumentState(self.document.state).value)

    @cached_property
    def signed_number(self) -> int | None:
        """Number of the latest signed version; read with the row where the queryset says ``with_documents``."""
        if "latest_signed" in self.__dict__:
            return self.__dict__["latest_signed"]
        return DocumentVersion.objects.signed().filter(document=self.document_id).aggregate(latest=models.Max("number"))["latest"]

    @property
    def is_signed(self) -> bool:
        """Whether a signed version stands, even when a newer draft is on its way."""
        return self.signed_number is not None

    def is_overdue(self, today: date) -> bool:
        """Due before ``today`` and no version signed."""
        return self.due_on < today and not self.is_signed
