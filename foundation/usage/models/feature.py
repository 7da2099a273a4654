from typing import Self

from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _


class FeatureKind(models.TextChoices):
    SCREEN = "screen", pgettext_lazy("kind of feature", "Screen")
    ACTION = "action", pgettext_lazy("kind of feature", "Action")


class FeatureQuerySet(models.QuerySet):
    def current(self) -> Self:
        """Features that the running build still has."""
        return self.filter(is_retired=False)


class Feature(models.Model):
    """A screen or an action of the suite under a key that never changes; requirements, steps and metrics point at it."""

    key = models.CharField(_("key"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=FeatureKind.choices, default=FeatureKind.SCREEN)
    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    app = models.CharField(_("app"), max_length=40, blank=True)
    url_name = models.CharField(_("address name"), max_length=120, blank=True)
    permission = models.CharField(_("permission"), max_length=120, blank=True)
    is_retired = models.BooleanField(pgettext_lazy("feature", "retired"), default=False, help_text=_("The build no longer has it; its history stays."))

    objects = FeatureQuerySet.as_manager()

    class Meta:
        verbose_name = _("feature")
        verbose_name_plural = _("features")
        ordering = ["key"]

    def __str__(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name
