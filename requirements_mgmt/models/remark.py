from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from simple_history.models import HistoricalRecords

from requirements_mgmt.models.requirement import Requirement, ThroughRequirement


class RequirementComment(models.Model):
    """What somebody said about a requirement; comments are not edited, only added."""

    requirement = models.ForeignKey(Requirement, models.CASCADE, related_name="comments", verbose_name=_("requirement"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author"))
    body = models.TextField(pgettext_lazy("requirement", "comment"), max_length=5000)
    created_at = models.DateTimeField(_("written"))

    objects = ThroughRequirement.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = pgettext_lazy("requirement", "comment")
        verbose_name_plural = pgettext_lazy("requirement", "comments")
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return self.body[:60]


class RequirementAttachment(models.Model):
    """A file that shows where a requirement comes from or what it means."""

    requirement = models.ForeignKey(Requirement, models.CASCADE, related_name="attachments", verbose_name=_("requirement"))
    file = models.FileField(_("file"), upload_to="requirements/%Y/", max_length=200)
    name = models.CharField(_("name"), max_length=200)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    sha256 = models.CharField(max_length=64, editable=False)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by"))
    uploaded_at = models.DateTimeField(_("uploaded"))

    objects = ThroughRequirement.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["uploaded_at", "pk"]

    def __str__(self) -> str:
        return self.name
