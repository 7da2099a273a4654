"""Rows that may be the same customer: the rules, what the finder found, what people decided, and who asked."""

from typing import Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from crm_core.models.account import Account
from crm_core.models.contact import Contact
from foundation.jobs.models import Job
from foundation.people.access import Access
from foundation.visibility import ScopedQuerySet

PERCENT = [MinValueValidator(0), MaxValueValidator(100)]


class Subject(models.TextChoices):
    """What is compared with its own kind."""

    ACCOUNT = "account", _("Accounts")
    CONTACT = "contact", _("Contacts")


SUBJECT_MODELS: dict[str, Any] = {Subject.ACCOUNT: Account, Subject.CONTACT: Contact}


class DuplicatePolicy(models.Model):
    """From which score two rows count as probably or certainly the same, and how often a person may ask."""

    subject = models.CharField(_("what"), max_length=10, choices=Subject.choices, unique=True)
    probable_from = models.PositiveSmallIntegerField(_("probable from"), default=65, validators=PERCENT)
    certain_from = models.PositiveSmallIntegerField(_("certain from"), default=90, validators=PERCENT)
    is_checked = models.BooleanField(_("ask before creating"), default=True)
    checks_per_hour = models.PositiveSmallIntegerField(_("checks per person and hour"), default=120, validators=[MinValueValidator(1), MaxValueValidator(5000)])
    probing_after = models.PositiveSmallIntegerField(
        _("report after so many hits on hidden rows a day"), default=20, validators=[MinValueValidator(1), MaxValueValidator(5000)]
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = models.Manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("duplicate policy")
        verbose_name_plural = _("duplicate policies")
        constraints = [models.CheckConstraint(condition=Q(certain_from__gte=F("probable_from")), name="duplicate_certain_above_probable")]

    def __str__(self) -> str:
        return self.get_subject_display()


class DuplicateRule(models.Model):
    """One reason for which two rows may be the same, and how much it weighs; what it looks at is in the code under its key."""

    subject = models.CharField(_("what"), max_length=10, choices=Subject.choices)
    key = models.CharField(_("rule"), max_length=30)
    is_on = models.BooleanField(_("in use"), default=True)
    weight = models.PositiveSmallIntegerField(_("weight"), validators=PERCENT)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = models.Manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("duplicate rule")
        verbose_name_plural = _("duplicate rules")
        ordering = ["subject", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "key"], name="duplicate_rule_once"),
            models.CheckConstraint(condition=Q(weight__lte=100), name="duplicate_rule_percent"),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.key}"


class RunKind(models.TextChoices):
    FULL = "full", _("Whole base")
    CHANGED = "changed", _("Changed rows")


class DuplicateRun(models.Model):
    """One search for duplicates over the whole base or over what changed; its cursor says where a killed one goes on."""

    subject = models.CharField(_("what"), max_length=10, choices=Subject.choices)
    kind = models.CharField(_("extent"), max_length=8, choices=RunKind.choices, default=RunKind.FULL)
    cursor = models.JSONField(default=dict, editable=False)
    counts = models.JSONField(_("counts"), default=dict)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("started by"))
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("background job"))

    objects = models.Manager()

    class Meta:
        verbose_name = _("search for duplicates")
        verbose_name_plural = _("searches for duplicates")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["subject"], condition=Q(finished_at__isnull=True), name="duplicate_run_one_open")]

    def __str__(self) -> str:
        return f"{self.get_subject_display()}: {self.get_kind_display()}"


class PairState(models.TextChoices):
    OPEN = "open", pgettext_lazy("possible duplicate", "Open")
    LATER = "later", _("Put off")
    DISTINCT = "distinct", _("Not a duplicate")
    MERGED = "merged", _("Merged")
    GONE = "gone", _("No longer alike")


UNDECIDED = (PairState.OPEN, PairState.LATER)


class DuplicatePairQuerySet(ScopedQuerySet):
    def visible_to(self, user: Any, access: Access | None = None) -> Self:
        """Pairs of which the person sees both rows."""
        condition = Q(pk__in=[])
        if not getattr(user, "is_authenticated", False):
            return self.none()
        for subject, model in SUBJECT_MODELS.items():
            if user.has_perm(f"crm_core.view_{subject}"):
                rows = model.objects.visible_to(user, access).order_by()
                condition |= Q(Exists(rows.filter(pk=OuterRef("left_id"))), Exists(rows.filter(pk=OuterRef("right_id"))), subject=subject)
        return self.filter(condition)

    def named(self) -> Self:
        """With the names of both records, as ``left_name`` and ``right_name``."""
        names = {}
        for side in ("left", "right"):
            whens = [
                When(subject=subject, then=Subquery(model.objects.filter(pk=OuterRef(f"{side}_id")).order_by().values("name")[:1]))
                for subject, model in SUBJECT_MODELS.items()
            ]
            names[f"{side}_name"] = Case(*whens, default=Value(""), output_field=models.CharField())
        return self.annotate(**names)

    def undecided(self) -> Self:
        """Pairs that wait for somebody's word."""
        return self.filter(state__in=UNDECIDED)

    def touching(self, subject: str, pks: Any) -> Self:
        """Pairs in which one of the rows stands."""
        return self.filter(Q(left_id__in=pks) | Q(right_id__in=pks), subject=subject)


class DuplicatePair(models.Model):
    """Two rows that may be the same, with the score, the reasons and what somebody decided; a "no" is remembered for ever."""

    subject = models.CharField(_("what"), max_length=10, choices=Subject.choices)
    left_id = models.PositiveBigIntegerField(_("first record"))
    right_id = models.PositiveBigIntegerField(_("second record"))
    score = models.PositiveSmallIntegerField(_("score"))
    is_certain = models.BooleanField(_("certain"), default=False)
    reasons = models.JSONField(_("reasons"), default=list)
    group = models.PositiveBigIntegerField(_("group"), null=True, blank=True, help_text=_("The smallest number among the records that belong together."))
    state = models.CharField(_("state"), max_length=8, choices=PairState.choices, default=PairState.OPEN)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="duplicate_pairs", verbose_name=_("to be decided by")
    )
    found_at = models.DateTimeField(_("found"), default=timezone.now)
    run_id = models.PositiveBigIntegerField(_("search"), null=True, blank=True)
    put_off_at = models.DateTimeField(_("put off"), null=True, blank=True)
    decided_at = models.DateTimeField(pgettext_lazy("possible duplicate", "decided"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=pgettext_lazy("possible duplicate", "decided by")
    )

    objects = DuplicatePairQuerySet.as_manager()

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        ordering = ["-score", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "left_id", "right_id"], name="duplicate_pair_once"),
            models.CheckConstraint(condition=Q(left_id__lt=F("right_id")), name="duplicate_pair_in_order"),
            models.CheckConstraint(condition=~Q(state__in=["distinct", "merged"]) | Q(decided_at__isnull=False), name="duplicate_pair_decided_when"),
        ]
        indexes = [
            models.Index(fields=["subject", "right_id"], name="duplicate_pair_right"),
            models.Index(fields=["state", "-score", "id"], name="duplicate_pair_queue"),
            models.Index(fields=["subject", "group"], name="duplicate_pair_group"),
        ]

    def __str__(self) -> str:
        return f"{self.get_subject_display()} {self.left_id} / {self.right_id}"


class DuplicateCheckQuerySet(ScopedQuerySet):
    owner_paths = ("by",)
    department_paths = ()


class DuplicateCheck(models.Model):
    """That a person asked whether somebody is known: when, a digest of what was asked, how many hits; nothing that was typed."""

    subject = models.CharField(_("what"), max_length=10, choices=Subject.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=pgettext_lazy("existence check", "asked by"))
    at = models.DateTimeField(pgettext_lazy("existence check", "asked"), default=timezone.now)
    asked = models.CharField(_("digest of the question"), max_length=64)
    surface = models.CharField(_("where"), max_length=10)
    hits = models.PositiveSmallIntegerField(_("hits"), default=0)
    hidden = models.PositiveSmallIntegerField(_("of which hidden"), default=0)
    is_refused = models.BooleanField(_("asked too often"), default=False)

    objects = DuplicateCheckQuerySet.as_manager()

    class Meta:
        verbose_name = _("existence check")
        verbose_name_plural = _("existence checks")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["by", "-at"], name="duplicate_check_by")]

    def __str__(self) -> str:
        return f"{self.by}: {self.asked[:8]}"
