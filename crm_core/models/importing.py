from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.jobs.models import Job
from foundation.people.models import Department
from foundation.visibility import ScopedQuerySet


class ImportKind(models.TextChoices):
    ACCOUNT = "account", _("Accounts, with a contact each if you like")
    CONTACT = "contact", _("Contacts of accounts that are here")


class BatchState(models.TextChoices):
    MAPPING = "mapping", _("Columns to be matched")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked, not yet applied")
    APPLYING = "applying", _("Being applied")
    APPLIED = "applied", _("Applied")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


class RowAction(models.TextChoices):
    CREATE = "create", _("Create")
    UPDATE = "update", _("Update")
    SKIP = "skip", _("Skip")
    REFUSE = "refuse", _("Refuse")


class ImportBatchQuerySet(ScopedQuerySet):
    owner_paths = ("created_by",)


class ImportBatch(models.Model):
    """One file on its way in: staged, matched, checked, applied and, if need be, undone as a whole."""

    kind = models.CharField(_("kind"), max_length=10, choices=ImportKind.choices, default=ImportKind.ACCOUNT)
    source = models.CharField(
        _("source"), max_length=60, blank=True, help_text=_("Where the file comes from; the matching of columns is kept under this name.")
    )
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64, editable=False)
    encoding = models.CharField(_("encoding"), max_length=40, blank=True)
    sheet = models.CharField(_("sheet"), max_length=80, blank=True)
    headings = models.JSONField(_("columns"), default=list)
    mapping = models.JSONField(_("matching"), default=dict, help_text=_("Field by number of the column."))
    update_existing = models.BooleanField(_("update accounts that are here already"), default=True)
    state = models.CharField(_("state"), max_length=10, choices=BatchState.choices, default=BatchState.MAPPING)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    cursor = models.PositiveIntegerField(_("rows done"), default=0, help_text=_("Number of the last row that the running step has finished."))
    counts = models.JSONField(default=dict)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("background job"))
    default_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("owner where the file names none")
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("imported by"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("pool of the department"))
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.file_name


class ImportRow(models.Model):
    """One row of the file as it came, what is to happen with it, why not, and what it was before."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows", verbose_name=_("import"))
    row_no = models.PositiveIntegerField(_("row"))
    raw = models.JSONField(_("cells"), default=list)
    action = models.CharField(_("what happens"), max_length=8, choices=RowAction.choices, blank=True)
    problems = models.JSONField(_("reasons"), default=dict, help_text=_("By field."))
    target_id = models.PositiveBigIntegerField(_("record"), null=True, blank=True)
    contact_id = models.PositiveBigIntegerField(_("contact record"), null=True, blank=True)
    before = models.JSONField(_("before"), null=True, blank=True, help_text=_("What an update replaced, for undo."))
    after_version = models.PositiveIntegerField(null=True, blank=True)
    applied = models.BooleanField(_("applied"), default=False)
    undone = models.BooleanField(_("undone"), default=False)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("import row")
        verbose_name_plural = _("import rows")
        ordering = ["row_no"]
        constraints = [models.UniqueConstraint(fields=["batch", "row_no"], name="import_row_once")]
        indexes = [models.Index(fields=["batch", "action", "row_no"], name="import_row_action")]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.row_no}"


class ImportMapping(models.Model):
    """How the columns of one source are matched, kept for its next file."""

    kind = models.CharField(_("kind"), max_length=10, choices=ImportKind.choices)
    source = models.CharField(_("source"), max_length=60)
    fields = models.JSONField(_("matching"), default=dict, help_text=_("Field by heading of the column."))
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("changed by"))
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("column matching")
        verbose_name_plural = _("column matchings")
        ordering = ["source"]
        constraints = [models.UniqueConstraint(fields=["kind", "source"], name="import_mapping_per_source")]

    def __str__(self) -> str:
        return self.source
