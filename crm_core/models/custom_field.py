from collections.abc import Mapping
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from crm_core.models.book import book_of, cached
from crm_core.models.dictionary import KEY, Dictionary

PREFIX = "custom_"  # before the key, in forms and addresses
STAMP = "custom_fields"


class FieldType(models.TextChoices):
    """What a custom field holds."""

    TEXT = "text", _("Text")
    NUMBER = "number", pgettext_lazy("field type", "Number")
    MONEY = "money", _("Money")
    DATE = "date", _("Date")
    CHOICE = "choice", _("Choice")
    MULTI = "multi", _("Several choices")
    RELATION = "relation", _("Relation")
    BOOLEAN = "boolean", _("Yes or no")


class FieldModel(models.TextChoices):
    """What may carry custom fields."""

    ACCOUNT = "account", _("Account")
    CONTACT = "contact", _("Contact")
    OPPORTUNITY = "opportunity", _("Opportunity")


class FieldTarget(models.TextChoices):
    """What a relation may point at."""

    ACCOUNT = "account", _("Account")
    CONTACT = "contact", _("Contact")
    PERSON = "person", _("Colleague")


class CustomFieldQuerySet(models.QuerySet):
    def live(self) -> Self:
        """Fields that are not retired."""
        return self.filter(retired_at__isnull=True)


class CustomField(models.Model):
    """A field that administrators added to accounts, contacts or opportunities; retired rather than deleted, its key is never used again."""

    model = models.CharField(_("belongs to"), max_length=12, choices=FieldModel.choices, default=FieldModel.ACCOUNT)
    key = models.CharField(_("key"), max_length=40, validators=[KEY], help_text=_("Under this name programs see the field. It never changes."))
    type = models.CharField(_("type"), max_length=10, choices=FieldType.choices)
    label = models.CharField(_("label"), max_length=60)
    label_en = models.CharField(_("English label"), max_length=60, blank=True)
    help = models.CharField(_("help"), max_length=200, blank=True)
    help_en = models.CharField(_("English help"), max_length=200, blank=True)
    kinds = models.JSONField(_("kinds of accounts"), default=list, blank=True)
    section = models.CharField(pgettext_lazy("custom field", "section"), max_length=40, blank=True)
    section_en = models.CharField(_("English section"), max_length=40, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    dictionary = models.ForeignKey(Dictionary, models.PROTECT, null=True, blank=True, related_name="custom_fields", verbose_name=_("dictionary"))
    target = models.CharField(_("points at"), max_length=10, choices=FieldTarget.choices, blank=True)
    is_required = models.BooleanField(_("required"), default=False)
    is_unique = models.BooleanField(_("no two rows may have the same value"), default=False)
    default = models.JSONField(_("default"), null=True, blank=True)
    in_list = models.BooleanField(_("shown in lists at once"), default=False)
    in_filter = models.BooleanField(_("offered as a filter"), default=True)
    in_search = models.BooleanField(_("found by search"), default=True)
    see_roles = models.JSONField(_("may be seen by"), default=list, blank=True)
    edit_roles = models.JSONField(_("may be filled by"), default=list, blank=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("created by"))
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CustomFieldQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        ordering = ["model", "order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["model", "key"], name="custom_field_key"),
            models.CheckConstraint(condition=~Q(type__in=["choice", "multi"]) | Q(dictionary__isnull=False), name="custom_field_choice_has_dictionary"),
            models.CheckConstraint(condition=~Q(type="relation") | ~Q(target=""), name="custom_field_relation_has_target"),
        ]

    def __str__(self) -> str:
        return self.label_en if self.label_en and (get_language() or "").startswith("en") else self.label

    def get_absolute_url(self) -> str:
        """The page of the field."""
        return reverse("crm_core:custom_field_edit", args=[self.pk])

    @property
    def name(self) -> str:
        """The name of the field in forms and addresses."""
        return f"{PREFIX}{self.key}"

    @property
    def help_words(self) -> str:
        """The help in the language of the reader."""
        return self.help_en if self.help_en and (get_language() or "").startswith("en") else self.help

    @property
    def section_words(self) -> str:
        """The section in the language of the reader."""
        return self.section_en if self.section_en and (get_language() or "").startswith("en") else self.section

    def serves(self, kind: str) -> bool:
        """Whether rows of this kind of account have the field; without a kind, every row."""
        return not kind or not self.kinds or kind in self.kinds

    @staticmethod
    def _open_to(listed: list[str], user: Any, role_keys: Any) -> bool:
        return not listed or (user.is_superuser and user.is_active) or bool(set(listed) & set(role_keys))

    def is_seen_by(self, user: Any, role_keys: Any) -> bool:
        """Whether the roles may see the value; who may fill it also sees it."""
        return self._open_to(self.see_roles, user, role_keys) or (bool(self.edit_roles) and self._open_to(self.edit_roles, user, role_keys))

    def is_filled_by(self, user: Any, role_keys: Any) -> bool:
        """Whether the roles may fill it in; what one may not see one may not fill."""
        return self._open_to(self.edit_roles, user, role_keys) and self.is_seen_by(user, role_keys)


class CustomKey(models.Model):
    """That a row holds a value of a field whose values must not repeat: the database refuses the second."""

    field = models.ForeignKey(CustomField, models.CASCADE, related_name="keys", verbose_name=_("custom field"))
    value = models.CharField(max_length=200)
    object_id = models.PositiveBigIntegerField()

    objects = models.Manager()

    class Meta:
        verbose_name = _("unrepeatable value")
        verbose_name_plural = _("unrepeatable values")
        constraints = [
            models.UniqueConstraint(fields=["field", "value"], name="custom_key_value_once"),
            models.UniqueConstraint(fields=["field", "object_id"], name="custom_key_row_once"),
        ]

    def __str__(self) -> str:
        return self.value


def all_fields() -> list[CustomField]:
    """Every custom field, retired ones too, in their order; read once per process and change."""
    found: list[CustomField] = cached(STAMP, lambda: list(CustomField.objects.select_related("dictionary").order_by("model", "order", "pk")))
    return found


def search_words(model: str, custom: Mapping[str, Any]) -> list[str]:
    """What search shall find of a row's values: texts, numbers, days, and names of choices in both languages; nothing that only some may see."""
    found: list[str] = []
    for field in all_fields() if custom else []:
        value = custom.get(field.key)
        if field.model != model or value is None or not field.in_search or field.retired_at or field.see_roles:
            continue
        if field.dictionary is not None:
            words = book_of(field.dictionary.key).words
            chosen = [words[code] for code in (value if isinstance(value, list) else [value]) if code in words]
            found += [name for word in chosen for name in (word.name, word.name_en)]
        elif field.type in {FieldType.TEXT, FieldType.NUMBER, FieldType.MONEY, FieldType.DATE}:
            found.append(str(value))
    return [word for word in found if word]
