from secrets import token_hex
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

CODE = RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9_.-]*\Z", _("A code has Latin letters, digits, points, dashes and underscores only."))
KEY = RegexValidator(r"^[a-z](?:_?[a-z0-9])*\Z", _("A key begins with a small letter and has small letters, digits and single underscores only."))


class Stamp(models.Model):
    """That a part of the settings changed: every process compares it with what it has read. A random value, so that an undone change cannot pass for another."""

    key = models.CharField(max_length=80, unique=True)
    value = models.CharField(max_length=32, default=token_hex)

    objects = models.Manager()

    class Meta:
        verbose_name = _("mark of changed settings")
        verbose_name_plural = _("marks of changed settings")

    def __str__(self) -> str:
        return self.key

    @classmethod
    def renew(cls, key: str) -> None:
        """Say that what stands under the key has changed."""
        cls.objects.update_or_create(key=key, defaults={"value": token_hex(16)})


class Dictionary(models.Model):
    """A list of values that the business keeps itself, such as industries or sources; rows hold the codes of its entries."""

    key = models.CharField(_("key"), max_length=50, unique=True, validators=[KEY])
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=60, blank=True)
    purpose = models.CharField(_("purpose"), max_length=200, blank=True)
    is_builtin = models.BooleanField(_("comes with the CRM"), default=False, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = models.Manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("dictionary")
        verbose_name_plural = _("dictionaries")
        ordering = ["-is_builtin", "pk"]

    def __str__(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name

    def get_absolute_url(self) -> str:
        """The page of the dictionary."""
        return reverse("crm_core:dictionary_detail", args=[self.pk])


class DictionaryEntry(models.Model):
    """A value of a dictionary: its code never changes, its wording may; a retired one stays readable where it is used."""

    dictionary = models.ForeignKey(Dictionary, models.CASCADE, related_name="entries", verbose_name=_("dictionary"))
    code = models.CharField(pgettext_lazy("dictionary", "code"), max_length=40, validators=[CODE])
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    aliases = models.JSONField(_("other names"), default=list, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("belongs to"))
    order = models.PositiveIntegerField(_("order"), default=0)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("retired from"), null=True, blank=True, help_text=_("From this day on it cannot be chosen any more."))
    replaced_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("replaced by"))
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = models.Manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("dictionary entry")
        verbose_name_plural = _("dictionary entries")
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["dictionary", "code"], name="dictionary_entry_code"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gte=F("valid_from")), name="dictionary_entry_ends_after_start"
            ),
            models.CheckConstraint(condition=~Q(parent=F("pk")), name="dictionary_entry_not_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name

    def is_valid_on(self, day: Any) -> bool:
        """Whether it can be chosen on the day; the day of retirement no longer counts."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day < self.valid_to)
