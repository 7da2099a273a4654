from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class MailState(models.TextChoices):
    NONE = "none", _("No e-mail")
    WAITING = "waiting", _("E-mail waits")
    DIGEST = "digest", _("Waits for a digest")
    SENT = "sent", _("E-mail sent")
    REFUSED = "refused", _("E-mail refused")


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """One's own notices, nobody else's."""
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        return self.filter(to=user)

    def unread(self) -> Self:
        """Notices not yet read."""
        return self.filter(read_at__isnull=True)

    def mail_waiting(self) -> Self:
        """Notices whose e-mail has not left yet."""
        return self.filter(mail_state=MailState.WAITING)


class Notice(models.Model):
    """Something a person was told, in that person's language, with a link to act on it."""

    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", verbose_name=pgettext_lazy("notice", "to"))
    kind = models.CharField(_("kind"), max_length=60)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"), blank=True)
    url = models.CharField(_("link"), max_length=300, blank=True)
    language = models.CharField(_("language"), max_length=10)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=pgettext_lazy("notice", "by"))
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("as deputy of"), help_text=_("The absent person.")
    )
    created_at = models.DateTimeField(_("sent"))
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    rhythm = models.CharField(pgettext_lazy("notice", "when"), max_length=10, default="immediate")
    mail_state = models.CharField(pgettext_lazy("notice", "e-mail"), max_length=10, choices=MailState.choices, default=MailState.NONE)
    mailed_at = models.DateTimeField(_("e-mail sent"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["to", "read_at", "-created_at"], name="notice_inbox"),
            models.Index(fields=["mail_state", "created_at"], condition=~Q(mail_state__in=["none", "sent"]), name="notice_mail"),
        ]

    def __str__(self) -> str:
        return self.subject
