from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Outcome(models.TextChoices):
    """What standing in a stage says about the deal."""

    OPEN = "open", pgettext_lazy("opportunity", "Open")
    WON = "won", _("Won")
    LOST = "lost", _("Lost")


class Pipeline(models.Model):
    """A way of selling: the ordered stages through which its opportunities go."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    name_en = models.CharField(_("English name"), max_length=60, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=1)
    is_active = models.BooleanField(_("open for new opportunities"), default=True)
    kinds = models.JSONField(_("kinds of accounts"), default=list, blank=True, help_text=_("Nothing ticked: every kind."))

    objects = models.Manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("pipeline")
        verbose_name_plural = _("pipelines")
        ordering = ["order", "pk"]

    def __str__(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name

    def serves(self, kind: str) -> bool:
        """Whether opportunities of this kind of account go through it."""
        return not self.kinds or kind in self.kinds


class Stage(models.Model):
    """A step of a pipeline with its chance of winning, what must be known to enter it, and how long a deal may rest there."""

    pipeline = models.ForeignKey(Pipeline, models.CASCADE, related_name="stages", verbose_name=_("pipeline"))
    name = models.CharField(_("name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=40, blank=True)
    order = models.PositiveSmallIntegerField(_("order"))
    probability = models.PositiveSmallIntegerField(_("probability in per cent"), validators=[MaxValueValidator(100)])
    outcome = models.CharField(_("outcome"), max_length=5, choices=Outcome.choices, default=Outcome.OPEN)
    needs_amount = models.BooleanField(_("needs an amount"), default=False)
    needs_close_on = models.BooleanField(_("needs a close date"), default=False)
    max_days = models.PositiveSmallIntegerField(_("days before it is late"), default=30)

    objects = models.Manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("sales stage")
        verbose_name_plural = _("sales stages")
        ordering = ["pipeline__order", "order"]
        constraints = [
            models.UniqueConstraint(fields=["pipeline", "order"], name="stage_order_in_pipeline"),
            models.UniqueConstraint(fields=["pipeline", "name"], name="stage_name_in_pipeline"),
            models.CheckConstraint(condition=Q(probability__lte=100), name="stage_probability_percent"),
        ]

    def __str__(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name
