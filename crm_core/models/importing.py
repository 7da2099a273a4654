from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.jobs.models import Job
from foundation.people.models import Department
from foundation.uploads import uuid_path
from foundation.visibility import ScopedQuerySet


class ImportKind(models.TextChoices):
    ACCOUNT = "account", _("Accounts, with a contact each if you like")
    CONTACT = "contact", _("Contacts of accounts that are here")


class SourceKind(models.TextChoices):
    SALESPERSON = "sheet", _("Salesperson's sheet")
    LEGACY_CRM = "crm", _("Legacy CRM")
    FINANCE = "finance", pgettext_lazy("source", "Finance")
    ERP = "erp", _("ERP")
    OTHER = "other", _("Other")


class WhenHere(models.TextChoices):
    """What to do with a row whose customer is here already."""

    UPDATE = "update", _("Update it: what the file says wins")
    MERGE = "merge", _("Merge into it: fill blanks only")
    SKIP = "skip", _("Skip it")


class BatchState(models.TextChoices):
    READING = "reading", _("Being read")
    MAPPING = "mapping", _("Columns to be matched")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked, not yet applied")
    APPLYING = "applying", _("Being applied")
    PARTLY = "partly", _("Loaded but for the rows to be decided")
    APPLIED = "applied", _("Applied")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


class RowAction(models.TextChoices):
    CREATE = "create", _("Create")
    UPDATE = "update", _("Update")
    MERGE = "merge", _("Merge")
    SKIP = "skip", _("Skip")
    REFUSE = "refuse", _("Refuse")


class RowQuestion(models.TextChoices):
    """Why somebody has to decide about a row before it is loaded."""

    DUPLICATE = "duplicate", _("May be here already")
    OWNER = "owner", _("Belongs to somebody else")
    CHANGED = "changed", _("Changed here meanwhile")


class Decision(models.TextChoices):
    """What the manager decided about a row in question."""

    CREATE = "create", _("Create anyway")
    UPDATE = "update", _("Update that one")
    MERGE = "merge", _("Merge into that one")
    SKIP = "skip", _("Skip")


class ImportBatchQuerySet(ScopedQuerySet):
    owner_paths = ("created_by",)


class ImportMapping(models.Model):
    """How the columns of one source are matched; a change makes a new version, so that every import can name the one it used."""

    kind = models.CharField(_("kind"), max_length=10, choices=ImportKind.choices)
    source = models.CharField(_("source"), max_length=60)
    source_kind = models.CharField(_("kind of source"), max_length=10, choices=SourceKind.choices, default=SourceKind.OTHER)
    number = models.PositiveIntegerField(_("version"), default=1, validators=[MinValueValidator(1)])
    is_current = models.BooleanField(_("in use"), default=True)
    fields = models.JSONField(_("matching"), default=dict, help_text=_("Field by heading of the column."))
    defaults = models.JSONField(_("values where the file says nothing"), default=dict, blank=True, help_text=_("Text by field."))
    formats = models.JSONField(_("order of dates and form of amounts"), default=dict, blank=True, help_text=_("By heading of the column."))
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("changed by"))
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("column matching")
        verbose_name_plural = _("column matchings")
        ordering = ["source", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "source", "number"], name="import_mapping_version_once"),
            models.UniqueConstraint(fields=["kind", "source"], condition=Q(is_current=True), name="import_mapping_one_in_use"),
        ]

    def __str__(self) -> str:
        return f"{self.source} · {self.number}"


class ImportWord(models.Model):
    """A word of a source and what it stands for in one of our dictionaries: matched once, known for its next file."""

    source = models.CharField(_("source"), max_length=60)
    field = models.CharField(_("field"), max_length=60)
    word = models.CharField(_("their word"), max_length=200)
    word_fold = models.CharField(max_length=200, editable=False)
    code = models.CharField(_("our value"), max_length=60, blank=True, help_text=_("Empty: the word is left out."))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("matched by"))
    decided_at = models.DateTimeField(_("matched"), default=timezone.now)

    objects = models.Manager()

    class Meta:
        verbose_name = _("word of a source")
        verbose_name_plural = _("words of sources")
        ordering = ["source", "field", "word_fold"]
        constraints = [models.UniqueConstraint(fields=["source", "field", "word_fold"], name="import_word_once")]

    def __str__(self) -> str:
        return f"{self.word} → {self.code or '-'}"


class ImportBatch(models.Model):
    """One file on its way in: staged, matched, checked, applied and, if need be, undone as a whole."""

    kind = models.CharField(_("kind"), max_length=10, choices=ImportKind.choices, default=ImportKind.ACCOUNT)
    source = models.CharField(
        _("source"), max_length=60, blank=True, help_text=_("Where the file comes from; the matching of columns is kept under this name.")
    )
    source_kind = models.CharField(_("kind of source"), max_length=10, choices=SourceKind.choices, default=SourceKind.OTHER)
    file_name = models.CharField(_("file"), max_length=200)
    stored = models.FileField(_("file as it came"), upload_to=uuid_path("imports"), max_length=120, blank=True)
    sha256 = models.CharField(max_length=64, editable=False)
    encoding = models.CharField(_("encoding"), max_length=40, blank=True)
    delimiter = models.CharField(_("delimiter"), max_length=2, blank=True)
    sheet = models.CharField(_("sheet"), max_length=80, blank=True)
    reading = models.JSONField(default=dict, help_text=_("What was found when the file was read: sheets, encodings, rows of headings."))
    heading_row = models.PositiveIntegerField(_("row of the headings"), default=1)
    heading_rows = models.PositiveSmallIntegerField(_("rows of headings"), default=1)
    headings = models.JSONField(_("columns"), default=list)
    mapping = models.JSONField(_("matching"), default=dict, help_text=_("Field by number of the column."))
    mapping_used = models.ForeignKey(ImportMapping, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("version of the matching"))
    defaults = models.JSONField(default=dict, blank=True)
    formats = models.JSONField(default=dict, blank=True)
    unknown = models.JSONField(default=dict, blank=True, help_text=_("Words that stand for nothing here, by field, with the number of rows."))
    when_here = models.CharField(_("customers that are here already"), max_length=6, choices=WhenHere.choices, default=WhenHere.UPDATE)
    state = models.CharField(_("state"), max_length=10, choices=BatchState.choices, default=BatchState.MAPPING)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    cursor = models.PositiveIntegerField(_("last row done"), default=0, help_text=_("Number of the last row that the running step has finished."))
    done = models.PositiveIntegerField(_("rows done"), default=0)
    counts = models.JSONField(default=dict)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("background job"))
    default_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("owner where the file names none")
    )
    continues = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="continued_by", verbose_name=_("corrected rows of"), help_text=_("The import before it.")
    )
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("collected from"),
        help_text=_("Only accounts that this person sees may be changed by the file."),
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("imported by"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("pool of the department"))
    created_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True)
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def source_key(self) -> str:
        """Under which its words are kept: the source, or the file itself when nobody named one."""
        return self.source or f"#{self.pk}"


class ImportRow(models.Model):
    """One row of the file as it came, what is to happen with it, why not, and what it was before."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows", verbose_name=_("import"), db_index=False)
    row_no = models.PositiveIntegerField(_("row"))
    raw = models.JSONField(_("cells"), default=list)
    values = models.JSONField(_("values"), null=True, blank=True, help_text=_("What the check made of the cells, by field."))
    action = models.CharField(_("what happens"), max_length=8, choices=RowAction.choices, blank=True)
    problems = models.JSONField(_("reasons"), default=dict, help_text=_("By field."))
    question = models.CharField(_("question"), max_length=10, choices=RowQuestion.choices, blank=True)
    candidates = models.JSONField(_("who it may be"), default=list, blank=True)
    decision = models.CharField(_("decision"), max_length=8, choices=Decision.choices, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=pgettext_lazy("possible duplicate", "decided by"),
    )
    decided_at = models.DateTimeField(pgettext_lazy("possible duplicate", "decided"), null=True, blank=True)
    target_id = models.PositiveBigIntegerField(_("record"), null=True, blank=True)
    contact_id = models.PositiveBigIntegerField(_("contact record"), null=True, blank=True)
    changes = models.JSONField(_("before and after"), null=True, blank=True, help_text=_("What the dry run showed, by field."))
    before = models.JSONField(_("before"), null=True, blank=True, help_text=_("What an update replaced, for undo."))
    after_version = models.PositiveIntegerField(null=True, blank=True)
    applied = models.BooleanField(pgettext_lazy("import row", "applied"), default=False)
    undone = models.BooleanField(_("undone"), default=False)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = models.Manager()

    class Meta:
        verbose_name = _("import row")
        verbose_name_plural = _("import rows")
        ordering = ["row_no"]
        constraints = [models.UniqueConstraint(fields=["batch", "row_no"], name="import_row_once")]
        indexes = [
            models.Index(fields=["batch", "action", "row_no"], name="import_row_action"),
            models.Index(fields=["batch", "question", "row_no"], condition=~Q(question=""), name="import_row_question"),
            models.Index(fields=["target_id"], condition=Q(applied=True), name="import_row_target"),
            models.Index(fields=["contact_id"], condition=Q(applied=True, contact_id__isnull=False), name="import_row_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}:{self.row_no}"
