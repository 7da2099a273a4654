from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from foundation.visibility import ScopedQuerySet
from training.models.procedure import Procedure, ProcedureStep


class TrainingAssignmentQuerySet(ScopedQuerySet):
    owner_paths = ("user",)
    department_paths = ("department",)

    def open(self) -> "TrainingAssignmentQuerySet":
        """What is still to be learnt: no completion of the procedure as it is published now."""
        done = Completion.objects.filter(
            user=models.OuterRef("user"),
            procedure=models.OuterRef("procedure"),
            fingerprint=models.OuterRef("procedure__fingerprint"),
            completed_at__isnull=False,
        )
        return self.filter(~models.Exists(done))

    def overdue(self, today: date) -> "TrainingAssignmentQuerySet":
        return self.open().filter(due_on__lt=today)


class TrainingAssignment(models.Model):
    """That a person is to learn a procedure by a day."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="training_assignments", verbose_name=_("learner"))
    department = models.ForeignKey("people.Department", models.PROTECT, null=True, related_name="+", verbose_name=_("department"))
    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="assignments", verbose_name=_("procedure"))
    due_on = models.DateField(_("due"))
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("assigned by"))
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TrainingAssignmentQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("training assignment")
        verbose_name_plural = _("training assignments")
        ordering = ["due_on", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "procedure"], name="training_assignment_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.procedure}"


class CompletionQuerySet(ScopedQuerySet):
    owner_paths = ("user",)
    department_paths = ()

    def current(self) -> "CompletionQuerySet":
        """Completions whose procedure has not changed since."""
        return self.filter(fingerprint=models.F("procedure__fingerprint"), completed_at__isnull=False)


class Completion(models.Model):
    """A learner's way through a procedure, pinned to the steps as they were; complete when every expected event has arrived."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="completions", verbose_name=_("learner"))
    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="completions", verbose_name=_("procedure"))
    fingerprint = models.CharField(max_length=64)
    started_at = models.DateTimeField(_("started"))
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)

    objects = CompletionQuerySet.as_manager()

    class Meta:
        verbose_name = _("completion")
        verbose_name_plural = _("completions")
        ordering = ["-started_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "procedure", "fingerprint"], name="completion_once_per_fingerprint")]

    def __str__(self) -> str:
        return f"{self.user}: {self.procedure}"


class StepCompletion(models.Model):
    """The event that proved a step."""

    completion = models.ForeignKey(Completion, models.CASCADE, related_name="step_completions")
    step = models.ForeignKey(ProcedureStep, models.CASCADE, related_name="+")
    event = models.ForeignKey("usage.UsageEvent", models.PROTECT, related_name="+")
    done_at = models.DateTimeField(_("done"))

    class Meta:
        verbose_name = _("step done")
        verbose_name_plural = _("steps done")
        constraints = [models.UniqueConstraint(fields=["completion", "step"], name="step_completion_once")]

    def __str__(self) -> str:
        return f"{self.completion_id}/{self.step_id}"
