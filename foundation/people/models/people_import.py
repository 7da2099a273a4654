from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.visibility import ScopedQuerySet


class ImportState(models.TextChoices):
    PREVIEW = "preview", _("Waiting to be applied")
    APPLIED = "applied", _("Applied")
    DISCARDED = "discarded", _("Discarded")


class RowAction(models.TextChoices):
    CREATE = "create", _("Create")
    UPDATE = "update", _("Update")
    SKIP = "skip", _("Nothing to change")
    REFUSE = "refuse", _("Refused")


class PeopleImportQuerySet(ScopedQuerySet):
    owner_paths = ("created_by",)
    department_paths = ()


class PeopleImport(models.Model):
    """A spreadsheet of people, read and checked row by row before anything is written."""

    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64, editable=False)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=ImportState.choices, default=ImportState.PREVIEW)
    counts = models.JSONField(default=dict, help_text=_("Rows per action."))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="people_imports", null=True, verbose_name=_("uploaded by"))
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)

    objects = PeopleImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("people import")
        verbose_name_plural = _("people imports")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.file_name


class PeopleImportRow(models.Model):
    """One row of the spreadsheet: its cells as typed, what it would do, and the reason beside each refused cell."""

    batch = models.ForeignKey(PeopleImport, models.CASCADE, related_name="rows", verbose_name=_("import"))
    number = models.PositiveIntegerField(_("row"))
    cells = models.JSONField(default=dict, help_text=_("Typed text by column key."))
    action = models.CharField(_("action"), max_length=10, choices=RowAction.choices)
    reasons = models.JSONField(default=dict, help_text=_("Sentence by column key."))
    changes = models.JSONField(default=list, help_text=_("Keys of the columns that differ from what is stored."))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("person"))

    class Meta:
        verbose_name = _("row of a people import")
        verbose_name_plural = _("rows of a people import")
        ordering = ["batch", "number"]
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="people_import_row_once")]

    def __str__(self) -> str:
        return f"{self.batch} #{self.number}"
