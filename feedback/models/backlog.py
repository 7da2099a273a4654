from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext, override, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from feedback.models.metric import Cause, Diagnosis, MetricKey
from feedback.models.ticket import Ticket
from foundation.visibility import ScopedQuerySet
from requirements_mgmt.models import ChangeRequest, Requirement


class BacklogKind(models.TextChoices):
    """The kind of work, decided by the diagnosis before anything is ranked."""

    TRAINING = "training", _("Training")
    PRODUCT = "product", _("Product")
    RULE = "rule", _("Data rule and manual")
    PROCESS = "process", _("Process or requirement")
    VISIT = "visit", _("Visit by liaison and sponsor")


class BacklogState(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    DONE = "done", _("Done")


def found_title(cause: str, department: Any) -> str:
    """What the night calls a gap that it found, in the language that is on."""
    return (gettext("%(department)s: %(cause)s") % {"department": department, "cause": Cause(cause).label})[:200]


class BacklogItemQuerySet(ScopedQuerySet):
    owner_paths = ("proposed_by",)
    department_paths = ("department",)

    def ranked(self) -> "BacklogItemQuerySet":
        return self.order_by("-score", "pk")


class BacklogItem(models.Model):
    """A thing to change in the next iteration: evidence counted from use and tickets, a score, and the requirement behind it."""

    code = models.CharField(_("number"), max_length=20, unique=True, editable=False)
    title = models.CharField(_("title"), max_length=200)
    kind = models.CharField(_("kind of work"), max_length=10, choices=BacklogKind.choices)
    state = models.CharField(_("state"), max_length=10, choices=BacklogState.choices, default=BacklogState.PROPOSED)
    department = models.ForeignKey("people.Department", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("department"))
    role = models.CharField(_("role"), max_length=40, blank=True)
    metric = models.CharField(_("metric"), max_length=20, choices=MetricKey.choices, blank=True)
    diagnosis = models.ForeignKey(Diagnosis, models.SET_NULL, null=True, blank=True, related_name="backlog_items", verbose_name=_("diagnosis"))
    requirement = models.ForeignKey(Requirement, models.PROTECT, null=True, blank=True, related_name="backlog_items", verbose_name=_("requirement"))
    tickets = models.ManyToManyField(Ticket, related_name="backlog_items", blank=True, verbose_name=_("tickets"))
    evidence = models.JSONField(_("evidence"), default=dict, blank=True)
    size = models.PositiveSmallIntegerField(pgettext_lazy("work", "size"), default=3, help_text=_("1, 2, 3, 5, 8 or 13."))
    score = models.FloatField(_("score"), default=0)
    score_parts = models.JSONField(_("how the score came about"), default=dict, blank=True)
    change_request = models.ForeignKey(ChangeRequest, models.PROTECT, null=True, blank=True, related_name="backlog_items", verbose_name=_("change request"))
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("proposed by"))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by"))
    decision_note = models.CharField(_("reason"), max_length=1000, blank=True)
    created_at = models.DateTimeField(_("proposed"))
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("closed by"))
    done_note = models.CharField(_("what was done"), max_length=1000, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = BacklogItemQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("backlog item")
        verbose_name_plural = _("backlog items")
        ordering = ["-score", "pk"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(state="done") | models.Q(done_at__isnull=False), name="backlog_item_done_has_time"),
            models.CheckConstraint(condition=models.Q(size__in=[1, 2, 3, 5, 8, 13]), name="backlog_item_size"),
            models.UniqueConstraint(
                fields=["department", "role", "metric", "kind"],
                condition=models.Q(state="proposed") & ~models.Q(metric=""),
                name="backlog_item_one_open_per_gap",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.heading}"

    @property
    def heading(self) -> str:
        """The title; one that the night wrote is told in the reader's language."""
        if self.evidence.get("cause") not in Cause.values or self.department is None:
            return self.title
        with override(settings.LANGUAGE_CODE):
            written = found_title(self.evidence["cause"], self.department)
        return found_title(self.evidence["cause"], self.department) if self.title == written else self.title
