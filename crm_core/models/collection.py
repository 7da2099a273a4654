import secrets
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from crm_core.models.importing import ImportBatch
from foundation.jobs.models import Job
from foundation.people.access import Access, access_of
from foundation.people.models import Department
from foundation.visibility import ScopedQuerySet


class RoundState(models.TextChoices):
    OPEN = "open", _("Running")
    CLOSED = "closed", pgettext_lazy("collection round", "Closed")


class SheetState(models.TextChoices):
    SENT = "sent", _("Sent out")
    RETURNED = "returned", _("Handed back")
    CORRECT = "correct", _("To be corrected")
    LOADED = "loaded", _("Loaded")
    OUT = "out", _("Taken out")


OWED = (SheetState.SENT, SheetState.CORRECT)  # the person has to do something
COLLECTING = "crm_core.collect_sheet"


def _below_posts(access: Access, path: str) -> Q:
    """Rows of the departments in which somebody collects, and of those below them."""
    where = Q(pk__in=[])
    if COLLECTING in access.permissions:
        for post in access.posts:
            where |= Q(**{f"{path}__startswith": post.department_path})
    return where


class CollectionRoundQuerySet(ScopedQuerySet):
    owner_paths = ("created_by",)
    department_paths = ("department",)

    def extra_visibility(self, access: Access) -> Q:
        """Rounds of the own departments, and rounds from above that reach into them: of those the own sheets are shown."""
        if COLLECTING not in access.permissions:
            return Q(pk__in=[])
        reached = CollectionSheet.objects.filter(_below_posts(access, "department__path"), round=OuterRef("pk"))
        return _below_posts(access, "department__path") | Q(Exists(reached))

    def led_by(self, user: Any) -> Self:
        """Visible rounds that the person may extend and close: not those that only reach down from above."""
        access = access_of(user)
        if access.sees_all(self.model._meta.label_lower):
            return self.visible_to(user)
        return self.visible_to(user).filter(Q(created_by=user) | _below_posts(access, "department__path"))

    def running(self) -> Self:
        """Rounds that nobody has closed."""
        return self.filter(state=RoundState.OPEN)


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
        """Who collects sees the sheets of the own departments and below."""
        return _below_posts(access, "department__path")

    def owed(self) -> Self:
        """Sheets of running rounds that wait for their person: never handed back, or handed back with mistakes."""
        return self.filter(state__in=OWED, round__state=RoundState.OPEN)

    def standing(self) -> Self:
        """Sheets that belong to their round: not those of people who were taken out."""
        return self.exclude(state=SheetState.OUT)

    def fillable_by(self, user: Any) -> Self:
        """The person's own sheets, and those of people for whom the person stands in today."""
        return self.filter(person__in=[user.pk, *access_of(user).principals])


class CollectionSheet(models.Model):
    """One salesperson's workbook of a round: their accounts and contacts to check, correct and add to."""

    round = models.ForeignKey(CollectionRound, models.CASCADE, related_name="sheets", verbose_name=_("round"))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("department"))
    key = models.CharField(max_length=16, unique=True, default=_new_key, editable=False)
    state = models.CharField(_("state"), max_length=8, choices=SheetState.choices, default=SheetState.SENT)
    account_count = models.PositiveIntegerField(_("accounts sent out"), default=0)
    contact_count = models.PositiveIntegerField(_("contacts sent out"), default=0)
    row_count = models.PositiveIntegerField(_("rows handed back"), default=0)
    open_count = models.PositiveIntegerField(_("rows to be corrected"), default=0)
    waiting_count = models.PositiveIntegerField(_("rows to be decided"), default=0)
    downloaded_at = models.DateTimeField(_("downloaded"), null=True, blank=True)
    returned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("handed back by"))
    returned_at = models.DateTimeField(_("handed back"), null=True, blank=True)
    reminded_on = models.DateField(_("reminded"), null=True, blank=True)
    escalated_on = models.DateField(_("told to the manager"), null=True, blank=True)
    added_at = models.DateTimeField(_("added later"), null=True, blank=True, help_text=_("Empty: it went out when the round began."))
    out_at = models.DateTimeField(_("taken out"), null=True, blank=True)
    out_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("taken out by"))
    out_reason = models.CharField(_("why it was taken out"), max_length=200, blank=True)

    history = HistoricalRecords()
    objects = CollectionSheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("collection sheet")
        verbose_name_plural = _("collection sheets")
        ordering = ["round", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["round", "person"], name="collection_sheet_per_person"),
            models.CheckConstraint(condition=~Q(state="out") | ~Q(out_reason="") & Q(out_at__isnull=False), name="collection_sheet_out_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.round}: {self.person}"

    def get_absolute_url(self) -> str:
        """The page on which the person downloads the sheet and hands it back."""
        return reverse("crm_core:sheet_detail", args=[self.pk])

    @property
    def is_owed(self) -> bool:
        """Whether the person has to do something while the round runs."""
        return self.state in OWED

    @property
    def sent_count(self) -> int:
        """Rows that the person was asked to look through."""
        return self.account_count + self.contact_count

    @property
    def rows_open(self) -> int:
        """Rows that nobody has looked through yet, or that came back with mistakes."""
        if self.state == SheetState.OUT:
            return 0
        return self.sent_count if self.state == SheetState.SENT else self.open_count


class CollectionReturn(models.Model):
    """One handing back of a sheet: the file as it came, or the word that all is right as it stands, and the imports made of it."""

    sheet = models.ForeignKey(CollectionSheet, models.CASCADE, related_name="returns", verbose_name=_("sheet"))
    number = models.PositiveSmallIntegerField(pgettext_lazy("return", "number"), default=1)
    file_name = models.CharField(_("file"), max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    accounts = models.OneToOneField(ImportBatch, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("import of the accounts"))
    contacts = models.OneToOneField(ImportBatch, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("import of the contacts"))
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    open_count = models.PositiveIntegerField(_("rows to be corrected"), default=0)
    missing = models.JSONField(_("columns that were not in the file"), default=list, blank=True)
    problem = models.CharField(_("why it could not be read"), max_length=300, blank=True)
    returned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("handed back by"))
    returned_at = models.DateTimeField(_("handed back"), default=timezone.now)
    finished_at = models.DateTimeField(_("loaded"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("taken back"), null=True, blank=True)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("background job"))

    objects = models.Manager()

    class Meta:
        verbose_name = _("return of a collection sheet")
        verbose_name_plural = _("returns of collection sheets")
        ordering = ["sheet", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["sheet", "number"], name="collection_return_number_once"),
            models.UniqueConstraint(fields=["sheet"], condition=Q(finished_at__isnull=True, withdrawn_at__isnull=True), name="collection_return_one_under_way"),
        ]

    def __str__(self) -> str:
        return f"{self.sheet} · {self.number}"

    @property
    def batches(self) -> list[ImportBatch]:
        """Its imports in the order in which they are loaded: contacts look for accounts that the same file brings."""
        return [batch for batch in (self.accounts, self.contacts) if batch is not None]
