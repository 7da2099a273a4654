import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from crm_core.models.importing import ImportBatch
from foundation.people.access import Access
from foundation.people.models import Department
from foundation.uploads import uuid_path
from foundation.visibility import ScopedQuerySet


class RoundState(models.TextChoices):
    OPEN = "open", _("Running")
    CLOSED = "closed", _("Closed")


class SheetState(models.TextChoices):
    SENT = "sent", _("Sent out")
    RETURNED = "returned", _("Handed back")
    LOADED = "loaded", _("Loaded")


class CollectionRoundQuerySet(ScopedQuerySet):
    owner_paths = ("created_by",)
    department_paths = ("department",)


class CollectionRound(models.Model):
    """One collection of customer data: a workbook to each salesperson of a department, due back on a day."""

    name = models.CharField(_("name"), max_length=120)
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("department"))
    message = models.TextField(_("what people are asked"), max_length=2000, blank=True)
    due_on = models.DateField(_("due"))
    state = models.CharField(_("state"), max_length=8, choices=RoundState.choices, default=RoundState.OPEN)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("sent by"))
    created_at = models.DateTimeField(_("sent"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    history = HistoricalRecords()
    objects = CollectionRoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("collection round")
        verbose_name_plural = _("collection rounds")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of the round with its burn-down."""
        return reverse("crm_core:collection_detail", args=[self.pk])


def _new_key() -> str:
    return secrets.token_hex(8)


class CollectionSheetQuerySet(ScopedQuerySet):
    owner_paths = ("person", "round__created_by")
    department_paths = ("department",)

    def extra_visibility(self, access: Access) -> Q:
        """A liaison collects the sheets of the own department and below."""
        if "crm_core.collect_sheet" not in access.permissions:
            return Q(pk__in=[])
        where = Q(pk__in=[])
        for post in access.posts:
            where |= Q(department__path__startswith=post.department_path)
        return where

    def waiting(self) -> "CollectionSheetQuerySet":
        """Sheets of running rounds that nobody has handed back."""
        return self.filter(state=SheetState.SENT, round__state=RoundState.OPEN)


class CollectionSheet(models.Model):
    """One salesperson's workbook of a round: their accounts and contacts to check, correct and add to."""

    round = models.ForeignKey(CollectionRound, models.CASCADE, related_name="sheets", verbose_name=_("round"))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("department"))
    key = models.CharField(max_length=16, unique=True, default=_new_key, editable=False)
    state = models.CharField(_("state"), max_length=8, choices=SheetState.choices, default=SheetState.SENT)
    account_count = models.PositiveIntegerField(_("accounts sent out"), default=0)
    row_count = models.PositiveIntegerField(_("rows handed back"), default=0)
    stored = models.FileField(_("file handed back"), upload_to=uuid_path("collections"), max_length=120, blank=True)
    batch = models.OneToOneField(ImportBatch, models.SET_NULL, null=True, blank=True, related_name="collection_sheet", verbose_name=_("import"))
    returned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("handed back by"))
    returned_at = models.DateTimeField(_("handed back"), null=True, blank=True)
    reminded_on = models.DateField(_("reminded"), null=True, blank=True)
    escalated_on = models.DateField(_("told to the manager"), null=True, blank=True)

    history = HistoricalRecords()
    objects = CollectionSheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("collection sheet")
        verbose_name_plural = _("collection sheets")
        ordering = ["round", "pk"]
        constraints = [models.UniqueConstraint(fields=["round", "person"], name="collection_sheet_per_person")]

    def __str__(self) -> str:
        return f"{self.round}: {self.person}"
