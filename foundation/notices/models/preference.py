from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Channel(models.TextChoices):
    EMAIL = "email", _("Inbox and e-mail")
    INBOX = "inbox", _("Inbox only")
    NONE = "none", _("Not at all")


class Rhythm(models.TextChoices):
    IMMEDIATE = "immediate", _("At once")
    DAILY = "daily", _("In the daily digest")
    WEEKLY = "weekly", _("In the weekly digest")


class Preference(models.Model):
    """How a person wants to hear of one kind of notice; without a row the kind's own default holds."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notice_preferences", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=60)
    channel = models.CharField(pgettext_lazy("notice", "where"), max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    rhythm = models.CharField(pgettext_lazy("notice", "when"), max_length=10, choices=Rhythm.choices, default=Rhythm.IMMEDIATE)

    class Meta:
        verbose_name = _("notice preference")
        verbose_name_plural = _("notice preferences")
        ordering = ["kind"]
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="preference_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.channel}"
