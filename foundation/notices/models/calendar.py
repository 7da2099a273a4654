from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class CalendarDay(models.Model):
    """The company's own exception to the public calendar: a day off, or a day worked, for everybody."""

    day = models.DateField(_("day"), unique=True)
    is_workday = models.BooleanField(_("people work"), default=False)
    name = models.CharField(_("occasion"), max_length=80)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("entered by"))
    changed_at = models.DateTimeField(_("entered"), auto_now=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("company calendar day")
        verbose_name_plural = _("company calendar days")
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
