from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.notices.models.preference import Rhythm


class Digest(models.Model):
    """That a person's digest of a day was made, so that a job that runs twice sends it once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"))
    day = models.DateField(_("day"))
    rhythm = models.CharField(_("rhythm"), max_length=10, choices=[choice for choice in Rhythm.choices if choice[0] != Rhythm.IMMEDIATE])
    lines = models.PositiveIntegerField(_("lines"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("digest")
        verbose_name_plural = _("digests")
        ordering = ["-day", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "day", "rhythm"], name="digest_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.day}"
