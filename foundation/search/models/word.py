from django.db import models
from django.utils.translation import gettext_lazy as _


class SearchWord(models.Model):
    """A Latin word of a name, under itself and under itself without any one letter: two words one slip apart share a variant.

    Words are only added; what nobody may see is never offered, because a suggestion is searched before it is shown.
    """

    variant = models.CharField(_("word without a letter"), max_length=32)
    word = models.CharField(_("word"), max_length=32)

    objects = models.Manager()

    class Meta:
        verbose_name = _("searched word")
        verbose_name_plural = _("searched words")
        constraints = [models.UniqueConstraint(fields=["variant", "word"], name="search_word_once")]

    def __str__(self) -> str:
        return self.word
