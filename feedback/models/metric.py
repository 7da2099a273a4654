from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation.visibility import ScopedQuerySet


class MetricKey(models.TextChoices):
    """What is measured each night, per department and role."""

    ACTIVE_RATIO = "active_ratio", _("Active ratio")
    ENTRY_LAG = "entry_lag", _("Entered within a day")
    COMPLETENESS = "completeness", _("Completeness")
    FIRST_PASS = "first_pass", _("Saved at the first try")
    TRAINING = "training", _("Trained")
    TICKET_RATE = "ticket_rate", _("Tickets per active person")


class MetricValueQuerySet(ScopedQuerySet):
    owner_paths = ()
    department_paths = ("department",)


class MetricValue(models.Model):
    """One metric on one day for one department and role: numerator, denominator and their ratio; ``mean_hours`` for lags."""

    metric = models.CharField(_("metric"), max_length=20, choices=MetricKey.choices)
    day = models.DateField(_("day"))
    department = models.ForeignKey("people.Department", models.PROTECT, related_name="+", verbose_name=_("department"))
    role = models.CharField(_("role"), max_length=40)
    numerator = models.FloatField(_("numerator"))
    denominator = models.FloatField(_("denominator"))
    value = models.FloatField(_("value"), null=True)
    people = models.PositiveIntegerField(
        pgettext_lazy("metric", "people"), default=0, help_text=_("How many people stand behind the number; small groups are not shown.")
    )
    mean_hours = models.FloatField(_("mean hours"), null=True, blank=True)

    objects = MetricValueQuerySet.as_manager()

    class Meta:
        verbose_name = _("metric value")
        verbose_name_plural = _("metric values")
        ordering = ["-day", "metric", "department_id", "role"]
        constraints = [models.UniqueConstraint(fields=["metric", "day", "department", "role"], name="metric_value_once")]

    def __str__(self) -> str:
        return f"{self.metric} {self.day}: {self.value}"


class Cause(models.TextChoices):
    """Likely causes and where the work goes, so that not everything becomes more training."""

    NOT_TRAINED = "not_trained", _("Not trained: plan a batch")
    NO_MOTIVE = "no_motive", _("Trained but unused, without friction: the process or the rule does not fit, ask the liaison")
    FRICTION = "friction", _("Trained, many failed saves: the screen or a bug stands in the way")
    COSTLY_ENTRY = "costly_entry", _("Entered late: entry costs too much at the moment of work")
    UNCLEAR_RULE = "unclear_rule", _("Incomplete in one department: the data rule is unclear")
    SILENT = "silent", _("Unused and no ticket: silent resistance, liaison and sponsor visit")


class DiagnosisQuerySet(ScopedQuerySet):
    owner_paths = ()
    department_paths = ("department",)


class Diagnosis(models.Model):
    """What the metrics of a department and role point at on a day, in words and with the figures."""

    day = models.DateField(_("day"))
    department = models.ForeignKey("people.Department", models.PROTECT, related_name="+", verbose_name=_("department"))
    role = models.CharField(_("role"), max_length=40)
    cause = models.CharField(_("likely cause"), max_length=20, choices=Cause.choices)
    metric = models.CharField(_("metric"), max_length=20, choices=MetricKey.choices)
    figures = models.JSONField(_("figures"), default=dict)

    objects = DiagnosisQuerySet.as_manager()

    class Meta:
        verbose_name = _("diagnosis")
        verbose_name_plural = _("diagnoses")
        ordering = ["-day", "department_id", "role"]
        constraints = [models.UniqueConstraint(fields=["day", "department", "role", "cause"], name="diagnosis_once")]

    def __str__(self) -> str:
        return self.get_cause_display()
