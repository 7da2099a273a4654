from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


def in_language(name: str, name_en: str) -> str:
    """The English name for English readers where there is one, else the name as it was typed."""
    return name_en if name_en and (get_language() or "").startswith("en") else name


class TwoNames(models.Model):
    """A row named in Chinese (or whatever was typed) and, where somebody gave it, in English."""

    name = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)
