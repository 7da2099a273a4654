from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from foundation.visibility import ScopedQuerySet
from requirements_mgmt.models.requirement import Requirement


class ImportKind(models.TextChoices):
    """How the sheet is built, told by its headings."""

    SHEET = "sheet", _("Plain sheet")
    ASVS = "asvs", _("Chapters, sections and requirements")


class ImportState(models.TextChoices):
    CHECKED = "checked", _("Checked")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    UNDONE = "undone", _("Undone")


class ImportVerdict(models.TextChoices):
    CREATE = "create", _("Create")
    UPDATE = "update", _("Update")
    SKIP = "skip", _("Unchanged")
    REFUSE = "refuse", _("Refused")


class RequirementImportQuerySet(ScopedQuerySet):
    owner_paths = ("created_by",)
    department_paths = ("department",)


class RequirementImport(models.Model):
    """One sheet of requirements brought in: what it would do, what it did, and how to take it back."""

    rollout = models.ForeignKey("implementation.Rollout", models.PROTECT, related_name="requirement_imports", verbose_name=_("rollout"))
    department = models.ForeignKey(
        "people.Department", models.PROTECT, related_name="+", verbose_name=_("department"), help_text=_("For rows that name no department.")
    )
    file = models.FileField(_("file"), upload_to="imports/%Y/", max_length=200)
    file_name = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField(max_length=64, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=ImportKind.choices, default=ImportKind.SHEET)
    mapping = models.JSONField(_("columns"), default=dict, blank=True, help_text=_("Heading of the sheet to field of the requirement."))
    state = models.CharField(_("state"), max_length=10, choices=ImportState.choices, default=ImportState.CHECKED)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("imported by"))
    created_at = models.DateTimeField(_("imported"))
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("undone by"))

    objects = RequirementImportQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["counts"])

    class Meta:
        verbose_name = _("requirement import")
        verbose_name_plural = _("requirement imports")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("requirements_mgmt:import_detail", args=[self.pk])


class RequirementImportRow(models.Model):
    """One row of the sheet: what it says, what will become of it and why; rows are facts of the batch and never edited."""

    batch = models.ForeignKey(RequirementImport, models.CASCADE, related_name="rows", verbose_name=_("import"))
    order = models.PositiveIntegerField()
    number = models.PositiveIntegerField(_("row"), help_text=_("As the spreadsheet counts; headings made from a row share its number."))
    is_heading = models.BooleanField(pgettext_lazy("requirement", "heading"), default=False)
    code = models.CharField(_("code"), max_length=40, blank=True)
    verdict = models.CharField(_("verdict"), max_length=10, choices=ImportVerdict.choices)
    values = models.JSONField(default=dict)
    raw = models.JSONField(default=list)
    reasons = models.JSONField(default=list, help_text=_("Why cells were refused: column and sentence."))
    requirement = models.ForeignKey(Requirement, models.SET_NULL, null=True, blank=True, related_name="import_rows", verbose_name=_("requirement"))
    before = models.JSONField(null=True, blank=True, help_text=_("The fields as they were before this row changed them."))
    version_after = models.PositiveIntegerField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("import row")
        verbose_name_plural = _("import rows")
        ordering = ["batch", "order"]
        constraints = [models.UniqueConstraint(fields=["batch", "order"], name="requirement_import_row_once")]
        indexes = [models.Index(fields=["batch", "verdict", "applied_at"], name="requirement_import_todo")]

    def __str__(self) -> str:
        return f"{self.number}: {self.code}"
